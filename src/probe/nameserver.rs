//! One question to one DNS server, both families, every kind of "no" told apart.
//!
//! Which servers are asked, and what their answers mean together, is in `dns`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::net::UdpSocket;

use crate::evidence::Lookup;

/// Addresses of one answer that are kept: an answer over TCP holds thousands.
pub(super) const MAX_ADDRESSES: usize = 64;

/// Asks `server` for each of `names` until one is there, within `limit`.
pub(super) async fn ask(server: SocketAddr, names: &[String], limit: Duration) -> Lookup {
    let asked = async {
        let mut lookup = Lookup::NxDomain;
        for name in names {
            lookup = ask_one(server, name, limit).await;
            if !matches!(lookup, Lookup::NxDomain | Lookup::NoRecords) {
                break;
            }
        }
        lookup
    };
    tokio::select! {
        answered = tokio::time::timeout(limit, asked) => answered.unwrap_or(Lookup::Timeout),
        reason = nobody_there(server) => Lookup::Unreachable(reason.to_string()),
    }
}

async fn ask_one(server: SocketAddr, name: &str, limit: Duration) -> Lookup {
    let (name, resolver) = match (absolute(name), resolver(server, limit)) {
        (Ok(name), Ok(resolver)) => (name, resolver),
        (Err(error), _) => return Lookup::Unreachable(error),
        (_, Err(error)) => return Lookup::Unreachable(error.to_string()),
    };
    let v4 = pin!(async { read(resolver.lookup(name.clone(), RecordType::A).await) });
    let v6 = pin!(async { read(resolver.lookup(name.clone(), RecordType::AAAA).await) });
    match select(v4, v6).await {
        Either::Left((v4, v6)) => both_in_time(v4, v6, limit / 2).await,
        Either::Right((v6, v4)) => both_in_time(v6, v4, limit / 2).await,
    }
}

/// What both families come to. Some servers answer for one and never for the other: where there are addresses already,
/// the rest is waited for so long, once over its first repetition.
async fn both_in_time(
    first: Lookup,
    rest: impl Future<Output = Lookup>,
    patience: Duration,
) -> Lookup {
    let rest = match first {
        Lookup::Addresses { .. } => {
            let waited = tokio::time::timeout(patience, rest).await;
            waited.unwrap_or(Lookup::Timeout)
        }
        _ => rest.await,
    };
    both(first, rest)
}

/// A query for the root's name servers (RFC 1035 section 4.1), which every resolver answers.
const ROOT_QUERY: [u8; 17] = [0x56, 0x4d, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1];

/// Completes only when the system learns that nobody listens there: an ICMP message reaches a connected socket and no
/// other, so without it a service that is down looks like one that is slow.
async fn nobody_there(server: SocketAddr) -> io::Error {
    match heard_from(server).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => error,
        _ => std::future::pending().await,
    }
}

async fn heard_from(server: SocketAddr) -> io::Result<usize> {
    let any: IpAddr = if server.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(&ROOT_QUERY).await?;
    socket.recv(&mut [0; 512]).await
}

fn absolute(name: &str) -> Result<Name, String> {
    let mut name = Name::from_ascii(name).map_err(|error| error.to_string())?;
    name.set_fqdn(true);
    Ok(name)
}

fn resolver(server: SocketAddr, limit: Duration) -> Result<Arc<TokioResolver>, NetError> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let config = NameServerConfig::new(server.ip(), true, connections.to_vec());
    let mut builder = TokioResolver::builder_with_config(
        ResolverConfig::from_name_servers(vec![config]),
        TokioRuntimeProvider::default(),
    );
    let options = builder.options_mut();
    // A lost packet is no silent server.
    options.timeout = limit / 3;
    options.attempts = 2;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    // Not asked for where it is not needed: boxes in between drop what they do not know.
    options.edns0 = false;
    builder.build().map(Arc::new)
}

/// What one question came to.
fn read(answer: Result<hickory_resolver::lookup::Lookup, NetError>) -> Lookup {
    let error = match answer {
        Ok(lookup) => {
            let mut addresses = Vec::new();
            let mut aliases = Vec::new();
            for record in lookup.answers().iter().take(4 * MAX_ADDRESSES) {
                match &record.data {
                    RData::A(a) => addresses.push(IpAddr::V4(a.0)),
                    RData::AAAA(aaaa) => addresses.push(IpAddr::V6(aaaa.0)),
                    RData::CNAME(target) => {
                        aliases.push(target.0.to_ascii().trim_end_matches('.').to_owned());
                    }
                    _ => {}
                }
            }
            addresses.truncate(MAX_ADDRESSES);
            aliases.truncate(MAX_ADDRESSES);
            return if addresses.is_empty() {
                Lookup::NoRecords
            } else {
                Lookup::Addresses { addresses, aliases }
            };
        }
        Err(error) => error,
    };
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => Lookup::NxDomain,
            _ => Lookup::NoRecords,
        },
        NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)) => Lookup::Refused,
        NetError::Dns(DnsError::ResponseCode(_)) => Lookup::ServFail,
        NetError::Timeout => Lookup::Timeout,
        other => Lookup::Unreachable(other.to_string()),
    }
}

/// An answer as it arrives: never more addresses or names of it than are kept.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    use hickory_resolver::lookup::Lookup as Found;
    use hickory_resolver::proto::op::{DnsResponse, Query};
    let Ok(response) = DnsResponse::from_buffer(bytes.to_vec()) else {
        return;
    };
    let come_to = match DnsError::from_response(response) {
        Ok(answer) => {
            let query = answer.queries.first().cloned();
            let query = query.unwrap_or_else(|| Query::query(Name::root(), RecordType::A));
            read(Ok(Found::new_with_max_ttl(query, answer.answers.clone())))
        }
        Err(error) => read(Err(NetError::Dns(error))),
    };
    if let Lookup::Addresses { addresses, aliases } = both(come_to.clone(), come_to) {
        assert!(addresses.len() <= 2 * MAX_ADDRESSES && aliases.len() <= 2 * MAX_ADDRESSES);
    }
}

/// One answer from those for the two families. A name without addresses of one family is the ordinary case; a failure
/// counts only where the other family gives no address either.
fn both(v4: Lookup, v6: Lookup) -> Lookup {
    match (v4, v6) {
        (
            Lookup::Addresses {
                mut addresses,
                mut aliases,
            },
            Lookup::Addresses {
                addresses: more,
                aliases: others,
            },
        ) => {
            addresses.extend(more);
            aliases.extend(
                others
                    .into_iter()
                    .filter(|a| !aliases.contains(a))
                    .collect::<Vec<_>>(),
            );
            Lookup::Addresses { addresses, aliases }
        }
        (found @ Lookup::Addresses { .. }, _) | (_, found @ Lookup::Addresses { .. }) => found,
        (Lookup::NxDomain, _) | (_, Lookup::NxDomain) => Lookup::NxDomain,
        (Lookup::NoRecords, other) => other,
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Lookup {
        Lookup::Addresses {
            addresses: vec![text.parse().expect("an address")],
            aliases: Vec::new(),
        }
    }

    #[test]
    fn a_missing_family_is_ordinary_and_a_missing_name_is_not() {
        let v4 = || found("192.0.2.1");
        assert_eq!(both(v4(), Lookup::NoRecords), v4());
        assert_eq!(both(v4(), Lookup::Timeout), v4());
        assert_eq!(
            both(Lookup::NoRecords, Lookup::NoRecords),
            Lookup::NoRecords
        );
        assert_eq!(both(Lookup::NoRecords, Lookup::Timeout), Lookup::Timeout);
        assert_eq!(both(Lookup::ServFail, Lookup::NoRecords), Lookup::ServFail);
        assert_eq!(both(Lookup::Timeout, Lookup::NxDomain), Lookup::NxDomain);
        assert!(matches!(
            both(v4(), found("2001:db8::1")),
            Lookup::Addresses { addresses, .. } if addresses.len() == 2
        ));
    }
}

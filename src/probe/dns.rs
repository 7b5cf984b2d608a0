//! Name resolution several ways side by side: the hosts file, the system's own resolver, each configured server by
//! itself, and on doubt a public one.
//!
//! What a difference between them means is not here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use super::check::{Check, Ending, Reporter};
use super::resolve;
use super::surroundings::Surroundings;
use crate::evidence::{
    DnsEvidence, Fact, Host, Lookup, Observation, ProbeId, ProbeOutcome, ResolverAnswer,
    ResolverKind, Why, WhyCode,
};
use crate::msg::Msg;

/// Servers that are asked at most; systems use three.
const MAX_SERVERS: usize = 6;
/// Addresses of one answer that are kept: an answer over TCP holds thousands.
const MAX_ADDRESSES: usize = 64;
/// Addresses of one answer that get a line in the log.
const MAX_LINES: usize = 4;

/// Resolves the target's name.
pub(super) struct DnsCheck {
    /// The target.
    pub host: Host,
    /// Whether a public server may be asked.
    pub third_party: bool,
    /// Whom to ask, and how patiently.
    pub surroundings: Surroundings,
}

impl Check for DnsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Dns
    }

    fn limit(&self) -> Duration {
        let pace = self.surroundings.pace;
        pace.system_dns.max(pace.dns) + pace.dns
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        match self.host.clone() {
            Host::Ip(ip) => literal(ip, &report).boxed(),
            Host::Name { ascii, .. } => self.resolve(ascii, report).boxed(),
        }
    }
}

/// An address needs no resolution.
fn literal(ip: IpAddr, report: &Reporter) -> std::future::Ready<Ending> {
    report.line(
        ProbeOutcome::Pass,
        Msg::new("probe.dns.literal").with("address", ip),
    );
    report.observe(Observation::Dns(DnsEvidence {
        hosts_file: Vec::new(),
        system: Fact::Known(Lookup::Addresses {
            addresses: vec![ip],
            aliases: Vec::new(),
        }),
        resolvers: Vec::new(),
    }));
    std::future::ready(Ending::Pass)
}

/// One answer as it comes in.
enum Answered {
    System(std::io::Result<Vec<IpAddr>>, Duration),
    TooLate,
    Server(usize, Lookup, Duration),
}

impl DnsCheck {
    async fn resolve(self, name: String, mut report: Reporter) -> Ending {
        let pace = self.surroundings.pace;
        let servers = self.configured(&name);
        let mut seen = DnsEvidence {
            hosts_file: self.hosts_file(&name).await,
            system: Fact::default(),
            resolvers: servers
                .iter()
                .map(|server| unanswered(*server, ResolverKind::Configured))
                .collect(),
        };
        for address in &seen.hosts_file {
            let text = Msg::new("probe.dns.hosts").with("address", address);
            report.line(ProbeOutcome::Running, text);
        }
        let mut pending: FuturesUnordered<BoxFuture<'_, Answered>> = FuturesUnordered::new();
        pending.push(system(&self.surroundings, &name).boxed());
        for (index, server) in servers.iter().enumerate() {
            pending.push(ask(index, *server, &name, pace.dns).boxed());
        }
        let mut public_asked = false;
        loop {
            let answered = tokio::select! {
                answered = pending.next() => answered,
                () = report.enough() => {
                    let answers = seen.resolvers.iter_mut().map(|resolver| &mut resolver.answer);
                    for answer in answers.chain([&mut seen.system]) {
                        if *answer == Fact::default() {
                            *answer = Fact::Unknown(Why::code(WhyCode::NotNeeded));
                        }
                    }
                    None
                }
            };
            match answered {
                None => break,
                Some(Answered::System(found, took)) => {
                    seen.system = Fact::Known(self.system_answer(found, &servers));
                    tell(&report, &seen.system, None, took);
                }
                Some(Answered::TooLate) => {
                    seen.system = Fact::Known(Lookup::Timeout);
                    tell(&report, &seen.system, None, pace.system_dns);
                }
                Some(Answered::Server(index, lookup, took)) => {
                    if let Some(resolver) = seen.resolvers.get_mut(index) {
                        resolver.answer = Fact::Known(lookup);
                        resolver.took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                        tell(&report, &resolver.answer, Some(resolver.server), took);
                    }
                }
            }
            if !public_asked && self.third_party && wants_public(&seen) && is_public_name(&name) {
                public_asked = true;
                let server = self.surroundings.public_dns;
                pending.push(ask(seen.resolvers.len(), server, &name, pace.dns).boxed());
                seen.resolvers
                    .push(unanswered(server, ResolverKind::Public));
            }
            report.observe(Observation::Dns(seen.clone()));
        }
        report.observe(Observation::Dns(seen.clone()));
        ending(&seen)
    }

    /// The DNS servers this device is set up with. None for a name that never leaves it (RFC 6761 section 6.3).
    fn configured(&self, name: &str) -> Vec<SocketAddr> {
        if is_localhost(name) {
            return Vec::new();
        }
        if let Some(servers) = &self.surroundings.servers {
            return servers.clone();
        }
        let Ok((config, _)) = hickory_resolver::system_conf::read_system_conf() else {
            return Vec::new();
        };
        let mut servers = Vec::new();
        for server in config.name_servers() {
            let port = server
                .connections
                .first()
                .map_or(53, |connection| connection.port);
            let addr = SocketAddr::new(server.ip, port);
            if !servers.contains(&addr) {
                servers.push(addr);
            }
        }
        servers.truncate(MAX_SERVERS);
        servers
    }

    async fn hosts_file(&self, name: &str) -> Vec<IpAddr> {
        let path = self.surroundings.hosts_file.clone();
        let name = name.to_owned();
        let read = tokio::task::spawn_blocking(move || resolve::in_hosts_file(&path, &name));
        read.await.unwrap_or_default()
    }

    fn system_answer(&self, found: std::io::Result<Vec<IpAddr>>, servers: &[SocketAddr]) -> Lookup {
        match found {
            Ok(mut addresses) if !addresses.is_empty() => {
                addresses.truncate(MAX_ADDRESSES);
                Lookup::Addresses {
                    addresses,
                    aliases: Vec::new(),
                }
            }
            _ if servers.is_empty() => Lookup::NoResolver,
            _ => Lookup::NotFound,
        }
    }
}

async fn system(surroundings: &Surroundings, name: &str) -> Answered {
    let began = Instant::now();
    let lookup = surroundings.system.lookup(name);
    match tokio::time::timeout(surroundings.pace.system_dns, lookup).await {
        Ok(found) => Answered::System(found, began.elapsed()),
        Err(_) => Answered::TooLate,
    }
}

fn unanswered(server: SocketAddr, kind: ResolverKind) -> ResolverAnswer {
    ResolverAnswer {
        server,
        kind,
        answer: Fact::default(),
        took_ms: 0,
    }
}

/// Asks one server for both families.
async fn ask(index: usize, server: SocketAddr, name: &str, limit: Duration) -> Answered {
    let began = Instant::now();
    let asked = async {
        let (name, resolver) = match (absolute(name), resolver(server, limit)) {
            (Ok(name), Ok(resolver)) => (name, resolver),
            (Err(error), _) => return Lookup::Unreachable(error),
            (_, Err(error)) => return Lookup::Unreachable(error.to_string()),
        };
        let (v4, v6) = tokio::join!(
            resolver.lookup(name.clone(), RecordType::A),
            resolver.lookup(name.clone(), RecordType::AAAA),
        );
        both(read(v4), read(v6))
    };
    let lookup = tokio::time::timeout(limit, asked)
        .await
        .unwrap_or(Lookup::Timeout);
    Answered::Server(index, lookup, began.elapsed())
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
    options.timeout = limit;
    options.attempts = 0;
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

/// Whether a server that is not this device's could settle something: the system gives no address, and at least one
/// way of asking has already failed.
fn wants_public(seen: &DnsEvidence) -> bool {
    let failed = |answer: &Fact<Lookup>| {
        answer
            .known()
            .is_some_and(|lookup| !matches!(lookup, Lookup::Addresses { .. }))
    };
    let system_found = matches!(seen.system, Fact::Known(Lookup::Addresses { .. }));
    !system_found && (failed(&seen.system) || seen.resolvers.iter().any(|r| failed(&r.answer)))
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a public server can know the name. Names of inner networks are none of its business (RFC 6761, RFC 6762,
/// RFC 8375, and `.internal`, which ICANN has set aside).
fn is_public_name(name: &str) -> bool {
    const INNER: [&str; 12] = [
        "local",
        "localhost",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "test",
        "invalid",
        "example",
        "localdomain",
    ];
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.') && !INNER.contains(&last) && !name.ends_with(".home.arpa")
}

fn ending(seen: &DnsEvidence) -> Ending {
    let configured_failed = seen
        .resolvers
        .iter()
        .filter(|r| r.kind == ResolverKind::Configured)
        .any(|r| matches!(&r.answer, Fact::Known(l) if !matches!(l, Lookup::Addresses { .. })));
    match &seen.system {
        // What the hosts file says is not expected of a server.
        Fact::Known(Lookup::Addresses { .. })
            if configured_failed && seen.hosts_file.is_empty() =>
        {
            Ending::Warn
        }
        Fact::Known(Lookup::Addresses { .. }) => Ending::Pass,
        _ if !seen.addresses().is_empty() => Ending::Warn,
        Fact::Unknown(why) => Ending::Unknown(why.clone()),
        Fact::Known(_) => Ending::Fail,
    }
}

/// One line an address, or one for what went wrong; without a server it is the system's own answer.
fn tell(report: &Reporter, answer: &Fact<Lookup>, server: Option<SocketAddr>, took: Duration) {
    let Some(lookup) = answer.known() else {
        return;
    };
    let Lookup::Addresses { addresses, aliases } = lookup else {
        let text = match server {
            Some(server) => failure_of_server(lookup).with("server", server),
            None => failure_of_system(lookup),
        };
        report.timed(ProbeOutcome::Fail, text, took);
        return;
    };
    for alias in aliases.iter().take(MAX_LINES) {
        report.line(
            ProbeOutcome::Running,
            Msg::new("probe.dns.alias").with("name", alias),
        );
    }
    for address in addresses.iter().take(MAX_LINES) {
        let kind = if address.is_ipv4() { "A" } else { "AAAA" };
        let text = match server {
            Some(server) => Msg::new("probe.dns.address-by-server").with("server", server),
            None => Msg::new("probe.dns.address-by-system"),
        };
        report.timed(
            ProbeOutcome::Pass,
            text.with("kind", kind).with("address", address),
            took,
        );
    }
    if addresses.len() > MAX_LINES {
        let text = Msg::new("probe.dns.more").with("count", addresses.len() - MAX_LINES);
        report.line(ProbeOutcome::Running, text);
    }
}

fn failure_of_system(lookup: &Lookup) -> Msg {
    match lookup {
        Lookup::Timeout => Msg::new("probe.dns.system-timeout"),
        Lookup::NoResolver => Msg::new("probe.dns.system-no-resolver"),
        _ => Msg::new("probe.dns.system-not-found"),
    }
}

fn failure_of_server(lookup: &Lookup) -> Msg {
    match lookup {
        Lookup::NxDomain => Msg::new("probe.dns.nxdomain"),
        Lookup::NoRecords => Msg::new("probe.dns.no-records"),
        Lookup::Refused => Msg::new("probe.dns.refused"),
        Lookup::Timeout => Msg::new("probe.dns.timeout"),
        Lookup::Unreachable(reason) => Msg::new("probe.dns.unreachable").with("reason", reason),
        _ => Msg::new("probe.dns.servfail"),
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

    #[test]
    fn names_of_inner_networks_are_not_told_to_a_public_server() {
        assert!(is_public_name("vpn.example.com"));
        for inner in [
            "vpn",
            "vpn.local",
            "vpn.corp",
            "gw.internal",
            "box.home.arpa",
        ] {
            assert!(!is_public_name(inner), "{inner}");
        }
    }

    #[test]
    fn a_public_server_is_asked_only_on_doubt() {
        let mut seen = DnsEvidence {
            hosts_file: Vec::new(),
            system: Fact::default(),
            resolvers: Vec::new(),
        };
        assert!(!wants_public(&seen));
        seen.system = Fact::Known(Lookup::NotFound);
        assert!(wants_public(&seen));
        seen.system = Fact::Known(found("192.0.2.1"));
        assert!(!wants_public(&seen));
    }
}

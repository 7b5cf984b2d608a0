//! One TLS handshake on one connection, as an experiment: everything is accepted so that everything can be seen, and
//! nothing secret is ever sent over the result. A client certificate is shown only where the person gave one.
//!
//! Which handshakes are made, and what they tell together, is in `tls`; what its callbacks see in `witness`.

mod first_bytes;
mod shares;
mod witness;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore as _, ResolvesClientCert, Resumption,
    Tls12Resumption,
};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::check::microseconds;
use super::identity::Identity;
use super::versions::secure_renegotiation;
use crate::evidence::{TlsAttempt, TlsOutcome, TlsSession, TlsVariant};

pub(super) use first_bytes::not_tls;
pub(super) use witness::Counted;
use witness::{Recording, Seen, Witness};

/// Bytes that a server may send before the handshake is over.
pub(super) const MAX_HANDSHAKE: u64 = 128 << 10;
/// Certificates that are kept of one chain: one more than are judged, so that what is left out is known to be there.
pub(super) const MAX_CERTIFICATES: usize = crate::chain::MAX_CERTIFICATES + 1;

/// A TLS connection to the gateway.
pub(super) type Session = TlsStream<Counted<TcpStream>>;

/// What one handshake came to.
pub(super) struct Shaken<S = TcpStream> {
    /// As evidence.
    pub attempt: TlsAttempt,
    /// The session, if it completed.
    pub session: Option<TlsStream<Counted<S>>>,
}

/// One handshake with `addr` on `stream`, sending `sni` (no server name where there is none), within `limit`. Where the
/// server asks for a client certificate it is shown `identity`, or none.
pub(super) async fn shake(
    stream: TcpStream,
    addr: SocketAddr,
    sni: Option<&str>,
    variant: TlsVariant,
    identity: Option<&Identity>,
    limit: Duration,
) -> Shaken {
    let offer = Offer {
        sni,
        variant,
        identity,
        share: None,
        limit,
    };
    shake_offering(stream, addr, &offer).await
}

/// The same for what [`shake`] has no word for.
pub(super) async fn shake_offering(
    stream: TcpStream,
    addr: SocketAddr,
    offer: &Offer<'_>,
) -> Shaken {
    conduct(stream, addr, offer, acknowledge, |stream| {
        // A polite goodbye waits behind what never arrives; a reset frees the other side's place at once.
        let _ = stream.set_zero_linger();
    })
    .await
}

/// What is offered, and how long the answer may take.
pub(super) struct Offer<'a> {
    /// The server name to send.
    pub(super) sni: Option<&'a str>,
    pub(super) variant: TlsVariant,
    pub(super) identity: Option<&'a Identity>,
    /// The group whose key share is sent first, where it is known that the server asks for it: it spares the second
    /// hello (RFC 8446 section 4.1.4). Which groups are offered, and in which order, stays the same.
    pub(super) share: Option<NamedGroup>,
    pub(super) limit: Duration,
}

/// The group that `attempt` agreed on, where a client has no key share of it in its first hello. One flight later it had.
pub(super) fn asked_for(attempt: &TlsAttempt) -> Option<NamedGroup> {
    match attempt.outcome.session()?.key_exchange.as_str() {
        "x25519" => Some(NamedGroup::X25519),
        "secp384r1" => Some(NamedGroup::secp384r1),
        _ => None,
    }
}

/// Acknowledges at once what was read. Some gateways send a flight in several small writes and hold each back until the
/// one before it is acknowledged (RFC 9293 section 3.7.4); an acknowledgement that waits for company costs 40 ms each time.
#[cfg(target_os = "linux")]
fn acknowledge(stream: &TcpStream) {
    // Without it the handshake is only slower.
    let _ = socket2::SockRef::from(stream).set_tcp_quickack(true);
}

#[cfg(not(target_os = "linux"))]
fn acknowledge(_stream: &TcpStream) {}

/// The same on anything that carries bytes; `give_up` is called where it took too long.
pub(super) async fn shake_on<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    addr: SocketAddr,
    sni: Option<&str>,
    variant: TlsVariant,
    identity: Option<&Identity>,
    limit: Duration,
    give_up: impl Fn(&S),
) -> Shaken<S> {
    let offer = Offer {
        sni,
        variant,
        identity,
        share: None,
        limit,
    };
    conduct(stream, addr, &offer, |_| {}, give_up).await
}

/// `after_read` is called whenever bytes came, `give_up` where it took too long.
async fn conduct<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    addr: SocketAddr,
    offer: &Offer<'_>,
    after_read: fn(&S),
    give_up: impl Fn(&S),
) -> Shaken<S> {
    let Offer {
        sni,
        variant,
        identity,
        share,
        limit,
    } = *offer;
    let began = Instant::now();
    let witness = Arc::new(Witness {
        certified: identity.and_then(Identity::certified),
        ..Witness::default()
    });
    let seen = Arc::new(Seen::default());
    let counted = Counted {
        inner: stream,
        seen: Arc::clone(&seen),
        after_read,
    };
    let name = sni.and_then(|name| ServerName::try_from(name.to_owned()).ok());
    let sends_name = matches!(name, Some(ServerName::DnsName(_)));
    let name = name.unwrap_or_else(|| ServerName::IpAddress(addr.ip().into()));
    let tried = match config(&witness, sends_name, variant) {
        Ok(mut config) => {
            if let Some(group) = share {
                // The library looks for it where it would keep sessions; this store is of this connection alone, so
                // that nothing is ever resumed.
                let store = ClientSessionMemoryCache::new(1);
                store.set_kx_hint(name.clone(), group);
                config.resumption =
                    Resumption::store(Arc::new(store)).tls12_resumption(Tls12Resumption::Disabled);
            }
            let mut connecting = TlsConnector::from(Arc::new(config)).connect(name, counted);
            let tried = patiently(&mut connecting, &seen, limit).await;
            if let (Err(_), Some(stream)) = (&tried, connecting.get_ref()) {
                give_up(&stream.inner);
            }
            tried
        }
        Err(error) => Ok(Err(io::Error::other(error))),
    };
    let (outcome, session) = match tried {
        Ok(Ok(session)) => {
            seen.done.store(true, Ordering::Relaxed);
            let asked = locked(&witness.request).is_some();
            let agreed = agreed(&session, asked, &locked(&seen.first));
            (TlsOutcome::Completed(agreed), Some(session))
        }
        Ok(Err(error)) => (failure(&error, &seen), None),
        Err(_) => (silence(&seen), None),
    };
    let served = std::mem::take(&mut *locked(&witness.served));
    let attempt = TlsAttempt {
        variant,
        addr,
        sni: sends_name.then(|| sni.map(str::to_owned)).flatten(),
        outcome,
        served: served.chain,
        stapled_ocsp: served.ocsp,
        certificate_request: locked(&witness.request).take(),
        took_us: microseconds(began.elapsed()),
    };
    Shaken { attempt, session }
}

/// Waits for `future` as long as bytes come in, and `limit` at most: who has said nothing for three fifths of that time
/// has fallen silent.
async fn patiently<T>(
    mut future: impl Future<Output = T> + Unpin,
    seen: &Seen,
    limit: Duration,
) -> Result<T, Elapsed> {
    tokio::time::timeout(limit, async {
        let (mut heard, mut quiet) = (0, 0);
        loop {
            match tokio::time::timeout(limit / 10, &mut future).await {
                Ok(done) => return Ok(done),
                Err(silent) => {
                    let received = seen.received.load(Ordering::Relaxed);
                    quiet = if received == heard { quiet + 1 } else { 0 };
                    heard = received;
                    if quiet == 6 {
                        return Err(silent);
                    }
                }
            }
        }
    })
    .await?
}

/// As today's clients do it: TLS 1.2 and 1.3, the hybrid key share first, unless the experiment is to leave it out.
fn config(
    witness: &Arc<Witness>,
    sends_name: bool,
    variant: TlsVariant,
) -> Result<ClientConfig, rustls::Error> {
    let mut provider = default_provider();
    if variant == TlsVariant::WithoutPostQuantum {
        provider
            .kx_groups
            .retain(|group| group.name() != NamedGroup::X25519MLKEM768);
    }
    shares::as_gateways_like_them(&mut provider.kx_groups);
    let provider = Arc::new(provider);
    let verifier = Arc::new(Recording {
        witness: Arc::clone(witness),
        provider: Arc::clone(&provider),
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::clone(witness) as Arc<dyn ResolvesClientCert>);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.enable_sni = sends_name;
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn agreed<S>(
    session: &TlsStream<Counted<S>>,
    client_auth_requested: bool,
    first: &[u8],
) -> TlsSession {
    let (_, connection) = session.get_ref();
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "1.3".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_2) => "1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = connection
        .negotiated_cipher_suite()
        .map(|suite| iana_suite(&format!("{:?}", suite.suite())));
    let group = connection
        .negotiated_key_exchange_group()
        .map(|group| iana_group(group.name()));
    TlsSession {
        version,
        cipher: cipher.unwrap_or_default(),
        key_exchange: group.unwrap_or_default(),
        alpn: connection
            .alpn_protocol()
            .map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
        client_auth_requested,
        secure_renegotiation: secure_renegotiation(first),
    }
}

/// The library writes `TLS13_AES_...` where the IANA registry has `TLS_AES_...`.
fn iana_suite(name: &str) -> String {
    match name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => name.to_owned(),
    }
}

fn iana_group(group: NamedGroup) -> String {
    match group {
        NamedGroup::X25519 => "x25519".to_owned(),
        NamedGroup::X448 => "x448".to_owned(),
        other => format!("{other:?}"),
    }
}

/// What a failed handshake amounts to.
fn failure(error: &io::Error, seen: &Seen) -> TlsOutcome {
    let received = seen.received.load(Ordering::Relaxed);
    if let Some(spoken) = not_tls(&locked(&seen.first)) {
        return TlsOutcome::NotTls(spoken);
    }
    if let Some(error) = tls_error(error) {
        return match error {
            rustls::Error::AlertReceived(alert) => TlsOutcome::Alert(alert_name(u8::from(*alert))),
            // The kind's own name, so that it can be told from others without reading sentences.
            rustls::Error::PeerIncompatible(kind) => TlsOutcome::Incompatible(format!("{kind:?}")),
            other => TlsOutcome::Incompatible(other.to_string()),
        };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => TlsOutcome::Closed { received },
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => TlsOutcome::Reset { received },
        io::ErrorKind::TimedOut => TlsOutcome::Stalled { received },
        _ => TlsOutcome::Incompatible(error.to_string()),
    }
}

fn silence(seen: &Seen) -> TlsOutcome {
    match not_tls(&locked(&seen.first)) {
        Some(spoken) => TlsOutcome::NotTls(spoken),
        None => TlsOutcome::Stalled {
            received: seen.received.load(Ordering::Relaxed),
        },
    }
}

/// The TLS library's own error inside an I/O error, however deep.
pub(super) fn tls_error<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| inner as &(dyn std::error::Error + 'static));
        next = inner.or_else(|| error.source());
    }
    None
}

/// An alert's name in snake case, as RFC 8446 section 6 and RFC 5246 section 7.2 write it.
pub(super) fn alert_name(code: u8) -> String {
    let name = match code {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        121 => "ech_required",
        other => return format!("alert_{other}"),
    };
    name.to_owned()
}

/// A lock whose holder never leaves it half-written, so that poison can be ignored.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_registry() {
        assert_eq!(
            iana_suite("TLS13_AES_256_GCM_SHA384"),
            "TLS_AES_256_GCM_SHA384"
        );
        assert_eq!(
            iana_suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        );
        assert_eq!(iana_group(NamedGroup::X25519MLKEM768), "X25519MLKEM768");
        assert_eq!(iana_group(NamedGroup::secp256r1), "secp256r1");
        assert_eq!(alert_name(70), "protocol_version");
        assert_eq!(alert_name(200), "alert_200");
    }
}

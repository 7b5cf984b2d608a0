//! One TLS handshake on one connection, as an experiment: everything is accepted so that everything can be seen, and
//! nothing secret is ever sent over the result. A client certificate is shown only where the person gave one.
//!
//! Which handshakes are made, and what they tell together, is in `tls`.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::check::microseconds;
use super::identity::Identity;
use super::versions::secure_renegotiation;
use crate::evidence::{
    CertificateRequest, Der, Spoken, TlsAttempt, TlsOutcome, TlsSession, TlsVariant,
};

/// Bytes that a server may send before the handshake is over.
pub(super) const MAX_HANDSHAKE: u64 = 128 << 10;
/// Certificates that are kept of one chain.
pub(super) const MAX_CERTIFICATES: usize = 64;
/// Names of accepted authorities that are kept; large organisations name a few dozen.
const MAX_AUTHORITIES: usize = 1024;
/// First bytes that are kept to tell what a server speaks, and to read its ServerHello.
const FIRST_BYTES: usize = 512;

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
    shake_on(stream, addr, sni, variant, identity, limit, |stream| {
        // A polite goodbye waits behind what never arrives; a reset frees the other side's place at once.
        let _ = stream.set_zero_linger();
    })
    .await
}

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
    let began = Instant::now();
    let witness = Arc::new(Witness {
        certified: identity.and_then(Identity::certified),
        ..Witness::default()
    });
    let seen = Arc::new(Seen::default());
    let counted = Counted {
        inner: stream,
        seen: Arc::clone(&seen),
    };
    let name = sni.and_then(|name| ServerName::try_from(name.to_owned()).ok());
    let sends_name = matches!(name, Some(ServerName::DnsName(_)));
    let tried = match config(&witness, sends_name, variant) {
        Ok(config) => {
            let name = name.unwrap_or_else(|| ServerName::IpAddress(addr.ip().into()));
            let mut connecting = TlsConnector::from(Arc::new(config)).connect(name, counted);
            let tried = tokio::time::timeout(limit, &mut connecting).await;
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
            .retain(|group| group.name() != rustls::NamedGroup::X25519MLKEM768);
    }
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
    config.resumption = rustls::client::Resumption::disabled();
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

fn iana_group(group: rustls::NamedGroup) -> String {
    match group {
        rustls::NamedGroup::X25519 => "x25519".to_owned(),
        rustls::NamedGroup::X448 => "x448".to_owned(),
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

/// What these first bytes are, unless they begin a TLS handshake record or alert (RFC 8446 section 5.1).
pub(super) fn not_tls(first: &[u8]) -> Option<Spoken> {
    match first {
        [] | [0x15 | 0x16] | [0x15 | 0x16, 0x03, ..] => None,
        bytes
            if starts(bytes, b"HTTP/")
                || starts(bytes, b"<!doctype")
                || starts(bytes, b"<html") =>
        {
            Some(Spoken::Http)
        }
        bytes if starts(bytes, b"SSH-") => Some(Spoken::Ssh),
        bytes if starts(bytes, b"220") => Some(greeting(bytes)),
        bytes if starts(bytes, b"* OK") => Some(Spoken::Imap),
        bytes if starts(bytes, b"+OK") => Some(Spoken::Pop3),
        // TPKT, its length, and an X.224 connection confirm.
        [0x03, 0x00, _, _, _, 0xd0, ..] => Some(Spoken::Rdp),
        bytes => Some(Spoken::Unknown(
            data_encoding::HEXLOWER.encode(bytes.get(..16).unwrap_or(bytes)),
        )),
    }
}

/// Who greets with `220`: the words after it are free, but servers name their protocol among them.
fn greeting(bytes: &[u8]) -> Spoken {
    let line: Vec<u8> = bytes
        .iter()
        .take_while(|byte| !matches!(byte, b'\r' | b'\n'))
        .map(u8::to_ascii_uppercase)
        .collect();
    let names = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
    match (names(b"SMTP"), names(b"FTP")) {
        (true, false) => Spoken::Smtp,
        (false, true) => Spoken::Ftp,
        _ => Spoken::Greeting,
    }
}

fn starts(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes
        .get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
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

/// What the handshake's callbacks saw.
#[derive(Debug, Default)]
struct Witness {
    served: Mutex<Served>,
    request: Mutex<Option<CertificateRequest>>,
    certified: Option<Arc<CertifiedKey>>,
}

#[derive(Debug, Default)]
struct Served {
    chain: Vec<Der>,
    ocsp: Option<Der>,
}

impl ResolvesClientCert for Witness {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        // Shown even where its issuer is not among those named: the answer to it is what settles the question.
        let shown = self
            .certified
            .as_ref()
            .filter(|certified| certified.key.choose_scheme(sigschemes).is_some());
        *locked(&self.request) = Some(CertificateRequest {
            authorities: root_hint_subjects
                .iter()
                .take(MAX_AUTHORITIES)
                .map(|name| Der::from(*name))
                .collect(),
            answered: shown.is_some(),
        });
        shown.cloned()
    }

    /// Only with this does the library ask [`Self::resolve`] at all.
    fn has_certs(&self) -> bool {
        true
    }
}

/// Accepts every certificate and keeps it: judging is [`crate::chain`]'s, later and in full. The connection carries
/// nothing but one request for the public front page.
#[derive(Debug)]
struct Recording {
    witness: Arc<Witness>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        *locked(&self.witness.served) = Served {
            chain: chain
                .take(MAX_CERTIFICATES)
                .map(|der| Der::from(der.as_ref()))
                .collect(),
            ocsp: (!ocsp_response.is_empty()).then(|| Der::from(ocsp_response)),
        };
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// What came over a connection so far.
#[derive(Debug, Default)]
struct Seen {
    received: AtomicU64,
    done: AtomicBool,
    first: Mutex<Vec<u8>>,
}

/// A stream that counts what it reads, keeps the first bytes, and ends a handshake that grows beyond all measure.
#[derive(Debug)]
pub(super) struct Counted<S> {
    inner: S,
    seen: Arc<Seen>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        if !matches!(polled, Poll::Ready(Ok(()))) || self.seen.done.load(Ordering::Relaxed) {
            return polled;
        }
        let fresh = buf.filled().get(before..).unwrap_or_default();
        let mut first = locked(&self.seen.first);
        let room = FIRST_BYTES.saturating_sub(first.len()).min(fresh.len());
        first.extend_from_slice(fresh.get(..room).unwrap_or_default());
        drop(first);
        let count = u64::try_from(fresh.len()).unwrap_or(u64::MAX);
        let total = self.seen.received.fetch_add(count, Ordering::Relaxed) + count;
        if total > MAX_HANDSHAKE {
            return Poll::Ready(Err(io::Error::other(format!(
                "the handshake is longer than {MAX_HANDSHAKE} bytes"
            ))));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// A lock whose holder never leaves it half-written, so that poison can be ignored.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_tls_is_named_by_its_first_bytes() {
        assert_eq!(not_tls(b""), None);
        assert_eq!(not_tls(&[0x16]), None);
        assert_eq!(not_tls(&[0x16, 0x03, 0x03, 0, 80]), None);
        assert_eq!(not_tls(&[0x15, 0x03, 0x01]), None);
        assert_eq!(not_tls(b"HTTP/1.1 400 Bad Request"), Some(Spoken::Http));
        assert_eq!(not_tls(b"<!DOCTYPE html>"), Some(Spoken::Http));
        assert_eq!(not_tls(b"SSH-2.0-OpenSSH_9.9"), Some(Spoken::Ssh));
        assert_eq!(not_tls(b"220 mail.example.com ESMTP"), Some(Spoken::Smtp));
        assert_eq!(not_tls(b"220 (vsFTPd 3.0.5)\r\n"), Some(Spoken::Ftp));
        assert_eq!(not_tls(b"220 ready\r\nSMTP"), Some(Spoken::Greeting));
        assert_eq!(not_tls(b"* OK [CAPABILITY"), Some(Spoken::Imap));
        assert_eq!(not_tls(b"+OK POP3 ready"), Some(Spoken::Pop3));
        assert_eq!(
            not_tls(&[0x03, 0, 0, 0x13, 0x0e, 0xd0, 0, 0]),
            Some(Spoken::Rdp)
        );
        assert_eq!(
            not_tls(&[0x16, 0x05]),
            Some(Spoken::Unknown("1605".to_owned()))
        );
        assert_eq!(not_tls(&[7; 40]), Some(Spoken::Unknown("07".repeat(16))));
    }

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
        assert_eq!(
            iana_group(rustls::NamedGroup::X25519MLKEM768),
            "X25519MLKEM768"
        );
        assert_eq!(iana_group(rustls::NamedGroup::secp256r1), "secp256r1");
        assert_eq!(alert_name(70), "protocol_version");
        assert_eq!(alert_name(200), "alert_200");
    }
}

//! What the callbacks of one handshake see, and the stream that counts what comes in.
//!
//! What it amounts to is in `handshake`.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{MAX_CERTIFICATES, MAX_HANDSHAKE, locked};
use crate::evidence::{CertificateRequest, Der};

/// Names of accepted authorities that are kept; large organisations name a few dozen.
const MAX_AUTHORITIES: usize = 1024;
/// First bytes that are kept to tell what a server speaks, and to read its ServerHello.
const FIRST_BYTES: usize = 512;
/// What the handshake's callbacks saw.
#[derive(Debug, Default)]
pub(super) struct Witness {
    pub(super) served: Mutex<Served>,
    pub(super) request: Mutex<Option<CertificateRequest>>,
    pub(super) certified: Option<Arc<CertifiedKey>>,
}

#[derive(Debug, Default)]
pub(super) struct Served {
    pub(super) chain: Vec<Der>,
    pub(super) ocsp: Option<Der>,
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
pub(super) struct Recording {
    pub(super) witness: Arc<Witness>,
    pub(super) provider: Arc<CryptoProvider>,
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
pub(super) struct Seen {
    pub(super) received: AtomicU64,
    pub(super) done: AtomicBool,
    pub(super) first: Mutex<Vec<u8>>,
}

/// A stream that counts what it reads, keeps the first bytes, and ends a handshake that grows beyond all measure.
#[derive(Debug)]
pub(in crate::probe) struct Counted<S> {
    pub(super) inner: S,
    pub(super) seen: Arc<Seen>,
    pub(super) after_read: fn(&S),
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        if polled.is_ready() {
            (self.after_read)(&self.inner);
        }
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

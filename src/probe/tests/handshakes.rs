//! What servers of all kinds do to a handshake, and that each is told apart.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{HandshakeKind, NamedGroup};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::super::handshake::{Offer, asked_for, shake, shake_offering};
use super::kit::{HOST, Server, look_at, options};
use super::pki::Pki;
use crate::evidence::{
    Fact, ProbeId, ProbeOutcome, Spoken, TlsAttempt, TlsOutcome, TlsVariant, WhyCode,
};

async fn shake_with(server: &Server, limit: Duration) -> TlsAttempt {
    let stream = TcpStream::connect(server.addr).await.expect("connected");
    let shaken = shake(
        stream,
        server.addr,
        Some(HOST),
        TlsVariant::Ordinary,
        None,
        limit,
    )
    .await;
    shaken.attempt
}

async fn outcome_of(server: &Server) -> TlsOutcome {
    shake_with(server, Duration::from_secs(10)).await.outcome
}

/// A server that speaks one group; each handshake's kind, as the server has it.
async fn server_of_one_group(
    only: NamedGroup,
) -> (SocketAddr, mpsc::UnboundedReceiver<HandshakeKind>) {
    let mut config = Pki::new().server(HOST, true, None);
    let mut provider = default_provider();
    provider.kx_groups.retain(|group| group.name() == only);
    config = {
        let resolver = Arc::clone(&config.cert_resolver);
        rustls::ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("versions")
            .with_no_client_auth()
            .with_cert_resolver(resolver)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    let (sender, kinds) = mpsc::unbounded_channel();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let shaken = acceptor.accept(stream).await;
            let kind = shaken.ok().and_then(|it| it.get_ref().1.handshake_kind());
            if kind.is_none_or(|kind| sender.send(kind).is_err()) {
                return;
            }
        }
    });
    (addr, kinds)
}

/// One handshake with `addr` that offers what `variant` does, with `share` in its first hello where one is named.
async fn shaken_with_share(
    addr: SocketAddr,
    variant: TlsVariant,
    share: Option<NamedGroup>,
) -> TlsAttempt {
    let stream = TcpStream::connect(addr).await.expect("connected");
    let offer = Offer {
        sni: Some(HOST),
        variant,
        identity: None,
        share,
        limit: Duration::from_secs(10),
    };
    shake_offering(stream, addr, &offer).await.attempt
}

/// The first handshake learns which group the gateway wants; a repetition brings its share along and is spared the
/// second hello, and is the same handshake in all else.
#[tokio::test]
async fn a_repetition_brings_the_share_that_the_gateway_asked_for() {
    for wanted in [NamedGroup::secp384r1, NamedGroup::X25519] {
        let (addr, mut kinds) = server_of_one_group(wanted).await;
        let mut share = None;
        let mut made = Vec::new();
        for _ in 0..2 {
            let attempt = shaken_with_share(addr, TlsVariant::Again, share).await;
            share = asked_for(&attempt);
            assert_eq!(share, Some(wanted));
            made.push((attempt.outcome, attempt.served));
        }
        assert_eq!(made[0], made[1]);
        let first = kinds.recv().await;
        let second = kinds.recv().await;
        assert_eq!(
            (first, second),
            (
                Some(HandshakeKind::FullWithHelloRetryRequest),
                Some(HandshakeKind::Full)
            )
        );
    }
}

/// What gateways insist on, and what new servers prefer, needs no second hello.
#[tokio::test]
async fn the_first_hello_has_shares_of_the_hybrid_group_and_of_p_256() {
    for (wanted, named, variant) in [
        (NamedGroup::secp256r1, "secp256r1", TlsVariant::Ordinary),
        (
            NamedGroup::secp256r1,
            "secp256r1",
            TlsVariant::WithoutPostQuantum,
        ),
        (
            NamedGroup::X25519MLKEM768,
            "X25519MLKEM768",
            TlsVariant::Ordinary,
        ),
    ] {
        let (addr, mut kinds) = server_of_one_group(wanted).await;
        let attempt = shaken_with_share(addr, variant, None).await;
        let agreed = attempt.outcome.session().map(|it| it.key_exchange.as_str());
        assert_eq!(agreed, Some(named), "{variant:?}");
        assert_eq!(asked_for(&attempt), None);
        assert_eq!(kinds.recv().await, Some(HandshakeKind::Full), "{named}");
    }
}

#[tokio::test]
async fn what_is_not_tls_is_recognised_by_its_first_bytes() {
    for (answer, spoken) in [
        (&b"SSH-2.0-OpenSSH_9.9\r\n"[..], Spoken::Ssh),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Spoken::Http),
        (b"220 mail.example.com ESMTP\r\n", Spoken::Smtp),
        (b"220 ready\r\n", Spoken::Greeting),
        (
            b"\x00\x0e\x40abcdefghijklmnop",
            Spoken::Unknown("000e406162636465666768696a6b6c6d".to_owned()),
        ),
    ] {
        let server = Server::plain(answer.to_vec()).await;
        assert_eq!(outcome_of(&server).await, TlsOutcome::NotTls(spoken));
    }
}

#[tokio::test]
async fn a_banner_that_comes_before_the_hello_is_recognised() {
    let server = Server::start(|mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-dropbear\r\n").await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
    })
    .await;
    assert_eq!(outcome_of(&server).await, TlsOutcome::NotTls(Spoken::Ssh));
}

#[tokio::test]
async fn closing_resetting_and_stalling_are_told_apart() {
    let closing = Server::plain(Vec::new()).await;
    assert_eq!(
        outcome_of(&closing).await,
        TlsOutcome::Closed { received: 0 }
    );

    let resetting = Server::start(|mut stream| async move {
        let mut hello = [0; 64];
        let _ = stream.read(&mut hello).await;
        let _ = stream.set_zero_linger();
    })
    .await;
    assert_eq!(
        outcome_of(&resetting).await,
        TlsOutcome::Reset { received: 0 }
    );

    let silent = Server::silent().await;
    let stalled = shake_with(&silent, Duration::from_millis(200))
        .await
        .outcome;
    assert_eq!(stalled, TlsOutcome::Stalled { received: 0 });

    // The beginning of a record that never ends, as behind a path that drops large packets.
    let torn = Server::start(|mut stream| async move {
        let _ = stream
            .write_all(&[0x16, 0x03, 0x03, 0x10, 0x00, 0x02])
            .await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
    })
    .await;
    let stalled = shake_with(&torn, Duration::from_millis(300)).await.outcome;
    assert_eq!(stalled, TlsOutcome::Stalled { received: 6 });
}

#[tokio::test]
async fn a_refusal_is_known_by_its_alert() {
    let pki = Pki::new();
    let mut config = pki.server(HOST, true, None);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let server = Server::tls(config, "").await;
    assert_eq!(
        outcome_of(&server).await,
        TlsOutcome::Alert("no_application_protocol".to_owned())
    );
}

#[tokio::test]
async fn an_endless_handshake_is_cut() {
    let server = Server::start(|mut stream| async move {
        // Empty handshake fragments are malformed, so each record carries a piece of one endless message.
        let mut record = vec![0x16, 0x03, 0x03, 0x40, 0x00];
        record.resize(5 + 0x4000, 0);
        record[5] = 2;
        record[6..9].copy_from_slice(&[0x00, 0xff, 0xff]);
        while stream.write_all(&record).await.is_ok() {}
    })
    .await;
    let outcome = outcome_of(&server).await;
    assert!(
        matches!(outcome, TlsOutcome::Incompatible(_)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn one_byte_at_a_time_ends_with_the_deadline() {
    let server = Server::start(|mut stream| async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        for byte in [0x16, 0x03, 0x03, 0x40, 0x00]
            .into_iter()
            .chain(std::iter::repeat(0))
        {
            ticks.tick().await;
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let outcome = shake_with(&server, Duration::from_millis(400))
        .await
        .outcome;
    assert!(
        matches!(outcome, TlsOutcome::Stalled { received: 1.. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_request_for_a_client_certificate_is_noticed() {
    let pki = Pki::new();
    let config = pki.server_asking_for_certificates(HOST, true, &[&rustls::version::TLS13]);
    let server = Server::tls(config, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    let tls = seen.evidence.tls.known().expect("tls");
    let session = tls
        .main()
        .and_then(|attempt| attempt.outcome.session())
        .expect("a session");
    assert!(session.client_auth_requested);
    assert_eq!(seen.record(ProbeId::Gateway).outcome, ProbeOutcome::Pass);
}

#[tokio::test]
async fn a_gateway_that_demands_a_client_certificate_says_so_after_the_handshake() {
    let pki = Pki::new();
    let config = pki.server_asking_for_certificates(HOST, false, &[&rustls::version::TLS13]);
    let server = Server::tls(config, "").await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    let tls = seen.evidence.tls.known().expect("tls");
    let session = tls
        .main()
        .and_then(|attempt| attempt.outcome.session())
        .expect("a session");
    assert!(session.client_auth_requested);
    let Fact::Unknown(why) = &seen.evidence.gateway.known().expect("gateway").http else {
        panic!("an answer without a certificate");
    };
    assert_eq!(why.code, WhyCode::Failed);
    let detail = why.detail.as_ref().expect("a reason");
    assert_eq!(detail.id, "probe.gateway.alert");
    assert_eq!(detail.args[0].1, "certificate_required");
}

#[tokio::test]
async fn with_tls_1_2_the_demand_ends_the_handshake_and_the_chain_is_kept() {
    let pki = Pki::new();
    let config = pki.server_asking_for_certificates(HOST, false, &[&rustls::version::TLS12]);
    let server = Server::tls(config, "").await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    let tls = seen.evidence.tls.known().expect("tls");
    let main = tls.main().expect("a handshake");
    assert!(
        matches!(main.outcome, TlsOutcome::Alert(_)),
        "{:?}",
        main.outcome
    );
    assert_eq!(main.served.len(), 2);
    assert!(seen.has_line("probe.tls.client-auth"));
    assert_eq!(seen.record(ProbeId::Chain).outcome, ProbeOutcome::Pass);
    assert_eq!(seen.record(ProbeId::Gateway).outcome, ProbeOutcome::Skipped);
}

#[tokio::test]
async fn a_gateway_that_never_answers_http_is_not_waited_for_forever() {
    let pki = Pki::new();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let server = Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut heard = Vec::new();
                let _ = stream.read_to_end(&mut heard).await;
            }
        }
    })
    .await;
    let seen = look_at(server.addr, options(), pki.stores(true)).await;
    let record = seen.record(ProbeId::Gateway);
    assert_eq!(record.outcome, ProbeOutcome::Unknown);
    assert_eq!(
        record.why.as_ref().map(|why| why.code),
        Some(WhyCode::TimedOut)
    );
}

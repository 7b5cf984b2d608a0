//! Doors for the fuzz targets: what reads a stranger's bytes is private to its check, and is reached from `tests/fuzz`
//! through here. Compiled for fuzzing only.
//!
//! Not here: the readers, and what holds of each; both are beside each other in the check's own file.

use tokio::io::AsyncWriteExt as _;

use super::http::{Query, exchange};
use super::{handed_out, handshake, nameserver, openvpn, portal, proxy, resolve, udp, versions};
use crate::evidence::{HttpAnswer, Target};

/// The answer to a hand-made ClientHello, whole and in pieces of this many bytes.
pub fn hello(bytes: &[u8], piece: usize) {
    versions::fuzz(bytes, piece.max(1));
    let _ = (
        handshake::not_tls(bytes),
        versions::secure_renegotiation(bytes),
    );
}

/// Packets of an OpenVPN server, each with its length before it in two bytes.
pub async fn openvpn(packets: &[u8]) {
    openvpn::fuzz(packets).await;
}

/// A datagram in answer to a question of DTLS, IKE and OpenVPN.
pub fn datagram(bytes: &[u8]) {
    udp::fuzz(bytes);
}

/// A DNS answer.
pub fn dns(bytes: &[u8]) {
    nameserver::fuzz(bytes);
}

/// This system's list of DNS servers, and one line of its hosts file.
pub fn resolver_files(bytes: &[u8]) {
    super::dns::fuzz(bytes);
    for line in bytes.split(|byte| *byte == b'\n') {
        let _ = resolve::hosts_line(&String::from_utf8_lossy(line), "vpn.example.com");
    }
    let text = String::from_utf8_lossy(bytes);
    let (host, _) = resolve::split_host_port(&text, 123);
    assert!(host.len() <= text.len().max(64));
}

/// What a proxy answers to CONNECT.
pub fn connect_answer(bytes: &[u8]) {
    let _ = proxy::read_head(bytes);
}

/// What a server sends after a request: the answer, if it is one, and the gateway it sends on to, if it names one.
pub async fn http(bytes: &[u8], max_body: usize) -> Option<(HttpAnswer, Option<Target>)> {
    let (near, mut far) = tokio::io::duplex(bytes.len() + (64 << 10));
    let query = Query {
        host: "vpn.example.com",
        path: "/",
        posted: None,
        max_body,
        begins_within: None,
        headers: &[],
        keep: false,
    };
    let served = async {
        // Fails only where the reader has had enough.
        let _ = far.write_all(bytes).await;
        let _ = far.shutdown().await;
    };
    let (asked, ()) = tokio::join!(exchange(near, query), served);
    let answer = asked.ok()?;
    assert!(answer.body.len() <= max_body && answer.headers.len() <= 64);
    let evidence = answer.into_evidence();
    let here = Target::parse("vpn.example.com").ok()?;
    let there = handed_out::named_in(&evidence, &here);
    assert!(there.as_ref() != Some(&here));
    let _ = portal::title(&evidence.body);
    Some((evidence, there))
}

/// A `Date` header.
pub fn date_header(text: &str) {
    let now = std::time::SystemTime::now();
    let took = std::time::Duration::from_millis(3);
    let _ = super::clock::from_date_header("vpn.example.com", text, now, took);
}

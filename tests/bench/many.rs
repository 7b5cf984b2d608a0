//! A thousand gateways on loopback, checked by the real program: rate and memory against their budgets, beside a
//! plain TLS client that only shakes hands. Run with `cargo bench --bench many`; ends in failure where a budget of the
//! design is missed. The servers run in this process, on the same cores.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a bench that cannot go on says so by panicking"
)]

mod binary;
#[path = "../support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use support::Pki;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const GATEWAYS: usize = 1000;
/// Gateways a second at least.
const RATE: f64 = 300.0;
/// Megabytes of resident memory at most.
const MEMORY: f64 = 120.0;

fn main() {
    // `cargo test` builds and calls benches too, with arguments of its own; it is not meant.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let pki = Pki::new();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let ports = runtime.block_on(serve(&pki));
    let mut list = String::new();
    for port in &ports {
        writeln!(list, "127.0.0.1:{port}").unwrap();
    }
    let file = pki.folder().join("list.txt");
    std::fs::write(&file, list).expect("write");
    let bare = runtime.block_on(bare_handshakes(&ports));
    println!("handshakes alone, in this process:   {bare:>7.0} a second");
    let mut met = true;
    for run in 1..=3 {
        let (rate, memory, healthy) = check(file.to_str().expect("path"), pki.root_file());
        println!(
            "check --json, run {run}: {rate:>7.0} a second, {memory:.1} MB at most, {healthy} healthy"
        );
        assert_eq!(healthy, GATEWAYS);
        met &= rate > RATE && memory < MEMORY;
    }
    println!(
        "budget: over {RATE} a second, under {MEMORY} MB: {}",
        if met { "met" } else { "missed" }
    );
    runtime.shutdown_background();
    std::process::exit(i32::from(!met));
}

/// One run of the program: gateways a second over the whole process, the most memory it held, how many were healthy.
fn check(list: &str, root: &str) -> (f64, f64, usize) {
    let began = Instant::now();
    let mut child = Command::new(binary::ours(env!("CARGO_BIN_EXE_vpnmedic")))
        .args([
            "check",
            "--targets",
            list,
            "--ca",
            root,
            "--json",
            "--no-third-party",
        ])
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut out = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).expect("text");
        text
    });
    // Both go with the process, so they are read until the end.
    let mut memory = 0.0_f64;
    while child.try_wait().expect("a state").is_none() {
        if let Some(mark) = high_water(&status) {
            memory = memory.max(mark);
        }
        // The interval of a measurement: the loop ends with the process, not with the time.
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let took = began.elapsed().as_secs_f64();
    let text = reader.join().expect("text");
    let healthy = text
        .lines()
        .filter(|line| line.contains("\"verdict\":\"healthy\""));
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let rate = GATEWAYS as f64 / took;
    (rate, memory, healthy.count())
}

/// `VmHWM` in megabytes.
fn high_water(status: &str) -> Option<f64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// A thousand listeners with one certificate; their ports.
async fn serve(pki: &Pki) -> Vec<u16> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(pki.chain("127.0.0.1"), pki.leaf_key())
        .expect("certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut ports = Vec::with_capacity(GATEWAYS);
    for _ in 0..GATEWAYS {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        ports.push(listener.local_addr().expect("address").port());
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(acceptor.clone(), stream));
            }
        });
    }
    ports
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream) {
    let Ok(mut tls) = acceptor.accept(stream).await else {
        return;
    };
    let mut request = [0_u8; 1024];
    if tls.read(&mut request).await.is_ok_and(|read| read > 0) {
        let page = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        // The client may have hung up by now; that is its business.
        let _ = tls.write_all(page).await;
        let _ = tls.shutdown().await;
    }
}

/// Handshakes a second of a client that does nothing else, as a measure of the machine.
async fn bare_handshakes(ports: &[u16]) -> f64 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let began = Instant::now();
    let shakes = ports.iter().map(|port| {
        let connector = connector.clone();
        let port = *port;
        async move {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("open");
            let name = rustls_pki_types::ServerName::IpAddress(
                std::net::IpAddr::from([127, 0, 0, 1]).into(),
            );
            // Its certificate is unknown to this client, which is found out after all the arithmetic.
            assert!(connector.connect(name, stream).await.is_err());
        }
    });
    futures_util::StreamExt::for_each_concurrent(futures_util::stream::iter(shakes), 64, |shake| {
        shake
    })
    .await;
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let rate = ports.len() as f64 / began.elapsed().as_secs_f64();
    rate
}

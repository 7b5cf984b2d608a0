//! What several test programs need: a small certificate authority, a TLS server on loopback, the program itself.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

/// What a run of the program left behind.
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs the program with nothing of this machine's settings in its way, and nobody but the test's own gateway to ask:
/// targets are loopback addresses, so that no name is looked up either.
pub fn vpnmedic(arguments: &[&str]) -> Run {
    vpnmedic_reading(arguments, "")
}

/// The same with something to read on standard input.
pub fn vpnmedic_reading(arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vpnmedic"))
        .args(arguments)
        .arg("--no-third-party")
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may have ended without reading; that is its business.
    let _ = child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A root, an intermediate, and leaves on demand; valid 2020 to 2040 (root, intermediate) and 2020 to 2036 (leaves).
pub struct Pki {
    folder: TempDir,
    root_file: PathBuf,
    root: CertificateDer<'static>,
    intermediate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    leaf_key: KeyPair,
}

impl Pki {
    /// A fresh one.
    pub fn new() -> Self {
        let root_key = KeyPair::generate().expect("key");
        let root_params = authority("Test Root CA");
        let root = root_params.self_signed(&root_key).expect("root");
        let root_issuer = Issuer::new(root_params, root_key);
        let key = KeyPair::generate().expect("key");
        let params = authority("Test Issuing CA");
        let intermediate = params.signed_by(&key, &root_issuer).expect("intermediate");
        let folder = tempfile::tempdir().expect("folder");
        let root_file = folder.path().join("root.pem");
        std::fs::write(&root_file, root.pem()).expect("write");
        Self {
            folder,
            root_file,
            root: root.der().clone(),
            intermediate: intermediate.der().clone(),
            issuer: Issuer::new(params, key),
            leaf_key: KeyPair::generate().expect("key"),
        }
    }

    /// A folder that goes when this goes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The root as a PEM file.
    pub fn root_file(&self) -> &str {
        self.root_file.to_str().expect("path")
    }

    /// A leaf for this name, and the intermediate.
    pub fn chain(&self, name: &str) -> Vec<CertificateDer<'static>> {
        vec![self.leaf(name, name), self.intermediate.clone()]
    }

    /// The same with the root sent along.
    pub fn chain_with_root(&self, name: &str) -> Vec<CertificateDer<'static>> {
        vec![
            self.leaf(name, name),
            self.intermediate.clone(),
            self.root.clone(),
        ]
    }

    /// A leaf for this name whose common name is something else.
    pub fn chain_named(&self, name: &str, common_name: &str) -> Vec<CertificateDer<'static>> {
        vec![self.leaf(name, common_name), self.intermediate.clone()]
    }

    /// [`Self::chain`] as PEM.
    pub fn chain_pem(&self, name: &str) -> String {
        self.chain(name)
            .iter()
            .map(|der| vpnmedic::chain::pem(&der.as_ref().into()))
            .collect()
    }

    /// The key of every leaf.
    pub fn leaf_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.leaf_key.serialize_der()).expect("key")
    }

    fn leaf(&self, name: &str, common_name: &str) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("params");
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2036, 1, 1);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params
            .signed_by(&self.leaf_key, &self.issuer)
            .expect("leaf")
            .der()
            .clone()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("params");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A TLS server on loopback that answers every request with an empty page. Ends with the process.
pub struct Gateway {
    /// Its port.
    pub port: u16,
}

impl Gateway {
    /// Starts one with this chain.
    pub fn serve(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        Self::serve_stapled(chain, key, Vec::new())
    }

    /// Starts one with this chain that staples this OCSP answer; none where it is empty.
    pub fn serve_stapled(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        ocsp: Vec<u8>,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert_with_ocsp(chain, key, ocsp)
            .expect("certificate");
        Self::serve_with(config)
    }

    /// Starts one that insists on client certificates of these roots.
    pub fn serve_clients_of(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        roots: &[CertificateDer<'static>],
        version: &'static rustls::SupportedProtocolVersion,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut store = rustls::RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(
            Arc::new(store),
            provider.clone(),
        );
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("versions")
            .with_client_cert_verifier(clients.build().expect("roots"))
            .with_single_cert(chain, key)
            .expect("certificate");
        Self::serve_with(config)
    }

    fn serve_with(config: rustls::ServerConfig) -> Self {
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = config.clone();
                std::thread::spawn(move || answer(stream, config));
            }
        });
        Self { port }
    }

    /// `name:port`.
    pub fn address(&self, name: &str) -> String {
        format!("{name}:{}", self.port)
    }
}

fn answer(stream: TcpStream, config: Arc<rustls::ServerConfig>) {
    let Ok(connection) = rustls::ServerConnection::new(config) else {
        return;
    };
    let mut tls = rustls::StreamOwned::new(connection, stream);
    let mut request = [0_u8; 1024];
    if tls.read(&mut request).is_ok_and(|read| read > 0) {
        // The client may have hung up by now; that is its business.
        let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        tls.conn.send_close_notify();
        let _ = tls.flush();
    } else {
        // Whatever refused the client is said in full: hanging up with unread bytes would take it back.
        let _ = tls.conn.complete_io(&mut tls.sock);
        let _ = tls.sock.shutdown(std::net::Shutdown::Write);
        let _ = tls
            .sock
            .set_read_timeout(Some(std::time::Duration::from_secs(5)));
        while tls.sock.read(&mut request).is_ok_and(|read| read > 0) {}
    }
}

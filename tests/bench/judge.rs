//! How long judging takes: an ordinary chain, a chain with its parsing, and a tangle of authorities that all sign one
//! another, beside rustls-webpki in the same run, and beside OpenSSL where its command is at hand.
//!
//! What is compared: all judges get the same certificates, roots, name and time. Ours names every fault with its
//! place; webpki stops at its first. OpenSSL's command is timed over many end-entity files in one process and the start
//! of the process is taken off, so its figure holds reading one PEM file, parsing one certificate and verifying; it does
//! not hold parsing the intermediates. Run with `cargo bench`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot begin fails")]

#[path = "../pki/mod.rs"]
mod pki;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use pki::{AT, Entity, HOST, host, plain};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use vpnmedic::chain::{Cert, Purpose, Question, judge, pem};
use vpnmedic::evidence::Der;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// How many end-entity files OpenSSL verifies in one process.
const FILES: u32 = 2_000;

/// Certificates and roots.
struct World {
    served: Vec<Arc<Cert>>,
    anchors: Vec<Arc<Cert>>,
}

/// Four certificates, the root sent along, among 151 roots.
fn ordinary() -> World {
    let root = Entity::root("Example Root CA", plain);
    let policy = root.ca("Example Policy CA", plain);
    let issuing = policy.ca("Example Issuing CA", plain);
    let leaf = issuing.leaf(plain);
    let mut anchors: Vec<Arc<Cert>> = (0..150)
        .map(|n| Entity::root(&format!("Root {n}"), plain).cert)
        .collect();
    anchors.push(Arc::clone(&root.cert));
    World {
        served: vec![leaf.cert, issuing.cert, policy.cert, root.cert],
        anchors,
    }
}

/// Eight authorities that all signed one another: 13,700 paths that visit none twice, and none ends in a root.
fn tangle() -> World {
    let authorities: Vec<Entity> = (0..8)
        .map(|n| Entity::root(&format!("Authority {n}"), plain))
        .collect();
    let mut served = vec![authorities[0].leaf(plain).cert];
    for signer in &authorities {
        for subject in &authorities {
            if !std::ptr::eq(signer, subject) {
                served.push(signer.cross_sign(subject, plain));
            }
        }
    }
    let anchors = vec![Entity::root("Example Root CA", plain).cert];
    World { served, anchors }
}

impl World {
    fn accepts(&self, served: &[Arc<Cert>]) -> (bool, bool) {
        let name = host(HOST);
        let judgement = judge(&Question {
            served,
            fetched: &[],
            anchors: &self.anchors,
            name: Some(&name),
            at: AT,
            purpose: Purpose::Server,
        });
        (judgement.accepted(), judgement.bounded)
    }

    fn ders(&self) -> Vec<CertificateDer<'_>> {
        self.served
            .iter()
            .map(|cert| CertificateDer::from(cert.der.as_slice()))
            .collect()
    }
}

/// The same question to webpki; its roots are prepared once, as ours are.
fn webpki_accepts(ders: &[CertificateDer<'_>], anchors: &[TrustAnchor<'_>]) -> bool {
    let (leaf, others) = ders.split_first().unwrap();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(AT.0).unwrap()));
    let leaf = EndEntityCert::try_from(leaf).unwrap();
    let path = leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        anchors,
        others,
        time,
        KeyUsage::server_auth(),
        None,
        None,
    );
    path.is_ok()
        && leaf
            .verify_is_valid_for_subject_name(&ServerName::try_from(HOST).unwrap())
            .is_ok()
}

fn judging(criterion: &mut Criterion) {
    for (name, world, good) in [
        ("4 certificates", ordinary(), true),
        ("13,700 hostile paths", tangle(), false),
    ] {
        let mut group = criterion.benchmark_group(name);
        assert_eq!(world.accepts(&world.served), (good, !good));
        group.bench_function("vpnmedic", |bench| {
            bench.iter(|| world.accepts(&world.served));
        });
        group.bench_function("vpnmedic with parsing", |bench| {
            bench.iter(|| {
                let parsed: Vec<Arc<Cert>> = world
                    .served
                    .iter()
                    .map(|cert| Arc::new(Cert::parse(&Der::from(cert.der.as_slice())).unwrap()))
                    .collect();
                world.accepts(&parsed)
            });
        });
        let ders = world.ders();
        let roots: Vec<CertificateDer<'_>> = world
            .anchors
            .iter()
            .map(|cert| CertificateDer::from(cert.der.as_slice()))
            .collect();
        let anchors: Vec<TrustAnchor<'_>> = roots
            .iter()
            .map(|root| anchor_from_trusted_cert(root).unwrap())
            .collect();
        assert_eq!(webpki_accepts(&ders, &anchors), good);
        group.bench_function("rustls-webpki (parses as it goes)", |bench| {
            bench.iter(|| webpki_accepts(&ders, &anchors));
        });
        group.finish();
        with_openssl(name, &world);
    }
}

/// Prints what `openssl verify` needs for one certificate; nothing where the command is not there.
fn with_openssl(name: &str, world: &World) {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, certs: &[Arc<Cert>]| {
        let text: String = certs.iter().map(|cert| pem(&cert.der)).collect();
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (leaf, others) = world.served.split_first().unwrap();
    let leaf = write("leaf.pem", std::slice::from_ref(leaf));
    let others = write("others.pem", others);
    let roots = write("roots.pem", &world.anchors);
    let time = |files: u32| {
        let begun = Instant::now();
        let status = Command::new("openssl")
            .arg("verify")
            .args(["-no-CApath", "-no-CAstore", "-purpose", "sslserver"])
            .args(["-verify_hostname", HOST, "-attime", &AT.0.to_string()])
            .arg("-CAfile")
            .arg(&roots)
            .arg("-untrusted")
            .arg(&others)
            .args((0..files).map(|_| &leaf))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.map(|_| begun.elapsed())
    };
    let (Ok(one), Ok(many)) = (time(1), time(FILES)) else {
        println!("{name}/openssl verify: no such command here");
        return;
    };
    let each = many.saturating_sub(one) / (FILES - 1);
    println!("{name}/openssl verify: {each:?} each over {FILES} files in one process");
}

criterion_group!(benches, judging);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}

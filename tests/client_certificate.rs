//! The client's own certificate: files of every kind, passwords, what is wrong with them, and what a gateway on
//! loopback that insists on one makes of it. The files are in `tests/fixtures/client` (see `make.sh` there).

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be made or read here is a failed test"
)]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use serde_json::Value;
use support::{Gateway, Pki, Run, vpnmedic, vpnmedic_reading};
use vpnmedic::chain::{
    Cert, Fit, KeyError, Pkcs12Error, fits, holds_private_key, is_pkcs12, open_pkcs12,
    read_certificates, read_private_key,
};

const PASSWORD: &str = "open sésame";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/client")
        .join(name)
}

fn named(name: &str) -> String {
    path(name).to_str().expect("path").to_owned()
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(path(name)).expect("fixture")
}

fn cert(name: &str) -> Cert {
    let ders = read_certificates(&bytes(name)).expect("certificate");
    Cert::parse(&ders[0]).expect("certificate")
}

fn json(run: &Run) -> Value {
    serde_json::from_str(run.stdout.trim())
        .unwrap_or_else(|error| panic!("not JSON ({error}): {} {}", run.stdout, run.stderr))
}

/// Causes with certainty and impact.
fn causes(run: &Run) -> Vec<String> {
    let document = json(run);
    let causes = document["causes"].as_array().expect("a list");
    causes
        .iter()
        .map(|cause| {
            let word = |field: &str| cause[field].as_str().expect("a text").to_owned();
            format!("{} {} {}", word("id"), word("certainty"), word("impact"))
        })
        .collect()
}

fn unknown(run: &Run) -> Vec<String> {
    let document = json(run);
    let unknown = document["unknown"].as_array().expect("a list");
    unknown
        .iter()
        .map(|entry| entry["id"].as_str().expect("a text").to_owned())
        .collect()
}

fn ruled_out(run: &Run, cause: &str) -> bool {
    json(run)["ruled_out"]
        .as_array()
        .is_some_and(|list| list.iter().any(|id| id == cause))
}

const AT: &str = "2027-06-01";

#[test]
fn keys_of_every_kind_and_form_fit_their_own_certificate_and_no_other() {
    let certificates = ["rsa", "p256", "p384", "p521", "ed25519"];
    for (file, owner) in [
        ("rsa.key", "rsa"),
        ("rsa.pkcs1.key", "rsa"),
        ("rsa.pkcs1.der", "rsa"),
        ("rsa.pkcs8.der", "rsa"),
        ("p256.key", "p256"),
        ("p256.sec1.key", "p256"),
        ("p256.with-parameters.key", "p256"),
        ("p384.key", "p384"),
        ("p384.sec1.key", "p384"),
        ("p521.key", "p521"),
        ("p521.sec1.key", "p521"),
        ("ed25519.key", "ed25519"),
    ] {
        let key = read_private_key(&bytes(file), None).unwrap_or_else(|e| panic!("{file}: {e}"));
        for name in certificates {
            let expected = if name == owner { Fit::Yes } else { Fit::No };
            let fit = fits(&cert(&format!("{name}.pem")), &key.public);
            assert_eq!(fit, expected, "{file} and {name}");
        }
    }
    let other = read_private_key(&bytes("rsa-other.key"), None).expect("key");
    assert_eq!(fits(&cert("rsa.pem"), &other.public), Fit::No);
}

#[test]
fn keys_under_a_password_open_with_it_alone() {
    for file in ["p256.encrypted.key", "p256.scrypt.key", "p256.des3.key"] {
        let open = |password| read_private_key(&bytes(file), password);
        assert_eq!(open(None).err(), Some(KeyError::NeedsPassword), "{file}");
        assert_eq!(
            open(Some("wrong")).err(),
            Some(KeyError::WrongPassword),
            "{file}"
        );
        let key = open(Some(PASSWORD)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(fits(&cert("p256.pem"), &key.public), Fit::Yes, "{file}");
    }
    for file in ["p256.old.key", "rsa.proc-type.key"] {
        let error = read_private_key(&bytes(file), Some(PASSWORD)).err();
        assert!(
            matches!(error, Some(KeyError::Unsupported(_))),
            "{file}: {error:?}"
        );
    }
}

#[test]
fn what_is_no_key_is_told_from_a_damaged_one() {
    let read = |bytes: &[u8]| read_private_key(bytes, None).err();
    assert_eq!(read(b" \n"), Some(KeyError::Empty));
    assert_eq!(read(b"hello"), Some(KeyError::NoKey));
    assert_eq!(read(&bytes("rsa.pem")), Some(KeyError::NoKey));
    let text = String::from_utf8(bytes("rsa.key")).expect("text");
    let (half, _) = text.split_at(text.len() / 2);
    assert!(matches!(read(half.as_bytes()), Some(KeyError::Damaged(_))));
    let der = bytes("rsa.pkcs1.der");
    assert!(matches!(
        read(&der[..der.len() / 2]),
        Some(KeyError::Damaged(_))
    ));
    assert!(!holds_private_key(&bytes("rsa.pem")) && holds_private_key(&bytes("rsa.key")));
}

#[test]
fn archives_open_however_they_are_packed() {
    for (file, owner) in [
        ("modern.p12", "p256"),
        ("rsa.p12", "rsa"),
        ("legacy.p12", "rsa"),
        ("des3.p12", "p256"),
        ("aes128.p12", "p384"),
        ("no-mac.p12", "p256"),
    ] {
        let archive =
            open_pkcs12(&bytes(file), PASSWORD).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(is_pkcs12(&bytes(file)));
        assert_eq!(archive.certificates.len(), 2, "{file}");
        let certificate = cert(&format!("{owner}.pem"));
        assert!(archive.certificates.contains(&certificate.der), "{file}");
        assert_eq!(
            fits(&certificate, &archive.keys[0].public),
            Fit::Yes,
            "{file}"
        );
        for wrong in ["", "open sesame", "開けゴマ"] {
            let error = open_pkcs12(&bytes(file), wrong).err();
            assert_eq!(error, Some(Pkcs12Error::WrongPassword), "{file} {wrong:?}");
        }
    }
    assert!(matches!(
        open_pkcs12(&bytes("modern.p12"), "😀").err(),
        Some(Pkcs12Error::Unsupported(_))
    ));
    let plain = open_pkcs12(&bytes("no-password.p12"), "").expect("no password");
    assert_eq!(plain.keys.len(), 1);
    let lonely = open_pkcs12(&bytes("no-key.p12"), PASSWORD).expect("certificates");
    assert!(lonely.keys.is_empty() && lonely.certificates.len() == 1);
    assert!(!is_pkcs12(&bytes("rsa.pkcs1.der")) && !is_pkcs12(&bytes("rsa.pem")));
}

#[test]
fn damage_is_told_from_a_password_that_does_not_fit() {
    for file in ["modern.p12", "legacy.p12"] {
        let whole = bytes(file);
        for cut in [1, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
            let error = open_pkcs12(&whole[..cut], PASSWORD).err();
            assert!(
                matches!(error, Some(Pkcs12Error::Damaged(_))),
                "{file} cut at {cut}: {error:?}"
            );
        }
        // The last bytes are the rounds and the salt of the checksum: the content opens all the same.
        let mut changed = whole.clone();
        let salt = changed.len() - 8;
        changed[salt] ^= 1;
        let error = open_pkcs12(&changed, PASSWORD).err();
        assert!(
            matches!(error, Some(Pkcs12Error::Damaged(_))),
            "{file}: {error:?}"
        );
        assert_eq!(
            open_pkcs12(&changed, "wrong").err(),
            Some(Pkcs12Error::WrongPassword)
        );
    }
    let browser = [0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80];
    assert!(matches!(
        open_pkcs12(&browser, "").err(),
        Some(Pkcs12Error::Unsupported(_))
    ));
}

#[test]
fn a_good_certificate_with_its_key_is_healthy() {
    let (certificate, key, roots) = (named("rsa.pem"), named("rsa.key"), named("ca.pem"));
    let run = vpnmedic(&[
        "inspect",
        "--client-cert",
        &certificate,
        "--key",
        &key,
        "--roots",
        &roots,
        "--at",
        AT,
        "--json",
    ]);
    let document = json(&run);
    assert_eq!((run.code, causes(&run)), (0, vec![]), "{}", run.stdout);
    assert_eq!(document["client_certificate"]["key"], "fits");
    assert_eq!(document["client_certificate"]["subject"], "CN=rsa.person");
    assert_eq!(unknown(&run), ["client-cert-revoked"]);
    assert!(ruled_out(&run, "client-cert-wrong-issuer"));
    assert!(ruled_out(&run, "client-cert-key-mismatch"));
}

#[test]
fn each_fault_of_a_file_is_named() {
    let judge = |certificate: &str, key: &str, at: &str| {
        let mut arguments = vec![
            "inspect",
            "--client-cert",
            certificate,
            "--json",
            "--at",
            at,
        ];
        if !key.is_empty() {
            arguments.extend(["--key", key]);
        }
        vpnmedic(&arguments)
    };
    let rsa = named("rsa.pem");
    let run = judge(&rsa, &named("rsa-other.key"), AT);
    assert_eq!(causes(&run), ["client-cert-key-mismatch confirmed blocks"]);
    assert_eq!(run.code, 1);
    assert_eq!(json(&run)["client_certificate"]["key"], "does-not-fit");
    for day in ["2060-01-01", "2020-01-01"] {
        let run = judge(&rsa, &named("rsa.key"), day);
        assert_eq!(causes(&run), ["client-cert-expired confirmed blocks"]);
    }
    let run = judge(&rsa, "", AT);
    assert_eq!(causes(&run), [""; 0]);
    assert!(unknown(&run).contains(&"client-cert-key-mismatch".to_owned()));
    assert!(unknown(&run).contains(&"client-cert-wrong-issuer".to_owned()));

    let folder = tempfile::tempdir().expect("folder");
    let half = folder.path().join("half.pem");
    let text = fs::read_to_string(path("rsa.pem")).expect("fixture");
    fs::write(&half, &text[..text.len() / 2]).expect("write");
    let half = half.to_str().expect("path");
    let run = judge(half, "", AT);
    assert_eq!(causes(&run), ["client-cert-corrupt likely blocks"]);
    assert!(unknown(&run).contains(&"client-cert-expired".to_owned()));
    let run = judge(&rsa, half, AT);
    assert_eq!(causes(&run), ["client-cert-corrupt likely blocks"]);

    let run = vpnmedic(&[
        "inspect",
        "--client-cert",
        &rsa,
        "--roots",
        &named("p256.pem"),
        "--at",
        AT,
        "--json",
    ]);
    assert_eq!(causes(&run), ["client-cert-wrong-issuer likely blocks"]);
}

#[test]
fn a_certificate_for_servers_only_is_not_for_signing_in() {
    let pki = Pki::new();
    let file = pki.folder().join("server.pem");
    fs::write(&file, pki.chain_pem("vpn.example.com")).expect("write");
    let file = file.to_str().expect("path");
    let run = vpnmedic(&["inspect", "--client-cert", file, "--at", AT, "--json"]);
    assert_eq!(causes(&run), ["client-cert-missing-eku likely blocks"]);
    let text = vpnmedic(&["inspect", "--client-cert", file, "--at", AT, "--lang", "ja"]);
    assert!(text.stdout.contains("クライアント認証"), "{}", text.stdout);
    // The same file is a good server's: both judgements stand side by side.
    let both = vpnmedic(&[
        "inspect",
        file,
        "--client-cert",
        file,
        "--roots",
        pki.root_file(),
        "--host",
        "vpn.example.com",
        "--at",
        AT,
        "--json",
    ]);
    assert_eq!(causes(&both), ["client-cert-missing-eku likely blocks"]);
    assert!(ruled_out(&both, "hostname-mismatch") && ruled_out(&both, "cert-expired-leaf"));
    assert_eq!(json(&both)["chain"][0]["problems"], Value::Array(vec![]));
}

#[test]
fn the_password_comes_as_one_line_and_a_wrong_one_is_not_damage() {
    let archive = named("legacy.p12");
    let open = |input: &str| {
        vpnmedic_reading(&["inspect", "--p12", &archive, "--at", AT, "--json"], input)
    };
    for line in ["open sésame\n", "open sésame\r\n", "open sésame"] {
        let run = open(line);
        assert_eq!((run.code, causes(&run)), (0, vec![]), "{}", run.stderr);
        assert_eq!(json(&run)["client_certificate"]["key"], "fits");
        assert!(!run.stdout.contains("sésame") && !run.stderr.contains("sésame"));
    }
    let wrong = open("sesame\n");
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert!(
        wrong.stderr.contains("legacy.p12") && wrong.stderr.contains("password"),
        "{}",
        wrong.stderr
    );
    assert!(!wrong.stderr.contains("sesame"));
    let none = open("");
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("standard input"), "{}", none.stderr);

    let run = vpnmedic(&["inspect", "--p12", &named("no-password.p12"), "--at", AT]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = vpnmedic_reading(
        &[
            "inspect",
            "--p12",
            &named("no-key.p12"),
            "--at",
            AT,
            "--json",
        ],
        "open sésame\n",
    );
    assert_eq!(causes(&run), ["client-cert-key-mismatch likely blocks"]);
    // An archive given as the certificate is recognised.
    let run = vpnmedic_reading(
        &["inspect", "--client-cert", &archive, "--at", AT, "--json"],
        "open sésame\n",
    );
    assert_eq!((run.code, causes(&run)), (0, vec![]), "{}", run.stderr);
}

#[test]
fn a_cut_archive_is_corrupt_without_asking_for_its_password() {
    let folder = tempfile::tempdir().expect("folder");
    let cut = folder.path().join("cut.p12");
    let whole = bytes("modern.p12");
    fs::write(&cut, &whole[..whole.len() - 100]).expect("write");
    let run = vpnmedic(&["inspect", "--p12", cut.to_str().expect("path"), "--json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(causes(&run), ["client-cert-corrupt likely blocks"]);
}

#[test]
fn wrong_files_and_wrong_pairs_of_options_end_with_two() {
    let (certificate, key, archive) = (named("rsa.pem"), named("rsa.key"), named("rsa.p12"));
    let folder = tempfile::tempdir().expect("folder");
    let large = folder.path().join("large.p12");
    fs::write(&large, vec![0x30; (1 << 20) + 1]).expect("write");
    let large = large.to_str().expect("path");
    for (arguments, told) in [
        (
            &["--client-cert", "does-not-exist.pem"][..],
            "does-not-exist.pem",
        ),
        (&["--client-cert", &key], "rsa.key"),
        (
            &["--client-cert", &certificate, "--key", &certificate],
            "rsa.pem",
        ),
        (&["--p12", &certificate], "PEM"),
        (&["--client-cert", &archive, "--key", &key], "own key"),
        (&["--p12", large], "larger"),
        (&["--key", &key], "--client-cert"),
        (&["--p12", &archive, "--client-cert", &certificate], "--p12"),
        (
            &[
                "--client-cert",
                &certificate,
                "--key",
                &named("rsa.proc-type.key"),
            ],
            "Proc-Type",
        ),
    ] {
        let mut all = vec!["inspect"];
        all.extend(arguments);
        let run = vpnmedic(&all);
        assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
    }
}

/// What the program shows on a terminal of its own, as it comes.
struct Screen {
    shown: String,
    coming: mpsc::Receiver<String>,
}

impl Screen {
    fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.shown.contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.coming.recv_timeout(left) {
                Ok(more) => self.shown.push_str(&more),
                Err(_) => panic!("{text:?} did not come: {:?}", self.shown),
            }
        }
    }
}

#[test]
fn on_a_terminal_the_password_is_asked_for_again_and_never_shown() {
    let pair = native_pty_system()
        .openpty(PtySize::default())
        .expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vpnmedic"));
    command.args([
        "inspect",
        "--p12",
        &named("modern.p12"),
        "--at",
        AT,
        "--lang",
        "en",
    ]);
    command.env("LC_ALL", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    let mut child = pair
        .slave
        .spawn_command(command)
        .expect("the program starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("reader");
    let mut writer = pair.master.take_writer().expect("writer");
    let (sender, coming) = mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 1024];
        while let Ok(count @ 1..) = reader.read(&mut piece) {
            let _ = sender.send(String::from_utf8_lossy(&piece[..count]).into_owned());
        }
    });
    let mut screen = Screen {
        shown: String::new(),
        coming,
    };
    screen.wait_for("not shown while you type");
    writer.write_all(b"not this\r").expect("typed");
    screen.wait_for("Try again");
    writer
        .write_all("open s\u{e9}samx\u{7f}e\r".as_bytes())
        .expect("typed");
    screen.wait_for("Not checked");
    let status = child.wait().expect("it ends");
    assert_eq!(status.exit_code(), 0, "{}", screen.shown);
    assert!(
        !screen.shown.contains("not this") && !screen.shown.contains("same"),
        "{}",
        screen.shown
    );
}

/// A CA for people and what it issues, as files.
struct People {
    folder: tempfile::TempDir,
    ca: CertifiedIssuer<'static, KeyPair>,
}

impl People {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2040, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self {
            folder: tempfile::tempdir().expect("folder"),
            ca: CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key"))
                .expect("CA"),
        }
    }

    /// Certificate and key in one file, as many tools write it.
    fn file(&self, last_year: i32, purpose: ExtendedKeyUsagePurpose) -> String {
        let key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "a.person");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose];
        let cert = params.signed_by(&key, &self.ca).expect("certificate");
        let file = self.folder.path().join("me.pem");
        fs::write(&file, cert.pem() + &key.serialize_pem()).expect("write");
        file.to_str().expect("path").to_owned()
    }
}

#[test]
fn a_gateway_that_insists_is_shown_the_certificate_that_was_given_and_no_other() {
    let pki = Pki::new();
    let people = People::new("Example People CA");
    let strangers = People::new("Some Other CA");
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let gateway = Gateway::serve_clients_of(
            pki.chain("127.0.0.1"),
            pki.leaf_key(),
            &[people.ca.der().clone()],
            version,
        );
        let address = gateway.address("127.0.0.1");
        let check = |arguments: &[&str]| {
            let mut all = vec!["check", &address, "--json", "--ca", pki.root_file()];
            all.extend(arguments);
            vpnmedic(&all)
        };
        let client = ExtendedKeyUsagePurpose::ClientAuth;

        let run = check(&["--client-cert", &people.file(2040, client.clone())]);
        let document = json(&run);
        assert_eq!((run.code, causes(&run)), (0, vec![]), "{}", run.stdout);
        assert_eq!(document["client_certificate"]["shown"], true);
        assert_eq!(document["client_authorities"][0], "CN=Example People CA");
        for cause in [
            "client-cert-required",
            "client-cert-revoked",
            "client-cert-wrong-issuer",
            "client-cert-key-mismatch",
        ] {
            assert!(ruled_out(&run, cause), "{cause}: {}", run.stdout);
        }

        let run = check(&[]);
        let causes_found = causes(&run);
        assert!(
            causes_found[0].starts_with("client-cert-required ") && causes_found.len() == 1,
            "{causes_found:?}"
        );
        assert!(unknown(&run).contains(&"client-cert-expired".to_owned()));

        let run = check(&["--client-cert", &strangers.file(2040, client.clone())]);
        assert_eq!(
            causes(&run),
            ["client-cert-wrong-issuer confirmed blocks"],
            "{}",
            run.stdout
        );
        assert!(run.stdout.contains("CN=Example People CA"));
        assert_eq!(json(&run)["client_authorities"][0], "CN=Example People CA");

        let run = check(&["--client-cert", &people.file(2024, client.clone())]);
        assert_eq!(
            causes(&run),
            ["client-cert-expired confirmed blocks"],
            "{}",
            run.stdout
        );

        let servers = people.file(2040, ExtendedKeyUsagePurpose::ServerAuth);
        let run = check(&["--client-cert", &servers]);
        let found = causes(&run);
        assert!(
            found.len() == 1 && found[0].starts_with("client-cert-missing-eku "),
            "{found:?}"
        );

        // A pair that does not fit is never shown.
        let run = check(&[
            "--client-cert",
            &named("rsa.pem"),
            "--client-key",
            &named("p256.key"),
        ]);
        assert!(
            causes(&run).contains(&"client-cert-key-mismatch confirmed blocks".to_owned()),
            "{}",
            run.stdout
        );
        assert_eq!(json(&run)["client_certificate"]["shown"], false);
    }
}

#[test]
fn a_gateway_that_does_not_ask_is_not_shown_the_certificate() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let run = vpnmedic_reading(
        &[
            "check",
            &gateway.address("127.0.0.1"),
            "--json",
            "--ca",
            pki.root_file(),
            "--client-p12",
            &named("modern.p12"),
        ],
        "open sésame\n",
    );
    let document = json(&run);
    assert_eq!((run.code, causes(&run)), (0, vec![]), "{}", run.stdout);
    assert_eq!(document["client_certificate"]["shown"], false);
    assert_eq!(document["client_certificate"]["key"], "fits");
    let advice = document["advice"].as_array().expect("a list");
    assert!(
        advice
            .iter()
            .any(|entry| entry["id"] == "client-certificate-not-asked")
    );
}

fn mutated(name: &str, changes: &[(usize, u8)], cut: usize) -> Vec<u8> {
    let mut bytes = bytes(name);
    for (place, value) in changes {
        let length = bytes.len();
        bytes[place % length] = *value;
    }
    let keep = bytes.len() - cut % bytes.len();
    bytes.truncate(keep);
    bytes
}

/// Changes anywhere, most of them in the structure at the beginning.
fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
    let place = prop_oneof![0_usize..120, 0_usize..3000];
    proptest::collection::vec((place, any::<u8>()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_key_makes_reading_panic(
        which in prop::sample::select(vec!["rsa.key", "rsa.pkcs1.der", "rsa.pkcs8.der", "p256.sec1.key", "p521.key", "ed25519.key"]),
        changes in changes(),
        cut in prop_oneof![Just(0_usize), 0_usize..3000],
    ) {
        let bytes = mutated(which, &changes, cut);
        if let Ok(key) = read_private_key(&bytes, Some("x")) {
            let _ = fits(&cert("rsa.pem"), &key.public);
            let shown = format!("{key:?}");
            prop_assert!(!shown.contains("der:"));
        }
    }

    #[test]
    fn no_bytes_make_reading_keys_or_archives_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_private_key(&bytes, Some("x"));
        let _ = open_pkcs12(&bytes, "x");
        let _ = is_pkcs12(&bytes);
        let _ = holds_private_key(&bytes);
    }
}

proptest! {
    // Opening one takes thousands of rounds of hashing.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_archive_makes_opening_panic(
        which in prop::sample::select(vec!["no-mac.p12", "no-password.p12", "des3.p12", "no-key.p12"]),
        changes in changes(),
        cut in prop_oneof![Just(0_usize), 0_usize..3000],
    ) {
        let bytes = mutated(which, &changes, cut);
        // Rounds that a change made too many are refused or take their time, which is not what is looked at here.
        prop_assume!(!raises_rounds(which, &bytes));
        match open_pkcs12(&bytes, PASSWORD) {
            Ok(archive) => prop_assert!(archive.keys.len() <= 8 && archive.certificates.len() <= 64),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

/// Whether some number that was 2048 (OpenSSL's rounds) no longer is.
fn raises_rounds(which: &str, changed: &[u8]) -> bool {
    const ROUNDS: [u8; 4] = [0x02, 0x02, 0x08, 0x00];
    let places = |bytes: &[u8]| {
        bytes
            .windows(ROUNDS.len())
            .filter(|window| *window == ROUNDS)
            .count()
    };
    places(changed) < places(&bytes(which))
}

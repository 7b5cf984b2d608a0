//! The client's own certificate: files of every kind, passwords, what is wrong with them. The files are in
//! `tests/fixtures/client` (see `make.sh` there).
//!
//! | file | tries |
//! | --- | --- |
//! | `terminal.rs` | the password asked for on a terminal |
//! | `gateways.rs` | gateways on loopback that insist on a certificate, or do not ask |
//! | `changed.rs` | files with bytes changed anywhere |

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be made or read here is a failed test"
)]

#[path = "client_certificate/changed.rs"]
mod changed;
#[path = "client_certificate/gateways.rs"]
mod gateways;
mod support;
#[path = "client_certificate/terminal.rs"]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Pki, Run, vpnmedic, vpnmedic_reading};
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
    let told: String = text.stdout.split_whitespace().collect();
    assert!(told.contains("クライアント認証"), "{}", text.stdout);
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

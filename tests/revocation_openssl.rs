//! Revocation lists and OCSP answers made by the `openssl` command line, through `vpnmedic inspect --crl --ocsp`: an
//! independent maker, and the program as a person runs it.
//!
//! Without `openssl` the test says so and passes; `VPNMEDIC_REQUIRE_LAB=1` makes that a failure.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be made is a failed test"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustls_pki_types::PrivateKeyDer;
use serde_json::Value;
use support::{Gateway, Run, vpnmedic};
use tempfile::TempDir;

const CONFIG: &str = "
[ca]
default_ca = own
[own]
dir = .
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
serial = serial
crlnumber = crlnumber
default_md = sha256
default_days = 90
default_crl_days = 7
policy = any
copy_extensions = none
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = Test CA
[ca_part]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:vpn.example.com, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stapled]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:vpn.example.com, IP:127.0.0.1
tlsfeature = status_request
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[responder]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
1.3.6.1.5.5.7.48.1.5 = ASN1:NULL
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[plain]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";

/// A CA in a folder, run by `openssl`.
struct Authority {
    folder: TempDir,
}

impl Authority {
    /// None, with a word about it, where there is no `openssl`.
    fn new() -> Option<Self> {
        let there = Command::new("openssl")
            .arg("version")
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !there {
            let strict = std::env::var_os("VPNMEDIC_REQUIRE_LAB").is_some_and(|value| value == "1");
            assert!(!strict, "openssl is required and is not there");
            eprintln!("SKIPPED: openssl is not there");
            return None;
        }
        let authority = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (name, text) in [
            ("ca.cnf", CONFIG),
            ("index.txt", ""),
            ("serial", "8F01\n"),
            ("crlnumber", "01\n"),
        ] {
            std::fs::write(authority.path(name), text).unwrap();
        }
        authority.run(
            "req -x509 -config ca.cnf -extensions ca_part -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
             -nodes -keyout ca.key -out ca.pem -days 3650",
        );
        for (name, part, common_name) in [
            ("server", "server", "vpn.example.com"),
            ("stapled", "stapled", "stapled.example.com"),
            ("other", "server", "other.example.com"),
            ("responder", "responder", "Test-Responder"),
            ("plain", "plain", "Test-Plain"),
            ("weak", "responder", "Test-Weak"),
        ] {
            authority.run(&format!(
                "req -new -config ca.cnf -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr \
                 -subj /CN={common_name}"
            ));
            let hash = if name == "weak" { "sha1" } else { "sha256" };
            authority.run(&format!(
                "ca -batch -notext -config ca.cnf -extensions {part} -in {name}.csr -out {name}.pem -md {hash}"
            ));
        }
        Some(authority)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `openssl` in the folder; no argument has a blank in it.
    fn run(&self, arguments: &str) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "openssl {arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// The list as it is now, in PEM.
    fn list(&self) {
        self.run("ca -gencrl -config ca.cnf -out list.pem");
    }

    /// An answer about the server's certificate, signed by this certificate's key, in DER.
    fn answer(&self, signer: &str, more: &str) {
        self.answer_about("server", signer, more);
    }

    fn answer_about(&self, name: &str, signer: &str, more: &str) {
        self.run(&format!(
            "ocsp -issuer ca.pem -cert {name}.pem -reqout request.der"
        ));
        self.run(&format!(
            "ocsp -index index.txt -CA ca.pem -rsigner {signer}.pem -rkey {signer}.key \
             -reqin request.der -respout answer.der {more}"
        ));
    }

    /// Checks a gateway on loopback that has this certificate and staples this file.
    fn check_live(&self, name: &str, staple: Option<&str>) -> Value {
        let bytes = |file: &str| std::fs::read(self.path(file)).unwrap();
        self.run(&format!("x509 -in {name}.pem -outform DER -out {name}.der"));
        self.run(&format!(
            "pkcs8 -topk8 -nocrypt -in {name}.key -outform DER -out {name}.p8"
        ));
        let chain = vec![bytes(&format!("{name}.der")).into()];
        let key = PrivateKeyDer::Pkcs8(bytes(&format!("{name}.p8")).into());
        let gateway = Gateway::serve_stapled(chain, key, staple.map(bytes).unwrap_or_default());
        document(&vpnmedic(&[
            "check",
            &gateway.address("127.0.0.1"),
            "--ca",
            &path_text(&self.path("ca.pem")),
            "--json",
        ]))
    }

    fn inspect(&self, arguments: &[(&str, &str)], json: bool) -> Run {
        let file = |name: &str| path_text(&self.path(name));
        let mut all = vec!["inspect".to_owned(), file("server.pem")];
        all.extend(["--host", "vpn.example.com", "--roots"].map(str::to_owned));
        all.push(file("ca.pem"));
        for (option, name) in arguments {
            all.extend([(*option).to_owned(), file(name)]);
        }
        if json {
            all.push("--json".to_owned());
        }
        vpnmedic(&all.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn path_text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn document(run: &Run) -> Value {
    serde_json::from_str(run.stdout.trim()).unwrap_or_else(|error| {
        panic!("not JSON ({error}): {} {}", run.stdout, run.stderr);
    })
}

/// Ids of the causes found, ruled out and unknown.
fn words(document: &Value) -> [Vec<String>; 3] {
    let ids = |list: &Value, of: fn(&Value) -> &Value| {
        let list = list.as_array().unwrap();
        list.iter()
            .map(|entry| of(entry).as_str().unwrap().to_owned())
            .collect()
    };
    [
        ids(&document["causes"], |cause| &cause["id"]),
        ids(&document["ruled_out"], |id| id),
        ids(&document["unknown"], |entry| &entry["id"]),
    ]
}

fn has(list: &[String], id: &str) -> bool {
    list.iter().any(|known| known == id)
}

#[test]
fn good_then_revoked_by_list_and_by_answer() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.list();
    authority.answer("responder", "-ndays 2");
    for given in [&[("--crl", "list.pem")][..], &[("--ocsp", "answer.der")]] {
        let run = authority.inspect(given, true);
        let document = document(&run);
        let [found, ruled_out, _] = words(&document);
        assert_eq!((run.code, found), (0, vec![]), "{given:?}: {}", run.stdout);
        assert!(has(&ruled_out, "cert-revoked"), "{}", run.stdout);
        assert_eq!(document["advice"][0]["id"], "not-revoked");
    }

    authority.run("ca -config ca.cnf -revoke server.pem -crl_reason keyCompromise");
    authority.list();
    authority.run("crl -in list.pem -outform DER -out list.der");
    authority.answer("responder", "-ndays 2");
    for given in [
        &[("--crl", "list.der")][..],
        &[("--ocsp", "answer.der")],
        &[("--crl", "list.pem"), ("--ocsp", "answer.der")],
    ] {
        let run = authority.inspect(given, true);
        let document = document(&run);
        assert_eq!(run.code, 1);
        let cause = &document["causes"][0];
        assert_eq!(cause["id"], "cert-revoked", "{given:?}: {}", run.stdout);
        assert_eq!(cause["certainty"], "confirmed");
        assert_eq!(cause["impact"], "blocks");
        let evidence = cause["evidence"].to_string();
        assert!(evidence.contains("keyCompromise"), "{evidence}");
        assert!(evidence.contains("vpn.example.com"), "{evidence}");
        assert_eq!(document["chain"][0]["problems"][0], "cert-revoked");
    }
    let text = authority.inspect(&[("--crl", "list.pem")], false);
    assert_eq!(text.code, 1);
    let parts: Vec<&str> = text.stdout.split_whitespace().collect();
    let told = parts.join(" ");
    assert!(told.contains("was revoked on 20"), "{}", text.stdout);

    // An answer from before the revocation beside the list: the revocation counts.
    let nothing = authority.inspect(&[], true);
    let [found, _, unknown] = words(&document(&nothing));
    assert_eq!(found, Vec::<String>::new());
    assert!(has(&unknown, "cert-revoked") && has(&unknown, "crl-expired"));
}

#[test]
fn what_a_gateway_staples_is_heard_in_the_handshake() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.answer("responder", "-ndays 2");
    let [found, ruled_out, _] = words(&authority.check_live("server", Some("answer.der")));
    assert_eq!(found, Vec::<String>::new());
    assert!(has(&ruled_out, "cert-revoked") && has(&ruled_out, "must-staple-missing"));

    let [found, ruled_out, unknown] = words(&authority.check_live("server", None));
    assert_eq!(found, Vec::<String>::new());
    assert!(has(&unknown, "cert-revoked") && has(&ruled_out, "must-staple-missing"));

    let [found, _, unknown] = words(&authority.check_live("stapled", None));
    assert_eq!(found, ["must-staple-missing"]);
    assert!(has(&unknown, "cert-revoked"));

    authority.run("ca -config ca.cnf -revoke stapled.pem -crl_reason superseded");
    authority.answer_about("stapled", "responder", "-ndays 2");
    let document = authority.check_live("stapled", Some("answer.der"));
    let [found, ruled_out, _] = words(&document);
    assert_eq!(found, ["cert-revoked"]);
    assert!(has(&ruled_out, "must-staple-missing"));
    let evidence = &document["causes"][0]["evidence"];
    assert_eq!(evidence[0]["probe"], "tls");
    assert!(evidence.to_string().contains("superseded"), "{evidence}");
}

#[test]
fn answers_that_must_not_be_believed() {
    let Some(authority) = Authority::new() else {
        return;
    };
    for (signer, told) in [
        ("plain", "OCSPSigning"),
        ("other", "OCSPSigning"),
        ("weak", "ecdsa-with-SHA1"),
    ] {
        authority.answer(signer, "-ndays 2");
        let run = authority.inspect(&[("--ocsp", "answer.der")], true);
        let [found, ruled_out, unknown] = words(&document(&run));
        assert_eq!(found, ["revocation-unreachable"], "{}", run.stdout);
        assert!(!has(&ruled_out, "cert-revoked") && has(&unknown, "cert-revoked"));
        assert!(run.stdout.contains(told), "{}", run.stdout);
    }
    // The issuer itself may always answer; an answer without an end is fresh for a day.
    authority.answer("ca", "");
    let run = authority.inspect(&[("--ocsp", "answer.der")], true);
    let [found, ruled_out, _] = words(&document(&run));
    assert_eq!(found, Vec::<String>::new(), "{}", run.stdout);
    assert!(has(&ruled_out, "cert-revoked"), "{}", run.stdout);

    // A certificate that the responder's database does not have.
    std::fs::write(authority.path("index.txt"), "").unwrap();
    authority.answer("responder", "-ndays 2");
    let run = authority.inspect(&[("--ocsp", "answer.der")], true);
    let [found, ruled_out, unknown] = words(&document(&run));
    assert_eq!(found, ["revocation-unreachable"], "{}", run.stdout);
    assert!(!has(&ruled_out, "cert-revoked") && has(&unknown, "cert-revoked"));
    assert!(run.stdout.contains("does not know"), "{}", run.stdout);
}

#[test]
fn lists_out_of_date_and_files_that_are_no_lists() {
    let Some(authority) = Authority::new() else {
        return;
    };
    authority.run(
        "ca -gencrl -config ca.cnf -crl_lastupdate 20260101000000Z -crl_nextupdate 20260108000000Z \
         -out list.pem",
    );
    let run = authority.inspect(&[("--crl", "list.pem")], true);
    let [found, _, unknown] = words(&document(&run));
    assert_eq!(found, ["crl-expired"], "{}", run.stdout);
    assert!(has(&unknown, "cert-revoked"));
    for (option, name, told) in [
        ("--crl", "server.pem", "no revocation list"),
        ("--ocsp", "server.pem", "no OCSP answer"),
        ("--crl", "index.txt", "no revocation list"),
        ("--crl", "serial", "no revocation list"),
        ("--ocsp", "missing", "missing"),
    ] {
        let run = authority.inspect(&[(option, name)], true);
        assert_eq!(run.code, 2, "{option} {name}: {}", run.stdout);
        assert!(run.stderr.contains(told), "{option} {name}: {}", run.stderr);
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
}

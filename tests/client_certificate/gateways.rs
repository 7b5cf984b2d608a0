//! What a gateway on loopback makes of the certificate: one that insists on it, and one that does not ask.

use std::fs;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

use super::support::{Gateway, Pki, vpnmedic, vpnmedic_reading};
use super::{causes, json, named, ruled_out, unknown};

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

//! Saved connections of VPN programs: what is read of the samples in `tests/profiles`, that no secret in them comes out,
//! and that no file breaks the reader.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use vpnmedic::device::profiles;
use vpnmedic::evidence::{
    Carrier, Evidence, Fact, Material, NameRule, Observation, ProbeEvent, ProfileEvidence, Strict,
    Target, UnixTime,
};
use vpnmedic::guide::System;
use vpnmedic::profile::{self, Contents, Format, MAX_FILE, ProfileError};

const SAMPLES: [&str; 13] = [
    "office.ovpn",
    "files.conf",
    "anyconnect.xml",
    "AnyConnectLocalPolicy.xml",
    "forticlient.xml",
    "vpn.plist",
    "openconnect.conf",
    "openfortivpn.conf",
    "openvpn.nmconnection",
    "openconnect.nmconnection",
    "fortisslvpn.nmconnection",
    "vpnc.nmconnection",
    "wifi.nmconnection",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles")
}

fn sample(name: &str) -> Contents {
    let bytes = std::fs::read(folder().join(name)).unwrap();
    profile::read(&bytes, None, "stem").unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

fn only(name: &str) -> ProfileEvidence {
    let [only] = <[_; 1]>::try_from(sample(name).connections).expect("one connection");
    only
}

fn places(connection: &ProfileEvidence) -> Vec<String> {
    connection
        .targets
        .iter()
        .map(|place| {
            let backup = if place.backup { " backup" } else { "" };
            format!("{} {}{backup}", place.target, place.carrier.as_str())
        })
        .collect()
}

fn refused(text: &str, format: Format) -> (Option<usize>, String) {
    let ProfileError { line, expected, .. } =
        profile::read(text.as_bytes(), Some(format), "stem").expect_err("refused");
    (line, expected.id.into_owned())
}

#[test]
fn every_sample_is_listed() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "README.md" || SAMPLES.contains(&name.as_str()),
            "{name}"
        );
    }
}

#[test]
fn openvpn_says_where_it_leads_what_it_trusts_and_what_it_insists_on() {
    let office = only("office.ovpn");
    assert_eq!(office.name, "Head office");
    assert!(office.is_udp_alone());
    assert_eq!(
        places(&office),
        [
            "vpn.example.com:1194 udp",
            "vpn2.example.com:443 tcp backup",
            "[2001:db8::5]:1194 udp backup"
        ]
    );
    assert_eq!(office.roots.certificates().len(), 1);
    assert_eq!(office.client_certificate.certificates().len(), 1);
    assert!(office.client_key.is_some(), "the public half");
    let rule = NameRule::CommonName("gw-1.example.com".to_owned());
    assert_eq!(office.expects, Some(rule));
    assert_eq!(office.strict, [Strict::ServerPurpose]);
    assert_eq!(office.tls_min.as_deref(), Some("1.2"));
    assert!(office.roots_alone && office.guarded && office.has_secrets);

    let files = only("files.conf");
    assert_eq!(places(&files), ["vpn.example.com:443 tcp"]);
    let named = |name: &str| Material::Named(name.to_owned());
    assert_eq!(files.roots, named("certificates/company ca.crt"));
    assert_eq!(files.client_certificate, named("me.crt"));
    assert!(!files.guarded && !files.has_secrets);
}

#[test]
fn anyconnect_lists_its_hosts_with_their_backups() {
    let read = sample("anyconnect.xml").connections;
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].name, "Tokyo & Osaka (東京)");
    assert_eq!(
        places(&read[0]),
        [
            "vpn.example.com:8443 dtls",
            "vpn-backup.example.com:443 dtls backup",
            "192.0.2.20:443 dtls backup"
        ]
    );
    assert_eq!(
        read[0].strict,
        [Strict::BlockUntrusted, Strict::CertificateMatch]
    );
    assert_eq!(places(&read[1]), ["ikev2.example.com:443 ipsec"]);
    let policy = sample("AnyConnectLocalPolicy.xml");
    assert_eq!(policy.policy, [Strict::StrictTrust, Strict::OcspRevocation]);
    assert!(policy.connections.is_empty());
}

#[test]
fn forticlient_is_read_from_a_backup_and_from_a_property_list() {
    let read = sample("forticlient.xml").connections;
    assert_eq!(read.len(), 2, "one without a server leads nowhere");
    assert_eq!(
        places(&read[0]),
        ["vpn.example.com:10443 dtls", "192.0.2.30:443 dtls backup"]
    );
    assert_eq!(read[0].strict, [Strict::BlockUntrusted]);
    assert_eq!(places(&read[1]), ["ipsec.example.com:443 ipsec"]);
    assert!(read.iter().all(|connection| connection.has_secrets));
    let listed = only("vpn.plist");
    assert_eq!(listed.name, "Branch");
    assert_eq!(places(&listed), ["vpn.example.com:10443 dtls"]);
    assert!(listed.has_secrets);
}

#[test]
fn options_and_key_files_are_read() {
    let openconnect = only("openconnect.conf");
    assert_eq!(places(&openconnect), ["vpn.example.com:443 dtls"]);
    assert!(!openconnect.roots_alone, "--cafile adds to the system's");
    assert_eq!(
        openconnect.client_certificate,
        Material::Named("pkcs11:".to_owned())
    );
    let openfortivpn = only("openfortivpn.conf");
    assert_eq!(places(&openfortivpn), ["vpn.example.com:10443 tcp"]);
    assert_eq!(openfortivpn.tls_min.as_deref(), Some("1.2"));

    let lab = only("openvpn.nmconnection");
    assert_eq!((lab.name.as_str(), lab.client.as_str()), ("Lab", "openvpn"));
    assert_eq!(
        places(&lab),
        [
            "vpn.example.com:443 tcp",
            "vpn2.example.com:1194 udp backup"
        ]
    );
    assert_eq!(lab.expects, Some(NameRule::Prefix("gw-".to_owned())));
    assert!(lab.guarded && lab.has_secrets && lab.roots_alone);
    let work = only("openconnect.nmconnection");
    assert_eq!(places(&work), ["vpn.example.com:8443 dtls"]);
    let fortigate = only("fortisslvpn.nmconnection");
    assert!(fortigate.roots_alone, "its ca stands in the store's place");
    let old = only("vpnc.nmconnection");
    assert_eq!(old.targets[0].carrier, Carrier::Ipsec);
    assert!(old.has_secrets);
    assert!(sample("wifi.nmconnection").connections.is_empty());
}

/// Whatever of a file could be kept: evidence as it is debugged, written and folded, errors, and what a person is shown.
fn all_that_comes_out(bytes: &[u8], format: Option<Format>) -> String {
    match profile::read(bytes, format, "stem") {
        Ok(contents) => {
            let mut out = format!("{contents:?}");
            for connection in contents.connections {
                let event =
                    ProbeEvent::Observed(Observation::Profile(Box::new(connection.clone())));
                out += &serde_json::to_string(&event).unwrap();
                let target = Target::parse("vpn.example.com").unwrap();
                let mut evidence = Evidence::new(target, UnixTime(0));
                evidence.apply(&event);
                assert_eq!(evidence.profile, Fact::Known(connection));
                out += &serde_json::to_string(&evidence).unwrap();
            }
            out
        }
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn no_secret_comes_out_of_any_format_whole_or_broken() {
    let key = std::fs::read_to_string(folder().join("../fixtures/client/p256.key")).unwrap();
    let key_line = key.lines().nth(1).expect("base64").to_owned();
    for name in SAMPLES {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("PLANTED"), "{name} has nothing to hide");
        let lines = text.lines().count();
        // The whole file, every beginning of it, and the file without each of its lines.
        let mut variants = vec![text.clone()];
        for n in 0..lines {
            let kept = text.lines().take(n).collect::<Vec<_>>().join("\n");
            variants.push(kept);
            let without: Vec<&str> = text
                .lines()
                .enumerate()
                .filter_map(|(at, line)| (at != n).then_some(line))
                .collect();
            variants.push(without.join("\n"));
        }
        for variant in variants {
            let out = all_that_comes_out(variant.as_bytes(), None);
            assert!(!out.contains("PLANTED"), "{name}: {out}");
            assert!(!out.contains(&key_line), "{name}: {out}");
        }
    }
}

#[test]
fn files_named_are_looked_into_and_keys_are_not() {
    let fixtures = folder().join("../fixtures/client");
    let home = tempfile::tempdir().unwrap();
    let copy = |from: &Path, to: &str| {
        let to = home.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    };
    copy(&folder().join("files.conf"), "files.conf");
    copy(&fixtures.join("ca.pem"), "certificates/company ca.crt");
    // A pipe in the key's place would block whoever opened it.
    let pipe = std::process::Command::new("mkfifo")
        .arg(home.path().join("me.key"))
        .status();
    assert!(pipe.is_ok_and(|status| status.success()) || cfg!(windows));
    let open = || profiles::open(&home.path().join("files.conf"), &[], System::Linux).unwrap();
    let [connection] = <[_; 1]>::try_from(open()).unwrap();
    assert_eq!(connection.roots.certificates().len(), 1);
    let Material::Unreadable { file, why } = &connection.client_certificate else {
        panic!("{:?}", connection.client_certificate)
    };
    assert_eq!(file.as_deref(), Some("me.crt"));
    assert_eq!(why.id, "profile.file.missing");
    // The key in the certificate's own file stays behind as well.
    let both = format!(
        "{}{}",
        std::fs::read_to_string(fixtures.join("p256.pem")).unwrap(),
        std::fs::read_to_string(fixtures.join("p256.key")).unwrap()
    );
    std::fs::write(home.path().join("me.crt"), both).unwrap();
    let [connection] = <[_; 1]>::try_from(open()).unwrap();
    assert_eq!(connection.client_certificate.certificates().len(), 1);
    let key = std::fs::read_to_string(fixtures.join("p256.key")).unwrap();
    let out = serde_json::to_string(&connection).unwrap();
    assert!(!out.contains(key.lines().nth(1).unwrap()), "{out}");
}

#[test]
fn every_encoding_that_windows_writes_is_read() {
    let text = std::fs::read_to_string(folder().join("anyconnect.xml")).unwrap();
    let wide =
        |order: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(order).collect() };
    let expected = sample("anyconnect.xml");
    for bytes in [
        [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(),
        [b"\xff\xfe".as_slice(), &wide(u16::to_le_bytes)].concat(),
        [b"\xfe\xff".as_slice(), &wide(u16::to_be_bytes)].concat(),
        wide(u16::to_le_bytes),
        text.replace('\n', "\r\n").into_bytes(),
    ] {
        assert_eq!(profile::read(&bytes, None, "stem"), Ok(expected.clone()));
    }
    let id = |bytes: &[u8]| profile::read(bytes, None, "stem").unwrap_err().expected.id;
    assert_eq!(id(&[0x41, 0xff, 0x42]), "profile.read.encoding");
    assert_eq!(id(b"bplist00\xd1\x01\x02"), "profile.read.binary-plist");
}

#[test]
fn mistakes_are_told_with_their_line_and_what_was_expected() {
    for (text, format, line, id) in [
        (
            "client\nremote vpn.example.com 99999\n",
            Format::Openvpn,
            Some(2),
            "profile.read.port",
        ),
        (
            "client\n\nremote\n",
            Format::Openvpn,
            Some(3),
            "profile.read.argument",
        ),
        (
            "client\nremote a.example sctp\n",
            Format::Openvpn,
            Some(2),
            "profile.read.port",
        ),
        (
            "client\nremote vpn.example.com\n<ca>\nMIIB\n",
            Format::Openvpn,
            Some(3),
            "profile.read.block",
        ),
        ("client\n", Format::Openvpn, None, "profile.read.no-remote"),
        (
            "port 1194\nserver 10.8.0.0 255.255.255.0\n",
            Format::Openvpn,
            Some(2),
            "profile.read.is-server",
        ),
        (
            "<AnyConnectProfile>\n<ServerList>\n",
            Format::Anyconnect,
            Some(3),
            "profile.read.xml-ends",
        ),
        (
            "<AnyConnectProfile>\n<a></b>\n",
            Format::Anyconnect,
            Some(2),
            "profile.read.xml",
        ),
        (
            "<AnyConnectProfile>\n</AnyConnectProfile>",
            Format::Anyconnect,
            Some(1),
            "profile.read.element",
        ),
        (
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<a>&x;</a>",
            Format::Forticlient,
            Some(1),
            "profile.read.entity",
        ),
        (
            "<a>\n&x;</a>",
            Format::Forticlient,
            Some(2),
            "profile.read.entity",
        ),
        (
            "host = vpn.example.com\nport = x\n",
            Format::Openfortivpn,
            Some(2),
            "profile.read.port",
        ),
        (
            "[vpn\n",
            Format::NetworkManager,
            Some(1),
            "profile.read.section",
        ),
        (
            "[vpn]\nx\n",
            Format::NetworkManager,
            Some(2),
            "profile.read.key-value",
        ),
    ] {
        assert_eq!(refused(text, format), (line, id.to_owned()), "{text}");
    }
}

#[test]
fn nothing_is_expanded_and_everything_is_bounded() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><AnyConnectProfile>&b;</AnyConnectProfile>";
    assert_eq!(refused(bomb, Format::Anyconnect).1, "profile.read.entity");
    let deep = "<a>".repeat(100_000);
    assert_eq!(
        refused(&deep, Format::Anyconnect).1,
        "profile.read.xml-too-much"
    );
    let large = vec![b' '; usize::try_from(MAX_FILE).unwrap() + 1];
    let error = profile::read(&large, None, "stem").unwrap_err();
    assert_eq!(error.expected.id, "profile.read.too-large");
    let many = format!("client\n{}", "remote vpn.example.com\n".repeat(10_000));
    let read = profile::read(many.as_bytes(), None, "stem").unwrap();
    assert_eq!(read.connections[0].targets.len(), 64);
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        sample in 0..SAMPLES.len(),
        at in any::<prop::sample::Index>(),
    ) {
        let _ = profile::read(&bytes, None, "stem");
        let mut broken = std::fs::read(folder().join(SAMPLES[sample])).unwrap();
        let at = at.index(broken.len());
        broken.splice(at..(at + bytes.len()).min(broken.len()), bytes);
        let out = all_that_comes_out(&broken, None);
        prop_assert!(!out.is_empty());
    }
}

/// The program itself, with nothing of this machine's settings.
fn vpnmedic(args: &[&str]) -> (Option<i32>, String, String) {
    let home = tempfile::tempdir().unwrap();
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_vpnmedic"))
        .args(args)
        .current_dir(folder())
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ran.status.code(), text(ran.stdout), text(ran.stderr))
}

#[test]
fn the_program_lists_connections_and_hides_their_secrets() {
    for name in SAMPLES {
        for form in [&["profiles", name][..], &["profiles", "--json", name]] {
            let (exit, out, errors) = vpnmedic(form);
            let has_none = ["wifi.nmconnection", "AnyConnectLocalPolicy.xml"].contains(&name);
            assert_eq!(exit, Some(if has_none { 2 } else { 0 }), "{name} {errors}");
            assert!(
                !out.contains("PLANTED") && !errors.contains("PLANTED"),
                "{out}"
            );
        }
    }
    let (_, out, _) = vpnmedic(&["profiles", "--json", "office.ovpn", "README.md"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["profiles"][0]["name"], "Head office");
    assert_eq!(document["profiles"][0]["targets"][1]["protocol"], "tcp");
    assert_eq!(document["profiles"][0]["has_secrets"], true);
    assert_eq!(document["unread"][0]["file"], "README.md");
}

#[test]
fn a_profile_that_cannot_be_checked_is_refused_with_the_reason() {
    for (args, said) in [
        (&["anyconnect.xml"][..], "Choose one with --entry"),
        (
            &["anyconnect.xml", "--entry", "nobody"],
            "no connection of that name",
        ),
        (
            &["anyconnect.xml", "--entry", "ikev2.example.com"],
            "uses IPsec",
        ),
        (&["wifi.nmconnection"], "no VPN connection"),
        (&["README.md"], "not a saved VPN connection"),
        (&["nobody.ovpn"], "not there"),
    ] {
        let args = [&["check", "--lang", "en", "--profile"][..], args].concat();
        let (exit, out, errors) = vpnmedic(&args);
        assert_eq!((exit, out.as_str()), (Some(2), ""), "{args:?}");
        assert!(errors.contains(said), "{args:?}: {errors}");
    }
}

//! The command line as scripts meet it: exit codes, the JSON contract, and answers to bad input.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

use std::fs;

use serde_json::Value;
use support::{Gateway, Pki, vpnmedic};

fn json(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
}

fn cause_ids(document: &Value) -> Vec<&str> {
    let causes = document["causes"].as_array().expect("causes is a list");
    causes
        .iter()
        .map(|cause| cause["id"].as_str().expect("an id is a text"))
        .collect()
}

#[test]
fn a_healthy_gateway_ends_with_zero_and_an_empty_list() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let run = vpnmedic(&[
        "check",
        &gateway.address("127.0.0.1"),
        "--json",
        "--ca",
        pki.root_file(),
    ]);
    let document = json(&run.stdout);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["verdict"], "healthy");
    assert_eq!(cause_ids(&document), Vec::<&str>::new());
    assert_eq!(document["tls"]["version"], "1.3");
    assert_eq!(document["tls"]["key_exchange"], "X25519MLKEM768");
    assert_eq!(document["chain"][0]["source"], "served");
}

#[test]
fn an_unknown_client_is_refused_with_the_known_ones() {
    let run = vpnmedic(&["check", "127.0.0.1:9", "--client", "netscape"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    for known in ["netscape", "anyconnect", "openvpn", "openconnect", "safari"] {
        assert!(run.stderr.contains(known), "{}", run.stderr);
    }
    assert_eq!(run.stdout, "");
}

/// A line a client and system, each with its reason; what is not known is null.
#[test]
fn the_document_says_who_accepts_and_who_refuses() {
    let run = vpnmedic(&[
        "inspect",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/chain.pem"),
        "--host",
        "vpn.example.com",
        "--at",
        "2026-11-22",
        "--json",
    ]);
    let document = json(&run.stdout);
    let clients = document["clients"].as_array().unwrap();
    assert_eq!(clients.len(), 9);
    for client in clients {
        assert!(
            client["accepts"].is_boolean() || client["accepts"].is_null(),
            "{client}"
        );
        assert!(
            client["why"].as_str().is_some_and(|why| why.len() > 10),
            "{client}"
        );
        assert!(client["os"].is_string(), "{client}");
    }
}

/// In both languages, and only where somebody refuses.
#[test]
fn the_report_says_who_refuses_where_somebody_does() {
    let chain = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/chain.pem");
    let told = |lang: &str, at: &str| {
        let options = [
            "--host",
            "vpn.example.com",
            "--roots",
            chain,
            "--lang",
            lang,
            "--at",
            at,
        ];
        vpnmedic(&[&["inspect", chain][..], &options].concat()).stdout
    };
    let over = "2039-01-01";
    assert!(told("en", over).contains("openconnect (GnuTLS) on Linux: refuses. "));
    assert!(told("ja", over).contains("openconnect (GnuTLS) (Linux): 拒否する。"));
    assert!(!told("en", "2026-11-22").contains("openconnect"));
}

#[test]
fn an_unknown_root_ends_with_one_and_is_named() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain_with_root("127.0.0.1"), pki.leaf_key());
    let run = vpnmedic(&["check", &gateway.address("127.0.0.1"), "--json"]);
    let document = json(&run.stdout);
    assert_eq!(run.code, 1);
    assert_eq!(
        cause_ids(&document).first(),
        Some(&"unknown-ca"),
        "{}",
        run.stdout
    );
    let cause = &document["causes"][0];
    assert_eq!(cause["repair"]["proved"], true);
    assert!(
        cause["steps"]
            .as_array()
            .is_some_and(|steps| !steps.is_empty())
    );
    assert!(
        cause["evidence"]
            .as_array()
            .is_some_and(|lines| !lines.is_empty())
    );
}

#[test]
fn the_same_finding_is_told_in_japanese() {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let run = vpnmedic(&["check", &gateway.address("127.0.0.1"), "--lang", "ja"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("根拠"), "{}", run.stdout);
}

#[test]
fn several_gateways_are_answered_in_json_lines_and_the_worst_exit_wins() {
    let pki = Pki::new();
    let good = Gateway::serve(pki.chain("127.0.0.1"), pki.leaf_key());
    let wrong_name = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    let addresses = [good.address("127.0.0.1"), wrong_name.address("127.0.0.1")];
    let run = vpnmedic(&[
        "check",
        &addresses[0],
        &addresses[1],
        "--json",
        "--ca",
        pki.root_file(),
    ]);
    let documents: Vec<Value> = run.stdout.lines().map(json).collect();
    assert_eq!(run.code, 1);
    assert_eq!(documents.len(), 2);
    let verdict_of = |port: u16| {
        documents
            .iter()
            .find(|d| d["target"]["port"] == port)
            .map(|d| &d["verdict"])
    };
    assert_eq!(verdict_of(good.port), Some(&Value::from("healthy")));
    assert_eq!(verdict_of(wrong_name.port), Some(&Value::from("problem")));
}

#[test]
fn a_hostile_subject_never_reaches_the_output_raw() {
    let pki = Pki::new();
    let hostile = "evil\u{1b}[31m\u{202e}gpj\u{200b}\r\nverdict: healthy";
    let gateway = Gateway::serve(pki.chain_named("127.0.0.1", hostile), pki.leaf_key());
    for arguments in [&["--json"][..], &[][..]] {
        let address = gateway.address("127.0.0.1");
        let mut all = vec!["check", &address];
        all.extend(arguments);
        let run = vpnmedic(&all);
        assert!(
            !run.stdout
                .contains(['\u{1b}', '\u{202e}', '\u{200b}', '\r']),
            "{:?}",
            run.stdout
        );
        assert!(
            !run.stdout.contains("\\u001b") && !run.stdout.contains("\\r"),
            "{:?}",
            run.stdout
        );
        assert!(
            run.stdout
                .lines()
                .all(|line| !line.starts_with("verdict: healthy"))
        );
    }
}

#[test]
fn addresses_that_are_none_get_a_clear_answer_and_two() {
    for (typed, told) in [
        ("", "Type the address"),
        ("vpn example.com", "blank"),
        ("vpn.example.com:0", "0"),
        ("vpn.example.com:70000", "70000"),
        ("ftp://vpn.example.com", "ftp"),
        ("[::1", "[::1"),
        (&"a".repeat(300), "300"),
    ] {
        let run = vpnmedic(&["check", typed]);
        assert_eq!(run.code, 2, "{typed:?}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{typed:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn options_that_a_verb_cannot_heed_are_refused_by_name() {
    for (arguments, option) in [
        (
            &["inspect", "x.pem", "--connect", "127.0.0.1"][..],
            "--connect",
        ),
        (&["inspect", "x.pem", "--timeout", "3"], "--timeout"),
        (
            &["inspect", "x.pem", "--roots", "a.pem", "--ca", "b.pem"],
            "--roots",
        ),
        (&["lint", "wizard.toml", "--ca", "b.pem"], "--ca"),
        (&["doctor", "--sni", "x.example"], "--sni"),
        (&["doctor", "--plain"], "--plain"),
        (&["explain", "timeout", "--theme", "dark"], "--theme"),
        (&["--os", "ios", "lint"], "--os"),
        (&["sessions", "list", "--ascii"], "--ascii"),
        (&["--no-journal", "lint"], "--no-journal"),
        (&["vpn.example.com", "lint"], "vpn.example.com"),
    ] {
        let run = vpnmedic(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(option), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn an_option_before_a_verb_is_the_same_as_after_it() {
    let before = vpnmedic(&["--lang", "ja", "explain", "--offline", "0x800B0109"]);
    let after = vpnmedic(&["explain", "0x800B0109", "--lang", "ja"]);
    assert_eq!(before.code, 1, "{}", before.stderr);
    assert_eq!(before.stdout, after.stdout);
    assert_eq!(before.stderr, "");
}

#[test]
fn unknown_options_are_refused() {
    let run = vpnmedic(&["check", "vpn.example.com", "--insecure"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--insecure"));
}

#[test]
fn a_saved_chain_is_judged_at_the_given_time_against_the_given_roots() {
    let pki = Pki::new();
    let file = pki.folder().join("chain.pem");
    fs::write(&file, pki.chain_pem("vpn.example.com")).expect("write");
    let file = file.to_str().expect("path");
    let judge = |host: &str, at: &str| {
        let run = vpnmedic(&[
            "inspect",
            file,
            "--host",
            host,
            "--at",
            at,
            "--roots",
            pki.root_file(),
            "--json",
        ]);
        let document = json(&run.stdout);
        let ids: Vec<String> = cause_ids(&document)
            .into_iter()
            .map(str::to_owned)
            .collect();
        (run.code, ids)
    };
    assert_eq!(judge("vpn.example.com", "2026-06-01"), (0, vec![]));
    assert_eq!(
        judge("vpn.example.com", "2046-06-01")
            .1
            .first()
            .map(String::as_str),
        Some("cert-expired-leaf")
    );
    assert_eq!(
        judge("other.example.com", "2026-06-01T00:00:00Z"),
        (1, vec!["hostname-mismatch".to_owned()])
    );
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let pki = Pki::new();
    let empty = pki.folder().join("empty.pem");
    fs::write(&empty, "").expect("write");
    for file in [empty.to_str().expect("path"), "does-not-exist.pem"] {
        let run = vpnmedic(&["inspect", file]);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains(file), "{}", run.stderr);
    }
}

#[test]
fn lint_names_line_and_column_of_every_mistake() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("wizard.toml");
    let named = path.to_str().expect("path");
    let large = format!("# {}\n", "x".repeat(50 << 20));
    for (content, told) in [
        (&b""[..], ""),
        (b"\xff\xfe\x00", "UTF-8"),
        (large.as_bytes(), "larger"),
        (b"[site]\nporst = [443]\n", ":2:1:"),
    ] {
        fs::write(&path, content).expect("write");
        for arguments in [
            &["lint", named][..],
            &["check", "vpn.example.com", "--wizard", named],
        ] {
            let run = vpnmedic(arguments);
            let answer = run.stdout + &run.stderr;
            assert_eq!(run.code, 2, "{answer}");
            assert!(
                answer.contains(named) && answer.contains(told),
                "{told}: {answer}"
            );
        }
    }
}

#[test]
fn the_built_in_tree_has_no_mistakes() {
    let run = vpnmedic(&["lint", "wizard.toml"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
}

#[test]
fn doctor_says_what_the_program_stands_on() {
    let run = vpnmedic(&["doctor", "--json"]);
    let card = json(&run.stdout);
    assert_eq!(run.code, 0);
    assert!(
        card["mozilla_roots"]
            .as_u64()
            .is_some_and(|roots| roots > 100),
        "{card}"
    );
    assert_eq!(card["causes"], vpnmedic::cause::CauseId::ALL.len());
    let built = |fact: &str| card["build"][fact].as_str().unwrap().to_owned();
    assert!(built("rustc").starts_with("rustc 1."), "{card}");
    assert!(built("target").contains(std::env::consts::ARCH), "{card}");
    assert!(["debug", "release"].contains(&built("profile").as_str()));
    assert!(["dynamic", "static"].contains(&built("linked").as_str()));
    let commit = built("commit");
    let hex = commit.trim_end_matches("+changes");
    assert!(
        commit == "not known" || hex.len() >= 7 && hex.chars().all(|c| c.is_ascii_hexdigit()),
        "{commit}"
    );
    let words = vpnmedic(&["doctor"]).stdout;
    let line = words.lines().find(|line| line.starts_with("build "));
    assert!(line.is_some_and(|line| line.contains(&built("target"))));
}

/// The judge takes the first 64 and says so, in words and in the document.
#[test]
fn a_file_of_more_certificates_than_a_chain_may_have_is_judged_and_said_so() {
    let pki = Pki::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.pem");
    let chain = pki.chain("vpn.example.com");
    let block = |n: usize| vpnmedic::chain::pem(&vpnmedic::evidence::Der::from(chain[n].as_ref()));
    let text: String = [block(0), block(1)].concat() + &block(1).repeat(70);
    std::fs::write(&file, &text).unwrap();
    let file = file.to_str().unwrap();
    let options = ["--host", "vpn.example.com", "--roots", pki.root_file()];
    let run = vpnmedic(&[&["inspect", file, "--json"], &options[..]].concat());
    let document = json(&run.stdout);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let advice: Vec<&str> = document["advice"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|advice| advice["id"].as_str())
        .collect();
    assert!(advice.contains(&"certificates-left-out"), "{advice:?}");
    assert!(!advice.contains(&"search-cut-short"), "{advice:?}");
    let served = document["chain"].as_array().unwrap();
    assert!(served.len() <= 65, "{}", served.len());
    for (lang, words) in [
        ("en", "only the first 64 were judged"),
        ("ja", "先頭の64枚だけ"),
    ] {
        let run = vpnmedic(&[&["inspect", file, "--lang", lang], &options[..]].concat());
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
}

/// Judged for no name, the texts go by the certificate's own first name and never by an address that nobody gave.
#[test]
fn a_file_without_a_name_goes_by_the_name_in_its_certificate() {
    let pki = Pki::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("leaf.pem");
    let chain = pki.chain("gateway.example.org");
    let leaf = vpnmedic::chain::pem(&vpnmedic::evidence::Der::from(chain[0].as_ref()));
    std::fs::write(&file, leaf).unwrap();
    let run = vpnmedic(&[
        "inspect",
        file.to_str().unwrap(),
        "--roots",
        pki.root_file(),
    ]);
    assert_eq!(run.code, 1);
    assert!(!run.stdout.contains("0.0.0.0"), "{}", run.stdout);
    assert!(run.stdout.contains("gateway.example.org"), "{}", run.stdout);
}

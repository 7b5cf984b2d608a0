//! Reports as people get them: from `check`, and saved on the way through plain mode.

#![cfg(unix)]

mod support;

use std::os::unix::fs::PermissionsExt as _;

use support::{Gateway, Pki, vpnmedic, vpnmedic_reading};

fn other_name() -> (Pki, Gateway) {
    let pki = Pki::new();
    let gateway = Gateway::serve(pki.chain("other.example"), pki.leaf_key());
    (pki, gateway)
}

#[test]
fn check_writes_the_full_report_of_one_gateway() {
    let (pki, gateway) = other_name();
    let address = gateway.address("127.0.0.1");
    for (format, begins, lang, reader) in [
        ("text", "VPN report: ", "en", "For the administrator"),
        ("md", "# VPN 診断レポート: ", "ja", "## 管理者の方へ"),
        ("html", "<!DOCTYPE html>", "ja", "管理者の方へ</h2>"),
    ] {
        let run = vpnmedic(&[
            "check",
            &address,
            "--report",
            format,
            "--lang",
            lang,
            "--ca",
            pki.root_file(),
        ]);
        assert_eq!(run.code, 1, "{format}: {}", run.stderr);
        assert!(run.stdout.starts_with(begins), "{format}: {}", run.stdout);
        for part in [
            reader,
            "C02",
            "hostname-mismatch",
            "-----BEGIN CERTIFICATE-----",
        ] {
            assert!(run.stdout.contains(part), "{format}: {part}");
        }
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn a_report_is_about_one_gateway_and_one_form() {
    for arguments in [
        &["check", "127.0.0.1:9", "127.0.0.1:10", "--report", "md"][..],
        &["check", "127.0.0.1:9", "--report", "md", "--json"],
        &["check", "127.0.0.1:9", "--report", "pdf"],
    ] {
        let run = vpnmedic(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(
            run.stderr.contains("--report"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
}

/// `w`, a format, a name: the file is its owner's; a second time it is asked whether to replace it.
#[test]
fn plain_mode_saves_a_report_and_asks_before_it_replaces_one() {
    let (pki, gateway) = other_name();
    let address = gateway.address("127.0.0.1");
    let path = pki.folder().join("report.md");
    let name = path.to_str().expect("a path");
    let arguments = ["--plain", "--lang", "en", "--ca", pki.root_file()];
    let save = format!("{address}\n1\nw\n3\n{name}\n");
    let run = vpnmedic_reading(&arguments, &save);
    assert!(
        run.stdout.contains("Saved, readable by you alone: "),
        "{}",
        run.stdout
    );
    let report = std::fs::read_to_string(&path).expect("the report");
    assert!(report.starts_with("# VPN report: 127.0.0.1:"), "{report}");
    let mode = std::fs::metadata(&path)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(&path, "mine").expect("a file");
    let run = vpnmedic_reading(&arguments, &format!("{save}b\n"));
    assert!(
        run.stdout.contains("There is already a file"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("No report was saved."),
        "{}",
        run.stdout
    );
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "mine");
    vpnmedic_reading(&arguments, &format!("{save}1\n"));
    let report = std::fs::read_to_string(&path).expect("the report");
    assert!(report.starts_with("# VPN report: "), "{report}");
}

//! A helpdesk's own knowledge beside its wizard.toml, and how whole the causes are: as the command line meets them.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

use std::fs;
use std::path::Path;

use support::vpnmedic;
use vpnmedic::cause::CauseId;

const OWN: &str = r#"
id = "connection-refused"
beside = true

[[step]]
code = "S1"
os = ["any"]
who = "user"
kind = "ask"
text.en = "Call extension 1234: the gateway is restarted every night."
text.ja = "内線1234に電話します。ゲートウェイは毎晩再起動されます。"
"#;

/// A folder with the built-in wizard and a file of the site's own about a refused connection.
fn site(own: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let wizard = fs::read("wizard.toml").expect("the built-in wizard");
    fs::write(folder.path().join("wizard.toml"), wizard).expect("write");
    let causes = folder.path().join("knowledge/causes");
    fs::create_dir_all(&causes).expect("folder");
    fs::write(causes.join("connection-refused.toml"), own).expect("write");
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn coverage_is_whole_and_says_so() {
    let run = vpnmedic(&["lint", "--coverage"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let last = run.stdout.lines().last().expect("a line");
    let count = CauseId::ALL.len();
    assert_eq!(
        last,
        format!("{count} causes, 5 systems, 2 languages: nothing missing")
    );
    let row = run
        .stdout
        .lines()
        .find(|line| line.contains("missing-intermediate"))
        .expect("a row");
    assert_eq!(row.matches("en ja").count(), 6, "{row}");
}

#[test]
fn coverage_misses_what_a_site_took_away() {
    let ours = fs::read_to_string("assets/causes/connection-refused.toml").expect("our file");
    let start = ours.find("[browser]").expect("a table");
    let end = ours.find("[apart]").expect("a table");
    let without = format!("{}{}", &ours[..start], &ours[end..]);
    let folder = site(&without);
    let wizard = folder.path().join("wizard.toml");
    let run = vpnmedic(&["lint", "--coverage", "--wizard", text(&wizard)]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("everybody: no [browser]"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.ends_with("2 languages: 1 missing\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_sites_steps_are_linted_and_shown() {
    let folder = site(OWN);
    let wizard = folder.path().join("wizard.toml");
    let run = vpnmedic(&["lint", text(&wizard)]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("1 file(s) of the site's own"),
        "{}",
        run.stdout
    );

    // Nothing listens at port 1 of this device.
    let run = vpnmedic(&[
        "check",
        "127.0.0.1:1",
        "--lang",
        "en",
        "--wizard",
        text(&wizard),
    ]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("C14-S1"), "{}", run.stdout);
    assert!(run.stdout.contains("Call extension 1234"), "{}", run.stdout);
    assert!(
        run.stdout.contains("your organisation's own instructions"),
        "{}",
        run.stdout
    );

    let run = vpnmedic(&["doctor", "--wizard", text(&wizard)]);
    assert!(
        run.stdout.contains(&format!(
            "{}, 1 in the site's own words",
            CauseId::ALL.len()
        )),
        "{}",
        run.stdout
    );
}

#[test]
fn a_mistake_in_a_sites_file_is_named_and_nothing_starts() {
    let folder = site(&OWN.replace("who = \"user\"", "who = \"boss\""));
    let wizard = folder.path().join("wizard.toml");
    for arguments in [
        &["lint", text(&wizard)][..],
        &["check", "127.0.0.1:1", "--wizard", text(&wizard)],
    ] {
        let run = vpnmedic(arguments);
        let answer = run.stdout + &run.stderr;
        assert_eq!(run.code, 2, "{answer}");
        assert!(
            answer.contains("connection-refused.toml:8:7: `who`"),
            "{answer}"
        );
    }
    let large = format!("# {}\n", "x".repeat(2 << 20));
    for (own, told) in [
        (&large[..], "larger than 1 MiB"),
        (
            "id = \"connection-refused\"\nbeside = true\n[[step]]\n",
            "has no",
        ),
        ("\u{7f}", "TOML"),
    ] {
        let folder = site(own);
        let wizard = folder.path().join("wizard.toml");
        let run = vpnmedic(&["lint", text(&wizard)]);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
}

const MESSAGES: &str = r#"
[[client]]
id = "acme"
name = "Acme Connect"

[[message]]
id = "acme-e42"
client = "acme"
kind = "contains"
match = "ACME-E42: door {number} is closed"
causes = ["account-locked", "password-expired"]
meaning.en = "Our portal locks an account after three wrong passwords."
meaning.ja = "パスワードを3回間違えると、アカウントがロックされます。"
"#;

#[test]
fn a_sites_messages_are_explained_linted_and_counted() {
    let folder = site(OWN);
    let wizard = folder.path().join("wizard.toml");
    let wizard = text(&wizard);
    let file = folder.path().join("knowledge/errors.toml");
    fs::write(&file, MESSAGES).expect("write");
    let explained = vpnmedic(&["explain", "--wizard", wizard, "acme-e42: DOOR 7 is closed"]);
    assert_eq!(explained.code, 1, "{}", explained.stderr);
    for words in [
        "Acme Connect: ACME-E42",
        "three wrong passwords",
        "site's own",
        "C",
    ] {
        assert!(explained.stdout.contains(words), "{}", explained.stdout);
    }
    let without = vpnmedic(&["explain", "acme-e42: DOOR 7 is closed"]);
    assert_eq!(without.code, 3, "{}", without.stdout);
    let linted = vpnmedic(&["lint", wizard]);
    assert_eq!(linted.code, 0, "{}", linted.stdout);
    assert!(
        linted.stdout.contains("2 file(s) of the site's own"),
        "{}",
        linted.stdout
    );
    let covered = vpnmedic(&["lint", "--coverage", "--wizard", wizard]);
    assert!(
        covered.stdout.contains(" messages, 1 of the site's own"),
        "{}",
        covered.stdout
    );
    let doctor = vpnmedic(&["doctor", "--wizard", wizard]);
    let said = doctor.stdout.lines().any(|line| {
        let told = line.strip_prefix("messages ").map(str::trim);
        told == Some("1 of the site's own")
    });
    assert!(said, "{}", doctor.stdout);

    fs::write(&file, MESSAGES.replace("account-locked", "no-such-cause")).expect("write");
    let refused = vpnmedic(&["lint", wizard]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stdout.contains("errors.toml:11:"),
        "{}",
        refused.stdout
    );
    let told = vpnmedic(&["explain", "--wizard", wizard, "x"]);
    assert_eq!(told.code, 2, "a broken file is not passed over");
    assert!(told.stderr.contains("no-such-cause"), "{}", told.stderr);
}

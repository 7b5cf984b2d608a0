//! A site's settings: what may be contacted, its links, and that no field of wizard.toml leads anywhere else.

use super::*;
use crate::guide::Contact;

/// The default wizard with these lines in its `[site]`.
fn with(lines: &str) -> Vec<u8> {
    crate::guide::embedded::WIZARD
        .replacen("[site]\n", &format!("[site]\n{lines}\n"), 1)
        .into_bytes()
}

fn read(lines: &str) -> Result<Knowledge, Vec<String>> {
    let text = with(lines);
    Knowledge::load(Some(("wizard.toml", &text))).map_err(|_| {
        lint("wizard.toml", &text)
            .iter()
            .map(ToString::to_string)
            .collect()
    })
}

#[test]
fn a_site_says_what_may_be_contacted_and_all_may_be_where_it_does_not() {
    let site = |lines| read(lines).unwrap().wizard.site.contact;
    assert_eq!(site(""), Contact::default());
    assert_eq!(
        site("contact = { public_dns = false, portal = false }"),
        Contact {
            third_party: true,
            public_dns: false,
            ntp: true,
            portal: false
        }
    );
    for wrong in [
        "contact = { ntp = \"no\" }",
        "contact = { everything = true }",
        "contact = 1",
    ] {
        assert!(!read(wrong).unwrap_err().is_empty(), "{wrong}");
    }
}

#[test]
fn links_are_web_pages_and_nothing_else() {
    let link = |url: &str| {
        read(&format!(
            "link = [{{ label = {{ en = \"VPN\", ja = \"VPN\" }}, url = '{url}' }}]"
        ))
    };
    let good = link("https://intranet.example.com/vpn?lang=ja#top").unwrap();
    assert_eq!(good.wizard.site.links.len(), 1);
    for url in [
        "http://example.com/",
        "file:///etc/passwd",
        "ssh://example.com",
        "javascript:alert(1)",
        "https://",
        "https:///etc/passwd",
        "https://bank.example.com@evil.example/",
        "https://example.com/a b",
        "https://例え.jp/\u{202e}",
        "cmd.exe /c calc",
        "example.com",
    ] {
        assert!(link(url).is_err(), "{url}");
    }
}

/// Keys that a file from a colleague might hope for: none is known, so none does anything, and each is told.
#[test]
fn no_setting_runs_opens_or_loads_anything() {
    for key in [
        "run",
        "exec",
        "command",
        "shell",
        "script",
        "hook",
        "open",
        "include",
        "import",
        "file",
        "path",
        "url",
        "update_url",
        "ca",
        "insecure",
        "verify",
        "proxy",
        "editor",
        "log",
        "output",
        "env",
        "plugin",
    ] {
        let errors = read(&format!("{key} = \"x\"")).unwrap_err();
        assert!(
            errors.iter().any(|error| error.contains(key)),
            "{key}: {errors:?}"
        );
    }
}

/// What a site can name to be contacted are hosts, and plain pages for the portal check: nothing that a shell, a file
/// system or another protocol would take up.
#[test]
fn addresses_of_the_settings_are_hosts_only() {
    for wrong in [
        "ntp = [\"$(reboot)\"]",
        "ntp = [\"/etc/passwd\"]",
        "ntp = [\"a b\"]",
        "gateway = [{ name = { en = \"a\", ja = \"a\" }, address = \"`id`\" }]",
        "gateway = [{ name = { en = \"a\", ja = \"a\" }, address = \"C:\\\\Windows\" }]",
        "ports = [0]",
        "ports = [65536]",
        "root_sha256 = [\"any\"]",
        "theme = \"/etc\"",
        "language = \"fr\"",
    ] {
        let errors = read(wrong).err();
        assert!(errors.is_some_and(|errors| !errors.is_empty()), "{wrong}");
    }
}

//! What the linter finds in the dated facts and the clients: each fault with its line and column.

/// Advisories without a fault.
const ADVISORIES: &str = r#"
[[ca]]
name = "Example CA"
key = ["1ea3c5e43ed66c2da2983a42a4a79b1e906786ce9f1b58621419a00463a87d38"]
[[ca.event]]
programme = "mozilla"
rule = "issued-after"
after = "2024-11-30T23:59:59Z"
since = "2024-12-01"
source = "a page"
verified = "source"
[[limit]]
programme = "apple"
scope = "any"
from = "2019-07-01"
days = 825
source = "a page"
verified = "source"
[[limit]]
programme = "apple"
scope = "any"
from = "2026-07-01"
days = 200
source = "a page"
verified = "recall"
[[ended-root]]
name = "Old Root"
subject = ["CN=Old Root"]
until = "2021-09-30T14:01:15Z"
replacement = "New Root"
source = "a page"
verified = "source"
"#;

/// Clients without a fault.
const CLIENTS: &str = r#"
[[client]]
id = "one"
name = "One"
also = ["first"]
system = "linux"
fetches = { value = "never", source = "seen", verified = "lab" }
names = { value = true, source = "a page", verified = "source" }
validity = { value = [], source = "seen", verified = "lab" }
[[client]]
id = "two"
name = "Two"
"#;

fn advisories_with(part: &str, other: &str) -> Vec<String> {
    assert!(ADVISORIES.contains(part), "{part:?} is not in the sample");
    shown("advisories.toml", &ADVISORIES.replacen(part, other, 1))
}

fn clients_with(part: &str, other: &str) -> Vec<String> {
    assert!(CLIENTS.contains(part), "{part:?} is not in the sample");
    shown("clients.toml", &CLIENTS.replacen(part, other, 1))
}

#[test]
fn faults_of_advisories_are_told_with_their_place() {
    assert_eq!(shown("advisories.toml", ADVISORIES), Vec::<String>::new());
    let cases: [(&str, &str, &str); 13] = [
        (
            "1ea3c5",
            "1ea3",
            "advisories.toml:4:8: `key` holds `1ea3e43ed66c2da2983a42a4a79b1e906786ce9f1b58621419a00463a87d38`; expected 64 hexadecimal digits",
        ),
        (
            "key = [",
            "kez = [",
            "advisories.toml:2:1: nothing says how to recognise it; expected key, certificate, key-id or subject",
        ),
        (
            "\"mozilla\"",
            "\"netscape\"",
            "advisories.toml:6:13: `programme`: unknown variant `netscape`, expected one of `mozilla`, `chrome`, `apple`, `microsoft`, `cab-forum`",
        ),
        (
            "\"issued-after\"",
            "\"later\"",
            "advisories.toml:7:8: `rule` is `later`; expected all, issued-after or logged-after",
        ),
        (
            "after = \"2024-11-30T23:59:59Z\"\n",
            "",
            "advisories.toml:5:1: `ca.event` has no `after`; expected text in quotes",
        ),
        (
            "\"2024-12-01\"",
            "\"1 December\"",
            "advisories.toml:9:9: `since` holds `1 December`; expected a day (2026-03-15) or a moment in UTC (2026-03-15T23:59:59Z)",
        ),
        (
            "verified = \"source\"",
            "verified = \"sure\"",
            "advisories.toml:11:12: `verified`: unknown variant `sure`, expected one of `source`, `lab`, `recall`",
        ),
        (
            "source = \"a page\"\n",
            "",
            "advisories.toml:5:1: `ca.event` has no `source`; expected text in quotes",
        ),
        (
            "days = 825",
            "days = 0",
            "advisories.toml:16:8: `days` holds 0; expected a whole number from 1 to 9999",
        ),
        (
            "days = 825\n",
            "",
            "advisories.toml:12:1: `limit` has no `days`; expected a whole number",
        ),
        (
            "days = 825",
            "days = 825\ncolour = \"red\"",
            "advisories.toml:17:1: unknown key `colour`",
        ),
        (
            "2026-07-01",
            "2019-07-01",
            "advisories.toml:22:8: `from` is not later than the limit before it; expected them in order",
        ),
        (
            "replacement = \"New Root\"\n",
            "",
            "advisories.toml:26:1: `ended-root` has no `replacement`; expected text in quotes",
        ),
    ];
    for (part, other, expected) in cases {
        let errors = advisories_with(part, other);
        assert!(
            errors.iter().any(|error| error.starts_with(expected)),
            "{expected}\n{errors:#?}"
        );
    }
}

#[test]
fn faults_of_clients_are_told_with_their_place() {
    assert_eq!(shown("assets/clients.toml", CLIENTS), Vec::<String>::new());
    let cases: [(&str, &str, &str); 7] = [
        (
            "\"never\"",
            "\"sometimes\"",
            "clients.toml:7:21: `value`: unknown variant `sometimes`, expected one of `always`, `never`, `knows-public`",
        ),
        (
            ", verified = \"lab\"",
            "",
            "clients.toml:7:11: `fetches` has no `verified`; expected text in quotes",
        ),
        (
            "value = true, ",
            "",
            "clients.toml:8:9: `names` has no `value`; expected true or false",
        ),
        (
            "value = [], ",
            "",
            "clients.toml:9:12: `validity` has no `value`; expected a list in square brackets",
        ),
        (
            "names =",
            "nammes =",
            "clients.toml:8:1: unknown key `nammes` in `client`; expected one of: id, name, also, system, fetches, store, names, common-name, sha1, any-order, profile, validity, distrust, revocation",
        ),
        (
            "id = \"two\"",
            "id = \"Two\"",
            "clients.toml:11:6: `Two` is no id; expected lower-case letters, digits and hyphens",
        ),
        (
            "name = \"Two\"",
            "name = \"Two\"\nalso = [\"first\"]",
            "clients.toml:10:1: `first` is already another client's name",
        ),
    ];
    for (part, other, expected) in cases {
        let errors = clients_with(part, other);
        assert!(
            errors.iter().any(|error| error == expected),
            "{expected}\n{errors:#?}"
        );
    }
    let twice = clients_with("id = \"two\"", "id = \"one\"\nsystem = \"linux\"");
    assert_eq!(
        twice,
        ["clients.toml:11:6: `one` on linux is already there"]
    );
}

fn shown(file: &str, text: &str) -> Vec<String> {
    let errors = super::super::lint(file, text.as_bytes());
    errors.iter().map(ToString::to_string).collect()
}

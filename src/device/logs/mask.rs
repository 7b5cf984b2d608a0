//! Secrets in a log's line, hidden before the line is shown: passwords, cookies, tokens, session ids. Rather one word
//! too many than one too few; fingerprints and serial numbers of certificates stay, since they are what people compare.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands in a secret's place.
const HIDDEN: &str = "***";

struct Patterns {
    header: Option<Regex>,
    named: Option<Regex>,
    element: Option<Regex>,
    user: Option<Regex>,
    long: Option<Regex>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let names = r"(?:pass(?:word|wd|phrase|code|wort)?|pwd|secret|token|cookie|otp|one[-_ ]?time[-_ ]?(?:code|password)|pin(?:code)?|session[-_ ]?(?:id|key|token|cookie)|sessid|sid|dsid|svpncookie|mrhsession|webvpn\w*|auth(?:[-_ ]?(?:id|key|token|cookie|code))?|saml\w*|assertion|api[-_]?key|credentials?|psk|pre[-_ ]?shared[-_ ]?key|private[-_ ]?key|[\w-]*(?:password|passwd|secret|token|cookie|session[-_]?id)|パスワード|暗証番号|ワンタイムパスワード|認証コード|トークン|クッキー)";
    let built = |pattern: &str| Regex::new(pattern).ok();
    Patterns {
        header: built(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)\s*:\s*.+"),
        named: built(&format!(
            r#"(?i)(^|[^\w])({names})(["']?\s*(?:[:=]|：|＝|=>)\s*)("[^"]*"|'[^']*'|[^\s"'&;,<>]+)"#
        )),
        element: built(&format!(r"(?i)<({names})(\s[^>]*)?>[^<]+<")),
        user: built(r"(://)[^/\s@]+@"),
        long: built(r"[A-Za-z0-9+_=.-]{20,}"),
    }
});

/// The line with its secrets hidden.
pub fn mask(line: &str) -> String {
    let patterns = &*PATTERNS;
    let mut masked = Cow::Borrowed(line);
    let mut apply = |regex: &Option<Regex>, with: &dyn Fn(&Captures<'_>) -> String| match regex {
        Some(regex) => masked = Cow::Owned(regex.replace_all(&masked, with).into_owned()),
        // Without the pattern nothing can be told apart: show nothing.
        None => masked = Cow::Borrowed(HIDDEN),
    };
    let group = |found: &Captures<'_>, n| found.get(n).map_or("", |m| m.as_str()).to_owned();
    apply(&patterns.header, &|found| {
        format!("{}: {HIDDEN}", group(found, 1))
    });
    apply(&patterns.named, &|found| {
        format!(
            "{}{}{}{HIDDEN}",
            group(found, 1),
            group(found, 2),
            group(found, 3)
        )
    });
    apply(&patterns.element, &|found| {
        format!("<{}>{HIDDEN}<", group(found, 1))
    });
    apply(&patterns.user, &|found| {
        format!("{}{HIDDEN}@", group(found, 1))
    });
    let before = masked.to_lowercase();
    match &patterns.long {
        Some(long) if before.len() == masked.len() => {
            let shown = long.replace_all(&masked, |found: &Captures<'_>| {
                let (at, word) = found.get(0).map_or((0, ""), |m| (m.start(), m.as_str()));
                if is_secret(word) && !names_a_certificate(&before, at) {
                    HIDDEN.to_owned()
                } else {
                    word.to_owned()
                }
            });
            shown.into_owned()
        }
        // Lower case of another length: places would not fit, so every long run goes.
        Some(long) => long.replace_all(&masked, HIDDEN).into_owned(),
        None => HIDDEN.to_owned(),
    }
}

/// Whether a long run looks drawn by lot: letters of both cases and digits, or hexadecimal only.
fn is_secret(word: &str) -> bool {
    let has = |what: fn(&u8) -> bool| word.as_bytes().iter().any(what);
    let mixed =
        has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    // A file's or a host's name has dots between words.
    let dotted = word
        .split('.')
        .filter(|part| !part.is_empty())
        .all(|part| part.len() < 20);
    let hex =
        word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit()) && has(u8::is_ascii_digit);
    (mixed && !dotted) || hex
}

/// Whether the words before say that this is a fingerprint, a serial number or a key's id.
fn names_a_certificate(line: &str, at: usize) -> bool {
    let from = line.floor_char_boundary(at.saturating_sub(40));
    let words = [
        "sha1",
        "sha256",
        "sha-1",
        "sha-256",
        "fingerprint",
        "thumbprint",
        "serial",
        "keyid",
        "拇印",
        "フィンガープリント",
    ];
    line.get(from..at)
        .is_some_and(|before| words.iter().any(|word| before.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (line, shown) in [
            (
                "login user=bob password=hunter2 realm=x",
                "login user=bob password=*** realm=x",
            ),
            (
                r#"{"Password": "a b c","user":"bob"}"#,
                r#"{"Password": ***,"user":"bob"}"#,
            ),
            ("Cookie: webvpn=abc; x=1", "Cookie: ***"),
            ("Authorization: Bearer abc.def", "Authorization: ***"),
            ("SVPNCOOKIE=Xy1 error (-455)", "SVPNCOOKIE=*** error (-455)"),
            ("パスワード：秘密 を確認", "パスワード：*** を確認"),
            (
                "<auth-token>abc</auth-token>",
                "<auth-token>***</auth-token>",
            ),
            (
                "GET https://bob:pw@vpn.example.com/x",
                "GET https://***@vpn.example.com/x",
            ),
            ("got 0123456789abcdef0123456789abcdef back", "got *** back"),
            ("id AbC123AbC123AbC123AbC1 used", "id *** used"),
            (
                "SHA256 fingerprint 0123456789abcdef0123456789abcdef",
                "SHA256 fingerprint 0123456789abcdef0123456789abcdef",
            ),
            (
                "Certificate Validation Failure",
                "Certificate Validation Failure",
            ),
            (
                "CTRANSPORT_ERROR_PEER_CERT_REJECTED 0xFE370021",
                "CTRANSPORT_ERROR_PEER_CERT_REJECTED 0xFE370021",
            ),
            (
                "VERIFY ERROR: depth=0, error=certificate has expired",
                "VERIFY ERROR: depth=0, error=certificate has expired",
            ),
            (
                "connect to very-long-name.of-a.host.example.com:443",
                "connect to very-long-name.of-a.host.example.com:443",
            ),
        ] {
            assert_eq!(mask(line), shown);
        }
    }
}

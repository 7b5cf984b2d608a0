//! Takes secrets out of what a person typed or pasted, before it is kept anywhere: private keys, and what stands after
//! a word for password, token or session cookie in a message or a log.
//!
//! Not here: names and addresses, which the journal needs and a bundle leaves out when asked to.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What stands in place of a secret.
const GONE: &str = "[removed]";

/// A private key in PEM, to its end or to the end of the text.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let block =
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)";
    Regex::new(block).ok()
});

/// A header with cookies, all of them: the one that holds the session may be called anything.
static COOKIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pair = r"[^\s=;,]+=[^\s;]*";
    Regex::new(&format!(
        r"(?i)\b((?:set-)?cookie)\s*[::]\s*{pair}(?:;\s*{pair})*"
    ))
    .ok()
});

/// A word for a secret, a sign that a value follows, and the value: in quotes to the closing one, else to the blank.
/// After a verb only what is in quotes is a value: "the password is wrong" is a message.
static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = concat!(
        r#"(?i)(\b(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|otp|cookie|webvpn|dsid|svpncookie|sessionid"#,
        r#"|authorization|api[_-]?key)"?|パスワード|暗証番号|合言葉|トークン)"#,
        r#"(?:(\s*[=::]\s*(?:bearer\s+|basic\s+)?)("[^"]*"|'[^']*'|「[^」]*」|[^\s,;&]+)"#,
        r#"|(\s+is\s+|は\s*)("[^"]*"|'[^']*'|「[^」]*」))"#,
    );
    Regex::new(words).ok()
});

/// The text without secrets that can be told by their form.
pub fn scrub(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    if let Some(key) = KEY.as_ref() {
        text = Cow::Owned(key.replace_all(&text, GONE).into_owned());
    }
    if let Some(cookies) = COOKIES.as_ref() {
        let kept = format!("${{1}}: {GONE}");
        text = Cow::Owned(cookies.replace_all(&text, kept.as_str()).into_owned());
    }
    if let Some(value) = VALUE.as_ref() {
        let kept = format!("${{1}}${{2}}${{4}}{GONE}");
        text = Cow::Owned(value.replace_all(&text, kept.as_str()).into_owned());
    }
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn secrets_go_and_the_message_stays() {
        for (given, kept) in [
            (
                "login failed: password=hunter2, user=taro",
                "login failed: password=[removed], user=taro",
            ),
            (
                "パスワード:ひみつ でだめでした",
                "パスワード:[removed] でだめでした",
            ),
            ("Cookie: DSID=abcdef0123", "Cookie: [removed]"),
            (
                "Set-Cookie: theme=dark; x7=Zm9vYmFy; path=/ and then it failed",
                "Set-Cookie: [removed] and then it failed",
            ),
            (
                "Authorization: Bearer eyJhbGciOi",
                "Authorization: Bearer [removed]",
            ),
            (
                "x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y",
                "x [removed] y",
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE", "[removed]"),
            (
                "my passphrase is 'open sesame' ok",
                "my passphrase is [removed] ok",
            ),
        ] {
            assert_eq!(scrub(given), kept);
        }
    }

    #[test]
    fn what_is_no_secret_stays_as_it_was() {
        for text in [
            "Your password has expired. (-12)",
            "The password is incorrect",
            "パスワードは正しくありません",
            "パスワードの有効期限が切れました",
            "The certificate on the secure gateway is invalid",
            "ASA: error 0x80090326",
        ] {
            assert_eq!(scrub(text), text);
        }
    }
}

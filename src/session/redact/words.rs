//! Words that this program itself brings along, so that they say nothing of anybody: ids, products, methods.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

static BUILT_IN: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    crate::guide::built_in_texts()
        .flat_map(|text| text.split('"').skip(1).step_by(2))
        .filter(|word| !word.is_empty() && word.len() <= 64)
        .collect()
});

/// Names of the registries of TLS, object identifiers, versions and codes of steps.
static REGISTERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = concat!(
        r"^(?:(?:TLS|SSL)_[A-Z0-9_]{1,60}|X25519(?:MLKEM768)?|X448|secp\d{3}[rk]1|(?:SecP\d{3}r1)?MLKEM\d+|ffdhe\d{4}|P-\d{3}",
        r"|h2|http/1\.[01]|0x[0-9a-f]{1,8}|[A-Z]\d{2}-[A-Z]\d{1,2}|\d{1,6}(?:\.\d{1,6})?",
        r"|close_notify|unexpected_message|bad_record_mac|record_overflow|handshake_failure|bad_certificate",
        r"|unsupported_certificate|certificate_revoked|certificate_expired|certificate_unknown|illegal_parameter|unknown_ca",
        r"|access_denied|decode_error|decrypt_error|protocol_version|insufficient_security|internal_error",
        r"|inappropriate_fallback|user_canceled|missing_extension|unsupported_extension|unrecognized_name",
        r"|bad_certificate_status_response|unknown_psk_identity|certificate_required|no_application_protocol",
        r"|basic|digest|ntlm|negotiate|kerberos|linux|windows|macos|x86_64|aarch64|vpnmedic \d+\.\d+\.\d+",
        r"|(?:linux|windows|macos) (?:x86_64|aarch64))$",
    );
    Regex::new(forms).ok()
});

/// Whether the word is one of this program's own, or of a public registry.
pub fn is_ours(word: &str) -> bool {
    BUILT_IN.contains(word)
        || REGISTERED
            .as_ref()
            .is_some_and(|forms| forms.is_match(word))
}

/// Labels of host names that name a service and not its owner.
pub fn is_common(label: &str) -> bool {
    const COMMON: &[&str] = &[
        "access",
        "anyconnect",
        "apple",
        "asia",
        "captive",
        "cloud",
        "cloudflare",
        "connect",
        "connection",
        "connectivitycheck",
        "corp",
        "corporate",
        "detectportal",
        "digicert",
        "error",
        "example",
        "failed",
        "firefox",
        "gateway",
        "google",
        "gstatic",
        "home",
        "host",
        "info",
        "internal",
        "intranet",
        "internet",
        "invalid",
        "local",
        "localdomain",
        "localhost",
        "login",
        "mail",
        "mobile",
        "msftconnecttest",
        "microsoft",
        "name",
        "network",
        "ocsp",
        "office",
        "online",
        "open",
        "pool",
        "portal",
        "proxy",
        "public",
        "remote",
        "router",
        "secure",
        "server",
        "service",
        "sslvpn",
        "static",
        "test",
        "time",
        "tokyo",
        "trial",
        "user",
        "users",
        "vpns",
        "wifi",
        "windows",
        "work",
    ];
    label.len() < 4 || COMMON.contains(&label) || label.bytes().all(|b| b.is_ascii_digit())
}

//! Which addresses are worth fetching from.
//!
//! Not here: dated limits and events of the field (validity, distrusted CAs), which are data: `assets/advisories.toml`.

/// Whether an address is of a kind that is ever fetched.
pub(super) fn is_fetchable(url: &str) -> bool {
    let scheme = url
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

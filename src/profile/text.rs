//! Bytes of a file to text: UTF-8 with and without a byte order mark, UTF-16 with one or without. Not here: what the
//! text means.

use std::borrow::Cow;

use super::ProfileError;

/// The text; Windows programs write UTF-16.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ProfileError> {
    let wide = |bytes: &[u8], encoding: &'static encoding_rs::Encoding| {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| Cow::Owned(text.into_owned()))
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, encoding_rs::UTF_16LE),
        [0xfe, 0xff, rest @ ..] => wide(rest, encoding_rs::UTF_16BE),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        // An ASCII character, and a zero beside it.
        [first, 0, ..] if *first != 0 => wide(bytes, encoding_rs::UTF_16LE),
        [0, second, ..] if *second != 0 => wide(bytes, encoding_rs::UTF_16BE),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    };
    let id = if bytes.starts_with(b"bplist") {
        "profile.read.binary-plist"
    } else {
        "profile.read.encoding"
    };
    match text {
        Some(text) if !text.contains('\0') && !bytes.starts_with(b"bplist") => Ok(text),
        _ => Err(ProfileError::whole(id)),
    }
}

/// The lines with their numbers, from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line))
}

/// The value of an option as these files write truth.
pub(super) fn is_true(value: &str) -> bool {
    matches!(
        value.trim().to_ascii_lowercase().as_str(),
        "true" | "yes" | "1" | "on"
    )
}

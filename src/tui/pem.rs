//! A certificate as PEM, for the clipboard.

use data_encoding::BASE64;

use crate::evidence::Der;

/// PEM (RFC 7468): 64 characters a line.
pub fn pem(der: &Der) -> String {
    let body = BASE64.encode(der.as_slice());
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

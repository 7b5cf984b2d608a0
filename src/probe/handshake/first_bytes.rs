//! What answers where TLS was expected, told by its first bytes.
//!
//! Protocols that wait for the other side's first word are in `versions`.

use crate::evidence::Spoken;

/// What these first bytes are, unless they begin a TLS handshake record or alert (RFC 8446 section 5.1).
pub(in crate::probe) fn not_tls(first: &[u8]) -> Option<Spoken> {
    match first {
        [] | [0x15 | 0x16] | [0x15 | 0x16, 0x03, ..] => None,
        bytes
            if starts(bytes, b"HTTP/")
                || starts(bytes, b"<!doctype")
                || starts(bytes, b"<html") =>
        {
            Some(Spoken::Http)
        }
        bytes if starts(bytes, b"SSH-") => Some(Spoken::Ssh),
        bytes if starts(bytes, b"220") => Some(greeting(bytes)),
        bytes if starts(bytes, b"* OK") => Some(Spoken::Imap),
        bytes if starts(bytes, b"+OK") => Some(Spoken::Pop3),
        // TPKT, its length, and an X.224 connection confirm.
        [0x03, 0x00, _, _, _, 0xd0, ..] => Some(Spoken::Rdp),
        bytes => Some(Spoken::Unknown(
            data_encoding::HEXLOWER.encode(bytes.get(..16).unwrap_or(bytes)),
        )),
    }
}

/// Who greets with `220`: the words after it are free, but servers name their protocol among them.
fn greeting(bytes: &[u8]) -> Spoken {
    let line: Vec<u8> = bytes
        .iter()
        .take_while(|byte| !matches!(byte, b'\r' | b'\n'))
        .map(u8::to_ascii_uppercase)
        .collect();
    let names = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
    match (names(b"SMTP"), names(b"FTP")) {
        (true, false) => Spoken::Smtp,
        (false, true) => Spoken::Ftp,
        _ => Spoken::Greeting,
    }
}

fn starts(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes
        .get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_tls_is_named_by_its_first_bytes() {
        assert_eq!(not_tls(b""), None);
        assert_eq!(not_tls(&[0x16]), None);
        assert_eq!(not_tls(&[0x16, 0x03, 0x03, 0, 80]), None);
        assert_eq!(not_tls(&[0x15, 0x03, 0x01]), None);
        assert_eq!(not_tls(b"HTTP/1.1 400 Bad Request"), Some(Spoken::Http));
        assert_eq!(not_tls(b"<!DOCTYPE html>"), Some(Spoken::Http));
        assert_eq!(not_tls(b"SSH-2.0-OpenSSH_9.9"), Some(Spoken::Ssh));
        assert_eq!(not_tls(b"220 mail.example.com ESMTP"), Some(Spoken::Smtp));
        assert_eq!(not_tls(b"220 (vsFTPd 3.0.5)\r\n"), Some(Spoken::Ftp));
        assert_eq!(not_tls(b"220 ready\r\nSMTP"), Some(Spoken::Greeting));
        assert_eq!(not_tls(b"* OK [CAPABILITY"), Some(Spoken::Imap));
        assert_eq!(not_tls(b"+OK POP3 ready"), Some(Spoken::Pop3));
        assert_eq!(
            not_tls(&[0x03, 0, 0, 0x13, 0x0e, 0xd0, 0, 0]),
            Some(Spoken::Rdp)
        );
        assert_eq!(
            not_tls(&[0x16, 0x05]),
            Some(Spoken::Unknown("1605".to_owned()))
        );
        assert_eq!(not_tls(&[7; 40]), Some(Spoken::Unknown("07".repeat(16))));
    }
}

//! Writes a ClientHello by hand (RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2): a complete record, ready to be
//! sent. Pure; what is offered is in `offers`.

use super::offers::{GROUPS, GROUPS_13, SIGNATURES, SUITES, SUITES_13, up_to};
use crate::evidence::{Hello, TlsVersion};

/// Says that this client knows secure renegotiation, in a form that no old server chokes on (RFC 5746 section 3.3).
const RENEGOTIATION_SCSV: u16 = 0x00ff;

mod extension {
    pub const SERVER_NAME: u16 = 0;
    pub const SUPPORTED_GROUPS: u16 = 10;
    pub const EC_POINT_FORMATS: u16 = 11;
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    pub const ALPN: u16 = 16;
    pub const PADDING: u16 = 21;
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const KEY_SHARE: u16 = 51;
}

/// The record that carries `hello`; `sni` is the server name, where there is one to send (RFC 6066 section 3).
pub(super) fn client_hello(hello: &Hello, sni: Option<&str>, random: &[u8; 32]) -> Vec<u8> {
    let only_13 = hello.highest == TlsVersion::Tls13;
    let mut suites: Vec<u16> =
        up_to(if only_13 { SUITES_13 } else { SUITES }, hello.suites).collect();
    if !only_13 {
        suites.push(RENEGOTIATION_SCSV);
    }
    let mut body = Vec::with_capacity(600);
    body.extend(wire(hello.highest.min(TlsVersion::Tls12)).to_be_bytes());
    body.extend(random);
    body.push(0); // no session to resume
    body.extend(counted16(&numbers(suites)));
    body.extend([1, 0]); // no compression
    let mut extensions = extensions(hello, sni, only_13);
    // Some load balancers hang on a hello of 256 to 511 bytes (RFC 7685 section 1).
    let length = 4 + body.len() + 2 + extensions.len();
    if (256..512).contains(&length) {
        let padding = vec![0; 512_usize.saturating_sub(length + 4)];
        extensions.extend(extended(extension::PADDING, &padding));
    }
    body.extend(counted16(&extensions));
    let mut message = vec![1]; // client_hello
    message.extend(counted24(&body));
    let mut record = vec![22, 3, 1]; // handshake; TLS 1.0, as every version writes the first record
    record.extend(counted16(&message));
    record
}

fn extensions(hello: &Hello, sni: Option<&str>, only_13: bool) -> Vec<u8> {
    let mut all = Vec::new();
    if let Some(name) = sni {
        let mut entry = vec![0]; // host_name
        entry.extend(counted16(name.as_bytes()));
        all.extend(extended(extension::SERVER_NAME, &counted16(&entry)));
    }
    let groups = numbers(up_to(
        if only_13 { GROUPS_13 } else { GROUPS },
        hello.groups,
    ));
    all.extend(extended(extension::SUPPORTED_GROUPS, &counted16(&groups)));
    if !only_13 {
        all.extend(extended(extension::EC_POINT_FORMATS, &[1, 0]));
    }
    if hello.highest >= TlsVersion::Tls12 {
        let signatures = numbers(up_to(SIGNATURES, hello.signatures));
        all.extend(extended(
            extension::SIGNATURE_ALGORITHMS,
            &counted16(&signatures),
        ));
    }
    all.extend(extended(extension::ALPN, b"\x00\x09\x08http/1.1"));
    if only_13 {
        all.extend(extended(extension::SUPPORTED_VERSIONS, &[2, 3, 4]));
        // No share at all: the server names the group it wants in a HelloRetryRequest (RFC 8446 section 4.2.8).
        all.extend(extended(extension::KEY_SHARE, &[0, 0]));
    }
    all
}

/// The version's number on the wire.
fn wire(version: TlsVersion) -> u16 {
    match version {
        TlsVersion::Ssl30 => 0x0300,
        TlsVersion::Tls10 => 0x0301,
        TlsVersion::Tls11 => 0x0302,
        TlsVersion::Tls12 => 0x0303,
        TlsVersion::Tls13 => 0x0304,
    }
}

fn numbers(all: impl IntoIterator<Item = u16>) -> Vec<u8> {
    all.into_iter().flat_map(u16::to_be_bytes).collect()
}

fn extended(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut out = kind.to_be_bytes().to_vec();
    out.extend(counted16(content));
    out
}

/// With its length before it. All that is written here is far shorter than the limit; a name that is not is cut, and
/// the server refuses it.
fn counted16(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend(content.iter().take(usize::from(length)));
    out
}

fn counted24(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let [_, rest @ ..] = length.to_be_bytes();
    let mut out = rest.to_vec();
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use tls_parser::{TlsExtension, TlsMessage, TlsMessageHandshake};

    use super::*;
    use crate::evidence::Standing;

    /// The hello as an independent parser reads it: version, suites, extensions, length of the message.
    fn read(record: &[u8]) -> (u16, Vec<u16>, Vec<TlsExtension<'_>>, usize) {
        let (rest, plaintext) = tls_parser::parse_tls_plaintext(record).expect("a record");
        assert!(rest.is_empty());
        let [TlsMessage::Handshake(TlsMessageHandshake::ClientHello(hello))] =
            plaintext.msg.as_slice()
        else {
            panic!("{plaintext:?}")
        };
        let ext = hello.ext.expect("extensions");
        let (rest, extensions) =
            tls_parser::parse_tls_client_hello_extensions(ext).expect("extensions");
        assert!(rest.is_empty());
        (
            hello.version.0,
            hello.ciphers.iter().map(|id| id.0).collect(),
            extensions,
            record.len() - 5,
        )
    }

    #[test]
    fn an_independent_parser_reads_every_hello() {
        use TlsVersion::{Tls10, Tls11, Tls12, Tls13};
        let standings = [Standing::Current, Standing::Lingering, Standing::Rare];
        for highest in [Tls10, Tls11, Tls12, Tls13] {
            for standing in standings {
                let hello = Hello {
                    highest,
                    suites: standing,
                    groups: standing,
                    signatures: standing,
                };
                for name in [None, Some("vpn.example.com"), Some(&*"n".repeat(255))] {
                    let record = client_hello(&hello, name, &[7; 32]);
                    let (version, suites, extensions, length) = read(&record);
                    assert_eq!(version, wire(highest.min(Tls12)));
                    assert!(!(256..512).contains(&length), "{length}");
                    assert_eq!(suites.contains(&0x1301), highest == Tls13);
                    assert_eq!(suites.contains(&RENEGOTIATION_SCSV), highest != Tls13);
                    let sent = extensions.iter().find_map(|extension| match extension {
                        TlsExtension::SNI(names) => names.first().map(|(_, name)| *name),
                        _ => None,
                    });
                    assert_eq!(sent, name.map(str::as_bytes));
                    let signs = extensions
                        .iter()
                        .any(|e| matches!(e, TlsExtension::SignatureAlgorithms(_)));
                    assert_eq!(signs, highest >= Tls12);
                    let versions = extensions
                        .iter()
                        .any(|e| matches!(e, TlsExtension::SupportedVersions(_)));
                    assert_eq!(versions, highest == Tls13);
                }
            }
        }
    }

    #[test]
    fn a_narrower_hello_offers_less_of_one_thing() {
        let wide = Hello::everything(TlsVersion::Tls12);
        let narrow = Hello {
            suites: Standing::Current,
            ..wide
        };
        let (of_wide, of_narrow) = (
            client_hello(&wide, None, &[0; 32]),
            client_hello(&narrow, None, &[0; 32]),
        );
        let ((_, wide, ext_wide, _), (_, narrow, ext_narrow, _)) =
            (read(&of_wide), read(&of_narrow));
        assert!(narrow.len() < wide.len());
        assert!(narrow.iter().all(|suite| wide.contains(suite)));
        let but_padding = |all: &[TlsExtension<'_>]| {
            let kept = all
                .iter()
                .filter(|e| !matches!(e, TlsExtension::Padding(_)));
            kept.map(|e| format!("{e:?}")).collect::<Vec<_>>()
        };
        assert_eq!(but_padding(&ext_wide), but_padding(&ext_narrow));
    }
}

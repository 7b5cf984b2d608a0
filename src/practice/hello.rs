//! ClientHellos as the practice gateway sees them, and answers written by hand: old versions and old cipher suites that
//! no TLS library of today would agree to.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// TLS 1.3 is offered by its first cipher suite.
const TLS_AES_128_GCM_SHA256: u16 = 0x1301;
/// Content types (RFC 5246 section 6.2.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// Handshake messages (RFC 5246 section 7.4).
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;
/// Alerts (RFC 5246 section 7.2).
const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;

/// A server of another time.
#[derive(Clone, Debug)]
pub(super) struct Old {
    /// The only version it speaks, as on the wire.
    pub(super) version: u16,
    /// The only suites it knows, the preferred first.
    pub(super) suites: Vec<u16>,
    /// Its certificates.
    pub(super) chain: Vec<Vec<u8>>,
}

impl Old {
    /// What it answers to this hello: its first flight, or the alert by which it refuses.
    pub(super) fn answer(&self, heard: &Heard) -> Vec<u8> {
        if self.version < 0x0303 && heard.offers_13() {
            // Many servers of that time take fright at a hello of this one.
            return alert(PROTOCOL_VERSION);
        }
        if heard.version < self.version {
            return alert(PROTOCOL_VERSION);
        }
        let common = self
            .suites
            .iter()
            .find(|suite| heard.suites.contains(suite));
        match common {
            Some(suite) => self.flight(*suite),
            None => alert(HANDSHAKE_FAILURE),
        }
    }

    fn flight(&self, suite: u16) -> Vec<u8> {
        let mut hello = self.version.to_be_bytes().to_vec();
        hello.extend([0x56; 32]);
        hello.push(0);
        hello.extend(suite.to_be_bytes());
        // No compression; secure renegotiation (RFC 5746), which even old servers have.
        hello.extend([0, 0, 5, 0xff, 1, 0, 1, 0]);
        let certificates: Vec<u8> = self.chain.iter().flat_map(|der| counted(der)).collect();
        let messages = [
            message(SERVER_HELLO, &hello),
            message(CERTIFICATE, &counted(&certificates)),
            message(SERVER_HELLO_DONE, &[]),
        ];
        let records = messages.concat();
        let records = records.chunks(16_000).map(|part| record(HANDSHAKE, part));
        records.collect::<Vec<_>>().concat()
    }
}

/// What matters of a ClientHello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// The version in its fixed field.
    pub(super) version: u16,
    /// The cipher suites.
    pub(super) suites: Vec<u16>,
}

impl Heard {
    fn offers_13(&self) -> bool {
        self.suites.contains(&TLS_AES_128_GCM_SHA256)
    }

    /// Reads the first record; none where it is no ClientHello.
    pub(super) async fn from(stream: &mut TcpStream) -> Option<Self> {
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.ok()?;
        let [HANDSHAKE, _, _, high, low] = head else {
            return None;
        };
        let mut body = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        stream.read_exact(&mut body).await.ok()?;
        Self::parse(&body)
    }

    /// A handshake message: type, length, version, random, session, suites (RFC 5246 section 7.4.1.2).
    fn parse(body: &[u8]) -> Option<Self> {
        let [version_high, version_low] = *body.get(4..6)? else {
            return None;
        };
        let session = usize::from(*body.get(38)?);
        let rest = body.get(39 + session..)?;
        let (length, rest) = rest.split_at_checked(2)?;
        let length = usize::from(u16::from_be_bytes([*length.first()?, *length.last()?]));
        let suites = rest.get(..length)?.chunks_exact(2);
        Some(Self {
            version: u16::from_be_bytes([version_high, version_low]),
            suites: suites
                .filter_map(|pair| Some(u16::from_be_bytes([*pair.first()?, *pair.last()?])))
                .collect(),
        })
    }
}

/// How long the first record of a hello says it is, without taking it off the stream.
pub(super) async fn length(stream: &TcpStream) -> usize {
    let mut head = [0; 5];
    loop {
        match stream.peek(&mut head).await {
            Ok(5) => return usize::from(u16::from_be_bytes([head[3], head[4]])),
            Ok(0) | Err(_) => return 0,
            // The rest of it is on its way; peeking again at once would only burn time.
            Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    }
}

fn alert(code: u8) -> Vec<u8> {
    record(ALERT, &[2, code])
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let mut out = vec![kind, 3, 1];
    out.extend(length.to_be_bytes());
    out.extend(content);
    out
}

fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind], counted(content).as_slice()].concat()
}

/// The content after its length in three bytes.
fn counted(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let mut out = length[1..].to_vec();
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use super::Heard;

    #[test]
    fn a_hello_cut_anywhere_is_no_hello_and_no_panic() {
        let mut hello = vec![1, 0, 0, 0, 3, 3];
        hello.extend([0; 32]);
        hello.extend([2, 9, 9, 0, 4, 0x13, 1, 0, 0x2f]);
        let whole = Heard::parse(&hello).expect("a hello");
        assert_eq!((whole.version, whole.suites), (0x0303, vec![0x1301, 0x2f]));
        for end in 0..hello.len() {
            assert_eq!(Heard::parse(&hello[..end]), None, "cut at {end}");
        }
    }
}

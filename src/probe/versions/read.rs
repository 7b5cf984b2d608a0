//! Reads what a server answers to a ClientHello, as it arrives: the versions up to 1.2 send everything up to the end of
//! their first flight in the clear (RFC 5246 section 7.3), 1.3 a HelloRetryRequest (RFC 8446 section 4.1.4).
//!
//! Everything here is hostile: bounded in length, and whatever cannot be read ends the reading with a word for it.
//! Sending and waiting is not here.

use tls_parser::nom::Err::Incomplete;
use tls_parser::{
    ECParametersContent, TlsCipherKx, TlsCipherSuite, TlsMessage, TlsMessageHandshake,
    TlsRawRecord, TlsRecordType, TlsServerHelloContents, TlsVersion as WireVersion,
    parse_dh_params, parse_ecdh_params, parse_tls_message_handshake, parse_tls_raw_record,
    parse_tls_record_header,
};

use super::super::handshake::{MAX_CERTIFICATES, MAX_HANDSHAKE, alert_name, not_tls};
use super::offers;
use crate::evidence::{Der, HelloAnswer, HelloOutcome, TlsVersion};

/// What marks a ServerHello as a HelloRetryRequest: the SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// The level of an alert after which nothing comes (RFC 5246 section 7.2).
const FATAL: u8 = 2;

mod extension {
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const KEY_SHARE: u16 = 51;
    pub const RENEGOTIATION_INFO: u16 = 0xff01;
}

/// How a connection ended before the answer was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The other side closed.
    Closed,
    /// The other side reset.
    Reset,
    /// The deadline struck.
    Deadline,
}

/// An answer on its way.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Bytes that are not yet a whole record.
    records: Vec<u8>,
    /// Handshake bytes that are not yet a whole message: messages go across records.
    messages: Vec<u8>,
    /// The first bytes, to tell what is not TLS.
    first: Vec<u8>,
    received: u64,
    answer: Option<HelloAnswer>,
}

impl Reading {
    /// Takes in what has arrived; the outcome as soon as there is one.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<HelloOutcome> {
        const FIRST_BYTES: usize = 512;
        self.received = self
            .received
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let room = FIRST_BYTES.saturating_sub(self.first.len());
        self.first.extend(bytes.iter().take(room));
        if let Some(spoken) = not_tls(&self.first) {
            return Some(HelloOutcome::NotTls(spoken));
        }
        if self.received > MAX_HANDSHAKE {
            return Some(HelloOutcome::TooLong);
        }
        self.records.extend(bytes);
        self.read_records()
    }

    /// What it amounts to that no more comes. A chosen version and suite stand even where the rest of the flight is
    /// missing.
    pub(super) fn end(self, how: End) -> HelloOutcome {
        let received = self.received;
        match (self.answer, how) {
            (Some(answer), _) => HelloOutcome::Answered(answer),
            (None, End::Closed) => HelloOutcome::Closed { received },
            (None, End::Reset) => HelloOutcome::Reset { received },
            (None, End::Deadline) => HelloOutcome::Stalled { received },
        }
    }

    fn read_records(&mut self) -> Option<HelloOutcome> {
        let bytes = std::mem::take(&mut self.records);
        let mut rest = bytes.as_slice();
        let outcome = loop {
            let record = match parse_tls_raw_record(rest) {
                Ok((after, record)) => {
                    rest = after;
                    record
                }
                Err(Incomplete(_)) => break None,
                Err(_) => break Some(HelloOutcome::Garbled),
            };
            let told = match record.hdr.record_type {
                TlsRecordType::Handshake => {
                    self.messages.extend(record.data);
                    self.read_messages()
                }
                TlsRecordType::Alert => match record.data {
                    // A warning (of a name that is not known, for one) does not end the handshake.
                    [level, code, ..] if *level == FATAL || *code == 0 => {
                        Some(HelloOutcome::Alert(alert_name(*code)))
                    }
                    [_, _, ..] => None,
                    _ => Some(HelloOutcome::Garbled),
                },
                // Nothing else has a place in the first flight.
                _ => Some(
                    self.answer
                        .take()
                        .map_or(HelloOutcome::Garbled, HelloOutcome::Answered),
                ),
            };
            if told.is_some() {
                break told;
            }
        };
        self.records = rest.to_vec();
        outcome
    }

    fn read_messages(&mut self) -> Option<HelloOutcome> {
        let bytes = std::mem::take(&mut self.messages);
        let mut rest = bytes.as_slice();
        let outcome = loop {
            let Some((whole, after)) = message(rest) else {
                break None;
            };
            rest = after;
            let told = match parse_tls_message_handshake(whole) {
                Ok((_, TlsMessage::Handshake(message))) => self.hear(&message),
                // What follows a ServerHello and is not understood is not needed either.
                _ if self.answer.is_some() => None,
                _ => Some(HelloOutcome::Garbled),
            };
            if told.is_some() {
                break told;
            }
        };
        self.messages = rest.to_vec();
        outcome
    }

    fn hear(&mut self, message: &TlsMessageHandshake<'_>) -> Option<HelloOutcome> {
        match (message, &mut self.answer) {
            (TlsMessageHandshake::ServerHello(hello), None) => {
                let Some((answer, is_all)) = chosen(hello) else {
                    return Some(HelloOutcome::Garbled);
                };
                if is_all {
                    return Some(HelloOutcome::Answered(answer));
                }
                self.answer = Some(answer);
                None
            }
            (TlsMessageHandshake::Certificate(list), Some(answer)) => {
                let ders = list.cert_chain.iter().take(MAX_CERTIFICATES);
                answer.served = ders.map(|cert| Der::from(cert.data)).collect();
                None
            }
            (TlsMessageHandshake::ServerKeyExchange(exchange), Some(answer)) => {
                key_exchange(exchange.parameters, answer);
                None
            }
            (TlsMessageHandshake::ServerDone(_), answer) => Some(
                answer
                    .take()
                    .map_or(HelloOutcome::Garbled, HelloOutcome::Answered),
            ),
            (_, Some(_)) => None,
            (_, None) => Some(HelloOutcome::Garbled),
        }
    }
}

/// Whether the beginning of a TLS 1.2 or older answer says that the server knows secure renegotiation (RFC 5746); none
/// where that cannot be told, or does not matter.
pub(in crate::probe) fn secure_renegotiation(beginning: &[u8]) -> Option<bool> {
    let (_, record) = parse_tls_raw_record(beginning)
        .ok()
        .or_else(|| shortened(beginning).map(|record| (&[][..], record)))?;
    if record.hdr.record_type != TlsRecordType::Handshake {
        return None;
    }
    let (whole, _) = message(record.data)?;
    let (_, parsed) = parse_tls_message_handshake(whole).ok()?;
    let TlsMessage::Handshake(TlsMessageHandshake::ServerHello(hello)) = parsed else {
        return None;
    };
    chosen(&hello)?.0.secure_renegotiation
}

/// A first record of which not everything was kept: what there is of it.
fn shortened(beginning: &[u8]) -> Option<TlsRawRecord<'_>> {
    let (data, hdr) = parse_tls_record_header(beginning).ok()?;
    (data.len() < usize::from(hdr.len)).then_some(TlsRawRecord { hdr, data })
}

/// The first whole handshake message and what follows it.
fn message(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_, a, b, c, ..] = bytes else { return None };
    let length = u32::from_be_bytes([0, *a, *b, *c]);
    let end = usize::try_from(length).ok()?.checked_add(4)?;
    bytes.split_at_checked(end)
}

/// What a ServerHello chooses, and whether nothing more is to be learnt; none where it is no choice.
fn chosen(hello: &TlsServerHelloContents<'_>) -> Option<(HelloAnswer, bool)> {
    let extensions = Extensions(hello.ext.unwrap_or_default());
    let in_extension = extensions.find(extension::SUPPORTED_VERSIONS);
    let number = match in_extension {
        Some([a, b]) => u16::from_be_bytes([*a, *b]),
        Some(_) => return None,
        None => hello.version.0,
    };
    let version = version(WireVersion(number))?;
    let is_13 = version == TlsVersion::Tls13;
    let retries = is_13 && hello.random == RETRY;
    let group = match extensions.find(extension::KEY_SHARE) {
        Some([a, b, ..]) if is_13 => Some(offers::group(u16::from_be_bytes([*a, *b]))),
        _ => None,
    };
    let answer = HelloAnswer {
        version,
        suite: offers::suite(hello.cipher.0),
        group,
        dh_bits: None,
        signature: None,
        secure_renegotiation: (!is_13)
            .then(|| extensions.find(extension::RENEGOTIATION_INFO).is_some()),
        served: Vec::new(),
    };
    // After a ServerHello of TLS 1.3 everything is encrypted.
    Some((answer, is_13 || retries))
}

fn version(number: WireVersion) -> Option<TlsVersion> {
    Some(match number {
        WireVersion::Ssl30 => TlsVersion::Ssl30,
        WireVersion::Tls10 => TlsVersion::Tls10,
        WireVersion::Tls11 => TlsVersion::Tls11,
        WireVersion::Tls12 => TlsVersion::Tls12,
        WireVersion::Tls13 => TlsVersion::Tls13,
        _ => return None,
    })
}

/// What a ServerKeyExchange says (RFC 5246 section 7.4.3, RFC 8422 section 5.4). What cannot be read stays unknown.
fn key_exchange(parameters: &[u8], answer: &mut HelloAnswer) {
    let kx = TlsCipherSuite::from_name(&answer.suite.name).map(|suite| &suite.kx);
    let after = match kx {
        Some(TlsCipherKx::Ecdhe) => {
            let Ok((after, params)) = parse_ecdh_params(parameters) else {
                return;
            };
            if let ECParametersContent::NamedGroup(group) = params.curve_params.params_content {
                answer.group = Some(offers::group(group.0));
            }
            after
        }
        Some(TlsCipherKx::Dhe) => {
            let Ok((after, params)) = parse_dh_params(parameters) else {
                return;
            };
            answer.dh_bits = Some(bits(params.dh_p));
            after
        }
        _ => return,
    };
    if answer.version == TlsVersion::Tls12
        && let [hash, sign, ..] = after
    {
        answer.signature = Some(offers::signature(u16::from_be_bytes([*hash, *sign])));
    }
}

/// The length of a number in bits.
fn bits(number: &[u8]) -> u32 {
    let mut significant = number.iter().skip_while(|byte| **byte == 0);
    significant.next().map_or(0, |first| {
        let rest = u32::try_from(significant.count()).unwrap_or(u32::MAX / 8);
        rest.saturating_mul(8)
            .saturating_add(u8::BITS - first.leading_zeros())
    })
}

/// The extensions of a ServerHello, read one by one: a broken one must not hide its neighbours.
struct Extensions<'a>(&'a [u8]);

impl<'a> Extensions<'a> {
    fn find(&self, wanted: u16) -> Option<&'a [u8]> {
        let mut rest = self.0;
        while let [a, b, c, d, after @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*c, *d]));
            let (content, next) = after.split_at_checked(length)?;
            if u16::from_be_bytes([*a, *b]) == wanted {
                return Some(content);
            }
            rest = next;
        }
        None
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

//! Answers of servers, sound and hostile, byte by byte.

use super::super::write::client_hello;
use super::*;
use crate::evidence::{Hello, Spoken, Standing};

/// A record of this type.
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, 3, 1];
    out.extend(u16::try_from(content.len()).expect("fits").to_be_bytes());
    out.extend(content);
    out
}

fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend(&u32::try_from(content.len()).expect("fits").to_be_bytes()[1..]);
    out.extend(content);
    out
}

fn server_hello(version: u16, random: [u8; 32], suite: u16, extensions: Option<&[u8]>) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend(random);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    if let Some(extensions) = extensions {
        body.extend(u16::try_from(extensions.len()).expect("fits").to_be_bytes());
        body.extend(extensions);
    }
    message(2, &body)
}

const RENEGOTIATION: [u8; 5] = [0xff, 0x01, 0, 1, 0];

fn certificates(all: &[&[u8]]) -> Vec<u8> {
    let mut list: Vec<u8> = Vec::new();
    for der in all {
        list.extend(&u32::try_from(der.len()).expect("fits").to_be_bytes()[1..]);
        list.extend(*der);
    }
    let mut body = u32::try_from(list.len()).expect("fits").to_be_bytes()[1..].to_vec();
    body.extend(list);
    message(11, &body)
}

fn flight(hello: Vec<u8>, more: &[Vec<u8>]) -> Vec<u8> {
    let mut messages = hello;
    messages.extend(more.concat());
    messages.extend(message(14, &[]));
    record(22, &messages)
}

fn read_whole(bytes: &[u8]) -> Option<HelloOutcome> {
    Reading::default().take(bytes)
}

fn answer(bytes: &[u8]) -> HelloAnswer {
    match read_whole(bytes) {
        Some(HelloOutcome::Answered(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_old_server_is_read_with_its_chain() {
    let hello = server_hello(0x0301, [7; 32], 0x002f, Some(&RENEGOTIATION));
    let bytes = flight(hello, &[certificates(&[b"leaf", b"issuer"])]);
    let answer = answer(&bytes);
    assert_eq!(answer.version, TlsVersion::Tls10);
    assert_eq!(answer.suite.name, "TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_eq!(answer.suite.standing, Standing::Lingering);
    assert_eq!(answer.secure_renegotiation, Some(true));
    assert_eq!(
        answer.served,
        [Der::from(&b"leaf"[..]), Der::from(&b"issuer"[..])]
    );
    assert_eq!((answer.group, answer.dh_bits), (None, None));
}

#[test]
fn every_way_of_cutting_an_answer_reads_the_same() {
    let hello = server_hello(0x0303, [7; 32], 0xc013, Some(&RENEGOTIATION));
    let exchange = [&[3, 0, 25, 1, 4][..], &[0x02, 0x01, 0, 0]].concat();
    let messages = [
        hello,
        certificates(&[b"leaf", &[9; 300]]),
        message(12, &exchange),
        message(14, &[]),
    ]
    .concat();
    let whole = record(22, &messages);
    let expected = read_whole(&whole).expect("an outcome");
    let HelloOutcome::Answered(known) = &expected else {
        panic!("{expected:?}")
    };
    assert_eq!(
        known.group.as_ref().map(|g| g.name.as_str()),
        Some("secp521r1")
    );
    assert_eq!(
        known.signature.as_ref().map(|s| s.name.as_str()),
        Some("rsa_pkcs1_sha1")
    );
    // Bytes as they trickle in, and messages across records of any size.
    for size in [1, 2, 3, 5, 7, 64] {
        let mut reading = Reading::default();
        let told: Vec<_> = whole
            .chunks(size)
            .filter_map(|part| reading.take(part))
            .collect();
        assert_eq!(told, std::slice::from_ref(&expected), "{size}");
        let records: Vec<u8> = messages
            .chunks(size)
            .flat_map(|part| record(22, part))
            .collect();
        assert_eq!(read_whole(&records), Some(expected.clone()), "{size}");
    }
}

#[test]
fn a_hello_retry_request_names_the_group() {
    let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 25];
    let bytes = record(22, &server_hello(0x0303, RETRY, 0x1301, Some(&extensions)));
    let answer = answer(&bytes);
    assert_eq!(answer.version, TlsVersion::Tls13);
    assert_eq!(answer.suite.standing, Standing::Current);
    let group = answer.group.expect("a group");
    assert_eq!(
        (group.name.as_str(), group.standing),
        ("secp521r1", Standing::Lingering)
    );
    assert_eq!(answer.secure_renegotiation, None);
}

#[test]
fn a_diffie_hellman_prime_is_measured() {
    let prime = [&[0x00, 0x7f][..], &[0xff; 127]].concat();
    let mut exchange = u16::try_from(prime.len())
        .expect("fits")
        .to_be_bytes()
        .to_vec();
    exchange.extend(prime);
    exchange.extend([0, 1, 2, 0, 1, 5]);
    let hello = server_hello(0x0302, [7; 32], 0x0033, None);
    let answer = answer(&flight(hello, &[certificates(&[]), message(12, &exchange)]));
    assert_eq!(answer.dh_bits, Some(1023));
    assert_eq!(answer.secure_renegotiation, Some(false));
    assert_eq!(answer.version, TlsVersion::Tls11);
    assert_eq!(answer.signature, None);
}

#[test]
fn a_warning_is_not_a_refusal_and_a_refusal_is() {
    let warning = record(21, &[1, 112]);
    let hello = server_hello(0x0303, [7; 32], 0xc02f, None);
    let both = [warning.clone(), flight(hello, &[])].concat();
    assert_eq!(
        answer(&both).suite.name,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    );
    assert_eq!(read_whole(&warning), None);
    assert_eq!(
        read_whole(&record(21, &[2, 70])),
        Some(HelloOutcome::Alert("protocol_version".to_owned()))
    );
    // An alert after the choice takes it back.
    let hello = record(22, &server_hello(0x0303, [7; 32], 0xc02f, None));
    let taken_back = [hello, record(21, &[2, 80])].concat();
    assert_eq!(
        read_whole(&taken_back),
        Some(HelloOutcome::Alert("internal_error".to_owned()))
    );
}

#[test]
fn a_choice_stands_where_the_rest_is_missing() {
    let mut reading = Reading::default();
    let hello = record(22, &server_hello(0x0301, [7; 32], 0x000a, None));
    assert_eq!(reading.take(&hello), None);
    let HelloOutcome::Answered(answer) = reading.end(End::Closed) else {
        panic!()
    };
    assert_eq!(answer.suite.standing, Standing::Rare);
    for (end, expected) in [
        (End::Closed, HelloOutcome::Closed { received: 3 }),
        (End::Reset, HelloOutcome::Reset { received: 3 }),
        (End::Deadline, HelloOutcome::Stalled { received: 3 }),
    ] {
        let mut reading = Reading::default();
        assert_eq!(reading.take(&hello[..3]), None);
        assert_eq!(reading.end(end), expected);
    }
}

#[test]
fn an_endless_answer_is_cut() {
    // A certificate message that says it is 16 MB long.
    let mut reading = Reading::default();
    assert_eq!(
        reading.take(&record(22, &server_hello(0x0303, [7; 32], 0xc02f, None))),
        None
    );
    let mut first = vec![11, 0xff, 0xff, 0xff];
    first.resize(16_000, 0);
    let mut told = reading.take(&record(22, &first));
    let mut count = 0;
    while told.is_none() {
        told = reading.take(&record(22, &[0; 16_000]));
        count += 1;
        assert!(count < 20);
    }
    assert_eq!(told, Some(HelloOutcome::TooLong));
    assert!(reading.messages.len() < 200_000);

    // Empty records without end.
    let mut reading = Reading::default();
    let empty = record(22, &[]).repeat(1000);
    let told = std::iter::repeat_with(|| reading.take(&empty))
        .take(100)
        .find_map(|told| told);
    assert_eq!(told, Some(HelloOutcome::TooLong));
}

#[test]
fn one_certificate_more_than_are_judged_is_kept() {
    let many: Vec<&[u8]> = vec![b"x"; 3000];
    let hello = server_hello(0x0303, [7; 32], 0xc02f, None);
    let messages = [hello, certificates(&many), message(14, &[])].concat();
    let bytes: Vec<u8> = messages
        .chunks(9000)
        .flat_map(|part| record(22, part))
        .collect();
    assert_eq!(answer(&bytes).served.len(), MAX_CERTIFICATES);
}

#[test]
fn garbage_ends_in_a_word_and_never_in_a_panic() {
    assert_eq!(
        read_whole(b"SSH-2.0-x\r\n"),
        Some(HelloOutcome::NotTls(Spoken::Ssh))
    );
    for garbage in [
        record(22, &message(2, &[3, 3])),
        record(22, &server_hello(0x0909, [7; 32], 0xc02f, None)),
        record(22, &message(14, &[])),
        record(22, &message(99, &[1, 2, 3])),
        record(21, &[2]),
        [&[22, 3, 3, 0xff, 0xff][..], &[0; 40]].concat(),
        // Its own words sent back.
        client_hello(&Hello::everything(TlsVersion::Tls12), None, &[1; 32]),
    ] {
        let told = read_whole(&garbage);
        assert_eq!(told, Some(HelloOutcome::Garbled), "{garbage:02x?}");
    }
    // A suite that nobody offered, and a broken extension before the one that matters.
    let extensions = [&[0, 23, 0, 9, 1][..], &RENEGOTIATION].concat();
    let hello = server_hello(0x0303, [7; 32], 0xfefe, Some(&extensions));
    let answer = answer(&flight(hello, &[]));
    assert_eq!(
        (answer.suite.name.as_str(), answer.suite.standing),
        ("0xfefe", Standing::Rare)
    );
}

proptest::proptest! {
    #[test]
    fn whatever_arrives_is_survived(bytes: Vec<u8>, cut in 1_usize..40) {
        let mut reading = Reading::default();
        for part in bytes.chunks(cut) {
            if reading.take(part).is_some() {
                return Ok(());
            }
        }
        reading.end(End::Closed);
    }

    /// What begins as an answer and goes wrong anywhere.
    #[test]
    fn a_damaged_answer_is_survived(at in 0_usize..500, with: u8) {
        let hello = server_hello(0x0303, [7; 32], 0xc013, Some(&RENEGOTIATION));
        let exchange = message(12, &[3, 0, 25, 1, 4, 2, 1, 0, 0]);
        let mut bytes = flight(hello, &[certificates(&[b"leaf", &[9; 300]]), exchange]);
        let place = at % bytes.len();
        bytes[place] = with;
        let mut reading = Reading::default();
        if reading.take(&bytes).is_none() {
            reading.end(End::Deadline);
        }
        secure_renegotiation(&bytes);
    }
}

#[test]
fn secure_renegotiation_is_read_from_the_beginning_of_an_answer() {
    let with = server_hello(0x0303, [7; 32], 0xc02f, Some(&RENEGOTIATION));
    let without = server_hello(0x0303, [7; 32], 0xc02f, Some(&[0, 23, 0, 0]));
    let chain = certificates(&[&[9; 2000]]);
    for (hello, expected) in [(with, Some(true)), (without, Some(false))] {
        let bytes = flight(hello, std::slice::from_ref(&chain));
        assert_eq!(secure_renegotiation(&bytes), expected);
        assert_eq!(secure_renegotiation(&bytes[..512]), expected);
        assert_eq!(secure_renegotiation(&bytes[..20]), None);
    }
    assert_eq!(secure_renegotiation(b""), None);
    assert_eq!(secure_renegotiation(&record(21, &[2, 40])), None);
}

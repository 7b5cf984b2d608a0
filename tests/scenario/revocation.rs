//! Short words for revocation lists and OCSP answers, signed with the keys of the described certificates.

use vpnmedic::chain::Cert;
use vpnmedic::evidence::{
    Der, StatementFetch, StatementOutcome, StatementSource, UnixTime, Why, WhyCode,
};

use super::Pki;
use super::statements::{Crl, Ocsp, Says, refusal};

/// Midnight that begins this day.
fn midnight(day: &str) -> UnixTime {
    let moment: jiff::Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    UnixTime(moment.as_second())
}

/// `<day>[:<reason number>]`.
fn since(text: &str) -> (UnixTime, Option<u8>) {
    match text.split_once(':') {
        Some((day, reason)) => (midnight(day), Some(reason.parse().unwrap())),
        None => (midnight(text), None),
    }
}

pub fn crl(line: &str, pki: &Pki) -> Der {
    let words: Vec<&str> = line.split(' ').collect();
    let [name, from, until, entries @ ..] = words.as_slice() else {
        panic!("{line}")
    };
    let issuer = pki.cert(name);
    let mut list = Crl::new(&issuer, pki.key(name), midnight(from));
    list.from = midnight(from);
    list.until = Some(midnight(until));
    for entry in entries {
        let (cert, text) = entry.split_once('=').unwrap();
        let (day, reason) = since(text);
        list = list.with(&pki.cert(cert), day, reason);
    }
    list.make()
}

pub fn ocsp(line: &str, pki: &Pki) -> Der {
    let words: Vec<&str> = line.split(' ').collect();
    if let ["refusal", status] = words.as_slice() {
        return refusal(status.parse().unwrap());
    }
    let [signer, from, until, word] = words.as_slice() else {
        panic!("{line}")
    };
    let (cert, text) = word.split_once('=').unwrap();
    let issuer = if cert == "inter" { "root" } else { "inter" };
    let (cert, issuer) = (pki.cert(cert), pki.cert(issuer));
    let signer_cert: std::sync::Arc<Cert> = pki.cert(signer);
    let mut answer = Ocsp::new(&cert, &issuer, pki.key(signer), midnight(from));
    (answer.from, answer.until) = (midnight(from), Some(midnight(until)));
    answer.says = match text {
        "good" => Says::Good,
        "unknown" => Says::Unknown,
        text => {
            let (day, reason) = since(text);
            Says::Revoked(day, reason)
        }
    };
    if !["inter", "root"].contains(signer) {
        answer.responder = &signer_cert;
        answer.embedded = vec![&signer_cert];
    }
    answer.make()
}

pub fn statement(line: &str, pki: &Pki) -> StatementFetch {
    let words: Vec<&str> = line.splitn(3, ' ').collect();
    let [name, kind, came] = words.as_slice() else {
        panic!("{line}")
    };
    let (kind, url) = match *kind {
        "responder" => (StatementSource::Responder, "http://ocsp.example.com/"),
        "list" => (StatementSource::List, "http://pki.example.com/ca.crl"),
        _ => panic!("{line}"),
    };
    StatementFetch {
        certificate: data_encoding::HEXLOWER.encode(&pki.cert(name).sha256),
        url: url.to_owned(),
        kind,
        outcome: match (*came, kind) {
            ("failed", _) => StatementOutcome::Failed(Why::code(WhyCode::TimedOut)),
            ("not-asked", _) => StatementOutcome::NotAsked(Why::code(WhyCode::Unsupported)),
            (text, StatementSource::Responder) => StatementOutcome::Fetched(ocsp(text, pki)),
            (text, StatementSource::List) => StatementOutcome::Fetched(crl(text, pki)),
        },
    }
}

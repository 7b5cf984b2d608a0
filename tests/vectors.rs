//! The judge against public corpora of certificate chains, when they are at hand: `$VPNMEDIC_VECTORS`, or the folder
//! `../shared/vectors` beside the repository. Without them the test says so and passes.
//!
//! Every disagreement is listed in [`DISAGREEMENTS`] with its reason; one that is not listed, or listed and gone, fails.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use vpnmedic::cause::CauseId;
use vpnmedic::chain::{
    Cert, Judgement, Purpose, Question, judge, read_certificates, second_opinion,
};
use vpnmedic::evidence::{Host, UnixTime};

/// Cases judged differently on purpose, with the reason.
const DISAGREEMENTS: &[(&str, &str)] = &[
    (
        "limbo/rfc5280::intermediate-ca-missing-basic-constraints",
        "the intermediate the case is about is not among its certificates: RFC 5280 section 6.1 has no path to judge, and \
         what is missing is the intermediate",
    ),
    (
        "limbo/rfc5280::ica-ku-keycertsign",
        "the same: the intermediate whose key usage is meant is not served (RFC 8446 section 4.4.2 wants it sent)",
    ),
    (
        "badssl/mitm-software",
        "the issuer was not served and carries the organisation of the trusted root, so that an intermediate of it is the \
         likelier reading; RFC 5280 section 6.1 knows no difference between an absent and an untrusted issuer",
    ),
];

#[derive(Deserialize)]
struct Case {
    id: String,
    tier: String,
    chain: Vec<String>,
    roots: Vec<String>,
    hostname: Option<String>,
    time: i64,
    expected: String,
    reasons: Vec<String>,
    #[serde(rename = "where")]
    at_fault: Option<usize>,
}

/// What came out of one case.
struct Outcome {
    accepted: bool,
    causes: Vec<String>,
    /// Index in the served chain of the certificate at fault, for each cause.
    places: Vec<Option<usize>>,
    remarked: bool,
    /// Whether the second judge accepts.
    second: bool,
}

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("VPNMEDIC_VECTORS").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    Some(named.unwrap_or_else(beside)).filter(|folder| folder.is_dir())
}

fn read_all(pems: &[String]) -> Result<Vec<Arc<Cert>>, usize> {
    let mut certs = Vec::new();
    for (index, pem) in pems.iter().enumerate() {
        let ders = read_certificates(pem.as_bytes()).map_err(|_| index)?;
        for der in ders {
            certs.push(Arc::new(Cert::parse(&der).map_err(|_| index)?));
        }
    }
    Ok(certs)
}

fn host(name: &str) -> Host {
    match name.parse() {
        Ok(ip) => Host::Ip(ip),
        Err(_) => Host::Name {
            ascii: name.to_owned(),
            unicode: name.to_owned(),
        },
    }
}

fn run(case: &Case) -> Outcome {
    let malformed = |index| Outcome {
        accepted: false,
        causes: vec![CauseId::MALFORMED_CERTIFICATE.to_string()],
        places: vec![index],
        remarked: false,
        second: false,
    };
    let served = match read_all(&case.chain) {
        Ok(served) => served,
        Err(index) => return malformed(Some(index)),
    };
    let Ok(anchors) = read_all(&case.roots) else {
        return malformed(None);
    };
    let name = case.hostname.as_deref().map(host);
    let question = Question {
        served: &served,
        fetched: &[],
        anchors: &anchors,
        name: name.as_ref(),
        at: UnixTime(case.time),
        purpose: Purpose::Server,
    };
    let judgement = judge(&question);
    Outcome {
        accepted: judgement.accepted(),
        causes: judgement
            .violations
            .iter()
            .map(|violation| violation.cause.to_string())
            .collect(),
        places: judgement
            .violations
            .iter()
            .map(|violation| place(&judgement, &served, violation.at))
            .collect(),
        remarked: !judgement.remarks.is_empty() || !judgement.advice.is_empty(),
        second: second_opinion(&question).accepted,
    }
}

/// Where in the served chain the certificate at fault stands, also when the path took the store's copy of it.
fn place(judgement: &Judgement, served: &[Arc<Cert>], at: Option<usize>) -> Option<usize> {
    let link = judgement.path.get(at?)?;
    served
        .iter()
        .position(|cert| cert.sha256 == link.cert.sha256)
}

/// The reason codes of the corpora for one of our causes.
fn reason(cause: &str) -> &'static [&'static str] {
    match cause {
        "cert-expired-leaf" | "cert-expired-intermediate" | "cert-expired-root" => &["expired"],
        "cert-not-yet-valid" => &["not_yet_valid"],
        "hostname-mismatch" | "cn-only" => &["hostname_mismatch"],
        "unknown-ca" => &["unknown_issuer"],
        "missing-intermediate" => &["missing_intermediate"],
        "self-signed" => &["self_signed"],
        "weak-signature" => &["weak_signature"],
        "weak-key" => &["weak_key"],
        "bad-signature" => &["bad_signature"],
        "not-a-ca-issuer" => &["not_a_ca"],
        "path-length-exceeded" => &["path_len"],
        "missing-server-auth-eku" => &["bad_eku"],
        "bad-key-usage" => &["bad_key_usage"],
        "name-constraints-violation" => &["name_constraints"],
        "unknown-critical-extension" => &["unknown_critical_ext"],
        "malformed-certificate" => &["malformed"],
        "ca-used-as-server-certificate" => &["ca_as_leaf"],
        _ => &[],
    }
}

#[derive(Default)]
struct Tally {
    cases: usize,
    verdict: usize,
    refused: usize,
    first_reason: usize,
    some_reason: usize,
    placed: usize,
    place: usize,
    remarked: usize,
    second: usize,
}

#[test]
fn public_corpora_are_judged_as_their_authors_say() {
    let Some(folder) = folder() else {
        eprintln!("SKIPPED: no corpora (set VPNMEDIC_VECTORS, or place them in ../shared/vectors)");
        return;
    };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut disagreed: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "jsonl")
        {
            continue;
        }
        for line in std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .filter(|line| !line.is_empty())
        {
            let case: Case = serde_json::from_str(line).unwrap();
            let outcome = run(&case);
            let tally = tallies.entry(case.tier.clone()).or_default();
            let wrong = count(&case, &outcome, tally);
            if !wrong.is_empty() {
                println!(
                    "{:8} {} expected {} {:?} at {:?}; found {:?} at {:?}: {}",
                    case.tier,
                    case.id,
                    case.expected,
                    case.reasons,
                    case.at_fault,
                    outcome.causes,
                    outcome.places,
                    wrong.join(", ")
                );
                if case.tier == "core" {
                    disagreed.push(case.id);
                }
            }
        }
    }
    for (tier, tally) in &tallies {
        println!(
            "{tier}: {} cases, verdict {:.1} %, of {} rightly refused: first reason {:.1} %, some reason {:.1} %, place {}/{}, remarked {}, \
             second judge agrees with us in {}",
            tally.cases,
            percent(tally.verdict, tally.cases),
            tally.refused,
            percent(tally.first_reason, tally.refused),
            percent(tally.some_reason, tally.refused),
            tally.place,
            tally.placed,
            tally.remarked,
            tally.second,
        );
    }
    let core = &tallies["core"];
    assert!(percent(core.verdict, core.cases) >= 99.0, "verdicts");
    assert!(percent(core.some_reason, core.refused) >= 97.0, "reasons");
    assert_eq!(core.place, core.placed, "certificates at fault");
    disagreed.sort();
    let mut listed: Vec<&str> = DISAGREEMENTS.iter().map(|(id, _)| *id).collect();
    listed.sort_unstable();
    assert_eq!(disagreed, listed, "disagreements and their reasons");
}

/// Counts one case and says what was not as expected.
fn count(case: &Case, outcome: &Outcome, tally: &mut Tally) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    let valid = case.expected == "valid";
    tally.cases += 1;
    tally.remarked += usize::from(outcome.remarked);
    tally.second += usize::from(outcome.second == outcome.accepted);
    if outcome.accepted == valid {
        tally.verdict += 1;
    } else if case.tier == "pedantic" && outcome.remarked {
        wrong.push("said as advice");
        return wrong;
    } else {
        wrong.push("verdict");
        return wrong;
    }
    if valid {
        return wrong;
    }
    tally.refused += 1;
    let named = |cause: &String| {
        reason(cause)
            .iter()
            .any(|word| case.reasons.iter().any(|reason| reason == word))
    };
    tally.first_reason += usize::from(outcome.causes.first().is_some_and(named));
    if outcome.causes.iter().any(named) {
        tally.some_reason += 1;
    } else {
        wrong.push("reason");
    }
    if let Some(at_fault) = case.at_fault {
        tally.placed += 1;
        let right = outcome
            .causes
            .iter()
            .zip(&outcome.places)
            .any(|(cause, at)| named(cause) && *at == Some(at_fault));
        if right {
            tally.place += 1;
        } else {
            wrong.push("place");
        }
    }
    wrong
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        100.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

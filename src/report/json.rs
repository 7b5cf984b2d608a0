//! The JSON contract. `schema` goes up when a field changes its meaning; fields are only ever added otherwise.

use serde::Serialize;

use super::model::{Report, Subject, addresses, session};
use crate::cause::CauseId;
use crate::chain::{AltName, Fit, Source, fits, own_chain, shown_name};
use crate::diagnose::{Certainty, Impact, Verdict, clock_offset};
use crate::evidence::{CertificateRequest, ClientKey, Evidence, ProbeOutcome, PublicKey};
use crate::guide::{Layer, Owner};

/// The version of the contract.
pub const SCHEMA: u32 = 1;

/// One target's document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    schema: u32,
    tool: String,
    target: Target,
    checked_at: String,
    verdict: Verdict,
    causes: Vec<Cause>,
    ruled_out: Vec<CauseId>,
    unknown: Vec<Unknown>,
    advice: Vec<Advice>,
    clients: Vec<Client>,
    chain: Vec<Certificate>,
    client_certificate: Option<OwnCertificate>,
    /// Issuers of client certificates that the gateway named; a handshake that failed has them too.
    client_authorities: Vec<String>,
    tls: Option<Tls>,
    gateway: Option<Gateway>,
    clock: Option<Clock>,
    probes: Vec<Probe>,
}

#[derive(Clone, Debug, Serialize)]
struct Target {
    host: Option<String>,
    port: Option<u16>,
    addresses: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Cause {
    id: CauseId,
    code: String,
    certainty: Certainty,
    impact: Impact,
    layer: Layer,
    owner: Vec<Owner>,
    explained_by: Option<CauseId>,
    title: String,
    evidence: Vec<Line>,
    repair: Option<Repair>,
    steps: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    probe: &'static str,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct Repair {
    what: String,
    proved: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Unknown {
    id: CauseId,
    why: String,
}

#[derive(Clone, Debug, Serialize)]
struct Advice {
    id: &'static str,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct Client {
    client: String,
    os: &'static str,
    accepts: Option<bool>,
    why: String,
}

#[derive(Clone, Debug, Serialize)]
struct Certificate {
    position: usize,
    source: Source,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    sha256: String,
    names: Vec<String>,
    problems: Vec<CauseId>,
}

/// The client certificate that was handed in; what cannot be read of it is null.
#[derive(Clone, Debug, Serialize)]
struct OwnCertificate {
    file: String,
    subject: Option<String>,
    issuer: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    sha256: Option<String>,
    key: &'static str,
    shown: bool,
    problems: Vec<CauseId>,
}

#[derive(Clone, Debug, Serialize)]
struct Tls {
    version: String,
    cipher: String,
    key_exchange: String,
    alpn: Option<String>,
    sni: Option<String>,
    client_auth_requested: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Gateway {
    product: String,
    how: String,
}

#[derive(Clone, Debug, Serialize)]
struct Clock {
    offset_s: f64,
    sources: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Probe {
    id: &'static str,
    started_ms: f64,
    took_ms: f64,
    outcome: ProbeOutcome,
    why: Option<String>,
}

impl Document {
    /// The document of one live check.
    pub fn live(subject: &Subject<'_>) -> Self {
        let evidence = subject.evidence;
        let host = Some(evidence.target.host.wire());
        let port = Some(evidence.target.port);
        Self::with_target(
            subject,
            Target {
                host,
                port,
                addresses: addresses(evidence),
            },
        )
    }

    /// The document of a saved chain; `named` says whether a host name was given to judge it for.
    pub fn saved(subject: &Subject<'_>, named: bool) -> Self {
        let host = named.then(|| subject.evidence.target.host.wire());
        Self::with_target(
            subject,
            Target {
                host,
                port: None,
                addresses: Vec::new(),
            },
        )
    }

    fn with_target(subject: &Subject<'_>, target: Target) -> Self {
        let report = Report::new(subject);
        let texts = &subject.knowledge.texts;
        let evidence = subject.evidence;
        Self {
            schema: SCHEMA,
            tool: format!("vpnmedic {}", env!("CARGO_PKG_VERSION")),
            target,
            checked_at: evidence.started_at.rfc3339(),
            verdict: report.verdict,
            causes: report.causes.into_iter().map(Cause::from).collect(),
            ruled_out: subject.diagnosis.ruled_out.clone(),
            unknown: report
                .unknown
                .into_iter()
                .map(|(id, why)| Unknown { id, why })
                .collect(),
            advice: report
                .advice
                .into_iter()
                .map(|(id, text)| Advice { id, text })
                .collect(),
            clients: subject
                .diagnosis
                .clients
                .iter()
                .map(|view| Client {
                    client: view.client.clone(),
                    os: view.os,
                    accepts: view.accepts,
                    why: texts.render(subject.lang, &view.why),
                })
                .collect(),
            chain: subject
                .diagnosis
                .chain
                .iter()
                .map(Certificate::from)
                .collect(),
            client_certificate: own_certificate(subject),
            client_authorities: client_authorities(evidence),
            tls: tls(evidence),
            gateway: gateway(evidence),
            clock: clock(evidence),
            probes: evidence
                .probes
                .iter()
                .map(|record| Probe {
                    id: record.id.as_str(),
                    started_ms: tenths(record.started_ms),
                    took_ms: tenths(record.took_ms),
                    outcome: record.outcome,
                    why: record
                        .why
                        .as_ref()
                        .map(|why| texts.render(subject.lang, &why.message())),
                })
                .collect(),
        }
    }

    /// One line of JSON without a line break.
    ///
    /// # Errors
    /// Only what `serde_json` reports, which these shapes give it no cause for.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl From<super::ReportCause> for Cause {
    fn from(cause: super::ReportCause) -> Self {
        Self {
            id: cause.id,
            code: cause.code,
            certainty: cause.certainty,
            impact: cause.impact,
            layer: cause.layer,
            owner: cause.owner,
            explained_by: cause.explained_by,
            title: cause.title,
            evidence: cause
                .evidence
                .into_iter()
                .map(|(probe, text)| Line {
                    probe: probe.as_str(),
                    text,
                })
                .collect(),
            repair: cause.repair.map(|repair| Repair {
                what: repair.what,
                proved: repair.proved,
            }),
            steps: cause.steps.into_iter().map(|step| step.code).collect(),
        }
    }
}

impl From<&crate::diagnose::ChainEntry> for Certificate {
    fn from(entry: &crate::diagnose::ChainEntry) -> Self {
        let cert = &entry.cert;
        Self {
            position: entry.position,
            source: entry.source,
            subject: crate::text::sanitise(&cert.subject),
            issuer: crate::text::sanitise(&cert.issuer),
            not_before: cert.not_before.rfc3339(),
            not_after: cert.not_after.rfc3339(),
            sha256: data_encoding::HEXLOWER.encode(&cert.sha256),
            names: cert.names.iter().map(alt_name).collect(),
            problems: entry.problems.clone(),
        }
    }
}

fn alt_name(name: &AltName) -> String {
    match name {
        AltName::Dns(name) => crate::text::sanitise(name),
        AltName::Ip(ip) => ip.to_string(),
    }
}

fn own_certificate(subject: &Subject<'_>) -> Option<OwnCertificate> {
    let given = subject.evidence.client.known()?;
    let keys: &[PublicKey] = match &given.key {
        ClientKey::Seen(keys) => keys,
        _ => &[],
    };
    let chain = own_chain(&given.certificates, keys);
    let leaf = chain.first();
    let key = match (&given.key, leaf) {
        (ClientKey::NotGiven, _) => "not-given",
        (ClientKey::Missing, _) => "missing",
        (ClientKey::Unreadable { .. }, _) => "unreadable",
        (ClientKey::Seen(_), None) => "unknown",
        (ClientKey::Seen(keys), Some(leaf)) => {
            let fit: Vec<Fit> = keys.iter().map(|key| fits(leaf, key)).collect();
            if fit.contains(&Fit::Yes) {
                "fits"
            } else if fit.contains(&Fit::CannotTell) {
                "unknown"
            } else {
                "does-not-fit"
            }
        }
    };
    let problems = subject
        .diagnosis
        .causes
        .iter()
        .map(|finding| finding.cause)
        .filter(|cause| {
            cause.as_str().starts_with("client-cert-") && *cause != CauseId::CLIENT_CERT_REQUIRED
        })
        .collect();
    Some(OwnCertificate {
        file: crate::text::sanitise(&given.file),
        subject: leaf.map(|cert| crate::text::sanitise(&cert.subject)),
        issuer: leaf.map(|cert| crate::text::sanitise(&cert.issuer)),
        not_before: leaf.map(|cert| cert.not_before.rfc3339()),
        not_after: leaf.map(|cert| cert.not_after.rfc3339()),
        sha256: leaf.map(|cert| data_encoding::HEXLOWER.encode(&cert.sha256)),
        key,
        shown: request(subject.evidence).is_some_and(|request| request.answered),
        problems,
    })
}

/// What the gateway said when it asked for a client certificate in the ordinary handshake.
fn request(evidence: &Evidence) -> Option<&CertificateRequest> {
    let attempt = evidence.tls.known()?.main()?;
    attempt.certificate_request.as_ref()
}

/// The authorities whose certificates the gateway accepts, as it named them.
fn client_authorities(evidence: &Evidence) -> Vec<String> {
    let authorities = request(evidence).map_or(&[][..], |request| &request.authorities);
    authorities
        .iter()
        .filter_map(|der| shown_name(der.as_slice()))
        .map(|(_, text)| crate::text::sanitise(&text))
        .collect()
}

fn tls(evidence: &Evidence) -> Option<Tls> {
    let session = session(evidence)?;
    Some(Tls {
        version: session.version.clone(),
        cipher: crate::text::sanitise(&session.cipher),
        key_exchange: crate::text::sanitise(&session.key_exchange),
        alpn: session.alpn.as_deref().map(crate::text::sanitise),
        sni: evidence
            .tls
            .known()
            .and_then(|tls| tls.main())
            .and_then(|attempt| attempt.sni.clone()),
        client_auth_requested: session.client_auth_requested,
    })
}

fn gateway(evidence: &Evidence) -> Option<Gateway> {
    let guess = evidence.gateway.known()?.product.as_ref()?;
    Some(Gateway {
        product: guess.id.clone(),
        how: crate::text::sanitise(&guess.how),
    })
}

/// The offset by the clocks that are believed, and their names.
fn clock(evidence: &Evidence) -> Option<Clock> {
    let (offset_ms, sources) = clock_offset(evidence)?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of a clock offset stay far below 2^53"
    )]
    let offset_s = offset_ms as f64 / 1000.0;
    Some(Clock {
        offset_s,
        sources: sources
            .iter()
            .map(|name| crate::text::sanitise(name))
            .collect(),
    })
}

fn tenths(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}

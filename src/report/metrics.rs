//! The results of a run as metrics, for a monitoring system to collect.
//!
//! The text is OpenMetrics 1.0 and, because it keeps to gauges, also the Prometheus text format 0.0.4 that collectors
//! of text files read. What was not observed has no sample: a gap in a graph is honest, a zero is not.

use std::fmt::Write as _;

use super::model::{Subject, session};
use crate::cause::CauseId;
use crate::chain::Source;
use crate::diagnose::{Certainty, Impact, Verdict};
use crate::guide::Layer;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// What is measured of one gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    target: String,
    verdict: Verdict,
    checked_at: i64,
    duration_s: f64,
    not_after: Option<i64>,
    handshake_s: Option<f64>,
    clock_offset_s: Option<f64>,
    causes: Vec<CauseLabels>,
}

#[derive(Clone, Debug, PartialEq)]
struct CauseLabels {
    cause: &'static str,
    certainty: &'static str,
    impact: &'static str,
    layer: &'static str,
    explained_by: &'static str,
}

impl Sample {
    /// What was seen of one gateway.
    pub fn of(subject: &Subject<'_>) -> Self {
        let evidence = subject.evidence;
        let diagnosis = subject.diagnosis;
        let end_entity = diagnosis
            .chain
            .iter()
            .find(|entry| entry.source == Source::Served && entry.position == 0);
        let handshake = evidence.tls.known().and_then(|tls| tls.main());
        let end = evidence
            .probes
            .iter()
            .map(|probe| probe.started_ms + probe.took_ms)
            .fold(0.0, f64::max);
        let clock = evidence.clock.known();
        let best = clock.and_then(|clock| clock.sources.iter().min_by_key(|s| s.error_ms));
        Self {
            target: evidence.target.typed(),
            verdict: diagnosis.verdict,
            checked_at: evidence.started_at.0,
            duration_s: end / 1000.0,
            not_after: end_entity.map(|entry| entry.cert.not_after.0),
            handshake_s: handshake
                .filter(|_| session(evidence).is_some())
                .map(|attempt| whole(attempt.took_us) / 1_000_000.0),
            clock_offset_s: best.map(|source| signed(source.offset_ms) / 1000.0),
            causes: diagnosis
                .causes
                .iter()
                .map(|finding| CauseLabels {
                    cause: finding.cause.as_str(),
                    certainty: certainty(finding.certainty),
                    impact: impact(finding.impact),
                    layer: layer_of(subject, finding.cause),
                    explained_by: finding.explained_by.map_or("", |root| root.as_str()),
                })
                .collect(),
        }
    }

    fn days_left(&self) -> Option<f64> {
        let seconds = self.not_after?.saturating_sub(self.checked_at);
        Some((signed(seconds) / DAY * 100.0).floor() / 100.0)
    }
}

/// The exposition of all of them, in the order of their names, so that two runs can be compared line by line.
pub fn metrics(mut samples: Vec<Sample>) -> String {
    samples.sort_by(|a, b| a.target.cmp(&b.target));
    let mut out = Exposition::default();
    out.family(
        "vpnmedic_build_info",
        "",
        "The version of vpnmedic that looked.",
    );
    let version = env!("CARGO_PKG_VERSION");
    out.sample("vpnmedic_build_info", &[("version", version)], 1.0);
    out.family(
        "vpnmedic_verdict",
        "",
        "The verdict on the gateway: 1 for the one that holds, 0 for the others.",
    );
    for sample in &samples {
        for verdict in [Verdict::Healthy, Verdict::Problem, Verdict::Inconclusive] {
            let labels = [("target", &*sample.target), ("verdict", word(verdict))];
            let holds = if sample.verdict == verdict { 1.0 } else { 0.0 };
            out.sample("vpnmedic_verdict", &labels, holds);
        }
    }
    out.family(
        "vpnmedic_cause_info",
        "",
        "A cause that was found; explained_by names the cause it follows from.",
    );
    for sample in &samples {
        for cause in &sample.causes {
            let labels = [
                ("target", &*sample.target),
                ("cause", cause.cause),
                ("certainty", cause.certainty),
                ("impact", cause.impact),
                ("layer", cause.layer),
                ("explained_by", cause.explained_by),
            ];
            out.sample("vpnmedic_cause_info", &labels, 1.0);
        }
    }
    type Value = fn(&Sample) -> Option<f64>;
    let gauges: [(&str, &str, &str, Value); 6] = [
        (
            "vpnmedic_certificate_left_days",
            "days",
            "Days until the end-entity certificate expires, by this device's clock; negative once it has.",
            Sample::days_left,
        ),
        (
            "vpnmedic_certificate_not_after_timestamp_seconds",
            "seconds",
            "When the end-entity certificate expires.",
            |sample| sample.not_after.map(signed),
        ),
        (
            "vpnmedic_tls_handshake_seconds",
            "seconds",
            "How long the ordinary TLS handshake took; only where it completed.",
            |sample| sample.handshake_s,
        ),
        (
            "vpnmedic_clock_offset_seconds",
            "seconds",
            "This device's clock minus the best other one; positive where this device is ahead.",
            |sample| sample.clock_offset_s,
        ),
        (
            "vpnmedic_check_duration_seconds",
            "seconds",
            "How long looking at the gateway took.",
            |sample| Some(sample.duration_s),
        ),
        (
            "vpnmedic_checked_timestamp_seconds",
            "seconds",
            "When it was looked at.",
            |sample| Some(signed(sample.checked_at)),
        ),
    ];
    for (name, unit, help, value) in gauges {
        out.family(name, unit, help);
        for sample in &samples {
            if let Some(value) = value(sample) {
                out.sample(name, &[("target", &sample.target)], value);
            }
        }
    }
    out.text + "# EOF\n"
}

#[derive(Default)]
struct Exposition {
    text: String,
}

impl Exposition {
    fn family(&mut self, name: &str, unit: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# TYPE {name} gauge");
        if !unit.is_empty() {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.text, "# HELP {name} {}", escaped(help));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let _ = writeln!(self.text, "{name}{{{}}} {value}", labels.join(","));
    }
}

/// As the ABNF of OpenMetrics wants it in label values and help.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds and milliseconds of this age stay far below 2^53"
)]
fn signed(number: i64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a handshake stay far below 2^53"
)]
fn whole(number: u64) -> f64 {
    number as f64
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "healthy",
        Verdict::Problem => "problem",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// The layer of a cause; every cause is in the catalogue, one that were not would have none.
fn layer_of(subject: &Subject<'_>, id: CauseId) -> &'static str {
    let cause = subject.knowledge.causes.get(&id);
    cause.map_or("", |cause| match cause.layer {
        Layer::Device => "device",
        Layer::Network => "network",
        Layer::Dns => "dns",
        Layer::Transport => "transport",
        Layer::Tls => "tls",
        Layer::Certificate => "certificate",
        Layer::ClientCertificate => "client-certificate",
        Layer::SignIn => "sign-in",
        Layer::Capacity => "capacity",
    })
}

const fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Confirmed => "confirmed",
        Certainty::Likely => "likely",
        Certainty::Possible => "possible",
    }
}

const fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::Blocks => "blocks",
        Impact::SomeClients => "some-clients",
        Impact::Degrades => "degrades",
    }
}

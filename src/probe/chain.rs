//! Judging the served chain: no packets, but its verdict has a place and a time in the log, and decides what is
//! looked at next.
//!
//! The judging itself is [`crate::chain`]'s, the conclusions are [`crate::diagnose`]'s.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::check::{Check, Ending, Note, Reporter};
use crate::cause::CauseId;
use crate::chain::{
    Cert, Judgement, MAX_CERTIFICATES, Purpose, Question, Source, Stores, judge,
    missing_issuer_urls, places_to_check,
};
use crate::device::trust_store::Late;
use crate::evidence::{Der, Host, ProbeId, ProbeOutcome, UnixTime, Why, WhyCode};
use crate::msg::Msg;

/// What the plan needs to know of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChainView {
    /// Whether a careful client on this system accepts it now.
    pub accepted: bool,
    /// What speaks against it.
    pub causes: Vec<CauseId>,
    /// Whether it ends in a trust anchor of this system's store or of Mozilla's.
    pub anchored: bool,
    /// Where the issuer that is missing may be fetched.
    pub urls: Vec<String>,
    /// Whether a certificate of the path names somebody who tells about revocation.
    pub names_statements: bool,
}

/// Judges the chain as it was served.
pub(super) struct ChainCheck {
    /// As served.
    pub served: Vec<Der>,
    /// The name the client uses; none where it compares none.
    pub host: Option<Host>,
    /// What is trusted.
    pub stores: Late,
}

impl Check for ChainCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Chain
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        // A hostile chain may take a while: never on a thread that others wait for.
        let judging = tokio::task::spawn_blocking({
            let report = report.clone();
            move || self.judge(&report)
        });
        async move {
            match judging.await {
                Ok(ending) => ending,
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => Ending::Unknown(Why::code(WhyCode::Cancelled)),
            }
        }
        .boxed()
    }
}

impl ChainCheck {
    fn judge(self, report: &Reporter) -> Ending {
        let served = match read(&self.served, report) {
            Ok(served) => served,
            Err(ending) => {
                report.hand_over(Note::Judged(ChainView {
                    causes: vec![CauseId::MALFORMED_CERTIFICATE],
                    ..ChainView::default()
                }));
                return ending;
            }
        };
        let ask = Ask {
            served: &served,
            host: self.host.as_ref(),
            stores: &self.stores.get(),
            at: UnixTime::from(SystemTime::now()),
        };
        let (judgement, view) = ask.judge(&[]);
        tell(report, served.len(), &judgement);
        if judgement.left_out > 0 {
            report.line(
                ProbeOutcome::Warn,
                Msg::new("diagnose.advice.left-out").with("max", MAX_CERTIFICATES),
            );
        }
        let ending = if view.accepted {
            Ending::Pass
        } else {
            Ending::Fail
        };
        report.hand_over(Note::Judged(view));
        ending
    }
}

/// Parsed certificates; those after the first that cannot be read are left out, and the log says so.
fn read(served: &[Der], report: &Reporter) -> Result<Vec<Arc<Cert>>, Ending> {
    let mut certs = Vec::with_capacity(served.len());
    for (position, der) in served.iter().enumerate() {
        match Cert::parse(der) {
            Ok(cert) => certs.push(Arc::new(cert)),
            Err(error) => {
                report.line(
                    ProbeOutcome::Fail,
                    Msg::new("probe.chain.malformed")
                        .with("position", position + 1)
                        .with("reason", &error.reason),
                );
                if position == 0 {
                    return Err(Ending::Fail);
                }
            }
        }
    }
    Ok(certs)
}

/// Parsed certificates without a word about those that cannot be read.
pub(super) fn parsed(served: &[Der]) -> Vec<Arc<Cert>> {
    served
        .iter()
        .filter_map(|der| Cert::parse(der).ok())
        .map(Arc::new)
        .collect()
}

/// What is judged, whatever is fetched on top of it.
pub(super) struct Ask<'a> {
    pub served: &'a [Arc<Cert>],
    pub host: Option<&'a Host>,
    pub stores: &'a Stores,
    pub at: UnixTime,
}

impl Ask<'_> {
    /// The judgement against this system's store, and what the plan needs of it.
    pub(super) fn judge(&self, fetched: &[Arc<Cert>]) -> (Judgement, ChainView) {
        let against = |anchors: &[Arc<Cert>]| {
            judge(&Question {
                served: self.served,
                fetched,
                anchors,
                name: self.host,
                at: self.at,
                purpose: Purpose::Server,
            })
        };
        let judgement = against(&self.stores.system.anchors);
        let anchored = judgement.anchored || against(&self.stores.mozilla.anchors).anchored;
        let view = ChainView {
            accepted: judgement.accepted(),
            causes: judgement.violations.iter().map(|v| v.cause).collect(),
            anchored,
            urls: if anchored {
                Vec::new()
            } else {
                missing_issuer_urls(&judgement)
            },
            names_statements: places_to_check(&judgement.path)
                .filter_map(|at| judgement.path.get(at))
                .any(|link| !link.cert.ocsp_urls.is_empty() || !link.cert.crl_urls.is_empty()),
        };
        (judgement, view)
    }
}

fn tell(report: &Reporter, count: usize, judgement: &Judgement) {
    let root = judgement
        .path
        .last()
        .filter(|link| judgement.anchored && link.source == Source::Store);
    let (tone, text) = match root {
        Some(root) => (
            ProbeOutcome::Pass,
            Msg::new("probe.chain.anchored").with("root", root.cert.label()),
        ),
        None if judgement.anchored => (ProbeOutcome::Pass, Msg::new("probe.chain.trusted")),
        None => (ProbeOutcome::Fail, Msg::new("probe.chain.no-path")),
    };
    report.line(tone, text.with("count", count));
    for violation in &judgement.violations {
        report.line(ProbeOutcome::Fail, violation.text.clone());
    }
}

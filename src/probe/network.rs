//! This device's own links and default routes: no packet is sent.
//!
//! Reading them is [`crate::device::network`]'s; paths to the gateway are seen by `tcp`.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::check::{Check, Ending, Reporter};
use crate::device;
use crate::evidence::{Fact, NetworkEvidence, Observation, ProbeId, ProbeOutcome, Why, WhyCode};
use crate::msg::Msg;

/// Interfaces that get a line in the log; containers have hundreds.
const MAX_LINES: usize = 6;

/// Looks at links and routes.
pub(super) struct NetworkCheck;

impl Check for NetworkCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Network
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(3)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        async move {
            let Ok(Ok(seen)) = tokio::task::spawn_blocking(device::network::read).await else {
                return Ending::Unknown(Why::code(WhyCode::Failed));
            };
            let ending = tell(&report, &seen);
            report.observe(Observation::Network(seen));
            ending
        }
        .boxed()
    }
}

fn tell(report: &Reporter, seen: &NetworkEvidence) -> Ending {
    for interface in seen.interfaces.iter().take(MAX_LINES) {
        let addresses: Vec<String> = interface
            .addresses
            .iter()
            .map(ToString::to_string)
            .collect();
        report.line(
            ProbeOutcome::Running,
            Msg::new("probe.network.interface")
                .with("name", &interface.name)
                .with("addresses", addresses.join(" ")),
        );
    }
    if seen.interfaces.len() > MAX_LINES {
        let more = Msg::new("probe.network.more").with("count", seen.interfaces.len() - MAX_LINES);
        report.line(ProbeOutcome::Running, more);
    }
    if seen.interfaces.is_empty() {
        report.line(ProbeOutcome::Fail, Msg::new("probe.network.none"));
        return Ending::Fail;
    }
    match (&seen.default_route_v4, &seen.default_route_v6) {
        (Fact::Known(false), Fact::Known(false)) => {
            report.line(ProbeOutcome::Warn, Msg::new("probe.network.no-route"));
            Ending::Warn
        }
        (v4, v6) => {
            for (family, route) in [("IPv4", v4), ("IPv6", v6)] {
                let text = match route {
                    Fact::Known(true) => Msg::new("probe.network.route"),
                    Fact::Known(false) => Msg::new("probe.network.route-missing"),
                    Fact::Unknown(_) => continue,
                };
                report.line(ProbeOutcome::Running, text.with("family", family));
            }
            Ending::Pass
        }
    }
}

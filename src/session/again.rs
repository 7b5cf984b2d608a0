//! A re-check of what matters to one cause: which checks are left out, and what the run before saw of them, so that it
//! stands beside what is seen now. Pure.
//!
//! The way to the gateway, the handshake and the certificates are always looked at again: they tell whether it works
//! now. Not here: which check runs when ([`crate::probe`]).

use crate::evidence::{Evidence, Observation, ProbeEvent, ProbeId, ProbeOutcome, Why, WhyCode};
use crate::guide::Layer;
use crate::msg::Msg;

/// The checks beside the way itself, with the layers of the causes that they bear on.
const BESIDE: [(ProbeId, &[Layer]); 8] = [
    (ProbeId::Device, &[Layer::Device]),
    (
        ProbeId::Path,
        &[Layer::Network, Layer::Dns, Layer::Transport],
    ),
    (
        ProbeId::Udp,
        &[Layer::Network, Layer::Dns, Layer::Transport],
    ),
    (ProbeId::Revocation, &[Layer::Certificate]),
    (
        ProbeId::Clock,
        &[Layer::Device, Layer::Certificate, Layer::SignIn],
    ),
    (
        ProbeId::Portal,
        &[Layer::Network, Layer::Dns, Layer::Transport],
    ),
    (
        ProbeId::Ports,
        &[Layer::Network, Layer::Dns, Layer::Transport],
    ),
    (
        ProbeId::Logs,
        &[Layer::Device, Layer::SignIn, Layer::Capacity],
    ),
];

/// The checks that a re-check for a cause of this layer leaves out. What did not come to an end, or was not needed then,
/// is never left out: it may be needed now.
pub fn left_out(before: &Evidence, layer: Layer) -> Vec<ProbeId> {
    let ended = |id: ProbeId| {
        let outcome = before.probe(id).map(|record| record.outcome);
        matches!(
            outcome,
            Some(ProbeOutcome::Pass | ProbeOutcome::Warn | ProbeOutcome::Fail)
        )
    };
    BESIDE
        .into_iter()
        .filter(|(id, layers)| {
            !layers.contains(&layer) && ended(*id) && seen(before, *id).is_some()
        })
        .map(|(id, _)| id)
        .collect()
}

/// What the run before saw of these checks, as the events that a run begins with which leaves them out.
pub fn carried(before: &Evidence, left_out: &[ProbeId]) -> Vec<ProbeEvent> {
    let mut events = Vec::new();
    for id in left_out {
        let Some(observation) = seen(before, *id) else {
            continue;
        };
        events.push(ProbeEvent::Skipped {
            id: *id,
            at_ms: 0.0,
            why: Why::because(WhyCode::NotNeeded, Msg::new("probe.again.left-out")),
        });
        events.push(ProbeEvent::Observed(observation));
    }
    events
}

/// What was seen by one of the checks that can be left out.
fn seen(before: &Evidence, id: ProbeId) -> Option<Observation> {
    Some(match id {
        ProbeId::Device => Observation::Device(Box::new(before.device.known()?.clone())),
        ProbeId::Path => Observation::Path(before.path.known()?.clone()),
        ProbeId::Udp => Observation::Udp(before.udp.known()?.clone()),
        ProbeId::Revocation => Observation::Revocation(before.revocation.known()?.clone()),
        ProbeId::Clock => Observation::Clock(before.clock.known()?.clone()),
        ProbeId::Portal => Observation::Portal(before.portal.known()?.clone()),
        ProbeId::Ports => Observation::Ports(before.ports.known()?.clone()),
        ProbeId::Logs => Observation::Logs(before.logs.known()?.clone()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{
        DeviceEvidence, PortalEvidence, RevocationEvidence, Target, UnixTime, WhyCode,
    };

    fn before() -> Evidence {
        let mut evidence = Evidence::new(Target::parse("vpn.example.com").unwrap(), UnixTime(7));
        let mut ended = |id, observation, outcome| {
            let at_ms = 0.0;
            evidence.apply(&ProbeEvent::Started { id, at_ms });
            evidence.apply(&ProbeEvent::Observed(observation));
            evidence.apply(&ProbeEvent::Finished {
                id,
                took_ms: 1.0,
                outcome,
                why: None,
            });
        };
        let device = Observation::Device(Box::<DeviceEvidence>::default());
        ended(ProbeId::Device, device, ProbeOutcome::Warn);
        let portal = PortalEvidence { probes: Vec::new() };
        let portal = Observation::Portal(portal);
        ended(ProbeId::Portal, portal, ProbeOutcome::Pass);
        let revocation = RevocationEvidence {
            fetches: Vec::new(),
        };
        let revocation = Observation::Revocation(revocation);
        ended(ProbeId::Revocation, revocation, ProbeOutcome::Unknown);
        evidence.apply(&ProbeEvent::Skipped {
            id: ProbeId::Udp,
            at_ms: 0.0,
            why: Why::code(WhyCode::Blocked),
        });
        evidence
    }

    #[test]
    fn what_bears_on_the_cause_or_never_came_to_an_end_is_looked_at_again() {
        let before = before();
        let left = |layer| left_out(&before, layer);
        assert_eq!(
            left(Layer::Certificate),
            [ProbeId::Device, ProbeId::Portal],
            "revocation is looked at for certificates"
        );
        assert_eq!(
            left(Layer::Device),
            [ProbeId::Portal],
            "revocation could not tell, so it is asked again"
        );
        assert_eq!(left(Layer::Transport), [ProbeId::Device]);
        for layer in [Layer::Network, Layer::Tls, Layer::SignIn] {
            assert!(
                !left(layer).contains(&ProbeId::Udp),
                "it was never looked at"
            );
        }
    }

    #[test]
    fn what_is_left_out_stands_as_it_was_and_says_so() {
        let before = before();
        let mut now = Evidence::new(before.target.clone(), UnixTime(99));
        for event in carried(&before, &left_out(&before, Layer::Certificate)) {
            now.apply(&event);
        }
        assert!(now.device.known().is_some() && now.portal.known().is_some());
        assert!(now.revocation.known().is_none() && now.tls.known().is_none());
        let record = now.probe(ProbeId::Device).unwrap();
        assert_eq!(record.outcome, ProbeOutcome::Skipped);
        let why = record.why.as_ref().unwrap().message();
        assert_eq!(why.id, "probe.again.left-out");
    }
}

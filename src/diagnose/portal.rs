//! The rule for captive portals: the network answers plain web requests in somebody else's place.

use std::net::IpAddr;

use crate::cause::CauseId;
use crate::evidence::{
    Lookup, PortalEvidence, PortalOutcome, PortalProbe, ProbeId, ResolverKind, Why, WhyCode,
};
use crate::msg::Msg;

use super::case::{Case, known};
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};
use super::network::is_private;

pub(super) const RULES: &[Rule] = &[Rule {
    cause: CauseId::CAPTIVE_PORTAL,
    look: captive_portal,
}];

/// How a probe was tampered with, so that two can be compared.
#[derive(PartialEq, Eq)]
enum Tampering {
    SentTo(String),
    Replaced { status: u16, title: Option<String> },
}

/// Confirmed when two addresses that have nothing to do with each other are answered the same wrong way, or one and
/// another witness shows somebody else in the gateway's place; likely with one alone. The probes vote: a filter that
/// rewrites one address of several is no portal.
fn captive_portal(case: &Case<'_>) -> Ruling {
    let portal = match known(&case.evidence.portal) {
        Ok(portal) => portal,
        Err(why) => return Ruling::Unknown(why),
    };
    let tampered: Vec<(&PortalProbe, Tampering)> = portal
        .probes
        .iter()
        .filter_map(|probe| tampering(probe).map(|how| (probe, how)))
        .collect();
    let clear = portal
        .probes
        .iter()
        .filter(|p| p.outcome == PortalOutcome::Clear)
        .count();
    if tampered.len() < clear || tampered.is_empty() {
        return match (clear, case.settled(ProbeId::Portal)) {
            (_, false) => Ruling::Unknown(Why::code(WhyCode::NotRun)),
            (0, true) => Ruling::Unknown(no_answer(portal)),
            (_, true) => Ruling::RuledOut,
        };
    }
    let witness = witness(case);
    if tampered.len() == clear && witness.is_none() {
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.portal.split"),
        ));
    }
    let same_twice = tampered
        .iter()
        .enumerate()
        .any(|(i, (_, how))| tampered.iter().skip(i + 1).any(|(_, other)| other == how));
    let certainty = match (same_twice || witness.is_some(), tampered.len() > clear) {
        (true, true) => Certainty::Confirmed,
        (false, true) => Certainty::Likely,
        (_, false) => Certainty::Possible,
    };
    // A gateway that is reached and accepted all the same is not kept away by the portal.
    let impact = if case.works() == Some(true) {
        Impact::Degrades
    } else {
        Impact::Blocks
    };
    let mut finding = Finding::new(CauseId::CAPTIVE_PORTAL, certainty, impact);
    for (probe, how) in &tampered {
        let text = match how {
            Tampering::SentTo(host) => Msg::new("diagnose.portal.redirected")
                .with("url", &probe.url)
                .with("to", host),
            Tampering::Replaced { status, title } => Msg::new("diagnose.portal.rewritten")
                .with("url", &probe.url)
                .with("status", status)
                .with("title", title.as_deref().unwrap_or("-")),
        };
        finding = finding.shown_by(ProbeId::Portal, text);
    }
    finding
        .shown_by_all(witness)
        .helped_by(Msg::new("repair.portal"))
        .into()
}

/// What else shows somebody in the gateway's place: a certificate for another name, or this network's DNS saying
/// something else than a public server.
fn witness(case: &Case<'_>) -> Option<Proof> {
    if let Some(leaf) = case.served.first()
        && case.works() == Some(false)
        && case.certificate_names_target(leaf) == Some(false)
    {
        return Some(Proof {
            probe: ProbeId::Tls,
            text: Msg::new("diagnose.portal.other-name")
                .with("certificate", case.certificate_label(leaf)),
        });
    }
    let dns = case.evidence.dns.known()?;
    let addresses = |kind| {
        let answers = dns.resolvers.iter().filter(move |r| r.kind == kind);
        answers.filter_map(|r| match r.answer.known() {
            Some(Lookup::Addresses { addresses, .. }) => addresses.first().copied(),
            _ => None,
        })
    };
    let here = addresses(ResolverKind::Configured).next()?;
    let there = addresses(ResolverKind::Public).next()?;
    // A portal answers with an address of its own network.
    (is_inner(here) && !is_inner(there)).then(|| Proof {
        probe: ProbeId::Dns,
        text: Msg::new("diagnose.portal.other-address")
            .with("here", here)
            .with("there", there),
    })
}

/// Addresses that are not of the public internet: those of inside networks, and loopback.
fn is_inner(address: IpAddr) -> bool {
    is_private(address) || address.to_canonical().is_loopback()
}

/// What was done to this probe, if anything. An upgrade of the same host to https is the host's own doing.
fn tampering(probe: &PortalProbe) -> Option<Tampering> {
    match &probe.outcome {
        PortalOutcome::Redirected(location) => {
            let named = host_of(location);
            let to = if named.is_empty() {
                location.clone()
            } else {
                named
            };
            (to != host_of(&probe.url)).then_some(Tampering::SentTo(to))
        }
        PortalOutcome::Rewritten { status, title } => Some(Tampering::Replaced {
            status: *status,
            title: title.clone(),
        }),
        PortalOutcome::Clear | PortalOutcome::NoAnswer => None,
    }
}

/// The host of an absolute URL, in lower case; the text itself where it is relative.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = if host.starts_with('[') {
        host.split(']').next().unwrap_or(host)
    } else {
        host.split(':').next().unwrap_or(host)
    };
    host.to_ascii_lowercase()
}

fn no_answer(portal: &PortalEvidence) -> Why {
    if portal.probes.is_empty() {
        Why::code(WhyCode::NotRun)
    } else {
        Why::because(WhyCode::Failed, Msg::new("diagnose.portal.no-answer"))
    }
}

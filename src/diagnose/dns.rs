//! Rules of the DNS layer: each compares what this device gets with what single servers say when asked directly.

use std::net::IpAddr;

use crate::cause::CauseId;
use crate::evidence::{
    DnsEvidence, Lookup, ProbeId, ResolverAnswer, ResolverKind, TcpOutcome, TlsAttempt, Why,
    WhyCode,
};
use crate::msg::Msg;

use super::case::Case;
use super::draft::{Rule, Ruling};
use super::model::{Certainty, Finding, Impact, Proof};
use super::network::is_private;
use super::nodes::{Made, made};

pub(super) const RULES: &[Rule] = &[
    Rule {
        cause: CauseId::DNS_NO_RESOLVER,
        look: no_resolver,
    },
    Rule {
        cause: CauseId::DNS_NXDOMAIN,
        look: nxdomain,
    },
    Rule {
        cause: CauseId::DNS_SERVFAIL,
        look: servfail,
    },
    Rule {
        cause: CauseId::DNS_TIMEOUT,
        look: timeout,
    },
    Rule {
        cause: CauseId::DNS_WRONG_ANSWER,
        look: wrong_answer,
    },
];

/// The evidence of a name that had to be looked up, or what to say instead.
fn looked_up<'a>(case: &Case<'a>) -> Result<&'a DnsEvidence, Ruling> {
    if case.needs_no_name() {
        return Err(Ruling::RuledOut);
    }
    case.dns().map_err(Ruling::Unknown)
}

/// What to say of a failure that did not show: ruled out once the lookup is over, not before.
fn absent(case: &Case<'_>, dns: &DnsEvidence) -> Ruling {
    if !case.settled(ProbeId::Dns) {
        return Ruling::Unknown(Why::code(WhyCode::NotRun));
    }
    let system_is_vague = matches!(system(dns), None | Some(Lookup::NotFound));
    if dns.addresses().is_empty() && system_is_vague && said(dns, None).is_empty() {
        // Nobody gave any answer that could speak against it.
        let why = dns.system.why().cloned();
        return Ruling::Unknown(why.unwrap_or(Why::code(WhyCode::Failed)));
    }
    Ruling::RuledOut
}

/// This device has no DNS server to ask.
fn no_resolver(case: &Case<'_>) -> Ruling {
    let dns = match looked_up(case) {
        Ok(dns) => dns,
        Err(ruling) => return ruling,
    };
    if !dns.addresses().is_empty() || system(dns) != Some(&Lookup::NoResolver) {
        return absent(case, dns);
    }
    // The settings and the system's own lookup are two looks at the same thing.
    let none_set = !dns
        .resolvers
        .iter()
        .any(|r| r.kind == ResolverKind::Configured);
    let certainty = if none_set && case.settled(ProbeId::Dns) {
        Certainty::Confirmed
    } else {
        Certainty::Likely
    };
    Finding::blocks(CauseId::DNS_NO_RESOLVER, certainty)
        .shown_by(ProbeId::Dns, Msg::new("diagnose.dns.no-resolver"))
        .into()
}

/// The name does not exist, or has no address.
fn nxdomain(case: &Case<'_>) -> Ruling {
    let dns = match looked_up(case) {
        Ok(dns) => dns,
        Err(ruling) => return ruling,
    };
    if !dns.addresses().is_empty() {
        return absent(case, dns);
    }
    let denies = |lookup: &Lookup| matches!(lookup, Lookup::NxDomain | Lookup::NoRecords);
    let system_denies = system(dns).is_some_and(denies);
    let deniers = said(dns, Some(&denies));
    if !system_denies && deniers.is_empty() {
        let only_a_vague_no = system(dns) == Some(&Lookup::NotFound) && said(dns, None).is_empty();
        if only_a_vague_no && case.settled(ProbeId::Dns) {
            return Finding::blocks(CauseId::DNS_NXDOMAIN, Certainty::Possible)
                .shown_by_all(system_says(dns, &case.evidence.target.host.wire()))
                .into();
        }
        return absent(case, dns);
    }
    let knowers: Vec<&ResolverAnswer> = said(dns, Some(&|l| matches!(l, Lookup::Addresses { .. })));
    let votes = usize::from(system(dns).is_some_and(|l| denies(l) || *l == Lookup::NotFound))
        + deniers.len();
    let certainty = if votes >= 2 || !knowers.is_empty() {
        Certainty::Confirmed
    } else {
        Certainty::Likely
    };
    let host = case.evidence.target.host.wire();
    let mut finding = Finding::blocks(CauseId::DNS_NXDOMAIN, certainty)
        .shown_by_all(system_says(dns, &host))
        .shown_by_all(deniers.iter().map(|r| server_says(r, &host)))
        .shown_by_all(knowers.iter().map(|r| server_says(r, &host)));
    if !knowers.is_empty() {
        finding = finding.helped_by(Msg::new("repair.other-dns"));
    }
    finding.into()
}

/// The DNS server answers that it cannot find out.
fn servfail(case: &Case<'_>) -> Ruling {
    let fails = |lookup: &Lookup| matches!(lookup, Lookup::ServFail | Lookup::Refused);
    failing(case, CauseId::DNS_SERVFAIL, &fails)
}

/// The DNS server does not answer.
fn timeout(case: &Case<'_>) -> Ruling {
    let fails = |lookup: &Lookup| matches!(lookup, Lookup::Timeout | Lookup::Unreachable(_));
    failing(case, CauseId::DNS_TIMEOUT, &fails)
}

/// The servers this device uses fail in this way. Confirmed by a server that does not; where the name is found all
/// the same, the failing server only slows things down.
fn failing(case: &Case<'_>, cause: CauseId, fails: &dyn Fn(&Lookup) -> bool) -> Ruling {
    let dns = match looked_up(case) {
        Ok(dns) => dns,
        Err(ruling) => return ruling,
    };
    let failing: Vec<&ResolverAnswer> = said(dns, Some(fails))
        .into_iter()
        .filter(|r| r.kind == ResolverKind::Configured)
        .collect();
    let system_fails = system(dns).is_some_and(fails);
    if failing.is_empty() && !system_fails {
        return absent(case, dns);
    }
    let host = case.evidence.target.host.wire();
    let proofs = failing.iter().map(|r| server_says(r, &host));
    if !dns.addresses().is_empty() {
        if failing.is_empty() {
            return absent(case, dns);
        }
        return Finding::new(cause, Certainty::Confirmed, Impact::Degrades)
            .shown_by_all(proofs)
            .shown_by_all(system_says(dns, &host))
            .into();
    }
    // Another configured server that denies the name for certain is the better explanation.
    let denied = |l: &Lookup| matches!(l, Lookup::NxDomain | Lookup::NoRecords);
    if !system_fails
        && dns
            .resolvers
            .iter()
            .any(|r| r.answer.known().is_some_and(denied))
    {
        return Finding::new(cause, Certainty::Likely, Impact::Degrades)
            .shown_by_all(proofs)
            .into();
    }
    let better: Vec<&ResolverAnswer> = dns
        .resolvers
        .iter()
        .filter(|r| r.answer.known().is_some_and(|l| l.came_back() && !fails(l)))
        .collect();
    let others = case.reaches_others();
    let certainty = if better.is_empty() && others.is_empty() {
        Certainty::Likely
    } else {
        Certainty::Confirmed
    };
    let mut finding = Finding::blocks(cause, certainty)
        .shown_by_all(system_says(dns, &host))
        .shown_by_all(proofs)
        .shown_by_all(better.iter().map(|r| server_says(r, &host)));
    if better.is_empty() {
        finding = finding.shown_by_all(others);
    }
    finding.into()
}

/// This device connects to an address that other sources do not give for the name. Only a cause where the connection
/// or its certificate fails: names may well lead to different places on purpose.
fn wrong_answer(case: &Case<'_>) -> Ruling {
    let dns = match looked_up(case) {
        Ok(dns) => dns,
        Err(ruling) => return ruling,
    };
    let used = dns.addresses();
    if used.is_empty() {
        return Ruling::Unknown(Why::code(WhyCode::Blocked));
    }
    match case.works() {
        Some(true) => return Ruling::RuledOut,
        None => return Ruling::Unknown(Why::code(WhyCode::NotRun)),
        Some(false) => {}
    }
    let host = case.evidence.target.host.wire();
    let from_servers: Vec<&ResolverAnswer> =
        said(dns, Some(&|l| matches!(l, Lookup::Addresses { .. })));
    if let Some(finding) = certificate_decides(case, dns, &used, &host) {
        return finding.into();
    }
    let differs = |r: &&ResolverAnswer| !addresses_of(r).iter().any(|a| used.contains(a));
    if !dns.hosts_file.is_empty() {
        let nothing_left = case
            .attempts()
            .iter()
            .all(|a| a.outcome == TcpOutcome::NoRoute);
        if from_servers.is_empty() && nothing_left {
            // Where no packet leaves the device, no address is better than another.
            return Ruling::Unknown(Why::code(WhyCode::Blocked));
        }
        return hosts_file(case, dns, &from_servers, &host);
    }
    let different: Vec<&ResolverAnswer> = from_servers.iter().copied().filter(differs).collect();
    // Names of this device itself lead to it (RFC 6761 section 6.3).
    let means_itself = host == "localhost" || host.ends_with(".localhost");
    let nowhere = !means_itself && used.iter().all(|a| a.is_unspecified() || a.is_loopback());
    if different.is_empty() && !nowhere {
        if from_servers.is_empty() {
            return Ruling::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("diagnose.dns.nothing-to-compare"),
            ));
        }
        return Ruling::RuledOut;
    }
    if nowhere {
        let certainty = if different.is_empty() {
            Certainty::Likely
        } else {
            Certainty::Confirmed
        };
        return Finding::blocks(CauseId::DNS_WRONG_ANSWER, certainty)
            .shown_by(
                ProbeId::Dns,
                Msg::new("diagnose.dns.leads-nowhere")
                    .with("host", &host)
                    .with("addresses", join(&used)),
            )
            .shown_by_all(different.iter().map(|r| server_says(r, &host)))
            .into();
    }
    if others_are_no_better(case, dns) {
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.dns.others-no-better"),
        ));
    }
    if used.iter().all(|a| is_private(*a)) {
        // An inside address for those inside is what split DNS is for.
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.dns.inside-and-outside").with("addresses", join(&used)),
        ));
    }
    Finding::blocks(CauseId::DNS_WRONG_ANSWER, Certainty::Possible)
        .shown_by(
            ProbeId::Dns,
            Msg::new("diagnose.dns.used")
                .with("host", &host)
                .with("addresses", join(&used)),
        )
        .shown_by_all(different.iter().map(|r| server_says(r, &host)))
        .into()
}

/// A handshake at an address that this device does not use, which led to a gateway whose certificate is accepted.
pub(super) fn trial_that_fits<'a>(case: &Case<'a>) -> Option<&'a TlsAttempt> {
    let dns = case.evidence.dns.known()?;
    let used = dns.addresses();
    dns.trials.iter().find(|trial| {
        trial.outcome.session().is_some()
            && !used.contains(&trial.addr.ip())
            && case
                .judge_beside(trial, &case.stores.system, &case.evidence.target.host)
                .is_some_and(|judgement| judgement.accepted())
    })
}

/// The name leads to a gateway whose certificate is accepted at an address that this device does not use: the two
/// handshakes differ in the address alone.
fn certificate_decides(
    case: &Case<'_>,
    dns: &DnsEvidence,
    used: &[IpAddr],
    host: &str,
) -> Option<Finding> {
    let fits = trial_that_fits(case)?;
    // An inside address for those inside may be meant, and merely not work.
    let certainty = if dns.hosts_file.is_empty() && used.iter().all(|a| is_private(*a)) {
        Certainty::Likely
    } else {
        Certainty::Confirmed
    };
    let givers = dns
        .resolvers
        .iter()
        .filter(|r| addresses_of(r).contains(&fits.addr.ip()));
    let mine = if dns.hosts_file.is_empty() {
        Msg::new("diagnose.dns.used")
    } else {
        Msg::new("diagnose.dns.hosts-file")
    };
    let mut finding = Finding::blocks(CauseId::DNS_WRONG_ANSWER, certainty)
        .shown_by(
            ProbeId::Dns,
            mine.with("host", host).with("addresses", join(used)),
        )
        .shown_by_all(givers.map(|r| server_says(r, host)))
        .shown_by(
            ProbeId::Dns,
            Msg::new("diagnose.dns.trial-fits").with("addr", fits.addr),
        );
    if !dns.hosts_file.is_empty() {
        finding = finding.helped_by(Msg::new("repair.hosts-file").with("host", host));
    }
    Some(finding)
}

/// Whether handshakes with the addresses that others give came to just what the one with the used address came to: then
/// the address is not what the failure hangs on.
fn others_are_no_better(case: &Case<'_>, dns: &DnsEvidence) -> bool {
    let host = &case.evidence.target.host;
    let here = match case.tls() {
        Ok(main) => made(case, main, host),
        Err(_) => Made::Failed,
    };
    !dns.trials.is_empty()
        && dns
            .trials
            .iter()
            .all(|trial| made(case, trial, host) == here)
}

/// A line in the hosts file decides, and the connection fails.
fn hosts_file(
    case: &Case<'_>,
    dns: &DnsEvidence,
    from_servers: &[&ResolverAnswer],
    host: &str,
) -> Ruling {
    let same = from_servers
        .iter()
        .any(|r| addresses_of(r).iter().any(|a| dns.hosts_file.contains(a)));
    if same {
        return Ruling::RuledOut;
    }
    if from_servers.is_empty() {
        // Such a line is often there on purpose; without another answer beside it nothing speaks against it.
        return Ruling::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("diagnose.dns.hosts-file-alone")
                .with("host", host)
                .with("addresses", join(&dns.hosts_file)),
        ));
    }
    let certainty = if others_are_no_better(case, dns) {
        Certainty::Likely
    } else {
        Certainty::Confirmed
    };
    Finding::blocks(CauseId::DNS_WRONG_ANSWER, certainty)
        .shown_by(
            ProbeId::Dns,
            Msg::new("diagnose.dns.hosts-file")
                .with("host", host)
                .with("addresses", join(&dns.hosts_file)),
        )
        .shown_by_all(from_servers.iter().map(|r| server_says(r, host)))
        .helped_by(Msg::new("repair.hosts-file").with("host", host))
        .into()
}

fn system(dns: &DnsEvidence) -> Option<&Lookup> {
    dns.system.known()
}

/// The servers whose answer came and, where asked, is of this kind.
fn said<'a>(
    dns: &'a DnsEvidence,
    kind: Option<&dyn Fn(&Lookup) -> bool>,
) -> Vec<&'a ResolverAnswer> {
    dns.resolvers
        .iter()
        .filter(|r| {
            r.answer
                .known()
                .is_some_and(|l| kind.is_none_or(|kind| kind(l)))
        })
        .collect()
}

fn addresses_of(answer: &ResolverAnswer) -> &[IpAddr] {
    match answer.answer.known() {
        Some(Lookup::Addresses { addresses, .. }) => addresses,
        _ => &[],
    }
}

fn system_says(dns: &DnsEvidence, host: &str) -> Option<Proof> {
    let text = match dns.system.known()? {
        Lookup::Addresses { addresses, .. } => {
            Msg::new("diagnose.dns.system-addresses").with("addresses", join(addresses))
        }
        Lookup::NxDomain => Msg::new("diagnose.dns.system-nxdomain"),
        Lookup::NoRecords => Msg::new("diagnose.dns.system-no-records"),
        Lookup::ServFail => Msg::new("diagnose.dns.system-servfail"),
        Lookup::Refused => Msg::new("diagnose.dns.system-refused"),
        Lookup::Timeout => Msg::new("diagnose.dns.system-timeout"),
        Lookup::NoResolver => Msg::new("diagnose.dns.no-resolver"),
        Lookup::NotFound => Msg::new("diagnose.dns.system-not-found"),
        Lookup::Unreachable(_) => Msg::new("diagnose.dns.system-unreachable"),
    };
    Some(Proof {
        probe: ProbeId::Dns,
        text: text.with("host", host),
    })
}

fn server_says(answer: &ResolverAnswer, host: &str) -> Proof {
    let text = match answer.answer.known() {
        Some(Lookup::Addresses { addresses, .. }) => {
            Msg::new("diagnose.dns.server-addresses").with("addresses", join(addresses))
        }
        Some(Lookup::NxDomain | Lookup::NotFound) => Msg::new("diagnose.dns.server-nxdomain"),
        Some(Lookup::NoRecords) => Msg::new("diagnose.dns.server-no-records"),
        Some(Lookup::ServFail) => Msg::new("diagnose.dns.server-servfail"),
        Some(Lookup::Refused) => Msg::new("diagnose.dns.server-refused"),
        Some(Lookup::Timeout) => Msg::new("diagnose.dns.server-timeout").with("ms", answer.took_ms),
        Some(Lookup::NoResolver | Lookup::Unreachable(_)) | None => {
            Msg::new("diagnose.dns.server-unreachable")
        }
    };
    Proof {
        probe: ProbeId::Dns,
        text: text.with("server", answer.server).with("host", host),
    }
}

fn join(addresses: &[IpAddr]) -> String {
    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    shown.join(", ")
}

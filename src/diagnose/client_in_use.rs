//! Which version of a VPN client is in use, and what is known of it: the one that the person named, else those of the
//! programs that this device says it has.
//!
//! A version that the person named is judged as it is. What the device tells of its programs is found only where a source
//! speaks of that very version and the program is the one in use; everything weaker is advice, so that nobody is told of a
//! fault for having a program installed. Not here: what is known of a version (`client_version`).

use crate::cause::CauseId;
use crate::evidence::{Fact, InstalledClient, ProbeId, System, UnixTime, Why, WhyCode};
use crate::msg::Msg;

use super::case::Case;
use super::client_version::{InUse, known_of};
use super::draft::{Ledger, Ruling};
use super::model::{Advice, Certainty, Impact};
use super::{Context, Relations};

/// The causes that always get a word.
pub(super) const CAUSES: [CauseId; 2] =
    [CauseId::CLIENT_VERSION_KNOWN_BAD, CauseId::CLIENT_OUTDATED];

/// Enters what is known of the version that the person named; without one, of the programs that this device has.
pub(super) fn enter(
    case: &Case<'_>,
    relations: &Relations,
    context: &Context,
    ledger: &mut Ledger,
) {
    let gateway = case.evidence.gateway.known();
    let now = Now {
        gateway: gateway
            .and_then(|gateway| gateway.product.as_ref())
            .map(|product| product.id.as_str()),
        at: case.clock.real().unwrap_or(case.clock.device),
    };
    match (&context.client, case.evidence.client_version.known()) {
        (Some(client), Some(version)) => {
            let name = relations.clients.short_name(client);
            let used = now.used(client, name, version, context.system);
            named(&used, ledger);
        }
        _ => installed(case, &now, context, ledger),
    }
}

/// The gateway and the moment, the same for every program.
struct Now<'a> {
    gateway: Option<&'a str>,
    at: UnixTime,
}

impl<'a> Now<'a> {
    const fn used(
        &self,
        client: &'a str,
        name: &'a str,
        version: &'a str,
        system: System,
    ) -> InUse<'a> {
        InUse {
            client,
            name,
            version,
            system,
            gateway: self.gateway,
            at: self.at,
        }
    }
}

/// A version that the person named.
fn named(used: &InUse<'_>, ledger: &mut Ledger) {
    let Ok(known) = known_of(used) else {
        let unread = Msg::new("client-version.unreadable").with("version", used.version);
        return all_unknown(ledger, &Why::because(WhyCode::Failed, unread));
    };
    for finding in known.findings {
        ledger.found(finding, false);
    }
    hints(known.hints, ledger);
    if known.is_supported {
        ledger.enter(CauseId::CLIENT_OUTDATED, Ruling::RuledOut);
    }
    let nothing = Msg::new("client-version.nothing-known").with("version", used.version);
    all_unknown(ledger, &Why::because(WhyCode::Unsupported, nothing));
}

/// The programs that this device says it has, of which the version is known: the one that was named, else all.
fn installed(case: &Case<'_>, now: &Now<'_>, context: &Context, ledger: &mut Ledger) {
    let not_given = Why::because(WhyCode::NotRun, Msg::new("client-version.not-given"));
    let device = case.evidence.device.known();
    let seen = device.and_then(|device| {
        let system = device.system.known()?.system;
        Some((system, device.clients.known()?))
    });
    let Some((system, clients)) = seen else {
        return all_unknown(ledger, &not_given);
    };
    let chosen = |client: &&InstalledClient| {
        context
            .client
            .as_ref()
            .is_none_or(|chosen| *chosen == client.client)
    };
    let mut unknown = not_given;
    for client in clients.iter().filter(chosen) {
        let Fact::Known(version) = &client.version else {
            continue;
        };
        let used = now.used(&client.client, &client.name, version, system);
        let Ok(known) = known_of(&used) else { continue };
        // One program alone is the one in use, whoever was named.
        let theirs = context.client.is_some() || clients.len() == 1;
        // A distribution mends its own copies longer than the maker does, and does not change their version for it.
        let patched = system == System::Linux;
        if known.is_supported && theirs {
            ledger.enter(CauseId::CLIENT_OUTDATED, Ruling::RuledOut);
        }
        for finding in known.findings {
            if theirs && !patched && finding.certainty >= Certainty::Likely {
                let text = Msg::new("client-version.read").with("client", &client.name);
                let text = text.with("version", version).with("seen", &client.seen);
                ledger.found(finding.shown_by(ProbeId::Device, text), false);
                continue;
            }
            // What only slows things down under circumstances that nobody looked at stands on the device's card.
            if finding.certainty == Certainty::Possible && finding.impact == Impact::Degrades {
                continue;
            }
            for proof in finding.evidence {
                ledger.advice.push(Advice {
                    id: "client-version",
                    text: proof.text,
                });
            }
        }
        // Hearsay about a program through which the gateway could be reached helps nobody.
        if case.works() != Some(true) {
            hints(known.hints, ledger);
        }
        if theirs {
            let nothing = Msg::new("client-version.nothing-known").with("version", version);
            unknown = Why::because(WhyCode::Unsupported, nothing);
        }
    }
    all_unknown(ledger, &unknown);
}

fn hints(hints: Vec<(CauseId, Msg)>, ledger: &mut Ledger) {
    for (cause, text) in hints {
        let why = Why::because(WhyCode::Unsupported, text.clone());
        ledger.enter(cause, Ruling::Unknown(why));
        ledger.advice.push(Advice {
            id: "client-version-reported",
            text,
        });
    }
}

/// For those of the causes that nothing was said of.
fn all_unknown(ledger: &mut Ledger, why: &Why) {
    for cause in CAUSES {
        ledger.enter(cause, Ruling::Unknown(why.clone()));
    }
}

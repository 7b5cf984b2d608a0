//! What the device itself says against a connection: the client's agent, its adapter, another tunnel, a clock that
//! nobody keeps, an empty store, drivers and extensions that the system does not load.
//!
//! A way to the gateway that works says nothing about the program that should use it, so these findings stand beside a
//! sound chain too; what is only probable of a client that may not be the one in use is advice, and no finding. Not
//! here: the hosts file (`dns`), proxies (`proxy`), how far the clock is off (`clock`, `skew`), versions of clients
//! (`client_version`).
//!
//! | file | judges |
//! | --- | --- |
//! | `programs.rs` | the client: agent, adapter, driver, extension |
//! | `around.rs` | what stands around it: other tunnels, the clock's keeper, stores, security software, rights |

mod around;
mod programs;

use crate::cause::CauseId;
use crate::evidence::{DeviceEvidence, Fact, InstalledClient, System, Why, WhyCode};
use crate::guide::ClientMarks;
use crate::msg::Msg;

use super::case::{Case, known};
use super::draft::{Ledger, Ruling};
use super::model::Certainty;
use super::{Context, Relations};

/// The causes judged here in every run.
pub(super) const CAUSES: [CauseId; 7] = [
    CauseId::CLIENT_NOT_RUNNING,
    CauseId::VIRTUAL_ADAPTER_MISSING,
    CauseId::CONFLICTING_VPN_CLIENT,
    CauseId::NTP_UNSYNCED,
    CauseId::DRIVER_SIGNATURE,
    CauseId::EXTENSION_NOT_APPROVED,
    CauseId::NOT_ADMIN,
];

/// Enters the word on each of them.
pub(super) fn enter(
    case: &Case<'_>,
    relations: &Relations,
    context: &Context,
    ledger: &mut Ledger,
) {
    let device = match known(&case.evidence.device) {
        Ok(device) => device,
        Err(why) => {
            for cause in CAUSES {
                ledger.enter(cause, Ruling::Unknown(why.clone()));
            }
            return;
        }
    };
    let seen = Seen {
        device,
        marks: &relations.clients.marks,
        client: context.client.as_deref(),
    };
    let agent = seen.agent(ledger);
    ledger.enter(CauseId::CLIENT_NOT_RUNNING, agent);
    ledger.enter(CauseId::VIRTUAL_ADAPTER_MISSING, seen.adapter());
    ledger.enter(CauseId::DRIVER_SIGNATURE, seen.driver());
    ledger.enter(CauseId::EXTENSION_NOT_APPROVED, seen.extension());
    let conflict = seen.conflict(case, ledger);
    ledger.enter(CauseId::CONFLICTING_VPN_CLIENT, conflict);
    let keeper = seen.keeper(ledger);
    ledger.enter(CauseId::NTP_UNSYNCED, keeper);
    seen.store(ledger);
    seen.guards(ledger);
    let rights = seen.rights(case, ledger);
    ledger.enter(CauseId::NOT_ADMIN, rights);
}

/// The device, and who asks.
struct Seen<'a> {
    device: &'a DeviceEvidence,
    marks: &'a [ClientMarks],
    client: Option<&'a str>,
}

impl<'a> Seen<'a> {
    fn system(&self) -> Option<System> {
        self.device.system.known().map(|seen| seen.system)
    }

    fn marks(&self, client: &str) -> Option<&'a ClientMarks> {
        let system = self.system()?;
        let mut marks = self.marks.iter();
        marks.find(|marks| marks.client == client && marks.system == system)
    }

    /// The installed programs that the question is about: the chosen one, or all.
    fn concerned(&self) -> Result<Vec<(&'a InstalledClient, &'a ClientMarks)>, Why> {
        let installed = known(&self.device.clients)?;
        let concerned: Vec<_> = installed
            .iter()
            .filter(|client| self.client.is_none_or(|chosen| chosen == client.client))
            .filter_map(|client| Some((client, self.marks(&client.client)?)))
            .collect();
        if concerned.is_empty() {
            let none = Msg::new("device.found.no-client");
            return Err(Why::because(WhyCode::NotNeeded, none));
        }
        Ok(concerned)
    }

    /// Whether this client was named, or is the only one there.
    fn is_theirs(&self, client: &str) -> bool {
        let installed = self.device.clients.known().map_or(0, Vec::len);
        self.client == Some(client) || (self.client.is_none() && installed == 1)
    }

    /// A cause that only this system has cannot be another's.
    fn only_on(&self, system: System, why: Why) -> Ruling {
        match self.system() {
            Some(here) if here != system => Ruling::RuledOut,
            _ => Ruling::Unknown(why),
        }
    }

    fn may_be_theirs(&self, client: Option<&str>) -> bool {
        self.client.is_none() || client.is_none() || client == self.client
    }

    fn sureness(&self, client: Option<&str>) -> Certainty {
        if client.is_some_and(|client| self.is_theirs(client)) {
            Certainty::Likely
        } else {
            Certainty::Possible
        }
    }
}

fn installed(client: &InstalledClient) -> Msg {
    let text = match &client.version {
        Fact::Known(version) => Msg::new("device.found.installed").with("version", version),
        Fact::Unknown(_) => Msg::new("device.found.installed-unknown"),
    };
    text.with("client", &client.name).with("seen", &client.seen)
}

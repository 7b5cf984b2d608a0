//! What stands around the client: other tunnels, what keeps the clock, the store of roots, security software, rights.
//!
//! Not here: the client's own parts (`programs`).

use crate::cause::CauseId;
use crate::diagnose::case::{Case, known};
use crate::diagnose::draft::{Found, Ledger, Ruling};
use crate::diagnose::model::{Advice, Certainty, Finding, Impact, Repair};
use crate::diagnose::skew::CLOCK;
use crate::evidence::{Fact, ProbeId, StoreOwner, System, TimeService, Tunnel, Why, WhyCode};
use crate::msg::Msg;

use super::Seen;

/// Programs that a person starts themselves and that make their adapter themselves, for which Linux wants root or
/// `CAP_NET_ADMIN` (netdevice(7)).
const COMMANDS: [&str; 3] = ["openvpn", "openconnect", "openfortivpn"];

/// Causes whose change is an administrator's on every system: services, drivers, system extensions, the system's store.
const CHANGED_BY_ADMINISTRATORS: [CauseId; 6] = [
    CauseId::CLIENT_NOT_RUNNING,
    CauseId::VIRTUAL_ADAPTER_MISSING,
    CauseId::DRIVER_SIGNATURE,
    CauseId::EXTENSION_NOT_APPROVED,
    CauseId::NTP_UNSYNCED,
    CauseId::TRUST_STORE_OUTDATED,
];

/// What a tunnel that swallows everything looks like from above it.
const SWALLOWED: [CauseId; 6] = [
    CauseId::FIREWALL_DROP,
    CauseId::FIREWALL_REJECT,
    CauseId::ISP_PORT_BLOCK,
    CauseId::ROUTE_UNREACHABLE,
    CauseId::DNS_TIMEOUT,
    CauseId::DNS_NO_RESOLVER,
];

impl Seen<'_> {
    /// Another tunnel, through which the way to the gateway leads.
    pub(super) fn conflict(&self, case: &Case<'_>, ledger: &mut Ledger) -> Ruling {
        let tunnels = match known(&self.device.tunnels) {
            Ok(tunnels) => tunnels,
            Err(why) => return Ruling::Unknown(why),
        };
        let leads = |tunnel: &&Tunnel| {
            let inside = |addr: &crate::evidence::TcpAttempt| {
                tunnel
                    .routes
                    .iter()
                    .any(|net| net.contains(&addr.addr.ip()))
            };
            tunnel.default_route || case.attempts().iter().any(inside)
        };
        let Some(tunnel) = tunnels.iter().find(leads) else {
            return Ruling::RuledOut;
        };
        let text = self.named(tunnel);
        let failed = case.reached() == Some(false)
            || (case.works() == Some(false)
                && case.shook_hands() == Some(false)
                && case.reached().is_none());
        if !failed {
            // The way leads through it and gets there.
            if case.works() == Some(true) && tunnel.client.is_some() {
                ledger.advice.push(Advice {
                    id: "tunnel-up",
                    text,
                });
            }
            let why = Why::because(WhyCode::NotNeeded, Msg::new("device.found.tunnel-carries"));
            return Ruling::Unknown(why);
        }
        // A refusal, or a "no" to the name, came back from somewhere: nothing was swallowed.
        let is_swallowed = ledger
            .found
            .iter()
            .any(|found| SWALLOWED.contains(&found.finding.cause));
        // Others are reached through the same tunnel: it works, and may only keep this gateway out.
        let shown = |found: &Found| {
            SWALLOWED.contains(&found.finding.cause)
                && found.finding.certainty == Certainty::Confirmed
        };
        let alone =
            is_swallowed && case.reaches_others().is_empty() && !ledger.found.iter().any(shown);
        let certainty = if alone {
            Certainty::Likely
        } else {
            Certainty::Possible
        };
        if alone {
            for cause in SWALLOWED {
                ledger.explain(cause, CauseId::CONFLICTING_VPN_CLIENT);
            }
        }
        Finding::blocks(CauseId::CONFLICTING_VPN_CLIENT, certainty)
            .shown_by(ProbeId::Device, text)
            .shown_by(ProbeId::Tcp, Msg::new("device.found.nothing-through-it"))
            .helped_by(Msg::new("repair.close-tunnel").with("adapter", &tunnel.adapter))
            .into()
    }

    fn named(&self, tunnel: &Tunnel) -> Msg {
        let client = tunnel.client.as_deref();
        let name = client
            .and_then(|id| self.marks(id))
            .map(|marks| marks.name.as_str());
        let text = match name {
            Some(name) => Msg::new("device.found.tunnel-of").with("client", name),
            None => Msg::new("device.found.tunnel"),
        };
        text.with("adapter", &tunnel.adapter)
    }

    /// What keeps the clock. It is a fault only where the clock is off; until then it is good to know.
    pub(super) fn keeper(&self, ledger: &mut Ledger) -> Ruling {
        let service = match known(&self.device.time) {
            Ok(service) => service,
            Err(why) => return Ruling::Unknown(why),
        };
        let text = match unkept(service) {
            Ok(None) => return Ruling::RuledOut,
            Ok(Some(text)) => text,
            Err(why) => return Ruling::Unknown(why),
        };
        // A clock that was set by hand in the wrong zone has that as its reason.
        let zone = ledger.has_found(CauseId::TIMEZONE_WRONG);
        let skew = ledger
            .found
            .iter()
            .find(|known| CLOCK.contains(&known.finding.cause));
        let Some(skew) = skew.filter(|_| !zone) else {
            if service.name.is_some() {
                ledger.advice.push(Advice {
                    id: "clock-unkept",
                    text,
                });
            }
            let why = Why::because(WhyCode::NotNeeded, Msg::new("device.found.clock-unharmed"));
            return Ruling::Unknown(why);
        };
        let proved = skew.finding.repair.as_ref().is_some_and(|r| r.proved);
        let mut finding = Finding::new(
            CauseId::NTP_UNSYNCED,
            Certainty::Likely,
            skew.finding.impact,
        )
        .shown_by(ProbeId::Device, text)
        .shown_by_all(skew.finding.evidence.iter().cloned());
        finding.repair = Some(Repair {
            what: Msg::new("repair.keep-clock"),
            proved,
        });
        finding.into()
    }

    /// A system without a single root trusts nobody: that is why the issuer is unknown.
    pub(super) fn store(&self, ledger: &mut Ledger) {
        let unknown = [CauseId::UNKNOWN_CA, CauseId::SELF_SIGNED];
        if !unknown.iter().any(|cause| ledger.has_likely(*cause)) {
            return;
        }
        let cards = self.device.trust.known().map_or(&[][..], Vec::as_slice);
        let empty = cards
            .iter()
            .find(|card| card.owner == StoreOwner::System && card.roots == 0);
        let Some(card) = empty else { return };
        let finding = Finding::blocks(CauseId::TRUST_STORE_OUTDATED, Certainty::Likely)
            .shown_by(
                ProbeId::Device,
                Msg::new("device.found.store-empty").with("store", &card.store),
            )
            .helped_by(Msg::new("repair.fill-store"));
        ledger.found(finding, false);
        // A certificate that signs itself is unknown on a full store too.
        ledger.explain(CauseId::UNKNOWN_CA, CauseId::TRUST_STORE_OUTDATED);
    }

    /// Security software beside a failure of the kind that it makes; never more than possible.
    pub(super) fn guards(&self, ledger: &mut Ledger) {
        const MADE: [CauseId; 3] = [
            CauseId::CLIENT_NOT_RUNNING,
            CauseId::VIRTUAL_ADAPTER_MISSING,
            CauseId::HANDSHAKE_RESET,
        ];
        let guards = self.device.security.known().map_or(&[][..], Vec::as_slice);
        let Some(guard) = guards.iter().find(|guard| guard.running) else {
            return;
        };
        if MADE.iter().any(|cause| ledger.has_likely(*cause)) {
            let finding =
                Finding::blocks(CauseId::SECURITY_SOFTWARE_INTERFERENCE, Certainty::Possible)
                    .shown_by(
                        ProbeId::Device,
                        Msg::new("device.found.guard").with("name", &guard.name),
                    );
            ledger.found(finding, false);
        }
    }

    /// Rights that this account does not have: those that the chosen program needs to make its adapter, and those without
    /// which nothing of what was found here can be changed.
    pub(super) fn rights(&self, case: &Case<'_>, ledger: &mut Ledger) -> Ruling {
        let administrator = match known(&self.device.administrator) {
            Ok(true) => return Ruling::RuledOut,
            Ok(false) => Msg::new("device.found.account-cannot"),
            Err(why) => return Ruling::Unknown(why),
        };
        let chosen = self.client.filter(|client| {
            COMMANDS.contains(client)
                && self.system() == Some(System::Linux)
                && self.device.client(client).is_some()
        });
        // What another account or a service started needs nobody's rights any more.
        let processes = self.device.processes.known();
        let runs = |client: &str| {
            processes.is_some_and(|all| all.iter().any(|process| process.client == client))
        };
        let chosen = chosen.filter(|client| !runs(client));
        if let Some(client) = chosen
            && case.works() == Some(true)
        {
            ledger.advice.push(Advice {
                id: "needs-rights",
                text: Msg::new("device.found.needs-rights").with("program", client),
            });
        }
        match known(&self.device.may_administer) {
            Ok(true) => return Ruling::RuledOut,
            Ok(false) => {}
            Err(why) => return Ruling::Unknown(why),
        }
        if let Some(client) = chosen.filter(|_| processes.is_some()) {
            let needs = Msg::new("device.found.needs-administrator").with("program", client);
            return Finding::blocks(CauseId::NOT_ADMIN, Certainty::Likely)
                .shown_by(ProbeId::Device, needs)
                .shown_by(ProbeId::Device, administrator)
                .into();
        }
        if CHANGED_BY_ADMINISTRATORS
            .iter()
            .any(|cause| ledger.has_likely(*cause))
        {
            let needs = Msg::new("device.found.change-needs-rights");
            // It stands in the way of the repair, not of the connection; and that the repair needs it was not seen here.
            return Finding::new(CauseId::NOT_ADMIN, Certainty::Possible, Impact::Degrades)
                .shown_by(ProbeId::Device, needs)
                .shown_by(ProbeId::Device, administrator)
                .into();
        }
        let why = Msg::new("device.found.rights-not-needed");
        Ruling::Unknown(Why::because(WhyCode::NotNeeded, why))
    }
}

/// What shows that nothing keeps the clock; none where something does.
fn unkept(service: &TimeService) -> Result<Option<Msg>, Why> {
    match (&service.name, service.running, &service.synchronised) {
        (None, ..) => Ok(Some(Msg::new("device.found.no-keeper"))),
        (Some(name), false, _) => Ok(Some(
            Msg::new("device.found.keeper-stopped").with("service", name),
        )),
        (Some(name), true, Fact::Known(false)) => Ok(Some(
            Msg::new("device.found.keeper-lost").with("service", name),
        )),
        (Some(_), true, Fact::Known(true)) => Ok(None),
        (Some(_), true, Fact::Unknown(why)) => Err(why.clone()),
    }
}

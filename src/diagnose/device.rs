//! What the device itself says against a connection: the client's agent, its adapter, another tunnel, a clock that
//! nobody keeps, an empty store, drivers and extensions that the system does not load.
//!
//! A way to the gateway that works says nothing about the program that should use it, so these findings stand beside a
//! sound chain too; what is only probable of a client that may not be the one in use is advice, and no finding. Not
//! here: the hosts file (`dns`), proxies (`proxy`), how far the clock is off (`clock`, `skew`).

use crate::cause::CauseId;
use crate::evidence::{
    DeviceEvidence, DriverState, ExtensionState, Fact, InstalledClient, Part, ProbeId, Running,
    StoreOwner, TimeService, TunNode, Tunnel, Why, WhyCode,
};
use crate::guide::{ClientMarks, System};
use crate::msg::Msg;

use super::case::{Case, known};
use super::draft::{Found, Ledger, Ruling};
use super::model::{Advice, Certainty, Finding, Repair};
use super::skew::CLOCK;
use super::{Context, Relations};

/// The causes judged here in every run.
pub(super) const CAUSES: [CauseId; 6] = [
    CauseId::CLIENT_NOT_RUNNING,
    CauseId::VIRTUAL_ADAPTER_MISSING,
    CauseId::CONFLICTING_VPN_CLIENT,
    CauseId::NTP_UNSYNCED,
    CauseId::DRIVER_SIGNATURE,
    CauseId::EXTENSION_NOT_APPROVED,
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
    seen.rights(case, ledger);
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

    /// The part in the background that does the work.
    fn agent(&self, ledger: &mut Ledger) -> Ruling {
        let concerned = match self.concerned() {
            Ok(concerned) => concerned,
            Err(why) => return Ruling::Unknown(why),
        };
        let mut found = None;
        for (client, marks) in concerned {
            let stands = match self.stands(marks) {
                Ok(stands) => stands,
                Err(why) => return Ruling::Unknown(why),
            };
            let Some(text) = stands else { continue };
            let key = if marks.agent.is_empty() {
                "agent-services"
            } else {
                "agent"
            };
            let sure = client.verified.is_certain() && marks.known(key).is_certain();
            let certainty = match (self.is_theirs(&client.client), sure) {
                (true, true) => Certainty::Likely,
                (true, false) if self.client.is_some() => Certainty::Possible,
                _ => {
                    ledger.advice.push(Advice {
                        id: "client-idle",
                        text,
                    });
                    continue;
                }
            };
            let finding = Finding::blocks(CauseId::CLIENT_NOT_RUNNING, certainty)
                .shown_by(ProbeId::Device, installed(client))
                .shown_by(ProbeId::Device, text)
                .helped_by(Msg::new("repair.start-agent").with("client", &client.name));
            found.get_or_insert(finding);
        }
        found.map_or(Ruling::RuledOut, Ruling::from)
    }

    /// What shows that a client's agent does not run; none where it runs, or where it has none.
    fn stands(&self, marks: &ClientMarks) -> Result<Option<Msg>, Why> {
        if !marks.has_agent() {
            return Ok(None);
        }
        let processes = known(&self.device.processes);
        let services = known(&self.device.services);
        let runs = processes.as_ref().is_ok_and(|all| {
            all.iter()
                .any(|p| p.client == marks.client && p.part == Part::Agent)
        });
        let mine = services.as_ref().map_or(&[][..], |all| all.as_slice());
        let mine = || mine.iter().filter(|s| s.client == marks.client && s.agent);
        let alive = |state| matches!(state, Running::Running | Running::Changing);
        if runs || mine().any(|service| alive(service.state)) {
            return Ok(None);
        }
        if let Some(service) = mine().next() {
            let text = match service.state {
                Running::Failed => Msg::new("device.found.service-failed"),
                _ => Msg::new("device.found.service-stopped"),
            };
            return Ok(Some(
                text.with("service", &service.name)
                    .with("client", &marks.name),
            ));
        }
        // Without the list of processes, or without a name to look for in it, nothing was seen to be missing.
        if marks.agent.is_empty() {
            return services.map(|_| None);
        }
        processes?;
        Ok(Some(
            Msg::new("device.found.agent-absent")
                .with("program", marks.agent.join(", "))
                .with("client", &marks.name),
        ))
    }

    /// The adapter that the traffic is to go through.
    fn adapter(&self) -> Ruling {
        let concerned = self.concerned();
        let text = match self.system() {
            Some(System::Linux) => {
                let tun = match known(&self.device.tun) {
                    Ok(tun) => tun,
                    Err(why) => return Ruling::Unknown(why),
                };
                match (tun.device, tun.module) {
                    (_, Some(false)) => Msg::new("device.found.tun-driver"),
                    (TunNode::Absent, _) => Msg::new("device.found.tun-absent"),
                    (TunNode::NotTheDevice, _) => Msg::new("device.found.tun-other"),
                    (TunNode::Present, _) => return Ruling::RuledOut,
                }
            }
            Some(System::Windows) => Msg::new("device.found.adapter-absent"),
            _ => return Ruling::Unknown(Why::code(WhyCode::Unsupported)),
        };
        let concerned = match concerned {
            Ok(concerned) => concerned,
            Err(why) => return Ruling::Unknown(why),
        };
        let lacks = |marks: &ClientMarks| match self.system() {
            Some(System::Windows) => known(&self.device.adapters).map(|all| {
                keeps_its_adapter(marks)
                    && !all
                        .iter()
                        .any(|a| a.client.as_deref() == Some(&marks.client))
            }),
            _ => Ok(marks.needs_tun),
        };
        for (client, marks) in &concerned {
            match lacks(marks) {
                Err(why) => return Ruling::Unknown(why),
                Ok(false) => {}
                Ok(true) => {
                    // Without the driver no program of them all gets an adapter.
                    let theirs =
                        self.system() == Some(System::Linux) || self.is_theirs(&client.client);
                    let certainty = if theirs {
                        Certainty::Likely
                    } else {
                        Certainty::Possible
                    };
                    return Finding::blocks(CauseId::VIRTUAL_ADAPTER_MISSING, certainty)
                        .shown_by(ProbeId::Device, installed(client))
                        .shown_by(ProbeId::Device, text.with("client", &client.name))
                        .helped_by(Msg::new("repair.bring-adapter").with("client", &client.name))
                        .into();
                }
            }
        }
        Ruling::RuledOut
    }

    fn driver(&self) -> Ruling {
        let drivers = match known(&self.device.drivers) {
            Ok(drivers) => drivers,
            Err(why) => return self.only_on(System::Windows, why),
        };
        let refused = drivers.iter().find(|d| {
            d.state == DriverState::SignatureRefused && self.may_be_theirs(d.client.as_deref())
        });
        let Some(driver) = refused else {
            return Ruling::RuledOut;
        };
        Finding::blocks(
            CauseId::DRIVER_SIGNATURE,
            self.sureness(driver.client.as_deref()),
        )
        .shown_by(
            ProbeId::Device,
            Msg::new("device.found.driver-refused")
                .with("driver", &driver.name)
                .with("what", &driver.description),
        )
        .into()
    }

    fn extension(&self) -> Ruling {
        let extensions = match known(&self.device.extensions) {
            Ok(extensions) => extensions,
            Err(why) => return self.only_on(System::Macos, why),
        };
        let held = extensions.iter().find_map(|e| {
            let text = match e.state {
                ExtensionState::WaitingForUser => Msg::new("device.found.extension-waits"),
                ExtensionState::Disabled => Msg::new("device.found.extension-off"),
                ExtensionState::Enabled | ExtensionState::Other => return None,
            };
            let client = e.client.as_deref()?;
            self.may_be_theirs(Some(client))
                .then_some((e, client, text))
        });
        let Some((extension, client, text)) = held else {
            return Ruling::RuledOut;
        };
        Finding::blocks(CauseId::EXTENSION_NOT_APPROVED, self.sureness(Some(client)))
            .shown_by(
                ProbeId::Device,
                text.with("name", &extension.name).with("id", &extension.id),
            )
            .into()
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

    /// Another tunnel, through which the way to the gateway leads.
    fn conflict(&self, case: &Case<'_>, ledger: &mut Ledger) -> Ruling {
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
        // Others are reached through the same tunnel: it works, and may only keep this gateway out.
        let shown = |found: &Found| {
            SWALLOWED.contains(&found.finding.cause)
                && found.finding.certainty == Certainty::Confirmed
        };
        let alone = case.reaches_others().is_empty() && !ledger.found.iter().any(shown);
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
    fn keeper(&self, ledger: &mut Ledger) -> Ruling {
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
    fn store(&self, ledger: &mut Ledger) {
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
    fn guards(&self, ledger: &mut Ledger) {
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

    /// Rights that the chosen program needs to make its adapter.
    fn rights(&self, case: &Case<'_>, ledger: &mut Ledger) {
        const COMMANDS: [&str; 3] = ["openvpn", "openconnect", "openfortivpn"];
        let chosen = self.client.filter(|client| COMMANDS.contains(client));
        if let Some(client) = chosen
            && self.system() == Some(System::Linux)
            && self.device.administrator == Fact::Known(false)
            && self.device.client(client).is_some()
            && case.works() == Some(true)
        {
            ledger.advice.push(Advice {
                id: "needs-rights",
                text: Msg::new("device.found.needs-rights").with("program", client),
            });
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

/// Whether a Windows client's adapter is there while it is idle. OpenVPN 2.7 and openconnect make theirs when they
/// connect (OpenVPN Changes.rst, openconnect's wintun.c).
fn keeps_its_adapter(marks: &ClientMarks) -> bool {
    !marks.adapters.is_empty()
        && marks.known("adapters").is_certain()
        && !["openvpn", "openvpn-connect", "openconnect"].contains(&marks.client.as_str())
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

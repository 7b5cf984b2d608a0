//! The client itself: its part in the background, its adapter, its driver or system extension.
//!
//! Not here: what stands around it (`around`), its version ([`crate::diagnose::known_of`]).

use crate::cause::CauseId;
use crate::diagnose::case::known;
use crate::diagnose::draft::{Ledger, Ruling};
use crate::diagnose::model::{Advice, Certainty, Finding};
use crate::evidence::{
    DriverState, ExtensionState, Part, ProbeId, Running, System, TunNode, Why, WhyCode,
};
use crate::guide::ClientMarks;
use crate::msg::Msg;

use super::{Seen, installed};

impl Seen<'_> {
    /// The part in the background that does the work.
    pub(super) fn agent(&self, ledger: &mut Ledger) -> Ruling {
        let concerned = match self.concerned() {
            Ok(concerned) => concerned,
            Err(why) => return Ruling::Unknown(why),
        };
        let (mut found, mut untold) = (None, None);
        for (client, marks) in concerned {
            let text = match self.stands(marks) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                // What is known of another program stands beside it.
                Err(why) => {
                    untold.get_or_insert(why);
                    continue;
                }
            };
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
        match (found, untold) {
            (Some(finding), _) => finding.into(),
            (None, Some(why)) => Ruling::Unknown(why),
            (None, None) => Ruling::RuledOut,
        }
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
    pub(super) fn adapter(&self) -> Ruling {
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

    pub(super) fn driver(&self) -> Ruling {
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
        // A client with another driver that works may need this one or not.
        let spared = drivers.iter().any(|other| {
            other.state == DriverState::Works
                && other.client.is_some()
                && other.client == driver.client
        });
        let certainty = if spared {
            Certainty::Possible
        } else {
            self.sureness(driver.client.as_deref())
        };
        Finding::blocks(CauseId::DRIVER_SIGNATURE, certainty)
            .shown_by(
                ProbeId::Device,
                Msg::new("device.found.driver-refused")
                    .with("driver", &driver.name)
                    .with("what", &driver.description),
            )
            .into()
    }

    pub(super) fn extension(&self) -> Ruling {
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
}

/// Whether a Windows client's adapter is there while it is idle. OpenVPN 2.7 and openconnect make theirs when they
/// connect (OpenVPN Changes.rst, openconnect's wintun.c).
fn keeps_its_adapter(marks: &ClientMarks) -> bool {
    !marks.adapters.is_empty()
        && marks.known("adapters").is_certain()
        && !["openvpn", "openvpn-connect", "openconnect"].contains(&marks.client.as_str())
}

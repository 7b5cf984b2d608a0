//! What was observed: typed, tri-state, serialisable. All that passes from probes to reasoning passes through here.
//!
//! Nothing in this room looks at the world or draws a conclusion; [`Evidence`] is the fold of [`ProbeEvent`]s.

mod backups;
mod client;
mod device;
mod event;
mod fact;
mod known;
mod logs;
mod network;
mod profile;
mod proxy;
mod revocation;
mod target;
mod time;
mod tls;
mod versions;
mod way;

pub use backups::{BackupAttempt, BackupsEvidence};
pub use client::{CertificateRequest, ClientEvidence, ClientKey, PublicKey};
pub use device::{
    Adapter, AdapterKind, ClientProcess, DeviceEvidence, Driver, DriverState, Extension,
    ExtensionState, InstalledClient, Part, Running, SecuritySoftware, ServiceState, StoreOwner,
    SystemVersion, TimeService, TrustCard, TunDevice, TunNode, Tunnel,
};
pub use event::{LogLine, Observation, ProbeEvent, ProbeId, ProbeOutcome, ProbeRecord};
pub use fact::{Fact, Why, WhyCode};
pub use known::{System, Verified};
pub use logs::{LogMessage, LogRead, LogsEvidence};
pub use network::{
    AiaEvidence, AiaFetch, ClockEvidence, ClockKind, ClockSource, DnsEvidence, FetchOutcome,
    GatewayEvidence, GatewayGuess, Greeting, GreetingKind, HandedOut, HttpAnswer, Interface,
    Lookup, NetworkEvidence, PortAttempt, PortalEvidence, PortalOutcome, PortalProbe,
    PortsEvidence, RangesEvidence, ResolverAnswer, ResolverKind, SignIn, TcpAttempt, TcpEvidence,
    TcpOutcome,
};
pub use profile::{Carrier, Material, NameRule, OPENVPN, ProfileEvidence, ProfileTarget, Strict};
pub use proxy::{ProxyAttempt, ProxyEvidence, ProxyOutcome, ProxyRoute, ProxySetting};
pub use revocation::{RevocationEvidence, StatementFetch, StatementOutcome, StatementSource};
pub use target::{DEFAULT_PORT, Host, Target, TargetError};
pub use time::UnixTime;
pub use tls::{Der, Spoken, TlsAttempt, TlsEvidence, TlsOutcome, TlsSession, TlsVariant};
pub use versions::{
    Chosen, Hello, HelloAnswer, HelloAttempt, HelloOutcome, Knock, Standing, TlsVersion,
    VersionsEvidence,
};
pub use way::{
    Hop, HopAnswer, IcmpWord, PathEvidence, UdpAttempt, UdpEvidence, UdpOutcome, UdpQuestion,
};

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Everything observed about one target in one run. A field that is [`Fact::Unknown`] was not (yet) seen; its reason
/// says why, and nothing may be concluded from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// What was asked for.
    pub target: Target,
    /// When the run began, by this device's own clock.
    pub started_at: UnixTime,
    /// What this device says of itself.
    #[serde(default)]
    pub device: Fact<DeviceEvidence>,
    /// Interfaces and default routes of this device.
    pub network: Fact<NetworkEvidence>,
    /// Proxies this device is set up to use, and what came of trying one.
    #[serde(default)]
    pub proxy: Fact<ProxyEvidence>,
    /// Name resolution.
    pub dns: Fact<DnsEvidence>,
    /// TCP to every address.
    pub tcp: Fact<TcpEvidence>,
    /// The routers on the way.
    #[serde(default)]
    pub path: Fact<PathEvidence>,
    /// UDP to the target.
    #[serde(default)]
    pub udp: Fact<UdpEvidence>,
    /// The same host on the other usual ports, tried when the given one fails.
    pub ports: Fact<PortsEvidence>,
    /// Servers that the saved connection names for when this one does not answer.
    #[serde(default)]
    pub backups: Fact<BackupsEvidence>,
    /// TLS handshakes, with the chain as it was served.
    pub tls: Fact<TlsEvidence>,
    /// Greetings beyond the ordinary handshake, made when it was refused.
    #[serde(default)]
    pub versions: Fact<VersionsEvidence>,
    /// Issuer certificates fetched from the addresses inside the served ones.
    pub aia: Fact<AiaEvidence>,
    /// OCSP answers and revocation lists fetched from the addresses inside the certificates.
    #[serde(default)]
    pub revocation: Fact<RevocationEvidence>,
    /// This device's clock against others.
    pub clock: Fact<ClockEvidence>,
    /// Captive portal probes.
    pub portal: Fact<PortalEvidence>,
    /// What answers behind TLS.
    pub gateway: Fact<GatewayEvidence>,
    /// The client certificate that the person handed in, if any.
    #[serde(default)]
    pub client: Fact<ClientEvidence>,
    /// Address ranges that the person named, if any.
    #[serde(default)]
    pub ranges: Fact<RangesEvidence>,
    /// Known messages in logs, where any were read.
    #[serde(default)]
    pub logs: Fact<LogsEvidence>,
    /// The saved connection that is looked at, if one was chosen.
    #[serde(default)]
    pub profile: Fact<ProfileEvidence>,
    /// The version of the VPN client, as the person named it.
    #[serde(default)]
    pub client_version: Fact<String>,
    /// One record a probe, in the order started.
    pub probes: Vec<ProbeRecord>,
    /// The probe log, oldest first.
    pub log: Vec<LogLine>,
    /// True when the run is over: what is unknown now stays unknown.
    pub finished: bool,
}

impl Evidence {
    /// Evidence of a run that has not looked at anything yet.
    pub fn new(target: Target, started_at: UnixTime) -> Self {
        Self {
            target,
            started_at,
            device: Fact::default(),
            network: Fact::default(),
            proxy: Fact::default(),
            dns: Fact::default(),
            tcp: Fact::default(),
            path: Fact::default(),
            udp: Fact::default(),
            ports: Fact::default(),
            backups: Fact::default(),
            tls: Fact::default(),
            versions: Fact::default(),
            aia: Fact::default(),
            revocation: Fact::default(),
            clock: Fact::default(),
            portal: Fact::default(),
            gateway: Fact::default(),
            client: Fact::default(),
            ranges: Fact::default(),
            logs: Fact::default(),
            profile: Fact::default(),
            client_version: Fact::default(),
            probes: Vec::new(),
            log: Vec::new(),
            finished: false,
        }
    }

    /// The address to put into a command: the first that was reached, else the first that the name stands for.
    pub fn address(&self) -> Option<IpAddr> {
        let tcp = self.tcp.known();
        let reached = tcp.and_then(|tcp| Some(tcp.open().first()?.ip()));
        reached.or_else(|| self.dns.known()?.addresses().first().copied())
    }

    /// The record of this probe, if it was started or skipped.
    pub fn probe(&self, id: ProbeId) -> Option<&ProbeRecord> {
        self.probes.iter().find(|record| record.id == id)
    }

    /// Folds one event in.
    pub fn apply(&mut self, event: &ProbeEvent) {
        match event {
            ProbeEvent::Started { id, at_ms } => {
                self.probes.retain(|record| record.id != *id);
                self.probes.push(ProbeRecord {
                    id: *id,
                    started_ms: *at_ms,
                    took_ms: 0.0,
                    outcome: ProbeOutcome::Running,
                    why: None,
                });
            }
            ProbeEvent::Log(line) => self.log.push(line.clone()),
            ProbeEvent::Observed(observation) => self.observe(observation.clone()),
            ProbeEvent::Finished {
                id,
                took_ms,
                outcome,
                why,
            } => {
                if let Some(record) = self.probes.iter_mut().find(|record| record.id == *id) {
                    record.took_ms = *took_ms;
                    record.outcome = *outcome;
                    record.why = why.clone();
                }
                // A check that ended without seeing anything leaves its reason behind.
                if let Some(why) = why {
                    self.forget_unseen(*id, why);
                }
            }
            ProbeEvent::Skipped { id, at_ms, why } => {
                self.probes.retain(|record| record.id != *id);
                self.forget(*id, why);
                self.probes.push(ProbeRecord {
                    id: *id,
                    started_ms: *at_ms,
                    took_ms: 0.0,
                    outcome: ProbeOutcome::Skipped,
                    why: Some(why.clone()),
                });
            }
            ProbeEvent::Done => self.finished = true,
        }
    }

    fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Device(seen) => self.device = Fact::Known(*seen),
            Observation::Network(seen) => self.network = Fact::Known(seen),
            Observation::Proxy(seen) => self.proxy = Fact::Known(seen),
            Observation::Dns(seen) => self.dns = Fact::Known(seen),
            Observation::Tcp(seen) => self.tcp = Fact::Known(seen),
            Observation::Path(seen) => self.path = Fact::Known(seen),
            Observation::Udp(seen) => self.udp = Fact::Known(seen),
            Observation::Ports(seen) => self.ports = Fact::Known(seen),
            Observation::Backups(seen) => self.backups = Fact::Known(seen),
            Observation::Tls(seen) => self.tls = Fact::Known(seen),
            Observation::Versions(seen) => self.versions = Fact::Known(seen),
            Observation::Attempt(attempt) => self.add(attempt),
            Observation::Aia(seen) => self.aia = Fact::Known(seen),
            Observation::Revocation(seen) => self.revocation = Fact::Known(seen),
            Observation::Clock(seen) => self.compare(seen),
            Observation::Portal(seen) => self.portal = Fact::Known(seen),
            Observation::Gateway(seen) => self.gateway = Fact::Known(seen),
            Observation::Client(seen) => self.client = Fact::Known(seen),
            Observation::Ranges(seen) => self.ranges = Fact::Known(seen),
            Observation::Logs(seen) => self.logs = Fact::Known(seen),
            Observation::Profile(seen) => self.profile = Fact::Known(*seen),
            Observation::ClientVersion(named) => self.client_version = Fact::Known(named),
        }
    }

    /// Puts clocks beside those that were read before: two checks read clocks side by side, and neither knows what the
    /// other saw. A clock that is read again counts as it is now.
    fn compare(&mut self, seen: ClockEvidence) {
        let Fact::Known(before) = &mut self.clock else {
            self.clock = Fact::Known(seen);
            return;
        };
        for source in seen.sources {
            let same = |old: &&mut ClockSource| old.kind == source.kind && old.name == source.name;
            match before.sources.iter_mut().find(same) {
                Some(old) => *old = source,
                None => before.sources.push(source),
            }
        }
    }

    /// Puts one more handshake beside those that were seen.
    fn add(&mut self, attempt: TlsAttempt) {
        match &mut self.tls {
            Fact::Known(seen) => seen.attempts.push(attempt),
            Fact::Unknown(_) => {
                self.tls = Fact::Known(TlsEvidence {
                    attempts: vec![attempt],
                });
            }
        }
    }

    /// Puts the reason where nothing was seen; what was seen stays.
    fn forget_unseen(&mut self, id: ProbeId, why: &Why) {
        let seen = match id {
            ProbeId::Device => self.device.known().is_some(),
            ProbeId::Network => self.network.known().is_some(),
            ProbeId::Proxy => self.proxy.known().is_some(),
            ProbeId::Dns => self.dns.known().is_some(),
            ProbeId::Tcp => self.tcp.known().is_some(),
            ProbeId::Path => self.path.known().is_some(),
            ProbeId::Udp => self.udp.known().is_some(),
            ProbeId::Ports => self.ports.known().is_some(),
            ProbeId::Backups => self.backups.known().is_some(),
            ProbeId::Tls => self.tls.known().is_some(),
            ProbeId::Versions => self.versions.known().is_some(),
            ProbeId::Aia => self.aia.known().is_some(),
            ProbeId::Revocation => self.revocation.known().is_some(),
            ProbeId::Clock => self.clock.known().is_some(),
            ProbeId::Portal => self.portal.known().is_some(),
            ProbeId::Gateway => self.gateway.known().is_some(),
            ProbeId::Logs => self.logs.known().is_some(),
            ProbeId::Elsewhere | ProbeId::Experiments | ProbeId::Chain => true,
        };
        if !seen {
            self.forget(id, why);
        }
    }

    fn forget(&mut self, id: ProbeId, why: &Why) {
        match id {
            ProbeId::Device => self.device = Fact::Unknown(why.clone()),
            ProbeId::Network => self.network = Fact::Unknown(why.clone()),
            ProbeId::Proxy => self.proxy = Fact::Unknown(why.clone()),
            ProbeId::Dns => self.dns = Fact::Unknown(why.clone()),
            ProbeId::Tcp => self.tcp = Fact::Unknown(why.clone()),
            ProbeId::Path => self.path = Fact::Unknown(why.clone()),
            ProbeId::Udp => self.udp = Fact::Unknown(why.clone()),
            ProbeId::Ports => self.ports = Fact::Unknown(why.clone()),
            ProbeId::Backups => self.backups = Fact::Unknown(why.clone()),
            ProbeId::Tls => self.tls = Fact::Unknown(why.clone()),
            ProbeId::Versions => self.versions = Fact::Unknown(why.clone()),
            ProbeId::Aia => self.aia = Fact::Unknown(why.clone()),
            ProbeId::Revocation => self.revocation = Fact::Unknown(why.clone()),
            ProbeId::Clock => self.clock = Fact::Unknown(why.clone()),
            ProbeId::Portal => self.portal = Fact::Unknown(why.clone()),
            ProbeId::Gateway => self.gateway = Fact::Unknown(why.clone()),
            ProbeId::Logs => self.logs = Fact::Unknown(why.clone()),
            // What they see is the names' or the handshakes' own field.
            ProbeId::Elsewhere | ProbeId::Experiments | ProbeId::Chain => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_read_by_two_checks_stand_beside_each_other() {
        let source = |name: &str, kind, offset_ms| ClockSource {
            name: name.to_owned(),
            kind,
            offset_ms,
            error_ms: 10,
        };
        let gateway = source("vpn.example.com", ClockKind::HttpDate, 5);
        let server = source("ntp.example.net", ClockKind::Ntp, 7);
        let again = source("ntp.example.net", ClockKind::Ntp, 9);
        let mut evidence = Evidence::new(
            Target::parse("vpn.example.com").expect("a target"),
            UnixTime(0),
        );
        for sources in [vec![gateway.clone()], vec![server], vec![again.clone()]] {
            evidence.observe(Observation::Clock(ClockEvidence { sources }));
        }
        let seen = evidence.clock.known().expect("clocks");
        assert_eq!(seen.sources, [gateway, again]);
    }
}

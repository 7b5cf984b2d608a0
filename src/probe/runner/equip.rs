//! Gives each check all that it needs from what the run has seen so far.
//!
//! When it starts is in `plan`, what becomes of it in `runner`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::Run;
use crate::evidence::{
    Der, FetchOutcome, Host, ProbeId, TcpOutcome, UdpQuestion, VersionsEvidence,
};
use crate::probe::aia::AiaCheck;
use crate::probe::backups::BackupsCheck;
use crate::probe::chain::ChainCheck;
use crate::probe::check::Check;
use crate::probe::clock::ClockCheck;
use crate::probe::device::DeviceCheck;
use crate::probe::dns::{DnsCheck, Trials};
use crate::probe::elsewhere::ElsewhereCheck;
use crate::probe::experiments::{ExperimentsCheck, doubt};
use crate::probe::fetch::Fetcher;
use crate::probe::gateway::GatewayCheck;
use crate::probe::handed_out::Errand;
use crate::probe::logs::LogsCheck;
use crate::probe::network::NetworkCheck;
use crate::probe::openvpn::{OpenVpnCheck, Road};
use crate::probe::path::PathCheck;
use crate::probe::plan::asks_time_servers;
use crate::probe::portal::PortalProbes;
use crate::probe::ports::PortsCheck;
use crate::probe::proxy::ProxyCheck;
use crate::probe::revocation::RevocationCheck;
use crate::probe::tcp::{self, TcpCheck};
use crate::probe::tls::TlsCheck;
use crate::probe::udp::{self, UdpCheck};
use crate::probe::versions::VersionsCheck;

impl Run {
    /// The check with all that it needs, as far as it is there.
    pub(super) fn check(&mut self, id: ProbeId) -> Option<Box<dyn Check>> {
        let pace = self.surroundings.pace;
        let system = Arc::clone(&self.surroundings.system);
        Some(match id {
            ProbeId::Device => Box::new(DeviceCheck {
                device: Arc::clone(self.surroundings.device.as_ref()?),
            }),
            ProbeId::Network => Box::new(NetworkCheck),
            ProbeId::Proxy => Box::new(ProxyCheck {
                settings: self.proxies.clone(),
                may_ask: !self.options.no_third_party,
                direct_fails: self.view().doubts_direct_way(),
                authority: self.authority(),
                sni: self.sni(),
                system,
                budget: self.budget.clone(),
                pace,
            }),
            ProbeId::Dns => Box::new(DnsCheck {
                host: self.evidence.target.host.clone(),
                third_party: !self.options.no_third_party && !self.options.no_public_dns,
                trials: self.trials(),
                surroundings: self.surroundings.clone(),
            }),
            ProbeId::Elsewhere => Box::new(ElsewhereCheck {
                name: self.view().name_to_compare()?.to_owned(),
                seen: self.evidence.dns.known()?.clone(),
                trials: self.trials(),
                surroundings: self.surroundings.clone(),
            }),
            ProbeId::Tcp => Box::new(TcpCheck {
                addresses: self.addresses(),
                port: self.evidence.target.port,
                pace,
                budget: self.budget.clone(),
            }),
            ProbeId::Path => Box::new(PathCheck {
                address: self.address_for_ports()?,
                pace,
            }),
            ProbeId::Udp => Box::new(self.udp()?),
            ProbeId::Tls if self.view().is_udp_alone() => Box::new(OpenVpnCheck {
                road: Road::Udp,
                addr: (self.address_for_ports()?, self.evidence.target.port).into(),
                identity: self.options.identity.clone(),
                pace,
            }),
            ProbeId::Tls if self.view().is_openvpn() => Box::new(OpenVpnCheck {
                addr: self.evidence.tcp.known()?.open().first().copied()?,
                road: Road::Tcp(self.stream.take()?),
                identity: self.options.identity.clone(),
                pace,
            }),
            ProbeId::Tls => Box::new(TlsCheck {
                // The first that opened is the one that was handed over.
                addr: self.evidence.tcp.known()?.open().first().copied()?,
                stream: self.stream.take()?,
                sni: self.sni(),
                identity: self.options.identity.clone(),
                pace,
            }),
            ProbeId::Versions => {
                let main = self.evidence.tls.known().and_then(|tls| tls.main())?;
                Box::new(VersionsCheck {
                    addr: main.addr,
                    ordinary: main.outcome.clone(),
                    sni: main.sni.clone(),
                    budget: self.budget.clone(),
                    pace,
                })
            }
            ProbeId::Experiments => {
                let main = self
                    .evidence
                    .tls
                    .known()
                    .and_then(|tls| tls.main())?
                    .clone();
                Box::new(ExperimentsCheck {
                    doubt: doubt(&main, self.chain.as_ref()),
                    others: self.view().other_addresses(main.addr),
                    main,
                    sni: self.sni(),
                    identity: self.options.identity.clone(),
                    budget: self.budget.clone(),
                    ordinary_over: self.ordinary_over.subscribe(),
                    round_trip: self.fastest().map_or(pace.silence, |open| open.1),
                    pace,
                })
            }
            ProbeId::Chain => Box::new(ChainCheck {
                served: self.served(),
                host: self.name(),
                stores: self.stores.clone(),
            }),
            ProbeId::Gateway => Box::new(GatewayCheck {
                session: self.session.take()?,
                host: self.host_header(),
                certificate: self.served().into_iter().next(),
                errand: Errand {
                    system,
                    gateway: self.addresses(),
                    here: self.evidence.target.clone(),
                    third_party: !self.options.no_third_party,
                    budget: self.budget.clone(),
                    pace,
                },
                pace,
            }),
            ProbeId::Aia => Box::new(AiaCheck {
                served: self.served(),
                urls: self
                    .chain
                    .as_ref()
                    .map(|chain| chain.urls.clone())
                    .unwrap_or_default(),
                host: self.name(),
                stores: self.stores.clone(),
                fetcher: Fetcher {
                    system,
                    gateway: self.addresses(),
                    pace,
                    ahead: self.ahead.clone(),
                },
            }),
            ProbeId::Revocation => Box::new(RevocationCheck {
                served: self.served(),
                fetched: self.fetched(),
                stapled: self.stapled(),
                host: self.name(),
                stores: self.stores.clone(),
                fetcher: Fetcher {
                    system,
                    gateway: self.addresses(),
                    pace,
                    ahead: self.ahead.clone(),
                },
            }),
            ProbeId::Clock => Box::new(ClockCheck {
                known: self
                    .evidence
                    .clock
                    .known()
                    .map(|clock| clock.sources.clone())
                    .unwrap_or_default(),
                servers: if asks_time_servers(&self.view()) {
                    self.options.ntp.clone()
                } else {
                    Vec::new()
                },
                system,
                pace,
            }),
            ProbeId::Portal => Box::new(PortalProbes {
                checks: self.options.portal.clone(),
                system,
                pace,
            }),
            ProbeId::Logs => Box::new(LogsCheck {
                wanted: self.options.logs.clone()?,
            }),
            ProbeId::Backups => Box::new(BackupsCheck {
                profile: self.options.profile.clone()?,
                system,
                pace,
            }),
            ProbeId::Ports => Box::new(PortsCheck {
                address: self.address_for_ports()?,
                ports: self.other_ports(),
                sni: self.sni(),
                host: self.host_header(),
                budget: self.budget.clone(),
                pace,
            }),
        })
    }

    /// The name that the certificate has to be for; OpenVPN compares none.
    fn name(&self) -> Option<Host> {
        (!self.view().is_openvpn()).then(|| self.evidence.target.host.clone())
    }

    /// Handshakes with addresses that others give for the name.
    fn trials(&self) -> Trials {
        Trials {
            port: self.evidence.target.port,
            sni: self.sni(),
            budget: self.budget.clone(),
            pace: self.surroundings.pace,
        }
    }

    /// Where the gateway is.
    fn addresses(&self) -> Vec<IpAddr> {
        match (self.options.connect, self.evidence.dns.known()) {
            (Some(address), _) => vec![address],
            (None, Some(dns)) => dns.addresses(),
            (None, None) => Vec::new(),
        }
    }

    /// The first address that this device has a way to.
    fn address_for_ports(&self) -> Option<IpAddr> {
        let port = self.evidence.target.port;
        let addresses = self.addresses();
        let reachable = addresses
            .iter()
            .find(|address| tcp::has_route((**address, port).into()));
        reachable.or(addresses.first()).copied()
    }

    /// What a proxy is asked to connect to.
    fn authority(&self) -> String {
        let target = &self.evidence.target;
        match (self.options.connect, &target.host) {
            (Some(address), _) => SocketAddr::new(address, target.port).to_string(),
            (None, Host::Ip(address)) => SocketAddr::new(*address, target.port).to_string(),
            (None, host) => format!("{}:{}", host.wire(), target.port),
        }
    }

    /// Where a connection opened first, and how long that took.
    fn fastest(&self) -> Option<(IpAddr, Duration)> {
        let attempts = &self.evidence.tcp.known()?.attempts;
        let opened = attempts
            .iter()
            .filter(|attempt| attempt.outcome == TcpOutcome::Open)
            .min_by_key(|attempt| attempt.took_us)?;
        Some((opened.addr.ip(), Duration::from_micros(opened.took_us)))
    }

    /// Questions over UDP: those of the gateway's product beside an open connection, all that can be meant without one.
    fn udp(&self) -> Option<UdpCheck> {
        let pace = &self.surroundings.pace;
        let port = self.evidence.target.port;
        Some(match self.fastest() {
            Some((address, round_trip)) => {
                let uses = self.view().udp_uses();
                UdpCheck {
                    address,
                    questions: udp::questions_for(uses, port),
                    patience: udp::patience(uses, round_trip, pace),
                }
            }
            None if self.view().is_udp_alone() => UdpCheck {
                address: self.address_for_ports()?,
                questions: vec![(UdpQuestion::OpenVpn, port)],
                patience: pace.aside.mul_f64(0.85),
            },
            None => UdpCheck {
                address: self.address_for_ports()?,
                questions: udp::all_questions(port),
                patience: pace.aside.mul_f64(0.85),
            },
        })
    }

    fn other_ports(&self) -> Vec<u16> {
        let mut others: Vec<u16> = Vec::new();
        for port in &self.options.ports {
            if *port != self.evidence.target.port && !others.contains(port) {
                others.push(*port);
            }
        }
        others
    }

    /// The server name to send: none for a bare address (RFC 6066 section 3).
    fn sni(&self) -> Option<String> {
        match (&self.options.sni, &self.evidence.target.host) {
            (Some(name), _) => Some(name.clone()),
            (None, Host::Name { ascii, .. }) => Some(ascii.clone()),
            (None, Host::Ip(_)) => None,
        }
    }

    fn host_header(&self) -> String {
        let target = &self.evidence.target;
        let host = match &target.host {
            Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
            host => host.wire(),
        };
        match target.port {
            443 => host,
            port => format!("{host}:{port}"),
        }
    }

    fn served(&self) -> Vec<Der> {
        let main = self.evidence.tls.known().and_then(|tls| tls.main());
        let served = main.map(|attempt| attempt.served.as_slice());
        let by_hand = self.evidence.versions.known();
        served
            .filter(|served| !served.is_empty())
            .or(by_hand.map(VersionsEvidence::served))
            .unwrap_or_default()
            .to_vec()
    }

    /// Issuers' certificates that were fetched.
    fn fetched(&self) -> Vec<Der> {
        let aia = self.evidence.aia.known();
        aia.into_iter()
            .flat_map(|aia| &aia.fetches)
            .filter_map(|fetch| match &fetch.outcome {
                FetchOutcome::Fetched(ders) => Some(ders.clone()),
                FetchOutcome::Failed(_) => None,
            })
            .flatten()
            .collect()
    }

    /// The OCSP answer that the gateway stapled.
    fn stapled(&self) -> Option<Der> {
        let main = self.evidence.tls.known().and_then(|tls| tls.main());
        main.and_then(|attempt| attempt.stapled_ocsp.clone())
    }
}

//! Carries the plan out: starts checks side by side, folds and forwards what they report, keeps the deadline, and
//! outlives a check that breaks.
//!
//! Which check runs when is in `plan`, how each looks in its own file.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};

use super::CheckOptions;
use super::aia::AiaCheck;
use super::chain::{ChainCheck, ChainView};
use super::check::{Check, Ending, Note, Reporter, milliseconds};
use super::clock::ClockCheck;
use super::dns::DnsCheck;
use super::experiments::{ExperimentsCheck, doubt};
use super::fetch::Fetcher;
use super::gateway::GatewayCheck;
use super::handed_out::Errand;
use super::handshake::Session;
use super::network::NetworkCheck;
use super::openvpn::{OpenVpnCheck, Road};
use super::path::PathCheck;
use super::plan::{Order, View, asks_time_servers, plan};
use super::portal::PortalProbes;
use super::ports::PortsCheck;
use super::proxy::ProxyCheck;
use super::revocation::RevocationCheck;
use super::surroundings::Surroundings;
use super::tcp::{self, Budget, TcpCheck};
use super::tls::TlsCheck;
use super::udp::{self, UdpCheck};
use super::versions::VersionsCheck;
use crate::chain::Stores;
use crate::device;
use crate::evidence::{
    Der, Evidence, FetchOutcome, Host, Observation, ProbeEvent, ProbeId, ProbeOutcome,
    ProxySetting, Target, TcpOutcome, UdpQuestion, UnixTime, VersionsEvidence, Why, WhyCode,
};

/// Runs every check that the plan orders; the last event is [`ProbeEvent::Done`].
pub(super) async fn run(
    target: Target,
    options: CheckOptions,
    stores: Arc<Stores>,
    surroundings: Surroundings,
    events: mpsc::UnboundedSender<ProbeEvent>,
) {
    let (notes, mut noted) = mpsc::unbounded_channel();
    let proxies = match (&surroundings.proxies, options.offline) {
        (Some(proxies), _) => proxies.clone(),
        (None, true) => Vec::new(),
        (None, false) => device::proxy::read(&target),
    };
    let mut run = Run {
        proxies,
        evidence: Evidence::new(target, UnixTime::from(SystemTime::now())),
        options,
        stores,
        surroundings,
        began: Instant::now(),
        notes,
        events,
        checks: JoinSet::new(),
        ids: HashMap::new(),
        enough: HashMap::new(),
        budget: Budget::new(),
        chain: None,
        stream: None,
        session: None,
    };
    if let Some(profile) = run.options.profile.clone() {
        run.tell(ProbeEvent::Observed(Observation::Profile(Box::new(
            (*profile).clone(),
        ))));
        if let Some(stores) = run.stores.under(&profile) {
            run.stores = Arc::new(stores);
        }
        if run.options.identity.is_none()
            && let Some(client) = profile.client()
        {
            run.tell(ProbeEvent::Observed(Observation::Client(client)));
        }
    }
    if let Some(identity) = run.options.identity.clone() {
        let handed_in = identity.evidence().clone();
        run.tell(ProbeEvent::Observed(Observation::Client(handed_in)));
    }
    if let Some(ranges) = run.options.ranges.clone() {
        run.tell(ProbeEvent::Observed(Observation::Ranges(ranges)));
    }
    let deadline = tokio::time::sleep(run.options.timeout);
    tokio::pin!(deadline);
    while let Some(look_again) = run.advance() {
        tokio::select! {
            biased;
            Some(note) = noted.recv() => run.take_in(note),
            Some(ended) = run.checks.join_next_with_id() => {
                // What a check reported came before its end.
                while let Ok(note) = noted.try_recv() {
                    run.take_in(note);
                }
                run.end(ended);
            }
            () = run.events.closed() => return,
            () = tokio::time::sleep(look_again) => {}
            () = &mut deadline => {
                while let Ok(note) = noted.try_recv() {
                    run.take_in(note);
                }
                run.out_of_time();
                break;
            }
        }
    }
    run.tell(ProbeEvent::Done);
}

/// How long to wait where the plan names no time: any event ends the wait.
const UNTIL_SOMETHING_HAPPENS: Duration = Duration::from_secs(3600);

struct Run {
    evidence: Evidence,
    options: CheckOptions,
    stores: Arc<Stores>,
    surroundings: Surroundings,
    proxies: Vec<ProxySetting>,
    began: Instant,
    notes: mpsc::UnboundedSender<Note>,
    events: mpsc::UnboundedSender<ProbeEvent>,
    checks: JoinSet<Ending>,
    ids: HashMap<Id, ProbeId>,
    enough: HashMap<ProbeId, watch::Sender<bool>>,
    budget: Budget,
    chain: Option<ChainView>,
    stream: Option<TcpStream>,
    session: Option<Box<Session>>,
}

impl Run {
    /// Carries out all that can be ordered now. The longest time to wait for the next event, or none when the run is
    /// over.
    fn advance(&mut self) -> Option<Duration> {
        loop {
            let plan = plan(&self.view());
            if plan.over {
                return None;
            }
            let mut changed = false;
            for order in plan.orders {
                changed |= self.carry_out(order);
            }
            // Skipping one check may settle what another waits for.
            if !changed {
                let now = self.began.elapsed();
                let wait = plan.look_again.map(|at| at.saturating_sub(now));
                return Some(wait.unwrap_or(UNTIL_SOMETHING_HAPPENS));
            }
        }
    }

    fn view(&self) -> View<'_> {
        View {
            evidence: &self.evidence,
            options: &self.options,
            chain: self.chain.as_ref(),
            proxies: &self.proxies,
            pace: &self.surroundings.pace,
            at: self.began.elapsed(),
        }
    }

    /// Whether the order changed what is planned next.
    fn carry_out(&mut self, order: Order) -> bool {
        match order {
            Order::Start(id) => match self.check(id) {
                Some(check) => self.start(check),
                None => self.skip(id, Why::code(WhyCode::Blocked)),
            },
            Order::Skip(id, why) => self.skip(id, why),
            Order::Release(id) => {
                if let Some(enough) = self.enough.get(&id) {
                    enough.send_replace(true);
                }
                return false;
            }
        }
        true
    }

    fn start(&mut self, check: Box<dyn Check>) {
        let id = check.id();
        let limit = check.limit();
        let (enough, asked_to_end) = watch::channel(false);
        self.enough.insert(id, enough);
        let report = Reporter::new(id, self.began, self.notes.clone(), asked_to_end);
        self.tell(ProbeEvent::Started {
            id,
            at_ms: milliseconds(self.began.elapsed()),
        });
        let task = self.checks.spawn(async move {
            let look = async move { check.look(report).await };
            tokio::time::timeout(limit, look)
                .await
                .unwrap_or_else(|_| Ending::Unknown(Why::code(WhyCode::TimedOut)))
        });
        self.ids.insert(task.id(), id);
    }

    fn skip(&mut self, id: ProbeId, why: Why) {
        self.tell(ProbeEvent::Skipped {
            id,
            at_ms: milliseconds(self.began.elapsed()),
            why,
        });
    }

    /// The check with all that it needs, as far as it is there.
    fn check(&mut self, id: ProbeId) -> Option<Box<dyn Check>> {
        let pace = self.surroundings.pace;
        let system = Arc::clone(&self.surroundings.system);
        Some(match id {
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
                third_party: !self.options.no_third_party,
                port: self.evidence.target.port,
                sni: self.sni(),
                budget: self.budget.clone(),
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
                    pace,
                })
            }
            ProbeId::Chain => Box::new(ChainCheck {
                served: self.served(),
                host: self.name(),
                stores: Arc::clone(&self.stores),
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
                stores: Arc::clone(&self.stores),
                fetcher: Fetcher {
                    system,
                    gateway: self.addresses(),
                    pace,
                },
            }),
            ProbeId::Revocation => Box::new(RevocationCheck {
                served: self.served(),
                fetched: self.fetched(),
                stapled: self.stapled(),
                host: self.name(),
                stores: Arc::clone(&self.stores),
                fetcher: Fetcher {
                    system,
                    gateway: self.addresses(),
                    pace,
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

    /// Questions over UDP: those of the gateway's product beside an open connection, all that can be meant without one.
    fn udp(&self) -> Option<UdpCheck> {
        let pace = &self.surroundings.pace;
        let port = self.evidence.target.port;
        let tcp = self.evidence.tcp.known();
        let open = tcp.and_then(|tcp| {
            let opened = tcp.attempts.iter();
            opened
                .filter(|attempt| attempt.outcome == TcpOutcome::Open)
                .min_by_key(|attempt| attempt.took_us)
        });
        Some(match open {
            Some(open) => {
                let uses = self.view().udp_uses();
                let round_trip = Duration::from_micros(open.took_us);
                UdpCheck {
                    address: open.addr.ip(),
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

    fn take_in(&mut self, note: Note) {
        match note {
            Note::Event(event) => self.tell(event),
            Note::Open(stream) => self.stream = Some(stream),
            Note::Session(session) => self.session = Some(session),
            Note::Judged(chain) => self.chain = Some(chain),
        }
    }

    fn end(&mut self, ended: Result<(Id, Ending), JoinError>) {
        let (task, outcome, why) = match ended {
            Ok((task, ending)) => {
                let (outcome, why) = ending.into_parts();
                (task, outcome, why)
            }
            // Nothing cancels a single check, so an error is a panic.
            Err(error) => (
                error.id(),
                ProbeOutcome::Crashed,
                Some(Why::code(WhyCode::Failed)),
            ),
        };
        if let Some(id) = self.ids.remove(&task) {
            self.enough.remove(&id);
            self.finish(id, outcome, why);
        }
    }

    fn finish(&mut self, id: ProbeId, outcome: ProbeOutcome, why: Option<Why>) {
        let started_ms = self
            .evidence
            .probe(id)
            .map_or(0.0, |record| record.started_ms);
        self.tell(ProbeEvent::Finished {
            id,
            took_ms: (milliseconds(self.began.elapsed()) - started_ms).max(0.0),
            outcome,
            why,
        });
    }

    /// Ends what still runs and gives up what has not begun, keeping all that was seen.
    fn out_of_time(&mut self) {
        self.checks.abort_all();
        for id in ProbeId::ALL {
            let why = Why::code(WhyCode::TimedOut);
            match self.evidence.probe(id).map(|record| record.outcome) {
                Some(ProbeOutcome::Running) => self.finish(id, ProbeOutcome::Unknown, Some(why)),
                Some(_) => {}
                None => self.skip(id, why),
            }
        }
    }

    /// Folds an event in and passes it on.
    fn tell(&mut self, event: ProbeEvent) {
        self.evidence.apply(&event);
        // Fails only when nobody listens any more; the loop notices that by itself.
        let _ = self.events.send(event);
    }
}

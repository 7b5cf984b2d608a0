//! What the rules look at: the evidence with the questions that several of them ask. No rule is here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::chain::{
    AltName, Cert, Judgement, Purpose, Question, Statement, Stores, TrustStore, covers, judge,
};
use crate::evidence::{
    ClockKind, Der, DnsEvidence, Evidence, Fact, Host, IcmpWord, Lookup, NetworkEvidence,
    PortAttempt, PortalOutcome, ProbeId, ProbeOutcome, ProfileEvidence, ResolverKind, TcpAttempt,
    TcpEvidence, TcpOutcome, TlsAttempt, TlsOutcome, TlsVariant, UdpOutcome, UnixTime,
    VersionsEvidence, Why, WhyCode,
};
use crate::msg::Msg;

use super::Saved;
use super::clock::Clock;
use super::fetched::{self, Fetched};
use super::model::Proof;
use super::trust::Trust;

/// One run's evidence, with what is asked of it again and again worked out once.
pub(super) struct Case<'a> {
    /// What was seen.
    pub evidence: &'a Evidence,
    /// The name or address the chain is judged for; none leaves names out.
    pub name: Option<&'a Host>,
    /// Whether the chain comes from a file: its time was given, nothing else was looked at.
    pub saved: bool,
    /// The certificates as served, first to last; empty where none were seen.
    pub served: &'a [Der],
    /// Whether they came with an answer to a hand-made ClientHello: no program of today gets as far as them.
    pub served_by_hand: bool,
    /// What was said about revocation: the stapled answer, or what was given with a file.
    pub statements: Vec<Statement>,
    /// What was fetched about revocation, each for one certificate.
    pub fetched: Vec<Fetched>,
    /// What is trusted.
    pub stores: &'a Stores,
    /// The roots that the gateway accepts for clients, where somebody said so.
    pub client_roots: &'a [Arc<Cert>],
    /// What the clocks say together.
    pub clock: Clock,
    /// What judging the chain gave, where there is one that can be judged.
    pub trust: Option<Trust>,
}

impl<'a> Case<'a> {
    pub(super) fn new(evidence: &'a Evidence, stores: &'a Stores) -> Self {
        let profile = evidence.profile.known();
        // OpenVPN compares no name with the one that was connected to.
        let compares_names = !profile.is_some_and(ProfileEvidence::is_openvpn);
        let mut case = Self {
            evidence,
            name: compares_names.then_some(&evidence.target.host),
            saved: false,
            served: &[],
            served_by_hand: false,
            statements: Vec::new(),
            fetched: fetched::statements(evidence),
            stores,
            client_roots: &[],
            clock: Clock::read(evidence),
            trust: None,
        };
        if let Ok(attempt) = case.tls() {
            case.served = &attempt.served;
            case.statements = attempt
                .stapled_ocsp
                .iter()
                .map(Statement::stapled)
                .collect();
        }
        if case.served.is_empty()
            && let Some(seen) = evidence.versions.known()
        {
            case.served = seen.served();
            case.served_by_hand = !case.served.is_empty();
        }
        // Without knowing what is trusted nothing can be said about trust.
        if !profile.is_some_and(ProfileEvidence::roots_are_unknown) {
            case.trust = Trust::examine(&case);
        }
        case
    }

    /// The case of a chain from a file: nothing was contacted, and the time is the one that was asked for.
    pub(super) fn saved(evidence: &'a Evidence, saved: &Saved<'a>, stores: &'a Stores) -> Self {
        let mut case = Self {
            evidence,
            name: saved.name,
            saved: true,
            served: saved.served,
            served_by_hand: false,
            statements: saved.statements.to_vec(),
            fetched: Vec::new(),
            stores,
            client_roots: saved.client_roots,
            clock: Clock::given(evidence.started_at),
            trust: None,
        };
        case.trust = Trust::examine(&case);
        case
    }

    /// Whether this check is over, so that what it did not see can be told from what it has not seen yet. Evidence
    /// without a record (from a file, from a test) is complete.
    pub(super) fn settled(&self, id: ProbeId) -> bool {
        self.evidence.finished
            || self
                .evidence
                .probe(id)
                .is_none_or(|record| record.outcome != ProbeOutcome::Running)
    }

    /// The links and routes of this device.
    pub(super) fn network(&self) -> Result<&'a NetworkEvidence, Why> {
        known(&self.evidence.network)
    }

    /// Name resolution; unknown where the target is an address.
    pub(super) fn dns(&self) -> Result<&'a DnsEvidence, Why> {
        known(&self.evidence.dns)
    }

    /// TCP to every address, complete.
    pub(super) fn tcp(&self) -> Result<&'a TcpEvidence, Why> {
        let seen = known(&self.evidence.tcp)
            .map_err(|why| self.or_blocked(why, self.names_no_address()))?;
        if seen.attempts.is_empty() {
            return Err(Why::code(WhyCode::Blocked));
        }
        if !self.settled(ProbeId::Tcp) && seen.open().is_empty() {
            return Err(Why::code(WhyCode::NotRun));
        }
        Ok(seen)
    }

    /// The ordinary TLS handshake.
    pub(super) fn tls(&self) -> Result<&'a TlsAttempt, Why> {
        let nothing_open = matches!(self.reached(), Some(false)) || self.names_no_address();
        let seen = known(&self.evidence.tls).map_err(|why| self.or_blocked(why, nothing_open))?;
        seen.main()
            .ok_or_else(|| self.or_blocked(Why::code(WhyCode::NotRun), nothing_open))
    }

    /// All handshakes seen so far.
    pub(super) fn handshakes(&self) -> &'a [TlsAttempt] {
        self.evidence
            .tls
            .known()
            .map_or(&[], |seen| seen.attempts.as_slice())
    }

    /// Whether TLS came back to any hand-made ClientHello.
    pub(super) fn heard_tls_by_hand(&self) -> bool {
        self.evidence
            .versions
            .known()
            .is_some_and(VersionsEvidence::heard_tls)
    }

    /// The handshake with the address of the ordinary one that differs from it in this way.
    pub(super) fn experiment(&self, variant: TlsVariant) -> Option<&'a TlsAttempt> {
        let main = self.tls().ok()?;
        self.handshakes()
            .iter()
            .find(|attempt| attempt.variant == variant && attempt.addr == main.addr)
    }

    /// The ordinary handshake made again with the same address.
    pub(super) fn again(&self) -> impl Iterator<Item = &'a TlsAttempt> {
        self.handshakes()
            .iter()
            .filter(|attempt| attempt.variant == TlsVariant::Again)
    }

    /// Other ports of the same host, as far as they were tried.
    pub(super) fn other_ports(&self) -> &'a [PortAttempt] {
        self.evidence
            .ports
            .known()
            .map_or(&[], |seen| seen.attempts.as_slice())
    }

    /// Whether the target is an address, so that no name is looked up.
    pub(super) fn needs_no_name(&self) -> bool {
        matches!(self.evidence.target.host, Host::Ip(_))
    }

    /// Whether a name was looked up to the end without any address.
    fn names_no_address(&self) -> bool {
        !self.needs_no_name()
            && self.settled(ProbeId::Dns)
            && self
                .evidence
                .dns
                .known()
                .is_some_and(|dns| dns.addresses().is_empty())
    }

    /// Whether some address accepted a TCP connection; none while that cannot be told.
    pub(super) fn reached(&self) -> Option<bool> {
        let seen = self.evidence.tcp.known()?;
        if !seen.open().is_empty() {
            return Some(true);
        }
        (self.settled(ProbeId::Tcp) && !seen.attempts.is_empty()).then_some(false)
    }

    /// Whether the ordinary handshake ran to its end; none while that cannot be told.
    pub(super) fn shook_hands(&self) -> Option<bool> {
        match self.tls() {
            Ok(attempt) => Some(matches!(attempt.outcome, TlsOutcome::Completed(_))),
            Err(_) => (self.reached() == Some(false) || self.names_no_address()).then_some(false),
        }
    }

    /// Whether the gateway is reached and its certificate accepted; none while that cannot be told.
    pub(super) fn works(&self) -> Option<bool> {
        // A client's certificate alone: what speaks against it is a finding.
        if self.saved && self.served.is_empty() {
            return self.evidence.client.known().map(|_| true);
        }
        if self.saved || self.shook_hands()? {
            Some(self.trust.as_ref()?.outcome.accepted())
        } else {
            Some(false)
        }
    }

    /// Where a connection was tried, in the order seen.
    pub(super) fn attempts(&self) -> &'a [TcpAttempt] {
        self.evidence
            .tcp
            .known()
            .map_or(&[], |seen| seen.attempts.as_slice())
    }

    /// What shows that this device reaches other hosts, so that a failure is the target's or the way's to it.
    pub(super) fn reaches_others(&self) -> Vec<Proof> {
        let mut proofs = Vec::new();
        if let Some(clock) = self.evidence.clock.known()
            && let Some(source) = clock.sources.iter().find(|s| s.kind == ClockKind::Ntp)
        {
            proofs.push(Proof {
                probe: ProbeId::Clock,
                text: Msg::new("diagnose.others.ntp").with("server", &source.name),
            });
        }
        if let Some(portal) = self.evidence.portal.known()
            && let Some(clear) = portal
                .probes
                .iter()
                .find(|probe| probe.outcome == PortalOutcome::Clear)
        {
            proofs.push(Proof {
                probe: ProbeId::Portal,
                text: Msg::new("diagnose.others.web").with("url", &clear.url),
            });
        }
        if let Some(dns) = self.evidence.dns.known()
            && let Some(public) = dns.resolvers.iter().find(|r| {
                r.kind == ResolverKind::Public && r.answer.known().is_some_and(Lookup::came_back)
            })
        {
            proofs.push(Proof {
                probe: ProbeId::Dns,
                text: Msg::new("diagnose.others.dns").with("server", public.server),
            });
        }
        proofs
    }

    /// What this store makes of the certificates that a handshake showed, for this name; none where there are none, or they
    /// cannot be read.
    pub(super) fn judge_beside(
        &self,
        attempt: &TlsAttempt,
        store: &TrustStore,
        host: &Host,
    ) -> Option<Judgement> {
        let certs: Result<Vec<Arc<Cert>>, _> = attempt
            .served
            .iter()
            .map(|der| Cert::parse(der).map(Arc::new))
            .collect();
        Some(judge(&Question {
            served: &certs.ok().filter(|certs| !certs.is_empty())?,
            fetched: &[],
            anchors: &store.anchors,
            name: Some(host),
            at: self.clock.device,
            purpose: Purpose::Server,
        }))
    }

    /// The address whose packets a router sends back because it has no way on, and that router; only where TCP met the
    /// same.
    pub(super) fn no_way_on(&self) -> Option<(IpAddr, IpAddr)> {
        let path = self.evidence.path.known()?;
        let turned_back = |attempt: &TcpAttempt| {
            matches!(
                attempt.outcome,
                TcpOutcome::Rejected | TcpOutcome::NotPermitted
            )
        };
        let attempts = self.attempts();
        if attempts.is_empty() || !attempts.iter().all(turned_back) {
            return None;
        }
        let router = path.router_that_said(IcmpWord::Unreachable)?;
        Some((path.addr, router.from))
    }

    /// Whether something shows that packets which are sent back are forbidden, not without a way: a router says so, or
    /// the host is reached otherwise.
    pub(super) fn is_seen_to_reject(&self) -> bool {
        let forbidden = self
            .evidence
            .path
            .known()
            .is_some_and(|path| path.router_that_said(IcmpWord::Prohibited).is_some());
        forbidden || self.other_packets_arrive().is_some() || self.other_port_answers().is_some()
    }

    /// Whether TCP to every address is sent back, and no router has said why.
    pub(super) fn is_sent_back_unexplained(&self) -> bool {
        let attempts = self.attempts();
        let sent_back = |attempt: &TcpAttempt| attempt.outcome == TcpOutcome::Rejected;
        !attempts.is_empty()
            && attempts.iter().all(sent_back)
            && !self.is_seen_to_reject()
            && self.no_way_on().is_none()
    }

    /// What shows that other packets get to the host whose TCP port is silent or closed off.
    pub(super) fn other_packets_arrive(&self) -> Option<Proof> {
        let kept_off = |address: IpAddr| {
            self.attempts()
                .iter()
                .any(|tcp| tcp.addr.ip() == address && tcp.outcome != TcpOutcome::Open)
        };
        let udp = self.evidence.udp.known();
        let answered = udp.and_then(|udp| {
            let mut attempts = udp.attempts.iter();
            attempts.find(|a| a.outcome == UdpOutcome::Answered && kept_off(a.addr.ip()))
        });
        if let Some(attempt) = answered {
            return Some(Proof {
                probe: ProbeId::Udp,
                text: Msg::new("diagnose.udp.answers")
                    .with("addr", attempt.addr)
                    .with("protocol", attempt.question.name()),
            });
        }
        let path = self.evidence.path.known()?;
        (path.arrives() && kept_off(path.addr)).then(|| Proof {
            probe: ProbeId::Path,
            text: Msg::new("diagnose.path.arrives").with("addr", path.addr),
        })
    }

    /// How far packets come that do not arrive.
    pub(super) fn end_of_the_way(&self) -> Option<Proof> {
        let path = self.evidence.path.known()?;
        let (hop, answer) = path.last()?;
        if path.arrives() {
            return None;
        }
        let text = match answer.word {
            IcmpWord::Prohibited => Msg::new("diagnose.path.prohibited"),
            IcmpWord::Passing => Msg::new("diagnose.path.ends").with("hop", hop),
            _ => return None,
        };
        Some(Proof {
            probe: ProbeId::Path,
            text: text.with("router", answer.from).with("addr", path.addr),
        })
    }

    /// What shows that the same host answers on another port.
    pub(super) fn other_port_answers(&self) -> Option<Proof> {
        let attempt = self.other_ports().iter().find(|attempt| {
            matches!(attempt.tcp, TcpOutcome::Open)
                || (matches!(attempt.tcp, TcpOutcome::Refused)
                    && self.attempts().iter().any(|main| {
                        main.addr.ip() == attempt.addr.ip() && main.outcome == TcpOutcome::TimedOut
                    }))
        })?;
        let text = if attempt.tcp == TcpOutcome::Open {
            Msg::new("diagnose.others.port-open")
        } else {
            Msg::new("diagnose.others.port-refused")
        };
        Some(Proof {
            probe: ProbeId::Ports,
            text: text
                .with("port", attempt.addr.port())
                .with("addr", attempt.addr.ip()),
        })
    }

    /// Whether this certificate is for the target's name; none where it cannot be read.
    pub(super) fn certificate_names_target(&self, der: &Der) -> Option<bool> {
        let cert = Cert::parse(der).ok()?;
        let host = &self.evidence.target.host;
        Some(cert.names.iter().any(|name| covers(name, host)))
    }

    /// What to call this certificate; with the first of the names it is for, where the label is not the only one.
    pub(super) fn certificate_label(&self, der: &Der) -> String {
        const SHOWN: usize = 3;
        let Ok(cert) = Cert::parse(der) else {
            return String::from("-");
        };
        let label = cert.label();
        let names: Vec<String> = cert
            .names
            .iter()
            .map(|name| match name {
                AltName::Dns(name) => name.clone(),
                AltName::Ip(address) => address.to_string(),
            })
            .take(SHOWN)
            .collect();
        if names.is_empty() || names == [label.as_str()] {
            label
        } else {
            format!("{label} ({})", names.join(", "))
        }
    }

    /// Why the first certificate served cannot be read, if it cannot.
    pub(super) fn unreadable_leaf(&self) -> Option<String> {
        let first = self.served.first()?;
        Cert::parse(first).err().map(|malformed| malformed.reason)
    }

    /// A moment that is certainly past: the youngest of the roots at hand was made then. Some when this device's clock
    /// says that it is still to come, by more than a day.
    pub(super) fn clock_before_roots(&self) -> Option<UnixTime> {
        const DAY: i64 = 86_400;
        let stores = [&self.stores.system, &self.stores.mozilla];
        let newest = stores
            .into_iter()
            .flat_map(|store| &store.anchors)
            .map(|anchor| anchor.not_before)
            .max()?;
        (self.clock.device.plus(DAY) < newest).then_some(newest)
    }

    /// Replaces "nobody has looked" by "something above it failed" where that is the reason.
    fn or_blocked(&self, why: Why, blocked: bool) -> Why {
        if blocked && why.code == WhyCode::NotRun {
            Why::code(WhyCode::Blocked)
        } else {
            why
        }
    }
}

impl Lookup {
    /// Whether a DNS server gave any answer at all.
    pub(super) fn came_back(&self) -> bool {
        matches!(
            self,
            Self::Addresses { .. }
                | Self::NxDomain
                | Self::NoRecords
                | Self::ServFail
                | Self::Refused
        )
    }
}

/// What was seen, or why it was not.
pub(super) fn known<T>(fact: &Fact<T>) -> Result<&T, Why> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Unknown(why) => Err(why.clone()),
    }
}

/// Addresses as people list them.
pub(super) fn list(addresses: impl IntoIterator<Item = SocketAddr>) -> String {
    let shown: Vec<String> = addresses
        .into_iter()
        .map(|addr| addr.ip().to_string())
        .collect();
    shown.join(", ")
}

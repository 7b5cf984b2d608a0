//! What a run has seen so far, and what that leaves in doubt: the questions that the plan asks of its view.
//!
//! What is done about a doubt is in `plan`.

use super::{Progress, View};
use crate::cause::CauseId;
use crate::evidence::{Host, ProbeId, ProbeOutcome, ResolverKind, TcpOutcome, TlsOutcome};
use crate::probe::check::milliseconds;
use crate::probe::clock;
use crate::probe::marks::{Products, UdpUse};

impl View<'_> {
    // What has been seen.

    pub(super) fn progress(&self, id: ProbeId) -> Progress {
        match self.evidence.probe(id) {
            None => Progress::Waiting,
            Some(record) if record.outcome == ProbeOutcome::Running => Progress::Running {
                since_ms: record.started_ms,
            },
            Some(record) => Progress::Settled(record.outcome),
        }
    }

    pub(in crate::probe) fn is_settled(&self, id: ProbeId) -> bool {
        matches!(self.progress(id), Progress::Settled(_))
    }

    /// Running for longer than a healthy one ever does.
    pub(in crate::probe) fn is_silent(&self, id: ProbeId) -> bool {
        match self.progress(id) {
            Progress::Running { since_ms } => {
                milliseconds(self.at) - since_ms >= milliseconds(self.pace.silence)
            }
            _ => false,
        }
    }

    pub(in crate::probe) fn has_addresses(&self) -> bool {
        self.options.connect.is_some()
            || self
                .evidence
                .dns
                .known()
                .is_some_and(|dns| !dns.addresses().is_empty())
    }

    pub(in crate::probe) fn has_connection(&self) -> bool {
        self.evidence
            .tcp
            .known()
            .is_some_and(|tcp| !tcp.open().is_empty())
    }

    pub(in crate::probe) fn tls_outcome(&self) -> Option<&TlsOutcome> {
        let tls = self.evidence.tls.known()?;
        tls.main().map(|attempt| &attempt.outcome)
    }

    pub(in crate::probe) fn has_session(&self) -> bool {
        self.tls_outcome()
            .is_some_and(|outcome| outcome.session().is_some())
    }

    pub(in crate::probe) fn has_certificates(&self) -> bool {
        let main = self.evidence.tls.known().and_then(|tls| tls.main());
        main.is_some_and(|attempt| !attempt.served.is_empty())
            || self
                .evidence
                .versions
                .known()
                .is_some_and(|seen| !seen.served().is_empty())
    }

    /// Whether the gateway has said behind TLS what it says, or will not any more.
    pub(in crate::probe) fn has_answered(&self) -> bool {
        self.is_settled(ProbeId::Gateway) || self.evidence.gateway.known().is_some()
    }

    pub(in crate::probe) fn first_wave_is_over(&self) -> bool {
        [ProbeId::Tcp, ProbeId::Tls, ProbeId::Chain, ProbeId::Gateway]
            .into_iter()
            .all(|id| self.is_settled(id))
    }

    /// A session, an accepted chain and an answer: nothing is left in doubt but the clock.
    pub(in crate::probe) fn all_holds(&self) -> bool {
        self.has_session()
            && self.chain.is_some_and(|chain| chain.accepted)
            && self.progress(ProbeId::Gateway) == Progress::Settled(ProbeOutcome::Pass)
            && !self.clock_is_off()
    }

    /// The name whose address can be asked for elsewhere; none where the person gave the address.
    pub(in crate::probe) fn name_to_compare(&self) -> Option<&str> {
        match &self.evidence.target.host {
            Host::Name { ascii, .. } if self.options.connect.is_none() => Some(ascii),
            _ => None,
        }
    }

    /// Whether a public server was asked already.
    pub(in crate::probe) fn has_asked_public(&self) -> bool {
        let dns = self.evidence.dns.known();
        dns.is_some_and(|dns| dns.resolvers.iter().any(|r| r.kind == ResolverKind::Public))
    }

    // What is in doubt.

    /// The name leads nowhere, or to nobody in time.
    pub(in crate::probe) fn doubts_name(&self) -> bool {
        !self.has_addresses() && (self.is_settled(ProbeId::Dns) || self.is_silent(ProbeId::Dns))
    }

    pub(in crate::probe) fn doubts_connection(&self) -> bool {
        self.has_addresses()
            && !self.is_udp_alone()
            && !self.has_connection()
            && (self.is_settled(ProbeId::Tcp) || self.is_silent(ProbeId::Tcp))
    }

    pub(in crate::probe) fn doubts_handshake(&self) -> bool {
        !self.has_session() && (self.tls_outcome().is_some() || self.is_silent(ProbeId::Tls))
    }

    /// Whether somebody else than the gateway may be answering.
    pub(in crate::probe) fn doubts_path(&self) -> bool {
        const SOMEBODY_ELSE: [CauseId; 4] = [
            CauseId::HOSTNAME_MISMATCH,
            CauseId::UNKNOWN_CA,
            CauseId::SELF_SIGNED,
            CauseId::TLS_INTERCEPTION,
        ];
        self.doubts_direct_way()
            || self
                .chain
                .is_some_and(|chain| chain.causes.iter().any(|c| SOMEBODY_ELSE.contains(c)))
    }

    /// Whether this device's clock may be wrong, or could not be compared although something is.
    pub(in crate::probe) fn doubts_time(&self) -> bool {
        const DATES: [CauseId; 4] = [
            CauseId::CERT_EXPIRED_LEAF,
            CauseId::CERT_EXPIRED_INTERMEDIATE,
            CauseId::CERT_EXPIRED_ROOT,
            CauseId::CERT_NOT_YET_VALID,
        ];
        let asked_all = [ProbeId::Tcp, ProbeId::Tls, ProbeId::Chain]
            .into_iter()
            .all(|id| self.is_settled(id))
            && self.has_answered();
        let unsound = !self.has_session()
            || self.chain.is_none_or(|chain| !chain.accepted)
            || matches!(self.progress(ProbeId::Gateway), Progress::Settled(outcome) if outcome != ProbeOutcome::Pass);
        let nobody_told = asked_all && self.evidence.clock.known().is_none() && unsound;
        self.chain
            .is_some_and(|chain| chain.causes.iter().any(|c| DATES.contains(c)))
            || self.clock_is_off()
            || self.doubts_name()
            || self.doubts_connection()
            || self.doubts_handshake()
            || nobody_told
    }

    /// Whether the gateway cannot be spoken to directly.
    pub(in crate::probe) fn doubts_direct_way(&self) -> bool {
        self.doubts_name() || self.doubts_connection() || self.doubts_handshake()
    }

    /// How the gateway's product uses UDP.
    pub(in crate::probe) fn udp_uses(&self) -> &'static [UdpUse] {
        let gateway = self.evidence.gateway.known();
        let product = gateway.and_then(|gateway| gateway.product.as_ref());
        match (product, Products::embedded()) {
            (Some(product), Ok(products)) => products.udp_of(&product.id),
            _ => &[],
        }
    }

    /// Whether some address was met with silence or with a message from the way.
    pub(in crate::probe) fn is_lost_on_the_way(&self) -> bool {
        self.some_attempt(|outcome| {
            matches!(
                outcome,
                TcpOutcome::TimedOut | TcpOutcome::Rejected | TcpOutcome::NotPermitted
            )
        })
    }

    /// Whether packets to some address leave this device.
    pub(in crate::probe) fn leaves_the_device(&self) -> bool {
        self.some_attempt(|outcome| *outcome != TcpOutcome::NoRoute)
    }

    pub(in crate::probe) fn some_attempt(&self, wanted: impl Fn(&TcpOutcome) -> bool) -> bool {
        let tcp = self.evidence.tcp.known();
        tcp.is_some_and(|tcp| tcp.attempts.iter().any(|attempt| wanted(&attempt.outcome)))
    }

    pub(in crate::probe) fn clock_is_off(&self) -> bool {
        let clock = self.evidence.clock.known();
        clock.is_some_and(|clock| clock.sources.iter().any(clock::is_notable))
    }

    /// Whether the gateway may listen on another port of the same address.
    pub(in crate::probe) fn doubts_port(&self) -> bool {
        let refused = |outcome: &TcpOutcome| {
            matches!(
                outcome,
                TcpOutcome::Refused
                    | TcpOutcome::Reset
                    | TcpOutcome::TimedOut
                    | TcpOutcome::Rejected
            )
        };
        let no_tls = matches!(
            self.tls_outcome(),
            Some(
                TlsOutcome::NotTls(_)
                    | TlsOutcome::Closed { received: 0 }
                    | TlsOutcome::Stalled { received: 0 }
            )
        );
        let closed = self.is_settled(ProbeId::Tcp)
            && !self.has_connection()
            && self
                .evidence
                .tcp
                .known()
                .is_some_and(|tcp| tcp.attempts.iter().any(|a| refused(&a.outcome)));
        let silent = self.is_silent(ProbeId::Tcp) && !self.has_connection();
        closed || silent || no_tls
    }
}

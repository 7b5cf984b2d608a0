//! Which check runs next, and why one does not: a pure function of what has been seen, the options and the time.
//!
//! The first wave is what every run needs. The second runs only where the first leaves a doubt that it can settle, and
//! beside a first wave that has gone silent. What has been seen and what that leaves in doubt is in `doubts`; carrying the
//! orders out is in `runner`.

mod doubts;

use std::net::SocketAddr;
use std::time::Duration;

use super::CheckOptions;
use super::chain::ChainView;
use super::dns::is_public_name;
use super::experiments::doubt;
use super::surroundings::Pace;
use super::{backups, proxy, revocation, versions};
use crate::cause::CauseId;
use crate::evidence::{
    Evidence, ProbeId, ProbeOutcome, ProfileEvidence, ProxySetting, TcpOutcome, TlsAttempt,
    TlsOutcome, VersionsEvidence, Why, WhyCode,
};
use crate::msg::Msg;

/// Whether the handshake ended in silence.
fn fell_silent(main: &TlsAttempt) -> bool {
    matches!(main.outcome, TlsOutcome::Stalled { .. })
}

/// All that the plan depends on.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// What has been seen.
    pub evidence: &'a Evidence,
    /// What was asked for.
    pub options: &'a CheckOptions,
    /// What judging the chain gave.
    pub chain: Option<&'a ChainView>,
    /// Proxies that this device is set up to use.
    pub proxies: &'a [ProxySetting],
    /// How patient the run is.
    pub pace: &'a Pace,
    /// Since the run began.
    pub at: Duration,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Order {
    /// Start this check.
    Start(ProbeId),
    /// Do not run this one, and why.
    Skip(ProbeId, Why),
    /// What this one still waits for is not needed.
    Release(ProbeId),
}

/// What to do now, and when to look again if nothing happens until then.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// In this order.
    pub orders: Vec<Order>,
    /// Since the run began.
    pub look_again: Option<Duration>,
    /// Nothing is left to wait for.
    pub over: bool,
}

/// The plan for this moment.
pub(super) fn plan(view: &View<'_>) -> Plan {
    let mut orders = Vec::new();
    for id in ProbeId::ALL {
        let progress = view.progress(id);
        if progress == Progress::Waiting {
            match view.decide(id) {
                Decision::Wait => {}
                Decision::Start => orders.push(Order::Start(id)),
                Decision::Skip(why) => orders.push(Order::Skip(id, why)),
            }
        }
    }
    if view.all_holds() && matches!(view.progress(ProbeId::Dns), Progress::Running { .. }) {
        orders.push(Order::Release(ProbeId::Dns));
    }
    let settled = |id| matches!(view.progress(id), Progress::Settled(_));
    Plan {
        over: orders.is_empty() && ProbeId::ALL.into_iter().all(settled),
        look_again: view.look_again(),
        orders,
    }
}

/// Whether time servers are to be asked, once the clock check runs.
pub(super) fn asks_time_servers(view: &View<'_>) -> bool {
    !view.options.no_third_party && !view.options.ntp.is_empty() && view.doubts_time()
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Progress {
    Waiting,
    Running { since_ms: f64 },
    Settled(ProbeOutcome),
}

enum Decision {
    Wait,
    Start,
    Skip(Why),
}

impl Decision {
    fn skip(code: WhyCode) -> Self {
        Self::Skip(Why::code(code))
    }
}

impl View<'_> {
    fn decide(&self, id: ProbeId) -> Decision {
        // Logs are on this device: where somebody wants them they are read, whatever may be contacted.
        if id == ProbeId::Logs && self.options.logs.is_some() {
            return Decision::Start;
        }
        // This device can be asked without any packet.
        if self.options.offline && id != ProbeId::Device {
            return Decision::skip(WhyCode::Offline);
        }
        if let Some(decision) = self.decide_by_profile(id) {
            return decision;
        }
        match id {
            ProbeId::Device => Decision::Start,
            ProbeId::Network | ProbeId::Dns => Decision::Start,
            ProbeId::Elsewhere => self.decide_elsewhere(),
            ProbeId::Proxy => self.decide_proxy(),
            ProbeId::Tcp => self.after(ProbeId::Dns, self.has_addresses()),
            ProbeId::Path => self.decide_path(),
            ProbeId::Udp => self.decide_udp(),
            ProbeId::Tls => self.after(ProbeId::Tcp, self.has_connection()),
            ProbeId::Versions => self.decide_versions(),
            ProbeId::Experiments => self.decide_experiments(),
            // Where the handshake was refused, the certificates may still come with an older version.
            ProbeId::Chain => self.after(ProbeId::Versions, self.has_certificates()),
            ProbeId::Gateway => self.after(ProbeId::Tls, self.has_session()),
            ProbeId::Aia => self.decide_aia(),
            ProbeId::Revocation => self.decide_revocation(),
            ProbeId::Clock => self.decide_clock(),
            ProbeId::Portal => self.decide_portal(),
            ProbeId::Ports => self.decide_ports(),
            ProbeId::Backups => self.decide_backups(),
            ProbeId::Logs => Decision::Skip(Why::because(
                WhyCode::NotRun,
                Msg::new("probe.logs.not-asked"),
            )),
        }
    }

    /// What a saved connection changes: OpenVPN's servers speak TLS inside their own packets, and some over UDP alone.
    fn decide_by_profile(&self, id: ProbeId) -> Option<Decision> {
        let profile = self.options.profile.as_deref()?;
        if id == ProbeId::Chain && profile.roots_are_unknown() {
            return Some(Decision::Skip(Why::because(
                WhyCode::Failed,
                Msg::new("profile.roots.unknown"),
            )));
        }
        if !profile.is_openvpn() {
            return None;
        }
        match id {
            ProbeId::Tls if profile.guarded => Some(Decision::Skip(Why::because(
                WhyCode::Unsupported,
                Msg::new("profile.openvpn.guarded"),
            ))),
            ProbeId::Tcp if profile.is_udp_alone() => Some(Decision::skip(WhyCode::NotNeeded)),
            ProbeId::Tls | ProbeId::Udp if profile.is_udp_alone() => {
                Some(self.after(ProbeId::Dns, self.has_addresses()))
            }
            ProbeId::Versions | ProbeId::Experiments | ProbeId::Gateway => {
                Some(Decision::skip(WhyCode::NotNeeded))
            }
            _ => None,
        }
    }

    /// Whether the target comes from an OpenVPN profile.
    pub(super) fn is_openvpn(&self) -> bool {
        let profile = self.options.profile.as_deref();
        profile.is_some_and(ProfileEvidence::is_openvpn)
    }

    /// Whether it is reached over UDP alone.
    pub(super) fn is_udp_alone(&self) -> bool {
        let profile = self.options.profile.as_deref();
        profile.is_some_and(ProfileEvidence::is_udp_alone)
    }

    /// Starts when `above` has given what is needed; blocked when it has ended without.
    fn after(&self, above: ProbeId, given: bool) -> Decision {
        if given {
            Decision::Start
        } else if self.is_settled(above) {
            Decision::skip(WhyCode::Blocked)
        } else {
            Decision::Wait
        }
    }

    /// A proxy that programs would use is tried at once; without one, whether one is set matters where the direct way
    /// fails.
    fn decide_proxy(&self) -> Decision {
        if proxy::applies(self.proxies) || self.doubts_direct_way() {
            Decision::Start
        } else {
            self.not_needed_once_over()
        }
    }

    /// Where what answers is not the gateway, the address may be wrong though it looks sound.
    fn decide_elsewhere(&self) -> Decision {
        let Some(name) = self.name_to_compare() else {
            return Decision::skip(WhyCode::NotNeeded);
        };
        if !self.doubts_path() || !self.has_addresses() {
            return self.not_needed_once_over();
        }
        if self.options.no_third_party {
            return Decision::skip(WhyCode::NoThirdParty);
        }
        if self.options.no_public_dns {
            return Decision::Skip(Why::because(
                WhyCode::NotRun,
                Msg::new("probe.elsewhere.not-allowed"),
            ));
        }
        if !is_public_name(name) {
            return Decision::Skip(Why::because(
                WhyCode::NotNeeded,
                Msg::new("probe.elsewhere.inner-name"),
            ));
        }
        // Its answer stands beside all others, so these come first.
        if !self.is_settled(ProbeId::Dns) {
            Decision::Wait
        } else if self.has_asked_public() {
            Decision::skip(WhyCode::NotNeeded)
        } else {
            Decision::Start
        }
    }

    /// Where packets go nowhere or are sent back, routers can tell how far they come.
    fn decide_path(&self) -> Decision {
        if self.doubts_connection() && (self.is_silent(ProbeId::Tcp) || self.is_lost_on_the_way()) {
            return Decision::Start;
        }
        if self.is_settled(ProbeId::Tcp) && !self.has_connection() && !self.is_lost_on_the_way() {
            return Decision::skip(WhyCode::NotNeeded);
        }
        self.not_needed_once_over()
    }

    /// UDP matters where TCP leads nowhere, because the VPN may speak UDP alone, and beside a gateway that is known to
    /// use it.
    fn decide_udp(&self) -> Decision {
        if self.doubts_connection() && (self.is_silent(ProbeId::Tcp) || self.leaves_the_device()) {
            return self.behind_the_path(Decision::Start);
        }
        if self.is_settled(ProbeId::Tcp) && !self.has_connection() {
            return Decision::skip(WhyCode::Blocked);
        }
        if !self.has_answered() {
            return Decision::Wait;
        }
        if self.udp_uses().is_empty() {
            return self.not_needed_once_over();
        }
        Decision::Start
    }

    /// Only where the ordinary handshake was refused in a way that other greetings can explain.
    fn decide_versions(&self) -> Decision {
        match self.tls_outcome() {
            _ if !self.is_settled(ProbeId::Tls) => Decision::Wait,
            None => Decision::skip(WhyCode::Blocked),
            Some(outcome) if versions::are_worth_trying(outcome) && !self.has_certificates() => {
                Decision::Start
            }
            Some(_) => Decision::skip(WhyCode::NotNeeded),
        }
    }

    /// Only after the hand-made greetings are over: a gateway with one place left would turn the experiments away. The
    /// ordinary session may still hold that place; what is turned away beside it is made again once it is over.
    fn decide_experiments(&self) -> Decision {
        let main = self.evidence.tls.known().and_then(|tls| tls.main());
        let Some(main) = main else {
            return self.after(ProbeId::Tls, false);
        };
        let judged = self.is_settled(ProbeId::Chain) || !self.has_certificates();
        let connected = self.is_settled(ProbeId::Tcp) || self.is_silent(ProbeId::Tcp);
        // Silence takes long to listen to: other greetings meet it at the same time.
        let greeted = self.is_settled(ProbeId::Versions) || fell_silent(main);
        if !(greeted && judged && connected) {
            return Decision::Wait;
        }
        let explained = self.evidence.versions.known();
        if explained.is_some_and(VersionsEvidence::explain) {
            return Decision::skip(WhyCode::NotNeeded);
        }
        if doubt(main, self.chain).is_some() || !self.other_addresses(main.addr).is_empty() {
            Decision::Start
        } else {
            Decision::skip(WhyCode::NotNeeded)
        }
    }

    /// Where else connections are accepted.
    pub(super) fn other_addresses(&self, main: SocketAddr) -> Vec<SocketAddr> {
        let open = self.evidence.tcp.known().map(|tcp| tcp.open());
        let mut others = open.unwrap_or_default();
        others.retain(|addr| *addr != main);
        others
    }

    fn decide_aia(&self) -> Decision {
        match self.chain {
            None if self.is_settled(ProbeId::Chain) => Decision::skip(WhyCode::Blocked),
            None => Decision::Wait,
            Some(chain) if chain.causes.contains(&CauseId::MALFORMED_CERTIFICATE) => {
                Decision::skip(WhyCode::Blocked)
            }
            Some(chain) if chain.anchored => Decision::skip(WhyCode::NotNeeded),
            Some(chain) if chain.urls.is_empty() => Decision::Skip(Why::because(
                WhyCode::NotNeeded,
                Msg::new("probe.aia.nothing-to-fetch"),
            )),
            Some(_) if self.options.no_third_party => Decision::skip(WhyCode::NoThirdParty),
            Some(_) => Decision::Start,
        }
    }

    /// Runs beside everything else once the path is as long as it gets, where its certificates say whom to ask.
    fn decide_revocation(&self) -> Decision {
        match self.chain {
            None if self.is_settled(ProbeId::Chain) => Decision::skip(WhyCode::Blocked),
            None => Decision::Wait,
            Some(chain) if chain.causes.contains(&CauseId::MALFORMED_CERTIFICATE) => {
                Decision::skip(WhyCode::Blocked)
            }
            Some(_) if !self.is_settled(ProbeId::Aia) => Decision::Wait,
            Some(chain) if !chain.names_statements && self.evidence.aia.known().is_none() => {
                Decision::Skip(revocation::nothing_named())
            }
            Some(_) if self.options.no_third_party => Decision::skip(WhyCode::NoThirdParty),
            Some(_) => Decision::Start,
        }
    }

    /// Runs without asking anybody where the gateway's own clock settles it.
    fn decide_clock(&self) -> Decision {
        let knows_time = self.evidence.clock.known().is_some();
        if self.doubts_time() && !self.options.no_third_party && !self.options.ntp.is_empty() {
            return Decision::Start;
        }
        // Another time may still come from the gateway's answer, or a doubt from the chain.
        if !self.first_wave_is_over() {
            return Decision::Wait;
        }
        match knows_time {
            true => Decision::Start,
            false if self.options.no_third_party => Decision::skip(WhyCode::NoThirdParty),
            false if self.options.ntp.is_empty() && !self.all_holds() => Decision::Skip(
                Why::because(WhyCode::NotRun, Msg::new("probe.clock.nobody-to-ask")),
            ),
            false => Decision::skip(WhyCode::NotNeeded),
        }
    }

    fn decide_portal(&self) -> Decision {
        if self.options.no_third_party {
            return Decision::skip(WhyCode::NoThirdParty);
        }
        if self.doubts_path() {
            return if self.options.portal.is_empty() {
                Decision::Skip(Why::because(
                    WhyCode::NotRun,
                    Msg::new("probe.portal.nobody-to-ask"),
                ))
            } else {
                Decision::Start
            };
        }
        self.not_needed_once_over()
    }

    fn decide_ports(&self) -> Decision {
        let no_other = self
            .options
            .ports
            .iter()
            .all(|port| *port == self.evidence.target.port);
        if self.doubts_port() {
            return if no_other {
                Decision::Skip(Why::because(
                    WhyCode::NotNeeded,
                    Msg::new("probe.ports.nothing-to-try"),
                ))
            } else {
                self.behind_the_path(Decision::Start)
            };
        }
        if self.is_settled(ProbeId::Tcp) && !self.has_connection() {
            return Decision::skip(WhyCode::Blocked);
        }
        self.not_needed_once_over()
    }

    /// Gateways of their own, tried beside this one; its name comes first, so that nothing of the first wave waits.
    fn decide_backups(&self) -> Decision {
        let profile = self.options.profile.as_deref();
        if !profile.is_some_and(backups::has_any) {
            return Decision::Skip(Why::because(
                WhyCode::NotNeeded,
                Msg::new("probe.backups.none"),
            ));
        }
        if self.has_addresses() || self.is_settled(ProbeId::Dns) {
            Decision::Start
        } else {
            Decision::Wait
        }
    }

    /// Where packets are sent back, the routers are asked first and by themselves: each of them sends a handful of such
    /// messages and then one a second, and what other checks provoke would use them up.
    fn behind_the_path(&self, decision: Decision) -> Decision {
        let sent_back = self.some_attempt(|outcome| {
            matches!(outcome, TcpOutcome::Rejected | TcpOutcome::NotPermitted)
        });
        let asks_routers = match self.progress(ProbeId::Path) {
            Progress::Waiting => true,
            Progress::Running { .. } => !self.is_silent(ProbeId::Path),
            Progress::Settled(_) => false,
        };
        if sent_back && asks_routers {
            Decision::Wait
        } else {
            decision
        }
    }

    fn not_needed_once_over(&self) -> Decision {
        if self.first_wave_is_over() {
            Decision::skip(WhyCode::NotNeeded)
        } else {
            Decision::Wait
        }
    }

    /// The times at which silence becomes a doubt.
    fn look_again(&self) -> Option<Duration> {
        let silent_at = |id| match self.progress(id) {
            Progress::Running { since_ms } => {
                let at = Duration::from_secs_f64(since_ms.max(0.0) / 1000.0) + self.pace.silence;
                (at > self.at).then_some(at)
            }
            _ => None,
        };
        [ProbeId::Dns, ProbeId::Tcp, ProbeId::Path, ProbeId::Tls]
            .into_iter()
            .filter_map(silent_at)
            .min()
    }
}

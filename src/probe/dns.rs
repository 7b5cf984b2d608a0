//! Name resolution several ways side by side: the hosts file, the system's own resolver, each configured server by
//! itself, and a public one where these fail.
//!
//! What a difference between them means is not here; handshakes that look into one are in `trials`.

mod trials;
pub(super) mod words;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::config::ResolverConfig;

use super::check::{Check, Ending, Reporter};
use super::nameserver::{self, MAX_ADDRESSES};
use super::resolve;
use super::surroundings::Surroundings;
use crate::evidence::{
    DnsEvidence, Fact, Host, Lookup, Observation, ProbeId, ProbeOutcome, ResolverAnswer,
    ResolverKind, Why, WhyCode,
};
use crate::msg::Msg;
use words::tell;

pub(super) use trials::{Trials, answers_differ};

/// Servers that are asked at most; systems use three.
const MAX_SERVERS: usize = 6;
/// Search domains that are tried with a bare name.
const MAX_SEARCH: usize = 6;

/// Resolves the target's name.
pub(super) struct DnsCheck {
    /// The target.
    pub host: Host,
    /// Whether a public server may be asked.
    pub third_party: bool,
    /// For handshakes with addresses that others give.
    pub trials: Trials,
    /// Whom to ask, and how patiently.
    pub surroundings: Surroundings,
}

impl Check for DnsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Dns
    }

    fn limit(&self) -> Duration {
        let pace = self.surroundings.pace;
        pace.system_dns.max(pace.dns) + pace.dns + pace.tls
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        match self.host.clone() {
            Host::Ip(ip) => literal(ip, &report).boxed(),
            Host::Name { ascii, unicode } => {
                if ascii != unicode {
                    let text = Msg::new("probe.dns.idn").with("name", unicode);
                    report.line(ProbeOutcome::Running, text.with("ascii", &ascii));
                }
                self.resolve(ascii, report).boxed()
            }
        }
    }
}

/// An address needs no resolution.
fn literal(ip: IpAddr, report: &Reporter) -> std::future::Ready<Ending> {
    report.line(
        ProbeOutcome::Pass,
        Msg::new("probe.dns.literal").with("address", ip),
    );
    report.observe(Observation::Dns(DnsEvidence {
        hosts_file: Vec::new(),
        system: Fact::Known(Lookup::Addresses {
            addresses: vec![ip],
            aliases: Vec::new(),
        }),
        resolvers: Vec::new(),
        trials: Vec::new(),
    }));
    std::future::ready(Ending::Pass)
}

/// One answer as it comes in.
enum Answered {
    System(std::io::Result<Vec<IpAddr>>, Duration),
    TooLate,
    NotYet,
    Server(usize, Lookup, Duration),
}

impl DnsCheck {
    async fn resolve(self, name: String, mut report: Reporter) -> Ending {
        let pace = self.surroundings.pace;
        let Configured { servers, names } = self.configured(&name);
        let mut seen = DnsEvidence {
            hosts_file: self.hosts_file(&name).await,
            system: Fact::default(),
            resolvers: servers
                .iter()
                .map(|server| unanswered(*server, ResolverKind::Configured))
                .collect(),
            trials: Vec::new(),
        };
        if names.len() > 1 {
            let text = Msg::new("probe.dns.search").with("names", names.join(", "));
            report.line(ProbeOutcome::Running, text);
        }
        for address in &seen.hosts_file {
            let text = Msg::new("probe.dns.hosts").with("address", address);
            report.line(ProbeOutcome::Running, text);
        }
        let mut pending: FuturesUnordered<BoxFuture<'_, Answered>> = FuturesUnordered::new();
        pending.push(system(&self.surroundings, &name).boxed());
        for (index, server) in servers.iter().enumerate() {
            pending.push(ask(index, *server, names.clone(), pace.dns).boxed());
        }
        let mut public_asked = false;
        let mut released = false;
        let mut silent = false;
        // An answer ends the wait first; this is the limit after which none becomes a doubt.
        let silence = tokio::time::sleep(pace.silence);
        tokio::pin!(silence);
        loop {
            let answered = tokio::select! {
                answered = pending.next() => answered,
                () = &mut silence, if !silent => {
                    silent = true;
                    Some(Answered::NotYet)
                }
                () = report.enough() => {
                    released = true;
                    let answers = seen.resolvers.iter_mut().map(|resolver| &mut resolver.answer);
                    for answer in answers.chain([&mut seen.system]) {
                        if *answer == Fact::default() {
                            *answer = Fact::Unknown(Why::code(WhyCode::NotNeeded));
                        }
                    }
                    None
                }
            };
            match answered {
                None => break,
                Some(Answered::NotYet) => {}
                Some(Answered::System(found, took)) => {
                    seen.system = Fact::Known(self.system_answer(found, &servers));
                    tell(&report, &seen.system, None, took);
                }
                Some(Answered::TooLate) => {
                    seen.system = Fact::Known(Lookup::Timeout);
                    tell(&report, &seen.system, None, pace.system_dns);
                }
                Some(Answered::Server(index, lookup, took)) => {
                    if let Some(resolver) = seen.resolvers.get_mut(index) {
                        resolver.answer = Fact::Known(lookup);
                        resolver.took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                        tell(&report, &resolver.answer, Some(resolver.server), took);
                    }
                }
            }
            let wanted = wants_public(&seen, silent) || answers_differ(&seen);
            if !public_asked && self.third_party && wanted && is_public_name(&name) {
                public_asked = true;
                let server = self.surroundings.public_dns;
                // Begun while others are silent, it is not to end long after them.
                let limit = pace.dns.saturating_sub(pace.silence / 2);
                pending.push(ask(seen.resolvers.len(), server, names.clone(), limit).boxed());
                seen.resolvers
                    .push(unanswered(server, ResolverKind::Public));
            }
            report.observe(Observation::Dns(seen.clone()));
        }
        drop(pending);
        report.observe(Observation::Dns(seen.clone()));
        if !released {
            let voice = report.clone();
            tokio::select! {
                () = self.trials.make(&mut seen, &voice) => {}
                () = report.enough() => {}
            }
        }
        ending(&seen)
    }

    /// The DNS servers this device is set up with, and what to ask them. No server for a name that never leaves the
    /// device (RFC 6761 section 6.3).
    fn configured(&self, name: &str) -> Configured {
        let mut configured = Configured {
            servers: Vec::new(),
            names: vec![name.to_owned()],
        };
        if is_localhost(name) {
            return configured;
        }
        if let Some(servers) = &self.surroundings.servers {
            configured.servers.clone_from(servers);
            return configured;
        }
        match hickory_resolver::system_conf::read_system_conf() {
            Ok((config, _)) => configured.take_in(&config),
            // One odd line, a search domain that is no name for one, must not hide that there are servers.
            Err(_) => configured.servers = servers_in(&resolv_conf()),
        }
        configured
    }

    async fn hosts_file(&self, name: &str) -> Vec<IpAddr> {
        let path = self.surroundings.hosts_file.clone();
        let name = name.to_owned();
        let read = tokio::task::spawn_blocking(move || resolve::in_hosts_file(&path, &name));
        read.await.unwrap_or_default()
    }

    fn system_answer(&self, found: std::io::Result<Vec<IpAddr>>, servers: &[SocketAddr]) -> Lookup {
        match found {
            Ok(mut addresses) if !addresses.is_empty() => {
                addresses.truncate(MAX_ADDRESSES);
                Lookup::Addresses {
                    addresses,
                    aliases: Vec::new(),
                }
            }
            _ if servers.is_empty() => Lookup::NoResolver,
            _ => Lookup::NotFound,
        }
    }
}

/// The servers to ask, and the names to ask for until one is there.
struct Configured {
    servers: Vec<SocketAddr>,
    names: Vec<String>,
}

impl Configured {
    /// Adds what the system is set up with, for a question about the only name there is so far.
    fn take_in(&mut self, config: &ResolverConfig) {
        for server in config.name_servers() {
            let connection = server.connections.first();
            let port = connection.map_or(53, |connection| connection.port);
            let addr = SocketAddr::new(server.ip, port);
            if !self.servers.contains(&addr) {
                self.servers.push(addr);
            }
        }
        self.servers.truncate(MAX_SERVERS);
        let bare = self.names.first().filter(|name| !name.contains('.'));
        if let Some(name) = bare.cloned() {
            let domains = config.search().iter().chain(config.domain());
            self.names = domains
                .take(MAX_SEARCH)
                .map(|domain| format!("{name}.{}", domain.to_ascii().trim_end_matches('.')))
                .chain([name.clone()])
                .collect();
        }
    }
}

/// The list of DNS servers of a Unix system; empty where there is none.
fn resolv_conf() -> String {
    use std::io::Read as _;
    const MOST: u64 = 64 << 10;
    let mut content = Vec::new();
    let read = std::fs::File::open("/etc/resolv.conf")
        .and_then(|file| file.take(MOST).read_to_end(&mut content));
    read.map_or_else(
        |_| String::new(),
        |_| String::from_utf8_lossy(&content).into_owned(),
    )
}

/// The servers of such a list, nothing else of it.
fn servers_in(list: &str) -> Vec<SocketAddr> {
    let mut servers: Vec<SocketAddr> = Vec::new();
    for line in list.lines() {
        let mut words = line.split_whitespace();
        if words.next() != Some("nameserver") {
            continue;
        }
        if let Some(ip) = words.next().and_then(|word| word.parse::<IpAddr>().ok())
            && servers.len() < MAX_SERVERS
            && !servers.contains(&SocketAddr::new(ip, 53))
        {
            servers.push(SocketAddr::new(ip, 53));
        }
    }
    servers
}

/// A list of DNS servers as it may lie on a device.
#[cfg(fuzzing)]
pub(super) fn fuzz(list: &[u8]) {
    assert!(servers_in(&String::from_utf8_lossy(list)).len() <= MAX_SERVERS);
    let Ok((config, _)) = hickory_resolver::system_conf::parse_resolv_conf(list) else {
        return;
    };
    for name in ["vpn", "vpn.example.com"] {
        let mut configured = Configured {
            servers: Vec::new(),
            names: vec![name.to_owned()],
        };
        configured.take_in(&config);
        assert!(configured.servers.len() <= MAX_SERVERS);
        assert!(configured.names.len() <= MAX_SEARCH + 1);
        assert_eq!(configured.names.last().map(String::as_str), Some(name));
    }
}

async fn ask(index: usize, server: SocketAddr, names: Vec<String>, limit: Duration) -> Answered {
    let began = Instant::now();
    let lookup = nameserver::ask(server, &names, limit).await;
    Answered::Server(index, lookup, began.elapsed())
}

async fn system(surroundings: &Surroundings, name: &str) -> Answered {
    let began = Instant::now();
    let lookup = surroundings.system.lookup(name);
    match tokio::time::timeout(surroundings.pace.system_dns, lookup).await {
        Ok(found) => Answered::System(found, began.elapsed()),
        Err(_) => Answered::TooLate,
    }
}

pub(super) fn unanswered(server: SocketAddr, kind: ResolverKind) -> ResolverAnswer {
    ResolverAnswer {
        server,
        kind,
        answer: Fact::default(),
        took_ms: 0,
    }
}

/// Whether a server that is not this device's could settle something: the system gives no address, and at least one
/// way of asking has already failed or is late.
fn wants_public(seen: &DnsEvidence, late: bool) -> bool {
    let failed = |answer: &Fact<Lookup>| {
        answer
            .known()
            .is_some_and(|lookup| !matches!(lookup, Lookup::Addresses { .. }))
    };
    let system_found = matches!(seen.system, Fact::Known(Lookup::Addresses { .. }));
    !system_found
        && (late || failed(&seen.system) || seen.resolvers.iter().any(|r| failed(&r.answer)))
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a public server can know the name. Names of inner networks are none of its business (RFC 6761, RFC 6762,
/// RFC 8375, and `.internal`, which ICANN has set aside).
pub(super) fn is_public_name(name: &str) -> bool {
    const INNER: [&str; 12] = [
        "local",
        "localhost",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "test",
        "invalid",
        "example",
        "localdomain",
    ];
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.') && !INNER.contains(&last) && !name.ends_with(".home.arpa")
}

fn ending(seen: &DnsEvidence) -> Ending {
    let configured_failed = seen
        .resolvers
        .iter()
        .filter(|r| r.kind == ResolverKind::Configured)
        .any(|r| matches!(&r.answer, Fact::Known(l) if !matches!(l, Lookup::Addresses { .. })));
    match &seen.system {
        // What the hosts file says is not expected of a server.
        Fact::Known(Lookup::Addresses { .. })
            if configured_failed && seen.hosts_file.is_empty() =>
        {
            Ending::Warn
        }
        Fact::Known(Lookup::Addresses { .. }) => Ending::Pass,
        _ if !seen.addresses().is_empty() => Ending::Warn,
        Fact::Unknown(why) => Ending::Unknown(why.clone()),
        Fact::Known(_) => Ending::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_inner_networks_are_not_told_to_a_public_server() {
        assert!(is_public_name("vpn.example.com"));
        for inner in [
            "vpn",
            "vpn.local",
            "vpn.corp",
            "gw.internal",
            "box.home.arpa",
        ] {
            assert!(!is_public_name(inner), "{inner}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn servers_are_found_beside_a_line_that_is_not_understood() {
        let list = "search bad..name\nnameserver 192.0.2.53\nnameserver x\n nameserver 2001:db8::53\n#nameserver 192.0.2.1\n";
        assert!(hickory_resolver::system_conf::parse_resolv_conf(list).is_err());
        let expected =
            ["192.0.2.53:53", "[2001:db8::53]:53"].map(|addr| addr.parse().expect("an address"));
        assert_eq!(servers_in(list), expected);
    }

    #[test]
    fn a_public_server_is_asked_only_on_doubt() {
        let mut seen = DnsEvidence {
            hosts_file: Vec::new(),
            system: Fact::default(),
            resolvers: Vec::new(),
            trials: Vec::new(),
        };
        assert!(!wants_public(&seen, false));
        assert!(wants_public(&seen, true));
        seen.system = Fact::Known(Lookup::NotFound);
        assert!(wants_public(&seen, false));
        seen.system = Fact::Known(Lookup::Addresses {
            addresses: vec![IpAddr::from([192, 0, 2, 1])],
            aliases: Vec::new(),
        });
        assert!(!wants_public(&seen, true));
    }
}

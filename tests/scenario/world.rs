//! What was seen, in short words: lines of a description become [`Evidence`].

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use vpnmedic::chain::{Cert, Statement, Stores, TrustStore};
use vpnmedic::diagnose::{Diagnosis, Relations, Saved, inspect};
use vpnmedic::evidence::{
    AiaEvidence, AiaFetch, CertificateRequest, ClientEvidence, ClientKey, ClockEvidence, ClockKind,
    ClockSource, Der, DnsEvidence, Evidence, Fact, FetchOutcome, GatewayEvidence, GatewayGuess,
    Greeting, GreetingKind, HandedOut, HttpAnswer, Interface, Lookup, NetworkEvidence, Observation,
    PortAttempt, PortalEvidence, PortalOutcome, PortalProbe, PortsEvidence, ProbeEvent, PublicKey,
    ResolverAnswer, ResolverKind, RevocationEvidence, SignIn, Spoken, StatementFetch,
    StatementOutcome, StatementSource, Target, TcpAttempt, TcpEvidence, TcpOutcome, TlsAttempt,
    TlsEvidence, TlsOutcome, TlsSession, TlsVariant, UnixTime, Why, WhyCode,
};
use vpnmedic::msg::Msg;

use super::hello::versions;
use super::statements::{Crl, Ocsp, Says, refusal};
use super::{Pki, Scenario, device, logs, saved, way};

/// What was seen. An absent field was not looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// What the device says of itself; see `device`.
    pub device: Option<Vec<String>>,
    /// `<name> <address>[/<prefix>] [tunnel]` a line; and `no-v4-route`, `no-v6-route`, `v6-route`.
    pub network: Option<Vec<String>>,
    /// Settings and the try; see `way`.
    pub proxy: Option<Vec<String>>,
    /// The address and its hops; see `way`.
    pub path: Option<Vec<String>>,
    /// A question a line; see `way`.
    pub udp: Option<Vec<String>>,
    /// What the VPN hands out, as the person named it.
    #[serde(default)]
    pub pool: Vec<String>,
    /// Networks that it must not overlap, as the person named them.
    #[serde(default)]
    pub lan: Vec<String>,
    /// People at the peak, as the person named it.
    pub peak: Option<u32>,
    /// The version of the VPN client, as the person named it.
    pub client_version: Option<String>,
    /// `hosts <address>`, `system <lookup>`, `configured <server> <lookup>`, `public <server> <lookup>`; a lookup is
    /// an address, several with commas, or its kind in kebab case.
    pub dns: Option<Vec<String>>,
    /// Handshakes with addresses that others give, as in `tls`.
    #[serde(default)]
    pub trials: Vec<String>,
    /// `<address> <outcome>`.
    pub tcp: Option<Vec<String>>,
    /// `<port> <outcome> [tls] [certificate=<name>] [gateway=<id>]`.
    pub ports: Option<Vec<String>>,
    /// `<variant> <address> <outcome> <certificates with commas> [asks] [accepts=<certificates with commas>] [shown]
    /// [staple <answer>]`; the answer as in `ocsp`.
    pub tls: Option<Vec<String>>,
    /// Greetings beyond the ordinary handshake; see `hello`.
    pub versions: Option<Vec<String>>,
    /// Certificates of a file: then nothing else was looked at.
    pub saved: Option<Vec<String>>,
    /// Given with a file: `<issuer> <first day> <last day> [<certificate>=<day>[:<reason number>]]`.
    #[serde(default)]
    pub crl: Vec<String>,
    /// Given with a file: `<signer> <first day> <last day> <certificate>=good|unknown|<day>[:<reason number>]`, or
    /// `refusal <status number>`. The issuer is `inter`, or `root` for `inter`.
    #[serde(default)]
    pub ocsp: Vec<String>,
    /// `<certificate> responder|list <what came>`: an OCSP answer as in `ocsp`, a list as in `crl`, `failed` or
    /// `not-asked`.
    pub revocation: Option<Vec<String>>,
    /// Names of certificates that could be fetched; `failed` for an address without an answer.
    pub aia: Option<Vec<String>>,
    /// `ntp|http <name> <offset in seconds>`.
    pub clock: Option<Vec<String>>,
    /// `<outcome> [where or title]`, a line a probe.
    pub portal: Option<Vec<String>>,
    /// `<status> <body>`, or `hung-up`.
    pub http: Option<String>,
    /// The product recognised.
    pub gateway: Option<String>,
    /// `<host:port> <handshake as in tls>`, or `<host:port> unvisited`: another gateway that this one names.
    pub handed_out: Option<String>,
    /// `<kind> <status> [certificate] [form|single-sign-on]`: the answer to the first message of the product's clients.
    pub greeting: Option<String>,
    /// The saved connection that was chosen; see `saved`.
    pub profile: Option<Vec<String>>,
    /// The alert with which the gateway ended the session.
    pub alert: Option<String>,
    /// `<certificates with commas> <own|none|missing|unreadable|key of another certificate>`, or `damaged`.
    pub client: Option<String>,
    /// Known messages in logs: `<days ago|-> <id of a message> [handed-in] [times=n]`; see `logs`.
    pub logs: Option<Vec<String>>,
    /// What this system trusts.
    #[serde(default = "public_roots")]
    pub store: Vec<String>,
    /// What Mozilla's programme has.
    #[serde(default = "public_roots")]
    pub mozilla: Vec<String>,
    /// Roots that the site's settings name.
    #[serde(default)]
    pub site_roots: Vec<String>,
    /// CAs that programmes distrust, beside the known ones; see `distrusted`.
    #[serde(default)]
    pub distrusted: Vec<String>,
    /// `<certificate> <day> <replacement>`: roots that have ended, beside the known ones.
    #[serde(default)]
    pub ended: Vec<String>,
}

fn public_roots() -> Vec<String> {
    ["root", "other-root", "new-root", "weak-root"]
        .map(str::to_owned)
        .to_vec()
}

impl Scenario {
    pub fn stores(&self, pki: &Pki) -> Stores {
        let store = |name: &str, roots: &[String]| TrustStore {
            name: name.to_owned(),
            anchors: roots.iter().map(|root| pki.cert(root)).collect(),
        };
        Stores {
            system: store("/etc/ssl/certs", &self.world.store),
            mozilla: store("Mozilla", &self.world.mozilla),
        }
    }

    pub fn evidence(&self, pki: &Pki) -> Evidence {
        let mut evidence = self.empty();
        for observation in self.observations(pki) {
            evidence.apply(&ProbeEvent::Observed(observation));
        }
        evidence.apply(&ProbeEvent::Done);
        evidence
    }

    /// The evidence after each observation but the last.
    pub fn on_the_way(&self, pki: &Pki) -> Vec<Evidence> {
        let mut evidence = self.empty();
        let mut steps = vec![evidence.clone()];
        for observation in self.observations(pki) {
            evidence.apply(&ProbeEvent::Observed(observation));
            steps.push(evidence.clone());
        }
        steps
    }

    /// Whether it is about a file.
    pub fn is_saved(&self) -> bool {
        self.world.saved.is_some()
    }

    /// What follows from the file.
    pub fn inspect(&self, pki: &Pki, relations: &Relations) -> Diagnosis {
        let names = self.world.saved.as_deref().unwrap_or_default();
        let served: Vec<Der> = names.iter().map(|name| pki.der(name)).collect();
        let target = Target::parse(&self.target).unwrap();
        let lists = self.world.crl.iter().map(|line| crl(line, pki));
        let answers = self.world.ocsp.iter().map(|line| ocsp(line, pki));
        let statements: Vec<Statement> = lists
            .map(|der| Statement::list("list.crl", &der))
            .chain(answers.map(|der| Statement::answer("answer.der", &der)))
            .collect();
        let saved = Saved {
            served: &served,
            name: Some(&target.host),
            at: self.empty().started_at,
            statements: &statements,
            client: None,
            client_roots: &[],
        };
        inspect(&saved, &self.stores(pki), relations)
    }

    fn empty(&self) -> Evidence {
        let now: i64 = self.now.parse::<jiff::Timestamp>().unwrap().as_second();
        Evidence::new(Target::parse(&self.target).unwrap(), UnixTime(now))
    }

    fn observations(&self, pki: &Pki) -> Vec<Observation> {
        let world = &self.world;
        let port = Target::parse(&self.target).unwrap().port;
        let mut seen = Vec::new();
        if let Some(line) = &world.client {
            seen.push(Observation::Client(client(line, pki)));
        }
        if let Some(lines) = &world.profile {
            let profile = saved::profile(lines, &self.target, pki);
            if let Some(client) = profile.client() {
                seen.push(Observation::Client(client));
            }
            seen.push(Observation::Profile(Box::new(profile)));
        }
        if !world.pool.is_empty() {
            seen.push(Observation::Ranges(way::ranges(
                &world.pool,
                &world.lan,
                world.peak,
            )));
        }
        if let Some(version) = &world.client_version {
            seen.push(Observation::ClientVersion(version.clone()));
        }
        if let Some(lines) = &world.device {
            seen.push(Observation::Device(Box::new(device::device(lines))));
        }
        if let Some(lines) = &world.network {
            seen.push(Observation::Network(network(lines)));
        }
        if let Some(lines) = &world.dns {
            let mut dns = dns(lines);
            let trials = world.trials.iter();
            dns.trials = trials.map(|line| self.tls(line, port, pki)).collect();
            seen.push(Observation::Dns(dns));
        }
        if let Some(lines) = &world.tcp {
            let attempts = lines.iter().map(|line| tcp(line, port)).collect();
            seen.push(Observation::Tcp(TcpEvidence { attempts }));
        }
        if let Some(lines) = &world.path {
            seen.push(Observation::Path(way::path(lines)));
        }
        if let Some(lines) = &world.udp {
            seen.push(Observation::Udp(way::udp_all(lines)));
        }
        if let Some(lines) = &world.tls {
            let attempts = lines.iter().map(|line| self.tls(line, port, pki)).collect();
            seen.push(Observation::Tls(TlsEvidence { attempts }));
        }
        if let Some(lines) = &world.proxy {
            let behind = |line: &str| self.tls(line, port, pki);
            seen.push(Observation::Proxy(way::proxy(lines, behind)));
        }
        if let Some(lines) = &world.versions {
            seen.push(Observation::Versions(versions(lines, port, pki)));
        }
        if let Some(names) = &world.aia {
            let fetches = names
                .iter()
                .map(|name| AiaFetch {
                    url: format!("http://pki.example.com/{name}.cer"),
                    outcome: if name == "failed" {
                        FetchOutcome::Failed(Why::code(WhyCode::TimedOut))
                    } else {
                        FetchOutcome::Fetched(vec![pki.der(name)])
                    },
                })
                .collect();
            seen.push(Observation::Aia(AiaEvidence { fetches }));
        }
        if let Some(lines) = &world.revocation {
            let fetches = lines.iter().map(|line| statement(line, pki)).collect();
            seen.push(Observation::Revocation(RevocationEvidence { fetches }));
        }
        if let Some(lines) = &world.clock {
            let sources = lines.iter().map(|line| clock(line)).collect();
            seen.push(Observation::Clock(ClockEvidence { sources }));
        }
        if let Some(lines) = &world.portal {
            let probes = lines
                .iter()
                .enumerate()
                .map(|(n, line)| portal(n, line))
                .collect();
            seen.push(Observation::Portal(PortalEvidence { probes }));
        }
        if let Some(lines) = &world.ports {
            let attempts = lines.iter().map(|line| other_port(line, pki)).collect();
            seen.push(Observation::Ports(PortsEvidence { attempts }));
        }
        let greeted = world.greeting.is_some();
        if world.http.is_some() || world.gateway.is_some() || world.alert.is_some() || greeted {
            seen.push(Observation::Gateway(GatewayEvidence {
                http: world
                    .http
                    .as_deref()
                    .map_or(Fact::default(), |line| match line {
                        "hung-up" => Fact::Unknown(Why::code(WhyCode::HungUp)),
                        line => Fact::Known(http(line)),
                    }),
                product: world.gateway.as_deref().map(guess),
                alert: world.alert.clone(),
                handed_out: world
                    .handed_out
                    .as_deref()
                    .map(|line| Box::new(self.handed_out(line, pki))),
                greeting: world.greeting.as_deref().map(greeting),
            }));
        }
        if let Some(lines) = &world.logs {
            let now = self.empty().started_at;
            seen.push(Observation::Logs(logs::logs(lines, now)));
        }
        seen
    }

    fn handed_out(&self, line: &str, pki: &Pki) -> HandedOut {
        let (place, handshake) = line.split_once(' ').unwrap();
        let there = Target::parse(place).unwrap();
        HandedOut {
            port: there.port,
            tls: match handshake {
                "unvisited" => Fact::Unknown(Why::code(WhyCode::NoThirdParty)),
                handshake => Fact::Known(self.tls(handshake, there.port, pki)),
            },
            host: there.host,
        }
    }

    fn tls(&self, line: &str, port: u16, pki: &Pki) -> TlsAttempt {
        let (handshake, staple) = match line.split_once(" staple ") {
            Some((handshake, staple)) => (handshake, Some(staple)),
            None => (line, None),
        };
        let words: Vec<&str> = handshake.split(' ').collect();
        let [variant, addr, outcome, rest @ ..] = words.as_slice() else {
            panic!("{line}")
        };
        let variant = match *variant {
            "ordinary" => TlsVariant::Ordinary,
            "without-sni" => TlsVariant::WithoutSni,
            "without-pq" => TlsVariant::WithoutPostQuantum,
            "other" => TlsVariant::OtherAddress,
            "again" => TlsVariant::Again,
            "small" => TlsVariant::SmallSegments,
            "without-hello" => TlsVariant::WithoutHello,
            _ => panic!("{line}"),
        };
        let (kind, detail) = outcome.split_once('=').unwrap_or((outcome, "0"));
        let number = || detail.parse().unwrap();
        let session = |asked| {
            TlsOutcome::Completed(TlsSession {
                version: "1.3".to_owned(),
                cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
                key_exchange: "X25519MLKEM768".to_owned(),
                alpn: None,
                client_auth_requested: asked,
                secure_renegotiation: None,
            })
        };
        let outcome = match kind {
            "completed" => session(false),
            "asks-certificate" => session(true),
            "completed-1.2" => TlsOutcome::Completed(TlsSession {
                version: "1.2".to_owned(),
                cipher: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384".to_owned(),
                key_exchange: "x25519".to_owned(),
                alpn: None,
                client_auth_requested: false,
                secure_renegotiation: match detail {
                    "renegotiation" => Some(true),
                    "no-renegotiation" => Some(false),
                    _ => None,
                },
            }),
            "alert" => TlsOutcome::Alert(detail.to_owned()),
            "closed" => TlsOutcome::Closed { received: number() },
            "reset" => TlsOutcome::Reset { received: number() },
            "stalled" => TlsOutcome::Stalled { received: number() },
            "unconnected" => TlsOutcome::NotConnected(self::outcome(detail)),
            "incompatible" => TlsOutcome::Incompatible(detail.to_owned()),
            "http" => TlsOutcome::NotTls(Spoken::Http),
            "ssh" => TlsOutcome::NotTls(Spoken::Ssh),
            "smtp" => TlsOutcome::NotTls(Spoken::Smtp),
            _ => panic!("{line}"),
        };
        let names = rest
            .first()
            .map_or(Vec::new(), |names| names.split(',').collect());
        TlsAttempt {
            variant,
            addr: (addr.parse::<IpAddr>().unwrap(), port).into(),
            sni: (variant != TlsVariant::WithoutSni).then(|| "vpn.example.com".to_owned()),
            outcome,
            served: names.into_iter().map(|name| pki.der(name)).collect(),
            stapled_ocsp: staple.map(|text| ocsp(text, pki)),
            certificate_request: (kind == "asks-certificate" || rest.len() > 1)
                .then(|| request(rest.get(1..).unwrap_or_default(), pki)),
            took_us: 20_000,
        }
    }
}

/// Midnight that begins this day.
fn midnight(day: &str) -> UnixTime {
    let moment: jiff::Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    UnixTime(moment.as_second())
}

/// `<day>[:<reason number>]`.
fn since(text: &str) -> (UnixTime, Option<u8>) {
    match text.split_once(':') {
        Some((day, reason)) => (midnight(day), Some(reason.parse().unwrap())),
        None => (midnight(text), None),
    }
}

fn crl(line: &str, pki: &Pki) -> Der {
    let words: Vec<&str> = line.split(' ').collect();
    let [name, from, until, entries @ ..] = words.as_slice() else {
        panic!("{line}")
    };
    let issuer = pki.cert(name);
    let mut list = Crl::new(&issuer, pki.key(name), midnight(from));
    list.from = midnight(from);
    list.until = Some(midnight(until));
    for entry in entries {
        let (cert, text) = entry.split_once('=').unwrap();
        let (day, reason) = since(text);
        list = list.with(&pki.cert(cert), day, reason);
    }
    list.make()
}

fn ocsp(line: &str, pki: &Pki) -> Der {
    let words: Vec<&str> = line.split(' ').collect();
    if let ["refusal", status] = words.as_slice() {
        return refusal(status.parse().unwrap());
    }
    let [signer, from, until, word] = words.as_slice() else {
        panic!("{line}")
    };
    let (cert, text) = word.split_once('=').unwrap();
    let issuer = if cert == "inter" { "root" } else { "inter" };
    let (cert, issuer) = (pki.cert(cert), pki.cert(issuer));
    let signer_cert: std::sync::Arc<Cert> = pki.cert(signer);
    let mut answer = Ocsp::new(&cert, &issuer, pki.key(signer), midnight(from));
    (answer.from, answer.until) = (midnight(from), Some(midnight(until)));
    answer.says = match text {
        "good" => Says::Good,
        "unknown" => Says::Unknown,
        text => {
            let (day, reason) = since(text);
            Says::Revoked(day, reason)
        }
    };
    if !["inter", "root"].contains(signer) {
        answer.responder = &signer_cert;
        answer.embedded = vec![&signer_cert];
    }
    answer.make()
}

fn statement(line: &str, pki: &Pki) -> StatementFetch {
    let words: Vec<&str> = line.splitn(3, ' ').collect();
    let [name, kind, came] = words.as_slice() else {
        panic!("{line}")
    };
    let (kind, url) = match *kind {
        "responder" => (StatementSource::Responder, "http://ocsp.example.com/"),
        "list" => (StatementSource::List, "http://pki.example.com/ca.crl"),
        _ => panic!("{line}"),
    };
    StatementFetch {
        certificate: data_encoding::HEXLOWER.encode(&pki.cert(name).sha256),
        url: url.to_owned(),
        kind,
        outcome: match (*came, kind) {
            ("failed", _) => StatementOutcome::Failed(Why::code(WhyCode::TimedOut)),
            ("not-asked", _) => StatementOutcome::NotAsked(Why::code(WhyCode::Unsupported)),
            (text, StatementSource::Responder) => StatementOutcome::Fetched(ocsp(text, pki)),
            (text, StatementSource::List) => StatementOutcome::Fetched(crl(text, pki)),
        },
    }
}

fn request(words: &[&str], pki: &Pki) -> CertificateRequest {
    let mut request = CertificateRequest::default();
    for word in words {
        match word.split_once('=') {
            Some(("accepts", names)) => {
                request.authorities = names
                    .split(',')
                    .map(|name| Der::from(pki.cert(name).subject_der.clone()))
                    .collect();
            }
            None if *word == "shown" => request.answered = true,
            None if *word == "asks" => {}
            _ => panic!("{word}"),
        }
    }
    request
}

fn client(line: &str, pki: &Pki) -> ClientEvidence {
    let (names, key) = line.split_once(' ').unwrap_or((line, "none"));
    let damaged = names == "damaged";
    let certificates: Vec<Der> = if damaged {
        Vec::new()
    } else {
        names.split(',').map(|name| pki.der(name)).collect()
    };
    let public = |name: &str| PublicKey::Ec {
        curve: "P-256".to_owned(),
        point: Der::from(pki.cert(name).public_key()),
    };
    ClientEvidence {
        file: "me.pem".to_owned(),
        damage: damaged.then(|| Msg::new("client.read.empty")),
        key: match key {
            "none" => ClientKey::NotGiven,
            "missing" => ClientKey::Missing,
            "unreadable" => ClientKey::Unreadable {
                file: "me.key".to_owned(),
                reason: Msg::new("client.read.empty"),
            },
            "own" => ClientKey::Seen(vec![public(names.split(',').next().unwrap())]),
            other => ClientKey::Seen(vec![public(other)]),
        },
        can_be_shown: key == "own",
        certificates,
    }
}

fn network(lines: &[String]) -> NetworkEvidence {
    let mut network = NetworkEvidence {
        interfaces: Vec::new(),
        default_route_v4: Fact::Known(true),
        default_route_v6: Fact::Known(false),
    };
    for line in lines {
        match line.as_str() {
            "no-v4-route" => network.default_route_v4 = Fact::Known(false),
            "no-v6-route" => network.default_route_v6 = Fact::Known(false),
            "v6-route" => network.default_route_v6 = Fact::Known(true),
            line => {
                let mut words = line.split(' ');
                let (name, text) = (words.next().unwrap(), words.next().unwrap());
                let (address, networks) = match text.parse::<IpNet>() {
                    Ok(net) => (net.addr(), vec![net.trunc()]),
                    Err(_) => (text.parse().unwrap(), Vec::new()),
                };
                network.interfaces.push(Interface {
                    name: name.to_owned(),
                    addresses: vec![address],
                    networks,
                    tunnel: words.next() == Some("tunnel"),
                });
            }
        }
    }
    network
}

fn dns(lines: &[String]) -> DnsEvidence {
    let mut dns = DnsEvidence {
        hosts_file: Vec::new(),
        system: Fact::default(),
        resolvers: Vec::new(),
        trials: Vec::new(),
    };
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let kind = match words[0] {
            "hosts" => {
                dns.hosts_file.push(words[1].parse().unwrap());
                continue;
            }
            "system" => {
                dns.system = Fact::Known(lookup(words[1]));
                continue;
            }
            "configured" => ResolverKind::Configured,
            "public" => ResolverKind::Public,
            _ => panic!("{line}"),
        };
        dns.resolvers.push(ResolverAnswer {
            server: (words[1].parse::<IpAddr>().unwrap(), 53).into(),
            kind,
            answer: Fact::Known(lookup(words[2])),
            took_ms: 2_000,
        });
    }
    dns
}

fn lookup(word: &str) -> Lookup {
    match word {
        "nxdomain" => Lookup::NxDomain,
        "no-records" => Lookup::NoRecords,
        "servfail" => Lookup::ServFail,
        "refused" => Lookup::Refused,
        "timeout" => Lookup::Timeout,
        "no-resolver" => Lookup::NoResolver,
        "not-found" => Lookup::NotFound,
        "unreachable" => Lookup::Unreachable("Network is unreachable".to_owned()),
        addresses => Lookup::Addresses {
            addresses: addresses.split(',').map(|a| a.parse().unwrap()).collect(),
            aliases: Vec::new(),
        },
    }
}

pub fn outcome(word: &str) -> TcpOutcome {
    match word {
        "open" => TcpOutcome::Open,
        "refused" => TcpOutcome::Refused,
        "reset" => TcpOutcome::Reset,
        "rejected" => TcpOutcome::Rejected,
        "no-route" => TcpOutcome::NoRoute,
        "timeout" => TcpOutcome::TimedOut,
        "not-permitted" => TcpOutcome::NotPermitted,
        other => TcpOutcome::Failed(other.to_owned()),
    }
}

fn tcp(line: &str, port: u16) -> TcpAttempt {
    let (addr, word) = line.split_once(' ').unwrap();
    TcpAttempt {
        addr: (addr.parse::<IpAddr>().unwrap(), port).into(),
        outcome: outcome(word),
        took_us: 10_000,
    }
}

fn other_port(line: &str, pki: &Pki) -> PortAttempt {
    let mut words = line.split(' ');
    let port: u16 = words.next().unwrap().parse().unwrap();
    let mut attempt = PortAttempt {
        addr: ("192.0.2.10".parse::<IpAddr>().unwrap(), port).into(),
        tcp: outcome(words.next().unwrap()),
        tls: Fact::Known(false),
        certificate: None,
        gateway: None,
    };
    for word in words {
        match word.split_once('=') {
            None => attempt.tls = Fact::Known(true),
            Some(("certificate", name)) => attempt.certificate = Some(pki.der(name)),
            Some(("gateway", id)) => attempt.gateway = Some(guess(id)),
            Some(_) => panic!("{line}"),
        }
    }
    attempt
}

fn clock(line: &str) -> ClockSource {
    let words: Vec<&str> = line.split(' ').collect();
    let (kind, error_ms) = match words[0] {
        "ntp" => (ClockKind::Ntp, 20),
        "http" => (ClockKind::HttpDate, 1_000),
        _ => panic!("{line}"),
    };
    ClockSource {
        name: words[1].to_owned(),
        kind,
        offset_ms: words[2].parse::<i64>().unwrap() * 1000,
        error_ms,
    }
}

fn portal(number: usize, line: &str) -> PortalProbe {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    PortalProbe {
        clock: None,
        url: format!("http://probe{number}.example.org/generate_204"),
        outcome: match word {
            "clear" => PortalOutcome::Clear,
            "redirected" => PortalOutcome::Redirected(rest.to_owned()),
            "rewritten" => PortalOutcome::Rewritten {
                status: 200,
                title: Some(rest.to_owned()),
            },
            "silent" => PortalOutcome::NoAnswer,
            _ => panic!("{line}"),
        },
    }
}

fn http(line: &str) -> HttpAnswer {
    let (status, body) = line.split_once(' ').unwrap_or((line, ""));
    HttpAnswer {
        status: status.parse().unwrap(),
        headers: vec![("retry-after".to_owned(), "120".to_owned())],
        body: body.to_owned(),
    }
}

fn guess(id: &str) -> GatewayGuess {
    GatewayGuess {
        id: id.to_owned(),
        name: id.to_owned(),
        how: "a mark".to_owned(),
        confidence: 90,
    }
}

fn greeting(line: &str) -> Greeting {
    let words: Vec<&str> = line.split(' ').collect();
    let [kind, status, rest @ ..] = words.as_slice() else {
        panic!("{line}")
    };
    Greeting {
        kind: match *kind {
            "anyconnect" => GreetingKind::AnyConnect,
            "globalprotect-portal" => GreetingKind::GlobalProtectPortal,
            "globalprotect-gateway" => GreetingKind::GlobalProtectGateway,
            _ => panic!("{line}"),
        },
        status: status.parse().unwrap(),
        wants_certificate: rest.contains(&"certificate"),
        sign_in: match rest {
            [.., "form"] => Some(SignIn::Form),
            [.., "single-sign-on"] => Some(SignIn::SingleSignOn),
            _ => None,
        },
        region: None,
        message: None,
    }
}

//! What was seen, in short words: lines of a description become [`Evidence`].

use serde::Deserialize;
use vpnmedic::chain::{Statement, Stores, TrustStore};
use vpnmedic::diagnose::{Diagnosis, Relations, Saved, inspect};
use vpnmedic::evidence::{
    AiaEvidence, AiaFetch, BackupsEvidence, ClientEvidence, ClientKey, ClockEvidence, Der,
    Evidence, Fact, FetchOutcome, GatewayEvidence, Observation, PortalEvidence, PortsEvidence,
    ProbeEvent, PublicKey, RevocationEvidence, Target, TcpEvidence, TlsEvidence, UnixTime, Why,
    WhyCode,
};
use vpnmedic::msg::Msg;

use super::answers::{clock, greeting, guess, http, portal};
use super::hello::versions;
use super::network::{dns, network, other_port, tcp};
use super::revocation::{crl, ocsp, statement};
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
    /// `<host> <address> <outcome>` as in `tcp`, `<host> <handshake as in tls>`, or `<host> unresolved`.
    pub backups: Option<Vec<String>>,
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
    /// `<status> <body>`, `<status> x-reason: <header>`, or `hung-up`.
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
    /// `<programme> <source|recall> <day> <public|any> <days>`: limits of validity, beside the known ones.
    #[serde(default)]
    pub limits: Vec<String>,
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
            brought: 0,
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
        if let Some(lines) = &world.backups {
            let attempts = lines
                .iter()
                .map(|line| self.backup(line, port, pki))
                .collect();
            seen.push(Observation::Backups(BackupsEvidence { attempts }));
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

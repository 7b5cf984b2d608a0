//! One case: what is broken, what an independent program makes of it, what vpnmedic must say. Not here: the table of
//! cases ([`crate::cases`]) and how worlds are built ([`crate::world`]).

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::between::Between;
use crate::cards::Card;
use crate::certificates::{Chain, SOUND};
use crate::servers::{Gateway, Tls};
use crate::tools::{Outcome, Ran, Run, Trouble, find, libfaketime};
use crate::twists::Twist;
use crate::verdict::{Expect, complaints};
use crate::witness::Witness;
use crate::world::{LIAR_HOST, NTP_HOST, PORTAL_CHECK, PROXY, Sent, VPN, World};

/// How long one `vpnmedic check` may take before it is taken for hanging.
const CHECK: Duration = Duration::from_secs(60);

/// Gateways count connections and ban the eager: ocserv's sample configuration bans at 80 points, one for each
/// connection, ten for each wrong password.
const CONNECTIONS: usize = 12;

/// A world, a question and the expected answer. The fields of [`HEALTHY`] make a world that nothing is wrong with.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The test's name.
    pub name: &'static str,
    /// What vpnmedic must find.
    pub expect: Expect,
    /// What an independent client must meet: the proof that the world is broken as the case says.
    pub witness: Witness,
    /// The program on the gateway; none listens where there is none.
    pub gateway: Option<Gateway>,
    /// Its port.
    pub port: u16,
    /// Its TLS versions.
    pub tls: Tls,
    /// Its certificates.
    pub chain: Chain,
    /// The addresses that client and gateway have.
    pub family: Family,
    /// How the gateway is more than one server with one certificate.
    pub twist: Twist,
    /// What happens on the way.
    pub path: OnPath,
    /// What the resolver does.
    pub dns: Dns,
    /// Whether a captive portal holds the client.
    pub portal: Option<Portal>,
    /// The proxy that the client is set up to use.
    pub proxy: Option<Proxy>,
    /// Somebody in between who signs in the gateway's place.
    pub between: Option<Between>,
    /// The certificate that the client hands in.
    pub card: Option<Card>,
    /// Whether the site's settings name the root of the gateway's chain.
    pub pinned: bool,
    /// What answers over UDP beside the gateway.
    pub udp: Option<Udp>,
    /// The device's clock against the true one, as libfaketime writes it (`-3d`, `+400d`).
    pub clock: Option<&'static str>,
    /// Whether a time source answers.
    pub ntp: bool,
    /// How far off a second time source is that lies, as libfaketime writes it.
    pub liar: Option<&'static str>,
    /// What the person types.
    pub ask: &'static str,
    /// Further arguments.
    pub args: &'static [&'static str],
}

/// A world as it should be.
pub const HEALTHY: Case = Case {
    name: "",
    expect: Expect::Healthy,
    witness: Witness::Accepted,
    gateway: Some(Gateway::Ocserv),
    port: 443,
    tls: Tls::Both,
    chain: SOUND,
    family: Family::V4,
    twist: Twist::None,
    path: OnPath::Clear,
    dns: Dns::Answers,
    portal: None,
    proxy: None,
    between: None,
    card: None,
    pinned: false,
    udp: None,
    clock: None,
    ntp: true,
    liar: None,
    ask: VPN,
    args: &[],
};

/// IP versions of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
    /// Both.
    Both,
}

/// What becomes of packets to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPath {
    /// They arrive.
    Clear,
    /// All are dropped without a word.
    DropAll,
    /// Those to port 443 are dropped without a word.
    DropPort,
    /// Every 25th is lost, in either direction.
    Lossy,
    /// Each is lost with a chance of one in a hundred, in either direction.
    LosesOnePercent,
    /// They arrive, and take 50 ms each way.
    Far,
    /// They arrive, and take 150 ms each way.
    VeryFar,
    /// Those to port 443 are answered with "administratively prohibited".
    Reject,
    /// Those to port 443 are answered with "port unreachable", as filters do that are told nothing else: a program meets
    /// the same error as with a reset.
    RejectAsClosed,
    /// Those to port 443 are answered with a reset, as if nothing listened.
    Reset,
    /// All are answered with "no route".
    NoWayOn,
    /// Those over UDP to port 443 are answered with "administratively prohibited".
    RejectUdp,
    /// Those above 1400 bytes do not get through, and the router says so.
    Narrow,
    /// Those above 1400 bytes are lost without a word, in both directions.
    BlackHole,
    /// The same, only on the way to the client.
    BlackHoleDown,
    /// Hellos with the post-quantum key share are swallowed.
    SwallowsLargeHellos,
    /// Hellos with the post-quantum key share are answered with a reset.
    ResetsLargeHellos,
    /// All hellos are swallowed.
    SwallowsHellos,
    /// All hellos are answered with a reset.
    ResetsHellos,
    /// All over TCP are dropped without a word, whatever the port.
    DropTcp,
    /// Those over IPv6 are dropped without a word.
    DropV6,
    /// Those over IPv6 are answered with "administratively prohibited".
    RejectV6,
    /// The client has no way beyond its own network.
    NoDefaultRoute,
    /// The client itself forbids what goes to the gateway, as the kill switch of another VPN program does.
    ForbiddenHere,
}

/// What becomes of questions to the resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dns {
    /// They are answered.
    Answers,
    /// They are answered: there is no such name.
    NoSuchName,
    /// They are dropped without a word.
    Silent,
    /// They are answered, and the gateway's name also has addresses of the family that this client has not.
    AnswersBoth,
    /// Signatures that should be there are not: it checks them and gives no answer (SERVFAIL).
    FailsChecks,
    /// It refuses to answer for the gateway's name.
    Refuses,
    /// No resolver is set.
    NoneSet,
    /// They are answered; a line in the hosts file leads to the other machine all the same.
    HostsLine,
    /// The resolver asked first leads to the other machine, the second to the gateway.
    FirstLeadsElsewhere,
    /// The resolver asked first leads to the gateway, the second to the other machine.
    SecondLeadsElsewhere,
}

/// How a captive portal holds its guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portal {
    /// Every name leads to it.
    Names,
    /// Names are true, but web connections to any address end at it.
    Intercepts,
    /// Plain HTTP ends at it, everything else is dropped.
    RedirectsWeb,
}

/// A proxy on the client's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Opens a way to everybody.
    Open,
    /// Wants a sign-in first.
    WantsSignIn,
    /// Nobody listens there.
    Dead,
}

/// Another VPN server on the gateway, over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Udp {
    /// OpenVPN on its port 1194, without a key for the first packet.
    OpenVpn,
    /// IKEv2 on its ports 500 and 4500.
    Ike,
}

/// What the client's settings hold as the proxy's password; it may appear nowhere.
const PROXY_PASSWORD: &str = "opensesame";

impl Case {
    /// Carries the case out; a case that this machine cannot stage is skipped in so many words, or fails where
    /// `VPNMEDIC_REQUIRE_LAB=1` says that nothing may be skipped.
    pub fn run(&self) {
        match self.carry_out() {
            Ok(complaints) if complaints.is_empty() => {}
            Ok(complaints) => panic!("{}: {}", self.name, complaints.join("\n")),
            Err(Trouble::Broken(why)) => panic!("{}: the lab broke: {why}", self.name),
            Err(Trouble::Missing(what)) => skip(self.name, &what),
        }
    }

    fn carry_out(&self) -> Outcome<Vec<String>> {
        let world = World::build(self)?;
        let seen = self.witness.look(self, &world);
        let verdict = seen.and_then(|mut complaints| {
            if std::env::var_os("VPNMEDIC_LAB_SHOW").is_some() {
                return Ok(complaints);
            }
            for _ in 0..repetitions() {
                complaints.extend(self.ask(&world)?);
            }
            Ok(complaints)
        });
        // Where it went wrong, the panic comes while the world still stands, so that its servers show their logs.
        match verdict {
            Ok(complaints) if !complaints.is_empty() => {
                panic!("{}: {}", self.name, complaints.join("\n"))
            }
            Err(Trouble::Broken(why)) => panic!("{}: the lab broke: {why}", self.name),
            other => other,
        }
    }

    /// Asks vpnmedic once.
    fn ask(&self, world: &World) -> Outcome<Vec<String>> {
        let before = world.sent()?;
        let ran = self.check(world)?;
        let after = world.sent()?;
        if let Some(folder) = std::env::var_os("VPNMEDIC_LAB_RECORD") {
            let file = Path::new(&folder).join(format!("{}.json", self.name));
            std::fs::write(file, &ran.stdout)?;
        }
        let mut complaints = self.judge(&ran, world.certificates.count);
        complaints.extend(self.manners(before, after));
        Ok(complaints)
    }

    /// One `vpnmedic check` on the client of this world.
    pub fn check(&self, world: &World) -> Outcome<Ran> {
        let mut args: Vec<OsString> = vec!["check".into(), self.ask.into(), "--json".into()];
        args.extend(["--ca".into(), world.certificates.trusted.clone().into()]);
        args.extend(["--portal".into(), PORTAL_CHECK.into()]);
        args.extend(["--ntp".into(), NTP_HOST.into()]);
        if self.liar.is_some() {
            args.extend(["--ntp".into(), LIAR_HOST.into()]);
        }
        args.extend(world.options.iter().cloned());
        args.extend(self.args.iter().map(OsString::from));
        self.as_person(world, Path::new(env!("CARGO_BIN_EXE_vpnmedic")))?
            .args(args)
            .limit(CHECK)
            .end()
    }

    /// A program on the client, with the client's clock and nothing of this machine's settings.
    pub fn as_person(&self, world: &World, program: &Path) -> Outcome<Run> {
        let home = world.folder.path().display();
        let mut run = world.client.run(&find("env")?)?.args([
            "-i",
            "PATH=/usr/bin:/bin",
            "LANG=C.UTF-8",
            &format!("HOME={home}"),
        ]);
        if let Some(shift) = self.clock {
            run = run
                .arg(format!("LD_PRELOAD={}", libfaketime()?.display()))
                .args([
                    &format!("FAKETIME={shift}"),
                    "DONT_FAKE_MONOTONIC=1",
                    "NO_FAKE_STAT=1",
                ]);
        }
        if self.proxy.is_some() {
            let proxy = format!("https_proxy=http://alice:{PROXY_PASSWORD}@{PROXY}/");
            run = run.arg(proxy);
        }
        Ok(run.arg(program))
    }

    fn judge(&self, ran: &Ran, served: usize) -> Vec<String> {
        let mut found = match serde_json::from_str::<Value>(&ran.stdout) {
            Ok(document) => {
                let mut list = complaints(&self.expect, ran.status.code(), &document);
                list.extend(self.observed(&document, served));
                list
            }
            Err(error) => vec![format!("standard output is not one JSON document: {error}")],
        };
        if ran.stdout.contains(PROXY_PASSWORD) || ran.stderr.contains(PROXY_PASSWORD) {
            found.push("a password is shown".to_owned());
        }
        if found.is_empty() {
            return found;
        }
        let shown = format!(
            "vpnmedic ended with {} after {} ms and said:\n{}\n{}",
            ran.status,
            ran.took.as_millis(),
            ran.stdout,
            ran.stderr
        );
        found.into_iter().chain([shown]).collect()
    }

    /// What the document says it saw must be what this world showed.
    fn observed(&self, document: &Value, served: usize) -> Vec<String> {
        let mut list = Vec::new();
        if matches!(
            self.witness,
            Witness::Accepted | Witness::Verify(_) | Witness::ExpiredAt(_) | Witness::Name
        ) {
            let chain = document["chain"].as_array().map_or(&[][..], Vec::as_slice);
            let shown = chain
                .iter()
                .filter(|entry| entry["source"] == "served")
                .count();
            if shown != served {
                list.push(format!(
                    "{served} certificates are served, the document shows {shown}"
                ));
            }
            let version = match self.tls {
                Tls::Both | Tls::Only13 => Some("1.3"),
                Tls::Only12 => Some("1.2"),
                Tls::Words(_) => None,
            };
            if let Some(version) = version
                && document["tls"]["version"] != version
            {
                list.push(format!(
                    "TLS {version} is best here, the document says {}",
                    document["tls"]
                ));
            }
        }
        let ocserv = matches!(self.gateway, Some(Gateway::Ocserv | Gateway::OcservDtls));
        if ocserv
            && matches!(self.expect, Expect::Healthy)
            && document["gateway"]["product"] != "ocserv"
        {
            list.push(format!(
                "the gateway is ocserv, the document says {}",
                document["gateway"]
            ));
        }
        list
    }

    /// How vpnmedic behaved towards others.
    fn manners(&self, before: Sent, after: Sent) -> Vec<String> {
        let mut list = Vec::new();
        let connections = after.connections - before.connections;
        if connections > CONNECTIONS {
            list.push(format!(
                "{connections} connections to the gateway; at most {CONNECTIONS} are decent"
            ));
        }
        let third = after.to_third_parties - before.to_third_parties;
        if self.args.contains(&"--no-third-party") && third > 0 {
            list.push(format!(
                "{third} packets to third parties, though none may be contacted"
            ));
        }
        list
    }
}

/// How often the same world is asked: an answer that is right nine times in ten is wrong.
pub fn repetitions() -> u32 {
    let asked = std::env::var("VPNMEDIC_LAB_REPEAT").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(1)
}

/// Says on the terminal, past the test harness, that a case was not carried out.
///
/// # Panics
/// Where nothing may be skipped.
pub fn skip(name: &str, what: &str) {
    let strict = std::env::var_os("VPNMEDIC_REQUIRE_LAB").is_some_and(|value| value == "1");
    assert!(!strict, "SKIPPED {name}: {what}");
    // Not eprintln!: the harness would swallow it in a test that passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {what}");
}

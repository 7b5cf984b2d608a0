//! Every shape that a session is made of, taken apart field by field. Nothing is passed over with `..`: a new field or
//! a new event does not compile until somebody has said here what it is.
//!
//! A field without a word goes by its type, and only types that can hold no words of outside have a way through; a
//! field with one (`host`, `text`, `path` ...) goes through [`Redactor`]'s method of that name.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::Redactor;
use crate::cause::CauseId;
use crate::diagnose::{Certainty, Finding, Impact, Proof, Repair, Verdict};
use crate::evidence::*;
use crate::guide::{Choice, Lang, System, Verified};
use crate::msg::Msg;
use crate::session::journal::Header;
use crate::session::{Mark, SavedFile, SessionEvent, Stage};

/// Something that can be redacted.
pub trait Redact: Sized {
    /// What is left of it.
    fn redact(self, r: &mut Redactor) -> Self;
}

macro_rules! one {
    ($r:ident, $v:ident) => {
        $v.redact($r)
    };
    ($r:ident, $v:ident, $how:ident) => {
        $r.$how($v)
    };
}

macro_rules! structs {
    ($($t:ident { $($f:ident $(: $how:ident)?),* $(,)? })*) => {
        $(impl Redact for $t {
            fn redact(self, r: &mut Redactor) -> Self {
                let Self { $($f),* } = self;
                Self { $($f: one!(r, $f $(, $how)?)),* }
            }
        })*
    };
}

macro_rules! enums {
    ($($t:ident { $($v:ident $(($($a:ident $(: $how:ident)?),*))? $({ $($f:ident $(: $fhow:ident)?),* })?),* $(,)? })*) => {
        $(impl Redact for $t {
            fn redact(self, r: &mut Redactor) -> Self {
                match self {
                    $(Self::$v $(($($a),*))? $({ $($f),* })? =>
                        Self::$v $(($(one!(r, $a $(, $how)?)),*))? $({ $($f: one!(r, $f $(, $fhow)?)),* })?,)*
                }
            }
        })*
    };
}

/// Numbers and choices among words of this program: nothing of outside fits into them.
macro_rules! plain {
    ($($t:ty),* $(,)?) => {
        $(impl Redact for $t {
            fn redact(self, _: &mut Redactor) -> Self {
                self
            }
        })*
    };
}

plain!(bool, u8, u16, u32, u64, usize, i64, f64);
plain!(
    CauseId,
    Certainty,
    Impact,
    Verdict,
    Lang,
    System,
    Verified,
    Mark,
    Part,
    Running,
    AdapterKind,
    TunNode,
    ProbeId,
    ProbeOutcome,
    WhyCode,
    ResolverKind,
    ClockKind,
    Carrier,
    Strict,
    StatementSource,
    TlsVariant,
    GreetingKind,
    SignIn,
    Standing,
    TlsVersion,
    IcmpWord,
    UdpQuestion,
    ExtensionState,
    DriverState,
    TunDevice,
    Hello,
    Stage,
);

impl<T: Redact> Redact for Vec<T> {
    fn redact(self, r: &mut Redactor) -> Self {
        self.into_iter().map(|one| one.redact(r)).collect()
    }
}

impl<T: Redact> Redact for Option<T> {
    fn redact(self, r: &mut Redactor) -> Self {
        self.map(|one| one.redact(r))
    }
}

impl<T: Redact> Redact for Box<T> {
    fn redact(self, r: &mut Redactor) -> Self {
        Self::new((*self).redact(r))
    }
}

impl<T: Redact, U: Redact> Redact for (T, U) {
    fn redact(self, r: &mut Redactor) -> Self {
        let (one, other) = self;
        (one.redact(r), other.redact(r))
    }
}

impl<T: Redact> Redact for Fact<T> {
    fn redact(self, r: &mut Redactor) -> Self {
        match self {
            Self::Known(value) => Self::Known(value.redact(r)),
            Self::Unknown(why) => Self::Unknown(why.redact(r)),
        }
    }
}

impl Redact for IpAddr {
    fn redact(self, r: &mut Redactor) -> Self {
        r.ip(self)
    }
}

impl Redact for SocketAddr {
    fn redact(self, r: &mut Redactor) -> Self {
        // The scope of a link-local address goes with it.
        Self::new(r.ip(self.ip()), self.port())
    }
}

impl Redact for IpNet {
    fn redact(self, r: &mut Redactor) -> Self {
        r.net(self)
    }
}

impl Redact for UnixTime {
    fn redact(self, r: &mut Redactor) -> Self {
        r.time(self)
    }
}

impl Redact for Msg {
    fn redact(self, r: &mut Redactor) -> Self {
        let Self { id, args } = self;
        Self {
            id: r.message_id(id),
            args: r.arguments(args),
        }
    }
}

// What the person did.
enums! {
    SessionEvent {
        TargetSet { target, at }, TargetSkipped, FileOpened(file), SymptomChosen { id: id }, ErrorTextGiven { text: text },
        Answered { node: id, choice }, WentBack, Jumped { node: id }, Opened(stage), Rechecked { at, found }, Probe(event),
        StepMarked { code: id, mark }, StepNoted { code: id, note: text }, StepUndone { code: id }, SavingOffered { cause },
        Concluded { verdict, causes, gone }, SystemChosen(system), LanguageChosen(lang),
    }
    Choice { Answer(id: id), Unsure }
    Host { Name { ascii: host, unicode: host }, Ip(ip) }
}
structs! {
    SavedFile { files: path, target, at, roots: path, client }
    Target { host, port, port_given }
    Header { format, tool: word, lang, system, device: word }
}

// What the checks reported.
enums! {
    ProbeEvent {
        Started { id, at_ms }, Log(line), Observed(observation), Finished { id, took_ms, outcome, why },
        Skipped { id, at_ms, why }, Done,
    }
    Observation {
        Device(it), Network(it), Proxy(it), Dns(it), Tcp(it), Path(it), Udp(it), Ports(it), Backups(it), Tls(it), Versions(it), Attempt(it),
        Aia(it), Revocation(it), Clock(it), Portal(it), Gateway(it), Client(it), Ranges(it), Logs(it), Profile(it),
        ClientVersion(version: version),
    }
}
structs! {
    LogLine { at_ms, probe, tone, text, took_ms }
    Why { code, detail }
}

// This device.
structs! {
    DeviceEvidence {
        system, administrator, may_administer, clients, processes, services, adapters, tun, drivers, extensions, tunnels, security, time,
        resolvers, trust,
    }
    SystemVersion { system, name: word, version: version, container }
    InstalledClient { client: word, name: word, version: version, seen: path, verified }
    ClientProcess { client: word, name: word, pid, part, verified }
    ServiceState { name: word, client: word, state, enabled, agent, verified }
    Adapter { name: adapter, description: text, kind, up, client: word }
    Driver { name: word, description: text, client: word, version: version, state }
    Extension { id: word, name: word, client: word, state }
    Tunnel { adapter: adapter, addresses, routes, default_route, client: word }
    SecuritySoftware { name: word, running, seen: path, verified }
    TimeService { name: word, running, synchronised, offset_ms, source: host, since }
    TrustCard { owner, store: path, changed, roots, distrusted }
}
enums! {
    StoreOwner { System, Client(id: word) }
}

// The network and the way.
structs! {
    NetworkEvidence { interfaces, default_route_v4, default_route_v6 }
    Interface { name: adapter, addresses, networks, tunnel }
    RangesEvidence { pools, lans, peak }
    DnsEvidence { hosts_file, system, resolvers, trials }
    ResolverAnswer { server, kind, answer, took_ms }
    TcpEvidence { attempts }
    TcpAttempt { addr, outcome, took_us }
    PathEvidence { addr, hops }
    Hop { ttl, answer }
    HopAnswer { from, word, took_us }
    UdpEvidence { attempts }
    UdpAttempt { addr, question, outcome, took_us }
    PortsEvidence { attempts }
    BackupsEvidence { attempts }
    BackupAttempt { target, addresses, tcp, tls }
    PortAttempt { addr, tcp, tls, certificate: statement, gateway }
    ClockEvidence { sources }
    ClockSource { name: host, kind, offset_ms, error_ms }
    PortalEvidence { probes }
    PortalProbe { url: url, outcome, clock }
    ProxyEvidence { settings, attempt }
    ProxySetting { route, source: text, exempt: text }
    ProxyAttempt { proxy: text, addr, outcome, tls, took_us }
}
enums! {
    Lookup {
        Addresses { addresses, aliases: host }, NxDomain, NoRecords, ServFail, Refused, Timeout, NoResolver, NotFound,
        Unreachable(why: text),
    }
    TcpOutcome { Open, Refused, Reset, Rejected, NoRoute, TimedOut, NotPermitted, Failed(why: text) }
    UdpOutcome { Answered, OtherAnswer, PortClosed, Prohibited { from }, Unreachable { from }, Silent, NotSent }
    PortalOutcome { Clear, Redirected(to: url), Rewritten { status, title: text }, NoAnswer }
    ProxyRoute { Http { host: host, port }, Other(what: text), Script(url: url), Unreadable }
    ProxyOutcome {
        Opened, AuthRequired { schemes: word }, Refused { status }, Silent, Closed, NotReached(outcome), NameNotResolved,
        NotHttp,
    }
}

// TLS and certificates.
structs! {
    TlsEvidence { attempts }
    TlsAttempt {
        variant, addr, sni: host, outcome, served: certificates, stapled_ocsp: statement, certificate_request, took_us,
    }
    TlsSession { version: version, cipher: word, key_exchange: word, alpn: word, client_auth_requested, secure_renegotiation }
    CertificateRequest { authorities: names, answered }
    VersionsEvidence { hellos, knocks }
    HelloAttempt { addr, hello, outcome, took_us }
    HelloAnswer { version, suite, group, dh_bits, signature, secure_renegotiation, served: certificates }
    Chosen { name: word, standing }
    Knock { addr, protocol, answered, took_us }
    AiaEvidence { fetches }
    AiaFetch { url: url, outcome }
    RevocationEvidence { fetches }
    StatementFetch { certificate: digest, url: url, kind, outcome }
    GatewayEvidence { http, product, alert: text, handed_out, greeting }
    Greeting { kind, status, wants_certificate, sign_in, region: word, message: text }
    HandedOut { host, port, tls }
    HttpAnswer { status, headers: headers, body: body }
    GatewayGuess { id: word, name: word, how: text, confidence }
    ClientEvidence { file: path, certificates: certificates, damage, key, can_be_shown }
}
enums! {
    TlsOutcome {
        Completed(session), Alert(name: word), Closed { received }, Reset { received }, Stalled { received }, NotTls(spoken),
        Incompatible(why: text), NotConnected(outcome),
    }
    HelloOutcome {
        Answered(answer), Alert(name: word), Closed { received }, Reset { received }, Stalled { received }, NotTls(spoken),
        Garbled, TooLong,
    }
    Spoken { Http, Ssh, Greeting, Smtp, Ftp, Imap, Pop3, OpenVpn, Rdp, Unknown(bytes: digest) }
    FetchOutcome { Fetched(ders: certificates), Failed(why) }
    StatementOutcome { Fetched(der: number), Failed(why), NotAsked(why) }
    ClientKey { NotGiven, Missing, Unreadable { file: path, reason }, Seen(keys) }
    PublicKey { Rsa { modulus: number, exponent: number }, Ec { curve: word, point: number }, Ed25519(key: number), Other(oid: word) }
}

// Logs and saved connections.
structs! {
    LogsEvidence { read, messages }
    LogRead { log: path, bytes, known }
    LogMessage { message: word, log: path, line, count, at, when: text, text: text, causes, undecided, handed_in }
    ProfileEvidence {
        name: name, client: word, file: path, targets, roots, roots_alone, client_certificate, client_key, expects, strict,
        tls_min: version, guarded, has_secrets,
    }
    ProfileTarget { target, carrier, backup }
}
enums! {
    Material { None, Named(name: name), Read { file: path, certificates: certificates }, Unreadable { file: path, why } }
    NameRule { CommonName(name: host), Prefix(name: host), Subject(name: text) }
}

// What was concluded.
structs! {
    Finding { cause, certainty, impact, explained_by, evidence, repair, certificate: place }
    Proof { probe, text }
    Repair { what, proved }
}

//! Takes out of a session what is nobody else's business, before it is handed to somebody: at one of three levels.
//! Secrets go at every level.
//!
//! | file | what it does |
//! |---|---|
//! | `shapes` | every shape taken apart, so that nothing new slips through |
//! | `names` | the table of pseudonyms, and names inside sentences |
//! | `words` | words that are this program's own |
//!
//! Pure: no files, no clock. Not here: the bundle that the result goes into ([`super::bundle`]).

mod names;
mod shapes;
mod words;

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::SessionEvent;
use super::journal::{Header, scrub};
use crate::chain::{AltName, Cert};
use crate::device::logs::mask::mask;
use crate::diagnose::Finding;
use crate::evidence::{Der, Fact, UnixTime, Why};
use crate::msg::Msg;
use names::{Kind, Names};
use shapes::Redact;

/// How much is taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Secrets only.
    None,
    /// Names of hosts, people and companies, addresses, files: each is replaced by the same pseudonym everywhere.
    /// Certificates, which name everybody, are left out.
    #[default]
    Names,
    /// Free text and notes too, times are rounded to the minute: codes, outcomes, versions and causes stay.
    Strict,
}

impl Level {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 3] = [Self::None, Self::Names, Self::Strict];

    /// The word for it on the command line and in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Names => "names",
            Self::Strict => "strict",
        }
    }
}

/// Takes names and secrets out of one session.
#[derive(Clone, Debug)]
pub struct Redactor {
    level: Level,
    names: Names,
}

impl Redactor {
    /// For a session with these events, all of which are looked through for names first; so are the certificates that
    /// conclusions speak of, this device's own roots among them.
    pub fn new(level: Level, events: &[(UnixTime, SessionEvent)], certificates: &[Der]) -> Self {
        let mut redactor = Self {
            level,
            names: Names::default(),
        };
        if level != Level::None {
            // What is learned from a sentence late may stand in one that came early.
            let mut learning = Self {
                level: Level::Names,
                names: Names::default(),
            };
            for (_, event) in events {
                drop(event.clone().redact(&mut learning));
            }
            for der in certificates {
                learning.learn(der);
            }
            learning.names.settle();
            redactor.names = learning.names;
        }
        redactor
    }

    /// What is left of an event.
    pub fn event(&mut self, at: UnixTime, event: &SessionEvent) -> (UnixTime, SessionEvent) {
        (self.time(at), event.clone().redact(self))
    }

    /// What is left of a session's beginning.
    pub fn header(&mut self, header: &Header) -> Header {
        header.clone().redact(self)
    }

    /// What is left of a finding.
    pub fn finding(&mut self, finding: &Finding) -> Finding {
        finding.clone().redact(self)
    }

    /// What is left of a reason.
    pub fn why(&mut self, why: &Why) -> Why {
        why.clone().redact(self)
    }

    /// What was replaced until now, and by what. It tells everything that was hidden: for the person's own eyes.
    pub fn replaced(&self) -> Vec<(String, String)> {
        self.names.all()
    }

    /// A moment; at the strict level its minute.
    pub fn time(&mut self, at: UnixTime) -> UnixTime {
        match self.level {
            Level::Strict => UnixTime(at.0.saturating_sub(at.0.rem_euclid(60))),
            Level::None | Level::Names => at,
        }
    }

    fn ip(&mut self, ip: IpAddr) -> IpAddr {
        if self.level == Level::None {
            ip
        } else {
            self.names.ip(ip)
        }
    }

    fn net(&mut self, net: IpNet) -> IpNet {
        if self.level == Level::None {
            return net;
        }
        IpNet::new(self.names.ip(net.addr()), net.prefix_len()).unwrap_or(net.trunc())
    }

    /// A host, by name or address.
    fn host<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |host| {
            if self.level == Level::None {
                host
            } else {
                self.names.host(&host)
            }
        })
    }

    /// Something that a person or a company gave a name to.
    fn name<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |name| {
            if self.level == Level::None || name.is_empty() {
                name
            } else {
                self.names.of(Kind::Name, &name)
            }
        })
    }

    /// A sentence, or anything else that was not written by this program.
    fn text<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |text| match self.level {
            Level::None => mask(&scrub(&text)),
            Level::Names => self.names.sentence(&mask(&scrub(&text))),
            Level::Strict => String::new(),
        })
    }

    /// A word that this program gives.
    fn word<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |word| match self.level {
            Level::None => word,
            _ if words::is_ours(&word) => word,
            Level::Names => self.names.sentence(&word),
            Level::Strict => String::new(),
        })
    }

    /// An id of the tree or of a step: a site may have its own.
    fn id<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |id| match self.level {
            Level::None => id,
            _ if words::is_ours(&id) => id,
            Level::Names | Level::Strict => self.names.of(Kind::Id, &id),
        })
    }

    /// A version: numbers and dots.
    fn version<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |version| match self.level {
            Level::None => version,
            Level::Names => self.names.sentence(&version),
            Level::Strict => version
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .take(24)
                .collect(),
        })
    }

    /// A file's name: its kind stays.
    fn path<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |path| {
            if self.level == Level::None || path.is_empty() {
                return path;
            }
            let name = self.names.of(Kind::File, &path);
            let ending = path
                .rsplit(['/', '\\'])
                .next()
                .and_then(|last| Some(last.rsplit_once('.')?.1.to_lowercase()));
            match ending.as_deref() {
                Some(
                    kind @ ("pem" | "crt" | "cer" | "der" | "p12" | "pfx" | "ovpn" | "xml" | "conf"
                    | "log" | "txt"),
                ) => {
                    format!("{name}.{kind}")
                }
                _ => name,
            }
        })
    }

    /// An address on the web: scheme and host.
    fn url<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |url| match (self.level, url.split_once("://")) {
            (Level::None, _) => mask(&url),
            (_, Some((scheme @ ("http" | "https" | "ldap" | "ftp"), rest))) => {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                let authority = authority.rsplit('@').next().unwrap_or_default();
                let host = match authority.rsplit_once(':') {
                    Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
                    _ => authority,
                };
                format!("{scheme}://{}/", self.names.host(host))
            }
            (Level::Names | Level::Strict, _) => String::new(),
        })
    }

    /// An adapter's name: the usual ones stay.
    fn adapter<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |name| {
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
            let usual = [
                "lo", "eth", "en", "wlan", "wl", "tun", "tap", "utun", "ppp", "wg", "br", "docker",
                "veth", "cscotun",
            ];
            if self.level == Level::None || usual.contains(&stem) && name.len() <= stem.len() + 3 {
                name
            } else {
                self.names.of(Kind::Adapter, &name)
            }
        })
    }

    /// A fingerprint or raw bytes in digits.
    fn digest<T: Strings>(&mut self, value: T) -> T {
        value.each(&mut |digest| {
            if self.level == Level::None {
                digest
            } else {
                self.names.of(Kind::Digest, &digest)
            }
        })
    }

    /// What stands in for certificates: nothing. Their names are learned.
    fn certificates(&mut self, certificates: Vec<Der>) -> Vec<Der> {
        if self.level == Level::None {
            return certificates;
        }
        for der in &certificates {
            self.learn(der);
        }
        Vec::new()
    }

    /// Names of authorities as DER.
    fn names(&mut self, names: Vec<Der>) -> Vec<Der> {
        self.certificates(names)
    }

    /// A signed statement, or one certificate.
    fn statement(&mut self, der: Option<Der>) -> Option<Der> {
        if self.level == Level::None {
            return der;
        }
        if let Some(der) = &der {
            self.learn(der);
        }
        None
    }

    /// Bytes of which only the length matters.
    fn number(&mut self, der: Der) -> Der {
        if self.level == Level::None {
            der
        } else {
            Der::from(vec![0; der.as_slice().len().min(4096)])
        }
    }

    /// A place in the chain, which is left out.
    fn place(&mut self, place: Option<usize>) -> Option<usize> {
        place.filter(|_| self.level == Level::None)
    }

    fn headers(&mut self, headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let kept = headers.into_iter().filter_map(|(name, value)| {
            let lower = name.to_ascii_lowercase();
            let secret = [
                "cookie", "auth", "token", "session", "csrf", "secret", "key",
            ]
            .iter()
            .any(|word| lower.contains(word));
            let told = ["server", "date", "content-type", "location", "connection"]
                .contains(&lower.as_str());
            match self.level {
                Level::None if secret => Some((name, "[removed]".to_owned())),
                Level::Names | Level::Strict if !told => None,
                _ => Some((name, self.text(value))),
            }
        });
        kept.collect()
    }

    fn body(&mut self, body: String) -> String {
        if self.level == Level::None {
            self.text(body)
        } else {
            String::new()
        }
    }

    fn message_id(&mut self, id: Cow<'static, str>) -> Cow<'static, str> {
        let sound = id.len() <= 120
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
        if sound || self.level == Level::None {
            id
        } else {
            Cow::Borrowed("")
        }
    }

    fn arguments(
        &mut self,
        args: Vec<(Cow<'static, str>, String)>,
    ) -> Vec<(Cow<'static, str>, String)> {
        let value = |r: &mut Self, value: String| match r.level {
            Level::None => scrub(&value),
            Level::Names => r.names.sentence(&scrub(&value)),
            Level::Strict
                if words::is_ours(&value) || crate::cause::CauseId::parse(&value).is_some() =>
            {
                value
            }
            Level::Strict => "…".to_owned(),
        };
        args.into_iter()
            .map(|(name, given)| {
                let given = value(self, given);
                (self.message_id(name), given)
            })
            .collect()
    }

    /// Learns the names in a certificate, or in anything else that is DER.
    fn learn(&mut self, der: &Der) {
        let Ok(cert) = Cert::parse(der) else {
            for text in strings(der.as_slice()) {
                self.meet(text);
            }
            return;
        };
        for text in strings(&cert.subject_der)
            .into_iter()
            .chain(strings(&cert.issuer_der))
        {
            self.meet(text);
        }
        for name in &cert.names {
            match name {
                AltName::Dns(name) => drop(self.names.host(name)),
                AltName::Ip(ip) => drop(self.names.ip(*ip)),
            }
        }
        for mail in &cert.subject_emails {
            self.meet(mail);
        }
        for url in cert
            .issuer_urls
            .iter()
            .chain(&cert.ocsp_urls)
            .chain(&cert.crl_urls)
        {
            drop(self.url(url.clone()));
        }
        for digits in [cert.serial.clone(), cert.fingerprint(), cert.thumbprint()] {
            if digits.len() >= 8 {
                // As a name, so that it is found inside sentences.
                self.names.of(Kind::Name, &digits);
            }
        }
    }

    fn meet(&mut self, text: &str) {
        let text = text.trim();
        if text.contains('@') || (text.contains('.') && !text.contains(' ')) {
            self.names.sentence(text);
            if !text.contains('@') {
                self.names.host(text);
            }
        } else if text.chars().count() >= 3 {
            self.names.of(Kind::Name, text);
        }
    }
}

/// The strings in DER: UTF8String, PrintableString, TeletexString, IA5String; a dNSName too.
fn strings(der: &[u8]) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, tag) in der.iter().enumerate() {
        if !matches!(tag, 0x0c | 0x13 | 0x14 | 0x16 | 0x82) {
            continue;
        }
        let Some(&length) = der.get(at + 1) else {
            break;
        };
        let (length, from) = (usize::from(length), at + 2);
        if let Some(bytes) = der.get(from..from + length)
            && (3..0x80).contains(&length)
            && let Ok(text) = std::str::from_utf8(bytes)
            && text.chars().all(|c| !c.is_control())
        {
            found.push(text);
        }
    }
    found
}

/// One string, or several, or perhaps one.
trait Strings {
    fn each(self, change: &mut dyn FnMut(String) -> String) -> Self;
}

impl Strings for String {
    fn each(self, change: &mut dyn FnMut(String) -> String) -> Self {
        change(self)
    }
}

impl Strings for Option<String> {
    fn each(self, change: &mut dyn FnMut(String) -> String) -> Self {
        self.map(change)
    }
}

impl Strings for Vec<String> {
    fn each(self, change: &mut dyn FnMut(String) -> String) -> Self {
        self.into_iter().map(change).collect()
    }
}

impl Strings for Fact<String> {
    fn each(self, change: &mut dyn FnMut(String) -> String) -> Self {
        match self {
            Self::Known(text) => Self::Known(change(text)),
            Self::Unknown(Why { code, detail }) => {
                let detail = detail.map(|Msg { id, args }| Msg {
                    id,
                    args: args
                        .into_iter()
                        .map(|(name, value)| (name, change(value)))
                        .collect(),
                });
                Self::Unknown(Why { code, detail })
            }
        }
    }
}

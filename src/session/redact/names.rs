//! The table of pseudonyms: the same thing gets the same one everywhere, also where it stands inside a sentence.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use data_encoding::BASE64_NOPAD;
use regex::{Captures, Regex};

use super::words::is_common;

/// The most names that one session can have; more are hidden without a number.
const MOST: usize = 20_000;

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Host,
    Name,
    User,
    Mail,
    File,
    Adapter,
    Id,
    Hardware,
    Digest,
}

/// Pseudonyms, handed out in the order in which things were met.
#[derive(Clone, Debug, Default)]
pub struct Names {
    known: BTreeMap<(Kind, String), usize>,
    counts: BTreeMap<Kind, usize>,
    addresses: BTreeMap<IpAddr, usize>,
    finder: Option<(AhoCorasick, Vec<String>)>,
}

struct Patterns {
    mail: Option<Regex>,
    home: Option<Regex>,
    user: Option<Regex>,
    hardware: Option<Regex>,
    address: Option<Regex>,
    host: Option<Regex>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let built = |pattern: &str| Regex::new(pattern).ok();
    Patterns {
        mail: built(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"),
        home: built(
            r"(?i)((?:/home/|/users/|/export/home/|\\users\\|\\documents and settings\\|%2fhome%2f|%2fusers%2f))([^/\\:\s%,;]+)",
        ),
        user: built(concat!(
            r#"(?i)(\b(?:user(?:[ _-]?name)?|login|account|uid|logon|group|domain)["']?\s*[=::]\s*["']?"#,
            r#"|(?:ユーザー?名?|利用者|アカウント|会社名?)\s*[=::「]\s*)([^\s"'<>,;&。」]+)"#,
        )),
        hardware: built(r"(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"),
        address: built(r"(?i)[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*|\b\d{1,3}(?:\.\d{1,3}){3}\b"),
        host: built(
            r"(?i)(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?\.)+[\p{L}][\p{L}\p{N}-]+",
        ),
    }
});

/// Words in names for signing in that name nobody.
const ROLES: &[&str] = &[
    "account",
    "admin",
    "administrator",
    "backup",
    "client",
    "demo",
    "device",
    "external",
    "guest",
    "helpdesk",
    "nobody",
    "operator",
    "partner",
    "root",
    "staff",
    "support",
    "system",
    "temp",
    "visitor",
];

/// Endings of files, which look like those of host names.
const FILES: &[&str] = &[
    "bat", "cer", "cfg", "conf", "crl", "crt", "dll", "exe", "gz", "htm", "html", "ini", "json",
    "key", "log", "msc", "ovpn", "p12", "pem", "pfx", "plist", "ps1", "py", "rs", "service", "sh",
    "sys", "toml", "txt", "xml", "zip",
];

impl Names {
    /// The pseudonym of a thing; the same for the same thing, however it is written.
    pub fn of(&mut self, kind: Kind, thing: &str) -> String {
        let folded = thing.trim().trim_end_matches('.').to_lowercase();
        if let Some(number) = self.known.get(&(kind, folded.clone())) {
            return pseudonym(kind, *number);
        }
        if self.known.len() >= MOST {
            return pseudonym(kind, 0);
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let number = *count;
        self.known.insert((kind, folded), number);
        pseudonym(kind, number)
    }

    /// A person's name for signing in. Its parts name that person too, wherever they stand.
    pub fn user(&mut self, user: &str) -> String {
        let own = self.of(Kind::User, user);
        let bare = user.to_lowercase();
        let bare = match bare.rsplit_once('\\') {
            Some((domain, bare)) => {
                self.part(domain);
                self.of(Kind::User, bare);
                bare
            }
            None => bare.as_str(),
        };
        let parts: Vec<&str> = bare.split(['.', '_', '-']).collect();
        for part in parts.iter().filter(|_| parts.len() > 1) {
            self.part(part);
        }
        own
    }

    /// A part of a name, unless it is a word that names nobody.
    fn part(&mut self, part: &str) {
        let names_somebody = part.chars().all(char::is_alphabetic)
            && !is_common(part)
            && !ROLES.contains(&part)
            && !super::words::is_ours(part);
        if names_somebody {
            self.of(Kind::Name, part);
        }
    }

    /// A host by name or address.
    pub fn host(&mut self, host: &str) -> String {
        let bare = host.trim().trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return self.ip(ip).to_string();
        }
        if is_pseudonym(bare) || bare.is_empty() {
            return bare.to_owned();
        }
        if let Some(rest) = bare.strip_prefix("*.") {
            return format!("*.{}", self.host(rest));
        }
        let lower = bare.trim_end_matches('.').to_lowercase();
        let own = self.of(Kind::Host, &lower);
        let labels: Vec<&str> = lower.split('.').collect();
        for label in &labels {
            if labels.len() > 1 && !is_common(label) {
                self.of(Kind::Name, label);
            }
        }
        // The domains above it, as long as they name somebody.
        for start in 1..labels.len().saturating_sub(1) {
            let above = labels.get(start..).unwrap_or_default();
            if above.iter().any(|label| !is_common(label)) {
                self.of(Kind::Host, &above.join("."));
            }
        }
        own
    }

    /// An address: of the same kind, from ranges that belong to nobody; what is the same on every device stays.
    pub fn ip(&mut self, ip: IpAddr) -> IpAddr {
        if ip.is_loopback()
            || ip.is_unspecified()
            || ip.is_multicast()
            || ip == IpAddr::V4(Ipv4Addr::BROADCAST)
        {
            return ip;
        }
        let next = self.addresses.len() + 1;
        let number = *self.addresses.entry(ip).or_insert(next);
        stand_in(ip, number)
    }

    /// Makes what was met until now findable inside sentences.
    pub fn settle(&mut self) {
        let (mut sought, mut put) = (Vec::new(), Vec::new());
        for ((kind, thing), number) in &self.known {
            if matches!(kind, Kind::Id | Kind::Digest) || thing.chars().count() < 3 {
                continue;
            }
            let stands = pseudonym(*kind, *number);
            for form in forms(thing) {
                sought.push(form);
                put.push(stands.clone());
            }
        }
        self.finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(&sought)
            .ok()
            .map(|finder| (finder, put));
    }

    /// A sentence, with what is known or looks like a name replaced.
    pub fn sentence(&mut self, text: &str) -> String {
        let patterns = &*PATTERNS;
        let text = self.swap(text);
        let text = each(&patterns.mail, &text, |found| {
            let mail = &found[0];
            if let Some((user, domain)) = mail.split_once('@').or_else(|| mail.split_once("%40")) {
                if !is_pseudonym(domain) {
                    self.host(domain);
                }
                if user.chars().count() >= 3 && !is_pseudonym(user) {
                    self.user(user);
                }
            }
            if mail.ends_with("@mail.invalid") {
                mail.to_owned()
            } else {
                self.of(Kind::Mail, mail)
            }
        });
        let mut user = |found: &Captures<'_>| {
            let (before, name) = (&found[1], &found[2]);
            let name = if is_pseudonym(name) || name == "***" || name == "[removed]" {
                name.to_owned()
            } else {
                self.user(name)
            };
            format!("{before}{name}")
        };
        let text = each(&patterns.home, &text, &mut user);
        let text = each(&patterns.user, &text, &mut user);
        let text = each(&patterns.hardware, &text, |found| {
            self.of(Kind::Hardware, &found[0])
        });
        let text = each(&patterns.address, &text, |found| {
            let whole = &found[0];
            // "[::1]:443" and "at 12:01:10:" both have colons in them.
            let bare = whole.trim_end_matches([':', '.']);
            match bare.parse::<IpAddr>() {
                Ok(ip) => format!("{}{}", self.ip(ip), &whole[bare.len()..]),
                Err(_) => whole.to_owned(),
            }
        });
        each(&patterns.host, &text, |found| {
            let name = &found[0];
            let last = name.rsplit('.').next().unwrap_or_default().to_lowercase();
            if is_pseudonym(name) {
                name.to_owned()
            } else if FILES.contains(&last.as_str()) {
                if super::words::is_ours(name) {
                    name.to_owned()
                } else {
                    self.of(Kind::File, name)
                }
            } else {
                self.host(name)
            }
        })
    }

    /// Everything that has a pseudonym, with it.
    pub fn all(&self) -> Vec<(String, String)> {
        let names = self
            .known
            .iter()
            .map(|((kind, thing), number)| (thing.clone(), pseudonym(*kind, *number)));
        let addresses = self
            .addresses
            .iter()
            .map(|(ip, number)| (ip.to_string(), stand_in(*ip, *number).to_string()));
        names.chain(addresses).collect()
    }

    /// Only what is known is replaced.
    pub fn swap(&self, text: &str) -> String {
        match &self.finder {
            Some((finder, put)) => finder.replace_all(text, put),
            None => text.to_owned(),
        }
    }
}

fn each(
    pattern: &Option<Regex>,
    text: &str,
    mut put: impl FnMut(&Captures<'_>) -> String,
) -> String {
    match pattern {
        Some(pattern) => pattern
            .replace_all(text, |found: &Captures<'_>| put(found))
            .into_owned(),
        // Without the pattern nothing can be told apart: show nothing.
        None => String::new(),
    }
}

fn pseudonym(kind: Kind, number: usize) -> String {
    match kind {
        Kind::Host => format!("host-{number}.invalid"),
        Kind::Name => format!("name-{number}"),
        Kind::User => format!("user-{number}"),
        Kind::Mail => format!("mail-{number}@mail.invalid"),
        Kind::File => format!("file-{number}"),
        Kind::Adapter => format!("adapter-{number}"),
        Kind::Id => format!("id-{number}"),
        Kind::Hardware => format!("hardware-{number}"),
        Kind::Digest => format!("digest-{number}"),
    }
}

/// Whether it is one of [`pseudonym`]'s already.
fn is_pseudonym(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:(?:host|name|user|file|adapter|id|hardware|digest)-\d+(?:\.invalid)?|mail-\d+@mail\.invalid|mail\.invalid)$").ok()
    });
    FORM.as_ref().is_some_and(|form| form.is_match(text))
}

/// How a name may be written where it is not meant to be read: percent-encoded, its labels reversed, in base64.
fn forms(thing: &str) -> Vec<String> {
    let mut forms = vec![thing.to_owned()];
    if thing.contains(['.', '@', ' ']) || !thing.is_ascii() {
        let lenient: String = thing
            .replace('.', "%2e")
            .replace('@', "%40")
            .replace(' ', "%20");
        let encoded: String = thing
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b == b'-' {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02x}")
                }
            })
            .collect();
        forms.extend([lenient, encoded]);
    }
    if thing.contains('.') && thing.is_ascii() {
        let labels: Vec<&str> = thing.rsplit('.').collect();
        forms.push(labels.join("."));
    }
    if thing.len() >= 6 {
        for skip in 0..3_usize {
            // The same bytes at each of the three places where a group of base64 can begin.
            let mut bytes = vec![0; skip];
            bytes.extend_from_slice(thing.as_bytes());
            bytes.truncate(bytes.len() / 3 * 3);
            let text = BASE64_NOPAD.encode(&bytes);
            forms.extend(
                text.get(if skip == 0 { 0 } else { 4 }..)
                    .filter(|t| t.len() >= 6)
                    .map(str::to_owned),
            );
        }
    }
    forms.dedup();
    forms
}

/// The address that stands for the `number`th one.
fn stand_in(ip: IpAddr, number: usize) -> IpAddr {
    let [high, low] =
        [(number / 250) % 256, number % 250 + 1].map(|n| u8::try_from(n).unwrap_or(u8::MAX));
    match ip.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(match v4.octets() {
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Ipv4Addr::new(10, 254, high, low),
            [169, 254, ..] => Ipv4Addr::new(169, 254, high.max(1), low),
            [100, 64..=127, ..] => Ipv4Addr::new(100, 127, high, low),
            _ if high == 0 => Ipv4Addr::new(203, 0, 113, low),
            _ => Ipv4Addr::new(198, 18, high, low),
        }),
        IpAddr::V6(v6) => {
            let first = match v6.segments()[0] {
                first if first & 0xfe00 == 0xfc00 => 0xfd00,
                first if first & 0xffc0 == 0xfe80 => 0xfe80,
                _ => 0x2001,
            };
            let second = if first == 0x2001 { 0x0db8 } else { 0 };
            IpAddr::V6(Ipv6Addr::new(
                first,
                second,
                0,
                0,
                0,
                0,
                u16::from(high),
                u16::from(low),
            ))
        }
    }
}

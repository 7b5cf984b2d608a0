//! The words of a screen: interface texts, messages and text from outside, in the language chosen, with names and
//! addresses hidden where that was asked for. Everything that reaches a page passes through here first.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::chain::AltName;
use crate::diagnose::Diagnosis;
use crate::evidence::{Evidence, Fact, Host, Lookup};
use crate::guide::{Fill, Lang, Text, Texts};
use crate::msg::Msg;
use crate::text::sanitise;

/// Turns ids, messages and outside text into what is shown.
pub struct Words<'a> {
    texts: &'a Texts,
    lang: Lang,
    fill: Fill,
    mask: Option<Mask>,
}

impl<'a> Words<'a> {
    /// Words in this language, with `{host}` and the like filled in, and with the mask where one is given.
    pub fn new(texts: &'a Texts, lang: Lang, fill: Fill, mask: Option<Mask>) -> Self {
        Self {
            texts,
            lang,
            fill,
            mask,
        }
    }

    /// An interface text without placeholders.
    pub fn t(&self, id: &str) -> String {
        self.texts.get(self.lang, id).to_owned()
    }

    /// A message, its arguments sanitised and masked.
    pub fn msg(&self, msg: &Msg) -> String {
        self.masked(self.texts.render(self.lang, msg))
    }

    /// A text of the knowledge, placeholders filled in.
    pub fn text(&self, text: &Text) -> String {
        self.masked(self.fill.apply(text.get(self.lang)))
    }

    /// A command of the knowledge, placeholders filled in.
    pub fn command(&self, command: &str) -> String {
        self.masked(self.fill.apply(command.trim_matches('\n')))
    }

    /// Text from outside, sanitised.
    pub fn outside(&self, text: &str) -> String {
        self.masked(sanitise(text))
    }

    fn masked(&self, text: String) -> String {
        match &self.mask {
            Some(mask) => mask.hide(&text),
            None => text,
        }
    }
}

/// Names and addresses that belong to somebody, each with the word shown in its place: the same one every time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    /// What to hide and what to show, the longest first.
    pairs: Vec<(String, String)>,
}

impl Mask {
    /// Everything in this evidence and diagnosis that names a person's gateway, network or company.
    pub fn of(
        host: Option<&Host>,
        evidence: Option<&Evidence>,
        diagnosis: Option<&Diagnosis>,
    ) -> Self {
        let mut names = BTreeSet::new();
        let mut addresses: BTreeSet<IpAddr> = BTreeSet::new();
        match host {
            Some(Host::Name { ascii, unicode }) => {
                names.insert(ascii.clone());
                names.insert(unicode.clone());
            }
            Some(Host::Ip(ip)) => {
                addresses.insert(*ip);
            }
            None => {}
        }
        if let Some(evidence) = evidence {
            collect_addresses(evidence, &mut addresses);
        }
        for entry in diagnosis.iter().flat_map(|d| &d.chain) {
            // Roots of the store are everybody's: hiding them would hide the diagnosis.
            if entry.source == crate::chain::Source::Store {
                continue;
            }
            names.extend(entry.cert.common_name.clone());
            names.extend(entry.cert.organisation.clone());
            for name in &entry.cert.names {
                match name {
                    AltName::Dns(name) => {
                        names.insert(name.clone());
                    }
                    AltName::Ip(ip) => {
                        addresses.insert(*ip);
                    }
                }
            }
        }
        if let Some(Fact::Known(aia)) = evidence.map(|evidence| &evidence.aia) {
            names.extend(aia.fetches.iter().filter_map(|fetch| host_of(&fetch.url)));
        }
        let names = names
            .into_iter()
            .map(|name| sanitise(&name))
            .filter(|name| name.chars().count() > 2)
            .enumerate()
            .map(|(n, name)| (name, format!("name-{}", n + 1)));
        let addresses = addresses
            .into_iter()
            .enumerate()
            .map(|(n, ip)| (ip.to_string(), format!("address-{}", n + 1)));
        let mut pairs: Vec<(String, String)> = names.chain(addresses).collect();
        pairs.sort_by_key(|(hidden, _)| std::cmp::Reverse(hidden.len()));
        Self { pairs }
    }

    /// Hides these as well, under words that are not taken yet.
    #[must_use]
    pub fn also(
        mut self,
        names: impl IntoIterator<Item = String>,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Self {
        let names: BTreeSet<String> = names
            .into_iter()
            .map(|name| sanitise(&name))
            // Shorter ones are in too many words that are nobody's name, VPN among them.
            .filter(|name| name.chars().count() > 3)
            .collect();
        let addresses: BTreeSet<String> = addresses.into_iter().map(|ip| ip.to_string()).collect();
        for (kind, all) in [("name", names), ("address", addresses)] {
            let taken = self.pairs.iter().filter(|(_, word)| word.starts_with(kind));
            let mut next = taken.count() + 1;
            for hidden in all {
                if self.pairs.iter().all(|(known, _)| *known != hidden) {
                    self.pairs.push((hidden, format!("{kind}-{next}")));
                    next += 1;
                }
            }
        }
        self.pairs
            .sort_by_key(|(hidden, _)| std::cmp::Reverse(hidden.len()));
        self
    }

    /// The text with everything hidden that is to be, in capitals or not.
    pub fn hide(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for (hidden, instead) in &self.pairs {
            if let Some(without) = replaced(&shown, hidden, instead) {
                shown = without;
            }
        }
        shown
    }
}

/// The text with this replaced wherever it stands, in capitals or not; none where it does not.
fn replaced(text: &str, hidden: &str, instead: &str) -> Option<String> {
    // Lowering ASCII alone moves no byte.
    let (folded, sought) = (text.to_ascii_lowercase(), hidden.to_ascii_lowercase());
    let mut places = folded.match_indices(&sought).peekable();
    places.peek()?;
    let (mut without, mut from) = (String::with_capacity(text.len()), 0);
    for (at, found) in places {
        without.push_str(text.get(from..at)?);
        without.push_str(instead);
        from = at + found.len();
    }
    without.push_str(text.get(from..)?);
    Some(without)
}

/// The host of a URL, without port.
fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.split(':').next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

fn collect_addresses(evidence: &Evidence, into: &mut BTreeSet<IpAddr>) {
    if let Fact::Known(network) = &evidence.network {
        for interface in &network.interfaces {
            into.extend(&interface.addresses);
        }
    }
    if let Fact::Known(dns) = &evidence.dns {
        into.extend(dns.addresses());
        into.extend(&dns.hosts_file);
        for resolver in &dns.resolvers {
            into.insert(resolver.server.ip());
            if let Fact::Known(Lookup::Addresses { addresses, .. }) = &resolver.answer {
                into.extend(addresses);
            }
        }
    }
    if let Fact::Known(tcp) = &evidence.tcp {
        into.extend(tcp.attempts.iter().map(|attempt| attempt.addr.ip()));
    }
    if let Fact::Known(ports) = &evidence.ports {
        into.extend(ports.attempts.iter().map(|attempt| attempt.addr.ip()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Target, UnixTime};

    #[test]
    fn the_same_name_is_hidden_by_the_same_word_everywhere() {
        let target = Target::parse("vpn.example.com").unwrap();
        let evidence = Evidence::new(target.clone(), UnixTime(0));
        let mask = Mask::of(Some(&target.host), Some(&evidence), None);
        assert_eq!(
            mask.hide("vpn.example.com:443 and vpn.example.com"),
            "name-1:443 and name-1"
        );
        assert_eq!(
            mask.hide("日本 location: https://VPN.Example.COM/x"),
            "日本 location: https://name-1/x"
        );
        assert_eq!(mask.hide("nobody"), "nobody");
    }
}

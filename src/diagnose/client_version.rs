//! What is known of a version of a VPN client: whether it is still supported, known to fail, or too new for an old gateway.
//!
//! Facts are data: `assets/client_versions.toml`. A version alone was never seen to fail here, so nothing is ever
//! confirmed. Not here: which version is in use (`client_in_use`).

use std::cmp::Ordering;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::cause::CauseId;
use crate::evidence::{ProbeId, System, UnixTime};
use crate::msg::Msg;

use super::model::{Certainty, Finding, Impact};

/// What is known.
const VERSIONS: &str = include_str!("../../assets/client_versions.toml");

/// The causes that a row may be about. How old a gateway is cannot be seen, so that a client is never found to be too new
/// for it.
const SPOKEN_OF: [CauseId; 3] = [
    CauseId::CLIENT_VERSION_KNOWN_BAD,
    CauseId::CLIENT_OUTDATED,
    CauseId::CLIENT_TOO_NEW_FOR_GATEWAY,
];

/// Numbers of a version that are compared at most.
const MAX_PARTS: usize = 6;

/// A version as people and programs write it: `5.1.7.80`, `v2.6.12`, `7.4.3 build1790`, `6.2.8-c1234`, `4.9.04053`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(Vec<u64>);

/// A text that does not begin with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version; expected numbers with dots, as in 5.1.7")]
pub struct NoVersion;

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let numbers = text.get(..end).unwrap_or_default().trim_end_matches('.');
        let parts: Result<Vec<u64>, _> = numbers.split('.').map(str::parse).collect();
        match parts {
            Ok(parts) if parts.len() <= MAX_PARTS => Ok(Self(parts)),
            _ => Err(NoVersion),
        }
    }
}

impl Version {
    /// Compares number by number; what is not written counts as zero.
    fn compare(&self, other: &Self) -> Ordering {
        let length = self.0.len().max(other.0.len());
        let part = |version: &Self, n: usize| version.0.get(n).copied().unwrap_or(0);
        (0..length)
            .map(|n| part(self, n).cmp(&part(other, n)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// One version of one client, as far as it is known who runs it where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse<'a> {
    /// The client's id, as in `assets/clients.toml`.
    pub client: &'a str,
    /// Its name for people, the same in every language.
    pub name: &'a str,
    /// Its version, as it was told or read.
    pub version: &'a str,
    /// The system it runs on.
    pub system: System,
    /// The product of the gateway, where it was recognised (an id of `assets/gateways.toml`).
    pub gateway: Option<&'a str>,
    /// The moment it is about: support ends on a day.
    pub at: UnixTime,
}

/// What is known of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What speaks against it, worded as strongly as the source allows: never confirmed.
    pub findings: Vec<Finding>,
    /// What was said of it and nobody's source bears out: something to look up.
    pub hints: Vec<(CauseId, Msg)>,
    /// Whether a source says that it is supported at that moment.
    pub is_supported: bool,
}

/// What is known of this version of this client on this system.
///
/// # Errors
/// [`NoVersion`] where the version cannot be read.
pub fn known_of(used: &InUse<'_>) -> Result<Known, NoVersion> {
    let version: Version = used.version.parse()?;
    let mut known = Known::default();
    for row in rows().iter().filter(|row| row.is_about(used, &version)) {
        if row.until.is_some_and(|until| used.at < until) {
            known.is_supported |= row.verified_by_source;
            continue;
        }
        let text = row.text(used);
        if row.hint {
            known.hints.push((row.cause, text));
            continue;
        }
        let certainty = if row.verified_by_source && row.until.is_some() {
            Certainty::Likely
        } else {
            // The source speaks of circumstances that were not looked at.
            Certainty::Possible
        };
        let impact = if row.until.is_some() || row.degrades {
            Impact::Degrades
        } else {
            Impact::SomeClients
        };
        let found = known.findings.iter_mut().find(|f| f.cause == row.cause);
        match found {
            Some(known) => known.evidence.push(super::model::Proof {
                probe: ProbeId::Gateway,
                text,
            }),
            None => known
                .findings
                .push(Finding::new(row.cause, certainty, impact).shown_by(ProbeId::Gateway, text)),
        }
    }
    Ok(known)
}

/// One row of the file, understood.
#[derive(Debug)]
struct Row {
    client: String,
    from: Option<Version>,
    below: Option<Version>,
    systems: Vec<String>,
    gateways: Vec<String>,
    cause: CauseId,
    until: Option<UnixTime>,
    until_text: String,
    degrades: bool,
    hint: bool,
    what: Option<Msg>,
    source: String,
    verified_by_source: bool,
}

impl Row {
    fn is_about(&self, used: &InUse<'_>, version: &Version) -> bool {
        let listed = |list: &[String], id: &str| list.is_empty() || list.iter().any(|l| l == id);
        self.client == used.client
            && self
                .from
                .as_ref()
                .is_none_or(|from| version.compare(from).is_ge())
            && self
                .below
                .as_ref()
                .is_none_or(|below| version.compare(below).is_lt())
            && listed(&self.systems, used.system.as_str())
            && (self.gateways.is_empty()
                || used.gateway.is_some_and(|id| listed(&self.gateways, id)))
    }

    fn text(&self, used: &InUse<'_>) -> Msg {
        let text = match &self.what {
            Some(what) => what.clone(),
            None if used.system == System::Linux => {
                Msg::new("client-version.ended-upstream").with("day", &self.until_text)
            }
            None => Msg::new("client-version.ended").with("day", &self.until_text),
        };
        text.with("client", used.name)
            .with("version", used.version)
            .with("source", &self.source)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Vec<Written>,
}

/// One row as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    client: String,
    from: Option<String>,
    below: Option<String>,
    #[serde(default)]
    systems: Vec<String>,
    #[serde(default)]
    gateways: Vec<String>,
    cause: String,
    until: Option<String>,
    #[serde(default)]
    degrades: bool,
    #[serde(default)]
    hint: bool,
    what: Option<String>,
    source: String,
    verified: String,
}

/// The words that a row names.
fn words(what: &str) -> Option<Msg> {
    Some(match what {
        "macos-11" => Msg::new("client-version.what.macos-11"),
        "cisco-anyconnect" => Msg::new("client-version.what.cisco-anyconnect"),
        "cisco-openconnect" => Msg::new("client-version.what.cisco-openconnect"),
        "dtls-10" => Msg::new("client-version.what.dtls-10"),
        "fortios-64" => Msg::new("client-version.what.fortios-64"),
        "forticlient-724" => Msg::new("client-version.what.forticlient-724"),
        _ => return None,
    })
}

fn understood(written: Written) -> Option<Row> {
    let version = |text: Option<String>| match text {
        Some(text) => text.parse().ok().map(Some),
        None => Some(None),
    };
    let until = match &written.until {
        Some(day) => {
            let moment: jiff::Timestamp = format!("{day}T00:00:00Z").parse().ok()?;
            Some(UnixTime(moment.as_second()).plus(86_400))
        }
        None => None,
    };
    Some(Row {
        client: written.client,
        from: version(written.from)?,
        below: version(written.below)?,
        systems: written.systems,
        gateways: written.gateways,
        cause: SPOKEN_OF
            .into_iter()
            .find(|cause| cause.as_str() == written.cause)?,
        until,
        until_text: written.until.unwrap_or_default(),
        degrades: written.degrades,
        hint: written.hint,
        what: match written.what {
            Some(what) => Some(words(&what)?),
            None => None,
        },
        source: written.source,
        verified_by_source: written.verified == "source",
    })
}

fn rows() -> &'static [Row] {
    static READ: OnceLock<Vec<Row>> = OnceLock::new();
    READ.get_or_init(|| {
        toml::from_str::<File>(VERSIONS)
            .map(|file| file.version.into_iter().filter_map(understood).collect())
            .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22.
    const NOW: UnixTime = UnixTime(1_795_305_600);

    fn known(client: &str, version: &str, system: System, gateway: Option<&str>) -> Known {
        known_of(&InUse {
            client,
            name: client,
            version,
            system,
            gateway,
            at: NOW,
        })
        .unwrap()
    }

    fn causes(known: &Known) -> Vec<(&'static str, Certainty)> {
        let found = known.findings.iter();
        found.map(|f| (f.cause.as_str(), f.certainty)).collect()
    }

    #[test]
    fn every_row_of_the_file_is_understood() {
        let file: File = toml::from_str(VERSIONS).unwrap();
        assert!(file.version.len() > 10);
        assert_eq!(rows().len(), file.version.len());
        for row in rows() {
            assert!(row.until.is_some() || row.what.is_some(), "{row:?}");
            assert!(!row.source.is_empty());
        }
    }

    #[test]
    fn versions_are_read_as_they_are_written_and_compared_by_number() {
        for text in ["5.1.7.80", "v2.6.12", "7.4.3 build1790", "6.2.8-c1234", "9"] {
            assert!(text.parse::<Version>().is_ok(), "{text}");
        }
        for text in [
            "",
            "new",
            "..",
            "1.2.3.4.5.6.7",
            "99999999999999999999999",
            "1..2",
        ] {
            assert_eq!(text.parse::<Version>(), Err(NoVersion), "{text}");
        }
        let order = |one: &str, other: &str| {
            let read = |text: &str| text.parse::<Version>().unwrap();
            read(one).compare(&read(other))
        };
        assert_eq!(order("2.10", "2.9"), Ordering::Greater);
        assert_eq!(order("2.6", "2.6.0"), Ordering::Equal);
        assert_eq!(order("4.9.04053", "4.9.04"), Ordering::Greater);
    }

    #[test]
    fn support_ends_on_its_day_and_not_before() {
        let old = known("openvpn", "2.5.9", System::Linux, None);
        assert_eq!(causes(&old), [("client-outdated", Certainty::Likely)]);
        assert_eq!(old.findings[0].impact, Impact::Degrades);
        let current = known("openvpn", "2.6.12", System::Linux, None);
        assert!(current.findings.is_empty() && current.is_supported);
        let later = known_of(&InUse {
            client: "openvpn",
            name: "OpenVPN",
            version: "2.6.12",
            system: System::Linux,
            gateway: None,
            at: NOW.plus(3 * 365 * 86_400),
        });
        assert_eq!(later.map(|known| known.findings.len()), Ok(1));
        // The day itself still belongs to it: 2025-07-31.
        let ended = UnixTime(1_753_920_000).plus(86_400);
        for (at, is_supported) in [(ended.plus(-1), true), (ended, false)] {
            let known = known_of(&InUse {
                client: "openvpn",
                name: "OpenVPN",
                version: "2.5.9",
                system: System::Linux,
                gateway: None,
                at,
            });
            let known = known.unwrap();
            assert_eq!(known.is_supported, is_supported);
            assert_eq!(known.findings.is_empty(), is_supported);
        }
    }

    #[test]
    fn what_is_only_recalled_or_depends_on_more_is_never_likely() {
        let old = known("anyconnect", "4.7.1", System::Macos, Some("asa"));
        assert_eq!(
            causes(&old),
            [
                ("client-outdated", Certainty::Possible),
                ("client-version-known-bad", Certainty::Possible)
            ]
        );
        assert_eq!(old.findings[1].evidence.len(), 2);
    }

    #[test]
    fn a_row_about_one_gateway_or_system_says_nothing_of_others() {
        assert!(causes(&known("openconnect", "8.10", System::Linux, Some("asa"))).len() == 1);
        let said = |gateway| {
            let old = known("openconnect", "8.10", System::Linux, gateway);
            let proofs = old.findings.into_iter().flat_map(|f| f.evidence);
            proofs.map(|proof| proof.text.id).collect::<Vec<_>>()
        };
        let (there, everywhere) = (
            "client-version.what.cisco-openconnect",
            "client-version.what.dtls-10",
        );
        assert_eq!(said(Some("asa")), [there, everywhere]);
        assert_eq!(said(Some("fortigate")), [everywhere]);
        assert_eq!(said(None), [everywhere], "not known which gateway it is");
        let other = known("openconnect", "9.21", System::Linux, Some("asa"));
        assert_eq!(other, Known::default());
        let windows = known("anyconnect", "4.9.03", System::Windows, None);
        assert_eq!(causes(&windows), [("client-outdated", Certainty::Possible)]);
    }

    #[test]
    fn what_nobody_backs_is_a_hint_and_no_finding() {
        let said = known("forticlient", "7.2.4", System::Windows, None);
        assert!(said.findings.is_empty());
        assert_eq!(said.hints.len(), 1);
        assert_eq!(
            known("forticlient", "7.2.5", System::Windows, None),
            Known::default()
        );
        let new = known("forticlient", "7.4.3", System::Windows, Some("fortigate"));
        assert_eq!((new.findings.len(), new.hints.len()), (0, 1));
    }
}

//! Reads the described worlds and compares what follows from them.

mod answers;
mod device;
mod expected;
mod handshake;
mod hello;
mod logs;
mod network;
mod pki;
mod revocation;
mod saved;
#[path = "../statements/mod.rs"]
mod statements;
mod way;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use vpnmedic::diagnose::{Diagnosis, Finding, Relations};
use vpnmedic::evidence::UnixTime;
use vpnmedic::guide::{
    Advisories, DistrustEvent, DistrustRule, DistrustedCa, EndedRoot, Knowledge, Marks, Scope,
    ValidityLimit, Verified,
};
use vpnmedic::msg::Msg;

pub use pki::Pki;
use world::World;

/// One described world and what must follow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    #[serde(default = "default_target")]
    pub target: String,
    #[serde(default = "default_now")]
    pub now: String,
    pub world: World,
    pub verdict: String,
    #[serde(default)]
    pub causes: Vec<String>,
    #[serde(default)]
    pub ruled_out: Vec<String>,
    /// `<cause>[ <text>[ <argument>=<value>]]`: not told, and why.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// `<id>[ <text>[ <argument>=<value>]]`: all of it, in this order.
    #[serde(default)]
    pub advice: Vec<String>,
    /// `<cause> <probe> <text>[ <argument>=<value>]`: what shows the causes that are named here, all of it and in this
    /// order.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// `<cause> <text>[ <argument>=<value>]`: every repair that is told.
    pub repairs: Option<Vec<String>>,
    /// `<certificate> served|fetched|store[ <depth in the path>]`: the chain as it is shown.
    pub chain: Option<Vec<String>>,
    /// Ids of texts that must be among what shows the causes, and of texts that must not.
    #[serde(default)]
    pub shown: Vec<String>,
    #[serde(default)]
    pub not_shown: Vec<String>,
    /// `<certificate> <cause>`: where the fault is shown in the chain.
    #[serde(default)]
    pub at_fault: Vec<String>,
    /// The VPN client that asks.
    pub client: Option<String>,
    /// `<client> <os> accepts|refuses|open [id of the reason]`: what these clients make of the chain.
    #[serde(default)]
    pub clients: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scenario: Vec<Scenario>,
}

fn default_target() -> String {
    "vpn.example.com".to_owned()
}

fn default_now() -> String {
    "2026-11-22T12:00:00Z".to_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All scenarios of the folder; every file but those that are no scenarios.
pub fn load_scenarios() -> Vec<Scenario> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .filter(|path| !path.ends_with("certificates.toml"))
        .collect();
    paths.sort();
    let mut all: Vec<Scenario> = Vec::new();
    for path in paths {
        let file: File = toml::from_str(&read(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.extend(file.scenario);
    }
    for (index, scenario) in all.iter().enumerate() {
        assert!(
            !all[..index].iter().any(|other| other.name == scenario.name),
            "{} is there twice",
            scenario.name
        );
    }
    assert!(all.len() > 50, "only {} scenarios", all.len());
    all
}

/// How the catalogue says that causes hang together.
pub fn load_relations() -> &'static Relations {
    static RELATIONS: OnceLock<Relations> = OnceLock::new();
    RELATIONS.get_or_init(|| Knowledge::load(None).unwrap().relations())
}

/// The beginning of a day in UTC.
fn day(text: &str) -> UnixTime {
    let moment: jiff::Timestamp = format!("{text}T00:00:00Z").parse().unwrap();
    UnixTime(moment.as_second())
}

/// Every recognisable part of a certificate, or only those that anybody can copy.
fn marks(cert: &vpnmedic::chain::Cert, by_key: bool) -> Marks {
    if by_key {
        return Marks {
            keys: vec![cert.spki_sha256()],
            ..Marks::default()
        };
    }
    Marks {
        subjects: vec![cert.subject.clone()],
        ..Marks::default()
    }
}

impl Scenario {
    /// What the knowledge says, with the events of this world added.
    pub fn relations(&self, pki: &Pki) -> Relations {
        let mut relations = load_relations().clone();
        let mut advisories = Advisories::clone(&relations.advisories);
        for line in &self.world.distrusted {
            advisories.distrusted.push(distrusted(line, pki));
        }
        let limits = self.world.limits.iter();
        advisories.limits.extend(limits.map(|line| limit(line)));
        for line in &self.world.ended {
            let words: Vec<&str> = line.split(' ').collect();
            let [name, until, replacement] = words.as_slice() else {
                panic!("{line}")
            };
            let cert = pki.cert(name);
            advisories.ended.push(EndedRoot {
                name: cert.label(),
                marks: marks(&cert, false),
                until: day(until),
                replacement: (*replacement).to_owned(),
                source: "a scenario".to_owned(),
                verified: Verified::Source,
            });
        }
        relations.advisories = Arc::new(advisories);
        let roots = self.world.site_roots.iter();
        relations.site_roots = roots.map(|name| pki.cert(name).sha256).collect();
        relations
    }

    /// What these clients make of the chain, where it differs from the description.
    fn compare_clients(&self, diagnosis: &Diagnosis) -> Vec<String> {
        let mut complaints = Vec::new();
        for line in &self.clients {
            let words: Vec<&str> = line.split(' ').collect();
            let [client, os, word, rest @ ..] = words.as_slice() else {
                panic!("{line}")
            };
            let accepts = match *word {
                "accepts" => Some(true),
                "refuses" => Some(false),
                "open" => None,
                _ => panic!("{line}"),
            };
            let views = &diagnosis.clients;
            let view = views.iter().find(|v| v.client == *client && v.os == *os);
            let fits = view.is_some_and(|view| {
                view.accepts == accepts && rest.first().is_none_or(|id| view.why.id == *id)
            });
            if !fits {
                complaints.push(format!("{line}, found {view:?}"));
            }
        }
        complaints
    }
}

/// `<certificate> <key|name> <programme> <source|recall> <since> <all|issued-after=day|logged-after=day> [except=name]`.
fn distrusted(line: &str, pki: &Pki) -> DistrustedCa {
    let words: Vec<&str> = line.split(' ').collect();
    let [name, by, programme, verified, since, rule, rest @ ..] = words.as_slice() else {
        panic!("{line}")
    };
    let cert = pki.cert(name);
    let word = |text: &str| serde_json::Value::String(text.to_owned());
    let rule = match rule.split_once('=') {
        None => DistrustRule::All,
        Some(("issued-after", after)) => DistrustRule::IssuedAfter(day(after)),
        Some(("logged-after", after)) => DistrustRule::LoggedAfter(day(after)),
        Some(_) => panic!("{line}"),
    };
    let except = rest.iter().filter_map(|word| word.strip_prefix("except="));
    DistrustedCa {
        name: cert.label(),
        marks: marks(&cert, *by == "key"),
        except: except.map(|name| pki.cert(name).spki_sha256()).collect(),
        events: vec![DistrustEvent {
            programme: serde_json::from_value(word(programme)).unwrap(),
            rule,
            since: day(since),
            source: "a scenario".to_owned(),
            verified: serde_json::from_value(word(verified)).unwrap(),
        }],
    }
}

fn limit(line: &str) -> ValidityLimit {
    let words: Vec<&str> = line.split(' ').collect();
    let [programme, verified, from, scope, days] = words.as_slice() else {
        panic!("{line}")
    };
    let word = |text: &str| serde_json::Value::String(text.to_owned());
    ValidityLimit {
        programme: serde_json::from_value(word(programme)).unwrap(),
        scope: match *scope {
            "public" => Scope::Public,
            "any" => Scope::Any,
            _ => panic!("{line}"),
        },
        from: day(from),
        days: days.parse().unwrap(),
        source: "a scenario".to_owned(),
        verified: serde_json::from_value(word(verified)).unwrap(),
    }
}

/// The interface's words, to see that every message can be said.
pub struct Words(BTreeMap<String, String>);

impl Words {
    pub fn load() -> Self {
        let mut words = BTreeMap::new();
        let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/ui");
        for entry in std::fs::read_dir(ui).unwrap() {
            let table: toml::Table = toml::from_str(&read(&entry.unwrap().path())).unwrap();
            flatten("", &table, &mut words);
        }
        Self(words)
    }

    fn complain(&self, msg: &Msg) -> Option<String> {
        let id = msg.id.as_ref();
        let Some(text) = self.0.get(id) else {
            return Some(format!("no words for {id}"));
        };
        let unfilled = text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .find(|(name, _)| !msg.args.iter().any(|(given, _)| given == name));
        unfilled.map(|(name, _)| format!("{id}: {{{name}}} is not filled in"))
    }
}

fn flatten(prefix: &str, table: &toml::Table, words: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let id = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        let Some(inner) = value.as_table() else {
            continue;
        };
        match inner.get("en").and_then(toml::Value::as_str) {
            Some(text) => {
                words.insert(id, text.to_owned());
            }
            None => flatten(&id, inner, words),
        }
    }
}

impl Scenario {
    /// What is different from the description; empty when nothing is.
    pub fn compare(&self, diagnosis: &Diagnosis, words: &Words) -> Vec<String> {
        let mut complaints = Vec::new();
        let verdict = format!("{:?}", diagnosis.verdict).to_lowercase();
        if verdict != self.verdict {
            complaints.push(format!("verdict {verdict}, expected {}", self.verdict));
        }
        let mut found = Vec::new();
        for (index, finding) in diagnosis.causes.iter().enumerate() {
            found.push(written(finding, self.causes.get(index)));
        }
        if found != self.causes {
            complaints.push(format!("causes {found:#?}, expected {:#?}", self.causes));
        }
        for id in &self.ruled_out {
            if !diagnosis.ruled_out.iter().any(|cause| cause.as_str() == id) {
                complaints.push(format!("{id} is not ruled out"));
            }
        }
        complaints.extend(self.compare_unknown(diagnosis));
        complaints.extend(self.compare_advice(diagnosis));
        complaints.extend(self.compare_evidence(diagnosis));
        complaints.extend(self.compare_repairs(diagnosis));
        complaints.extend(self.compare_chain(diagnosis));
        let proofs = diagnosis.causes.iter().flat_map(|found| &found.evidence);
        let texts: Vec<&str> = proofs.map(|proof| proof.text.id.as_ref()).collect();
        for (ids, expected) in [(&self.shown, true), (&self.not_shown, false)] {
            for id in ids {
                if texts.contains(&id.as_str()) != expected {
                    complaints.push(format!("{id} among {texts:?}: expected {expected}"));
                }
            }
        }
        for expected in &self.at_fault {
            let shown = diagnosis.chain.iter().any(|entry| {
                entry
                    .problems
                    .iter()
                    .any(|cause| format!("{} {cause}", entry.cert.label()) == *expected)
            });
            if !shown {
                let all: Vec<String> = diagnosis
                    .chain
                    .iter()
                    .map(|e| {
                        format!(
                            "{} {:?} {:?} {:?}",
                            e.cert.label(),
                            e.source,
                            e.depth,
                            e.problems
                        )
                    })
                    .collect();
                complaints.push(format!("{expected} is not shown in the chain: {all:?}"));
            }
        }
        complaints.extend(self.compare_clients(diagnosis));
        let repairs = diagnosis
            .causes
            .iter()
            .filter_map(|f| f.repair.as_ref())
            .map(|r| &r.what);
        let proofs = diagnosis
            .causes
            .iter()
            .flat_map(|f| &f.evidence)
            .map(|p| &p.text);
        let pieces = diagnosis.advice.iter().map(|a| &a.text);
        let whys = diagnosis
            .unknown
            .iter()
            .filter_map(|(_, why)| why.detail.as_ref());
        // Other rooms' words (the judge's) are looked for once they are there.
        let own = |msg: &&Msg| {
            let rooms = ["diagnose.", "repair.", "revocation.", "clients."];
            rooms.iter().any(|room| msg.id.starts_with(room))
        };
        let reasons = diagnosis.clients.iter().map(|view| &view.why);
        complaints.extend(
            repairs
                .chain(proofs)
                .chain(pieces)
                .chain(whys)
                .chain(reasons)
                .filter(own)
                .filter_map(|msg| words.complain(msg)),
        );
        for finding in &diagnosis.causes {
            if finding.evidence.is_empty() {
                complaints.push(format!("{} is claimed without evidence", finding.cause));
            }
        }
        complaints
    }
}

/// A finding as it is written in a description; the proof only where the description speaks of it.
fn written(finding: &Finding, expected: Option<&String>) -> String {
    let impact = serde_json::to_string(&finding.impact).unwrap();
    let mut text = format!(
        "{} {} {}",
        finding.cause,
        format!("{:?}", finding.certainty).to_lowercase(),
        impact.trim_matches('"')
    );
    if expected.is_some_and(|expected| expected.contains("proved")) {
        let proved = finding.repair.as_ref().is_some_and(|repair| repair.proved);
        text.push_str(if proved { " proved" } else { " unproved" });
    }
    if let Some(root) = finding.explained_by {
        text.push_str(&format!(" by {root}"));
    }
    text
}

//! `wizard.toml`: the site's settings, the symptoms and the nodes of the tree, read and checked one by one.
//!
//! Whether the nodes make a tree (nothing dangling, nothing unreachable, no circle) is in [`super::tree`].

use std::collections::BTreeSet;

use super::messages::Messages;
use super::placeholder::OF_TARGET;
use super::reader::{self, At, Reader};
use super::source::Source;
use super::texts::is_kebab;
use super::tree::Draft;
use super::{
    Answer, Condition, Contact, Gateway, Link, NodeKind, PortalCheck, Site, Symptom, System,
    Wizard, tree,
};
use crate::cause::CauseId;
use crate::evidence::{ProbeId, ProbeOutcome, Target};

/// The themes a site can ask for.
const THEMES: [&str; 5] = ["auto", "dark", "light", "high-contrast", "none"];

/// Reads the wizard. `None` where the file is no TOML; everything wrong is in the source.
pub(super) fn read(source: &Source<'_>) -> Option<Wizard> {
    let table = reader::parse(source)?;
    let reader = Reader::new(source, table.get_ref(), 0..0, "the wizard");
    let site = reader.table("site").map(site).unwrap_or_default();
    let symptoms: Vec<SymptomDraft> = reader
        .tables("symptom", "the symptom")
        .into_iter()
        .map(symptom)
        .collect();
    let found = branches(&reader, "found", "the found cause");
    let tables = reader.tables("node", "the node");
    let written = tables.len();
    let nodes: Vec<Draft> = tables
        .into_iter()
        .filter_map(|table| node(table, &found))
        .collect();
    if symptoms.is_empty() {
        reader.error(
            reader.span(),
            "there is no [[symptom]]; expected at least one",
        );
    }
    reader.finish();
    let mut seen = BTreeSet::new();
    for id in symptoms.iter().filter_map(|draft| draft.id.as_ref()) {
        if !seen.insert(&id.value) {
            let message = format!("the symptom id `{}` is used twice", id.value);
            source.error(&id.span, message);
        }
    }
    let starts: Vec<At<String>> = symptoms.iter().filter_map(|d| d.start.clone()).collect();
    let all_read = starts.len() == symptoms.len()
        && nodes.len() == written
        && nodes.iter().all(|draft| draft.leads_known);
    tree::check(source, &starts, &nodes, all_read);
    Some(Wizard {
        site,
        symptoms: symptoms.into_iter().filter_map(|d| d.symptom).collect(),
        nodes: nodes
            .into_iter()
            .map(|draft| (draft.node.id.clone(), draft.node))
            .collect(),
        messages: Messages::default(),
    })
}

fn site(table: Reader<'_, '_>) -> Site {
    let company = table.optional_str("company").map(|c| c.value);
    let helpdesk = table.optional_text("helpdesk", Some(&[]));
    let gateways = table
        .tables("gateway", "the gateway")
        .into_iter()
        .filter_map(gateway)
        .collect();
    let ntp = table.strs("ntp");
    for server in &ntp {
        if Target::parse(&server.value).is_err() {
            table.error(
                &server.span,
                format!("`{}` is no host name or address", server.value),
            );
        }
    }
    let portal = table
        .tables("portal", "the portal check")
        .into_iter()
        .filter_map(portal)
        .collect();
    let ports = table.numbers("ports", &(1..65_536));
    let mut root_sha256 = Vec::new();
    for text in table.strs("root_sha256") {
        match sha256(&text.value) {
            Some(sum) => root_sha256.push(sum),
            None => table.error(
                &text.span,
                format!(
                    "`{}` is no SHA-256 fingerprint; expected 64 hexadecimal digits, with or without colons",
                    text.value
                ),
            ),
        }
    }
    let theme = table.optional_str("theme");
    if let Some(theme) = &theme
        && !THEMES.contains(&theme.value.as_str())
    {
        let message = format!(
            "`{}` is no theme; expected one of: {}",
            theme.value,
            THEMES.join(", ")
        );
        table.error(&theme.span, message);
    }
    let language = table.optional_word("language").map(|l| l.value);
    let contact = table.table("contact").map(contact).unwrap_or_default();
    let links = table
        .tables("link", "the link")
        .into_iter()
        .filter_map(link)
        .collect();
    table.finish();
    Site {
        company,
        helpdesk,
        gateways,
        ntp: ntp.into_iter().map(|n| n.value).collect(),
        portal,
        // Checked to be in range.
        ports: ports
            .into_iter()
            .filter_map(|p| u16::try_from(p.value).ok())
            .collect(),
        root_sha256,
        theme: theme.map(|t| t.value),
        language,
        contact,
        links,
    }
}

/// What may be contacted; what is not said may be.
fn contact(table: Reader<'_, '_>) -> Contact {
    let contact = Contact {
        third_party: table.flag_or("third_party", true),
        public_dns: table.flag_or("public_dns", true),
        ntp: table.flag_or("ntp", true),
        portal: table.flag_or("portal", true),
    };
    table.finish();
    contact
}

fn link(table: Reader<'_, '_>) -> Option<Link> {
    let label = table.text("label", Some(&[]));
    let url = table.str("url");
    if let Some(url) = &url
        && !is_page(&url.value)
    {
        let message = format!(
            "`{}` is no address of a page; expected https:// and a host, without blanks, a user or a password",
            url.value
        );
        table.error(&url.span, message);
        table.finish();
        return None;
    }
    table.finish();
    Some(Link {
        label: label?,
        url: url?.value,
    })
}

/// Whether this is an address that can be shown as it is: nothing but `https://`, so that nobody is led to a program, a
/// file or a sign-in hidden in front of an `@`.
fn is_page(url: &str) -> bool {
    const LONGEST: usize = 300;
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    url.len() <= LONGEST
        && url.chars().all(|letter| letter.is_ascii_graphic())
        && !host.contains(['@', '\\'])
        && Target::parse(host).is_ok()
}

/// A fingerprint as programs show it: `AB:CD:...`, or without the colons.
fn sha256(text: &str) -> Option<[u8; 32]> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
    bytes.ok()?.try_into().ok()
}

fn gateway(table: Reader<'_, '_>) -> Option<Gateway> {
    let name = table.text("name", Some(&[]));
    let address = table.str("address");
    if let Some(address) = &address
        && let Err(error) = Target::parse(&address.value)
    {
        table.error(&address.span, format!("the gateway's address: {error}"));
    }
    table.finish();
    Some(Gateway {
        name: name?,
        address: address?.value,
    })
}

fn portal(table: Reader<'_, '_>) -> Option<PortalCheck> {
    let url = table.str("url");
    if let Some(url) = &url
        && (!url.value.starts_with("http://") || Target::parse(&url.value).is_err())
    {
        let message = format!(
            "`{}` cannot find a portal; expected a plain http:// address",
            url.value
        );
        table.error(&url.span, message);
    }
    let status = table.number("status", 100..600);
    let body = table.optional_str("body").map(|b| b.value);
    table.finish();
    Some(PortalCheck {
        url: url?.value,
        status: u16::try_from(status?.value).ok()?,
        body,
    })
}

/// A symptom as far as it could be read.
struct SymptomDraft {
    symptom: Option<Symptom>,
    id: Option<At<String>>,
    start: Option<At<String>>,
}

fn symptom(table: Reader<'_, '_>) -> SymptomDraft {
    let id = table.str("id");
    check_id(&table, id.as_ref());
    let text = table.text("text", Some(&[]));
    let hint = table.text("hint", Some(&[]));
    let start = table.str("start");
    table.finish();
    let symptom = match (&id, text, hint, &start) {
        (Some(id), Some(text), Some(hint), Some(start)) => Some(Symptom {
            id: id.value.clone(),
            text,
            hint,
            start: start.value.clone(),
        }),
        _ => None,
    };
    SymptomDraft { symptom, id, start }
}

fn check_id(table: &Reader<'_, '_>, id: Option<&At<String>>) {
    if let Some(id) = id
        && !is_kebab(&id.value)
    {
        let message = format!(
            "`{}` is no id; expected lower-case letters, digits and hyphens",
            id.value
        );
        table.error(&id.span, message);
    }
}

/// What a `kind` may be.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Question,
    Check,
    Outcome,
}

fn node(table: Reader<'_, '_>, found: &[Branch]) -> Option<Draft> {
    let id = table.str("id");
    check_id(&table, id.as_ref());
    let kind = table.word::<Kind>("kind");
    let text = table.text("text", Some(&OF_TARGET));
    let mut leads = Vec::new();
    let kind = match kind.map(|k| k.value) {
        // Without a kind the other keys cannot be judged.
        None => return id.map(Draft::broken),
        Some(Kind::Question) => question(&table, text, &mut leads),
        Some(Kind::Check) => check(&table, text, found, &mut leads),
        Some(Kind::Outcome) => outcome(&table, text),
    };
    table.finish();
    let id = id?;
    Some(match kind {
        Some(kind) => Draft::new(id, kind, leads),
        None => Draft {
            leads,
            leads_known: true,
            ..Draft::broken(id)
        },
    })
}

fn question(
    table: &Reader<'_, '_>,
    text: Option<super::Text>,
    leads: &mut Vec<At<String>>,
) -> Option<NodeKind> {
    let hint = table.optional_text("hint", Some(&OF_TARGET));
    let paste = table.flag("paste");
    let unsure = table.str("unsure");
    let mut answers = Vec::new();
    let mut seen = BTreeSet::new();
    let tables = table.tables("answer", "the answer");
    if tables.is_empty() {
        table.error(
            table.span(),
            "the question has no [[node.answer]]; expected at least one",
        );
    }
    for answer in tables {
        let id = answer.str("id");
        check_id(&answer, id.as_ref());
        let text = answer.text("text", Some(&OF_TARGET));
        let go = answer.str("go");
        let when = conditions(&answer, "when");
        let words = answer.strs("words");
        if let Some(first) = words.first()
            && !paste
        {
            answer.error(
                &first.span,
                "`words` are compared with a pasted message; the question needs paste = true",
            );
        }
        if let Some(id) = &id
            && !seen.insert(id.value.clone())
        {
            answer.error(
                &id.span,
                format!(
                    "the answer id `{}` is used twice in this question",
                    id.value
                ),
            );
        }
        leads.extend(go.clone());
        answer.finish();
        if let (Some(id), Some(text), Some(go)) = (id, text, go) {
            answers.push(Answer {
                id: id.value,
                text,
                go: go.value,
                when,
                words: words.into_iter().map(|w| w.value.to_lowercase()).collect(),
            });
        }
    }
    leads.extend(unsure.clone());
    Some(NodeKind::Question {
        text: text?,
        hint,
        answers,
        unsure: unsure?.value,
        paste,
    })
}

fn check(
    table: &Reader<'_, '_>,
    text: Option<super::Text>,
    found: &[Branch],
    leads: &mut Vec<At<String>>,
) -> Option<NodeKind> {
    let probes: Vec<ProbeId> = table.words("probes").into_iter().map(|p| p.value).collect();
    if table.lists_nothing("probes") {
        table.error(
            table.span(),
            "the check has no `probes`; expected at least one",
        );
    }
    let otherwise = table.str("otherwise");
    let mut branches = branches(table, "branch", "the branch");
    if table.flag("found") {
        branches.extend_from_slice(found);
    }
    if branches.is_empty() {
        table.error(
            table.span(),
            "the check decides nothing; expected [[node.branch]], or found = true and [[found]]",
        );
    }
    leads.extend(branches.iter().map(|branch| branch.go.clone()));
    leads.extend(otherwise.clone());
    let branches = branches.into_iter();
    Some(NodeKind::Check {
        text: text?,
        probes,
        branches: branches
            .flat_map(|branch| {
                branch
                    .ways
                    .into_iter()
                    .map(move |way| (way, branch.go.value.clone()))
            })
            .collect(),
        otherwise: otherwise?.value,
    })
}

/// Where evidence leads: `go`, when all of `when` hold and, if there are any, one of `any`.
#[derive(Clone)]
struct Branch {
    ways: Vec<Vec<Condition>>,
    go: At<String>,
}

fn branches(table: &Reader<'_, '_>, key: &'static str, what: &str) -> Vec<Branch> {
    let mut branches = Vec::new();
    for branch in table.tables(key, what) {
        let when = conditions(&branch, "when");
        let any = conditions(&branch, "any");
        if branch.lists_nothing("when") && branch.lists_nothing("any") {
            let message =
                format!("{what} has no condition; expected `when` or `any` with at least one");
            branch.error(branch.span(), message);
        }
        let go = branch.str("go");
        branch.finish();
        let ways = if any.is_empty() {
            vec![when]
        } else {
            let each = any.into_iter();
            each.map(|one| when.iter().cloned().chain([one]).collect())
                .collect()
        };
        branches.extend(go.map(|go| Branch { ways, go }));
    }
    branches
}

fn outcome(table: &Reader<'_, '_>, text: Option<super::Text>) -> Option<NodeKind> {
    let causes = table.words::<CauseId>("causes");
    if table.lists_nothing("causes") {
        table.error(
            table.span(),
            "the outcome has no `causes`; expected at least one",
        );
    }
    let mut seen = BTreeSet::new();
    for cause in &causes {
        if !seen.insert(cause.value) {
            table.error(
                &cause.span,
                format!("the cause `{}` is listed twice", cause.value),
            );
        }
    }
    Some(NodeKind::Outcome {
        text: text?,
        causes: causes.into_iter().map(|c| c.value).collect(),
    })
}

fn conditions(table: &Reader<'_, '_>, key: &'static str) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for text in table.strs(key) {
        match condition(&text.value) {
            Ok(condition) => conditions.push(condition),
            Err(message) => table.error(&text.span, message),
        }
    }
    conditions
}

/// Reads `cause:ID`, `ruled-out:ID`, `probe:ID=OUTCOME` or `system:ID`.
fn condition(text: &str) -> Result<Condition, String> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    match kind {
        "cause" => cause(rest).map(Condition::Found),
        "ruled-out" => cause(rest).map(Condition::RuledOut),
        "probe" => {
            let (probe, outcome) = rest.split_once('=').ok_or_else(|| {
                format!(
                    "`{text}` has no outcome; expected probe:ID=OUTCOME, for example probe:tcp=fail"
                )
            })?;
            let probe = reader::word::<ProbeId>(probe).map_err(|e| format!("`{text}`: {e}"))?;
            let outcome =
                reader::word::<ProbeOutcome>(outcome).map_err(|e| format!("`{text}`: {e}"))?;
            if outcome == ProbeOutcome::Running {
                return Err(format!(
                    "`{text}`: a check that is running has decided nothing"
                ));
            }
            Ok(Condition::Probe(probe, outcome))
        }
        "system" => reader::word::<System>(rest)
            .map(Condition::System)
            .map_err(|e| format!("`{text}`: {e}")),
        _ => Err(format!(
            "`{text}` is no condition; expected cause:ID, ruled-out:ID, probe:ID=OUTCOME or system:ID"
        )),
    }
}

fn cause(id: &str) -> Result<CauseId, String> {
    CauseId::parse(id).ok_or_else(|| format!("unknown cause id `{id}`"))
}

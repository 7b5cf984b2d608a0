//! `wizard.toml`: the site's settings, the symptoms and the nodes of the tree, read and checked one by one.
//!
//! Whether the nodes make a tree (nothing dangling, nothing unreachable, no circle) is in [`super::tree`].

use std::collections::BTreeSet;

use super::placeholder::OF_TARGET;
use super::reader::{self, At, Reader};
use super::source::Source;
use super::texts::is_kebab;
use super::tree::Draft;
use super::{
    Answer, Condition, Gateway, NodeKind, PortalCheck, Site, Symptom, System, Wizard, tree,
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
    let symptoms: Vec<(Symptom, At<String>)> = reader
        .tables("symptom", "the symptom")
        .into_iter()
        .filter_map(symptom)
        .collect();
    let nodes: Vec<Draft> = reader
        .tables("node", "the node")
        .into_iter()
        .filter_map(node)
        .collect();
    if symptoms.is_empty() {
        reader.error(
            reader.span(),
            "there is no [[symptom]]; expected at least one",
        );
    }
    reader.finish();
    let mut seen = BTreeSet::new();
    for (symptom, start) in &symptoms {
        if !seen.insert(&symptom.id) {
            source.error(
                &start.span,
                format!("the symptom id `{}` is used twice", symptom.id),
            );
        }
    }
    let starts: Vec<At<String>> = symptoms.iter().map(|(_, start)| start.clone()).collect();
    tree::check(source, &starts, &nodes);
    Some(Wizard {
        site,
        symptoms: symptoms.into_iter().map(|(symptom, _)| symptom).collect(),
        nodes: nodes
            .into_iter()
            .map(|draft| (draft.node.id.clone(), draft.node))
            .collect(),
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
        theme: theme.map(|t| t.value),
        language,
    }
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

fn symptom(table: Reader<'_, '_>) -> Option<(Symptom, At<String>)> {
    let id = table.str("id");
    check_id(&table, id.as_ref());
    let text = table.text("text", Some(&[]));
    let hint = table.text("hint", Some(&[]));
    let start = table.str("start");
    table.finish();
    let start = start?;
    let symptom = Symptom {
        id: id?.value,
        text: text?,
        hint: hint?,
        start: start.value.clone(),
    };
    Some((symptom, start))
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

fn node(table: Reader<'_, '_>) -> Option<Draft> {
    let id = table.str("id");
    check_id(&table, id.as_ref());
    let kind = table.word::<Kind>("kind");
    let text = table.text("text", Some(&OF_TARGET));
    let mut leads = Vec::new();
    let kind = match kind.map(|k| k.value) {
        // Without a kind the other keys cannot be judged.
        None => return id.map(|id| Draft::broken(id)),
        Some(Kind::Question) => question(&table, text, &mut leads),
        Some(Kind::Check) => check(&table, text, &mut leads),
        Some(Kind::Outcome) => outcome(&table, text),
    };
    table.finish();
    let id = id?;
    Some(match kind {
        Some(kind) => Draft::new(id, kind, leads),
        None => Draft {
            leads,
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
    leads: &mut Vec<At<String>>,
) -> Option<NodeKind> {
    let probes: Vec<ProbeId> = table.words("probes").into_iter().map(|p| p.value).collect();
    if probes.is_empty() {
        table.error(
            table.span(),
            "the check has no `probes`; expected at least one",
        );
    }
    let otherwise = table.str("otherwise");
    let mut branches = Vec::new();
    let tables = table.tables("branch", "the branch");
    if tables.is_empty() {
        table.error(
            table.span(),
            "the check has no [[node.branch]]; expected at least one",
        );
    }
    for branch in tables {
        let when = conditions(&branch, "when");
        if when.is_empty() {
            branch.error(
                branch.span(),
                "the branch has no `when`; expected at least one condition",
            );
        }
        let go = branch.str("go");
        leads.extend(go.clone());
        branch.finish();
        branches.extend(go.map(|go| (when, go.value)));
    }
    leads.extend(otherwise.clone());
    Some(NodeKind::Check {
        text: text?,
        probes,
        branches,
        otherwise: otherwise?.value,
    })
}

fn outcome(table: &Reader<'_, '_>, text: Option<super::Text>) -> Option<NodeKind> {
    let causes = table.words::<CauseId>("causes");
    if causes.is_empty() {
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

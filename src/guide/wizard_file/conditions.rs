//! What evidence can decide: branches and their conditions, as answers, checks and `[[found]]` name them.

use crate::cause::CauseId;
use crate::evidence::{ProbeId, ProbeOutcome};
use crate::guide::reader::{self, At, Reader};
use crate::guide::{Condition, System};

/// Where evidence leads: `go`, when all of `when` hold and, if there are any, one of `any`.
#[derive(Clone)]
pub(super) struct Branch {
    pub(super) ways: Vec<Vec<Condition>>,
    pub(super) go: At<String>,
}

pub(super) fn branches(table: &Reader<'_, '_>, key: &'static str, what: &str) -> Vec<Branch> {
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

pub(super) fn conditions(table: &Reader<'_, '_>, key: &'static str) -> Vec<Condition> {
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

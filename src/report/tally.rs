//! Many gateways in few words: one line each, and the counts at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::certainty_id;
use super::model::{Subject, cause_name};
use crate::cause::CauseId;
use crate::diagnose::Verdict;
use crate::evidence::Target;
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;

/// Cells for the target in a line; longer ones push their line to the right.
const MAX_TARGET_WIDTH: usize = 48;

/// The cells that these targets need in front of what was found.
pub fn target_width(targets: &[Target]) -> usize {
    let widest = targets
        .iter()
        .map(|target| cells(&target.to_string()))
        .max();
    widest.unwrap_or(0).min(MAX_TARGET_WIDTH)
}

/// One gateway in one line: target, verdict, and the first cause or why nothing can be said. `width` are the cells for
/// the target.
pub fn line(subject: &Subject<'_>, width: usize) -> String {
    let texts = &subject.knowledge.texts;
    let diagnosis = subject.diagnosis;
    let say = |msg: &Msg| texts.render(subject.lang, msg);
    let roots: Vec<_> = diagnosis
        .causes
        .iter()
        .filter(|finding| finding.explained_by.is_none())
        .collect();
    let mut found = match roots.first() {
        Some(first) => {
            let certainty = texts.get(subject.lang, certainty_id(first.certainty));
            say(&Msg::new("check.line.cause")
                .with("title", cause_name(subject, first.cause))
                .with("certainty", certainty))
        }
        // Why the last check that could not tell could not: it says most about the rest.
        None if diagnosis.verdict == Verdict::Inconclusive => diagnosis
            .unknown
            .first()
            .map(|(_, why)| say(&why.message()))
            .unwrap_or_default(),
        None => String::new(),
    };
    if roots.len() > 1 {
        found += &say(&Msg::new("check.line.more").with("count", roots.len() - 1));
    }
    let target = pad(&subject.evidence.target.to_string(), width);
    let word = texts.get(subject.lang, word_id(diagnosis.verdict));
    let words = [Verdict::Healthy, Verdict::Problem, Verdict::Inconclusive];
    let widest = words.map(|verdict| cells(texts.get(subject.lang, word_id(verdict))));
    let word = pad(word, widest.into_iter().max().unwrap_or(0));
    format!("{}\n", format!("{target}  {word}  {found}").trim_end())
}

const fn word_id(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "check.word.healthy",
        Verdict::Problem => "check.word.problem",
        Verdict::Inconclusive => "check.word.inconclusive",
    }
}

/// The counts of a check of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    all: usize,
    healthy: usize,
    problems: usize,
    inconclusive: usize,
    causes: BTreeMap<CauseId, usize>,
    example: Option<Target>,
}

impl Tally {
    /// Nothing counted yet of so many.
    pub fn new(all: usize) -> Self {
        Self {
            all,
            healthy: 0,
            problems: 0,
            inconclusive: 0,
            causes: BTreeMap::new(),
            example: None,
        }
    }

    /// One more gateway, with the causes that follow from no other.
    pub fn count(&mut self, verdict: Verdict, roots: &[CauseId], target: Target) {
        match verdict {
            Verdict::Healthy => self.healthy += 1,
            Verdict::Problem => {
                self.problems += 1;
                self.example.get_or_insert(target);
            }
            Verdict::Inconclusive => self.inconclusive += 1,
        }
        for cause in roots {
            *self.causes.entry(*cause).or_default() += 1;
        }
    }

    /// The verdict on all of them: a cause anywhere outweighs what is not known, and that outweighs what is well.
    pub fn verdict(&self) -> Verdict {
        if self.problems > 0 {
            Verdict::Problem
        } else if self.inconclusive > 0 {
            Verdict::Inconclusive
        } else {
            Verdict::Healthy
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Msg {
        Msg::new("check.progress.line")
            .with("done", self.done())
            .with("all", self.all)
            .with("problems", self.problems)
            .with("open", self.inconclusive)
    }

    fn done(&self) -> usize {
        self.healthy + self.problems + self.inconclusive
    }

    /// The counts in lines of text. `not_understood` are the lines of lists that named no gateway.
    pub fn text(
        &self,
        knowledge: &Knowledge,
        lang: Lang,
        took: Duration,
        not_understood: usize,
    ) -> String {
        let texts = &knowledge.texts;
        let get = |id| texts.get(lang, id).to_owned();
        let checked = Msg::new("check.counts.checked")
            .with("count", self.done())
            .with("seconds", format!("{:.1}", took.as_secs_f64()));
        let mut rows = vec![
            (get(word_id(Verdict::Healthy)), self.healthy),
            (get(word_id(Verdict::Problem)), self.problems),
            (get(word_id(Verdict::Inconclusive)), self.inconclusive),
        ];
        if not_understood > 0 {
            rows.push((get("check.counts.not-understood"), not_understood));
        }
        let mut out = format!("\n{}\n{}", texts.render(lang, &checked), table(&rows));
        let ids = self.causes.keys().map(|id| cells(id.as_str()));
        let widest = ids.max().unwrap_or(0);
        let mut causes: Vec<(String, usize)> = self
            .causes
            .iter()
            .map(|(id, count)| {
                let name = knowledge.causes.get(id);
                let name = name.map_or("", |cause| cause.name.get(lang));
                (format!("{}  {name}", pad(id.as_str(), widest)), *count)
            })
            .collect();
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        if !causes.is_empty() {
            out += &format!("\n{}\n{}", get("check.counts.causes"), table(&causes));
        }
        if let Some(example) = &self.example {
            let detail = Msg::new("check.counts.detail").with("target", example.typed());
            out += &format!("\n{}\n", texts.render(lang, &detail));
        }
        out
    }
}

/// Words to the left, numbers to the right, in cells.
fn table(rows: &[(String, usize)]) -> String {
    let widest = rows.iter().map(|(word, _)| cells(word)).max().unwrap_or(0);
    let lines = rows
        .iter()
        .map(|(word, count)| format!("  {}  {count:>6}\n", pad(word, widest)));
    lines.collect()
}

fn cells(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(cells(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(typed: &str) -> Target {
        Target::parse(typed).unwrap()
    }

    #[test]
    fn a_cause_anywhere_outweighs_what_is_not_known() {
        let mut tally = Tally::new(3);
        assert_eq!(tally.verdict(), Verdict::Healthy);
        tally.count(Verdict::Healthy, &[], target("a.example"));
        assert_eq!(tally.verdict(), Verdict::Healthy);
        tally.count(Verdict::Inconclusive, &[], target("b.example"));
        assert_eq!(tally.verdict(), Verdict::Inconclusive);
        tally.count(
            Verdict::Problem,
            &[CauseId::UNKNOWN_CA],
            target("c.example"),
        );
        assert_eq!(tally.verdict(), Verdict::Problem);
    }

    #[test]
    fn columns_line_up_in_both_languages() {
        let knowledge = Knowledge::load(None).unwrap();
        let mut tally = Tally::new(3);
        for (cause, host) in [
            (CauseId::UNKNOWN_CA, "a.example"),
            (CauseId::UNKNOWN_CA, "b.example"),
            (CauseId::CERT_EXPIRED_LEAF, "c.example"),
        ] {
            tally.count(Verdict::Problem, &[cause], target(host));
        }
        for lang in [Lang::En, Lang::Ja] {
            let text = tally.text(&knowledge, lang, Duration::from_millis(1234), 2);
            assert!(text.contains("1.2"), "{text}");
            let rows: Vec<&str> = text.lines().filter(|l| l.starts_with("  ")).collect();
            assert_eq!(rows.len(), 6, "{text}");
            for block in [&rows[..4], &rows[4..]] {
                let widths: Vec<usize> = block.iter().map(|row| cells(row)).collect();
                assert!(widths.iter().all(|w| *w == widths[0]), "{text}");
            }
            // The commonest first.
            assert!(
                rows[4].contains("unknown-ca") && rows[4].ends_with(" 2"),
                "{text}"
            );
            assert!(text.contains("vpnmedic check a.example"), "{text}");
        }
    }
}

//! What a description says of the words of a diagnosis: what shows a cause, what would mend it, why something is not
//! known, which certificates are shown. Which causes there must be is in `mod.rs`.

use vpnmedic::diagnose::Diagnosis;
use vpnmedic::msg::Msg;

use super::Scenario;

impl Scenario {
    /// What shows the causes, where the description speaks of it: all of it, in this order.
    pub fn compare_evidence(&self, diagnosis: &Diagnosis) -> Vec<String> {
        let mut complaints = Vec::new();
        for finding in &diagnosis.causes {
            let cause = finding.cause.as_str();
            let expected = about(&self.evidence, cause);
            let shown: Vec<(String, &Msg)> = finding
                .evidence
                .iter()
                .map(|proof| (format!("{} ", proof.probe.as_str()), &proof.text))
                .collect();
            if !expected.is_empty() && !agree(&expected, &shown) {
                complaints.push(format!("{cause} is shown by {}", written(cause, &shown)));
            }
        }
        for line in &self.evidence {
            let named = first_word(line);
            if !diagnosis.causes.iter().any(|f| f.cause.as_str() == named) {
                complaints.push(format!("{line}: {named} is not among the causes"));
            }
        }
        complaints
    }

    /// What would mend the causes, where the description speaks of it: every repair there is.
    pub fn compare_repairs(&self, diagnosis: &Diagnosis) -> Vec<String> {
        let Some(expected) = &self.repairs else {
            return Vec::new();
        };
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let repairs: Vec<(String, &Msg)> = diagnosis
            .causes
            .iter()
            .filter_map(|f| Some((format!("{} ", f.cause), &f.repair.as_ref()?.what)))
            .collect();
        if agree(&expected, &repairs) {
            return Vec::new();
        }
        vec![format!("the repairs are {}", written("", &repairs))]
    }

    /// What is not known, and why where the description says so.
    pub fn compare_unknown(&self, diagnosis: &Diagnosis) -> Vec<String> {
        let mut complaints = Vec::new();
        for line in &self.unknown {
            let (cause, reason) = line.split_once(' ').unwrap_or((line, ""));
            let known = &mut diagnosis.unknown.iter();
            let Some((_, why)) = known.find(|(id, _)| id.as_str() == cause) else {
                complaints.push(format!("{cause} is not unknown"));
                continue;
            };
            let said = why.message();
            if !reason.is_empty() && !says(reason, "", &said) {
                complaints.push(format!("{cause} is unknown because {said:?}"));
            }
        }
        complaints
    }

    /// The advice, its words where the description gives them.
    pub fn compare_advice(&self, diagnosis: &Diagnosis) -> Vec<String> {
        let expected: Vec<&str> = self.advice.iter().map(String::as_str).collect();
        let fits = expected.len() == diagnosis.advice.len()
            && expected.iter().zip(&diagnosis.advice).all(|(line, given)| {
                let (id, text) = line.split_once(' ').unwrap_or((line, ""));
                id == given.id && (text.is_empty() || says(text, "", &given.text))
            });
        if fits {
            return Vec::new();
        }
        let given: Vec<(String, &Msg)> = diagnosis
            .advice
            .iter()
            .map(|advice| (format!("{} ", advice.id), &advice.text))
            .collect();
        vec![format!(
            "advice {}, expected {:#?}",
            written("", &given),
            self.advice
        )]
    }

    /// The certificates as they are shown, where the description speaks of them.
    pub fn compare_chain(&self, diagnosis: &Diagnosis) -> Vec<String> {
        let Some(expected) = &self.chain else {
            return Vec::new();
        };
        let shown: Vec<String> = diagnosis
            .chain
            .iter()
            .map(|entry| {
                let source = format!("{:?}", entry.source).to_lowercase();
                let depth = entry.depth.map(|depth| format!(" {depth}"));
                format!(
                    "{} {source}{}",
                    entry.cert.label(),
                    depth.unwrap_or_default()
                )
            })
            .collect();
        if shown == *expected {
            return Vec::new();
        }
        vec![format!("the chain is shown as {shown:#?}")]
    }
}

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or(line)
}

/// What these lines say of a cause, without its name.
fn about<'a>(lines: &'a [String], cause: &str) -> Vec<&'a str> {
    let lines = lines.iter().filter(|line| first_word(line) == cause);
    lines.map(|line| line[cause.len()..].trim_start()).collect()
}

fn agree(expected: &[&str], found: &[(String, &Msg)]) -> bool {
    let mut pairs = expected.iter().zip(found);
    expected.len() == found.len() && pairs.all(|(line, (before, text))| says(line, before, text))
}

/// Whether a line, `<before><id>[ <argument>=<value>]`, describes this text; the value goes on to the end of the line.
fn says(line: &str, before: &str, text: &Msg) -> bool {
    let Some(rest) = line.strip_prefix(before) else {
        return false;
    };
    let (id, argument) = rest.split_once(' ').unwrap_or((rest, ""));
    if id != text.id {
        return false;
    }
    match argument.split_once('=') {
        None => argument.is_empty(),
        Some((name, value)) => text.args.iter().any(|(n, v)| n == name && v == value),
    }
}

/// What was found, as it would be written in a description; what the texts say in particular comes after them.
fn written(cause: &str, found: &[(String, &Msg)]) -> String {
    let lines = found.iter().map(|(before, text)| {
        let line = format!("{cause} {before}{}", text.id);
        format!("\n    {:?}, # {:?}", line.trim_start(), text.args)
    });
    format!("[{}\n  ]", lines.collect::<String>())
}

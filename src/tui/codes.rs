//! Step codes as people say and type them (`C04-W2`): which step is meant. Going there is [`super::update`]'s.

use crate::cause::CauseId;
use crate::guide::{Cause, Place, Step, System};

use super::model::Model;

/// A place that a code leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The cause.
    pub cause: CauseId,
    /// The step's own code within the cause; none for all of its steps.
    pub step: Option<String>,
}

impl Found {
    /// The cause's knowledge, and the step where one is meant.
    pub fn of<'a>(&self, model: &'a Model) -> Option<(&'a Cause, Option<&'a Step>)> {
        let cause = model.cause(self.cause)?;
        let step = self
            .step
            .as_ref()
            .and_then(|code| cause.steps.iter().find(|step| step.code == *code));
        Some((cause, step))
    }
}

/// A code as it was typed: large letters, plain digits and hyphens, no blanks; nothing where it cannot be the beginning
/// of one. Wide letters and long dashes, as Japanese keyboards make them, are the same code.
pub fn read(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(plain)
        .collect();
    // The one large letter is what the key types ahead; a small one may begin the name of a command.
    if code == "C" {
        return (typed.trim() != "c").then_some(code);
    }
    let mut rest = code.strip_prefix('C')?.chars();
    let begins = rest.next().is_some_and(|first| first.is_ascii_digit());
    let goes_on = rest.all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    (begins && goes_on).then_some(code)
}

fn plain(letter: char) -> char {
    match letter {
        'ー' | '－' | '‐' | '‑' | '–' | '—' | '−' | '_' => '-',
        // The wide forms stand in the same order as the plain ones.
        '！'..='～' => u32::from(letter)
            .checked_sub(0xFEE0)
            .and_then(char::from_u32)
            .unwrap_or(letter)
            .to_ascii_uppercase(),
        _ => letter.to_ascii_uppercase(),
    }
}

/// The causes and steps whose codes begin as this one does: a cause before its steps, one that is meant exactly first.
pub fn matching(model: &Model, code: &str) -> Vec<Found> {
    const MOST: usize = 40;
    if code == "C" {
        return Vec::new();
    }
    let mut causes: Vec<&Cause> = model.knowledge.causes.iter().map(|(_, c)| c).collect();
    causes.sort_by_key(|cause| (cause.code.len(), cause.code.clone()));
    let mut exact = Vec::new();
    let mut others = Vec::new();
    for cause in causes {
        let steps = cause
            .steps
            .iter()
            .map(|step| (Some(step), cause.step_code(step)));
        for (step, whole) in [(None, cause.code.clone())].into_iter().chain(steps) {
            let found = Found {
                cause: cause.id,
                step: step.map(|step| step.code.clone()),
            };
            if whole == code || (step.is_some() && squeezed(&whole) == code) {
                exact.push(found);
            } else if begins(&whole, code) {
                others.push(found);
            }
        }
    }
    exact.append(&mut others);
    exact.truncate(MOST);
    exact
}

/// Whether a code begins as what was typed, which may lack the hyphen.
fn begins(whole: &str, typed: &str) -> bool {
    whole.starts_with(typed) || (!typed.contains('-') && squeezed(whole).starts_with(typed))
}

fn squeezed(code: &str) -> String {
    code.replace('-', "")
}

/// The system whose steps must be shown for this step to be among them; nothing where those on show will do.
pub fn system_for(step: &Step, now: System) -> Option<System> {
    let general = [Place::Any, Place::Gateway, now.place()];
    if step.os.iter().any(|place| general.contains(place)) {
        return None;
    }
    System::ALL
        .into_iter()
        .find(|system| step.os.contains(&system.place()))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;
    use crate::guide::Lang;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        for typed in ["C04-W2", "c04-w2", " C04 - W2 ", "Ｃ０４ーＷ２", "c04−w2"] {
            assert_eq!(read(typed).as_deref(), Some("C04-W2"), "{typed}");
        }
        for typed in ["copy", "c", "", "W2", "C-04", "C04'W2", "colours"] {
            assert_eq!(read(typed), None, "{typed}");
        }
        assert_eq!(read("C").as_deref(), Some("C"));
    }

    #[test]
    fn every_step_of_the_knowledge_is_first_for_its_own_code_with_and_without_hyphen() {
        let model = fixtures::model(Lang::En);
        let mut steps = 0;
        for (id, cause) in model.knowledge.causes.iter() {
            for step in &cause.steps {
                let code = cause.step_code(step);
                let wanted = Found {
                    cause: *id,
                    step: Some(step.code.clone()),
                };
                assert_eq!(matching(&model, &code).first(), Some(&wanted), "{code}");
                assert!(
                    matching(&model, &squeezed(&code)).contains(&wanted),
                    "{code}"
                );
                steps += 1;
            }
        }
        assert!(steps > 300, "{steps}");
    }

    #[test]
    fn a_cause_comes_before_its_steps() {
        let model = fixtures::model(Lang::En);
        let found = matching(&model, "C04");
        assert!(found.len() > 1);
        assert_eq!(found.first().and_then(|f| f.step.clone()), None);
        assert!(found.iter().skip(1).all(|f| f.cause == found[0].cause));
        assert_eq!(matching(&model, "C99-W77"), []);
    }
}

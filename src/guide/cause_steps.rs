//! The steps of a cause's file: read into [`Step`]s, and everything wrong with them told.
//!
//! What stands before the steps is in [`super::cause_file`]; what a site may write is in [`super::site_causes`].

use std::collections::BTreeSet;

use super::advice;
use super::cause_file::{optional_text, text};
use super::placeholder::{self, OF_TARGET};
use super::reader::{At, Reader};
use super::{Place, Step, StepKind, Text};

/// What codes of steps begin with that a site adds to ours: `C04-SW1`.
pub(super) const SITE: &str = "S";

/// The families a Linux step may be for.
const DISTROS: [&str; 3] = ["debian", "fedora", "arch"];

/// The gateways a step may be for.
const PRODUCTS: [&str; 14] = [
    "any",
    "asa",
    "fortigate",
    "ocserv",
    "openvpn",
    "nginx",
    "haproxy",
    "globalprotect",
    "ivanti",
    "sonicwall",
    "checkpoint",
    "f5",
    "citrix",
    "sstp",
];

/// Who wrote the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// This program's makers.
    Product,
    /// A site, in place of all of ours.
    SiteInstead,
    /// A site, beside ours: codes begin with [`SITE`], and `before` names the step they go before.
    SiteBeside,
}

/// A step, and before which of ours it goes.
pub(super) struct Placed {
    pub(super) step: Step,
    pub(super) before: Option<At<String>>,
}

/// Reads the steps of a cause in the order of the file.
pub(super) fn read(reader: &Reader<'_, '_>, author: Author) -> Vec<Placed> {
    let mut codes = BTreeSet::new();
    let mut last: Option<(String, u32)> = None;
    let mut steps = Vec::new();
    for step in reader.tables("step", "the step") {
        let code = step.str("code");
        let os = step.words::<Place>("os");
        if step.lists_nothing("os") {
            step.error(
                step.span(),
                "the step has no `os`; expected at least one, or \"any\"",
            );
        }
        if let Some(code) = &code {
            check_code(&step, code, &os, author, &mut last);
            if !codes.insert(code.value.clone()) {
                step.error(
                    &code.span,
                    format!("the step code `{}` is used twice", code.value),
                );
            }
        }
        let before = match author {
            Author::SiteBeside => step.optional_str("before"),
            Author::Product | Author::SiteInstead => None,
        };
        let read = read_step(step, code, os, author);
        steps.extend(read.map(|step| Placed { step, before }));
    }
    steps
}

fn read_step(
    step: Reader<'_, '_>,
    code: Option<At<String>>,
    os: Vec<At<Place>>,
    author: Author,
) -> Option<Step> {
    let distro = one_of(&step, "distro", &DISTROS, Place::Linux, &os);
    let product = one_of(&step, "product", &PRODUCTS, Place::Gateway, &os);
    let who = step.word("who");
    let kind = step.word::<StepKind>("kind");
    let admin = step.flag("admin");
    let what = text(&step, "text");
    refuse_advice(&step, "text", what.as_ref());
    let command = command(&step, "command");
    let expect = optional_text(&step, "expect");
    let undo = optional_text(&step, "undo");
    refuse_advice(&step, "undo", undo.as_ref());
    let undo_command = self::command(&step, "undo_command");
    let danger = optional_text(&step, "danger");
    let check = step.optional_word("check");
    if let Some(kind) = &kind {
        let changes = matches!(
            kind.value,
            StepKind::Do | StepKind::Command | StepKind::Isolate
        );
        if changes && undo.is_none() && undo_command.is_none() {
            step.error(
                &kind.span,
                "this step changes something and has no `undo`; expected undo.en and undo.ja, or undo_command",
            );
        }
        if kind.value == StepKind::Command && command.is_none() {
            step.error(&kind.span, "a step of kind \"command\" has no `command`");
        }
    }
    step.finish();
    Some(Step {
        code: code?.value,
        os: os.into_iter().map(|o| o.value).collect(),
        distro: distro.map(|d| d.value),
        product: product.map(|p| p.value),
        who: who?.value,
        kind: kind?.value,
        admin,
        text: what?,
        command,
        expect,
        undo,
        undo_command,
        danger,
        check: check.map(|c| c.value),
        site: author != Author::Product,
    })
}

/// What a step tells people to do must not make them less safe. (What a cause means may well speak of such things.)
fn refuse_advice(step: &Reader<'_, '_>, key: &'static str, text: Option<&Text>) {
    for part in text.iter().flat_map(|text| [&text.en, &text.ja]) {
        if let Some(found) = advice::in_text(part) {
            let message = format!(
                "`{key}` says `{found}`, which weakens security; such advice is never given"
            );
            step.error(&step.span_of(key), message);
        }
    }
}

/// A word of this list, which only makes sense for steps in this place.
fn one_of(
    step: &Reader<'_, '_>,
    key: &'static str,
    known: &[&str],
    place: Place,
    os: &[At<Place>],
) -> Option<At<String>> {
    let word = step.optional_str(key)?;
    if !known.contains(&word.value.as_str()) {
        let message = format!(
            "`{}` is no {key}; expected one of: {}",
            word.value,
            known.join(", ")
        );
        step.error(&word.span, message);
    }
    if !os.is_empty() && os.iter().any(|os| os.value != place) {
        let place = format!("{place:?}").to_lowercase();
        step.error(
            &word.span,
            format!("`{key}` is for steps with os = [\"{place}\"] only"),
        );
    }
    Some(word)
}

/// A command as it will be typed: plain ASCII quotes and hyphens, known placeholders, nothing that weakens security.
fn command(step: &Reader<'_, '_>, key: &'static str) -> Option<String> {
    let command = step.optional_str(key)?;
    if let Some(odd) = command
        .value
        .chars()
        .find(|c| !c.is_ascii() || (c.is_ascii_control() && *c != '\n'))
    {
        let message = format!(
            "`{key}` holds {odd:?}, which a shell does not understand; expected plain ASCII quotes and hyphens"
        );
        step.error(&command.span, message);
    }
    for fault in placeholder::unknown(&command.value, Some(&OF_TARGET)) {
        step.error(&command.span, fault);
    }
    if let Some(found) = advice::in_command(&command.value) {
        let message =
            format!("`{key}` holds `{found}`, which weakens security; such advice is never given");
        step.error(&command.span, message);
    }
    // What is written between ''' and ''' ends with a line break nobody types.
    Some(command.value.trim_end().to_owned())
}

/// The letters of a step's code say where it applies, its number goes up within the letters.
fn check_code(
    step: &Reader<'_, '_>,
    code: &At<String>,
    os: &[At<Place>],
    author: Author,
    last: &mut Option<(String, u32)>,
) {
    let digits_at = code
        .value
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(code.value.len());
    let (written, digits) = code.value.split_at(digits_at);
    let letters = match (author, written.strip_prefix(SITE)) {
        (Author::SiteBeside, Some(letters)) => letters,
        (Author::SiteBeside, None) => {
            let message = format!(
                "`{}` is no code for a step of the site's own; expected {SITE} before it, for example {SITE}{}",
                code.value, code.value
            );
            step.error(&code.span, message);
            return;
        }
        _ => written,
    };
    let places: Vec<Place> = os.iter().map(|o| o.value).collect();
    let expected: &[Place] = match letters {
        "" => &[Place::Any],
        "W" => &[Place::Windows],
        "M" => &[Place::Macos],
        "L" => &[Place::Linux],
        "I" => &[Place::Ios],
        "A" => &[Place::Android],
        "P" => &[Place::Ios, Place::Android],
        "G" => &[Place::Gateway],
        _ => {
            let message = format!(
                "`{}` is no step code; expected a number, alone or after W, M, L, I, A, P or G",
                code.value
            );
            step.error(&code.span, message);
            return;
        }
    };
    let Ok(number) = digits.parse::<u32>() else {
        step.error(
            &code.span,
            format!("`{}` is no step code; it has no number", code.value),
        );
        return;
    };
    if !places.is_empty() && places != expected {
        let names: Vec<String> = expected
            .iter()
            .map(|p| format!("{p:?}").to_lowercase())
            .collect();
        let message = format!(
            "the code `{}` means os = {names:?}; the step says otherwise",
            code.value
        );
        step.error(&code.span, message);
    }
    if let Some((before, previous)) = last
        && before == letters
        && number <= *previous
    {
        let message = format!(
            "`{}` comes after {before}{previous}; numbers go up",
            code.value
        );
        step.error(&code.span, message);
    }
    *last = Some((letters.to_owned(), number));
}

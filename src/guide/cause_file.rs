//! One cause's file, `assets/causes/<id>.toml`: read into a [`Cause`], and everything wrong with it told.
//!
//! What must hold across causes (codes used once, no circle of explanations) is in the loader.

use std::collections::BTreeSet;

use super::advice;
use super::placeholder::{self, OF_TARGET};
use super::reader::{self, At, Reader};
use super::source::Source;
use super::{Cause, Layer, Owner, Place, Step, StepKind, Text};
use crate::cause::CauseId;

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

/// A cause and where its parts stood, for what must hold across files.
pub(super) struct CauseFile {
    pub(super) cause: Cause,
    pub(super) code_at: std::ops::Range<usize>,
    pub(super) explains_at: Vec<std::ops::Range<usize>>,
}

/// What a cause's file says of its place among the others.
pub(super) struct Header {
    pub(super) code: String,
    pub(super) layer: Layer,
    pub(super) explains: Vec<CauseId>,
}

/// Reads a cause. `None` where so much is wrong that there is no cause to speak of; what is wrong is in the source.
pub(super) fn read(source: &Source<'_>) -> Option<CauseFile> {
    let table = reader::parse(source)?;
    let reader = Reader::new(source, table.get_ref(), 0..0, "the cause");
    let top = Top::read(&reader);
    let name = text(&reader, "name");
    let meaning = text(&reader, "meaning");
    let browser = optional_text(&reader, "browser");
    let apart = optional_text(&reader, "apart");
    let steps = steps(&reader);
    reader.finish();

    let (id, code) = (top.id?, top.code?);
    Some(CauseFile {
        cause: Cause {
            id: id.value,
            code: code.value,
            layer: top.layer?.value,
            owner: top.owner.into_iter().map(|o| o.value).collect(),
            explains: top.explains.iter().map(|e| e.value).collect(),
            name: name?,
            meaning: meaning?,
            browser,
            apart,
            steps,
        },
        code_at: code.span,
        explains_at: top.explains.into_iter().map(|e| e.span).collect(),
    })
}

/// Reads only what stands before the first `[table]`: TOML wants plain keys there.
pub(super) fn header(name: &str, text: &str) -> Option<Header> {
    let end = text.find("\n[").map_or(text.len(), |at| at + 1);
    let source = Source::new(name, &text.as_bytes()[..end]).ok()?;
    let table = reader::parse(&source)?;
    let reader = Reader::new(&source, table.get_ref(), 0..0, "the cause");
    let top = Top::read(&reader);
    Some(Header {
        code: top.code?.value,
        layer: top.layer?.value,
        explains: top.explains.into_iter().map(|e| e.value).collect(),
    })
}

/// The plain keys of a cause's file.
struct Top {
    id: Option<At<CauseId>>,
    code: Option<At<String>>,
    layer: Option<At<Layer>>,
    owner: Vec<At<Owner>>,
    explains: Vec<At<CauseId>>,
}

impl Top {
    fn read(reader: &Reader<'_, '_>) -> Self {
        let id = reader.word::<CauseId>("id");
        let file = stem(reader.file());
        if let Some(id) = &id
            && file != id.value.as_str()
        {
            let message = format!(
                "the id `{}` differs from the file's name; expected `{file}`",
                id.value
            );
            reader.error(&id.span, message);
        }
        let code = reader.str("code");
        if let Some(code) = &code
            && !is_cause_code(&code.value)
        {
            let message = format!(
                "`{}` is no code; expected C and two or three digits",
                code.value
            );
            reader.error(&code.span, message);
        }
        let layer = reader.word("layer");
        let owner = reader.words("owner");
        if reader.lists_nothing("owner") {
            let message = "the cause has no `owner`; expected at least one";
            reader.error(reader.span(), message);
        }
        let explains = explains(reader, id.as_ref());
        Self {
            id,
            code,
            layer,
            owner,
            explains,
        }
    }
}

/// A file's name without folders and ending.
pub(super) fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name)
}

fn is_cause_code(code: &str) -> bool {
    code.strip_prefix('C').is_some_and(|digits| {
        (2..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn explains(reader: &Reader<'_, '_>, id: Option<&At<CauseId>>) -> Vec<At<CauseId>> {
    let explains = reader.words::<CauseId>("explains");
    let mut seen = BTreeSet::new();
    for other in &explains {
        if id.is_some_and(|id| id.value == other.value) {
            reader.error(&other.span, "a cause cannot explain itself");
        }
        if !seen.insert(other.value) {
            reader.error(&other.span, format!("`{}` is listed twice", other.value));
        }
    }
    explains
}

fn text(reader: &Reader<'_, '_>, key: &'static str) -> Option<Text> {
    reader.text(key, Some(&OF_TARGET))
}

fn optional_text(reader: &Reader<'_, '_>, key: &'static str) -> Option<Text> {
    reader.optional_text(key, Some(&OF_TARGET))
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

fn steps(reader: &Reader<'_, '_>) -> Vec<Step> {
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
            check_code(&step, code, &os, &mut last);
            if !codes.insert(code.value.clone()) {
                step.error(
                    &code.span,
                    format!("the step code `{}` is used twice", code.value),
                );
            }
        }
        steps.extend(read_step(step, code, os));
    }
    steps
}

fn read_step(step: Reader<'_, '_>, code: Option<At<String>>, os: Vec<At<Place>>) -> Option<Step> {
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
    })
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
    last: &mut Option<(String, u32)>,
) {
    let digits_at = code
        .value
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(code.value.len());
    let (letters, digits) = code.value.split_at(digits_at);
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

//! One cause's file, `assets/causes/<id>.toml`: read into a [`Cause`], and everything wrong with it told.
//!
//! What must hold across causes (codes used once, no circle of explanations) is in the loader.

use std::collections::BTreeSet;

use super::cause_steps::{self, Author};
use super::placeholder::OF_TARGET;
use super::reader::{self, At, Reader};
use super::source::Source;
use super::{Cause, Layer, Owner, Text};
use crate::cause::CauseId;

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
    read_by(source, Author::Product)
}

/// Like [`read`], for a file that this author wrote.
pub(super) fn read_by(source: &Source<'_>, author: Author) -> Option<CauseFile> {
    let table = reader::parse(source)?;
    let reader = Reader::new(source, table.get_ref(), 0..0, "the cause");
    let top = Top::read(&reader);
    let name = text(&reader, "name");
    let meaning = text(&reader, "meaning");
    let browser = optional_text(&reader, "browser");
    let apart = optional_text(&reader, "apart");
    let steps = cause_steps::read(&reader, author);
    let steps = steps.into_iter().map(|step| step.step).collect();
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

/// Reads what stands before the first `[table]`: TOML wants plain keys there.
pub(super) fn header(name: &str, head: &str) -> Option<Header> {
    let source = Source::new(name, head.as_bytes()).ok()?;
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

/// A text of a cause.
pub(super) fn text(reader: &Reader<'_, '_>, key: &'static str) -> Option<Text> {
    reader.text(key, Some(&OF_TARGET))
}

/// A text of a cause that may be left out.
pub(super) fn optional_text(reader: &Reader<'_, '_>, key: &'static str) -> Option<Text> {
    reader.optional_text(key, Some(&OF_TARGET))
}

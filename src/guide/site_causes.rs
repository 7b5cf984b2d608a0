//! A site's own words about causes: `knowledge/causes/<id>.toml` beside its wizard.toml, in one of two forms.
//!
//! - *Instead*: a file like ours (copy it from `assets/causes` and change it); it takes our file's place. What the
//!   engine reasons with (`code`, `layer`, `explains`) must stay as it is: a site decides what is said, not how causes
//!   hang together.
//! - *Beside*: `beside = true`, the `id`, and any of `[name]`, `[meaning]`, `[browser]`, `[apart]` and `[[step]]`. Texts
//!   take the place of ours; steps join ours. Their codes begin with S (`SW1`), and `before = "W2"` says before which
//!   of ours a step goes; without it, before all.
//!
//! Only known causes can be written about: a cause of the site's own would have no rule and no live check. Finding and
//! reading the files is not here.

use super::cause_file::{self, optional_text, stem};
use super::cause_steps::{self, Author, Placed};
use super::causes;
use super::reader::{self, Reader};
use super::source::Source;
use super::{Cause, Causes, Step};
use crate::cause::CauseId;

/// The most steps a site's file may hold.
const MAX_STEPS: usize = 100;
/// The longest text or command in it, in characters.
const MAX_TEXT: usize = 1500;

/// Reads a site's file about a cause, and puts it together with ours. `None` where nothing of it can be used;
/// everything wrong is in the source.
pub(super) fn read(source: &Source<'_>) -> Option<Cause> {
    let table = reader::parse(source)?;
    let reader = Reader::new(source, table.get_ref(), 0..0, "the cause");
    let cause = if reader.flag("beside") {
        beside(reader)
    } else {
        instead(source)
    }?;
    let whole = 0..0;
    if cause.steps.iter().filter(|step| step.site).count() > MAX_STEPS {
        source.error(&whole, format!("more than {MAX_STEPS} steps"));
    }
    for part in parts(&cause) {
        if part.chars().count() > MAX_TEXT {
            let begin: String = part.chars().take(40).collect();
            let begin = crate::text::sanitise(&begin);
            source.error(
                &whole,
                format!("the text that begins \"{begin}\" is longer than {MAX_TEXT} characters"),
            );
        }
        if let Some(odd) = part
            .chars()
            .find(|c| *c != '\n' && crate::text::is_hostile(*c))
        {
            source.error(
                &whole,
                format!(
                    "a text holds the invisible character U+{:04X}; expected characters that can be seen",
                    u32::from(odd)
                ),
            );
        }
    }
    Some(cause)
}

/// The form that takes our file's place.
fn instead(source: &Source<'_>) -> Option<Cause> {
    let file = cause_file::read_by(source, Author::SiteInstead)?;
    let ours = causes::headers().get(&file.cause.id)?;
    let mut explains = file.cause.explains.clone();
    let mut expected = ours.explains.clone();
    explains.sort_unstable();
    expected.sort_unstable();
    for (key, is_same) in [
        ("code", file.cause.code == ours.code),
        ("layer", file.cause.layer == ours.layer),
        ("explains", explains == expected),
    ] {
        if !is_same {
            let message = format!(
                "`{key}` differs from that of the built-in cause; a site changes what is said, not how causes hang together"
            );
            source.error(&file.code_at, message);
        }
    }
    Some(file.cause)
}

/// The form that adds to ours.
fn beside(reader: Reader<'_, '_>) -> Option<Cause> {
    let id = reader.word::<CauseId>("id");
    if let Some(id) = &id
        && stem(reader.file()) != id.value.as_str()
    {
        let message = format!("the id `{}` differs from the file's name", id.value);
        reader.error(&id.span, message);
    }
    let name = optional_text(&reader, "name");
    let meaning = optional_text(&reader, "meaning");
    let browser = optional_text(&reader, "browser");
    let apart = optional_text(&reader, "apart");
    let steps = cause_steps::read(&reader, Author::SiteBeside);
    let mut cause = Causes::default().get(&id?.value)?.clone();
    for placed in &steps {
        if let Some(before) = &placed.before
            && !cause.steps.iter().any(|step| step.code == before.value)
        {
            let message = format!("`{}` is no step of {}", before.value, cause.id);
            reader.error(&before.span, message);
        }
    }
    let says_something = !steps.is_empty()
        || [&name, &meaning, &browser, &apart]
            .iter()
            .any(|t| t.is_some());
    if !says_something {
        reader.error(
            reader.span(),
            "the file adds nothing; expected a text or a [[step]]",
        );
    }
    reader.finish();
    cause.name = name.unwrap_or(cause.name);
    cause.meaning = meaning.unwrap_or(cause.meaning);
    cause.browser = browser.or(cause.browser);
    cause.apart = apart.or(cause.apart);
    join(&mut cause.steps, steps);
    Some(cause)
}

/// Puts the site's steps among ours, keeping their order.
fn join(ours: &mut Vec<Step>, theirs: Vec<Placed>) {
    let mut first = 0;
    for Placed { step, before } in theirs {
        let named = before.and_then(|before| ours.iter().position(|s| s.code == before.value));
        match named {
            Some(at) => ours.insert(at, step),
            None => {
                ours.insert(first, step);
                first += 1;
            }
        }
    }
}

/// Every text and command of a cause that a site may have written.
fn parts(cause: &Cause) -> impl Iterator<Item = &str> {
    let commands = cause
        .steps
        .iter()
        .flat_map(|step| [step.command.as_deref(), step.undo_command.as_deref()])
        .flatten();
    cause
        .texts()
        .flat_map(|text| [text.en.as_str(), text.ja.as_str()])
        .chain(commands)
}

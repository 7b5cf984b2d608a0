//! A site's own messages: `knowledge/errors.toml` beside its wizard.toml, in the form of `assets/errors.toml`.
//!
//! A message with an id of ours takes our message's place; any other joins ours. `source` and `verified` may be left
//! out. Programs of the site's own are named by `[[client]]`. What is wrong is told with its place. Finding and reading
//! the file is not here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::catalogue::{Catalogue, Message, Taken, client, message, segments};
use super::find::Index;
use crate::guide::advice;
use crate::guide::reader::{self, Reader};
use crate::guide::source::Source;

/// The most messages a site's file may hold.
const MAX_MESSAGES: usize = 1000;
/// The longest text in it, in characters.
const MAX_TEXT: usize = 1500;

/// Reads a site's file and puts it together with ours; everything wrong is in the source.
pub(in crate::guide) fn read(source: &Source<'_>, ours: &Catalogue) -> Option<Catalogue> {
    let table = reader::parse(source)?;
    let top = Reader::new(source, table.get_ref(), 0..0, "the site's messages");
    let mut clients = ours.clients.clone();
    for table in top.tables("client", "`client`") {
        client(table, &mut clients);
    }
    let mut taken = Taken::by_site();
    let mut own: Vec<(Message, Range<usize>)> = Vec::new();
    for table in top.tables("message", "`message`") {
        let span = table.span_of("id");
        own.extend(message(table, &clients, &mut taken).map(|message| (message, span)));
    }
    top.finish();
    if taken.ids.is_empty() {
        source.error(
            &(0..0),
            "the file holds no [[message]]; expected at least one",
        );
    }
    if taken.ids.len() > MAX_MESSAGES {
        source.error(&(0..0), format!("more than {MAX_MESSAGES} messages"));
    }
    for (message, at) in &own {
        check_words(source, message, at);
    }
    clashes(source, &own, ours);
    Some(together(own, ours, clients))
}

/// What a site's texts must not hold: what cannot be seen, what is too long, and advice that weakens security.
fn check_words(source: &Source<'_>, message: &Message, at: &Range<usize>) {
    let meaning = message.meaning.iter().flat_map(|text| [&text.en, &text.ja]);
    for part in meaning.clone() {
        if let Some(found) = advice::in_text(part) {
            let message = format!(
                "`meaning` says `{found}`, which weakens security; such advice is never given"
            );
            source.error(at, message);
        }
    }
    let own = [&message.text, &message.source].into_iter();
    let others = message.also.iter().chain(&message.ja).chain(&message.zh);
    for part in own.chain(others).chain(meaning) {
        if part.chars().count() > MAX_TEXT {
            source.error(at, format!("a text is longer than {MAX_TEXT} characters"));
        }
        let odd = |c: &char| *c != '\n' && crate::text::is_hostile(*c);
        if let Some(odd) = part.chars().find(odd) {
            source.error(
                at,
                format!(
                    "a text holds the invisible character U+{:04X}; expected characters that can be seen",
                    u32::from(odd)
                ),
            );
        }
    }
}

/// Texts that one of ours has already, and does not give up: it would be told twice.
fn clashes(source: &Source<'_>, own: &[(Message, Range<usize>)], ours: &Catalogue) {
    let replaced: BTreeSet<&str> = own.iter().map(|(m, _)| m.id.as_str()).collect();
    let key = |message: &Message, wording: &str| {
        let client = message.client.clone();
        (client, segments(wording).join("{}"))
    };
    let kept = ours.messages.iter();
    let mut known: BTreeMap<(String, String), &str> = BTreeMap::new();
    for message in kept.filter(|m| !replaced.contains(m.id.as_str())) {
        for wording in message.wordings() {
            known.insert(key(message, wording), &message.id);
        }
    }
    for (message, at) in own {
        let clash = message
            .wordings()
            .find_map(|wording| known.get(&key(message, wording)));
        if let Some(other) = clash {
            source.error(
                at,
                format!(
                    "this text is already that of `{other}`; a message with that id takes its place"
                ),
            );
        }
    }
}

/// The site's new messages before ours, so that among equals they come first; the others in the place of ours.
fn together(
    own: Vec<(Message, Range<usize>)>,
    ours: &Catalogue,
    clients: BTreeMap<String, String>,
) -> Catalogue {
    let (instead, new): (Vec<Message>, Vec<Message>) = own
        .into_iter()
        .map(|(message, _)| message)
        .partition(|message| ours.get(&message.id).is_some());
    let mut instead: BTreeMap<String, Message> = instead
        .into_iter()
        .map(|message| (message.id.clone(), message))
        .collect();
    let kept = ours.messages.iter().map(|message| {
        let replaced = instead.remove(&message.id);
        replaced.unwrap_or_else(|| message.clone())
    });
    let messages: Vec<Message> = new.into_iter().chain(kept).collect();
    Catalogue::of(messages, clients)
}

impl Catalogue {
    fn of(messages: Vec<Message>, clients: BTreeMap<String, String>) -> Self {
        let index = Index::new(&messages);
        Self {
            messages,
            clients,
            index,
        }
    }

    /// How many of its messages the site wrote.
    pub fn from_site(&self) -> usize {
        self.messages.iter().filter(|message| message.site).count()
    }
}

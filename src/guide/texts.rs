//! The words of the interface: `assets/ui/*.toml` to [`Texts`], and messages to words.
//!
//! Reading TOML takes longer than a handshake, so `src/build.rs` makes plain lists of these files; each is read when one of
//! its texts is first asked for. A test holds lists and files to each other, and says what is wrong with a file.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use toml::de::DeTable;

use super::embedded::{self, Room};
use super::reader::{self, Reader};
use super::source::Source;
use super::{Causes, Lang, Text, Texts, placeholder};
use crate::cause::CauseId;
use crate::msg::Msg;
use crate::text::sanitise;

impl Default for Texts {
    /// Those of this program.
    fn default() -> Self {
        static ROOMS: LazyLock<Rooms> = LazyLock::new(|| Rooms::of(embedded::UI));
        Self {
            rooms: &ROOMS,
            causes: Causes::default(),
        }
    }
}

impl Texts {
    /// Those of this program, with a site's own causes called by the site's names.
    pub(super) fn with_causes(causes: Causes) -> Self {
        Self {
            causes,
            ..Self::default()
        }
    }

    /// The text with this id; the id itself where there is none (a test sees to it that there always is one).
    pub fn get<'a>(&'a self, lang: Lang, id: &'a str) -> &'a str {
        self.text(id).map_or(id, |text| text.get(lang))
    }

    /// The message in words, its arguments sanitised and filled in. A placeholder without an argument stays visible.
    pub fn render(&self, lang: Lang, message: &Msg) -> String {
        placeholder::replace(self.get(lang, &message.id), |name| {
            let argument = message.args.iter().find(|(key, _)| key == name);
            argument.map(|(key, value)| match key.as_ref() {
                "causes" => self.names_of(lang, value),
                _ => sanitise(value),
            })
        })
    }

    /// Causes, listed by their ids, by the names that people know them by; what is no id stays as it is.
    fn names_of(&self, lang: Lang, ids: &str) -> String {
        if !ids.split(", ").any(|part| CauseId::parse(part).is_some()) {
            return sanitise(ids);
        }
        let separator = self.get(lang, "diagnose.causes.separator");
        let name = |part: &str| {
            CauseId::parse(part)
                .and_then(|id| self.causes.get(&id))
                .map_or_else(|| sanitise(part), |cause| cause.name.get(lang).to_owned())
        };
        ids.split(", ")
            .map(name)
            .collect::<Vec<_>>()
            .join(separator)
    }

    /// The text with this id in both languages.
    pub fn text(&self, id: &str) -> Option<&'static Text> {
        let table = id.split('.').next()?;
        let rooms = self.rooms.by_table.get(table)?;
        rooms.iter().find_map(|room| {
            let (file, read) = self.rooms.files.get(*room)?;
            read.get_or_init(|| texts_of(file)).get(id)
        })
    }

    /// Every text with its id, file by file. Reads those that nobody asked for yet.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static Text)> {
        let rooms: &'static Rooms = self.rooms;
        rooms.files.iter().flat_map(|(file, read)| {
            let texts = read.get_or_init(|| texts_of(file));
            texts.iter().map(|(id, text)| (id.as_str(), text))
        })
    }
}

/// Files of texts, and which hold ids that begin in which way.
#[derive(Debug)]
pub(super) struct Rooms {
    files: Vec<(Room, OnceLock<BTreeMap<String, Text>>)>,
    by_table: BTreeMap<&'static str, Vec<usize>>,
}

impl Rooms {
    fn of(rooms: &[Room]) -> Self {
        let mut by_table: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (number, room) in rooms.iter().enumerate() {
            for table in room.tables {
                by_table.entry(table).or_default().push(number);
            }
        }
        Self {
            files: rooms.iter().map(|room| (*room, OnceLock::new())).collect(),
            by_table,
        }
    }
}

/// One file's texts. What is no record is passed over: what is wrong with a file is the tests' business.
fn texts_of(room: &Room) -> BTreeMap<String, Text> {
    let record = |record: &str| {
        let mut fields = record.split('\u{1f}').map(str::to_owned);
        let (id, en, ja) = (fields.next()?, fields.next()?, fields.next()?);
        Some((id, Text { en, ja }))
    };
    room.list.split('\u{1e}').filter_map(record).collect()
}

/// Reads one file of interface texts: nested tables whose leaves are texts. `into` keeps which file each id is from.
pub(super) fn read(source: &Source<'_>, into: &mut BTreeMap<String, (String, Text)>) {
    if let Some(table) = reader::parse(source) {
        branch(source, table.get_ref(), table.span(), "", into);
    }
}

fn branch(
    source: &Source<'_>,
    table: &DeTable<'_>,
    span: std::ops::Range<usize>,
    path: &str,
    into: &mut BTreeMap<String, (String, Text)>,
) {
    if table.contains_key("en") || table.contains_key("ja") {
        let reader = Reader::new(source, table, span.clone(), format!("`{path}`"));
        let Some(text) = reader::localised(&reader, None) else {
            return;
        };
        let file = source.name().to_owned();
        if let Some((other, _)) = into.insert(path.to_owned(), (file, text)) {
            source.error(&span, format!("the id `{path}` is already in {other}"));
        }
        return;
    }
    if table.is_empty() {
        source.error(&span, format!("`{path}` is empty; expected en and ja"));
    }
    for (key, value) in table {
        let name = key.get_ref();
        let id = if path.is_empty() {
            name.to_string()
        } else {
            format!("{path}.{name}")
        };
        if !is_kebab(name) {
            source.error(
                &key.span(),
                format!("`{name}` is no id; expected lower-case letters, digits and hyphens"),
            );
        }
        match value.get_ref().as_table() {
            Some(inner) => {
                branch(source, inner, reader::at(key, value), &id, into);
            }
            None => source.error(
                &key.span(),
                format!("`{id}` is no table; expected {{ en = \"...\", ja = \"...\" }}"),
            ),
        }
    }
}

/// Ids are lower case with hyphens, so that they look the same everywhere.
pub(super) fn is_kebab(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of one file, which stays for the rest of the tests, and everything wrong with it.
    fn texts(toml: &'static str) -> (Texts, Vec<String>) {
        let source = Source::new("ui.toml", toml.as_bytes()).unwrap();
        let mut read_texts = BTreeMap::new();
        read(&source, &mut read_texts);
        let errors = source
            .into_errors()
            .iter()
            .map(ToString::to_string)
            .collect();
        let list: String = read_texts
            .iter()
            .map(|(id, (_, text))| format!("{id}\u{1f}{}\u{1f}{}\u{1e}", text.en, text.ja))
            .collect();
        let room = Room {
            name: "ui.toml",
            text: toml,
            list: list.leak(),
            tables: &["tcp"],
        };
        let rooms = Box::leak(Box::new(Rooms::of(&[room])));
        (
            Texts {
                rooms,
                causes: Causes::default(),
            },
            errors,
        )
    }

    #[test]
    fn causes_in_a_message_are_called_by_their_names() {
        let texts = crate::guide::Knowledge::load(None).unwrap().texts;
        let message = Msg::new("diagnose.logs.more").with("causes", "dns-timeout, mystery");
        let english = texts.render(Lang::En, &message);
        assert!(
            english.contains("The DNS server does not answer; mystery"),
            "{english}"
        );
        let japanese = texts.render(Lang::Ja, &message);
        assert!(!japanese.contains("dns-timeout"), "{japanese}");
    }

    #[test]
    fn every_embedded_file_is_sound_and_says_which_tables_it_holds() {
        let mut found = BTreeMap::new();
        let mut faults = Vec::new();
        for room in embedded::UI {
            let source = Source::new(room.name, room.text.as_bytes()).unwrap();
            read(&source, &mut found);
            faults.extend(source.into_errors().iter().map(ToString::to_string));
            let own = found.iter().filter(|(_, (file, _))| file == room.name);
            let mut tables: Vec<&str> = own.filter_map(|(id, _)| id.split('.').next()).collect();
            tables.dedup();
            let mut said = room.tables.to_vec();
            said.sort_unstable();
            if tables != said {
                faults.push(format!("{}: holds {tables:?}, says {said:?}", room.name));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(found.len() > 1000, "{} texts", found.len());
        let texts = Texts::default();
        assert_eq!(texts.iter().count(), found.len());
        for (id, (_, text)) in &found {
            assert_eq!(
                texts.text(id),
                Some(text),
                "{id}: the list that is built in"
            );
        }
    }

    #[test]
    fn messages_become_words_and_outside_text_is_made_safe() {
        let (texts, errors) =
            texts("[tcp]\nopen = { en = \"{addr} is open\", ja = \"{addr} に接続できます\" }");
        assert!(errors.is_empty(), "{errors:?}");
        let message = Msg::new("tcp.open").with("addr", "a\u{1b}[31m{addr}\u{202e}");
        assert_eq!(
            texts.render(Lang::En, &message),
            "a\u{fffd}[31m{addr}\u{fffd} is open"
        );
        assert_eq!(
            texts.render(Lang::Ja, &Msg::new("tcp.open")),
            "{addr} に接続できます"
        );
        assert_eq!(texts.get(Lang::En, "tcp.none"), "tcp.none");
    }

    #[test]
    fn every_fault_of_a_file_is_told_with_its_place() {
        let (_, errors) = texts(
            "[a]\nb = { en = \"x {n}\", ja = \"y\" }\nc = { en = \"x\" }\nd = \"x\"\nE = { en = \"x\", ja = \"\" }\nf = { en = \"x\", ja = \"y\", fr = \"z\" }",
        );
        assert_eq!(
            errors,
            [
                "ui.toml:2:26: the placeholders differ: en has {n}, ja has none; both must have the same",
                "ui.toml:3:5: `a.c` has no `ja`; expected text in quotes",
                "ui.toml:4:1: `a.d` is no table; expected { en = \"...\", ja = \"...\" }",
                "ui.toml:5:1: `E` is no id; expected lower-case letters, digits and hyphens",
                "ui.toml:5:22: `ja` is empty; expected some text",
                "ui.toml:6:27: unknown language `fr`; expected en and ja",
            ]
        );
    }
}

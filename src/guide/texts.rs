//! The words of the interface: `assets/ui/*.toml` to [`Texts`], and messages to words.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::reader::{self, Reader};
use super::source::Source;
use super::{Lang, Text, Texts, placeholder};
use crate::cause::CauseId;
use crate::msg::Msg;
use crate::text::sanitise;

impl Texts {
    /// The text with this id; the id itself where there is none (a test sees to it that there always is one).
    pub fn get<'a>(&'a self, lang: Lang, id: &'a str) -> &'a str {
        self.by_id.get(id).map_or(id, |text| text.get(lang))
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

    /// Every id, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }
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

    fn texts(toml: &str) -> (Texts, Vec<String>) {
        let source = Source::new("ui.toml", toml.as_bytes()).unwrap();
        let mut found = BTreeMap::new();
        read(&source, &mut found);
        let errors = source
            .into_errors()
            .iter()
            .map(ToString::to_string)
            .collect();
        let by_id = found
            .into_iter()
            .map(|(id, (_, text))| (id, text))
            .collect();
        let causes = super::super::Causes::default();
        (Texts { by_id, causes }, errors)
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

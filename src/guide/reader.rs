//! Reading TOML tables so that nothing wrong stays unseen: every error has its place, reading goes on after each, and
//! a key nobody asked for is an error.
//!
//! What the keys mean is not here.

use std::cell::RefCell;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::Text;
use super::placeholder;
use super::source::Source;

/// Something read, and where it stood.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// Parses the file; every syntax error is noted, and only a file without any is handed on.
pub(super) fn parse<'a>(source: &Source<'a>) -> Option<Spanned<DeTable<'a>>> {
    let (table, errors) = DeTable::parse_recoverable(source.text());
    for error in &errors {
        let span = error.span().unwrap_or_default();
        source.error(&span, format!("TOML: {}", error.message()));
    }
    errors.is_empty().then_some(table)
}

/// One table of a file.
pub(super) struct Reader<'s, 'a> {
    source: &'s Source<'a>,
    table: &'s DeTable<'a>,
    span: Range<usize>,
    what: String,
    asked: RefCell<Vec<&'static str>>,
}

impl<'s, 'a> Reader<'s, 'a> {
    /// A reader of this table; `what` is what the table is called in messages.
    pub(super) fn new(
        source: &'s Source<'a>,
        table: &'s DeTable<'a>,
        span: Range<usize>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            source,
            table,
            span,
            what: what.into(),
            asked: RefCell::default(),
        }
    }

    /// The file's name.
    pub(super) fn file(&self) -> &'a str {
        self.source.name()
    }

    /// Where the table begins.
    pub(super) fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// Where this key's value stands, or the table where it has none.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        let span = self
            .table
            .get_key_value(key)
            .map(|(name, value)| at(name, value));
        span.unwrap_or_else(|| self.span.clone())
    }

    /// Notes an error at this place.
    pub(super) fn error(&self, span: &Range<usize>, message: impl Into<String>) {
        self.source.error(span, message);
    }

    /// Notes every key that nobody asked for. Call it last.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            if !asked.contains(&key.get_ref().as_ref()) {
                let known = asked.join(", ");
                self.error(
                    &key.span(),
                    format!(
                        "unknown key `{}` in {}; expected one of: {known}",
                        key.get_ref(),
                        self.what
                    ),
                );
            }
        }
    }

    /// The value of this key, and where to point when something is wrong with it.
    fn value(&self, key: &'static str) -> Option<(&'s DeValue<'a>, Range<usize>)> {
        self.asked.borrow_mut().push(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some((value.get_ref(), at(name, value)))
    }

    fn missing(&self, key: &str, expected: &str) {
        self.error(
            &self.span,
            format!("{} has no `{key}`; expected {expected}", self.what),
        );
    }

    fn wrong(&self, key: &str, span: &Range<usize>, expected: &str, found: &DeValue<'_>) {
        self.error(
            span,
            format!("`{key}` is {}; expected {expected}", found.type_str()),
        );
    }

    /// A text that may be left out, never empty.
    pub(super) fn optional_str(&self, key: &'static str) -> Option<At<String>> {
        let (value, span) = self.value(key)?;
        let Some(text) = value.as_str() else {
            self.wrong(key, &span, "text in quotes", value);
            return None;
        };
        if text.trim().is_empty() {
            self.error(&span, format!("`{key}` is empty; expected some text"));
            return None;
        }
        Some(At {
            value: text.to_owned(),
            span,
        })
    }

    /// A text that must be there.
    pub(super) fn str(&self, key: &'static str) -> Option<At<String>> {
        if !self.table.contains_key(key) {
            self.asked.borrow_mut().push(key);
            self.missing(key, "text in quotes");
            return None;
        }
        self.optional_str(key)
    }

    /// `true` or `false`; `false` where it is left out.
    pub(super) fn flag(&self, key: &'static str) -> bool {
        self.flag_or(key, false)
    }

    /// A flag that is `missing` where it is not there.
    pub(super) fn flag_or(&self, key: &'static str, missing: bool) -> bool {
        let Some((value, span)) = self.value(key) else {
            return missing;
        };
        value.as_bool().unwrap_or_else(|| {
            self.wrong(key, &span, "true or false", value);
            false
        })
    }

    /// Whether this key is there; noted as an error where it is not.
    pub(super) fn must(&self, key: &'static str, expected: &str) -> bool {
        let there = self.table.contains_key(key);
        if !there {
            self.asked.borrow_mut().push(key);
            self.missing(key, expected);
        }
        there
    }

    /// A whole number in this range.
    pub(super) fn number(&self, key: &'static str, range: Range<i64>) -> Option<At<i64>> {
        if !self.table.contains_key(key) {
            self.missing(key, "a whole number");
        }
        let (value, span) = self.value(key)?;
        let number = self.whole(key, value, &span, range)?;
        Some(At {
            value: number,
            span,
        })
    }

    fn whole(
        &self,
        key: &str,
        value: &DeValue<'_>,
        span: &Range<usize>,
        range: Range<i64>,
    ) -> Option<i64> {
        let expected = format!("a whole number from {} to {}", range.start, range.end - 1);
        let Some(written) = value.as_integer() else {
            self.wrong(key, span, &expected, value);
            return None;
        };
        let number = i64::from_str_radix(written.as_str(), written.radix()).ok();
        let fits = number.filter(|n| range.contains(n));
        if fits.is_none() {
            self.error(
                span,
                format!("`{key}` holds {}; expected {expected}", written.as_str()),
            );
        }
        fits
    }

    /// A text out of a fixed set, spelled as the type's serde names are.
    pub(super) fn optional_word<T: for<'d> Deserialize<'d>>(
        &self,
        key: &'static str,
    ) -> Option<At<T>> {
        let text = self.optional_str(key)?;
        let value = self.word_of(key, &text.value, &text.span)?;
        Some(At {
            value,
            span: text.span,
        })
    }

    /// Like [`Self::optional_word`], and it must be there.
    pub(super) fn word<T: for<'d> Deserialize<'d>>(&self, key: &'static str) -> Option<At<T>> {
        let text = self.str(key)?;
        let value = self.word_of(key, &text.value, &text.span)?;
        Some(At {
            value,
            span: text.span,
        })
    }

    fn word_of<T: for<'d> Deserialize<'d>>(
        &self,
        key: &str,
        text: &str,
        span: &Range<usize>,
    ) -> Option<T> {
        match word(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(span, format!("`{key}`: {error}"));
                None
            }
        }
    }

    /// The values of a list, each with its place; empty where the key is left out.
    fn list(&self, key: &'static str) -> Vec<(&'s DeValue<'a>, Range<usize>)> {
        let Some((value, span)) = self.value(key) else {
            return Vec::new();
        };
        let Some(list) = value.as_array() else {
            self.wrong(key, &span, "a list in square brackets", value);
            return Vec::new();
        };
        list.iter().map(|v| (v.get_ref(), v.span())).collect()
    }

    /// Whether nothing is listed under this key (what is listed may still be wrong, and then that is told).
    pub(super) fn lists_nothing(&self, key: &str) -> bool {
        let value = self.table.get(key).map(Spanned::get_ref);
        value.is_none_or(|value| {
            value
                .as_array()
                .is_some_and(|list| list.iter().next().is_none())
        })
    }

    /// A list of texts; none of them empty.
    pub(super) fn strs(&self, key: &'static str) -> Vec<At<String>> {
        let mut texts = Vec::new();
        for (value, span) in self.list(key) {
            match value.as_str() {
                Some(text) if !text.trim().is_empty() => texts.push(At {
                    value: text.to_owned(),
                    span,
                }),
                Some(_) => self.error(&span, format!("`{key}` holds an empty text")),
                None => self.wrong(key, &span, "a list of texts in quotes", value),
            }
        }
        texts
    }

    /// A list of words out of a fixed set.
    pub(super) fn words<T: for<'d> Deserialize<'d>>(&self, key: &'static str) -> Vec<At<T>> {
        let texts = self.strs(key);
        let words = texts.into_iter().filter_map(|text| {
            let value = self.word_of(key, &text.value, &text.span)?;
            Some(At {
                value,
                span: text.span,
            })
        });
        words.collect()
    }

    /// A list of whole numbers in this range.
    pub(super) fn numbers(&self, key: &'static str, range: &Range<i64>) -> Vec<At<i64>> {
        let list = self.list(key).into_iter();
        let numbers = list.filter_map(|(value, span)| {
            let value = self.whole(key, value, &span, range.clone())?;
            Some(At { value, span })
        });
        numbers.collect()
    }

    /// The tables under this key: `[[key]]`, or a list of inline tables.
    pub(super) fn tables(&self, key: &'static str, what: &str) -> Vec<Reader<'s, 'a>> {
        let mut tables = Vec::new();
        for (value, span) in self.list(key) {
            match value.as_table() {
                Some(table) => tables.push(Reader::new(self.source, table, span, what)),
                None => self.wrong(key, &span, &format!("tables `[[{key}]]`"), value),
            }
        }
        tables
    }

    /// The table under this key, if it is there.
    pub(super) fn table(&self, key: &'static str) -> Option<Reader<'s, 'a>> {
        let (value, span) = self.value(key)?;
        let Some(table) = value.as_table() else {
            self.wrong(key, &span, &format!("a table `[{key}]`"), value);
            return None;
        };
        Some(Reader::new(self.source, table, span, format!("`{key}`")))
    }

    /// A text in both languages that must be there.
    pub(super) fn text(&self, key: &'static str, allowed: Option<&[&str]>) -> Option<Text> {
        if !self.table.contains_key(key) {
            self.asked.borrow_mut().push(key);
            self.missing(key, &format!("{key}.en and {key}.ja"));
            return None;
        }
        self.optional_text(key, allowed)
    }

    /// A text in both languages that may be left out. Placeholders must be the same in both, and out of `allowed`
    /// where that is given.
    pub(super) fn optional_text(
        &self,
        key: &'static str,
        allowed: Option<&[&str]>,
    ) -> Option<Text> {
        let (value, span) = self.value(key)?;
        let Some(table) = value.as_table() else {
            let expected = format!("both languages: {key}.en and {key}.ja");
            self.wrong(key, &span, &expected, value);
            return None;
        };
        let what = format!("`{key}`");
        localised(&Reader::new(self.source, table, span, what), allowed)
    }
}

/// Where to point for this entry: at the value, or at the key where the value is spread over dotted keys.
pub(super) fn at(key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) -> Range<usize> {
    if value.span().is_empty() {
        key.span()
    } else {
        value.span()
    }
}

/// Reads a table that is one text: exactly `en` and `ja`.
pub(super) fn localised(reader: &Reader<'_, '_>, allowed: Option<&[&str]>) -> Option<Text> {
    let en = reader.str("en");
    let ja = reader.str("ja");
    for text in [&en, &ja].into_iter().flatten() {
        for fault in placeholder::faults(&text.value, allowed) {
            reader.error(&text.span, fault);
        }
    }
    for key in reader.table.keys() {
        if !["en", "ja"].contains(&key.get_ref().as_ref()) {
            reader.error(
                &key.span(),
                format!("unknown language `{}`; expected en and ja", key.get_ref()),
            );
        }
    }
    let (en, ja) = (en?, ja?);
    let (in_en, in_ja) = (placeholder::names(&en.value), placeholder::names(&ja.value));
    if in_en != in_ja {
        let shown = |names: &std::collections::BTreeSet<String>| {
            if names.is_empty() {
                "none".to_owned()
            } else {
                let list: Vec<String> = names.iter().map(|n| format!("{{{n}}}")).collect();
                list.join(" ")
            }
        };
        reader.error(
            &ja.span,
            format!(
                "the placeholders differ: en has {}, ja has {}; both must have the same",
                shown(&in_en),
                shown(&in_ja)
            ),
        );
    }
    Some(Text {
        en: en.value,
        ja: ja.value,
    })
}

/// A word out of a fixed set by its serde name; the error lists what was expected.
pub(super) fn word<T: for<'d> Deserialize<'d>>(text: &str) -> Result<T, ValueError> {
    let deserializer: StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(deserializer)
}

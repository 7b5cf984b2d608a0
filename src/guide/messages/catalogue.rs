//! The shapes of the catalogue and how the file becomes them.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::find::{Code, Index};
use super::fold::Folded;
use crate::cause::CauseId;
use crate::guide::reader::{self, At, Reader};
use crate::guide::source::Source;
use crate::guide::texts::is_kebab;
use crate::guide::{Lang, Text, placeholder};

/// The file's name in messages.
pub(in crate::guide) const NAME: &str = "assets/errors.toml";
/// The embedded file.
pub(in crate::guide) const TEXT: &str = include_str!("../../../assets/errors.toml");

/// The largest compiled regular expression, in bytes.
const MAX_REGEX: usize = 256 * 1024;

/// Every known message, and what is needed to find one.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The messages in the order of the file.
    pub messages: Vec<Message>,
    pub(super) clients: BTreeMap<String, String>,
    pub(super) index: Index,
}

/// One message or code of one program.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The program's id; its name is [`Catalogue::client`].
    pub client: String,
    /// How it is looked for.
    pub kind: Kind,
    /// The English text; `{placeholders}` stand for names and numbers. For a code, how it is usually shown.
    pub text: String,
    /// Other wordings.
    pub also: Vec<String>,
    /// The Japanese texts.
    pub ja: Vec<String>,
    /// The Chinese texts.
    pub zh: Vec<String>,
    /// Numbers that mean the same.
    pub(super) codes: Vec<Code>,
    /// Words of which one stands beside such a number, as written and folded; none where the number is enough.
    pub(super) context: Vec<(String, String)>,
    /// What it points to, the likeliest first; empty where it is no fault.
    pub causes: Vec<CauseId>,
    /// Whether it says the same of many faults, so that only a check tells which.
    pub undecided: bool,
    /// Whether its words are too ordinary to be taken out of a log.
    pub ordinary: bool,
    /// What it means, where its words mislead or say little.
    pub meaning: Option<Text>,
    /// Where it is written down.
    pub source: String,
    /// How well it is known.
    pub verified: Standing,
    /// How well the Japanese text is known, where there is one.
    pub ja_verified: Option<Standing>,
    /// Whether the site wrote it, not this program's makers.
    pub site: bool,
    pub(super) regex: Option<Regex>,
}

impl Message {
    /// The text as people see it in this language, as far as it is known.
    pub fn shown(&self, lang: Lang) -> &str {
        match (lang, self.ja.first()) {
            (Lang::Ja, Some(ja)) => ja,
            _ => &self.text,
        }
    }

    /// The same, with dots where a name or a number of the case stands.
    pub fn spoken(&self, lang: Lang) -> String {
        placeholder::replace(self.shown(lang), |_| Some("...".to_owned()))
    }

    /// Whether it was only reported, so that neither its text nor its meaning is certain.
    pub fn is_reported(&self) -> bool {
        self.verified == Standing::Recall
    }

    /// The number it stands for, as it is written in the file.
    pub fn code(&self) -> Option<String> {
        self.codes.first().map(ToString::to_string)
    }

    /// Every wording with words in it, in every language.
    pub fn wordings(&self) -> impl Iterator<Item = &str> {
        let own = matches!(self.kind, Kind::Contains | Kind::Exact).then_some(&self.text);
        let all = own.into_iter().chain(&self.also).chain(&self.ja);
        all.chain(&self.zh).map(String::as_str)
    }
}

/// How a message is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Its text is somewhere in what is looked at.
    Contains,
    /// Its text is the whole of a line.
    Exact,
    /// A regular expression, over the text as it stands.
    Regex,
    /// Its number is somewhere in what is looked at, beside a word of its context.
    Code,
}

/// How well a message is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Read in the source named.
    Source,
    /// Seen on the real program.
    Lab,
    /// Only in a guide.
    Guide,
    /// Neither: it was reported.
    Recall,
    /// In the site's own knowledge.
    Site,
}

impl Catalogue {
    /// The message with this id.
    pub fn get(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// The name of the program with this id.
    pub fn client<'a>(&'a self, id: &'a str) -> &'a str {
        self.clients.get(id).map_or(id, String::as_str)
    }
}

/// Reads the file; what is wrong is in the source.
pub(in crate::guide) fn read(source: &Source<'_>) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let Some(table) = reader::parse(source) else {
        return catalogue;
    };
    let top = Reader::new(source, table.get_ref(), 0..0, "the messages");
    for table in top.tables("client", "`client`") {
        client(table, &mut catalogue.clients);
    }
    let mut taken = Taken::default();
    for table in top.tables("message", "`message`") {
        catalogue
            .messages
            .extend(message(table, &catalogue.clients, &mut taken));
    }
    top.finish();
    catalogue.index = Index::new(&catalogue.messages);
    catalogue
}

/// What the messages before had already.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) ids: Vec<String>,
    /// The folded wording of each client, and whose it is.
    wordings: BTreeMap<(String, String), String>,
    /// Whether the site writes them: then it need not say where they are written down.
    site: bool,
}

impl Taken {
    /// Nothing, before a site's first message.
    pub(super) fn by_site() -> Self {
        Self {
            site: true,
            ..Self::default()
        }
    }
}

pub(super) fn client(table: Reader<'_, '_>, clients: &mut BTreeMap<String, String>) {
    let id = table.str("id");
    let name = table.str("name");
    if let (Some(id), Some(name)) = (id, name) {
        kebab(&table, &id);
        if clients.insert(id.value.clone(), name.value).is_some() {
            let message = format!("the client `{}` is there twice", id.value);
            table.error(&id.span, message);
        }
    }
    table.finish();
}

fn kebab(table: &Reader<'_, '_>, id: &At<String>) {
    if !is_kebab(&id.value) {
        let message = format!(
            "`{}` is no id; expected lower-case letters, digits and hyphens",
            id.value
        );
        table.error(&id.span, message);
    }
}

pub(super) fn message(
    table: Reader<'_, '_>,
    clients: &BTreeMap<String, String>,
    taken: &mut Taken,
) -> Option<Message> {
    let id = table.str("id");
    if let Some(id) = &id {
        kebab(&table, id);
        if taken.ids.contains(&id.value) {
            table.error(&id.span, format!("the id `{}` is there twice", id.value));
        }
        taken.ids.push(id.value.clone());
    }
    let client = table.str("client");
    if let Some(client) = client.as_ref().filter(|c| !clients.contains_key(&c.value)) {
        let known: Vec<&str> = clients.keys().map(String::as_str).collect();
        let message = format!(
            "there is no client `{}`; expected one of: {}",
            client.value,
            known.join(", ")
        );
        table.error(&client.span, message);
    }
    let kind = table.word::<Kind>("kind").map(|at| at.value);
    let text = table.str("match");
    let also = table.strs("also");
    let ja = table.strs("ja");
    let zh = table.strs("zh");
    let codes = codes(&table);
    let context = table.strs("context");
    let said = table.must("causes", "a list of causes in square brackets");
    let causes = if said { causes(&table) } else { Vec::new() };
    let undecided = table.flag("undecided");
    let ordinary = table.flag("ordinary");
    let meaning = table.optional_text("meaning", Some(&[]));
    let (source, verified) = backing(&table, taken.site);
    let ja_verified = table.optional_word::<Standing>("ja-verified");
    let regex = match (kind, &text) {
        (Some(Kind::Regex), Some(text)) => regex(&table, text),
        _ => None,
    };
    if let (Some(Kind::Contains | Kind::Exact), Some(text)) = (kind, &text) {
        wording(&table, text, id.as_ref(), client.as_ref(), taken);
    }
    for other in also.iter().chain(&ja).chain(&zh) {
        wording(&table, other, id.as_ref(), client.as_ref(), taken);
    }
    if kind == Some(Kind::Code) && codes.is_empty() {
        table.error(table.span(), "a message of kind `code` has no `codes`");
    }
    if causes.is_empty() && meaning.is_none() && said {
        table.error(
            &table.span_of("causes"),
            "a message without causes needs a `meaning` that says why it is no fault",
        );
    }
    if !taken.site && ja.is_empty() != ja_verified.is_none() {
        let at = ja_verified
            .as_ref()
            .map_or_else(|| table.span_of("ja"), |at| at.span.clone());
        table.error(&at, "`ja` and `ja-verified` go together");
    }
    table.finish();
    let values = |list: Vec<At<String>>| list.into_iter().map(|at| at.value).collect();
    Some(Message {
        id: id?.value,
        client: client?.value,
        kind: kind?,
        text: text?.value,
        also: values(also),
        ja: values(ja),
        zh: values(zh),
        codes,
        context: context
            .into_iter()
            .map(|at| (at.value.to_lowercase(), Folded::new(&at.value).text))
            .collect(),
        causes,
        undecided,
        ordinary,
        meaning,
        source: source?,
        verified: verified?,
        ja_verified: ja_verified.map(|at| at.value),
        site: taken.site,
        regex,
    })
}

/// Where a message is written down, and how well it is known; a site's own is known by the site.
fn backing(table: &Reader<'_, '_>, site: bool) -> (Option<String>, Option<Standing>) {
    if site {
        let source = table.optional_str("source").map(|at| at.value);
        let verified = table.optional_word::<Standing>("verified");
        return (
            Some(source.unwrap_or_default()),
            Some(verified.map_or(Standing::Site, |at| at.value)),
        );
    }
    let verified = table.word::<Standing>("verified");
    if let Some(at) = verified.as_ref().filter(|at| at.value == Standing::Site) {
        let message =
            "`site` is the word for a site's own messages; expected how this one is known";
        table.error(&at.span, message);
    }
    (
        table.str("source").map(|at| at.value),
        verified.map(|at| at.value),
    )
}

fn causes(table: &Reader<'_, '_>) -> Vec<CauseId> {
    let mut causes: Vec<CauseId> = Vec::new();
    for cause in table.words::<CauseId>("causes") {
        if causes.contains(&cause.value) {
            let message = format!("the cause `{}` is listed twice", cause.value);
            table.error(&cause.span, message);
        }
        causes.push(cause.value);
    }
    causes
}

fn codes(table: &Reader<'_, '_>) -> Vec<Code> {
    let texts = table.strs("codes").into_iter();
    let codes = texts.filter_map(|text| {
        let code = Code::parse(&text.value);
        if code.is_none() {
            let expected =
                "expected a decimal number, 0x..., eight hexadecimal digits or (a decimal number)";
            table.error(
                &text.span,
                format!("`codes` holds `{}`; {expected}", text.value),
            );
        }
        code
    });
    codes.collect()
}

fn regex(table: &Reader<'_, '_>, text: &At<String>) -> Option<Regex> {
    let built = RegexBuilder::new(&text.value)
        .case_insensitive(true)
        .size_limit(MAX_REGEX)
        .build();
    match built {
        Ok(regex) if regex.is_match("") => {
            table.error(&text.span, "this regular expression matches everything");
            None
        }
        Ok(regex) => Some(regex),
        Err(error) => {
            // The last line of the error says what is wrong; those before draw where.
            let words = error.to_string();
            let last = words.lines().next_back().unwrap_or_default();
            table.error(&text.span, format!("no regular expression: {last}"));
            None
        }
    }
}

/// What is wrong with one wording: nothing to compare, a placeholder at an end, or there already.
fn wording(
    table: &Reader<'_, '_>,
    text: &At<String>,
    id: Option<&At<String>>,
    client: Option<&At<String>>,
    taken: &mut Taken,
) {
    let parts = segments(&text.value);
    let letters: usize = parts.iter().map(String::len).sum();
    if letters < 4 {
        let message = "fewer than four letters to compare would be found everywhere";
        table.error(&text.span, message);
    }
    let (Some(id), Some(client)) = (id, client) else {
        return;
    };
    let key = (client.value.clone(), parts.join("{}"));
    match taken.wordings.get(&key) {
        Some(other) => {
            let message = format!("this text is already that of `{other}`");
            table.error(&text.span, message);
        }
        None => {
            taken.wordings.insert(key, id.value.clone());
        }
    }
}

/// The folded pieces of a wording between its placeholders, none of them empty.
pub(super) fn segments(wording: &str) -> Vec<String> {
    placeholder::between(wording)
        .into_iter()
        .map(|piece| Folded::new(piece).text)
        .filter(|piece| !piece.is_empty())
        .collect()
}

//! `assets/advisories.toml`: dated trust events and limits of the field. Which CAs root programmes distrust and from
//! when, how long certificates may live by their date of issue, well-known roots that have ended.
//!
//! Not here: what follows for a chain; that is [`crate::diagnose`]'s.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::reader::{self, At, Reader};
use super::source::Source;
use crate::evidence::{UnixTime, Verified};

/// The file's name in messages, and what makes a file one of its kind.
pub(super) const NAME: &str = "assets/advisories.toml";
/// The embedded file.
pub(super) const TEXT: &str = include_str!("../../assets/advisories.toml");

static EMBEDDED: LazyLock<Arc<Advisories>> = LazyLock::new(|| {
    let source = Source::new(NAME, TEXT.as_bytes());
    Arc::new(source.map(|source| read(&source)).unwrap_or_default())
});

/// The embedded advisories, read when first asked for.
pub(super) fn embedded() -> Arc<Advisories> {
    Arc::clone(&EMBEDDED)
}

/// Everything dated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisories {
    /// CAs that root programmes no longer trust, or not for new certificates.
    pub distrusted: Vec<DistrustedCa>,
    /// How long certificates may live.
    pub limits: Vec<ValidityLimit>,
    /// Well-known roots that have ended.
    pub ended: Vec<EndedRoot>,
}

/// Who decides which CAs a family of programs trusts, or how long certificates live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Programme {
    /// Mozilla's root programme: Firefox.
    Mozilla,
    /// The Chrome Root Store.
    Chrome,
    /// Apple's root programme.
    Apple,
    /// Microsoft's root programme.
    Microsoft,
    /// The CA/Browser Forum: what public CAs may issue.
    CabForum,
}

impl Programme {
    /// Its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mozilla => "Mozilla (Firefox)",
            Self::Chrome => "Google (Chrome)",
            Self::Apple => "Apple (macOS, iOS)",
            Self::Microsoft => "Microsoft (Windows)",
            Self::CabForum => "CA/Browser Forum",
        }
    }
}

/// How a CA's certificate is recognised. A name can be taken by anybody, a key cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// SHA-256 of public keys (`SubjectPublicKeyInfo`).
    pub keys: Vec<[u8; 32]>,
    /// SHA-256 of whole certificates.
    pub certificates: Vec<[u8; 32]>,
    /// Subject key identifiers.
    pub key_ids: Vec<Vec<u8>>,
    /// Subjects, as `Cert::subject` writes them.
    pub subjects: Vec<String>,
}

/// A CA and what programmes decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistrustedCa {
    /// What people call it.
    pub name: String,
    /// Its roots or intermediates.
    pub marks: Marks,
    /// Keys of intermediates below it that stay trusted.
    pub except: Vec<[u8; 32]>,
    /// What was decided, by whom.
    pub events: Vec<DistrustEvent>,
}

/// One programme's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistrustEvent {
    /// Whose.
    pub programme: Programme,
    /// Which certificates.
    pub rule: DistrustRule,
    /// From when programs act on it.
    pub since: UnixTime,
    /// Where it is written down.
    pub source: String,
    /// How well that is known.
    pub verified: Verified,
}

/// Which certificates below a CA are no longer trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DistrustRule {
    /// All.
    All,
    /// Those whose validity begins after this moment.
    IssuedAfter(UnixTime),
    /// Those first logged after this moment (the earliest SCT).
    LoggedAfter(UnixTime),
}

/// Which certificates a limit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Those below the roots of a public programme.
    Public,
    /// All, those of a company's own CA too.
    Any,
}

/// The longest validity of an end-entity certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidityLimit {
    /// Whose limit.
    pub programme: Programme,
    /// For which certificates.
    pub scope: Scope,
    /// For those whose validity begins then or later, until the next limit of the same programme and scope.
    pub from: UnixTime,
    /// Days.
    pub days: i64,
    /// Where it is written down.
    pub source: String,
    /// How well that is known.
    pub verified: Verified,
}

/// A well-known root that has ended, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedRoot {
    /// What people call it.
    pub name: String,
    /// How it is recognised.
    pub marks: Marks,
    /// Its last moment.
    pub until: UnixTime,
    /// The root that takes its place.
    pub replacement: String,
    /// Where it is written down.
    pub source: String,
    /// How well that is known.
    pub verified: Verified,
}

/// Reads the file; what is wrong is in the source.
pub(super) fn read(source: &Source<'_>) -> Advisories {
    let mut advisories = Advisories::default();
    let Some(table) = reader::parse(source) else {
        return advisories;
    };
    let top = Reader::new(source, table.get_ref(), 0..0, "the advisories");
    for table in top.tables("ca", "`ca`") {
        advisories.distrusted.extend(distrusted(table));
    }
    for table in top.tables("limit", "`limit`") {
        let new = limit(table, &advisories.limits);
        advisories.limits.extend(new);
    }
    for table in top.tables("ended-root", "`ended-root`") {
        advisories.ended.extend(ended(table));
    }
    top.finish();
    advisories
}

fn distrusted(table: Reader<'_, '_>) -> Option<DistrustedCa> {
    let name = table.str("name");
    let marks = marks(&table);
    let except = hashes(&table, "except");
    let events = table.tables("event", "`ca.event`");
    if events.is_empty() {
        table.error(table.span(), "the CA has no `[[ca.event]]`; expected one");
    }
    let events = events.into_iter().filter_map(event).collect();
    table.finish();
    Some(DistrustedCa {
        name: name?.value,
        marks,
        except,
        events,
    })
}

fn event(table: Reader<'_, '_>) -> Option<DistrustEvent> {
    let programme = table.word("programme");
    let word = table.str("rule");
    let since = moment(&table, "since");
    let rule = word.and_then(|word| match word.value.as_str() {
        "all" => Some(DistrustRule::All),
        "issued-after" => moment(&table, "after").map(|at| DistrustRule::IssuedAfter(at.value)),
        "logged-after" => moment(&table, "after").map(|at| DistrustRule::LoggedAfter(at.value)),
        other => {
            let expected = "expected all, issued-after or logged-after";
            table.error(&word.span, format!("`rule` is `{other}`; {expected}"));
            None
        }
    });
    let (source, verified) = backing(&table);
    table.finish();
    Some(DistrustEvent {
        programme: programme?.value,
        rule: rule?,
        since: since?.value,
        source: source?,
        verified: verified?,
    })
}

fn limit(table: Reader<'_, '_>, before: &[ValidityLimit]) -> Option<ValidityLimit> {
    let programme = table.word("programme");
    let scope = table.word("scope");
    let from = moment(&table, "from");
    let days = table.number("days", 1..10_000);
    let (source, verified) = backing(&table);
    let from_at = table.span_of("from");
    let new = (|| {
        Some(ValidityLimit {
            programme: programme?.value,
            scope: scope?.value,
            from: from?.value,
            days: days?.value,
            source: source?,
            verified: verified?,
        })
    })();
    if let Some(new) = &new
        && before.iter().any(|old| {
            (old.programme, old.scope) == (new.programme, new.scope) && old.from >= new.from
        })
    {
        let message = "`from` is not later than the limit before it; expected them in order";
        table.error(&from_at, message);
    }
    table.finish();
    new
}

fn ended(table: Reader<'_, '_>) -> Option<EndedRoot> {
    let name = table.str("name");
    let marks = marks(&table);
    let until = moment(&table, "until");
    let replacement = table.str("replacement");
    let (source, verified) = backing(&table);
    table.finish();
    Some(EndedRoot {
        name: name?.value,
        marks,
        until: until?.value,
        replacement: replacement?.value,
        source: source?,
        verified: verified?,
    })
}

/// Where a statement comes from, and how well it is known. Both must be said.
pub(super) fn backing(table: &Reader<'_, '_>) -> (Option<String>, Option<Verified>) {
    let source = table.str("source").map(|at| at.value);
    let verified = table.word("verified").map(|at| at.value);
    (source, verified)
}

fn marks(table: &Reader<'_, '_>) -> Marks {
    let marks = Marks {
        keys: hashes(table, "key"),
        certificates: hashes(table, "certificate"),
        key_ids: table
            .strs("key-id")
            .into_iter()
            .filter_map(|text| hex(table, "key-id", &text, 4..33))
            .collect(),
        subjects: table.strs("subject").into_iter().map(|t| t.value).collect(),
    };
    let lists = ["key", "certificate", "key-id", "subject"];
    if lists.iter().all(|key| table.lists_nothing(key)) {
        let message =
            "nothing says how to recognise it; expected key, certificate, key-id or subject";
        table.error(table.span(), message);
    }
    marks
}

fn hashes(table: &Reader<'_, '_>, key: &'static str) -> Vec<[u8; 32]> {
    let texts = table.strs(key);
    let hashes = texts
        .into_iter()
        .filter_map(|text| hex(table, key, &text, 32..33)?.try_into().ok());
    hashes.collect()
}

/// Bytes in hexadecimal, this many of them.
fn hex(
    table: &Reader<'_, '_>,
    key: &str,
    text: &At<String>,
    lengths: Range<usize>,
) -> Option<Vec<u8>> {
    let digits = text.value.as_bytes();
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok()
        }
        _ => None,
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    let fits = bytes.filter(|bytes| lengths.contains(&bytes.len()));
    if fits.is_none() {
        let expected = if lengths.len() == 1 {
            format!("{} hexadecimal digits", lengths.start * 2)
        } else {
            "hexadecimal digits, two a byte".to_owned()
        };
        table.error(
            &text.span,
            format!("`{key}` holds `{}`; expected {expected}", text.value),
        );
    }
    fits
}

/// A moment in UTC, or a day, which means its beginning.
fn moment(table: &Reader<'_, '_>, key: &'static str) -> Option<At<UnixTime>> {
    let text = table.str(key)?;
    let whole = if text.value.contains('T') {
        text.value.clone()
    } else {
        format!("{}T00:00:00Z", text.value)
    };
    match whole.parse::<jiff::Timestamp>() {
        Ok(moment) => Some(At {
            value: UnixTime(moment.as_second()),
            span: text.span,
        }),
        Err(_) => {
            let message = format!(
                "`{key}` holds `{}`; expected a day (2026-03-15) or a moment in UTC (2026-03-15T23:59:59Z)",
                text.value
            );
            table.error(&text.span, message);
            None
        }
    }
}

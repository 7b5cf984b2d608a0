//! `assets/errors.toml`: the messages and codes people see, and finding them in what somebody pasted or a log says.
//!
//! Pure and bounded: whatever the text, it is cut at [`MAX_TEXT`] characters and answered without a panic. A message
//! is a symptom: what it points to is possible, never more. Not here: reading files and the words around the answer.

mod catalogue;
mod find;
mod fold;
mod literals;
mod partial;
mod rank;
mod site;

use std::sync::{Arc, LazyLock};

pub use catalogue::{Catalogue, Kind, Message, Standing};
pub use rank::{Explanation, Match, RankedCause};

pub(super) use catalogue::{NAME, TEXT, read};
pub(super) use site::read as read_site;

use super::source::Source;

/// The longest text that is looked at, in characters.
pub const MAX_TEXT: usize = 20_000;

static EMBEDDED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let source = Source::new(NAME, TEXT.as_bytes());
    Arc::new(source.map(|source| read(&source)).unwrap_or_default())
});

/// The messages in use: ours, or ours with a site's own. Ours are read when first asked for.
#[derive(Clone, Debug, Default)]
pub struct Messages(Option<Arc<Catalogue>>);

impl Messages {
    /// Ours with a site's own, put together.
    pub(super) fn with_site(catalogue: Catalogue) -> Self {
        Self(Some(Arc::new(catalogue)))
    }

    /// The catalogue.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.0.clone().unwrap_or_else(embedded)
    }

    /// How many of the messages the site wrote; reads nothing.
    pub fn from_site(&self) -> usize {
        self.0.as_ref().map_or(0, |catalogue| catalogue.from_site())
    }
}

/// The same where both are ours, or the very same reading of a site's.
impl PartialEq for Messages {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Messages {}

/// The embedded catalogue, read when first asked for.
pub fn embedded() -> Arc<Catalogue> {
    Arc::clone(&EMBEDDED)
}

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

use std::sync::{Arc, LazyLock};

pub use catalogue::{Catalogue, Kind, Message, Standing};
pub use rank::{Explanation, Match, RankedCause};

pub(super) use catalogue::{NAME, TEXT, read};

use super::source::Source;

/// The longest text that is looked at, in characters.
pub const MAX_TEXT: usize = 20_000;

static EMBEDDED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let source = Source::new(NAME, TEXT.as_bytes());
    Arc::new(source.map(|source| read(&source)).unwrap_or_default())
});

/// The embedded catalogue, read when first asked for.
pub fn embedded() -> Arc<Catalogue> {
    Arc::clone(&EMBEDDED)
}

//! A message for people that has not chosen its language yet: an id from `assets/ui/*.toml` and its arguments.
//!
//! Pure rooms speak in these; the words are put in by [`crate::guide::Texts`] when something is shown.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An id of a text in `assets/ui` and the values of its `{placeholders}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Msg {
    /// The dotted id, for example `probe.tcp.refused`.
    pub id: Cow<'static, str>,
    /// Placeholder name and value, in the order given. Values are data from outside: sanitised when rendered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(Cow<'static, str>, String)>,
}

impl Msg {
    /// The message with this id and no arguments yet.
    pub const fn new(id: &'static str) -> Self {
        Self {
            id: Cow::Borrowed(id),
            args: Vec::new(),
        }
    }

    /// The same message with one more placeholder filled in.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((Cow::Borrowed(name), value.to_string()));
        self
    }
}

//! Known, or unknown with its reason: "not checked" can never be read as "no".

use serde::{Deserialize, Serialize};

use crate::msg::Msg;

/// Something that was observed, or the reason why it was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T> {
    /// It was looked at, and this was seen.
    Known(T),
    /// It was not seen; nothing follows from it.
    Unknown(Why),
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unknown(Why::code(WhyCode::NotRun))
    }
}

impl<T> Fact<T> {
    /// What was seen, if anything was.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Why it is not known, if it is not.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(why) => Some(why),
        }
    }
}

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The kind of reason.
    pub code: WhyCode,
    /// More about it, for people, where there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Msg>,
}

impl Why {
    /// A reason that needs no more words than its code has.
    pub const fn code(code: WhyCode) -> Self {
        Self { code, detail: None }
    }

    /// A reason with more to say.
    pub const fn because(code: WhyCode, detail: Msg) -> Self {
        Self {
            code,
            detail: Some(detail),
        }
    }

    /// The message for people: the detail, or the code's own text `why.<code>`.
    pub fn message(&self) -> Msg {
        self.detail
            .clone()
            .unwrap_or_else(|| Msg::new(self.code.text_id()))
    }
}

/// The kinds of reasons for not knowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyCode {
    /// Nobody has looked (yet).
    NotRun,
    /// Something above it failed, so it would mean nothing.
    Blocked,
    /// Everything it could explain already holds.
    NotNeeded,
    /// The person asked that nothing, or no third party, be contacted.
    Offline,
    /// `--no-third-party`.
    NoThirdParty,
    /// The deadline struck first.
    TimedOut,
    /// This system wants more rights for it.
    NotPermitted,
    /// It was tried and went wrong in a way that says nothing about the target.
    Failed,
    /// The other side ended the connection instead of answering.
    HungUp,
    /// It cannot be done on this system.
    Unsupported,
    /// The person stopped it.
    Cancelled,
}

impl WhyCode {
    /// The id of this code's text in `assets/ui`.
    pub const fn text_id(self) -> &'static str {
        match self {
            Self::NotRun => "why.not-run",
            Self::Blocked => "why.blocked",
            Self::NotNeeded => "why.not-needed",
            Self::Offline => "why.offline",
            Self::NoThirdParty => "why.no-third-party",
            Self::TimedOut => "why.timed-out",
            Self::NotPermitted => "why.not-permitted",
            Self::Failed => "why.failed",
            Self::HungUp => "why.hung-up",
            Self::Unsupported => "why.unsupported",
            Self::Cancelled => "why.cancelled",
        }
    }
}

//! The words that options take: languages, systems, themes, formats, and what they stand for elsewhere.

use clap::ValueEnum;

use crate::guide::{Lang, System};

/// A format of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaperFormat {
    Text,
    Md,
    Html,
}

impl From<PaperFormat> for crate::report::session::Format {
    fn from(format: PaperFormat) -> Self {
        match format {
            PaperFormat::Text => Self::Text,
            PaperFormat::Md => Self::Markdown,
            PaperFormat::Html => Self::Html,
        }
    }
}

/// A language on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LangArg {
    En,
    Ja,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::En => Self::En,
            LangArg::Ja => Self::Ja,
        }
    }
}

/// A system on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OsArg {
    Windows,
    Macos,
    Linux,
    Ios,
    Android,
}

impl From<OsArg> for System {
    fn from(os: OsArg) -> Self {
        match os {
            OsArg::Windows => Self::Windows,
            OsArg::Macos => Self::Macos,
            OsArg::Linux => Self::Linux,
            OsArg::Ios => Self::Ios,
            OsArg::Android => Self::Android,
        }
    }
}

/// A theme on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    Auto,
    Dark,
    Light,
    HighContrast,
    None,
}

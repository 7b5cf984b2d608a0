//! What must be known of a command line before it is read, and of one that cannot be: the language that is asked for, and
//! the settings that name another. Everything else waits for clap.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum as _;

use super::words::LangArg;

/// What says which language to speak.
#[derive(Clone, Debug, Default)]
pub struct Beforehand {
    /// `--lang`.
    pub lang: Option<LangArg>,
    /// `--wizard`.
    pub wizard: Option<PathBuf>,
}

impl Beforehand {
    /// Looks through a command line, the program's name included. What no language is called is as good as nothing; what
    /// stands after `--` is no option.
    pub fn of(line: &[OsString]) -> Self {
        let mut found = Self::default();
        let mut words = line.iter().skip(1).take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            let value = |name: &str| word.to_str()?.strip_prefix(name)?.strip_prefix('=');
            if word == "--lang" {
                found.lang = words.next().and_then(|value| lang(value.to_str()?));
            } else if word == "--wizard" {
                found.wizard = words.next().map(PathBuf::from);
            } else if let Some(value) = value("--lang") {
                found.lang = lang(value);
            } else if let Some(value) = value("--wizard") {
                found.wizard = Some(PathBuf::from(value));
            }
        }
        found
    }
}

fn lang(value: &str) -> Option<LangArg> {
    LangArg::from_str(value, false).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> (Option<LangArg>, Option<PathBuf>) {
        let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let found = Beforehand::of(&line);
        (found.lang, found.wizard)
    }

    #[test]
    fn the_language_is_found_wherever_it_stands_and_nowhere_else() {
        for line in [
            "vpnmedic --lang ja --help",
            "vpnmedic check --helf --lang=ja",
            "vpnmedic sessions --lang ja show --bad",
        ] {
            assert!(matches!(of(line).0, Some(LangArg::Ja)), "{line}");
        }
        for line in [
            "vpnmedic explain -- --lang ja",
            "vpnmedic --lang",
            "vpnmedic --lang jp --help",
            "--lang ja",
            "vpnmedic --language ja",
        ] {
            assert!(of(line).0.is_none(), "{line}");
        }
        let (lang, wizard) = of("vpnmedic lint --wizard site.toml --lang en --bad");
        assert!(matches!(lang, Some(LangArg::En)));
        assert_eq!(wizard, Some(PathBuf::from("site.toml")));
    }
}

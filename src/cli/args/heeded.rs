//! Which of the options that stand beside every verb a verb heeds. One table, asked when a command line is refused and
//! when help, the manual page and the completions are written, so that none of them promises what another denies. What
//! an option does is the verb's own.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory};

use super::Args;

/// The options beside every verb, by their ids; the hyphens of their names are underscores here.
const COMMON: [&str; 17] = [
    "lang",
    "os",
    "wizard",
    "offline",
    "no_third_party",
    "theme",
    "no_color",
    "no_mouse",
    "ascii",
    "plain",
    "timeout",
    "ca",
    "connect",
    "sni",
    "ntp",
    "portal",
    "client",
];

/// What a verb that has no part in it keeps anyway: it contacts nobody, draws in no colour, leaves the mouse alone. So
/// these are taken everywhere, for the sake of those who always give them.
const KEPT_ANYWAY: [&str; 4] = ["offline", "no_third_party", "no_color", "no_mouse"];

/// What a verb heeds.
fn by(verb: &str) -> &'static [&'static str] {
    match verb {
        "check" => &[
            "lang",
            "os",
            "wizard",
            "offline",
            "no_third_party",
            "plain",
            "timeout",
            "ca",
            "connect",
            "sni",
            "ntp",
            "portal",
            "client",
        ],
        "watch" => &[
            "lang",
            "os",
            "wizard",
            "no_third_party",
            "theme",
            "no_color",
            "ascii",
            "timeout",
            "ca",
            "connect",
            "sni",
            "ntp",
            "portal",
            "client",
        ],
        "practice" => &[
            "lang", "os", "wizard", "theme", "no_color", "no_mouse", "ascii", "timeout", "client",
        ],
        "inspect" => &[
            "lang", "os", "wizard", "theme", "no_color", "no_mouse", "ascii", "plain", "ca",
            "client",
        ],
        "replay" => &[
            "lang", "wizard", "theme", "no_color", "ascii", "ca", "client",
        ],
        "report" => &["lang", "os", "wizard", "ca", "client"],
        "bundle" => &["lang", "wizard", "ca", "client"],
        "explain" | "logs" | "profiles" | "walk" => &["lang", "os", "wizard"],
        "doctor" | "sessions" | "plan" => &["lang", "wizard"],
        "lint" => &["wizard"],
        _ => &[],
    }
}

/// The first option given beside a verb that the verb cannot heed, as it is typed.
pub fn unheeded(matches: &ArgMatches) -> Option<(String, &str)> {
    let (verb, given) = matches.subcommand()?;
    if matches.value_source("no_journal") == Some(ValueSource::CommandLine) {
        return Some(("--no-journal".to_owned(), verb));
    }
    let heeded = by(verb);
    // A verb below a verb is given the same.
    let given = given.subcommand().map_or(given, |(_, below)| below);
    COMMON
        .into_iter()
        .filter(|id| !heeded.contains(id) && !KEPT_ANYWAY.contains(id))
        .find(|id| given.value_source(id) == Some(ValueSource::CommandLine))
        .map(|id| (format!("--{}", id.replace('_', "-")), verb))
}

/// The command line as people are to read of it: each verb with the options that it heeds. Whole, and so of some weight:
/// not for the reading of an ordinary command line.
pub fn described() -> Command {
    let mut command = Args::command();
    command.build();
    command.mut_subcommands(|verb| {
        let heeded = by(verb.get_name());
        pruned(verb, heeded)
    })
}

/// Options beside every verb that a verb heeds, as they are typed.
pub fn beside(verb: &str) -> Vec<String> {
    let options = by(verb).iter();
    options
        .map(|id| format!("--{}", id.replace('_', "-")))
        .collect()
}

fn pruned(verb: Command, heeded: &[&str]) -> Command {
    let name = verb.get_name().to_owned();
    let verb = verb.mut_args(|arg| {
        let id = arg.get_id().as_str();
        let dead = COMMON.contains(&id) && !heeded.contains(&id);
        match (id, name.as_str()) {
            _ if dead => arg.hide(true),
            ("plain", "check") => arg.help("No line of progress while several are checked"),
            ("plain", "inspect") => arg.help("In words, on a terminal too, instead of the screen"),
            ("offline", "check") => {
                arg.help("Contact nothing and nobody: only what can be told without it")
            }
            _ => arg,
        }
    });
    verb.mut_subcommands(|below| pruned(below, heeded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Common, Live};

    fn ids<A: clap::Args>() -> Vec<String> {
        let command = A::augment_args(Command::new("x"));
        let all = command.get_arguments().map(|arg| arg.get_id().to_string());
        all.collect()
    }

    #[test]
    fn the_table_names_every_option_beside_the_verbs_and_no_other() {
        assert_eq!(ids::<Common>(), COMMON);
        assert!(ids::<Live>().iter().all(|id| COMMON.contains(&id.as_str())));
        for verb in Args::command().get_subcommands() {
            let heeded = by(verb.get_name());
            assert!(heeded.iter().all(|id| COMMON.contains(id)));
            let kept = heeded.iter().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(kept.len(), heeded.len(), "{}", verb.get_name());
        }
    }

    #[test]
    fn help_shows_an_option_beside_a_verb_exactly_where_it_is_taken() {
        for verb in described().get_subcommands_mut() {
            let name = verb.get_name().to_owned();
            let help = verb.render_long_help().to_string();
            for id in COMMON {
                let option = format!("--{}", id.replace('_', "-"));
                let shown = help
                    .split_whitespace()
                    .any(|word| word.trim_end_matches(',') == option);
                assert_eq!(shown, by(&name).contains(&id), "{name} {option}");
            }
        }
    }

    #[test]
    fn what_is_shown_is_taken_and_what_is_refused_is_not_shown() {
        let read = |line: &[&str]| Args::command().try_get_matches_from(line).unwrap();
        let line = ["vpnmedic", "explain", "--ntp", "time.example", "text"];
        let refused = read(&line);
        assert_eq!(unheeded(&refused), Some(("--ntp".to_owned(), "explain")));
        let line = ["vpnmedic", "--lang", "ja", "explain", "--os", "ios", "text"];
        assert_eq!(unheeded(&read(&line)), None);
        let line = ["vpnmedic", "--theme", "dark", "sessions", "list"];
        let refused = read(&line);
        assert_eq!(unheeded(&refused), Some(("--theme".to_owned(), "sessions")));
        let line = ["vpnmedic", "explain", "--offline", "--no-color", "text"];
        assert_eq!(unheeded(&read(&line)), None);
    }
}

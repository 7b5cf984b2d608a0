//! `--help` in another language than the descriptions in `args` are written in: the same layout as clap's, with the words of
//! `assets/ui/help.toml`. clap breaks lines at blanks only, and Japanese has none; so the lines are made here.
//!
//! Which options a verb heeds is said in `args/heeded.rs`; what clap says of a command line it cannot read, in
//! `misread.rs`. Read only where help is asked for.

use clap::builder::StyledStr;
use clap::{Arg, Command};

use crate::guide::{Lang, Texts};
use crate::msg::Msg;
use crate::wrap;

/// The widest help, in cells, as clap has it: longer lines are hard to read.
const WIDEST: usize = 100;
/// Where descriptions begin that stand below what they describe, because beside it is too little room.
const BELOW: usize = 10;

/// The command line, described whole (see `args::described`), with every help in this language. `width` is the cells of
/// a line.
pub fn in_words_of(command: Command, texts: &Texts, lang: Lang, width: usize) -> Command {
    let writer = Writer {
        texts,
        lang,
        width: width.min(WIDEST),
    };
    writer.over(command, &[])
}

struct Writer<'a> {
    texts: &'a Texts,
    lang: Lang,
    width: usize,
}

/// What is described, as it is and in the terminal's styles, and its description.
struct Row {
    plain: String,
    styled: String,
    text: String,
}

impl Writer<'_> {
    /// The command and those below it, each with its help. `above` are the names of those it stands under.
    fn over(&self, command: Command, above: &[String]) -> Command {
        let mut path = above.to_vec();
        path.push(command.get_name().to_owned());
        let help = self.help(&command, &path);
        let below = |sub| self.over(sub, &path);
        command.override_help(help).mut_subcommands(below)
    }

    fn help(&self, command: &Command, path: &[String]) -> StyledStr {
        let mut out = String::new();
        let header = command.get_styles().get_header();
        let heading = |id: &str| format!("{header}{}{header:#}", self.frame(id));
        let about = self.about(command, path);
        self.paragraph(&mut out, &about);
        let usage = self.usage(command);
        let hang = " ".repeat(wrap::width(self.frame("usage")) + 1);
        out.push_str(&format!("\n{} ", heading("usage")));
        out.push_str(&usage.replace('\n', &format!("\n{hang}")));
        out.push('\n');
        let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let verbs = verbs.map(|verb| {
            let name = verb.get_name().to_owned();
            let mut below = path.to_vec();
            below.push(name.clone());
            let literal = command.get_styles().get_literal();
            Row {
                styled: format!("{literal}{name}{literal:#}"),
                text: self.about(verb, &below),
                plain: name,
            }
        });
        self.section(&mut out, &heading("commands"), verbs.collect());
        let shown = || command.get_arguments().filter(|arg| !arg.is_hide_set());
        let row = |arg: &Arg| self.row(command, arg, path);
        let arguments = shown().filter(|arg| arg.is_positional()).map(row);
        self.section(&mut out, &heading("arguments"), arguments.collect());
        let options = || shown().filter(|arg| !arg.is_positional());
        let own = options().filter(|arg| arg.get_help_heading().is_none());
        self.section(&mut out, &heading("options"), own.map(row).collect());
        let common = options().filter(|arg| arg.get_help_heading().is_some());
        let common = common.map(row).collect();
        self.section(&mut out, &heading("common-options"), common);
        if let Some(end) = self.own(path, "end") {
            out.push('\n');
            self.paragraph(&mut out, end);
        }
        StyledStr::from(out)
    }

    fn about(&self, command: &Command, path: &[String]) -> String {
        let english = || command.get_about().map(ToString::to_string);
        let about = self.own(path, "about").map(str::to_owned);
        about.or_else(english).unwrap_or_default()
    }

    /// How the command is typed, its placeholders in words.
    fn usage(&self, command: &Command) -> String {
        usage_in_words(
            &command.clone().render_usage().to_string(),
            self.texts,
            self.lang,
        )
    }

    fn row(&self, command: &Command, arg: &Arg, path: &[String]) -> Row {
        let literal = command.get_styles().get_literal();
        let spelled = arg.to_string();
        let (name, value) = match spelled.split_once(' ') {
            Some((name, value)) => (name, format!(" {value}")),
            None => (spelled.as_str(), String::new()),
        };
        if arg.is_positional() {
            return Row {
                styled: spelled.clone(),
                text: self.described(arg, path),
                plain: spelled,
            };
        }
        let short = arg.get_short();
        let (short, styled_short) = match short {
            Some(short) => (
                format!("-{short}, "),
                format!("{literal}-{short}{literal:#}, "),
            ),
            None => (" ".repeat(4), " ".repeat(4)),
        };
        Row {
            plain: format!("{short}{name}{value}"),
            styled: format!("{styled_short}{literal}{name}{literal:#}{value}"),
            text: self.described(arg, path),
        }
    }

    /// What an argument is, with its default and the values it takes.
    fn described(&self, arg: &Arg, path: &[String]) -> String {
        let id = arg.get_id().as_str().replace('_', "-");
        let text = match id.as_str() {
            "help" | "version" => Some(self.frame(&id)),
            _ => (1..=path.len())
                .rev()
                .find_map(|depth| self.own(path.get(..depth)?, &id))
                .or_else(|| self.get(&format!("help.common.{id}"))),
        };
        let english = || arg.get_help().map(ToString::to_string);
        let text = text.map(str::to_owned).or_else(english);
        let mut whole = text.unwrap_or_default();
        let defaults = arg.get_default_values().iter();
        let defaults: Vec<String> = defaults
            .map(|value| value.to_string_lossy().into_owned())
            .collect();
        if !defaults.is_empty() && arg.get_action().takes_values() {
            let msg = Msg::new("help.frame.default").with("values", defaults.join(" "));
            whole.push_str(&format!(" {}", self.texts.render(self.lang, &msg)));
        }
        let values = arg.get_possible_values();
        let values: Vec<&str> = values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| value.get_name())
            .collect();
        if !values.is_empty() && !arg.is_hide_possible_values_set() {
            let msg = Msg::new("help.frame.possible").with("values", values.join(", "));
            // On a line of its own: without blanks around it, it would be broken anywhere.
            whole.push_str(&format!("\n{}", self.texts.render(self.lang, &msg)));
        }
        whole
    }

    /// A heading and what is listed below it, descriptions in a column. Nothing where nothing is listed.
    fn section(&self, out: &mut String, heading: &str, rows: Vec<Row>) {
        let Some(widest) = rows.iter().map(|row| wrap::width(&row.plain)).max() else {
            return;
        };
        out.push_str(&format!("\n{heading}\n"));
        let column = widest + 4;
        let beside = column * 2 <= self.width;
        let from = if beside { column } else { BELOW };
        for row in rows {
            let gap = from.saturating_sub(wrap::width(&row.plain) + 2);
            out.push_str(&format!("  {}", row.styled));
            for (n, line) in wrap::wrap(&row.text, self.width.saturating_sub(from))
                .iter()
                .enumerate()
            {
                let before = if n == 0 && beside {
                    " ".repeat(gap)
                } else {
                    format!("\n{}", " ".repeat(from))
                };
                out.push_str(&format!("{before}{line}"));
            }
            out.push('\n');
        }
    }

    fn paragraph(&self, out: &mut String, text: &str) {
        for line in wrap::wrap(text, self.width) {
            out.push_str(&line);
            out.push('\n');
        }
    }

    fn frame(&self, id: &str) -> &'static str {
        self.get(&format!("help.frame.{id}")).unwrap_or_default()
    }

    /// A text of the command at the end of this path; the program's own stand under its name.
    fn own(&self, path: &[String], id: &str) -> Option<&'static str> {
        let section = match path {
            [program] => program.clone(),
            [_, verbs @ ..] => verbs.join("."),
            [] => return None,
        };
        self.get(&format!("help.{section}.{id}"))
    }

    fn get(&self, id: &str) -> Option<&'static str> {
        self.texts.text(id).map(|text| text.get(self.lang))
    }
}

/// A usage as clap writes it, without its heading and with its placeholders in words. Lines after the first begin where
/// they did, less what clap puts before them.
pub fn usage_in_words(usage: &str, texts: &Texts, lang: Lang) -> String {
    let word = |lang, id| texts.text(id).map_or("", |text| text.get(lang));
    let of = |id| (word(Lang::En, id), word(lang, id));
    let (heading, _) = of("help.frame.usage");
    let (options, in_words) = of("help.frame.options-word");
    let (command, verb) = of("help.frame.command-word");
    let bare = usage.strip_prefix(heading).unwrap_or(usage);
    let lines = bare.trim().lines().map(str::trim);
    let lines: Vec<String> = lines
        .map(|line| {
            line.replace(options, in_words)
                .replace(&format!("<{command}>"), &format!("<{verb}>"))
                .replace(&format!("[{command}]"), &format!("[{verb}]"))
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
#[path = "help_tests.rs"]
mod tests;

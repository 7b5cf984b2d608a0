//! The gateways to check, out of arguments and lists. Nothing is contacted here.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::super::{Refusal, setup};
use crate::evidence::{Host, Target};
use crate::guide::{Lang, Texts};
use crate::msg::Msg;

/// The largest list that is read, in bytes.
const MAX_LIST: u64 = 16 << 20;
/// Gateways in one call at most.
const MAX_TARGETS: usize = 100_000;
/// Lines that are told one by one; of a file that is no list at all, thousands would tell nothing more.
const MAX_TOLD: usize = 50;

/// What is to be checked.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Each once, in the order named.
    pub targets: Vec<Target>,
    /// What is to be told about the lists, a line each.
    pub remarks: Vec<String>,
    /// Lines that name no gateway.
    pub not_understood: usize,
    /// Whether a list was read, be it of one line.
    pub from_list: bool,
}

/// Words for refusals and remarks.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The interface texts.
    pub texts: &'a Texts,
    /// The language.
    pub lang: Lang,
}

impl Words<'_> {
    pub fn say(&self, msg: &Msg) -> String {
        self.texts.render(self.lang, msg)
    }

    pub fn refuse(&self, msg: &Msg) -> Refusal {
        Refusal(self.say(msg))
    }
}

/// Whether standard input is one of the lists.
pub fn reads_standard_input(arguments: &[String], lists: &[PathBuf]) -> bool {
    arguments.iter().any(|argument| argument == "-") || lists.iter().any(|list| is_stdin(list))
}

/// Reads all of it. An argument that names no gateway is refused, as every wrong argument is; a line of a list is told
/// and passed over.
pub fn gather(
    arguments: &[String],
    lists: &[PathBuf],
    words: Words<'_>,
) -> Result<Gathered, Refusal> {
    let mut found = Finder::new(words);
    for argument in arguments.iter().filter(|argument| *argument != "-") {
        let target = Target::parse(argument).map_err(|error| {
            let shown = crate::text::sanitise(argument);
            Refusal(format!("{shown}: {}", words.say(&error.message())))
        })?;
        found.add(target);
    }
    let mut lists: Vec<&Path> = lists.iter().map(PathBuf::as_path).collect();
    lists.extend(
        arguments
            .iter()
            .filter(|argument| *argument == "-")
            .map(|_| Path::new("-")),
    );
    if lists.iter().filter(|list| is_stdin(list)).count() > 1 {
        return Err(words.refuse(&Msg::new("check.list.stdin-twice")));
    }
    for path in lists {
        let name = if is_stdin(path) {
            words.texts.get(words.lang, "check.list.stdin").to_owned()
        } else {
            path.display().to_string()
        };
        found.list(&name, &setup::read_bounded(path, MAX_LIST)?)?;
    }
    Ok(found.gathered)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

struct Finder<'a> {
    words: Words<'a>,
    gathered: Gathered,
    known: HashSet<(Host, u16)>,
}

impl<'a> Finder<'a> {
    fn new(words: Words<'a>) -> Self {
        Self {
            words,
            gathered: Gathered::default(),
            known: HashSet::new(),
        }
    }

    /// False where it was named before.
    fn add(&mut self, target: Target) -> bool {
        let key = (target.host.clone(), target.port);
        let fresh = self.known.insert(key);
        if fresh {
            self.gathered.targets.push(target);
        }
        fresh
    }

    fn list(&mut self, name: &str, bytes: &[u8]) -> Result<(), Refusal> {
        self.gathered.from_list = true;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut named = 0_usize;
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let here = |id| Msg::new(id).with("file", name).with("line", at + 1);
            let why = match std::str::from_utf8(line) {
                Err(_) => Msg::new("check.list.not-utf8"),
                Ok(line) => match Target::parse(match without_comment(line) {
                    "" => continue,
                    typed => typed,
                }) {
                    Err(error) => error.message(),
                    Ok(target) => {
                        named += 1;
                        if self.gathered.targets.len() >= MAX_TARGETS {
                            let too_many = Msg::new("check.list.too-many").with("file", name);
                            return Err(self.words.refuse(&too_many.with("max", MAX_TARGETS)));
                        }
                        let shown = target.to_string();
                        if !self.add(target) {
                            self.remark(&here("check.list.again").with("target", shown));
                        }
                        continue;
                    }
                },
            };
            named += 1;
            self.gathered.not_understood += 1;
            let why = self.words.say(&why);
            self.remark(&here("check.list.bad-line").with("why", why));
        }
        if named == 0 {
            let empty = Msg::new("check.list.empty").with("file", name);
            return Err(self.words.refuse(&empty));
        }
        Ok(())
    }

    fn remark(&mut self, msg: &Msg) {
        let remarks = &mut self.gathered.remarks;
        match remarks.len() {
            told if told < MAX_TOLD => remarks.push(self.words.say(msg)),
            MAX_TOLD => remarks.push("...".to_owned()),
            _ => {}
        }
    }
}

/// The line without its comment: what follows a `#` at its beginning or after white space (a `#` inside an address
/// belongs to a pasted URL).
fn without_comment(line: &str) -> &str {
    let mut before = None;
    let comment = line.char_indices().find(|(_, c)| {
        let begins = *c == '#' && before.is_none_or(char::is_whitespace);
        before = Some(*c);
        begins
    });
    let end = comment.map_or(line.len(), |(at, _)| at);
    line.get(..end).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::Knowledge;

    fn read(list: &[u8]) -> Result<Gathered, Refusal> {
        let knowledge = Knowledge::load(None).unwrap();
        let mut finder = Finder::new(Words {
            texts: &knowledge.texts,
            lang: Lang::En,
        });
        finder.list("list.txt", list)?;
        Ok(finder.gathered)
    }

    #[test]
    fn comments_blank_lines_and_line_ends_of_every_system_are_passed_over() {
        let list = "\u{feff}# ours\r\n\r\nvpn.example.com # Tokyo\r\n\t\n  [2001:db8::1]:10443\nhttps://vpn.example.net/#top\n";
        let read = read(list.as_bytes()).unwrap();
        let shown: Vec<String> = read.targets.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "vpn.example.com:443",
                "[2001:db8::1]:10443",
                "vpn.example.net:443"
            ]
        );
        assert_eq!(read.remarks, Vec::<String>::new());
        assert_eq!(read.not_understood, 0);
    }

    #[test]
    fn a_bad_line_is_told_with_its_place_and_the_others_stay() {
        let read = read(b"a.example\nb.example:70000\n\xff\xfe\nc.example\n").unwrap();
        assert_eq!(read.targets.len(), 2);
        assert_eq!(read.not_understood, 2);
        assert!(read.remarks[0].starts_with("list.txt:2: "), "{read:?}");
        assert!(read.remarks[0].contains("70000"), "{read:?}");
        assert!(read.remarks[1].starts_with("list.txt:3: "), "{read:?}");
    }

    #[test]
    fn a_gateway_named_twice_is_checked_once() {
        let read = read(b"vpn.example.com\nVPN.example.com:443\nvpn.example.com:8443\n").unwrap();
        assert_eq!(read.targets.len(), 2);
        assert_eq!(read.not_understood, 0);
        assert!(read.remarks[0].starts_with("list.txt:2: "), "{read:?}");
    }

    #[test]
    fn a_list_without_gateways_is_refused_by_its_name() {
        let Refusal(told) = read(b"\n# nothing yet\n").unwrap_err();
        assert!(told.contains("list.txt"), "{told}");
    }

    #[test]
    fn a_file_that_is_no_list_is_not_told_line_by_line_for_ever() {
        let read = read("a b\n".repeat(5000).as_bytes()).unwrap();
        assert_eq!(read.not_understood, 5000);
        assert_eq!(read.remarks.len(), MAX_TOLD + 1);
    }
}

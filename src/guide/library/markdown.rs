//! Markdown to blocks: headings with ids, paragraphs, lists, code, links to places of this program. What else Markdown
//! knows is left out; a test sees to it that every link leads somewhere.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::Place;

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading below the title.
    Heading {
        /// 2 and more.
        level: u8,
        /// What links call it.
        id: String,
        /// Its words.
        runs: Vec<Run>,
    },
    /// A paragraph.
    Text(Vec<Run>),
    /// An item of a list.
    Item {
        /// Its number, in a numbered list.
        number: Option<u64>,
        /// Its words.
        runs: Vec<Run>,
    },
    /// Lines to be copied as they stand.
    Code(Vec<String>),
}

/// Words that look alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The words.
    pub text: String,
    /// Whether they are set off.
    pub strong: bool,
    /// Whether they are something to type.
    pub code: bool,
    /// Where they lead.
    pub to: Option<Place>,
}

/// The title and the blocks of a page.
pub(super) fn read(text: &str) -> (String, Vec<Block>) {
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, Options::ENABLE_HEADING_ATTRIBUTES) {
        reader.take_in(event);
    }
    (reader.title, reader.blocks)
}

#[derive(Default)]
struct Reader {
    title: String,
    blocks: Vec<Block>,
    runs: Vec<Run>,
    style: Run,
    heading: Option<(u8, String)>,
    /// The next number of each list that is open; none in a list without numbers.
    lists: Vec<Option<u64>>,
    in_item: bool,
    in_code: bool,
}

impl Reader {
    fn take_in(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => {
                let lines = text.lines().map(str::to_owned);
                match self.blocks.last_mut() {
                    Some(Block::Code(code)) => code.extend(lines),
                    _ => self.blocks.push(Block::Code(lines.collect())),
                }
            }
            Event::Text(text) => self.words(&text, false),
            Event::Code(text) => self.words(&text, true),
            Event::SoftBreak | Event::HardBreak => self.words(" ", false),
            _ => {}
        }
    }

    fn words(&mut self, text: &str, code: bool) {
        self.runs.push(Run {
            text: text.to_owned(),
            code,
            ..self.style.clone()
        });
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, id, .. } => {
                let id = id.map(|id| id.to_string()).unwrap_or_default();
                self.heading = Some((depth(level), id));
            }
            Tag::List(first) => self.lists.push(first),
            Tag::Item => self.in_item = true,
            Tag::CodeBlock(_) => {
                self.in_code = true;
                self.blocks.push(Block::Code(Vec::new()));
            }
            Tag::Strong => self.style.strong = true,
            Tag::Link { dest_url, .. } => self.style.to = Place::parse(&dest_url),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let runs = std::mem::take(&mut self.runs);
                match self.heading.take() {
                    Some((1, _)) | None => {
                        self.title = runs.iter().map(|run| run.text.as_str()).collect();
                    }
                    Some((level, id)) => self.blocks.push(Block::Heading { level, id, runs }),
                }
            }
            TagEnd::Paragraph if !self.in_item => {
                let runs = std::mem::take(&mut self.runs);
                self.blocks.push(Block::Text(runs));
            }
            TagEnd::Item => {
                self.in_item = false;
                let number = self.lists.last_mut().and_then(|next| {
                    let number = *next;
                    *next = next.map(|n| n + 1);
                    number
                });
                let runs = std::mem::take(&mut self.runs);
                self.blocks.push(Block::Item { number, runs });
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Strong => self.style.strong = false,
            TagEnd::Link => self.style.to = None,
            _ => {}
        }
    }
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::CauseId;

    fn plain(text: &str) -> Run {
        Run {
            text: text.into(),
            ..Run::default()
        }
    }

    #[test]
    fn what_pages_use_of_markdown_becomes_blocks() {
        let (title, blocks) = read(
            "# Title\n\nSome **strong** `code`, [self-signed](cause:self-signed)\nand more.\n\n## Part {#part}\n1. one\n2. two\n\n- dot\n\n```\na b\n\nc\n```\n",
        );
        assert_eq!(title, "Title");
        let strong = Run {
            strong: true,
            ..plain("strong")
        };
        let code = Run {
            code: true,
            ..plain("code")
        };
        let link = Run {
            to: Some(Place::Cause(CauseId::SELF_SIGNED)),
            ..plain("self-signed")
        };
        assert_eq!(
            blocks,
            [
                Block::Text(vec![
                    plain("Some "),
                    strong,
                    plain(" "),
                    code,
                    plain(", "),
                    link,
                    plain(" "),
                    plain("and more."),
                ]),
                Block::Heading {
                    level: 2,
                    id: "part".into(),
                    runs: vec![plain("Part")]
                },
                Block::Item {
                    number: Some(1),
                    runs: vec![plain("one")]
                },
                Block::Item {
                    number: Some(2),
                    runs: vec![plain("two")]
                },
                Block::Item {
                    number: None,
                    runs: vec![plain("dot")]
                },
                Block::Code(vec!["a b".into(), String::new(), "c".into()]),
            ]
        );
    }

    #[test]
    fn places_are_only_those_that_exist() {
        assert_eq!(
            Place::parse("cause:unknown-ca"),
            Some(Place::Cause(CauseId::UNKNOWN_CA))
        );
        assert_eq!(
            Place::parse("page:glossary#ca"),
            Some(Place::Page {
                id: "glossary",
                heading: Some("ca".into())
            })
        );
        for wrong in [
            "cause:nothing",
            "page:nothing",
            "https://example.com/",
            "",
            "glossary",
        ] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
    }
}

//! A small tree of an XML file: elements, text, line numbers. Entities other than XML's own five and numbers are
//! refused, a document type too: nothing is ever expanded or fetched. Not here: what elements mean.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::ProfileError;
use crate::msg::Msg;

/// The deepest element.
const DEEPEST: usize = 48;
/// The most elements.
const MOST: usize = 50_000;

/// One element. It may hold a secret, so it cannot be shown.
pub(super) struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// The text directly in it, trimmed.
    pub text: String,
    /// What is in it, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The first element of this name directly in this one; names are compared without case.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(name))
    }

    /// The element at the end of this way.
    pub(super) fn at(&self, way: &[&str]) -> Option<&Self> {
        way.iter().try_fold(self, |at, name| at.child(name))
    }

    /// All elements of this name, however deep, in order.
    pub(super) fn all<'e>(&'e self, name: &str) -> Vec<&'e Self> {
        let mut found = Vec::new();
        let mut open: Vec<&Self> = vec![self];
        while let Some(element) = open.pop() {
            if element.is(name) {
                found.push(element);
            }
            open.extend(element.children.iter().rev());
        }
        found
    }

    /// The text of the child of this name, where it has some.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name)
            .map(|child| child.text.as_str())
            .filter(|text| !text.is_empty())
    }

    /// Whether it has this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The name of the outermost element, as far as can be told at a glance.
pub(super) fn root(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) => return Some(name(&start)),
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Element, ProfileError> {
    let mut reader = Reader::from_str(text);
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0_usize;
    let mut outermost: Option<Element> = None;
    loop {
        let event = reader.read_event();
        let line = lines.up_to(reader.buffer_position());
        let wrong = |id| ProfileError::at(line, Msg::new(id));
        match event.map_err(|_| wrong("profile.read.xml"))? {
            Event::Start(start) => {
                count += 1;
                if open.len() >= DEEPEST || count > MOST || outermost.is_some() {
                    return Err(wrong("profile.read.xml-too-much"));
                }
                open.push(element(&start, line));
            }
            Event::Empty(start) => {
                count += 1;
                if count > MOST || outermost.is_some() {
                    return Err(wrong("profile.read.xml-too-much"));
                }
                let empty = element(&start, line);
                match open.last_mut() {
                    Some(parent) => parent.children.push(empty),
                    None => outermost = Some(empty),
                }
            }
            Event::End(_) => {
                let Some(mut closed) = open.pop() else {
                    return Err(wrong("profile.read.xml"));
                };
                closed.text = closed.text.trim().to_owned();
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => outermost = Some(closed),
                }
            }
            Event::Text(text) => push(&mut open, &text),
            Event::CData(text) => push(&mut open, &text),
            Event::GeneralRef(reference) => {
                let of_five = match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                let Some(character) = of_five else {
                    return Err(wrong("profile.read.entity"));
                };
                if let Some(parent) = open.last_mut() {
                    parent.text.push(character);
                }
            }
            // Property lists name one; what it declares is refused where it is used.
            Event::DocType(doctype) => {
                if doctype.contains('[') {
                    return Err(wrong("profile.read.entity"));
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match outermost {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(ProfileError::at(
            lines.up_to(u64::MAX),
            Msg::new("profile.read.xml-ends"),
        )),
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(parent) = open.last_mut() {
        parent.text.push_str(text);
    }
}

fn element(start: &BytesStart<'_>, line: usize) -> Element {
    Element {
        name: name(start),
        line,
        text: String::new(),
        children: Vec::new(),
    }
}

fn name(start: &BytesStart<'_>) -> String {
    start.local_name().into_inner().to_owned()
}

/// Lines counted as the reader goes on.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn up_to(&mut self, position: u64) -> usize {
        let to = usize::try_from(position)
            .unwrap_or(usize::MAX)
            .min(self.text.len());
        let fresh = self.text.as_bytes().get(self.at..to).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', fresh).count();
        self.at = self.at.max(to);
        self.line
    }
}

//! `vpnmedic explain`: a message to what it points to. No network.

use std::path::Path;

use super::args::{Common, ExplainArgs};
use super::{Exit, Refusal, print, refuse, setup};
use crate::msg::Msg;
use crate::report::ExplainReader;

/// The most that is read of standard input, in bytes: what is longer than the text looked at is a log.
const MOST: u64 = 1 << 20;

/// Explains the text given, or standard input.
pub fn run(common: &Common, args: &ExplainArgs) -> Result<Exit, Refusal> {
    let text = match args.text.as_slice() {
        [one] if one == "-" => {
            let bytes = setup::read_within(Path::new("-"), MOST)?
                .ok_or_else(|| refuse(&Msg::new("refusal.text-too-long")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        words => words.join(" "),
    };
    if text.trim().is_empty() {
        return Err(refuse(&Msg::new("refusal.no-text")));
    }
    let knowledge = setup::knowledge_without_tree(common)?;
    let catalogue = knowledge.messages();
    let explanation = catalogue.explain(&text);
    let reader = ExplainReader {
        knowledge: &knowledge,
        catalogue: &catalogue,
        lang: setup::language(common, Some(&knowledge.wizard.site)),
        system: setup::system(common),
    };
    if args.json {
        let line = reader.explained_json(&explanation);
        print(&(line.map_err(|error| Refusal(format!("cannot write JSON: {error}")))? + "\n"))?;
    } else {
        print(&reader.explained_text(&explanation))?;
    }
    Ok(ExplainReader::verdict(&explanation).into())
}

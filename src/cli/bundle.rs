//! `vpnmedic bundle`: a kept session in one file to hand over. No network.

use std::path::PathBuf;

use super::args::{BundleArgs, Common};
use super::kept::{Kept, not_saved, shown};
use super::{Exit, Refusal, print, setup};
use crate::evidence::UnixTime;
use crate::msg::Msg;
use crate::report::save::{Saved, save_bytes};
use crate::session::bundle::{Contents, Packing, file_name, pack};
use crate::session::redact::Level;
use crate::text::sanitise;

/// Carries the verb out.
pub fn run(common: &Common, args: &BundleArgs) -> Result<Exit, Refusal> {
    let (knowledge, stores) = setup::knowledge_and_stores(common)?;
    let kept = Kept::open(&args.session)?;
    let conclude = kept.reasoner(common, &knowledge, stores)?;
    // What somebody took out is not put back by packing it again.
    let before = kept
        .manifest
        .as_ref()
        .map_or(Level::None, |manifest| manifest.redaction);
    let level = Level::from(args.redact).max(before);
    let packing = Packing {
        knowledge: &knowledge,
        journal: &kept.journal,
        conclude: &*conclude,
        level,
        made_at: UnixTime::from(std::time::SystemTime::now()),
    };
    let contents = pack(&packing)
        .map_err(|error| Refusal(format!("the session cannot be packed: {error}")))?;
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    let say = |msg: &Msg| knowledge.texts.render(lang, msg);
    let mut out = Vec::new();
    if args.preview {
        out.extend(inside(&contents, &say));
    } else {
        let path = args
            .output
            .clone()
            .unwrap_or_else(|| PathBuf::from(file_name(kept.journal.began)));
        match save_bytes(&path.to_string_lossy(), &contents.packed, args.force) {
            Saved::As(path) => {
                let written = Msg::new("bundle.written").with("file", shown(&path));
                out.push(say(&written.with("bytes", contents.packed.len())));
            }
            other => return Err(not_saved(&other)),
        }
    }
    out.push(say(&Msg::new(match level {
        Level::None => "bundle.level.none",
        Level::Names => "bundle.level.names",
        Level::Strict => "bundle.level.strict",
    })));
    if !args.preview {
        out.push(say(&Msg::new("bundle.check")));
    }
    print(&(out.join("\n") + "\n"))?;
    Ok(Exit::Healthy)
}

/// What is in it, and what stands for what.
fn inside(contents: &Contents, say: &dyn Fn(&Msg) -> String) -> Vec<String> {
    let mut out = vec![format!("{}:", say(&Msg::new("bundle.inside")))];
    out.extend(
        contents
            .files
            .iter()
            .map(|(name, text)| format!("  {name:<18}{:>10}", text.len())),
    );
    if contents.replaced.is_empty() {
        out.push(say(&Msg::new("bundle.nothing-replaced")));
        return out;
    }
    out.push(format!("{}:", say(&Msg::new("bundle.replaced"))));
    let pairs = contents.replaced.iter();
    out.extend(pairs.map(|(thing, stands)| format!("  {stands:<24}{}", sanitise(thing))));
    out
}

//! Tests of the knowledge as a whole: what is embedded, what the linter finds, how the walk behaves.

mod coverage;
mod edges;
mod facts;
mod knowledge;
mod lint;
mod messages;
mod messages_lint;
mod safety;
mod settings;
mod site;
mod site_messages;
mod sources;
mod walk;

use super::*;

/// The embedded knowledge.
fn knowledge() -> Knowledge {
    match Knowledge::load(None) {
        Ok(knowledge) => knowledge,
        Err(errors) => {
            let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}\n{} errors", shown.join("\n"), shown.len());
        }
    }
}

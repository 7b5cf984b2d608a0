//! A saved chain in place of a gateway: it is there at once, and nothing runs.

use crate::session::{SavedFile, SessionEvent};

use super::super::model::{Model, Pane, Reasoner};
use super::{apply, focus};

/// Shows a saved chain, the pane with its certificates first: what a start with a file does. `judge` draws the
/// conclusions from it, whatever the evidence.
pub fn open_file(model: &mut Model, file: SavedFile, judge: Reasoner) {
    model.reasoner = judge;
    model.finding = 0;
    model.held = None;
    apply(model, &SessionEvent::FileOpened(file));
    model.conclusions = model
        .session
        .evidence()
        .map(|evidence| (model.reasoner)(evidence, model.session.system()));
    focus(model, Pane::Chain);
}

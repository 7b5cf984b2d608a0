//! The knowledge: what causes are called and mean, the steps, the decision tree, the words of the interface.
//!
//! Files are read elsewhere; this room is given their text. It knows how to load, lint, localise and walk, and nothing
//! of probes, screens or clocks.

mod model;

pub use model::{
    Answer, Cause, Choice, Condition, Fill, Gateway, Knowledge, Lang, Layer, LintError, Node,
    NodeKind, Owner, Place, PortalCheck, Site, Step, StepKind, Symptom, System, Text, Texts,
    Wizard,
};

//! The knowledge: what causes are called and mean, the steps, the decision tree, the words of the interface.
//!
//! Files are read elsewhere; this room is given their text. It knows how to load, lint, localise and walk, and nothing
//! of probes, screens or clocks.

mod advice;
mod advisories;
mod cause_file;
mod cause_steps;
mod causes;
mod clients;
mod coverage;
pub mod device_marks;
mod embedded;
mod exempt;
pub mod library;
mod load;
mod log_places;
pub mod messages;
mod model;
mod placeholder;
mod profile_places;
mod reader;
mod site_causes;
mod source;
mod texts;
mod tree;
mod walk;
mod wizard_file;

pub use crate::evidence::{System, Verified};
pub use advisories::{
    Advisories, DistrustEvent, DistrustRule, DistrustedCa, EndedRoot, Marks, Programme, Scope,
    ValidityLimit,
};
pub use causes::Causes;
pub use clients::{Client, Clients, Fetching, Known, Roots};
pub use coverage::{Coverage, Covered, Gap, Missing};
pub use device_marks::{ClientMarks, SecurityMarks, fits};
pub use embedded::built_in_texts;
pub use load::{SiteFiles, lint};
pub use log_places::LogPlace;
pub use model::{
    Answer, Cause, Choice, Condition, Contact, Fill, Gateway, Knowledge, Lang, Layer, Link,
    LintError, Node, NodeKind, Owner, Place, PortalCheck, Site, Step, StepKind, Symptom, Text,
    Texts, Wizard,
};
pub use profile_places::ProfilePlace;
pub use source::{MAX_FILE, read_bounded};
pub use walk::{By, COMPARE, Facts, Heard, NoFacts, Passed, Position, Walk};

#[cfg(test)]
mod tests;

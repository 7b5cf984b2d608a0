//! What can lie over the panes, and what is typed and chosen in it. What it does is in [`super::super::update`], how it
//! looks in [`super::super::view`].

use std::path::PathBuf;
use std::sync::Arc;

use tui_input::Input;

use crate::cause::CauseId;
use crate::evidence::UnixTime;
use crate::guide::library::Place;
use crate::session::bundle::Contents;
use crate::session::compare::Comparison;
use crate::session::journal::Summary;

use super::super::update::PracticeEnd;

/// What lies over the panes.
#[derive(Clone, Debug)]
pub enum Popup {
    /// The help.
    Help {
        /// First line shown.
        scroll: usize,
    },
    /// The palette: find a command by its name.
    Palette {
        /// What was typed.
        field: Input,
        /// The chosen one of those that match.
        chosen: usize,
    },
    /// The library: what is typed finds pages and causes.
    Library {
        /// What was typed.
        field: Input,
        /// The chosen one of those found.
        chosen: usize,
    },
    /// A page of the library, or a cause, to read.
    Reading(Box<Reading>),
    /// Address pool arithmetic.
    Pool(Box<PoolForm>),
    /// One certificate in full.
    Certificate {
        /// Its place in the diagnosis' chain.
        entry: usize,
        /// First line shown.
        scroll: usize,
    },
    /// What was found, ruled out and not checked, in full.
    Results {
        /// First line shown.
        scroll: usize,
    },
    /// What this device says of itself.
    Device {
        /// First line shown.
        scroll: usize,
    },
    /// Text was handed to the clipboard; how to get it if that did not work.
    Copied {
        /// The text.
        text: String,
    },
    /// Text alone on the screen, to be selected with the terminal's own means.
    Text {
        /// The text.
        text: String,
        /// First line shown.
        scroll: usize,
    },
    /// The end of a lesson.
    Practice(PracticeEnd),
    /// Saving a report: which format, and where to.
    Report(Box<ReportForm>),
    /// Putting the session into a file to hand over: how much is taken out, what goes in, and where to.
    Bundle(Box<BundleForm>),
    /// Whether to go on with the last session, which did not end.
    Resume {
        /// What it was about.
        summary: Box<Summary>,
        /// 0 to go on, 1 to begin anew.
        chosen: usize,
    },
    /// A note beside a step.
    Note {
        /// The step's code.
        code: String,
        /// What is typed.
        field: Input,
    },
    /// What was changed, the last first, to take back.
    Changes {
        /// The chosen one.
        chosen: usize,
    },
    /// Before the first step that changes something: save what is there.
    Saving {
        /// The cause whose steps begin.
        cause: CauseId,
        /// 0 when it is saved, 1 to go on without.
        chosen: usize,
    },
    /// Steps as QR codes.
    Phone {
        /// The cause they are for.
        cause: CauseId,
        /// Which of the codes is on show.
        part: usize,
    },
    /// Two runs side by side.
    Compared(Box<Compared>),
    /// The sessions that are kept.
    Sessions(Box<SessionList>),
    /// Whether to leave a walk that is under way.
    Leave {
        /// 0 to stay, 1 to leave, 2 to see the changes.
        chosen: usize,
        /// What was open: who stays goes on there.
        under: Option<Box<Popup>>,
    },
}

impl Popup {
    /// What the person is at: what lies under the question whether to leave, where that is asked.
    pub fn beneath(&mut self) -> &mut Self {
        match self {
            Self::Leave {
                under: Some(under), ..
            } => under,
            other => other,
        }
    }

    /// Whether it is only read: nothing is typed or chosen in it, and the arrow keys scroll it.
    pub fn is_read(&self) -> bool {
        matches!(
            self,
            Self::Help { .. }
                | Self::Reading(_)
                | Self::Certificate { .. }
                | Self::Results { .. }
                | Self::Device { .. }
                | Self::Compared(_)
        )
    }
}

/// What is read in the library, and the way there.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What is read.
    pub place: Place,
    /// First line shown.
    pub scroll: usize,
    /// The chosen link, by its number on the page.
    pub link: Option<usize>,
    /// What was read before, with its first line and its link, the last one last.
    pub way: Vec<(Place, usize, Option<usize>)>,
    /// What had been typed to get there.
    pub field: Input,
}

/// What is chosen and typed for saving a report.
#[derive(Clone, Debug)]
pub struct ReportForm {
    /// The format, by its place in [`crate::report::session::Format::ALL`].
    pub format: usize,
    /// The file's name.
    pub path: Input,
    /// The moment the form was opened: the report's own.
    pub made_at: UnixTime,
    /// What kept the last attempt from being saved.
    pub trouble: Option<crate::report::save::Saved>,
}

/// What is chosen and typed for a bundle, and what it would hold.
#[derive(Clone, Debug)]
pub struct BundleForm {
    /// The journal that is packed.
    pub journal: PathBuf,
    /// How much is taken out, by its place in [`crate::session::redact::Level::ALL`].
    pub level: usize,
    /// What was packed at each of the levels, or why it could not be; none where it was not asked for yet. What is
    /// saved is what is shown, to the byte.
    pub packed: [Option<Packed>; 3],
    /// The file's name.
    pub path: Input,
    /// The moment the form was opened: the bundle's own.
    pub made_at: UnixTime,
    /// First line shown.
    pub scroll: usize,
    /// What kept the last attempt from being saved.
    pub trouble: Option<crate::report::save::Saved>,
}

/// A packed session, or why it could not be packed.
pub type Packed = Result<Arc<Contents>, String>;

/// Two runs side by side.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What differs.
    pub comparison: Comparison,
    /// When each run began.
    pub times: [Option<UnixTime>; 2],
    /// Whether both came to their end, so that causes can be compared.
    pub both_concluded: bool,
    /// First line shown.
    pub scroll: usize,
}

/// The sessions that are kept.
#[derive(Clone, Debug, Default)]
pub struct SessionList {
    /// What was typed to find one.
    pub field: Input,
    /// The chosen one of those that match.
    pub chosen: usize,
    /// All of them, the newest first; none while the folder is read.
    pub all: Option<Vec<Summary>>,
    /// The one that is deleted if the key is pressed once more.
    pub doomed: Option<PathBuf>,
}

/// What is typed into the address pool form.
#[derive(Clone, Debug, Default)]
pub struct PoolForm {
    /// People at the peak, the pool, networks that it must not overlap.
    pub fields: [Input; 3],
    /// The field that is typed in.
    pub at: usize,
    /// First line shown.
    pub scroll: usize,
}

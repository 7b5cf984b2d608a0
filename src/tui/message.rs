//! What reaches the screen from outside, and what it asks for in return. Both are data: only [`super::app`] touches
//! the terminal, the network and the clock.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::device::profiles::Profiles;
use crate::evidence::{DeviceEvidence, ProbeEvent, ProbeId, Target, UnixTime};
use crate::plan::Lan;
use crate::practice::Fault;
use crate::session::journal::{Journal, News, Summary};

use super::model::Packed;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key went down.
    Key {
        /// Which.
        key: KeyEvent,
        /// This device's clock.
        now: UnixTime,
    },
    /// The mouse did something.
    Mouse {
        /// What.
        event: MouseEvent,
        /// This device's clock.
        now: UnixTime,
    },
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resized(u16, u16),
    /// Checks of this run reported, in order.
    Probes {
        /// The number of the run ([`crate::session::Session::runs`]); reports of earlier runs are dropped.
        run: u32,
        /// What they reported.
        events: Vec<ProbeEvent>,
    },
    /// The networks this device is in.
    Lans(Vec<Lan>),
    /// What this device says of itself; none where this build cannot ask it.
    Device(Option<Box<DeviceEvidence>>),
    /// The saved connections of this device.
    Profiles(Profiles),
    /// A session that was asked for is packed at this level ([`crate::session::redact::Level::ALL`]), or cannot be.
    Packed {
        /// The level's place.
        level: usize,
        /// What came of it.
        packed: Packed,
    },
    /// What came of saving a bundle.
    BundleSaved(crate::report::save::Saved),
    /// What came of saving a report.
    Saved(crate::report::save::Saved),
    /// What became of writing the session down.
    Keeping(News),
    /// What the person just did may not be on the disk yet.
    SlowDisk,
    /// The last session did not end.
    Unfinished(Box<Summary>),
    /// A session that was kept is opened, to go on with.
    Reopened {
        /// What happened in it.
        journal: Box<Journal>,
        /// Whether it is written into a new journal, because the old one cannot be gone on with.
        anew: bool,
    },
    /// The sessions that are kept, the newest first.
    Sessions(Vec<Summary>),
    /// A session that was asked for, to compare with.
    ToCompare(Box<Journal>),
    /// A session that was asked for cannot be opened, and why.
    NotOpened(String),
    /// A moment passed while checks run.
    Tick {
        /// Milliseconds since the run began.
        elapsed_ms: u64,
    },
}

/// Something to be done outside the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Run the checks on this gateway, in place of any that run.
    StartChecks {
        /// The gateway.
        target: Target,
        /// The number of the run, to come back with its reports.
        run: u32,
        /// Checks that are not made again: what the run before saw of them stands.
        left_out: Vec<ProbeId>,
    },
    /// Stop the checks that run.
    CancelChecks,
    /// Open a practice gateway broken in this way, in place of any that is open.
    Practise {
        /// What is broken.
        fault: Fault,
        /// The number it was drawn by.
        seed: u64,
    },
    /// Look which networks this device is in.
    ReadLans,
    /// Make the library's index, so that the first key typed in it does not wait.
    PrepareSearch,
    /// Ask this device about itself.
    ReadDevice,
    /// Open the session in this journal and go on with it.
    Reopen(PathBuf),
    /// Read which sessions are kept.
    ListSessions,
    /// Read the session in this journal, to compare with.
    ReadSession(PathBuf),
    /// Delete this journal.
    DeleteSession(PathBuf),
    /// Hand text to the clipboard.
    Copy(String),
    /// Put a report into a file.
    SaveReport {
        /// The file's name, as it was typed.
        path: String,
        /// The report.
        text: String,
        /// Whether what lies there may be replaced.
        replace: bool,
    },
    /// Pack the session in this journal at this level, beside the screen.
    Pack {
        /// The journal.
        journal: PathBuf,
        /// The level's place in [`crate::session::redact::Level::ALL`].
        level: usize,
        /// The bundle's moment.
        made_at: UnixTime,
    },
    /// Put a bundle into a file.
    SaveBundle {
        /// The file's name, as it was typed.
        path: String,
        /// The bundle.
        bytes: Vec<u8>,
        /// Whether what lies there may be replaced.
        replace: bool,
    },
    /// Report the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Stand aside for the shell.
    Suspend,
    /// Forget what was drawn and draw everything.
    Redraw,
    /// Leave.
    Quit,
}

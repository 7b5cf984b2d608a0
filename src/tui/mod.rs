//! The full-screen wizard: how the knowledge, a session and what checks report become a screen, and keys become
//! events. How to look and how to reason is not here.
//!
//! ```text
//! terminal, checks, timer -> Message -> update(Model) -> Effects -> terminal, checks
//!                                          |
//!                                          v
//!                                    view(&Model, Frame)
//! ```

mod app;
mod codes;
mod hidden;
mod journal;
mod keymap;
mod message;
mod model;
mod page;
mod panes;
pub mod plain;
mod qr;
mod replay;
mod terminal;
mod theme;
mod update;
mod view;
mod watch;
mod words;
use crate::wrap;

pub use app::{Left, Opened, PracticeStart, Start, run};
pub use journal::Keep;
pub use model::Reasoner;
pub use replay::{ReplayStart, replay};
pub use terminal::restore;
pub use theme::ThemeName;
pub use watch::{WatchKey, WatchLook, WatchScreen, state_words};

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod storm;

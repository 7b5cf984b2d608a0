//! Watching: the same gateways checked again and again, what changed from one check to the next, and when the next one
//! is due. Pure: the checks, the clock and the screen are elsewhere, and what is kept stays the same size for days.

mod schedule;
mod state;

pub use schedule::{JITTER_PERCENT, MIN_EVERY, Schedule, too_often};
pub use state::{Change, Row, Seen, State, Watch};

#[cfg(test)]
mod tests;

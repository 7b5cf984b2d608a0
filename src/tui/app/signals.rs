//! The signals of the system, as far as they concern the screen: to leave, to stand aside, to go on. What follows from
//! them is the loop's.

use std::io;

/// Signals that concern the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Leave,
    #[cfg(unix)]
    StandAside,
    #[cfg(unix)]
    GoOn,
}

/// The signals of the system, as far as they concern the screen.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
    go_on: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let raw = |number| signal(SignalKind::from_raw(number));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            stop: raw(signal_hook::consts::SIGTSTP)?,
            go_on: raw(signal_hook::consts::SIGCONT)?,
        })
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Leave,
            _ = self.interrupt.recv() => Signal::Leave,
            _ = self.hang_up.recv() => Signal::Leave,
            _ = self.stop.recv() => Signal::StandAside,
            _ = self.go_on.recv() => Signal::GoOn,
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Leave,
            Err(_) => std::future::pending().await,
        }
    }
}

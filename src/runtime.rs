//! The asynchronous runtime that checks and the screen run on. Where the system gives too few files or threads, tokio
//! panics while it begins: so there has to be room first, and where there is none, that is said in words.
//!
//! Not here: raising this process's own limits (`cli::check::places`).

use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Runtime};

/// Pipes that have to fit, two files each: what the runtime itself takes (seven), and the first connections.
const PIPES: usize = 8;
/// Threads that have to fit beside the workers: the one that resolves names, and one that reads files.
const BESIDE: usize = 2;

/// Begins one, with at most so many workers, or with one for each processor.
///
/// # Errors
/// Where the system has no room for it; the error says of what.
pub(crate) fn begin(workers: Option<usize>) -> io::Result<Runtime> {
    files()?;
    let processors = || thread::available_parallelism().map_or(1, NonZero::get);
    let wanted = workers.unwrap_or_else(processors);
    let workers = threads(wanted + BESIDE)?.min(wanted);
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
}

/// A runtime that is being begun beside what has to be read before it is needed.
pub struct Beginning(Result<JoinHandle<io::Result<Runtime>>, Option<usize>>);

impl Beginning {
    /// Begins one with at most so many workers, or with one for each processor.
    pub fn early(workers: Option<usize>) -> Self {
        let begun = thread::Builder::new().spawn(move || begin(workers));
        Self(begun.map_err(|_| workers))
    }

    /// The runtime; waits for it.
    ///
    /// # Errors
    /// Where the system has no room for it; the error says of what.
    pub(crate) fn get(self) -> io::Result<Runtime> {
        match self.0 {
            Ok(begun) => begun.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // The system had no thread to give for that.
            Err(workers) => begin(workers),
        }
    }
}

/// Whether some files more can be opened; they are closed again.
fn files() -> io::Result<()> {
    let pipes: Result<Vec<_>, _> = (0..PIPES).map(|_| io::pipe()).collect();
    pipes.map(drop)
}

/// How many workers there is room for, of so many threads: at least one. Twice as many are begun, since the system may
/// go on counting a thread for a moment after its end.
fn threads(count: usize) -> io::Result<usize> {
    let gate = Arc::new(Mutex::new(()));
    // Shut until all stand before it.
    let shut = gate.lock();
    let mut begun = Vec::new();
    let mut refused = None;
    while begun.len() < 2 * count && refused.is_none() {
        let gate = Arc::clone(&gate);
        match thread::Builder::new().spawn(move || drop(gate.lock())) {
            Ok(thread) => begun.push(thread),
            Err(error) => refused = Some(error),
        }
    }
    drop(shut);
    let room = begun.len() / 2;
    for thread in begun {
        // It does nothing that could fail.
        let _ = thread.join();
    }
    match refused {
        Some(error) if room <= BESIDE => Err(io::Error::new(
            error.kind(),
            format!("no more threads to be had: {error}"),
        )),
        _ => Ok(room - BESIDE.min(room)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_room_it_begins() {
        let runtime = begin(Some(1)).expect("room");
        assert_eq!(runtime.block_on(async { 7 }), 7);
        assert_eq!(threads(3).expect("room"), 1);
        let early = Beginning::early(Some(1)).get().expect("room");
        assert_eq!(early.block_on(async { 8 }), 8);
    }
}

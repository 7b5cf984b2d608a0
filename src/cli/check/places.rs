//! How many gateways are looked at side by side, and that silent ones do not hold up the others.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Gateways looked at side by side, where nothing else is said.
const AT_ONCE: usize = 64;
/// Gateways that may be waited for beside those, having been silent for long.
const ASIDE: usize = 256;
/// A healthy gateway has long answered by then; one that has not steps aside.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Files that one check has open at its busiest: the connections of its budget, and a few sockets for DNS and clocks.
const FILES_EACH: u64 = 16;
/// Files that the program itself needs.
const FILES_KEPT: u64 = 64;
/// As many open files as are asked for: enough for both kinds of places.
const FILES_WANTED: u64 = FILES_KEPT + FILES_EACH * (AT_ONCE + ASIDE) as u64;

/// Places for checks.
#[derive(Clone, Debug)]
pub struct Places {
    /// For those that have just begun.
    ahead: Arc<Semaphore>,
    /// For those that wait for a silent gateway.
    aside: Arc<Semaphore>,
    /// How many begin side by side.
    pub count: usize,
    patience: Duration,
    /// The limit on open files, where it allows fewer places than were wanted.
    pub short_of: Option<u64>,
}

/// A place that was taken.
pub struct Place {
    ahead: OwnedSemaphorePermit,
    aside: Arc<Semaphore>,
    patience: Duration,
}

impl Places {
    /// As many as asked for (64 unless said) and as this system's limit on open files allows.
    pub fn new(asked: Option<usize>) -> Self {
        Self::within(asked, open_files(FILES_WANTED))
    }

    fn within(asked: Option<usize>, files: u64) -> Self {
        let wanted = asked.unwrap_or(AT_ONCE);
        let checks = files.saturating_sub(FILES_KEPT) / FILES_EACH;
        let checks = usize::try_from(checks).unwrap_or(usize::MAX).max(1);
        let count = wanted.min(checks).max(1);
        Self {
            ahead: Arc::new(Semaphore::new(count)),
            aside: Arc::new(Semaphore::new((checks - count).min(ASIDE))),
            count,
            patience: PATIENCE,
            short_of: (count < wanted).then_some(files),
        }
    }

    /// The next free place; none if there can be no more.
    pub async fn take(&self) -> Option<Place> {
        let ahead = Arc::clone(&self.ahead).acquire_owned().await.ok()?;
        let aside = Arc::clone(&self.aside);
        Some(Place {
            ahead,
            aside,
            patience: self.patience,
        })
    }
}

impl Place {
    /// Carries `work` out. Once it has taken long, it gives its place to the next and goes on beside it, as far as there
    /// is room: a hundred dead gateways do not make the living ones wait.
    pub async fn hold<T>(self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        if let Ok(done) = tokio::time::timeout(self.patience, &mut work).await {
            return done;
        }
        let Self { ahead, aside, .. } = self;
        let stepped_aside = tokio::select! {
            biased;
            done = &mut work => return done,
            place = aside.acquire_owned() => place,
        };
        drop(ahead);
        let done = work.await;
        drop(stepped_aside);
        done
    }
}

/// How many files this process may have open, after asking for `wanted` as far as the system lets it without rights.
#[cfg(unix)]
fn open_files(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // No limit at all is none that matters.
    let now = limit.current.unwrap_or(u64::MAX);
    if now >= wanted {
        return now;
    }
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let asked = Rlimit {
        current: Some(raised),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, asked) {
        Ok(()) => raised,
        Err(_) => now,
    }
}

/// Windows has no such limit on sockets.
#[cfg(not(unix))]
fn open_files(wanted: u64) -> u64 {
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_open_files_mean_few_places_and_it_is_said() {
        let places = Places::within(None, 256);
        assert_eq!(places.count, 12);
        assert_eq!(places.short_of, Some(256));
        let places = Places::within(None, FILES_WANTED);
        assert_eq!((places.count, places.short_of), (AT_ONCE, None));
        assert_eq!(places.aside.available_permits(), ASIDE);
        assert_eq!(Places::within(Some(900), 100).count, 2);
        assert_eq!(Places::within(None, 0).count, 1);
    }

    /// One place, and ten that never answer before one that does.
    #[tokio::test]
    async fn silent_ones_step_aside_for_those_behind_them() {
        let mut places = Places::within(Some(1), FILES_WANTED);
        places.patience = Duration::from_millis(1);
        let (done, mut finished) = tokio::sync::mpsc::unbounded_channel();
        for n in 0..=10_u32 {
            let (place, done) = (places.take().await.expect("a place"), done.clone());
            tokio::spawn(async move {
                let work = async {
                    if n < 10 {
                        std::future::pending::<()>().await;
                    }
                };
                place.hold(work).await;
                let _ = done.send(n);
            });
        }
        assert_eq!(finished.recv().await, Some(10));
        assert_eq!(places.aside.available_permits(), ASIDE - 10);
    }
}

//! The journal as the loop sees it: hands what happened to the thread that writes, waits for the disk where the person
//! did something, opens sessions that were kept.
//!
//! Not here: files and their format ([`crate::session::journal`]), what an opened session becomes (`update`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::evidence::UnixTime;
use crate::guide::{Lang, System};
use crate::session::journal::{
    self, Appender, Entry, GoOnError, Header, Keeper, Kept, News, Place, Trouble,
};

use super::message::Message;

/// How long a frame waits for the disk. A disk that is slower than this must not stop the person.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long leaving waits for it.
const LAST_PATIENCE: Duration = Duration::from_secs(2);

/// Whether and where a session is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Nowhere.
    #[default]
    Nothing,
    /// In this folder; none where this person has no home.
    In(Option<Place>),
}

/// Writes the session of the screen down.
pub(super) struct Scribe {
    keeper: Option<Keeper>,
    place: Option<Place>,
    news: UnboundedReceiver<News>,
    looking: Option<JoinHandle<Option<Message>>>,
}

impl Scribe {
    pub fn new(keep: Keep, lang: Lang, system: System) -> Self {
        let (sender, news) = unbounded_channel();
        let (keeper, place) = match keep {
            Keep::Nothing => (None, None),
            Keep::In(place) => {
                let header = Header::new(lang, system);
                let keeper = Keeper::begin(place.clone(), header, sender.clone());
                if let Err(error) = &keeper {
                    // A process that may have no more threads cannot write; the wizard goes on without.
                    let _ = sender.send(News::Trouble(Trouble::from(error)));
                }
                (keeper.ok(), place)
            }
        };
        Self {
            keeper,
            place,
            news,
            looking: None,
        }
    }

    /// Whether anything is written down.
    pub fn keeps(&self) -> bool {
        self.keeper.is_some()
    }

    /// Looks, beside the screen, whether the last session did not end.
    pub fn look_for_last(&mut self) {
        let Some(place) = self.place.clone().filter(|_| self.keeper.is_some()) else {
            return;
        };
        self.looking = Some(spawn_blocking(move || {
            let (summary, _) = journal::newest(&place)?;
            (!summary.ended).then(|| Message::Unfinished(Box::new(summary)))
        }));
    }

    /// Reads, beside the screen, which sessions are kept.
    pub fn list(&mut self) {
        let place = self.place.clone();
        self.looking = Some(spawn_blocking(move || {
            let all = place.map(|place| journal::list(&place)).unwrap_or_default();
            Some(Message::Sessions(all.into_iter().flatten().collect()))
        }));
    }

    /// Reads a kept session to compare with, beside the screen.
    pub fn read(&mut self, path: PathBuf) {
        self.looking = Some(spawn_blocking(move || {
            Some(match journal::read(&path) {
                Ok(journal) => Message::ToCompare(Box::new(journal)),
                Err(error) => Message::NotOpened(error.to_string()),
            })
        }));
    }

    /// Deletes a kept session, and reads which are left.
    pub fn delete(&mut self, path: &Path) -> Option<Message> {
        let result = journal::delete(path);
        self.list();
        result
            .err()
            .map(|error| Message::NotOpened(error.to_string()))
    }

    /// The next thing to tell the screen.
    pub async fn next(&mut self) -> Message {
        loop {
            let looking = &mut self.looking;
            tokio::select! {
                Some(news) = self.news.recv() => return Message::Keeping(news),
                found = async {
                    match looking {
                        Some(task) => task.await,
                        None => std::future::pending().await,
                    }
                } => {
                    self.looking = None;
                    if let Ok(Some(message)) = found {
                        return message;
                    }
                }
                else => return std::future::pending().await,
            }
        }
    }

    /// Writes down what happened; where the person did it, waits for the disk. What is to be told follows.
    pub async fn write_down(&mut self, happened: Vec<Kept>) -> Vec<Message> {
        let mut said = Vec::new();
        if let Some(keeper) = &self.keeper
            && !happened.is_empty()
            && let Some(written) = keeper.keep(happened)
            && timeout(PATIENCE, written).await.is_err()
        {
            said.push(Message::SlowDisk);
        }
        while let Ok(news) = self.news.try_recv() {
            said.push(Message::Keeping(news));
        }
        said
    }

    /// Waits until this and all before it is written, or has been tried for long enough.
    pub async fn flush(&mut self, last: Vec<Kept>) {
        if let Some(written) = self.keeper.as_ref().and_then(|keeper| keeper.keep(last)) {
            // Nothing can be told any more.
            let _ = timeout(LAST_PATIENCE, written).await;
        }
    }

    /// The person leaves.
    pub async fn end(&mut self, mut rest: Vec<Kept>, at: UnixTime) {
        let entry = Entry::Ended;
        rest.push(Kept { at, entry });
        self.flush(rest).await;
    }

    /// Opens a kept session and writes into it from now on. The session until now, if any, ends.
    pub fn reopen(&mut self, path: &Path, mut until_now: Vec<Kept>, at: UnixTime) -> Message {
        let journal = match journal::read(path) {
            Ok(journal) => journal,
            Err(error) => return Message::NotOpened(error.to_string()),
        };
        let appender = match Appender::go_on(path, &journal) {
            Ok(appender) => Some(appender),
            Err(error @ (GoOnError::Busy | GoOnError::Changed)) => {
                return Message::NotOpened(error.to_string());
            }
            // It can be read; it goes on in another file.
            Err(GoOnError::Damaged | GoOnError::Io(_)) => None,
        };
        let anew = appender.is_none();
        if let Some(keeper) = &self.keeper {
            let entry = Entry::Ended;
            until_now.push(Kept { at, entry });
            keeper.keep(until_now);
            match appender {
                Some(appender) => keeper.go_on(appender),
                None => keeper.begin_anew(journal.header.clone()),
            }
        }
        Message::Reopened {
            journal: Box::new(journal),
            anew,
        }
    }
}

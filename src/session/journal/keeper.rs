//! The thread that writes a journal. What the person did is written at once and put onto the disk before it answers;
//! reports of checks are gathered for a moment and left to the system to write out.
//!
//! Where writing fails, what could not be written is held and tried again with the next thing that happens.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::append::{Appender, Trouble};
use super::folder::Place;
use super::{Entry, Header, Kept};
use crate::session::SessionEvent;

/// How long reports of checks are gathered before they are written.
const GATHERED: Duration = Duration::from_millis(100);
/// How many things are held while nothing can be written; then reports of checks are let go.
const HELD: usize = 50_000;

/// What became of writing, told as it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It is kept, in the file of this name.
    Kept(std::path::PathBuf),
    /// Nothing can be kept at the moment.
    Trouble(Trouble),
}

/// Writes a session down, off the screen's path.
#[derive(Debug)]
pub struct Keeper {
    orders: Sender<Order>,
}

enum Order {
    Keep(Vec<Kept>, Option<oneshot::Sender<()>>),
    Switch(Box<Appender>),
    Anew(Header),
}

impl Keeper {
    /// Begins. No file is made before something has happened that is worth keeping.
    pub fn begin(
        place: Option<Place>,
        header: Header,
        news: mpsc::UnboundedSender<News>,
    ) -> std::io::Result<Self> {
        let (orders, taken) = channel();
        let writer = Writer {
            place,
            header,
            file: None,
            held: Vec::new(),
            said: None,
            news,
        };
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(&taken))?;
        Ok(Self { orders })
    }

    /// Writes these down. Where the person did any of them, what is returned is answered once they are on the disk, or
    /// dropped where they could not be written. For nothing at all, it is answered once all before it is written.
    pub fn keep(&self, entries: Vec<Kept>) -> Option<oneshot::Receiver<()>> {
        let asked = entries.is_empty() || entries.iter().any(|kept| kept.entry.is_the_persons());
        let (sender, receiver) = oneshot::channel();
        // The thread ends with this value, never before it.
        let _ = self
            .orders
            .send(Order::Keep(entries, asked.then_some(sender)));
        asked.then_some(receiver)
    }

    /// Writes into this journal from now on; what was not written yet is let go.
    pub fn go_on(&self, appender: Appender) {
        let _ = self.orders.send(Order::Switch(Box::new(appender)));
    }

    /// Writes into a new journal from now on.
    pub fn begin_anew(&self, header: Header) {
        let _ = self.orders.send(Order::Anew(header));
    }
}

struct Writer {
    place: Option<Place>,
    header: Header,
    file: Option<Appender>,
    /// Not written yet.
    held: Vec<Kept>,
    /// What was told last.
    said: Option<News>,
    news: mpsc::UnboundedSender<News>,
}

impl Writer {
    fn run(mut self, orders: &Receiver<Order>) {
        // Ends when the sender is gone, after all that was sent.
        while let Ok(order) = orders.recv() {
            let mut answers = Vec::new();
            self.take(order, &mut answers);
            let until = Instant::now() + GATHERED;
            while answers.is_empty() {
                let left = until.saturating_duration_since(Instant::now());
                match orders.recv_timeout(left) {
                    Ok(order) => self.take(order, &mut answers),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
                }
            }
            if self.write(!answers.is_empty()) {
                for answer in answers {
                    // Nobody waits any longer.
                    let _ = answer.send(());
                }
            }
        }
    }

    fn take(&mut self, order: Order, answers: &mut Vec<oneshot::Sender<()>>) {
        match order {
            Order::Keep(entries, answer) => {
                self.held.extend(entries);
                answers.extend(answer);
                if self.held.len() > HELD {
                    self.held.retain(|kept| kept.entry.is_the_persons());
                }
            }
            Order::Switch(appender) => {
                self.held.clear();
                self.file = Some(*appender);
            }
            Order::Anew(header) => {
                self.held.clear();
                self.file = None;
                self.header = header;
            }
        }
    }

    /// Writes what is held. True where there is nothing left to write.
    fn write(&mut self, sync: bool) -> bool {
        if self.held.is_empty() || (self.file.is_none() && !self.held.iter().any(is_worth_a_file)) {
            return true;
        }
        let result = match &mut self.file {
            Some(file) => file
                .append(&self.held, sync)
                .map_err(|error| Trouble::from(&error)),
            None => self.begin_file(),
        };
        match result {
            Ok(()) => {
                self.held.clear();
                if let Some(file) = &self.file {
                    self.tell(News::Kept(file.path().to_owned()));
                }
                true
            }
            Err(trouble) => {
                self.tell(News::Trouble(trouble));
                false
            }
        }
    }

    fn begin_file(&mut self) -> Result<(), Trouble> {
        let place = self.place.as_ref().ok_or(Trouble::NoHome)?;
        self.file = Some(place.begin(&self.header, &self.held)?);
        Ok(())
    }

    fn tell(&mut self, news: News) {
        if self.said.as_ref() != Some(&news) {
            self.said = Some(news.clone());
            let _ = self.news.send(news);
        }
    }
}

/// Whether a file is made for it: choosing a language is not yet a session, and neither is leaving at once.
fn is_worth_a_file(kept: &Kept) -> bool {
    match &kept.entry {
        Entry::Did(event) => !matches!(
            event,
            SessionEvent::LanguageChosen(_) | SessionEvent::SystemChosen(_)
        ),
        Entry::Resumed { .. } => true,
        Entry::Began(_) | Entry::LeftOut { .. } | Entry::Ended => false,
    }
}

//! Plain mode: the wizard's walk as lines and numbered answers, for screen readers, dumb terminals and scripts. No
//! cursor movement, no spinner, no colour, nothing that is taken back.
//!
//! It shows the very pages of the screen, read line by line (`Page::linear`), and takes their offers the
//! way Enter does: what can be chosen and what follows from it is decided in one place for both.
//!
//! | file | does |
//! | --- | --- |
//! | `answer.rs` | a typed line to a number, a command or text |
//! | `dialogue.rs` | the conversation: what is asked, and what an answer does; pure |
//! | `keep_first.rs` | saving what is there before the first change |
//! | `saving.rs` | saving a report |
//! | `steps.rs` | the steps one by one |
//! | `tell.rs` | what is told besides: checks as they end, help, the checklist, where things stand |
//!
//! Here is the loop that reads, runs the checks and writes. Not here: how to look and how to reason.

mod answer;
mod dialogue;
mod keep_first;
mod saving;
mod say;
mod steps;
mod tell;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};
use std::time::{Duration, SystemTime};

use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::spawn_blocking;

use crate::device::trust_store::Late;
use crate::diagnose::Verdict;
use crate::evidence::{ProbeEvent, ProbeId, Target, UnixTime};
use crate::probe::{self, CheckOptions};
use crate::runtime::Beginning;
use crate::session::again::carried;

use super::app::{Start, parts, read_device};
use super::message::Effect;
use super::wrap;
use dialogue::{Dialogue, Said};

/// The longest line of input that is taken, in bytes; the rest of a longer one is passed over.
const MAX_LINE: u64 = 64 << 10;
/// How long after its own deadline a run may still hand in what it has.
const GRACE: Duration = Duration::from_secs(2);
/// Reports taken in at once, so that a burst of them is judged once.
const BURST: usize = 256;
/// The narrowest terminal that lines are broken for.
const NARROWEST: usize = 20;

/// Walks with the person until they leave or the input ends. `width` is the cells of the terminal that lines are broken
/// for; without it none is. The verdict reached is returned; nothing where nothing was checked.
///
/// # Errors
/// When the input cannot be read or the output not be written. A reader of the output that has gone away is none.
pub fn run(
    start: Start,
    runtime: Beginning,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    width: Option<usize>,
) -> io::Result<Option<Verdict>> {
    let (model, target, options, stores) = parts(start);
    let mut wizard = Wizard {
        dialogue: Dialogue::new(model, options.timeout.as_secs()),
        options,
        stores,
        runtime: runtime.get()?,
        output,
        width: width.map(|cells| cells.max(NARROWEST)),
    };
    let walked = wizard.walk(target, input);
    let verdict = wizard.dialogue.verdict();
    // Checks that hang in a system call must not keep the person waiting.
    wizard.runtime.shutdown_background();
    match walked {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(verdict),
    }
}

struct Wizard<'a> {
    dialogue: Dialogue,
    options: CheckOptions,
    stores: Late,
    runtime: Runtime,
    output: &'a mut dyn Write,
    width: Option<usize>,
}

impl Wizard<'_> {
    fn walk(&mut self, target: Option<Target>, input: &mut dyn BufRead) -> io::Result<()> {
        self.dialogue.greet();
        if let Some(target) = target {
            let effects = self.dialogue.begin(target, now());
            self.apply(effects)?;
        }
        loop {
            self.dialogue.ask();
            self.write()?;
            let Some((line, whole)) = read_line(input)? else {
                self.dialogue.close();
                return self.write();
            };
            if !whole {
                self.dialogue.was_too_long();
            }
            let effects = self.dialogue.take(&line, now());
            self.write()?;
            if self.apply(effects)? {
                return Ok(());
            }
        }
    }

    /// Does what was asked for. True to leave.
    fn apply(&mut self, effects: Vec<Effect>) -> io::Result<bool> {
        for effect in effects {
            match effect {
                Effect::StartChecks {
                    target,
                    run,
                    left_out,
                } => self.check(target, run, &left_out)?,
                Effect::SaveReport {
                    path,
                    text,
                    replace,
                } => {
                    let saved = crate::report::save::save(&path, &text, replace);
                    self.dialogue.saved(saved);
                    self.write()?;
                }
                Effect::ReadDevice => self.dialogue.device_was_read(read_device()),
                Effect::Quit => return Ok(true),
                // The rest is about a screen.
                _ => {}
            }
        }
        Ok(false)
    }

    /// Runs the checks to their end, each told as it ends.
    fn check(&mut self, target: Target, run: u32, left_out: &[ProbeId]) -> io::Result<()> {
        self.write()?;
        let (sender, mut reports) = unbounded_channel();
        let (options, stores) = (self.options.clone(), self.stores.clone());
        let before = self.dialogue.model.session.before();
        let carried = before.map_or_else(Vec::new, |before| carried(before, left_out));
        let task = self.runtime.spawn(async move {
            // Fails only where the stores' reader is gone, and then there is nothing to check against.
            if let Ok(stores) = spawn_blocking(move || stores.get()).await {
                probe::run_again(target, options, stores, carried, sender).await;
            }
        });
        // The run keeps its own deadline; this one holds even if the run itself does not.
        let last = std::time::Instant::now() + self.options.timeout + GRACE;
        loop {
            let mut burst = Vec::new();
            let left = last.saturating_duration_since(std::time::Instant::now());
            let more = self.runtime.block_on(async {
                tokio::time::timeout(left, reports.recv_many(&mut burst, BURST)).await
            });
            let over = !matches!(more, Ok(1..)) || burst.contains(&ProbeEvent::Done);
            if over && !burst.contains(&ProbeEvent::Done) {
                burst.push(ProbeEvent::Done);
            }
            self.dialogue.reported(run, burst);
            self.write()?;
            if over {
                task.abort();
                return Ok(());
            }
        }
    }

    /// Writes what was said since the last time.
    fn write(&mut self) -> io::Result<()> {
        for said in self.dialogue.said() {
            match (said, self.width) {
                (Said::Text(text), Some(cells)) => {
                    for line in wrap::wrap(&text, cells) {
                        writeln!(self.output, "{line}")?;
                    }
                }
                (Said::Text(line) | Said::Typed(line), _) => writeln!(self.output, "{line}")?,
            }
        }
        self.output.flush()
    }
}

/// The next line and whether it was taken whole; none at the end of the input. What is no UTF-8 becomes U+FFFD.
fn read_line(input: &mut dyn BufRead) -> io::Result<Option<(String, bool)>> {
    let mut bytes = Vec::new();
    let mut bounded = io::Read::take(&mut *input, MAX_LINE);
    if bounded.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let whole = bounded.limit() > 0 || bytes.last() == Some(&b'\n');
    if !whole {
        skip_line(input)?;
    }
    Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), whole)))
}

/// Passes over what is left of a line.
fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn now() -> UnixTime {
    UnixTime::from(SystemTime::now())
}

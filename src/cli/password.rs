//! A password from the person: typed on the terminal without being shown, or one line of standard input where that is
//! no terminal. Never from the command line, which other users of a device can read; never kept.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use zeroize::Zeroizing;

/// The longest password that is taken, in bytes.
const MAX_LENGTH: usize = 4096;

/// Whoever gives the password. While it lives, a terminal shows nothing of what is typed, between two questions too.
pub struct Asker {
    raw: Option<Raw>,
}

impl Asker {
    /// # Errors
    /// Where the terminal cannot be kept from showing what is typed.
    pub fn new() -> std::io::Result<Self> {
        let raw = if std::io::stdin().is_terminal() {
            enable_raw_mode()?;
            Some(Raw)
        } else {
            None
        };
        Ok(Self { raw })
    }

    /// Whether there is somebody to be asked more than once.
    pub const fn is_person(&self) -> bool {
        self.raw.is_some()
    }

    /// Asks once. None where the person gave up or nothing came.
    ///
    /// # Errors
    /// What the terminal or the pipe reports.
    pub fn ask(&self, prompt: &str) -> std::io::Result<Option<Zeroizing<String>>> {
        if self.is_person() {
            let password = typed(prompt);
            self.tell("");
            password
        } else {
            piped()
        }
    }

    /// A line for the person; what pipes are told goes with the error.
    pub fn tell(&self, line: &str) {
        if self.is_person() {
            // Raw terminals do not return the carriage by themselves.
            let _ = write!(std::io::stderr(), "{line}\r\n");
        }
    }
}

fn piped() -> std::io::Result<Option<Zeroizing<String>>> {
    let mut line = Zeroizing::new(String::new());
    let mut input = std::io::stdin().lock().take(MAX_LENGTH as u64);
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(Some(line))
}

/// Puts the terminal back however the reading ends.
struct Raw;

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}

fn typed(prompt: &str) -> std::io::Result<Option<Zeroizing<String>>> {
    {
        let mut shown = std::io::stderr().lock();
        write!(shown, "{prompt}")?;
        shown.flush()?;
    }
    // Room from the start, so that growing leaves no copies behind.
    let mut password = Zeroizing::new(String::with_capacity(MAX_LENGTH));
    loop {
        let Event::Key(key) = event::read()? else {
            continue;
        };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match press(key) {
            Press::Done => return Ok(Some(password)),
            Press::GivenUp => return Ok(None),
            Press::Back => {
                password.pop();
            }
            Press::Clear => password.clear(),
            Press::Char(c) if password.len() + c.len_utf8() <= MAX_LENGTH => {
                password.push(c);
            }
            Press::Char(_) | Press::Nothing => {}
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Press {
    Char(char),
    Back,
    Clear,
    Done,
    GivenUp,
    Nothing,
}

/// What a key does, as terminals have it in a line.
fn press(key: KeyEvent) -> Press {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        // AltGr comes as both modifiers and belongs to the letter.
        KeyCode::Char(c) if control && !key.modifiers.contains(KeyModifiers::ALT) => match c {
            'c' | 'd' => Press::GivenUp,
            'u' => Press::Clear,
            'h' => Press::Back,
            'j' | 'm' => Press::Done,
            _ => Press::Nothing,
        },
        KeyCode::Char(c) => Press::Char(c),
        KeyCode::Backspace => Press::Back,
        KeyCode::Enter => Press::Done,
        KeyCode::Esc => Press::GivenUp,
        _ => Press::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_what_they_do_in_any_line() {
        let plain = |code| press(KeyEvent::new(code, KeyModifiers::NONE));
        let control = |c| press(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL));
        assert_eq!(plain(KeyCode::Char('ü')), Press::Char('ü'));
        assert_eq!(plain(KeyCode::Enter), Press::Done);
        assert_eq!(plain(KeyCode::Esc), Press::GivenUp);
        assert_eq!(control('c'), Press::GivenUp);
        assert_eq!(control('u'), Press::Clear);
        assert_eq!(control('x'), Press::Nothing);
        let alt_gr = KeyModifiers::CONTROL | KeyModifiers::ALT;
        assert_eq!(
            press(KeyEvent::new(KeyCode::Char('@'), alt_gr)),
            Press::Char('@')
        );
    }
}

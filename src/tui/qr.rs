//! Text as QR codes for a terminal: how it is shared out over several codes, and the modules of each. Which text, and
//! where it stands on the screen, is not here.

use qrcode::bits::Bits;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Modules of light around a code (ISO/IEC 18004, 6.3.8): readers find it by them.
pub const QUIET: usize = 4;
/// The smallest code that is made: fewer letters would take a dozen codes for a few steps.
pub const SMALLEST: usize = 5;
/// The largest: phones read more modules than these badly from a screen.
pub const LARGEST: usize = 14;
/// UTF-8 by its assignment number for extended channel interpretations.
const UTF_8: u32 = 26;
/// What a part begins with takes at most: `12/34` and a line break.
const NUMBERS: usize = 6;

/// Modules along a side, with the quiet zone.
pub const fn side(version: usize) -> usize {
    17 + 4 * version + 2 * QUIET
}

/// The largest version whose code fits into a square of this many modules.
pub fn largest_in(modules: usize) -> Option<usize> {
    (SMALLEST..=LARGEST)
        .rev()
        .find(|version| side(*version) <= modules)
}

/// One code: rows of modules with the quiet zone around them, dark ones true.
pub type Modules = Vec<Vec<bool>>;

/// The texts of the codes that these paragraphs take in this version, each with its number where there are several.
pub fn parts(paragraphs: &[String], version: usize) -> Vec<String> {
    let room = capacity(version).unwrap_or(0);
    let whole = paragraphs.join("\n");
    if whole.len() <= room {
        return vec![whole];
    }
    let room = room.saturating_sub(NUMBERS).max(4);
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    for paragraph in paragraphs {
        let mut rest = paragraph.as_str();
        if !part.is_empty() && part.len() + 1 + rest.len() <= room {
            part.push('\n');
            part.push_str(rest);
            continue;
        }
        if !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        while rest.len() > room {
            let (head, tail) = rest.split_at(break_before(rest, room));
            parts.push(head.trim_end().to_owned());
            rest = tail.trim_start();
        }
        part.push_str(rest);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    let count = parts.len();
    let number = |(n, part)| format!("{}/{count}\n{part}", n + 1);
    parts.into_iter().enumerate().map(number).collect()
}

/// Where to break a text of more than `room` bytes: after the last blank or full stop in its second half, else between
/// letters.
fn break_before(text: &str, room: usize) -> usize {
    let mut hard = text.chars().next().map_or(0, char::len_utf8);
    let mut soft = None;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        if end > room {
            break;
        }
        hard = end;
        if end > room / 2 && matches!(letter, ' ' | '、' | '。') {
            soft = Some(end);
        }
    }
    soft.unwrap_or(hard)
}

/// Bytes of UTF-8 that a code of this version takes.
fn capacity(version: usize) -> Option<usize> {
    let bits = Bits::new(of(version)?);
    let most = bits.max_len(EcLevel::L).ok()?;
    // Mode and number of the interpretation, mode and length of the bytes.
    let head = 4 + 8 + 4 + if version < 10 { 8 } else { 16 };
    Some(most.saturating_sub(head) / 8)
}

fn of(version: usize) -> Option<Version> {
    Some(Version::Normal(i16::try_from(version).ok()?))
}

/// The code of this text; nothing where it is too long for the version.
pub fn encode(text: &str, version: usize) -> Option<Modules> {
    let code = code(text, of(version)?).ok()?;
    let width = code.width();
    let colours = code.into_colors();
    let side = width + 2 * QUIET;
    let mut rows = vec![vec![false; side]; side];
    for (row, line) in rows.iter_mut().skip(QUIET).zip(colours.chunks(width)) {
        for (module, colour) in row.iter_mut().skip(QUIET).zip(line) {
            *module = *colour == Color::Dark;
        }
    }
    Some(rows)
}

/// Bytes as they are, said to be UTF-8. Left to itself the encoder takes pairs of them for Shift JIS.
fn code(text: &str, version: Version) -> Result<QrCode, QrError> {
    let mut bits = Bits::new(version);
    bits.push_eci_designator(UTF_8)?;
    bits.push_byte_data(text.as_bytes())?;
    bits.push_terminator(EcLevel::L)?;
    QrCode::with_bits(bits, EcLevel::L)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What a reader makes of these modules, each drawn `scale` pixels wide.
    pub fn read(modules: &Modules) -> String {
        const SCALE: usize = 4;
        let side = modules.len() * SCALE;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            if modules[y / SCALE][x / SCALE] {
                0
            } else {
                255
            }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code is found");
        grids[0].decode().unwrap().1
    }

    #[test]
    fn what_is_put_in_is_read_back_in_either_language() {
        for version in SMALLEST..=LARGEST {
            for text in [
                "C04-I1 Open Settings, then General.",
                "C04-A1 設定を開きます。",
            ] {
                let code = encode(text, version).unwrap();
                assert_eq!(code.len(), side(version));
                assert_eq!(read(&code), text, "version {version}");
            }
        }
    }

    #[test]
    fn a_long_text_is_shared_out_and_nothing_is_lost() {
        let paragraphs: Vec<String> = (1..=9)
            .map(|n| {
                format!(
                    "C{n:02}-I1 {}",
                    "設定を開き、一般を選びます。Then General. ".repeat(n)
                )
            })
            .collect();
        for version in [SMALLEST, 9, 10, LARGEST] {
            let parts = parts(&paragraphs, version);
            let count = parts.len();
            assert!(count > 1);
            let mut back = String::new();
            for (n, part) in parts.iter().enumerate() {
                let code = encode(part, version).expect("every part fits");
                let text = read(&code);
                let rest = text.strip_prefix(&format!("{}/{count}\n", n + 1));
                back.push_str(rest.expect("its number first"));
            }
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&back), letters(&paragraphs.concat()));
        }
    }

    #[test]
    fn a_code_is_full_at_its_capacity_and_not_before() {
        for version in SMALLEST..=LARGEST {
            let most = capacity(version).unwrap();
            assert!(encode(&"a".repeat(most), version).is_some(), "{version}");
            assert!(
                encode(&"a".repeat(most + 1), version).is_none(),
                "{version}"
            );
        }
    }
}

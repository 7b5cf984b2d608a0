//! Text as QR codes for a terminal: how it is shared out over several codes, and the modules of each. Which text, and
//! where it stands on the screen, is not here.

use encoding_rs::SHIFT_JIS;
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
/// The longest that a part begins with.
const NUMBERS: &str = "99/99\n";

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
    let room = bits_of(version).unwrap_or(0);
    let whole = paragraphs.join("\n");
    if Size::of(&whole, version).bits() <= room {
        return vec![whole];
    }
    let numbered = Size::of(NUMBERS, version);
    let mut parts: Vec<String> = Vec::new();
    let (mut part, mut size) = (String::new(), numbered);
    for paragraph in paragraphs {
        let mut rest = paragraph.as_str();
        if !part.is_empty() {
            let longer = size.and("\n").and(rest);
            if longer.bits() <= room {
                part.push('\n');
                part.push_str(rest);
                size = longer;
                continue;
            }
            parts.push(std::mem::take(&mut part));
        }
        while numbered.and(rest).bits() > room {
            let (head, tail) = rest.split_at(break_before(rest, numbered, room));
            parts.push(head.trim_end().to_owned());
            rest = tail.trim_start();
        }
        part.push_str(rest);
        size = numbered.and(rest);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    let count = parts.len();
    let number = |(n, part)| format!("{}/{count}\n{part}", n + 1);
    parts.into_iter().enumerate().map(number).collect()
}

/// Where to break a text that takes more than `room` bits behind what `size` counts: after the last blank or full stop
/// in its second half, else between letters.
fn break_before(text: &str, mut size: Size, room: usize) -> usize {
    let half = (room + size.bits()) / 2;
    let mut hard = text.chars().next().map_or(0, char::len_utf8);
    let mut soft = None;
    for (at, letter) in text.char_indices() {
        size.add(letter);
        if size.bits() > room {
            break;
        }
        let end = at + letter.len_utf8();
        hard = end;
        if size.bits() > half && matches!(letter, ' ' | '、' | '。') {
            soft = Some(end);
        }
    }
    soft.unwrap_or(hard)
}

/// How many bits a text takes in a code, letter by letter.
#[derive(Clone, Copy, Debug)]
struct Size {
    version: usize,
    /// As bytes of UTF-8, heads aside.
    utf_8: usize,
    /// As letters and kanji, heads included; none where a letter is neither.
    dense: Option<usize>,
    last: Option<Kind>,
}

/// How a letter goes into a code that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One byte.
    Ascii,
    /// Thirteen bits (ISO/IEC 18004, 7.4.6), by its number in Shift JIS.
    Kanji([u8; 2]),
}

impl Kind {
    /// None where a letter can only go as UTF-8. Readers in Japan show the backslash and the tilde of plain bytes
    /// otherwise.
    fn of(letter: char) -> Option<Self> {
        if letter.is_ascii() {
            return (!matches!(letter, '\\' | '~')).then_some(Self::Ascii);
        }
        let mut utf_8 = [0; 4];
        let (bytes, _, unmapped) = SHIFT_JIS.encode(letter.encode_utf8(&mut utf_8));
        let (back, _, _) = SHIFT_JIS.decode(&bytes);
        let &[high, low] = &*bytes else {
            return None;
        };
        let number = u16::from_be_bytes([high, low]);
        let has_number = matches!(number, 0x8140..=0x9ffc | 0xe040..=0xebbf);
        let same = !unmapped && back.chars().eq([letter]);
        (has_number && same).then_some(Self::Kanji([high, low]))
    }

    fn same_mode(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Ascii, Self::Ascii) | (Self::Kanji(_), Self::Kanji(_))
        )
    }
}

impl Size {
    fn of(text: &str, version: usize) -> Self {
        let nothing = Self {
            version,
            utf_8: 0,
            dense: Some(0),
            last: None,
        };
        nothing.and(text)
    }

    fn and(mut self, text: &str) -> Self {
        text.chars().for_each(|letter| self.add(letter));
        self
    }

    fn add(&mut self, letter: char) {
        self.utf_8 += 8 * letter.len_utf8();
        let Some(dense) = self.dense else {
            return;
        };
        let Some(kind) = Kind::of(letter) else {
            self.dense = None;
            return;
        };
        let new = !self.last.is_some_and(|last| last.same_mode(kind));
        let wide = self.version >= 10;
        // Mode and length, where it changes, and the letter.
        let takes = match kind {
            Kind::Ascii => usize::from(new) * (4 + if wide { 16 } else { 8 }) + 8,
            Kind::Kanji(_) => usize::from(new) * (4 + if wide { 10 } else { 8 }) + 13,
        };
        self.dense = Some(dense + takes);
        self.last = Some(kind);
    }

    fn bits(&self) -> usize {
        // Mode and number of the interpretation, mode and length of the bytes.
        let head = 4 + 8 + 4 + if self.version < 10 { 8 } else { 16 };
        let utf_8 = head + self.utf_8;
        self.dense.map_or(utf_8, |dense| dense.min(utf_8))
    }

    fn is_dense(&self) -> bool {
        self.dense == Some(self.bits())
    }
}

/// Bits that a code of this version takes.
fn bits_of(version: usize) -> Option<usize> {
    Bits::new(of(version)?).max_len(EcLevel::L).ok()
}

fn of(version: usize) -> Option<Version> {
    Some(Version::Normal(i16::try_from(version).ok()?))
}

/// The code of this text; nothing where it is too long for the version.
pub fn encode(text: &str, version: usize) -> Option<Modules> {
    let code = code(text, version)?;
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

/// Letters and kanji where that is all there is and takes less, as Japanese codes have it; else bytes, said to be UTF-8.
/// Left to itself the encoder takes pairs of bytes for Shift JIS.
fn code(text: &str, version: usize) -> Option<QrCode> {
    let mut bits = Bits::new(of(version)?);
    let put = if Size::of(text, version).is_dense() {
        put_dense(&mut bits, text)
    } else {
        bits.push_eci_designator(UTF_8)
            .and_then(|()| bits.push_byte_data(text.as_bytes()))
    };
    put.and_then(|()| bits.push_terminator(EcLevel::L)).ok()?;
    QrCode::with_bits(bits, EcLevel::L).ok()
}

/// One run of letters or of kanji after the other.
fn put_dense(bits: &mut Bits, text: &str) -> Result<(), QrError> {
    let kinds: Vec<(char, Kind)> = text
        .chars()
        .filter_map(|letter| Some((letter, Kind::of(letter)?)))
        .collect();
    for run in kinds.chunk_by(|(_, one), (_, next)| one.same_mode(*next)) {
        let mut bytes = Vec::new();
        let mut is_kanji = false;
        for (letter, kind) in run {
            match kind {
                Kind::Ascii => bytes.extend(u8::try_from(*letter)),
                Kind::Kanji(number) => {
                    is_kanji = true;
                    bytes.extend(number);
                }
            }
        }
        if is_kanji {
            bits.push_kanji_data(&bytes)?;
        } else {
            bits.push_byte_data(&bytes)?;
        }
    }
    Ok(())
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
        let mut bytes = Vec::new();
        grids[0].decode_to(&mut bytes).unwrap();
        // This reader hands over kanji by their numbers in Shift JIS, and says so nowhere.
        String::from_utf8(bytes)
            .unwrap_or_else(|bytes| SHIFT_JIS.decode(bytes.as_bytes()).0.into_owned())
    }

    #[test]
    fn what_is_put_in_is_read_back_in_either_language() {
        for version in SMALLEST..=LARGEST {
            for text in [
                "C04-I1 Open Settings, then General.",
                "C04-A1 設定を開きます。",
                "設定 > 一般、VPN(~)。",
                "Größe · VPN",
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
            for letter in ["a", "設", "ß"] {
                let room = bits_of(version).unwrap();
                let fits = |count: &usize| Size::of(&letter.repeat(*count), version).bits() <= room;
                let most = (1..1000).take_while(fits).last().unwrap();
                assert!(encode(&letter.repeat(most), version).is_some(), "{version}");
                assert!(
                    encode(&letter.repeat(most + 1), version).is_none(),
                    "{version} {letter}"
                );
            }
        }
    }

    #[test]
    fn japanese_takes_little_more_than_half_of_its_utf_8() {
        let text = "設定を開き、一般を選びます。".repeat(10);
        let size = Size::of(&text, SMALLEST);
        assert!(size.bits() * 100 < 8 * text.len() * 56, "{size:?}");
    }
}

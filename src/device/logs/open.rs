//! Opening a log as a stream of text: packed or not, in whatever encoding Windows and Japanese programs write.
//!
//! UTF-16 becomes UTF-8 on the way. UTF-8 and Shift_JIS pass as they are: the scanner looks for both.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use super::{Log, MOST, Obstacle};

/// How much of the beginning is looked at to tell the encoding, in bytes.
const SAMPLE: usize = 4096;

/// A log's text, at most [`MOST`] bytes of it.
pub(super) struct Opened {
    stream: io::Take<Stream>,
    /// Whether the beginning of a long file was left out.
    skipped: bool,
    /// Whether the stream is packed: what fails then is its packing.
    packed: bool,
}

/// Where bytes come from. Boxed: which of them it is follows from what the file holds.
type Stream = Box<dyn Read>;

impl Opened {
    /// Whether something was left out because the log is too long.
    pub(super) fn is_cut(&mut self) -> bool {
        if self.skipped {
            return true;
        }
        // The limit was reached; one byte more would have been cut.
        self.stream.limit() == 0 && {
            self.stream.set_limit(1);
            matches!(self.stream.read(&mut [0]), Ok(1))
        }
    }

    /// What it means that reading failed.
    pub(super) fn obstacle(&self, error: &io::Error) -> Obstacle {
        if self.packed {
            Obstacle::Damaged
        } else {
            Obstacle::of(error)
        }
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

/// Opens a log. Never blocks on anything that is not a file, standard input apart.
pub(super) fn open(log: &Log) -> Result<Opened, Obstacle> {
    match log {
        Log::Input => text(Box::new(io::stdin()), false),
        Log::File(path) => {
            let about = std::fs::metadata(path).map_err(|error| Obstacle::of(&error))?;
            if !about.is_file() {
                return Err(Obstacle::NotAFile);
            }
            let mut file = File::open(path).map_err(|error| Obstacle::of(&error))?;
            let skipped = skip(&mut file, about.len()).map_err(|error| Obstacle::of(&error))?;
            text(Box::new(file), skipped)
        }
    }
}

/// Goes to the last part of a long file that is not packed; whether it did. The part begins at an even offset, so that
/// UTF-16 keeps its pairs.
fn skip(file: &mut File, length: u64) -> io::Result<bool> {
    let mut magic = [0; 4];
    let known = file.read(&mut magic)?;
    let packed = magic[..known].starts_with(GZIP);
    let wide =
        magic[..known].starts_with(&[0xff, 0xfe]) || magic[..known].starts_with(&[0xfe, 0xff]);
    if length <= MOST || packed || wide {
        file.rewind()?;
        return Ok(false);
    }
    file.seek(SeekFrom::Start((length - MOST) & !1))?;
    Ok(true)
}

/// The first bytes of gzip (RFC 1952 section 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

fn text(raw: Stream, skipped: bool) -> Result<Opened, Obstacle> {
    let (sample, stream) = sampled(raw).map_err(|error| Obstacle::of(&error))?;
    let packed = sample.starts_with(GZIP);
    let (sample, stream) = if packed {
        let unpacked: Stream = Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            64 << 10,
            stream,
        )));
        sampled(unpacked).map_err(|_| Obstacle::Damaged)?
    } else {
        (sample, stream)
    };
    let stream: Stream = match encoding(&sample) {
        Encoding::Bytes => stream,
        Encoding::Utf16(decoder) => Box::new(Transcoded::new(stream, decoder)),
        Encoding::None => return Err(Obstacle::Binary),
    };
    Ok(Opened {
        stream: stream.take(MOST),
        skipped,
        packed,
    })
}

/// The beginning of a stream, and the whole stream again.
fn sampled(mut raw: Stream) -> io::Result<(Vec<u8>, Stream)> {
    let mut sample = Vec::new();
    let failed = raw
        .by_ref()
        .take(SAMPLE as u64)
        .read_to_end(&mut sample)
        .err();
    match failed {
        // What came before the failure is worth reading; the failure comes again.
        Some(error) if sample.is_empty() => Err(error),
        Some(error) => {
            let again = Failing(Some(error));
            Ok((
                sample.clone(),
                Box::new(io::Cursor::new(sample).chain(again)),
            ))
        }
        None => Ok((sample.clone(), Box::new(io::Cursor::new(sample).chain(raw)))),
    }
}

/// A stream that fails once and is over.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            Some(error) => Err(error),
            None => Ok(0),
        }
    }
}

enum Encoding {
    /// UTF-8, Shift_JIS or another one in which a line break is a byte.
    Bytes,
    /// UTF-16.
    Utf16(Decoder),
    /// No text at all.
    None,
}

fn encoding(sample: &[u8]) -> Encoding {
    if sample.starts_with(&[0xff, 0xfe]) {
        return Encoding::Utf16(UTF_16LE.new_decoder_with_bom_removal());
    }
    if sample.starts_with(&[0xfe, 0xff]) {
        return Encoding::Utf16(UTF_16BE.new_decoder_with_bom_removal());
    }
    let zeros = |first: usize| {
        sample
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let half = sample.len() / 2;
    // Blanks, digits and line breaks have an empty upper byte; a log is full of them.
    if odd * 5 > half && even * 20 < half {
        return Encoding::Utf16(UTF_16LE.new_decoder_without_bom_handling());
    }
    if even * 5 > half && odd * 20 < half {
        return Encoding::Utf16(UTF_16BE.new_decoder_without_bom_handling());
    }
    // A stray zero happens where a machine crashed while writing; many, or other controls, are no text.
    let strange = sample
        .iter()
        .filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31))
        .count();
    if strange * 20 > sample.len() {
        return Encoding::None;
    }
    Encoding::Bytes
}

/// A stream of UTF-16 as UTF-8.
struct Transcoded {
    stream: Stream,
    decoder: Decoder,
    input: Vec<u8>,
    from: usize,
    to: usize,
    ended: bool,
    /// The decoder has given all it had and must not be asked again: a log that ends in half a character gives one more
    /// after its end.
    finished: bool,
}

impl Transcoded {
    fn new(stream: Stream, decoder: Decoder) -> Self {
        Self {
            stream,
            decoder,
            input: vec![0; 64 << 10],
            from: 0,
            to: 0,
            ended: false,
            finished: false,
        }
    }
}

impl Read for Transcoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The decoder needs room for one whole character.
        if buffer.len() < 8 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if self.finished {
            return Ok(0);
        }
        loop {
            if self.from == self.to && !self.ended {
                self.from = 0;
                self.to = match self.stream.read(&mut self.input) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read?,
                };
                self.ended = self.to == 0;
            }
            let input = &self.input[self.from..self.to];
            let (result, read, written, _) = self.decoder.decode_to_utf8(input, buffer, self.ended);
            self.from += read;
            let over = self.ended && result == encoding_rs::CoderResult::InputEmpty;
            self.finished = over;
            if written > 0 || over {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As where a log is cut off while it is written, in the middle of a character or of a pair.
    #[test]
    fn a_log_that_ends_in_half_a_character_is_read_to_its_end() {
        for end in [&b"b"[..], b"\x00\xd8", b"\x00\xd8\x00"] {
            let bytes = [&b"\xff\xfea\x00"[..], end].concat();
            let decoder = UTF_16LE.new_decoder_with_bom_removal();
            let mut log = Transcoded::new(Box::new(io::Cursor::new(bytes)), decoder);
            let mut text = Vec::new();
            let mut buffer = [0; 16];
            loop {
                let read = log.read(&mut buffer).expect("in memory");
                if read == 0 {
                    break;
                }
                text.extend_from_slice(&buffer[..read]);
            }
            let text = String::from_utf8(text).expect("UTF-8");
            assert!(text.starts_with("a\u{fffd}"), "{text:?}");
            assert!(matches!(log.read(&mut buffer), Ok(0)));
        }
    }
}

//! A small strict reader of DER (X.690): tag, length, content, never beyond the bytes it was given.
//!
//! Not here: what any of it means. Only single-byte tags and definite, shortest-form lengths are read; X.509 and the
//! certificates-only form of PKCS#7 use no others.

use crate::evidence::UnixTime;

/// Universal tags and the context tags X.509 uses.
pub(crate) mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;

    /// `[n] IMPLICIT` of a primitive type.
    pub const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[n]` of a constructed type, or `[n] EXPLICIT`.
    pub const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One element: its tag, its content, and both with the header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub raw: &'a [u8],
}

/// Why bytes are not DER, in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotDer(pub &'static str);

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element, if there is one.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub fn next(&mut self) -> Result<Element<'a>, NotDer> {
        let (&tag, after_tag) = self.rest.split_first().ok_or(NotDer("ends too early"))?;
        if tag & 0x1f == 0x1f {
            return Err(NotDer("has a tag of more than one byte"));
        }
        let (&first, after_length) = after_tag.split_first().ok_or(NotDer("ends too early"))?;
        let (length, header) = match first {
            0..=0x7f => (usize::from(first), 2),
            0x81..=0x84 => {
                let count = usize::from(first & 0x7f);
                let digits = after_length.get(..count).ok_or(NotDer("ends too early"))?;
                let length = digits
                    .iter()
                    .fold(0usize, |sum, d| sum << 8 | usize::from(*d));
                let shortest = digits.first() != Some(&0) && length > 0x7f;
                if !shortest {
                    return Err(NotDer("has a length that is not in its shortest form"));
                }
                (length, 2 + count)
            }
            _ => return Err(NotDer("has a length that DER does not allow")),
        };
        let end = header.checked_add(length).ok_or(NotDer("ends too early"))?;
        let raw = self.rest.get(..end).ok_or(NotDer("ends too early"))?;
        self.rest = self.rest.get(end..).unwrap_or_default();
        Ok(Element {
            tag,
            content: raw.get(header..).unwrap_or_default(),
            raw,
        })
    }

    /// The next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>, NotDer> {
        let element = self.next()?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err(NotDer("has an element of another kind than expected"))
        }
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, NotDer> {
        if self.peek() == Some(tag) {
            self.next().map(Some)
        } else {
            Ok(None)
        }
    }

    /// That nothing is left.
    pub fn finish(self) -> Result<(), NotDer> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(NotDer("has bytes after its end"))
        }
    }

    /// The content of the one element these bytes must be.
    pub fn single(bytes: &'a [u8], tag: u8) -> Result<Reader<'a>, NotDer> {
        let mut reader = Self::new(bytes);
        let element = reader.expect(tag)?;
        reader.finish()?;
        Ok(Self::new(element.content))
    }
}

/// A non-negative INTEGER that fits 32 bits.
pub(crate) fn small_integer(content: &[u8]) -> Result<u32, NotDer> {
    let (&first, rest) = content.split_first().ok_or(NotDer("has an empty number"))?;
    if first & 0x80 != 0 {
        return Err(NotDer("has a negative number"));
    }
    if first == 0 && rest.first().is_some_and(|second| second & 0x80 == 0) {
        return Err(NotDer("has a number that is not in its shortest form"));
    }
    let digits = if first == 0 { rest } else { content };
    if digits.len() > 4 {
        return Err(NotDer("has a number that is too large"));
    }
    Ok(digits
        .iter()
        .fold(0u32, |sum, digit| sum << 8 | u32::from(*digit)))
}

/// A BOOLEAN; DER allows 0x00 and 0xff only.
pub(crate) fn boolean(content: &[u8]) -> Result<bool, NotDer> {
    match content {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(NotDer("has a boolean that is neither true nor false")),
    }
}

/// A UTCTime or GeneralizedTime in the one form RFC 5280 section 4.1.2.5 allows: to the second, in UTC.
pub(crate) fn time(element: Element<'_>) -> Result<UnixTime, NotDer> {
    let bad = NotDer("has a time that is not one");
    let (year_digits, digits) = match element.tag {
        tag::UTC_TIME => (2, 12),
        tag::GENERALIZED_TIME => (4, 14),
        _ => return Err(bad),
    };
    let (zone, number) = element.content.split_last().ok_or(bad)?;
    if *zone != b'Z' || number.len() != digits || !number.iter().all(u8::is_ascii_digit) {
        return Err(bad);
    }
    let value = |from: usize, count: usize| {
        number
            .iter()
            .skip(from)
            .take(count)
            .fold(0i16, |sum, digit| sum * 10 + i16::from(digit - b'0'))
    };
    let year = match (element.tag, value(0, year_digits)) {
        (tag::UTC_TIME, year @ 0..=49) => 2000 + year,
        (tag::UTC_TIME, year) => 1900 + year,
        (_, year) => year,
    };
    let part = |index: usize| i8::try_from(value(year_digits + 2 * index, 2)).unwrap_or(-1);
    jiff::civil::DateTime::new(year, part(0), part(1), part(2), part(3), part(4), 0)
        .and_then(|moment| jiff::tz::Offset::UTC.to_timestamp(moment))
        .map(|moment| UnixTime(moment.as_second()))
        .map_err(|_| bad)
}

/// The bytes of a BIT STRING and how many bits of the last byte are unused.
pub(crate) fn bit_string(content: &[u8]) -> Result<(&[u8], u8), NotDer> {
    match content.split_first() {
        Some((&unused, bits)) if unused < 8 && (unused == 0 || !bits.is_empty()) => {
            Ok((bits, unused))
        }
        _ => Err(NotDer("has a bit string that is not one")),
    }
}

/// An object identifier in dotted form; components beyond 64 bits make it invalid.
pub(crate) fn oid(content: &[u8]) -> Result<String, NotDer> {
    let bad = NotDer("has an object identifier that is not one");
    if content.is_empty() || content.len() > 64 || content.last().is_some_and(|b| b & 0x80 != 0) {
        return Err(bad);
    }
    let mut text = String::new();
    let mut value = 0u64;
    let mut starting = true;
    for &byte in content {
        if starting && byte == 0x80 {
            return Err(bad);
        }
        starting = byte & 0x80 == 0;
        value = value.checked_mul(128).ok_or(bad)? | u64::from(byte & 0x7f);
        if starting {
            if text.is_empty() {
                let top = (value / 40).min(2);
                text = format!("{top}.{}", value - top * 40);
            } else {
                text.push('.');
                text.push_str(&value.to_string());
            }
            value = 0;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_and_shortest() {
        assert!(
            Reader::new(&[0x04, 0x81, 0x05, 1, 2, 3, 4, 5])
                .next()
                .is_err()
        );
        assert!(Reader::new(&[0x30, 0x80, 0x00, 0x00]).next().is_err());
        assert!(
            Reader::new(&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 0])
                .next()
                .is_err()
        );
        let element = Reader::new(&[0x04, 0x02, 7, 8, 9]).next().unwrap();
        assert_eq!(
            (element.content, element.raw),
            (&[7u8, 8][..], &[4u8, 2, 7, 8][..])
        );
    }

    #[test]
    fn object_identifiers_read_as_people_write_them() {
        assert_eq!(oid(&[0x55, 0x1d, 0x11]).unwrap(), "2.5.29.17");
        assert_eq!(
            oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]).unwrap(),
            "1.2.840.113549.1.1.11"
        );
        assert!(oid(&[0x80, 0x01]).is_err());
        assert!(oid(&[0xff; 20]).is_err());
    }

    #[test]
    fn times_are_to_the_second_and_in_utc() {
        let read = |tag, content: &[u8]| {
            time(Element {
                tag,
                content,
                raw: &[],
            })
            .map(UnixTime::rfc3339)
        };
        assert_eq!(
            read(tag::UTC_TIME, b"991231235959Z").unwrap(),
            "1999-12-31T23:59:59Z"
        );
        assert_eq!(
            read(tag::GENERALIZED_TIME, b"20500101000000Z").unwrap(),
            "2050-01-01T00:00:00Z"
        );
        for (kind, bad) in [
            (tag::UTC_TIME, &b"260229120000Z"[..]),
            (tag::UTC_TIME, b"2602281200Z"),
            (tag::GENERALIZED_TIME, b"20260228120000+0900"),
            (tag::GENERALIZED_TIME, b"20260228120000.5Z"),
            (tag::GENERALIZED_TIME, b"20260228126000Z"),
            (tag::UTC_TIME, b""),
        ] {
            assert!(read(kind, bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn numbers_are_small_and_not_negative() {
        assert_eq!(small_integer(&[0x00, 0xff]).unwrap(), 255);
        assert!(small_integer(&[0xff]).is_err());
        assert!(small_integer(&[0x01, 0, 0, 0, 0]).is_err());
    }
}

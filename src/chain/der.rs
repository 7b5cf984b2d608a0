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
                let count = usize::from(first - 0x80);
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

/// Civil time is counted from here: a point in time of the library's ends a day before 9999-12-31T23:59:59Z, which stands
/// for "no end" (RFC 5280 section 4.1.2.5).
const EPOCH: jiff::civil::DateTime = jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A UTCTime or GeneralizedTime in the one form RFC 5280 section 4.1.2.5 allows: to the second, in UTC.
pub(crate) fn time(element: Element<'_>) -> Result<UnixTime, NotDer> {
    let bad = NotDer("has a time that is not one");
    let digits = match element.tag {
        tag::UTC_TIME => 12,
        tag::GENERALIZED_TIME => 14,
        _ => return Err(bad),
    };
    let (zone, number) = element.content.split_last().ok_or(bad)?;
    if *zone != b'Z' || number.len() != digits || !number.iter().all(u8::is_ascii_digit) {
        return Err(bad);
    }
    // Two digits and two digits; none is missing, they were counted.
    let mut pairs = number.chunks_exact(2).map(|pair| {
        pair.iter()
            .fold(0i8, |sum, digit| sum * 10 + (digit - b'0').cast_signed())
    });
    let mut part = || pairs.next().unwrap_or_default();
    let year = match (element.tag, part()) {
        (tag::UTC_TIME, year @ 0..=49) => 2000 + i16::from(year),
        (tag::UTC_TIME, year) => 1900 + i16::from(year),
        (_, century) => i16::from(century) * 100 + i16::from(part()),
    };
    jiff::civil::DateTime::new(year, part(), part(), part(), part(), part(), 0)
        .map(|moment| UnixTime(moment.duration_since(EPOCH).as_secs()))
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
    fn tags_are_of_one_byte() {
        // X.690 section 8.1.2.4: five ones in the number mean that more bytes of it follow.
        for tag in 0..=u8::MAX {
            let bytes = [tag, 1, 7];
            let read = Reader::new(&bytes).next();
            assert_eq!(read.is_err(), tag & 31 == 31, "{tag:#x}");
        }
    }

    #[test]
    fn the_shortest_form_of_a_length_is_the_only_one() {
        let read = |header: &[u8], length: usize| {
            let bytes = [header, &vec![7; length]].concat();
            let element = Reader::new(&bytes).next();
            element.map(|element| (element.content.len(), element.raw.len()))
        };
        let wrong = "has a length that is not in its shortest form";
        for (header, length, expected) in [
            (&[4, 0][..], 0, Ok((0, 2))),
            (&[4, 0x7f], 127, Ok((127, 129))),
            (&[4, 0x81, 0x7f], 127, Err(NotDer(wrong))),
            (&[4, 0x81, 0x80], 128, Ok((128, 131))),
            (&[4, 0x82, 0, 0x80], 128, Err(NotDer(wrong))),
            (&[4, 0x82, 1, 2], 258, Ok((258, 262))),
            (&[4, 0x83, 1, 2, 3], 66_051, Ok((66_051, 66_056))),
            (
                &[4, 0x84, 1, 0, 0, 1],
                16_777_217,
                Ok((16_777_217, 16_777_223)),
            ),
            (&[4, 0x84, 0, 1, 0, 1], 65_537, Err(NotDer(wrong))),
        ] {
            assert_eq!(read(header, length), expected, "{header:x?}");
            assert!(
                length == 0 || read(header, length - 1).is_err(),
                "{header:x?}"
            );
        }
        // More digits, no end mentioned, and nothing at all.
        for bad in [&[4, 0x85, 1, 0, 0, 0, 0][..], &[4, 0x80, 0, 0], &[4], &[]] {
            assert!(Reader::new(bad).next().is_err(), "{bad:x?}");
        }
    }

    #[test]
    fn elements_are_taken_one_by_one_and_what_is_not_expected_is_refused() {
        let bytes = [2, 1, 5, 4, 1, 6];
        let mut reader = Reader::new(&bytes);
        let mut ahead = reader;
        assert!(ahead.expect(tag::OCTET_STRING).is_err());
        assert!(reader.optional(tag::OCTET_STRING).unwrap().is_none());
        assert_eq!(reader.expect(tag::INTEGER).unwrap().content, [5]);
        assert_eq!(reader.peek(), Some(tag::OCTET_STRING));
        assert!(reader.finish().is_err() && !reader.is_empty());
        let last = reader.optional(tag::OCTET_STRING).unwrap().unwrap();
        assert_eq!((last.content, last.raw), (&[6][..], &[4, 1, 6][..]));
        assert!(reader.is_empty() && reader.finish().is_ok());
        assert!(Reader::single(&bytes, tag::INTEGER).is_err());
        assert!(Reader::single(&bytes[..3], tag::OCTET_STRING).is_err());
        let inner = Reader::single(&[0x30, 2, 5, 0], tag::SEQUENCE).unwrap();
        assert_eq!(inner.peek(), Some(tag::NULL));
    }

    #[test]
    fn booleans_and_bit_strings_have_one_form() {
        // X.690 sections 11.1 and 8.6.2.2.
        assert_eq!((boolean(&[0]), boolean(&[0xff])), (Ok(false), Ok(true)));
        for bad in [&[1][..], &[], &[0, 0]] {
            assert!(boolean(bad).is_err(), "{bad:x?}");
        }
        assert_eq!(bit_string(&[0]), Ok((&[][..], 0)));
        assert_eq!(bit_string(&[0, 0xa0]), Ok((&[0xa0][..], 0)));
        assert_eq!(bit_string(&[7, 0x80]), Ok((&[0x80][..], 7)));
        for bad in [&[][..], &[1], &[8, 0x80], &[0xff, 0x80]] {
            assert!(bit_string(bad).is_err(), "{bad:x?}");
        }
    }

    #[test]
    fn object_identifiers_read_as_people_write_them() {
        assert_eq!(oid(&[0x55, 0x1d, 0x11]).unwrap(), "2.5.29.17");
        assert_eq!(
            oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]).unwrap(),
            "1.2.840.113549.1.1.11"
        );
        // X.690 section 8.19.4: the first two numbers share one, and only below 2 is the second bounded by 39.
        for (bytes, text) in [
            (&[0x09][..], "0.9"),
            (&[0x27], "0.39"),
            (&[0x28], "1.0"),
            (&[0x4f], "1.39"),
            (&[0x50], "2.0"),
            (&[0x88, 0x37], "2.999"),
            (&[0x2a, 0x81, 0x80, 0x00], "1.2.16384"),
        ] {
            assert_eq!(oid(bytes).unwrap(), text);
        }
        assert!(oid(&[0x80, 0x01]).is_err());
        assert!(oid(&[0x2a, 0x80, 0x01]).is_err(), "filled up with zeros");
        assert!(oid(&[0x2a, 0x81]).is_err(), "cut off");
        assert!(oid(&[]).is_err());
        // Sixty-four bits and not one more; sixty-four bytes and not one more.
        let widest = [&[0x2a, 0x81][..], &[0xff; 8], &[0x7f]].concat();
        assert_eq!(oid(&widest).unwrap(), "1.2.18446744073709551615");
        let wider = [&[0x2a, 0x82][..], &[0x80; 8], &[0]].concat();
        assert!(oid(&wider).is_err());
        assert!(oid(&[1; 64]).is_ok() && oid(&[1; 65]).is_err());
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
        // RFC 5280 section 4.1.2.5.1: two digits of a year from 50 on mean the last century.
        for (kind, content, moment) in [
            (tag::UTC_TIME, &b"491112131415Z"[..], "2049-11-12T13:14:15Z"),
            (tag::UTC_TIME, b"501112131415Z", "1950-11-12T13:14:15Z"),
            (tag::UTC_TIME, b"000229000001Z", "2000-02-29T00:00:01Z"),
            (
                tag::GENERALIZED_TIME,
                b"19491112131415Z",
                "1949-11-12T13:14:15Z",
            ),
            (
                tag::GENERALIZED_TIME,
                b"99991231235959Z",
                "9999-12-31T23:59:59Z",
            ),
        ] {
            assert_eq!(read(kind, content).unwrap(), moment);
        }
        for (kind, bad) in [
            (tag::UTC_TIME, &b"260229120000Z"[..]),
            (tag::UTC_TIME, b"260228120000z"),
            (tag::UTC_TIME, b"2602281200000"),
            (tag::UTC_TIME, b"26022812000:Z"),
            (tag::UTC_TIME, b"20260228120000Z"),
            (tag::GENERALIZED_TIME, b"260228120000Z"),
            (tag::OCTET_STRING, b"260228120000Z"),
            (tag::UTC_TIME, b"Z"),
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
        for (content, number) in [
            (&[0][..], 0),
            (&[0x7f], 127),
            (&[0x00, 0x80], 128),
            (&[0x00, 0xff], 255),
            (&[0x01, 0x02], 258),
            (&[0x7f, 0xff, 0xff, 0xff], 0x7fff_ffff),
            (&[0x00, 0xff, 0xff, 0xff, 0xff], u32::MAX),
        ] {
            assert_eq!(small_integer(content), Ok(number));
        }
        // Nothing, negative, a zero in front for nothing (X.690 section 8.3.2), more than 32 bits.
        for bad in [
            &[][..],
            &[0x80],
            &[0xff],
            &[0, 0],
            &[0x00, 0x40],
            &[0x00, 0x7f],
            &[0x01, 0, 0, 0, 0],
            &[0x00, 0x80, 0, 0, 0, 0],
        ] {
            assert!(small_integer(bad).is_err(), "{bad:x?}");
        }
    }
}

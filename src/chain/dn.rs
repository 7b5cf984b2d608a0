//! Distinguished names: read, shown, and compared the way RFC 5280 section 7.1 asks for.
//!
//! Not here: host names (`names.rs`).

use super::der::{self, NotDer, Reader, tag};

/// A distinguished name made comparable: string types do not matter, nor does case, nor the amount of white space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Name {
    /// One entry a relative distinguished name, most significant first; each the sorted `type=value` pairs.
    rdns: Vec<Vec<(String, String)>>,
}

impl Name {
    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Whether it lies in the subtree below `base` (RFC 5280 section 4.2.1.10, directoryName).
    pub fn is_within(&self, base: &Self) -> bool {
        self.rdns.starts_with(&base.rdns)
    }

    /// The name that these parts, more specific ones, make with this one in front.
    pub(super) fn joined(&self, more: &Self) -> Self {
        Self {
            rdns: self.rdns.iter().chain(&more.rdns).cloned().collect(),
        }
    }

    /// The organisation, lower case, if one is named.
    pub fn organisation(&self) -> Option<&str> {
        self.last("2.5.4.10")
    }

    /// The common name, lower case, if one is named.
    pub fn common_name(&self) -> Option<&str> {
        self.last("2.5.4.3")
    }

    /// All common names, lower case.
    pub fn common_names(&self) -> impl Iterator<Item = &str> {
        self.rdns
            .iter()
            .flatten()
            .filter(|(kind, _)| kind == "2.5.4.3")
            .map(|(_, value)| value.as_str())
    }

    fn last(&self, kind: &str) -> Option<&str> {
        self.rdns
            .iter()
            .flatten()
            .rev()
            .find(|(found, _)| found == kind)
            .map(|(_, value)| value.as_str())
    }
}

/// A name as read from DER.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadName {
    /// For comparing.
    pub name: Name,
    /// For people, RFC 4514 order: most specific first.
    pub text: String,
    pub common_name: Option<String>,
    pub organisation: Option<String>,
    /// emailAddress attributes, which rfc822Name constraints cover too.
    pub emails: Vec<String>,
}

/// Reads a DER `Name`, outer SEQUENCE included.
pub(crate) fn read(bytes: &[u8]) -> Result<ReadName, NotDer> {
    let mut reader = Reader::single(bytes, tag::SEQUENCE)?;
    let mut read = ReadName::default();
    let mut shown: Vec<String> = Vec::new();
    while !reader.is_empty() {
        let mut set = Reader::new(reader.expect(tag::SET)?.content);
        let mut pairs = Vec::new();
        let mut shown_pairs = Vec::new();
        while !set.is_empty() {
            let mut pair = Reader::new(set.expect(tag::SEQUENCE)?.content);
            let kind = der::oid(pair.expect(tag::OID)?.content)?;
            let value = pair.next()?;
            pair.finish()?;
            let text = decode(value.tag, value.content);
            shown_pairs.push(show(&kind, text.as_deref(), value.raw));
            if let Some(text) = &text {
                match kind.as_str() {
                    "2.5.4.3" => read.common_name = Some(text.clone()),
                    "2.5.4.10" => read.organisation = Some(text.clone()),
                    "1.2.840.113549.1.9.1" => read.emails.push(text.clone()),
                    _ => {}
                }
            }
            pairs.push((
                kind,
                text.map_or_else(|| hex(value.raw), |text| fold(&text)),
            ));
        }
        if pairs.is_empty() {
            return Err(NotDer("has an empty part in a name"));
        }
        pairs.sort();
        read.name.rdns.push(pairs);
        shown.push(shown_pairs.join("+"));
    }
    shown.reverse();
    read.text = shown.join(", ");
    Ok(read)
}

/// A DER `Name` made comparable, and as people read it; none where it is no name. For the names that a server sends as
/// those of the authorities it accepts (RFC 8446 section 4.2.4).
pub fn shown_name(bytes: &[u8]) -> Option<(Name, String)> {
    let read = read(bytes).ok()?;
    Some((read.name, read.text))
}

/// RFC 4518 in what matters here: case folded, outer white space gone, inner runs of it one blank.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded.to_lowercase()
}

fn hex(bytes: &[u8]) -> String {
    format!("#{}", data_encoding::HEXLOWER.encode(bytes))
}

/// The text of a DirectoryString, IA5String and their relatives; none where the bytes are not text of that kind.
fn decode(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => std::str::from_utf8(content).ok().map(str::to_owned),
        // TeletexString is Latin-1 in practice.
        0x14 => Some(content.iter().map(|byte| char::from(*byte)).collect()),
        0x1e if content.len().is_multiple_of(2) => {
            let units: Vec<u16> = content
                .chunks_exact(2)
                .filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes))
                .collect();
            String::from_utf16(&units).ok()
        }
        0x1c if content.len().is_multiple_of(4) => content
            .chunks_exact(4)
            .map(|four| {
                four.try_into()
                    .ok()
                    .map(u32::from_be_bytes)
                    .and_then(char::from_u32)
            })
            .collect(),
        _ => None,
    }
}

/// One `type=value` by RFC 4514, with its escapes.
fn show(kind: &str, text: Option<&str>, raw: &[u8]) -> String {
    let short = match kind {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "0.9.2342.19200300.100.1.25" => "DC",
        "0.9.2342.19200300.100.1.1" => "UID",
        "1.2.840.113549.1.9.1" => "emailAddress",
        other => other,
    };
    let Some(text) = text else {
        return format!("{short}={}", hex(raw));
    };
    let mut value = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (place, c) in text.chars().enumerate() {
        let escape = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';')
            || (place == 0 && matches!(c, '#' | ' '))
            || (place == last && c == ' ');
        if escape {
            value.push('\\');
        }
        value.push(c);
    }
    format!("{short}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
        let mut content = Vec::new();
        for (oid, kind, value) in parts {
            let mut pair = vec![0x06, oid.len() as u8];
            pair.extend(*oid);
            pair.extend([*kind, value.len() as u8]);
            pair.extend(*value);
            let mut sequence = vec![0x30, pair.len() as u8];
            sequence.extend(pair);
            content.extend([0x31, sequence.len() as u8]);
            content.extend(sequence);
        }
        let mut whole = vec![0x30, content.len() as u8];
        whole.extend(content);
        whole
    }

    const CN: &[u8] = &[0x55, 4, 3];
    const O: &[u8] = &[0x55, 4, 10];

    #[test]
    fn string_type_case_and_blanks_do_not_matter_for_comparing() {
        let plain = read(&name(&[(O, 0x13, b"Example Org"), (CN, 0x13, b"Root")])).unwrap();
        let other = read(&name(&[
            (O, 0x0c, b" example   ORG "),
            (CN, 0x1e, &[0, b'R', 0, b'o', 0, b'o', 0, b't']),
        ]))
        .unwrap();
        assert_eq!(plain.name, other.name);
        assert_eq!(plain.text, "CN=Root, O=Example Org");
    }

    #[test]
    fn order_matters() {
        let one = read(&name(&[(O, 0x13, b"a"), (CN, 0x13, b"b")])).unwrap();
        let two = read(&name(&[(CN, 0x13, b"b"), (O, 0x13, b"a")])).unwrap();
        assert_ne!(one.name, two.name);
        assert!(
            one.name
                .is_within(&read(&name(&[(O, 0x13, b"A")])).unwrap().name)
        );
        assert!(
            !two.name
                .is_within(&read(&name(&[(O, 0x13, b"A")])).unwrap().name)
        );
    }

    #[test]
    fn special_characters_are_escaped_as_rfc_4514_says() {
        let read = read(&name(&[(O, 0x13, b"Superfish, Inc.")])).unwrap();
        assert_eq!(read.text, "O=Superfish\\, Inc.");
    }

    /// X.680 section 8: each kind of string by its tag; what is none is kept as its bytes.
    #[test]
    fn every_kind_of_string_is_read_by_its_own_rules() {
        let text = |kind: u8, value: &[u8]| read(&name(&[(CN, kind, value)])).unwrap().text;
        for (kind, value, expected) in [
            (0x0c, "ルート".as_bytes(), "CN=ルート"),
            (0x0c, b"\xff", "CN=#0c01ff"),
            (0x12, b"12 3", "CN=12 3"),
            (0x13, b"Root", "CN=Root"),
            (0x16, b"a@b", "CN=a@b"),
            (0x1a, b"Root", "CN=Root"),
            // TeletexString is Latin-1 in practice.
            (0x14, b"M\xfcller", "CN=Müller"),
            (0x1e, &[0x30, 0xeb, 0, b'a'], "CN=ルa"),
            (0x1e, &[0, b'a', 0], "CN=#1e03006100"),
            (0x1e, &[0xd8, 0], "CN=#1e02d800"),
            (0x1c, &[0, 0, 0, b'a', 0, 1, 0xf6, 0], "CN=a😀"),
            (0x1c, &[0, 0, 0, b'a', 0], "CN=#1c050000006100"),
            (0x1c, &[0, 0x11, 0, 0], "CN=#1c0400110000"),
            (0x04, b"Root", "CN=#0404526f6f74"),
        ] {
            assert_eq!(text(kind, value), expected, "{kind:#x} {value:x?}");
        }
    }

    /// RFC 4514 section 2.4.
    #[test]
    fn what_has_a_meaning_in_a_written_name_is_escaped() {
        for (value, expected) in [
            ("a", "O=a"),
            ("a b", "O=a b"),
            ("a,b+c\"d\\e<f>g;h", "O=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h"),
            ("#a#", "O=\\#a#"),
            (" a  ", "O=\\ a \\ "),
            (" ", "O=\\ "),
            ("", "O="),
        ] {
            let read = read(&name(&[(O, 0x13, value.as_bytes())])).unwrap();
            assert_eq!(read.text, expected);
        }
    }

    #[test]
    fn attributes_are_called_by_their_short_names() {
        for (oid, short) in [
            (&[0x55, 4, 3][..], "CN"),
            (&[0x55, 4, 4], "SN"),
            (&[0x55, 4, 5], "serialNumber"),
            (&[0x55, 4, 6], "C"),
            (&[0x55, 4, 7], "L"),
            (&[0x55, 4, 8], "ST"),
            (&[0x55, 4, 9], "STREET"),
            (&[0x55, 4, 10], "O"),
            (&[0x55, 4, 11], "OU"),
            (&[0x55, 4, 12], "title"),
            (&[0x55, 4, 42], "GN"),
            (
                &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25],
                "DC",
            ),
            (
                &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1],
                "UID",
            ),
            (
                &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1],
                "emailAddress",
            ),
            (&[0x2a, 3, 4], "1.2.3.4"),
        ] {
            let read = read(&name(&[(oid, 0x13, b"x")])).unwrap();
            assert_eq!(read.text, format!("{short}=x"));
        }
    }

    #[test]
    fn of_several_values_the_last_counts_and_all_are_kept() {
        let email: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
        let bytes = name(&[
            (O, 0x13, b"One"),
            (CN, 0x13, b"First"),
            (email, 0x16, b"a@b"),
            (O, 0x13, b"Two"),
            (CN, 0x13, b"Last"),
            (email, 0x16, b"c@d"),
        ]);
        let read = read(&bytes).unwrap();
        assert_eq!(read.common_name.as_deref(), Some("Last"));
        assert_eq!(read.organisation.as_deref(), Some("Two"));
        assert_eq!(read.emails, ["a@b", "c@d"]);
        assert_eq!(read.name.common_name(), Some("last"));
        assert_eq!(read.name.organisation(), Some("two"));
        let all: Vec<&str> = read.name.common_names().collect();
        assert_eq!(all, ["first", "last"]);
        assert!(!read.name.is_empty() && Name::default().is_empty());
        assert_eq!(Name::default().common_name(), None);
        assert_eq!(shown_name(&bytes), Some((read.name, read.text)));
        assert_eq!(shown_name(&[0x30, 1]), None);
    }

    /// Two attributes in one part: their order says nothing (RFC 5280 section 7.1).
    #[test]
    fn parts_of_several_attributes_are_sets() {
        let pair =
            |oid: &[u8], value: u8| vec![0x30, 8, 6, 3, oid[0], oid[1], oid[2], 0x13, 1, value];
        let whole = |pairs: &[Vec<u8>]| {
            let content = pairs.concat();
            let length = content.len() as u8;
            [&[0x30, length + 2, 0x31, length][..], &content].concat()
        };
        let one = read(&whole(&[pair(CN, b'a'), pair(O, b'b')])).unwrap();
        let two = read(&whole(&[pair(O, b'b'), pair(CN, b'a')])).unwrap();
        assert_eq!(one.name, two.name);
        assert_eq!(
            (one.text.as_str(), two.text.as_str()),
            ("CN=a+O=b", "O=b+CN=a")
        );
        assert_ne!(
            one.name,
            read(&name(&[(CN, 0x13, b"a"), (O, 0x13, b"b")]))
                .unwrap()
                .name
        );
        for bad in [
            &[0x30, 2, 0x31, 0][..],
            &[0x30, 2, 0x30, 0],
            &[0x30, 12, 0x31, 10, 0x30, 8, 6, 1, 0x2a, 5, 0, 4, 1, 7],
            &[0x31, 0],
        ] {
            assert!(read(bad).is_err(), "{bad:x?}");
        }
    }

    #[test]
    fn a_name_lies_within_what_it_begins_with() {
        let of = |parts: &[(&[u8], u8, &[u8])]| read(&name(parts)).unwrap().name;
        let (owner, own) = (of(&[(O, 0x13, b"a")]), of(&[(CN, 0x13, b"b")]));
        let whole = of(&[(O, 0x13, b"a"), (CN, 0x13, b"b")]);
        assert_eq!(owner.joined(&own), whole);
        assert!(whole.is_within(&owner) && whole.is_within(&whole));
        assert!(whole.is_within(&Name::default()));
        assert!(!owner.is_within(&whole) && !whole.is_within(&own));
    }
}

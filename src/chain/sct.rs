//! The signed certificate timestamps inside a certificate (RFC 6962 section 3.3): when it was first logged, which is
//! what some root programmes count from.
//!
//! Not here: the logs' signatures. A timestamp is only ever used against a certificate, never in its favour.

use super::Cert;
use super::der::{self, NotDer, Reader, tag};
use crate::evidence::UnixTime;

/// The extension's object identifier.
const SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.2";
/// The explicit tag of the extensions in `TBSCertificate`.
const EXTENSIONS: u8 = tag::constructed(3);

/// The earliest moment at which a log says it saw the certificate; none where no timestamp is inside.
pub fn first_logged(cert: &Cert) -> Option<UnixTime> {
    let list = list(cert.tbs()).ok().flatten()?;
    timestamps(list).min().map(UnixTime)
}

/// The content of the extension, if the certificate has it.
fn list(tbs: &[u8]) -> Result<Option<&[u8]>, NotDer> {
    let mut fields = Reader::single(tbs, tag::SEQUENCE)?;
    while !fields.is_empty() {
        let field = fields.next()?;
        if field.tag != EXTENSIONS {
            continue;
        }
        let mut extensions = Reader::single(field.content, tag::SEQUENCE)?;
        while !extensions.is_empty() {
            let mut extension = Reader::new(extensions.expect(tag::SEQUENCE)?.content);
            if der::oid(extension.expect(tag::OID)?.content)? != SCT_LIST {
                continue;
            }
            extension.optional(tag::BOOLEAN)?;
            let value = extension.expect(tag::OCTET_STRING)?.content;
            return Ok(Some(Reader::new(value).expect(tag::OCTET_STRING)?.content));
        }
    }
    Ok(None)
}

/// Unix seconds of each entry: a list with a length before it, entries with a length before each; an entry is its
/// version, 32 bytes of log id, and milliseconds in 8 bytes.
fn timestamps(list: &[u8]) -> impl Iterator<Item = i64> {
    let mut rest = counted(list).map_or(&[][..], |(entries, _)| entries);
    std::iter::from_fn(move || {
        let (entry, after) = counted(rest)?;
        rest = after;
        Some(entry)
    })
    .filter_map(|entry| {
        let version = entry.first()?;
        let millis = <[u8; 8]>::try_from(entry.get(33..41)?).ok()?;
        (*version == 0).then_some(())?;
        i64::try_from(u64::from_be_bytes(millis) / 1000).ok()
    })
}

/// What a two-byte length in front counts off, and what follows it.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = <[u8; 2]>::try_from(bytes.get(..2)?).ok()?;
    bytes
        .get(2..)?
        .split_at_checked(u16::from_be_bytes(length).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u8, millis: u64) -> Vec<u8> {
        let mut entry = vec![version];
        entry.extend([7; 32]);
        entry.extend(millis.to_be_bytes());
        entry.extend([0, 0, 4, 3, 0, 1, 9]);
        let length = u16::try_from(entry.len()).unwrap().to_be_bytes();
        [length.as_slice(), entry.as_slice()].concat()
    }

    fn listed(entries: &[Vec<u8>]) -> Vec<u8> {
        let entries = entries.concat();
        let length = u16::try_from(entries.len()).unwrap().to_be_bytes();
        [length.as_slice(), entries.as_slice()].concat()
    }

    #[test]
    fn the_moments_of_all_entries_are_read_and_other_versions_left_out() {
        let list = listed(&[
            entry(0, 1_731_400_000_999),
            entry(1, 5),
            entry(0, 1_731_300_000_000),
        ]);
        let found: Vec<i64> = timestamps(&list).collect();
        assert_eq!(found, [1_731_400_000, 1_731_300_000]);
    }

    #[test]
    fn lists_that_are_cut_off_end_where_they_end() {
        let list = listed(&[entry(0, 1_731_400_000_000), entry(0, 1_731_300_000_000)]);
        for length in 0..list.len() {
            assert!(timestamps(&list[..length]).count() <= 2);
        }
    }

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut whole = vec![tag, u8::try_from(content.len()).unwrap()];
        whole.extend(content);
        whole
    }

    /// The list's extension among others, and behind fields that look like something else.
    #[test]
    fn the_extension_is_found_by_its_identifier_alone() {
        const OID: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];
        let extension = |oid: &[u8], critical: &[u8], value: &[u8]| {
            tlv(0x30, &[&tlv(6, oid), critical, &tlv(4, value)].concat())
        };
        let of = |extensions: &[Vec<u8>]| {
            let fields = [tlv(0xa0, &[2, 1, 2]), tlv(2, &[5]), tlv(0x30, &[])].concat();
            let last = tlv(0xa3, &tlv(0x30, &extensions.concat()));
            tlv(0x30, &[fields, last].concat())
        };
        let other = || extension(&[0x55, 0x1d, 14], &[], &[4, 1, 9]);
        let own = |critical: &[u8]| extension(OID, critical, &tlv(4, &[0, 1, 7]));
        for extensions in [
            vec![own(&[])],
            vec![other(), own(&[]), other()],
            vec![own(&[1, 1, 0xff])],
        ] {
            assert_eq!(list(&of(&extensions)), Ok(Some(&[0, 1, 7][..])));
        }
        assert_eq!(list(&of(&[other()])), Ok(None));
        assert_eq!(
            list(&tlv(0x30, &[2, 1, 5])),
            Ok(None),
            "no extensions at all"
        );
        assert!(list(&of(&[extension(OID, &[], &[2, 1, 7])])).is_err());
        // RFC 6962 section 3.2: the whole seconds of the milliseconds, of entries that are long enough to have them.
        let first = listed(&[entry(0, 1_999), vec![0, 1, 0], entry(0, u64::MAX)]);
        let found: Vec<i64> = timestamps(&first).collect();
        assert_eq!(found, [1, 18_446_744_073_709_551]);
    }
}

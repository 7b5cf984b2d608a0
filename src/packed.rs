//! Texts of this program that are deflated by `src/build.rs`, so that the program stays small. What the texts say, and
//! when one is needed, is not here.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// A text: how it begins, ready to be read, and all that follows, deflated (RFC 1951).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    /// What stands before the text's first TOML table, line end included.
    pub(crate) head: &'static str,
    /// The rest.
    pub(crate) rest: &'static [u8],
}

impl Packed {
    /// The whole text. What this program packed it can unpack: a test reads every one.
    pub(crate) fn text(&self) -> Option<String> {
        let mut text = self.head.to_owned();
        let read = DeflateDecoder::new(self.rest).read_to_string(&mut text);
        read.ok().map(|_| text)
    }
}

#[cfg(test)]
mod tests {
    use crate::cause::CauseId;

    #[test]
    fn every_packed_text_is_its_file_and_its_head_ends_before_the_first_table() {
        for (id, packed) in CauseId::FILES {
            let file = std::fs::read_to_string(format!("assets/causes/{id}.toml")).unwrap();
            assert_eq!(packed.text().as_deref(), Some(file.as_str()), "{id}");
            let packs = file.len() > 2 * packed.rest.len();
            assert!(packs, "{id} does not pack: is it whole?");
            assert!(packed.head.ends_with('\n'), "{id}");
            assert_eq!(file[packed.head.len()..].find('['), Some(0), "{id}");
        }
    }
}

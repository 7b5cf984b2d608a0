//! The little of the tar format (POSIX.1-1988 ustar) that a bundle needs: ordinary files with short names, in memory.
//!
//! Reading refuses everything else: a bundle may come from a stranger.

/// A header, and what file contents are padded to.
const BLOCK: usize = 512;
/// The most files in one bundle.
const MOST: usize = 32;

/// Why an archive is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TarError {
    /// It ends in the middle of a file.
    #[error("it ends too early")]
    Short,
    /// A header's sum is wrong, or a number in it is none.
    #[error("a file header in it is damaged")]
    Header,
    /// A link, a folder, a device or the like.
    #[error("it holds something other than ordinary files")]
    Kind,
    /// A name with a folder in it, `..`, or odd characters; or the same name twice.
    #[error("it holds a file with a name that a bundle cannot have")]
    Name,
    /// Too many files.
    #[error("it holds more than {MOST} files")]
    Many,
}

/// Adds a file to an archive. `name` is at most 99 bytes; `mtime` is in seconds since 1970.
pub fn append(archive: &mut Vec<u8>, name: &str, content: &[u8], mtime: i64) {
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        for (place, byte) in header.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
    };
    put(0, name.get(..99).unwrap_or(name).as_bytes());
    put(100, b"0000600\x000000000\x000000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(
        136,
        format!("{:011o}\0", mtime.clamp(0, 0o77_777_777_777)).as_bytes(),
    );
    put(148, b"        0");
    put(257, b"ustar\x0000");
    let sum = sum(&header);
    for (place, byte) in header
        .iter_mut()
        .skip(148)
        .zip(format!("{sum:06o}\0 ").bytes())
    {
        *place = byte;
    }
    archive.extend_from_slice(&header);
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
}

/// Ends an archive.
pub fn end(archive: &mut Vec<u8>) {
    archive.resize(archive.len() + 2 * BLOCK, 0);
}

/// The files of an archive: names and contents.
pub fn files(archive: &[u8]) -> Result<Vec<(&str, &[u8])>, TarError> {
    let mut files: Vec<(&str, &[u8])> = Vec::new();
    let mut rest = archive;
    loop {
        let (header, after) = rest.split_at_checked(BLOCK).ok_or(TarError::Short)?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(files);
        }
        if files.len() == MOST {
            return Err(TarError::Many);
        }
        let field = |from: usize, to: usize| header.get(from..to).unwrap_or_default();
        if octal(field(148, 156)) != Some(sum(header)) {
            return Err(TarError::Header);
        }
        if !matches!(header.get(156), Some(b'0' | 0)) {
            return Err(TarError::Kind);
        }
        let name = field(0, 100)
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default();
        let name = std::str::from_utf8(name).map_err(|_| TarError::Name)?;
        let plain = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let prefixed = field(345, 500).iter().any(|byte| *byte != 0);
        if name.is_empty()
            || !plain
            || prefixed
            || name.starts_with('.')
            || files.iter().any(|(known, _)| *known == name)
        {
            return Err(TarError::Name);
        }
        let size = octal(field(124, 136)).ok_or(TarError::Header)?;
        let size = usize::try_from(size).map_err(|_| TarError::Short)?;
        let (content, _) = after.split_at_checked(size).ok_or(TarError::Short)?;
        files.push((name, content));
        let padded = size
            .checked_next_multiple_of(BLOCK)
            .ok_or(TarError::Short)?;
        rest = after.get(padded..).ok_or(TarError::Short)?;
    }
}

/// The sum of a header's bytes, those of the sum itself taken as blanks.
fn sum(header: &[u8]) -> u64 {
    let bytes = header.iter().enumerate();
    bytes
        .map(|(at, byte)| {
            if (148..156).contains(&at) {
                u64::from(b' ')
            } else {
                u64::from(*byte)
            }
        })
        .sum()
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8)
        .ok()
        .filter(|_| !text.starts_with('+'))
}

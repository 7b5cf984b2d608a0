//! This system's store of roots where it is files, as on Linux: one file with all of them, and a directory with each of
//! them, which OpenSSL looks through by the hashes in its links' names.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use rustls_native_certs::{CertificateResult, load_certs_from_paths};

/// Longer than most roots are.
const LENGTH: usize = 4096;
/// More than one root ever takes; what is longer is left to the library to read.
const MOST: u64 = 64 << 10;
const BEGIN: &str = "-----BEGIN ";

/// All roots, in order and each once. What a directory repeats of the file is recognised by its text, without reading the
/// certificate a second time. In a directory with hashes the files without are left aside: OpenSSL does not see them either.
pub(super) fn read() -> CertificateResult {
    // Whoever names one of the two gets no other, as everywhere.
    let file = env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let named = env::var_os("SSL_CERT_DIR").unwrap_or_default();
    let named = env::split_paths(&named).filter(|path| !path.as_os_str().is_empty());
    let directories: Vec<PathBuf> = named.collect();
    if file.is_some() || !directories.is_empty() {
        return read_in(file.as_deref(), &directories);
    }
    let usual = openssl_probe::probe();
    read_in(usual.cert_file.as_deref(), &usual.cert_dir)
}

fn read_in(file: Option<&Path>, directories: &[PathBuf]) -> CertificateResult {
    let text = file.and_then(|file| fs::read_to_string(file).ok());
    let text = text.unwrap_or_default();
    let known: BTreeSet<&str> = text.split(BEGIN).skip(1).map(str::trim_end).collect();
    let mut all = load_certs_from_paths(file, None);
    for directory in directories {
        let Some(hashed) = hashed(directory) else {
            add(&mut all, load_certs_from_paths(None, Some(directory)));
            continue;
        };
        for path in hashed {
            match text_of(&path) {
                Ok(text) if is_in(&known, &text) => {}
                // A link whose file is gone is what taking a certificate away by hand leaves.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                _ => add(&mut all, load_certs_from_paths(Some(&path), None)),
            }
        }
    }
    all.certs.sort_unstable_by(|a, b| a.cmp(b));
    all.certs.dedup();
    all
}

/// What a file says. Its size is not asked for beforehand: there are hundreds, and each is small.
fn text_of(path: &Path) -> io::Result<String> {
    let mut text = String::with_capacity(LENGTH);
    let file = File::open(path)?;
    file.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether `text` is one PEM block and one of these, which stand without their first word.
fn is_in(known: &BTreeSet<&str>, text: &str) -> bool {
    let block = text.trim().strip_prefix(BEGIN);
    block.is_some_and(|block| known.contains(block))
}

fn add(all: &mut CertificateResult, read: CertificateResult) {
    all.certs.extend(read.certs);
    all.errors.extend(read.errors);
}

/// The links of a directory that `openssl rehash` has been through; `None` where it has not, or cannot be read.
fn hashed(directory: &Path) -> Option<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).ok()?;
    let hashed: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_hash))
        .map(|entry| entry.path())
        .collect();
    (!hashed.is_empty()).then_some(hashed)
}

/// Eight hexadecimal digits, a dot, a number. Revocation lists have an `r` before the number.
fn is_hash(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('.').is_some_and(|(hash, number)| {
        hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) && digits(number)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pem() -> String {
        let key = KeyPair::generate().expect("key");
        let params = CertificateParams::new(Vec::new()).expect("params");
        params.self_signed(&key).expect("certificate").pem()
    }

    /// How many certificates, and how many complaints.
    fn counted(file: Option<&Path>, directory: &Path) -> (usize, usize) {
        let read = read_in(file, &[directory.to_owned()]);
        (read.certs.len(), read.errors.len())
    }

    #[test]
    fn a_directory_adds_what_the_file_has_not() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(at(name), text).expect("written");
        let (first, second, own) = (pem(), pem(), pem());
        write("all.crt", &format!("# two\n{first}\n{second}"));
        write("first.pem", &first);
        write("own.pem", &own);
        symlink("first.pem", at("0a1b2c3d.0")).expect("link");
        symlink("own.pem", at("0a1b2c3d.1")).expect("link");
        let file = at("all.crt");
        assert_eq!(counted(Some(&file), folder.path()), (3, 0));
        assert_eq!(counted(None, folder.path()), (2, 0));
        // Copied in and not hashed: no program that looks by hashes sees it, and the file does not have it either.
        write("copied.pem", &pem());
        assert_eq!(counted(Some(&file), folder.path()), (3, 0));
        // A list of what was revoked, and a certificate that was taken away without its link.
        write("0a1b2c3d.r0", "no certificate");
        symlink("gone.pem", at("0a1b2c3e.0")).expect("link");
        assert_eq!(counted(Some(&file), folder.path()), (3, 0));
        // Two in one file: both count.
        write("0a1b2c3f.0", &format!("{first}{}", pem()));
        assert_eq!(counted(Some(&file), folder.path()), (4, 0));
        fs::create_dir(at("0a1b2c40.0")).expect("folder");
        assert_eq!(counted(Some(&file), folder.path()), (4, 1));
    }

    #[test]
    fn a_directory_without_hashes_is_read_file_by_file() {
        let folder = tempfile::tempdir().expect("folder");
        for name in ["one.pem", "two.crt"] {
            fs::write(folder.path().join(name), pem()).expect("written");
        }
        assert_eq!(counted(None, folder.path()), (2, 0));
        assert_eq!(counted(None, &folder.path().join("none")), (0, 1));
    }

    #[test]
    fn names_of_hashed_links_are_told_from_others() {
        assert!(["0a1b2c3d.0", "ABCDEF01.12"].into_iter().all(is_hash));
        let others = [
            "0a1b2c3d.r0",
            "0a1b2c3.0",
            "0a1b2c3d.",
            "0a1b2c3g.0",
            "ca.pem",
            "",
        ];
        assert!(!others.into_iter().any(is_hash));
    }
}

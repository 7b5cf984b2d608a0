//! The files of a client's own certificate: read, opened, and handed on without their secrets.
//!
//! A file that is damaged is a finding and goes on to the rules. A password that does not fit, a wrong file and a way of
//! packing that is not read here are not: they end in a clear sentence and exit code 2.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Refusal, password, setup};
use crate::chain::{
    Fit, KeyError, Pkcs12, Pkcs12Error, PrivateKey, ReadError, fits, holds_private_key, is_pkcs12,
    open_pkcs12, own_chain, read_certificates, read_private_key,
};
use crate::evidence::{ClientEvidence, ClientKey, Der, PublicKey};
use crate::guide::{Lang, Texts};
use crate::msg::Msg;
use crate::probe::Identity;
use crate::text::sanitise;

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// How often a person is asked for one password.
const TRIES: u32 = 3;
/// How long opening a file with one password may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The files, as they were named on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The certificate.
    pub certificate: Option<&'a Path>,
    /// Its key, where that is in a file of its own.
    pub key: Option<&'a Path>,
    /// Both in one PKCS#12 archive.
    pub archive: Option<&'a Path>,
}

/// Reads what was named; none where nothing was.
pub fn read(files: &Files<'_>, texts: &Texts, lang: Lang) -> Result<Option<Identity>, Refusal> {
    let words = Words { texts, lang };
    let read = match (files.archive, files.certificate) {
        (Some(path), _) => archive(path, &setup::read_bounded(path, MAX_FILE)?, &words)?,
        (None, Some(path)) => {
            let bytes = Zeroizing::new(setup::read_bounded(path, MAX_FILE)?);
            match (is_pkcs12(&bytes), files.key) {
                (true, Some(_)) => {
                    return Err(words.refuse(path, &Msg::new("client.read.has-own-key")));
                }
                (true, None) => archive(path, &bytes, &words)?,
                (false, key) => separate(path, &bytes, key, &words)?,
            }
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(read.identity()))
}

/// What came out of the files, secrets included.
struct Read {
    evidence: ClientEvidence,
    keys: Vec<PrivateKey>,
}

impl Read {
    /// What was read of `path`, not yet matched.
    fn of(
        path: &Path,
        certificates: Vec<Der>,
        damage: Option<Msg>,
        key: ClientKey,
        keys: Vec<PrivateKey>,
    ) -> Self {
        let evidence = ClientEvidence {
            file: named(path),
            certificates,
            damage,
            key,
            can_be_shown: false,
        };
        Self { evidence, keys }
    }

    /// Ready to be shown where one of the keys belongs to the certificate.
    fn identity(self) -> Identity {
        let Self { evidence, keys } = self;
        let publics: Vec<PublicKey> = keys.iter().map(|key| key.public.clone()).collect();
        let chain = own_chain(&evidence.certificates, &publics);
        let own = chain
            .first()
            .and_then(|leaf| keys.iter().find(|key| fits(leaf, &key.public) == Fit::Yes));
        // Roots are the gateway's to have (RFC 8446 section 4.4.2).
        let shown: Vec<Der> = chain
            .iter()
            .enumerate()
            .filter(|(place, cert)| *place == 0 || !cert.is_self_issued())
            .map(|(_, cert)| cert.der.clone())
            .collect();
        Identity::new(evidence, own.map(|key| (shown.as_slice(), key)))
    }
}

/// Certificate and key in PEM or DER, in one file or two.
fn separate(
    path: &Path,
    bytes: &[u8],
    key_path: Option<&Path>,
    words: &Words<'_>,
) -> Result<Read, Refusal> {
    let (certificates, damage) = match read_certificates(bytes) {
        Ok(certificates) => (certificates, None),
        Err(
            error @ (ReadError::SomethingElse(_) | ReadError::TooMany(_) | ReadError::TooLarge(_)),
        ) => return Err(words.refuse(path, &error.message())),
        Err(error) => (Vec::new(), Some(error.message())),
    };
    let mut keys = Vec::new();
    let key = match key_path {
        Some(key_path) => {
            let bytes = Zeroizing::new(setup::read_bounded(key_path, MAX_FILE)?);
            private_key(key_path, &bytes, words, &mut keys)?
        }
        // Many tools write both into one file.
        None if holds_private_key(bytes) => private_key(path, bytes, words, &mut keys)?,
        None => ClientKey::NotGiven,
    };
    Ok(Read::of(path, certificates, damage, key, keys))
}

fn private_key(
    path: &Path,
    bytes: &[u8],
    words: &Words<'_>,
    keys: &mut Vec<PrivateKey>,
) -> Result<ClientKey, Refusal> {
    let file = Zeroizing::new(bytes.to_vec());
    let open = move |password: Option<&str>| match read_private_key(&file, password) {
        Err(KeyError::NeedsPassword | KeyError::WrongPassword) => None,
        other => Some(other),
    };
    match opened(path, words, open)? {
        Ok(key) => {
            let seen = ClientKey::Seen(vec![key.public.clone()]);
            keys.push(key);
            Ok(seen)
        }
        Err(error @ KeyError::Unsupported(_)) => Err(words.refuse(path, &error.message())),
        Err(KeyError::NoKey) if read_certificates(bytes).is_ok() => {
            Err(words.refuse(path, &Msg::new("client.read.is-certificate")))
        }
        Err(error) => Ok(ClientKey::Unreadable {
            file: named(path),
            reason: error.message(),
        }),
    }
}

/// Certificate and key in one archive.
fn archive(path: &Path, bytes: &[u8], words: &Words<'_>) -> Result<Read, Refusal> {
    if bytes.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Err(words.refuse(path, &Msg::new("client.read.is-pem")));
    }
    let file = bytes.to_vec();
    let open = move |password: Option<&str>| match open_pkcs12(&file, password.unwrap_or_default())
    {
        Err(Pkcs12Error::WrongPassword) => None,
        other => Some(other),
    };
    let (certificates, keys, damage) = match opened(path, words, open)? {
        Ok(Pkcs12 { certificates, keys }) => {
            let damage = certificates
                .is_empty()
                .then(|| Msg::new("client.read.no-certificate"));
            (certificates, keys, damage)
        }
        Err(error @ Pkcs12Error::Unsupported(_)) => {
            return Err(words.refuse(path, &error.message()));
        }
        Err(error) => (Vec::new(), Vec::new(), Some(error.message())),
    };
    let key = match (&damage, keys.is_empty()) {
        (_, false) => ClientKey::Seen(keys.iter().map(|key| key.public.clone()).collect()),
        (None, true) => ClientKey::Missing,
        (Some(_), true) => ClientKey::NotGiven,
    };
    Ok(Read::of(path, certificates, damage, key, keys))
}

/// Opens something, asking for its password only where it does not open without. `open` gives none where the password
/// does not fit.
fn opened<T: Send + 'static>(
    path: &Path,
    words: &Words<'_>,
    open: impl Fn(Option<&str>) -> Option<T> + Send + Clone + 'static,
) -> Result<T, Refusal> {
    if let Some(opened) = patiently(path, words, None, open.clone())? {
        return Ok(opened);
    }
    let prompt = words.render(&Msg::new("client.ask.password").with("file", named(path)));
    let unusable = |error: std::io::Error| {
        Refusal(words.render(&Msg::new("client.ask.unusable").with("reason", error)))
    };
    let asker = password::Asker::new().map_err(unusable)?;
    let tries = if asker.is_person() { TRIES } else { 1 };
    for attempt in 1..=tries {
        let given = asker.ask(&prompt).map_err(unusable)?;
        let Some(given) = given else {
            let id = if asker.is_person() {
                "client.ask.stopped"
            } else {
                "client.ask.none-came"
            };
            return Err(Refusal(
                words.render(&Msg::new(id).with("file", named(path))),
            ));
        };
        if let Some(opened) = patiently(path, words, Some(given), open.clone())? {
            return Ok(opened);
        }
        if attempt < tries {
            asker.tell(&words.render(&Msg::new("client.ask.again")));
        }
    }
    Err(words.refuse(path, &Pkcs12Error::WrongPassword.message()))
}

/// Tries one password on a thread of its own: a hostile file can ask for hours of stretching. A thread that is given up
/// ends with the process.
fn patiently<T: Send + 'static>(
    path: &Path,
    words: &Words<'_>,
    given: Option<Zeroizing<String>>,
    open: impl Fn(Option<&str>) -> Option<T> + Send + 'static,
) -> Result<Option<T>, Refusal> {
    let (sender, receiver) = mpsc::channel();
    let begun = std::thread::Builder::new().spawn(move || {
        let opened = open(given.as_ref().map(|password| password.as_str()));
        // Nobody listens any more where it took too long.
        let _ = sender.send(opened);
    });
    begun.map_err(|error| Refusal(format!("{}: {error}", named(path))))?;
    receiver.recv_timeout(PATIENCE).map_err(|error| {
        let why = match error {
            RecvTimeoutError::Timeout => {
                Msg::new("client.read.too-long").with("seconds", PATIENCE.as_secs())
            }
            // Only where reading broke down: then nothing is known of the file.
            RecvTimeoutError::Disconnected => Msg::new("client.read.unsupported").with("what", "-"),
        };
        words.refuse(path, &why)
    })
}

fn named(path: &Path) -> String {
    sanitise(&path.display().to_string())
}

struct Words<'a> {
    texts: &'a Texts,
    lang: Lang,
}

impl Words<'_> {
    fn render(&self, msg: &Msg) -> String {
        self.texts.render(self.lang, msg)
    }

    fn refuse(&self, path: &Path, why: &Msg) -> Refusal {
        Refusal(format!("{}: {}", named(path), self.render(why)))
    }
}

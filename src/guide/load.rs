//! All knowledge from the texts it is built from: the files embedded in this program, and a site's own wizard.

use std::collections::{BTreeMap, BTreeSet};

use super::causes::{self, Causes};
use super::messages::Messages;
use super::source::Source;
use super::{
    Knowledge, LintError, Texts, Wizard, advisories, cause_file, clients, embedded, messages,
    site_causes, texts, wizard_file,
};
use crate::cause::CauseId;

impl Knowledge {
    /// Everything known, with this wizard (its file's name and bytes) or the default one.
    ///
    /// # Errors
    /// Everything wrong with the texts and the wizard, in the order of the files; the embedded ones are tested, so in
    /// practice the given wizard's.
    pub fn load(wizard: Option<(&str, &[u8])>) -> Result<Self, Vec<LintError>> {
        Self::load_site(wizard, &SiteFiles::default())
    }

    /// Like [`Self::load`], with the site's own knowledge files.
    ///
    /// # Errors
    /// Those of [`Self::load`], and everything wrong with the site's files.
    pub fn load_site(
        wizard: Option<(&str, &[u8])>,
        site: &SiteFiles,
    ) -> Result<Self, Vec<LintError>> {
        let (name, bytes) = wizard.unwrap_or((embedded::WIZARD_NAME, embedded::WIZARD.as_bytes()));
        Self::put_together((name, bytes), wizard_file::read, site)
    }

    /// Like [`Self::load_site`] with the built-in wizard, for who looks and does not walk: its settings alone, without a
    /// symptom or a node. The tree is nine tenths of the file, and would take longer to read than a handshake takes.
    ///
    /// # Errors
    /// Everything wrong with the site's files.
    pub fn load_without_tree(site: &SiteFiles) -> Result<Self, Vec<LintError>> {
        let settings = (embedded::WIZARD_NAME, embedded::settings().as_bytes());
        Self::put_together(settings, wizard_file::read_settings, site)
    }

    fn put_together(
        (name, bytes): (&str, &[u8]),
        how: fn(&Source<'_>) -> Option<Wizard>,
        site: &SiteFiles,
    ) -> Result<Self, Vec<LintError>> {
        let mut errors = Vec::new();
        let wizard = read(name, bytes, &mut errors, how).flatten();
        let causes = load_causes(site, &mut errors);
        let messages = load_messages(site, &mut errors);
        match wizard {
            Some(wizard) if errors.is_empty() => Ok(Self {
                texts: Texts::with_causes(causes.clone()),
                causes,
                wizard: Wizard { messages, ..wizard },
                distro: None,
            }),
            _ => Err(errors),
        }
    }
}

/// A site's own knowledge, from the folder `knowledge` beside its wizard.toml: each file's name and bytes.
#[derive(Clone, Debug, Default)]
pub struct SiteFiles {
    /// `causes/<id>.toml`, in the form that `site_causes` reads.
    pub causes: Vec<(String, Vec<u8>)>,
    /// `errors.toml`: messages of the site's own programs.
    pub messages: Option<(String, Vec<u8>)>,
}

impl SiteFiles {
    /// Everything wrong with these files, in their order.
    pub fn lint(&self) -> Vec<LintError> {
        let mut errors = Vec::new();
        load_causes(self, &mut errors);
        load_messages(self, &mut errors);
        errors
    }
}

fn load_causes(site: &SiteFiles, errors: &mut Vec<LintError>) -> Causes {
    let mut causes = BTreeMap::new();
    for (name, bytes) in &site.causes {
        if let Some(cause) = read(name, bytes, errors, site_causes::read).flatten() {
            causes.insert(cause.id, cause);
        }
    }
    Causes::with_site(causes)
}

/// Ours where the site has none: then nothing is read until somebody asks.
fn load_messages(site: &SiteFiles, errors: &mut Vec<LintError>) -> Messages {
    let Some((name, bytes)) = &site.messages else {
        return Messages::default();
    };
    let ours = messages::embedded();
    let read = read(name, bytes, errors, |source| {
        messages::read_site(source, &ours)
    });
    read.flatten()
        .map_or_else(Messages::default, Messages::with_site)
}

/// Everything wrong with this file; empty when nothing is. What kind of file it is follows from its folder and name,
/// as they lie under `assets` (`knowledge` for a site's own): `causes/<id>.toml`, `ui/<room>.toml`, `advisories.toml`,
/// `clients.toml`, `errors.toml`, or anything
/// else for a wizard.
pub fn lint(file: &str, bytes: &[u8]) -> Vec<LintError> {
    let mut errors = Vec::new();
    let folder = file.rsplit(['/', '\\']).nth(1);
    let above = file.rsplit(['/', '\\']).nth(2);
    if (above, folder) == (Some("knowledge"), Some("causes")) {
        read(file, bytes, &mut errors, site_causes::read);
    } else if folder == Some("knowledge") && is_named(file, messages::NAME) {
        read(file, bytes, &mut errors, |source| {
            messages::read_site(source, &messages::embedded())
        });
    } else if folder == Some("causes") || CauseId::parse(cause_file::stem(file)).is_some() {
        read(file, bytes, &mut errors, lint_cause);
    } else if folder == Some("ui") {
        read(file, bytes, &mut errors, |source| {
            texts::read(source, &mut BTreeMap::new());
        });
    } else if is_named(file, advisories::NAME) {
        read(file, bytes, &mut errors, advisories::read);
    } else if is_named(file, clients::NAME) {
        read(file, bytes, &mut errors, clients::read);
    } else if is_named(file, messages::NAME) {
        read(file, bytes, &mut errors, messages::read);
    } else {
        read(file, bytes, &mut errors, wizard_file::read);
    }
    errors
}

/// Whether a file has the name of this embedded one, in whatever folder.
fn is_named(file: &str, embedded: &str) -> bool {
    cause_file::stem(file) == cause_file::stem(embedded)
}

/// Opens a file and reads it; what is wrong goes to `errors`.
fn read<T>(
    name: &str,
    bytes: &[u8],
    errors: &mut Vec<LintError>,
    how: impl FnOnce(&Source<'_>) -> T,
) -> Option<T> {
    match Source::new(name, bytes) {
        Ok(source) => {
            let value = how(&source);
            errors.extend(source.into_errors());
            Some(value)
        }
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

/// Reads one cause and checks what must hold between it and the embedded others.
fn lint_cause(source: &Source<'_>) {
    let Some(file) = cause_file::read(source) else {
        return;
    };
    let cause = &file.cause;
    let others = || causes::headers().iter().filter(|(id, _)| **id != cause.id);
    if let Some((other, _)) = others().find(|(_, header)| header.code == cause.code) {
        let message = format!("the code `{}` is already {other}'s", cause.code);
        source.error(&file.code_at, message);
    }
    let explains: BTreeMap<CauseId, &[CauseId]> = others()
        .map(|(id, header)| (*id, header.explains.as_slice()))
        .collect();
    for (explained, at) in cause.explains.iter().zip(&file.explains_at) {
        if *explained != cause.id && leads_to(&explains, *explained, cause.id) {
            let message = format!(
                "`{explained}` explains {} in turn; expected no circle",
                cause.id
            );
            source.error(at, message);
        }
    }
}

/// Whether following explanations from one cause arrives at another.
fn leads_to(explains: &BTreeMap<CauseId, &[CauseId]>, from: CauseId, to: CauseId) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(cause) = open.pop() {
        if cause == to {
            return true;
        }
        if seen.insert(cause) {
            open.extend(explains.get(&cause).copied().unwrap_or_default());
        }
    }
    false
}

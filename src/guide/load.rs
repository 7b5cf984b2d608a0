//! All knowledge from the texts it is built from: the files embedded in this program, and a site's own wizard.

use std::collections::BTreeMap;

use super::source::Source;
use super::{Cause, Knowledge, LintError, Texts, cause_file, embedded, texts, wizard_file};
use crate::cause::CauseId;

impl Knowledge {
    /// Everything known, with this wizard (its file's name and bytes) or the default one.
    ///
    /// # Errors
    /// Everything wrong with the files, in their order; the embedded ones are tested, so in practice the wizard's.
    pub fn load(wizard: Option<(&str, &[u8])>) -> Result<Self, Vec<LintError>> {
        let mut errors = Vec::new();
        let texts = load_texts(&mut errors);
        let causes = load_causes(None, &mut errors);
        let (name, bytes) = wizard.unwrap_or((embedded::WIZARD_NAME, embedded::WIZARD.as_bytes()));
        let wizard = read(name, bytes, &mut errors, wizard_file::read).flatten();
        match wizard {
            Some(wizard) if errors.is_empty() => Ok(Self {
                texts,
                causes,
                wizard,
            }),
            _ => Err(errors),
        }
    }
}

/// Everything wrong with this file; empty when nothing is. What kind of file it is follows from its folder and name,
/// as they lie under `assets`: `causes/<id>.toml`, `ui/<room>.toml`, or anything else for a wizard.
pub fn lint(file: &str, bytes: &[u8]) -> Vec<LintError> {
    let mut errors = Vec::new();
    let folder = file.rsplit(['/', '\\']).nth(1);
    if folder == Some("causes") || CauseId::parse(cause_file::stem(file)).is_some() {
        load_causes(Some((file, bytes)), &mut errors);
    } else if folder == Some("ui") {
        read(file, bytes, &mut errors, |source| {
            texts::read(source, &mut BTreeMap::new());
        });
    } else {
        read(file, bytes, &mut errors, wizard_file::read);
    }
    errors
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

fn load_texts(errors: &mut Vec<LintError>) -> Texts {
    let mut found = BTreeMap::new();
    for (name, text) in embedded::UI {
        read(name, text.as_bytes(), errors, |source| {
            texts::read(source, &mut found);
        });
    }
    Texts {
        by_id: found
            .into_iter()
            .map(|(id, (_, text))| (id, text))
            .collect(),
    }
}

/// Reads every cause, with `other` in the place of the embedded file of the same name, and checks what must hold
/// across them. With `other`, only its errors count: the embedded ones are tested.
fn load_causes(
    other: Option<(&str, &[u8])>,
    errors: &mut Vec<LintError>,
) -> BTreeMap<CauseId, Cause> {
    let other_id = other.and_then(|(name, _)| CauseId::parse(cause_file::stem(name)));
    let embedded_names: Vec<(String, &[u8])> = CauseId::FILES
        .iter()
        .filter(|(id, _)| Some(*id) != other_id)
        .map(|(id, text)| (format!("assets/causes/{id}.toml"), text.as_bytes()))
        .collect();
    let names = embedded_names
        .iter()
        .map(|(name, bytes)| (name.as_str(), *bytes));
    let mut files = Vec::new();
    for (name, bytes) in names.chain(other) {
        match Source::new(name, bytes) {
            Ok(source) => {
                let file = cause_file::read(&source);
                files.push((source, file));
            }
            Err(error) => errors.push(error),
        }
    }
    check_codes(&files);
    check_explanations(&files);
    let mut causes = BTreeMap::new();
    for (source, file) in files {
        let wanted = other.is_none_or(|(name, _)| name == source.name());
        let found = source.into_errors();
        if wanted {
            errors.extend(found);
        }
        causes.extend(file.map(|file| (file.cause.id, file.cause)));
    }
    causes
}

type CauseFiles<'a> = [(Source<'a>, Option<cause_file::CauseFile>)];

fn check_codes(files: &CauseFiles<'_>) {
    let mut first: BTreeMap<&str, CauseId> = BTreeMap::new();
    for (source, file) in files {
        let Some(file) = file else { continue };
        if let Some(other) = first.insert(&file.cause.code, file.cause.id) {
            let message = format!("the code `{}` is already {other}'s", file.cause.code);
            source.error(&file.code_at, message);
        }
    }
}

/// Notes every explanation that leads back to its own cause.
fn check_explanations(files: &CauseFiles<'_>) {
    let explains: BTreeMap<CauseId, &[CauseId]> = files
        .iter()
        .filter_map(|(_, file)| file.as_ref())
        .map(|file| (file.cause.id, file.cause.explains.as_slice()))
        .collect();
    let leads_to = |from: CauseId, to: CauseId| {
        let mut seen = std::collections::BTreeSet::new();
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
    };
    for (source, file) in files {
        let Some(file) = file else { continue };
        for (explained, at) in file.cause.explains.iter().zip(&file.explains_at) {
            if *explained != file.cause.id && leads_to(*explained, file.cause.id) {
                let message = format!(
                    "`{explained}` explains {} in turn; expected no circle",
                    file.cause.id
                );
                source.error(at, message);
            }
        }
    }
}

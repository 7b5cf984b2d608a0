//! A site's own knowledge: the folder `knowledge` beside the wizard.toml in use, or in the configuration folder where no
//! wizard.toml is. What its files may say is in the guide.

use std::path::Path;

use super::Refusal;
use crate::guide::{SiteFiles, read_bounded};

/// The most files that are read from one folder: there are fewer causes than this.
const MAX_FILES: usize = 500;

/// The knowledge beside this wizard.toml.
pub fn beside(wizard: &Path) -> Result<SiteFiles, Refusal> {
    read(&wizard.with_file_name("knowledge"))
}

/// The knowledge in the configuration folder.
pub fn configured() -> Result<SiteFiles, Refusal> {
    match super::setup::configuration_folder() {
        Some(folder) => read(&folder.join("knowledge")),
        None => Ok(SiteFiles::default()),
    }
}

/// Reads the folder; one that is not there holds nothing.
fn read(folder: &Path) -> Result<SiteFiles, Refusal> {
    let mut site = SiteFiles::default();
    let messages = folder.join("errors.toml");
    if messages.is_file() {
        site.messages = Some(file(&messages)?);
    }
    let causes = folder.join("causes");
    if !causes.is_dir() {
        return Ok(site);
    }
    let refuse = |error: std::io::Error| Refusal(format!("{}: {error}", causes.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&causes).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        // Editors leave other files; pipes and devices would never end.
        if path.extension().is_some_and(|ending| ending == "toml") && path.is_file() {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(Refusal(format!(
                "{}: more than {MAX_FILES} files",
                causes.display()
            )));
        }
    }
    paths.sort();
    site.causes = paths
        .iter()
        .map(|path| file(path))
        .collect::<Result<_, _>>()?;
    Ok(site)
}

fn file(path: &Path) -> Result<(String, Vec<u8>), Refusal> {
    let bytes = std::fs::File::open(path)
        .and_then(read_bounded)
        .map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
    Ok((path.display().to_string(), bytes))
}

//! `vpnmedic lint`: every mistake of a wizard.toml at once.

use super::args::LintArgs;
use super::{Exit, Refusal, print, setup};

/// Lints the file named, else the one that would be used, else the built-in one.
pub fn run(args: &LintArgs) -> Result<Exit, Refusal> {
    let Some((name, bytes)) = setup::wizard_file(args.file.as_deref())? else {
        crate::guide::Knowledge::load(None).map_err(|errors| {
            Refusal(
                errors
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("\n"),
            )
        })?;
        print("the built-in wizard.toml: no mistakes\n")?;
        return Ok(Exit::Healthy);
    };
    let errors = crate::guide::lint(&name, &bytes);
    if errors.is_empty() {
        print(&format!("{name}: no mistakes\n"))?;
        return Ok(Exit::Healthy);
    }
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    print(&format!(
        "{}\n{} mistake(s)\n",
        lines.join("\n"),
        lines.len()
    ))?;
    Ok(Exit::Usage)
}

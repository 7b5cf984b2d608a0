//! `vpnmedic lint`: every mistake of a wizard.toml at once.

use std::fmt::Write as _;

use super::args::{Common, LintArgs};
use super::{Exit, Refusal, print, setup};
use crate::guide::{Coverage, Knowledge, Lang, Place, System};

/// Lints the file named, else the one that would be used, else the built-in one.
pub fn run(common: &Common, args: &LintArgs) -> Result<Exit, Refusal> {
    if args.coverage {
        return coverage(&setup::knowledge(common)?);
    }
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

/// The table of causes by system and language, what is missing below each line, and how many things are.
fn coverage(knowledge: &Knowledge) -> Result<Exit, Refusal> {
    let coverage = Coverage::of(knowledge);
    let places = System::ALL.map(System::place);
    let mut out = String::new();
    let _ = write!(out, "{:5} {:32}", "code", "cause");
    for system in System::ALL {
        let _ = write!(out, "{:9}", system.as_str());
    }
    out.push_str("gateway\n");
    for cause in &coverage.causes {
        let _ = write!(out, "{:5} {:32}", cause.code, cause.cause);
        for place in places.into_iter().chain([Place::Gateway]) {
            let cell = |lang, word| {
                if cause.is_whole(place, lang) {
                    word
                } else {
                    "--"
                }
            };
            let _ = write!(out, "{} {}    ", cell(Lang::En, "en"), cell(Lang::Ja, "ja"));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        for gap in &cause.gaps {
            let _ = writeln!(
                out,
                "      {}: {}",
                place_and_language(gap.place, gap.lang),
                gap.what
            );
        }
    }
    let _ = writeln!(
        out,
        "{} causes, {} systems, 2 languages: {}",
        coverage.causes.len(),
        places.len(),
        match coverage.gaps() {
            0 => "nothing missing".to_owned(),
            gaps => format!("{gaps} missing"),
        }
    );
    print(&out)?;
    Ok(if coverage.is_whole() {
        Exit::Healthy
    } else {
        Exit::Problem
    })
}

fn place_and_language(place: Place, lang: Option<Lang>) -> String {
    let place = match place {
        Place::Any => "everybody",
        Place::Windows => "windows",
        Place::Macos => "macos",
        Place::Linux => "linux",
        Place::Ios => "ios",
        Place::Android => "android",
        Place::Gateway => "gateway",
    };
    match lang {
        Some(Lang::En) => format!("{place}, en"),
        Some(Lang::Ja) => format!("{place}, ja"),
        None => place.to_owned(),
    }
}

//! `vpnmedic lint`: every mistake of a wizard.toml and of the knowledge beside it at once; and how whole the causes are.

use std::fmt::Write as _;
use std::path::Path;

use super::args::{Common, LintArgs};
use super::{Exit, Refusal, print, setup, site};
use crate::guide::{Coverage, Knowledge, Lang, Place, SiteFiles, System};

/// Lints the file named, else the one that would be used, else the built-in one; and the site's own knowledge with it.
pub fn run(common: &Common, args: &LintArgs) -> Result<Exit, Refusal> {
    if args.coverage {
        return coverage(&setup::knowledge(common)?);
    }
    let named = args.file.as_deref().or(common.wizard.as_deref());
    let (name, mut errors, site) = match setup::wizard_file(named)? {
        Some((name, bytes)) => {
            let errors = crate::guide::lint(&name, &bytes);
            // Beside a cause's file or a file of texts lies no knowledge of a site.
            let is_wizard = Path::new(&name)
                .file_stem()
                .is_some_and(|stem| stem == "wizard");
            let site = match args.file.is_none() || is_wizard {
                true => site::beside(Path::new(&name))?,
                false => SiteFiles::default(),
            };
            (name, errors, site)
        }
        None => {
            let errors = Knowledge::load(None).err().unwrap_or_default();
            (
                "the built-in wizard.toml".to_owned(),
                errors,
                site::configured()?,
            )
        }
    };
    errors.extend(site.lint());
    let with_site = match site.causes.len() + usize::from(site.messages.is_some()) {
        0 => String::new(),
        count => format!(" and {count} file(s) of the site's own knowledge"),
    };
    if errors.is_empty() {
        print(&format!("{name}{with_site}: no mistakes\n"))?;
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
            if !cause.concerns(place) {
                out.push_str("none     ");
                continue;
            }
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
    let catalogue = knowledge.messages();
    let _ = match catalogue.from_site() {
        0 => writeln!(out, "{} messages", catalogue.messages.len()),
        own => writeln!(
            out,
            "{} messages, {own} of the site's own",
            catalogue.messages.len()
        ),
    };
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

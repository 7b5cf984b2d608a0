//! `vpnmedic doctor`: what the program itself stands on, and what this device says of itself. Home folders are shown as `~`, so that the output can be
//! pasted into a ticket.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::args::{Common, DoctorArgs};
use super::built::Built;
use super::{Exit, Refusal, print, setup};
use crate::device::{facts, proxy};
use crate::evidence::{DeviceEvidence, ProxySetting, Target, TrustCard, UnixTime};
use crate::guide::{Knowledge, Lang};
use crate::report::{CardRow, card};
use crate::wrap;

/// How long each group of the device's facts may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Prints paths, trust store, terminal and versions.
pub fn run(common: &Common, args: &DoctorArgs) -> Result<Exit, Refusal> {
    let card = Card::read(common)?;
    if args.json {
        let line = serde_json::to_string(&card)
            .map_err(|error| Refusal(format!("cannot write JSON: {error}")))?;
        print(&(line + "\n"))?;
    } else {
        print(&card.text())?;
    }
    Ok(Exit::Healthy)
}

#[derive(Serialize)]
struct Card {
    schema: u32,
    tool: String,
    /// What the program was built from, by what and for what.
    build: Built,
    system: String,
    language: crate::guide::Lang,
    wizard: String,
    /// Where wizard.toml and the folder `knowledge` are looked for.
    settings: String,
    causes: usize,
    /// How many of them the site wrote about.
    site_causes: usize,
    /// How many messages the site wrote.
    site_messages: usize,
    trust_store: String,
    trusted_roots: usize,
    mozilla_roots: usize,
    trust_store_warnings: Vec<String>,
    terminal: Terminal,
    /// What the device says of itself, tri-state as in evidence; none on systems that this build cannot ask.
    device: Option<DeviceEvidence>,
    /// Proxies that are set, without their passwords.
    proxies: Vec<ProxySetting>,
    /// The card as people read it.
    #[serde(skip)]
    rows: Vec<String>,
}

#[derive(Serialize)]
struct Terminal {
    term: Option<String>,
    no_color: bool,
    columns: Option<u16>,
    rows: Option<u16>,
}

impl Card {
    fn read(common: &Common) -> Result<Self, Refusal> {
        // The device answers while the knowledge is read.
        let asked = std::thread::Builder::new().spawn(read_device);
        let knowledge = setup::knowledge_without_tree(common)?;
        let (stores, warnings) = crate::device::trust_store::load(None);
        let wizard = common.wizard.clone().or_else(setup::configured_wizard);
        let size = crossterm::terminal::size().ok();
        let language = setup::language(common, Some(&knowledge.wizard.site));
        let (device, proxies) = match asked {
            Ok(asked) => asked.join().unwrap_or_default(),
            // The system has no thread to give.
            Err(_) => read_device(),
        };
        let rows = rows(device.as_ref(), &proxies, &knowledge, language);
        Ok(Self {
            schema: 1,
            tool: format!("vpnmedic {}", env!("CARGO_PKG_VERSION")),
            build: Built::THIS,
            system: system(),
            language,
            wizard: wizard.map_or_else(|| "built in".to_owned(), |path| homeless(&path)),
            settings: setup::configuration_folder()
                .map_or_else(|| "none".to_owned(), |path| homeless(&path)),
            causes: knowledge.causes.len(),
            site_causes: knowledge.causes.from_site(),
            site_messages: knowledge.wizard.messages.from_site(),
            trust_store: stores.system.name.clone(),
            trusted_roots: stores.system.anchors.len(),
            mozilla_roots: stores.mozilla.anchors.len(),
            trust_store_warnings: warnings,
            terminal: Terminal {
                term: std::env::var("TERM")
                    .ok()
                    .map(|term| crate::text::sanitise(&term)),
                no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
                columns: size.map(|(columns, _)| columns),
                rows: size.map(|(_, rows)| rows),
            },
            device,
            proxies,
            rows,
        })
    }

    fn roots(&self) -> String {
        let cards = self.device.as_ref().and_then(|d| d.trust.known());
        let same = |card: &&TrustCard| card.store == self.trust_store;
        let card = cards.and_then(|cards| cards.iter().find(same));
        counted(self.trusted_roots, card.map(|card| card.roots))
    }

    fn text(&self) -> String {
        let size = match (self.terminal.columns, self.terminal.rows) {
            (Some(columns), Some(rows)) => format!("{columns} x {rows}"),
            _ => "unknown".to_owned(),
        };
        let mut lines = vec![
            format!("tool          {}", self.tool),
            format!("build         {}", self.build.line()),
            format!("system        {}", self.system),
            format!("wizard.toml   {}", self.wizard),
            format!("settings in   {}", self.settings),
            match self.site_causes {
                0 => format!("causes        {}", self.causes),
                own => format!(
                    "causes        {}, {own} in the site's own words",
                    self.causes
                ),
            },
            format!("trust store   {} ({})", self.trust_store, self.roots()),
            format!("compared with Mozilla ({} roots)", self.mozilla_roots),
            format!(
                "terminal      {} {size}",
                self.terminal.term.as_deref().unwrap_or("unknown")
            ),
        ];
        if self.site_messages > 0 {
            lines.push(format!(
                "messages      {} of the site's own",
                self.site_messages
            ));
        }
        lines.extend(
            self.trust_store_warnings
                .iter()
                .map(|warning| format!("warning       {warning}")),
        );
        lines.push(String::new());
        lines.extend(self.rows.iter().cloned());
        lines.join("\n") + "\n"
    }
}

/// How many roots count, and how many of them are not in the one place that the device's card names: what programs look
/// up one by one stands in a folder beside the file.
fn counted(all: usize, in_store: Option<usize>) -> String {
    match in_store {
        Some(in_store) if in_store < all => {
            format!(
                "{all} roots: {in_store} in it, {} more in the folder beside it",
                all - in_store
            )
        }
        _ => format!("{all} roots"),
    }
}

/// The device and its proxies. Which exceptions hold is a gateway's matter, and there is none here.
fn read_device() -> (Option<DeviceEvidence>, Vec<ProxySetting>) {
    let device =
        crate::device::this_device().map(|device| facts::read(&*device, facts::patience(LIMIT)));
    let proxies = Target::parse("vpn.example.com").map(|any| proxy::read(&any));
    let unexempt = |setting| ProxySetting {
        exempt: None,
        ..setting
    };
    let proxies = proxies.unwrap_or_default().into_iter().map(unexempt);
    (device, proxies.collect())
}

/// The card's rows, labels in a column.
fn rows(
    device: Option<&DeviceEvidence>,
    proxies: &[ProxySetting],
    knowledge: &Knowledge,
    lang: Lang,
) -> Vec<String> {
    let texts = &knowledge.texts;
    let Some(device) = device else {
        return vec![texts.get(lang, "device.card.not-here").to_owned()];
    };
    let now = UnixTime::from(SystemTime::now());
    let rows = card(device, Some(proxies), Some(now));
    let wide = |row: &CardRow| wrap::width(texts.get(lang, row.label));
    let column = rows.iter().map(wide).max().unwrap_or(0) + 2;
    let mut lines = vec![texts.get(lang, "device.card.title").to_owned()];
    for row in &rows {
        let mut label = texts.get(lang, row.label).to_owned();
        for line in &row.lines {
            let gap = " ".repeat(column.saturating_sub(wrap::width(&label)));
            let text = shorten(&texts.render(lang, line));
            lines.push(format!("{label}{gap}{text}"));
            label.clear();
        }
    }
    lines
}

/// The text with the home folder shortened to `~`, so that it can be pasted into a ticket.
fn shorten(text: &str) -> String {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().display().to_string());
    match home {
        Some(home) if home.len() > 1 => text.replace(&home, "~"),
        _ => text.to_owned(),
    }
}

fn system() -> String {
    let name = sysinfo::System::name().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    let version = sysinfo::System::os_version().unwrap_or_default();
    format!("{name} {version} {}", std::env::consts::ARCH)
}

/// The path with the home folder shortened to `~`.
fn homeless(path: &Path) -> String {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match home.and_then(|home| path.strip_prefix(home).map(Path::to_owned).ok()) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_counts_of_roots_say_what_each_of_them_counts() {
        assert_eq!(counted(144, Some(144)), "144 roots");
        assert_eq!(counted(144, None), "144 roots");
        let both = "145 roots: 144 in it, 1 more in the folder beside it";
        assert_eq!(counted(145, Some(144)), both);
    }
}

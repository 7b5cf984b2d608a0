//! `vpnmedic doctor`: what the program itself stands on, and what this device says of itself. Home folders are shown as
//! `~`, so that the output can be pasted into a ticket.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::args::{Common, DoctorArgs};
use super::built::{Built, NOT_KNOWN};
use super::{Exit, Refusal, print, setup};
use crate::device::{facts, proxy};
use crate::evidence::{DeviceEvidence, ProxySetting, Target, TrustCard, UnixTime};
use crate::guide::{Knowledge, Lang, Texts};
use crate::msg::Msg;
use crate::report::card;
use crate::wrap;

/// How long each group of the device's facts may take.
const LIMIT: Duration = Duration::from_secs(1);
/// What stands in the document for the wizard of this program, and for a folder that there is none of.
const BUILT_IN: &str = "built in";
const NONE: &str = "none";

/// Prints paths, trust store, terminal and versions.
pub fn run(common: &Common, args: &DoctorArgs) -> Result<Exit, Refusal> {
    let knowledge = setup::knowledge_without_tree(common)?;
    let card = Card::read(common, &knowledge);
    if args.json {
        let line = serde_json::to_string(&card)
            .map_err(|error| Refusal(format!("cannot write JSON: {error}")))?;
        print(&(line + "\n"))?;
    } else {
        print(&card.text(&knowledge.texts))?;
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
}

#[derive(Serialize)]
struct Terminal {
    term: Option<String>,
    no_color: bool,
    columns: Option<u16>,
    rows: Option<u16>,
}

impl Card {
    fn read(common: &Common, knowledge: &Knowledge) -> Self {
        // The device answers while the stores are read.
        let asked = std::thread::Builder::new().spawn(read_device);
        let (stores, warnings) = crate::device::trust_store::load(None);
        let wizard = common.wizard.clone().or_else(setup::configured_wizard);
        let size = crossterm::terminal::size().ok();
        let language = setup::language(common, Some(&knowledge.wizard.site));
        let (device, proxies) = match asked {
            Ok(asked) => asked.join().unwrap_or_default(),
            // The system has no thread to give.
            Err(_) => read_device(),
        };
        Self {
            schema: 1,
            tool: format!("vpnmedic {}", env!("CARGO_PKG_VERSION")),
            build: Built::THIS,
            system: system(),
            language,
            wizard: wizard.map_or_else(|| BUILT_IN.to_owned(), |path| homeless(&path)),
            settings: setup::configuration_folder()
                .map_or_else(|| NONE.to_owned(), |path| homeless(&path)),
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
        }
    }

    /// The program's own rows, then those of the device, all words in one column.
    fn text(&self, texts: &Texts) -> String {
        let get = |id| texts.get(self.language, id).to_owned();
        let head = self.head(texts).into_iter();
        let head: Vec<Row> = head.map(|(label, words)| (get(label), words)).collect();
        let (title, device) = match &self.device {
            None => (get("device.card.not-here"), Vec::new()),
            Some(device) => (
                get("device.card.title"),
                device_rows(device, &self.proxies, texts, self.language),
            ),
        };
        let widest = |rows: &[Row]| rows.iter().map(|(label, _)| wrap::width(label)).max();
        let column = widest(&head).max(widest(&device)).unwrap_or(0) + 2;
        let below = |rows: Vec<Row>| {
            let line = |(label, words): Row| {
                let gap = " ".repeat(column.saturating_sub(wrap::width(&label)));
                format!("{label}{gap}{words}\n")
            };
            rows.into_iter().map(line).collect::<String>()
        };
        format!("{}\n{title}\n{}", below(head), below(device))
    }

    fn head(&self, texts: &Texts) -> Vec<(&'static str, String)> {
        let get = |id| texts.get(self.language, id).to_owned();
        let say = |msg: Msg| texts.render(self.language, &msg);
        let known = |fact: &str| match fact {
            NOT_KNOWN => get("doctor.unknown"),
            fact => fact.to_owned(),
        };
        let count = |id, count: usize| say(Msg::new(id).with("count", count));
        let build = Msg::new("doctor.build")
            .with("commit", known(&self.build.short_commit()))
            .with("target", known(self.build.target))
            .with("profile", known(self.build.profile))
            .with("linked", known(self.build.linked))
            .with("rustc", known(self.build.rustc));
        let wizard = match self.wizard.as_str() {
            BUILT_IN => get("doctor.built-in"),
            path => path.to_owned(),
        };
        let settings = match self.settings.as_str() {
            NONE => get("doctor.none"),
            path => path.to_owned(),
        };
        let causes = match self.site_causes {
            0 => Msg::new("doctor.causes"),
            own => Msg::new("doctor.causes-own").with("own", own),
        };
        let store = Msg::new("doctor.store").with("name", &self.trust_store);
        let mozilla = count("doctor.roots", self.mozilla_roots);
        let size = match (self.terminal.columns, self.terminal.rows) {
            (Some(columns), Some(rows)) => say(Msg::new("doctor.size")
                .with("columns", columns)
                .with("rows", rows)),
            _ => get("doctor.unknown"),
        };
        let term = self.terminal.term.clone();
        let term = term.unwrap_or_else(|| get("doctor.unknown"));
        let mut rows = vec![
            ("doctor.label.tool", self.tool.clone()),
            ("doctor.label.build", say(build)),
            ("doctor.label.system", self.system.clone()),
            ("doctor.label.wizard", wizard),
            ("doctor.label.settings", settings),
            (
                "doctor.label.causes",
                say(causes.with("count", self.causes)),
            ),
            (
                "doctor.label.trust-store",
                say(store.with("roots", say(self.roots()))),
            ),
            (
                "doctor.label.compared",
                say(Msg::new("doctor.mozilla").with("roots", mozilla)),
            ),
            ("doctor.label.terminal", format!("{term} {size}")),
        ];
        if self.site_messages > 0 {
            let own = count("doctor.messages", self.site_messages);
            rows.push(("doctor.label.messages", own));
        }
        let warnings = self.trust_store_warnings.iter();
        rows.extend(warnings.map(|warning| ("doctor.label.warning", warning.clone())));
        rows
    }

    fn roots(&self) -> Msg {
        let cards = self.device.as_ref().and_then(|d| d.trust.known());
        let same = |card: &&TrustCard| card.store == self.trust_store;
        let card = cards.and_then(|cards| cards.iter().find(same));
        counted(self.trusted_roots, card.map(|card| card.roots))
    }
}

/// A label and what is told beside it; no label where more is told than one line holds.
type Row = (String, String);

/// How many roots count, and how many of them are not in the one place that the device's card names: what programs look
/// up one by one stands in a folder beside the file.
fn counted(all: usize, in_store: Option<usize>) -> Msg {
    match in_store {
        Some(in_store) if in_store < all => Msg::new("doctor.roots-beside")
            .with("count", all)
            .with("within", in_store)
            .with("more", all - in_store),
        _ => Msg::new("doctor.roots").with("count", all),
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

/// The device's rows.
fn device_rows(
    device: &DeviceEvidence,
    proxies: &[ProxySetting],
    texts: &Texts,
    lang: Lang,
) -> Vec<Row> {
    let now = UnixTime::from(SystemTime::now());
    let mut rows = Vec::new();
    for row in card(device, Some(proxies), Some(now)) {
        let mut label = texts.get(lang, row.label).to_owned();
        for line in &row.lines {
            let text = shorten(&texts.render(lang, line));
            rows.push((std::mem::take(&mut label), text));
        }
    }
    rows
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
        let texts = Texts::default();
        let said = |all, in_store| texts.render(Lang::En, &counted(all, in_store));
        assert_eq!(said(144, Some(144)), "144 roots");
        assert_eq!(said(144, None), "144 roots");
        let both = "145 roots: 144 in it, 1 more in the folder beside it";
        assert_eq!(said(145, Some(144)), both);
    }

    /// One column from the first line to the last, in cells, in both languages.
    #[test]
    fn head_and_device_stand_in_one_column() {
        let line = ["vpnmedic", "doctor"].map(Into::into);
        let args = crate::cli::args::Args::read(&line, |command| command).unwrap();
        let knowledge = Knowledge::load(None).unwrap();
        let mut card = Card::read(&args.common, &knowledge);
        for (lang, tool, system) in [
            (Lang::En, "tool", "system"),
            (Lang::Ja, "プログラム", "システム"),
        ] {
            card.language = lang;
            let text = card.text(&knowledge.texts);
            let starts = |label: &str| {
                let line = text.lines().find(|line| line.starts_with(label)).unwrap();
                let words = line[label.len()..].trim_start();
                wrap::width(line) - wrap::width(words)
            };
            assert_eq!(starts(tool), starts(system), "{text}");
            let title = knowledge.texts.get(lang, "device.card.title");
            let Some(first) = text.lines().skip_while(|line| *line != title).nth(1) else {
                continue;
            };
            let blanks = first.find("  ").unwrap();
            assert_eq!(starts(&first[..blanks]), starts(tool), "{text}");
        }
    }
}

//! What every verb needs before it starts: the knowledge, the language, the stores, the options of the live checks.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use tokio::runtime::Runtime;

use super::args::{Beforehand, Common, LangArg, Live, ThemeArg};
use super::{Exit, Refusal, refuse};
use crate::chain::Stores;
use crate::device::trust_store::Late;
use crate::evidence::{RangesEvidence, Target};
use crate::guide::{Knowledge, Lang, LintError, PortalCheck, Site, SiteFiles, System, Texts};
use crate::msg::Msg;
use crate::probe::{CheckOptions, LogsWanted};
use crate::runtime::Beginning;
use crate::session::journal;
use crate::text::sanitise;
use crate::tui::{Keep, Left, Start, ThemeName};

/// Seconds for the checks of one gateway, unless something else is said.
const DEFAULT_TIMEOUT: u64 = 15;
/// The largest file of certificates that is read, in bytes.
const MAX_CERTIFICATE_FILE: u64 = 4 << 20;

/// Starts the full-screen wizard.
pub fn wizard(common: &Common, typed: Option<&str>, keep: bool) -> Result<Exit, Refusal> {
    let stores = late_stores(&common.live)?;
    let runtime = screens_runtime();
    let knowledge = knowledge(common)?;
    let lang = language(common, Some(&knowledge.wizard.site));
    let target = typed
        .map(|typed| target(typed, &knowledge, lang))
        .transpose()?;
    let mut options = options(common, &knowledge.wizard.site)?;
    options.logs = Some(LogsWanted {
        named: Vec::new(),
        here: Some(system(common)),
        messages: knowledge.wizard.messages.clone(),
    });
    let client = client(common, &knowledge)?;
    let texts = knowledge.texts.clone();
    let in_lines = common.plain || !has_screen();
    let start = Start {
        target,
        client,
        // A walk in lines is kept by whoever reads them.
        keep: if keep && !in_lines {
            Keep::In(journal::place())
        } else {
            Keep::Nothing
        },
        ..screen(common, knowledge, lang, options, stores)
    };
    if in_lines {
        return plain(start, runtime);
    }
    let left = show(start, runtime, "vpnmedic check HOST")?;
    if let Some(path) = &left.kept {
        super::print(&format!("{}\n", kept_in(path, &texts, left.lang)))?;
    }
    Ok(Exit::Healthy)
}

/// Where the session is kept, for people.
fn kept_in(path: &Path, texts: &Texts, lang: Lang) -> String {
    let id = path.file_name().unwrap_or_default().to_string_lossy();
    let id = id.split('.').next().unwrap_or_default().to_owned();
    let msg = Msg::new("sessions.kept-in")
        .with("file", sanitise(&path.display().to_string()))
        .with("id", sanitise(&id));
    texts.render(lang, &msg)
}

/// Walks in lines, on standard input and output. Ends as `check` does; where nothing was checked, as one that could
/// not tell.
fn plain(start: Start, runtime: Beginning) -> Result<Exit, Refusal> {
    let (input, output) = (std::io::stdin(), std::io::stdout());
    let width = output
        .is_terminal()
        .then(|| crossterm::terminal::size().ok())
        .flatten()
        .map(|(columns, _)| usize::from(columns));
    let walked =
        crate::tui::plain::run(start, runtime, &mut input.lock(), &mut output.lock(), width);
    match walked {
        Ok(verdict) => Ok(verdict.map_or(Exit::Inconclusive, Exit::from)),
        Err(error) => Err(Refusal(format!(
            "standard input or output cannot be used: {error}"
        ))),
    }
}

/// Whether standard output is a terminal that a screen can be drawn on.
pub fn has_screen() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !dumb
}

/// What the screen runs on, begun beside what it shows.
pub fn screens_runtime() -> Beginning {
    Beginning::early(Some(2))
}

/// Shows the screen until the person leaves. Where it cannot be used, `instead` is what works without it.
pub fn show(start: Start, runtime: Beginning, instead: &str) -> Result<Left, Refusal> {
    crate::tui::run(start, runtime).map_err(|error| super::no_screen(&error, instead))
}

/// What checks without a screen run on.
pub fn runtime() -> Result<Runtime, Refusal> {
    crate::runtime::begin(None).map_err(|error| Refusal(format!("cannot start: {error}")))
}

/// How the screen starts, with nothing on it yet.
pub fn screen(
    common: &Common,
    knowledge: Knowledge,
    lang: Lang,
    options: CheckOptions,
    stores: Late,
) -> Start {
    Start {
        theme: theme(common, &knowledge.wizard.site),
        knowledge,
        opened: None,
        target: None,
        options,
        stores,
        lang,
        system: system(common),
        client: None,
        ascii: common.ascii || !speaks_utf8(),
        mouse: !common.no_mouse,
        practice: None,
        keep: Keep::Nothing,
    }
}

/// The knowledge: the built-in files with the wizard.toml that applies, for this device.
pub fn knowledge(common: &Common) -> Result<Knowledge, Refusal> {
    knowledge_with(common, |site| Knowledge::load_site(None, site))
}

/// The same for who looks and does not walk: where the built-in wizard applies, its tree is left unread.
pub fn knowledge_without_tree(common: &Common) -> Result<Knowledge, Refusal> {
    knowledge_with(common, Knowledge::load_without_tree)
}

fn knowledge_with(
    common: &Common,
    built_in: impl Fn(&SiteFiles) -> Result<Knowledge, Vec<LintError>>,
) -> Result<Knowledge, Refusal> {
    let file = wizard_file(common.wizard.as_deref())?;
    let site = match &file {
        Some((name, _)) => super::site::beside(Path::new(name))?,
        None => super::site::configured()?,
    };
    let file = file
        .as_ref()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let read = match file {
        Some(_) => Knowledge::load_site(file, &site),
        None => built_in(&site),
    };
    let mut knowledge = read.map_err(|errors| lines(&errors))?;
    knowledge.distro = crate::device::distro::family();
    Ok(knowledge)
}

/// The knowledge and the trust stores, side by side: each takes several milliseconds.
pub fn knowledge_and_stores(common: &Common) -> Result<(Knowledge, Arc<Stores>), Refusal> {
    let stores = late_stores(&common.live)?;
    Ok((knowledge(common)?, stores.get()))
}

/// The wizard.toml that applies: the one named, else the one in the configuration folder, else none.
pub fn wizard_file(named: Option<&Path>) -> Result<Option<(String, Vec<u8>)>, Refusal> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => match configured_wizard() {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let bytes = std::fs::File::open(&path)
        .and_then(crate::guide::read_bounded)
        .map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
    Ok(Some((path.display().to_string(), bytes)))
}

/// The wizard.toml in the configuration folder, if there is one.
pub fn configured_wizard() -> Option<PathBuf> {
    let path = configuration_folder()?.join("wizard.toml");
    path.is_file().then_some(path)
}

/// The folder that this person's settings are looked for in.
pub fn configuration_folder() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "vpnmedic")?;
    Some(dirs.config_dir().to_owned())
}

/// The language: as asked for, as the site says, as the system says.
pub fn language(common: &Common, site: Option<&Site>) -> Lang {
    let site = || site.and_then(|site| site.language);
    spoken(common.lang, site)
}

/// The same for a command line that is not read yet, or cannot be. A site's settings that cannot be used say nothing.
pub fn language_before(line: &[OsString]) -> Lang {
    let Beforehand { lang, wizard } = Beforehand::of(line);
    spoken(lang, || {
        let (name, bytes) = wizard_file(wizard.as_deref()).ok()??;
        let file = Some((name.as_str(), bytes.as_slice()));
        let knowledge = Knowledge::load_site(file, &SiteFiles::default());
        knowledge.ok()?.wizard.site.language
    })
}

fn spoken(asked: Option<LangArg>, site: impl FnOnce() -> Option<Lang>) -> Lang {
    if let Some(lang) = asked {
        return lang.into();
    }
    if let Some(lang) = site() {
        return lang;
    }
    match sys_locale::get_locale() {
        Some(locale) if locale.to_ascii_lowercase().starts_with("ja") => Lang::Ja,
        _ => Lang::En,
    }
}

/// The system the steps are for.
pub fn system(common: &Common) -> System {
    match common.os {
        Some(os) => os.into(),
        None if cfg!(target_os = "windows") => System::Windows,
        None if cfg!(target_os = "macos") => System::Macos,
        None => System::Linux,
    }
}

/// The VPN client's id, where one was named.
pub fn client(common: &Common, knowledge: &Knowledge) -> Result<Option<String>, Refusal> {
    let Some(name) = &common.live.client else {
        return Ok(None);
    };
    let clients = knowledge.clients();
    match clients.id_of(name) {
        Some(id) => Ok(Some(id.to_owned())),
        None => {
            let msg = Msg::new("refusal.client").with("name", name);
            Err(refuse(&msg.with("known", clients.ids().join(", "))))
        }
    }
}

/// The colours: none where the environment asks for none, else as asked for, as the site says, as the terminal says.
pub fn theme(common: &Common, site: &Site) -> ThemeName {
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || common.no_color {
        return ThemeName::None;
    }
    match (common.theme, site.theme.as_deref()) {
        (Some(ThemeArg::Dark), _) | (None, Some("dark")) => ThemeName::Dark,
        (Some(ThemeArg::Light), _) | (None, Some("light")) => ThemeName::Light,
        (Some(ThemeArg::HighContrast), _) | (None, Some("high-contrast")) => {
            ThemeName::HighContrast
        }
        (Some(ThemeArg::None), _) | (None, Some("none")) => ThemeName::None,
        _ if light_background() => ThemeName::Light,
        _ => ThemeName::Dark,
    }
}

/// Whether the terminal says, the way rxvt began and others took up, that its background is light: the last number of
/// `COLORFGBG` is 7 or 15.
fn light_background() -> bool {
    std::env::var("COLORFGBG")
        .is_ok_and(|colours| matches!(colours.rsplit(';').next(), Some("7" | "15")))
}

/// Whether the locale's characters are UTF-8. Only Unix says; Windows consoles that run this take Unicode.
pub fn speaks_utf8() -> bool {
    if cfg!(not(unix)) {
        return true;
    }
    let first = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    first.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// A target as typed, or why it is none, in the person's language.
pub fn target(typed: &str, knowledge: &Knowledge, lang: Lang) -> Result<Target, Refusal> {
    Target::parse(typed).map_err(|error| Refusal(knowledge.texts.render(lang, &error.message())))
}

/// What the live checks may do.
pub fn options(common: &Common, site: &Site) -> Result<CheckOptions, Refusal> {
    let live = &common.live;
    // What the person names on the command line is asked for; what the site merely lists is asked where it lets us.
    let contact = site.contact;
    let portal = if live.portal.is_empty() {
        site.portal
            .iter()
            .filter(|_| contact.portal)
            .cloned()
            .collect()
    } else {
        live.portal
            .iter()
            .map(|url| portal_check(url))
            .collect::<Result<_, _>>()?
    };
    Ok(CheckOptions {
        timeout: Duration::from_secs(live.timeout.unwrap_or(DEFAULT_TIMEOUT)),
        offline: common.offline,
        no_third_party: common.no_third_party || !contact.third_party,
        no_public_dns: !contact.public_dns,
        connect: live.connect,
        sni: live.sni.as_deref().map(server_name).transpose()?,
        ntp: if live.ntp.is_empty() {
            site.ntp.iter().filter(|_| contact.ntp).cloned().collect()
        } else {
            live.ntp.clone()
        },
        portal,
        ports: site.ports.clone(),
        identity: None,
        ranges: None,
        logs: None,
        profile: None,
        client_version: None,
    })
}

/// The trust stores, with the roots of `--ca` added. What could not be read of the system's store is told by `doctor`
/// only; the judge works with what is there.
pub fn stores(live: &Live) -> Result<Arc<Stores>, Refusal> {
    Ok(Arc::new(
        crate::device::trust_store::load(extra_roots(live)?).0,
    ))
}

/// The same, read beside whatever comes first.
pub fn late_stores(live: &Live) -> Result<Late, Refusal> {
    Ok(Late::begin(extra_roots(live)?))
}

/// The roots of `--ca`: the file's name and content.
fn extra_roots(live: &Live) -> Result<Option<(String, Vec<u8>)>, Refusal> {
    let Some(path) = &live.ca else {
        return Ok(None);
    };
    let bytes = read_bounded(path, MAX_CERTIFICATE_FILE)?;
    certificates(path, &bytes)?;
    Ok(Some((path.display().to_string(), bytes)))
}

/// The certificates of a file, or why there are none to use.
pub fn certificates(path: &Path, bytes: &[u8]) -> Result<Vec<crate::evidence::Der>, Refusal> {
    crate::chain::read_certificates(bytes)
        .map_err(|error| Refusal(format!("{}: {error}", path.display())))
}

/// Reads a file (or standard input for `-`) that must not be longer than `limit` bytes.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
    read_within(path, limit)?.ok_or_else(|| {
        let msg = Msg::new("refusal.too-large").with("file", path.display());
        refuse(&msg.with("limit", limit))
    })
}

/// The same; none where it is longer.
pub fn read_within(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Refusal> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(limit + 1)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= limit);
    Ok(fits.then_some(bytes))
}

fn portal_check(url: &str) -> Result<PortalCheck, Refusal> {
    if !url.starts_with("http://") {
        return Err(refuse(&Msg::new("refusal.portal").with("url", url)));
    }
    let status = if url.ends_with("204") { 204 } else { 200 };
    Ok(PortalCheck {
        url: url.to_owned(),
        status,
        body: None,
    })
}

fn server_name(name: &str) -> Result<String, Refusal> {
    match Target::parse(name) {
        Ok(Target {
            host: crate::evidence::Host::Name { ascii, .. },
            port_given: false,
            ..
        }) => Ok(ascii),
        _ => Err(refuse(&Msg::new("refusal.sni").with("name", name))),
    }
}

/// Ranges of the command line: what the VPN hands out, and networks that it must not overlap.
pub fn ranges(
    pools: &[String],
    lans: &[String],
    peak: Option<u32>,
) -> Result<Option<RangesEvidence>, Refusal> {
    let all = |option: &str, texts: &[String]| {
        let nets = texts.iter().map(|text| network(option, text));
        nets.collect::<Result<Vec<IpNet>, Refusal>>()
    };
    let ranges = RangesEvidence {
        pools: all("--pool", pools)?,
        lans: all("--lan", lans)?,
        peak,
    };
    Ok((!ranges.pools.is_empty()).then_some(ranges))
}

/// A network of the command line, its host bits cleared, or what is wrong with it.
pub fn network(option: &str, text: &str) -> Result<IpNet, Refusal> {
    crate::plan::network(text).ok_or_else(|| {
        let msg = Msg::new("refusal.network").with("option", option);
        refuse(&msg.with("text", text))
    })
}

/// The logs that the person handed in; none where nothing was.
pub fn logs(named: &[PathBuf], knowledge: &Knowledge) -> Result<Option<LogsWanted>, Refusal> {
    for path in named {
        if path.as_os_str() == "-" {
            return Err(refuse(&Msg::new("refusal.log-input")));
        }
        // What cannot be opened is a mistake on the command line, not something seen.
        let opened = match path.is_dir() {
            true => std::fs::read_dir(path).map(drop),
            false => std::fs::File::open(path).map(drop),
        };
        opened.map_err(|error| Refusal(format!("--log {}: {error}", path.display())))?;
    }
    Ok((!named.is_empty()).then(|| LogsWanted {
        named: named.to_vec(),
        here: None,
        messages: knowledge.wizard.messages.clone(),
    }))
}

fn lines(errors: &[LintError]) -> Refusal {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Refusal(lines.join("\n"))
}

//! Which proxy this device is set up to use for a gateway: the variables that programs heed, `/etc/environment`, and
//! the settings of GNOME and KDE as far as they are kept in text files, and those of Windows and macOS by what their own
//! tools print (`windows`, `macos`). Nothing is contacted; on Linux no program is run.
//!
//! Passwords in settings are dropped while reading. Trying a proxy is in `probe`.

mod macos;
mod windows;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use super::facts::Deadline;
use super::source::{Real, Source as _};
use crate::evidence::{Host, ProxyRoute, ProxySetting, Target};

/// How long the system's own tools may take to tell.
const LIMIT: Duration = Duration::from_secs(1);
/// The longest file of settings that is read, in bytes.
const MAX_FILE: u64 = 256 << 10;
/// Settings that are kept.
const MAX_SETTINGS: usize = 8;
/// Where an HTTP proxy listens unless something else is said.
const HTTP_PORT: u16 = 80;
/// Variables that name a proxy for a TLS connection, in the order in which most programs look.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/// Variables with exceptions.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// What this device's settings say about reaching `target`. A few small files are read.
pub fn read(target: &Target) -> Vec<ProxySetting> {
    settings(&Sources::of_this_device(), target)
}

/// Texts in which settings are found.
#[derive(Clone, Debug, Default)]
struct Sources {
    /// Variables of this process.
    variables: Vec<(String, String)>,
    /// `/etc/environment`: its path and content.
    environment: Option<(String, String)>,
    /// Key files of GNOME (dconf's and GLib's), the strongest first.
    gnome: Vec<(String, String)>,
    /// A database of GNOME that holds proxy settings in binary form.
    gnome_binary: Option<String>,
    /// KDE's `kioslaverc`.
    kde: Option<(String, String)>,
    /// What Windows or macOS itself keeps.
    system: Vec<System>,
}

/// A setting of Windows or macOS.
#[derive(Clone, Debug, PartialEq, Eq)]
struct System {
    route: ProxyRoute,
    /// The name of the setting, the same in every language.
    source: &'static str,
    /// Its exceptions, as they are written there.
    exceptions: String,
}

impl Sources {
    fn of_this_device() -> Self {
        let names = VARIABLES.iter().chain(&EXCEPTIONS);
        let variables = names
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        if !cfg!(target_os = "linux") {
            return Self {
                variables,
                system: of_the_system(),
                ..Self::default()
            };
        }
        let config = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
        let own = |name: &str| config.as_ref().map(|folder| folder.join(name));
        let mut gnome: Vec<(String, String)> = own("glib-2.0/settings/keyfile")
            .and_then(|path| text(&path))
            .into_iter()
            .collect();
        gnome.extend(dconf_files(Path::new("/etc/dconf/db")));
        Self {
            variables,
            environment: text(Path::new("/etc/environment")),
            gnome,
            gnome_binary: own("dconf/user").and_then(|path| names_a_proxy(&path)),
            kde: own("kioslaverc").and_then(|path| text(&path)),
            system: Vec::new(),
        }
    }
}

/// What Windows or macOS itself keeps on this very device.
fn of_the_system() -> Vec<System> {
    let source = Real::default();
    let until = Deadline::after(LIMIT);
    if cfg!(windows) {
        return windows::settings(&source, until);
    }
    if cfg!(target_os = "macos") {
        let told = source.run("scutil", &["--proxy"], until).ok();
        let told = told.and_then(|answer| answer.good());
        return told.map_or_else(Vec::new, |text| macos::settings(&text));
    }
    Vec::new()
}

/// What these texts say about proxies, each in every place where it may stand; `source` is asked as Windows is.
#[cfg(fuzzing)]
pub fn fuzz(content: &str, source: &dyn super::source::Source, target: &Target) {
    let named = || ("a file".to_owned(), content.to_owned());
    let mut sources = Sources {
        variables: vec![("https_proxy".to_owned(), content.to_owned())],
        environment: Some(named()),
        gnome: vec![named()],
        gnome_binary: None,
        kde: Some(named()),
        system: macos::settings(content),
    };
    assert!(settings(&sources, target).len() <= MAX_SETTINGS);
    sources.system = windows::settings(source, Deadline::after(LIMIT));
    assert!(settings(&sources, target).len() <= MAX_SETTINGS);
}

/// A file's path and content, where it can be read and is not absurdly large.
fn text(path: &Path) -> Option<(String, String)> {
    let bytes = bytes(path)?;
    Some((
        path.display().to_string(),
        String::from_utf8_lossy(&bytes).into_owned(),
    ))
}

fn bytes(path: &Path) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The key files that an administrator's dconf database is made from.
fn dconf_files(databases: &Path) -> Vec<(String, String)> {
    let entries = |folder: &Path| {
        let listed = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = listed.map(|entry| entry.path()).take(64).collect();
        paths.sort();
        paths
    };
    entries(databases)
        .into_iter()
        .filter(|folder| folder.extension().is_some_and(|end| end == "d"))
        .flat_map(|folder| entries(&folder))
        .filter(|path| path.is_file())
        .filter_map(|path| text(&path))
        .collect()
}

/// The path of a binary dconf database that has something under `/system/proxy/`.
fn names_a_proxy(path: &Path) -> Option<String> {
    const KEY: &[u8] = b"/system/proxy/";
    let bytes = bytes(path)?;
    bytes
        .windows(KEY.len())
        .any(|window| window == KEY)
        .then(|| path.display().to_string())
}

/// What the texts say, the strongest first, each once.
fn settings(sources: &Sources, target: &Target) -> Vec<ProxySetting> {
    let mut found: Vec<ProxySetting> = Vec::new();
    let mut add = |route: ProxyRoute, source: &str, exempt: Option<String>| {
        let known = found.iter().any(|setting| setting.route == route);
        if !known && found.len() < MAX_SETTINGS {
            found.push(ProxySetting {
                route,
                source: source.to_owned(),
                exempt,
            });
        }
    };
    let variable = |name: &&'static str| {
        let (_, value) = sources.variables.iter().find(|(known, _)| known == *name)?;
        let value = value.trim();
        (!value.is_empty()).then_some((*name, value))
    };
    if let Some((name, value)) = VARIABLES.iter().find_map(variable) {
        let exceptions = EXCEPTIONS.iter().find_map(variable);
        let list = exceptions.map_or("", |(_, list)| list);
        add(route(value), name, exempt(list, target));
    }
    for set in &sources.system {
        let left_out = exempt(&set.exceptions, target);
        add(set.route.clone(), set.source, left_out);
    }
    for (path, text) in &sources.gnome {
        if let Some((route, list)) = gnome(text) {
            add(route, path, exempt(&list, target));
        }
    }
    if let Some(path) = &sources.gnome_binary {
        add(ProxyRoute::Unreadable, path, None);
    }
    if let Some((path, text)) = &sources.kde
        && let Some((route, list)) = kde(text)
    {
        add(route, path, exempt(&list, target));
    }
    if let Some((path, text)) = &sources.environment {
        let assigned = |name: &&str| assignment(text, name);
        if let Some(value) = VARIABLES.iter().find_map(assigned) {
            let list = EXCEPTIONS.iter().find_map(assigned).unwrap_or_default();
            add(route(&value), path, exempt(&list, target));
        }
    }
    found
}

/// What a value such as `http://user:word@proxy.example.com:3128` means, without the user and the word.
fn route(value: &str) -> ProxyRoute {
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("http".to_owned(), value),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let bare = authority
        .rsplit_once('@')
        .map_or(authority, |(_, bare)| bare);
    let Ok(parsed) = Target::parse(bare) else {
        return ProxyRoute::Unreadable;
    };
    let port = |usual| {
        if parsed.port_given {
            parsed.port
        } else {
            usual
        }
    };
    match scheme.as_str() {
        "http" => ProxyRoute::Http {
            host: parsed.host.wire(),
            port: port(HTTP_PORT),
        },
        "https" | "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
            let usual = if scheme == "https" { 443 } else { 1080 };
            let shown = ProxyRoute::Http {
                host: parsed.host.wire(),
                port: port(usual),
            };
            ProxyRoute::Other(format!("{scheme}://{}", shown.shown()))
        }
        _ => ProxyRoute::Unreadable,
    }
}

/// The address of a script, without user and word, and without what follows a question mark.
fn script(url: &str) -> ProxyRoute {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let shown = match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let bare = authority
                .rsplit_once('@')
                .map_or(authority, |(_, bare)| bare);
            format!("{scheme}://{bare}/{path}")
        }
        None => url.to_owned(),
    };
    ProxyRoute::Script(shown.chars().take(300).collect())
}

/// The entry of an exception list that leaves the target out of the proxy: names with everything below them, addresses,
/// networks, an optional port, `*` for all. A device's own loopback is never reached through a proxy.
fn exempt(list: &str, target: &Target) -> Option<String> {
    let own = match &target.host {
        Host::Name { ascii, .. } => ascii == "localhost" || ascii.ends_with(".localhost"),
        Host::Ip(ip) => ip.is_loopback(),
    };
    if own {
        return Some(target.host.wire());
    }
    let entries = list.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    entries
        .map(|entry| entry.trim_matches(['\'', '"', '[', ']']))
        .filter(|entry| !entry.is_empty())
        .find(|entry| leaves_out(entry, target))
        .map(str::to_owned)
}

fn leaves_out(entry: &str, target: &Target) -> bool {
    if entry == "*" {
        return true;
    }
    if let Host::Ip(ip) = &target.host {
        let network = entry.parse::<IpNet>().is_ok_and(|net| net.contains(ip));
        if network || entry.parse::<IpAddr>().is_ok_and(|other| other == *ip) {
            return true;
        }
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') => match digits.parse::<u16>() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    };
    if port.is_some_and(|port| port != target.port) {
        return false;
    }
    match &target.host {
        // `10.*` of Windows.
        Host::Ip(ip) => match name.strip_suffix('*') {
            Some(start) => start.ends_with('.') && ip.to_string().starts_with(start),
            None => name.parse::<IpAddr>().is_ok_and(|other| other == *ip),
        },
        // Names without a dot, as Windows calls them.
        Host::Name { ascii, .. } if name == "<local>" => !ascii.contains('.'),
        Host::Name { ascii, .. } => {
            let name = name.trim_start_matches("*.").trim_matches('.');
            let name = name.to_ascii_lowercase();
            !name.is_empty()
                && (*ascii == name
                    || ascii
                        .strip_suffix(&name)
                        .is_some_and(|rest| rest.ends_with('.')))
        }
    }
}

/// What GNOME's key file says: the schema `org.gnome.system.proxy` under its path `/system/proxy/`.
fn gnome(text: &str) -> Option<(ProxyRoute, String)> {
    let value = |group: &str, key: &str| keyed(text, group, key).map(unquoted);
    let list = value("system/proxy", "ignore-hosts").unwrap_or_default();
    match value("system/proxy", "mode")?.as_str() {
        "manual" => {
            let (host, port) = ["https", "socks"].iter().find_map(|kind| {
                let group = format!("system/proxy/{kind}");
                let host = value(&group, "host").filter(|host| !host.is_empty())?;
                let scheme = if *kind == "socks" { "socks://" } else { "" };
                Some((
                    format!("{scheme}{host}"),
                    value(&group, "port").unwrap_or_default(),
                ))
            })?;
            let named = match port.parse::<u16>() {
                Ok(port) if port > 0 => format!("{host}:{port}"),
                _ => host,
            };
            Some((route(&named), list))
        }
        "auto" => {
            let url = value("system/proxy", "autoconfig-url").unwrap_or_default();
            Some((script(if url.is_empty() { "wpad" } else { &url }), list))
        }
        _ => None,
    }
}

/// What KDE's `kioslaverc` says.
fn kde(text: &str) -> Option<(ProxyRoute, String)> {
    let value = |key: &str| keyed(text, "Proxy Settings", key);
    let list = value("NoProxyFor").unwrap_or_default().to_owned();
    match value("ProxyType")? {
        // `http://proxy.example.com 3128`: the port after a blank.
        "1" => {
            let proxy = value("httpsProxy").filter(|proxy| !proxy.is_empty())?;
            let joined = proxy.split_whitespace().collect::<Vec<_>>().join(":");
            Some((route(&joined), list))
        }
        "2" => Some((
            script(value("Proxy Config Script").unwrap_or_default()),
            list,
        )),
        "3" => Some((script("wpad"), list)),
        _ => None,
    }
}

/// The value of a key in a group of a key file.
fn keyed<'a>(text: &'a str, group: &str, key: &str) -> Option<&'a str> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            inside = name == group;
        } else if inside
            && let Some((known, value)) = line.split_once('=')
            && known.trim() == key
        {
            return Some(value.trim());
        }
    }
    None
}

fn unquoted(value: &str) -> String {
    value.trim_matches(['\'', '"']).to_owned()
}

/// The value of a line `name=value` or `export name="value"`.
fn assignment(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (known, value) = line.split_once('=')?;
        let value = unquoted(value.trim());
        (known.trim() == name && !value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests;

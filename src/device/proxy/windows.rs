//! Proxies as Windows keeps them: the settings of this person (WinINET), those of a policy for the whole device, and those
//! of services (WinHTTP). From the registry alone: what `netsh winhttp show proxy` prints is translated.
//!
//! "Detect settings automatically" is ticked on every new Windows and names no proxy: alone it is no setting. Not here:
//! trying a proxy.

use super::{ProxyRoute, System, route, script};
use crate::device::facts::Deadline;
use crate::device::source::Source;
use crate::device::windows::registry::{Key, query};

const INTERNET: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings";
const POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";

/// What is set on the device that this source tells of, the person's own first.
pub(super) fn settings(source: &dyn Source, until: Deadline) -> Vec<System> {
    let read = |path: &str| -> Option<Key> {
        let keys = query(source, path, &["/reg:64"], until).ok()?;
        keys.into_iter().next()
    };
    // ProxySettingsPerUser = 0: the whole device's settings hold, whoever sits there.
    let whole = read(POLICY).and_then(|key| key.number("ProxySettingsPerUser")) == Some(0);
    let root = if whole { "HKLM" } else { "HKCU" };
    let mut found = read(&format!(r"{root}\{INTERNET}"))
        .map(|key| of_person(&key))
        .unwrap_or_default();
    let services = read(&format!(r"HKLM\{INTERNET}\Connections"));
    let services = services.and_then(|key| of_services(&key.bytes("WinHttpSettings")?));
    found.extend(services);
    found
}

/// The values of the key `Internet Settings`.
fn of_person(key: &Key) -> Vec<System> {
    let mut found = Vec::new();
    if let Some(address) = key.text("AutoConfigURL") {
        found.push(System {
            route: script(address),
            source: "AutoConfigURL (Windows)",
            exceptions: String::new(),
        });
    }
    if key.number("ProxyEnable") == Some(1)
        && let Some(list) = key.text("ProxyServer")
        && let Some(route) = for_tls(list)
    {
        found.push(System {
            route,
            source: "ProxyServer (Windows)",
            exceptions: key.text("ProxyOverride").unwrap_or_default().to_owned(),
        });
    }
    found
}

/// `proxy:8080` for everything, or `http=a:80;https=b:443;socks=c:1080` one by one; for TLS that of `https`, else that of
/// `socks`.
fn for_tls(list: &str) -> Option<ProxyRoute> {
    let entries = || {
        list.split([';', ' '])
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
    };
    let named = |kind: &str| {
        entries().find_map(|entry| {
            let (name, value) = entry.split_once('=')?;
            name.eq_ignore_ascii_case(kind).then_some(value)
        })
    };
    let all = entries().find(|entry| !entry.contains('='));
    match (named("https"), all, named("socks")) {
        (Some(one), ..) | (None, Some(one), _) => Some(route(one)),
        (None, None, Some(one)) => Some(route(&format!("socks://{one}"))),
        (None, None, None) => None,
    }
}

/// The value `WinHttpSettings`: four numbers of 32 bits (size, counter, flags, length) and the proxy, then a length and
/// the exceptions. Bit 1 of the flags says that the proxy is used (WINHTTP_ACCESS_TYPE_NAMED_PROXY). As many programs
/// read it; Microsoft has not written it down.
fn of_services(blob: &[u8]) -> Option<System> {
    const NAMED: u32 = 2;
    let number = |at: usize| {
        let bytes = blob.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let text = |at: usize| {
        let length = usize::try_from(number(at)?).ok()?;
        let start = at.checked_add(4)?;
        let end = start.checked_add(length)?;
        Some((
            String::from_utf8_lossy(blob.get(start..end)?).into_owned(),
            end,
        ))
    };
    if number(8)? & NAMED == 0 {
        return None;
    }
    let (proxy, end) = text(12)?;
    let exceptions = text(end).map_or_else(String::new, |(list, _)| list);
    Some(System {
        route: for_tls(&proxy)?,
        source: "WinHTTP",
        exceptions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[(&str, &str, &str)]) -> Key {
        Key {
            path: String::new(),
            values: values
                .iter()
                .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
                .collect(),
        }
    }

    fn http(host: &str, port: u16) -> ProxyRoute {
        ProxyRoute::Http {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn a_proxy_that_is_not_switched_on_is_none() {
        let server = ("ProxyServer", "REG_SZ", "proxy.example.com:8080");
        let off = key(&[("ProxyEnable", "REG_DWORD", "0x0"), server]);
        assert_eq!(of_person(&off), []);
        let on = of_person(&key(&[("ProxyEnable", "REG_DWORD", "0x1"), server]));
        assert_eq!(on[0].route, http("proxy.example.com", 8080));
    }

    #[test]
    fn the_proxy_for_tls_is_picked_from_a_list() {
        assert_eq!(for_tls("proxy:8080"), Some(http("proxy", 8080)));
        assert_eq!(
            for_tls("http=a:80;https=b:81;ftp=c:82"),
            Some(http("b", 81))
        );
        assert_eq!(for_tls("http=a:80"), None);
        assert_eq!(
            for_tls("socks=s:1080"),
            Some(ProxyRoute::Other("socks://s:1080".to_owned()))
        );
        assert_eq!(for_tls(";;"), None);
    }

    #[test]
    fn services_settings_are_read_from_their_bytes_and_nothing_breaks_on_others() {
        let mut blob = vec![0x28, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0];
        for text in ["proxy:3128", "<local>;*.example.com"] {
            blob.extend(u32::try_from(text.len()).expect("short").to_le_bytes());
            blob.extend(text.as_bytes());
        }
        let seen = of_services(&blob).expect("a proxy");
        assert_eq!(seen.route, http("proxy", 3128));
        assert_eq!(seen.exceptions, "<local>;*.example.com");
        for end in 0..blob.len() {
            // Cut anywhere it is another setting or none, and no panic.
            let _ = of_services(&blob[..end]);
        }
        let direct = [&[0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0][..], &[0; 8]].concat();
        assert_eq!(of_services(&direct), None);
        let huge = [&blob[..12], &[0xff; 8]].concat();
        assert_eq!(of_services(&huge), None);
    }
}

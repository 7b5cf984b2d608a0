//! Proxies as macOS keeps them, from what `scutil --proxy` prints: keys and values of SCSchemaDefinitions.h, translated
//! nowhere.
//!
//! Not here: trying a proxy.

use super::{ProxyRoute, System, route, script};

/// What the dictionary says, the strongest first: a script before a fixed proxy.
pub(super) fn settings(text: &str) -> Vec<System> {
    let value = |key: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once(" : "));
        let found = pairs.find(|(name, _)| name.trim() == key);
        found
            .map(|(_, value)| value.trim())
            .filter(|v| !v.is_empty())
    };
    let is_on = |key: &str| value(key) == Some("1");
    let exceptions = exceptions(text);
    let mut found = Vec::new();
    if is_on("ProxyAutoConfigEnable")
        && let Some(address) = value("ProxyAutoConfigURLString")
    {
        found.push(System {
            route: script(address),
            source: "ProxyAutoConfigURLString (macOS)",
            exceptions: String::new(),
        });
    }
    if is_on("ProxyAutoDiscoveryEnable") {
        found.push(System {
            route: ProxyRoute::Script("wpad".to_owned()),
            source: "ProxyAutoDiscoveryEnable (macOS)",
            exceptions: String::new(),
        });
    }
    for (kind, scheme, source) in [
        ("HTTPS", "http://", "HTTPSProxy (macOS)"),
        ("SOCKS", "socks://", "SOCKSProxy (macOS)"),
    ] {
        if is_on(&format!("{kind}Enable"))
            && let Some(host) = value(&format!("{kind}Proxy"))
        {
            let port = value(&format!("{kind}Port"));
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            found.push(System {
                route: route(&format!("{scheme}{host}{port}")),
                source,
                exceptions: exceptions.clone(),
            });
        }
    }
    found
}

/// `ExceptionsList : <array> {`, and one entry a line: `0 : *.local`.
fn exceptions(text: &str) -> String {
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("ExceptionsList : <array>"));
    let entries = lines
        .skip(1)
        .take_while(|line| line.trim() != "}")
        .filter_map(|line| line.split_once(" : "));
    entries
        .map(|(_, entry)| entry.trim())
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = "<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
    2 : intra.example.com
  }
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 8080
  HTTPProxy : http-only.example.com
  HTTPSEnable : 1
  HTTPSPort : 3128
  HTTPSProxy : proxy.example.com
  ProxyAutoConfigEnable : 1
  ProxyAutoConfigURLString : https://pac.example.com/p.pac?token=1
  SOCKSEnable : 0
  SOCKSProxy : socks.example.com
}
";

    #[test]
    fn what_is_switched_on_counts_and_nothing_else() {
        let found = settings(SET);
        let routes: Vec<String> = found.iter().map(|set| set.route.shown()).collect();
        assert_eq!(
            routes,
            ["https://pac.example.com/p.pac", "proxy.example.com:3128"]
        );
        assert_eq!(found[1].exceptions, "*.local,169.254/16,intra.example.com");
        let off = SET.replace("Enable : 1", "Enable : 0");
        assert_eq!(settings(&off), []);
        assert_eq!(settings(""), []);
    }
}

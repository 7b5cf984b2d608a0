//! What settings in all their forms are understood to mean.

use super::*;

fn target(typed: &str) -> Target {
    Target::parse(typed).expect("a target")
}

fn variables(list: &[(&str, &str)]) -> Sources {
    Sources {
        variables: list
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Sources::default()
    }
}

fn http(host: &str, port: u16) -> ProxyRoute {
    ProxyRoute::Http {
        host: host.to_owned(),
        port,
    }
}

#[test]
fn a_password_in_a_setting_is_never_kept() {
    let all = settings(
        &variables(&[(
            "https_proxy",
            "http://alice:se%40cret@proxy.example.com:3128/",
        )]),
        &target("vpn.example.com"),
    );
    assert_eq!(all[0].route, http("proxy.example.com", 3128));
    assert!(!format!("{all:?}").contains("cret"));
    assert!(!format!("{all:?}").contains("alice"));
    for value in ["socks5://alice:word@proxy:1080", "http://alice:word@:@@/"] {
        assert!(!format!("{:?}", route(value)).contains("word"), "{value}");
    }
    assert_eq!(
        script("https://alice:word@pac.example.com/p.pac?token=1"),
        ProxyRoute::Script("https://pac.example.com/p.pac".to_owned())
    );
}

#[test]
fn the_forms_that_people_write_are_understood() {
    for (value, expected) in [
        ("proxy:8080", http("proxy", 8080)),
        ("http://proxy.example.com", http("proxy.example.com", 80)),
        ("http://[2001:db8::1]:3128", http("2001:db8::1", 3128)),
        ("HTTP://192.0.2.1:3128/", http("192.0.2.1", 3128)),
        (
            "socks5h://proxy",
            ProxyRoute::Other("socks5h://proxy:1080".to_owned()),
        ),
        ("ftp://proxy:21", ProxyRoute::Unreadable),
        ("http://", ProxyRoute::Unreadable),
        ("http://proxy:99999", ProxyRoute::Unreadable),
    ] {
        assert_eq!(route(value), expected, "{value}");
    }
}

#[test]
fn small_letters_come_first_and_the_general_variable_last() {
    let vpn = target("vpn.example.com");
    let all = settings(
        &variables(&[
            ("ALL_PROXY", "c:1"),
            ("HTTPS_PROXY", "b:1"),
            ("https_proxy", "a:1"),
        ]),
        &vpn,
    );
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].source, "https_proxy");
    assert_eq!(
        settings(
            &variables(&[("https_proxy", " "), ("ALL_PROXY", "c:1")]),
            &vpn
        )[0]
        .source,
        "ALL_PROXY"
    );
    assert_eq!(settings(&variables(&[("http_proxy", "a:1")]), &vpn), []);
}

#[test]
fn exceptions_leave_out_what_they_name_and_nothing_else() {
    for (list, typed, left_out) in [
        ("example.com", "vpn.example.com", true),
        (".example.com", "vpn.example.com", true),
        ("*.example.com", "vpn.example.com", true),
        ("example.com", "vpn.badexample.com", false),
        ("ample.com", "vpn.example.com", false),
        ("vpn.example.com:8443", "vpn.example.com", false),
        ("vpn.example.com:443", "vpn.example.com", true),
        ("*", "vpn.example.com", true),
        ("localhost, VPN.Example.COM", "vpn.example.com", true),
        ("10.0.0.0/8", "10.1.2.3", true),
        ("10.0.0.0/8", "11.1.2.3", false),
        ("192.0.2.1", "192.0.2.1", true),
        ("", "127.0.0.1", true),
        ("", "localhost", true),
        ("", "vpn.example.com", false),
        (",,;", "vpn.example.com", false),
        ("<local>;10.*", "10.1.2.3", true),
        ("<local>;10.*", "110.1.2.3", false),
        ("<local>", "vpn", true),
        ("<local>", "vpn.example.com", false),
        (
            "['localhost', '::1', 'example.com']",
            "vpn.example.com",
            true,
        ),
    ] {
        assert_eq!(
            exempt(list, &target(typed)).is_some(),
            left_out,
            "{list:?} {typed}"
        );
    }
}

#[test]
fn desktops_settings_are_read_from_their_files() {
    let manual = "[system/proxy]\nmode='manual'\nignore-hosts=['localhost']\n\n[system/proxy/http]\nhost='no'\nport=1\n[system/proxy/https]\nhost='proxy.example.com'\nport=3128\n";
    assert_eq!(
        gnome(manual).map(|(route, _)| route),
        Some(http("proxy.example.com", 3128))
    );
    let auto = "[system/proxy]\nmode='auto'\nautoconfig-url='http://pac.example.com/proxy.pac'\n";
    assert_eq!(
        gnome(auto).map(|(route, _)| route.shown()),
        Some("http://pac.example.com/proxy.pac".to_owned())
    );
    assert_eq!(gnome("[system/proxy]\nmode='none'\n"), None);
    assert_eq!(gnome("mode='manual'"), None);
    let kioslaverc = "[Proxy Settings]\nNoProxyFor=localhost\nProxyType=1\nhttpsProxy=http://proxy.example.com 8080\n";
    assert_eq!(
        kde(kioslaverc).map(|(route, _)| route),
        Some(http("proxy.example.com", 8080))
    );
    assert_eq!(kde("[Proxy Settings]\nProxyType=0\n"), None);
}

#[test]
fn a_systems_own_setting_comes_after_a_variable_with_its_exceptions() {
    let mut sources = variables(&[("https_proxy", "a:1")]);
    sources.system = vec![System {
        route: http("b", 2),
        source: "ProxyServer (Windows)",
        exceptions: "<local>;*.example.com".to_owned(),
    }];
    let all = settings(&sources, &target("vpn.example.com"));
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].source, "ProxyServer (Windows)");
    assert_eq!(all[1].exempt.as_deref(), Some("*.example.com"));
}

#[test]
fn what_is_set_twice_is_listed_once() {
    let mut sources = variables(&[("https_proxy", "http://proxy.example.com:3128")]);
    sources.environment = Some((
        "/etc/environment".to_owned(),
        "PATH=\"/bin\"\nhttps_proxy=\"http://proxy.example.com:3128/\"\nno_proxy=x\n".to_owned(),
    ));
    let vpn = target("vpn.example.com");
    assert_eq!(settings(&sources, &vpn).len(), 1);
    sources.variables.clear();
    assert_eq!(settings(&sources, &vpn)[0].source, "/etc/environment");
}

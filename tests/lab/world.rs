//! One world: a client, the router before it (with the internet's services on it) and the gateway behind it, each in a
//! namespace of its own. Not here: what is asked of it and what is expected ([`crate::case`]).
//!
//! ```text
//!  client ──────────── router ──────────────── gateway
//!  10.20.0.2           10.20.0.1   203.0.113.1     203.0.113.10
//!  2001:db8:20::2      ...:20::1   ...:113::1      2001:db8:113::10
//!                      198.51.100.80, 2001:db8:80::80: issuers' addresses, time, the portal check
//! ```
//! The namespaces are isolated, so every world uses the same addresses.

use std::ffi::OsString;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::between::Between;
use crate::cards;
use crate::case::{Case, Family, OnPath, Portal, Proxy, Udp};
use crate::certificates::Made;
use crate::delay::LongCable;
use crate::names;
use crate::netns::{Netns, cable, folder};
use crate::pki::{Days, Key, Pki, Request, SHA256};
use crate::servers::{self, Servers};
use crate::tools::{Outcome, Run, find};

/// The gateway's name.
pub const VPN: &str = "vpn.lab.test";
/// Where issuers' certificates are offered.
pub const AIA_HOST: &str = "aia.lab.test";
/// The time source's name.
pub const NTP_HOST: &str = "ntp.lab.test";
/// The name of a time source that lies, where there is one.
pub const LIAR_HOST: &str = "liar.lab.test";
/// Answers 204 unless somebody is in between.
pub const PORTAL_CHECK: &str = "http://probe.lab.test/generate_204";
/// The gateway's addresses.
pub const GATEWAY4: &str = "203.0.113.10";
/// The same.
pub const GATEWAY6: &str = "2001:db8:113::10";
/// Where the client's settings expect a proxy.
pub const PROXY: &str = "10.20.0.1:3128";
/// Another machine beside the gateway, where there is one.
pub const STRANGER4: std::net::Ipv4Addr = std::net::Ipv4Addr::new(203, 0, 113, 20);
/// The same.
pub const STRANGER6: std::net::Ipv6Addr =
    std::net::Ipv6Addr::new(0x2001, 0xdb8, 0x113, 0, 0, 0, 0, 0x20);
/// The internet's services.
pub const INTERNET4: &str = "198.51.100.80";
/// The same.
pub const INTERNET6: &str = "2001:db8:80::80";
/// The router's addresses on the client's network.
pub const ROUTER4: &str = "10.20.0.1";
/// The same.
pub const ROUTER6: &str = "2001:db8:20::1";

/// A world that stands. Everything in it goes with it.
pub struct World {
    // Servers first: fields are dropped in this order.
    _running: Servers,
    _long_cable: Option<LongCable>,
    /// Where the client's programs run.
    pub client: Netns,
    router: Netns,
    _gateway: Netns,
    /// What was made for the gateway.
    pub certificates: Made,
    /// Options of vpnmedic that name files of this world.
    pub options: Vec<OsString>,
    /// The world's files, also the client's home.
    pub folder: TempDir,
}

impl World {
    /// Builds the world of a case and starts its servers.
    pub fn build(case: &Case) -> Outcome<Self> {
        let folder = folder(case.name)?;
        let offered = sub_folder(folder.path(), "offered")?;
        let mut certificates = case
            .chain
            .make(&sub_folder(folder.path(), "pki")?, &offered)?;
        let second = case.twist.second(folder.path(), &mut certificates)?;
        let mut options = cards::make(case.card, folder.path())?;
        if case.pinned {
            options.extend(pin(&certificates, folder.path())?);
        }
        let between = match &case.between {
            Some(between) => Some(between.make(folder.path(), &mut certificates)?),
            None => None,
        };

        let client = Netns::new("client")?;
        let router = Netns::new("router")?;
        let gateway = Netns::new("gateway")?;
        let mut running = Servers::default();
        let long_cable = connect(&client, &router, &gateway, case, folder.path())?;
        names::settings(&client, case)?;

        if let Some(kind) = case.gateway {
            let addresses = gateway_addresses(case.family)?;
            running.extend(case.twist.start(
                case,
                &gateway,
                &addresses,
                &certificates,
                second.as_ref(),
                folder.path(),
            )?);
            if case.twist.is_some() {
                case.twist.before(&client, addresses[0], case.port)?;
            } else {
                running.extend(servers::gateway(
                    &gateway,
                    kind,
                    case.tls,
                    &addresses,
                    case.port,
                    &certificates,
                    folder.path(),
                )?);
            }
        }
        match case.udp {
            Some(Udp::OpenVpn) => running.extend(servers::openvpn_udp(
                &gateway,
                &gateway_addresses(case.family)?,
                &certificates,
                folder.path(),
            )?),
            Some(Udp::Ike) => running.extend([servers::charon(&gateway, folder.path())?]),
            None => {}
        }
        running.extend(names::serve(&router, case, folder.path())?);
        if case.ntp {
            running.extend([servers::chronyd(&router, folder.path())?]);
        }
        if let Some(shift) = case.liar {
            running.extend([servers::lying_chronyd(&gateway, shift, folder.path())?]);
        }
        running.extend(certificates.bureau.serve(&router)?);
        running.extend([servers::nginx(
            &router,
            "nginx-internet",
            &sites(case, &offered, between.as_ref(), folder.path())?,
            80,
            folder.path(),
        )?]);
        if let Some(kind @ (Proxy::Open | Proxy::WantsSignIn)) = case.proxy {
            // It resolves names by itself.
            names::settings(&router, case)?;
            let sign_in = kind == Proxy::WantsSignIn;
            running.extend([servers::tinyproxy(&router, PROXY, sign_in, folder.path())?]);
        }
        let links = case.path.links();
        if !links.is_empty() {
            router.ip_batch(links)?;
        }
        match case.path {
            OnPath::NoDefaultRoute => {
                client.sh("ip -4 route flush default; ip -6 route flush default")?;
            }
            OnPath::ForbiddenHere => {
                client.ip_batch(&format!("route add prohibit {GATEWAY4}\n"))?
            }
            _ => {}
        }
        router.nft(COUNTERS)?;
        for rules in [case.path.rules(), portal_rules(case.portal)] {
            if !rules.is_empty() {
                router.nft(rules)?;
            }
        }
        if let Some(between) = case.between {
            router.nft(&between.rules())?;
        }
        Ok(Self {
            _running: running,
            _long_cable: long_cable,
            client,
            router,
            _gateway: gateway,
            certificates,
            options,
            folder,
        })
    }

    /// What the client has sent so far.
    pub fn sent(&self) -> Outcome<Sent> {
        Ok(Sent {
            connections: self.router.members("connections")?,
            to_third_parties: self.router.counted("third")?,
        })
    }
}

/// What the client has sent so far, as its router saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// TCP connections opened to the gateway, or tried: a first packet sent again is still one.
    pub connections: usize,
    /// Packets to anybody but the gateway and the resolver.
    pub to_third_parties: u64,
}

/// Rules that count and change nothing.
const COUNTERS: &str = "table inet count {
    set connections { typeof meta nfproto . tcp sport . tcp dport; flags dynamic; size 4096; }
    counter third { }
    chain prerouting {
        type filter hook prerouting priority -300;
        iifname != lan return
        meta l4proto ipv6-icmp return
        ip daddr 203.0.113.10 tcp flags & (syn | ack) == syn update @connections { meta nfproto . tcp sport . tcp dport }
        ip6 daddr 2001:db8:113::10 tcp flags & (syn | ack) == syn update @connections { meta nfproto . tcp sport . tcp dport }
        ip daddr != { 203.0.113.10, 10.20.0.1 } counter name third
        ip6 daddr != { 2001:db8:113::10, 2001:db8:20::1 } counter name third
    }
}";

/// Cables and addresses; the long cable, where there is one.
fn connect(
    client: &Netns,
    router: &Netns,
    gateway: &Netns,
    case: &Case,
    folder: &Path,
) -> Outcome<Option<LongCable>> {
    let family = case.family;
    let (near, far) = ((client, "eth0"), (router, "lan"));
    let long = match case.path.one_way() {
        Some(one_way) => Some(LongCable::lay(near, far, one_way, folder)?),
        None => {
            cable(near, far)?;
            None
        }
    };
    cable((gateway, "eth0"), (router, "wan"))?;
    router.sh("echo 1 > /proc/sys/net/ipv4/ip_forward
         echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")?;
    // Routers send a handful of ICMP messages and then one a second: asked many times in a row, this one is to answer
    // each time.
    router.sh("echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
         echo 0 > /proc/sys/net/ipv6/icmp/ratelimit")?;
    router.ip_batch(&format!(
        "addr add {ROUTER4}/24 dev lan\naddr add {ROUTER6}/64 dev lan nodad\n\
         addr add 203.0.113.1/24 dev wan\naddr add 2001:db8:113::1/64 dev wan nodad\n\
         addr add {INTERNET4}/32 dev lo\naddr add {INTERNET6}/128 dev lo nodad\n"
    ))?;
    gateway.ip_batch(&format!(
        "addr add {GATEWAY4}/24 dev eth0\naddr add {GATEWAY6}/64 dev eth0 nodad\n\
         route add default via 203.0.113.1\nroute add default via 2001:db8:113::1\n"
    ))?;
    if family != Family::V6 {
        client.ip_batch(&format!(
            "addr add 10.20.0.2/24 dev eth0\nroute add default via {ROUTER4}\n"
        ))?;
    }
    if family != Family::V4 {
        client.ip_batch(&format!(
            "addr add 2001:db8:20::2/64 dev eth0 nodad\nroute add default via {ROUTER6}\n"
        ))?;
    }
    Ok(long)
}

fn gateway_addresses(family: Family) -> Outcome<Vec<IpAddr>> {
    let text: &[&str] = match family {
        Family::V4 => &[GATEWAY4],
        Family::V6 => &[GATEWAY6],
        Family::Both => &[GATEWAY4, GATEWAY6],
    };
    text.iter()
        .map(|a| {
            a.parse()
                .map_err(|_| crate::tools::Trouble::Broken(format!("{a} is no address")))
        })
        .collect()
}

/// A copy of the settings that names the root of the gateway's chain, and the option for it.
fn pin(certificates: &Made, folder: &Path) -> Outcome<[OsString; 2]> {
    let print = Run::new(find("openssl")?)
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(&certificates.trusted)
        .good()?;
    let print = print
        .trim()
        .rsplit('=')
        .next()
        .unwrap_or_default()
        .to_owned();
    let settings = include_str!("../../wizard.toml");
    let line = format!("[site]\nroot_sha256 = [\"{print}\"]\n");
    let file = folder.join("wizard.toml");
    fs::write(&file, settings.replacen("[site]\n", &line, 1))?;
    Ok(["--wizard".into(), file.into()])
}

/// The web sites on the router: issuers' certificates and the portal check, and a portal where there is one.
fn sites(case: &Case, offered: &Path, between: Option<&Made>, folder: &Path) -> Outcome<String> {
    let mut sites = format!(
        "server {{ listen {INTERNET4}:80; listen [{INTERNET6}]:80;
           types {{ application/pkix-cert crt; }}
           location = /generate_204 {{ return 204; }}
           location = /ocsp {{ error_page 405 =200 /ocsp; root {}; }}
           location / {{ root {}; }} }}
         server {{ listen {INTERNET4}:80; listen [{INTERNET6}]:80; server_name filtered.lab.test;
           location / {{ default_type text/html; return 200 '<title>Blocked by policy</title>'; }} }}\n",
        offered.display(),
        offered.display()
    );
    sites += &between.map(Between::sites).unwrap_or_default();
    if case.portal.is_some() {
        let pki = sub_folder(folder, "portal")?;
        let certificate = Pki::new(&pki)?.self_signed(&Request {
            subject: "portal.lab.test".into(),
            key: Key::Rsa,
            valid: Days(-100, 250),
            extensions: vec!["subjectAltName = DNS:portal.lab.test".into()],
            digest: SHA256,
        })?;
        sites += &format!(
            "server {{ listen {ROUTER4}:80; listen {ROUTER4}:443 ssl; ssl_certificate {}; ssl_certificate_key {};
               location = /login {{ default_type text/html; return 200 '<title>Guest Wi-Fi</title>'; }}
               location / {{ return 302 http://portal.lab.test/login; }} }}\n",
            certificate.certificate.display(),
            certificate.key.display()
        );
    }
    Ok(sites)
}

impl OnPath {
    /// How long a packet is under way between client and router, where that is worth a word.
    fn one_way(self) -> Option<Duration> {
        match self {
            Self::Far => Some(Duration::from_millis(50)),
            Self::VeryFar => Some(Duration::from_millis(150)),
            _ => None,
        }
    }

    /// What the router's links carry.
    fn links(self) -> &'static str {
        match self {
            Self::Narrow | Self::BlackHole => "link set lan mtu 1400\nlink set wan mtu 1400\n",
            Self::BlackHoleDown => "link set lan mtu 1400\n",
            _ => "",
        }
    }

    /// What the router does to packets between the client and the gateway.
    fn rules(self) -> &'static str {
        match self {
            Self::Clear
            | Self::Narrow
            | Self::Far
            | Self::VeryFar
            | Self::NoDefaultRoute
            | Self::ForbiddenHere => "",
            Self::DropAll => {
                "table inet path { chain forward { type filter hook forward priority 0; drop; }\n}"
            }
            Self::DropPort => {
                "table inet path { chain forward { type filter hook forward priority 0; tcp dport 443 drop; }\n}"
            }
            Self::Reject => {
                "table inet path { chain forward { type filter hook forward priority 0; tcp dport 443 reject with icmpx type admin-prohibited; }\n}"
            }
            Self::Lossy => {
                "table inet path { chain forward { type filter hook forward priority 0; numgen inc mod 25 == 12 drop; }\n}"
            }
            Self::LosesOnePercent => {
                "table inet path { chain forward { type filter hook forward priority 0; numgen random mod 100 == 0 drop; }\n}"
            }
            Self::DropTcp => {
                "table inet path { chain forward { type filter hook forward priority 0; meta l4proto tcp drop; }\n}"
            }
            Self::DropV6 => {
                "table inet path { chain forward { type filter hook forward priority 0; iifname lan meta nfproto ipv6 drop; }\n}"
            }
            Self::RejectV6 => {
                "table inet path { chain forward { type filter hook forward priority 0; iifname lan meta nfproto ipv6 reject with icmpx type admin-prohibited; }\n}"
            }
            // The first byte of a handshake record, behind a TCP header with timestamps.
            Self::SwallowsHellos => {
                "table inet path { chain forward { type filter hook forward priority 0; tcp dport 443 @th,256,8 0x16 drop; }\n}"
            }
            Self::ResetsHellos => {
                "table inet path { chain forward { type filter hook forward priority 0;
                   tcp dport 443 @th,256,8 0x16 reject with tcp reset; }\n}"
            }
            Self::NoWayOn => {
                "table inet path { chain forward { type filter hook forward priority 0; iifname lan reject with icmpx type no-route; }\n}"
            }
            Self::RejectUdp => {
                "table inet path { chain forward { type filter hook forward priority 0; udp dport 443 reject with icmpx type admin-prohibited; }\n}"
            }
            // A tunnel on the way carries less than its ends, and a filter keeps the router from saying so.
            Self::BlackHole | Self::BlackHoleDown => {
                "table inet path { chain output { type filter hook output priority 0;
                   icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }\n}"
            }
            // The length of the first record (RFC 8446 section 5.1), behind a TCP header with timestamps. A filter that
            // reads hellos out of one packet does so.
            Self::SwallowsLargeHellos => {
                "table inet path { chain forward { type filter hook forward priority 0;
                   tcp dport 443 @th,256,8 0x16 @th,280,16 > 1200 drop; }\n}"
            }
            Self::ResetsLargeHellos => {
                "table inet path { chain forward { type filter hook forward priority 0;
                   tcp dport 443 @th,256,8 0x16 @th,280,16 > 1200 reject with tcp reset; }\n}"
            }
            Self::RejectAsClosed => {
                "table inet path { chain forward { type filter hook forward priority 0; tcp dport 443 reject with icmpx type port-unreachable; }\n}"
            }
            Self::Reset => {
                "table inet path { chain forward { type filter hook forward priority 0; tcp dport 443 reject with tcp reset; }\n}"
            }
        }
    }
}

/// What a portal does to the packets of a guest who has not signed in; web and time, for whatever address.
fn portal_rules(portal: Option<Portal>) -> &'static str {
    match portal {
        None => "",
        Some(Portal::Names) => {
            "table ip portal { chain forward { type filter hook forward priority 0; drop; }\n}"
        }
        Some(Portal::Intercepts) => {
            "table ip portal {
               chain prerouting { type nat hook prerouting priority -100; iifname lan tcp dport { 80, 443 } dnat to 10.20.0.1; }
               chain input { type filter hook input priority 0; udp dport 123 drop; }
               chain forward { type filter hook forward priority 0; drop; }
             }"
        }
        Some(Portal::RedirectsWeb) => {
            "table ip portal {
               chain prerouting { type nat hook prerouting priority -100; iifname lan tcp dport 80 dnat to 10.20.0.1; }
               chain input { type filter hook input priority 0; udp dport 123 drop; }
               chain forward { type filter hook forward priority 0; drop; }
             }"
        }
    }
}

fn sub_folder(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let made = folder.join(name);
    fs::create_dir_all(&made)?;
    Ok(made)
}

//! Short words for proxies, the routers on the way, UDP and given ranges. The other words are in `world`.

use std::net::{IpAddr, SocketAddr};

use vpnmedic::evidence::{
    Hop, HopAnswer, IcmpWord, PathEvidence, ProxyAttempt, ProxyEvidence, ProxyOutcome, ProxyRoute,
    ProxySetting, RangesEvidence, TlsAttempt, UdpAttempt, UdpEvidence, UdpOutcome, UdpQuestion,
};

use super::network::outcome as tcp_outcome;

/// `http <host:port> <source> [exempt=<entry>]`, `script <url> <source>`, `unreadable <source>`, and
/// `tried <host:port> <outcome> [<tls outcome> <certificates with commas>]`.
pub fn proxy(lines: &[String], tls: impl Fn(&str) -> TlsAttempt) -> ProxyEvidence {
    let mut seen = ProxyEvidence::default();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let (route, source, rest) = match words.as_slice() {
            ["http", proxy, source, rest @ ..] => {
                let (host, port) = proxy.rsplit_once(':').unwrap();
                let route = ProxyRoute::Http {
                    host: host.to_owned(),
                    port: port.parse().unwrap(),
                };
                (route, *source, rest)
            }
            ["script", url, source, rest @ ..] => {
                (ProxyRoute::Script((*url).to_owned()), *source, rest)
            }
            ["unreadable", source] => (ProxyRoute::Unreadable, *source, &[][..]),
            ["tried", proxy, said, rest @ ..] => {
                seen.attempt = Some(Box::new(ProxyAttempt {
                    proxy: (*proxy).to_owned(),
                    addr: Some("10.0.0.8:3128".parse().unwrap()),
                    outcome: said_by_proxy(said),
                    tls: (!rest.is_empty())
                        .then(|| tls(&format!("ordinary 10.0.0.8 {}", rest.join(" ")))),
                    took_us: 3_000,
                }));
                continue;
            }
            _ => panic!("{line}"),
        };
        let exempt = rest
            .iter()
            .find_map(|word| word.strip_prefix("exempt="))
            .map(str::to_owned);
        seen.settings.push(ProxySetting {
            route,
            source: source.to_owned(),
            exempt,
        });
    }
    seen
}

fn said_by_proxy(word: &str) -> ProxyOutcome {
    let (kind, detail) = word.split_once('=').unwrap_or((word, ""));
    match kind {
        "opened" => ProxyOutcome::Opened,
        "auth" => ProxyOutcome::AuthRequired {
            schemes: detail.split(',').map(str::to_owned).collect(),
        },
        "refused" => ProxyOutcome::Refused {
            status: detail.parse().unwrap(),
        },
        "silent" => ProxyOutcome::Silent,
        "closed" => ProxyOutcome::Closed,
        "not-reached" => ProxyOutcome::NotReached(tcp_outcome(detail)),
        "no-name" => ProxyOutcome::NameNotResolved,
        "not-http" => ProxyOutcome::NotHttp,
        _ => panic!("{word}"),
    }
}

/// The address first, then a line a hop: `silent`, or `<router> <word>`.
pub fn path(lines: &[String]) -> PathEvidence {
    let (addr, hops) = lines.split_first().unwrap();
    PathEvidence {
        addr: addr.parse().unwrap(),
        hops: hops
            .iter()
            .zip(1..)
            .map(|(line, ttl)| Hop {
                ttl,
                answer: (line != "silent").then(|| hop(line)),
            })
            .collect(),
    }
}

fn hop(line: &str) -> HopAnswer {
    let (from, word) = line.split_once(' ').unwrap();
    HopAnswer {
        from: from.parse().unwrap(),
        word: match word {
            "passing" => IcmpWord::Passing,
            "port-closed" => IcmpWord::PortClosed,
            "prohibited" => IcmpWord::Prohibited,
            "unreachable" => IcmpWord::Unreachable,
            _ => panic!("{line}"),
        },
        took_us: 2_000,
    }
}

/// `dtls|ike|openvpn <address:port> <outcome>[=<router>]`.
pub fn udp(line: &str) -> UdpAttempt {
    let words: Vec<&str> = line.split(' ').collect();
    let [question, addr, outcome] = words.as_slice() else {
        panic!("{line}")
    };
    let (kind, router) = outcome.split_once('=').unwrap_or((outcome, ""));
    let from: Option<IpAddr> = router.parse().ok();
    UdpAttempt {
        addr: addr.parse::<SocketAddr>().unwrap(),
        question: match *question {
            "dtls" => UdpQuestion::Dtls,
            "ike" => UdpQuestion::Ike,
            "openvpn" => UdpQuestion::OpenVpn,
            _ => panic!("{line}"),
        },
        outcome: match kind {
            "answered" => UdpOutcome::Answered,
            "other" => UdpOutcome::OtherAnswer,
            "closed" => UdpOutcome::PortClosed,
            "prohibited" => UdpOutcome::Prohibited { from },
            "unreachable" => UdpOutcome::Unreachable { from },
            "silent" => UdpOutcome::Silent,
            _ => panic!("{line}"),
        },
        took_us: 2_000,
    }
}

/// All of them.
pub fn udp_all(lines: &[String]) -> UdpEvidence {
    UdpEvidence {
        attempts: lines.iter().map(|line| udp(line)).collect(),
    }
}

/// Networks in CIDR notation.
pub fn ranges(pools: &[String], lans: &[String], peak: Option<u32>) -> RangesEvidence {
    let all = |texts: &[String]| texts.iter().map(|text| text.parse().unwrap()).collect();
    RangesEvidence {
        pools: all(pools),
        lans: all(lans),
        peak,
    }
}

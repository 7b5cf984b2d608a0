//! Short words for interfaces, answers of resolvers, connections and other ports.

use std::net::IpAddr;

use ipnet::IpNet;
use vpnmedic::evidence::{
    DnsEvidence, Fact, Interface, Lookup, NetworkEvidence, PortAttempt, ResolverAnswer,
    ResolverKind, TcpAttempt, TcpOutcome,
};

use super::Pki;
use super::answers::guess;

pub fn network(lines: &[String]) -> NetworkEvidence {
    let mut network = NetworkEvidence {
        interfaces: Vec::new(),
        default_route_v4: Fact::Known(true),
        default_route_v6: Fact::Known(false),
    };
    for line in lines {
        match line.as_str() {
            "no-v4-route" => network.default_route_v4 = Fact::Known(false),
            "no-v6-route" => network.default_route_v6 = Fact::Known(false),
            "v6-route" => network.default_route_v6 = Fact::Known(true),
            line => {
                let mut words = line.split(' ');
                let (name, text) = (words.next().unwrap(), words.next().unwrap());
                let (address, networks) = match text.parse::<IpNet>() {
                    Ok(net) => (net.addr(), vec![net.trunc()]),
                    Err(_) => (text.parse().unwrap(), Vec::new()),
                };
                network.interfaces.push(Interface {
                    name: name.to_owned(),
                    addresses: vec![address],
                    networks,
                    tunnel: words.next() == Some("tunnel"),
                });
            }
        }
    }
    network
}

pub fn dns(lines: &[String]) -> DnsEvidence {
    let mut dns = DnsEvidence {
        hosts_file: Vec::new(),
        system: Fact::default(),
        resolvers: Vec::new(),
        trials: Vec::new(),
    };
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let kind = match words[0] {
            "hosts" => {
                dns.hosts_file.push(words[1].parse().unwrap());
                continue;
            }
            "system" => {
                dns.system = Fact::Known(lookup(words[1]));
                continue;
            }
            "configured" => ResolverKind::Configured,
            "public" => ResolverKind::Public,
            _ => panic!("{line}"),
        };
        dns.resolvers.push(ResolverAnswer {
            server: (words[1].parse::<IpAddr>().unwrap(), 53).into(),
            kind,
            answer: Fact::Known(lookup(words[2])),
            took_ms: 2_000,
        });
    }
    dns
}

fn lookup(word: &str) -> Lookup {
    match word {
        "nxdomain" => Lookup::NxDomain,
        "no-records" => Lookup::NoRecords,
        "servfail" => Lookup::ServFail,
        "refused" => Lookup::Refused,
        "timeout" => Lookup::Timeout,
        "no-resolver" => Lookup::NoResolver,
        "not-found" => Lookup::NotFound,
        "unreachable" => Lookup::Unreachable("Network is unreachable".to_owned()),
        addresses => Lookup::Addresses {
            addresses: addresses.split(',').map(|a| a.parse().unwrap()).collect(),
            aliases: Vec::new(),
        },
    }
}

pub fn outcome(word: &str) -> TcpOutcome {
    match word {
        "open" => TcpOutcome::Open,
        "refused" => TcpOutcome::Refused,
        "reset" => TcpOutcome::Reset,
        "rejected" => TcpOutcome::Rejected,
        "no-route" => TcpOutcome::NoRoute,
        "timeout" => TcpOutcome::TimedOut,
        "not-permitted" => TcpOutcome::NotPermitted,
        other => TcpOutcome::Failed(other.to_owned()),
    }
}

pub fn tcp(line: &str, port: u16) -> TcpAttempt {
    let (addr, word) = line.split_once(' ').unwrap();
    TcpAttempt {
        addr: (addr.parse::<IpAddr>().unwrap(), port).into(),
        outcome: outcome(word),
        took_us: 10_000,
    }
}

pub fn other_port(line: &str, pki: &Pki) -> PortAttempt {
    let mut words = line.split(' ');
    let port: u16 = words.next().unwrap().parse().unwrap();
    let mut attempt = PortAttempt {
        addr: ("192.0.2.10".parse::<IpAddr>().unwrap(), port).into(),
        tcp: outcome(words.next().unwrap()),
        tls: Fact::Known(false),
        certificate: None,
        gateway: None,
    };
    for word in words {
        match word.split_once('=') {
            None => attempt.tls = Fact::Known(true),
            Some(("certificate", name)) => attempt.certificate = Some(pki.der(name)),
            Some(("gateway", id)) => attempt.gateway = Some(guess(id)),
            Some(_) => panic!("{line}"),
        }
    }
    attempt
}

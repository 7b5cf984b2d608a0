//! Short words for what time servers, portal probes and gateways answered.

use vpnmedic::evidence::{
    ClockKind, ClockSource, GatewayGuess, Greeting, GreetingKind, HttpAnswer, PortalOutcome,
    PortalProbe, SignIn,
};

pub fn clock(line: &str) -> ClockSource {
    let words: Vec<&str> = line.split(' ').collect();
    let (kind, error_ms) = match words[0] {
        "ntp" => (ClockKind::Ntp, 20),
        "http" => (ClockKind::HttpDate, 1_000),
        _ => panic!("{line}"),
    };
    ClockSource {
        name: words[1].to_owned(),
        kind,
        offset_ms: words[2].parse::<i64>().unwrap() * 1000,
        error_ms,
    }
}

pub fn portal(number: usize, line: &str) -> PortalProbe {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    PortalProbe {
        clock: None,
        url: format!("http://probe{number}.example.org/generate_204"),
        outcome: match word {
            "clear" => PortalOutcome::Clear,
            "redirected" => PortalOutcome::Redirected(rest.to_owned()),
            "rewritten" => PortalOutcome::Rewritten {
                status: 200,
                title: Some(rest.to_owned()),
            },
            "silent" => PortalOutcome::NoAnswer,
            _ => panic!("{line}"),
        },
    }
}

pub fn http(line: &str) -> HttpAnswer {
    let (status, body) = line.split_once(' ').unwrap_or((line, ""));
    let mut headers = vec![("retry-after".to_owned(), "120".to_owned())];
    let reason = body.strip_prefix("x-reason: ");
    headers.extend(reason.map(|reason| ("x-reason".to_owned(), reason.to_owned())));
    HttpAnswer {
        status: status.parse().unwrap(),
        headers,
        body: reason.map_or(body, |_| "").to_owned(),
    }
}

pub fn guess(id: &str) -> GatewayGuess {
    GatewayGuess {
        id: id.to_owned(),
        name: id.to_owned(),
        how: "a mark".to_owned(),
        confidence: 90,
    }
}

pub fn greeting(line: &str) -> Greeting {
    let words: Vec<&str> = line.split(' ').collect();
    let [kind, status, rest @ ..] = words.as_slice() else {
        panic!("{line}")
    };
    Greeting {
        kind: match *kind {
            "anyconnect" => GreetingKind::AnyConnect,
            "globalprotect-portal" => GreetingKind::GlobalProtectPortal,
            "globalprotect-gateway" => GreetingKind::GlobalProtectGateway,
            _ => panic!("{line}"),
        },
        status: status.parse().unwrap(),
        wants_certificate: rest.contains(&"certificate"),
        sign_in: match rest {
            [.., "form"] => Some(SignIn::Form),
            [.., "single-sign-on"] => Some(SignIn::SingleSignOn),
            _ => None,
        },
        region: None,
        message: None,
    }
}

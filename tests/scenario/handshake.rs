//! Short words for handshakes, and for gateways that one hands out. Greetings beyond the ordinary are in `hello`.

use std::net::IpAddr;

use vpnmedic::evidence::{
    BackupAttempt, CertificateRequest, Der, Fact, HandedOut, Spoken, Target, TlsAttempt,
    TlsOutcome, TlsSession, TlsVariant, Why, WhyCode,
};

use super::network::{outcome as tcp_outcome, tcp};
use super::revocation::ocsp;
use super::{Pki, Scenario};

impl Scenario {
    /// `<host> <address> <as tcp>` for a server that is not reached, `<host> <as tls>` for one that is greeted,
    /// `<host> unresolved`.
    pub fn backup(&self, line: &str, port: u16, pki: &Pki) -> BackupAttempt {
        let (host, rest) = line.split_once(' ').unwrap();
        let mut attempt = BackupAttempt {
            target: Target::parse(host).unwrap(),
            addresses: Fact::Unknown(Why::code(WhyCode::Failed)),
            tcp: Vec::new(),
            tls: None,
        };
        if rest == "unresolved" {
            return attempt;
        }
        if rest.split(' ').count() == 2 {
            attempt.tcp.push(tcp(rest, port));
        } else {
            let tls = self.tls(rest, port, pki);
            let open = format!("{} open", tls.addr.ip());
            attempt.tcp.push(tcp(&open, port));
            attempt.tls = Some(tls);
        }
        attempt.addresses = Fact::Known(attempt.tcp.iter().map(|t| t.addr.ip()).collect());
        attempt
    }

    pub fn handed_out(&self, line: &str, pki: &Pki) -> HandedOut {
        let (place, handshake) = line.split_once(' ').unwrap();
        let there = Target::parse(place).unwrap();
        HandedOut {
            port: there.port,
            tls: match handshake {
                "unvisited" => Fact::Unknown(Why::code(WhyCode::NoThirdParty)),
                handshake => Fact::Known(self.tls(handshake, there.port, pki)),
            },
            host: there.host,
        }
    }

    pub fn tls(&self, line: &str, port: u16, pki: &Pki) -> TlsAttempt {
        let (handshake, staple) = match line.split_once(" staple ") {
            Some((handshake, staple)) => (handshake, Some(staple)),
            None => (line, None),
        };
        let words: Vec<&str> = handshake.split(' ').collect();
        let [variant, addr, outcome, rest @ ..] = words.as_slice() else {
            panic!("{line}")
        };
        let variant = match *variant {
            "ordinary" => TlsVariant::Ordinary,
            "without-sni" => TlsVariant::WithoutSni,
            "without-pq" => TlsVariant::WithoutPostQuantum,
            "other" => TlsVariant::OtherAddress,
            "again" => TlsVariant::Again,
            "small" => TlsVariant::SmallSegments,
            "without-hello" => TlsVariant::WithoutHello,
            _ => panic!("{line}"),
        };
        let (kind, detail) = outcome.split_once('=').unwrap_or((outcome, "0"));
        let number = || detail.parse().unwrap();
        let session = |asked| {
            TlsOutcome::Completed(TlsSession {
                version: "1.3".to_owned(),
                cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
                key_exchange: "X25519MLKEM768".to_owned(),
                alpn: None,
                client_auth_requested: asked,
                secure_renegotiation: None,
            })
        };
        let outcome = match kind {
            "completed" => session(false),
            // The second: as an earlier version kept it, without what was asked for.
            "asks-certificate" | "asks-unrecorded" => session(true),
            "completed-1.2" => TlsOutcome::Completed(TlsSession {
                version: "1.2".to_owned(),
                cipher: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384".to_owned(),
                key_exchange: "x25519".to_owned(),
                alpn: None,
                client_auth_requested: false,
                secure_renegotiation: match detail {
                    "renegotiation" => Some(true),
                    "no-renegotiation" => Some(false),
                    _ => None,
                },
            }),
            "alert" => TlsOutcome::Alert(detail.to_owned()),
            "closed" => TlsOutcome::Closed { received: number() },
            "reset" => TlsOutcome::Reset { received: number() },
            "stalled" => TlsOutcome::Stalled { received: number() },
            "unconnected" => TlsOutcome::NotConnected(tcp_outcome(detail)),
            "incompatible" => TlsOutcome::Incompatible(detail.to_owned()),
            "http" => TlsOutcome::NotTls(Spoken::Http),
            "ssh" => TlsOutcome::NotTls(Spoken::Ssh),
            "smtp" => TlsOutcome::NotTls(Spoken::Smtp),
            "ftp" => TlsOutcome::NotTls(Spoken::Ftp),
            "imap" => TlsOutcome::NotTls(Spoken::Imap),
            "pop3" => TlsOutcome::NotTls(Spoken::Pop3),
            "greeting" => TlsOutcome::NotTls(Spoken::Greeting),
            "unknown" => TlsOutcome::NotTls(Spoken::Unknown(detail.to_owned())),
            _ => panic!("{line}"),
        };
        let names = rest
            .first()
            .map_or(Vec::new(), |names| names.split(',').collect());
        TlsAttempt {
            variant,
            addr: (addr.parse::<IpAddr>().unwrap(), port).into(),
            sni: (variant != TlsVariant::WithoutSni).then(|| "vpn.example.com".to_owned()),
            outcome,
            served: names.into_iter().map(|name| pki.der(name)).collect(),
            stapled_ocsp: staple.map(|text| ocsp(text, pki)),
            certificate_request: (kind == "asks-certificate" || rest.len() > 1)
                .then(|| request(rest.get(1..).unwrap_or_default(), pki)),
            took_us: 20_000,
        }
    }
}

fn request(words: &[&str], pki: &Pki) -> CertificateRequest {
    let mut request = CertificateRequest::default();
    for word in words {
        match word.split_once('=') {
            Some(("accepts", names)) => {
                request.authorities = names
                    .split(',')
                    .map(|name| Der::from(pki.cert(name).subject_der.clone()))
                    .collect();
            }
            None if *word == "shown" => request.answered = true,
            None if *word == "asks" => {}
            _ => panic!("{word}"),
        }
    }
    request
}

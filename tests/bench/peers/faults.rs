//! The gateways that the peers are set on: a healthy one and broken ones, as worlds of the fault lab, each with the
//! words by which its fault counts as named. Not here: the peers and what they are asked.
//!
//! # When a peer has named the fault
//! All that a peer wrote, on either stream, in lower case, is searched for words.
//! * **named**: one of [`Fault::named`] is in it: words that say what is wrong, and that the same peer does not say of
//!   another fault of this list.
//! * **hint**: none of those, but one of [`Fault::hinted`]: words that are true of this fault and of another one too (the
//!   issuer is not found: because it was not sent, or because nobody trusts it), or that only show the place to one who
//!   knows where to look (a list of names beside the name asked for).
//! * **no**: neither.
//!
//! The lists hold the words of all the peers, found by reading what each wrote in each of these worlds; where in doubt, a
//! word counts for the peer. vpnmedic is held to more: the fault's id must be the first of its `causes`.

use crate::case::{Case, Dns, HEALTHY, OnPath};
use crate::certificates::{Chain, SOUND, Served, Trusted};
use crate::pki::{Days, Key};
use crate::servers::{Gateway, Tls};
use crate::statements::{Responder, SILENT, Told};

/// A gateway and what is wrong with it.
pub struct Fault {
    /// The cause's id; empty for the healthy gateway.
    pub id: &'static str,
    /// Its world.
    pub case: Case,
    /// Words that name it.
    pub named: &'static [&'static str],
    /// Words that hint at it.
    pub hinted: &'static [&'static str],
}

/// nginx, because it bans nobody: ocserv would shut some of the peers out before they are done.
const SOUND_GATEWAY: Case = Case {
    name: "peers",
    gateway: Some(Gateway::Nginx),
    ..HEALTHY
};

/// The healthy gateway.
pub const NONE: Fault = Fault {
    id: "",
    case: SOUND_GATEWAY,
    named: &[],
    hinted: &[],
};

/// The broken ones, by layer.
pub const BROKEN: [Fault; 10] = [
    Fault {
        id: "clock-skew-fast",
        case: Case {
            clock: Some("+400d"),
            ..SOUND_GATEWAY
        },
        named: &["clock is wrong", "clock may", "local clock", "system time"],
        hinted: &["expired", "not valid at", "clock skew"],
    },
    Fault {
        id: "dns-nxdomain",
        case: Case {
            dns: Dns::NoSuchName,
            ..SOUND_GATEWAY
        },
        named: &[
            "name or service not known",
            "could not resolve host",
            "could not resolve hostname",
            "no address associated",
            "cannot resolve",
            "can't resolve",
            "no ipv4/ipv6 address",
            "cannot get an address",
        ],
        hinted: &["connect:errno", "invalid hostname"],
    },
    Fault {
        id: "connection-refused",
        case: Case {
            gateway: None,
            ..SOUND_GATEWAY
        },
        named: &["connection refused", "rejected the connection", "refused"],
        hinted: &[
            "could not open a connection",
            "couldn't connect",
            "can't connect",
        ],
    },
    Fault {
        id: "firewall-drop",
        case: Case {
            path: OnPath::DropAll,
            ..SOUND_GATEWAY
        },
        named: &["timed out", "timeout", "time out", "no answer"],
        hinted: &[
            "could not open a connection",
            "couldn't connect",
            "can't connect",
        ],
    },
    Fault {
        id: "tls-version-too-old",
        case: Case {
            tls: Tls::Words("ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;"),
            ..SOUND_GATEWAY
        },
        named: &[
            "unsupported protocol",
            "protocol version",
            "unsupported version",
            "no protocols available",
            "tlsv1.0   enabled",
            "tls 1      offered (deprecated)",
            "tls 1.2 and tls 1.3 are not",
        ],
        hinted: &[
            "tls 1.0 cipher suites",
            "handshake fail",
            "internal error",
            "unexpected tls packet",
            "illegal parameter",
            "legacy sigalg",
            "(tls1.0",
        ],
    },
    Fault {
        id: "cert-expired-leaf",
        case: Case {
            chain: Chain {
                leaf: Days(-90, -1),
                ..SOUND
            },
            ..SOUND_GATEWAY
        },
        named: &[
            "certificate has expired",
            "expired certificate",
            "certificate expired",
            "not ok (expired)",
            "expired (",
            "cert is not valid at validation time",
        ],
        hinted: &["not valid after", "not after"],
    },
    Fault {
        id: "hostname-mismatch",
        case: Case {
            chain: Chain {
                names: &["DNS:gw.lab.test", "DNS:www.lab.test"],
                ..SOUND
            },
            ..SOUND_GATEWAY
        },
        named: &[
            "hostname mismatch",
            "no alternative certificate subject name matches",
            "does not match the expected",
            "does not match hostname",
            "does not match supplied uri",
            "does not match server hostname",
            "no matching subjectaltname",
        ],
        hinted: &[
            "altnames",
            "subjaltname",
            "subjectaltname",
            "subject alternative name",
        ],
    },
    Fault {
        id: "missing-intermediate",
        case: Case {
            chain: Chain {
                served: Served::LeafOnly,
                ..SOUND
            },
            ..SOUND_GATEWAY
        },
        named: &["incomplete chain", "missing intermediate"],
        // All of these are said where nobody trusts the root, too.
        hinted: &[
            "unable to get local issuer",
            "unable to verify the first certificate",
            "issuer is unknown",
            "candidates exhausted",
            "unknown ca",
            "chain incomplete",
        ],
    },
    Fault {
        id: "unknown-ca",
        case: Case {
            chain: Chain {
                trusted: Trusted::Another,
                ..SOUND
            },
            ..SOUND_GATEWAY
        },
        named: &["not trusted: ca", "untrusted root", "ca is not trusted"],
        hinted: &[
            "unable to get local issuer",
            "unable to get issuer",
            "issuer is unknown",
            "candidates exhausted",
            "self-signed certificate in certificate chain",
            "chain incomplete",
            "unknown ca",
        ],
    },
    Fault {
        id: "cert-revoked",
        case: Case {
            chain: Chain {
                key: Key::P256,
                told: Told {
                    responder: Some(Responder::Revoked),
                    ..SILENT
                },
                ..SOUND
            },
            ..SOUND_GATEWAY
        },
        named: &[
            ", revoked",
            ": revoked",
            "is revoked",
            "certificate revoked",
            "not ok (revoked)",
        ],
        hinted: &["ocsp uri", "ocsp responder"],
    },
];

/// Whether a fault was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// By words that say what is wrong.
    Yes,
    /// By words that fit another fault as well.
    Hint,
    /// Not at all.
    No,
}

impl Named {
    /// For the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "**named**",
            Self::Hint => "hint",
            Self::No => "no",
        }
    }
}

impl Fault {
    /// What a peer's output is worth.
    pub fn in_words(&self, output: &str) -> Named {
        let output = output.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| output.contains(word));
        if says(self.named) {
            Named::Yes
        } else if says(self.hinted) {
            Named::Hint
        } else {
            Named::No
        }
    }

    /// What vpnmedic's document is worth.
    pub fn in_document(&self, document: &str) -> Named {
        let document: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
        let causes = document["causes"].as_array().map_or(&[][..], Vec::as_slice);
        let is_it = |cause: &serde_json::Value| cause["id"] == self.id;
        match causes.iter().position(is_it) {
            Some(0) => Named::Yes,
            Some(_) => Named::Hint,
            None => Named::No,
        }
    }
}

//! The peers: where they are, and how a person who knows them would ask them about a gateway and its certificate.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::tools::find;
use crate::world::{NTP_HOST, PORTAL_CHECK, VPN};

/// Names sslyze's command, which comes from a place of its own.
const SSLYZE: &str = "VPNMEDIC_BENCH_SSLYZE";

/// Programs, as the table has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Vpnmedic,
    SClient,
    Curl,
    GnutlsCli,
    Sslscan,
    Sslyze,
    Testssl,
}

impl Peer {
    /// In the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Vpnmedic,
        Self::SClient,
        Self::Curl,
        Self::GnutlsCli,
        Self::Sslscan,
        Self::Sslyze,
        Self::Testssl,
    ];

    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vpnmedic => "vpnmedic",
            Self::SClient => "openssl s_client",
            Self::Curl => "curl",
            Self::GnutlsCli => "gnutls-cli",
            Self::Sslscan => "sslscan",
            Self::Sslyze => "sslyze",
            Self::Testssl => "testssl.sh",
        }
    }

    /// Whether it takes seconds: then it is asked once, and on the long line only about the healthy gateway.
    pub const fn is_slow(self) -> bool {
        matches!(self, Self::Sslscan | Self::Sslyze | Self::Testssl)
    }

    /// Its file, or what would bring it here.
    pub fn file(self) -> Result<PathBuf, &'static str> {
        let (command, package) = match self {
            Self::Vpnmedic => return Ok(crate::binary::ours(env!("CARGO_BIN_EXE_vpnmedic"))),
            Self::SClient => ("openssl", "Debian's package openssl"),
            Self::Curl => ("curl", "Debian's package curl"),
            Self::GnutlsCli => ("gnutls-cli", "Debian's package gnutls-bin"),
            Self::Sslscan => ("sslscan", "Debian's package sslscan"),
            Self::Sslyze => {
                let named = std::env::var_os(SSLYZE).map(PathBuf::from);
                return named
                    .or_else(|| find("sslyze").ok())
                    .filter(|file| file.is_file())
                    .ok_or(
                        "pip's package sslyze; VPNMEDIC_BENCH_SSLYZE names the command where it is in no PATH",
                    );
            }
            Self::Testssl => ("testssl", "Debian's package testssl.sh"),
        };
        find(command).map_err(|_| package)
    }

    /// What it is asked. `trusted` is the file with the roots that this client trusts.
    pub fn arguments(self, trusted: &Path) -> Vec<OsString> {
        let place = format!("{VPN}:443");
        let trusted = trusted.as_os_str();
        let words: Vec<&str> = match self {
            Self::Vpnmedic => vec![
                "check",
                VPN,
                "--json",
                "--portal",
                PORTAL_CHECK,
                "--ntp",
                NTP_HOST,
                "--ca",
            ],
            Self::SClient => vec![
                "s_client",
                "-connect",
                &place,
                "-servername",
                VPN,
                "-verify_hostname",
                VPN,
                "-verify_return_error",
                "-showcerts",
                "-CAfile",
            ],
            Self::Curl => vec!["-v", "-o", "/dev/null", "https://vpn.lab.test/", "--cacert"],
            Self::GnutlsCli => vec!["--port", "443", VPN, "--x509cafile"],
            Self::Sslscan => vec!["--no-colour", "--show-certificate", &place],
            Self::Sslyze => vec![&place, "--certinfo_ca_file"],
            // What it finds out about the certificate and the versions; everything else takes it a minute and more.
            Self::Testssl => vec![
                "--quiet",
                "--color",
                "0",
                "--warnings",
                "batch",
                "--phone-out",
                "--protocols",
                "--server-defaults",
            ],
        };
        let mut all: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        match self {
            // It knows no roots.
            Self::Sslscan => {}
            Self::Testssl => {
                all.extend([OsString::from("--add-ca"), trusted.to_owned(), place.into()]);
            }
            _ => all.push(trusted.to_owned()),
        }
        all
    }
}

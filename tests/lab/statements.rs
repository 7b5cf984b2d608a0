//! What the CA of one case says about revocation: `openssl ocsp` as a responder, answers made beforehand, and lists. Not
//! here: the certificates themselves ([`crate::certificates`]).

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::netns::{Netns, Protocol};
use crate::pki::{Days, Issued, Pki};
use crate::servers::{Ready, Running, start};
use crate::tools::{Outcome, Run, find, libfaketime};
use crate::world::AIA_HOST;

/// The responder's port.
const PORT: u16 = 2560;
/// Entries of a list of about four megabytes.
const MANY: u32 = 105_000;

/// How the end-entity certificate's revocation is told. [`SILENT`] is a certificate that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What the responder that it names says.
    pub responder: Option<Responder>,
    /// What is at the distribution point that it names.
    pub list: Option<List>,
    /// Whether it demands a stapled answer (RFC 7633).
    pub must_staple: bool,
    /// Whether the gateway staples a good answer. Only nginx does.
    pub stapled: bool,
}

/// Names nobody.
pub const SILENT: Told = Told {
    responder: None,
    list: None,
    must_staple: false,
    stapled: false,
};

/// What a responder says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Responder {
    /// Not revoked.
    Good,
    /// The same, over IPv4 alone; over IPv6 nobody listens.
    GoodOverIpv4,
    /// The same, and over IPv6 packets to it are lost without a word.
    GoodOverIpv4Ipv6Silent,
    /// Revoked, keyCompromise.
    Revoked,
    /// It does not know the certificate.
    Unknown,
    /// It answers about another certificate.
    AboutAnother,
    /// It gives an answer of ten days ago that held for a day.
    Expired,
    /// It answers with a signature by somebody who may not.
    ByStranger,
    /// Nobody listens there.
    Dead,
    /// The certificate names an address of the device itself.
    OnThisDevice,
}

/// What is at a distribution point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// A list without the certificate.
    Good,
    /// A list with it.
    Revoked,
    /// A list that should have been replaced two days ago.
    Expired,
    /// Status 404.
    Missing,
    /// About four megabytes, without the certificate.
    Long,
}

impl Told {
    /// Extensions of the end-entity certificate's that say where to ask.
    pub fn extensions(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.list.is_some() {
            lines.push(format!(
                "crlDistributionPoints = URI:http://{AIA_HOST}/ca.crl"
            ));
        }
        if self.must_staple {
            lines.push("tlsfeature = status_request".to_owned());
        }
        lines
    }

    /// The responder's part of the authority information access.
    pub fn access(&self) -> Option<String> {
        let url = match self.responder? {
            Responder::OnThisDevice => format!("http://127.0.0.1:{PORT}/"),
            Responder::AboutAnother | Responder::Expired | Responder::ByStranger => {
                format!("http://{AIA_HOST}/ocsp")
            }
            Responder::Good
            | Responder::GoodOverIpv4
            | Responder::GoodOverIpv4Ipv6Silent
            | Responder::Revoked
            | Responder::Unknown
            | Responder::Dead => {
                format!("http://{AIA_HOST}:{PORT}/")
            }
        };
        Some(format!("OCSP;URI:{url}"))
    }
}

/// The CA's side of one case.
pub struct Bureau {
    folder: PathBuf,
    issuer: Issued,
    told: Told,
}

impl Bureau {
    /// Revokes what is to be revoked, and puts lists and answers that are made beforehand into `offered`.
    pub fn open(
        told: Told,
        pki: &mut Pki,
        (leaf, issuer, stranger): (&Issued, &Issued, &Issued),
        folder: &Path,
        offered: &Path,
    ) -> Outcome<Self> {
        let bureau = Self {
            folder: folder.to_owned(),
            issuer: issuer.clone(),
            told,
        };
        if told.responder == Some(Responder::Revoked) || told.list == Some(List::Revoked) {
            pki.revoke(leaf, issuer)?;
        }
        match told.list {
            Some(List::Good | List::Revoked) => bureau.list(pki, Days(-1, 7), offered)?,
            Some(List::Expired) => bureau.list(pki, Days(-9, -2), offered)?,
            Some(List::Long) => {
                let index = bureau.folder.join("index.txt");
                let before = fs::read_to_string(&index)?;
                let entries: String = (0..MANY)
                    .map(|n| {
                        format!(
                            "R\t400101000000Z\t260101000000Z\t5A5A{n:028X}\tunknown\t/CN=gone {n}\n"
                        )
                    })
                    .collect();
                fs::write(&index, before.clone() + &entries)?;
                bureau.list(pki, Days(-1, 7), offered)?;
                fs::write(&index, before)?;
            }
            Some(List::Missing) | None => {}
        }
        let answer = offered.join("ocsp");
        match told.responder {
            Some(Responder::AboutAnother) => {
                bureau.answer(&bureau.issuer, issuer, None, &answer)?
            }
            Some(Responder::Expired) => bureau.answer(leaf, issuer, Some("-10d"), &answer)?,
            Some(Responder::ByStranger) => bureau.answer(leaf, stranger, None, &answer)?,
            _ => {}
        }
        if told.stapled {
            bureau.answer(leaf, issuer, None, &bureau.staple())?;
        }
        Ok(bureau)
    }

    /// The answer that the gateway staples, if it does.
    pub fn stapled(&self) -> Option<PathBuf> {
        self.told.stapled.then(|| self.staple())
    }

    fn staple(&self) -> PathBuf {
        self.folder.join("staple.der")
    }

    /// The responder, running, where there is one.
    pub fn serve(&self, netns: &Netns) -> Outcome<Option<Running>> {
        let fate = match self.told.responder {
            Some(Responder::GoodOverIpv4) => "reject with tcp reset",
            Some(Responder::GoodOverIpv4Ipv6Silent) => "drop",
            _ => "",
        };
        if !fate.is_empty() {
            netns.nft(&format!(
                "table ip6 responder {{ chain input {{ type filter hook input priority 0; tcp dport {PORT} {fate}; }}\n}}"
            ))?;
        }
        let index = match self.told.responder {
            Some(
                Responder::Good
                | Responder::GoodOverIpv4
                | Responder::GoodOverIpv4Ipv6Silent
                | Responder::Revoked,
            ) => self.folder.join("index.txt"),
            Some(Responder::Unknown) => {
                let index = self.folder.join("nobody.txt");
                fs::write(&index, "")?;
                index
            }
            _ => return Ok(None),
        };
        let args = ["ocsp", "-port", &PORT.to_string(), "-ndays", "1", "-index"];
        let mut args: Vec<std::ffi::OsString> = args.iter().map(Into::into).collect();
        args.push(index.into());
        for (option, file) in [
            ("-CA", &self.issuer.certificate),
            ("-rsigner", &self.issuer.certificate),
            ("-rkey", &self.issuer.key),
        ] {
            args.push(option.into());
            args.push(file.clone().into());
        }
        let ready = Ready::Listens(Protocol::Tcp, PORT);
        start(netns, "responder", "openssl", args, &self.folder, ready).map(Some)
    }

    fn list(&self, pki: &Pki, days: Days, offered: &Path) -> Outcome<()> {
        let pem = self.folder.join("ca.crl.pem");
        Run::new(find("openssl")?)
            .args(["ca", "-gencrl", "-config"])
            .arg(pki.plain_settings()?)
            .arg("-cert")
            .arg(&self.issuer.certificate)
            .arg("-keyfile")
            .arg(&self.issuer.key)
            .args([
                "-crl_lastupdate",
                &moment(days.0),
                "-crl_nextupdate",
                &moment(days.1),
                "-out",
            ])
            .arg(&pem)
            .good()?;
        Run::new(find("openssl")?)
            .args(["crl", "-outform", "DER", "-in"])
            .arg(&pem)
            .arg("-out")
            .arg(offered.join("ca.crl"))
            .good()
            .map(drop)
    }

    /// Makes an answer about `about` by `signer`, as at another time if one is named.
    fn answer(
        &self,
        about: &Issued,
        signer: &Issued,
        at: Option<&str>,
        file: &Path,
    ) -> Outcome<()> {
        let request = self.folder.join("request.der");
        Run::new(find("openssl")?)
            .args(["ocsp", "-no_nonce", "-issuer"])
            .arg(&self.issuer.certificate)
            .arg("-cert")
            .arg(&about.certificate)
            .arg("-reqout")
            .arg(&request)
            .good()?;
        let openssl = find("openssl")?;
        let mut run = Run::new(find("env")?);
        if let Some(at) = at {
            run = run
                .arg(format!("LD_PRELOAD={}", libfaketime()?.display()))
                .arg(format!("FAKETIME={at}"));
        }
        run.arg(openssl)
            .args(["ocsp", "-ndays", "1", "-index"])
            .arg(self.folder.join("index.txt"))
            .arg("-CA")
            .arg(&self.issuer.certificate)
            .arg("-rsigner")
            .arg(&signer.certificate)
            .arg("-rkey")
            .arg(&signer.key)
            .arg("-reqin")
            .arg(&request)
            .arg("-respout")
            .arg(file)
            .good()
            .map(drop)
    }
}

/// A moment so many days from now as `openssl ca` takes it.
fn moment(days: i64) -> String {
    let moment = Timestamp::now() + SignedDuration::from_hours(24 * days);
    moment.strftime("%Y%m%d%H%M%SZ").to_string()
}

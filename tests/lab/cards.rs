//! Certificates of clients: what a person hands in, and the CA that the gateway asks for. Not here: the gateway's own
//! certificates ([`crate::certificates`]).

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::pki::{Days, Issued, Key, Pki, Request, SHA256};
use crate::tools::{Outcome, Run, find};

/// What the client hands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// What is wrong with it.
    pub fault: Fault,
    /// Its key.
    pub key: Key,
}

/// What is wrong with a client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Its time is over.
    Expired,
    /// Its CA has revoked it.
    Revoked,
    /// A CA issued it that the gateway does not know.
    ByStranger,
    /// The key handed in belongs to another certificate.
    KeyOfAnother,
    /// Its file ends in the middle.
    Torn,
    /// The file of its key is no key.
    KeyTorn,
    /// It is for servers only.
    ForServersOnly,
}

/// Where the gateway finds the CA of its clients, in a world's folder.
pub fn accepted(folder: &Path) -> PathBuf {
    folder.join("cards/ca.pem")
}

/// Where the gateway finds that CA's list of revoked certificates.
pub fn list(folder: &Path) -> PathBuf {
    folder.join("cards/ca.crl.pem")
}

/// Makes the clients' CA in a world's folder, and what the client hands in; gives the options that hand it in.
pub fn make(card: Option<Card>, folder: &Path) -> Outcome<Vec<OsString>> {
    let own = folder.join("cards");
    fs::create_dir_all(&own)?;
    let mut pki = Pki::new(&own)?;
    let ca = pki.self_signed(&authority("Lab Client CA"))?;
    fs::copy(&ca.certificate, accepted(folder))?;
    let mut options = Vec::new();
    if let Some(card) = card {
        let (certificate, key) = card.make(&mut pki, &ca, &own)?;
        options.extend(["--client-cert".into(), certificate.into()]);
        options.extend(["--client-key".into(), key.into()]);
    }
    write_list(&pki, &ca, folder)?;
    Ok(options)
}

impl Card {
    /// The files of certificate and key.
    fn make(self, pki: &mut Pki, ca: &Issued, own: &Path) -> Outcome<(PathBuf, PathBuf)> {
        let stranger = pki.self_signed(&authority("Stranger's Client CA"))?;
        let issuer = match self.fault {
            Fault::ByStranger => &stranger,
            _ => ca,
        };
        let issued = pki.issue(&self.request(), issuer)?;
        match self.fault {
            Fault::Revoked => pki.revoke(&issued, ca)?,
            Fault::KeyOfAnother => {
                let other = pki.issue(&self.request(), ca)?;
                return Ok((issued.certificate, other.key));
            }
            Fault::Torn => {
                let torn = own.join("torn.pem");
                let der = own.join("whole.der");
                issued.write_der(&der)?;
                let bytes = fs::read(&der)?;
                fs::write(&torn, &bytes[..bytes.len() / 2])?;
                return Ok((torn, issued.key));
            }
            Fault::KeyTorn => {
                let torn = own.join("torn.key");
                let text = fs::read_to_string(&issued.key)?;
                let half = text.lines().take(2).collect::<Vec<_>>().join("\n");
                fs::write(&torn, half + "\n-----END PRIVATE KEY-----\n")?;
                return Ok((issued.certificate, torn));
            }
            _ => {}
        }
        Ok((issued.certificate, issued.key))
    }

    fn request(self) -> Request {
        let valid = match self.fault {
            Fault::Expired => Days(-400, -6),
            _ => Days(-30, 300),
        };
        let purpose = match self.fault {
            Fault::ForServersOnly => "serverAuth",
            _ => "clientAuth",
        };
        Request {
            subject: "alice".to_owned(),
            key: self.key,
            valid,
            extensions: vec![
                "basicConstraints = CA:FALSE".to_owned(),
                "keyUsage = critical, digitalSignature".to_owned(),
                format!("extendedKeyUsage = {purpose}"),
                "subjectKeyIdentifier = hash".to_owned(),
                "authorityKeyIdentifier = keyid".to_owned(),
            ],
            digest: SHA256,
        }
    }
}

fn authority(subject: &str) -> Request {
    Request {
        subject: subject.to_owned(),
        key: Key::P256,
        valid: Days(-1000, 1000),
        extensions: vec![
            "basicConstraints = critical, CA:TRUE".to_owned(),
            "keyUsage = critical, keyCertSign, cRLSign".to_owned(),
            "subjectKeyIdentifier = hash".to_owned(),
        ],
        digest: SHA256,
    }
}

fn write_list(pki: &Pki, ca: &Issued, folder: &Path) -> Outcome<()> {
    let moment = |days: i64| {
        let moment = Timestamp::now() + SignedDuration::from_hours(24 * days);
        moment.strftime("%Y%m%d%H%M%SZ").to_string()
    };
    Run::new(find("openssl")?)
        .args(["ca", "-gencrl", "-config"])
        .arg(pki.plain_settings()?)
        .arg("-cert")
        .arg(&ca.certificate)
        .arg("-keyfile")
        .arg(&ca.key)
        .args([
            "-crl_lastupdate",
            &moment(-1),
            "-crl_nextupdate",
            &moment(7),
        ])
        .arg("-out")
        .arg(list(folder))
        .good()
        .map(drop)
}

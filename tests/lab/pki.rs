//! A certificate authority made for one case with the `openssl` program: what a site's PKI or an appliance would
//! issue, with any dates, keys and extensions. Not here: which chain a case serves ([`crate::chain`]).

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::tools::{Outcome, Run, find};

/// Keys as they are met in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA with 2048 bits.
    Rsa,
    /// RSA with 1024 bits, as appliances once made it.
    Rsa1024,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on a curve that no programme of roots admits.
    Secp256k1,
}

/// From when to when, in days from now; negative is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub i64, pub i64);

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Request {
    /// The subject's common name.
    pub subject: String,
    /// Its key.
    pub key: Key,
    /// Its validity.
    pub valid: Days,
    /// Lines of an OpenSSL extension section, for example `basicConstraints = critical, CA:TRUE`.
    pub extensions: Vec<String>,
    /// The digest in the signature under it, as OpenSSL calls it.
    pub digest: &'static str,
}

/// The digest that everybody takes.
pub const SHA256: &str = "sha256";

/// A certificate with its key, on disk.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Its subject's common name.
    subject: String,
}

impl Issued {
    /// The certificate as PEM text.
    pub fn pem(&self) -> Outcome<String> {
        Ok(fs::read_to_string(&self.certificate)?)
    }

    /// Changes the last byte of its signature.
    pub fn tamper(&self, folder: &Path) -> Outcome<()> {
        let file = folder.join("tampered.der");
        self.write_der(&file)?;
        let mut der = fs::read(&file)?;
        if let Some(last) = der.last_mut() {
            *last ^= 1;
        }
        fs::write(&file, der)?;
        Run::new(find("openssl")?)
            .args(["x509", "-inform", "DER", "-in"])
            .arg(&file)
            .arg("-out")
            .arg(&self.certificate)
            .good()
            .map(drop)
    }

    /// Writes the certificate in DER to this file.
    pub fn write_der(&self, file: &Path) -> Outcome<()> {
        Run::new(find("openssl")?)
            .args(["x509", "-outform", "DER", "-in"])
            .arg(&self.certificate)
            .arg("-out")
            .arg(file)
            .good()
            .map(drop)
    }
}

/// Makes certificates in a folder.
pub struct Pki {
    folder: PathBuf,
    count: u32,
}

impl Pki {
    /// In this folder, which must exist.
    pub fn new(folder: &Path) -> Outcome<Self> {
        let folder = folder.to_owned();
        fs::write(folder.join("index.txt"), "")?;
        fs::write(folder.join("index.txt.attr"), "unique_subject = no\n")?;
        Ok(Self { folder, count: 0 })
    }

    /// A certificate that signs itself.
    pub fn self_signed(&mut self, request: &Request) -> Outcome<Issued> {
        let key = self.key(request.key)?;
        self.certify(request, key, None)
    }

    /// A certificate signed by another one's key.
    pub fn issue(&mut self, request: &Request, issuer: &Issued) -> Outcome<Issued> {
        let key = self.key(request.key)?;
        self.certify(request, key, Some(issuer))
    }

    /// Another certificate for the subject and key of `whose`, signed by another issuer: a cross-certificate.
    pub fn cross_sign(
        &mut self,
        request: &Request,
        whose: &Issued,
        issuer: &Issued,
    ) -> Outcome<Issued> {
        let request = Request {
            subject: whose.subject.clone(),
            ..request.clone()
        };
        self.certify(&request, whose.key.clone(), Some(issuer))
    }

    /// Revokes a certificate for keyCompromise: its line in the index says so from now on.
    pub fn revoke(&self, which: &Issued, issuer: &Issued) -> Outcome<()> {
        Run::new(find("openssl")?)
            .args(["ca", "-crl_reason", "keyCompromise", "-config"])
            .arg(self.plain_settings()?)
            .arg("-cert")
            .arg(&issuer.certificate)
            .arg("-keyfile")
            .arg(&issuer.key)
            .arg("-revoke")
            .arg(&which.certificate)
            .good()
            .map(drop)
    }

    /// Settings of the CA without any certificate's own.
    pub fn plain_settings(&self) -> Outcome<PathBuf> {
        let file = self.folder.join("ca.cnf");
        let nothing = Request {
            subject: String::new(),
            key: Key::P256,
            valid: Days(0, 0),
            extensions: vec!["basicConstraints = CA:FALSE".to_owned()],
            digest: SHA256,
        };
        fs::write(&file, self.settings(&nothing))?;
        Ok(file)
    }

    fn key(&mut self, kind: Key) -> Outcome<PathBuf> {
        self.count += 1;
        let file = self.folder.join(format!("{}.key", self.count));
        let kind = match kind {
            Key::Rsa => ["RSA", "rsa_keygen_bits:2048"],
            Key::Rsa1024 => ["RSA", "rsa_keygen_bits:1024"],
            Key::P256 => ["EC", "ec_paramgen_curve:P-256"],
            Key::P384 => ["EC", "ec_paramgen_curve:P-384"],
            Key::Secp256k1 => ["EC", "ec_paramgen_curve:secp256k1"],
        };
        Run::new(find("openssl")?)
            .args([
                "genpkey",
                "-algorithm",
                kind[0],
                "-pkeyopt",
                kind[1],
                "-out",
            ])
            .arg(&file)
            .good()?;
        Ok(file)
    }

    fn certify(
        &mut self,
        request: &Request,
        key: PathBuf,
        issuer: Option<&Issued>,
    ) -> Outcome<Issued> {
        self.count += 1;
        let file = |kind: &str| self.folder.join(format!("{}.{kind}", self.count));
        let (asked, settings, certificate) = (file("csr"), file("cnf"), file("pem"));
        fs::write(&settings, self.settings(request))?;
        Run::new(find("openssl")?)
            .args([
                "req",
                "-new",
                "-subj",
                &format!("/O=Lab/CN={}", request.subject),
                "-config",
            ])
            .arg(&settings)
            .arg("-key")
            .arg(&key)
            .arg("-out")
            .arg(&asked)
            .good()?;
        let signer = match issuer {
            None => Run::new(find("openssl")?)
                .args(["ca", "-selfsign", "-keyfile"])
                .arg(&key),
            Some(issuer) => Run::new(find("openssl")?)
                .args(["ca", "-cert"])
                .arg(&issuer.certificate)
                .arg("-keyfile")
                .arg(&issuer.key),
        };
        signer
            .args(["-batch", "-notext", "-config"])
            .arg(&settings)
            .args([
                "-startdate",
                &asn1_time(request.valid.0),
                "-enddate",
                &asn1_time(request.valid.1),
            ])
            .arg("-in")
            .arg(&asked)
            .arg("-out")
            .arg(&certificate)
            .good()?;
        Ok(Issued {
            certificate,
            key,
            subject: request.subject.clone(),
        })
    }

    fn settings(&self, request: &Request) -> String {
        let folder = self.folder.display();
        format!(
            "[req]\ndistinguished_name = name\nprompt = no\nstring_mask = utf8only\n[name]\n\
             [ca]\ndefault_ca = lab\n\
             [lab]\ndatabase = {folder}/index.txt\nnew_certs_dir = {folder}\nrand_serial = yes\ndefault_md = {}\n\
             policy = anything\nx509_extensions = extensions\nemail_in_dn = no\n\
             [anything]\norganizationName = optional\ncommonName = optional\n\
             [extensions]\n{}\n",
            request.digest,
            request.extensions.join("\n")
        )
    }
}

/// A moment so many days from now as `openssl ca` takes it; GeneralizedTime, so that any year is right.
fn asn1_time(days: i64) -> String {
    let moment = Timestamp::now() + SignedDuration::from_hours(24 * days);
    moment.strftime("%Y%m%d%H%M%SZ").to_string()
}

//! The certificates of one case: a small site PKI, what the gateway serves of it, what issuers' addresses offer and
//! what the client trusts. Not here: how a certificate is made ([`crate::pki`]).

use std::fs;
use std::path::{Path, PathBuf};

use crate::flaws::Flaw;
use crate::pki::{Days, Issued, Key, Pki, Request, SHA256};
use crate::statements::{Bureau, SILENT, Told};
use crate::tools::{Outcome, Run, find};
use crate::world::{AIA_HOST, VPN};

/// What is to be made. The fields of [`SOUND`] make a chain that nothing is wrong with.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    /// `subjectAltName` of the end-entity certificate, in OpenSSL's words (`DNS:...`, `IP:...`).
    pub names: &'static [&'static str],
    /// Validity of the end-entity certificate.
    pub leaf: Days,
    /// Validity of the intermediate.
    pub intermediate: Days,
    /// The key of the end-entity certificate.
    pub key: Key,
    /// The keys of the intermediate and the root.
    pub ca_key: Key,
    /// What the gateway sends.
    pub served: Served,
    /// How issuers' certificates can be fetched.
    pub aia: Aia,
    /// What the client trusts.
    pub trusted: Trusted,
    /// How the end-entity certificate's revocation is told.
    pub told: Told,
    /// The organisation that stands in every CA's name.
    pub by: &'static str,
    /// What is wrong with one of the certificates.
    pub flaw: Flaw,
}

/// A chain as it should be.
pub const SOUND: Chain = Chain {
    names: &["DNS:vpn.lab.test"],
    leaf: Days(-30, 150),
    intermediate: Days(-700, 800),
    key: Key::P256,
    ca_key: Key::P256,
    served: Served::Full,
    aia: Aia::Der,
    trusted: Trusted::Root,
    told: SILENT,
    by: "Lab",
    flaw: Flaw::None,
};

/// What the gateway sends in its handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// End-entity certificate and intermediate.
    Full,
    /// The root too.
    WithRoot,
    /// The end-entity certificate alone.
    LeafOnly,
    /// The end-entity certificate and the lower of two intermediates.
    UpperMissing,
    /// An end-entity certificate that signs itself.
    SelfSigned,
    /// The same, made as `openssl req -x509` makes it: as a CA.
    SelfSignedCa,
    /// End-entity certificate, intermediate, and the root once more, signed by an older root that has expired.
    ExpiredCross,
    /// The end-entity certificate and both of two intermediates.
    BothIntermediates,
    /// The same, the upper intermediate before the lower.
    IntermediatesSwapped,
    /// End-entity certificate, root, intermediate.
    RootBeforeIntermediate,
}

/// What the addresses for issuers' certificates give (RFC 5280 section 4.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aia {
    /// One certificate in DER.
    Der,
    /// A PKCS#7 bundle.
    Pkcs7,
    /// The certificates name no address.
    Unnamed,
}

/// What `--ca` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trusted {
    /// The root of this chain.
    Root,
    /// The root of somebody else.
    Another,
    /// The end-entity certificate itself, as a self-signed one is trusted.
    Leaf,
}

/// What was made, on disk.
pub struct Made {
    /// The end-entity certificate alone, PEM.
    pub leaf: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// What is served after it, PEM; may be empty.
    pub rest: PathBuf,
    /// Everything that is served in one file, PEM.
    pub served: PathBuf,
    /// How many certificates that is.
    pub count: usize,
    /// What the client trusts, PEM.
    pub trusted: PathBuf,
    /// The CA's side.
    pub bureau: Bureau,
}

impl Chain {
    /// Makes the certificates in `folder` and puts issuers' certificates into `offered`.
    pub fn make(&self, folder: &Path, offered: &Path) -> Outcome<Made> {
        let mut pki = Pki::new(folder)?;
        let root = self
            .flaw
            .on_root(self.authority("Root CA", Days(-3000, 3000), None));
        let root = pki.self_signed(&root)?;
        let upper = self.authority("Intermediate CA", self.intermediate, Some("root"));
        let upper = pki.issue(&self.flaw.on_intermediate(upper), &root)?;
        let issuer = if self.has_two_intermediates() {
            let lower = self.authority("Issuing CA", self.intermediate, Some("upper"));
            pki.issue(&lower, &upper)?
        } else {
            upper.clone()
        };
        let leaf = match self.served {
            Served::SelfSigned => pki.self_signed(&self.leaf_alone("CA:FALSE"))?,
            Served::SelfSignedCa => pki.self_signed(&self.leaf_alone("critical, CA:TRUE"))?,
            _ => pki.issue(&self.flaw.on_leaf(self.leaf_request()), &issuer)?,
        };
        match self.flaw {
            Flaw::LeafTampered => leaf.tamper(folder)?,
            Flaw::IntermediateTampered => upper.tamper(folder)?,
            _ => {}
        }
        let rest = match self.served {
            Served::Full => vec![upper.clone()],
            Served::WithRoot => vec![upper.clone(), root.clone()],
            Served::LeafOnly | Served::SelfSigned | Served::SelfSignedCa => Vec::new(),
            Served::UpperMissing => vec![issuer.clone()],
            Served::BothIntermediates => vec![issuer.clone(), upper.clone()],
            Served::IntermediatesSwapped => vec![upper.clone(), issuer.clone()],
            Served::RootBeforeIntermediate => vec![root.clone(), upper.clone()],
            Served::ExpiredCross => {
                let old = pki.self_signed(&self.authority("Old Root", Days(-3000, -60), None))?;
                let cross = self.authority("Root CA", Days(-2000, -60), None);
                vec![upper.clone(), pki.cross_sign(&cross, &root, &old)?]
            }
        };
        for (name, certificate) in [("root", &root), ("upper", &upper), ("issuer", &issuer)] {
            self.offer(certificate, &offered.join(format!("{name}.crt")))?;
        }
        let trusted = match self.trusted {
            Trusted::Root => root.clone(),
            Trusted::Leaf => leaf.clone(),
            Trusted::Another => {
                pki.self_signed(&self.authority("Another Root", Days(-30, 300), None))?
            }
        };
        let stranger = pki.self_signed(&self.authority("Stranger", Days(-30, 300), None))?;
        let whose = (&leaf, &issuer, &stranger);
        let bureau = Bureau::open(self.told, &mut pki, whose, folder, offered)?;
        self.write(folder, leaf, &rest, trusted, bureau)
    }

    fn has_two_intermediates(&self) -> bool {
        matches!(
            self.served,
            Served::UpperMissing | Served::BothIntermediates | Served::IntermediatesSwapped
        )
    }

    fn write(
        &self,
        folder: &Path,
        leaf: Issued,
        rest: &[Issued],
        trusted: Issued,
        bureau: Bureau,
    ) -> Outcome<Made> {
        let rest_pem = rest.iter().map(Issued::pem).collect::<Outcome<String>>()?;
        let made = Made {
            rest: folder.join("rest.pem"),
            served: folder.join("served.pem"),
            count: 1 + rest.len(),
            trusted: trusted.certificate,
            bureau,
            leaf: leaf.certificate.clone(),
            key: leaf.key.clone(),
        };
        fs::write(&made.served, leaf.pem()? + &rest_pem)?;
        fs::write(&made.rest, rest_pem)?;
        Ok(made)
    }

    fn offer(&self, certificate: &Issued, file: &Path) -> Outcome<()> {
        match self.aia {
            Aia::Der => certificate.write_der(file),
            Aia::Pkcs7 => Run::new(find("openssl")?)
                .args(["crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile"])
                .arg(&certificate.certificate)
                .arg("-out")
                .arg(file)
                .good()
                .map(drop),
            Aia::Unnamed => Ok(()),
        }
    }

    fn authority(&self, subject: &str, valid: Days, issuer: Option<&str>) -> Request {
        let mut extensions = vec![
            "basicConstraints = critical, CA:TRUE".to_owned(),
            "keyUsage = critical, keyCertSign, cRLSign".to_owned(),
            "subjectKeyIdentifier = hash".to_owned(),
        ];
        if issuer.is_some() {
            extensions.push("authorityKeyIdentifier = keyid".to_owned());
        }
        extensions.extend(self.aia_line(issuer));
        Request {
            subject: format!("{} {subject}", self.by),
            key: self.ca_key,
            valid,
            extensions,
            digest: SHA256,
        }
    }

    fn leaf_request(&self) -> Request {
        let mut request = self.leaf_alone("CA:FALSE");
        request
            .extensions
            .push("authorityKeyIdentifier = keyid".to_owned());
        request.extensions.extend(self.access_line());
        request.extensions.extend(self.told.extensions());
        request
    }

    fn leaf_alone(&self, constraints: &str) -> Request {
        let usage = match self.key {
            Key::Rsa | Key::Rsa1024 => "digitalSignature, keyEncipherment",
            Key::P256 | Key::P384 | Key::Secp256k1 => "digitalSignature",
        };
        let mut extensions = vec![
            format!("basicConstraints = {constraints}"),
            format!("keyUsage = critical, {usage}"),
            "extendedKeyUsage = serverAuth".to_owned(),
            "subjectKeyIdentifier = hash".to_owned(),
        ];
        if !self.names.is_empty() {
            extensions.push(format!("subjectAltName = {}", self.names.join(",")));
        }
        Request {
            subject: VPN.to_owned(),
            key: self.key,
            valid: self.leaf,
            extensions,
            digest: SHA256,
        }
    }

    /// Where the end-entity certificate says that its issuer and its responder are.
    fn access_line(&self) -> Option<String> {
        let line = self.aia_line(Some("issuer"));
        let Some(responder) = self.told.access() else {
            return line;
        };
        Some(match line {
            Some(line) => format!("{line}, {responder}"),
            None => format!("authorityInfoAccess = {responder}"),
        })
    }

    fn aia_line(&self, issuer: Option<&str>) -> Option<String> {
        let issuer = issuer.filter(|_| self.aia != Aia::Unnamed)?;
        Some(format!(
            "authorityInfoAccess = caIssuers;URI:http://{AIA_HOST}/{issuer}.crt"
        ))
    }
}

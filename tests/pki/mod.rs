//! Certificate authorities on demand, as plain entities that can sign one another in any shape.

#![allow(
    dead_code,
    reason = "each test program uses its own part; expect would fail where all is used"
)]

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, date_time_ymd,
};
use vpnmedic::chain::{Cert, Judgement, Purpose, Question, judge, read_certificates};
use vpnmedic::evidence::{Der, Host, UnixTime};

/// The moment tests judge at: 2026-06-01T00:00:00Z. Certificates made here are valid from January to December 2026.
pub const AT: UnixTime = UnixTime(1_780_272_000);
/// The host tests ask for.
pub const HOST: &str = "vpn.example.com";

/// A certificate with its key and the parameters it was made from.
pub struct Entity {
    pub cert: Arc<Cert>,
    pub params: CertificateParams,
    pub key: KeyPair,
}

/// Leaves the parameters as they are.
pub fn plain(_: &mut CertificateParams) {}

impl Entity {
    /// A root that signed itself.
    pub fn root(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = ca_params(name);
        params.use_authority_key_identifier_extension = false;
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        Self {
            cert: parse(cert.der()),
            params,
            key,
        }
    }

    /// A CA below this one.
    pub fn ca(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = ca_params(name);
        change(&mut params);
        self.issue(params, KeyPair::generate().unwrap())
    }

    /// An end-entity certificate for [`HOST`] below this CA.
    pub fn leaf(&self, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = leaf_params();
        change(&mut params);
        self.issue(params, KeyPair::generate().unwrap())
    }

    /// The same subject and key as `other`, signed by this CA.
    pub fn cross_sign(
        &self,
        other: &Self,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Arc<Cert> {
        let mut params = other.params.clone();
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let issuer = Issuer::from_params(&self.params, &self.key);
        parse(params.signed_by(&other.key, &issuer).unwrap().der())
    }

    fn issue(&self, params: CertificateParams, key: KeyPair) -> Self {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let cert = params.signed_by(&key, &issuer).unwrap();
        Self {
            cert: parse(cert.der()),
            params,
            key,
        }
    }
}

/// A leaf that signed itself.
pub fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Arc<Cert> {
    let mut params = leaf_params();
    params.use_authority_key_identifier_extension = false;
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    parse(params.self_signed(&key).unwrap().der())
}

fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.distinguished_name = named(HOST);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    this_year(&mut params);
    params
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    this_year(&mut params);
    params
}

fn this_year(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 12, 31);
}

/// Valid in 2025 only.
pub fn last_year(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2025, 12, 31);
}

/// A distinguished name of one common name.
pub fn named(name: &str) -> DistinguishedName {
    let mut full = DistinguishedName::new();
    full.push(DnType::CommonName, name);
    full
}

/// Parses what rcgen made.
pub fn parse(der: &[u8]) -> Arc<Cert> {
    Arc::new(Cert::parse(&Der::from(der)).unwrap())
}

/// A host by name or by address.
pub fn host(name: &str) -> Host {
    match name.parse() {
        Ok(ip) => Host::Ip(ip),
        Err(_) => Host::Name {
            ascii: name.to_owned(),
            unicode: name.to_owned(),
        },
    }
}

/// Judges for [`HOST`] at [`AT`].
pub fn judge_served(served: &[Arc<Cert>], anchors: &[Arc<Cert>]) -> Judgement {
    judge_as(served, anchors, HOST)
}

/// Judges for another host at [`AT`].
pub fn judge_as(served: &[Arc<Cert>], anchors: &[Arc<Cert>], name: &str) -> Judgement {
    let host = host(name);
    judge(&Question {
        served,
        fetched: &[],
        anchors,
        name: Some(&host),
        at: AT,
        purpose: Purpose::Server,
    })
}

/// Causes of the violations with the place in the path of each, as `cause@place`.
pub fn faults(judgement: &Judgement) -> Vec<String> {
    list(&judgement.violations)
}

/// The same for advice.
pub fn advice(judgement: &Judgement) -> Vec<String> {
    list(&judgement.advice)
}

fn list(violations: &[vpnmedic::chain::Violation]) -> Vec<String> {
    violations
        .iter()
        .map(|violation| match violation.at {
            Some(at) => format!("{}@{at}", violation.cause),
            None => violation.cause.to_string(),
        })
        .collect()
}

/// Root, intermediate and leaf, each changed as told.
pub struct Chain {
    pub root: Entity,
    pub intermediate: Entity,
    pub leaf: Entity,
}

/// A change to a certificate's parameters.
pub type Change = fn(&mut CertificateParams);

impl Chain {
    pub fn new(root: Change, intermediate: Change, leaf: Change) -> Self {
        let root = Entity::root("Example Root CA", root);
        let intermediate = root.ca("Example Issuing CA", intermediate);
        let leaf = intermediate.leaf(leaf);
        Self {
            root,
            intermediate,
            leaf,
        }
    }

    pub fn served(&self) -> Vec<Arc<Cert>> {
        vec![
            Arc::clone(&self.leaf.cert),
            Arc::clone(&self.intermediate.cert),
        ]
    }

    pub fn anchors(&self) -> Vec<Arc<Cert>> {
        vec![Arc::clone(&self.root.cert)]
    }

    pub fn faults(&self) -> Vec<String> {
        faults(&judge_served(&self.served(), &self.anchors()))
    }
}

/// Name constraints that permit one DNS domain.
pub fn constrained_to(domain: &str) -> Option<NameConstraints> {
    Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(domain.to_owned())],
        excluded_subtrees: Vec::new(),
    })
}

/// Adds an address of the issuer's certificate.
pub fn add_issuer_address(params: &mut CertificateParams) {
    // AuthorityInfoAccess with one caIssuers address.
    let url = b"http://ca.example.com/issuing.cer";
    let mut description = vec![0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, url.len() as u8];
    description.extend(url);
    let mut content = vec![
        0x30,
        description.len() as u8 + 2,
        0x30,
        description.len() as u8,
    ];
    content.extend(description);
    params
        .custom_extensions
        .push(CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 5, 5, 7, 1, 1],
            content,
        ));
}

/// Made with OpenSSL 3: an RSA root and leaves below it (SHA-1, MD5, 1024 bits ...), a root whose key is for PSS only and one
/// of Ed448, with leaves.
pub fn fixture(name: &str) -> Arc<Cert> {
    let path = format!(
        "{}/tests/fixtures/chain/{name}.pem",
        env!("CARGO_MANIFEST_DIR")
    );
    let ders = read_certificates(&std::fs::read(path).unwrap()).unwrap();
    Arc::new(Cert::parse(&ders[0]).unwrap())
}

//! A private certificate authority for the tests, and servers' configurations out of it.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::chain::{Cert, Stores, TrustStore};
use crate::evidence::Der;

/// A private certificate authority: root, intermediate, end-entity certificates.
pub struct Pki {
    root: CertifiedIssuer<'static, KeyPair>,
    pub intermediate: CertifiedIssuer<'static, KeyPair>,
}

impl Pki {
    pub fn new() -> Self {
        Self::with_intermediate_at(None)
    }

    /// `url` is where the root can be fetched, as the intermediate says.
    pub fn with_intermediate_at(url: Option<&str>) -> Self {
        let key = || KeyPair::generate().expect("key");
        let root = CertifiedIssuer::self_signed(authority("Test Root", None), key()).expect("root");
        let intermediate =
            CertifiedIssuer::signed_by(authority("Test Issuing CA", url), key(), &root)
                .expect("intermediate");
        Self { root, intermediate }
    }

    pub fn root_der(&self) -> Vec<u8> {
        self.root.der().to_vec()
    }

    pub fn intermediate_der(&self) -> Vec<u8> {
        self.intermediate.der().to_vec()
    }

    pub fn intermediate_pem(&self) -> String {
        self.intermediate.pem()
    }

    /// Stores that trust the root, or nothing.
    pub fn stores(&self, trusted: bool) -> Arc<Stores> {
        let root = Cert::parse(&Der::from(self.root_der())).expect("root");
        let anchors = if trusted {
            vec![Arc::new(root)]
        } else {
            Vec::new()
        };
        Arc::new(Stores {
            system: TrustStore {
                name: "test".to_owned(),
                anchors,
                ..TrustStore::default()
            },
            mozilla: TrustStore::default(),
        })
    }

    /// An end-entity certificate for `name` issued by the intermediate, and its key. `years` are its first and last,
    /// counted from this one; `url` is where it says the intermediate can be fetched.
    pub fn leaf(
        &self,
        name: &str,
        years: (i32, i32),
        url: Option<&str>,
    ) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("params");
        params.distinguished_name.push(DnType::CommonName, name);
        let now = i32::from(
            jiff::Timestamp::now()
                .to_zoned(jiff::tz::TimeZone::UTC)
                .year(),
        );
        params.not_before = rcgen::date_time_ymd(now + years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(now + years.1, 12, 31);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.custom_extensions.extend(url.map(ca_issuers));
        let cert = params.signed_by(&key, &self.intermediate).expect("leaf");
        (cert.der().clone(), key)
    }

    /// A good leaf for `name` that names this responder and this list.
    pub fn leaf_naming(
        &self,
        name: &str,
        responder: Option<&str>,
        list: Option<&str>,
    ) -> (CertificateDer<'static>, KeyPair) {
        self.leaf_with(name, responder.map(|url| access(OCSP, url)), list)
    }

    /// A good leaf for `name` that says where its issuer can be fetched, and names this list.
    pub fn leaf_naming_issuer(
        &self,
        name: &str,
        issuer: &str,
        list: &str,
    ) -> (CertificateDer<'static>, KeyPair) {
        self.leaf_with(name, Some(ca_issuers(issuer)), Some(list))
    }

    fn leaf_with(
        &self,
        name: &str,
        access: Option<CustomExtension>,
        list: Option<&str>,
    ) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("params");
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from(LEAF_SERIAL));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.custom_extensions.extend(access);
        params.crl_distribution_points = list
            .map(|url| CrlDistributionPoint {
                uris: vec![url.to_owned()],
            })
            .into_iter()
            .collect();
        let cert = params.signed_by(&key, &self.intermediate).expect("leaf");
        (cert.der().clone(), key)
    }

    /// A list of the intermediate, of today and for a day, with this many strangers and, if asked for, the leaf.
    pub fn list(&self, strangers: u64, leaf: bool) -> Vec<u8> {
        let now = std::time::SystemTime::now();
        let entry = |serial: u64| RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: now.into(),
            reason_code: None,
            invalidity_date: None,
        };
        let revoked = (0..strangers).map(|n| LEAF_SERIAL + 1 + n);
        let list = CertificateRevocationListParams {
            this_update: now.into(),
            next_update: (now + std::time::Duration::from_secs(86_400)).into(),
            crl_number: SerialNumber::from(1u64),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .chain(leaf.then_some(LEAF_SERIAL))
                .map(entry)
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let signed = list.signed_by(&self.intermediate).expect("list");
        signed.der().to_vec()
    }

    /// A server configuration with a good leaf for `name`, sending the intermediate along or not.
    pub fn server(&self, name: &str, complete: bool, url: Option<&str>) -> ServerConfig {
        self.server_with(self.leaf(name, (-1, 0), url), complete)
    }

    pub fn server_with(
        &self,
        (leaf, key): (CertificateDer<'static>, KeyPair),
        complete: bool,
    ) -> ServerConfig {
        let mut chain = vec![leaf];
        if complete {
            chain.push(self.intermediate.der().clone());
        }
        server_builder(rustls::ALL_VERSIONS)
            .with_no_client_auth()
            .with_single_cert(chain, private(&key))
            .expect("server")
    }

    /// The same, asking for client certificates of this authority.
    pub fn server_asking_for_certificates(
        &self,
        name: &str,
        optional: bool,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
        let (leaf, key) = self.leaf(name, (-1, 0), None);
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.root.der().clone()).expect("root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut verifier =
            rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        if optional {
            verifier = verifier.allow_unauthenticated();
        }
        server_builder(versions)
            .with_client_cert_verifier(verifier.build().expect("verifier"))
            .with_single_cert(vec![leaf, self.intermediate.der().clone()], private(&key))
            .expect("server")
    }
}

fn authority(name: &str, url: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("params");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions.extend(url.map(ca_issuers));
    params
}

/// The serial number of [`Pki::leaf_naming`]'s certificates.
const LEAF_SERIAL: u64 = 4711;
/// The last arc of id-ad-ocsp.
const OCSP: u8 = 1;
/// The last arc of id-ad-caIssuers.
const CA_ISSUERS: u8 = 2;

fn ca_issuers(url: &str) -> CustomExtension {
    access(CA_ISSUERS, url)
}

/// Authority Information Access with one address (RFC 5280 section 4.2.2.1).
fn access(method: u8, url: &str) -> CustomExtension {
    let tlv = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).expect("a short one");
        let mut out = if length < 128 {
            vec![tag, length]
        } else {
            vec![tag, 0x81, length]
        };
        out.extend(content);
        out
    };
    let method = [0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, method];
    let description = [&method[..], &tlv(0x86, url.as_bytes())].concat();
    let content = tlv(0x30, &tlv(0x30, &description));
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

fn server_builder(
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .expect("versions")
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(key.serialize_der()).expect("key")
}

//! Makes the certificates of `certificates.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
    date_time_ymd,
};
use serde::Deserialize;
use vpnmedic::chain::Cert;
use vpnmedic::evidence::Der;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    cn: String,
    org: Option<String>,
    #[serde(default)]
    san: Vec<String>,
    issuer: Option<String>,
    from: String,
    to: String,
    #[serde(default)]
    ca: bool,
    path_len: Option<u8>,
    eku: Option<Vec<String>>,
    usage: Option<Vec<String>>,
    #[serde(default)]
    permitted: Vec<String>,
    #[serde(default)]
    critical: bool,
    aia: Option<String>,
    #[serde(default)]
    tamper: bool,
    /// The day a log saw it.
    logged: Option<String>,
    /// Whose key it has, when not its own.
    key: Option<String>,
    /// Demands a stapled OCSP answer.
    #[serde(default)]
    must_staple: bool,
}

/// The certificates by name, with their keys.
pub struct Pki {
    made: BTreeMap<String, Der>,
    keys: BTreeMap<String, KeyPair>,
}

impl Pki {
    pub fn new() -> Self {
        let text = super::read(&super::folder().join("certificates.toml"));
        let recipes: BTreeMap<String, Recipe> = toml::from_str(&text).unwrap();
        let keys: BTreeMap<String, KeyPair> = recipes
            .keys()
            .map(|name| (name.clone(), KeyPair::generate().unwrap()))
            .collect();
        let params: BTreeMap<&str, CertificateParams> = recipes
            .iter()
            .map(|(name, recipe)| (name.as_str(), params(recipe)))
            .collect();
        let mut made = BTreeMap::new();
        for (name, recipe) in &recipes {
            let key = &keys[recipe.key.as_deref().unwrap_or(name)];
            let signer = recipe.issuer.as_deref().unwrap_or(name);
            let signer_key = &keys[recipes[signer].key.as_deref().unwrap_or(signer)];
            let issuer = Issuer::from_params(&params[signer], signer_key);
            let cert = params[name.as_str()].signed_by(key, &issuer).unwrap();
            let mut der = cert.der().to_vec();
            if recipe.tamper {
                *der.last_mut().unwrap() ^= 1;
            }
            made.insert(name.clone(), Der::from(der));
        }
        for (name, pem) in [
            ("weak-root", include_str!("../scenarios/weak-root.pem")),
            ("leaf-sha1", include_str!("../scenarios/leaf-sha1.pem")),
            (
                "leaf-rsa1024",
                include_str!("../scenarios/leaf-rsa1024.pem"),
            ),
        ] {
            let read = vpnmedic::chain::read_certificates(pem.as_bytes()).unwrap();
            made.insert(name.to_owned(), read.into_iter().next().unwrap());
        }
        let older = with_md5(made["leaf-sha1"].as_slice());
        made.insert("leaf-md5".to_owned(), older);
        made.insert(
            "garbage".to_owned(),
            Der::from(&b"\x30\x03\x02\x01\x00 not a certificate"[..]),
        );
        Self { made, keys }
    }

    /// The key made for the certificate of this name.
    pub fn key(&self, name: &str) -> &KeyPair {
        &self.keys[name]
    }

    pub fn der(&self, name: &str) -> Der {
        self.made
            .get(name)
            .unwrap_or_else(|| panic!("no certificate {name}"))
            .clone()
    }

    pub fn cert(&self, name: &str) -> Arc<Cert> {
        Arc::new(Cert::parse(&self.der(name)).unwrap())
    }
}

fn params(recipe: &Recipe) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, &recipe.cn);
    if let Some(org) = &recipe.org {
        params
            .distinguished_name
            .push(DnType::OrganizationName, org);
    }
    params.subject_alt_names = recipe
        .san
        .iter()
        .map(|name| match name.parse() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(name.as_str().try_into().unwrap()),
        })
        .collect();
    let ((year, month, day), until) = (day(&recipe.from), self::day(&recipe.to));
    params.not_before = date_time_ymd(year, month, day);
    params.not_after = date_time_ymd(until.0, until.1, until.2);
    params.use_authority_key_identifier_extension = true;
    params.is_ca = match (recipe.ca, recipe.path_len) {
        (true, Some(length)) => IsCa::Ca(BasicConstraints::Constrained(length)),
        (true, None) => IsCa::Ca(BasicConstraints::Unconstrained),
        (false, _) => IsCa::ExplicitNoCa,
    };
    params.key_usages = match (&recipe.usage, recipe.ca) {
        (Some(uses), _) => uses.iter().map(|usage| usage_of(usage)).collect(),
        (None, true) => vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ],
        (None, false) => vec![KeyUsagePurpose::DigitalSignature],
    };
    if !recipe.ca {
        let uses = recipe
            .eku
            .clone()
            .unwrap_or_else(|| vec!["server".to_owned()]);
        params.extended_key_usages = uses
            .iter()
            .map(|usage| match usage.as_str() {
                "server" => ExtendedKeyUsagePurpose::ServerAuth,
                "client" => ExtendedKeyUsagePurpose::ClientAuth,
                "ocsp" => ExtendedKeyUsagePurpose::OcspSigning,
                other => panic!("unknown use {other}"),
            })
            .collect();
    }
    if !recipe.permitted.is_empty() {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: recipe
                .permitted
                .iter()
                .cloned()
                .map(GeneralSubtree::DnsName)
                .collect(),
            excluded_subtrees: Vec::new(),
        });
    }
    if recipe.critical {
        let mut unknown =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
        unknown.set_criticality(true);
        params.custom_extensions.push(unknown);
    }
    if recipe.must_staple {
        params
            .custom_extensions
            .push(CustomExtension::from_oid_content(
                &[1, 3, 6, 1, 5, 5, 7, 1, 24],
                vec![0x30, 3, 2, 1, 5],
            ));
    }
    if let Some(day) = &recipe.logged {
        params.custom_extensions.push(logged(super::day(day)));
    }
    if let Some(url) = &recipe.aia {
        params.custom_extensions.push(ca_issuers(url));
    }
    params
}

fn usage_of(name: &str) -> KeyUsagePurpose {
    match name {
        "crl-sign" => KeyUsagePurpose::CrlSign,
        "digital-signature" => KeyUsagePurpose::DigitalSignature,
        other => panic!("unknown key usage {other}"),
    }
}

/// The same certificate said to be signed with MD5 (md5WithRSAEncryption, RFC 8017 appendix A.2.4). Nothing here can check
/// such a signature, so the one it has will do.
fn with_md5(signed_with_sha1: &[u8]) -> Der {
    const SHA1: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
    let mut der = signed_with_sha1.to_vec();
    let mut found = 0;
    for at in 0..der.len() - SHA1.len() {
        if der[at..].starts_with(&SHA1) {
            der[at + SHA1.len() - 1] = 4;
            found += 1;
        }
    }
    assert_eq!(found, 2, "inside what is signed, and beside the signature");
    Der::from(der)
}

/// Authority Information Access with one caIssuers address (RFC 5280 section 4.2.2.1).
fn ca_issuers(url: &str) -> CustomExtension {
    let wrap = |tag: u8, content: &[u8]| {
        let mut der = vec![tag, u8::try_from(content.len()).unwrap()];
        assert!(content.len() < 128);
        der.extend_from_slice(content);
        der
    };
    let method = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let description = wrap(0x30, &[&method[..], &wrap(0x86, url.as_bytes())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], wrap(0x30, &description))
}

/// One signed certificate timestamp (RFC 6962 section 3.3); its signature is empty.
fn logged(at: vpnmedic::evidence::UnixTime) -> CustomExtension {
    let counted = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length, bytes].concat()
    };
    let millis = u64::try_from(at.0).unwrap() * 1000;
    let entry = [
        &[0][..],
        &[7; 32],
        &millis.to_be_bytes(),
        &[0, 0, 4, 3, 0, 0],
    ]
    .concat();
    let list = counted(&counted(&entry));
    let content = [&[4, u8::try_from(list.len()).unwrap()], list.as_slice()].concat();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], content)
}

fn day(text: &str) -> (i32, u8, u8) {
    let parts: Vec<u16> = text.split('-').map(|part| part.parse().unwrap()).collect();
    (
        i32::from(parts[0]),
        u8::try_from(parts[1]).unwrap(),
        u8::try_from(parts[2]).unwrap(),
    )
}

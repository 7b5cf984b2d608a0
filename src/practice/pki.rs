//! A certificate authority that exists for one lesson: a root, certificates below it in any shape, server identities.
//! Keys are made anew for each lesson and never leave the process.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use super::lesson::PracticeError;

/// A day.
pub(super) const DAY: Duration = Duration::from_secs(86_400);
/// The other name by which the practice gateway can be called.
pub(super) const LOCALHOST: &str = "localhost";

/// A certificate with its key and what it was made from.
pub(super) struct Entity {
    pub(super) params: CertificateParams,
    pub(super) key: KeyPair,
    pub(super) der: Vec<u8>,
}

/// Makes certificates of one moment.
pub(super) struct Maker {
    /// The moment that validity is counted from.
    pub(super) now: SystemTime,
    serial: std::cell::Cell<u64>,
}

/// A change to a certificate before it is signed.
pub(super) type Change<'a> = &'a dyn Fn(&mut CertificateParams);

impl Maker {
    pub(super) fn new(now: SystemTime) -> Self {
        Self {
            now,
            serial: std::cell::Cell::new(4711),
        }
    }

    /// A root that signed itself.
    pub(super) fn root(&self, name: &str, change: Change<'_>) -> Result<Entity, PracticeError> {
        let mut params = self.authority(name);
        params.use_authority_key_identifier_extension = false;
        self.dates(&mut params, -3650, 3650);
        change(&mut params);
        let key = KeyPair::generate()?;
        let der = params.self_signed(&key)?.der().to_vec();
        Ok(Entity { params, key, der })
    }

    /// An authority below `issuer`.
    pub(super) fn below(
        &self,
        issuer: &Entity,
        name: &str,
        change: Change<'_>,
    ) -> Result<Entity, PracticeError> {
        let mut params = self.authority(name);
        change(&mut params);
        issue(issuer, params)
    }

    /// A server's certificate below `issuer`, good for the practice gateway.
    pub(super) fn leaf(
        &self,
        issuer: &Entity,
        change: Change<'_>,
    ) -> Result<Entity, PracticeError> {
        let mut params = self.server();
        change(&mut params);
        issue(issuer, params)
    }

    /// A server's certificate that signed itself.
    pub(super) fn alone(&self, change: Change<'_>) -> Result<Entity, PracticeError> {
        let mut params = self.server();
        params.use_authority_key_identifier_extension = false;
        change(&mut params);
        let key = KeyPair::generate()?;
        let der = params.self_signed(&key)?.der().to_vec();
        Ok(Entity { params, key, der })
    }

    /// Valid from so many days after this one until so many.
    pub(super) fn dates(&self, params: &mut CertificateParams, from: i64, until: i64) {
        params.not_before = self.day(from).into();
        params.not_after = self.day(until).into();
    }

    /// So many days from now.
    pub(super) fn day(&self, days: i64) -> SystemTime {
        let distance = DAY * u32::try_from(days.unsigned_abs()).unwrap_or(u32::MAX);
        let moved = if days < 0 {
            self.now.checked_sub(distance)
        } else {
            self.now.checked_add(distance)
        };
        moved.unwrap_or(self.now)
    }

    fn authority(&self, name: &str) -> CertificateParams {
        let mut params = self.plain(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        self.dates(&mut params, -1000, 1000);
        params
    }

    fn server(&self) -> CertificateParams {
        let mut params = self.plain("Practice gateway");
        params.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))];
        if let Ok(name) = LOCALHOST.try_into() {
            params.subject_alt_names.push(SanType::DnsName(name));
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.dates(&mut params, -100, 265);
        params
    }

    fn plain(&self, name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.use_authority_key_identifier_extension = true;
        self.serial.set(self.serial.get() + 1);
        params.serial_number = Some(SerialNumber::from(self.serial.get()));
        params
    }
}

impl Entity {
    /// What a server shows: this certificate with its key, and these behind it.
    pub(super) fn shown(
        &self,
        behind: &[&Self],
        staple: Option<Vec<u8>>,
    ) -> Result<Arc<CertifiedKey>, PracticeError> {
        let chain = std::iter::once(self).chain(behind.iter().copied());
        let chain: Vec<_> = chain
            .map(|entity| CertificateDer::from(entity.der.clone()))
            .collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut certified = CertifiedKey::new(chain, any_supported_type(&key)?);
        certified.ocsp = staple;
        Ok(Arc::new(certified))
    }
}

fn issue(issuer: &Entity, params: CertificateParams) -> Result<Entity, PracticeError> {
    let key = KeyPair::generate()?;
    let signer = Issuer::from_params(&issuer.params, &issuer.key);
    let der = params.signed_by(&key, &signer)?.der().to_vec();
    Ok(Entity { params, key, der })
}

/// A distinguished name of one common name.
pub(super) fn named(name: &str) -> DistinguishedName {
    let mut full = DistinguishedName::new();
    full.push(DnType::OrganizationName, "vpnmedic practice");
    full.push(DnType::CommonName, name);
    full
}

/// Authority Information Access with the one address where the issuer can be fetched (RFC 5280 section 4.2.2.1).
pub(super) fn issuer_at(url: &str) -> CustomExtension {
    const CA_ISSUERS: [u8; 10] = [0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    let place = super::statements::tlv(0x86, url.as_bytes());
    let description = super::statements::sequence(&[&CA_ISSUERS, &place]);
    let content = super::statements::sequence(&[&description]);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

/// The demand that the server staples a statement about revocation (RFC 7633).
pub(super) fn must_staple() -> CustomExtension {
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], vec![0x30, 3, 2, 1, 5])
}

/// A critical extension that nobody knows.
pub(super) fn unheard_of() -> CustomExtension {
    let mut unknown = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    unknown.set_criticality(true);
    unknown
}

//! The client certificate that may be shown to the gateway, with its private key, and only if the person gave both.
//!
//! What is kept of it as evidence holds no secret; the key is here and nowhere else. Not here: reading files
//! ([`crate::chain`]), what a refusal means ([`crate::diagnose`]).

use std::fmt;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use rustls::sign::CertifiedKey;

use crate::chain::{KeyForm, PrivateKey};
use crate::evidence::{ClientEvidence, Der};

/// A client certificate as it was handed in, ready to be shown where that is possible.
#[derive(Clone)]
pub struct Identity {
    evidence: ClientEvidence,
    certified: Option<Arc<CertifiedKey>>,
}

impl Identity {
    /// What was read, and the pair to show: the chain with the end-entity certificate first, and the key that fits it.
    /// Where the TLS library cannot use the key, nothing is shown.
    pub fn new(mut evidence: ClientEvidence, pair: Option<(&[Der], &PrivateKey)>) -> Self {
        let certified = pair.and_then(|(chain, key)| certify(chain, key));
        evidence.can_be_shown = certified.is_some();
        Self {
            evidence,
            certified,
        }
    }

    /// What may be kept.
    pub fn evidence(&self) -> &ClientEvidence {
        &self.evidence
    }

    pub(super) fn certified(&self) -> Option<Arc<CertifiedKey>> {
        self.certified.clone()
    }
}

fn certify(chain: &[Der], key: &PrivateKey) -> Option<Arc<CertifiedKey>> {
    let bytes = key.der().to_vec();
    let key = match key.form {
        KeyForm::Pkcs8 => PrivateKeyDer::from(PrivatePkcs8KeyDer::from(bytes)),
        KeyForm::Pkcs1 => PrivateKeyDer::from(PrivatePkcs1KeyDer::from(bytes)),
        KeyForm::Sec1 => PrivateKeyDer::from(PrivateSec1KeyDer::from(bytes)),
    };
    let chain: Vec<CertificateDer<'static>> = chain
        .iter()
        .map(|der| CertificateDer::from(der.as_slice().to_vec()))
        .collect();
    if chain.is_empty() {
        return None;
    }
    let signer = any_supported_type(&key).ok()?;
    Some(Arc::new(CertifiedKey::new(chain, signer)))
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("evidence", &self.evidence)
            .finish_non_exhaustive()
    }
}

/// The same files read to the same end; keys are not compared beyond their public halves.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.evidence == other.evidence
    }
}

impl Eq for Identity {}

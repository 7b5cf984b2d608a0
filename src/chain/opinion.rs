//! A second judge: rustls-webpki, as an independent reading of the same question.
//!
//! Not here: what a disagreement means; that is for whoever compares.

use std::time::Duration;

use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use rustls_pki_types::{CertificateDer, ServerName, UnixTime as WebpkiTime};

use super::path::MAX_CERTIFICATES;
use super::{Purpose, Question};
use crate::evidence::Host;

/// What rustls-webpki makes of the same certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondOpinion {
    /// Whether it accepts.
    pub accepted: bool,
    /// Its error, in its own words, when it does not.
    pub error: Option<String>,
}

/// Asks rustls-webpki. It knows no advice and stops at its first error; it does not look at fetched certificates
/// differently from served ones.
pub fn second_opinion(question: &Question<'_>) -> SecondOpinion {
    match ask(question) {
        Ok(()) => SecondOpinion {
            accepted: true,
            error: None,
        },
        Err(error) => SecondOpinion {
            accepted: false,
            error: Some(short(&error)),
        },
    }
}

/// The name of the error without its contents, which are bytes of object identifiers and no words for people.
fn short(error: &webpki::Error) -> String {
    let whole = error.to_string();
    let end = whole
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(whole.len());
    whole.get(..end).unwrap_or(&whole).to_owned()
}

fn ask(question: &Question<'_>) -> Result<(), webpki::Error> {
    let ders: Vec<CertificateDer<'_>> = question
        .served
        .iter()
        .take(MAX_CERTIFICATES)
        .chain(question.fetched.iter().take(MAX_CERTIFICATES))
        .map(|cert| CertificateDer::from(cert.der.as_slice()))
        .collect();
    let Some((leaf, others)) = ders.split_first() else {
        return Err(webpki::Error::BadDer);
    };
    let roots: Vec<CertificateDer<'_>> = question
        .anchors
        .iter()
        .map(|cert| CertificateDer::from(cert.der.as_slice()))
        .collect();
    let anchors: Vec<_> = roots
        .iter()
        .filter_map(|root| anchor_from_trusted_cert(root).ok())
        .collect();
    let seconds = u64::try_from(question.at.0).unwrap_or(0);
    let time = WebpkiTime::since_unix_epoch(Duration::from_secs(seconds));
    let usage = match question.purpose {
        Purpose::Server => KeyUsage::server_auth(),
        Purpose::Client => KeyUsage::client_auth(),
    };
    let end_entity = EndEntityCert::try_from(leaf)?;
    end_entity.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        others,
        time,
        usage,
        None,
        None,
    )?;
    match question.name {
        None => Ok(()),
        Some(Host::Ip(ip)) => end_entity.verify_is_valid_for_subject_name(&ServerName::from(*ip)),
        Some(Host::Name { ascii, .. }) => {
            let name = ServerName::try_from(ascii.as_str())
                .map_err(|_| webpki::Error::MalformedDnsIdentifier)?;
            end_entity.verify_is_valid_for_subject_name(&name)
        }
    }
}

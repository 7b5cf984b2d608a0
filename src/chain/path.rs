//! Path building: every way from the end-entity certificate towards a trust anchor that is worth judging (RFC 4158).
//!
//! Not here: what is wrong with a path (`rules.rs`) and which one is best (`judge.rs`). Work is bounded whatever the
//! certificates are: how many certificates, how deep, how many paths, how many signatures.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::cert::Cert;
use super::dn::Name;
use super::signature::{Signed, is_signed_by};
use super::{Link, Question, Source};

/// Certificates taken from what was served and from what was fetched, each.
pub const MAX_CERTIFICATES: usize = 64;
/// The longest path, trust anchor included.
const MAX_DEPTH: usize = 16;
/// Signatures checked, over the whole search.
const MAX_SIGNATURES: usize = 96;
/// Complete paths handed out, each of at most [`MAX_DEPTH`] steps.
const MAX_PATHS: usize = 256;
/// Issuers whose signature does not fit that are still tried when none fits.
const MAX_MISFITS: usize = 2;

/// How a path ends.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// In a trust anchor.
    Anchor,
    /// In a certificate that issued itself and is not trusted.
    SelfIssued,
    /// No certificate with the issuer's name is there.
    NoIssuer,
    /// No certificate has the issuer's name, but this one has the issuer's key.
    NameDiffers(Arc<Cert>),
    /// All issuers are on the path already.
    Loop,
    /// The search was cut short here.
    Limit,
}

/// One way that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub path: Vec<Link>,
    pub end: End,
}

/// Who may have issued a certificate.
struct Candidates {
    /// The likeliest first.
    issuers: Vec<Link>,
    /// Whether somebody was left out because the path went through them already.
    looped: bool,
    /// Whether somebody was not asked because no more signatures may be checked: nothing follows from their absence.
    cut: bool,
}

/// A search over one question.
pub(super) struct Search<'q> {
    question: &'q Question<'q>,
    pool: Vec<Link>,
    pool_by_subject: HashMap<Name, Vec<usize>>,
    /// Signatures already checked, by the addresses of the certificates, which outlive the search.
    checked: HashMap<(*const Cert, *const Cert), Signed>,
    signatures: usize,
    /// Paths handed out.
    pub paths: usize,
    /// True once a limit cut something off.
    pub stopped: bool,
    /// Certificates beyond the limit.
    pub left_out: usize,
}

impl<'q> Search<'q> {
    pub fn new(question: &'q Question<'q>) -> Self {
        let mut pool: Vec<Link> = Vec::new();
        let mut seen = HashSet::new();
        for (certs, source) in [
            (question.served, Source::Served),
            (question.fetched, Source::Fetched),
        ] {
            for (position, cert) in certs.iter().enumerate().take(MAX_CERTIFICATES) {
                if seen.insert(cert.sha256) {
                    pool.push(Link {
                        cert: Arc::clone(cert),
                        source,
                        position,
                    });
                }
            }
        }
        let mut pool_by_subject: HashMap<Name, Vec<usize>> = HashMap::new();
        for (index, link) in pool.iter().enumerate() {
            pool_by_subject
                .entry(link.cert.subject_name.clone())
                .or_default()
                .push(index);
        }
        Self {
            question,
            pool,
            pool_by_subject,
            checked: HashMap::new(),
            signatures: 0,
            paths: 0,
            stopped: false,
            left_out: [question.served, question.fetched]
                .iter()
                .map(|certs| certs.len().saturating_sub(MAX_CERTIFICATES))
                .sum(),
        }
    }

    /// Hands out the paths from `leaf`, the likeliest first, until `visit` says it has seen enough.
    pub fn run(&mut self, leaf: Link, visit: &mut dyn FnMut(Found, &mut Self) -> bool) {
        if self.is_anchor(&leaf.cert) {
            visit(
                Found {
                    path: vec![leaf],
                    end: End::Anchor,
                },
                self,
            );
            return;
        }
        let mut path = vec![leaf];
        self.extend(&mut path, visit);
    }

    /// Whether trust rests on this very subject and key.
    pub fn is_anchor(&self, cert: &Cert) -> bool {
        self.anchors_named(&cert.subject_name)
            .any(|anchor| anchor.same_entity(cert))
    }

    /// The anchors with this subject. Few are asked for in a search, and there are hundreds: looking through them is quicker
    /// than a table of them all.
    fn anchors_named(&self, name: &Name) -> impl Iterator<Item = &'q Arc<Cert>> {
        let anchors = self.question.anchors.iter();
        anchors.filter(move |anchor| anchor.subject_name == *name)
    }

    /// Whether `issuer` signed `cert`; checked once a pair. `None` when no more signatures may be checked.
    pub fn signed(&mut self, cert: &Cert, issuer: &Cert) -> Option<Signed> {
        let pair = (std::ptr::from_ref(cert), std::ptr::from_ref(issuer));
        if let Some(known) = self.checked.get(&pair) {
            return Some(*known);
        }
        if self.signatures == MAX_SIGNATURES {
            self.stopped = true;
            return None;
        }
        self.signatures += 1;
        let signed = is_signed_by(cert, issuer);
        self.checked.insert(pair, signed);
        Some(signed)
    }

    /// Goes on from the last certificate of `path`; true when `visit` has seen enough.
    fn extend(
        &mut self,
        path: &mut Vec<Link>,
        visit: &mut dyn FnMut(Found, &mut Self) -> bool,
    ) -> bool {
        let Some(top) = path.last().map(|link| Arc::clone(&link.cert)) else {
            return true;
        };
        if path.len() >= MAX_DEPTH {
            self.stopped = true;
            return self.hand_out(path, End::Limit, visit);
        }
        // Whoever signed itself has no other issuer; the same key under another signature is a candidate of its own.
        if top.is_self_issued() && self.signed(&top, &top) == Some(Signed::Yes) {
            return self.hand_out(path, End::SelfIssued, visit);
        }
        let Candidates {
            issuers,
            looped,
            cut,
        } = self.issuers(&top, path);
        if issuers.is_empty() {
            let end = if cut {
                End::Limit
            } else {
                self.dead_end(&top, looped)
            };
            return self.hand_out(path, end, visit);
        }
        for issuer in issuers {
            let trusted = issuer.source == Source::Store;
            path.push(issuer);
            let enough = if trusted {
                self.hand_out(path, End::Anchor, visit)
            } else {
                self.extend(path, visit)
            };
            path.pop();
            if enough || self.paths >= MAX_PATHS {
                self.stopped |= !enough;
                return true;
            }
        }
        false
    }

    fn hand_out(
        &mut self,
        path: &[Link],
        end: End,
        visit: &mut dyn FnMut(Found, &mut Self) -> bool,
    ) -> bool {
        self.paths += 1;
        visit(
            Found {
                path: path.to_vec(),
                end,
            },
            self,
        )
    }

    /// Who may have issued `cert`, the likeliest first. Those whose key made the signature; only where there is none, and
    /// all were asked, those that merely have the name.
    fn issuers(&mut self, cert: &Cert, path: &[Link]) -> Candidates {
        let mut looped = false;
        let mut candidates: Vec<Link> = Vec::new();
        for anchor in self.anchors_named(&cert.issuer_name) {
            candidates.push(Link {
                cert: Arc::clone(anchor),
                source: Source::Store,
                position: 0,
            });
        }
        for index in self
            .pool_by_subject
            .get(&cert.issuer_name)
            .into_iter()
            .flatten()
        {
            let Some(link) = self.pool.get(*index) else {
                continue;
            };
            if link.cert.same_entity(cert) {
                continue;
            }
            if path.iter().any(|seen| seen.cert.same_entity(&link.cert)) {
                looped = true;
            } else if !self.is_anchor(&link.cert) {
                candidates.push(link.clone());
            }
        }
        candidates.sort_by_key(|link| self.unlikelihood(cert, link));

        let (mut fitting, mut unclear, mut misfits) = (Vec::new(), Vec::new(), Vec::new());
        let mut cut = false;
        for link in candidates {
            match self.signed(cert, &link.cert) {
                Some(Signed::Yes) => fitting.push(link),
                Some(Signed::CannotTell) => unclear.push(link),
                // The same name with another key, and the certificate says so: simply not the issuer. CAs are often
                // made anew under their old name, and the signature is sound.
                Some(Signed::No) if key_ids_differ(cert, &link.cert) => {}
                Some(Signed::No) => misfits.push(link),
                None => {
                    cut = true;
                    break;
                }
            }
        }
        fitting.append(&mut unclear);
        // The real issuer may be among those that were left out.
        cut |= self.left_out > 0 && !misfits.is_empty();
        if fitting.is_empty() && !looped && !cut {
            misfits.truncate(MAX_MISFITS);
            fitting = misfits;
        }
        Candidates {
            issuers: fitting,
            looped,
            cut,
        }
    }

    /// Smaller is likelier (RFC 4158 section 3.5).
    fn unlikelihood(
        &self,
        cert: &Cert,
        issuer: &Link,
    ) -> (bool, bool, bool, bool, std::cmp::Reverse<i64>) {
        let at = self.question.at;
        (
            issuer.source != Source::Store,
            key_ids_differ(cert, &issuer.cert),
            at < issuer.cert.not_before || at > issuer.cert.not_after,
            !issuer.cert.is_ca,
            std::cmp::Reverse(issuer.cert.not_after.0),
        )
    }

    fn dead_end(&mut self, top: &Arc<Cert>, looped: bool) -> End {
        if top.is_self_issued() && !key_ids_differ(top, top) {
            return End::SelfIssued;
        }
        if looped {
            return End::Loop;
        }
        let known: Vec<Arc<Cert>> = self
            .pool
            .iter()
            .map(|link| &link.cert)
            .chain(self.question.anchors)
            .filter(|cert| has_issuer_key(top, cert) && !cert.same_entity(top))
            .take(MAX_MISFITS)
            .cloned()
            .collect();
        for cert in known {
            if self.signed(top, &cert) == Some(Signed::Yes) {
                return End::NameDiffers(cert);
            }
        }
        if self.stopped || self.left_out > 0 {
            End::Limit
        } else {
            End::NoIssuer
        }
    }
}

/// Whether both key identifiers are there and differ, so that `issuer` says itself that it is not the one.
pub(super) fn key_ids_differ(cert: &Cert, issuer: &Cert) -> bool {
    match (
        &cert.extensions.authority_key_id,
        &issuer.extensions.subject_key_id,
    ) {
        (Some(wanted), Some(found)) => wanted != found,
        _ => false,
    }
}

fn has_issuer_key(cert: &Cert, issuer: &Cert) -> bool {
    matches!(
        (&cert.extensions.authority_key_id, &issuer.extensions.subject_key_id),
        (Some(wanted), Some(found)) if wanted == found
    )
}

#[cfg(test)]
#[path = "tests/path.rs"]
mod tests;

//! What can be wrong with one certificate of a chain beside its dates, its names and its place: constraints, uses, keys,
//! signatures, form. Not here: the chain itself ([`crate::certificates`]).

use crate::pki::{Days, Request};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// The root's time is over.
    RootExpired,
    /// The end-entity certificate is signed with SHA-1.
    LeafSha1,
    /// The intermediate is signed with SHA-1.
    IntermediateSha1,
    /// The end-entity certificate is for clients only.
    ForClientsOnly,
    /// The end-entity certificate is for mail and for signing programs.
    ForMailAndCode,
    /// The end-entity key may only sign revocation lists.
    LeafMaySignListsOnly,
    /// The intermediate's key may not sign certificates.
    IntermediateMayNotSign,
    /// The intermediate says that it is no CA.
    IntermediateIsNoCa,
    /// The intermediate says nothing of whether it is a CA.
    IntermediateSaysNothing,
    /// No CA may stand below the intermediate.
    IntermediateIsTheLast,
    /// The intermediate may only name hosts of another domain.
    OtherNamesPermitted,
    /// The intermediate may not name hosts of this domain.
    NamesExcluded,
    /// A byte of the end-entity certificate's signature is another.
    LeafTampered,
    /// The same, of the intermediate.
    IntermediateTampered,
    /// The end-entity certificate demands to understand something that nobody knows.
    LeafCritical,
    /// The same, of the intermediate.
    IntermediateCritical,
    /// The end-entity certificate is a CA.
    LeafIsCa,
    /// The end-entity certificate's uses are no list.
    UsesUnreadable,
    /// The end-entity certificate's key usage is no bit string.
    UsageUnreadable,
}

/// An extension that nobody knows (under the arc for examples, RFC 5612).
const UNKNOWN: &str = "1.3.6.1.4.1.32473.1 = critical, ASN1:UTF8String:lab";

impl Flaw {
    /// The root as it is with this flaw.
    pub fn on_root(self, mut root: Request) -> Request {
        if self == Self::RootExpired {
            root.valid = Days(-3000, -20);
        }
        root
    }

    /// The intermediate below the root.
    pub fn on_intermediate(self, mut ca: Request) -> Request {
        match self {
            Self::IntermediateSha1 => ca.digest = "sha1",
            Self::IntermediateMayNotSign => set(&mut ca, "keyUsage", "critical, cRLSign"),
            Self::IntermediateIsNoCa => {
                set(&mut ca, "basicConstraints", "critical, CA:FALSE");
                set(&mut ca, "keyUsage", "critical, digitalSignature");
            }
            Self::IntermediateSaysNothing => {
                ca.extensions
                    .retain(|line| !line.starts_with("basicConstraints"));
            }
            Self::IntermediateIsTheLast => {
                set(&mut ca, "basicConstraints", "critical, CA:TRUE, pathlen:0");
            }
            Self::OtherNamesPermitted => {
                set(
                    &mut ca,
                    "nameConstraints",
                    "critical, permitted;DNS:branch.test",
                );
            }
            Self::NamesExcluded => {
                set(
                    &mut ca,
                    "nameConstraints",
                    "critical, excluded;DNS:lab.test",
                );
            }
            Self::IntermediateCritical => ca.extensions.push(UNKNOWN.to_owned()),
            _ => {}
        }
        ca
    }

    /// The end-entity certificate.
    pub fn on_leaf(self, mut leaf: Request) -> Request {
        match self {
            Self::LeafSha1 => leaf.digest = "sha1",
            Self::ForClientsOnly => set(&mut leaf, "extendedKeyUsage", "clientAuth"),
            Self::ForMailAndCode => {
                set(
                    &mut leaf,
                    "extendedKeyUsage",
                    "emailProtection, codeSigning",
                );
            }
            Self::LeafMaySignListsOnly => set(&mut leaf, "keyUsage", "critical, cRLSign"),
            Self::LeafCritical => leaf.extensions.push(UNKNOWN.to_owned()),
            Self::LeafIsCa => {
                set(&mut leaf, "basicConstraints", "critical, CA:TRUE");
                set(
                    &mut leaf,
                    "keyUsage",
                    "critical, digitalSignature, keyCertSign",
                );
            }
            Self::UsesUnreadable => {
                leaf.extensions
                    .retain(|line| !line.starts_with("extendedKeyUsage"));
                leaf.extensions.push("2.5.29.37 = DER:05:00".to_owned());
            }
            Self::UsageUnreadable => {
                leaf.extensions.retain(|line| !line.starts_with("keyUsage"));
                leaf.extensions
                    .push("2.5.29.15 = critical, DER:05:00".to_owned());
            }
            _ => {}
        }
        leaf
    }
}

/// Gives an extension this value, in its old place where it has one.
fn set(request: &mut Request, name: &str, value: &str) {
    let line = format!("{name} = {value}");
    match request
        .extensions
        .iter_mut()
        .find(|line| line.starts_with(name))
    {
        Some(old) => *old = line,
        None => request.extensions.push(line),
    }
}

//! What this system trusts, and what Mozilla trusts beside it, as whole certificates for [`crate::chain`].

#[cfg(all(unix, not(target_os = "macos")))]
mod files;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use rustls_native_certs::CertificateResult;

use crate::chain::{self, Cert, Stores, TrustStore};
use crate::evidence::Der;

/// Stores that are being read by another thread: neither the first frame nor the first handshake needs them.
#[derive(Clone, Debug)]
pub struct Late(Arc<OnceLock<Arc<Stores>>>);

impl From<Arc<Stores>> for Late {
    /// Stores that are there already.
    fn from(stores: Arc<Stores>) -> Self {
        Self(Arc::new(OnceLock::from(stores)))
    }
}

impl Late {
    /// Begins to [`load`].
    pub fn begin(extra_pem: Option<(String, Vec<u8>)>) -> Self {
        let late = Self(Arc::default());
        let filled = Arc::clone(&late.0);
        let again = extra_pem.clone();
        let begun = std::thread::Builder::new().spawn(move || {
            // A system's store has been seen to make its reader panic. Everybody would wait for ever; an empty store
            // would make every certificate look unknown. Mozilla's list is the fairest stand-in, and it says so.
            let stores =
                catch_unwind(AssertUnwindSafe(|| load(extra_pem).0)).unwrap_or_else(|_| {
                    let mozilla = mozilla(&[]);
                    let name = "Mozilla (this system's own store could not be read)".to_owned();
                    Stores {
                        system: TrustStore {
                            name,
                            ..mozilla.clone()
                        },
                        mozilla,
                    }
                });
            // Only this thread ever fills it.
            let _ = filled.set(Arc::new(stores));
        });
        if begun.is_err() {
            // The system has no thread to give: then everything waits for it here.
            let _ = late.0.set(Arc::new(load(again).0));
        }
        late
    }

    /// The stores, once they are read; waits for that.
    pub fn get(&self) -> Arc<Stores> {
        Arc::clone(self.0.wait())
    }
}

/// Loads this system's trust store and Mozilla's programme. `extra_pem` (the name a person gave, and the content: PEM,
/// DER or PKCS#7) is added to the system's. The second part are warnings in English for `doctor` and the log: a store
/// that cannot be read is never silently an empty one.
pub fn load(extra_pem: Option<(String, Vec<u8>)>) -> (Stores, Vec<String>) {
    let mut warnings = Vec::new();
    let mut system = system(&mut warnings);
    if let Some((name, content)) = extra_pem {
        add(&mut system, &name, &content, &mut warnings);
    }
    let mozilla = mozilla(&system.anchors);
    (Stores { system, mozilla }, warnings)
}

fn system(warnings: &mut Vec<String>) -> TrustStore {
    #[cfg(all(unix, not(target_os = "macos")))]
    let CertificateResult { certs, errors, .. } = files::read();
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    let CertificateResult { certs, errors, .. } = rustls_native_certs::load_native_certs();
    warnings.extend(
        errors
            .iter()
            .map(|error| format!("this system's trust store: {error}")),
    );
    let mut unreadable = 0_usize;
    let mut anchors: Vec<Arc<Cert>> = Vec::with_capacity(certs.len());
    for der in &certs {
        match Cert::parse(&Der::from(der.as_ref())) {
            Ok(cert) => anchors.push(Arc::new(cert)),
            Err(_) => unreadable += 1,
        }
    }
    if unreadable > 0 {
        warnings.push(format!(
            "this system's trust store: {unreadable} of {} certificates cannot be read and are left out",
            certs.len()
        ));
    }
    if anchors.is_empty() {
        warnings.push(
            "this system's trust store is empty: no certificate authority is trusted".to_owned(),
        );
    }
    TrustStore {
        name: system_name(),
        anchors,
        brought: 0,
    }
}

/// What the system's store is called, with its path where it has one.
fn system_name() -> String {
    if cfg!(windows) {
        return "Windows".to_owned();
    }
    if cfg!(target_os = "macos") {
        return "macOS".to_owned();
    }
    let named = std::env::var("SSL_CERT_FILE").ok().into_iter();
    let usual = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];
    named
        .chain(usual.map(str::to_owned))
        .find(|path| std::path::Path::new(path).exists())
        .unwrap_or_else(|| "/etc/ssl/certs".to_owned())
}

fn add(store: &mut TrustStore, name: &str, content: &[u8], warnings: &mut Vec<String>) {
    let read = match chain::read_certificates(content) {
        Ok(read) => read,
        Err(error) => {
            warnings.push(format!("{name}: {error}"));
            return;
        }
    };
    let mut added = 0_usize;
    for (position, der) in read.iter().enumerate() {
        match Cert::parse(der) {
            Ok(cert) => {
                added += 1;
                if !store.anchors.iter().any(|known| known.der == cert.der) {
                    store.anchors.push(Arc::new(cert));
                    store.brought += 1;
                }
            }
            Err(error) => warnings.push(format!("{name}: certificate {}: {error}", position + 1)),
        }
    }
    if added > 0 {
        store.name = format!("{} + {name}", store.name);
    }
}

/// Mozilla's programme. Most of it stands in the system's store too, and reading a certificate takes longer than
/// recognising it: those are shared. Certificates differ in their first bytes: ordering them is cheaper than hashing them.
fn mozilla(system: &[Arc<Cert>]) -> TrustStore {
    let known: BTreeMap<&[u8], &Arc<Cert>> = system
        .iter()
        .map(|cert| (cert.der.as_slice(), cert))
        .collect();
    let anchors = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    TrustStore {
        name: "Mozilla".to_owned(),
        anchors: anchors
            .filter_map(|der| match known.get(der.as_ref()) {
                Some(cert) => Some(Arc::clone(cert)),
                None => Cert::parse(&Der::from(der.as_ref())).ok().map(Arc::new),
            })
            .collect(),
        brought: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozillas_store_is_whole() {
        let alone = mozilla(&[]);
        assert_eq!(
            alone.anchors.len(),
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.len()
        );
        let known = &alone.anchors[3..7];
        let beside = mozilla(known);
        assert_eq!(beside.anchors, alone.anchors);
        assert!(Arc::ptr_eq(&beside.anchors[3], &known[0]));
    }

    #[test]
    fn an_extra_authority_is_trusted_and_named() {
        let key = rcgen::KeyPair::generate().expect("key");
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).expect("root");
        let (stores, warnings) = load(Some(("company.pem".to_owned(), root.pem().into_bytes())));
        assert!(stores.system.name.ends_with("+ company.pem"));
        let trusted = |a: &Arc<Cert>| a.der.as_slice() == root.der().as_ref();
        assert!(stores.system.anchors.iter().any(trusted));
        assert!(!stores.mozilla.anchors.iter().any(trusted));
        assert!(
            !warnings.iter().any(|w| w.starts_with("company.pem")),
            "{warnings:?}"
        );
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named_in_a_warning() {
        let (_, warnings) = load(Some(("notes.txt".to_owned(), b"milk, bread".to_vec())));
        assert!(
            warnings.iter().any(|w| w.starts_with("notes.txt: ")),
            "{warnings:?}"
        );
    }
}

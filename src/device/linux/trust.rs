//! The stores of trusted roots on a Linux device, as cards: where, how many, how old. The roots themselves are in
//! [`crate::device::trust_store`].

use super::is_there;
use crate::device::source::{Miss, Source};
use crate::evidence::{Fact, StoreOwner, TrustCard};
use crate::guide::ClientMarks;

/// Where distributions keep the bundle, in the order in which programs look.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// Where single files are kept.
const FOLDER: &str = "/etc/ssl/certs";
/// Where people put roots that they distrust (update-ca-trust(8)).
const REFUSED: [&str; 3] = [
    "/etc/pki/ca-trust/source/blocklist",
    "/etc/pki/ca-trust/source/blacklist",
    "/etc/ca-certificates/trust-source/blocklist",
];

/// The system's store, and those of clients that keep their own.
pub(super) fn stores(source: &impl Source, marks: &[ClientMarks]) -> Fact<Vec<TrustCard>> {
    let mut cards = match system(source) {
        Ok(card) => vec![card],
        Err(miss) => return Fact::Unknown(miss.why()),
    };
    for client in marks {
        if client.paths.iter().any(|path| is_there(source, path)) {
            cards.extend(
                client
                    .roots
                    .iter()
                    .filter_map(|folder| own(source, client, folder)),
            );
        }
    }
    Fact::Known(cards)
}

fn system(source: &impl Source) -> Result<TrustCard, Miss> {
    let named = source
        .variable("SSL_CERT_FILE")
        .filter(|path| !path.is_empty());
    let candidates: Vec<String> = named
        .into_iter()
        .chain(BUNDLES.map(str::to_owned))
        .collect();
    for path in candidates {
        let changed = match source.node(&path) {
            Ok(node) => node.changed,
            Err(Miss::Absent) => continue,
            // Somewhere there is a store: that it may not be seen does not make it an empty one.
            Err(miss) => return Err(miss),
        };
        return Ok(TrustCard {
            owner: StoreOwner::System,
            roots: certificates(&source.file(&path)?),
            store: path,
            changed,
            distrusted: distrusted(source),
        });
    }
    // No bundle, but single files, as OpenSSL's folder of hashes keeps them.
    let names = source.folder(FOLDER)?;
    let files = names
        .iter()
        .map(|name| source.file(&format!("{FOLDER}/{name}")));
    Ok(TrustCard {
        owner: StoreOwner::System,
        store: FOLDER.to_owned(),
        changed: source.node(FOLDER).ok().and_then(|node| node.changed),
        roots: files
            .filter_map(Result::ok)
            .map(|file| certificates(&file))
            .sum(),
        distrusted: distrusted(source),
    })
}

/// Certificates in a PEM file (RFC 7468); OpenSSL's own kind with trust settings counts too.
fn certificates(content: &[u8]) -> usize {
    let count = |line: &str| memchr::memmem::find_iter(content, line).count();
    count("-----BEGIN CERTIFICATE-----") + count("-----BEGIN TRUSTED CERTIFICATE-----")
}

/// Roots that were taken out: `!` lines of Debian's configuration, and the folders of others.
fn distrusted(source: &impl Source) -> usize {
    let list = source.text("/etc/ca-certificates.conf").unwrap_or_default();
    let taken_out = list.lines().filter(|line| line.starts_with('!')).count();
    let put_aside: usize = REFUSED
        .iter()
        .map(|folder| source.folder(folder).map_or(0, |names| names.len()))
        .sum();
    taken_out + put_aside
}

/// A client's own folder of roots, where it is there.
fn own(source: &impl Source, client: &ClientMarks, folder: &str) -> Option<TrustCard> {
    let folder = match folder.strip_prefix('~') {
        Some(rest) => format!("{}{rest}", source.variable("HOME")?),
        None => folder.to_owned(),
    };
    let names = source.folder(&folder).ok()?;
    let files = names
        .iter()
        .map(|name| source.file(&format!("{folder}/{name}")));
    Some(TrustCard {
        owner: StoreOwner::Client(client.client.clone()),
        changed: source.node(&folder).ok().and_then(|node| node.changed),
        store: folder.clone(),
        roots: files
            .filter_map(Result::ok)
            .map(|file| certificates(&file))
            .sum(),
        distrusted: 0,
    })
}

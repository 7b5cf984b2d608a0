//! Writes the seeds of every fuzz target into `tests/fuzz/corpus`, from the fixtures of the other tests.

#![allow(
    clippy::unwrap_used,
    reason = "a seed that cannot be made is a mistake to see"
)]

mod more_seeds;
#[path = "../statements/mod.rs"]
mod statements;

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::KeyPair;
use statements::{Crl, Ocsp, Says, refusal};
use vpnmedic::chain::{Cert, read_certificates};
use vpnmedic::evidence::{Der, UnixTime};

/// A day in the validity of the fixture's chain.
const NOW: UnixTime = UnixTime(1_795_349_000);

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = here.join("../fixtures");
    let chain_files = files(&fixtures.join("chain"));
    let client_files = files(&fixtures.join("client"));
    let chain_pem = fs::read(here.join("../screens/chain.pem")).unwrap();
    let chain = read_certificates(&chain_pem).unwrap();
    let mut all: Vec<Vec<Der>> = vec![chain.clone()];
    for path in chain_files.iter().chain(&client_files) {
        all.extend(read_certificates(&fs::read(path).unwrap()));
    }

    let certificates = Corpus::new(here, "certificate");
    for der in all.iter().flatten() {
        certificates.add(der.as_slice());
    }
    let pasted = Corpus::new(here, "pasted");
    pasted.add(&chain_pem);
    pasted.add(&wide(&chain_pem));
    pasted.add(
        format!(
            "> {}",
            String::from_utf8_lossy(&chain_pem).replace('\n', "\n> ")
        )
        .as_bytes(),
    );
    pasted.add(
        &chain
            .iter()
            .flat_map(|der| der.as_slice().to_vec())
            .collect::<Vec<u8>>(),
    );
    for path in chain_files.iter().chain(&client_files) {
        pasted.add(&fs::read(path).unwrap());
    }
    let chains = Corpus::new(here, "chain");
    for (trusted, fetched) in [(0_u16, 0_u16), (4, 0), (4, 2), (2, 0), (7, 0)] {
        for (number, ders) in all
            .iter()
            .enumerate()
            .filter(|(number, _)| *number < 8 || trusted == 0)
        {
            // For a server, for a client, or for a server with the whole diagnosis.
            let mut seed = vec![0; 8];
            seed.extend([u8::try_from(number % 7).unwrap(), [0, 1, 2][number % 3]]);
            seed.extend(trusted.to_le_bytes());
            seed.extend(fetched.to_le_bytes());
            seed.extend([0, 0]);
            seed.extend(ders.iter().flat_map(|der| der.as_slice().to_vec()));
            chains.add(&seed);
        }
    }
    let archives = Corpus::new(here, "pkcs12");
    for path in &client_files {
        for password in 0..2 {
            archives.add(&[&[password], fs::read(path).unwrap().as_slice()].concat());
        }
    }
    said(here, &chain);
    more_seeds::write(here);
}

/// Lists and answers about the chain. The keys are other ones: the chain's own are not kept.
fn said(here: &Path, chain: &[Der]) {
    let corpus = Corpus::new(here, "statements");
    let certs: Vec<Cert> = chain.iter().map(|der| Cert::parse(der).unwrap()).collect();
    let key = KeyPair::generate().unwrap();
    for pair in certs.windows(2) {
        let (cert, issuer) = (&pair[0], &pair[1]);
        let list = Crl::new(issuer, &key, NOW);
        let lists = [
            list.clone(),
            list.clone()
                .with(cert, NOW.plus(-86_400), Some(1))
                .with(issuer, NOW, None),
            // CRL number, and an issuing distribution point for a part of the certificates.
            list.clone()
                .extended(&[0x55, 0x1d, 20], false, &[2, 1, 7])
                .extended(&[0x55, 0x1d, 28], true, &[0x30, 3, 0x81, 1, 0xff]),
        ];
        for list in lists {
            corpus.add(&[&[0], list.make().as_slice()].concat());
        }
        for says in [
            Says::Good,
            Says::Unknown,
            Says::Revoked(NOW.plus(-86_400), Some(4)),
        ] {
            let mut answer = Ocsp::new(cert, issuer, &key, NOW);
            answer.says = says;
            corpus.add(&[&[1], answer.make().as_slice()].concat());
            answer.by_key = true;
            answer.sha256 = true;
            answer.embedded = vec![issuer];
            corpus.add(&[&[1], answer.make().as_slice()].concat());
        }
    }
    corpus.add(&[&[1], refusal(3).as_slice()].concat());
}

/// UTF-16, as some editors save.
fn wide(bytes: &[u8]) -> Vec<u8> {
    let mut wide = vec![0xff, 0xfe];
    wide.extend(bytes.iter().flat_map(|byte| [*byte, 0]));
    wide
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

/// The folder of one target's seeds.
struct Corpus(PathBuf);

impl Corpus {
    fn new(here: &Path, target: &str) -> Self {
        let folder = here.join("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Adds a seed under a name made from its content, so that writing it again changes nothing.
    fn add(&self, seed: &[u8]) {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, seed);
        let name: String = digest
            .as_ref()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        fs::write(self.0.join(format!("seed-{name}")), seed).unwrap();
    }
}

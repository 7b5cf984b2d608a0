//! Revocation lists and OCSP answers: read from any file, and asked about each certificate of a path.
//!
//! Input: one byte (odd: an answer, even: a list), then the file. The path is the chain of the screen tests, whose keys
//! nobody has: what a genuine statement says is tested elsewhere, here it is read and found not to be signed.

#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use vpnmedic::chain::{
    Cert, Link, MAX_ANSWER, MAX_LIST, Place, Source, Statement, places_to_check, read_answers,
    read_certificates, read_lists,
};
use vpnmedic::evidence::{Der, UnixTime};

/// The chain that the seeds are about.
const CHAIN: &[u8] = include_bytes!("../../screens/chain.pem");
/// A day in its validity.
const NOW: UnixTime = UnixTime(1_795_349_000);

fn path() -> &'static [Link] {
    static READ: OnceLock<Vec<Link>> = OnceLock::new();
    READ.get_or_init(|| {
        read_certificates(CHAIN)
            .expect("the fixture is sound")
            .iter()
            .enumerate()
            .map(|(position, der)| Link {
                cert: Arc::new(Cert::parse(der).expect("the fixture is sound")),
                source: Source::Served,
                position,
            })
            .collect()
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, file)) = bytes.split_first() else {
        return;
    };
    let (read, most) = if choice & 1 == 0 {
        (read_lists(file), MAX_LIST)
    } else {
        (read_answers(file), MAX_ANSWER)
    };
    let ders = match read {
        Ok(ders) => ders,
        Err(error) => {
            let _ = error.to_string();
            // Also what the reader of files refuses reaches the parser: a server staples what it likes.
            vec![Der::from(file)]
        }
    };
    for der in &ders {
        assert!(der.as_slice().len() <= most.max(file.len()));
        for statement in [
            Statement::list("list.crl", der),
            Statement::answer("answer.der", der),
            Statement::stapled(der),
        ] {
            let _ = statement.malformed();
            for at in places_to_check(path()) {
                let place = Place {
                    path: path(),
                    at,
                    beside: &[],
                    now: NOW,
                };
                let said = statement.says(&place);
                assert_eq!(said, statement.says(&place));
                if let Err(obstacle) = said {
                    let _ = obstacle.message(statement.kind, &statement.source);
                }
            }
        }
    }
});

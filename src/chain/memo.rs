//! Signatures checked once, while many questions are asked about the same few certificates.
//!
//! A diagnosis judges a chain some dozens of times: as each client would, with each repair applied. The certificates are
//! the same each time, and so is what checking a signature gives. What is kept here changes no answer and outlives no
//! diagnosis. Not here: checking (`signature.rs`), and how many checks a search may make (`path.rs`), which counts those
//! that were remembered too.

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;

use super::signature::Signed;

/// Pairs kept at most; a diagnosis of an honest chain needs a dozen.
const MOST: usize = 4_096;

/// A certificate and the one that may have signed it, by their fingerprints.
pub(super) type Pair = ([u8; 32], [u8; 32]);

thread_local! {
    /// None where nobody asked to remember.
    static KNOWN: RefCell<Option<HashMap<Pair, Signed>>> = const { RefCell::new(None) };
}

/// For as long as this is held, signatures checked on this thread are remembered.
#[derive(Debug)]
#[must_use = "they are forgotten when this is dropped"]
pub struct Remembering {
    /// Whether forgetting is this one's business, or that of one around it.
    outermost: bool,
    /// What it stands for belongs to one thread.
    _stays_here: PhantomData<*const ()>,
}

/// Remembers signatures checked on this thread until what this gives is dropped.
pub fn remember_signatures() -> Remembering {
    let outermost = KNOWN.with_borrow_mut(|known| match known {
        Some(_) => false,
        None => {
            *known = Some(HashMap::new());
            true
        }
    });
    Remembering {
        outermost,
        _stays_here: PhantomData,
    }
}

impl Drop for Remembering {
    fn drop(&mut self) {
        if self.outermost {
            KNOWN.set(None);
        }
    }
}

/// What checking this pair gives; `check` is asked where that is not known.
pub(super) fn checked(pair: Pair, check: impl FnOnce() -> Signed) -> Signed {
    let known = KNOWN.with_borrow(|known| known.as_ref()?.get(&pair).copied());
    known.unwrap_or_else(|| {
        let signed = check();
        KNOWN.with_borrow_mut(|known| {
            if let Some(known) = known.as_mut().filter(|known| known.len() < MOST) {
                known.insert(pair, signed);
            }
        });
        signed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: Pair = ([1; 32], [2; 32]);

    /// How often a pair is checked when it is asked about twice.
    fn checks() -> usize {
        let mut times = 0;
        for _ in 0..2 {
            let said = checked(PAIR, || {
                times += 1;
                Signed::No
            });
            assert_eq!(said, Signed::No);
        }
        times
    }

    #[test]
    fn a_pair_is_checked_once_while_somebody_remembers_and_each_time_otherwise() {
        assert_eq!(checks(), 2);
        {
            let _outer = remember_signatures();
            assert_eq!(checks(), 1);
            {
                let _inner = remember_signatures();
                assert_eq!(checks(), 0);
            }
            // The inner one forgets nothing.
            assert_eq!(checks(), 0);
            let other_way = (PAIR.1, PAIR.0);
            assert_eq!(checked(other_way, || Signed::Yes), Signed::Yes);
        }
        assert_eq!(checks(), 2);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let _held = remember_signatures();
        for n in 0..2 * MOST {
            let mut first = [0; 32];
            first[..8].copy_from_slice(&n.to_le_bytes());
            checked((first, [0; 32]), || Signed::Yes);
        }
        assert_eq!(
            KNOWN.with_borrow(|known| known.as_ref().map(HashMap::len)),
            Some(MOST)
        );
    }

    #[test]
    fn a_diagnosis_that_breaks_leaves_nothing_behind() {
        let broke = std::panic::catch_unwind(|| {
            let _held = remember_signatures();
            checks();
            panic!("on purpose");
        });
        assert!(broke.is_err());
        assert_eq!(checks(), 2);
    }
}

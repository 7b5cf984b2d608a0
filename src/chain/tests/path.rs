//! The search for paths: what is tried first, what a dead end is called, and that the limits are where they are said to be.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, date_time_ymd,
};

use super::*;
use crate::chain::Purpose;
use crate::evidence::{Der, UnixTime};

/// 2026-06-01T00:00:00Z; what is made here is valid from January to December 2026.
const AT: UnixTime = UnixTime(1_780_272_000);

fn params(name: &str, ca: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 12, 31);
    params
}

/// A certificate of this name, issued in the name of another and signed with this key. Both are told apart by no key
/// identifier unless `id` gives them one: the subject's, and the issuer's if that is wanted.
fn made(name: &str, issuer: &str, key: &KeyPair, signer: &KeyPair, ids: Option<(u8, u8)>) -> Cert {
    let mut own = params(name, true);
    let mut above = params(issuer, true);
    if let Some((subject, authority)) = ids {
        own.key_identifier_method = KeyIdMethod::PreSpecified(vec![subject]);
        above.key_identifier_method = KeyIdMethod::PreSpecified(vec![authority]);
        own.use_authority_key_identifier_extension = true;
    }
    let der = own
        .signed_by(key, &Issuer::from_params(&above, signer))
        .unwrap();
    let mut cert = Cert::parse(&Der::from(&der.der()[..])).unwrap();
    if ids.is_none() {
        cert.extensions.subject_key_id = None;
    }
    cert
}

fn question<'q>(served: &'q [Arc<Cert>], anchors: &'q [Arc<Cert>]) -> Question<'q> {
    Question {
        served,
        fetched: &[],
        anchors,
        name: None,
        at: AT,
        purpose: Purpose::Server,
    }
}

fn link(cert: &Cert, source: Source) -> Link {
    Link {
        cert: Arc::new(cert.clone()),
        source,
        position: 0,
    }
}

/// RFC 4158 section 3.5: what makes an issuer likelier, the weightiest first.
#[test]
fn the_likeliest_issuer_is_tried_first() {
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let leaf = made("Leaf", "CA", &other, &key, Some((1, 2)));
    let plain = made("CA", "Root", &key, &other, Some((2, 3)));
    let question = question(&[], &[]);
    let search = Search::new(&question);
    let changed = |change: fn(&mut Cert)| {
        let mut cert = plain.clone();
        change(&mut cert);
        search.unlikelihood(&leaf, &link(&cert, Source::Served))
    };
    let usual = changed(|_| {});
    let trusted = search.unlikelihood(&leaf, &link(&plain, Source::Store));
    let fetched = search.unlikelihood(&leaf, &link(&plain, Source::Fetched));
    let longer = changed(|cert| cert.not_after = cert.not_after.plus(1));
    let shorter = changed(|cert| cert.not_after = cert.not_after.plus(-1));
    let no_ca = changed(|cert| cert.is_ca = false);
    let expired = changed(|cert| cert.not_after = AT.plus(-1));
    let early = changed(|cert| cert.not_before = AT.plus(1));
    let other_key = changed(|cert| cert.extensions.subject_key_id = Some(vec![9]));
    let order = [trusted, longer, usual, shorter, no_ca, expired, other_key];
    assert!(order.is_sorted_by(|one, next| one < next), "{order:?}");
    assert_eq!(fetched, usual);
    assert!(early > no_ca);
    // Both ends belong to the validity, and no word on the key is none against it.
    assert!(changed(|cert| cert.not_after = AT) < no_ca);
    assert_eq!(changed(|cert| cert.not_before = AT), usual);
    assert_eq!(changed(|cert| cert.extensions.subject_key_id = None), usual);
    let mut untold = leaf.clone();
    untold.extensions.authority_key_id = None;
    assert_eq!(
        search.unlikelihood(&untold, &link(&plain, Source::Served)),
        usual
    );
}

#[test]
fn a_signature_is_checked_once_and_their_number_is_bounded() {
    let key = KeyPair::generate().unwrap();
    let cert = Arc::new(made("CA", "CA", &key, &key, None));
    let copies: Vec<Arc<Cert>> = (0..=MAX_SIGNATURES)
        .map(|_| Arc::new(Cert::clone(&cert)))
        .collect();
    let question = question(&[], &[]);
    let mut search = Search::new(&question);
    let (last, first) = copies.split_last().unwrap();
    for copy in first {
        for _ in 0..2 {
            assert_eq!(search.signed(copy, &cert), Some(Signed::Yes));
        }
    }
    assert!(!search.stopped);
    assert_eq!(search.signed(last, &cert), None);
    assert!(search.stopped);
    assert_eq!(
        search.signed(&copies[0], &cert),
        Some(Signed::Yes),
        "known already"
    );
}

#[test]
fn every_path_is_counted_and_the_search_ends_with_the_limit() {
    let key = KeyPair::generate().unwrap();
    let leaf = Arc::new(made("Leaf", "A0", &key, &key, None));
    // Everybody issued everybody, with one key: all paths are sound, and there are too many.
    let mut served = vec![Arc::clone(&leaf)];
    for issuer in 0..6 {
        for subject in (0..6).filter(|subject| *subject != issuer) {
            let (name, above) = (format!("A{subject}"), format!("A{issuer}"));
            served.push(Arc::new(made(&name, &above, &key, &key, None)));
        }
    }
    let question = question(&served, &[]);
    for enough in [1, 7, usize::MAX] {
        let mut search = Search::new(&question);
        let mut seen = 0;
        search.run(link(&leaf, Source::Served), &mut |found, search| {
            seen += 1;
            assert_eq!(search.paths, seen);
            assert!(found.path.len() <= MAX_DEPTH && !matches!(found.end, End::Anchor));
            seen >= enough
        });
        assert_eq!(seen, enough.min(MAX_PATHS));
        assert_eq!(search.stopped, enough > MAX_PATHS);
    }
}

#[test]
fn a_dead_end_is_called_what_it_is() {
    let keys: Vec<KeyPair> = (0..3).map(|_| KeyPair::generate().unwrap()).collect();
    let end = |served: &[Cert], left_out: usize| {
        let mut served: Vec<Arc<Cert>> = served.iter().cloned().map(Arc::new).collect();
        let leaf = link(&served[0], Source::Served);
        let filler = Arc::clone(&served[0]);
        let room = MAX_CERTIFICATES - served.len();
        if left_out > 0 {
            served.extend(std::iter::repeat_n(filler, room + left_out));
        }
        let question = question(&served, &[]);
        let mut search = Search::new(&question);
        let mut ends = Vec::new();
        search.run(leaf, &mut |found, _| {
            ends.push(format!("{:?} of {}", found.end, found.path.len()));
            false
        });
        let [only] = ends.as_slice() else {
            panic!("{ends:?}")
        };
        only.split(['(', ' ']).next().unwrap().to_owned() + &only[only.len() - 2..]
    };
    let [one, two, three] = keys.as_slice() else {
        panic!()
    };
    let leaf = made("Leaf", "CA", one, two, Some((1, 2)));
    assert_eq!(end(std::slice::from_ref(&leaf), 0), "NoIssuer 1");
    // Whoever was not looked at may have been the issuer.
    assert_eq!(end(std::slice::from_ref(&leaf), 1), "Limit 1");
    let root = made("CA", "CA", two, two, Some((2, 2)));
    assert_eq!(end(&[leaf.clone(), root], 0), "SelfIssued 2");
    // The issuer's key under another name, and an identifier that only says so.
    let renamed = made("Other CA", "Other CA", two, two, Some((2, 2)));
    assert_eq!(end(&[leaf.clone(), renamed], 0), "NameDiffers 1");
    let pretender = made("Other CA", "Other CA", three, three, Some((2, 2)));
    assert_eq!(end(&[leaf.clone(), pretender], 0), "NoIssuer 1");
    // Signed by its own key in another's name: nobody else is found by that.
    let own = made("Leaf", "CA", one, one, Some((1, 1)));
    assert_eq!(end(&[own], 0), "NoIssuer 1");
    // The same name, another key: not the issuer if the certificate says so, else a signature that does not fit.
    let namesake = made("CA", "CA", three, three, Some((3, 3)));
    assert_eq!(end(&[leaf.clone(), namesake], 0), "NoIssuer 1");
    let untold = made("CA", "CA", three, three, None);
    assert_eq!(end(&[leaf, untold], 0), "SelfIssued 2");
    // One that issued itself under another key.
    let rolled = made("CA", "CA", one, two, Some((1, 2)));
    assert_eq!(end(&[rolled], 0), "NoIssuer 1");
    let spoilt = made("CA", "CA", one, two, None);
    assert_eq!(end(&[spoilt], 0), "SelfIssued 1");
    // Round in a circle.
    let leaf = made("Leaf", "A", three, one, Some((3, 1)));
    let there = made("A", "B", one, two, Some((1, 2)));
    let back = made("B", "A", two, one, Some((2, 1)));
    assert_eq!(end(&[leaf, there, back], 0), "Loop 3");
}

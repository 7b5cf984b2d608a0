//! Whose word counts although something else is wrong, and whose does not although the key is right. What signers write is
//! in `edges.rs`.

use rcgen::ExtendedKeyUsagePurpose;
use vpnmedic::chain::{Cert, Obstacle, Status};

use super::pki::{self, Chain, plain};
use super::{SINCE, World, good, responder};

/// Whether the issuer itself is in date and well certified is the judge's to say: its list counts all the same.
#[test]
fn what_an_issuer_out_of_date_says_still_counts() {
    let world = World::of(Chain::new(plain, pki::last_year, plain));
    good(world.by_list(&world.list().make()));
    good(world.by_answer(&world.answer().make()));
    let revoked = world.list().with(world.leaf(), SINCE, None).make();
    let status = world.by_list(&revoked).map(|said| said.status);
    assert!(matches!(status, Ok(Status::Revoked { .. })), "{status:?}");
}

/// RFC 6960 section 4.2.2.2: the CA of the certificate delegates, under its own name.
#[test]
fn a_responder_that_another_ca_of_the_same_key_certified_is_not_delegated() {
    let world = World::new();
    let intermediate = &world.chain.intermediate;
    let ours = responder(intermediate, vec![ExtendedKeyUsagePurpose::OcspSigning]);
    let mut twin = intermediate.params.clone();
    twin.distinguished_name = pki::named("Example Twin CA");
    let issuer = rcgen::Issuer::from_params(&twin, &intermediate.key);
    let theirs = ours.params.signed_by(&ours.key, &issuer).unwrap();
    let theirs = pki::parse(theirs.der());
    let by = |cert: &Cert| {
        let mut answer = world.answer();
        (answer.responder, answer.key, answer.embedded) = (cert, &ours.key, vec![cert]);
        world.by_answer(&answer.make())
    };
    good(by(&ours.cert));
    let label = theirs.label();
    assert_eq!(by(&theirs), Err(Obstacle::ResponderNotDelegated(label)));
}

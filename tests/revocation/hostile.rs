//! Statements made to break the reader or to be believed against their signature.

use proptest::prelude::*;
use rcgen::ExtendedKeyUsagePurpose;
use vpnmedic::chain::{Obstacle, ReadStatementError, Statement, read_answers, read_lists};
use vpnmedic::evidence::Der;

use super::statements::{sequence, tlv};
use super::{SINCE, World, responder};

#[test]
fn what_is_too_large_is_not_read() {
    let world = World::new();
    let large = Der::from(tlv(0x30, &vec![0; 65 << 10]));
    assert!(matches!(
        world.by_answer(&large),
        Err(Obstacle::TooLarge(_))
    ));
    let large = Der::from(tlv(0x30, &vec![0; (32 << 20) + 1]));
    assert!(matches!(world.by_list(&large), Err(Obstacle::TooLarge(_))));
}

#[test]
fn files_hold_one_statement_in_der_or_several_in_pem() {
    let world = World::new();
    let lists = [
        world.list().make(),
        world.list().with(world.leaf(), SINCE, None).make(),
    ];
    let block = |label: &str, der: &Der| {
        let text = data_encoding::BASE64_MIME.encode(der.as_slice());
        format!("-----BEGIN {label}-----\r\n{text}-----END {label}-----\n")
    };
    let both: String = lists.iter().map(|list| block("X509 CRL", list)).collect();
    let other = block("CERTIFICATE", &world.leaf().der);
    let mixed = format!("words before\n{other}{both}words after\n");
    assert_eq!(read_lists(mixed.as_bytes()).unwrap(), lists);
    assert_eq!(read_lists(lists[0].as_slice()).unwrap(), [lists[0].clone()]);
    let answer = world.answer().make();
    let pem = block("OCSP RESPONSE", &answer);
    assert_eq!(read_answers(pem.as_bytes()).unwrap(), [answer]);

    let refused = |bytes: &[u8]| read_lists(bytes).unwrap_err();
    assert_eq!(refused(b" \r\n"), ReadStatementError::Empty);
    assert!(matches!(
        refused(other.as_bytes()),
        ReadStatementError::SomethingElse(_)
    ));
    assert_eq!(
        refused(
            both.trim_end()
                .trim_end_matches("-----END X509 CRL-----")
                .as_bytes()
        ),
        ReadStatementError::BadPem(1 + both.lines().count() / 2)
    );
    assert!(matches!(
        refused(&[lists[0].as_slice(), b"more"].concat()),
        ReadStatementError::Unrecognised(_)
    ));
    assert!(matches!(
        refused(b"hello"),
        ReadStatementError::Unrecognised(_)
    ));
    assert!(matches!(
        read_answers(&[b'x'; 200_000]).unwrap_err(),
        ReadStatementError::TooLarge { .. }
    ));
    assert_eq!(
        refused(both.repeat(40).as_bytes()),
        ReadStatementError::TooMany
    );
}

/// No mutation may panic, and none of the signed part may still be believed.
#[test]
fn mutated_statements_never_panic_and_are_never_believed_against_their_signature() {
    let world = World::new();
    let list = world.list().with(world.leaf(), SINCE, Some(1)).make();
    let proper = responder(
        &world.chain.intermediate,
        vec![ExtendedKeyUsagePurpose::OcspSigning],
    );
    let mut answer = world.answer();
    (answer.responder, answer.key) = (&proper.cert, &proper.key);
    answer.embedded = vec![&proper.cert];
    let answer = answer.make();
    let said = |der: &Der, kind: bool| {
        if kind {
            world.by_list(der)
        } else {
            world.by_answer(der)
        }
    };
    let truth = [said(&answer, false).unwrap(), said(&list, true).unwrap()];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1_500));
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    runner
        .run(
            &(any::<bool>(), changes, any::<Option<prop::sample::Index>>()),
            |(kind, changes, cut)| {
                let original = if kind { &list } else { &answer };
                let mut bytes = original.as_slice().to_vec();
                for (index, byte) in changes {
                    let place = index.index(bytes.len());
                    bytes[place] = byte;
                }
                if let Some(cut) = cut {
                    bytes.truncate(cut.index(bytes.len()));
                }
                if let Ok(said) = said(&Der::from(bytes), kind) {
                    prop_assert_eq!(&said, &truth[usize::from(kind)]);
                }
                Ok(())
            },
        )
        .unwrap();
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512), wrap in any::<bool>()) {
        let bytes = if wrap { sequence(&[&bytes]) } else { bytes };
        let der = Der::from(bytes.as_slice());
        let _ = Statement::list("x", &der);
        let _ = Statement::answer("x", &der);
        let _ = vpnmedic::chain::read_lists(&bytes);
        let _ = vpnmedic::chain::read_answers(&bytes);
    }
}

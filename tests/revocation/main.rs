//! What revocation lists and OCSP answers say, and every way in which they must not be believed.

#![expect(clippy::unwrap_used, reason = "what cannot be made is a failed test")]

mod answers;
mod around;
mod edges;
mod hostile;
mod lists;
#[path = "../pki/mod.rs"]
mod pki;
mod points;
mod signers;
#[path = "../statements/mod.rs"]
mod statements;

use std::sync::Arc;

use pki::{AT, Chain, Entity, plain};
use rcgen::{CustomExtension, ExtendedKeyUsagePurpose};
use statements::{Crl, Ocsp};
use vpnmedic::chain::{Cert, Judgement, Obstacle, Place, Said, Statement, Status};
use vpnmedic::evidence::{Der, UnixTime};

const DAY: i64 = 86_400;
const SINCE: UnixTime = UnixTime(AT.0 - 10 * DAY);

/// A chain, and its path as judged.
struct World {
    chain: Chain,
    judgement: Judgement,
}

impl World {
    fn new() -> Self {
        Self::of(Chain::new(plain, plain, plain))
    }

    fn of(chain: Chain) -> Self {
        let judgement = pki::judge_served(&chain.served(), &chain.anchors());
        assert!(judgement.anchored);
        Self { chain, judgement }
    }

    fn leaf(&self) -> &Cert {
        &self.chain.leaf.cert
    }

    fn issuer(&self) -> &Cert {
        &self.chain.intermediate.cert
    }

    fn list(&self) -> Crl<'_> {
        Crl::new(self.issuer(), &self.chain.intermediate.key, AT)
    }

    fn answer(&self) -> Ocsp<'_> {
        Ocsp::new(self.leaf(), self.issuer(), &self.chain.intermediate.key, AT)
    }

    fn hear(
        &self,
        at: usize,
        statement: &Statement,
        beside: &[Arc<Cert>],
    ) -> Result<Said, Obstacle> {
        statement.says(&Place {
            path: &self.judgement.path,
            at,
            beside,
            now: AT,
        })
    }

    fn by_list(&self, der: &Der) -> Result<Said, Obstacle> {
        self.hear(0, &Statement::list("list.crl", der), &[])
    }

    fn by_answer(&self, der: &Der) -> Result<Said, Obstacle> {
        self.hear(0, &Statement::answer("answer.der", der), &[])
    }
}

fn good(said: Result<Said, Obstacle>) {
    assert_eq!(said.map(|said| said.status), Ok(Status::Good));
}

/// A responder below the intermediate, with these uses.
fn responder(ca: &Entity, uses: Vec<ExtendedKeyUsagePurpose>) -> Entity {
    ca.leaf(move |params| {
        params.distinguished_name = pki::named("Example Responder");
        params.extended_key_usages = uses;
        // id-pkix-ocsp-nocheck
        params
            .custom_extensions
            .push(CustomExtension::from_oid_content(
                &[1, 3, 6, 1, 5, 5, 7, 48, 1, 5],
                vec![5, 0],
            ));
    })
}

fn unreadable(said: &Result<Said, Obstacle>) -> bool {
    matches!(said, Err(Obstacle::Unreadable(_)))
}

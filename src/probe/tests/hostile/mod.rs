//! Servers that mean harm, met by whole runs: each ends in bounded time with bounded evidence, says what was seen, and
//! breaks nothing. Addresses inside certificates and what they lead to are not here.

mod http;
mod random;
mod resolvers;
mod tls;

use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::kit::{HOST, Seen, Server, look_at, options};
use super::pki::Pki;
use crate::diagnose::{Context, Diagnosis, Relations, diagnose};
use crate::evidence::{Evidence, ProbeId, ProbeOutcome, Spoken, TlsOutcome};
use crate::guide::{Knowledge, Lang, System};
use crate::probe::CheckOptions;
use crate::report::{Document, Subject};

/// Bytes of a document that any gateway may bring about: the longest honest ones stay far below.
const MAX_DOCUMENT: usize = 1 << 20;
/// Lines that one run may leave in the log.
const MAX_LOG: usize = 200;

/// A whole run against this server, from the look to the document, with all that must hold whatever it does.
async fn meet(server: &Server, pki: &Pki) -> (Seen, Diagnosis) {
    meet_with(server, pki, options()).await
}

/// The same with these options.
async fn meet_with(server: &Server, pki: &Pki, options: CheckOptions) -> (Seen, Diagnosis) {
    let stores = pki.stores(true);
    let seen = look_at(server.addr, options, Arc::clone(&stores)).await;
    check_bounds(&seen.evidence);
    let context = Context {
        system: System::Linux,
        client: None,
    };
    let knowledge = knowledge();
    let diagnosis = diagnose(&seen.evidence, &stores, relations(), &context);
    let subject = Subject {
        knowledge,
        lang: Lang::Ja,
        system: System::Linux,
        evidence: &seen.evidence,
        diagnosis: &diagnosis,
    };
    let document = Document::live(&subject).line().expect("a document");
    assert!(document.len() < MAX_DOCUMENT, "{} bytes", document.len());
    let text = crate::report::text(&subject, 80);
    let raw = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(raw), "{text:?}");
    (seen, diagnosis)
}

/// What no server may bring about.
fn check_bounds(evidence: &Evidence) {
    assert!(evidence.finished);
    for id in ProbeId::ALL {
        let record = evidence.probe(id).expect("every check has a record");
        assert_ne!(record.outcome, ProbeOutcome::Running, "{id:?}");
        assert_ne!(record.outcome, ProbeOutcome::Crashed, "{id:?}");
        let needs_why = matches!(
            record.outcome,
            ProbeOutcome::Skipped | ProbeOutcome::Unknown
        );
        assert!(!needs_why || record.why.is_some(), "{id:?} has no reason");
    }
    assert!(evidence.log.len() <= MAX_LOG, "{}", evidence.log.len());
    for attempt in evidence.tls.known().iter().flat_map(|tls| &tls.attempts) {
        // One more than are judged, so that it is known that there are more.
        assert!(attempt.served.len() <= 65, "{}", attempt.served.len());
        let bytes: usize = attempt.served.iter().map(|der| der.as_slice().len()).sum();
        assert!(bytes <= 128 << 10, "{bytes}");
        if let TlsOutcome::NotTls(Spoken::Unknown(first)) = &attempt.outcome {
            assert!(first.len() <= 32, "{first}");
        }
    }
    if let Some(http) = evidence.gateway.known().and_then(|g| g.http.known()) {
        // A byte that is no text becomes a character of three.
        assert!(http.body.len() <= 3 * (16 << 10), "{}", http.body.len());
        assert!(http.headers.len() <= 64, "{}", http.headers.len());
    }
}

/// The outcome of the ordinary handshake.
fn outcome(seen: &Seen) -> &TlsOutcome {
    let tls = seen.evidence.tls.known().expect("a handshake");
    &tls.main().expect("the ordinary handshake").outcome
}

/// A server that completes every handshake with a good chain and then does what `after` does.
async fn behind_tls<F, Fut>(pki: &Pki, after: F) -> Server
where
    F: Fn(TlsStream<TcpStream>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    Server::start(move |stream| {
        let (acceptor, after) = (acceptor.clone(), after.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                after(stream).await;
            }
        }
    })
    .await
}

fn knowledge() -> &'static Knowledge {
    static KNOWLEDGE: OnceLock<Knowledge> = OnceLock::new();
    KNOWLEDGE.get_or_init(|| Knowledge::load(None).expect("the built-in knowledge"))
}

fn relations() -> &'static Relations {
    static RELATIONS: OnceLock<Relations> = OnceLock::new();
    RELATIONS.get_or_init(|| Relations::from(knowledge()))
}

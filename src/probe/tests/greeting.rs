//! The first message of a product's own clients: over which connection it goes, and what is made of the answer.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::kit::{HOST, Seen, Server, look_at, options};
use super::pki::Pki;
use crate::evidence::{GreetingKind, ProbeId, ProbeOutcome, SignIn};

const PORTAL: &str = "<title>GlobalProtect Portal</title>";
const MAIN: &str = "<config-auth client=\"vpn\" type=\"auth-request\"><version who=\"sg\">0.1(1)</version><auth id=\"main\">\
                    <form><input type=\"password\"/></form></auth></config-auth>";

fn page(status: &str, header: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\n\r\n{body}")
}

/// A gateway that answers the requests of each connection with these in turn, and keeps what it was asked.
async fn gateway(pki: &Pki, answers: Vec<String>) -> (Server, Arc<Mutex<Vec<String>>>) {
    let acceptor = TlsAcceptor::from(Arc::new(pki.server(HOST, true, None)));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keeps = Arc::clone(&asked);
    let server = Server::start(move |stream| {
        let (acceptor, keeps, answers) = (acceptor.clone(), Arc::clone(&keeps), answers.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            for answer in answers {
                let mut request = [0; 4096];
                match stream.read(&mut request).await {
                    Ok(count) if count > 0 => {
                        let text = String::from_utf8_lossy(&request[..count]).into_owned();
                        keeps.lock().expect("a lock").push(text);
                    }
                    _ => return,
                }
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (server, asked)
}

fn first_lines(asked: &Mutex<Vec<String>>) -> Vec<String> {
    let asked = asked.lock().expect("a lock");
    let line = |text: &String| text.lines().next().unwrap_or_default().to_owned();
    asked.iter().map(line).collect()
}

async fn look(pki: &Pki, server: &Server) -> Seen {
    let mut options = options();
    options.no_third_party = true;
    look_at(server.addr, options, pki.stores(true)).await
}

#[tokio::test]
async fn an_anyconnect_gateway_is_greeted_over_the_same_connection() {
    let pki = Pki::new();
    let front = page("200 OK", "X-Transcend-Version: 1\r\n", MAIN);
    let (server, asked) = gateway(&pki, vec![front, page("200 OK", "", MAIN)]).await;
    let seen = look(&pki, &server).await;
    assert_eq!(first_lines(&asked), ["GET / HTTP/1.1", "POST / HTTP/1.1"]);
    assert_eq!(server.accepted(), 1);
    let greeting = seen
        .evidence
        .gateway
        .known()
        .and_then(|g| g.greeting.clone());
    let greeting = greeting.expect("a greeting");
    assert_eq!(greeting.kind, GreetingKind::AnyConnect);
    assert_eq!(greeting.sign_in, Some(SignIn::Form));
    assert!(!greeting.wants_certificate);
    let sent = asked
        .lock()
        .expect("a lock")
        .join("\n")
        .to_ascii_lowercase();
    for secret in ["cookie:", "authorization:", "<password", "<username"] {
        assert!(!sent.contains(secret), "{secret} in {sent}");
    }
}

#[tokio::test]
async fn a_portal_that_is_none_is_asked_as_a_gateway_too() {
    let pki = Pki::new();
    let absent = "<prelogin-response><status>Error</status><msg>GlobalProtect portal does not exist</msg></prelogin-response>";
    let demand = "<prelogin-response><status>Error</status><msg>Valid client certificate is required</msg></prelogin-response>";
    let answers = [PORTAL, absent, demand].map(|body| page("200 OK", "", body));
    let (server, asked) = gateway(&pki, answers.into()).await;
    let seen = look(&pki, &server).await;
    let paths = first_lines(&asked);
    assert!(
        paths[1].starts_with("POST /global-protect/prelogin.esp?"),
        "{paths:?}"
    );
    assert!(
        paths[2].starts_with("POST /ssl-vpn/prelogin.esp?"),
        "{paths:?}"
    );
    let greeting = seen
        .evidence
        .gateway
        .known()
        .and_then(|g| g.greeting.clone());
    assert!(greeting.is_some_and(|greeting| greeting.wants_certificate));
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn another_gateway_that_only_clients_are_sent_to_gets_a_handshake() {
    let pki = Pki::new();
    let there = Server::tls(pki.server(HOST, true, None), "").await;
    let header = format!("Location: https://{HOST}:{}/\r\n", there.addr.port());
    let front = page("200 OK", "X-Transcend-Version: 1\r\n", MAIN);
    let (here, _) = gateway(&pki, vec![front, page("302 Found", &header, "")]).await;
    let seen = look(&pki, &here).await;
    let gateway = seen.evidence.gateway.known().expect("gateway");
    let handed_out = gateway.handed_out.as_ref().expect("another gateway");
    assert_eq!(handed_out.port, there.addr.port());
    assert!(handed_out.tls.known().is_some());
    assert_eq!(gateway.greeting, None);
    assert_eq!((here.accepted(), there.accepted()), (1, 1));
}

#[tokio::test]
async fn who_hangs_up_after_the_front_page_is_not_blamed() {
    let pki = Pki::new();
    let front = page("200 OK", "X-Transcend-Version: 1\r\n", MAIN);
    let (server, asked) = gateway(&pki, vec![front]).await;
    let seen = look(&pki, &server).await;
    assert_eq!(first_lines(&asked), ["GET / HTTP/1.1"]);
    assert_eq!(seen.record(ProbeId::Gateway).outcome, ProbeOutcome::Pass);
    assert!(seen.has_line("probe.greeting.no-answer"));
}

#[tokio::test]
async fn a_web_server_is_not_greeted() {
    let pki = Pki::new();
    let (server, asked) =
        gateway(&pki, vec![page("200 OK", "", "<title>Sign in</title>"); 2]).await;
    look(&pki, &server).await;
    assert_eq!(first_lines(&asked), ["GET / HTTP/1.1"]);
}

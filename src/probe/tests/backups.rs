//! Backup servers of a saved connection: tried beside the first, each by itself, and nobody where none is named.

use std::net::SocketAddr;
use std::sync::Arc;

use super::kit::{HOST, Seen, Server, closed_port, look_at, options};
use super::pki::Pki;
use crate::evidence::{
    Carrier, Fact, ProbeId, ProbeOutcome, ProfileEvidence, ProfileTarget, Target, WhyCode,
};

/// A connection that leads to `first`, and in its place to the others.
fn saved(first: SocketAddr, backups: &[(String, Carrier)]) -> ProfileEvidence {
    let place = |written: &str, carrier, backup| ProfileTarget {
        target: Target::parse(written).expect("a target"),
        carrier,
        backup,
    };
    let mut targets = vec![place(&first.to_string(), Carrier::Dtls, false)];
    targets.extend(
        backups
            .iter()
            .map(|(to, carrier)| place(to, *carrier, true)),
    );
    ProfileEvidence {
        file: "office.xml".to_owned(),
        targets,
        ..ProfileEvidence::named("Office", "anyconnect")
    }
}

async fn seen_with(first: SocketAddr, backups: &[(String, Carrier)], pki: &Pki) -> Seen {
    let mut options = options();
    options.profile = Some(Arc::new(saved(first, backups)));
    look_at(first, options, pki.stores(true)).await
}

#[tokio::test]
async fn a_backup_that_answers_and_one_that_does_not_are_told_apart() {
    let pki = Pki::new();
    let first = Server::tls(pki.server(HOST, true, None), "HTTP/1.1 200 OK\r\n\r\n").await;
    let second = Server::tls(pki.server(HOST, true, None), "HTTP/1.1 200 OK\r\n\r\n").await;
    let nobody = format!("127.0.0.1:{}", closed_port().await);
    let backups = [
        (second.addr.to_string(), Carrier::Dtls),
        (nobody.clone(), Carrier::Tcp),
    ];
    let seen = seen_with(first.addr, &backups, &pki).await;
    let found = seen.evidence.backups.known().expect("backups");
    let told: Vec<(String, bool, bool)> = found
        .attempts
        .iter()
        .map(|a| (a.target.to_string(), a.is_open(), a.session().is_some()))
        .collect();
    assert_eq!(
        told,
        [
            (second.addr.to_string(), true, true),
            (nobody, false, false)
        ]
    );
    assert_eq!(seen.record(ProbeId::Backups).outcome, ProbeOutcome::Warn);
    assert!(seen.has_line("probe.backups.answers") && seen.has_line("probe.backups.not-reached"));
    // One connection each, and none of them is the first gateway's.
    assert_eq!((first.accepted(), second.accepted()), (1, 1));
}

#[tokio::test]
async fn a_backup_over_another_protocol_is_said_not_to_be_tried() {
    let pki = Pki::new();
    let first = Server::tls(pki.server(HOST, true, None), "HTTP/1.1 200 OK\r\n\r\n").await;
    let other = Server::silent().await;
    let backups = [(other.addr.to_string(), Carrier::Ipsec)];
    let seen = seen_with(first.addr, &backups, &pki).await;
    assert!(matches!(seen.evidence.backups, Fact::Unknown(_)));
    assert!(seen.has_line("probe.backups.not-tried"));
    assert_eq!(other.accepted(), 0);
}

#[tokio::test]
async fn a_connection_without_backups_has_none_tried() {
    let pki = Pki::new();
    let first = Server::tls(pki.server(HOST, true, None), "HTTP/1.1 200 OK\r\n\r\n").await;
    let seen = seen_with(first.addr, &[], &pki).await;
    let record = seen.record(ProbeId::Backups);
    assert_eq!(record.outcome, ProbeOutcome::Skipped);
    let why = record.why.as_ref().map(|why| why.code);
    assert_eq!(why, Some(WhyCode::NotNeeded));
}

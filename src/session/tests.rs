use super::*;
use crate::evidence::{ProbeEvent, ProbeId, UnixTime};
use crate::guide::{Choice, Knowledge};

const TREE: &[u8] = include_bytes!("../../tests/screens/wizard.toml");

fn events() -> Vec<SessionEvent> {
    let target = Target::parse("vpn.example.com").unwrap();
    vec![
        SessionEvent::LanguageChosen(Lang::Ja),
        SessionEvent::TargetSet {
            target,
            at: UnixTime(1_000),
        },
        SessionEvent::Probe(ProbeEvent::Started {
            id: ProbeId::Dns,
            at_ms: 1.5,
        }),
        SessionEvent::SymptomChosen {
            id: "no-connection".to_owned(),
        },
        SessionEvent::Answered {
            node: "others".to_owned(),
            choice: Choice::Answer("yes".to_owned()),
        },
        SessionEvent::WentBack,
        SessionEvent::SystemChosen(System::Android),
        SessionEvent::StepMarked {
            code: "C04-1".to_owned(),
            mark: Mark::Failed,
        },
        SessionEvent::Opened(Stage::Steps(CauseId::MISSING_INTERMEDIATE)),
        SessionEvent::Probe(ProbeEvent::Done),
    ]
}

fn fold(events: &[SessionEvent]) -> Session {
    let knowledge = Knowledge::load(Some(("tests/screens/wizard.toml", TREE))).unwrap();
    let mut session = Session::new(Lang::En, System::Windows);
    for event in events {
        session.apply(event, &knowledge.wizard, None);
    }
    session
}

#[test]
fn written_down_and_played_again_it_is_the_same_session() {
    let events = events();
    let written = serde_json::to_string(&events).unwrap();
    let read: Vec<SessionEvent> = serde_json::from_str(&written).unwrap();
    assert_eq!(read, events);
    assert_eq!(format!("{:?}", fold(&read)), format!("{:?}", fold(&events)));
}

#[test]
fn the_fold_keeps_what_the_person_said() {
    let session = fold(&events());
    assert_eq!(session.lang(), Lang::Ja);
    assert_eq!(session.system(), System::Android);
    assert_eq!(session.mark("C04-1"), Mark::Failed);
    assert_eq!(session.mark("C04-2"), Mark::Open);
    assert_eq!(
        session.stage(),
        &Stage::Steps(CauseId::MISSING_INTERMEDIATE)
    );
    assert!(session.evidence().is_some_and(|e| e.finished));
    assert_eq!(session.fill(None).host, "vpn.example.com");
}

#[test]
fn another_gateway_forgets_what_was_seen_of_the_last_one() {
    let mut all = events();
    all.push(SessionEvent::TargetSet {
        target: Target::parse("other.example.com").unwrap(),
        at: UnixTime(2_000),
    });
    let session = fold(&all);
    assert!(
        session
            .evidence()
            .is_some_and(|e| !e.finished && e.probes.is_empty())
    );
    assert_eq!(session.mark("C04-1"), Mark::Open);
    assert_eq!(session.stage(), &Stage::Symptom);
    assert_eq!(session.runs(), 2);
}

#[test]
fn going_back_ends_at_the_first_screen() {
    let mut all = events();
    all.extend(std::iter::repeat_n(SessionEvent::WentBack, 12));
    let session = fold(&all);
    assert_eq!(session.stage(), &Stage::Target);
    assert!(!session.can_go_back());
}

#[test]
fn a_file_is_there_at_once_and_gives_way_to_a_gateway() {
    let file = SavedFile {
        files: "served.pem".to_owned(),
        target: None,
        at: UnixTime(1_795_349_000),
        roots: None,
        client: None,
    };
    let mut events = vec![SessionEvent::FileOpened(file.clone())];
    let written = serde_json::to_string(&events).unwrap();
    let read: Vec<SessionEvent> = serde_json::from_str(&written).unwrap();
    assert_eq!(read, events);
    let session = fold(&events);
    assert_eq!(session.stage(), &Stage::File);
    assert_eq!(session.file(), Some(&file));
    assert!(!session.can_go_back() && session.runs() == 0 && session.target().is_none());
    assert!(session.evidence().is_some_and(|e| e.finished));

    events.extend(self::events());
    let session = fold(&events);
    assert_eq!((session.file(), session.runs()), (None, 1));
}

#[test]
fn two_gateways_are_told_apart_before_anything_is_called_a_change() {
    use super::compare::{Side, compare};
    let side = |host: &str, cipher: Option<&str>| {
        let mut evidence = Evidence::new(Target::parse(host).unwrap(), UnixTime(1));
        evidence.gateway = Fact::Known(crate::evidence::GatewayEvidence {
            http: Fact::default(),
            product: cipher.map(|name| crate::evidence::GatewayGuess {
                id: name.to_owned(),
                name: name.to_owned(),
                how: "a mark".to_owned(),
                confidence: 90,
            }),
            alert: None,
            handed_out: None,
            greeting: None,
        });
        Side {
            evidence: Some(evidence),
            concluded: None,
        }
    };
    let (one, other) = (
        side("one.example", Some("a")),
        side("other.example", Some("a")),
    );
    let compared = compare(&one, &other);
    let names = ["one.example:443", "other.example:443"].map(str::to_owned);
    assert_eq!(compared.gateways, Some(names));
    assert!(compared.compares_anything());
    let same = compare(&one, &one);
    assert!(same.gateways.is_none() && same.compares_anything());
    let unseen = compare(&one, &side("one.example", None));
    assert!(!unseen.compares_anything(), "one side saw nothing");
    assert!(!compare(&Side::default(), &one).compares_anything());
    assert!(compare(&Side::default(), &one).gateways.is_none());
}

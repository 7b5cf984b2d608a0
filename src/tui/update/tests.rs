use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::super::fixtures::{
    self, model, press, press_ctrl, report, sized, type_in, with_run, with_target,
};
use super::super::{panes, view};
use super::checks::node_of;
use super::scroll::is_in_sight;
use super::*;
use crate::cause::CauseId;
use crate::device::profiles::Profiles;
use crate::evidence::{
    Carrier, DeviceEvidence, ProfileEvidence, ProfileTarget, Target, Why, WhyCode,
};
use crate::session::{Mark, Stage};

#[test]
fn a_typed_gateway_starts_the_checks_and_asks_for_the_symptom() {
    let mut model = model(Lang::En);
    type_in(&mut model, "vpn.example.com:4443");
    let effects = press(&mut model, KeyCode::Enter);
    let target = Target::parse("vpn.example.com:4443").unwrap();
    assert_eq!(
        effects,
        [Effect::StartChecks {
            target,
            run: 1,
            left_out: Vec::new()
        }]
    );
    assert_eq!(model.session.stage(), &Stage::Symptom);
}

#[test]
fn a_wrong_address_is_said_and_nothing_is_contacted() {
    let mut model = model(Lang::En);
    type_in(&mut model, "vpn example");
    assert_eq!(press(&mut model, KeyCode::Enter), []);
    assert!(model.address_error.is_some());
    assert_eq!(model.session.stage(), &Stage::Target);
    type_in(&mut model, "x");
    assert!(model.address_error.is_none(), "typing takes the error away");
}

#[test]
fn letters_are_text_in_a_field_and_commands_elsewhere() {
    let mut model = model(Lang::En);
    type_in(&mut model, "qrpyLft?:");
    assert_eq!(model.address.value(), "qrpyLft?:");
    assert!(model.popup.is_none());
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Char('p'));
    assert!(model.masked);
    assert_eq!(model.address.value(), "qrpyLft?:");
}

#[test]
fn a_gateway_of_the_site_is_taken_with_enter() {
    let mut model = model(Lang::En);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    let effects = press(&mut model, KeyCode::Enter);
    let target = Target::parse("vpn-osaka.example.com:10443").unwrap();
    assert_eq!(
        effects,
        [Effect::StartChecks {
            target,
            run: 1,
            left_out: Vec::new()
        }]
    );
}

#[test]
fn key_releases_are_ignored() {
    let mut model = model(Lang::En);
    let mut key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
    key.kind = KeyEventKind::Release;
    let now = fixtures::NOW;
    update(&mut model, Message::Key { key, now });
    assert_eq!(model.address.value(), "");
}

#[test]
fn from_symptom_to_verdict_to_steps_and_back_without_losing_an_answer() {
    let mut model = sized(Lang::En, (120, 36));
    with_run(&mut model);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    let node = node_of(&model);
    assert_eq!(node.as_deref(), Some("others"));
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    assert_eq!(node_of(&model).as_deref(), Some("end"));
    assert_eq!(model.subject(), Some(CauseId::MISSING_INTERMEDIATE));
    press(&mut model, KeyCode::Enter);
    assert_eq!(
        model.session.stage(),
        &Stage::Steps(CauseId::MISSING_INTERMEDIATE)
    );
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Esc);
    assert_eq!(node_of(&model).as_deref(), Some("others"));
    let kept = panes::wizard::at(&model).map(|position| match position {
        crate::guide::Position::Ask { chosen, .. } => chosen,
        _ => None,
    });
    assert_eq!(
        kept.flatten().map(|(choice, _)| choice),
        Some(crate::guide::Choice::Answer("no".to_owned()))
    );
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.session.stage(), &Stage::Symptom);
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.session.stage(), &Stage::Target);
    assert_eq!(model.address.value(), "vpn.example.com:443");
}

#[test]
fn a_waiting_walk_goes_on_by_itself_when_the_checks_end() {
    let mut model = model(Lang::En);
    with_target(&mut model);
    press(&mut model, KeyCode::Enter);
    report(&mut model, fixtures::first_half());
    assert_eq!(node_of(&model).as_deref(), Some("look"));
    report(&mut model, fixtures::second_half());
    assert_eq!(node_of(&model).as_deref(), Some("end"));
    assert!(!model.is_running());
}

#[test]
fn reports_of_an_earlier_run_are_dropped() {
    let mut model = model(Lang::En);
    with_target(&mut model);
    update(
        &mut model,
        Message::Probes {
            run: 0,
            events: fixtures::run(),
        },
    );
    assert!(
        model
            .session
            .evidence()
            .is_some_and(|e| e.probes.is_empty())
    );
}

#[test]
fn stopped_checks_are_not_checked_rather_than_well() {
    let mut model = model(Lang::En);
    with_target(&mut model);
    report(&mut model, fixtures::first_half());
    let effects = press(&mut model, KeyCode::Char('x'));
    assert_eq!(effects, [Effect::CancelChecks]);
    let evidence = model.session.evidence().unwrap();
    let tls = evidence.probe(crate::evidence::ProbeId::Tls).unwrap();
    assert_eq!(tls.why, Some(Why::code(WhyCode::Cancelled)));
    assert!(evidence.finished);
    assert!(evidence.dns.known().is_some(), "what was seen is kept");
}

#[test]
fn offline_contacts_nothing_and_still_reaches_the_checklist() {
    let mut model = model(Lang::En);
    model.contacts.offline = true;
    assert_eq!(
        press(&mut model, KeyCode::Enter),
        [],
        "an empty address is fine offline"
    );
    assert_eq!(press(&mut model, KeyCode::Enter), []);
    assert_eq!(node_of(&model).as_deref(), Some("end"));
    assert_eq!(press(&mut model, KeyCode::Enter), []);
    assert!(matches!(model.session.stage(), Stage::Steps(_)));
    press(&mut model, KeyCode::Char(' '));
    assert_eq!(press(&mut model, KeyCode::Char('r')), []);
}

#[test]
fn offline_with_a_gateway_contacts_nothing_either() {
    let mut model = model(Lang::En);
    model.contacts.offline = true;
    // The device itself is asked: that takes no packet.
    assert_eq!(with_target(&mut model), [Effect::ReadDevice]);
    assert!(!model.is_running());
    let seen = DeviceEvidence::default();
    update(&mut model, Message::Device(Some(Box::new(seen))));
    assert!(!model.is_running());
    let evidence = model.session.evidence().expect("a run");
    assert!(evidence.device.known().is_some());
    assert!(evidence.tcp.known().is_none());
}

#[test]
fn d_shows_the_device_and_asks_it_only_once() {
    let mut model = model(Lang::En);
    with_target(&mut model);
    assert_eq!(press(&mut model, KeyCode::Char('d')), [Effect::ReadDevice]);
    update(&mut model, Message::Device(None));
    press(&mut model, KeyCode::Esc);
    assert_eq!(press(&mut model, KeyCode::Char('d')), []);
    assert!(matches!(model.popup, Some(Popup::Device { .. })));
}

#[test]
fn space_marks_a_step_done_failed_left_out_and_not_mine() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Char('2'));
    let marks: Vec<Mark> = (0..5)
        .map(|_| {
            press(&mut model, KeyCode::Char(' '));
            model.session.mark("C04-1")
        })
        .collect();
    assert_eq!(
        marks,
        [
            Mark::Done,
            Mark::Failed,
            Mark::Skipped,
            Mark::NotMine,
            Mark::Open
        ]
    );
}

/// Who presses Enter twice has not said that the step did not work.
#[test]
fn enter_ticks_a_step_and_takes_the_tick_away() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Enter);
    assert!(matches!(model.session.stage(), Stage::Steps(_)));
    for by_pane in [false, true] {
        if by_pane {
            press(&mut model, KeyCode::Char('2'));
        }
        let marks = [(); 3].map(|()| {
            press(&mut model, KeyCode::Enter);
            model.session.mark("C04-1")
        });
        let ticked = [Mark::Done, Mark::Open, Mark::Done];
        assert_eq!(marks, ticked, "in the checklist: {by_pane}");
        press(&mut model, KeyCode::Enter);
    }
}

#[test]
fn copying_hands_over_both_languages_and_offers_the_text_alone() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Enter);
    let effects = press(&mut model, KeyCode::Char('y'));
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(text.contains("To the administrator") && text.contains("管理者の方へ"));
    assert!(text.contains("missing-intermediate"));
    assert_eq!(press(&mut model, KeyCode::Enter), [Effect::Mouse(false)]);
    assert!(matches!(model.popup, Some(Popup::Text { .. })));
    assert_eq!(press(&mut model, KeyCode::Esc), [Effect::Mouse(true)]);
}

#[test]
fn the_chosen_certificate_is_copied_as_pem() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Char('3'));
    press(&mut model, KeyCode::End);
    press(&mut model, KeyCode::Enter);
    let effects = press(&mut model, KeyCode::Char('c'));
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    let [leaf, ..] = fixtures::certificates();
    assert_eq!(
        crate::chain::read_certificates(text.as_bytes()),
        Ok(vec![leaf])
    );
}

#[test]
fn leaving_a_walk_is_asked_once() {
    let mut model = model(Lang::En);
    assert_eq!(
        press_ctrl(&mut model, 'c'),
        [Effect::Quit],
        "nothing to lose yet"
    );
    with_run(&mut model);
    assert_eq!(press(&mut model, KeyCode::Char('q')), []);
    assert_eq!(
        press(&mut model, KeyCode::Enter),
        [],
        "staying is the default"
    );
    assert!(model.popup.is_none());
    assert_eq!(press_ctrl(&mut model, 'c'), []);
    assert_eq!(press_ctrl(&mut model, 'c'), [Effect::Quit]);
}

#[test]
fn the_palette_runs_what_it_finds() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press_ctrl(&mut model, 'p');
    type_in(&mut model, "hide names");
    press(&mut model, KeyCode::Enter);
    assert!(model.masked);
    assert!(model.popup.is_none());
}

#[test]
fn a_click_chooses_and_a_second_one_takes() {
    let mut model = sized(Lang::En, (120, 36));
    with_run(&mut model);
    let inner = view::areas(&model).unwrap().inside(Pane::Wizard).unwrap();
    let page = panes::page(&model, Pane::Wizard, inner.width);
    let (line, _) = page.lines_of(1).unwrap();
    let click = |model: &mut Model| {
        let event = MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: inner.x + 4,
            row: inner.y + u16::try_from(line).unwrap(),
            modifiers: KeyModifiers::NONE,
        };
        let now = fixtures::NOW;
        update(model, Message::Mouse { event, now });
    };
    // The hint of the first symptom takes two lines, which go away when the second is chosen.
    click(&mut model);
    assert_eq!(model.chosen[0], 1);
    press(&mut model, KeyCode::Char('m'));
    click(&mut model);
    assert_eq!(
        model.session.stage(),
        &Stage::Symptom,
        "the mouse is switched off"
    );
}

#[test]
fn a_pasted_message_answers_its_question_only_when_its_words_are_known() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    assert_eq!(node_of(&model).as_deref(), Some("message"));
    update(
        &mut model,
        Message::Paste("something\nnobody knows".to_owned()),
    );
    assert_eq!(model.message.value(), "something nobody knows");
    press(&mut model, KeyCode::Enter);
    assert_eq!(
        node_of(&model).as_deref(),
        Some("message"),
        "nothing is pretended"
    );
    press_ctrl(&mut model, 'u');
    update(
        &mut model,
        Message::Paste("Certificate Validation Failure".to_owned()),
    );
    press(&mut model, KeyCode::Enter);
    assert_eq!(node_of(&model).as_deref(), Some("end"));
}

#[test]
fn switching_the_language_keeps_the_place() {
    let mut model = model(Lang::En);
    with_run(&mut model);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Char('L'));
    assert_eq!(model.session.lang(), Lang::Ja);
    assert_eq!(model.chosen[0], 1);
}

#[test]
fn a_new_screen_begins_with_its_headline_and_the_first_key_shows_the_choice() {
    let mut model = sized(Lang::En, (60, 16));
    with_run(&mut model);
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.scroll[0], 0, "the headline is in sight");
    assert!(!is_in_sight(&model));
    press(&mut model, KeyCode::Down);
    assert_eq!(
        model.chosen[0], 0,
        "the first choice is shown before it is left"
    );
    assert!(is_in_sight(&model));
    press(&mut model, KeyCode::Down);
    assert_eq!(model.chosen[0], 1);
}

#[test]
fn below_the_last_choice_the_page_goes_on_to_its_end() {
    let mut model = sized(Lang::En, (80, 24));
    with_run(&mut model);
    press(&mut model, KeyCode::Enter);
    for _ in 0..60 {
        press(&mut model, KeyCode::Down);
    }
    let (width, height) = inside(&model, Pane::Wizard);
    let lines = panes::page(&model, Pane::Wizard, width).lines.len();
    assert_eq!(model.scroll[0], lines - height);
    for _ in 0..60 {
        press(&mut model, KeyCode::Up);
    }
    assert_eq!((model.chosen[0], model.scroll[0]), (0, 0));
}

#[test]
fn the_checklist_is_about_the_possibility_that_is_looked_at() {
    let mut model = model(Lang::En);
    model.contacts.offline = true;
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.subject(), Some(CauseId::MISSING_INTERMEDIATE));
    press(&mut model, KeyCode::Down);
    assert_eq!(model.subject(), Some(CauseId::UNKNOWN_CA));
    press(&mut model, KeyCode::Char('a'));
    assert_eq!(model.session.stage(), &Stage::HandOver(CauseId::UNKNOWN_CA));
}

#[test]
fn a_saved_connection_is_offered_by_its_name_and_checked_as_one() {
    let mut model = fixtures::model(Lang::En);
    let target = |host: &str| Target::parse(host).unwrap();
    let saved = |name: &str, host: &str, carrier| ProfileEvidence {
        file: "/etc/openvpn/client/office.conf".to_owned(),
        targets: vec![ProfileTarget {
            target: target(host),
            carrier,
            backup: false,
        }],
        roots_alone: true,
        has_secrets: true,
        ..ProfileEvidence::named(name, "openvpn")
    };
    let before = model.choices();
    let profiles = Profiles {
        connections: vec![
            saved("Plant", "plant.example.com", Carrier::Ipsec),
            saved("Office", "office.example.com:1194", Carrier::Udp),
        ],
        unread: Vec::new(),
    };
    model.chosen[Pane::Wizard.index()] = before - 1;
    update(&mut model, Message::Profiles(profiles));
    assert_eq!(model.choices(), before + 1, "IPsec is not offered");
    let offers = panes::wizard::offers(&model);
    let place = before - 1;
    assert_eq!(offers[place], panes::wizard::Offer::Profile(0));
    assert_eq!(offers.last(), Some(&panes::wizard::Offer::Practise));
    let chosen = model.chosen[Pane::Wizard.index()];
    assert_eq!(
        offers[chosen],
        panes::wizard::Offer::Practise,
        "what was chosen stays chosen"
    );
    model.chosen[Pane::Wizard.index()] = place;
    let effects = press(&mut model, KeyCode::Enter);
    let office = target("office.example.com:1194");
    assert_eq!(
        effects,
        [Effect::StartChecks {
            target: office,
            run: 1,
            left_out: Vec::new(),
        }]
    );
    assert_eq!(model.profile.as_ref().unwrap().name, "Office");
}

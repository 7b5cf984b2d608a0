//! Ways out: where a person would otherwise be stuck.

use crossterm::event::KeyCode;

use super::super::fixtures::{
    self, press, press_ctrl, report, sized, type_in, with_run, with_target,
};
use super::super::panes::wizard::{Offer, offers};
use super::*;
use crate::evidence::{Observation, ProbeEvent, TcpOutcome};

/// A run in which the gateway's machine refuses the connection.
fn refused() -> Vec<ProbeEvent> {
    let mut events = fixtures::first_half();
    for event in &mut events {
        if let ProbeEvent::Observed(Observation::Tcp(tcp)) = event {
            tcp.attempts[0].outcome = TcpOutcome::Refused;
        }
    }
    events.push(ProbeEvent::Done);
    events
}

#[test]
fn on_a_screen_that_is_too_small_nothing_is_done_unseen_and_q_leaves() {
    for size in [(50, 14), (59, 40), (120, 15)] {
        let mut model = sized(Lang::En, size);
        assert_eq!(press(&mut model, KeyCode::Char('x')), []);
        assert_eq!(press(&mut model, KeyCode::F(3)), []);
        assert_eq!(update(&mut model, Message::Paste("x".to_owned())), []);
        assert_eq!(model.address.value(), "");
        assert!(model.popup.is_none());
        assert_eq!(press(&mut model, KeyCode::Char('q')), [Effect::Quit]);
        with_run(&mut model);
        let quit = [Effect::Quit];
        assert_eq!(press(&mut model, KeyCode::Char('q')), quit, "unasked");
        assert_eq!(press_ctrl(&mut model, 'c'), quit);
    }
}

#[test]
fn an_address_that_is_the_fault_is_typed_anew_from_the_verdict() {
    let mut model = sized(Lang::En, (120, 36));
    with_target(&mut model);
    report(&mut model, refused());
    press(&mut model, KeyCode::Enter);
    let offers = offers(&model);
    let at = offers.iter().position(|offer| *offer == Offer::OtherTarget);
    for _ in 0..at.unwrap() {
        press(&mut model, KeyCode::Down);
    }
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.session.stage(), &Stage::Target);
    assert_eq!(model.address.value(), "vpn.example.com:443");
    type_in(&mut model, "0");
    assert_eq!(model.address.value(), "vpn.example.com:4430");
}

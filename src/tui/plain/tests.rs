//! Whole conversations over the recorded run: what is said, what wrong answers get, that both languages arrive at the
//! same codes, and that nothing but words is written.

use proptest::prelude::*;

use super::super::fixtures::{self, NOW, model};
use super::super::panes::wizard::Offer;
use super::dialogue::{Dialogue, Said};
use super::*;
use crate::guide::Lang;
use crate::session::{Mark, Stage};

/// A conversation with these lines; the checks report the recorded run.
struct Talk {
    dialogue: Dialogue,
    text: String,
    left: bool,
}

impl Talk {
    fn new(lang: Lang) -> Self {
        let mut dialogue = Dialogue::new(model(lang), 15);
        dialogue.greet();
        dialogue.ask();
        let mut talk = Self {
            dialogue,
            text: String::new(),
            left: false,
        };
        talk.gather();
        talk
    }

    fn gather(&mut self) {
        for said in self.dialogue.said() {
            let (Said::Text(line) | Said::Typed(line)) = said;
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// What is said to this line, with the question that follows.
    fn say(&mut self, line: &str) -> String {
        self.text.clear();
        let effects = self.dialogue.take(line, NOW);
        for effect in effects {
            match effect {
                Effect::StartChecks { run, .. } => self.dialogue.reported(run, fixtures::run()),
                Effect::Quit => self.left = true,
                _ => {}
            }
        }
        if !self.left {
            self.dialogue.ask();
        }
        self.gather();
        self.text.clone()
    }

    fn stage(&self) -> &Stage {
        self.dialogue.model.session.stage()
    }

    fn mark(&self, code: &str) -> Mark {
        self.dialogue.model.session.mark(code)
    }
}

#[test]
fn a_walk_in_english_tells_the_verdict_and_goes_through_the_steps() {
    let mut talk = Talk::new(Lang::En);
    assert!(
        talk.text.contains("Which VPN does not work?"),
        "{}",
        talk.text
    );
    assert!(
        talk.text.contains("1. Tokyo office, vpn-tokyo.example.com"),
        "{}",
        talk.text
    );
    let said = talk.say("vpn.example.com");
    assert!(said.contains("Checking vpn.example.com:443."), "{said}");
    assert!(
        said.contains("TLS handshake: in order") || said.contains(": in order"),
        "{said}"
    );
    assert!(said.contains("Step 2 of "), "{said}");
    assert!(said.contains("What happens?\n"), "{said}");
    assert!(
        said.contains("\n4. I do not know. Check everything\n"),
        "{said}"
    );
    let said = talk.say("4");
    assert!(
        said.contains("The gateway does not send its intermediate certificate\n"),
        "{said}"
    );
    assert!(
        said.contains("CONFIRMED, stops the connection, C04\n"),
        "{said}"
    );
    assert!(
        said.contains("Who can fix it: the VPN gateway's administrator\n"),
        "{said}"
    );
    assert!(said.contains("Why others get in: "), "{said}");
    assert!(
        said.contains("\n1. What to do now (Windows)\n2. Text for the administrator\n"),
        "{said}"
    );
    // What can be chosen comes last, right before how to choose.
    let (last, prompt) = (said.find("\n1. What to do"), said.find("\nType a number"));
    assert!(last < prompt && said.find("What was seen") < last, "{said}");
    let said = talk.say("3");
    assert!(said.contains("Ruled out: checked, and not so ("), "{said}");
    let said = talk.say("1");
    assert!(said.contains("Step C04-1, 1 of "), "{said}");
    assert!(said.contains("not done yet\n"), "{said}");
    let said = talk.say("1");
    assert_eq!(talk.mark("C04-1"), Mark::Done);
    assert!(said.contains("Step C04-W1, 2 of "), "{said}");
    // The next one changes something: what is there is saved first, which is asked once.
    let said = talk.say("2");
    assert_eq!(talk.mark("C04-W1"), Mark::Failed);
    assert!(said.starts_with("\nFirst save your settings\n"), "{said}");
    assert!(said.contains("\nC04-G1: "), "{said}");
    assert!(
        said.contains("\n1. It is saved\n2. Go on without saving\n"),
        "{said}"
    );
    // What the screen says of a key of its own is left out.
    assert!(
        !said.contains("Step C04-W2, ") && !said.contains("u shows"),
        "{said}"
    );
    let said = talk.say("7");
    assert!(
        said.contains("There is no number 7") && said.contains("C04-G1: "),
        "{said}"
    );
    let said = talk.say("1");
    assert_eq!(talk.mark("C04-G1"), Mark::Done);
    assert!(said.contains("Step C04-W2, 3 of "), "{said}");
    let said = talk.say("b");
    assert!(
        said.contains("Step C04-W1, 2 of ") && said.contains("did not work"),
        "{said}"
    );
    let said = talk.say("u");
    assert_eq!(talk.mark("C04-W1"), Mark::Open);
    assert!(
        said.contains("The mark of C04-W1 was taken back."),
        "{said}"
    );
    talk.say("c04-w2");
    talk.say("4");
    assert_eq!(talk.mark("C04-W2"), Mark::NotMine);
    let said = talk.say("q");
    assert!(talk.left);
    assert!(
        said.contains("Where this stands\nvpn.example.com:443\nFound, confirmed: C04 "),
        "{said}"
    );
    assert!(said.contains("C04-1, done: "), "{said}");
    assert!(said.contains("C04-W2, somebody else's to do: "), "{said}");
    assert!(!said.contains("C04-W1"), "{said}");
}

#[test]
fn a_walk_in_japanese_with_wide_digits_arrives_at_the_same_codes() {
    let mut talk = Talk::new(Lang::Ja);
    talk.say("vpn.example.com");
    let said = talk.say("\u{3000}４\u{3000}");
    assert!(said.contains("確定、") || said.contains("確定, "), "{said}");
    assert!(said.contains("C04"), "{said}");
    let said = talk.say("１");
    assert!(said.contains("手順 C04-1("), "{said}");
    talk.say("１");
    assert_eq!(talk.mark("C04-1"), Mark::Done);
    let said = talk.say("終了");
    assert!(talk.left && said.contains("現在の状態"), "{said}");
    assert!(said.contains("見つかった原因(確定): C04"), "{said}");
}

#[test]
fn saving_first_is_asked_in_japanese_and_may_be_left_out() {
    let mut talk = Talk::new(Lang::Ja);
    for line in ["vpn.example.com", "4", "1"] {
        talk.say(line);
    }
    let said = talk.say("c04-w2");
    assert!(said.contains("先に設定を控えておく\n"), "{said}");
    let said = talk.say("？");
    assert!(said.contains("入力できるもの\n"), "{said}");
    assert!(said.contains("1. 控えました\n2. 控えずに進む\n"), "{said}");
    let said = talk.say("２");
    assert_eq!(talk.mark("C04-G1"), Mark::Skipped);
    assert!(said.contains("手順 C04-W2("), "{said}");
    // Asked once: neither this step nor the next asks again.
    talk.say("b");
    assert!(!talk.say("c04-w2").contains("控えずに進む"));
}

#[test]
fn going_back_from_saving_first_leads_to_the_step_before() {
    let mut talk = Talk::new(Lang::En);
    for line in ["vpn.example.com", "4", "1", "c04-w2"] {
        talk.say(line);
    }
    let said = talk.say("b");
    assert!(said.contains("Step C04-W1, 2 of "), "{said}");
    assert_eq!(talk.mark("C04-G1"), Mark::Open);
    talk.say("c04-w2");
    assert!(talk.say("q").contains("Where this stands"));
    assert!(talk.left);
}

#[test]
fn a_mark_has_the_time_at_which_it_was_made() {
    let mut talk = Talk::new(Lang::En);
    for line in ["vpn.example.com", "4", "1"] {
        talk.say(line);
    }
    let later = NOW.plus(600);
    talk.dialogue.take("1", later);
    let session = &talk.dialogue.model.session;
    let marked = session.checklist().marked("C04-1").expect("it is marked");
    assert_eq!(marked.at, later);
}

#[test]
fn a_lesson_which_needs_a_screen_is_not_offered() {
    let talk = Talk::new(Lang::En);
    assert!(!talk.text.contains("ractise"), "{}", talk.text);
    let entries = talk.dialogue.entries();
    let lesson = super::dialogue::Entry::Offer(Offer::Practise);
    assert!(!entries.is_empty() && !entries.contains(&lesson));
}

#[test]
fn wrong_answers_get_a_sentence_and_the_question_again() {
    let mut talk = Talk::new(Lang::En);
    for (line, told) in [
        ("vpn example", "blank"),
        ("9", "There is no number 9 here."),
        ("", "Nothing was typed."),
        ("b", "This is the first question"),
        ("r", "no gateway was named"),
        ("u", "nothing to take back"),
    ] {
        let said = talk.say(line);
        assert!(said.contains(told), "{line:?}: {said}");
        assert!(
            said.contains("Which VPN does not work?"),
            "{line:?}: {said}"
        );
        assert_eq!(talk.stage(), &Stage::Target);
    }
    talk.say("1");
    for (line, told) in [
        ("0", "There is no number 0 here."),
        ("99999999999999999999", "There is no number"),
        ("perhaps", "That is not one of the answers here."),
        ("\u{3000}", "Nothing was typed."),
    ] {
        let said = talk.say(line);
        assert!(said.contains(told), "{line:?}: {said}");
        assert!(said.contains("What happens?"), "{line:?}: {said}");
        assert_eq!(talk.stage(), &Stage::Symptom);
    }
    let said = talk.say("?");
    assert!(said.contains("What can be typed\n"), "{said}");
    assert!(
        said.contains("1. The VPN program says that it does not trust"),
        "{said}"
    );
}

#[test]
fn a_message_of_several_lines_is_taken_up_to_the_empty_line() {
    let mut talk = Talk::new(Lang::En);
    talk.say("vpn.example.com");
    let said = talk.say("3");
    assert!(said.contains("What does the message say?"), "{said}");
    assert!(said.contains("end it with an empty line"), "{said}");
    // A number on a later line is part of the message.
    let said = talk.say("Certificate");
    assert!(said.contains("an empty line ends it"), "{said}");
    talk.say("Validation Failure");
    let said = talk.say("");
    let heard = talk.dialogue.model.session.walk().unwrap().heard();
    assert!(!heard.messages.is_empty(), "{said}");
}

#[test]
fn the_text_for_the_administrator_comes_in_both_languages() {
    let mut talk = Talk::new(Lang::En);
    talk.say("vpn.example.com");
    talk.say("4");
    let said = talk.say("2");
    assert!(
        said.contains("To the administrator of the VPN gateway\n"),
        "{said}"
    );
    let said = talk.say("1");
    assert!(said.contains("VPNゲートウェイの管理者の方へ"), "{said}");
    let said = talk.say("b");
    assert!(said.contains("CONFIRMED"), "{said}");
    let said = talk.say("l");
    assert!(said.contains("確定"), "{said}");
}

#[test]
fn checking_again_tells_what_is_still_there() {
    let mut talk = Talk::new(Lang::En);
    talk.say("vpn.example.com");
    talk.say("4");
    let said = talk.say("r");
    assert!(said.contains("Checking vpn.example.com:443."), "{said}");
    assert!(said.contains("Still there: C04"), "{said}");
}

/// A line that is long beyond reason is cut, and the line after it is the next answer.
#[test]
fn a_line_beyond_the_limit_is_cut_and_the_next_one_is_read_whole() {
    let mut bytes = vec![b'a'; usize::try_from(MAX_LINE).unwrap() + 5000];
    bytes.extend_from_slice(b"\nq\n\xff\xfe\n");
    let mut input = std::io::Cursor::new(bytes);
    let (line, whole) = read_line(&mut input).unwrap().unwrap();
    assert!(!whole && line.len() == usize::try_from(MAX_LINE).unwrap());
    assert_eq!(
        read_line(&mut input).unwrap(),
        Some(("q\n".to_owned(), true))
    );
    let (line, whole) = read_line(&mut input).unwrap().unwrap();
    assert!(whole && line.contains('\u{fffd}'));
    assert_eq!(read_line(&mut input).unwrap(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is typed, nothing breaks, and nothing but words and line breaks is written.
    #[test]
    fn whatever_is_typed_only_words_are_written(
        lines in prop::collection::vec(
            prop_oneof![
                "[1-9]", "[１-９]", "[b?qlorucn]", Just(String::new()),
                "\\PC{0,12}", Just("vpn.example.com".to_owned()), Just("\u{1b}[31mx".to_owned()),
            ],
            0..14,
        ),
        japanese in any::<bool>(),
    ) {
        let mut talk = Talk::new(if japanese { Lang::Ja } else { Lang::En });
        for line in &lines {
            let said = talk.say(line);
            prop_assert!(!said.trim().is_empty());
            prop_assert!(
                !said.chars().any(|c| (c.is_control() && c != '\n') || ('\u{2500}'..'\u{2600}').contains(&c)),
                "{said:?}"
            );
            if talk.left {
                break;
            }
        }
        talk.dialogue.close();
        talk.gather();
        prop_assert!(!talk.text.trim().is_empty());
    }
}

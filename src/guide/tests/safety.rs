//! What people are told to do: never less safe than before, always with a way back, and typed as it is shown.

use super::knowledge::texts;
use super::*;

/// Every step of every cause with its spoken code.
fn steps(knowledge: &Knowledge) -> Vec<(String, &Cause, &Step)> {
    let causes = knowledge.causes.iter();
    causes
        .flat_map(|(_, cause)| {
            let steps = cause.steps.iter();
            steps.map(move |step| (cause.step_code(step), cause, step))
        })
        .collect()
}

fn commands(step: &Step) -> impl Iterator<Item = &String> {
    step.command.iter().chain(&step.undo_command)
}

#[test]
fn commands_are_typed_as_they_are_shown() {
    let knowledge = knowledge();
    let mut seen = 0;
    for (code, _, step) in steps(&knowledge) {
        for command in commands(step) {
            seen += 1;
            assert!(command.is_ascii(), "{code}: {command}");
            assert!(!command.trim().is_empty(), "{code}");
            for line in command.lines() {
                assert_eq!(line, line.trim_end(), "{code}: blanks at the end");
                // A pair of quotes that is not closed would swallow what is typed next.
                let quotes = line.matches('"').count() - line.matches("\\\"").count();
                assert!(quotes.is_multiple_of(2), "{code}: {line}");
            }
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn every_change_has_a_way_back_and_every_look_needs_none() {
    let knowledge = knowledge();
    for (code, _, step) in steps(&knowledge) {
        let changes = matches!(
            step.kind,
            StepKind::Do | StepKind::Command | StepKind::Isolate
        );
        assert_eq!(
            changes,
            step.undo.is_some() || step.undo_command.is_some(),
            "{code}: {:?}",
            step.kind
        );
    }
}

/// Words of commands that change a device; a step that only looks has none of them.
const CHANGING: [&str; 22] = [
    "sudo systemctl restart",
    "systemctl reload",
    "occtl reload",
    "nginx -s reload",
    "Set-",
    "Remove-",
    "Enable-",
    "Disable-",
    "Import-",
    "New-",
    "reg add",
    "net start",
    "net stop",
    "netsh winsock reset",
    "-setdnsservers",
    "update-ca-certificates",
    "trust anchor --store",
    "apt-get install",
    "pacman -S",
    "dnf upgrade",
    "sudo tee",
    "crypto ca import",
];

#[test]
fn steps_that_look_do_not_change() {
    let knowledge = knowledge();
    for (code, _, step) in steps(&knowledge) {
        if step.kind != StepKind::Verify {
            continue;
        }
        for command in commands(step) {
            for word in CHANGING {
                assert!(!command.contains(word), "{code}: {word} in {command}");
            }
        }
    }
}

/// Words for protections, and words for taking them away.
const PROTECTIONS: [&str; 9] = [
    "antivirus",
    "virus protection",
    "protection function",
    "the protection",
    "firewall",
    "ウイルス対策",
    "ファイアウォール",
    "保護機能",
    "セキュリティソフト",
];
const TAKEN_AWAY: [&str; 13] = [
    "turn off",
    "turn it off",
    "switch off",
    "switch it off",
    "disable",
    "pause",
    "uninstall",
    "を止め",
    "を停止",
    "を無効",
    "をオフ",
    "をアンインストール",
    "を一時停止",
];

#[test]
fn protection_is_paused_for_a_minute_at_most_and_switched_on_again() {
    let knowledge = knowledge();
    let mut pauses = 0;
    for (code, _, step) in steps(&knowledge) {
        // A look at what a firewall stops switches nothing off: what looks does not change, see above.
        if step.kind == StepKind::Verify {
            continue;
        }
        for (text, minute) in [(&step.text.en, "minute"), (&step.text.ja, "分間")] {
            let sentences = text.split_inclusive(['.', '。', ':']);
            for sentence in sentences.map(str::to_lowercase) {
                let weakens = PROTECTIONS.iter().any(|word| sentence.contains(word))
                    && TAKEN_AWAY.iter().any(|word| sentence.contains(word));
                let warns = ["not ", "never", "ないで", "ません", "せず", "ままに"]
                    .iter()
                    .any(|no| sentence.contains(no));
                if weakens && !warns {
                    pauses += 1;
                    assert_eq!(step.kind, StepKind::Isolate, "{code}: {sentence}");
                    assert!(text.contains(minute), "{code} has no limit of time");
                    assert!(step.undo.is_some() && step.danger.is_some(), "{code}");
                }
            }
        }
    }
    assert!(pauses > 0, "the words above find nothing any more");
}

#[test]
fn steps_that_texts_speak_of_are_there() {
    let knowledge = knowledge();
    let mut seen = 0;
    for (_, cause) in knowledge.causes.iter() {
        for text in cause.texts() {
            for part in [&text.en, &text.ja] {
                for code in step_codes(part) {
                    seen += 1;
                    assert!(
                        cause.steps.iter().any(|step| step.code == code),
                        "{}: no step {code}: {part}",
                        cause.id
                    );
                }
            }
        }
    }
    assert!(seen > 20, "{seen}");
    for (place, text) in texts(&knowledge) {
        for part in [&text.en, &text.ja] {
            for word in part.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
                let Some((code, step)) = word.split_once('-') else {
                    continue;
                };
                let Some(cause) = knowledge.causes.iter().find(|(_, c)| c.code == code) else {
                    continue;
                };
                let steps = &cause.1.steps;
                assert!(steps.iter().any(|s| s.code == step), "{place}: {word}");
            }
        }
    }
}

/// Codes such as `W2` that stand alone in a text; keys (`F3`) and names (`H.264`) are none.
fn step_codes(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| {
            let digits = word.trim_start_matches(['W', 'M', 'L', 'I', 'A', 'P', 'G']);
            word.len() == digits.len() + 1
                && !digits.is_empty()
                && digits.len() <= 2
                && digits.bytes().all(|b| b.is_ascii_digit())
        })
        .collect()
}

#[test]
fn advice_that_weakens_is_refused_in_both_languages() {
    for text in [
        "Turn off \"Block connections to untrusted servers\" in the preferences.",
        "Untick Block connections to untrusted servers.",
        "Lower the security level of the system.",
        "Choose Connect Anyway.",
        "「信頼されていないサーバへの接続をブロック」のチェックを外します。",
        "システムのセキュリティレベルを下げます。",
        "「詳細設定」から、このまま続行を選びます。",
        "証明書のエラーを無視します。",
    ] {
        assert!(super::super::advice::in_text(text).is_some(), "{text}");
    }
    for command in [
        "openssl s_client -connect h:443 -no_check_time",
        "curl --insecure https://h/",
        "git -c http.sslVerify=false clone x",
        "Set-MpPreference -DisableRealtimeMonitoring $true",
        "netsh advfirewall set allprofiles state off",
        "Set-NetFirewallProfile -All -Enabled False",
        "sudo ufw disable",
        "sudo systemctl stop firewalld",
        "sudo update-crypto-policies --set DEFAULT:SHA1",
        "openvpn --config x --tls-cert-profile insecure",
    ] {
        assert!(
            super::super::advice::in_command(command).is_some(),
            "{command}"
        );
    }
}

/// Caches and stores take up a new certificate late: the person is told to start the program anew before judging.
#[test]
fn after_a_certificate_was_replaced_the_vpn_program_is_started_anew() {
    let knowledge = knowledge();
    for (_, cause) in knowledge.causes.iter() {
        let is_of_server = cause.layer == Layer::Certificate;
        if !is_of_server || cause.id == crate::cause::CauseId::HOSTNAME_MISMATCH {
            // A name is put right by typing another one; nothing is cached.
            continue;
        }
        let says_so = cause.steps.iter().any(|step| {
            step.kind == StepKind::Verify
                && step.os == [Place::Any]
                && step.text.en.contains("quit the VPN program")
                && step.text.ja.contains("完全に終了")
        });
        assert!(says_so, "{}", cause.id);
    }
}

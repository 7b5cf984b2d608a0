//! Advice that is never given, however it got into a file: it would make the person less safe than before.

/// Parts of commands that switch off a protection. Compared in lower case with runs of blanks as one.
const IN_COMMANDS: [&str; 36] = [
    "--servercert",
    "--trusted-cert",
    "--insecure",
    "--ignore-tls-errors",
    "--no-check-certificate",
    "--no-cert-check",
    "--no-verify",
    "--skip-ssl-checks",
    "verify none",
    "verify_none",
    "verify=none",
    "sslverify=false",
    "-skipcertificatecheck",
    "testsigning on",
    "nointegritychecks",
    "curl -k",
    "wget --no-check",
    "--set legacy",
    "seclevel=0",
    "disablerealtimemonitoring $true",
    "spctl --master-disable",
    "--global-disable",
    "csrutil disable",
    "setenforce 0",
    "tls-cert-profile insecure",
    "default:sha1",
    "-no_check_time",
    "http.sslverify=false",
    "advfirewall set allprofiles state off",
    "-enabled false",
    "ufw disable",
    "stop firewalld",
    "disable firewalld",
    "nft flush ruleset",
    "iptables -f",
    "unsafelegacyrenegotiation",
];

/// Parts of sentences that tell a person to go on in spite of a warning.
const IN_TEXTS: [&str; 40] = [
    "accept the certificate anyway",
    "accept the untrusted certificate",
    "accept this certificate anyway",
    "ignore the certificate warning",
    "ignore the warning",
    "connect anyway",
    "proceed anyway",
    "disable certificate validation",
    "turn off certificate validation",
    "untick \"block connections to untrusted servers\"",
    "disable driver signature enforcement",
    "証明書の警告を無視して",
    "警告を無視して",
    "証明書の検証を無効に",
    "turn off \"block connections to untrusted servers\"",
    "untick block connections to untrusted",
    "turn off block connections to untrusted",
    "lower the security level",
    "choose connect anyway",
    "always trust this server",
    "add the exception and continue",
    "disable the firewall permanently",
    "信頼されていないサーバへの接続をブロック」のチェックを外",
    "信頼されていないサーバーへの接続をブロック」のチェックを外",
    "セキュリティレベルを下げ",
    "このまま続行を選",
    "証明書のエラーを無視",
    "警告を無視し",
    "署名の確認を無効に",
    "continue anyway",
    "go on anyway",
    "accept the warning",
    "ignore certificate warnings",
    "ignore the certificate error",
    "ignore the security warning",
    "警告は無視",
    "警告が出ても続",
    "警告が出ても「続",
    "エラーは無視",
    "信頼できない証明書を受け入れ",
];

/// Words that turn a sentence into a warning against what it names.
const NEGATIONS: [&str; 14] = [
    "do not",
    "don't",
    "never",
    "must not",
    "should not",
    "not ",
    "without",
    "instead of",
    "ないで",
    "しない",
    "せず",
    "ません",
    "いけ",
    "危険",
];

/// The forbidden part of a command, if it has one.
pub(super) fn in_command(command: &str) -> Option<&'static str> {
    let plain = plain(command);
    let long = IN_COMMANDS.into_iter().find(|part| plain.contains(part));
    // `-k` hides among other letters: `curl -sk`.
    let short = || {
        let mut words = plain.split(' ').skip_while(|word| !word.ends_with("curl"));
        let hit = words.next().is_some()
            && words.any(|w| w.starts_with('-') && !w.starts_with("--") && w.contains('k'));
        hit.then_some("curl -k")
    };
    long.or_else(short)
}

/// The forbidden part of a text, if a sentence recommends it rather than warns of it.
pub(super) fn in_text(text: &str) -> Option<&'static str> {
    text.split_inclusive(['.', '。', '\n', ';'])
        .map(plain)
        .filter(|sentence| !NEGATIONS.iter().any(|no| sentence.contains(no)))
        .find_map(|sentence| IN_TEXTS.into_iter().find(|part| sentence.contains(part)))
}

fn plain(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_skip_checks_are_refused() {
        for command in [
            "sudo openconnect --servercert pin-sha256:AAAA vpn.example.com",
            "openfortivpn h --trusted-cert  abc",
            "curl -sk https://h/",
            "bcdedit /set TESTSIGNING  ON",
            "update-crypto-policies --set LEGACY",
        ] {
            assert!(in_command(command).is_some(), "{command}");
        }
    }

    #[test]
    fn ordinary_commands_are_not() {
        for command in [
            "openssl s_client -connect h:443 -verify_return_error -showcerts </dev/null",
            "curl -sS https://h/ -o /dev/null",
            "launchctl kickstart -k system/com.example.vpnagentd",
            "update-crypto-policies --set DEFAULT",
        ] {
            assert_eq!(in_command(command), None, "{command}");
        }
    }

    #[test]
    fn warnings_against_something_are_not_advice_to_do_it() {
        assert!(in_text("Open it. Then ignore the warning.").is_some());
        assert!(in_text("証明書の警告を無視して接続してください。").is_some());
        assert_eq!(in_text("Never ignore the warning."), None);
        assert_eq!(
            in_text("証明書の警告を無視して接続しないでください。"),
            None
        );
    }
}

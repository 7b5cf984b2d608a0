//! What `reg`, `sc`, `tasklist`, `whoami` and `route` print, read without a word of it that is translated: types of
//! values, constants, numbers, security identifiers.
//!
//! Not here: which keys are read and what they mean (`programs`, [`crate::device::proxy`]).

use std::borrow::Cow;

use crate::device::facts::Deadline;
use crate::device::source::{Miss, Source};
use crate::evidence::Running;

/// What a tool of the console wrote: UTF-8, or the code page of the console, of which Japanese Windows has 932.
pub(in crate::device) fn console_text(out: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(out) {
        return Cow::Borrowed(text);
    }
    encoding_rs::SHIFT_JIS.decode_without_bom_handling(out).0
}

/// A key of the registry with its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::device) struct Key {
    /// Its whole name.
    pub path: String,
    /// Names, types and data.
    pub values: Vec<(String, String, String)>,
}

impl Key {
    /// The data of a value that is text.
    pub(in crate::device) fn text(&self, name: &str) -> Option<&str> {
        let (_, kind, data) = self.value(name)?;
        (kind.ends_with("SZ") && !data.is_empty()).then_some(data)
    }

    /// The data of a value that is a number.
    pub(in crate::device) fn number(&self, name: &str) -> Option<u64> {
        let (_, kind, data) = self.value(name)?;
        let digits = data.strip_prefix("0x")?;
        kind.contains("WORD")
            .then(|| u64::from_str_radix(digits, 16).ok())?
    }

    /// The data of a value that is bytes.
    pub(in crate::device) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let (_, kind, data) = self.value(name)?;
        let decode = || data_encoding::HEXUPPER_PERMISSIVE.decode(data.as_bytes());
        (kind == "REG_BINARY").then(|| decode().ok())?
    }

    fn value(&self, name: &str) -> Option<&(String, String, String)> {
        let mut values = self.values.iter();
        values.find(|(known, ..)| known.eq_ignore_ascii_case(name))
    }
}

/// Keys below `path` and with `/s` all below them, as the 64-bit programs see them.
pub(in crate::device) fn query(
    source: &dyn Source,
    path: &str,
    options: &[&str],
    until: Deadline,
) -> Result<Vec<Key>, Miss> {
    let arguments: Vec<&str> = ["query", path]
        .into_iter()
        .chain(options.iter().copied())
        .collect();
    let answer = source.run("reg", &arguments, until)?;
    let found = keys(&console_text(&answer.out));
    // It ends with 1 where the key is not there, and where some key below it may not be read.
    match answer.code {
        Some(0) => Ok(found),
        _ if !found.is_empty() => Ok(found),
        _ => Err(Miss::Absent),
    }
}

/// Lines of `reg query`: a key at the margin, its values four blanks in, their parts four blanks apart. The name of a
/// value that has none is translated, and not used here.
pub(super) fn keys(text: &str) -> Vec<Key> {
    let mut found: Vec<Key> = Vec::new();
    for line in text.lines() {
        if line.starts_with("HKEY_") {
            found.push(Key {
                path: line.trim_end().to_owned(),
                values: Vec::new(),
            });
        } else if let Some(rest) = line.strip_prefix("    ")
            && let Some(key) = found.last_mut()
            && let Some((name, rest)) = rest.split_once("    REG_")
        {
            let (kind, data) = rest.split_once("    ").unwrap_or((rest, ""));
            key.values.push((
                name.to_owned(),
                format!("REG_{}", kind.trim_end()),
                data.trim_end().to_owned(),
            ));
        }
    }
    found
}

/// What `sc query` says of a service: its state as a number (SERVICE_STATUS, winsvc.h) and its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stands {
    pub state: Running,
}

/// Asks for one service; none where there is no such service (ERROR_SERVICE_DOES_NOT_EXIST, 1060).
pub(super) fn service(
    source: &dyn Source,
    name: &str,
    until: Deadline,
) -> Result<Option<Stands>, Miss> {
    let answer = source.run("sc", &["query", name], until)?;
    match answer.code {
        Some(0) => stands(&console_text(&answer.out))
            .map(Some)
            .ok_or(Miss::Failed),
        Some(1060) => Ok(None),
        // ERROR_ACCESS_DENIED.
        Some(5) => Err(Miss::NotPermitted),
        _ => Err(Miss::Failed),
    }
}

/// Labels may be translated, their order is not: the name, the type, the state, its flags without a colon, the exit code.
fn stands(text: &str) -> Option<Stands> {
    let mut values = text
        .lines()
        .filter_map(|line| line.split_once(':')?.1.split_whitespace().next())
        .skip(2);
    let state = values.next()?.parse().ok()?;
    let code = values.next().and_then(|code| code.parse().ok());
    Some(Stands {
        state: running(state, code.unwrap_or(0))?,
    })
}

/// A state's number and the exit code that came with it.
fn running(state: u32, code: u64) -> Option<Running> {
    Some(match state {
        1 if broke(code) => Running::Failed,
        1 | 7 => Running::Stopped,
        2 | 3 | 5 | 6 => Running::Changing,
        4 => Running::Running,
        _ => return None,
    })
}

/// Whether a stopped service ended with an error. 1077 is ERROR_SERVICE_NEVER_STARTED; 1066 points at a code of the
/// service's own.
pub(super) const fn broke(code: u64) -> bool {
    !matches!(code, 0 | 1077)
}

/// Names and numbers in `tasklist /fo csv /nh`: `"vpnagent.exe","3012","Services","0","12,345 K"`.
pub(super) fn tasks(text: &str) -> Vec<(String, u32)> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.trim().strip_prefix('"')?.split("\",\"");
            let name = fields.next()?.to_owned();
            Some((name, fields.next()?.parse().ok()?))
        })
        .collect()
}

/// Whether `whoami /groups` shows a token with an administrator's rights: the mandatory label is high or the system's
/// (well-known security identifiers S-1-16-12288 and S-1-16-16384). None where no label is in it.
pub(super) fn is_elevated(text: &str) -> Option<bool> {
    let label = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find_map(|word| word.strip_prefix("S-1-16-")?.parse::<u32>().ok())?;
    Some(label >= 12_288)
}

/// Whether the same shows an account that may take such rights: it has them, or the administrators' group (S-1-5-32-544)
/// is in its token, be it only to be refused with until somebody consents. None where no label is in it.
pub(super) fn may_elevate(text: &str) -> Option<bool> {
    let elevated = is_elevated(text)?;
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    Some(elevated || words.into_iter().any(|word| word == "S-1-5-32-544"))
}

/// Whether `route print` of IPv4 shows a way to anywhere: `0.0.0.0  0.0.0.0  <gateway>  <address>  <metric>`, or its two
/// halves, as full tunnels set them.
pub(in crate::device) fn default_v4(text: &str) -> bool {
    let has = |network: &str, mask: &str| {
        text.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            // Permanent routes are listed again below, without the address of an interface.
            words.len() >= 5 && words[0] == network && words[1] == mask
        })
    };
    has("0.0.0.0", "0.0.0.0") || (has("0.0.0.0", "128.0.0.0") && has("128.0.0.0", "128.0.0.0"))
}

/// The same of IPv6: `<interface>  <metric>  ::/0  <gateway>`.
pub(in crate::device) fn default_v6(text: &str) -> bool {
    let has = |network: &str| {
        text.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.get(2) == Some(&network) && words[..2].iter().all(|w| w.parse::<u32>().is_ok())
        })
    };
    has("::/0") || (has("::/1") && has("8000::/1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_read_whatever_the_language_says_between() {
        let told = "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\x\r\n    (既定)    REG_SZ    (値の設定なし)\r\n    DisplayName    REG_SZ    OpenVPN 2.6.14-I001 amd64\r\n    Two Words    REG_DWORD    0x1f\r\n    Blob    REG_BINARY    46000a\r\n    Empty    REG_SZ    \r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\x\\y\r\n検索の完了: 2 件\r\n";
        let found = keys(told);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].text("displayname"),
            Some("OpenVPN 2.6.14-I001 amd64")
        );
        assert_eq!(found[0].number("Two Words"), Some(31));
        assert_eq!(found[0].bytes("Blob"), Some(vec![0x46, 0, 10]));
        assert_eq!(
            (found[0].text("Empty"), found[0].number("DisplayName")),
            (None, None)
        );
        assert!(found[1].values.is_empty());
        assert!(keys("エラー: 指定されたレジストリ キーが見つかりませんでした。").is_empty());
    }

    #[test]
    fn a_services_state_is_its_number_in_any_language() {
        let of = |label: &str, state: &str, code: &str| {
            format!(
                "\r\nSERVICE_NAME: csc_vpnagent \r\n        TYPE               : 10  WIN32_OWN_PROCESS  \r\n        {label}              : {state} \r\n                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n        WIN32_EXIT_CODE    : {code}  (0x0)\r\n        SERVICE_EXIT_CODE  : 0  (0x0)\r\n"
            )
        };
        let state = |text: String| stands(&text).map(|stands| stands.state);
        assert_eq!(
            state(of("STATE", "4  RUNNING", "0")),
            Some(Running::Running)
        );
        assert_eq!(state(of("状態", "1  STOPPED", "0")), Some(Running::Stopped));
        assert_eq!(
            state(of("状態", "1  STOPPED", "1077")),
            Some(Running::Stopped)
        );
        assert_eq!(
            state(of("STATUS", "1  STOPPED", "1066")),
            Some(Running::Failed)
        );
        assert_eq!(
            state(of("STATE", "2  START_PENDING", "0")),
            Some(Running::Changing)
        );
        assert_eq!(stands("[SC] EnumQueryServicesStatus:OpenService"), None);
    }

    #[test]
    fn rights_are_told_by_identifiers_and_not_by_names() {
        let row =
            |sid: &str| format!("\"必須ラベル\\高い必須レベル\",\"ラベル\",\"{sid}\",\"\"\r\n");
        assert_eq!(is_elevated(&row("S-1-16-12288")), Some(true));
        assert_eq!(is_elevated(&row("S-1-16-16384")), Some(true));
        assert_eq!(is_elevated(&row("S-1-16-8192")), Some(false));
        // A member of the administrators whose token is filtered is none now.
        let filtered = format!(
            "\"x\",\"y\",\"S-1-5-32-544\",\"z\"\r\n{}",
            row("S-1-16-8192")
        );
        assert_eq!(is_elevated(&filtered), Some(false));
        assert_eq!(may_elevate(&filtered), Some(true));
        assert_eq!(may_elevate(&row("S-1-16-8192")), Some(false));
        assert_eq!(may_elevate(&row("S-1-16-12288")), Some(true));
        assert_eq!(may_elevate("S-1-5-32-544"), None);
        assert_eq!(is_elevated(""), None);
    }

    #[test]
    fn names_in_the_consoles_code_page_are_read() {
        let (out, _, lossy) =
            encoding_rs::SHIFT_JIS.encode("\"表示名.exe\",\"12\",\"Console\",\"1\",\"3 K\"\r\n");
        assert!(!lossy && std::str::from_utf8(&out).is_err());
        assert_eq!(tasks(&console_text(&out)), [("表示名.exe".to_owned(), 12)]);
    }

    #[test]
    fn a_way_out_is_seen_in_the_table_of_routes() {
        let head = "アクティブ ルート:\r\nネットワーク宛先        ネットマスク          ゲートウェイ       インターフェイス  メトリック\r\n";
        let link =
            "      192.168.1.0    255.255.255.0            On-link      192.168.1.20    281\r\n";
        let default =
            "          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.20     25\r\n";
        let low = "          0.0.0.0        128.0.0.0         10.8.0.1         10.8.0.6    257\r\n";
        let high =
            "        128.0.0.0        128.0.0.0         10.8.0.1         10.8.0.6    257\r\n";
        let kept = "          0.0.0.0          0.0.0.0      192.168.1.1  25\r\n";
        assert!(default_v4(&format!("{head}{link}{default}")));
        assert!(default_v4(&format!("{head}{low}{high}")));
        assert!(!default_v4(&format!("{head}{link}{low}")));
        assert!(!default_v4(&format!("{head}{link}{kept}")));
        assert!(default_v6(
            " 12    281 ::/0                     fe80::1\r\n"
        ));
        assert!(!default_v6(
            "  1    331 ::1/128                  On-link\r\n"
        ));
    }
}

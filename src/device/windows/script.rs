//! The one question to PowerShell that Windows answers as one JSON document, and the reading of that document.
//!
//! Everything asked for is a number, a registry value or a name that is the same in every language of Windows; characters
//! beyond ASCII come escaped, so that no code page can change them. Not here: what the answers are made into (`links`,
//! `programs`), the commands that answer where PowerShell may not (`registry`).

use serde_json::Value;

use crate::device::source::Miss;

/// What stands before the question: no profile is run, nobody is asked anything, and the execution policy stays as it is
/// (it concerns script files, not commands).
pub(super) const OPTIONS: [&str; 3] = ["-NoProfile", "-NonInteractive", "-Command"];

/// The question. Each group is caught by itself; a group that fails tells the category of its error, an enumeration that
/// is not translated. Only what a constrained language mode allows is used (about_Language_Modes): cmdlets, operators,
/// and methods of strings. No double quote stands in it, so that it is one argument.
pub(super) const QUESTION: &str = concat!(
    r"$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue';",
    r"function vg($b){try{@{ok=@(&$b)}}catch{@{no=[string]$_.CategoryInfo.Category}}};",
    r"$u='\Microsoft\Windows\CurrentVersion\Uninstall\*';",
    r"$d=@{",
    r"system=vg{Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'|",
    r"Select-Object ProductName,DisplayVersion,ReleaseId,CurrentBuild,UBR,InstallationType};",
    r"programs=vg{foreach($r in 'HKLM:\SOFTWARE','HKLM:\SOFTWARE\WOW6432Node','HKCU:\SOFTWARE'){",
    r"Get-ItemProperty ($r+$u) -ErrorAction SilentlyContinue|Where-Object DisplayName|",
    r"Select-Object DisplayName,DisplayVersion,PSChildName}};",
    r"processes=vg{Get-Process|Select-Object Id,ProcessName};",
    r"services=vg{Get-CimInstance Win32_Service|Select-Object Name,State,StartMode,ExitCode};",
    r"adapters=vg{Get-NetAdapter|Select-Object Name,InterfaceDescription,InterfaceIndex,ComponentID,PnPDeviceID,",
    r"DriverVersionString,InterfaceOperationalStatus};",
    r"devices=vg{Get-CimInstance Win32_PnPEntity -Filter 'PNPClass=''Net'''|",
    r"Select-Object Name,Service,PNPDeviceID,ConfigManagerErrorCode};",
    r"addresses=vg{Get-NetIPAddress|Select-Object InterfaceIndex,InterfaceAlias,IPAddress,PrefixLength};",
    r"routes=vg{Get-NetRoute|Select-Object InterfaceIndex,InterfaceAlias,DestinationPrefix};",
    r"interfaces=vg{Get-NetIPInterface|Select-Object InterfaceIndex,InterfaceMetric,",
    r"@{n='Connected';e={[int]$_.ConnectionState}}};",
    r"resolvers=vg{Get-DnsClientServerAddress|Select-Object InterfaceIndex,ServerAddresses};",
    r"dialled=vg{@(Get-VpnConnection)+@(Get-VpnConnection -AllUserConnection)|Select-Object Name,ConnectionStatus};",
    r"security=vg{Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct|",
    r"Select-Object displayName,productState,instanceGuid};",
    r"time=vg{Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'|",
    r"Select-Object Type,NtpServer};",
    r"stores=vg{foreach($s in 'Root','Disallowed'){@{store=$s;count=@(Get-ChildItem ('Cert:\LocalMachine\'+$s)).Count}}}",
    r"};$j=ConvertTo-Json $d -Depth 6 -Compress;",
    r"-join $(foreach($c in $j.ToCharArray()){$n=[int]$c;if($n -gt 126){'\u{0:x4}' -f $n}else{$c}})"
);

/// The answer.
#[derive(Clone, Debug)]
pub(super) struct Document(Value);

impl Document {
    /// The document in what PowerShell wrote; none where there is none in it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // A profile of the whole device may greet first, even where none was asked for.
        let start = text.find('{')?;
        let value: Value = serde_json::from_str(text.get(start..)?.trim_end()).ok()?;
        value.is_object().then_some(Self(value))
    }

    /// The entries of a group.
    pub(super) fn group(&self, name: &str) -> Result<Vec<Entry<'_>>, Miss> {
        let group = self.0.get(name).ok_or(Miss::Failed)?;
        if let Some(list) = group.get("ok").and_then(list) {
            return Ok(list.iter().map(Entry).collect());
        }
        // System.Management.Automation.ErrorCategory.
        Err(match group.get("no").and_then(Value::as_str) {
            Some("PermissionDenied" | "SecurityError") => Miss::NotPermitted,
            // A class, a store or a command that this edition of Windows does not have.
            Some("ObjectNotFound" | "NotInstalled" | "NotImplemented" | "MetadataError") => {
                Miss::Absent
            }
            Some("OperationTimeout") => Miss::TimedOut,
            _ => Miss::Failed,
        })
    }
}

/// A list; Windows PowerShell 5.1 at times writes one as `{"value":[...],"Count":n}`.
fn list(value: &Value) -> Option<&Vec<Value>> {
    value
        .as_array()
        .or_else(|| value.get("value").and_then(Value::as_array))
}

/// One entry of a group. What is missing or of another kind is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a>(&'a Value);

impl<'a> Entry<'a> {
    /// A text that is not empty.
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.0
            .get(key)?
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// A number, also where it was written as text.
    pub(super) fn number(self, key: &str) -> Option<u64> {
        let value = self.0.get(key)?;
        value
            .as_u64()
            .or_else(|| value.as_str()?.trim().parse().ok())
    }

    /// A list of texts; one text alone counts as such a list.
    pub(super) fn texts(self, key: &str) -> Vec<&'a str> {
        let Some(value) = self.0.get(key) else {
            return Vec::new();
        };
        match (list(value), value.as_str()) {
            (Some(list), _) => list.iter().filter_map(Value::as_str).collect(),
            (None, one) => one.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_one_argument_of_plain_characters() {
        assert!(QUESTION.is_ascii());
        assert!(!QUESTION.contains('"') && !QUESTION.contains('\n'));
        assert!(!QUESTION.ends_with('\\'));
        // The longest command line of CreateProcess.
        assert!(QUESTION.len() < 30_000);
        let of = |c| QUESTION.matches(c).count();
        assert_eq!(of('{'), of('}'));
        assert_eq!(of('('), of(')'));
        assert_eq!(of('\'') % 2, 0);
    }

    #[test]
    fn nothing_is_changed_by_asking() {
        for word in [
            "Set-",
            "Remove-",
            "New-",
            "Start-",
            "Stop-",
            "ExecutionPolicy",
            "Invoke-",
        ] {
            assert!(!QUESTION.contains(word), "{word}");
        }
    }

    #[test]
    fn a_group_that_failed_says_why_and_takes_no_other_with_it() {
        let told = r#"hello
{"a":{"ok":[{"Name":"\u30a4\u30fc\u30b5\u30cd\u30c3\u30c8","n":"7"}]},"b":{"no":"PermissionDenied"},
"c":{"no":"ObjectNotFound"},"d":{"no":"?"},"e":{"ok":{"value":[{"s":["x","y"]},{"s":"z"}],"Count":2}}}
"#;
        let document = Document::parse(told).expect("a document");
        let a = document.group("a").expect("a group");
        assert_eq!(a[0].text("Name"), Some("イーサネット"));
        assert_eq!((a[0].number("n"), a[0].text("other")), (Some(7), None));
        assert_eq!(document.group("b").err(), Some(Miss::NotPermitted));
        assert_eq!(document.group("c").err(), Some(Miss::Absent));
        assert_eq!(document.group("d").err(), Some(Miss::Failed));
        assert_eq!(document.group("none").err(), Some(Miss::Failed));
        let e = document.group("e").expect("a group");
        assert_eq!(
            (e[0].texts("s"), e[1].texts("s")),
            (vec!["x", "y"], vec!["z"])
        );
        for broken in ["", "{", "[]", "Access is denied.", "{\"a\":"] {
            assert!(Document::parse(broken).is_none(), "{broken}");
        }
    }
}

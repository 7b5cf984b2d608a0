//! Whether this account may take an administrator's rights on Linux.
//!
//! Who may use sudo(8) is written where only root can read it, and asking sudo itself would be entered in its log as an
//! attempt. So the groups that distributions give those rights to are looked at, and whether there is any program at all
//! that could give them; in between nothing is known.

use super::is_file;
use super::processes::numbers;
use crate::device::facts::needs_administrator;
use crate::device::source::Source;
use crate::evidence::Fact;

/// Groups whose members may do everything: Debian's and Ubuntu's `sudo`, `wheel` elsewhere, `admin` on old Ubuntu
/// (sudoers(5) as these distributions ship it).
const GROUPS: [&str; 3] = ["sudo", "wheel", "admin"];
/// Programs that give somebody else's rights to those who may have them.
const PROGRAMS: [&str; 6] = [
    "/usr/bin/sudo",
    "/usr/bin/sudo-rs",
    "/usr/bin/doas",
    "/usr/bin/pkexec",
    "/usr/bin/run0",
    "/run/wrappers/bin/sudo",
];

pub(super) fn may_administer(source: &impl Source, administrator: Fact<bool>) -> Fact<bool> {
    if administrator == Fact::Known(true) {
        return administrator;
    }
    let status = match source.text("/proc/self/status") {
        Ok(status) => status,
        Err(miss) => return Fact::Unknown(miss.why()),
    };
    let mut own = numbers(&status, "Groups");
    own.extend(numbers(&status, "Gid").first());
    let gives = PROGRAMS.iter().any(|program| is_file(source, program));
    let listed = source.text("/etc/group").unwrap_or_default();
    let is_member = listed.lines().any(|line| is_one_of(line, &own));
    match (is_member && gives, gives) {
        (true, _) => Fact::Known(true),
        (false, true) => needs_administrator("sudo -l"),
        // su(1) is left, which asks for the administrator's own password.
        (false, false) => Fact::Known(false),
    }
}

/// A line of group(5), `name:password:number:members`: whether it is such a group, and among these numbers.
fn is_one_of(line: &str, own: &[u32]) -> bool {
    let mut fields = line.split(':');
    let name = fields.next().unwrap_or_default();
    let number = fields.nth(1).and_then(|number| number.parse().ok());
    GROUPS.contains(&name) && number.is_some_and(|number: u32| own.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::source::Real;

    fn told(groups: &str, program: Option<&str>, as_root: bool) -> Fact<bool> {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        let status = format!("Name:\tx\nGid:\t1000\t1000\t1000\t1000\nGroups:\t{groups}\n");
        write("proc/self/status", &status);
        write("etc/group", "root:x:0:\nsudo:x:27:someone\nusers:x:100:\n");
        if let Some(program) = program {
            write(program, "");
        }
        may_administer(&Real::under(folder.path()), Fact::Known(as_root))
    }

    #[test]
    fn a_member_may_and_of_others_nothing_is_known_while_somebody_could_let_them() {
        assert_eq!(
            told("27 100", Some("usr/bin/sudo"), false),
            Fact::Known(true)
        );
        let other = told("100", Some("usr/bin/sudo"), false);
        assert_eq!(other, needs_administrator("sudo -l"));
        assert_eq!(told("27", None, false), Fact::Known(false));
        assert_eq!(told("", None, false), Fact::Known(false));
        assert_eq!(told("", None, true), Fact::Known(true));
    }
}

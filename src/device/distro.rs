//! Which family of Linux this is, from `os-release(5)`, so that only its own commands are shown.

/// The family (`debian`, `fedora` or `arch`), where the system names one.
pub fn family() -> Option<&'static str> {
    // The second place is the one the manual page names for systems whose /etc is empty.
    let text = ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())?;
    family_of(&text)
}

/// The family that an os-release file names: its own id first, then those it says it is like.
fn family_of(os_release: &str) -> Option<&'static str> {
    let value = |key: &str| {
        os_release
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.trim_matches(['"', '\'']))
            .unwrap_or_default()
    };
    value("ID")
        .split_whitespace()
        .chain(value("ID_LIKE").split_whitespace())
        .find_map(|id| match id {
            "debian" | "ubuntu" => Some("debian"),
            "fedora" | "rhel" | "centos" => Some("fedora"),
            "arch" => Some("arch"),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_named_by_id_or_by_likeness() {
        // Composed after os-release(5) and the files these systems ship.
        for (text, family) in [
            ("NAME=\"Debian GNU/Linux\"\nID=debian\n", Some("debian")),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Some("debian")),
            (
                "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
                Some("fedora"),
            ),
            ("ID=fedora\n", Some("fedora")),
            ("ID=manjaro\nID_LIKE=arch\n", Some("arch")),
            ("ID=nixos\n", None),
            ("", None),
        ] {
            assert_eq!(family_of(text), family, "{text}");
        }
    }
}

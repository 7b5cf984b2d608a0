//! The knowledge files that are part of this program, in one place. A new file of interface texts is one more line
//! here; causes are listed in [`crate::cause`].

/// The default wizard's name in messages.
pub(super) const WIZARD_NAME: &str = "wizard.toml";

/// The default wizard.
pub(super) const WIZARD: &str = include_str!("../../wizard.toml");

/// The part of the default wizard before its tree.
pub(super) fn settings() -> &'static str {
    let tree = WIZARD.find("\n[[symptom]]");
    tree.map_or(WIZARD, |tree| WIZARD.split_at(tree).0)
}

/// A file of interface texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// The file's name in messages.
    #[cfg(test)]
    pub name: &'static str,
    /// What stands in it.
    #[cfg(test)]
    pub text: &'static str,
    /// Its texts: id, English and Japanese, U+001F between them and U+001E behind. Made by `src/build.rs`.
    pub list: &'static str,
    /// The tables at its top, where that is not the file's own name alone. An id begins with one of them.
    pub tables: &'static [&'static str],
}

macro_rules! ui {
    (@tables $room:literal) => { &[$room] };
    (@tables $room:literal $($table:literal)+) => { &[$($table),+] };
    ($($room:literal $(holds $($table:literal)+)?,)*) => {
        &[$(Room {
            #[cfg(test)]
            name: concat!("assets/ui/", $room, ".toml"),
            #[cfg(test)]
            text: include_str!(concat!("../../assets/ui/", $room, ".toml")),
            list: include_str!(concat!(env!("OUT_DIR"), "/ui/", $room, ".list")),
            tables: ui!(@tables $room $($($table)+)?),
        },)*]
    };
}

/// The interface texts. A file whose tables are not called as the file is says so, so that a text is found without
/// reading all of them.
pub(super) const UI: &[Room] = ui![
    "bundle",
    "chain",
    "check",
    "client" holds "client" "diagnose",
    "client_version" holds "client-version",
    "clients",
    "cmd",
    "device",
    "diagnose",
    "doctor",
    "explain" holds "explain" "logs",
    "full-report",
    "guide" holds "owner" "layer" "system" "step-kind" "walk" "distro",
    "help" holds "help" "misread",
    "paper",
    "plain",
    "plan",
    "practice",
    "probe",
    "profile",
    "refusal",
    "repair",
    "report" holds "certainty" "report",
    "revocation",
    "screen",
    "sessions",
    "sharing",
    "target",
    "watch",
    "way" holds "probe" "diagnose" "repair",
    "versions",
    "why",
];

/// Every text of this program that holds ids and names of products.
pub fn built_in_texts() -> impl Iterator<Item = &'static str> {
    [
        WIZARD,
        super::clients::TEXT,
        super::messages::TEXT,
        super::advisories::TEXT,
    ]
    .into_iter()
}

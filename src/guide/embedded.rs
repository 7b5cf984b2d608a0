//! The knowledge files that are part of this program, in one place. A new file of interface texts is one more line
//! here; causes are listed in [`crate::cause`].

/// The default wizard's name in messages.
pub(super) const WIZARD_NAME: &str = "wizard.toml";

/// The default wizard.
pub(super) const WIZARD: &str = include_str!("../../wizard.toml");

macro_rules! ui {
    ($($room:literal,)*) => {
        &[$((
            concat!("assets/ui/", $room, ".toml"),
            include_str!(concat!("../../assets/ui/", $room, ".toml")),
        ),)*]
    };
}

/// The interface texts: file name and text.
pub(super) const UI: &[(&str, &str)] = ui![
    "bundle",
    "chain",
    "check",
    "client",
    "client_version",
    "clients",
    "cmd",
    "device",
    "diagnose",
    "explain",
    "full-report",
    "guide",
    "paper",
    "plain",
    "plan",
    "practice",
    "probe",
    "profile",
    "repair",
    "report",
    "revocation",
    "screen",
    "sessions",
    "sharing",
    "target",
    "watch",
    "way",
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

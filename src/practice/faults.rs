//! The ways in which the practice gateway can be broken, and what a check is to find for each. How each is set up is in
//! `scene.rs`.

use crate::cause::CauseId;

/// How hard a fault is to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One fault that a check sees at a glance, or none.
    Plain,
    /// One fault that takes a second look.
    Tricky,
    /// Two faults at once.
    Hard,
}

impl Level {
    /// Every level, the easiest first.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Tricky, Self::Hard];

    /// The id of its word.
    pub const fn text_id(self) -> &'static str {
        match self {
            Self::Plain => "practice.level.plain",
            Self::Tricky => "practice.level.tricky",
            Self::Hard => "practice.level.hard",
        }
    }
}

macro_rules! faults {
    ($($name:ident = $id:literal, $level:ident, [$($cause:ident),*], $done:literal, $told:literal;)*) => {
        /// A way to be broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the texts named beside each say what it is")]
        pub enum Fault { $($name,)* }

        impl Fault {
            /// Every fault, those that are usual first.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As it is typed.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// How hard it is to find.
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level,)* }
            }

            /// What a check is to find, every one of them; nothing where nothing is broken.
            pub const fn expected(self) -> &'static [CauseId] {
                match self { $(Self::$name => &[$(CauseId::$cause),*],)* }
            }

            /// The id of the text that says what was done to the gateway.
            pub const fn done_id(self) -> &'static str {
                match self { $(Self::$name => $done,)* }
            }

            /// The id of the text that says what tells this fault from others.
            pub const fn told_id(self) -> &'static str {
                match self { $(Self::$name => $told,)* }
            }
        }
    };
}

faults! {
    MissingIntermediate = "missing-intermediate", Plain, [MISSING_INTERMEDIATE],
        "practice.done.missing-intermediate", "practice.told.missing-intermediate";
    ExpiredLeaf = "expired", Plain, [CERT_EXPIRED_LEAF], "practice.done.expired", "practice.told.expired";
    WrongName = "wrong-name", Plain, [HOSTNAME_MISMATCH], "practice.done.wrong-name", "practice.told.wrong-name";
    UnknownCa = "unknown-ca", Plain, [UNKNOWN_CA], "practice.done.unknown-ca", "practice.told.unknown-ca";
    SelfSigned = "self-signed", Plain, [SELF_SIGNED], "practice.done.self-signed", "practice.told.self-signed";
    NotYetValid = "not-yet-valid", Plain, [CERT_NOT_YET_VALID],
        "practice.done.not-yet-valid", "practice.told.not-yet-valid";
    ExpiredIntermediate = "expired-intermediate", Tricky, [CERT_EXPIRED_INTERMEDIATE],
        "practice.done.expired-intermediate", "practice.told.expired-intermediate";
    ExpiredRoot = "expired-root", Tricky, [CERT_EXPIRED_ROOT],
        "practice.done.expired-root", "practice.told.expired-root";
    CnOnly = "cn-only", Tricky, [CN_ONLY], "practice.done.cn-only", "practice.told.cn-only";
    WrongOrder = "wrong-order", Tricky, [CHAIN_WRONG_ORDER],
        "practice.done.wrong-order", "practice.told.wrong-order";
    ClientPurpose = "client-purpose", Tricky, [MISSING_SERVER_AUTH_EKU],
        "practice.done.client-purpose", "practice.told.client-purpose";
    KeyUsage = "key-usage", Tricky, [BAD_KEY_USAGE], "practice.done.key-usage", "practice.told.key-usage";
    NotACa = "not-a-ca", Tricky, [NOT_A_CA_ISSUER], "practice.done.not-a-ca", "practice.told.not-a-ca";
    CaAsServer = "ca-as-server", Tricky, [CA_USED_AS_SERVER_CERTIFICATE],
        "practice.done.ca-as-server", "practice.told.ca-as-server";
    NameConstraints = "name-constraints", Tricky, [NAME_CONSTRAINTS_VIOLATION],
        "practice.done.name-constraints", "practice.told.name-constraints";
    PathLength = "path-length", Tricky, [PATH_LENGTH_EXCEEDED],
        "practice.done.path-length", "practice.told.path-length";
    CriticalExtension = "critical-extension", Tricky, [UNKNOWN_CRITICAL_EXTENSION],
        "practice.done.critical-extension", "practice.told.critical-extension";
    BadSignature = "bad-signature", Tricky, [BAD_SIGNATURE],
        "practice.done.bad-signature", "practice.told.bad-signature";
    RevokedStaple = "revoked-staple", Plain, [CERT_REVOKED],
        "practice.done.revoked-staple", "practice.told.revoked-staple";
    RevokedList = "revoked-list", Tricky, [CERT_REVOKED],
        "practice.done.revoked-list", "practice.told.revoked-list";
    ListExpired = "list-expired", Tricky, [CRL_EXPIRED],
        "practice.done.list-expired", "practice.told.list-expired";
    MustStaple = "must-staple", Tricky, [MUST_STAPLE_MISSING],
        "practice.done.must-staple", "practice.told.must-staple";
    ClientCertRequired = "client-cert-required", Plain, [CLIENT_CERT_REQUIRED],
        "practice.done.client-cert-required", "practice.told.client-cert-required";
    ClientCertExpired = "client-cert-expired", Tricky, [CLIENT_CERT_EXPIRED],
        "practice.done.client-cert-expired", "practice.told.client-cert-expired";
    Refused = "refused", Plain, [CONNECTION_REFUSED], "practice.done.refused", "practice.told.refused";
    Ssh = "ssh", Plain, [NOT_TLS], "practice.done.ssh", "practice.told.ssh";
    Http = "http", Plain, [NOT_TLS], "practice.done.http", "practice.told.http";
    Smtp = "smtp", Plain, [NOT_TLS], "practice.done.smtp", "practice.told.smtp";
    Silent = "silent", Tricky, [HANDSHAKE_STALL], "practice.done.silent", "practice.told.silent";
    Reset = "reset", Tricky, [HANDSHAKE_RESET], "practice.done.reset", "practice.told.reset";
    OldTls = "old-tls", Tricky, [TLS_VERSION_TOO_OLD], "practice.done.old-tls", "practice.told.old-tls";
    OldCiphers = "old-ciphers", Tricky, [NO_COMMON_CIPHER],
        "practice.done.old-ciphers", "practice.told.old-ciphers";
    DefaultCertificate = "default-certificate", Tricky, [SNI_WRONG_DEFAULT_CERT],
        "practice.done.default-certificate", "practice.told.default-certificate";
    PostQuantum = "post-quantum", Tricky, [PQ_CLIENTHELLO_INTOLERANCE],
        "practice.done.post-quantum", "practice.told.post-quantum";
    Nodes = "nodes", Tricky, [INCONSISTENT_NODES], "practice.done.nodes", "practice.told.nodes";
    Full = "full", Plain, [CONNECTION_LIMIT], "practice.done.full", "practice.told.full";
    TurnedAway = "turned-away", Tricky, [CONNECTION_LIMIT],
        "practice.done.turned-away", "practice.told.turned-away";
    Down = "down", Plain, [SERVICE_UNAVAILABLE], "practice.done.down", "practice.told.down";
    SignInPage = "sign-in-page", Tricky, [CAPTIVE_PORTAL],
        "practice.done.sign-in-page", "practice.told.sign-in-page";
    Nothing = "nothing", Plain, [], "practice.done.nothing", "practice.told.nothing";
    ExpiredAndWrongName = "expired-wrong-name", Hard, [CERT_EXPIRED_LEAF, HOSTNAME_MISMATCH],
        "practice.done.expired-wrong-name", "practice.told.expired-wrong-name";
    MissingAndExpired = "missing-expired", Hard, [MISSING_INTERMEDIATE, CERT_EXPIRED_LEAF],
        "practice.done.missing-expired", "practice.told.missing-expired";
    PurposeAndDown = "purpose-down", Hard, [MISSING_SERVER_AUTH_EKU, SERVICE_UNAVAILABLE],
        "practice.done.purpose-down", "practice.told.purpose-down";
}

impl Fault {
    /// The fault of this id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.id() == id)
    }

    /// The fault that this number stands for, among those of `level`, or among those with one fault at most where none
    /// is named. The same number always stands for the same.
    pub fn drawn(seed: u64, level: Option<Level>) -> Self {
        let fits = |fault: &&Self| match level {
            Some(level) => fault.level() == level,
            None => fault.level() != Level::Hard,
        };
        let among: Vec<Self> = Self::ALL.iter().filter(fits).copied().collect();
        let place = usize::try_from(mix(seed) % among.len().max(1) as u64).unwrap_or(0);
        among.get(place).copied().unwrap_or(Self::Nothing)
    }

    /// What a person may choose from when asked what was broken: what is to be found, and as many others as make six,
    /// in an order that gives nothing away.
    pub fn choices(self, seed: u64) -> Vec<CauseId> {
        let mut choices = self.expected().to_vec();
        let mut n = seed;
        while choices.len() < 6 {
            n = n.wrapping_add(1);
            for cause in Self::drawn(n, None).expected() {
                if !choices.contains(cause) {
                    choices.push(*cause);
                }
            }
        }
        choices.sort_by_key(|cause| {
            let letters = cause.as_str().bytes().map(u64::from);
            mix(letters.fold(seed, |sum, letter| {
                sum.wrapping_mul(257).wrapping_add(letter)
            }))
        });
        choices
    }
}

/// Spreads neighbouring numbers far apart (the finaliser of SplitMix64).
const fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! The ids of the causes: stable, kebab-case, the same in files, JSON, reports, step codes and tests.
//!
//! What a cause is called, whose it is and what to do about it is not here: that is knowledge and lives in
//! `assets/causes/<id>.toml`, read by [`crate::guide`].

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::packed::Packed;

/// One cause's id. Cheap to copy and to compare; the text is the id itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseId(&'static str);

impl CauseId {
    /// The id as written in files and JSON.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The id with this text, if this build knows it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|id| id.0 == text)
    }
}

impl fmt::Display for CauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for CauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for CauseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for CauseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown cause id `{text}`")))
    }
}

macro_rules! causes {
    ($($name:ident = $id:literal,)*) => {
        #[allow(missing_docs, reason = "the id is its own description; the meaning is in assets/causes")]
        impl CauseId {
            $(pub const $name: CauseId = CauseId($id);)*
            /// Every id this build knows, in catalogue order.
            pub const ALL: &'static [CauseId] = &[$(CauseId::$name,)*];

            /// Every cause and the text of its `assets/causes/<id>.toml`; a missing one is a file that cannot be read.
            pub(crate) const FILES: &'static [(CauseId, Packed)] = &[
                $((CauseId::$name, Packed {
                    head: include_str!(concat!(env!("OUT_DIR"), "/causes/", $id, ".head")),
                    rest: include_bytes!(concat!(env!("OUT_DIR"), "/causes/", $id, ".rest")),
                }),)*
            ];
        }
    };
}

causes! {
    CERT_EXPIRED_LEAF = "cert-expired-leaf",
    HOSTNAME_MISMATCH = "hostname-mismatch",
    UNKNOWN_CA = "unknown-ca",
    MISSING_INTERMEDIATE = "missing-intermediate",
    SELF_SIGNED = "self-signed",
    CERT_EXPIRED_INTERMEDIATE = "cert-expired-intermediate",
    CERT_NOT_YET_VALID = "cert-not-yet-valid",
    CLOCK_SKEW_SLOW = "clock-skew-slow",
    CLOCK_SKEW_FAST = "clock-skew-fast",
    CAPTIVE_PORTAL = "captive-portal",
    DNS_NXDOMAIN = "dns-nxdomain",
    DNS_TIMEOUT = "dns-timeout",
    PORT_MISMATCH = "port-mismatch",
    CONNECTION_REFUSED = "connection-refused",
    FIREWALL_DROP = "firewall-drop",
    NTP_UNSYNCED = "ntp-unsynced",
    TIMEZONE_WRONG = "timezone-wrong",
    CLIENT_NOT_RUNNING = "client-not-running",
    VIRTUAL_ADAPTER_MISSING = "virtual-adapter-missing",
    DRIVER_SIGNATURE = "driver-signature",
    EXTENSION_NOT_APPROVED = "extension-not-approved",
    NOT_ADMIN = "not-admin",
    SECURITY_SOFTWARE_INTERFERENCE = "security-software-interference",
    CONFLICTING_VPN_CLIENT = "conflicting-vpn-client",
    CLIENT_VERSION_KNOWN_BAD = "client-version-known-bad",
    CLIENT_OUTDATED = "client-outdated",
    CLIENT_TOO_NEW_FOR_GATEWAY = "client-too-new-for-gateway",
    PROFILE_MISMATCH = "profile-mismatch",
    TRUST_STORE_OUTDATED = "trust-store-outdated",
    TLS_VERSION_DISABLED_ON_CLIENT = "tls-version-disabled-on-client",
    LOCAL_SESSION_POLICY = "local-session-policy",
    SLEEP_OR_ROAMING = "sleep-or-roaming",
    NO_NETWORK = "no-network",
    NO_DEFAULT_ROUTE = "no-default-route",
    PROXY_REQUIRED = "proxy-required",
    PROXY_AUTH_REQUIRED = "proxy-auth-required",
    ROUTE_UNREACHABLE = "route-unreachable",
    IPV6_BROKEN = "ipv6-broken",
    MTU_BLACKHOLE = "mtu-blackhole",
    ADDRESS_OVERLAP = "address-overlap",
    DNS_NO_RESOLVER = "dns-no-resolver",
    DNS_SERVFAIL = "dns-servfail",
    DNS_WRONG_ANSWER = "dns-wrong-answer",
    FIREWALL_REJECT = "firewall-reject",
    ISP_PORT_BLOCK = "isp-port-block",
    UDP_BLOCKED = "udp-blocked",
    HANDSHAKE_STALL = "handshake-stall",
    HANDSHAKE_RESET = "handshake-reset",
    NOT_TLS = "not-tls",
    TLS_VERSION_TOO_OLD = "tls-version-too-old",
    NO_COMMON_CIPHER = "no-common-cipher",
    SNI_WRONG_DEFAULT_CERT = "sni-wrong-default-cert",
    PQ_CLIENTHELLO_INTOLERANCE = "pq-clienthello-intolerance",
    LEGACY_RENEGOTIATION_ONLY = "legacy-renegotiation-only",
    TLS_CRYPT_MISMATCH = "tls-crypt-mismatch",
    NO_COMMON_DATA_CIPHER = "no-common-data-cipher",
    GATEWAY_MISCONFIGURED = "gateway-misconfigured",
    CERT_EXPIRED_ROOT = "cert-expired-root",
    CN_ONLY = "cn-only",
    CHAIN_WRONG_ORDER = "chain-wrong-order",
    TLS_INTERCEPTION = "tls-interception",
    INCONSISTENT_NODES = "inconsistent-nodes",
    CERT_REVOKED = "cert-revoked",
    REVOCATION_UNREACHABLE = "revocation-unreachable",
    CRL_EXPIRED = "crl-expired",
    MUST_STAPLE_MISSING = "must-staple-missing",
    WEAK_SIGNATURE = "weak-signature",
    WEAK_KEY = "weak-key",
    MISSING_SERVER_AUTH_EKU = "missing-server-auth-eku",
    BAD_KEY_USAGE = "bad-key-usage",
    NOT_A_CA_ISSUER = "not-a-ca-issuer",
    PATH_LENGTH_EXCEEDED = "path-length-exceeded",
    NAME_CONSTRAINTS_VIOLATION = "name-constraints-violation",
    VALIDITY_TOO_LONG = "validity-too-long",
    CA_DISTRUSTED = "ca-distrusted",
    BAD_SIGNATURE = "bad-signature",
    UNKNOWN_CRITICAL_EXTENSION = "unknown-critical-extension",
    CA_USED_AS_SERVER_CERTIFICATE = "ca-used-as-server-certificate",
    MALFORMED_CERTIFICATE = "malformed-certificate",
    CLIENT_CERT_REQUIRED = "client-cert-required",
    CLIENT_CERT_EXPIRED = "client-cert-expired",
    CLIENT_CERT_REVOKED = "client-cert-revoked",
    CLIENT_CERT_WRONG_ISSUER = "client-cert-wrong-issuer",
    CLIENT_CERT_KEY_MISMATCH = "client-cert-key-mismatch",
    CLIENT_CERT_CORRUPT = "client-cert-corrupt",
    CLIENT_CERT_MISSING_EKU = "client-cert-missing-eku",
    TOTP_DRIFT = "totp-drift",
    MFA_NOT_ENROLLED = "mfa-not-enrolled",
    PASSWORD_WRONG = "password-wrong",
    PASSWORD_EXPIRED = "password-expired",
    ACCOUNT_LOCKED = "account-locked",
    ACCOUNT_POLICY = "account-policy",
    WRONG_REALM = "wrong-realm",
    SERVICE_ACCOUNT_EXPIRED = "service-account-expired",
    HOST_CHECK_FAILED = "host-check-failed",
    SESSION_POLICY = "session-policy",
    CONNECTION_LIMIT = "connection-limit",
    ADDRESS_POOL_EXHAUSTED = "address-pool-exhausted",
    SERVICE_UNAVAILABLE = "service-unavailable",
    IP_BANNED = "ip-banned",
    TUNNEL_MODE_REMOVED = "tunnel-mode-removed",
    PROXY_UNREACHABLE = "proxy-unreachable",
}

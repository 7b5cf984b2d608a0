//! Dated limits of the field that are numbers, and which addresses are worth fetching from.
//!
//! Not here: events with a story (distrusted CAs), which are data.

use super::cert::Cert;

const DAY: i64 = 86_400;

/// From which moment of issue (Unix seconds) at most how many days are allowed for a server certificate:
/// CA/Browser Forum Baseline Requirements section 6.3.2, ballots 193, SC31 (with Apple and Mozilla from
/// 2020-09-01) and SC081v3.
const VALIDITY: [(i64, i64); 5] = [
    (1_519_862_400, 825), // 2018-03-01
    (1_598_918_400, 398), // 2020-09-01
    (1_773_532_800, 200), // 2026-03-15
    (1_805_068_800, 100), // 2027-03-15
    (1_868_227_200, 47),  // 2029-03-15
];

/// Days of validity and the limit at the time of issue, where the first is over the second.
pub(super) fn validity_over(cert: &Cert) -> Option<(i64, i64)> {
    let (_, limit) = *VALIDITY
        .iter()
        .rev()
        .find(|(from, _)| cert.not_before.0 >= *from)?;
    // Both ends belong to the validity, so its length is one second more than the difference.
    let seconds = cert.not_after.since(cert.not_before).saturating_add(1);
    let days = seconds.saturating_add(DAY - 1).div_euclid(DAY);
    (days > limit).then_some((days, limit))
}

/// Whether an address is of a kind that is ever fetched.
pub(super) fn is_fetchable(url: &str) -> bool {
    let scheme = url
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::UnixTime;

    #[test]
    fn limits_begin_on_the_days_the_forum_set() {
        let days: Vec<String> = VALIDITY
            .iter()
            .map(|(from, _)| UnixTime(*from).rfc3339())
            .collect();
        assert_eq!(
            days,
            [
                "2018-03-01T00:00:00Z",
                "2020-09-01T00:00:00Z",
                "2026-03-15T00:00:00Z",
                "2027-03-15T00:00:00Z",
                "2029-03-15T00:00:00Z"
            ]
        );
    }
}

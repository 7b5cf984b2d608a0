//! When a line of a log was written, in the formats that VPN programs and systems use.
//!
//! Most logs leave out the zone, some the year. What is missing is taken from the reader's own clock, and a time without
//! a zone is the reader's local time: that is how people read it too.

use std::sync::LazyLock;

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use regex::{Captures, Regex};

/// How much of a line's beginning is searched, in bytes.
const HEAD: usize = 200;

/// A time as a log gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The clock's reading, without a zone.
    pub civil: DateTime,
    /// Seconds east of Greenwich, where the log says so.
    pub offset: Option<i32>,
    /// The same moment on the reader's clock.
    local: DateTime,
}

impl When {
    /// What to order by.
    pub fn moment(&self) -> DateTime {
        self.local
    }

    /// As in RFC 3339; without a zone where the log has none.
    pub fn text(&self) -> String {
        let civil = self.civil.strftime("%Y-%m-%dT%H:%M:%S");
        match self.offset {
            None => civil.to_string(),
            Some(0) => format!("{civil}Z"),
            Some(seconds) => {
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.unsigned_abs() / 60;
                format!("{civil}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

struct Formats {
    /// 2026-11-22T09:00:01.123+09:00, 2026/11/22 09:00:01, 2026年11月22日 9:00:01.
    year_first: Option<Regex>,
    /// Nov 22 09:00:01, Sun Nov 22 09:00:01 2026.
    named_month: Option<Regex>,
    /// 11/22/26 09:00:01:123, 11/22/2026, 9:00:01 PM.
    slashes: Option<Regex>,
    /// 11-22 09:00:01.123, as Android writes it.
    no_year: Option<Regex>,
    /// [1795338600.8680]: seconds since 1970.
    seconds: Option<Regex>,
}

static FORMATS: LazyLock<Formats> = LazyLock::new(|| {
    let built = |pattern: &str| Regex::new(pattern).ok();
    Formats {
        year_first: built(
            r"(?:^|\D)(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?[T ,_]{1,2}(\d{1,2}):(\d{2}):(\d{2})(?:[.,:]\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?",
        ),
        named_month: built(
            r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?(?:\s+(\d{4})\b)?",
        ),
        slashes: built(
            r"(?i)(?:^|[^\d/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})[, T]{1,2}(\d{1,2}):(\d{2}):(\d{2})(?:[.:]\d+)?\s?([ap]m)?",
        ),
        no_year: built(r"^(\d{2})-(\d{2})\s+(\d{2}):(\d{2}):(\d{2})"),
        seconds: built(r"(?:^|[\[=(])(1\d{9})(?:\.\d+)?(?:[\])\s]|$)"),
    }
});

/// When this line was written, if it says so.
pub(super) fn when(line: &str, now: &Zoned) -> Option<When> {
    let head = &line[..line.floor_char_boundary(HEAD)];
    let formats = &*FORMATS;
    let try_as = |format: &Option<Regex>, read: fn(&Captures<'_>, &Zoned) -> Option<When>| {
        let found = format.as_ref()?.captures(head)?;
        read(&found, now)
    };
    try_as(&formats.year_first, year_first)
        .or_else(|| try_as(&formats.named_month, named_month))
        .or_else(|| try_as(&formats.slashes, slashes))
        .or_else(|| try_as(&formats.no_year, no_year))
        .or_else(|| try_as(&formats.seconds, seconds))
}

fn year_first(found: &Captures<'_>, now: &Zoned) -> Option<When> {
    let civil = civil(number(found, 1)?, found, [2, 3, 4, 5, 6])?;
    let Some(zone) = found.get(7).map(|m| m.as_str()) else {
        return Some(plain(civil));
    };
    let seconds = if zone == "Z" {
        0
    } else {
        let digits = zone.replace(':', "");
        let hours: i32 = digits.get(1..3)?.parse().ok()?;
        let minutes: i32 = digits.get(3..5)?.parse().ok()?;
        let east = hours * 3600 + minutes * 60;
        if zone.starts_with('-') { -east } else { east }
    };
    let fixed = TimeZone::fixed(Offset::from_seconds(seconds).ok()?);
    let moment = civil.to_zoned(fixed).ok()?.timestamp();
    Some(When {
        civil,
        offset: Some(seconds),
        local: now.time_zone().to_datetime(moment),
    })
}

fn named_month(found: &Captures<'_>, now: &Zoned) -> Option<When> {
    let name = found.get(1)?.as_str().to_ascii_lowercase();
    let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let month = i16::try_from(months.iter().position(|m| *m == name)? + 1).ok()?;
    let rest = [
        month,
        number(found, 2)?,
        number(found, 3)?,
        number(found, 4)?,
        number(found, 5)?,
    ];
    match number(found, 6) {
        Some(year) => Some(plain(of(year, rest)?)),
        None => guessed(rest, now),
    }
}

fn slashes(found: &Captures<'_>, _: &Zoned) -> Option<When> {
    let (first, second) = (number(found, 1)?, number(found, 2)?);
    // American unless that is no date: 22/11 can only be the 22nd.
    let (month, day) = if first > 12 {
        (second, first)
    } else {
        (first, second)
    };
    let year = match number(found, 3)? {
        short @ 0..100 => 2000 + short,
        year => year,
    };
    let mut hour = number(found, 4)?;
    if let Some(half) = found.get(7) {
        hour %= 12;
        if half.as_str().eq_ignore_ascii_case("pm") {
            hour += 12;
        }
    }
    let rest = [month, day, hour, number(found, 5)?, number(found, 6)?];
    Some(plain(of(year, rest)?))
}

fn no_year(found: &Captures<'_>, now: &Zoned) -> Option<When> {
    let mut rest = [0; 5];
    for (n, value) in rest.iter_mut().enumerate() {
        *value = number(found, n + 1)?;
    }
    guessed(rest, now)
}

fn seconds(found: &Captures<'_>, now: &Zoned) -> Option<When> {
    let seconds: i64 = found.get(1)?.as_str().parse().ok()?;
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(plain(now.time_zone().to_datetime(moment)))
}

/// The latest year in which this is not in the future (a day is allowed for clocks and zones).
fn guessed(rest: [i16; 5], now: &Zoned) -> Option<When> {
    let latest = now.datetime().checked_add(jiff::Span::new().days(1)).ok()?;
    let this = of(now.year(), rest).filter(|civil| *civil <= latest);
    this.or_else(|| of(now.year() - 1, rest)).map(plain)
}

const fn plain(civil: DateTime) -> When {
    When {
        civil,
        offset: None,
        local: civil,
    }
}

fn civil(year: i16, found: &Captures<'_>, groups: [usize; 5]) -> Option<DateTime> {
    let mut rest = [0; 5];
    for (value, group) in rest.iter_mut().zip(groups) {
        *value = number(found, group)?;
    }
    of(year, rest)
}

fn of(year: i16, [month, day, hour, minute, second]: [i16; 5]) -> Option<DateTime> {
    let small = |n: i16| i8::try_from(n).ok();
    // A leap second is the last one of its minute to everybody else.
    let second = small(second)?.min(59);
    DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        second,
        0,
    )
    .ok()
}

fn number(found: &Captures<'_>, group: usize) -> Option<i16> {
    found.get(group)?.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        "2026-03-05T12:00:00+09:00[Asia/Tokyo]".parse().unwrap()
    }

    #[test]
    fn the_usual_formats_are_read() {
        for (line, text) in [
            ("2026-03-04T09:00:01.123Z vpn", "2026-03-04T09:00:01Z"),
            ("2026-03-04 09:00:01,123 INFO", "2026-03-04T09:00:01"),
            ("2026/03/04 9:00:01 x", "2026-03-04T09:00:01"),
            ("2026年3月4日 9:00:01 x", "2026-03-04T09:00:01"),
            ("2026-03-04T09:00:01+09:00 x", "2026-03-04T09:00:01+09:00"),
            (
                "{\"time\":\"2026-03-04T09:00:01-0530\"}",
                "2026-03-04T09:00:01-05:30",
            ),
            ("Wed Mar  4 09:00:01 2026 TLS Error", "2026-03-04T09:00:01"),
            ("Mar  4 09:00:01 host vpnagentd[1]:", "2026-03-04T09:00:01"),
            ("Nov 22 09:00:01 host x", "2025-11-22T09:00:01"),
            ("(T123)03/04/26 09:00:01:123 Info", "2026-03-04T09:00:01"),
            ("3/4/2026 9:00:01 PM\tError", "2026-03-04T21:00:01"),
            ("22/11/2025 09:00:01 x", "2025-11-22T09:00:01"),
            ("03-04 09:00:01.123 I/vpnapi", "2026-03-04T09:00:01"),
            ("[1772582401.5] x", "2026-03-04T09:00:01"),
        ] {
            assert_eq!(
                when(line, &now()).map(|w| w.text()).as_deref(),
                Some(text),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for line in [
            "",
            "12:00",
            "2026-13-45 99:99:99 x",
            "999999-01-01",
            "error 1234567890123",
            "Mar 44 09:00:01",
            "31/31/2026 09:00:01",
        ] {
            assert_eq!(when(line, &now()), None, "{line}");
        }
    }

    #[test]
    fn a_time_with_a_zone_is_ordered_by_the_readers_clock() {
        let utc = when("2026-03-04T09:00:01Z", &now()).unwrap();
        let local = when("2026-03-04 18:00:00", &now()).unwrap();
        assert!(utc.moment() > local.moment());
    }
}

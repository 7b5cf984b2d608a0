//! How wide the columns of the table are, and the course of the handshake's times in one of them. What stands in the
//! others is beside this file.

use crate::diagnose::Verdict;
use crate::msg::Msg;
use crate::text::sanitise;
use crate::watch::{Row, Watch};

use super::{WatchLook, word_id, wrap};

/// Cells of the columns; none for one that there is no room for.
pub(super) struct Columns {
    pub(super) target: usize,
    pub(super) verdict: usize,
    pub(super) handshake: usize,
    pub(super) course: usize,
    pub(super) days: usize,
    pub(super) changed: usize,
    pub(super) cause: usize,
}

impl Columns {
    pub(super) fn fitting(look: &WatchLook, watch: &Watch, width: usize) -> Self {
        let names = watch
            .rows
            .iter()
            .map(|row| wrap::width(&sanitise(&row.target.to_string())));
        let words = [Verdict::Healthy, Verdict::Problem, Verdict::Inconclusive];
        let words = words.map(|verdict| wrap::width(&look.t(word_id(verdict))) + 2);
        let days = ["watch.cell.days", "watch.cell.expired"]
            .map(|id| wrap::width(&look.say(&Msg::new(id).with("days", 1234))));
        let mut columns = Self {
            target: names.max().unwrap_or(0).clamp(8, (width / 3).max(8)),
            verdict: words.into_iter().max().unwrap_or(0),
            handshake: 10,
            course: if width >= 110 { 16 } else { 8 },
            days: days.into_iter().max().unwrap_or(0),
            changed: 11,
            cause: 0,
        };
        // The least needed go first.
        let used = |columns: &Self| {
            let cells = [
                columns.target,
                columns.verdict,
                columns.handshake,
                columns.course,
                columns.days,
                columns.changed,
            ];
            let shown = cells.iter().filter(|cells| **cells > 0);
            shown.map(|cells| cells + 2).sum::<usize>()
        };
        for column in [
            |c: &mut Self| c.changed = 0,
            |c: &mut Self| c.handshake = 0,
            |c: &mut Self| c.course = 0,
        ] {
            if used(&columns) > width {
                column(&mut columns);
            }
        }
        let rest = width.saturating_sub(used(&columns) + 1);
        columns.cause = if rest >= 12 { rest } else { 0 };
        columns
    }
}

/// The last handshake times against their own longest, two a cell in braille (its width is the same everywhere), one a
/// cell in ASCII; a gap where the handshake did not complete.
pub(super) fn course(row: &Row, cells: usize, ascii: bool) -> String {
    let most = row
        .times
        .iter()
        .flatten()
        .copied()
        .max()
        .unwrap_or(0)
        .max(1);
    let level = |time: &Option<u64>| {
        time.map_or(0, |time| {
            (time.saturating_mul(4)).div_ceil(most).clamp(1, 4)
        })
    };
    let wanted = if ascii { cells } else { cells * 2 };
    let skipped = row.times.len().saturating_sub(wanted);
    let levels: Vec<u64> = row.times.iter().skip(skipped).map(level).collect();
    if ascii {
        return levels
            .iter()
            .map(|level| match level {
                0 => ' ',
                1 => '_',
                2 => '.',
                3 => '-',
                _ => '^',
            })
            .collect();
    }
    let column =
        |level: u64, dots: [u32; 4]| -> u32 { dots.iter().zip(0..level).map(|(dot, _)| dot).sum() };
    levels
        .chunks(2)
        .filter_map(|pair| {
            let left = column(pair.first().copied().unwrap_or(0), [0x40, 0x04, 0x02, 0x01]);
            let right = column(pair.get(1).copied().unwrap_or(0), [0x80, 0x20, 0x10, 0x08]);
            char::from_u32(0x2800 + left + right)
        })
        .collect()
}

//! What is kept of the gateways watched: the last state, the last times, the last changes; nothing that grows.

use std::collections::VecDeque;

use crate::cause::CauseId;
use crate::chain::Source;
use crate::diagnose::{Diagnosis, Verdict};
use crate::evidence::{Evidence, Target, UnixTime};

/// Handshake times kept of each gateway.
const TIMES: usize = 240;
/// Changes kept in all.
const CHANGES: usize = 200;

/// What a gateway was found to be: what a change is a change of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// In one word.
    pub verdict: Verdict,
    /// The causes that follow from no other, ranked.
    pub roots: Vec<CauseId>,
}

/// What one check saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When the check began.
    pub at: UnixTime,
    /// What followed.
    pub state: State,
    /// How long the ordinary handshake took, in microseconds; none where it did not complete.
    pub handshake_us: Option<u64>,
    /// When the end-entity certificate expires.
    pub not_after: Option<UnixTime>,
}

impl Seen {
    /// What matters of a check and its diagnosis.
    pub fn of(evidence: &Evidence, diagnosis: &Diagnosis) -> Self {
        let main = evidence.tls.known().and_then(|tls| tls.main());
        let complete = main.filter(|attempt| attempt.outcome.session().is_some());
        let mut chain = diagnosis.chain.iter();
        let leaf = chain.find(|entry| entry.source == Source::Served && entry.position == 0);
        let roots = diagnosis.causes.iter().filter(|f| f.explained_by.is_none());
        Self {
            at: evidence.started_at,
            state: State {
                verdict: diagnosis.verdict,
                roots: roots.map(|finding| finding.cause).collect(),
            },
            handshake_us: complete.map(|attempt| attempt.took_us),
            not_after: leaf.map(|entry| entry.cert.not_after),
        }
    }
}

/// One gateway.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which.
    pub target: Target,
    /// What the last check saw.
    pub last: Option<Seen>,
    /// When its state last changed.
    pub changed: Option<UnixTime>,
    /// Checks made.
    pub rounds: u64,
    /// Changes seen.
    pub changes: u64,
    /// The last handshake times in microseconds, the latest last; none where it did not complete.
    pub times: VecDeque<Option<u64>>,
}

impl Row {
    /// Whole days until the certificate expires, at this moment; negative once it has.
    pub fn days_left(&self, now: UnixTime) -> Option<i64> {
        let until = self.last.as_ref()?.not_after?;
        Some(until.since(now).div_euclid(86_400))
    }
}

/// A gateway is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which, by its place.
    pub gateway: usize,
    /// When this was seen.
    pub at: UnixTime,
    /// How it was before; none for the first check.
    pub from: Option<State>,
    /// How it is now.
    pub to: State,
}

/// All gateways watched.
#[derive(Clone, Debug)]
pub struct Watch {
    /// In the order named.
    pub rows: Vec<Row>,
    /// The last changes, the latest last; first checks are none.
    pub changes: VecDeque<Change>,
}

impl Watch {
    /// Nothing seen yet.
    pub fn new(targets: Vec<Target>) -> Self {
        let rows = targets.into_iter().map(|target| Row {
            target,
            last: None,
            changed: None,
            rounds: 0,
            changes: 0,
            times: VecDeque::new(),
        });
        Self {
            rows: rows.collect(),
            changes: VecDeque::new(),
        }
    }

    /// Takes in what a check of this gateway saw. What is worth telling: its first state, and each change of it.
    pub fn take(&mut self, gateway: usize, seen: Seen) -> Option<Change> {
        let row = self.rows.get_mut(gateway)?;
        row.rounds = row.rounds.saturating_add(1);
        push(&mut row.times, seen.handshake_us, TIMES);
        let from = row.last.as_ref().map(|last| last.state.clone());
        let change = (from.as_ref() != Some(&seen.state)).then(|| Change {
            gateway,
            at: seen.at,
            from,
            to: seen.state.clone(),
        });
        row.last = Some(seen);
        if let Some(change) = &change
            && change.from.is_some()
        {
            row.changed = Some(change.at);
            row.changes = row.changes.saturating_add(1);
            push(&mut self.changes, change.clone(), CHANGES);
        }
        change
    }

    /// The verdict on all of them as they are now: a cause anywhere outweighs what is not known, and that outweighs what
    /// is well.
    pub fn verdict(&self) -> Verdict {
        let mut all = Verdict::Healthy;
        for row in &self.rows {
            match row.last.as_ref().map(|last| last.state.verdict) {
                Some(Verdict::Problem) => return Verdict::Problem,
                Some(Verdict::Healthy) => {}
                Some(Verdict::Inconclusive) | None => all = Verdict::Inconclusive,
            }
        }
        all
    }
}

fn push<T>(kept: &mut VecDeque<T>, new: T, most: usize) {
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back(new);
}

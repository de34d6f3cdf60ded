//! Contacts by the order of their records: `did a then b within d`.

use super::ExecError;
use super::bind::Node;
use super::eval::{self, Place};
use super::records::records_of;
use crate::book::{Index, RecordKind};
use crate::model::{CalendarSpan, Clock, RowSet, ShardSet, TimeUnit};

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;
/// What a zone's changes of offset may add to or take from a number of calendar days, and more.
const SLACK_US: i64 = 2 * DAY_US;

/// Records of each step in turn, each after one of the step before by more than zero and at most `within`.
pub(super) struct BoundSequence<'a> {
    pub(super) steps: Vec<BoundStep<'a>>,
    pub(super) within: Option<CalendarSpan>,
    pub(super) clock: &'a Clock,
}

/// One step's records.
pub(super) struct BoundStep<'a> {
    pub(super) kind: &'a RecordKind,
    pub(super) filter: Node<'a>,
}

impl BoundSequence<'_> {
    /// The contacts of a shard that pass.
    pub(super) fn eval<'s>(&'s self, at: Place) -> Result<ShardSet<'s>, ExecError> {
        let mut candidates = ShardSet::All;
        for step in &self.steps {
            candidates = candidates.and(ShardSet::borrowed(&step.kind.people[at.shard]), at.n_rows);
        }
        let few = u64::from(at.n_rows) / 8;
        match &candidates {
            ShardSet::Empty => return Ok(ShardSet::Empty),
            ShardSet::Rows(rows) if rows.len() < few => {
                return Ok(ShardSet::owned(self.among(at, rows)?, at.n_rows));
            }
            ShardSet::All | ShardSet::Rows(_) => {}
        }
        let mut moments = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let place = Place::new(&step.kind.table.layout, at.shard);
            // PERF: who lacks a kind can't pass; what is left of them here would be most of the work.
            let theirs = |row: &u32| candidates.contains(u32::from(step.kind.contacts[at.shard][*row as usize]));
            moments.push(match &eval::eval(&step.filter, place)? {
                ShardSet::Empty => return Ok(ShardSet::Empty),
                ShardSet::All => step.moments(at.shard, (0..place.n_rows).filter(theirs)),
                ShardSet::Rows(rows) => step.moments(at.shard, rows.iter().filter(theirs)),
            });
        }
        Ok(ShardSet::owned(self.passing(&moments), at.n_rows))
    }

    /// The contacts of `candidates` that pass. Cost: their records alone.
    pub(super) fn among(&self, at: Place, candidates: &RowSet) -> Result<RowSet, ExecError> {
        let mut moments = Vec::with_capacity(self.steps.len());
        let mut left = candidates.clone();
        for step in &self.steps {
            let theirs = records_of(&step.kind.contacts[at.shard], &left);
            let place = Place::new(&step.kind.table.layout, at.shard);
            let records = eval::among(&step.filter, place, &theirs)?;
            let found = step.moments(at.shard, records.iter());
            let mut contacts: Vec<u32> = found.iter().map(|(contact, _)| u32::from(*contact)).collect();
            contacts.dedup();
            left = RowSet::from_sorted(contacts);
            moments.push(found);
        }
        Ok(self.passing(&moments))
    }

    /// The contacts that have a chain through these moments, which are by contact, then by time.
    fn passing(&self, moments: &[Vec<(u16, i64)>]) -> RowSet {
        let Some((first, others)) = moments.split_first() else { return RowSet::new() };
        let mut positions = vec![0; others.len()];
        let mut out = Vec::new();
        let (mut reached, mut next) = (Vec::new(), Vec::new());
        for group in first.chunk_by(|a, b| a.0 == b.0) {
            let contact = group[0].0;
            reached.clear();
            reached.extend(group.iter().map(|(_, time)| *time));
            for (step, from) in others.iter().zip(&mut positions) {
                *from += step[*from..].iter().take_while(|(it, _)| *it < contact).count();
                let times = step[*from..].iter().take_while(|(it, _)| *it == contact).map(|(_, time)| *time);
                self.follow(&reached, times, &mut next);
                std::mem::swap(&mut reached, &mut next);
                if reached.is_empty() {
                    break;
                }
            }
            if !reached.is_empty() {
                out.push(u32::from(contact));
            }
        }
        RowSet::from_sorted(out)
    }

    /// The `times` that come after one of those reached, and soon enough; all in order.
    fn follow(&self, reached: &[i64], times: impl Iterator<Item = i64>, out: &mut Vec<i64>) {
        out.clear();
        let mut n_before = 0;
        for time in times {
            while n_before < reached.len() && reached[n_before] < time {
                n_before += 1;
            }
            // The latest one before is the best: the end of its span is the latest, too.
            if n_before > 0 && self.is_within(reached[n_before - 1], time) {
                out.push(time);
            }
        }
    }

    fn is_within(&self, from: i64, to: i64) -> bool {
        let Some(within) = self.within else { return true };
        let passed = to.saturating_sub(from);
        let (surely, perhaps) = bounds_us(within);
        if passed <= surely {
            return true;
        }
        if passed > perhaps {
            return false;
        }
        // Beyond the calendar there is no end.
        self.clock.shift(from, within).map_or(true, |end| to <= end)
    }
}

impl BoundStep<'_> {
    fn moments(&self, shard: usize, records: impl Iterator<Item = u32>) -> Vec<(u16, i64)> {
        let Index::Number(times) = &self.kind.table.columns[RecordKind::AT].index else { return Vec::new() };
        let (times, contacts) = (&times.shards[shard], &self.kind.contacts[shard]);
        records.filter_map(|row| Some((contacts[row as usize], times.get(row)?))).collect()
    }
}

/// The shortest and the longest that a span may be in microseconds; equal for exact units.
fn bounds_us(span: CalendarSpan) -> (i64, i64) {
    let exactly = |us: i64| (span.count.saturating_mul(us), span.count.saturating_mul(us));
    let days = |fewest: i64, most: i64| {
        let at = |days: i64| span.count.saturating_mul(days).saturating_mul(DAY_US);
        (at(fewest).saturating_sub(SLACK_US), at(most).saturating_add(SLACK_US))
    };
    match span.unit {
        TimeUnit::Second => exactly(SECOND_US),
        TimeUnit::Minute => exactly(60 * SECOND_US),
        TimeUnit::Hour => exactly(3_600 * SECOND_US),
        TimeUnit::Day => days(1, 1),
        TimeUnit::Week => days(7, 7),
        TimeUnit::Month => days(28, 31),
        TimeUnit::Quarter => days(3 * 28, 3 * 31),
        TimeUnit::Year => days(365, 366),
    }
}

//! Contacts by the order of their records: `did a then b within d`.

use std::borrow::Cow;

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
            let records = eval::eval(&step.filter, place)?;
            if records.is_empty() {
                return Ok(ShardSet::Empty);
            }
            moments.push(step.by_contact(at, &records));
        }
        let times = |step: usize, contact: u32| moments[step].of(contact);
        let found = match &candidates {
            ShardSet::Empty => RowSet::new(),
            ShardSet::All => self.passing(0..at.n_rows, times),
            ShardSet::Rows(rows) => self.passing(rows.iter(), times),
        };
        Ok(ShardSet::owned(found, at.n_rows))
    }

    /// The contacts of `candidates` that pass. Cost: their records alone.
    pub(super) fn among(&self, at: Place, candidates: &RowSet) -> Result<RowSet, ExecError> {
        let mut moments = Vec::with_capacity(self.steps.len());
        let mut left = candidates.clone();
        for step in &self.steps {
            let theirs = records_of(&step.kind.contacts[at.shard], &left);
            let place = Place::new(&step.kind.table.layout, at.shard);
            let records = eval::among(&step.filter, place, &theirs)?;
            let (contacts, times) = step.moments(at.shard, records.iter());
            let mut those: Vec<u32> = contacts.iter().copied().map(u32::from).collect();
            those.dedup();
            left = RowSet::from_sorted(those);
            moments.push((contacts, times));
        }
        let mut positions = vec![0; moments.len()];
        let times = |step: usize, contact: u32| {
            let (contacts, times): &(Vec<u16>, Vec<i64>) = &moments[step];
            let n_while = |from: usize, is: &dyn Fn(u32) -> bool| {
                contacts[from..].iter().take_while(|it| is(u32::from(**it))).count()
            };
            let start = positions[step] + n_while(positions[step], &|it| it < contact);
            let end = start + n_while(start, &|it| it == contact);
            positions[step] = end;
            &times[start..end]
        };
        Ok(self.passing(left.iter(), times))
    }

    /// Of these contacts those that have a chain through their times of each step, which are in order.
    fn passing<'m>(
        &self,
        contacts: impl Iterator<Item = u32>,
        mut times: impl FnMut(usize, u32) -> &'m [i64],
    ) -> RowSet {
        let (mut reached, mut next) = (Vec::new(), Vec::new());
        let has_chain = |contact: &u32| {
            reached.clear();
            reached.extend_from_slice(times(0, *contact));
            for step in 1..self.steps.len() {
                if reached.is_empty() {
                    break;
                }
                self.follow(&reached, times(step, *contact), &mut next);
                std::mem::swap(&mut reached, &mut next);
            }
            !reached.is_empty()
        };
        RowSet::from_sorted(contacts.filter(has_chain))
    }

    /// The `times` that come after one of those reached, and soon enough; all in order.
    fn follow(&self, reached: &[i64], times: &[i64], out: &mut Vec<i64>) {
        out.clear();
        let mut n_before = 0;
        for &time in times {
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

/// When each contact of a shard did a step, in order.
struct Moments {
    /// Where the times of each contact start; one more, where the last one's end.
    starts: Vec<u32>,
    times: Vec<i64>,
}

impl Moments {
    fn of(&self, contact: u32) -> &[i64] {
        let at = contact as usize;
        &self.times[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

impl BoundStep<'_> {
    /// The times of these records, and whose they are.
    fn moments(&self, shard: usize, records: impl Iterator<Item = u32>) -> (Vec<u16>, Vec<i64>) {
        let Index::Number(times) = &self.kind.table.columns[RecordKind::AT].index else { return Default::default() };
        let (times, contacts) = (&times.shards[shard], &self.kind.contacts[shard]);
        records.filter_map(|row| Some((contacts[row as usize], times.get(row)?))).unzip()
    }

    /// The times of these records by contact. Cost: a pass of the shard's contacts and of the records.
    fn by_contact(&self, at: Place, records: &ShardSet<'_>) -> Moments {
        let n_records = self.kind.contacts[at.shard].len() as u32;
        let (contacts, times) = match (records, &self.kind.table.columns[RecordKind::AT].index) {
            (ShardSet::All, Index::Number(times)) if times.shards[at.shard].missing().is_empty() => {
                (Cow::Borrowed(&self.kind.contacts[at.shard][..]), times.shards[at.shard].present_keys())
            }
            (records, _) => {
                let rows = records.by_ref().into_rows(n_records);
                let (contacts, times) = self.moments(at.shard, rows.iter());
                (Cow::Owned(contacts), times)
            }
        };
        let mut starts = vec![0; at.n_rows as usize + 1];
        for contact in contacts.iter() {
            starts[usize::from(*contact) + 1] += 1;
        }
        let mut n_before = 0;
        for start in &mut starts {
            n_before += *start;
            *start = n_before;
        }
        Moments { starts, times }
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

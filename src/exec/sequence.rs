//! Contacts by the order of their records: `did a then b within d`.

use std::borrow::Cow;

use super::ExecError;
use super::bind::Node;
use super::eval::{self, Place};
use super::records::records_of;
use crate::book::RecordKind;
use crate::model::{CalendarSpan, Clock, RowSet, ShardSet, TimeUnit};

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;

/// Records of each step in turn, each after one of the step before by more than zero and at most `within`.
pub(super) struct BoundSequence<'a> {
    pub(super) steps: Vec<BoundStep<'a>>,
    within: Option<Window<'a>>,
}

/// One step's records.
pub(super) struct BoundStep<'a> {
    pub(super) kind: &'a RecordKind,
    pub(super) filter: Node<'a>,
}

/// How long after one time the next may be.
struct Window<'a> {
    span: CalendarSpan,
    clock: &'a Clock,
    /// What passes in any case, and beyond what nothing passes, in microseconds; equal for exact units.
    surely_us: i64,
    perhaps_us: i64,
}

impl<'a> BoundSequence<'a> {
    pub(super) fn new(steps: Vec<BoundStep<'a>>, within: Option<CalendarSpan>, clock: &'a Clock) -> Self {
        let within = within.map(|span| {
            let times = || steps.iter().filter_map(|it| it.kind.time_bounds());
            let (first, last) = (times().map(|it| it.0).min(), times().map(|it| it.1).max());
            let zone_us = first.zip(last).map_or(0, |(first, last)| clock.zone().offset_spread(first, last));
            let (surely_us, perhaps_us) = bounds_us(span, zone_us);
            Window { span, clock, surely_us, perhaps_us }
        });
        Self { steps, within }
    }

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
            if n_before > 0 && self.within.as_ref().is_none_or(|it| it.holds(reached[n_before - 1], time)) {
                out.push(time);
            }
        }
    }
}

impl Window<'_> {
    fn holds(&self, from: i64, to: i64) -> bool {
        let passed = to.saturating_sub(from);
        if passed <= self.surely_us {
            return true;
        }
        if passed > self.perhaps_us {
            return false;
        }
        // Beyond the calendar there is no end.
        self.clock.shift(from, self.span).map_or(true, |end| to <= end)
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
    /// Whose these records are, and their times.
    fn moments(&self, shard: usize, records: impl Iterator<Item = u32>) -> (Vec<u16>, Vec<i64>) {
        let Some(times) = self.kind.times(shard) else { return Default::default() };
        let contacts = &self.kind.contacts[shard];
        records.map(|row| (contacts[row as usize], times.present_key(row))).unzip()
    }

    /// The times of these records by contact. Cost: a pass of the shard's contacts and of the records.
    fn by_contact(&self, at: Place, records: &ShardSet<'_>) -> Moments {
        let contacts = &self.kind.contacts[at.shard][..];
        let (contacts, times) = match (records, self.kind.times(at.shard)) {
            (ShardSet::All, Some(times)) => (Cow::Borrowed(contacts), times.present_keys()),
            (ShardSet::Rows(rows), _) => {
                let (contacts, times) = self.moments(at.shard, rows.iter());
                (Cow::Owned(contacts), times)
            }
            (ShardSet::All | ShardSet::Empty, _) => Default::default(),
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

/// The shortest and the longest that a span may be in microseconds, where the zone's offsets differ by `zone_us` at most.
fn bounds_us(span: CalendarSpan, zone_us: i64) -> (i64, i64) {
    let exactly = |us: i64| (span.count.saturating_mul(us), span.count.saturating_mul(us));
    let days = |fewest: i64, most: i64| {
        let at = |days: i64| span.count.saturating_mul(days).saturating_mul(DAY_US);
        (at(fewest).saturating_sub(zone_us), at(most).saturating_add(zone_us))
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

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::model::{Zone, parse_time};

    /// Around the ends of summer time, and where a day was skipped whole.
    #[test]
    fn a_window_is_as_the_calendar_has_it() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for (zone, from) in [
            ("UTC", "2025-01-01T00:00"),
            ("Asia/Jakarta", "2025-01-01T00:00"),
            ("Europe/Berlin", "2025-03-20T00:00"),
            ("America/New_York", "2025-10-25T00:00"),
            ("Australia/Lord_Howe", "2025-03-29T00:00"),
            ("Pacific/Apia", "2011-12-20T00:00"),
        ] {
            let zone = Zone::named(zone).unwrap();
            let first = parse_time(from, &zone).unwrap();
            let last = first + 40 * DAY_US;
            let clock = Clock::new(last, zone);
            for _ in 0..4_000 {
                let unit = TimeUnit::ALL[rng.random_range(0..TimeUnit::ALL.len())];
                let span = CalendarSpan { count: rng.random_range(1..20), unit };
                let (surely_us, perhaps_us) = bounds_us(span, clock.zone().offset_spread(first, last));
                let window = Window { span, clock: &clock, surely_us, perhaps_us };
                // Times to the half hour, so that ends are met.
                let half_hours = |n: i64| n * 1_800 * SECOND_US;
                let from = first + half_hours(rng.random_range(0..48 * 40));
                let end = clock.shift(from, span).unwrap();
                let to = (end + half_hours(rng.random_range(-50..50))).clamp(first, last);
                assert_eq!(window.holds(from, to), to <= end, "{from} {to} {span:?} {}", clock.zone().name());
            }
        }
    }
}

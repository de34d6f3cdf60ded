//! Contacts by the order of their records: `did a then b within d`.

use super::ExecError;
use super::bind::Node;
use super::eval::{self, Place};
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
            candidates = candidates.and(ShardSet::borrowed(step.kind.owners[at.shard].people()), at.n_rows);
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
            moments.push(step.moments(at.shard, &records));
        }
        let found = match &candidates {
            ShardSet::Empty => RowSet::new(),
            ShardSet::All => self.passing(0..at.n_rows, moments),
            ShardSet::Rows(rows) => self.passing(rows.iter(), moments),
        };
        Ok(ShardSet::owned(found, at.n_rows))
    }

    /// The contacts of `candidates` that pass. Cost: their records alone.
    pub(super) fn among(&self, at: Place, candidates: &RowSet) -> Result<RowSet, ExecError> {
        let mut moments = Vec::with_capacity(self.steps.len());
        let mut left = candidates.clone();
        for step in &self.steps {
            let theirs = step.kind.owners[at.shard].records_of(&left);
            let place = Place::new(&step.kind.table.layout, at.shard);
            let records = ShardSet::owned(eval::among(&step.filter, place, &theirs)?, place.n_rows);
            let of_step = step.moments(at.shard, &records);
            left = RowSet::from_sorted(of_step.runs.iter().map(|run| u32::from(run.contact)));
            moments.push(of_step);
        }
        Ok(self.passing(left.iter(), moments))
    }

    /// Of these contacts, which are in order, those that have a chain through their times of each step.
    fn passing(&self, contacts: impl Iterator<Item = u32>, mut moments: Vec<Moments>) -> RowSet {
        let (mut reached, mut next) = (Vec::new(), Vec::new());
        let has_chain = |contact: &u32| {
            let [first, between @ .., last] = &mut moments[..] else { return false };
            let mut before = first.of(*contact);
            for step in between {
                next.clear();
                next.extend(self.following(before, step.of(*contact)));
                std::mem::swap(&mut reached, &mut next);
                before = &reached;
            }
            self.following(before, last.of(*contact)).next().is_some()
        };
        RowSet::from_sorted(contacts.filter(has_chain))
    }

    /// The `times` that come after one of those reached, and soon enough; all in order.
    fn following<'t>(&self, reached: &'t [i64], times: &'t [i64]) -> impl Iterator<Item = i64> {
        let mut n_before = 0;
        times.iter().copied().filter(move |time| {
            while n_before < reached.len() && reached[n_before] < *time {
                n_before += 1;
            }
            // The latest one before is the best: the end of its span is the latest, too.
            n_before > 0 && self.within.as_ref().is_none_or(|it| it.holds(reached[n_before - 1], *time))
        })
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

/// When the contacts of a shard did a step.
struct Moments {
    /// By contact.
    runs: Vec<Run>,
    /// By contact, then in order.
    times: Vec<i64>,
    /// The runs before are of contacts that were asked for, or before those.
    next: usize,
}

struct Run {
    contact: u16,
    /// Where its times end, and the next one's start.
    end: u32,
}

impl Moments {
    /// The times of a contact, which must come after those asked for before.
    fn of(&mut self, contact: u32) -> &[i64] {
        let is_before = |run: &&Run| u32::from(run.contact) < contact;
        self.next += self.runs[self.next..].iter().take_while(is_before).count();
        match self.runs.get(self.next) {
            Some(run) if u32::from(run.contact) == contact => {
                let start = self.next.checked_sub(1).map_or(0, |before| self.runs[before].end);
                &self.times[start as usize..run.end as usize]
            }
            Some(_) | None => &[],
        }
    }
}

impl BoundStep<'_> {
    /// The times of these records.
    fn moments(&self, shard: usize, records: &ShardSet<'_>) -> Moments {
        let owners = &self.kind.owners[shard];
        let (runs, times) = match (records, self.kind.times(shard)) {
            (ShardSet::All, Some(times)) => {
                let runs = owners.lasts().map(|(contact, last)| Run { contact, end: last + 1 });
                (runs.collect(), times.present_keys())
            }
            (ShardSet::Rows(rows), Some(times)) => {
                let (mut runs, mut those) = (Vec::<Run>::new(), Vec::new());
                for row in rows.iter() {
                    those.push(times.present_key(row));
                    let (contact, end) = (owners.contacts()[row as usize], those.len() as u32);
                    match runs.last_mut() {
                        Some(run) if run.contact == contact => run.end = end,
                        Some(_) | None => runs.push(Run { contact, end }),
                    }
                }
                (runs, those)
            }
            (ShardSet::All | ShardSet::Rows(_), None) | (ShardSet::Empty, _) => Default::default(),
        };
        Moments { runs, times, next: 0 }
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

//! Contacts by the order of their records: `did a then b within d`.

use super::ExecError;
use super::bind::Node;
use super::eval::{self, Place};
use crate::book::RecordKind;
use crate::model::{Bits, CalendarSpan, Clock, RowSet, ShardSet, TimeUnit};

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;

/// Where fewer than one contact in so many may have a chain, only their records are looked at.
const FEW_CONTACTS: u64 = 8;
/// Up to so many pairs of times are all compared.
const FEW_PAIRS: usize = 32;

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
        let mut left = ShardSet::All;
        for step in &self.steps {
            left = left.and(ShardSet::borrowed(step.kind.owners[at.shard].people()), at.n_rows);
        }
        let mut left = left.into_rows(at.n_rows);
        if left.len() < u64::from(at.n_rows) / FEW_CONTACTS {
            return Ok(ShardSet::owned(self.among(at, &left)?, at.n_rows));
        }
        let mut records = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let of_step = eval::eval(&step.filter, Place::new(&step.kind.table.layout, at.shard))?;
            if !matches!(of_step, ShardSet::All) {
                left.intersect_with(&step.contacts_of(at, &of_step));
            }
            records.push(of_step);
        }
        Ok(ShardSet::owned(self.passing(at, &left, &records), at.n_rows))
    }

    /// The contacts of `candidates` that pass. Cost: their records alone.
    pub(super) fn among(&self, at: Place, candidates: &RowSet) -> Result<RowSet, ExecError> {
        let mut left = candidates.clone();
        let mut records = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let theirs = step.kind.owners[at.shard].records_of(&left);
            let place = Place::new(&step.kind.table.layout, at.shard);
            let of_step = ShardSet::owned(eval::among(&step.filter, place, &theirs)?, place.n_rows);
            left = step.contacts_of(at, &of_step);
            records.push(of_step);
        }
        Ok(self.passing(at, &left, &records))
    }

    /// Of these contacts, who have some of the `records` of each step, those that have a chain through them.
    fn passing(&self, at: Place, contacts: &RowSet, records: &[ShardSet<'_>]) -> RowSet {
        if contacts.is_empty() {
            return RowSet::new();
        }
        let moments = self.steps.iter().zip(records).map(|(step, records)| step.moments(at.shard, records, contacts));
        let Some(moments) = moments.collect::<Option<Vec<Moments>>>() else { return RowSet::new() };
        let [first, between @ .., last] = &moments[..] else { return RowSet::new() };
        let (mut reached, mut next) = (Vec::new(), Vec::new());
        let has_chain = |nth: usize| {
            let mut before = first.of(nth);
            for step in between {
                next.clear();
                next.extend(self.following(before, step.of(nth)));
                std::mem::swap(&mut reached, &mut next);
                before = &reached;
            }
            self.any_follows(before, last.of(nth))
        };
        RowSet::from_sorted(contacts.iter().zip((0..).map(has_chain)).filter_map(|(it, passes)| passes.then_some(it)))
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

    /// Whether any of the `times` is one that [`BoundSequence::following`] finds.
    fn any_follows(&self, reached: &[i64], times: &[i64]) -> bool {
        // PERF: most contacts have a few of both, which are told without a branch for each.
        if times.len() * reached.len() <= FEW_PAIRS {
            let any_within = |longest_us: u64| {
                let pairs = times.iter().flat_map(|to| reached.iter().map(move |from| (*from, *to)));
                pairs.fold(false, |any, (from, to)| any | (from < to && to.abs_diff(from) <= longest_us))
            };
            let Some(within) = &self.within else { return any_within(u64::MAX) };
            let is_within = any_within(u64::try_from(within.perhaps_us).unwrap_or(0));
            if !is_within || within.surely_us == within.perhaps_us {
                return is_within;
            }
        }
        self.following(reached, times).next().is_some()
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

/// When contacts did a step.
struct Moments {
    /// Of one contact in order.
    times: Vec<i64>,
    /// By contact: where its times start and end.
    spans: Vec<(u32, u32)>,
}

impl Moments {
    /// The times of a contact, by its place among them.
    fn of(&self, nth: usize) -> &[i64] {
        let (start, end) = self.spans[nth];
        &self.times[start as usize..end as usize]
    }
}

impl BoundStep<'_> {
    /// The contacts that have any of these records.
    fn contacts_of(&self, at: Place, records: &ShardSet<'_>) -> RowSet {
        let owners = &self.kind.owners[at.shard];
        let n_records = Place::new(&self.kind.table.layout, at.shard).n_rows;
        owners.contacts_of(&owners.any(&Bits::of(records.by_ref(), n_records)))
    }

    /// The times of those of these records that are of `contacts`, each of whom has some; none if there are no times.
    fn moments(&self, shard: usize, records: &ShardSet<'_>, contacts: &RowSet) -> Option<Moments> {
        let (owners, times) = (&self.kind.owners[shard], self.kind.times(shard)?);
        let lasts = owners.lasts_of(&Bits::from(contacts));
        let firsts = owners.firsts_of(&lasts);
        if let ShardSet::All = records {
            let spans = firsts.rows().zip(lasts.rows()).map(|(first, last)| (first, last + 1)).collect();
            return Some(Moments { times: times.present_keys(), spans });
        }
        let theirs = ShardSet::owned(Bits::of_runs(&firsts, &lasts).into_rows(), times.n_rows());
        let rows = theirs.and(records.by_ref(), times.n_rows()).into_rows(times.n_rows());
        let (mut those, mut spans) = (Vec::new(), Vec::<(u32, u32)>::new());
        let mut before = None;
        for row in rows.iter() {
            let contact = owners.contacts()[row as usize];
            let at = those.len() as u32;
            those.push(times.present_key(row));
            match spans.last_mut() {
                Some((_, end)) if before == Some(contact) => *end = at + 1,
                Some(_) | None => spans.push((at, at + 1)),
            }
            before = Some(contact);
        }
        Some(Moments { times: those, spans })
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

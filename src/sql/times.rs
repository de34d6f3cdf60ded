//! Zones as constants: instants of wall-clock columns, and wall clocks of instants, by the zone's changes of offset.
//!
//! No engine's own zones are asked, so that the skipped and the repeated hour are read as a book reads them: a skipped
//! time moves on by the gap, a repeated one is the first.

use super::syntax::{Syntax, bracketed};
use crate::model::{Ranges, Zone};

/// From when on a zone has which offset from UTC, in microseconds; the first entry holds for all that is earlier, too.
type Offsets = Vec<(i64, i64)>;

/// What a value in a filter is compared in: the years 1800 to 2500.
const WIDE: (i64, i64) = (-5_364_662_400_000_000, 16_725_225_600_000_000);
/// What a value is converted in: the years 1900 to 2100. A zone with summer time has some 400 changes there.
const NARROW: (i64, i64) = (-2_208_988_800_000_000, 4_102_444_800_000_000);

/// Whether the zone's offset ever changes in the years in which values are converted.
pub(super) fn changes(zone: &Zone) -> bool {
    zone.offsets(NARROW.0, NARROW.1).windows(2).any(|pair| pair[0].1 != pair[1].1)
}

/// The wall-clock times whose instants lie in these.
pub(super) fn local_ranges(instants: &Ranges<i64>, zone: &Zone) -> Ranges<i64> {
    let starts = by_local(&zone.offsets(WIDE.0, WIDE.1));
    let mut found: Vec<(i64, i64)> = Vec::new();
    for (low, high) in instants.as_slice() {
        for (at, (start, offset)) in starts.iter().enumerate() {
            let first = if at == 0 { i64::MIN } else { *start };
            let last = starts.get(at + 1).map_or(i64::MAX, |next| next.0 - 1);
            found.push((first.max(moved(*low, *offset)), last.min(moved(*high, *offset))));
        }
    }
    Ranges::union(joined(Ranges::union(found).as_slice()))
}

/// Micros of the instants of micros of the wall clock.
pub(super) fn instant_of_local(micros: &str, zone: &Zone, syntax: &dyn Syntax) -> String {
    by_offset(micros, "-", &by_local(&zone.offsets(NARROW.0, NARROW.1)), syntax)
}

/// Micros of the wall clock at micros of instants.
pub(super) fn local_of_instant(micros: &str, zone: &Zone, syntax: &dyn Syntax) -> String {
    by_offset(micros, "+", &zone.offsets(NARROW.0, NARROW.1), syntax)
}

fn by_offset(micros: &str, sign: &str, starts: &[(i64, i64)], syntax: &dyn Syntax) -> String {
    let moved = |micros: &str| format!("{micros} {sign} {}", offset_at(micros, starts));
    if is_one_offset(starts) { moved(micros) } else { syntax.bound(micros, &moved) }
}

/// An offset moves a bound, but not one that is open.
fn moved(bound: i64, offset: i64) -> i64 {
    if bound == i64::MIN || bound == i64::MAX { bound } else { bound.saturating_add(offset) }
}

/// The same changes by wall-clock time: up to the later of both readings the offset before holds.
fn by_local(offsets: &Offsets) -> Offsets {
    let before = std::iter::once(None).chain(offsets.iter().map(|it| Some(it.1)));
    offsets
        .iter()
        .zip(before)
        .map(|((at, offset), before)| (at + before.unwrap_or(*offset).max(*offset), *offset))
        .collect()
}

/// Ranges that touch as one.
fn joined(ranges: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (low, high) in ranges {
        match out.last_mut() {
            Some(last) if last.1.saturating_add(1) == *low => last.1 = *high,
            _ => out.push((*low, *high)),
        }
    }
    out
}

/// The offset at a number of micros: a tree of comparisons.
fn offset_at(micros: &str, starts: &[(i64, i64)]) -> String {
    match starts {
        [] => "0".to_owned(),
        [(_, offset), ..] if is_one_offset(starts) => bracketed(*offset),
        _ => {
            let (earlier, later) = starts.split_at(starts.len() / 2);
            let from = later.first().map_or(0, |it| it.0);
            let (earlier, later) = (offset_at(micros, earlier), offset_at(micros, later));
            format!("case when {micros} < {from} then {earlier} else {later} end")
        }
    }
}

fn is_one_offset(starts: &[(i64, i64)]) -> bool {
    starts.windows(2).all(|pair| pair[0].1 == pair[1].1)
}

#[cfg(test)]
mod tests {
    use super::super::duckdb::DuckDb;
    use super::super::spark::Spark;
    use super::*;
    use crate::model::parse_time;

    fn at(text: &str) -> i64 {
        parse_time(text, &Zone::utc()).unwrap()
    }

    /// Every local minute around a change lies in the ranges exactly when its instant does.
    #[test]
    fn local_ranges_agree_with_the_zone() {
        for (name, change) in [
            ("Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25T01:00:00Z"),
            ("Pacific/Apia", "2011-12-30T10:00:00Z"),
            ("Asia/Jakarta", "2026-11-20T09:00:00Z"),
        ] {
            let zone = Zone::named(name).unwrap();
            let minute = 60_000_000;
            for bound in (-200..200).step_by(7).map(|it| at(change) + it * minute) {
                let instants = Ranges::union([(i64::MIN, bound), (bound + 90 * minute, bound + 100 * minute)]);
                let locals = local_ranges(&instants, &zone);
                for local in (-2_000..2_000).map(|it| at(change) + it * minute) {
                    let wanted = instants.contains(zone.instant_of_local(local));
                    assert_eq!(locals.contains(local), wanted, "{name} {bound} {local}");
                }
            }
        }
    }

    #[test]
    fn an_open_bound_stays_open() {
        let zone = Zone::named("Asia/Jakarta").unwrap();
        let after = local_ranges(&Ranges::between(at("2026-02-07T17:00:00Z"), i64::MAX), &zone);
        assert_eq!(after.as_slice(), [(at("2026-02-08T00:00:00Z"), i64::MAX)]);
    }

    #[test]
    fn one_offset_is_a_number() {
        let zone = Zone::named("+07:00").unwrap();
        assert_eq!(instant_of_local("x", &zone, &DuckDb), "x - 25200000000");
        assert_eq!(local_of_instant("x", &Zone::named("-03:00").unwrap(), &Spark), "x + (-10800000000)");
    }

    /// What an optimizer would copy into each comparison stands there once.
    #[test]
    fn a_zone_that_changes_is_asked_of_a_value_that_is_written_once() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let sql = local_of_instant("x", &zone, &Spark);
        assert!(sql.starts_with("element_at(transform(array(x), it -> it + case when it < "), "{sql}");
        assert_eq!(sql.matches('x').count(), 1);
        assert!(local_of_instant("x", &zone, &DuckDb).starts_with("x + case when x < "));
    }
}

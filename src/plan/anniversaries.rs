//! `anniversary …`: the days of a window by month and day, in every year that the column has.
//!
//! 29 February counts on 28 February where the window's year is a common one.

use std::collections::BTreeSet;

use super::dates::{Stretch, days_as_instants};
use super::fields::Tested;
use super::resolve::{Checked, Resolver};
use crate::book::Index;
use crate::model::{Ranges, civil, day_number};
use crate::syntax::ast::{Value, Window};

/// So many days in a row hold every month and day.
const ALL_DAYS: i64 = 366;

impl<'a> Resolver<'a> {
    /// The keys whose month and day fall within a window.
    pub(super) fn anniversary(&mut self, tested: &Tested<'a>, window: &Window, is_day: bool) -> Checked<Ranges<i64>> {
        if takes_field(window) {
            return self.does_not_fit(tested);
        }
        let by_day = is_day || !has_hours(window);
        let (low, high) = self.window_stretch(tested, window, by_day)?;
        // The days are those of the years that the column holds.
        self.hangs.reads_data.set(true);
        let everyone = Ranges::between(i64::MIN, i64::MAX);
        if low == i64::MIN || high == i64::MAX {
            return Ok(everyone);
        }
        let clock = &self.context.clock;
        let day_of = |key: i64| {
            if by_day {
                // Day keys come from the calendar, far within 32 bits.
                key.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
            } else {
                clock.zone().day_of(key)
            }
        };
        let (first, last) = (day_of(low), day_of(high));
        if i64::from(last) - i64::from(first) + 1 >= ALL_DAYS {
            return Ok(everyone);
        }
        let Some((oldest, newest)) = bounds(tested) else { return Ok(Ranges::none()) };
        let year_of = |key: i64| {
            let day = if is_day { key.clamp(-4_400_000, 4_400_000) as i32 } else { clock.zone().day_of(key) };
            civil(day).map(|it| it.0)
        };
        let years = year_of(oldest).unwrap_or(-9_999)..=year_of(newest).unwrap_or(9_999);
        let runs = days_in_years(&month_days(first, last), years);
        self.count_values(runs.len(), tested.operator)?;
        let keys = |(first, last): (i32, i32)| -> Stretch {
            if is_day { (i64::from(first), i64::from(last)) } else { days_as_instants(clock, first, last) }
        };
        Ok(Ranges::union(runs.into_iter().map(keys)))
    }
}

/// Month and day of each day from `first` to `last`.
fn month_days(first: i32, last: i32) -> BTreeSet<(i8, i8)> {
    let mut found = BTreeSet::new();
    for (year, month, day) in (first..=last).filter_map(civil) {
        found.insert((month, day));
        if (month, day) == (2, 28) && day_number(year, 2, 29).is_none() {
            found.insert((2, 29));
        }
    }
    found
}

/// Runs of days of these months and days, in order.
fn days_in_years(wanted: &BTreeSet<(i8, i8)>, years: std::ops::RangeInclusive<i16>) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for year in years {
        for day in wanted.iter().filter_map(|(month, day)| day_number(year, *month, *day)) {
            match runs.last_mut() {
                Some(run) if run.1 + 1 == day => run.1 = day,
                _ => runs.push((day, day)),
            }
        }
    }
    runs
}

/// The smallest and largest key of the column.
fn bounds(tested: &Tested<'_>) -> Option<(i64, i64)> {
    let Index::Number(index) = &tested.column?.index else { return None };
    index.shards.iter().filter_map(|it| it.bounds()).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

fn values(window: &Window) -> Vec<&Value> {
    match window {
        Window::Before(value) | Window::After(value) | Window::On(value) | Window::Since(value) => vec![value],
        Window::Between(low, high) => vec![low, high],
        Window::InLast(_)
        | Window::InNext(_)
        | Window::MoreThanAgo(_)
        | Window::This(_)
        | Window::Last(_)
        | Window::Next(_) => Vec::new(),
    }
}

fn takes_field(window: &Window) -> bool {
    values(window).iter().any(|it| matches!(it, Value::Field(_)))
}

/// Whether a window is measured in hours or less.
fn has_hours(window: &Window) -> bool {
    match window {
        Window::InLast(by) | Window::InNext(by) | Window::MoreThanAgo(by) => !by.unit.is_calendar(),
        Window::Before(_)
        | Window::After(_)
        | Window::On(_)
        | Window::Since(_)
        | Window::Between(..)
        | Window::This(_)
        | Window::Last(_)
        | Window::Next(_) => {
            values(window).iter().any(|it| matches!(it, Value::Offset { by, .. } if !by.unit.is_calendar()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> i32 {
        day_number(year, month, day).expect("a day")
    }

    #[test]
    fn leap_days_count_on_the_28th_of_common_years() {
        let common = month_days(day(2027, 2, 28), day(2027, 2, 28));
        assert_eq!(common.into_iter().collect::<Vec<_>>(), [(2, 28), (2, 29)]);
        let leap = month_days(day(2028, 2, 28), day(2028, 2, 28));
        assert_eq!(leap.into_iter().collect::<Vec<_>>(), [(2, 28)]);
    }

    #[test]
    fn runs_go_over_the_new_year() {
        let wanted = month_days(day(2026, 12, 31), day(2027, 1, 1));
        let runs = days_in_years(&wanted, 1999..=2000);
        let expected = [
            (day(1999, 1, 1), day(1999, 1, 1)),
            (day(1999, 12, 31), day(2000, 1, 1)),
            (day(2000, 12, 31), day(2000, 12, 31)),
        ];
        assert_eq!(runs, expected);
    }
}

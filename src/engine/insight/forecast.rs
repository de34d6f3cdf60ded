//! Who will enter and leave by the clock alone: [`Engine::forecast`].

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use super::formula::{Condition, Conditions};
use super::source::Source;
use crate::book::Universe;
use crate::exec;
use crate::model::{CalendarSpan, Cell, Clock, Diagnostic, RowSet, TimeUnit};

/// How far a forecast looks, and what it tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForecastOptions {
    /// So many days from now.
    pub days: u32,
    /// Whether the keys of those who enter and leave are listed.
    pub keys: bool,
}

/// Who enters and leaves as days go by and nothing in the book changes.
#[derive(Debug, Clone, Serialize)]
pub struct Forecast {
    /// How many there are.
    pub everyone: u64,
    /// The instant that the forecast starts from.
    #[serde(serialize_with = "super::as_text")]
    pub now: Cell,
    /// Its day in the zone of the query.
    #[serde(serialize_with = "super::as_text")]
    pub date: Cell,
    /// How many match then.
    pub count: u64,
    /// The conditions of the filter in its order, saved segments opened.
    pub conditions: Vec<ForecastCondition>,
    /// One for each later day.
    pub days: Vec<ForecastDay>,
    /// What is worth knowing about the filter.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

/// What a condition does over the whole forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastCondition {
    /// Its words; with `not` before them if it stands under one.
    pub words: String,
    /// How often somebody enters by it: the sum of the days.
    pub entered: u64,
    /// How often somebody leaves by it.
    pub left: u64,
}

/// A later day, against the day before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForecastDay {
    /// The same time of that day, on the calendar of the query's zone.
    #[serde(serialize_with = "super::as_text")]
    pub now: Cell,
    /// The day in the zone.
    #[serde(serialize_with = "super::as_text")]
    pub date: Cell,
    /// How many match then: what the filter counts at that `now`.
    pub count: u64,
    /// Who matches, and did not the day before.
    pub entered: ForecastTurn,
    /// Who does not match, and did the day before.
    pub left: ForecastTurn,
}

/// Those who enter, or leave, on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastTurn {
    /// How many.
    pub count: u64,
    /// By which conditions, in the order of the filter; those by which nobody does are left out.
    ///
    /// A person enters by each condition that holds of them now and did not the day before, and leaves by each that did
    /// and doesn't any more, so that these may add up to more than [`ForecastTurn::count`], and never to less. A
    /// condition under `not` is taken with its `not`; one that turned the other way isn't counted, as it can't have helped.
    pub by: Vec<TurnBy>,
    /// Who, by key, if that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
}

/// How many a condition turned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TurnBy {
    /// The condition, by position.
    pub condition: usize,
    /// For how many.
    pub count: u64,
}

impl Engine {
    /// Tells who enters and who leaves by the clock on each of the next days, and by which condition; the data stays as it is.
    ///
    /// Each day is looked at once, at the time of day that `now` has: who matches for some hours in between isn't seen.
    /// Cost: the filter once, and each of its conditions that reads the clock once a day, over everyone.
    ///
    /// # Errors
    ///
    /// What is wrong with the filter, now or on a later day, on which a window may end beyond the calendar; what a run may
    /// fail with.
    pub fn forecast(&self, text: &str, wanted: &ForecastOptions, options: &QueryOptions) -> Result<Forecast, Error> {
        let clock = self.clock(options)?;
        let source = Source::new(text, &self.segments, options)?;
        let parts = source.read(&self.book, &clock)?;
        let Conditions { formula, all } = Conditions::opened(&parts.root);
        let universe = parts.universe;
        let asked = |conditions: &[Condition], clock: &Clock| -> Result<Vec<RowSet>, Error> {
            conditions.iter().map(|it| self.rows_of(universe, it, clock)).collect()
        };
        let mut holds = asked(&all, &clock)?;
        let mut matched = formula.rows(&holds).into_owned();
        let (mut later, reads_clock) = (Vec::new(), all.iter().any(|it| it.reads_clock));
        let told = |rows: &RowSet, turned: &[(usize, RowSet)]| ForecastTurn {
            count: rows.len(),
            by: turned
                .iter()
                .map(|(condition, turned)| TurnBy { condition: *condition, count: rows.intersection_len(turned) })
                .filter(|it| it.count > 0)
                .collect(),
            keys: wanted.keys.then(|| self.keys_of(universe, rows)),
        };
        let count = matched.len();
        for day in 1..=wanted.days {
            let clock = days_later(&clock, day)?;
            let (mut came, mut went) = (Vec::new(), Vec::new());
            if reads_clock {
                let Conditions { all, .. } = Conditions::opened(&source.read(&self.book, &clock)?.root);
                for (at, condition) in all.iter().enumerate().filter(|(_, it)| it.reads_clock) {
                    let now = self.rows_of(universe, condition, &clock)?;
                    came.push((at, now.difference(&holds[at])));
                    went.push((at, holds[at].difference(&now)));
                    holds[at] = now;
                }
            }
            let now = formula.rows(&holds).into_owned();
            later.push(ForecastDay {
                now: Cell::Instant(clock.now_us()),
                date: Cell::Day(clock.today()),
                count: now.len(),
                entered: told(&now.difference(&matched), &came),
                left: told(&matched.difference(&now), &went),
            });
            matched = now;
        }
        let sum = |at: usize, turn: fn(&ForecastDay) -> &ForecastTurn| {
            later.iter().flat_map(|it| &turn(it).by).filter(|it| it.condition == at).map(|it| it.count).sum()
        };
        let conditions = all.into_iter().enumerate().map(|(at, it)| ForecastCondition {
            words: it.words,
            entered: sum(at, |it| &it.entered),
            left: sum(at, |it| &it.left),
        });
        Ok(Forecast {
            everyone: u64::from(self.book.table(universe).layout.n_rows()),
            now: Cell::Instant(clock.now_us()),
            date: Cell::Day(clock.today()),
            count,
            conditions: conditions.collect(),
            days: later,
            notes: parts.notes,
        })
    }

    /// Whom a condition holds of.
    fn rows_of(&self, universe: Universe, condition: &Condition, clock: &Clock) -> Result<RowSet, Error> {
        Ok(self.pool.install(|| exec::run(&self.book, universe, &condition.plan, clock, &self.cancel))?)
    }
}

/// The clock, so many days on at the same time of day.
fn days_later(clock: &Clock, days: u32) -> Result<Clock, Error> {
    let now_us = clock.shift(clock.now_us(), CalendarSpan { count: i64::from(days), unit: TimeUnit::Day })?;
    Ok(Clock::new(now_us, clock.zone().clone()))
}

//! A filter's size over time: [`Engine::trend`].

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use crate::exec;
use crate::model::{Cell, Diagnostic};

/// A filter's size at several times, of one book or of several.
#[derive(Debug, Clone, Serialize)]
pub struct Trend {
    /// The filter.
    pub filter: String,
    /// One for each time, in the order in which they were asked for.
    pub points: Vec<TrendPoint>,
    /// What is worth knowing about the filter, at its first time.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

/// A filter's size at a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrendPoint {
    /// The directory of the book.
    pub book: String,
    /// The `now` that it was counted at.
    #[serde(serialize_with = "super::as_text")]
    pub now: Cell,
    /// Its day in the zone of the query.
    #[serde(serialize_with = "super::as_text")]
    pub date: Cell,
    /// How many match.
    pub count: u64,
    /// How many there are.
    pub everyone: u64,
}

impl Engine {
    /// Counts a filter at each of these instants, in microseconds since 1970 UTC; at that of `options` if there is none.
    ///
    /// Trends of several books are joined by [`Trend::append`]. Cost: that of the counts.
    ///
    /// # Errors
    ///
    /// What is wrong with the filter, and what a run may fail with.
    pub fn trend(&self, text: &str, nows_us: &[i64], options: &QueryOptions) -> Result<Trend, Error> {
        let mut trend = Trend { filter: text.trim().to_owned(), points: Vec::new(), notes: Vec::new() };
        let given = nows_us.iter().copied().map(Some);
        let nows = given.chain(nows_us.is_empty().then_some(options.now_us));
        for now_us in nows {
            let query = self.bare_filter(text, &QueryOptions { now_us, ..options.clone() })?;
            let run = || exec::count(&self.book, query.universe, &query.filter, &query.clock, &self.cancel);
            let point = TrendPoint {
                book: self.dir.display().to_string(),
                now: Cell::Instant(query.clock.now_us()),
                date: Cell::Day(query.clock.today()),
                count: self.pool.install(run)?,
                everyone: u64::from(self.book.table(query.universe).layout.n_rows()),
            };
            if trend.points.is_empty() {
                trend.notes = query.notes;
            }
            trend.points.push(point);
        }
        Ok(trend)
    }
}

impl Trend {
    /// Goes on with the points of another book; the notes stay those of the first.
    pub fn append(&mut self, later: Self) {
        self.points.extend(later.points);
    }
}

//! Answers that explain themselves: why one contact matches, why nobody does, how filters overlap, what sets people apart,
//! who will enter and leave by the clock, who did between two books and why, how large a segment was, how a filter is run.
//!
//! Flow: a filter is read part by part, so that each part keeps its words; its conditions are run apart, of everyone or of
//! the few people at hand, and put together here.
//!
//! Invariant: every number is exact, and every verdict is the engine's own.

mod diff;
mod explain;
mod forecast;
mod formula;
mod gap;
mod overlap;
mod profile;
mod source;
mod trend;
mod why;
mod why_empty;
mod words;

use serde::Serializer;

pub use crate::exec::{Method, Step};
pub use diff::{
    Diff, DiffBy, DiffCause, DiffKind, DiffMove, DiffOptions, DiffPerson, DiffSide, DiffState, OldOrNew, ValueChange,
    ValueCount, diff,
};
pub use explain::Explained;
pub use forecast::{Forecast, ForecastCondition, ForecastDay, ForecastOptions, ForecastTurn, TurnBy};
pub use gap::Gap;
pub use overlap::{Overlap, OverlapCombination, OverlapPair, OverlapSet};
pub use profile::{Profile, ProfileOptions, ProfileOrder, Trait};
pub use trend::{Trend, TrendPoint};
pub use why::{Fact, Reason, ReasonForm, Why};
pub use why_empty::{ConditionCost, WhyEmpty};

use super::{Engine, Error, QueryOptions};
use crate::model::{Cell, Clock, RowId, RowSet, fold};
use crate::plan::{Answer, Parts, Prepared};
use crate::write::text_of;
use source::Source;

/// A filter read part by part, and the clock that it was read by.
struct Read {
    parts: Parts,
    clock: Clock,
}

impl Engine {
    /// Reads a bare filter.
    fn read(&self, text: &str, options: &QueryOptions) -> Result<Read, Error> {
        let clock = self.clock(options)?;
        let parts = Source::new(text, &self.segments, options)?.read(&self.book, &clock)?;
        Ok(Read { parts, clock })
    }

    /// Compiles a bare filter as a whole.
    fn bare_filter(&self, text: &str, options: &QueryOptions) -> Result<Prepared, Error> {
        let query = self.prepare(text, options)?;
        let is_bare = query.subsets.is_empty() && matches!(query.answer, Answer::Count { said: false });
        if is_bare { Ok(query) } else { Err(Error::NotAFilter) }
    }

    /// The keys of rows, in order.
    fn keys_of(&self, universe: crate::book::Universe, rows: &RowSet) -> Vec<String> {
        let table = self.book.table(universe);
        let mut keys: Vec<String> = rows.iter().map(|row| table.key(row).into_owned()).collect();
        keys.sort_unstable();
        keys
    }

    /// The row of a person by key: an e-mail in any case, or a `visitor_id` as it stands.
    ///
    /// Cost: of a visitor a pass of all keys.
    fn row_of(&self, universe: crate::book::Universe, key: &str) -> Option<RowId> {
        match universe {
            crate::book::Universe::Contacts => self.book.contact(&fold(key.trim())),
            crate::book::Universe::Visitors => {
                let table = &self.book.visitors;
                (0..table.layout.n_rows()).find(|row| table.key(*row) == key)
            }
        }
    }
}

/// A cell as its text, missing as null: JSON has no exact decimals.
fn as_text<S: Serializer>(cell: &Cell, serializer: S) -> Result<S::Ok, S::Error> {
    match cell {
        Cell::Null => serializer.serialize_none(),
        Cell::Text(_)
        | Cell::Int(_)
        | Cell::Decimal { .. }
        | Cell::Float(_)
        | Cell::Bool(_)
        | Cell::Day(_)
        | Cell::Instant(_)
        | Cell::List(_) => serializer.serialize_str(&text_of(cell)),
    }
}

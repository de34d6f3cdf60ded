//! The answering steps: from those who match to a table, one step a file.

mod audiences;
mod count;
mod events;
mod funnel;
mod group;
mod histogram;
mod journey;
mod show;
mod stats;
mod tally;
mod values;

pub(super) use count::Statuses;
pub(super) use group::Grouper;
pub(super) use values::spellings;

use super::matched::Matched;
use super::subsets::select;
use super::{Answered, Cancel, ExecError};
use crate::book::{Book, Universe};
use crate::model::Frame;
use crate::plan::{Answer, FieldRef, Prepared, Subset};

/// What a query answers.
pub(super) fn answer(book: &Book, prepared: &Prepared, cancel: &Cancel) -> Result<Answered, ExecError> {
    let matched = || Ok::<Matched<'_>, ExecError>(select(book, prepared, cancel)?.matched);
    let frame = |frame: Frame| Ok(Answered::Frame(frame, Vec::new()));
    match &prepared.answer {
        Answer::Count { .. } if prepared.subsets.is_empty() => frame(count::of_filter(book, prepared, cancel)?),
        Answer::Count { .. } => frame(count::of_rows(&matched()?)?),
        Answer::People => Ok(Answered::People {
            rows: select(book, prepared, cancel)?.in_order()?,
            columns: people_columns(prepared),
        }),
        Answer::By(by) => frame(group::frame(&matched()?, by, &prepared.clock)?),
        Answer::Show { columns, order, limit, offset } => {
            frame(show::frame(&matched()?, columns, order, *limit, *offset)?)
        }
        Answer::Stats(field, name) => frame(stats::frame(&matched()?, *field, name)?),
        Answer::Histogram { field, name, bins } => {
            let (frame, notes) = histogram::frame(&matched()?, *field, name, *bins)?;
            Ok(Answered::Frame(frame, notes))
        }
        Answer::Funnel => frame(funnel::frame(&matched()?)?),
        Answer::Journey(moves) => frame(journey::frame(&matched()?, moves, &prepared.clock)?),
        Answer::Events => frame(events::frame(&matched()?)?),
        Answer::Audiences => frame(audiences::frame(&matched()?)?),
        Answer::Save(_) => {
            Ok(Answered::People { rows: matched()?.by_key()?, columns: vec![key_column(prepared.universe)] })
        }
        Answer::Export(export) => Ok(Answered::People { rows: matched()?.by_key()?, columns: export.columns.clone() }),
    }
}

fn key_column(universe: Universe) -> (FieldRef, String) {
    (FieldRef::Column(0), universe.key().to_owned())
}

/// The key; after `top` its field, too.
fn people_columns(prepared: &Prepared) -> Vec<(FieldRef, String)> {
    let mut columns = vec![key_column(prepared.universe)];
    if let Some(Subset::Top(top)) = prepared.subsets.last()
        && top.by != columns[0].0
    {
        columns.push((top.by, top.name.clone()));
    }
    columns
}

/// A whole number as a cell.
fn int(n: u64) -> crate::model::Cell {
    // No count of rows or of a row's elements passes 63 bits.
    crate::model::Cell::Int(n as i64)
}

/// A share as a cell; empty of nobody.
fn share(part: u64, whole: u64) -> crate::model::Cell {
    if whole == 0 { crate::model::Cell::Null } else { crate::model::Cell::Float(part as f64 / whole as f64) }
}

//! `segql segments`: the saved segments of a book with their counts, and when they were last materialized.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::args::{ClockArgs, OpenArgs};
use super::failure::{Failure, tell_all};
use super::listing::{ListFormat, list};
use super::query::{open, query_options};
use super::terminal::Terminal;
use crate::engine::batch::{Kept, last_materializations};
use crate::engine::{Error, SegmentCount};
use crate::model::{Cell, CellType, Frame};

#[derive(Debug, Args)]
pub(super) struct SegmentsArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    book: PathBuf,
    #[command(flatten)]
    clock: ClockArgs,
    /// A folder that `segql run --out` wrote to: also how many people the last run wrote, and when
    #[arg(long, value_name = "OUT")]
    runs: Option<PathBuf>,
    /// The form of the list [default: a table on a terminal, CSV in a pipe]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ListFormat>,
    #[command(flatten)]
    open: OpenArgs,
}

pub(super) fn run(args: &SegmentsArgs, terminal: &Terminal) -> Result<(), Failure> {
    let last = args.runs.as_deref().map(last_materializations).transpose()?;
    let engine = open(&args.book, &args.open, terminal)?;
    let options = query_options(&engine, &args.clock)?;
    let counts = engine.count_segments(&options)?;
    list(&frame(&counts, last.as_ref()), args.format, terminal)?;
    // Definitions too broken to have a tag have no row; they are told all the same.
    let mut status = 0;
    for broken in engine.segments().broken().filter(|it| !told_in_place(it, &counts)) {
        tell_all(broken, "", Some(engine.segments()), terminal);
        status = 3;
    }
    let failed = counts.iter().filter_map(|it| it.counts.as_ref().err()).map(Error::exit_code).max();
    let status = failed.unwrap_or(0).max(status);
    if status == 0 { Ok(()) } else { Err(Failure::Told(status)) }
}

/// The columns of the last materialization are there if a folder of outputs is named.
pub(super) fn frame(counts: &[SegmentCount], last: Option<&BTreeMap<String, Kept>>) -> Frame {
    let mut columns =
        vec![("tag", CellType::Text), ("name", CellType::Text), ("count", CellType::Int), ("mailable", CellType::Int)];
    if last.is_some() {
        columns.extend([("last_rows", CellType::Int), ("last_run", CellType::Text)]);
    }
    columns.push(("error", CellType::Text));
    let mut frame = Frame::new(columns);
    frame.rows.extend(counts.iter().map(|it| row(it, last)));
    frame
}

fn row(segment: &SegmentCount, last: Option<&BTreeMap<String, Kept>>) -> Vec<Cell> {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Null, Cell::Text);
    let number = |n: u64| i64::try_from(n).map_or(Cell::Null, Cell::Int);
    let (count, mailable, error) = match &segment.counts {
        Ok((count, mailable)) => (number(*count), mailable.map_or(Cell::Null, number), Cell::Null),
        Err(error) => (Cell::Null, Cell::Null, Cell::Text(error.to_string())),
    };
    let mut cells = vec![text(&segment.tag), text(&segment.display), count, mailable];
    if let Some(last) = last {
        let kept = segment.tag.as_ref().and_then(|it| last.get(it));
        cells.push(kept.map_or(Cell::Null, |it| number(it.rows)));
        cells.push(kept.map_or(Cell::Null, |it| Cell::Text(it.started.clone())));
    }
    cells.push(error);
    cells
}

fn told_in_place(broken: &[crate::model::Diagnostic], counts: &[SegmentCount]) -> bool {
    counts.iter().any(|it| matches!(&it.counts, Err(Error::Query(told)) if told == broken))
}

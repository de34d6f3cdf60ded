//! `segql segments`: the saved segments of a book with their counts.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{ClockArgs, OpenArgs};
use super::failure::{Failure, tell_all};
use super::query::{open, query_options};
use super::table;
use super::terminal::Terminal;
use crate::engine::{Error, SegmentCount};
use crate::model::{Cell, CellType, Frame, FrameColumn};
use crate::write::{Format, writer};

#[derive(Debug, Args)]
pub(super) struct SegmentsArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    book: PathBuf,
    #[command(flatten)]
    clock: ClockArgs,
    /// The form of the list [default: a table on a terminal, CSV in a pipe]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ListFormat>,
    #[command(flatten)]
    open: OpenArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Table,
    Csv,
    Json,
}

pub(super) fn run(args: &SegmentsArgs, terminal: &Terminal) -> Result<(), Failure> {
    let engine = open(&args.book, &args.open, terminal)?;
    let options = query_options(&engine, &args.clock)?;
    let counts = engine.count_segments(&options)?;
    let frame = Frame { columns: columns(), rows: counts.iter().map(row).collect() };
    let out = std::io::stdout();
    match args.format.unwrap_or(if terminal.stdout { ListFormat::Table } else { ListFormat::Csv }) {
        ListFormat::Table => writeln!(out.lock(), "{}", table::render(&frame))?,
        ListFormat::Csv => write(Format::Csv, &frame)?,
        ListFormat::Json => write(Format::Json, &frame)?,
    }
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

fn write(format: Format, frame: &Frame) -> Result<(), Failure> {
    let mut out = writer(format, &frame.columns, Box::new(std::io::stdout()), &[])?;
    out.write(frame)?;
    Ok(out.finish()?)
}

fn columns() -> Vec<FrameColumn> {
    let column = |name: &str, kind| FrameColumn { name: name.to_owned(), kind };
    vec![
        column("tag", CellType::Text),
        column("name", CellType::Text),
        column("count", CellType::Int),
        column("mailable", CellType::Int),
        column("error", CellType::Text),
    ]
}

fn row(segment: &SegmentCount) -> Vec<Cell> {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Null, Cell::Text);
    let number = |n: u64| i64::try_from(n).map_or(Cell::Null, Cell::Int);
    let (count, mailable, error) = match &segment.counts {
        Ok((count, mailable)) => (number(*count), mailable.map_or(Cell::Null, number), Cell::Null),
        Err(error) => (Cell::Null, Cell::Null, Cell::Text(error.to_string())),
    };
    vec![text(&segment.tag), text(&segment.display), count, mailable, error]
}

fn told_in_place(broken: &[crate::model::Diagnostic], counts: &[SegmentCount]) -> bool {
    counts.iter().any(|it| matches!(&it.counts, Err(Error::Query(told)) if told == broken))
}

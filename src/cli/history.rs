//! `segql history`: how large segments were, run by run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::listing::{ListFormat, list};
use super::terminal::Terminal;
use crate::engine::batch::{State, history};
use crate::model::{Cell, CellType, Frame};

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// The folders that `segql run --out` wrote to
    #[arg(required = true, value_name = "OUT")]
    outs: Vec<PathBuf>,
    /// These segments alone
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    only: Vec<String>,
    /// The form of the list [default: a table on a terminal, CSV in a pipe]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ListFormat>,
}

pub(super) fn run(args: &HistoryArgs, terminal: &Terminal) -> Result<(), Failure> {
    let mut frame = Frame::new([
        ("tag", CellType::Text),
        ("out", CellType::Text),
        ("started", CellType::Text),
        ("now", CellType::Text),
        ("state", CellType::Text),
        ("matched", CellType::Int),
        ("mailable", CellType::Int),
        ("rows", CellType::Int),
        ("change", CellType::Int),
    ]);
    // By tag, then in the order of the folders and their runs.
    let mut by_tag: BTreeMap<String, Vec<Vec<Cell>>> = BTreeMap::new();
    for out in &args.outs {
        let mut before: BTreeMap<String, i64> = BTreeMap::new();
        for run in history(out)? {
            for segment in &run.segments {
                if !args.only.is_empty() && !args.only.contains(&segment.tag) {
                    continue;
                }
                let number = |n: Option<u64>| n.and_then(|it| i64::try_from(it).ok());
                let cell = |n: Option<i64>| n.map_or(Cell::Null, Cell::Int);
                let rows = number(segment.rows);
                let change = rows.zip(before.get(&segment.tag)).map(|(rows, before)| rows - before);
                if let (State::Written, Some(rows)) = (segment.state, rows) {
                    before.insert(segment.tag.clone(), rows);
                }
                by_tag.entry(segment.tag.clone()).or_default().push(vec![
                    Cell::Text(segment.tag.clone()),
                    Cell::Text(out.display().to_string()),
                    Cell::Text(run.started.clone()),
                    Cell::Text(run.now.clone()),
                    Cell::Text(segment.state.words().to_owned()),
                    cell(number(segment.matched)),
                    cell(number(segment.mailable)),
                    cell(rows),
                    cell(change),
                ]);
            }
        }
    }
    frame.rows = by_tag.into_values().flatten().collect();
    list(&frame, args.format, terminal)
}

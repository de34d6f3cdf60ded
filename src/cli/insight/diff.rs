//! `segql diff`: who entered and who left between two books, and why.

use std::path::PathBuf;

use clap::Args;

use super::{Report, one_line, people, print, table};
use crate::cli::args::ClockArgs;
use crate::cli::failure::{Failure, tell_all};
use crate::cli::query::{interrupted, open_among, options_at, query_options};
use crate::cli::terminal::Terminal;
use crate::engine::Error;
use crate::engine::insight::{Diff, DiffCause, DiffKind, DiffMove, DiffOptions, DiffSide, OldOrNew, ValueChange, diff};
use crate::model::escape_control;

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql diff data/cdnow data/cdnow --old-now 1998-06-01 --now 1998-07-01 @win_back
  400 people matched, 433 match: 91 entered, 58 left, 342 stayed

  people  entered, and why
      91  the clock moved
      91    by not did purchase in last 180 days

  people  left, and why
      58  the clock moved
      58    by not did purchase in last 180 days

  $ segql diff data/cdnow data/cdnow --old-filter 'spent > 500' 'spent > 450 and orders > 4'
  734 people matched, 831 match: 124 entered, 27 left, 707 stayed

  people  entered, and why
     124  the definition changed

  people  left, and why
      27  the definition changed

Each person counts for one cause: the fewest changes which, undone, undo the move, everything else
being as it is now. A change is: being new in the book or gone from it; a field, or the records of
a kind, that the filter reads; the clock; the definition, with the segments it names. Of several
that would do, the first in this order. Fields that one condition reads together are one change.
Where only several changes together undo it, they are told as one cause: `together`. Under a cause
stand the conditions that turned by it (a person may count for several), and the commonest changes
of a value.

The old filter and clock are the new ones unless said; each book has its own segments, --segments
is for both. Both filters must be right in both books. JSON has all, with --people also who:
  segql diff monday tuesday --old-now 2026-11-23 --now 2026-11-24 --format json --people @vip";

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// The directory of the old book
    #[arg(value_name = "OLD-BOOK")]
    old: PathBuf,
    /// The directory of the new book
    #[arg(value_name = "NEW-BOOK")]
    new: PathBuf,
    /// The old definition [default: the filter]
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    old_filter: Option<String>,
    /// The time taken as now in the old book [default: that of --now]
    #[arg(long, value_name = "TIME")]
    old_now: Option<String>,
    #[command(flatten)]
    clock: ClockArgs,
    /// Commonest changes of a value that are told of each cause
    #[arg(long, value_name = "N", default_value_t = 3)]
    top: usize,
    /// Lists who moved, with the values that changed, in JSON
    #[arg(long)]
    people: bool,
    #[command(flatten)]
    report: Report,
    /// The filter
    #[arg(allow_hyphen_values = true)]
    filter: String,
}

pub(in crate::cli) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<(), Failure> {
    let cancel = interrupted();
    let old = open_among(&args.old, &args.report.open, terminal, &cancel)?;
    let new = open_among(&args.new, &args.report.open, terminal, &cancel)?;
    let old_clock = ClockArgs { now: args.old_now.clone(), tz: args.clock.tz.clone() };
    let options = (options_at(&old, &old_clock, "--old-now")?, query_options(&new, &args.clock)?);
    let old_filter = args.old_filter.as_ref().unwrap_or(&args.filter);
    let old_side = DiffSide { engine: &old, filter: old_filter, options: &options.0 };
    let new_side = DiffSide { engine: &new, filter: &args.filter, options: &options.1 };
    let wanted = DiffOptions { values: args.top, people: args.people };
    let report =
        diff(&old_side, &new_side, &wanted).map_err(|error| failure(error, [&old_side, &new_side], terminal))?;
    tell_all(&report.notes, &args.filter, Some(new.segments()), terminal);
    print(args.report.format, &report, lines)
}

/// An error of a filter, shown in its text, after a word on where it was read if that isn't plain.
fn failure(error: Error, [old, new]: [&DiffSide<'_>; 2], terminal: &Terminal) -> Failure {
    let Error::OneSide { filter, book, source } = error else { return Failure::from(error) };
    if filter != OldOrNew::New || book != OldOrNew::New {
        terminal.note(&format!("this is the {} filter in the {} book", filter.name(), book.name()));
    }
    let side = match filter {
        OldOrNew::Old => old,
        OldOrNew::New => new,
    };
    Failure::of(*source, side.filter, Some(side.engine.segments()), terminal)
}

fn lines(report: &Diff) -> Vec<String> {
    let mut lines = vec![format!(
        "{} matched, {} match: {} entered, {} left, {} stayed",
        people(report.old.count),
        report.new.count,
        report.entered.count,
        report.left.count,
        report.stayed
    )];
    for (title, moved) in [("entered, and why", &report.entered), ("left, and why", &report.left)] {
        if moved.count > 0 {
            lines.push(String::new());
            lines.extend(table(&["people", title], rows(moved, &report.conditions).into_iter(), 0));
        }
    }
    lines
}

fn rows(moved: &DiffMove, conditions: &[String]) -> Vec<Vec<String>> {
    let row = |count: u64, words: String| vec![count.to_string(), words];
    let mut rows = Vec::new();
    for cause in &moved.causes {
        rows.push(row(cause.count, name(cause)));
        rows.extend(cause.by.iter().map(|it| row(it.count, format!("  by {}", one_line(&conditions[it.condition])))));
        rows.extend(cause.values.iter().map(|it| row(it.count, format!("  {}", change_text(&it.change)))));
    }
    rows
}

fn name(cause: &DiffCause) -> String {
    let changes = || cause.changes.iter().map(|it| one_line(it)).collect::<Vec<_>>().join(", ");
    match cause.kind {
        DiffKind::New => "new in the book".to_owned(),
        DiffKind::Gone => "gone from the book".to_owned(),
        DiffKind::Data => changes(),
        DiffKind::Clock => "the clock moved".to_owned(),
        DiffKind::Definition => "the definition changed".to_owned(),
        DiffKind::Together => format!("together: {}", changes()),
    }
}

/// `spent from 20.00 to 35.00`, `purchase records from 2 to 3 (1 added)`.
fn change_text(change: &ValueChange) -> String {
    let text = |value: &Option<String>| value.as_ref().map_or_else(|| "missing".to_owned(), |it| escape_control(it));
    let counts = [(change.added, "added"), (change.gone, "gone")];
    let counts: Vec<String> =
        counts.iter().filter_map(|(n, word)| n.filter(|it| *it > 0).map(|it| format!("{it} {word}"))).collect();
    let counts = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
    format!("{} from {} to {}{counts}", one_line(&change.what), text(&change.from), text(&change.to))
}

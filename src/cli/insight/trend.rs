//! `segql trend`: a filter's size over time.

use std::path::PathBuf;

use clap::Args;

use super::bars::{bar, sparkline};
use super::{Report, chart, one_line, percent, picture, print, table};
use crate::cli::args::ClockArgs;
use crate::cli::failure::{Failure, tell_all};
use crate::cli::query::{interrupted, open_among, query_options};
use crate::cli::terminal::Terminal;
use crate::engine::insight::{Trend, TrendPoint};
use crate::model::Cell;
use crate::write::text_of;

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql trend --book data/cdnow --now 1998-05-01 --now 1998-06-01 --now 1998-07-01 @lapsed
  from 17655 to 18210 people  ▁▆█

  now         people  change  share
  1998-05-01   17655          74.9%  █████████████████████████████
  1998-06-01   18021    +366  76.5%  █████████████████████████████▋
  1998-07-01   18210    +189  77.3%  ██████████████████████████████

Several books are snapshots: each is counted at its own --now, if there are as many, else all at
the one. Of one book every --now is counted, over the data that it has now. The points stand in
the order given; a change is against the one before, a share of everyone in that book. With --svg
the same as a picture:
  segql trend --book june --book july --now 1998-06-01 --now 1998-07-01 --svg lapsed.svg @lapsed";

/// Columns that a bar may take.
const BAR: usize = 30;

#[derive(Debug, Args)]
pub(in crate::cli) struct TrendArgs {
    /// The directory of a book; once for each book
    #[arg(long = "book", value_name = "DIR", required = true)]
    books: Vec<PathBuf>,
    /// A time taken as now, such as 2026-11-20T09:00:00Z; once for each time, or for each book [default: the machine's]
    #[arg(long = "now", visible_alias = "as-of", value_name = "TIME")]
    nows: Vec<String>,
    /// The zone in which days are counted, such as Asia/Jakarta [default: the book's, else UTC]
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// Draws the sizes as a line
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Lets --svg replace a file
    #[arg(long, requires = "svg")]
    overwrite: bool,
    #[command(flatten)]
    report: Report,
    /// The filter
    #[arg(allow_hyphen_values = true)]
    filter: String,
}

pub(in crate::cli) fn run(args: &TrendArgs, terminal: &Terminal) -> Result<(), Failure> {
    let (n_books, n_nows) = (args.books.len(), args.nows.len());
    let has_one_each = n_books > 1 && n_nows > 1;
    if has_one_each && n_books != n_nows {
        return Err(Failure::usage(format!(
            "{n_books} books and {n_nows} times: give one --now for all books, or one for each in their order"
        )));
    }
    let cancel = interrupted();
    let mut trend: Option<Trend> = None;
    // One book at a time, so that no two need be in memory.
    for (at, book) in args.books.iter().enumerate() {
        let engine = open_among(book, &args.report.open, terminal, &cancel)?;
        let nows = if has_one_each { &args.nows[at..=at] } else { &args.nows[..] };
        let mut options = query_options(&engine, &ClockArgs { now: None, tz: args.tz.clone() })?;
        if let Some(TrendPoint { now: Cell::Instant(now_us), .. }) = trend.as_ref().and_then(|it| it.points.first()) {
            // The machine's time goes on while books are loaded; all are counted at one.
            options.now_us = Some(*now_us);
        }
        let mut nows_us = Vec::new();
        for now in nows {
            let clock = ClockArgs { now: Some(now.clone()), tz: args.tz.clone() };
            options = query_options(&engine, &clock)?;
            nows_us.extend(options.now_us);
        }
        let found = engine
            .trend(&args.filter, &nows_us, &options)
            .map_err(|error| Failure::of(error, &args.filter, Some(engine.segments()), terminal))?;
        match &mut trend {
            Some(trend) => trend.append(found),
            None => {
                tell_all(&found.notes, &args.filter, Some(engine.segments()), terminal);
                trend = Some(found);
            }
        }
    }
    // There is a book at least.
    let Some(trend) = trend else { return Ok(()) };
    if let Some(path) = &args.svg {
        picture::save(path, args.overwrite, &chart::draw(&trend))?;
    }
    print(args.report.format, &trend, lines)
}

fn lines(trend: &Trend) -> Vec<String> {
    let counts: Vec<u64> = trend.points.iter().map(|it| it.count).collect();
    let (first, last) = (counts.first().copied().unwrap_or(0), counts.last().copied().unwrap_or(0));
    let mut lines = vec![format!("from {first} to {last} people  {}", sparkline(&counts)), String::new()];
    let largest = counts.iter().max().copied().unwrap_or(0);
    let several = trend.points.iter().any(|it| it.book != trend.points[0].book);
    let row = |(at, it): (usize, &TrendPoint)| {
        let before = at.checked_sub(1).map(|at| i128::from(counts[at]));
        let change = before.map_or_else(String::new, |before| format!("{:+}", i128::from(it.count) - before));
        let share = percent((it.everyone > 0).then(|| it.count as f64 / it.everyone as f64));
        let mut cells = vec![moment(it)];
        if several {
            cells.push(one_line(&it.book));
        }
        cells.extend([it.count.to_string(), change, share, bar(it.count, largest, BAR)]);
        cells
    };
    let headers: &[&str] = if several {
        &["now", "book", "people", "change", "share", ""]
    } else {
        &["now", "people", "change", "share", ""]
    };
    lines.extend(table(headers, trend.points.iter().enumerate().map(row), if several { 2 } else { 1 }));
    lines
}

/// The day alone where the clock stands at its beginning in UTC.
pub(super) fn moment(point: &TrendPoint) -> String {
    let (now, date) = (text_of(&point.now), text_of(&point.date));
    if now == format!("{date}T00:00:00Z") { date } else { now }
}

//! `segql run`: segments become files, whole or not at all.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::args::{ClockArgs, ErrorFormat, OpenArgs};
use super::failure::{Failure, tell_all};
use super::listing::{ListFormat, list};
use super::progress::{Bar, segments_bar};
use super::query::{open, query_options};
use super::render;
use super::run_log;
use super::terminal::Terminal;
use crate::engine::Error;
use crate::engine::batch::{
    BatchFile, BatchOptions, Outcome, OutputFormat, Progress, RunEvent, RunReport, SegmentOptions, State, parse_size,
};
use crate::model::{Cell, CellType, Frame};

/// Some segment failed, and the others are written.
const SOME_FAILED: u8 = 5;
/// A guard rail held a segment back, and the others are written.
const HELD_BACK: u8 = 6;

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    book: PathBuf,
    /// The folder of the outputs; made if it isn't there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which segments, and how: a `segments.toml` [default: every saved segment]
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    clock: ClockArgs,
    /// These segments alone; what there is of the others stays
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    only: Vec<String>,
    /// Takes these segments as they come out: no guard rail holds them back
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    accept: Vec<String>,
    /// The outputs that sizes and members are compared with [default: those in --out]
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// Segments that are written at a time [default: one a thread]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// A segment that fails leaves the others
    #[arg(long)]
    keep_going: bool,
    /// Tells what would come out; writes nothing
    #[arg(long)]
    dry_run: bool,
    /// What happens, on standard error: in words, or as one JSON object a line
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    log: LogFormat,
    /// The form of the list on standard output [default: a table on a terminal, CSV in a pipe]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ListFormat>,
    /// The mode of the files
    #[arg(long, value_name = "OCTAL", default_value = "0600", value_parser = file_mode)]
    file_mode: u32,
    #[command(flatten)]
    open: OpenArgs,
    // Last, since its heading goes for whatever follows.
    #[command(flatten)]
    defaults: DefaultArgs,
}

/// What goes for each segment unless `segments.toml` says else of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "For each segment, unless the plan says else of it")]
struct DefaultArgs {
    /// The fields of each person [default: the key]
    #[arg(long, value_name = "FIELD,FIELD", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// parquet, csv, ndjson, arrow, roaring, clickhouse, starrocks [default: parquet]
    #[arg(long, value_name = "FORMAT,FORMAT", value_delimiter = ',', value_parser = output_format)]
    formats: Option<Vec<OutputFormat>>,
    /// Fields whose values become folders
    #[arg(long, value_name = "FIELD,FIELD", value_delimiter = ',')]
    partition: Option<Vec<String>>,
    /// Held back with fewer rows
    #[arg(long, value_name = "N")]
    min_rows: Option<u64>,
    /// Held back with more rows
    #[arg(long, value_name = "N")]
    max_rows: Option<u64>,
    /// Held back if the rows differ from the last ones by more
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    max_change_pct: Option<f64>,
    /// As after `sample` in a sentence: 1000, 10%, "100 seed 7 per country"
    #[arg(long, value_name = "SIZE")]
    sample: Option<String>,
    /// Only those who can be mailed
    #[arg(long)]
    mailable: bool,
    /// Also who entered and who left since the run before
    #[arg(long)]
    changes: bool,
    /// CSV as it is, be a cell a formula to a spreadsheet
    #[arg(long)]
    csv_raw: bool,
    /// CSV files of no more than so many bytes, such as 100MB
    #[arg(long, value_name = "SIZE", value_parser = file_size)]
    csv_max_bytes: Option<u64>,
    /// The field whose whole numbers are the ids of bitmaps [default: the row in the book's files]
    #[arg(long, value_name = "FIELD")]
    id_column: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

fn file_mode(text: &str) -> Result<u32, String> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|it| *it <= 0o777 && it & 0o600 == 0o600);
    mode.ok_or_else(|| "a mode is three octal digits of which the first is 6 or 7, such as 640".to_owned())
}

fn output_format(text: &str) -> Result<OutputFormat, String> {
    text.trim().parse()
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').trim().parse::<f64>().ok().filter(|it| it.is_finite() && *it >= 0.0);
    percent.ok_or_else(|| "a share is a number of percent, such as 25".to_owned())
}

fn file_size(text: &str) -> Result<u64, String> {
    parse_size(text).ok_or_else(|| "a size is a number of bytes, or such as 500KB, 100MB, 2GB".to_owned())
}

impl DefaultArgs {
    fn options(&self) -> SegmentOptions {
        SegmentOptions {
            columns: self.columns.clone(),
            formats: self.formats.clone(),
            partition: self.partition.clone(),
            min_rows: self.min_rows,
            max_rows: self.max_rows,
            max_change_pct: self.max_change_pct,
            sample: self.sample.clone(),
            mailable: self.mailable.then_some(true),
            changes: self.changes.then_some(true),
            csv_raw: self.csv_raw.then_some(true),
            csv_max_bytes: self.csv_max_bytes,
            id_column: self.id_column.clone(),
        }
    }
}

pub(super) fn run(args: &RunArgs, terminal: &Terminal) -> Result<(), Failure> {
    let is_json = args.log == LogFormat::Json;
    let terminal = if is_json { terminal.with_errors(ErrorFormat::Json) } else { *terminal };
    // A mistake in it is told before the book is loaded.
    let file = args.plan.as_deref().map(BatchFile::read).transpose()?.map(Arc::new);
    let engine = open(&args.book, &args.open, &terminal)?;
    let bar = (!is_json).then(|| Arc::new(segments_bar(&terminal)));
    let options = BatchOptions {
        previous: args.previous.clone(),
        file,
        defaults: args.defaults.options(),
        query: query_options(&engine, &args.clock)?,
        only: args.only.clone(),
        accept: args.accept.clone(),
        jobs: args.jobs.map(usize::from),
        keep_going: args.keep_going,
        dry_run: args.dry_run,
        file_mode: args.file_mode,
        progress: Some(progress(bar.clone(), terminal)),
        ..BatchOptions::new(args.out.clone())
    };
    let report = engine.run_batch(&options);
    if let Some(bar) = &bar {
        bar.finish();
    }
    let report = report?;
    tell(&report, &terminal);
    list(&summary(&report), args.format, &terminal)?;
    match status(&report, args) {
        0 => Ok(()),
        status => Err(Failure::Told(status)),
    }
}

/// Lines of JSON, or a bar.
fn progress(bar: Option<Arc<Bar>>, terminal: Terminal) -> Arc<Progress> {
    let done = std::sync::atomic::AtomicU64::new(0);
    let total = std::sync::atomic::AtomicU64::new(0);
    let order = std::sync::atomic::Ordering::Relaxed;
    Arc::new(move |event| match (&bar, event) {
        (None, event) => terminal.say(&run_log::line(&event)),
        (Some(_), RunEvent::Began { segments, .. }) => total.store(segments as u64, order),
        (Some(bar), RunEvent::Segment(outcome)) => {
            bar.update(&outcome.entry.tag, done.fetch_add(1, order) + 1, total.load(order));
        }
        (Some(_), RunEvent::Committed { .. }) => {}
    })
}

/// What is worth a word: what failed, what was held back, what else is to be known.
fn tell(report: &RunReport, terminal: &Terminal) {
    for broken in &report.broken {
        tell_all(broken, "", Some(&report.sources), terminal);
    }
    for outcome in &report.outcomes {
        match &outcome.error {
            Some(Error::Query(diagnostics)) => tell_all(diagnostics, "", Some(&report.sources), terminal),
            Some(error) => terminal.say(&render::plain_error(&error.to_string(), terminal)),
            None => {}
        }
    }
    for outcome in report.outcomes.iter().filter(|it| it.error.is_none()) {
        if let Some(why) = &outcome.entry.error {
            terminal.note(&format!("@{} is held back: {why}; {}", outcome.entry.tag, what_stays(outcome)));
        }
    }
    for note in &report.notes {
        terminal.note(note);
    }
}

fn what_stays(outcome: &Outcome) -> String {
    match &outcome.entry.kept {
        Some(kept) => format!("the files of {} stay. `--accept {}` takes it as it is", kept.now, outcome.entry.tag),
        None => format!("nothing is written. `--accept {}` takes it as it is", outcome.entry.tag),
    }
}

fn status(report: &RunReport, args: &RunArgs) -> u8 {
    let failed = report.n_failed();
    if failed > 0 && !args.keep_going {
        let first = report.outcomes.iter().find_map(|it| it.error.as_ref()).map_or(3, Error::exit_code);
        return first;
    }
    match (failed, report.n_held_back()) {
        (0, 0) => 0,
        (0, _) => HELD_BACK,
        (_, _) => SOME_FAILED,
    }
}

/// What became of a segment, in words.
fn words(state: State, committed: bool) -> &'static str {
    match (state, committed) {
        (State::Written, false) => "not written",
        (State::Written | State::HeldBack | State::Failed, _) => state.words(),
    }
}

fn summary(report: &RunReport) -> Frame {
    let mut frame = Frame::new([
        ("tag", CellType::Text),
        ("state", CellType::Text),
        ("matched", CellType::Int),
        ("mailable", CellType::Int),
        ("rows", CellType::Int),
        ("files", CellType::Int),
        ("bytes", CellType::Int),
        ("error", CellType::Text),
    ]);
    let number = |n: Option<u64>| n.and_then(|it| i64::try_from(it).ok()).map_or(Cell::Null, Cell::Int);
    for outcome in &report.outcomes {
        let entry = &outcome.entry;
        frame.rows.push(vec![
            Cell::Text(entry.tag.clone()),
            Cell::Text(words(entry.state, report.committed).to_owned()),
            number(entry.matched),
            number(entry.mailable),
            number(entry.rows),
            number(Some(entry.files.len() as u64)),
            number(Some(entry.files.iter().map(|it| it.bytes).sum())),
            entry.error.clone().map_or(Cell::Null, Cell::Text),
        ]);
    }
    frame
}

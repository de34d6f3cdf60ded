//! `segql sql`: filters and saved segments in the words of other engines.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::args::{ClockArgs, OpenArgs};
use super::failure::{Failure, tell_all};
use super::query::{open, query_options, read_source};
use super::terminal::Terminal;
use crate::book::Universe;
use crate::engine::{Engine, Error, QueryOptions, SegmentSql, SqlTarget};
use crate::sql::{self, Dialect, Tables};

#[derive(Debug, Args)]
pub(super) struct SqlArgs {
    /// The directory of the book, whose fields, types and kinds the filter is read by
    #[arg(long, value_name = "DIR")]
    book: PathBuf,
    /// The engine that is to run it
    #[arg(long, value_enum, value_name = "ENGINE")]
    dialect: DialectArg,
    /// A TOML file of what their tables and columns are called [default: as ours]
    #[arg(long, value_name = "FILE")]
    tables: Option<PathBuf>,
    /// Every saved segment, as a view of its tag
    #[arg(long, conflicts_with_all = ["filter", "file"])]
    all: bool,
    /// How many there are, in place of who
    #[arg(long)]
    count: bool,
    /// SQL, or one JSON object a line: `segment`, `name`, `key`, `sql`
    #[arg(long, value_enum, default_value_t = Form::Sql, value_name = "FORMAT")]
    format: Form,
    #[command(flatten)]
    clock: ClockArgs,
    #[command(flatten)]
    open: OpenArgs,
    /// Reads the filter from a file (`-` is standard input)
    #[arg(long, short, value_name = "FILE", conflicts_with = "filter")]
    file: Option<PathBuf>,
    /// The filter; from standard input if neither it nor --file nor --all is given
    #[arg(allow_hyphen_values = true)]
    filter: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DialectArg {
    #[value(name = "duckdb")]
    DuckDb,
    #[value(name = "datafusion")]
    DataFusion,
    #[value(name = "clickhouse")]
    ClickHouse,
    Spark,
    Postgres,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Sql,
    Json,
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    /// The tag; none of a filter without a name.
    segment: Option<&'a str>,
    name: Option<&'a str>,
    /// The column that the SELECT answers with.
    key: &'static str,
    sql: &'a str,
}

pub(super) fn run(args: &SqlArgs, terminal: &Terminal) -> Result<(), Failure> {
    let tables = tables(args.tables.as_deref())?;
    let text = if args.all { String::new() } else { read_text(args, terminal)? };
    let engine = open(&args.book, &args.open, terminal)?;
    let options = query_options(&engine, &args.clock)?;
    let target = SqlTarget::new(dialect(args.dialect), tables, &args.book, args.open.limits())?;
    if args.all {
        return all(args, &engine, &options, &target, terminal);
    }
    let told = |error| Failure::of(error, &text, Some(engine.segments()), terminal);
    let (select, universe, notes) = engine.sql(&text, &options, &target).map_err(told)?;
    tell_all(&notes, &text, Some(engine.segments()), terminal);
    let select = counted(args, select);
    match args.format {
        Form::Sql => writeln!(std::io::stdout().lock(), "{select}")?,
        Form::Json => print_line(&Line { segment: None, name: None, key: key(args, universe), sql: &select })?,
    }
    Ok(())
}

/// Every segment; those without SQL are told, and the status says so.
fn all(
    args: &SqlArgs,
    engine: &Engine,
    options: &QueryOptions,
    target: &SqlTarget,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut status = 0;
    let mut told: Vec<Vec<crate::model::Diagnostic>> = Vec::new();
    for SegmentSql { tag, display, select } in engine.sql_of_segments(options, target)? {
        match select {
            Ok((universe, select)) => {
                let select = counted(args, select);
                match args.format {
                    Form::Sql => {
                        writeln!(std::io::stdout().lock(), "{}\n", sql::view(&tag, &select, dialect(args.dialect)))?
                    }
                    Form::Json => print_line(&Line {
                        segment: Some(&tag),
                        name: display.as_deref(),
                        key: key(args, universe),
                        sql: &select,
                    })?,
                }
            }
            Err(Error::Query(wrong)) => {
                tell_all(&wrong, "", Some(engine.segments()), terminal);
                told.push(wrong);
                status = 3;
            }
            Err(error) => return Err(error.into()),
        }
    }
    // Definitions too broken to have a tag.
    for broken in engine.segments().broken().filter(|it| !told.iter().any(|told| told == it)) {
        tell_all(broken, "", Some(engine.segments()), terminal);
        status = 3;
    }
    if status == 0 { Ok(()) } else { Err(Failure::Told(status)) }
}

fn print_line(line: &Line<'_>) -> Result<(), Failure> {
    // A struct of texts is always JSON.
    let json = serde_json::to_string(line).unwrap_or_default();
    Ok(writeln!(std::io::stdout().lock(), "{json}")?)
}

fn counted(args: &SqlArgs, select: String) -> String {
    if args.count { sql::count(&select) } else { select }
}

fn key(args: &SqlArgs, universe: Universe) -> &'static str {
    if args.count { "n" } else { universe.key() }
}

fn tables(path: Option<&Path>) -> Result<Tables, Failure> {
    let Some(path) = path else { return Ok(Tables::default()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Message(format!("reading {}: {error}", path.display()), 1))?;
    Tables::parse(&text).map_err(|error| Failure::usage(format!("--tables: {}: {error}", path.display())))
}

fn read_text(args: &SqlArgs, terminal: &Terminal) -> Result<String, Failure> {
    match (&args.filter, &args.file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) => read_source(path),
        (None, None) if terminal.stdin => {
            Err(Failure::usage("no filter: give one in quotes, or --file FILE, or --all, or pipe it in"))
        }
        (None, None) => read_source(Path::new("-")),
    }
}

const fn dialect(of: DialectArg) -> Dialect {
    match of {
        DialectArg::DuckDb => Dialect::DuckDb,
        DialectArg::DataFusion => Dialect::DataFusion,
        DialectArg::ClickHouse => Dialect::ClickHouse,
        DialectArg::Spark => Dialect::Spark,
        DialectArg::Postgres => Dialect::Postgres,
    }
}

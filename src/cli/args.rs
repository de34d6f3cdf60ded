//! What the command line may say.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::convert::ConvertArgs;
use super::explain::ExplainArgs;
use super::fmt::FmtArgs;
use super::insight;
use super::shell::{CompletionsArgs, ManArgs};
use crate::engine::{Limit, Limits};

/// What the exit statuses mean; a macro, since `concat!` takes literals alone.
macro_rules! exit_status {
    () => {
        "Exit status:
  0 fine   1 internal or I/O   2 usage   3 the query   4 the book
  5 a segment of a run failed   6 a guard rail held one back   130 interrupted"
    };
}

/// Which people match? Exact counts over a contact book, in milliseconds.
#[derive(Debug, Parser)]
#[command(name = "segql", version, about, args_conflicts_with_subcommands = true, after_help = exit_status!())]
#[command(after_long_help = concat!("\
Examples:
  segql data/cdnow                                       ask in a session
  segql query --book data/cdnow 'did purchase twice'     ask once
  segql inspect data/cdnow                               see what the book holds
  segql explain-error Q0201                              have a message explained

", exit_status!()))]
pub(super) struct Cli {
    /// The directory of a book: opens a session on it, as `segql repl --book BOOK` does
    pub(super) book: Option<PathBuf>,
    /// Colours in messages and tables (NO_COLOR is honoured too)
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(super) color: ColorChoice,
    /// Errors and notes as words, or as one JSON object a line
    #[arg(long, global = true, value_enum, default_value_t = ErrorFormat::Text, value_name = "FORMAT")]
    pub(super) error_format: ErrorFormat,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ErrorFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Asks a book one question
    #[command(after_help = concat!("\
Examples:
  segql query --book data/cdnow 'did purchase at least 3 times'
  segql query --book data/cdnow --now 1998-07-01T00:00:00Z --format csv --columns email,spent \\
      'spent >= 500 and not did purchase in last 180 days'
  segql query --book data/cdnow 'everyone | by month(subscribed_at)'
  echo 'funnel = promoter | top 10 by spent' | segql query --book data/cdnow
  segql query --book data/cdnow --output promoters.parquet --columns email 'funnel = promoter'

", exit_status!()))]
    Query(QueryArgs),
    /// Opens a session on a book, which counts while a question is typed; runs a script that is piped in
    #[command(after_help = concat!("\
Examples:
  segql repl --book data/cdnow --now 1998-07-01T00:00:00Z
  segql data/cdnow
  printf 'did purchase twice;\\neveryone | by stage;\\n' | segql repl --book data/cdnow
  segql repl --book data/cdnow --keep-going < questions.segql

A question ends with `;` and may take several lines. Tab completes fields, operators, values with their
counts, segments and words; behind `#` stands how many match, exactly, or what is wrong. Ctrl-R searches
what was asked before, Ctrl-C clears the line or stops a question, Ctrl-D ends. `.help` lists the commands.

A script stops at its first error, with its exit status. The history lies in XDG_STATE_HOME/segql, for its
owner alone; XDG_CONFIG_HOME/segql/config.toml may set mode, timer, bars, now, tz and threads, one a line.

", exit_status!()))]
    Repl(ReplArgs),
    /// Checks definitions and filters without running them: what is wrong, and what makes no sense
    #[command(after_help = "\
Examples:
  segql check --book data/cdnow                            the saved segments of the book
  segql check --book data/cdnow press.seg filters.seg      files of definitions or of `;`-ended filters
  segql check --book data/cdnow --warnings deny press.seg  warnings are as bad as errors

Warnings are proven, never sampled: a filter or part that holds of nobody or of everyone, a condition
that others imply, a segment that is the same as another or lies within it, a value that the book never
holds. Each says whether it is so by logic, by logic as of now, or by this book's data.

Exit status:
  0 fine, also with warnings   3 an error, or a warning under --warnings deny   4 the book")]
    Check(super::check::CheckArgs),
    /// Lists the saved segments with their counts
    #[command(after_help = "\
Examples:
  segql segments --book data/cdnow
  segql segments --book data/cdnow --now 1998-07-01T00:00:00Z --format json
  segql segments --book data/cdnow --runs out              also what the last run wrote, and when

A broken segment is shown with its error, the others are listed all the same.

Exit status:
  0 fine   3 a broken segment   4 the book")]
    Segments(super::segments::SegmentsArgs),
    /// Materializes segments as files, whole or not at all
    #[command(after_help = "\
Examples:
  segql run --book data/cdnow --now 1998-07-01T00:00:00Z --out out     every saved segment as Parquet
  segql run --book data/cdnow --out out --formats parquet,csv,roaring --min-rows 1 --max-change-pct 25
  segql run --book data/cdnow --plan segments.toml --out out --keep-going --log json 2>> run.log
  segql run --book data/cdnow --plan segments.toml --out out --dry-run
  segql run --book data/cdnow --plan segments.toml --out out --only loyal --accept loyal

out/manifest.json lists the files that count, out/segments holds them; docs/batch.md tells all of it.

Exit status:
  0 fine   1 I/O   2 usage, or segments.toml   3 a definition   4 the book
  5 some segment failed (--keep-going)   6 a guard rail held a segment back   130 interrupted
After 0, 5 and 6 the outputs are those of this run, after any other status those of the run before.")]
    Run(super::run::RunArgs),
    /// Checks that the outputs of a run are as its manifest says
    #[command(after_help = "\
Examples:
  segql verify out

Exit status:
  0 fine   1 a file is missing or changed, or I/O")]
    Verify(super::verify::VerifyArgs),
    /// Shows how large segments were, run by run
    #[command(after_help = "\
Examples:
  segql history out
  segql history --only loyal,lapsed --format csv out other_out")]
    History(super::history::HistoryArgs),
    /// Says a filter, or every saved segment, in the SQL of another engine: one SELECT with the same people
    #[command(after_help = "\
Examples:
  segql sql --book data/cdnow --dialect duckdb 'did purchase at least 3 times'
  segql sql --book data/cdnow --dialect postgres --tables map.toml 'spent >= 500' | psql shop
  segql sql --book data/cdnow --dialect spark --now 1998-07-01T00:00:00Z --all
  segql sql --book data/cdnow --dialect clickhouse --all --format json

A file of --tables says what their tables are called:
  [contacts]
  table = \"crm.people\"
  row = \"load_no\"           numbers the rows: of equal keys the last one wins
  [contacts.columns]
  email = \"mail_address\"    ours = theirs

Times are written as of --now. docs/sql.md tells what each engine needs.

Exit status:
  0 fine   2 usage   3 the filter, or a segment that has no SQL   4 the book")]
    Sql(super::sql::SqlArgs),
    /// Shows what a book holds: rows, columns, types, distinct values, missing shares, ranges, irregularities, memory
    #[command(after_help = "\
Examples:
  segql inspect data/cdnow
  segql inspect --format json data/cdnow | jq .contacts.rows")]
    Inspect(InspectArgs),
    /// Writes the image of a book, from which every later start costs a reading, not a building
    #[command(after_help = concat!("\
Examples:
  segql build big
  segql gen --contacts 1000000 big && segql build big

The image lies in the book's folder .segql, or, where the book can't be written, in the user's cache
(XDG_CACHE_HOME). A book of 2 MB or more gets one when it is first loaded, too. One that the book's
files have changed since is made anew by the next command that loads the book; --no-image of these
neither uses nor keeps one.

", exit_status!()))]
    Build(BuildArgs),
    /// Writes the sizes and checksums of a book's files, which every later load checks
    #[command(after_help = concat!("\
Examples:
  segql manifest big
  segql gen --contacts 1000 small && segql manifest small && segql inspect small

The book's manifest.json lists each data file with its bytes, rows and sha256; whoever can read the data
can read it. A load refuses a data file that differs, is missing or isn't listed, and names it: Parquet
itself reads many a changed bit as other data. When a change is meant, write the manifest anew.

", exit_status!()))]
    Manifest(super::manifest::ManifestArgs),
    /// Makes a book of invented people, the same for the same seed
    #[command(after_help = "\
Examples:
  segql gen --contacts 100000 big
  segql gen --contacts 1000000 --seed 7 bigger && segql inspect bigger")]
    Gen(GenArgs),
    /// Times the `;`-ended filters of a file, warm, counts only
    #[command(after_help = "\
Examples:
  segql bench --book big --now 2026-11-20T09:00:00Z -f benches/set.seg
  segql bench --book big --runs 21 --json -f benches/set.seg > timings.json")]
    Bench(BenchArgs),
    /// Formats files of sentences or definitions in place; comments stay
    #[command(after_help = "\
Examples:
  segql fmt book/segments/*.seg                  each file in place, whole or not at all
  segql fmt --check benches/set.seg              says whether it is formatted
  echo 'STATUS == Active AND(age>30)' | segql fmt
                                                 STATUS = Active and age > 30

Exit status:
  0 fine   1 I/O, or --check found a file that would change   2 usage   3 a sentence that can't be read")]
    Fmt(FmtArgs),
    /// Turns a filter into the rule tree that react-querybuilder edits, and back
    #[command(after_help = "\
Examples:
  segql convert --to json 'status = active and age >= 30'
  segql convert --to dsl '{\"combinator\":\"or\",\"rules\":[{\"field\":\"age\",\"operator\":\">=\",\"value\":30}]}'
                                                 age >= 30
  segql convert --to dsl '[{\"field\":\"labels\",\"operator\":\"in\",\"value\":[\"vip\"]}]'
                                                 labels in (vip)
  segql convert --to json 'did purchase' | segql convert --to dsl
                                                 did purchase

Exit status:
  0 fine   1 I/O   2 usage   3 the filter or the JSON")]
    Convert(ConvertArgs),
    /// Tells why one person matches a filter, or doesn't: each condition with the stored value
    #[command(after_help = insight::why::HELP)]
    Why(insight::why::WhyArgs),
    /// Tells what each condition of a filter costs, and which exclude everyone
    #[command(after_help = insight::why_empty::HELP)]
    WhyEmpty(insight::why_empty::WhyEmptyArgs),
    /// Shows how the people of several segments or filters overlap: sizes of all combinations, Jaccard's index
    #[command(after_help = insight::overlap::HELP)]
    Overlap(insight::overlap::OverlapArgs),
    /// Tells what sets the people of a filter apart from everyone: what is more and less common among them
    #[command(after_help = insight::profile::HELP)]
    Profile(insight::profile::ProfileArgs),
    /// Tells who entered and who left a filter between two books, and why: data, the clock, or the definition
    #[command(after_help = insight::diff::HELP)]
    Diff(insight::diff::DiffArgs),
    /// Tells who enters and who leaves a filter by the clock alone, day by day, and by which condition
    #[command(after_help = insight::forecast::HELP)]
    Forecast(insight::forecast::ForecastArgs),
    /// Shows how large a segment or filter was over time: in several books, at several times
    #[command(after_help = insight::trend::HELP)]
    Trend(insight::trend::TrendArgs),
    /// Shows how a filter is run: the plan with counts, methods, bytes and times
    #[command(after_help = insight::explain::HELP)]
    Explain(insight::explain::ExplainArgs),
    /// Explains the code of an error or note, such as Q0201; without one, lists them all
    #[command(after_help = "\
Examples:
  segql explain-error Q0201
  segql explain-error")]
    ExplainError(ExplainArgs),
    /// Prints completions for a shell
    #[command(after_help = "\
Examples:
  segql completions bash > ~/.local/share/bash-completion/completions/segql
  segql completions zsh > ~/.zfunc/_segql
  segql completions fish > ~/.config/fish/completions/segql.fish")]
    Completions(CompletionsArgs),
    /// Prints the manual page, or writes one for each command
    #[command(after_help = "\
Examples:
  segql man | man -l -
  segql man --dir ~/.local/share/man/man1")]
    Man(ManArgs),
}

/// How a book is opened.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct OpenArgs {
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) threads: Option<u16>,
    /// The folder of saved segments [default: `segments` in the book]
    #[arg(long, value_name = "DIR")]
    pub(super) segments: Option<PathBuf>,
    /// Every irregularity of the book is an error
    #[arg(long)]
    pub(super) strict: bool,
    /// Neither uses nor keeps an image of the book
    #[arg(long)]
    pub(super) no_image: bool,
    /// What a file may claim before room is made for it, by name; an error names the limit it met [default: footer_bytes=32M,
    /// page_bytes=256M, bytes_per_byte=1000, rows_per_byte=4000]
    #[arg(long = "limit", value_name = "NAME=N", value_parser = super::size::parse_limit)]
    pub(super) limits: Vec<(Limit, u64)>,
    /// Memory that the book may take, planned from its files before it is loaded: such as 512M or 8G [default: 80 % of what the
    /// machine, its control group and `ulimit -v` let the process have]
    #[arg(long, value_name = "SIZE", value_parser = super::size::parse)]
    pub(super) max_memory: Option<u64>,
    /// Rows of a shard; changes no answer, and is here for tests
    #[arg(long, hide = true, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(super) shard_rows: Option<u32>,
}

impl OpenArgs {
    /// The limits that the command line asks for.
    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        self.limits.iter().for_each(|(limit, value)| limits.set(*limit, *value));
        limits
    }
}

/// The query's clock.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ClockArgs {
    /// The time taken as now, such as 2026-11-20T09:00:00Z; in the query's zone if it names none [default: the machine's]
    #[arg(long, visible_alias = "as-of", value_name = "TIME")]
    pub(super) now: Option<String>,
    /// The zone in which days are counted, such as Asia/Jakarta [default: the book's, else UTC]
    #[arg(long, value_name = "ZONE")]
    pub(super) tz: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    pub(super) book: PathBuf,
    #[command(flatten)]
    pub(super) clock: ClockArgs,
    /// table, csv, ndjson, json, count, ids, parquet or arrow [default: a table on a terminal, CSV in a pipe, or what the ending of --output says]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<String>,
    /// Prints the people, with these fields
    #[arg(long, value_name = "FIELD,FIELD", value_delimiter = ',')]
    pub(super) columns: Vec<String>,
    /// Writes the answer to this file, whole or not at all
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Lets --output replace a file
    #[arg(long, requires = "output")]
    pub(super) overwrite: bool,
    #[command(flatten)]
    pub(super) open: OpenArgs,
    /// Reads the sentence from a file (`-` is standard input)
    #[arg(long, short, value_name = "FILE", conflicts_with = "filter")]
    pub(super) file: Option<PathBuf>,
    /// The sentence; from standard input if neither it nor --file is given
    #[arg(allow_hyphen_values = true)]
    pub(super) filter: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ReplArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    pub(super) book: PathBuf,
    /// A script goes on after an error, and ends with the gravest status
    #[arg(long)]
    pub(super) keep_going: bool,
    #[command(flatten)]
    pub(super) clock: ClockArgs,
    #[command(flatten)]
    pub(super) open: OpenArgs,
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// The directory of the book
    pub(super) book: PathBuf,
    /// As text to read, or as JSON
    #[arg(long, value_enum, default_value_t = InspectFormat::Text, value_name = "FORMAT")]
    pub(super) format: InspectFormat,
    #[command(flatten)]
    pub(super) open: OpenArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum InspectFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    /// The directory of the book
    pub(super) book: PathBuf,
    #[command(flatten)]
    pub(super) open: OpenArgs,
}

#[derive(Debug, Args)]
pub(super) struct GenArgs {
    /// How many contacts
    #[arg(long, value_name = "N")]
    pub(super) contacts: u64,
    /// The same seed makes the same book
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(super) seed: u64,
    /// Where to; must not exist or be empty
    pub(super) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    pub(super) book: PathBuf,
    #[command(flatten)]
    pub(super) clock: ClockArgs,
    /// Timed runs of each filter, after one that warms up
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) runs: u32,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
    /// The filters, each ended by `;` (`-` is standard input)
    #[arg(long, short, value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) open: OpenArgs,
}

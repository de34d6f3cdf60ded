//! `segql check`: definitions and filters checked without being run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{ClockArgs, OpenArgs};
use super::failure::{Failure, tell_all};
use super::query::{open, query_options};
use super::terminal::Terminal;
use crate::model::{Diagnostic, Severity};

/// The exit status of files that are wrong.
const WRONG: u8 = 3;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    pub(super) book: PathBuf,
    #[command(flatten)]
    clock: ClockArgs,
    /// What becomes of warnings: untold, told, or told and exit status 3
    #[arg(long, value_enum, default_value_t = Warnings::Warn, value_name = "LEVEL")]
    warnings: Warnings,
    #[command(flatten)]
    open: OpenArgs,
    /// Files of definitions or of `;`-ended filters [default: the saved segments]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Warnings {
    Allow,
    Warn,
    Deny,
}

pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Result<(), Failure> {
    let engine = open(&args.book, &args.open, terminal)?;
    let options = query_options(&engine, &args.clock)?;
    let checked = engine.check(&args.files, &options)?;
    tell_all(&checked.errors, "", Some(&checked.sources), terminal);
    let mut n_warnings = 0;
    if args.warnings != Warnings::Allow {
        let told: Vec<Diagnostic> = checked.findings.iter().map(|it| it.diagnostic.clone()).collect();
        n_warnings = told.iter().filter(|it| it.severity == Severity::Warning).count();
        tell_all(&told, "", Some(&checked.sources), terminal);
    }
    let n_errors = checked.errors.len();
    terminal.say(&format!(
        "{} checked: {}, {}",
        counted(checked.n_filters, "filter"),
        counted(n_errors, "error"),
        counted(n_warnings, "warning")
    ));
    let is_wrong = n_errors > 0 || (args.warnings == Warnings::Deny && n_warnings > 0);
    if is_wrong { Err(Failure::Told(WRONG)) } else { Ok(()) }
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

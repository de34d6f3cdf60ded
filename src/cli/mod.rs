//! Floor 6: the command line. The only floor that prints: data on stdout, words on stderr.

mod args;
mod bench;
mod build;
mod check;
mod convert;
mod desk;
mod explain;
mod failure;
mod fmt;
mod generate;
mod history;
mod insight;
mod inspect;
mod json_lines;
mod listing;
mod manifest;
mod progress;
mod query;
mod render;
mod run;
mod run_log;
mod script;
mod segments;
mod shell;
mod size;
mod sql;
mod table;
mod terminal;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::Failure;

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() && json_lines::asked_for(std::env::args_os()) {
                // A stderr that is gone is nobody's trouble either.
                let _ = writeln!(std::io::stderr().lock(), "{}", json_lines::usage(&error.to_string()));
            } else {
                // Help and version are no errors; a closed pipe while printing them is nobody's trouble.
                let _ = error.print();
            }
            return ExitCode::from(if error.use_stderr() { failure::USAGE } else { 0 });
        }
    };
    let terminal = terminal::Terminal::new(cli.color, cli.error_format);
    let done = match cli.command {
        Some(Command::Query(args)) => query::run(&args, &terminal),
        Some(Command::Repl(args)) => desk::run(&args.book, &args.open, &args.clock, args.keep_going, &terminal),
        Some(Command::Check(args)) => check::run(&args, &terminal),
        Some(Command::Segments(args)) => segments::run(&args, &terminal),
        Some(Command::Run(args)) => run::run(&args, &terminal),
        Some(Command::Verify(args)) => verify::run(&args, &terminal),
        Some(Command::History(args)) => history::run(&args, &terminal),
        Some(Command::Sql(args)) => sql::run(&args, &terminal),
        Some(Command::Inspect(args)) => inspect::run(&args, &terminal),
        Some(Command::Build(args)) => build::run(&args, &terminal),
        Some(Command::Manifest(args)) => manifest::run(&args, &terminal),
        Some(Command::Gen(args)) => generate::run(&args, &terminal),
        Some(Command::Bench(args)) => bench::run(&args, &terminal),
        Some(Command::Fmt(args)) => fmt::run(&args, &terminal),
        Some(Command::Convert(args)) => convert::run(&args, &terminal),
        Some(Command::Why(args)) => insight::why::run(&args, &terminal),
        Some(Command::WhyEmpty(args)) => insight::why_empty::run(&args, &terminal),
        Some(Command::Overlap(args)) => insight::overlap::run(&args, &terminal),
        Some(Command::Profile(args)) => insight::profile::run(&args, &terminal),
        Some(Command::Diff(args)) => insight::diff::run(&args, &terminal),
        Some(Command::Forecast(args)) => insight::forecast::run(&args, &terminal),
        Some(Command::Trend(args)) => insight::trend::run(&args, &terminal),
        Some(Command::Explain(args)) => insight::explain::run(&args, &terminal),
        Some(Command::ExplainError(args)) => explain::run(&args),
        Some(Command::Completions(args)) => shell::completions(&args),
        Some(Command::Man(args)) => shell::man(&args),
        None => match cli.book {
            Some(book) => desk::run(&book, &args::OpenArgs::default(), &args::ClockArgs::default(), false, &terminal),
            None => Err(Failure::usage("name a command or the directory of a book; `segql --help` shows both")),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(&terminal),
    }
}

//! The commands whose answers explain themselves: each prints words and tables to read, or JSON.
//!
//! The worked example in a command's help is run by a test.

mod bars;
mod chart;
pub(super) mod diff;
pub(super) mod explain;
pub(super) mod forecast;
pub(super) mod overlap;
mod picture;
pub(super) mod profile;
mod tree;
pub(super) mod trend;
mod upset;
pub(super) mod why;
pub(super) mod why_empty;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use self::tree::aligned;
use super::args::{ClockArgs, OpenArgs};
use super::failure::{Failure, tell_all};
use super::query::{open, query_options};
use super::terminal::Terminal;
use crate::engine::{Engine, Error, QueryOptions};
use crate::model::{Diagnostic, escape_control};

/// In which form an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    /// To read
    Text,
    /// For programs
    Json,
}

/// What every question about a book's people needs.
#[derive(Debug, Args)]
pub(in crate::cli) struct AskArgs {
    /// The directory of the book
    #[arg(long, value_name = "DIR")]
    book: PathBuf,
    #[command(flatten)]
    clock: ClockArgs,
    #[command(flatten)]
    report: Report,
}

/// How a report is printed, and how the books that it is about are opened.
#[derive(Debug, Args)]
struct Report {
    /// As text to read, or as JSON
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORMAT")]
    format: Form,
    #[command(flatten)]
    open: OpenArgs,
}

/// An opened book, and how it is asked.
struct Asked<'a> {
    engine: Engine,
    options: QueryOptions,
    form: Form,
    terminal: &'a Terminal,
}

impl<'a> Asked<'a> {
    fn open(args: &AskArgs, terminal: &'a Terminal) -> Result<Self, Failure> {
        let engine = open(&args.book, &args.report.open, terminal)?;
        let options = query_options(&engine, &args.clock)?;
        Ok(Self { engine, options, form: args.report.format, terminal })
    }

    /// An error about a filter, shown in its text.
    fn failure(&self, error: Error, text: &str) -> Failure {
        Failure::of(error, text, Some(self.engine.segments()), self.terminal)
    }

    fn tell(&self, notes: &[Diagnostic], text: &str) {
        tell_all(notes, text, Some(self.engine.segments()), self.terminal);
    }

    /// Prints a report as JSON, or as the lines that `lines` makes of it.
    fn print<T: Serialize>(&self, report: &T, lines: impl FnOnce(&T) -> Vec<String>) -> Result<(), Failure> {
        print(self.form, report, lines)
    }
}

/// Prints a report as JSON, or as the lines that `lines` makes of it.
fn print<T: Serialize>(form: Form, report: &T, lines: impl FnOnce(&T) -> Vec<String>) -> Result<(), Failure> {
    write_report(&mut std::io::stdout().lock(), form, report, lines)
}

/// Writes a report as JSON, or as the lines that `lines` makes of it.
pub(in crate::cli) fn write_report<T: Serialize>(
    out: &mut dyn Write,
    form: Form,
    report: &T,
    lines: impl FnOnce(&T) -> Vec<String>,
) -> Result<(), Failure> {
    match form {
        Form::Json => {
            serde_json::to_writer_pretty(&mut *out, report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Form::Text => {
            for line in lines(report) {
                writeln!(out, "{}", line.trim_end())?;
            }
        }
    }
    Ok(())
}

/// A table under its headers: the first `n_left` columns and the last to the left, the others to the right.
fn table(headers: &[&str], rows: impl Iterator<Item = Vec<String>>, n_left: usize) -> Vec<String> {
    let headers = headers.iter().map(|it| (*it).to_owned()).collect();
    aligned(&std::iter::once(headers).chain(rows).collect::<Vec<_>>(), n_left)
}

/// The words of a condition in one line.
fn one_line(words: &str) -> String {
    escape_control(&words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `1 person`, `2 people`.
fn people(n: u64) -> String {
    super::query::people(n)
}

/// `1 person matches`, `2 people match`.
fn people_match(n: u64) -> String {
    format!("{} {}", people(n), if n == 1 { "matches" } else { "match" })
}

/// A share in percent; a share of nobody is a dash.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |it| format!("{:.1}%", it * 100.0))
}

/// `1 day`, `2 days`.
fn counted(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

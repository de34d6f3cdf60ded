//! Lists of segments on standard output.

use std::io::Write;

use clap::ValueEnum;

use super::failure::Failure;
use super::table;
use super::terminal::Terminal;
use crate::model::Frame;
use crate::write::{Format, writer};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Table,
    Csv,
    Json,
}

/// Prints a list: a table on a terminal, CSV in a pipe, unless it is said.
pub(super) fn list(frame: &Frame, format: Option<ListFormat>, terminal: &Terminal) -> Result<(), Failure> {
    let format = match format.unwrap_or(if terminal.stdout { ListFormat::Table } else { ListFormat::Csv }) {
        ListFormat::Table => return Ok(writeln!(std::io::stdout().lock(), "{}", table::render(frame))?),
        ListFormat::Csv => Format::Csv,
        ListFormat::Json => Format::Json,
    };
    let mut out = writer(format, &frame.columns, Box::new(std::io::stdout()), &[])?;
    out.write(frame)?;
    Ok(out.finish()?)
}

//! `segql convert`: filters as rule trees, and back.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::failure::{Failure, tell_all};
use super::query::read_source_of;
use super::terminal::Terminal;
use crate::model::SourceId;
use crate::syntax::{self, MAX_TEXT_BYTES, tree};

/// A filter or JSON that can't be read.
const QUERY: u8 = 3;

#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// What to make: the rule tree of a filter, or the filter of a rule tree or of a flat list of filters
    #[arg(long, value_enum, value_name = "FORM")]
    to: Form,
    /// Reads from a file (`-` is standard input)
    #[arg(long, short, value_name = "FILE", conflicts_with = "input")]
    file: Option<PathBuf>,
    /// The filter or JSON; from standard input if neither it nor --file is given
    #[arg(allow_hyphen_values = true)]
    input: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The rule tree, of a filter
    Json,
    /// The filter, of JSON
    Dsl,
}

pub(super) fn run(args: &ConvertArgs, terminal: &Terminal) -> Result<(), Failure> {
    let most = match args.to {
        Form::Json => MAX_TEXT_BYTES,
        Form::Dsl => tree::MAX_JSON_BYTES,
    };
    let text = match (&args.input, &args.file) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => read_source_of(path, most)?,
        (None, None) if terminal.stdin => {
            return Err(Failure::usage("nothing to convert: give it in quotes, or --file FILE, or pipe it in"));
        }
        (None, None) => read_source_of(Path::new("-"), most)?,
    };
    let converted = match args.to {
        Form::Json => syntax::parse(&text, SourceId::QUERY).and_then(|query| tree::to_json(&query)),
        Form::Dsl => tree::from_json(&text, SourceId::QUERY),
    };
    match converted {
        Ok(converted) => writeln!(std::io::stdout().lock(), "{converted}").map_err(Failure::from),
        Err(diagnostics) => {
            tell_all(&diagnostics, &text, None, terminal);
            Err(Failure::Told(QUERY))
        }
    }
}

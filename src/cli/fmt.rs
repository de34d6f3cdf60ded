//! `segql fmt`: files of sentences and definitions in their canonical form.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, tell_all};
use super::query::read_source;
use super::render;
use super::terminal::Terminal;
use crate::model::SourceId;
use crate::syntax;
use crate::write::AtomicFile;

/// A sentence that can't be read.
const QUERY: u8 = 3;
/// `--check` found a file that isn't formatted.
const UNFORMATTED: u8 = 1;

#[derive(Debug, Args)]
pub(super) struct FmtArgs {
    /// Changes nothing; names the files that would change, and exits with 1 if there is one
    #[arg(long)]
    check: bool,
    /// Files of `;`-ended sentences or of definitions; standard input to standard output if none or `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &FmtArgs, terminal: &Terminal) -> Result<(), Failure> {
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    let mut status = 0;
    for file in files {
        match format_file(file, args.check, terminal) {
            Ok(()) => {}
            Err(Failure::ClosedPipe) => return Err(Failure::ClosedPipe),
            Err(Failure::Told(code)) => status = code.max(status),
            Err(Failure::Message(message, code)) => {
                terminal.say(&render::plain_error(&message, terminal));
                status = code.max(status);
            }
        }
    }
    if status == 0 { Ok(()) } else { Err(Failure::Told(status)) }
}

/// A file that can't be read or isn't right stays as it is; the others go on.
fn format_file(file: &Path, check: bool, terminal: &Terminal) -> Result<(), Failure> {
    let text = read_source(file)?;
    let is_stdin = file.as_os_str() == "-";
    let formatted = match syntax::format(&text, SourceId::QUERY) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            tell_all(&diagnostics, &text, None, terminal);
            let name = if is_stdin { "standard input".to_owned() } else { file.display().to_string() };
            return Err(Failure::Message(format!("{name} can't be read, and stays as it is"), QUERY));
        }
    };
    if check {
        if formatted == text {
            return Ok(());
        }
        terminal.say(&format!("{} isn't formatted", file.display()));
        return Err(Failure::Told(UNFORMATTED));
    }
    if is_stdin {
        std::io::stdout().lock().write_all(formatted.as_bytes())?;
    } else if formatted != text {
        replace(file, &formatted)?;
    }
    Ok(())
}

/// Who might read the file before may read it after.
fn replace(file: &Path, text: &str) -> Result<(), Failure> {
    let permissions = fs::metadata(file)?.permissions();
    let mut out = AtomicFile::create(file, true)?;
    out.write_all(text.as_bytes())?;
    out.commit()?;
    fs::set_permissions(file, permissions)?;
    Ok(())
}

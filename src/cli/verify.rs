//! `segql verify`: whether outputs are as their manifest says.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::render;
use super::terminal::Terminal;
use crate::engine::batch::verify;

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The folder that `segql run --out` wrote to
    out: PathBuf,
}

pub(super) fn run(args: &VerifyArgs, terminal: &Terminal) -> Result<(), Failure> {
    let found = verify(&args.out)?;
    for (path, how) in &found.differences {
        terminal.say(&render::plain_error(&format!("{path}: {how}"), terminal));
    }
    let files = if found.n_files == 1 { "file" } else { "files" };
    let (n_files, n_bytes, run_id) = (found.n_files, found.n_bytes, &found.run_id);
    if found.differences.is_empty() {
        writeln!(std::io::stdout().lock(), "{n_files} {files}, {n_bytes} bytes, as run {run_id} wrote them")?;
        return Ok(());
    }
    let n_bad = found.differences.len();
    terminal.say(&render::plain_error(
        &format!("{n_bad} of {n_files} {files} not as run {run_id} wrote them; run it again to have them whole"),
        terminal,
    ));
    Err(Failure::Told(1))
}

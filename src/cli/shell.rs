//! `segql completions` and `segql man`: what a shell and a manual know of the command line.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Writes `segql.1` and a page for each command into this folder, which is made if need be
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    // The generator panics if its output goes away: it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "segql", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}

pub(super) fn man(args: &ManArgs) -> Result<(), Failure> {
    match &args.dir {
        None => {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page)?;
            Ok(std::io::stdout().lock().write_all(&page)?)
        }
        Some(dir) => std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
            .map_err(|error| Failure::Message(format!("{}: {error}", dir.display()), 1)),
    }
}

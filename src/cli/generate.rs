//! `segql gen`: a book of invented people.

use super::args::GenArgs;
use super::failure::Failure;
use super::progress::rows_bar;
use super::terminal::Terminal;
use crate::load::Progress;
use crate::write::{GenerateOptions, generate};

pub(super) fn run(args: &GenArgs, terminal: &Terminal) -> Result<(), Failure> {
    let bar = rows_bar(terminal);
    let options = GenerateOptions { contacts: args.contacts, seed: args.seed };
    let done = generate(&args.dir, &options, &|what, done, total| bar.advance(what, done, total));
    bar.finish();
    done?;
    terminal.say(&format!("note: {} contacts in {}", args.contacts, args.dir.display()));
    Ok(())
}

//! `segql gen`: a book of invented people.

use std::ops::ControlFlow;

use super::args::GenArgs;
use super::failure::Failure;
use super::progress::rows_bar;
use super::query::interrupted;
use super::terminal::Terminal;
use crate::write::{GenerateOptions, generate};

pub(super) fn run(args: &GenArgs, terminal: &Terminal) -> Result<(), Failure> {
    let bar = rows_bar(terminal);
    let options = GenerateOptions { contacts: args.contacts, seed: args.seed, threads: None };
    let cancel = interrupted();
    let done = generate(&args.dir, &options, &|it| {
        bar.update("the book", it.done, it.total);
        if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish();
    done?;
    terminal.note(&format!("{} contacts in {}", args.contacts, args.dir.display()));
    Ok(())
}

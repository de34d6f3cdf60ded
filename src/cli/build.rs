//! `segql build`: the image of a book.

use super::args::BuildArgs;
use super::failure::Failure;
use super::query::open_with;
use super::terminal::Terminal;
use crate::engine::ImageUse;

pub(super) fn run(args: &BuildArgs, terminal: &Terminal) -> Result<(), Failure> {
    if args.open.no_image {
        return Err(Failure::usage("--no-image is for commands that could do without one; leave it out"));
    }
    let engine = open_with(&args.book, &args.open, ImageUse::Always, terminal)?;
    let report = engine.image();
    match (&report.file, &report.not_kept) {
        (Some(file), _) => {
            let done = if file.was_used { "is as the book's files are" } else { "was written" };
            terminal.note(&format!("the image {file}, {done}"));
            Ok(())
        }
        (None, Some(why)) => Err(Failure::Message(format!("the image wasn't written: {why}"), 1)),
        (None, None) => Err(Failure::Message("the image wasn't written".to_owned(), 1)),
    }
}

//! What the pictures have in common: colours, the page, the file.

use std::io::Write;
use std::path::Path;

use svg::Document;
use svg::node::element::{Rectangle, Title};

use crate::cli::failure::Failure;
use crate::write::AtomicFile;

pub(super) const INK: &str = "#1f2937";
pub(super) const PALE: &str = "#d1d5db";
pub(super) const BLUE: &str = "#3b6fb6";

/// A white page of so many pixels, with a title for those who can't see it.
pub(super) fn page(width: usize, height: usize, title: String) -> Document {
    Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("width", width)
        .set("height", height)
        .set("font-family", "sans-serif")
        .set("fill", INK)
        .add(Title::new(title))
        .add(Rectangle::new().set("width", width).set("height", height).set("fill", "white"))
}

/// Writes a picture to a file, whole or not at all.
pub(super) fn save(path: &Path, overwrite: bool, picture: &Document) -> Result<(), Failure> {
    let mut file = AtomicFile::create(path, overwrite)?;
    writeln!(file, "{picture}")?;
    file.commit()?;
    Ok(())
}

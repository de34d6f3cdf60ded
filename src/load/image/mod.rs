//! Images: a built book as one file, from which the next start costs a reading, not a building.
//!
//! [`open`] looks for an image and starts from it if it was made from the very files that are there; else it loads
//! the files, and keeps an image of the outcome. It lies in the book's folder `.segql`, or where that can't be
//! written in a folder of the user's cache. `docs/image.md` tells the format.
//!
//! Invariant: an image is believed only if the book's files have the names, sizes, times and inodes that they had, it is
//! of this version, and every checksum is right; what it holds is mapped, not copied, and its
//! lengths and codes are checked all the same.
//! Invariant: same files, same options, same bytes.
//! Invariant: an image that can't be kept spoils no load.

mod book;
mod file;
mod home;
mod inputs;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::error::LoadError;
use super::{LoadOptions, load, memory};
use crate::book::Book;
use crate::index::{Damage, Stored};
use file::{Image, ImageWriter};
use home::{Home, Kept};
pub(super) use inputs::FileState;
use inputs::Inputs;

/// From so many bytes of files on, an image is kept unasked: less is loaded within a tenth of a second.
pub const WORTH_BYTES: u64 = 2 << 20;

/// Whether a book's image is used and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImageUse {
    /// Used if it is there; kept of a book of [`WORTH_BYTES`] or more, or in place of one that can't be used.
    #[default]
    WhereWorth,
    /// Used if it is there; kept of any book.
    Always,
    /// Neither used nor kept.
    Never,
}

/// A book, and how it was opened.
#[derive(Debug)]
pub struct Opened {
    /// The book.
    pub book: Book,
    /// Its image.
    pub image: ImageReport,
}

/// What became of a book's image.
#[derive(Debug, Default)]
pub struct ImageReport {
    /// The image that there is now.
    pub file: Option<ImageFile>,
    /// The image that was there but couldn't be used, and why.
    pub passed_over: Option<(PathBuf, Unusable)>,
    /// Why none was kept that was to be.
    pub not_kept: Option<NotKept>,
}

/// A file that holds an image of the book as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// Where.
    pub path: PathBuf,
    /// How large.
    pub size_bytes: u64,
    /// Whether the book was started from it; it was built from its files otherwise.
    pub was_used: bool,
}

/// Why an image isn't used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It is of other files, or of files that have changed since.
    #[error("stale: {0}")]
    Stale(String),
    /// Another SegQL wrote it.
    #[error("of another version of SegQL")]
    OtherVersion,
    /// It isn't as it was written.
    #[error("damaged: {0}")]
    Damaged(Damage),
    /// The system can't read it.
    #[error("not readable: {0}")]
    Unreadable(io::Error),
}

/// Why an image isn't kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Neither the book nor a cache of the user can be written.
    #[error("neither the book nor a folder of the user's cache can be written")]
    Nowhere,
    /// The files changed while they were loaded.
    #[error("the book's files changed while they were loaded; load it again")]
    Changing,
    /// Another process is writing one.
    #[error("another process is writing it")]
    LeftToOther,
    /// The system can't write it.
    #[error("{}: {source}; free some room, or load with --no-image", .path.display())]
    Io {
        /// Where it was to be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl ImageReport {
    /// What a user should know, in a line: an image that was there and not believed, one that can't be kept.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let passed_over = self.passed_over.as_ref().map(|(path, why)| {
            let rebuilt = if self.file.as_ref().is_some_and(|it| !it.was_used) { "; it was made anew" } else { "" };
            format!("the image {} wasn't used, it is {why}{rebuilt}", path.display())
        });
        let not_kept = match &self.not_kept {
            Some(NotKept::Changing | NotKept::Io { .. }) => self.not_kept.as_ref(),
            // Told at every start, it would be a nuisance.
            Some(NotKept::Nowhere | NotKept::LeftToOther) | None => None,
        };
        let not_kept = not_kept.map(|why| format!("no image of the book was kept: {why}"));
        let told: Vec<String> = passed_over.into_iter().chain(not_kept).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

/// Opens the book of a directory, on the current rayon pool: from its image if that can be believed, else from its files.
///
/// # Errors
///
/// Those of [`load()`].
pub fn open(dir: &Path, options: &LoadOptions) -> Result<Opened, LoadError> {
    if options.image == ImageUse::Never || !dir.is_dir() {
        return Ok(Opened { book: load(dir, options)?, image: ImageReport::default() });
    }
    let inputs = Inputs::now(dir, options)?;
    let homes = Home::all(dir);
    let mut report = ImageReport::default();
    for home in &homes {
        let path = home.image();
        let image = current(&path, &inputs);
        if let Ok(Some(image)) = &image {
            memory::check_image(image.size_bytes(), options.memory())?;
        }
        match image.and_then(|it| it.map(read).transpose()) {
            Ok(None) => {}
            Ok(Some((book, size_bytes))) => {
                if options.strict && !book.irregularities.is_empty() {
                    return Err(LoadError::Strict(book.irregularities));
                }
                let file = ImageFile { path, size_bytes, was_used: true };
                return Ok(Opened { book, image: ImageReport { file: Some(file), ..ImageReport::default() } });
            }
            Err(why) => {
                report.passed_over.get_or_insert((path, why));
            }
        }
    }
    let book = load(dir, options)?;
    let is_wanted = match options.image {
        ImageUse::Always => true,
        ImageUse::WhereWorth => report.passed_over.is_some() || inputs.size_bytes() >= WORTH_BYTES,
        ImageUse::Never => false,
    };
    if is_wanted {
        match keep(&book, dir, options, &inputs, &homes) {
            Ok(file) => report.file = Some(file),
            Err(why) => report.not_kept = Some(why),
        }
    }
    Ok(Opened { book, image: report })
}

/// The image of these files; none if there is no image.
fn current(path: &Path, inputs: &Inputs) -> Result<Option<Image>, Unusable> {
    let Some(image) = Image::open(path, book::shape())? else { return Ok(None) };
    let made_from = image.read(0, Inputs::read_from).map_err(Unusable::Damaged)?;
    if let Some(change) = made_from.change(inputs) {
        return Err(Unusable::Stale(change));
    }
    Ok(Some(image))
}

/// The book of an image, and the image's bytes.
fn read(image: Image) -> Result<(Book, u64), Unusable> {
    let book = book::read(&image).map_err(Unusable::Damaged)?;
    Ok((book, image.size_bytes()))
}

/// Keeps an image in the first home that can be written.
fn keep(book: &Book, dir: &Path, options: &LoadOptions, inputs: &Inputs, homes: &[Home]) -> Result<ImageFile, NotKept> {
    // What was read between a change and the next is nobody's book.
    if !Inputs::now(dir, options).is_ok_and(|now| now == *inputs) {
        return Err(NotKept::Changing);
    }
    for home in homes {
        let path = home.image();
        let written = home.keep(|file| {
            let mut out = ImageWriter::new(file)?;
            out.section(|out| inputs.write_to(out))?;
            book::write(book, &mut out)?;
            out.finish(book::shape())
        });
        match written {
            Ok(Kept::Written { size_bytes }) => return Ok(ImageFile { path, size_bytes, was_used: false }),
            Ok(Kept::LeftToOther) => return Err(NotKept::LeftToOther),
            Err(error) if may_not_write(&error) => {}
            Err(source) => return Err(NotKept::Io { path, source }),
        }
    }
    Err(NotKept::Nowhere)
}

fn may_not_write(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory
    )
}

impl fmt::Display for ImageFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:.1} MB", self.path.display(), self.size_bytes as f64 / 1e6)
    }
}

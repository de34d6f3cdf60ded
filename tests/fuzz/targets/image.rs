//! Images that aren't as they were written: as they are they are refused, and with their checksums forged they do no harm.

use std::fs;
use std::path::PathBuf;

use segql::engine::{Engine, ImageUse, OpenOptions};
use tempfile::TempDir;

use crate::image_file::{answers, sections, sum};
use crate::random::book::random_book;

/// Bytes that say one change: section, place, how, and what.
const CHANGE: usize = 13;

thread_local! {
    static FORGE: Forge = Forge::new();
}

/// Whether checksums are set right, then changes of 13 bytes each.
pub fn image(data: &[u8]) {
    let Some((forges, changes)) = data.split_first() else { return };
    FORGE.with(|it| it.open(forges % 2 == 1, changes));
}

/// A small book and its image as it was written.
struct Forge {
    dir: TempDir,
    image: Vec<u8>,
    answers: Vec<String>,
}

impl Forge {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        random_book(11, 8).raw.write(dir.path());
        let mut forge = Self { dir, image: Vec::new(), answers: Vec::new() };
        forge.answers = answers(&forge.engine(ImageUse::Always));
        forge.image = fs::read(forge.path()).unwrap();
        forge
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("book/.segql/book.image")
    }

    fn engine(&self, image: ImageUse) -> Engine {
        let options = OpenOptions { image, shard_rows: Some(4), threads: Some(1), ..OpenOptions::default() };
        Engine::open(&self.dir.path().join("book"), &options).unwrap()
    }

    fn open(&self, forges: bool, changes: &[u8]) {
        let mut image = self.image.clone();
        let sections = sections(&image);
        for change in changes.chunks_exact(CHANGE) {
            let number = |at: usize| usize::from(u16::from_le_bytes([change[at], change[at + 1]]));
            // The first section tells of the files: to be stale is no feat.
            let (start, len) = sections[1 + number(0) % (sections.len() - 1)];
            let at = start + number(2) * 8 % len.max(8);
            match change[4] % 3 {
                0 => image[at..at + 8].copy_from_slice(&change[5..]),
                1 => image[at + usize::from(change[6]) % 8] = change[5],
                _ => image[at + usize::from(change[6]) % 8] ^= 1 << (change[5] % 8),
            }
        }
        if forges {
            sum(&mut image);
        }
        fs::write(self.path(), &image).unwrap();
        let found = answers(&self.engine(ImageUse::WhereWorth));
        assert!(forges || found == self.answers, "a changed image was believed");
    }
}

//! Images that aren't as they were written: as they are they are refused, and with their checksums forged they do no harm.

use std::fs;
use std::path::PathBuf;

use segql::engine::{Engine, ImageUse, OpenOptions, QueryOptions};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64;

use crate::random::book::random_book;

/// Bytes of the header, and where its numbers stand (`docs/image.md`).
const HEADER: usize = 64;
const N_SECTIONS: usize = 24;
const TABLE_SUM: usize = 40;
const HEADER_SUM: usize = 56;
/// Bytes that say one change: section, place, how, and what.
const CHANGE: usize = 13;

/// Sentences that ask for every kind of index, and for records and visitors.
const SENTENCES: [&str; 7] = [
    "everyone",
    "email contains \"a\" or name is empty",
    "label in (\"vip\", \"newsletter\") or status = active or spend > 10",
    "lost or subscribed_at before 2024-01-01 or stage = customer",
    "did purchase or did email_open then purchase within 30 days",
    "attended \"anything\" or moved to customer",
    "visitor of \"web\" or push granted",
];

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
            sum(&mut image, &sections);
        }
        fs::write(self.path(), &image).unwrap();
        let found = answers(&self.engine(ImageUse::WhereWorth));
        assert!(forges || found == self.answers, "a changed image was believed");
    }
}

/// Each sentence's people; a sentence that the book can't be asked has its error.
fn answers(engine: &Engine) -> Vec<String> {
    let options = QueryOptions { now_us: Some(1_760_000_000_000_000), ..QueryOptions::default() };
    let answer = |text: &&str| match engine.prepare(text, &options) {
        Ok(query) => format!("{:?}", engine.keys(&query)),
        Err(error) => error.to_string(),
    };
    SENTENCES.iter().map(answer).collect()
}

/// Where each section begins, and its bytes.
fn sections(image: &[u8]) -> Vec<(usize, usize)> {
    let table = table(image);
    let mut start = HEADER;
    let entries = image[table..].chunks_exact(16);
    entries
        .map(|entry| {
            let len = u64::from_le_bytes(entry[..8].try_into().unwrap()) as usize;
            start += len;
            (start - len, len)
        })
        .collect()
}

fn table(image: &[u8]) -> usize {
    let n_sections = u64::from_le_bytes(image[N_SECTIONS..N_SECTIONS + 8].try_into().unwrap()) as usize;
    image.len() - n_sections * 16
}

/// Sets all checksums right.
fn sum(image: &mut [u8], sections: &[(usize, usize)]) {
    let table = table(image);
    for (n, (start, len)) in sections.iter().enumerate() {
        let checksum = xxh3_64(&image[*start..start + len]);
        let entry = table + n * 16 + 8;
        image[entry..entry + 8].copy_from_slice(&checksum.to_le_bytes());
    }
    let checksum = xxh3_64(&image[table..]);
    image[TABLE_SUM..TABLE_SUM + 8].copy_from_slice(&checksum.to_le_bytes());
    let checksum = xxh3_64(&image[..HEADER_SUM]);
    image[HEADER_SUM..HEADER].copy_from_slice(&checksum.to_le_bytes());
}

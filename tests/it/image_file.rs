//! What an image consists of (`docs/image.md`), for those who forge one, and what a book is asked that was started from it.

use segql::engine::{Engine, QueryOptions};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of the header, and where its numbers stand.
pub const HEADER: usize = 64;
pub const FORMAT: usize = 8;
pub const SHAPE: usize = 16;
const N_SECTIONS: usize = 24;
const TABLE_SUM: usize = 40;
const HEADER_SUM: usize = 56;

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

/// Each sentence's people; a sentence that the book can't be asked has its error.
pub fn answers(engine: &Engine) -> Vec<String> {
    let options = QueryOptions { now_us: Some(1_760_000_000_000_000), ..QueryOptions::default() };
    let answer = |text: &&str| match engine.prepare(text, &options) {
        Ok(query) => format!("{:?}", engine.keys(&query)),
        Err(error) => error.to_string(),
    };
    SENTENCES.iter().map(answer).collect()
}

/// Where each section begins, and its bytes.
pub fn sections(image: &[u8]) -> Vec<(usize, usize)> {
    let mut start = HEADER;
    (table(image)..image.len())
        .step_by(16)
        .map(|entry| {
            let len = number(image, entry);
            start += len;
            (start - len, len)
        })
        .collect()
}

fn table(image: &[u8]) -> usize {
    image.len() - number(image, N_SECTIONS) * 16
}

fn number(image: &[u8], at: usize) -> usize {
    u64::from_le_bytes(image[at..at + 8].try_into().unwrap()) as usize
}

/// Sets the checksums of all sections, of the table and of the header right; lengths must be as they were written.
pub fn sum(image: &mut [u8]) {
    let table = table(image);
    for (section, (start, len)) in sections(image).into_iter().enumerate() {
        put(image, table + section * 16 + 8, xxh3_64(&image[start..start + len]));
    }
    put(image, TABLE_SUM, xxh3_64(&image[table..]));
    sum_header(image);
}

/// Sets the checksum of the header right.
pub fn sum_header(image: &mut [u8]) {
    put(image, HEADER_SUM, xxh3_64(&image[..HEADER_SUM]));
}

fn put(image: &mut [u8], at: usize, checksum: u64) {
    image[at..at + 8].copy_from_slice(&checksum.to_le_bytes());
}

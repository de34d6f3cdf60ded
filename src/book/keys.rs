//! [`KeyIndex`]: from an e-mail to its contact.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Index, Table};
use crate::index::Dictionary;
use crate::model::{NO_ROW, RowId};

/// A hash index over the key column of the contacts; holds row ids and a part of each hash, eight bytes a contact.
#[derive(Debug, Default)]
pub struct KeyIndex {
    entries: HashTable<Entry>,
    hasher: DefaultHashBuilder,
}

/// A row, and bits of its key's hash that spare a look at the key of nearly every other row.
#[derive(Debug, Clone, Copy)]
struct Entry {
    row: RowId,
    tag: u32,
}

/// Keys that are looked up together.
const BATCH: usize = 256;

impl KeyIndex {
    /// An index of the rows `0..keys.len()`, whose keys must be distinct.
    pub fn build<'a>(n_rows: RowId, key: impl Fn(RowId) -> &'a str) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut entries = HashTable::with_capacity(n_rows as usize);
        for row in 0..n_rows {
            let hash = hasher.hash_one(key(row));
            let entry = Entry { row, tag: tag(hash) };
            entries.insert_unique(hash, entry, |entry| hasher.hash_one(key(entry.row)));
        }
        Self { entries, hasher }
    }

    /// The row of a trimmed, lower-cased key in the table that this index was built of.
    #[must_use]
    pub fn find(&self, table: &Table, key: &str) -> Option<RowId> {
        self.find_in(keys_of(table)?, self.hasher.hash_one(key), key)
    }

    fn find_in(&self, keys: &Dictionary, hash: u64, key: &str) -> Option<RowId> {
        let same = |entry: &Entry| entry.tag == tag(hash) && keys.text(entry.row) == key;
        self.entries.find(hash, same).map(|entry| entry.row)
    }

    /// The row of each key, [`NO_ROW`] for none.
    ///
    /// Cost: that of [`KeyIndex::find`] is waiting for memory, four times a key. Here the keys of a batch take
    /// each of these steps together, so that the processor has many of them under way at once.
    #[must_use]
    pub fn find_all<'a>(&self, table: &Table, keys: impl Iterator<Item = &'a str>) -> Vec<RowId> {
        let mut found = Vec::with_capacity(keys.size_hint().0);
        let Some(dictionary) = keys_of(table) else { return keys.map(|_| NO_ROW).collect() };
        let mut keys = keys.peekable();
        let (mut batch, mut hashes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        while keys.peek().is_some() {
            batch.clear();
            batch.extend(keys.by_ref().take(BATCH));
            hashes.clear();
            hashes.extend(batch.iter().map(|key| self.hasher.hash_one(key)));
            rows.clear();
            rows.extend(hashes.iter().map(|hash| {
                self.entries.find(*hash, |entry| entry.tag == tag(*hash)).map_or(NO_ROW, |entry| entry.row)
            }));
            let texts: Vec<&str> =
                rows.iter().map(|row| if *row == NO_ROW { "" } else { dictionary.text(*row) }).collect();
            for (at, key) in batch.iter().enumerate() {
                let row = match rows[at] {
                    NO_ROW => NO_ROW,
                    row if texts[at] == *key => row,
                    // Another key of the same tag: look closely.
                    _ => self.find_in(dictionary, hashes[at], key).unwrap_or(NO_ROW),
                };
                found.push(row);
            }
        }
        found
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.entries.allocation_size()
    }
}

/// The key column's dictionary, whose codes are the table's rows.
fn keys_of(table: &Table) -> Option<&Dictionary> {
    match &table.columns.first()?.index {
        Index::Text(index) => Some(&index.dictionary),
        Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => None,
    }
}

/// Bits of a hash that the table itself uses neither for the bucket (the lowest) nor for its byte of control (the highest).
fn tag(hash: u64) -> u32 {
    (hash >> 24) as u32
}

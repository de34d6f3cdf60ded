//! [`KeyIndex`]: from an e-mail to its contact.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Index, Table};
use crate::model::RowId;

/// A hash index over the key column of the contacts; holds row ids alone.
#[derive(Debug, Default)]
pub struct KeyIndex {
    rows: HashTable<RowId>,
    hasher: DefaultHashBuilder,
}

impl KeyIndex {
    /// An index of the rows `0..keys.len()`, whose keys must be distinct.
    pub fn build<'a>(n_rows: RowId, key: impl Fn(RowId) -> &'a str) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut rows = HashTable::with_capacity(n_rows as usize);
        for row in 0..n_rows {
            rows.insert_unique(hasher.hash_one(key(row)), row, |row| hasher.hash_one(key(*row)));
        }
        Self { rows, hasher }
    }

    /// The row of a trimmed, lower-cased key in the table that this index was built of.
    #[must_use]
    pub fn find(&self, table: &Table, key: &str) -> Option<RowId> {
        let Index::Text(index) = &table.columns.first()?.index else { return None };
        let hash = self.hasher.hash_one(key);
        // The key column's codes are its rows.
        self.rows.find(hash, |row| index.dictionary.text(*row) == key).copied()
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.rows.allocation_size()
    }
}

//! [`KeyIndex`]: from an e-mail to its contact.

use xxhash_rust::xxh3::xxh3_64;

use super::{Index, Table};
use crate::index::{Array, Dictionary, stored};
use crate::model::{NO_ROW, RowId};

/// A hash index over the key column of the contacts; holds row ids and half of each hash, some eleven bytes a contact.
///
/// A table of linear probing whose entries stand in the order of their hashes: the upper half of a hash says where its
/// entry would stand in a table without collisions, and a key that finds its place taken moves on to the next. Laid out
/// once from sorted hashes, it is written front to back, and its last entries run over the end instead of around it.
#[derive(Debug, Default)]
pub struct KeyIndex {
    slots: Array<Slot>,
    /// Places that hashes are spread over.
    n_places: u64,
}

stored!(struct KeyIndex { slots, n_places });

/// A row, and the lower half of its key's hash, which spares a look at the key of nearly every other row.
type Slot = [u32; 2];

const EMPTY: Slot = [NO_ROW, 0];

/// Keys that are looked up together.
const BATCH: usize = 256;

impl KeyIndex {
    /// An index of keys given by their hashes, in increasing order, with their rows; the keys must be distinct.
    #[must_use]
    pub fn build(hashed: &[(u64, RowId)]) -> Self {
        // A third more places than keys: most keys stand where they would, the rest a few slots on.
        let index = Self { slots: Array::default(), n_places: (hashed.len() as u64 * 4).div_ceil(3) };
        let mut slots = vec![EMPTY; index.n_places as usize];
        let mut next = 0;
        for &(hash, row) in hashed {
            let at = index.place(hash).max(next);
            if at >= slots.len() {
                slots.resize(at + 1, EMPTY);
            }
            slots[at] = [row, hash as u32];
            next = at + 1;
        }
        // Where a search ends that nothing stops before.
        slots.push(EMPTY);
        Self { slots: slots.into(), ..index }
    }

    /// The hash of a trimmed, lower-cased key: the same in every process, since an image of the index outlives it.
    #[must_use]
    pub fn hash(key: &str) -> u64 {
        xxh3_64(key.as_bytes())
    }

    /// Where the entry of a hash stands if the place is free.
    fn place(&self, hash: u64) -> usize {
        (((hash >> 32) * self.n_places) >> 32) as usize
    }

    /// The row of a trimmed, lower-cased key in the table that this index was built of.
    #[must_use]
    pub fn find(&self, table: &Table, key: &str) -> Option<RowId> {
        let keys = keys_of(table)?;
        let hash = Self::hash(key);
        self.same_tag(self.place(hash), hash as u32).find(|row| keys.text(*row) == key)
    }

    /// The rows from a place up to the next empty slot whose tag is as given.
    fn same_tag(&self, place: usize, tag: u32) -> impl Iterator<Item = RowId> + '_ {
        let run = self.slots.get(place..).unwrap_or_default().iter().take_while(|[row, _]| *row != NO_ROW);
        run.filter(move |[_, other]| *other == tag).map(|[row, _]| *row)
    }

    /// The row of each key, [`NO_ROW`] for none.
    ///
    /// Cost: that of [`KeyIndex::find`] is waiting for memory, three times a key. Here the keys of a batch take each of
    /// these steps together, and touch what the next step needs without a branch between, so that the processor has
    /// many of them under way at once.
    #[must_use]
    pub fn find_all<'a>(&self, table: &Table, mut keys: impl Iterator<Item = &'a str>) -> Vec<RowId> {
        let Some(dictionary) = keys_of(table) else { return keys.map(|_| NO_ROW).collect() };
        let mut found = Vec::with_capacity(keys.size_hint().0);
        let mut batch: Vec<&str> = Vec::with_capacity(BATCH);
        let mut hashes: Vec<u64> = Vec::with_capacity(BATCH);
        let mut first: Vec<Slot> = Vec::with_capacity(BATCH);
        let mut rows: Vec<RowId> = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            batch.extend(keys.by_ref().take(BATCH));
            if batch.is_empty() {
                return found;
            }
            hashes.clear();
            hashes.extend(batch.iter().map(|key| Self::hash(key)));
            first.clear();
            first.extend(hashes.iter().map(|hash| self.slots.get(self.place(*hash)).copied().unwrap_or(EMPTY)));
            rows.clear();
            rows.extend(hashes.iter().zip(&first).map(|(hash, [row, other])| {
                let tag = *hash as u32;
                if *other == tag && *row != NO_ROW {
                    *row
                } else {
                    self.same_tag(self.place(*hash), tag).next().unwrap_or(NO_ROW)
                }
            }));
            found.extend(dictionary.are(&rows, &batch).enumerate().map(|(at, is_it)| match rows[at] {
                row if is_it => row,
                NO_ROW => NO_ROW,
                // Another key of the same tag: look closely.
                _ => self.find(table, batch[at]).unwrap_or(NO_ROW),
            }));
        }
    }

    /// Whether an index that was read can be one of so many rows: no search reaches beyond an end. Cost: one pass.
    #[must_use]
    pub fn is_sound(&self, n_rows: RowId) -> bool {
        self.n_places <= self.slots.len() as u64 && self.slots.iter().all(|[row, _]| *row < n_rows || *row == NO_ROW)
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.slots.size_bytes()
    }
}

/// The key column's dictionary, whose codes are the table's rows.
fn keys_of(table: &Table) -> Option<&Dictionary> {
    match &table.columns.first()?.index {
        Index::Text(index) => Some(&index.dictionary),
        Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => None,
    }
}

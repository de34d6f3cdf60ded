//! [`KeyIndex`]: from an e-mail to its contact.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::{Index, Table};
use crate::index::Dictionary;
use crate::model::{NO_ROW, RowId};

/// A hash index over the key column of the contacts; holds row ids and half of each hash, some eleven bytes a contact.
///
/// A table of linear probing whose entries stand in the order of their hashes: the upper half of a hash says where its
/// entry would stand in a table without collisions, and a key that finds its place taken moves on to the next. Laid out
/// once from sorted hashes, it is written front to back, and its last entries run over the end instead of around it.
#[derive(Debug, Default)]
pub struct KeyIndex {
    slots: Vec<Slot>,
    /// Places that hashes are spread over.
    n_places: u64,
    hasher: KeyHasher,
}

/// How keys are hashed; each one made hashes in its own way.
pub type KeyHasher = DefaultHashBuilder;

/// A row, and the lower half of its key's hash, which spares a look at the key of nearly every other row.
#[derive(Debug, Clone, Copy)]
struct Slot {
    row: RowId,
    tag: u32,
}

const EMPTY: Slot = Slot { row: NO_ROW, tag: 0 };

/// Keys that are looked up together.
const BATCH: usize = 256;

impl KeyIndex {
    /// An index of keys given by their hashes, in increasing order, with their rows; the keys must be distinct.
    #[must_use]
    pub fn build(hasher: KeyHasher, hashed: &[(u64, RowId)]) -> Self {
        // A third more places than keys: most keys stand where they would, the rest a few slots on.
        let mut index = Self { slots: Vec::new(), n_places: (hashed.len() as u64 * 4).div_ceil(3), hasher };
        index.slots = vec![EMPTY; index.n_places as usize];
        let mut next = 0;
        for &(hash, row) in hashed {
            let at = index.place(hash).max(next);
            if at >= index.slots.len() {
                index.slots.resize(at + 1, EMPTY);
            }
            index.slots[at] = Slot { row, tag: hash as u32 };
            next = at + 1;
        }
        // Where a search ends that nothing stops before.
        index.slots.push(EMPTY);
        index
    }

    /// Where the entry of a hash stands if the place is free.
    fn place(&self, hash: u64) -> usize {
        (((hash >> 32) * self.n_places) >> 32) as usize
    }

    /// The row of a trimmed, lower-cased key in the table that this index was built of.
    #[must_use]
    pub fn find(&self, table: &Table, key: &str) -> Option<RowId> {
        let keys = keys_of(table)?;
        let hash = self.hasher.hash_one(key);
        self.same_tag(self.place(hash), hash as u32).find(|row| keys.text(*row) == key)
    }

    /// The rows from a place up to the next empty slot whose tag is as given.
    fn same_tag(&self, place: usize, tag: u32) -> impl Iterator<Item = RowId> + '_ {
        let run = self.slots.get(place..).unwrap_or_default().iter().take_while(|slot| slot.row != NO_ROW);
        run.filter(move |slot| slot.tag == tag).map(|slot| slot.row)
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
            hashes.extend(batch.iter().map(|key| self.hasher.hash_one(key)));
            first.clear();
            first.extend(hashes.iter().map(|hash| self.slots.get(self.place(*hash)).copied().unwrap_or(EMPTY)));
            rows.clear();
            rows.extend(hashes.iter().zip(&first).map(|(hash, slot)| {
                let tag = *hash as u32;
                if slot.tag == tag && slot.row != NO_ROW {
                    slot.row
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

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }
}

/// The key column's dictionary, whose codes are the table's rows.
fn keys_of(table: &Table) -> Option<&Dictionary> {
    match &table.columns.first()?.index {
        Index::Text(index) => Some(&index.dictionary),
        Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => None,
    }
}

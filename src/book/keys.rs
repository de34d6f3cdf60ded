//! [`KeyIndex`]: from an e-mail to its contact.

use xxhash_rust::xxh3::xxh3_64;

use super::Table;
use crate::index::{Array, stored};
use crate::model::{NO_ROW, RowId, prefetch};

/// A hash index over the key column of the contacts; holds row ids and a byte of each hash, some seven bytes a contact.
///
/// A table of linear probing whose entries stand in the order of their hashes: the upper half of a hash says where its
/// entry would stand in a table without collisions, and a key that finds its place taken moves on to the next. Laid out
/// once from sorted hashes, it is written front to back, and its last entries run over the end instead of around it.
#[derive(Debug, Default)]
pub struct KeyIndex {
    /// By slot: its hash's lowest byte, which spares a look at the key of nearly every other row; [`EMPTY`] for none.
    ///
    /// Beside the rows and not among them, so that a search of ten million keys stays within a large cache until it has
    /// found its slot.
    tags: Array<u8>,
    rows: Array<RowId>,
    /// Places that hashes are spread over.
    n_places: u64,
}

stored!(struct KeyIndex { tags, rows, n_places });

/// The tag of a slot that holds no row.
const EMPTY: u8 = 0;

/// A byte of a hash, but never [`EMPTY`].
fn tag(hash: u64) -> u8 {
    (hash as u8).max(1)
}

/// The highest bit of each byte that is 0, up to the first such byte; of those above it perhaps others.
fn zero_bytes(word: u64) -> u64 {
    const LOWEST: u64 = u64::from_le_bytes([1; 8]);
    const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);
    word.wrapping_sub(LOWEST) & !word & HIGHEST
}

/// Keys that are looked up together.
const BATCH: usize = 256;

impl KeyIndex {
    /// An index of keys given by their hashes, in increasing order, with their rows; the keys must be distinct.
    #[must_use]
    pub fn build(hashed: &[(u64, RowId)]) -> Self {
        // A third more places than keys: most keys stand where they would, the rest a few slots on.
        let n_places = (hashed.len() as u64 * 4).div_ceil(3);
        let index = Self { n_places, ..Self::default() };
        // One more, where a search ends that nothing stops before.
        let n_slots = n_places as usize + 1;
        let (mut tags, mut rows) = (vec![EMPTY; n_slots], vec![NO_ROW; n_slots]);
        let mut next = 0;
        for &(hash, row) in hashed {
            let at = index.place(hash).max(next);
            if at + 1 >= tags.len() {
                tags.resize(at + 2, EMPTY);
                rows.resize(at + 2, NO_ROW);
            }
            tags[at] = tag(hash);
            rows[at] = row;
            next = at + 1;
        }
        Self { tags: tags.into(), rows: rows.into(), ..index }
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
        let keys = table.keys()?;
        let hash = Self::hash(key);
        self.alike(hash).find(|row| keys.is(*row, key))
    }

    /// The rows from a hash's place up to the next empty slot that have its tag.
    fn alike(&self, hash: u64) -> impl Iterator<Item = RowId> + '_ {
        let (place, tag) = (self.place(hash), tag(hash));
        let run = self.tags.get(place..).unwrap_or_default().iter().take_while(|slot| **slot != EMPTY);
        run.enumerate().filter(move |(_, slot)| **slot == tag).map(move |(at, _)| self.rows[place + at])
    }

    /// The row of each key, [`NO_ROW`] for none.
    ///
    /// Cost: that of [`KeyIndex::find`] is waiting for memory, three times a key. Here the keys of a batch take each of
    /// these steps together, and what the next step needs is fetched for all of them before it is taken.
    #[must_use]
    pub fn find_all<'a>(&self, table: &Table, mut keys: impl Iterator<Item = &'a str>) -> Vec<RowId> {
        let Some(dictionary) = table.keys() else { return keys.map(|_| NO_ROW).collect() };
        let mut found = Vec::with_capacity(keys.size_hint().0);
        let mut batch: Vec<&str> = Vec::with_capacity(BATCH);
        let mut hashes: Vec<u64> = Vec::with_capacity(BATCH);
        let mut slots: Vec<usize> = Vec::with_capacity(BATCH);
        let mut rows: Vec<RowId> = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            batch.extend(keys.by_ref().take(BATCH));
            if batch.is_empty() {
                return found;
            }
            hashes.clear();
            hashes.extend(batch.iter().map(|key| Self::hash(key)));
            hashes.iter().for_each(|hash| prefetch(&self.tags, self.place(*hash)));
            slots.clear();
            slots.extend(hashes.iter().map(|hash| self.first_alike(*hash)));
            slots.iter().for_each(|slot| prefetch(&self.rows, *slot));
            rows.clear();
            rows.extend(slots.iter().map(|slot| self.rows.get(*slot).copied().unwrap_or(NO_ROW)));
            found.extend(dictionary.are(&rows, &batch).enumerate().map(|(at, is_it)| match rows[at] {
                row if is_it => row,
                NO_ROW => NO_ROW,
                // Another key of the same tag: look closely.
                _ => self.alike(hashes[at]).find(|row| dictionary.is(*row, batch[at])).unwrap_or(NO_ROW),
            }));
        }
    }

    /// From a hash's place, the first slot that has its tag or is empty, and so holds no row.
    fn first_alike(&self, hash: u64) -> usize {
        let (place, tag) = (self.place(hash), tag(hash));
        let run = self.tags.get(place..).unwrap_or_default();
        // PERF: eight slots without a branch, which no processor could foresee.
        if let Some(slots) = run.first_chunk() {
            let slots = u64::from_le_bytes(*slots);
            let stops = zero_bytes(slots) | zero_bytes(slots ^ u64::from_le_bytes([tag; 8]));
            if stops != 0 {
                return place + stops.trailing_zeros() as usize / 8;
            }
        }
        place + run.iter().position(|slot| *slot == tag || *slot == EMPTY).unwrap_or(run.len())
    }

    /// Whether an index that was read can be one of so many rows: no search reaches beyond an end. Cost: one pass.
    #[must_use]
    pub fn is_sound(&self, n_rows: RowId) -> bool {
        let is_slot = |(tag, row): (&u8, &RowId)| *tag == EMPTY || *row < n_rows;
        self.tags.len() == self.rows.len()
            && self.n_places <= self.tags.len() as u64
            && self.tags.iter().zip(&self.rows).all(is_slot)
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.tags.size_bytes() + self.rows.size_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::book::{Column, ColumnSource, FieldType, Index, Layout};
    use crate::index::{Dictionary, TextIndex, TextShard};

    fn contacts(keys: &[String]) -> Table {
        let layout = Layout::even(keys.len() as u32, Layout::SHARD_ROWS);
        let shards = (0..layout.n_shards()).map(|shard| TextShard::of_keys(layout.rows(shard))).collect();
        let dictionary = Dictionary::of_distinct(keys.iter().map(String::as_str));
        let email = Column {
            tag: "email".to_owned(),
            display: None,
            aliases: Vec::new(),
            field_type: FieldType::Text,
            source: ColumnSource::System,
            index: Index::Text(TextIndex { dictionary, shards }),
        };
        Table { layout, columns: vec![email] }
    }

    /// Of a table with many collisions, no keys, and keys of every length.
    #[test]
    fn all_are_found_and_nobody_else() {
        let of = |n: usize| match n % 3 {
            0 => format!("{}@x.example", "a".repeat(n % 60) + &n.to_string()),
            1 => format!("no address {n}"),
            _ => format!("{n}@{}.example", n % 7),
        };
        for n_keys in [0, 1, 7, 5_000] {
            let keys: Vec<String> = (0..n_keys).map(of).collect();
            let by_key: HashMap<&str, RowId> = keys.iter().map(String::as_str).zip(0..).collect();
            let mut hashed: Vec<(u64, RowId)> = keys.iter().map(|key| KeyIndex::hash(key)).zip(0..).collect();
            hashed.sort_unstable();
            let (table, index) = (contacts(&keys), KeyIndex::build(&hashed));
            assert!(index.is_sound(n_keys as RowId));
            let asked: Vec<String> = (0..2 * n_keys + 300).rev().map(of).chain([String::new()]).collect();
            let found = index.find_all(&table, asked.iter().map(String::as_str));
            assert_eq!(found.len(), asked.len());
            for (key, row) in asked.iter().zip(found) {
                let expected = by_key.get(&**key).copied();
                assert_eq!(row, expected.unwrap_or(NO_ROW), "{key}");
                assert_eq!(index.find(&table, key), expected, "{key}");
            }
        }
        assert_eq!(KeyIndex::default().find_all(&contacts(&[]), ["a"].into_iter()), [NO_ROW]);
    }

    #[test]
    fn the_first_byte_of_zeros_is_marked() {
        for at in 0..8 {
            for others in [0x01, 0x7F, 0x80, 0xFF] {
                let mut bytes = [others; 8];
                assert_eq!(zero_bytes(u64::from_le_bytes(bytes)), 0);
                bytes[at] = 0;
                assert_eq!(zero_bytes(u64::from_le_bytes(bytes)).trailing_zeros() as usize / 8, at);
            }
        }
    }
}

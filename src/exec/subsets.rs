//! The subsets: `sample` and `top`.

use std::collections::HashMap;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::matched::Matched;
use super::steps::Grouper;
use super::{Cancel, ExecError, order};
use crate::book::{Book, Table};
use crate::model::RowId;
use crate::plan::{FieldRef, Prepared, Sample, SampleSize, Subset, Top};

/// Those who are left after the subsets.
pub(super) struct Selected<'a> {
    pub(super) matched: Matched<'a>,
    /// Their order, if the last subset is `top`.
    ranked: Option<Vec<RowId>>,
}

impl Selected<'_> {
    /// All rows by rank if there is one, else by key.
    pub(super) fn in_order(self) -> Result<Vec<RowId>, ExecError> {
        self.ranked.map_or_else(|| self.matched.by_key(), Ok)
    }
}

/// Those who match, after the subsets.
pub(super) fn select<'a>(book: &'a Book, prepared: &Prepared, cancel: &'a Cancel) -> Result<Selected<'a>, ExecError> {
    narrow(Matched::of(book, prepared.universe, &prepared.filter, &prepared.clock, cancel)?, prepared)
}

/// These rows after the subsets of a query; they stand for those whom its filter matches.
pub(super) fn narrow<'a>(mut matched: Matched<'a>, prepared: &Prepared) -> Result<Selected<'a>, ExecError> {
    let mut ranked = None;
    for subset in &prepared.subsets {
        matched.cancel.check()?;
        match subset {
            Subset::Sample(sample) => {
                let rows = draw(&matched, sample, prepared)?;
                matched = matched.with_rows(rows);
                ranked = None;
            }
            Subset::Top(top) => {
                let rows = largest(&matched, top);
                matched = matched.with_rows(rows.clone());
                ranked = Some(rows);
            }
        }
    }
    Ok(Selected { matched, ranked })
}

fn draw(matched: &Matched<'_>, sample: &Sample, prepared: &Prepared) -> Result<Vec<RowId>, ExecError> {
    let rows = matched.rows();
    let mut drawn: Vec<(u64, RowId)> =
        rows.par_iter().map(|row| (hash(sample.seed, &matched.table.key(*row)), *row)).collect();
    match (sample.size, sample.per) {
        // Each has the same chance, whatever the group.
        (SampleSize::Below(limit), _) => drawn.retain(|(hash, _)| u128::from(*hash) < limit),
        (SampleSize::Rows(n), None) => smallest(&mut drawn, n, matched.table),
        (SampleSize::Rows(n), Some(field)) => drawn = smallest_per(matched, field, n, drawn, prepared)?,
    }
    Ok(drawn.into_iter().map(|(_, row)| row).collect())
}

/// The `n` smallest of each group; who is in several groups may be drawn in any.
fn smallest_per(
    matched: &Matched<'_>,
    field: FieldRef,
    n: u64,
    drawn: Vec<(u64, RowId)>,
    prepared: &Prepared,
) -> Result<Vec<(u64, RowId)>, ExecError> {
    let grouper = Grouper::of(matched.book, matched.universe, field, None, prepared.clock.zone());
    let folded = grouper.folded_ids();
    let mut groups: HashMap<Option<i64>, Vec<(u64, RowId)>> = HashMap::new();
    for (hash, row) in drawn {
        let (shard, at) = matched.table.layout.locate(row);
        grouper.each(shard, at, |value| {
            let group = match (&folded, value) {
                (Some(ids), Some(code)) => Some(i64::from(ids[code as usize])),
                (Some(_), None) | (None, _) => value,
            };
            groups.entry(group).or_default().push((hash, row));
        });
    }
    matched.cancel.check()?;
    let mut out = Vec::new();
    for (_, mut group) in groups {
        smallest(&mut group, n, matched.table);
        out.extend(group);
    }
    out.sort_unstable_by_key(|(_, row)| *row);
    out.dedup();
    Ok(out)
}

/// The `n` smallest by hash, then by key.
fn smallest(drawn: &mut Vec<(u64, RowId)>, n: u64, table: &Table) {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    order::first_n(drawn, n, |a, b| a.0.cmp(&b.0).then_with(|| table.key_cmp(a.1, b.1)));
}

/// XXH3-64 of the seed as 8 bytes, little-endian, and the key.
fn hash(seed: u64, key: &str) -> u64 {
    // A buffer on the stack: the streaming state is larger than any address.
    let mut buffer = [0_u8; 264];
    let len = 8 + key.len();
    if let Some(text) = buffer.get_mut(8..len) {
        text.copy_from_slice(key.as_bytes());
        buffer[..8].copy_from_slice(&seed.to_le_bytes());
        return xxh3_64(&buffer[..len]);
    }
    xxh3_64(&[&seed.to_le_bytes(), key.as_bytes()].concat())
}

/// The `n` largest, missing last, ties by key.
fn largest(matched: &Matched<'_>, top: &Top) -> Vec<RowId> {
    let rows = matched.rows();
    let ranks = order::ranks(matched.book, matched.universe, top.by, &rows);
    let table = matched.table;
    let mut items: Vec<((bool, i64), RowId)> =
        rows.into_iter().zip(ranks).map(|(row, rank)| (order_key(rank, true), row)).collect();
    let n = usize::try_from(top.n).unwrap_or(usize::MAX);
    order::first_n(&mut items, n, |a, b| a.0.cmp(&b.0).then_with(|| table.key_cmp(a.1, b.1)));
    items.into_iter().map(|(_, row)| row).collect()
}

/// What sorts as the rank does in this direction; missing last in either.
pub(super) fn order_key(rank: Option<i64>, descending: bool) -> (bool, i64) {
    match rank {
        // `!` turns the order of all integers round.
        Some(rank) => (false, if descending { !rank } else { rank }),
        None => (true, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_seed_and_key_together() {
        let long = "x".repeat(400);
        for key in ["", "a@b.c", &long] {
            let whole = [&7_u64.to_le_bytes(), key.as_bytes()].concat();
            assert_eq!(hash(7, key), xxh3_64(&whole));
        }
    }

    #[test]
    fn missing_sorts_last_in_either_direction() {
        assert!(order_key(Some(i64::MIN), true) < order_key(None, true));
        assert!(order_key(Some(i64::MAX), false) < order_key(None, false));
        assert!(order_key(Some(2), true) < order_key(Some(1), true));
    }
}

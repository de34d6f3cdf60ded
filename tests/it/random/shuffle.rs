//! The same book in other files: rows, parts and row groups as another exporter would have them.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::pick_copy;
use crate::oracle::text;
use crate::raw::{Phys, RawBook, RawPart, RawTable};
use crate::value::V;

/// A book that means the same. Of equal keys the last row still counts, so those keep their order among themselves.
pub fn shuffled(book: &RawBook, seed: u64) -> RawBook {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut book = book.clone();
    shuffle(&mut book.contacts, Some("email"), &mut rng);
    for records in [&mut book.activity, &mut book.registrations, &mut book.journey].into_iter().flatten() {
        shuffle(records, None, &mut rng);
    }
    if let Some(visitors) = &mut book.visitors {
        shuffle(visitors, Some("visitor_id"), &mut rng);
    }
    book
}

fn shuffle(table: &mut RawTable, key: Option<&str>, rng: &mut ChaCha8Rng) {
    let phys: Vec<Phys> = (0..table.columns.len()).map(|column| widest(table, column)).collect();
    let n_before = table.parts.len();
    let mut rows: Vec<Vec<V>> = table.rows().cloned().collect();
    for at in (1..rows.len()).rev() {
        rows.swap(at, rng.random_range(0..=at));
    }
    if let Some(key) = key {
        let column = table.columns.iter().position(|it| it == key).expect("a key");
        let order: Vec<Vec<V>> = table.rows().cloned().collect();
        keep_order_of_equals(&mut rows, order, column);
    }
    let n_parts = n_before % 3 + pick_copy(rng, &[1, 2]);
    let n_rows = rows.len();
    let mut rows = rows.into_iter();
    table.parts = (1..=n_parts)
        .map(|i| RawPart {
            phys: phys.clone(),
            order: (0..phys.len()).collect(),
            rows: rows.by_ref().take(n_rows * i / n_parts - n_rows * (i - 1) / n_parts).collect(),
            group_rows: pick_copy(rng, &[3, 64, 1_000]),
        })
        .collect();
}

/// Puts the rows of each key, wherever they stand now, into the order that they had.
fn keep_order_of_equals(rows: &mut [Vec<V>], before: Vec<Vec<V>>, column: usize) {
    let key = |row: &[V]| match &row[column] {
        V::Text(it) => text::key(it),
        _ => String::new(),
    };
    let mut by_key: BTreeMap<String, Vec<Vec<V>>> = BTreeMap::new();
    for row in before.into_iter().rev() {
        by_key.entry(key(&row)).or_default().push(row);
    }
    for row in rows {
        *row = by_key.get_mut(&key(row)).and_then(Vec::pop).expect("as many as before");
    }
}

/// The type of a column that holds what all parts have.
fn widest(table: &RawTable, column: usize) -> Phys {
    let mut all = table.parts.iter().map(|part| part.phys[column]);
    let first = all.next().expect("a part");
    all.fold(first, |wide, other| if matches!(other, Phys::Int64 | Phys::Micros) { other } else { wide })
}

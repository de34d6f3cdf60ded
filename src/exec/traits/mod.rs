//! [`traits`]: what people have, counted among those who match and among everyone.
//!
//! A trait is something that a filter can ask for: a value of few, a band of a number or date, a missing value, a record of a
//! kind. The values of a column are numbered first; then each shard counts, in parallel, by number.

mod bands;

use std::collections::HashMap;

use super::matched::Matched;
use super::steps::spellings;
use super::{Cancel, ExecError};
use crate::book::{Book, Column, FieldType, Index, Universe, number_cell};
use crate::index::{Dictionary, NumberIndex};
use crate::model::{Cell, Clock, ColumnId, KindId, Zone};
use crate::plan::Plan;
use bands::{Band, Ruler};

/// A column with more texts than this has no trait for each of them.
pub const MAX_TEXTS: usize = 1_000;

/// What the people of a universe have.
#[derive(Debug, Clone, PartialEq)]
pub struct Traits {
    /// How many match.
    pub n_matched: u64,
    /// How many there are.
    pub n_all: u64,
    /// Column by column, then the kinds of record.
    pub traits: Vec<Held>,
    /// Columns of more than [`MAX_TEXTS`] texts, the key left aside.
    pub wide: Vec<ColumnId>,
}

/// How many have a trait.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The trait.
    pub what: What,
    /// How many of those who match.
    pub n_matched: u64,
    /// How many of all.
    pub n_all: u64,
}

/// A trait.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The column is empty, as `is empty` has it.
    Empty(ColumnId),
    /// The column's value, or an element of its list, is this: a text but for case, of instants a day.
    Is(ColumnId, Cell),
    /// The column's value lies in a band with both ends in it; of instants ends are days. An end that is none is open.
    Within(ColumnId, Option<Cell>, Option<Cell>),
    /// There is a record of the kind.
    Did(KindId),
}

/// Counts the traits of those who match a plan, and of everyone.
///
/// Numbers and dates of up to 12 different values have a trait for each, others fifths of the book: bands with as many
/// people in each as ties allow. Instants are told by their day in the clock's zone.
///
/// Cost: the filter, two passes of each column, and of numbers a sort of the column.
pub fn traits(
    book: &Book,
    universe: Universe,
    plan: &Plan,
    clock: &Clock,
    cancel: &Cancel,
) -> Result<Traits, ExecError> {
    let matched = Matched::of(book, universe, plan, clock, cancel)?;
    let mut found = Traits {
        n_matched: matched.len(),
        n_all: u64::from(matched.table.layout.n_rows()),
        traits: Vec::new(),
        wide: Vec::new(),
    };
    for (id, column) in matched.table.columns.iter().enumerate().skip(1) {
        match &column.index {
            Index::Missing => {}
            Index::Number(index) => found.traits.extend(of_numbers(&matched, (id, column), index, clock.zone())?),
            Index::Flag(index) => {
                let slot = |shard: usize, row, out: &mut dyn FnMut(usize)| {
                    out(index.shards[shard].get(row).map_or(2, usize::from));
                };
                let counts = tally(&matched, 3, slot)?;
                let what = [What::Is(id, Cell::Bool(false)), What::Is(id, Cell::Bool(true)), What::Empty(id)];
                found.traits.extend(what.into_iter().zip(counts).map(|(what, counts)| counts.of(what)));
            }
            Index::Text(index) if index.dictionary.len() > MAX_TEXTS => found.wide.push(id),
            Index::List(index) if index.dictionary.len() > MAX_TEXTS => found.wide.push(id),
            Index::Text(index) => {
                let empty = index.dictionary.len();
                let slot = |shard: usize, row, out: &mut dyn FnMut(usize)| {
                    out(index.shards[shard].get(row).map_or(empty, |code| code as usize));
                };
                found.traits.extend(of_texts(id, &index.dictionary, &tally(&matched, empty + 1, slot)?));
            }
            Index::List(index) => {
                let empty = index.dictionary.len();
                let slot = |shard: usize, row, out: &mut dyn FnMut(usize)| match index.shards[shard].get(row) {
                    Some(codes) if codes.len() > 0 => codes.for_each(|code| out(code as usize)),
                    Some(_) | None => out(empty),
                };
                found.traits.extend(of_texts(id, &index.dictionary, &tally(&matched, empty + 1, slot)?));
            }
        }
    }
    if universe == Universe::Contacts {
        for (id, kind) in book.kinds.iter().enumerate() {
            let shared = matched.map(|shard, rows| rows.intersection_len(kind.owners[shard].people()))?;
            let n_all = kind.owners.iter().map(|it| it.people().len()).sum();
            found.traits.push(Held { what: What::Did(id), n_matched: shared.into_iter().sum(), n_all });
        }
    }
    found.traits.retain(|it| it.n_all > 0);
    Ok(found)
}

/// How many of those who match, and of all.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    n_matched: u64,
    n_all: u64,
}

impl Counts {
    fn of(self, what: What) -> Held {
        Held { what, n_matched: self.n_matched, n_all: self.n_all }
    }

    fn add(&mut self, other: Self) {
        self.n_matched += other.n_matched;
        self.n_all += other.n_all;
    }
}

/// Counts the rows of each slot; `slots` calls with those of a shard's row.
fn tally(
    matched: &Matched<'_>,
    n_slots: usize,
    slots: impl Fn(usize, u32, &mut dyn FnMut(usize)) + Sync,
) -> Result<Vec<Counts>, ExecError> {
    let shards = matched.map(|shard, rows| {
        let mut counts = vec![Counts::default(); n_slots];
        for row in 0..matched.table.layout.shard_len(shard) {
            slots(shard, row, &mut |slot| counts[slot].n_all += 1);
        }
        for row in rows.iter() {
            slots(shard, row, &mut |slot| counts[slot].n_matched += 1);
        }
        counts
    })?;
    let mut all = vec![Counts::default(); n_slots];
    for counts in shards {
        all.iter_mut().zip(counts).for_each(|(all, counts)| all.add(counts));
    }
    Ok(all)
}

/// The traits of texts, counted by code, what is missing last: texts that are equal but for case are one, in their
/// commonest spelling; the empty text is none.
fn of_texts(id: ColumnId, dictionary: &Dictionary, counts: &[Counts]) -> Vec<Held> {
    let occurring: HashMap<u32, u64> =
        (0_u32..).zip(counts).take(dictionary.len()).map(|(code, counts)| (code, counts.n_all)).collect();
    let shown = spellings(dictionary, &occurring);
    let mut joined = vec![Counts::default(); counts.len()];
    for (code, counts) in counts.iter().enumerate() {
        let is_empty = code == dictionary.len() || dictionary.text(code as u32).is_empty();
        let slot = if is_empty { dictionary.len() } else { shown[&(code as u32)] as usize };
        joined[slot].add(*counts);
    }
    let what = |code: usize| {
        if code == dictionary.len() {
            What::Empty(id)
        } else {
            What::Is(id, Cell::Text(dictionary.text(code as u32).into_owned()))
        }
    };
    joined.into_iter().enumerate().map(|(code, counts)| counts.of(what(code))).collect()
}

/// The traits of a number or date.
fn of_numbers(
    matched: &Matched<'_>,
    (id, column): (ColumnId, &Column),
    index: &NumberIndex,
    zone: &Zone,
) -> Result<Vec<Held>, ExecError> {
    let ruler = if column.field_type == FieldType::Time { Ruler::Days(zone) } else { Ruler::Keys(&column.field_type) };
    let everyone = |shard: usize| index.shards[shard].keys().into_iter().flatten();
    let keys = matched.map(|shard, _| everyone(shard).collect::<Vec<i64>>())?.concat();
    let bands = bands::of(keys, &ruler);
    let (empty, outside) = (bands.len(), bands.len() + 1);
    let slot = |shard: usize, row, out: &mut dyn FnMut(usize)| {
        let in_band = |key| bands::find(&bands, key).unwrap_or(outside);
        out(index.shards[shard].get(row).map_or(empty, in_band));
    };
    let counts = tally(matched, bands.len() + 2, slot)?;
    let cell = |mark: i64| match ruler {
        Ruler::Days(_) => Cell::Day(mark as i32),
        Ruler::Keys(field_type) => number_cell(field_type, mark),
    };
    let what = |band: &Band| match (band.is_single(), band.is_first, band.is_last) {
        (true, _, _) => What::Is(id, cell(band.from)),
        (false, is_first, is_last) => {
            What::Within(id, (!is_first).then(|| cell(band.from)), (!is_last).then(|| cell(band.to)))
        }
    };
    let whats = bands.iter().map(what).chain([What::Empty(id)]);
    Ok(whats.zip(counts).map(|(what, counts)| counts.of(what)).collect())
}

//! [`measured`]: what a condition on records found of one contact: the number itself, not only its verdict.
//!
//! Worked out apart from [`super::aggregate`], which decides without the value where it can; the two are held
//! against each other by a law.

use bigdecimal::num_bigint::BigInt;

use super::aggregate::{scale_of, text_order};
use super::bind;
use super::eval::{self, Place};
use super::exact::{ExactSum, nearest_double, power_of_ten};
use super::{Cancel, ExecError, texts};
use crate::book::{Book, Column, FieldType, Index, RecordKind, number_cell};
use crate::model::{Cell, Clock, KindId, RowId, RowSet, key_float};
use crate::plan::{Aggregate, Measure, Plan, Records};

/// What a contact's records come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The number, sum, mean or value that the condition tests; missing as the language has it.
    pub value: Cell,
    /// Records that pass window and `where`.
    pub n_passing: u64,
    /// The time of the latest record of the kind, in microseconds.
    pub last_us: Option<i64>,
}

/// What a condition on records measures of one contact.
///
/// Cost: binding, then the contact's records alone. A mean is rounded to a double; a sum past 18 digits is given all the same.
pub fn measured(
    book: &Book,
    records: &Records,
    clock: &Clock,
    cancel: &Cancel,
    contact: RowId,
) -> Result<Measured, ExecError> {
    let kind = &book.kinds[records.kind];
    let (shard, rows) = records_of_contact(book, kind, contact);
    let passing = passing(book, kind, &records.filter, clock, cancel, (shard, &rows))?;
    let rows_passing: Vec<u32> = passing.iter().collect();
    let value = match &records.measure {
        Measure::Count(_) => Cell::Int(rows_passing.len() as i64),
        Measure::CountDistinct { column, .. } => {
            Cell::Int(distinct(&kind.table.columns[*column], shard, &rows_passing))
        }
        Measure::Aggregate { function, column, .. } => aggregate(kind, *function, *column, shard, &rows_passing),
    };
    let last_us = rows.iter().last().and_then(|row| time(kind, shard, row));
    Ok(Measured { value, n_passing: passing.len(), last_us })
}

/// How many of a contact's records of a kind pass a filter.
pub fn count_records(
    book: &Book,
    kind: KindId,
    filter: &Plan,
    clock: &Clock,
    cancel: &Cancel,
    contact: RowId,
) -> Result<u64, ExecError> {
    let kind = &book.kinds[kind];
    let (shard, rows) = records_of_contact(book, kind, contact);
    Ok(passing(book, kind, filter, clock, cancel, (shard, &rows))?.len())
}

/// The rows of a contact's records in the table of their kind, by time.
#[must_use]
pub fn contact_records(book: &Book, kind: KindId, contact: RowId) -> Vec<RowId> {
    let kind = &book.kinds[kind];
    let (shard, rows) = records_of_contact(book, kind, contact);
    let start = kind.table.layout.rows(shard).start;
    rows.iter().map(|row| start + row).collect()
}

fn records_of_contact(book: &Book, kind: &RecordKind, contact: RowId) -> (usize, RowSet) {
    let (shard, row) = book.contacts.layout.locate(contact);
    (shard, kind.owners[shard].records_of(&RowSet::from_sorted([row])))
}

fn passing(
    book: &Book,
    kind: &RecordKind,
    filter: &Plan,
    clock: &Clock,
    cancel: &Cancel,
    (shard, rows): (usize, &RowSet),
) -> Result<RowSet, ExecError> {
    let node = bind::bind(book, clock, cancel, filter, &kind.table)?;
    eval::among(&node, Place::new(&kind.table.layout, shard), rows)
}

fn distinct(column: &Column, shard: usize, rows: &[u32]) -> i64 {
    let mut seen: Vec<i64> = match &column.index {
        Index::Missing => Vec::new(),
        Index::Number(index) => rows.iter().filter_map(|row| index.shards[shard].get(*row)).collect(),
        Index::Flag(index) => rows.iter().filter_map(|row| index.shards[shard].get(*row)).map(i64::from).collect(),
        Index::Text(index) => {
            let (ids, _) = texts::fold_ids(&index.dictionary);
            let codes = rows.iter().filter_map(|row| index.shards[shard].get(*row));
            codes.map(|code| i64::from(ids[code as usize])).collect()
        }
        Index::List(index) => {
            let (ids, _) = texts::fold_ids(&index.dictionary);
            let codes = rows.iter().filter_map(|row| index.shards[shard].get(*row)).flatten();
            codes.map(|code| i64::from(ids[code as usize])).collect()
        }
    };
    seen.sort_unstable();
    seen.dedup();
    seen.len() as i64
}

fn aggregate(kind: &RecordKind, function: Aggregate, column: usize, shard: usize, rows: &[u32]) -> Cell {
    let column = &kind.table.columns[column];
    let rows = match function {
        Aggregate::First => at_time(kind, shard, rows, rows.first().copied()),
        Aggregate::Last => at_time(kind, shard, rows, rows.last().copied()),
        Aggregate::Sum | Aggregate::Avg | Aggregate::Min | Aggregate::Max => rows.to_vec(),
    };
    let is_smallest = matches!(function, Aggregate::Min | Aggregate::First);
    match &column.index {
        Index::Number(index) => {
            let keys: Vec<i64> = rows.iter().filter_map(|row| index.shards[shard].get(*row)).collect();
            match function {
                Aggregate::Sum => sum(&column.field_type, &keys),
                Aggregate::Avg => mean(&column.field_type, &keys),
                Aggregate::Min | Aggregate::Max | Aggregate::First | Aggregate::Last => {
                    let key = if is_smallest { keys.into_iter().min() } else { keys.into_iter().max() };
                    key.map_or(Cell::Null, |key| number_cell(&column.field_type, key))
                }
            }
        }
        Index::Text(index) => {
            let codes = rows.iter().filter_map(|row| index.shards[shard].get(*row));
            let order = |a: &u32, b: &u32| text_order(&index.dictionary, *a, *b);
            let code = if is_smallest { codes.min_by(order) } else { codes.max_by(order) };
            code.map_or(Cell::Null, |code| Cell::Text(index.dictionary.text(code).into_owned()))
        }
        Index::Flag(index) => {
            let flags = rows.iter().filter_map(|row| index.shards[shard].get(*row));
            let flag = if is_smallest { flags.min() } else { flags.max() };
            flag.map_or(Cell::Null, Cell::Bool)
        }
        Index::Missing | Index::List(_) => Cell::Null,
    }
}

/// Those of the records, which are in order of time, that have the time of `which`.
fn at_time(kind: &RecordKind, shard: usize, rows: &[u32], which: Option<u32>) -> Vec<u32> {
    let wanted = which.and_then(|row| time(kind, shard, row));
    rows.iter().copied().filter(|row| time(kind, shard, *row) == wanted).collect()
}

fn time(kind: &RecordKind, shard: usize, row: u32) -> Option<i64> {
    kind.times(shard)?.get(row)
}

fn sum(field_type: &FieldType, keys: &[i64]) -> Cell {
    match scale_of(field_type) {
        Some(scale) => Cell::Decimal { value: keys.iter().map(|key| i128::from(*key)).sum(), scale },
        None => float(keys, 1),
    }
}

fn mean(field_type: &FieldType, keys: &[i64]) -> Cell {
    if keys.is_empty() {
        return Cell::Null;
    }
    match scale_of(field_type) {
        Some(scale) => {
            let sum: i128 = keys.iter().map(|key| i128::from(*key)).sum();
            Cell::Float(nearest_double(BigInt::from(sum), BigInt::from(keys.len()) * power_of_ten(scale)))
        }
        None => float(keys, keys.len() as u64),
    }
}

fn float(keys: &[i64], divisor: u64) -> Cell {
    ExactSum::of(keys.iter().map(|key| key_float(*key))).over(divisor).map_or(Cell::Null, Cell::Float)
}

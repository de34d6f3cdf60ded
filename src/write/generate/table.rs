//! [`Table`]: what the files of a book have in common, and the arrays that they are made of.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, ListBuilder, StringArray,
    StringBuilder, TimestampMicrosecondArray,
};

use super::dice::Dice;
use super::person::People;
use crate::write::WriteError;
use crate::write::columns::element;

/// Names and values of a batch.
pub(super) type Batch = Vec<(&'static str, ArrayRef)>;

/// A table of a made-up book.
pub(super) trait Table: Sync {
    /// The folder of its parts.
    fn name(&self) -> &'static str;

    /// How many slots its rows are drawn in; a slot makes at most one row.
    fn n_slots(&self) -> u64;

    /// Slots of a part: such that a part has about a million rows.
    fn part_slots(&self) -> u64 {
        1_000_000
    }

    /// Columns whose values hardly repeat, so that a dictionary would only cost.
    fn distinct_columns(&self) -> &'static [&'static str];

    /// The rows of some slots.
    fn batch(&self, people: &People, dice: &mut Dice, slots: Range<u64>) -> Result<Batch, WriteError>;
}

pub(super) fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

pub(super) fn whole(values: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(Int32Array::from_iter(values))
}

pub(super) fn floats(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from_iter(values))
}

pub(super) fn flags(values: impl Iterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(BooleanArray::from_iter(values))
}

pub(super) fn days(values: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(Date32Array::from_iter(values))
}

/// Seconds since 1970 become microseconds in UTC.
pub(super) fn times(seconds: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    let array = TimestampMicrosecondArray::from_iter(seconds.map(|it| it.map(|s| s * 1_000_000)));
    Arc::new(array.with_timezone("UTC"))
}

/// Amounts in hundredths become decimal(12, 2).
pub(super) fn money(cents: impl Iterator<Item = Option<i64>>) -> Result<ArrayRef, WriteError> {
    let array = Decimal128Array::from_iter(cents.map(|it| it.map(i128::from)));
    Ok(Arc::new(array.with_precision_and_scale(12, 2)?))
}

pub(super) fn lists<'a>(rows: impl Iterator<Item = Option<&'a [&'a str]>>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(element());
    for row in rows {
        builder.append_option(row.map(|texts| texts.iter().map(|text| Some(*text))));
    }
    Arc::new(builder.finish())
}

/// An amount in hundredths, at most ten million.
pub(super) fn cents(amount: f64) -> i64 {
    (amount.min(10_000_000.0) * 100.0) as i64
}

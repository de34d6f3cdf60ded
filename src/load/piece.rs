//! [`Piece`]: one row group's part of a column, out of Arrow.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;

use super::local_times::LocalTimes;
use super::shape::Shape;
use super::text_reader::{push_lists, push_texts};
use super::texts::{NO_CODE, Texts};
use crate::model::float_key;

/// The first and last instant of the calendar, in microseconds: far enough from the years −9999 and 9999 for every zone.
const CALENDAR_US: std::ops::RangeInclusive<i64> = -377_705_023_201_000_000..=253_402_207_200_000_000;
/// The same in days.
const CALENDAR_DAYS: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;
/// Decimals have at most 18 digits.
const DECIMAL_END: i128 = 1_000_000_000_000_000_000;

/// Values of consecutive rows.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) values: PieceValues,
    /// Values that no key can hold: the column is to be left out.
    pub(super) beyond: bool,
    /// Times beyond the calendar, read as missing.
    pub(super) out_of_range: u64,
}

#[derive(Debug)]
pub(super) enum PieceValues {
    Number(Numbers),
    Text(Texts),
    List(Lists),
    Flag(Vec<Option<bool>>),
}

/// Order-preserving keys; of a missing row any.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) keys: Vec<i64>,
    /// Empty if no row is missing.
    pub(super) present: Vec<bool>,
}

impl Numbers {
    pub(super) fn push(&mut self, key: Option<i64>) {
        if key.is_none() && self.present.is_empty() {
            self.present = vec![true; self.keys.len()];
        }
        if key.is_none() || !self.present.is_empty() {
            self.present.push(key.is_some());
        }
        self.keys.push(key.unwrap_or(0));
    }

    /// Marks the keys from a row on as present but where an array has none.
    fn mark_present(&mut self, from: usize, nulls: Option<&NullBuffer>) {
        match nulls.filter(|it| it.null_count() > 0) {
            Some(nulls) => {
                if self.present.is_empty() {
                    self.present.resize(from, true);
                }
                self.present.extend(nulls);
            }
            None if self.present.is_empty() => {}
            None => self.present.resize(self.keys.len(), true),
        }
    }

    pub(super) fn get(&self, row: usize) -> Option<i64> {
        (self.present.is_empty() || self.present[row]).then(|| self.keys[row])
    }

    pub(super) fn append(&mut self, mut other: Self) {
        if !other.present.is_empty() && self.present.is_empty() {
            self.present = vec![true; self.keys.len()];
        } else if other.present.is_empty() && !self.present.is_empty() {
            self.present.resize(self.keys.len() + other.keys.len(), true);
        }
        self.present.append(&mut other.present);
        self.keys.append(&mut other.keys);
    }
}

/// Lists of texts; empty and missing elements are gone.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Its codes are those of the elements.
    pub(super) texts: Texts,
    /// Where each row's elements end.
    pub(super) ends: Vec<usize>,
    pub(super) present: Vec<bool>,
}

impl Piece {
    /// An empty piece of a shape.
    pub(super) fn new(shape: &Shape) -> Self {
        let values = match shape {
            Shape::Text | Shape::Null | Shape::Other(_) => PieceValues::Text(Texts::default()),
            Shape::List => PieceValues::List(Lists::default()),
            Shape::Flag => PieceValues::Flag(Vec::new()),
            Shape::Int | Shape::Decimal(_) | Shape::Float | Shape::Date | Shape::Time => {
                PieceValues::Number(Numbers::default())
            }
        };
        Self { values, beyond: false, out_of_range: 0 }
    }

    pub(super) fn n_rows(&self) -> usize {
        match &self.values {
            PieceValues::Number(numbers) => numbers.keys.len(),
            PieceValues::Text(texts) => texts.codes.len(),
            PieceValues::Flag(flags) => flags.len(),
            PieceValues::List(lists) => lists.ends.len(),
        }
    }

    /// These rows of it, in this order.
    pub(super) fn reordered(mut self, rows: &[u32]) -> Self {
        self.values = match self.values {
            PieceValues::Number(numbers) => PieceValues::Number(Numbers {
                keys: gathered(&numbers.keys, rows),
                present: if numbers.present.is_empty() { Vec::new() } else { gathered(&numbers.present, rows) },
            }),
            PieceValues::Text(mut texts) => {
                texts.codes = gathered(&texts.codes, rows);
                PieceValues::Text(texts)
            }
            PieceValues::Flag(flags) => PieceValues::Flag(gathered(&flags, rows)),
            PieceValues::List(mut lists) => {
                let (mut codes, mut ends) =
                    (Vec::with_capacity(lists.texts.codes.len()), Vec::with_capacity(rows.len()));
                for row in rows {
                    let row = *row as usize;
                    let start = if row == 0 { 0 } else { lists.ends[row - 1] };
                    codes.extend_from_slice(&lists.texts.codes[start..lists.ends[row]]);
                    ends.push(codes.len());
                }
                lists.texts.codes = codes;
                PieceValues::List(Lists { texts: lists.texts, ends, present: gathered(&lists.present, rows) })
            }
        };
        self
    }

    /// So many missing rows.
    pub(super) fn push_missing(&mut self, n_rows: usize) {
        match &mut self.values {
            PieceValues::Number(numbers) => (0..n_rows).for_each(|_| numbers.push(None)),
            PieceValues::Text(texts) => texts.codes.resize(texts.codes.len() + n_rows, NO_CODE),
            PieceValues::Flag(flags) => flags.resize(flags.len() + n_rows, None),
            PieceValues::List(lists) => {
                lists.ends.resize(lists.ends.len() + n_rows, lists.texts.codes.len());
                lists.present.resize(lists.present.len() + n_rows, false);
            }
        }
    }

    /// Appends the rows of `array` that `keep` holds (all, without it), as `shape`.
    pub(super) fn push(
        &mut self,
        array: &dyn Array,
        shape: &Shape,
        keep: Option<&[bool]>,
        times: &LocalTimes,
    ) -> Result<(), ArrowError> {
        if matches!(array.data_type(), DataType::Null) {
            self.push_missing(keep.map_or(array.len(), |keep| keep.iter().filter(|it| **it).count()));
            return Ok(());
        }
        let kept = Kept { array, keep };
        match &mut self.values {
            PieceValues::Text(texts) => push_texts(&kept, texts),
            PieceValues::List(lists) => push_lists(&kept, lists),
            PieceValues::Flag(flags) => {
                let plain = undictionary(array)?;
                let booleans: &BooleanArray = plain.as_boolean_opt().ok_or_else(mistyped)?;
                flags.extend(kept.rows().map(|row| booleans.is_valid(row).then(|| booleans.value(row))));
                Ok(())
            }
            PieceValues::Number(numbers) => {
                let plain = undictionary(array)?;
                let kept = Kept { array: &*plain, keep };
                let mut sink = Sink { kept, numbers, beyond: &mut self.beyond, out_of_range: &mut self.out_of_range };
                sink.push(shape, times)
            }
        }
    }
}

fn gathered<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|row| values[*row as usize]).collect()
}

/// An array and which of its rows count.
pub(super) struct Kept<'a> {
    pub(super) array: &'a dyn Array,
    pub(super) keep: Option<&'a [bool]>,
}

impl<'a> Kept<'a> {
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> + use<'a> {
        let keep = self.keep;
        (0..self.array.len()).filter(move |row| keep.is_none_or(|keep| keep[*row]))
    }
}

pub(super) fn mistyped() -> ArrowError {
    ArrowError::SchemaError("the column's type changes within the file".to_owned())
}

/// An array without dictionary, in a width that is read below.
#[expect(clippy::wildcard_enum_match_arm, reason = "arrow's types are open-ended; all others stay")]
fn undictionary(array: &dyn Array) -> Result<arrow::array::ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Dictionary(_, values) => undictionary(&*cast(array, values)?),
        DataType::Float16 => cast(array, &DataType::Float32),
        _ => Ok(array.slice(0, array.len())),
    }
}

/// Where keys go.
struct Sink<'a> {
    kept: Kept<'a>,
    numbers: &'a mut Numbers,
    beyond: &'a mut bool,
    out_of_range: &'a mut u64,
}

impl Sink<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "arrow's types are open-ended; the caller chose by shape")]
    fn push(&mut self, shape: &Shape, times: &LocalTimes) -> Result<(), ArrowError> {
        match self.kept.array.data_type() {
            DataType::Int8 => self.ints::<Int8Type>(shape),
            DataType::Int16 => self.ints::<Int16Type>(shape),
            DataType::Int32 => self.ints::<Int32Type>(shape),
            DataType::Int64 => self.ints::<Int64Type>(shape),
            DataType::UInt8 => self.ints::<UInt8Type>(shape),
            DataType::UInt16 => self.ints::<UInt16Type>(shape),
            DataType::UInt32 => self.ints::<UInt32Type>(shape),
            DataType::UInt64 => self.ints::<UInt64Type>(shape),
            DataType::Float32 => self.each::<Float32Type>(|it| Read::float(f64::from(it))),
            DataType::Float64 => self.each::<Float64Type>(Read::float),
            DataType::Decimal32(_, scale) => self.decimals::<Decimal32Type>(shape, *scale, |it| Some(i128::from(it))),
            DataType::Decimal64(_, scale) => self.decimals::<Decimal64Type>(shape, *scale, |it| Some(i128::from(it))),
            DataType::Decimal128(_, scale) => self.decimals::<Decimal128Type>(shape, *scale, Some),
            DataType::Decimal256(_, scale) => self.decimals::<Decimal256Type>(shape, *scale, |it| it.to_i128()),
            DataType::Date32 => self.each::<Date32Type>(|day| date(i64::from(day), shape, times)),
            DataType::Date64 => self.each::<Date64Type>(|ms| date(ms.div_euclid(86_400_000), shape, times)),
            DataType::Timestamp(unit, zone) => {
                let local = zone.is_none().then_some(times);
                match unit {
                    TimeUnit::Second => self.each::<TimestampSecondType>(|it| time(it.checked_mul(1_000_000), local)),
                    TimeUnit::Millisecond => {
                        self.each::<TimestampMillisecondType>(|it| time(it.checked_mul(1_000), local))
                    }
                    TimeUnit::Microsecond => self.each::<TimestampMicrosecondType>(|it| time(Some(it), local)),
                    TimeUnit::Nanosecond => {
                        self.each::<TimestampNanosecondType>(|it| time(Some(it.div_euclid(1_000)), local))
                    }
                }
            }
            _ => Err(mistyped()),
        }
    }

    fn ints<T: ArrowPrimitiveType<Native: TryInto<i64> + Into<i128> + Copy>>(
        &mut self,
        shape: &Shape,
    ) -> Result<(), ArrowError> {
        match shape {
            Shape::Decimal(scale) => {
                let factor = 10_i128.checked_pow(u32::from(*scale));
                self.each::<T>(|it| Read::decimal(factor.and_then(|factor| it.into().checked_mul(factor))))
            }
            Shape::Float => self.each::<T>(|it| Read::float(Into::<i128>::into(it) as f64)),
            Shape::Int
            | Shape::Null
            | Shape::Text
            | Shape::Flag
            | Shape::Date
            | Shape::Time
            | Shape::List
            | Shape::Other(_) => self.each::<T>(|it| it.try_into().map_or(Read::Beyond, Read::Key)),
        }
    }

    fn decimals<T: ArrowPrimitiveType>(
        &mut self,
        shape: &Shape,
        scale: i8,
        digits: impl Fn(T::Native) -> Option<i128>,
    ) -> Result<(), ArrowError> {
        let Shape::Decimal(wanted) = shape else {
            // Parsing rounds once, a division might round twice.
            return self.each::<T>(|it| {
                match digits(it).and_then(|it| format!("{it}e{}", -i32::from(scale)).parse().ok()) {
                    Some(float) => Read::float(float),
                    None => Read::Beyond,
                }
            });
        };
        let factor = u32::try_from(i32::from(*wanted) - i32::from(scale)).ok().and_then(|n| 10_i128.checked_pow(n));
        self.each::<T>(|it| match digits(it) {
            Some(0) => Read::Key(0),
            Some(digits) => Read::decimal(factor.and_then(|factor| digits.checked_mul(factor))),
            None => Read::Beyond,
        })
    }

    fn each<T: ArrowPrimitiveType>(&mut self, read: impl Fn(T::Native) -> Read) -> Result<(), ArrowError> {
        let array = self.kept.array.as_primitive_opt::<T>().ok_or_else(mistyped)?;
        let values = array.values();
        self.numbers.keys.reserve(array.len());
        if self.kept.keep.is_none() {
            // The usual case without a branch on each row's presence.
            let before = self.numbers.keys.len();
            let mut is_plain = true;
            self.numbers.keys.extend(values.iter().enumerate().map(|(row, value)| match read(*value) {
                Read::Key(key) => key,
                Read::Missing | Read::Beyond | Read::OutOfRange => {
                    is_plain &= array.is_null(row);
                    0
                }
            }));
            if is_plain {
                self.numbers.mark_present(before, array.nulls());
                return Ok(());
            }
            self.numbers.keys.truncate(before);
        }
        for row in self.kept.rows() {
            let key = if array.is_null(row) {
                None
            } else {
                match read(values[row]) {
                    Read::Key(key) => Some(key),
                    Read::Missing => None,
                    Read::Beyond => {
                        *self.beyond = true;
                        None
                    }
                    Read::OutOfRange => {
                        *self.out_of_range += 1;
                        None
                    }
                }
            };
            self.numbers.push(key);
        }
        Ok(())
    }
}

/// What became of a value.
enum Read {
    Key(i64),
    /// NaN.
    Missing,
    Beyond,
    OutOfRange,
}

impl Read {
    fn float(value: f64) -> Self {
        if value.is_nan() { Self::Missing } else { Self::Key(float_key(value)) }
    }

    fn decimal(digits: Option<i128>) -> Self {
        match digits {
            // The cast keeps the value: 18 digits fit.
            Some(digits) if -DECIMAL_END < digits && digits < DECIMAL_END => Self::Key(digits as i64),
            Some(_) | None => Self::Beyond,
        }
    }
}

fn date(day: i64, shape: &Shape, times: &LocalTimes) -> Read {
    if !CALENDAR_DAYS.contains(&day) {
        return Read::OutOfRange;
    }
    if *shape == Shape::Date { Read::Key(day) } else { time(Some(day * 86_400_000_000), Some(times)) }
}

fn time(us: Option<i64>, local: Option<&LocalTimes>) -> Read {
    let instant = match local {
        None => us,
        Some(times) => us.filter(|it| CALENDAR_US.contains(it)).and_then(|it| times.instant(it)),
    };
    match instant {
        Some(instant) if CALENDAR_US.contains(&instant) => Read::Key(instant),
        Some(_) | None => Read::OutOfRange,
    }
}

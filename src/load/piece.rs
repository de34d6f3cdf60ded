//! [`Piece`]: one row group's part of a column, out of Arrow.

use std::ops::Range;

use arrow::array::{
    Array, ArrayAccessor, ArrowPrimitiveType, AsArray, BooleanArray, Int32Array, ListArray, StringArray,
    StringViewArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Field, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;

use super::local_times::LocalTimes;
use super::shape::Shape;
use super::texts::{NO_CODE, Texts};
use crate::model::float_key;

/// The first and last instant of the calendar, in microseconds: far enough from the years −9999 and 9999 for every zone.
const CALENDAR_US: std::ops::RangeInclusive<i64> = -377_705_023_201_000_000..=253_402_207_200_000_000;
/// The same in days.
const CALENDAR_DAYS: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;
/// Rows whose texts are looked at together.
const BLOCK_ROWS: usize = 1_024;
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
struct Kept<'a> {
    array: &'a dyn Array,
    keep: Option<&'a [bool]>,
}

impl<'a> Kept<'a> {
    fn rows(&self) -> impl Iterator<Item = usize> + use<'a> {
        let keep = self.keep;
        (0..self.array.len()).filter(move |row| keep.is_none_or(|keep| keep[*row]))
    }
}

fn mistyped() -> ArrowError {
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

fn push_texts(kept: &Kept<'_>, texts: &mut Texts) -> Result<(), ArrowError> {
    let array = as_read(kept.array)?;
    if let (Some(array), None, []) = (array.as_string_view_opt(), kept.keep, &texts.codes[..]) {
        *texts = Texts::decoded(array);
        return Ok(());
    }
    let mut reader = TextReader::new(&*array)?;
    let (n_texts, n_bytes) = reader.size();
    texts.reserve(n_texts, n_bytes);
    texts.codes.reserve(array.len());
    match kept.keep {
        None => reader.push(0..array.len(), texts),
        Some(_) => reader.each(kept.rows(), texts, |code, texts| texts.codes.push(code)),
    }
    Ok(())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "arrow's types are open-ended; all others are cast")]
fn push_lists(kept: &Kept<'_>, lists: &mut Lists) -> Result<(), ArrowError> {
    let plain: arrow::array::ArrayRef = match kept.array.data_type() {
        DataType::List(item) if !matches!(item.data_type(), DataType::Null) => kept.array.slice(0, kept.array.len()),
        _ => cast(kept.array, &DataType::List(Field::new("item", DataType::Utf8, true).into()))?,
    };
    let plain: &ListArray = plain.as_list_opt().ok_or_else(mistyped)?;
    let elements = as_read(&**plain.values())?;
    let mut reader = TextReader::new(&*elements)?;
    let offsets = plain.value_offsets();
    if kept.keep.is_none() && reader.are_all_elements() && plain.nulls().is_none_or(|it| are_empty(it, offsets)) {
        let (before, first) = (lists.texts.codes.len(), offsets[0] as usize);
        reader.push(first..offsets[plain.len()] as usize, &mut lists.texts);
        lists.ends.extend(offsets[1..].iter().map(|end| before + *end as usize - first));
        match plain.nulls() {
            Some(nulls) => lists.present.extend(nulls),
            None => lists.present.resize(lists.ends.len(), true),
        }
        return Ok(());
    }
    for row in kept.rows() {
        let present = plain.is_valid(row);
        if present {
            // Offsets of a valid list array are increasing and not negative.
            let elements = offsets[row] as usize..offsets[row + 1] as usize;
            reader.each(elements, &mut lists.texts, |code, texts| {
                if code != NO_CODE && !texts.text(code).is_empty() {
                    texts.codes.push(code);
                }
            });
        }
        lists.ends.push(lists.texts.codes.len());
        lists.present.push(present);
    }
    Ok(())
}

/// Whether no missing list has elements, which an array may have and a list may not.
fn are_empty(nulls: &NullBuffer, offsets: &[i32]) -> bool {
    nulls.iter().zip(offsets.windows(2)).all(|(is_present, ends)| is_present || ends[0] == ends[1])
}

/// A text array in one of the forms of [`TextReader`].
#[expect(clippy::wildcard_enum_match_arm, reason = "arrow's types are open-ended; all others are cast")]
fn as_read(array: &dyn Array) -> Result<arrow::array::ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Utf8 | DataType::Utf8View => Ok(array.slice(0, array.len())),
        DataType::Dictionary(key, value) if **key == DataType::Int32 && **value == DataType::Utf8 => {
            Ok(array.slice(0, array.len()))
        }
        _ => cast(array, &DataType::Utf8View),
    }
}

/// Reads the texts of an array; of a dictionary each at most once.
enum TextReader<'a> {
    Plain(&'a StringArray),
    View(&'a StringViewArray),
    Coded {
        keys: &'a Int32Array,
        values: &'a StringArray,
        /// From the array's codes to the piece's; [`NO_CODE`] for those not seen yet.
        codes: Vec<u32>,
    },
}

impl<'a> TextReader<'a> {
    fn new(array: &'a dyn Array) -> Result<Self, ArrowError> {
        if let Some(array) = array.as_string_opt::<i32>() {
            return Ok(Self::Plain(array));
        }
        if let Some(array) = array.as_string_view_opt() {
            return Ok(Self::View(array));
        }
        let coded = array.as_dictionary_opt::<Int32Type>().ok_or_else(mistyped)?;
        let values = coded.values().as_string_opt::<i32>().ok_or_else(mistyped)?;
        Ok(Self::Coded { keys: coded.keys(), values, codes: vec![NO_CODE; values.len()] })
    }

    /// The texts that it adds at most, and their bytes.
    fn size(&self) -> (usize, usize) {
        let bytes_of = |array: &StringArray| array.value_offsets().last().map_or(0, |end| *end as usize);
        match self {
            Self::Plain(array) => (array.len(), bytes_of(array)),
            // The lower half of a view is its length.
            Self::View(array) => (array.len(), array.views().iter().map(|view| *view as u32 as usize).sum()),
            Self::Coded { values, .. } => (values.len(), bytes_of(values)),
        }
    }

    /// Whether each place of a list has an element: none is missing or empty. Cost: for plain texts it isn't asked.
    fn are_all_elements(&self) -> bool {
        let Self::Coded { keys, values, .. } = self else { return false };
        keys.null_count() == 0 && values.iter().all(|text| text.is_some_and(|text| !text.is_empty()))
    }

    /// Appends the codes of these places, adding the texts that weren't seen yet.
    fn push(&mut self, places: Range<usize>, texts: &mut Texts) {
        for start in places.clone().step_by(BLOCK_ROWS) {
            let block = start..places.end.min(start + BLOCK_ROWS);
            if !self.push_seen(block.clone(), &mut texts.codes) {
                self.each(block, texts, |code, texts| texts.codes.push(code));
            }
        }
    }

    /// Appends the codes of these places if none has a text that wasn't seen yet; answers whether.
    fn push_seen(&self, places: Range<usize>, to: &mut Vec<u32>) -> bool {
        let Self::Coded { keys, codes, .. } = self else { return false };
        let before = to.len();
        let mut are_seen = true;
        // PERF: without a branch for each place. The key of a missing one may be any.
        to.extend(keys.values()[places.clone()].iter().zip(places).map(|(key, at)| {
            let is_present = keys.is_valid(at);
            let code = codes.get(*key as usize).copied().unwrap_or(NO_CODE);
            are_seen &= !is_present | (code != NO_CODE);
            if is_present { code } else { NO_CODE }
        }));
        if !are_seen {
            to.truncate(before);
        }
        are_seen
    }

    /// Adds the texts of these places, and calls `op` with the code of each.
    fn each(&mut self, places: impl Iterator<Item = usize>, texts: &mut Texts, mut op: impl FnMut(u32, &mut Texts)) {
        match self {
            Self::Plain(array) => places.for_each(|at| op(add(*array, at, texts), texts)),
            Self::View(array) => places.for_each(|at| op(add(*array, at, texts), texts)),
            Self::Coded { keys, values, codes } => {
                for at in places {
                    let key = if keys.is_null(at) { None } else { usize::try_from(keys.value(at)).ok() };
                    let code = match key {
                        Some(key) if codes[key] != NO_CODE => codes[key],
                        Some(key) if values.is_valid(key) => {
                            codes[key] = texts.add(values.value(key));
                            codes[key]
                        }
                        Some(_) | None => NO_CODE,
                    };
                    op(code, texts);
                }
            }
        }
    }
}

/// Adds the text of a place; answers its code.
fn add<'a>(array: impl ArrayAccessor<Item = &'a str>, at: usize, texts: &mut Texts) -> u32 {
    if array.is_null(at) { NO_CODE } else { texts.add(array.value(at)) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, ListBuilder, StringBuilder, StringDictionaryBuilder};
    use arrow::buffer::OffsetBuffer;

    use super::*;
    use crate::model::Zone;

    const N_ROWS: usize = 3 * BLOCK_ROWS + 17;

    /// Few texts, of which some come late, and every fifth missing.
    fn text(row: usize) -> Option<&'static str> {
        const TEXTS: [&str; 4] = ["b", "a", "", "c"];
        (row % 5 != 4).then(|| if row > 2_500 && row.is_multiple_of(7) { "late" } else { TEXTS[row * row % 4] })
    }

    fn piece(array: &dyn Array, shape: &Shape, keep: Option<&[bool]>) -> PieceValues {
        let mut piece = Piece::new(shape);
        piece.push(array, shape, keep, &LocalTimes::new(Zone::utc())).expect("it is read");
        piece.values
    }

    fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let mut distinct = Vec::new();
        for text in texts {
            if !distinct.contains(&text) {
                distinct.push(text);
            }
        }
        distinct
    }

    /// The dictionary in the order of `c`, which no row begins with, so that first appearance shows.
    fn coded<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> DictionaryArray<Int32Type> {
        let values = StringArray::from(vec!["c", "late", "", "a", "unused", "b"]);
        let mut builder = StringDictionaryBuilder::<Int32Type>::new_with_dictionary(N_ROWS, &values).expect("fits");
        texts.for_each(|text| builder.append_option(text));
        builder.finish()
    }

    #[test]
    fn coded_texts_are_those_of_the_array_by_first_appearance() {
        let kept: Vec<bool> = (0..N_ROWS).map(|row| row % 3 != 1).collect();
        for keep in [None, Some(&kept[..])] {
            let rows: Vec<usize> = (0..N_ROWS).filter(|row| keep.is_none_or(|keep| keep[*row])).collect();
            let PieceValues::Text(texts) = piece(&coded((0..N_ROWS).map(text)), &Shape::Text, keep) else {
                panic!("texts")
            };
            assert!(rows.iter().map(|row| text(*row)).eq((0..texts.codes.len()).map(|row| texts.get(row))));
            assert_eq!(texts.each().collect::<Vec<_>>(), distinct(rows.iter().filter_map(|row| text(*row))));
        }
    }

    /// Lists of none to three of these texts, every seventh list missing.
    fn lists(is_in: fn(Option<&'static str>) -> bool) -> Vec<Option<Vec<Option<&'static str>>>> {
        let of = |row: usize| (row..row + row % 4).map(text).filter(|text| is_in(*text)).collect();
        (0..N_ROWS).map(|row| (row % 7 != 3).then(|| of(row))).collect()
    }

    #[test]
    fn lists_are_those_of_the_array_without_what_is_no_element() {
        let plain = |lists: &[Option<Vec<Option<&'static str>>>]| {
            let mut builder = ListBuilder::new(StringBuilder::new());
            for list in lists {
                builder.append_option(list.clone());
            }
            builder.finish()
        };
        let as_coded = |array: &ListArray| {
            let DataType::List(item) = array.data_type() else { panic!("a list") };
            let codes = coded(array.values().as_string::<i32>().iter());
            let item = Arc::new(Field::clone(item).with_data_type(codes.data_type().clone()));
            ListArray::new(item, array.offsets().clone(), Arc::new(codes), array.nulls().cloned())
        };
        for is_in in [|text: Option<&str>| text.is_some_and(|it| !it.is_empty()), |_: Option<&str>| true] {
            let lists = lists(is_in);
            let array = plain(&lists);
            // Missing lists that have elements all the same.
            let nulls: NullBuffer = (0..N_ROWS).map(|row| row % 5 != 2).collect();
            let veiled = ListArray::new(
                Arc::new(Field::new_list_field(DataType::Utf8, true)),
                OffsetBuffer::clone(array.offsets()),
                Arc::clone(array.values()),
                Some(nulls.clone()),
            );
            for array in [array, veiled] {
                for array in [as_coded(&array), array.clone()] {
                    let PieceValues::List(read) = piece(&array, &Shape::List, None) else { panic!("lists") };
                    assert_eq!(read.present, (0..N_ROWS).map(|row| array.is_valid(row)).collect::<Vec<_>>());
                    let mut start = 0;
                    for (row, end) in read.ends.iter().enumerate() {
                        let expected = lists[row].iter().flatten().flatten().filter(|it| !it.is_empty());
                        let elements = read.texts.codes[start..*end].iter().map(|code| read.texts.text(*code));
                        if array.is_valid(row) {
                            assert!(elements.eq(expected.copied()), "row {row}");
                        } else {
                            assert_eq!(start, *end, "row {row}");
                        }
                        start = *end;
                    }
                }
            }
        }
    }
}

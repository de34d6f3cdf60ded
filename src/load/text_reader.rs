//! [`push_texts`], [`push_lists`]: texts and lists of them out of Arrow's arrays, of a dictionary each text once.

use std::ops::Range;

use arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, Int32Array, ListArray, StringArray, StringViewArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type};
use arrow::error::ArrowError;

use super::piece::{Kept, Lists, mistyped};
use super::texts::{NO_CODE, Texts};

/// Rows whose texts are looked at together.
const BLOCK_ROWS: usize = 1_024;

/// Appends the texts of the rows that count.
pub(super) fn push_texts(kept: &Kept<'_>, texts: &mut Texts) -> Result<(), ArrowError> {
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

/// Appends the lists of the rows that count, without elements that are missing or empty.
#[expect(clippy::wildcard_enum_match_arm, reason = "arrow's types are open-ended; all others are cast")]
pub(super) fn push_lists(kept: &Kept<'_>, lists: &mut Lists) -> Result<(), ArrowError> {
    let plain: ArrayRef = match kept.array.data_type() {
        DataType::List(item) if !matches!(item.data_type(), DataType::Null) => kept.array.slice(0, kept.array.len()),
        _ => cast(kept.array, &DataType::List(Field::new("item", DataType::Utf8, true).into()))?,
    };
    let plain: &ListArray = plain.as_list_opt().ok_or_else(mistyped)?;
    let elements = as_read(&**plain.values())?;
    let mut reader = TextReader::new(&*elements)?;
    // Offsets of a valid list array are increasing and not negative.
    let offsets = plain.value_offsets();
    let missing_are_empty = || plain.nulls().is_none_or(|nulls| missing_are_empty(nulls, offsets));
    if kept.keep.is_none() && reader.are_all_elements() && missing_are_empty() {
        // PERF: the usual case, where whatever the array holds is an element of a list.
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
fn missing_are_empty(nulls: &NullBuffer, offsets: &[i32]) -> bool {
    nulls.iter().zip(offsets.windows(2)).all(|(is_present, ends)| is_present || ends[0] == ends[1])
}

/// A text array in one of the forms of [`TextReader`].
#[expect(clippy::wildcard_enum_match_arm, reason = "arrow's types are open-ended; all others are cast")]
fn as_read(array: &dyn Array) -> Result<ArrayRef, ArrowError> {
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

    /// Whether coded texts are all elements of lists: none is missing or empty. Of others it isn't asked.
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

    use super::super::local_times::LocalTimes;
    use super::super::piece::{Piece, PieceValues};
    use super::super::shape::Shape;
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

    /// Of a dictionary in another order than that of first appearance, with a text that no row has.
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
                Some(nulls),
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

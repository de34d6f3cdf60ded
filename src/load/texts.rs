//! [`Texts`]: one row group's texts of a column.

use arrow::array::{Array, StringViewArray};

/// The code of a missing text.
pub(super) const NO_CODE: u32 = u32::MAX;

/// Texts, not necessarily distinct, and each row's code.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// The texts as they were decoded, one a row; the code of each row is its place there.
    ///
    /// PERF: texts that hardly repeat are half of a book's bytes, and most are read but once.
    decoded: Option<StringViewArray>,
    /// Without those: copies, one after the other, and where each ends.
    bytes: String,
    ends: Vec<usize>,
    pub(super) codes: Vec<u32>,
}

impl Texts {
    /// The texts of an array, one a row, not copied.
    pub(super) fn decoded(array: &StringViewArray) -> Self {
        let code = |row: usize| if array.is_null(row) { NO_CODE } else { row as u32 };
        let codes = (0..array.len()).map(code).collect();
        Self { decoded: Some(array.clone()), codes, ..Self::default() }
    }

    /// Room for so many more texts of so many bytes together.
    pub(super) fn reserve(&mut self, n_texts: usize, n_bytes: usize) {
        self.copy();
        self.ends.reserve(n_texts);
        self.bytes.reserve(n_bytes);
    }

    /// Appends a text.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        self.copy();
        let code = self.ends.len() as u32;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        code
    }

    fn copy(&mut self) {
        if let Some(array) = self.decoded.take() {
            for text in &array {
                self.bytes.push_str(text.unwrap_or_default());
                self.ends.push(self.bytes.len());
            }
        }
    }

    /// How many texts; an empty one may stand for a missing row.
    pub(super) fn n_texts(&self) -> usize {
        self.decoded.as_ref().map_or(self.ends.len(), Array::len)
    }

    /// The bytes of all texts.
    pub(super) fn n_bytes(&self) -> usize {
        // The lower half of a view is its length.
        let of_views = |array: &StringViewArray| array.views().iter().map(|view| *view as u32 as usize).sum();
        self.decoded.as_ref().map_or(self.bytes.len(), of_views)
    }

    pub(super) fn text(&self, code: u32) -> &str {
        let at = code as usize;
        match &self.decoded {
            Some(array) => array.value(at),
            None => &self.bytes[at.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[at]],
        }
    }

    /// The text of a row.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        let code = self.codes[row];
        (code != NO_CODE).then(|| self.text(code))
    }

    /// The texts that are some row's, in the order of the rows if they were decoded.
    pub(super) fn each(&self) -> impl Iterator<Item = &str> {
        let (rows, copies) = match self.decoded {
            Some(_) => (&self.codes[..], 0),
            None => (&[][..], self.ends.len() as u32),
        };
        let codes = rows.iter().copied().filter(|code| *code != NO_CODE).chain(0..copies);
        codes.map(|code| self.text(code))
    }

    /// Each row's number by that of its text; `number` is called for [`Texts::each`].
    pub(super) fn numbered(&self, mut number: impl FnMut(&str) -> u32) -> Vec<u32> {
        if self.decoded.is_some() {
            return (0..self.codes.len()).map(|row| self.get(row).map_or(NO_CODE, &mut number)).collect();
        }
        let map: Vec<u32> = self.each().map(number).collect();
        self.codes.iter().map(|code| if *code == NO_CODE { NO_CODE } else { map[*code as usize] }).collect()
    }
}

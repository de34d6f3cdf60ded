//! [`Dictionary`]: the distinct texts of a column, in order of first appearance.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::Array;
use super::long_text::LongText;
use super::stored::stored;
use crate::model::fold;

/// Distinct texts, numbered from 0, each with its lower-cased form.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    original: Arena,
    /// None when lower-casing changes no text.
    folded: Option<Arena>,
}

stored!(struct Dictionary { original, folded });
stored!(struct Arena { bytes, ends });
stored!(struct Ends { width });
stored!(enum Width { 0 => U32(ends), 1 => U64(ends) });

#[derive(Debug, Clone, Default)]
struct Arena {
    bytes: LongText,
    ends: Ends,
}

/// Where each text of many ends that stand one after the other: four bytes a text, eight where all together exceed 4 GiB.
#[derive(Debug, Clone)]
pub struct Ends {
    width: Width,
}

#[derive(Debug, Clone)]
enum Width {
    U32(Array<u32>),
    U64(Array<u64>),
}

impl Default for Ends {
    fn default() -> Self {
        Self { width: Width::U32(Array::default()) }
    }
}

impl Ends {
    fn push(&mut self, end: usize) {
        match &mut self.width {
            Width::U32(ends) => match u32::try_from(end) {
                Ok(end) => ends.to_mut().push(end),
                Err(_) => {
                    let mut wide: Vec<u64> = ends.iter().copied().map(u64::from).collect();
                    wide.push(end as u64);
                    self.width = Width::U64(wide.into());
                }
            },
            Width::U64(ends) => ends.to_mut().push(end as u64),
        }
    }

    fn len(&self) -> usize {
        match &self.width {
            Width::U32(ends) => ends.len(),
            Width::U64(ends) => ends.len(),
        }
    }

    /// Where the text of a code lies.
    #[must_use]
    pub fn span(&self, code: usize) -> Range<usize> {
        match &self.width {
            Width::U32(ends) => before(ends, code) as usize..ends[code] as usize,
            Width::U64(ends) => before(ends, code) as usize..ends[code] as usize,
        }
    }

    /// The code whose text a byte is of, which must be one of `codes`. Cost: a binary search.
    #[must_use]
    pub fn code_at(&self, codes: Range<usize>, byte: usize) -> usize {
        let start = codes.start;
        start
            + match &self.width {
                Width::U32(ends) => ends[codes].partition_point(|end| *end as usize <= byte),
                Width::U64(ends) => ends[codes].partition_point(|end| *end as usize <= byte),
            }
    }

    fn shrink_to_fit(&mut self) {
        match &mut self.width {
            Width::U32(ends) => ends.to_mut().shrink_to_fit(),
            Width::U64(ends) => ends.to_mut().shrink_to_fit(),
        }
    }

    fn size_bytes(&self) -> usize {
        match &self.width {
            Width::U32(ends) => ends.size_bytes(),
            Width::U64(ends) => ends.size_bytes(),
        }
    }
}

/// Whether texts may end at these places of `all`, the last one at its end.
fn are_ends(ends: impl Iterator<Item = usize>, all: &str) -> bool {
    let mut before = 0;
    let mut are_ends = true;
    for end in ends {
        are_ends &= before <= end && all.is_char_boundary(end);
        before = end;
    }
    are_ends && before == all.len()
}

/// Where the text of a code begins: where the one before ends.
fn before<T: Copy + Default>(ends: &[T], code: usize) -> T {
    code.checked_sub(1).map_or_else(T::default, |before| ends[before])
}

impl Arena {
    fn push(&mut self, text: &str) {
        self.bytes.to_mut().push_str(text);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, at: usize) -> &str {
        &self.bytes[self.ends.span(at)]
    }

    /// Whether an arena that was read can be one: each text ends within it, after the one before, between two characters.
    fn is_sound(&self) -> bool {
        match &self.ends.width {
            Width::U32(ends) => are_ends(ends.iter().map(|end| *end as usize), &self.bytes),
            Width::U64(ends) => are_ends(ends.iter().map(|end| *end as usize), &self.bytes),
        }
    }

    fn size_bytes(&self) -> usize {
        self.bytes.size_bytes() + self.ends.size_bytes()
    }
}

impl Dictionary {
    /// The dictionary of texts that are known to be distinct; their codes count from 0.
    pub fn of_distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut original = Arena::default();
        texts.into_iter().for_each(|text| original.push(text));
        Self::of_arena(original)
    }

    fn of_arena(mut original: Arena) -> Self {
        original.bytes.to_mut().shrink_to_fit();
        original.ends.shrink_to_fit();
        let n_texts = original.ends.len();
        let differs = (0..n_texts).any(|code| matches!(fold(original.get(code)), std::borrow::Cow::Owned(_)));
        let folded = differs.then(|| {
            let mut folded = Arena::default();
            (0..n_texts).for_each(|code| folded.push(&fold(original.get(code))));
            folded.bytes.to_mut().shrink_to_fit();
            folded.ends.shrink_to_fit();
            folded
        });
        Self { original, folded }
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.original.ends.len()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a code, as it stood in the file.
    #[must_use]
    pub fn text(&self, code: u32) -> &str {
        self.original.get(code as usize)
    }

    /// The lower-cased text of a code.
    #[must_use]
    pub fn folded(&self, code: u32) -> &str {
        self.folded.as_ref().unwrap_or(&self.original).get(code as usize)
    }

    /// Whether each code's text is the one given beside it; false for a code beyond the last.
    ///
    /// Cost: that of waiting for memory. The places of all texts are looked up before the first text is, and
    /// the beginnings of all texts before the first is compared, so that the processor waits for many at once.
    pub fn are<'a>(&'a self, codes: &[u32], texts: &'a [&str]) -> impl Iterator<Item = bool> + 'a {
        let spans: Vec<Option<Range<usize>>> = codes
            .iter()
            .map(|code| ((*code as usize) < self.len()).then(|| self.original.ends.span(*code as usize)))
            .collect();
        let bytes = self.original.bytes.as_bytes();
        let begun: Vec<(Option<Range<usize>>, Option<u8>)> = spans
            .into_iter()
            .map(|span| {
                let first = span.as_ref().filter(|span| !span.is_empty()).map(|span| bytes[span.start]);
                (span, first)
            })
            .collect();
        begun.into_iter().zip(texts).map(|((span, first), text)| {
            first == text.bytes().next() && span.is_some_and(|span| &bytes[span] == text.as_bytes())
        })
    }

    /// All texts, lower-cased if `folded`, one after the other in order of their codes, and where each ends.
    #[must_use]
    pub fn texts(&self, folded: bool) -> (&str, &Ends) {
        let arena = if folded { self.folded.as_ref().unwrap_or(&self.original) } else { &self.original };
        (&arena.bytes, &arena.ends)
    }

    /// Whether a dictionary that was read can be one: no question of it reaches beyond an end. Cost: one pass of the ends.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_twin = |folded: &Arena| folded.ends.len() == self.len() && folded.is_sound();
        self.original.is_sound() && self.folded.as_ref().is_none_or(is_twin)
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.original.size_bytes() + self.folded.as_ref().map_or(0, Arena::size_bytes)
    }
}

/// Numbers texts as they come.
#[derive(Debug, Default)]
pub struct DictionaryBuilder {
    arena: Arena,
    /// Half of each text's hash, and its code.
    ///
    /// PERF: with the hash beside it, a growing table doesn't touch the texts again.
    codes: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

/// The hash by which a table places what has this half.
fn placed(half: u32) -> u64 {
    // The table takes its position from the low bits and its tag from the high ones.
    u64::from(half) << 32 | u64::from(half)
}

impl DictionaryBuilder {
    /// The code of `text`, a new one if it wasn't seen before.
    pub fn code(&mut self, text: &str) -> u32 {
        let half = self.hasher.hash_one(text) as u32;
        let Self { arena, codes, .. } = self;
        let is_it = |(other, code): &(u32, u32)| *other == half && arena.get(*code as usize) == text;
        if let Some((_, code)) = codes.find(placed(half), is_it) {
            return *code;
        }
        // A table has fewer than 2^32 rows, and so fewer distinct texts in a column of text; a column
        // of lists that had more would be refused by the loader's element limit.
        let code = arena.ends.len() as u32;
        arena.push(text);
        codes.insert_unique(placed(half), (half, code), |(half, _)| placed(*half));
        code
    }

    /// The code of `text` if it was seen.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        let half = self.hasher.hash_one(text) as u32;
        let is_it = |(other, code): &(u32, u32)| *other == half && self.arena.get(*code as usize) == text;
        self.codes.find(placed(half), is_it).map(|(_, code)| *code)
    }

    /// How many texts were seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arena.ends.len()
    }

    /// Whether none was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a code.
    #[must_use]
    pub fn text(&self, code: u32) -> &str {
        self.arena.get(code as usize)
    }

    /// Freezes it.
    #[must_use]
    pub fn build(self) -> Dictionary {
        Dictionary::of_arena(self.arena)
    }
}

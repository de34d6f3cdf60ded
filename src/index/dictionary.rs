//! [`Dictionary`]: the distinct texts of a column, in order of first appearance.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::model::fold;

/// Distinct texts, numbered from 0, each with its lower-cased form.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    original: Arena,
    /// None when lower-casing changes no text.
    folded: Option<Arena>,
}

#[derive(Debug, Clone, Default)]
struct Arena {
    bytes: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl Arena {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    fn size_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
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
        original.bytes.shrink_to_fit();
        original.ends.shrink_to_fit();
        let n_texts = original.ends.len();
        let differs = (0..n_texts).any(|code| matches!(fold(original.get(code)), std::borrow::Cow::Owned(_)));
        let folded = differs.then(|| {
            let mut folded = Arena::default();
            (0..n_texts).for_each(|code| folded.push(&fold(original.get(code))));
            folded.bytes.shrink_to_fit();
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
        self.original.ends.is_empty()
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

    /// All texts, lower-cased if `folded`, one after the other in order of their codes, and where each ends.
    #[must_use]
    pub fn texts(&self, folded: bool) -> (&str, &[usize]) {
        let arena = if folded { self.folded.as_ref().unwrap_or(&self.original) } else { &self.original };
        (&arena.bytes, &arena.ends)
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
        self.arena.ends.is_empty()
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

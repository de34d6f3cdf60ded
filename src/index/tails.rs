//! [`Tails`]: the ends that many texts share, as e-mail addresses do.

use std::ops::Range;

use memchr::{memchr_iter, memrchr};

use super::arena::Arena;
use super::codes::Codes;
use super::stored::stored;
use super::{CodeSet, DictionaryBuilder};
use crate::model::prefetch;

/// What follows each text of an arena of heads: from its last `@` on, or nothing where it has none.
///
/// An address takes its local part and the code of its domain, about half of itself, and a search reads as much less.
#[derive(Debug, Clone)]
pub struct Tails {
    n_texts: usize,
    /// The distinct tails, each from its `@` on.
    texts: Arena,
    /// By text of the heads.
    codes: Codes,
}

stored!(struct Tails { n_texts, texts, codes });

impl Tails {
    /// Parts texts into heads and tails where most have an `@` and tails are shared; else they stay whole.
    pub(super) fn split(texts: Arena) -> (Arena, Option<Self>) {
        let n_texts = texts.len();
        if n_texts == 0 || memchr_iter(b'@', texts.bytes().as_bytes()).count() * 2 < n_texts {
            return (texts, None);
        }
        let (mut tails, mut codes) = (DictionaryBuilder::default(), Vec::with_capacity(n_texts));
        let mut heads = Arena::default();
        heads.reserve(n_texts, texts.bytes().len());
        texts.each(|text| {
            let (head, tail) = parts(text);
            heads.push(head);
            codes.push(tails.code(tail));
        });
        if tails.len() * 2 > n_texts {
            return (texts, None);
        }
        (heads, Some(Self::of(tails, codes)))
    }

    /// The tails of the texts of several, in their order.
    pub(super) fn join(parts: &[&Self]) -> Self {
        let mut texts = DictionaryBuilder::default();
        let mut codes = Vec::with_capacity(parts.iter().map(|part| part.n_texts).sum());
        for part in parts {
            let mut map = Vec::with_capacity(part.texts.len());
            part.texts.each(|tail| map.push(texts.code(tail)));
            codes.extend((0..part.n_texts).map(|at| map[part.code(at)]));
        }
        Self::of(texts, codes)
    }

    fn of(texts: DictionaryBuilder, codes: Vec<u32>) -> Self {
        let (n_texts, n_tails) = (codes.len(), texts.len());
        let mut texts = texts.into_arena();
        texts.shrink_to_fit();
        Self { n_texts, texts, codes: Codes::of(&codes, n_tails) }
    }

    /// How many distinct tails.
    #[must_use]
    pub fn n_tails(&self) -> usize {
        self.texts.len()
    }

    /// The distinct tail of a number, with its `@`; one may be empty.
    #[must_use]
    pub fn tail(&self, code: usize) -> &str {
        self.texts.get(code)
    }

    /// The number of a text's tail.
    #[must_use]
    pub fn code(&self, at: usize) -> usize {
        self.codes.get(at) as usize
    }

    /// Fetches the number of a text's tail.
    pub(super) fn prefetch(&self, at: usize) {
        self.codes.prefetch(at);
    }

    /// The bytes of all tails, and where in them those of these texts lie; of a text beyond the last nowhere.
    ///
    /// Fetches them all before they are read.
    pub(super) fn places(&self, texts: &[u32]) -> (&[u8], Vec<Range<usize>>) {
        let (bytes, spans) = (self.texts.bytes().as_bytes(), self.texts.spans());
        let code = |text: &u32| ((*text as usize) < self.n_texts).then(|| self.code(*text as usize));
        let codes: Vec<Option<usize>> = texts.iter().map(code).collect();
        codes.iter().flatten().for_each(|code| spans.prefetch(*code));
        let places = codes.into_iter().map(|code| {
            let place = code.map_or(0..0, |code| spans.span(code));
            prefetch(bytes, place.start);
            place
        });
        (bytes, places.collect())
    }

    /// The distinct tails.
    pub(super) fn texts(&self) -> &Arena {
        &self.texts
    }

    /// A bit for each of these texts, from the lowest of the first word up: whether its tail is in.
    pub(super) fn having_one_of(&self, tails: &CodeSet, codes: Range<usize>) -> Vec<u64> {
        self.codes.select(tails, codes)
    }

    /// The distinct tails that are in.
    pub(super) fn are(&self, is_in: impl Fn(&str) -> bool) -> CodeSet {
        CodeSet::of_places(self.texts.len(), |code| is_in(self.texts.get(code)))
    }

    /// Whether tails that were read can be those of so many texts.
    pub(super) fn is_sound(&self, n_texts: usize) -> bool {
        self.n_texts == n_texts && self.texts.is_sound() && self.codes.is_sound(n_texts, self.texts.len())
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.texts.size_bytes() + self.codes.size_bytes()
    }
}

/// What precedes the last `@` of a text, and what begins there; the whole and nothing if it has none.
pub(super) fn parts(text: &str) -> (&str, &str) {
    text.split_at(memrchr(b'@', text.as_bytes()).unwrap_or(text.len()))
}

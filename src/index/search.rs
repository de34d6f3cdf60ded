//! [`Search`]: one text looked for in all texts of a dictionary.

use std::ops::Range;

use memchr::memmem::Finder;

use super::arena::Arena;
use super::tails::{Tails, parts};
use super::{CodeSet, Dictionary};

/// Where in a text another must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Anywhere.
    Within,
    /// At its beginning.
    Start,
    /// At its end.
    End,
    /// It is the text.
    Whole,
}

/// A text looked for in the lower-cased texts of a dictionary, part by part of it, from any thread.
#[derive(Debug)]
pub struct Search<'a> {
    dictionary: &'a Dictionary,
    /// In the heads.
    heads: Option<Needle<'a>>,
    tails: Option<TailSearch<'a>>,
}

/// What is looked for in an arena.
#[derive(Debug)]
struct Needle<'a> {
    text: &'a str,
    place: Where,
    finder: Finder<'a>,
    /// Its first eight bytes, and which of them there are.
    first: u64,
    mask: u64,
}

/// What is looked for with a look at the tails.
#[derive(Debug)]
struct TailSearch<'a> {
    tails: &'a Tails,
    /// The tails whose texts are in whatever their heads.
    alone: CodeSet,
    /// What must be found in the head, if the tail `fits`.
    head: Needle<'a>,
    fits: CodeSet,
}

impl<'a> Search<'a> {
    /// Prepares a search for `text`, which must be lower-cased. Cost: one pass of the distinct tails, if there are any.
    #[must_use]
    pub fn new(dictionary: &'a Dictionary, text: &'a str, place: Where) -> Self {
        let Some(tails) = dictionary.tails() else {
            return Self { dictionary, heads: Some(Needle::new(text, place)), tails: None };
        };
        // A tail has its only `@` first, and a text without one has no tail: so the last `@` of what is looked for is the
        // tail's, or lies within the head with all that follows.
        let (head, tail) = parts(text);
        let has_at = !tail.is_empty();
        let (alone, fits) = match place {
            Where::Within => (tails.having(&Needle::new(text, place)), tails.are(|it| has_at && it.starts_with(tail))),
            Where::Start => (CodeSet::default(), tails.are(|it| has_at && it.starts_with(tail))),
            // Every head ends with nothing.
            Where::End if head.is_empty() => (tails.are(|it| it.ends_with(tail)), CodeSet::default()),
            Where::End if has_at => (CodeSet::default(), tails.are(|it| it == tail)),
            Where::End => (tails.are(|it| !it.is_empty() && it.ends_with(text)), tails.are(str::is_empty)),
            Where::Whole => (CodeSet::default(), tails.are(|it| it == tail)),
        };
        let at = match place {
            Where::Within | Where::End => Where::End,
            Where::Start | Where::Whole => Where::Whole,
        };
        let heads = matches!(place, Where::Within | Where::Start).then(|| Needle::new(text, place));
        Self { dictionary, heads, tails: Some(TailSearch { tails, alone, head: Needle::new(head, at), fits }) }
    }

    /// A bit for each of these codes, of which the first is a multiple of 64: whether its lower-cased text is found.
    ///
    /// Cost: for [`Where::Within`] one search of all their bytes, else one pass of their lengths and first bytes.
    #[must_use]
    pub fn among(&self, codes: Range<usize>) -> Vec<u64> {
        let mut found = Found { first: codes.start, words: vec![0; codes.len().div_ceil(64)] };
        let heads = self.dictionary.heads();
        if let Some(needle) = &self.heads {
            needle.each(heads, codes.clone(), |code| found.add(code));
        }
        if let Some(tails) = &self.tails {
            if !tails.alone.is_empty() {
                found.add_all(&tails.tails.having_one_of(&tails.alone, codes.clone()));
            }
            if !tails.fits.is_empty() {
                tails.head.each(heads, codes, |code| {
                    if tails.fits.contains(tails.tails.code(code) as u32) {
                        found.add(code);
                    }
                });
            }
        }
        found.words
    }
}

impl Tails {
    /// For each distinct tail whether the needle is found in it.
    fn having(&self, needle: &Needle<'_>) -> CodeSet {
        let mut found = Found { first: 0, words: vec![0; self.texts().len().div_ceil(64)] };
        needle.each(self.texts(), 0..self.texts().len(), |code| found.add(code));
        CodeSet::from_words(found.words)
    }
}

/// Codes as bits.
struct Found {
    first: usize,
    words: Vec<u64>,
}

impl Found {
    fn add(&mut self, code: usize) {
        let at = code - self.first;
        self.words[at / 64] |= 1 << (at % 64);
    }

    fn add_all(&mut self, words: &[u64]) {
        self.words.iter_mut().zip(words).for_each(|(all, word)| *all |= word);
    }
}

impl<'a> Needle<'a> {
    fn new(text: &'a str, place: Where) -> Self {
        let mask = match text.len() {
            0 => 0,
            len @ 1..8 => !(u64::MAX << (len * 8)),
            _ => u64::MAX,
        };
        Self { text, place, finder: Finder::new(text), first: eight_at(text.as_bytes(), 0), mask }
    }

    /// Calls `op` with each code whose text has it.
    fn each(&self, texts: &Arena, codes: Range<usize>, op: impl FnMut(usize)) {
        let len = self.text.len();
        match self.place {
            Where::Within => self.each_within(texts, codes, op),
            Where::Start => self.each_at(texts, codes, op, |start, text_len| (len <= text_len).then_some(start)),
            Where::Whole => self.each_at(texts, codes, op, |start, text_len| (len == text_len).then_some(start)),
            Where::End => self.each_at(texts, codes, op, |start, text_len| Some(start + text_len.checked_sub(len)?)),
        }
    }

    /// One search of all bytes, in which a hit that crosses from one text to the next doesn't count.
    fn each_within(&self, texts: &Arena, codes: Range<usize>, mut op: impl FnMut(usize)) {
        if self.text.is_empty() {
            return codes.for_each(op);
        }
        let (bytes, spans) = (texts.bytes().as_bytes(), texts.spans());
        let Some(last) = codes.clone().last() else { return };
        let stop = spans.span(last).end;
        let mut code = codes.start;
        let mut from = spans.span(code).start;
        while let Some(hit) = self.finder.find(&bytes[from..stop]) {
            let hit = from + hit;
            let (holder, end) = spans.holder(code..codes.end, hit);
            code = holder;
            if hit + self.text.len() <= end {
                op(code);
                from = end;
            } else {
                from = hit + 1;
            }
        }
    }

    /// A look at one place of each text, which its start and length say, if the text is long enough.
    ///
    /// PERF: eight bytes at once, which decide nearly always, without a call for each text.
    fn each_at(
        &self,
        texts: &Arena,
        codes: Range<usize>,
        mut op: impl FnMut(usize),
        place: impl Fn(usize, usize) -> Option<usize>,
    ) {
        let bytes = texts.bytes().as_bytes();
        let rest = self.text.as_bytes().get(8..).unwrap_or_default();
        texts.spans().each(codes, |code, start, len| {
            if let Some(at) = place(start, len)
                && (eight_at(bytes, at) ^ self.first) & self.mask == 0
                && (rest.is_empty() || bytes[at + 8..].starts_with(rest))
            {
                op(code);
            }
        });
    }
}

/// Eight bytes from a place on, 0 beyond the end.
fn eight_at(bytes: &[u8], at: usize) -> u64 {
    if let Some(eight) = bytes.get(at..at + 8).and_then(|it| it.try_into().ok()) {
        return u64::from_le_bytes(eight);
    }
    bytes.get(at..).unwrap_or_default().iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [Where; 4] = [Where::Within, Where::Start, Where::End, Where::Whole];

    /// Every search for every part of every text, held against the standard library's.
    fn check(texts: &[&str]) {
        // With others before them, so that they begin in a later word.
        let others: Vec<String> = (0..64).map(|at| format!("other{at}@{}.example", at % 3)).collect();
        let all: Vec<&str> = others.iter().map(String::as_str).chain(texts.iter().copied()).collect();
        let dictionary = Dictionary::of_distinct(all.iter().copied());
        let mut needles: Vec<String> = ["", "@", "@@", "b@x", "zz"].map(str::to_owned).to_vec();
        for text in texts {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            needles.extend(
                ends.iter().flat_map(|start| ends.iter().filter_map(|end| text.get(*start..*end)).map(str::to_owned)),
            );
            needles.extend([format!("{text}a"), format!("b{text}"), format!("{text}@x")]);
        }
        for (needle, place) in needles.iter().flat_map(|needle| PLACES.map(|place| (needle, place))) {
            let holds = |text: &str| match place {
                Where::Within => text.contains(needle.as_str()),
                Where::Start => text.starts_with(needle.as_str()),
                Where::End => text.ends_with(needle.as_str()),
                Where::Whole => text == needle,
            };
            let search = Search::new(&dictionary, needle, place);
            for codes in [0..all.len(), 64..all.len(), 0..70] {
                let words = search.among(codes.clone());
                let is_found = |at: &usize| words[at / 64] >> (at % 64) & 1 == 1;
                let found: Vec<&str> = (0..codes.len()).filter(is_found).map(|at| all[codes.start + at]).collect();
                let expected: Vec<&str> = codes.map(|code| all[code]).filter(|text| holds(text)).collect();
                assert_eq!(found, expected, "{needle:?} {place:?} in {texts:?}");
            }
        }
    }

    #[test]
    fn whole_texts_are_searched_as_they_are_one_by_one() {
        check(&["xab", "cab", "", "abc", "abcabc", "a longer text of two words", "aaaaaaaa", "aaaaaaab", "é", "日本"]);
    }

    #[test]
    fn addresses_are_searched_across_their_parts() {
        let texts = [
            "ann@x.example",
            "bob@x.example",
            "a@b@x.example",
            "a@@x.example",
            "@x.example",
            "no address",
            "",
            "ann@y.example",
            "x.example",
            "ann",
            "carl.b@x.example",
            "longer.than.eight@y.example",
            "ann@x.exam",
            "bob@y.example",
            "c@x.exam",
            "dora@y.example",
            "emil@x.example",
            "fritz@y.example",
            "gus@x.example",
        ];
        let dictionary = Dictionary::of_distinct(texts);
        assert!(dictionary.tails().is_some(), "the test is about texts in two parts");
        check(&texts);
    }
}

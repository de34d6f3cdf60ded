//! [`Search`]: one text looked for in all texts of a dictionary.

use std::ops::Range;

use memchr::memmem::Finder;

use super::Dictionary;
use super::arena::Arena;
use super::tails::{Tails, parts};

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
    /// By tail: whether its texts are in whatever their heads; empty if none is.
    alone: Vec<bool>,
    /// What must be found in the head, if the tail `fits`.
    head: Needle<'a>,
    fits: Vec<bool>,
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
            Where::Start => (Vec::new(), tails.are(|it| has_at && it.starts_with(tail))),
            Where::End if has_at => (Vec::new(), tails.are(|it| it == tail)),
            Where::End => (tails.are(|it| !it.is_empty() && it.ends_with(text)), tails.are(str::is_empty)),
            Where::Whole => (Vec::new(), tails.are(|it| it == tail)),
        };
        let at = match place {
            Where::Within | Where::End => Where::End,
            Where::Start | Where::Whole => Where::Whole,
        };
        let heads = matches!(place, Where::Within | Where::Start).then(|| Needle::new(text, place));
        let alone = if alone.contains(&true) { alone } else { Vec::new() };
        Self { dictionary, heads, tails: Some(TailSearch { tails, alone, head: Needle::new(head, at), fits }) }
    }

    /// A bit for each of these codes, from the lowest of the first word up: whether its lower-cased text is found.
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
                codes.clone().filter(|code| tails.alone[tails.tails.code(*code)]).for_each(|code| found.add(code));
            }
            if tails.fits.contains(&true) {
                tails.head.each(heads, codes, |code| {
                    if tails.fits[tails.tails.code(code)] {
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
    fn having(&self, needle: &Needle<'_>) -> Vec<bool> {
        let mut are = vec![false; self.texts().len()];
        needle.each(self.texts(), 0..self.texts().len(), |code| are[code] = true);
        are
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
            code = spans.holder(code..codes.end, hit);
            let end = spans.span(code).end;
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
        let dictionary = Dictionary::of_distinct(texts.iter().copied());
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
            for first in [0, 1, 16] {
                let codes = first.min(texts.len())..texts.len();
                let words = search.among(codes.clone());
                let found: Vec<&str> = codes
                    .clone()
                    .filter(|code| words[(code - codes.start) / 64] >> ((code - codes.start) % 64) & 1 == 1)
                    .map(|code| texts[code])
                    .collect();
                let expected: Vec<&str> = codes.map(|code| texts[code]).filter(|text| holds(text)).collect();
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

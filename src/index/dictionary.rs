//! [`Dictionary`]: the distinct texts of a column, in order of first appearance.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::arena::Arena;
use super::cases::Cases;
use super::stored::stored;
use super::tails::Tails;
use crate::model::prefetch;

/// Distinct texts, numbered from 0, each with its lower-cased form.
///
/// Each is stored once: lower-cased, as nearly every condition searches it, with what brings back the case that it had in
/// the file; addresses in two parts.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    /// Lower-cased; without their tails if there are any.
    heads: Arena,
    tails: Option<Tails>,
    /// None when lower-casing changes no text.
    cases: Option<Cases>,
}

stored!(struct Dictionary { heads, tails, cases });

impl Dictionary {
    /// The dictionary of texts that are known to be distinct; their codes count from 0.
    pub fn of_distinct<'a>(texts: impl IntoIterator<Item = &'a str, IntoIter: Clone>) -> Self {
        let texts = texts.into_iter();
        let mut arena = Arena::default();
        let (n_texts, n_bytes) = texts.clone().fold((0, 0), |(n, bytes), text| (n + 1, bytes + text.len()));
        arena.reserve(n_texts, n_bytes);
        texts.for_each(|text| arena.push(text));
        Self::of_arena(arena)
    }

    /// One dictionary of several, whose texts are distinct throughout: those of the first, then those of the next.
    #[must_use]
    pub fn join(mut parts: Vec<Self>) -> Self {
        parts.retain(|part| !part.is_empty());
        let mut heads = Arena::default();
        heads.reserve(parts.iter().map(Self::len).sum(), parts.iter().map(|part| part.heads.bytes().len()).sum());
        let tails: Vec<&Tails> = parts.iter().filter_map(|part| part.tails.as_ref()).collect();
        if parts.iter().any(|part| part.cases.is_some()) || !(tails.is_empty() || tails.len() == parts.len()) {
            for part in &parts {
                (0..part.len() as u32).for_each(|code| heads.push(&part.text(code)));
            }
            return Self::of_arena(heads);
        }
        parts.iter().for_each(|part| heads.append(&part.heads));
        heads.shrink_to_fit();
        Self { heads, tails: (!tails.is_empty()).then(|| Tails::join(&tails)), cases: None }
    }

    fn of_arena(originals: Arena) -> Self {
        let (texts, cases) = Cases::split(originals);
        let (mut heads, tails) = Tails::split(texts);
        heads.shrink_to_fit();
        Self { heads, tails, cases }
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a code, as it stood in the file. Cost: that of a copy, unless it is lower-cased and whole.
    #[must_use]
    pub fn text(&self, code: u32) -> Cow<'_, str> {
        let folded = self.folded(code);
        match &self.cases {
            None => folded,
            Some(cases) => cases.original(code, folded),
        }
    }

    /// Appends the text of a code, as it stood in the file. Cost: that of a copy.
    pub fn push_text(&self, code: u32, out: &mut String) {
        if self.cases.is_some() {
            return out.push_str(&self.text(code));
        }
        let (head, tail) = self.folded_parts(code);
        out.push_str(head);
        out.push_str(tail);
    }

    /// The lower-cased text of a code. Cost: that of a copy where it lies in two parts.
    #[must_use]
    pub fn folded(&self, code: u32) -> Cow<'_, str> {
        match self.folded_parts(code) {
            (whole, "") => Cow::Borrowed(whole),
            (head, tail) => Cow::Owned([head, tail].concat()),
        }
    }

    /// The lower-cased text of a code in two parts, of which the second may be empty.
    #[must_use]
    pub fn folded_parts(&self, code: u32) -> (&str, &str) {
        let code = code as usize;
        (self.heads.get(code), self.tails.as_ref().map_or("", |tails| tails.tail(tails.code(code))))
    }

    /// The order of two lower-cased texts by code point. Copies nothing.
    #[must_use]
    pub fn folded_cmp(&self, a: u32, b: u32) -> Ordering {
        // Bytes of UTF-8 sort like code points.
        let ((a_head, a_tail), (b_head, b_tail)) = (self.folded_parts(a), self.folded_parts(b));
        let both = a_head.len().min(b_head.len());
        let (a, b) = (a_head.as_bytes(), b_head.as_bytes());
        a[..both].cmp(&b[..both]).then_with(|| {
            let rest = |head: &'_ [u8], tail: &'_ str| [&head[both..], tail.as_bytes()].concat();
            if a_tail.is_empty() && b_tail.is_empty() { a.cmp(b) } else { rest(a, a_tail).cmp(&rest(b, b_tail)) }
        })
    }

    /// The order of two texts by code point, as they stood in the file. Copies nothing where they are lower-cased.
    #[must_use]
    pub fn text_cmp(&self, a: u32, b: u32) -> Ordering {
        if self.cases.is_some() { self.text(a).cmp(&self.text(b)) } else { self.folded_cmp(a, b) }
    }

    /// Whether a code's text is this one, as it stood in the file. Copies nothing where that is lower-cased.
    #[must_use]
    pub fn is(&self, code: u32, text: &str) -> bool {
        if self.cases.is_some() {
            return self.text(code) == text;
        }
        let (head, tail) = self.folded_parts(code);
        text.strip_prefix(head) == Some(tail)
    }

    /// Whether each code's text is the one given beside it; false for a code beyond the last.
    ///
    /// Cost: that of waiting for memory, once: the places of all texts are fetched before the first is looked up, and
    /// all texts before the first is compared.
    pub fn are<'a>(&'a self, codes: &'a [u32], texts: &'a [&str]) -> impl Iterator<Item = bool> + 'a {
        let bytes = self.heads.bytes().as_bytes();
        for code in codes {
            self.heads.spans().prefetch(*code as usize);
            self.tails.iter().for_each(|tails| tails.prefetch(*code as usize));
        }
        let heads: Vec<Range<usize>> = codes
            .iter()
            .map(|code| match *code as usize {
                code if code < self.len() => {
                    let head = self.heads.spans().span(code);
                    prefetch(bytes, head.start);
                    prefetch(bytes, head.end.wrapping_sub(1));
                    head
                }
                _ => 0..usize::MAX,
            })
            .collect();
        let tails = self.tails.as_ref().map(|tails| tails.places(codes));
        codes.iter().zip(texts).zip(heads).enumerate().map(move |(at, ((code, text), head))| {
            let Some(head) = bytes.get(head) else { return false };
            if self.cases.is_some() {
                return self.text(*code) == *text;
            }
            let tail = || tails.as_ref().map_or(&[][..], |(bytes, places)| &bytes[places[at].clone()]);
            let (start, end) = text.as_bytes().split_at_checked(head.len()).unwrap_or_default();
            same(start, head) && same(end, tail())
        })
    }

    /// What the texts have from their last `@` on; none if they lie whole.
    #[must_use]
    pub fn tails(&self) -> Option<&Tails> {
        self.tails.as_ref()
    }

    /// The lower-cased texts, without their tails if there are any.
    pub(super) fn heads(&self) -> &Arena {
        &self.heads
    }

    /// Whether a dictionary that was read can be one: no question of it reaches beyond an end. Cost: one pass.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.heads.is_sound()
            && self.tails.as_ref().is_none_or(|it| it.is_sound(self.len()))
            && self.cases.as_ref().is_none_or(|it| it.is_sound(self.len()))
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.heads.size_bytes()
            + self.tails.as_ref().map_or(0, Tails::size_bytes)
            + self.cases.as_ref().map_or(0, Cases::size_bytes)
    }
}

/// Whether two texts are equal.
///
/// PERF: the lengths of names and domains in two comparisons of fixed size, the second over what the first had too; a call
/// that asks for each length in turn was a twelfth of a load.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        text.first_chunk().zip(text.last_chunk()).filter(|_| text.len() <= 2 * N)
    }
    if a.len() != b.len() {
        return false;
    }
    if let (Some((a, c)), Some((b, d))) = (ends::<16>(a), ends::<16>(b)) {
        let [a, b, c, d] = [a, b, c, d].map(|it| u128::from_ne_bytes(*it));
        return (a ^ b) | (c ^ d) == 0;
    }
    if let (Some((a, c)), Some((b, d))) = (ends::<8>(a), ends::<8>(b)) {
        let [a, b, c, d] = [a, b, c, d].map(|it| u64::from_ne_bytes(*it));
        return (a ^ b) | (c ^ d) == 0;
    }
    a == b
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
    /// Room for so many more texts of so many bytes together.
    pub fn reserve(&mut self, n_texts: usize, n_bytes: usize) {
        self.arena.reserve(n_texts, n_bytes);
        self.codes.reserve(n_texts, |(half, _)| placed(*half));
    }

    /// The code of `text`, a new one if it wasn't seen before.
    pub fn code(&mut self, text: &str) -> u32 {
        let half = self.hasher.hash_one(text) as u32;
        let Self { arena, codes, .. } = self;
        let is_it = |(other, code): &(u32, u32)| *other == half && arena.get(*code as usize) == text;
        match codes.entry(placed(half), is_it, |(half, _)| placed(*half)) {
            Entry::Occupied(entry) => entry.get().1,
            Entry::Vacant(entry) => {
                // A table has fewer than 2^32 rows, and so fewer distinct texts in a column of text; a column
                // of lists that had more would be refused by the loader's element limit.
                let code = arena.len() as u32;
                entry.insert((half, code));
                arena.push(text);
                code
            }
        }
    }

    /// How many texts were seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arena.len()
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

    /// The texts alone, in order of their codes.
    pub(super) fn into_arena(self) -> Arena {
        self.arena
    }

    /// Freezes it.
    #[must_use]
    pub fn build(self) -> Dictionary {
        Dictionary::of_arena(self.arena)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fold;

    const PLAIN: [&str; 3] = ["lower", "", "é"];
    const CASED: [&str; 4] = ["Adi Wati", "McDonald", "ÉRIC", "x"];
    const ADDRESSES: [&str; 4] = ["ann@x.example", "bob@x.example", "a@b@x.example", "c@x.example"];
    const CASED_ADDRESSES: [&str; 4] = ["Ann@X.example", "Bob@X.example", "C@x.example", "d@x.example"];

    fn check(dictionary: &Dictionary, texts: &[&str]) {
        assert_eq!(dictionary.len(), texts.len());
        let codes: Vec<u32> = (0..texts.len() as u32).collect();
        for (code, text) in codes.iter().zip(texts) {
            assert_eq!(dictionary.text(*code), *text);
            assert_eq!(dictionary.folded(*code), fold(text));
            for (other, with) in codes.iter().zip(texts) {
                assert_eq!(dictionary.is(*code, with), text == with);
                assert_eq!(dictionary.text_cmp(*code, *other), text.cmp(with));
                assert_eq!(dictionary.folded_cmp(*code, *other), fold(text).cmp(&fold(with)));
            }
        }
        assert!(dictionary.are(&codes, texts).all(|it| it));
        let beyond: Vec<u32> = codes.iter().map(|code| code + 1).collect();
        assert!(!dictionary.are(&beyond, texts).any(|it| it));
    }

    #[test]
    fn texts_come_back_whatever_they_are_stored_as() {
        for texts in [&PLAIN[..], &CASED, &ADDRESSES, &CASED_ADDRESSES] {
            check(&Dictionary::of_distinct(texts.iter().copied()), texts);
        }
        assert!(Dictionary::of_distinct(ADDRESSES).tails().is_some_and(|it| it.n_tails() == 1));
        assert!(Dictionary::of_distinct(CASED_ADDRESSES).tails().is_some_and(|it| it.n_tails() == 1));
        assert!(Dictionary::of_distinct(PLAIN).tails().is_none());
    }

    #[test]
    fn parts_are_joined_in_their_order() {
        let more = ["dora@y.example", "emil@x.example", "fritz@y.example", "gus@y.example"];
        for parts in [
            [&PLAIN[..], &["q"], &[]],
            [&PLAIN, &CASED, &ADDRESSES],
            [&ADDRESSES, &more, &["no address"]],
            [&ADDRESSES, &more, &CASED_ADDRESSES],
            [&ADDRESSES, &more, &[]],
        ] {
            let joined = Dictionary::join(parts.iter().map(|it| Dictionary::of_distinct(it.iter().copied())).collect());
            check(&joined, &parts.concat());
        }
        let addresses = [&ADDRESSES[..], &more].map(|it| Dictionary::of_distinct(it.iter().copied()));
        assert!(Dictionary::join(addresses.to_vec()).tails().is_some_and(|it| it.n_tails() == 2));
    }
}

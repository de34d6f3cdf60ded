//! Decides a condition on text once for each distinct text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use memchr::memmem::Finder;
use rayon::prelude::*;

use crate::index::{CodeSet, Dictionary, Ends};
use crate::plan::TextTest;

/// Texts that one task decides; a multiple of 64, so that tasks write whole words.
const CHUNK: usize = 1 << 14;

/// The codes whose text passes.
///
/// Cost: one pass of the dictionary, in parallel where it is large; `contains` searches it as one text.
pub(super) fn passing(dictionary: &Dictionary, test: &TextTest) -> CodeSet {
    let n_codes = dictionary.len();
    if let TextTest::Contains { needle, cased } = test
        && !needle.is_empty()
    {
        let (bytes, ends) = dictionary.texts(!*cased);
        let finder = Finder::new(needle.as_bytes());
        return in_chunks(n_codes, |codes| containing(&finder, bytes.as_bytes(), ends, codes));
    }
    in_chunks(n_codes, |codes| {
        // A regex keeps its scratch space in a pool of its own, which threads would contend for.
        let test = match test {
            TextTest::Matches { .. } if n_codes > CHUNK => Cow::Owned(test.clone()),
            TextTest::Matches { .. }
            | TextTest::OneOf { .. }
            | TextTest::Contains { .. }
            | TextTest::StartsWith { .. }
            | TextTest::EndsWith { .. } => Cow::Borrowed(test),
        };
        let mut words = vec![0_u64; codes.len().div_ceil(64)];
        for (at, code) in codes.enumerate() {
            let code = code as u32;
            if test.holds(dictionary.text(code), dictionary.folded(code)) {
                words[at / 64] |= 1 << (at % 64);
            }
        }
        words
    })
}

/// For each code a number that it shares with the codes of equal folded text, counted from 0; and the folded texts' numbers.
pub(super) fn fold_ids(dictionary: &Dictionary) -> (Vec<u32>, HashMap<&str, u32>) {
    let mut ids: HashMap<&str, u32> = HashMap::new();
    let codes = (0..dictionary.len() as u32)
        .map(|code| {
            let next = ids.len() as u32;
            *ids.entry(dictionary.folded(code)).or_insert(next)
        })
        .collect();
    (codes, ids)
}

fn in_chunks(n_codes: usize, decide: impl Fn(Range<usize>) -> Vec<u64> + Sync) -> CodeSet {
    if n_codes <= CHUNK {
        return CodeSet::from_words(decide(0..n_codes));
    }
    let words: Vec<Vec<u64>> = (0..n_codes.div_ceil(CHUNK))
        .into_par_iter()
        .map(|at| decide(at * CHUNK..((at + 1) * CHUNK).min(n_codes)))
        .collect();
    CodeSet::from_words(words.concat())
}

/// Bits of the codes whose text has the needle within: one search of all their bytes, where a match that
/// crosses from one text to the next doesn't count.
fn containing(finder: &Finder<'_>, bytes: &[u8], ends: &Ends, codes: Range<usize>) -> Vec<u64> {
    let mut words = vec![0_u64; codes.len().div_ceil(64)];
    let Some(last) = codes.end.checked_sub(1) else { return words };
    let stop = ends.span(last).end;
    let mut from = ends.span(codes.start).start;
    let mut code = codes.start;
    while let Some(hit) = finder.find(&bytes[from..stop]) {
        let hit = from + hit;
        code = ends.code_at(code..codes.end, hit);
        let end = ends.span(code).end;
        if hit + finder.needle().len() <= end {
            let at = code - codes.start;
            words[at / 64] |= 1 << (at % 64);
            from = end;
        } else {
            from = hit + 1;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::DictionaryBuilder;

    #[test]
    fn a_needle_across_two_texts_is_not_found() {
        let mut builder = DictionaryBuilder::default();
        for text in ["xab", "cab", "", "abc", "ABCabc"] {
            builder.code(text);
        }
        let dictionary = builder.build();
        let test = |cased| TextTest::Contains { needle: "abc".to_owned(), cased };
        assert_eq!(passing(&dictionary, &test(false)).iter().collect::<Vec<_>>(), [3, 4]);
        let cased = TextTest::Contains { needle: "ABC".to_owned(), cased: true };
        assert_eq!(passing(&dictionary, &cased).iter().collect::<Vec<_>>(), [4]);
    }
}

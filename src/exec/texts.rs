//! Decides a condition on text once for each distinct text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::Cancel;
use crate::index::{CodeSet, Dictionary, Search, Where};
use crate::model::fold;
use crate::plan::TextTest;

/// Texts that one task decides; a multiple of 64, so that tasks write whole words.
const CHUNK: usize = 1 << 14;

/// The codes whose text passes.
///
/// Cost: one pass of the dictionary, in parallel where it is large; all but `matches` and long lists are searches of its bytes.
/// Cancelled, it answers with what it has: the caller looks at `cancel` before it believes it.
pub(super) fn passing(dictionary: &Dictionary, test: &TextTest, cancel: &Cancel) -> CodeSet {
    let n_codes = dictionary.len();
    if let Some((needle, place)) = searched(test) {
        let reads_original = test.reads_original();
        let needle = if reads_original { fold(needle) } else { Cow::Borrowed(needle) };
        let search = Search::new(dictionary, &needle, place);
        return in_chunks(n_codes, cancel, |codes| {
            let start = codes.start;
            let mut words = search.among(codes);
            if reads_original {
                // What is found but for its case is looked at.
                keep(&mut words, |at| test.holds(&dictionary.text((start + at) as u32), ""));
            }
            words
        });
    }
    in_chunks(n_codes, cancel, |codes| {
        // A regex keeps its scratch space in a pool of its own, which threads would contend for.
        let test = match test {
            TextTest::Matches { .. } if n_codes > CHUNK => Cow::Owned(test.clone()),
            TextTest::Matches { .. }
            | TextTest::OneOf { .. }
            | TextTest::Contains { .. }
            | TextTest::StartsWith { .. }
            | TextTest::EndsWith { .. } => Cow::Borrowed(test),
        };
        let reads_original = test.reads_original();
        let mut words = vec![u64::MAX; codes.len().div_ceil(64)];
        if let (Some(last), over @ 1..) = (words.last_mut(), codes.len() % 64) {
            *last = !(u64::MAX << over);
        }
        keep(&mut words, |at| {
            let code = (codes.start + at) as u32;
            let folded = dictionary.folded(code);
            if reads_original { test.holds(&dictionary.text(code), &folded) } else { test.holds("", &folded) }
        });
        words
    })
}

/// What a test looks for, and where, if it is a single text.
fn searched(test: &TextTest) -> Option<(&str, Where)> {
    match test {
        TextTest::Contains { needle, .. } => Some((needle, Where::Within)),
        TextTest::StartsWith { needle, .. } => Some((needle, Where::Start)),
        TextTest::EndsWith { needle, .. } => Some((needle, Where::End)),
        TextTest::OneOf { folded, cased } => match (&folded[..], &cased[..]) {
            ([only], []) | ([], [only]) => Some((only, Where::Whole)),
            (_, _) => None,
        },
        TextTest::Matches { .. } => None,
    }
}

/// Clears the bits for which it doesn't hold.
fn keep(words: &mut [u64], holds: impl Fn(usize) -> bool) {
    for (at, word) in words.iter_mut().enumerate() {
        let mut left = *word;
        while left != 0 {
            let bit = left.trailing_zeros();
            left &= left - 1;
            if !holds(at * 64 + bit as usize) {
                *word &= !(1 << bit);
            }
        }
    }
}

/// For each code a number that it shares with the codes of equal folded text, counted from 0; and the folded texts' numbers.
pub(super) fn fold_ids(dictionary: &Dictionary) -> (Vec<u32>, HashMap<Cow<'_, str>, u32>) {
    let mut ids: HashMap<Cow<'_, str>, u32> = HashMap::new();
    let codes = (0..dictionary.len() as u32)
        .map(|code| {
            let next = ids.len() as u32;
            *ids.entry(dictionary.folded(code)).or_insert(next)
        })
        .collect();
    (codes, ids)
}

fn in_chunks(n_codes: usize, cancel: &Cancel, decide: impl Fn(Range<usize>) -> Vec<u64> + Sync) -> CodeSet {
    if n_codes <= CHUNK {
        return CodeSet::from_words(decide(0..n_codes));
    }
    let words: Vec<Vec<u64>> = (0..n_codes.div_ceil(CHUNK))
        .into_par_iter()
        .map(|at| at * CHUNK..((at + 1) * CHUNK).min(n_codes))
        .map(|codes| if cancel.is_cancelled() { vec![0; codes.len().div_ceil(64)] } else { decide(codes) })
        .collect();
    CodeSet::from_words(words.concat())
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
        assert_eq!(passing(&dictionary, &test(false), &Cancel::new()).iter().collect::<Vec<_>>(), [3, 4]);
        let cased = TextTest::Contains { needle: "ABC".to_owned(), cased: true };
        assert_eq!(passing(&dictionary, &cased, &Cancel::new()).iter().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn every_test_is_decided_as_text_by_text() {
        let words =
            ["Adi Wati", "adi wati", "ADI", "ann@x.example", "Ann@x.example", "bob@x.example", "", "d'Arc", "İ", "i"];
        let mut builder = DictionaryBuilder::default();
        // More than one task's.
        let many: Vec<String> =
            (0..CHUNK + 100).map(|at| format!("{}{at}@X.example", words[at % words.len()])).collect();
        words.into_iter().chain(many.iter().map(String::as_str)).for_each(|text| _ = builder.code(text));
        let dictionary = builder.build();
        for needle in
            ["", "i", "I", "adi", "Adi", "ADI", "@x.example", "@X.example", "n@", "Ann@x.example", "ann17@x.example"]
        {
            for cased in [false, true] {
                let needle = if cased { needle.to_owned() } else { fold(needle).into_owned() };
                let one = |needle: &String| vec![needle.clone()];
                let tests = [
                    TextTest::Contains { needle: needle.clone(), cased },
                    TextTest::StartsWith { needle: needle.clone(), cased },
                    TextTest::EndsWith { needle: needle.clone(), cased },
                    TextTest::OneOf {
                        folded: if cased { Vec::new() } else { one(&needle) },
                        cased: if cased { one(&needle) } else { Vec::new() },
                    },
                    TextTest::OneOf { folded: vec!["adi".to_owned()], cased: one(&needle) },
                    TextTest::Matches {
                        regex: regex::Regex::new(&regex::escape(&needle)).expect("plain text"),
                        folded: !cased,
                        cased: true,
                    },
                ];
                for test in tests {
                    let holds = |code: &u32| test.holds(&dictionary.text(*code), &dictionary.folded(*code));
                    let expected: Vec<u32> = (0..dictionary.len() as u32).filter(holds).collect();
                    assert_eq!(
                        passing(&dictionary, &test, &Cancel::new()).iter().collect::<Vec<_>>(),
                        expected,
                        "{test:?}"
                    );
                }
            }
        }
    }
}

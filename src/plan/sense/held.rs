//! What a column of the book never holds.

use super::super::tree::Predicate;
use crate::book::Index;
use crate::index::Dictionary;
use crate::model::Ranges;

/// Distinct texts that are looked through; of more nothing is said.
const SEARCHED_TEXTS: usize = 200_000;

/// Whether no row passes, by what the column holds; false where that would cost too much to tell.
pub(super) fn never(index: &Index, predicate: &Predicate) -> bool {
    match (index, predicate) {
        (Index::Missing, Predicate::Keys(_) | Predicate::Text(_) | Predicate::Flag(_)) => true,
        (Index::Number(index), Predicate::Keys(ranges)) => {
            !index.shards.iter().filter_map(|it| it.bounds()).any(|bounds| meets(ranges, bounds))
        }
        (Index::Text(index), Predicate::Text(test)) => no_text(&index.dictionary, |it, folded| test.holds(it, folded)),
        (Index::List(index), Predicate::Text(test)) => no_text(&index.dictionary, |it, folded| test.holds(it, folded)),
        (Index::Flag(index), Predicate::Flag(flag)) => {
            index.shards.iter().all(|it| (0..it.n_rows()).all(|row| it.get(row) != Some(*flag)))
        }
        (
            Index::Missing | Index::Number(_) | Index::Text(_) | Index::List(_) | Index::Flag(_),
            Predicate::Empty
            | Predicate::Missing
            | Predicate::Keys(_)
            | Predicate::Text(_)
            | Predicate::Length(_)
            | Predicate::Flag(_)
            | Predicate::Field(..),
        ) => false,
    }
}

fn meets(ranges: &Ranges<i64>, (low, high): (i64, i64)) -> bool {
    ranges.as_slice().iter().any(|it| it.0 <= high && low <= it.1)
}

fn no_text(dictionary: &Dictionary, holds: impl Fn(&str, &str) -> bool) -> bool {
    let n_texts = dictionary.len();
    n_texts <= SEARCHED_TEXTS
        && !(0..n_texts as u32).any(|code| holds(&dictionary.text(code), &dictionary.folded(code)))
}

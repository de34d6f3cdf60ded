//! [`Values`]: a whole column between the files and its index.

use std::ops::Range;

use rayon::prelude::*;

use super::piece::{Lists, Numbers, Piece, PieceValues};
use super::texts::NO_CODE;
use crate::book::{Index, Layout};
use crate::index::{
    Dictionary, DictionaryBuilder, FlagIndex, FlagShard, ListIndex, ListShard, NumberIndex, NumberShard, TextAccess,
    TextIndex, TextShard,
};
use crate::model::fold;

/// The values of a column, row by row.
#[derive(Debug)]
pub(super) enum Values {
    Number(Numbers),
    /// Codes of the distinct texts, [`NO_CODE`] for missing.
    Text(DictionaryBuilder, Vec<u32>),
    List(ListValues),
    Flag(Vec<Option<bool>>),
}

/// Lists of distinct codes.
#[derive(Debug, Default)]
pub(super) struct ListValues {
    dictionary: DictionaryBuilder,
    codes: Vec<u32>,
    ends: Vec<usize>,
    present: Vec<bool>,
}

/// What the pieces came to.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) values: Values,
    pub(super) beyond: bool,
    pub(super) out_of_range: u64,
}

/// Joins pieces, which are of one sort. Texts get codes by first appearance, whatever the pieces.
pub(super) fn merge(pieces: Vec<Piece>) -> Merged {
    let beyond = pieces.iter().any(|it| it.beyond);
    let out_of_range = pieces.iter().map(|it| it.out_of_range).sum();
    let n_rows: usize = pieces.iter().map(Piece::n_rows).sum();
    let mut merged: Option<Values> = None;
    for piece in pieces {
        let values = merged.get_or_insert_with(|| Values::like(&piece.values));
        match (values, piece.values) {
            (Values::Number(all), PieceValues::Number(numbers)) => {
                all.keys.reserve(n_rows - all.keys.len());
                all.append(numbers);
            }
            (Values::Text(dictionary, codes), PieceValues::Text(texts)) => {
                codes.reserve(n_rows - codes.len());
                if dictionary.len() * 2 > codes.len() {
                    // Texts that hardly repeated so far: room for as many more.
                    dictionary.reserve(texts.n_texts(), texts.n_bytes());
                }
                codes.extend(texts.numbered(|text| dictionary.code(text)));
            }
            (Values::List(all), PieceValues::List(lists)) => all.append(&lists),
            (Values::Flag(all), PieceValues::Flag(flags)) => all.extend(flags),
            // Pieces of one column have one shape.
            (Values::Number(_) | Values::Text(..) | Values::List(_) | Values::Flag(_), _) => {}
        }
    }
    Merged { values: merged.unwrap_or_else(Values::no_text), beyond, out_of_range }
}

impl ListValues {
    fn append(&mut self, lists: &Lists) {
        let before = self.codes.len();
        self.codes.extend(lists.texts.numbered(|text| self.dictionary.code(text)));
        self.ends.extend(lists.ends.iter().map(|end| before + end));
        self.present.extend(&lists.present);
    }

    /// Drops what a row has twice but for case; the first spelling stays.
    pub(super) fn drop_duplicates(&mut self) {
        let mut folded = DictionaryBuilder::default();
        let class: Vec<u32> =
            (0..self.dictionary.len() as u32).map(|code| folded.code(&fold(self.dictionary.text(code)))).collect();
        let (mut start, mut kept) = (0, 0);
        for end in &mut self.ends {
            let first = kept;
            for at in start..*end {
                let code = self.codes[at];
                let of = class[code as usize];
                if self.codes[first..kept].iter().any(|it| class[*it as usize] == of) {
                    continue;
                }
                self.codes[kept] = code;
                kept += 1;
            }
            start = *end;
            debug_assert!(first <= kept, "a row's elements only move down");
            *end = kept;
        }
        self.codes.truncate(kept);
    }

    fn get(&self, row: usize) -> Option<&[u32]> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        self.present[row].then(|| &self.codes[start..self.ends[row]])
    }
}

impl Values {
    fn like(piece: &PieceValues) -> Self {
        match piece {
            PieceValues::Number(_) => Self::Number(Numbers::default()),
            PieceValues::Text(_) => Self::no_text(),
            PieceValues::List(_) => Self::List(ListValues::default()),
            PieceValues::Flag(_) => Self::Flag(Vec::new()),
        }
    }

    fn no_text() -> Self {
        Self::Text(DictionaryBuilder::default(), Vec::new())
    }

    /// Whether any of these rows has a value.
    fn any_present<'a>(&self, mut rows: impl Iterator<Item = &'a u32>) -> bool {
        match self {
            Self::Number(numbers) => rows.any(|row| numbers.get(*row as usize).is_some()),
            Self::Text(_, codes) => rows.any(|row| codes[*row as usize] != NO_CODE),
            Self::List(lists) => rows.any(|row| lists.present[*row as usize]),
            Self::Flag(flags) => rows.any(|row| flags[*row as usize].is_some()),
        }
    }

    /// The index of all rows in their order; of texts with this access, or the usual one.
    pub(super) fn into_index(self, layout: &Layout, access: Option<TextAccess>) -> Index {
        let shards = (0..layout.n_shards()).into_par_iter().map(|shard| {
            let rows = layout.rows(shard);
            rows.start as usize..rows.end as usize
        });
        match self {
            Self::Number(numbers) => {
                let build = |rows: Range<usize>| NumberShard::build(rows.map(|row| numbers.get(row)));
                Index::Number(NumberIndex { shards: shards.map(build).collect() })
            }
            Self::Flag(flags) => {
                let build = |rows: Range<usize>| FlagShard::build(flags[rows].iter().copied());
                Index::Flag(FlagIndex { shards: shards.map(build).collect() })
            }
            Self::Text(dictionary, codes) => {
                let access = access.unwrap_or(TextAccess::usual(dictionary.len()));
                let build = |rows: Range<usize>| {
                    TextShard::build(codes[rows].iter().map(|code| present(*code)), dictionary.len(), access)
                };
                let shards = shards.map(build).collect();
                Index::Text(TextIndex { dictionary: dictionary.build(), shards })
            }
            Self::List(mut lists) => {
                lists.drop_duplicates();
                let n_codes = lists.dictionary.len();
                let build = |rows: Range<usize>| ListShard::build(rows.map(|row| lists.get(row)), n_codes);
                let shards = shards.map(build).collect();
                Index::List(ListIndex { dictionary: lists.dictionary.build(), shards })
            }
        }
    }

    /// The index of rows picked by shard; [`Index::Missing`] if none of them has a value. Lists must be free of duplicates.
    pub(super) fn index_of_picked(&self, picked: &[Vec<u32>], access: Option<TextAccess>) -> Index {
        if !self.any_present(picked.iter().flatten()) {
            return Index::Missing;
        }
        match self {
            Self::Number(numbers) => {
                let build = |rows: &Vec<u32>| NumberShard::build(rows.iter().map(|row| numbers.get(*row as usize)));
                Index::Number(NumberIndex { shards: picked.par_iter().map(build).collect() })
            }
            Self::Flag(flags) => {
                let build = |rows: &Vec<u32>| FlagShard::build(rows.iter().map(|row| flags[*row as usize]));
                Index::Flag(FlagIndex { shards: picked.par_iter().map(build).collect() })
            }
            Self::Text(dictionary, codes) => {
                let gather = |rows: &Vec<u32>| rows.iter().map(|row| codes[*row as usize]).collect::<Vec<u32>>();
                let gathered: Vec<Vec<u32>> = picked.par_iter().map(gather).collect();
                let (used, map) = used_texts(dictionary, &gathered);
                let access = access.unwrap_or(TextAccess::usual(used.len()));
                let build = |codes: &Vec<u32>| {
                    let codes = codes.iter().map(|code| present(*code).map(|code| map[code as usize]));
                    TextShard::build(codes, used.len(), access)
                };
                let shards = gathered.par_iter().map(build).collect();
                Index::Text(TextIndex { dictionary: used, shards })
            }
            Self::List(lists) => {
                let n_codes = lists.dictionary.len();
                let build =
                    |rows: &Vec<u32>| ListShard::build(rows.iter().map(|row| lists.get(*row as usize)), n_codes);
                let shards = picked.par_iter().map(build).collect();
                let texts = (0..lists.dictionary.len() as u32).map(|code| lists.dictionary.text(code));
                Index::List(ListIndex { dictionary: Dictionary::of_distinct(texts), shards })
            }
        }
    }
}

fn present(code: u32) -> Option<u32> {
    (code != NO_CODE).then_some(code)
}

/// The dictionary of the codes in use, in their order, and the map to it.
fn used_texts(dictionary: &DictionaryBuilder, codes: &[Vec<u32>]) -> (Dictionary, Vec<u32>) {
    let mut is_used = vec![false; dictionary.len()];
    codes.iter().flatten().filter(|code| **code != NO_CODE).for_each(|code| is_used[*code as usize] = true);
    let used = || (0..dictionary.len() as u32).filter(|code| is_used[*code as usize]);
    let mut map = vec![NO_CODE; dictionary.len()];
    (0..).zip(used()).for_each(|(new, old)| map[old as usize] = new);
    (Dictionary::of_distinct(used().map(|code| dictionary.text(code))), map)
}

//! [`Values`]: a whole column between the files and its index.

use rayon::prelude::*;

use super::piece::{Lists, NO_CODE, Numbers, Piece, PieceValues, Texts};
use crate::book::{Index, Layout};
use crate::index::{
    DictionaryBuilder, FlagIndex, FlagShard, ListIndex, ListShard, NumberIndex, NumberShard, TextIndex, TextShard,
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

/// In which order the rows of [`Values`] become the rows of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order<'a> {
    /// As they are.
    Straight,
    /// By shard, these.
    Picked(&'a [Vec<u32>]),
}

/// Joins pieces, which are of one sort. Texts get codes by first appearance, whatever the pieces.
pub(super) fn merge(pieces: Vec<Piece>) -> Merged {
    let beyond = pieces.iter().any(|it| it.beyond);
    let out_of_range = pieces.iter().map(|it| it.out_of_range).sum();
    let mut merged: Option<Values> = None;
    for piece in pieces {
        let values = merged.get_or_insert_with(|| Values::like(&piece.values));
        match (values, piece.values) {
            (Values::Number(all), PieceValues::Number(numbers)) => all.append(numbers),
            (Values::Text(dictionary, codes), PieceValues::Text(texts)) => {
                let map = join_texts(dictionary, &texts);
                codes.extend(
                    texts.codes.iter().map(|code| if *code == NO_CODE { NO_CODE } else { map[*code as usize] }),
                );
            }
            (Values::List(all), PieceValues::List(lists)) => all.append(&lists),
            (Values::Flag(all), PieceValues::Flag(flags)) => all.extend(flags),
            // Pieces of one column have one shape.
            (Values::Number(_) | Values::Text(..) | Values::List(_) | Values::Flag(_), _) => {}
        }
    }
    Merged { values: merged.unwrap_or_else(Values::no_text), beyond, out_of_range }
}

fn join_texts(dictionary: &mut DictionaryBuilder, texts: &Texts) -> Vec<u32> {
    (0..texts.n_texts() as u32).map(|code| dictionary.code(texts.text(code))).collect()
}

impl ListValues {
    fn append(&mut self, lists: &Lists) {
        let map = join_texts(&mut self.dictionary, &lists.texts);
        let before = self.codes.len();
        self.codes.extend(lists.texts.codes.iter().map(|code| map[*code as usize]));
        self.ends.extend(lists.ends.iter().map(|end| before + end));
        self.present.extend(&lists.present);
    }

    /// Drops what a row has twice but for case; the first spelling stays.
    pub(super) fn drop_duplicates(&mut self) {
        let mut folded = DictionaryBuilder::default();
        let class: Vec<u32> =
            (0..self.dictionary.len() as u32).map(|code| folded.code(&fold(self.dictionary.text(code)))).collect();
        let (mut start, mut kept) = (0, 0);
        let mut seen: Vec<u32> = Vec::new();
        for end in &mut self.ends {
            let first = kept;
            seen.clear();
            for at in start..*end {
                let code = self.codes[at];
                let of = class[code as usize];
                if seen.iter().rev().any(|it| *it == of) {
                    continue;
                }
                seen.push(of);
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

    /// The index of all rows in their order.
    pub(super) fn into_index(self, layout: &Layout) -> Index {
        match self {
            Self::Text(dictionary, codes) => {
                let shards = text_shards(layout, Order::Straight, dictionary.len(), |row| code(codes[row]));
                Index::Text(TextIndex { dictionary: dictionary.build(), shards })
            }
            Self::List(mut lists) => {
                lists.drop_duplicates();
                let shards = list_shards(layout, Order::Straight, &lists);
                Index::List(ListIndex { dictionary: lists.dictionary.build(), shards })
            }
            Self::Number(_) | Self::Flag(_) => self.index(layout, Order::Straight),
        }
    }

    /// The index of picked rows; [`Index::Missing`] if none of them has a value. Lists must be free of duplicates.
    pub(super) fn index_of_picked(&self, layout: &Layout, picked: &[Vec<u32>]) -> Index {
        if !self.any_present(picked.iter().flatten()) {
            return Index::Missing;
        }
        self.index(layout, Order::Picked(picked))
    }

    fn index(&self, layout: &Layout, order: Order<'_>) -> Index {
        match self {
            Self::Number(numbers) => {
                let get = |row: usize| numbers.get(row);
                let shards = by_shard(layout, |shard| match order {
                    Order::Straight => NumberShard::build(layout.rows(shard).map(|row| get(row as usize))),
                    // Gathered once: the index goes over its keys several times.
                    Order::Picked(rows) => {
                        let keys: Vec<Option<i64>> = rows[shard].iter().map(|row| get(*row as usize)).collect();
                        NumberShard::build(keys.iter().copied())
                    }
                });
                Index::Number(NumberIndex { shards })
            }
            Self::Flag(flags) => {
                let shards = by_shard(layout, |shard| match order {
                    Order::Straight => FlagShard::build(layout.rows(shard).map(|row| flags[row as usize])),
                    Order::Picked(rows) => FlagShard::build(rows[shard].iter().map(|row| flags[*row as usize])),
                });
                Index::Flag(FlagIndex { shards })
            }
            Self::Text(dictionary, codes) => {
                let (used, map) = used_texts(dictionary, &|visit| match order {
                    Order::Straight => codes.iter().for_each(|code| visit(*code)),
                    Order::Picked(rows) => rows.iter().flatten().for_each(|row| visit(codes[*row as usize])),
                });
                let shards =
                    text_shards(layout, order, used.len(), |row| code(codes[row]).map(|code| map[code as usize]));
                Index::Text(TextIndex { dictionary: used.build(), shards })
            }
            Self::List(lists) => {
                let shards = list_shards(layout, order, lists);
                let mut dictionary = DictionaryBuilder::default();
                for code in 0..lists.dictionary.len() as u32 {
                    dictionary.code(lists.dictionary.text(code));
                }
                Index::List(ListIndex { dictionary: dictionary.build(), shards })
            }
        }
    }
}

fn code(code: u32) -> Option<u32> {
    (code != NO_CODE).then_some(code)
}

/// Calls its argument with each code of a column, in order.
type Visits<'a> = dyn Fn(&mut dyn FnMut(u32)) + 'a;

/// A dictionary of the codes that `each` visits, in their order, and the map to it.
fn used_texts(dictionary: &DictionaryBuilder, each: &Visits<'_>) -> (DictionaryBuilder, Vec<u32>) {
    let mut used = DictionaryBuilder::default();
    let mut map = vec![NO_CODE; dictionary.len()];
    each(&mut |code| {
        if let Some(new) = map.get_mut(code as usize).filter(|new| **new == NO_CODE) {
            *new = used.code(dictionary.text(code));
        }
    });
    (used, map)
}

fn by_shard<T: Send>(layout: &Layout, build: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
    (0..layout.n_shards()).into_par_iter().map(build).collect()
}

fn text_shards(
    layout: &Layout,
    order: Order<'_>,
    n_codes: usize,
    get: impl Fn(usize) -> Option<u32> + Send + Sync,
) -> Vec<TextShard> {
    by_shard(layout, |shard| match order {
        Order::Straight => TextShard::build(layout.rows(shard).map(|row| get(row as usize)), n_codes),
        Order::Picked(rows) => {
            let codes: Vec<Option<u32>> = rows[shard].iter().map(|row| get(*row as usize)).collect();
            TextShard::build(codes.iter().copied(), n_codes)
        }
    })
}

fn list_shards(layout: &Layout, order: Order<'_>, lists: &ListValues) -> Vec<ListShard> {
    by_shard(layout, |shard| match order {
        Order::Straight => ListShard::build(layout.rows(shard).map(|row| lists.get(row as usize))),
        Order::Picked(rows) => ListShard::build(rows[shard].iter().map(|row| lists.get(*row as usize))),
    })
}

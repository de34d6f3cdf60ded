//! Counts the values of a field of few values by its stored sets, without a look at each row.

use super::group::Grouper;
use crate::exec::eval::pair_len;
use crate::exec::funnel::LOST;
use crate::index::TextIndex;
use crate::model::{RowSet, ShardSet};

/// Below so many rows a value, a look at each row is cheaper than one at each set.
const ROWS_A_VALUE: u64 = 32;

/// How many rows have each value; none if the field has no stored sets, or too many for so few rows.
pub(super) fn by_sets(grouper: &Grouper<'_>, shard: usize, rows: &RowSet) -> Option<Vec<(Option<i64>, u64)>> {
    let mut out = match grouper {
        Grouper::Missing(_) => Vec::new(),
        Grouper::Flag(index) => [false, true]
            .into_iter()
            .map(|flag| (Some(i64::from(flag)), shared(rows, &index.shards[shard].select(flag))))
            .collect(),
        Grouper::Text(index) => by_code(index, shard, rows, |code| Some(i64::from(code)))?,
        Grouper::Stage(index, positions) => by_code(index, shard, rows, |code| position(positions, code))?,
        Grouper::Funnel(funnel) => {
            let (stage, lost) = (funnel.stages()?, funnel.lost_rows(shard));
            let left = match &lost {
                ShardSet::Rows(lost) => &rows.difference(lost),
                ShardSet::Empty => rows,
                ShardSet::All => &RowSet::new(),
            };
            let mut out = by_code(stage, shard, left, |code| position(funnel.positions(), code))?;
            out.push((Some(LOST as i64), shared(rows, &lost)));
            out
        }
        Grouper::Number(..) | Grouper::Calendar { .. } | Grouper::List(_) => return None,
    };
    out.retain(|(value, n)| value.is_some() && *n > 0);
    let present: u64 = out.iter().map(|(_, n)| n).sum();
    if rows.len() > present {
        out.push((None, rows.len() - present));
    }
    Some(out)
}

fn by_code(
    index: &TextIndex,
    shard: usize,
    rows: &RowSet,
    value: impl Fn(u32) -> Option<i64>,
) -> Option<Vec<(Option<i64>, u64)>> {
    let (n_codes, texts) = (index.dictionary.len(), &index.shards[shard]);
    if !texts.has_bitmaps() || rows.len() < ROWS_A_VALUE * n_codes as u64 {
        return None;
    }
    Some((0..).zip(texts.sets()).map(|(code, set)| (value(code), rows.intersection_len(set))).collect())
}

fn position(positions: &[Option<usize>], code: u32) -> Option<i64> {
    positions[code as usize].map(|it| it as i64)
}

fn shared(rows: &RowSet, set: &ShardSet<'_>) -> u64 {
    match set {
        ShardSet::All => rows.len(),
        ShardSet::Empty | ShardSet::Rows(_) => pair_len(&ShardSet::borrowed(rows), set, false, 0),
    }
}

//! `journey`: from which stage to which, how many, and after how long.

use std::collections::HashMap;

use bigdecimal::num_bigint::BigInt;

use super::int;
use crate::book::{Index, RecordKind, STAGE_CHANGE};
use crate::exec::eval::{self, Place};
use crate::exec::exact::nearest_double;
use crate::exec::funnel::stage_positions;
use crate::exec::matched::Matched;
use crate::exec::records::each_group;
use crate::exec::{ExecError, bind, each_shard};
use crate::index::TextIndex;
use crate::model::{Cell, CellType, Clock, Frame, STAGES};
use crate::plan::Plan;

const DAY_US: u64 = 86_400_000_000;

/// Where to and where from, as positions of stages; from [`NONE`] those who had none.
type Move = (usize, usize);
const NONE: usize = STAGES.len();

/// How often a move was made, and after how many microseconds, where the contact has a record before.
#[derive(Default)]
struct Moves {
    count: u64,
    after_us: Vec<i64>,
}

/// The moves of those who match, of the records that pass `filter`.
pub(super) fn frame(matched: &Matched<'_>, filter: &Plan, clock: &Clock) -> Result<Frame, ExecError> {
    let mut all: HashMap<Move, Moves> = HashMap::new();
    if let Some(kind) = matched.book.kind(STAGE_CHANGE).map(|kind| &matched.book.kinds[kind]) {
        let node = bind::bind(matched.book, clock, matched.cancel, filter, &kind.table)?;
        let journal = Journal::of(kind);
        let shards = each_shard(&node, kind.table.layout.n_shards(), matched.cancel, |shard| {
            let place = Place::new(&kind.table.layout, shard);
            let wanted = eval::eval(&node, place)?;
            let theirs = kind.owners[shard].records_of(matched.shard(shard));
            journal.moves(shard, theirs.iter(), |row| wanted.contains(row))
        })?;
        for (stages, moves) in shards.into_iter().flatten() {
            let sum = all.entry(stages).or_default();
            sum.count += moves.count;
            sum.after_us.extend(moves.after_us);
        }
    }
    Ok(table(all))
}

/// The columns of the journey log.
struct Journal<'a> {
    kind: &'a RecordKind,
    from: Option<Stages<'a>>,
    to: Option<Stages<'a>>,
}

struct Stages<'a> {
    index: &'a TextIndex,
    positions: Vec<Option<usize>>,
}

impl Stages<'_> {
    fn get(&self, shard: usize, row: u32) -> Option<usize> {
        self.positions[self.index.shards[shard].get(row)? as usize]
    }
}

impl<'a> Journal<'a> {
    fn of(kind: &'a RecordKind) -> Self {
        let stages = |name| match &kind.table.columns[kind.table.find(name)?].index {
            Index::Text(index) => Some(Stages { index, positions: stage_positions(index) }),
            Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => None,
        };
        Self { kind, from: stages("from_stage"), to: stages("to_stage") }
    }

    /// The moves among these records, by contact and time, of one shard.
    fn moves(
        &self,
        shard: usize,
        records: impl Iterator<Item = u32>,
        is_wanted: impl Fn(u32) -> bool,
    ) -> Result<HashMap<Move, Moves>, ExecError> {
        let mut out: HashMap<Move, Moves> = HashMap::new();
        let (Some(to), Some(times)) = (&self.to, self.kind.times(shard)) else { return Ok(out) };
        each_group(self.kind.owners[shard].contacts(), records, |_, rows| {
            let mut before: Option<i64> = None;
            for row in rows {
                // A record without a stage says nothing of stages.
                let (Some(at), Some(to)) = (times.get(*row), to.get(shard, *row)) else { continue };
                let from = self.from.as_ref().and_then(|from| from.get(shard, *row)).unwrap_or(NONE);
                if from != to && is_wanted(*row) {
                    let moves = out.entry((from, to)).or_default();
                    moves.count += 1;
                    moves.after_us.extend(before.map(|before| at.saturating_sub(before)));
                }
                before = Some(at);
            }
            Ok(())
        })?;
        Ok(out)
    }
}

fn table(all: HashMap<Move, Moves>) -> Frame {
    let mut frame = Frame::new([
        ("from_stage", CellType::Text),
        ("to_stage", CellType::Text),
        ("count", CellType::Int),
        ("median_days", CellType::Float),
    ]);
    let mut rows: Vec<(Move, Moves)> = all.into_iter().collect();
    rows.sort_by(|(a, x), (b, y)| y.count.cmp(&x.count).then(a.cmp(b)));
    let stage = |at: usize| STAGES.get(at).map_or(Cell::Null, |name| Cell::Text((*name).to_owned()));
    frame.rows = rows
        .into_iter()
        .map(|((from, to), moves)| vec![stage(from), stage(to), int(moves.count), median_days(moves.after_us)])
        .collect();
    frame
}

fn median_days(mut after_us: Vec<i64>) -> Cell {
    after_us.sort_unstable();
    let n = after_us.len();
    if n == 0 {
        return Cell::Null;
    }
    let middle = i128::from(after_us[(n - 1) / 2]) + i128::from(after_us[n / 2]);
    Cell::Float(nearest_double(BigInt::from(middle), BigInt::from(2 * DAY_US)))
}

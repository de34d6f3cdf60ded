//! `funnel`: the five stages with counts, shares, step rates, and who was lost from each.

use super::{int, share};
use crate::exec::ExecError;
use crate::exec::funnel::Funnel;
use crate::exec::matched::Matched;
use crate::model::{Cell, CellType, Frame, STAGES};

const N_STAGES: usize = STAGES.len();
/// The place of those who have no stage.
const NONE: usize = N_STAGES;

/// By stage, and for none: how many are there, how many are lost from there.
type Counts = [[u64; 2]; N_STAGES + 1];

/// The stages of those who match.
pub(super) fn frame(matched: &Matched<'_>) -> Result<Frame, ExecError> {
    let columns = Funnel::of(matched.book);
    let shards = matched.map(|shard, rows| {
        let mut counts = Counts::default();
        for row in rows.iter() {
            let stage = columns.stage(shard, row).unwrap_or(NONE);
            counts[stage][usize::from(columns.is_lost(shard, row))] += 1;
        }
        counts
    })?;
    let mut counts = Counts::default();
    for shard in shards {
        for (sum, more) in counts.iter_mut().flatten().zip(shard.into_iter().flatten()) {
            *sum += more;
        }
    }
    Ok(table(&counts))
}

fn table(counts: &Counts) -> Frame {
    let mut frame = Frame::new([
        ("stage", CellType::Text),
        ("count", CellType::Int),
        ("share", CellType::Float),
        ("reached", CellType::Int),
        ("step_rate", CellType::Float),
        ("lost", CellType::Int),
    ]);
    let whole: u64 = counts.iter().flatten().sum();
    let reached = |stage: usize| counts[stage..N_STAGES].iter().flatten().sum::<u64>();
    for (stage, name) in STAGES.iter().enumerate() {
        let [here, lost] = counts[stage];
        let rate = if stage == 0 { Cell::Null } else { share(reached(stage), reached(stage - 1)) };
        frame.rows.push(vec![
            Cell::Text((*name).to_owned()),
            int(here),
            share(here, whole),
            int(reached(stage)),
            rate,
            int(lost),
        ]);
    }
    let [here, lost] = counts[NONE];
    let none = Cell::Text("none".to_owned());
    frame.rows.push(vec![none, int(here), share(here, whole), Cell::Null, Cell::Null, int(lost)]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reached_counts_the_lost_and_the_later() {
        let frame = table(&[[4, 1], [3, 0], [0, 2], [0, 0], [0, 0], [5, 1]]);
        let column = |at: usize| frame.rows.iter().map(|row| row[at].clone()).collect::<Vec<_>>();
        let ints = |values: [i64; 5]| values.map(Cell::Int).to_vec();
        assert_eq!(column(3)[..5], ints([10, 5, 2, 0, 0]));
        assert_eq!(column(4)[..4], [Cell::Null, Cell::Float(0.5), Cell::Float(0.4), Cell::Float(0.0)]);
        // Nobody reached the stage before.
        assert_eq!(column(4)[4], Cell::Null);
        assert_eq!(column(1)[5], Cell::Int(5));
        assert_eq!(column(2)[0], Cell::Float(0.25));
    }
}

//! [`Formula`]: what is asked of sets that are there, a block of rows at a time.
//!
//! PERF: blocks after Boncz, Zukowski, Nes: "MonetDB/X100: Hyper-Pipelining Query Execution" (CIDR 2005). A block of some
//! hundreds of sets stays in the processor's second cache while a thousand formulas are worked out of it, and what lies
//! between their steps in the first; over whole shards the sets come from the third.

use crate::model::words::{Write, write};

/// Words of a block: 16,384 rows, 2 KiB.
pub(super) const BLOCK: usize = 256;

/// What holds of a row by the sets it is in.
pub(super) enum Formula {
    /// It is in the set of this number.
    Set(usize),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

/// Room for what lies between the steps of a formula: a block for each depth that was needed so far.
#[derive(Default)]
pub(super) struct Room(Vec<Vec<u64>>);

impl Formula {
    /// Calls `op` with the number of each set in it.
    pub(super) fn each_set(&self, op: &mut dyn FnMut(usize)) {
        match self {
            Self::Set(set) => op(*set),
            Self::Not(part) => part.each_set(op),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|it| it.each_set(op)),
        }
    }

    /// Writes over `found`, which has a word for each 64 of the first `n_rows` rows of the sets from word `from` on, those
    /// that pass.
    ///
    /// Cost: a pass of the words for each set in it.
    pub(super) fn find(&self, sets: &[&[u64]], from: usize, n_rows: u32, found: &mut [u64], room: &mut Room) {
        self.write(Write::Set, sets, from, found, &mut room.0);
        // A complement has the rows that aren't there, too.
        if let Some(last) = found.last_mut()
            && !n_rows.is_multiple_of(64)
        {
            *last &= u64::MAX >> (64 - n_rows % 64);
        }
    }

    fn write(&self, how: Write, sets: &[&[u64]], from: usize, to: &mut [u64], room: &mut Vec<Vec<u64>>) {
        let (parts, join) = match self {
            Self::Set(set) => {
                let words = sets[*set];
                let end = words.len().min(from + to.len());
                return write(to, how, words.get(from..end).unwrap_or_default());
            }
            Self::Not(part) => return part.write(how.negated(), sets, from, to, room),
            Self::And(parts) => (parts, Write::And),
            Self::Or(parts) => (parts, Write::Or),
        };
        if how != Write::Set {
            let mut own = room.pop().unwrap_or_default();
            own.resize(to.len(), 0);
            self.write(Write::Set, sets, from, &mut own, room);
            write(to, how, &own);
            room.push(own);
            return;
        }
        match parts.split_first() {
            Some((first, others)) => {
                first.write(Write::Set, sets, from, to, room);
                others.iter().for_each(|it| it.write(join, sets, from, to, room));
            }
            None => to.fill(if join == Write::And { u64::MAX } else { 0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn random(rng: &mut ChaCha8Rng, depth: u32, n_sets: usize) -> Formula {
        match if depth == 0 { 0 } else { rng.random_range(0..6) } {
            0 | 1 => Formula::Set(rng.random_range(0..n_sets)),
            2 => Formula::Not(Box::new(random(rng, depth - 1, n_sets))),
            kind => {
                let parts = (0..rng.random_range(0..4)).map(|_| random(rng, depth - 1, n_sets)).collect();
                if kind < 5 { Formula::And(parts) } else { Formula::Or(parts) }
            }
        }
    }

    fn holds(formula: &Formula, sets: &[&[u64]], row: u32) -> bool {
        match formula {
            Formula::Set(set) => sets[*set].get(row as usize / 64).is_some_and(|it| it >> (row % 64) & 1 == 1),
            Formula::Not(part) => !holds(part, sets, row),
            Formula::And(parts) => parts.iter().all(|it| holds(it, sets, row)),
            Formula::Or(parts) => parts.iter().any(|it| holds(it, sets, row)),
        }
    }

    /// Held against a look at each row, in blocks of several lengths, with sets whose words end early.
    #[test]
    fn blocks_have_the_rows_that_a_look_at_each_finds() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut room = Room::default();
        for n_rows in [1_u32, 63, 64, 500, 640] {
            let n_words = n_rows.div_ceil(64) as usize;
            for _ in 0..200 {
                let mut rows = |n_words: usize| (0..n_words).map(|_| rng.random()).collect::<Vec<u64>>();
                let mut all = [rows(n_words), rows(n_words / 2), rows(n_words), Vec::new()];
                for set in all.iter_mut().filter(|it| it.len() == n_words) {
                    set[n_words - 1] &= u64::MAX >> (n_words as u32 * 64 - n_rows);
                }
                let sets = all.each_ref().map(Vec::as_slice);
                let formula = random(&mut rng, 4, sets.len());
                for block in [1, 3, BLOCK] {
                    for from in (0..n_words).step_by(block) {
                        let mut found = vec![7; block.min(n_words - from)];
                        let left = n_rows - from as u32 * 64;
                        let n_rows = left.min(block as u32 * 64);
                        formula.find(&sets, from, n_rows, &mut found, &mut room);
                        for row in 0..found.len() as u32 * 64 {
                            let is_in = found[row as usize / 64] >> (row % 64) & 1 == 1;
                            let wanted = row < n_rows && holds(&formula, &sets, from as u32 * 64 + row);
                            assert_eq!(is_in, wanted, "row {row} from word {from}");
                        }
                    }
                }
            }
        }
    }
}

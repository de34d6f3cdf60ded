//! [`FlagIndex`]: yes/no.

use super::stored::stored;
use crate::model::{RowSet, ShardSet};

/// A column of yes/no.
#[derive(Debug, Clone)]
pub struct FlagIndex {
    /// One a shard of the table.
    pub shards: Vec<FlagShard>,
}

/// One shard: a bitmap of the yes, one of the no, one of the missing.
#[derive(Debug, Clone)]
pub struct FlagShard {
    n_rows: u32,
    yes: RowSet,
    no: RowSet,
    missing: RowSet,
}

stored!(struct FlagShard { n_rows, yes, no, missing });

impl FlagShard {
    /// Builds a shard; `None` is missing.
    pub fn build(flags: impl Iterator<Item = Option<bool>>) -> Self {
        let mut rows: [Vec<u32>; 3] = Default::default();
        let mut n_rows = 0;
        for flag in flags {
            let at = match flag {
                Some(true) => 0,
                Some(false) => 1,
                None => 2,
            };
            rows[at].push(n_rows);
            n_rows += 1;
        }
        let [yes, no, missing] = rows.map(|rows| {
            let mut set = RowSet::from_sorted(rows);
            set.optimize();
            set
        });
        Self { n_rows, yes, no, missing }
    }

    /// How many rows.
    #[must_use]
    pub fn n_rows(&self) -> u32 {
        self.n_rows
    }

    /// The rows without a value.
    #[must_use]
    pub fn missing(&self) -> &RowSet {
        &self.missing
    }

    /// The value of a row; none if it is missing.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<bool> {
        if self.yes.contains(row) {
            Some(true)
        } else if self.missing.contains(row) {
            None
        } else {
            Some(false)
        }
    }

    /// The rows of this value.
    #[must_use]
    pub fn select(&self, flag: bool) -> ShardSet<'_> {
        ShardSet::borrowed(if flag { &self.yes } else { &self.no })
    }

    /// Whether a shard that was read can be one of so many rows.
    #[must_use]
    pub fn is_sound(&self, n_rows: u32) -> bool {
        self.n_rows == n_rows && [&self.yes, &self.no, &self.missing].into_iter().all(|it| it.are_below(n_rows))
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.yes.size_bytes() + self.no.size_bytes() + self.missing.size_bytes() + size_of::<Self>()
    }
}

//! [`RecordKind`]: the records of one kind.

use super::{Index, Owners, Table};
use crate::index::NumberShard;
use crate::model::ColumnId;

/// The kind that every registration is of.
pub const REGISTRATION: &str = "registration";
/// The kind that every journey record is of.
pub const STAGE_CHANGE: &str = "stage_change";

/// All records of one kind, by contact, then by time.
#[derive(Debug)]
pub struct RecordKind {
    /// The name in its first spelling.
    pub name: String,
    /// The name in lower case: kinds compare like text.
    pub folded: String,
    /// The records; column [`RecordKind::AT`] is `at`, never missing. Its shard `s` holds the records of the contacts of shard `s`.
    pub table: Table,
    /// By shard: whose they are.
    pub owners: Vec<Owners>,
}

impl RecordKind {
    /// The column of the record's time.
    pub const AT: ColumnId = 0;

    /// The times of a shard's records; none if the kind has no records at all.
    #[must_use]
    pub fn times(&self, shard: usize) -> Option<&NumberShard> {
        match &self.table.columns[Self::AT].index {
            Index::Number(index) => index.shards.get(shard),
            Index::Missing | Index::Text(_) | Index::List(_) | Index::Flag(_) => None,
        }
    }

    /// The earliest and the latest time of all records; none if there are none.
    #[must_use]
    pub fn time_bounds(&self) -> Option<(i64, i64)> {
        let bounds = || (0..self.owners.len()).filter_map(|shard| self.times(shard)?.bounds());
        Some((bounds().map(|it| it.0).min()?, bounds().map(|it| it.1).max()?))
    }
}

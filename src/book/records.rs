//! [`RecordKind`]: the records of one kind.

use super::Table;
use crate::index::Array;
use crate::model::{ColumnId, RowSet};

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
    /// By shard: for each record its contact, counted from the first contact of the shard; increasing.
    ///
    /// Two bytes a record: a shard has at most 65,536 contacts.
    pub contacts: Vec<Array<u16>>,
    /// By shard: the contacts that have any record, counted from the shard's first.
    pub people: Vec<RowSet>,
}

impl RecordKind {
    /// The column of the record's time.
    pub const AT: ColumnId = 0;
}

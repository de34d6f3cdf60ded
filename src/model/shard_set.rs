//! [`ShardSet`]: the set that one shard's evaluation works with.

use std::borrow::Cow;

use super::RowSet;

/// Rows of one shard, counted from its first; `All` and `Empty` cost nothing to combine.
#[derive(Debug, Clone)]
pub enum ShardSet<'a> {
    /// No row.
    Empty,
    /// Every row of the shard.
    All,
    /// These rows: an index's own, or computed.
    Rows(Cow<'a, RowSet>),
}

impl<'a> ShardSet<'a> {
    /// A stored set, not copied.
    #[must_use]
    pub fn borrowed(rows: &'a RowSet) -> Self {
        if rows.is_empty() { Self::Empty } else { Self::Rows(Cow::Borrowed(rows)) }
    }

    /// A computed set of a shard of `n_rows` rows.
    #[must_use]
    pub fn owned(rows: RowSet, n_rows: u32) -> Self {
        match rows.len() {
            0 => Self::Empty,
            len if len == u64::from(n_rows) => Self::All,
            _ => Self::Rows(Cow::Owned(rows)),
        }
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self, n_rows: u32) -> u64 {
        match self {
            Self::Empty => 0,
            Self::All => u64::from(n_rows),
            Self::Rows(rows) => rows.len(),
        }
    }

    /// Whether `row` is in.
    #[must_use]
    pub fn contains(&self, row: u32) -> bool {
        match self {
            Self::Empty => false,
            Self::All => true,
            Self::Rows(rows) => rows.contains(row),
        }
    }

    /// Whether it is known to hold no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Rows in both.
    #[must_use]
    pub fn and(self, other: ShardSet<'a>, n_rows: u32) -> Self {
        match (self, other) {
            (Self::Empty, _) | (_, Self::Empty) => Self::Empty,
            (Self::All, set) | (set, Self::All) => set,
            (Self::Rows(Cow::Owned(mut a)), Self::Rows(b)) => {
                a.intersect_with(&b);
                Self::owned(a, n_rows)
            }
            (Self::Rows(a), Self::Rows(b)) => Self::owned(a.intersect(&b), n_rows),
        }
    }

    /// Rows in either.
    #[must_use]
    pub fn or(self, other: ShardSet<'a>, n_rows: u32) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Empty, set) | (set, Self::Empty) => set,
            (Self::Rows(Cow::Owned(mut a)), Self::Rows(b)) => {
                a.union_with(&b);
                Self::owned(a, n_rows)
            }
            (Self::Rows(a), Self::Rows(Cow::Owned(mut b))) => {
                b.union_with(&a);
                Self::owned(b, n_rows)
            }
            (Self::Rows(a), Self::Rows(b)) => Self::owned(a.union(&b), n_rows),
        }
    }

    /// Rows of this one that aren't in `other`.
    #[must_use]
    pub fn and_not(self, other: &ShardSet<'a>, n_rows: u32) -> Self {
        match (self, other) {
            (Self::Empty, _) | (_, Self::All) => Self::Empty,
            (set, Self::Empty) => set,
            (Self::All, Self::Rows(b)) => Self::owned(b.complement(n_rows), n_rows),
            (Self::Rows(a), Self::Rows(b)) => Self::owned(a.difference(b), n_rows),
        }
    }

    /// The shard's other rows.
    #[must_use]
    pub fn not(self, n_rows: u32) -> Self {
        Self::All.and_not(&self, n_rows)
    }

    /// The same set, not copied.
    #[must_use]
    pub fn by_ref(&self) -> ShardSet<'_> {
        match self {
            Self::Empty => ShardSet::Empty,
            Self::All => ShardSet::All,
            Self::Rows(rows) => ShardSet::Rows(Cow::Borrowed(rows)),
        }
    }

    /// As a set of rows.
    #[must_use]
    pub fn into_rows(self, n_rows: u32) -> RowSet {
        match self {
            Self::Empty => RowSet::new(),
            Self::All => RowSet::from_range(0..n_rows),
            Self::Rows(rows) => rows.into_owned(),
        }
    }
}

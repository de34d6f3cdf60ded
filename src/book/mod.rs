//! Floor 2: the book: one loaded snapshot, immutable.
//!
//! A [`Book`] holds three kinds of [`Table`], all of the same make: the contacts, the visitors, and
//! one table a kind of record. A table is a set of typed [`Column`]s over rows that lie in shards.
//!
//! Invariant: every column of a table has the table's shards, each of as many rows.
//! Invariant: the records of a kind lie by contact, then by `at`, then by file order, and shard `s` holds
//! those of the contacts of shard `s`.
//!
//! What is absent: files (the loader's), conditions (the plan's).

mod irregularity;
mod keys;
mod owners;
mod records;
mod table;

pub use irregularity::{Irregularity, IrregularityKind};
pub use keys::KeyIndex;
pub use owners::Owners;
pub use records::{REGISTRATION, RecordKind, STAGE_CHANGE};
pub use table::{Column, ColumnSource, FieldType, Index, Layout, Table, number_cell};

use crate::index::Array;
use crate::model::{KindId, NO_ROW, RowId, Zone, fold};

/// Which people a query is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Universe {
    /// The contacts, keyed by e-mail.
    #[default]
    Contacts,
    /// The visitors, keyed by `visitor_id`.
    Visitors,
}

impl Universe {
    /// The tag of the key column.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Contacts => "email",
            Self::Visitors => "visitor_id",
        }
    }
}

/// A loaded snapshot.
#[derive(Debug)]
pub struct Book {
    /// sha256 over the sorted lines `path bytes sha256-of-footer` of the data files, in hex.
    pub id: String,
    /// The zone that columns without one are read in, and queries count in unless told.
    pub zone: Zone,
    /// One row a contact.
    pub contacts: Table,
    /// E-mail to contact.
    pub keys: KeyIndex,
    /// One row a visitor; empty if the book has none.
    pub visitors: Table,
    /// The contact of each visitor, [`NO_ROW`] for none.
    pub visitor_contacts: Array<RowId>,
    /// The kinds of record, by folded name.
    pub kinds: Vec<RecordKind>,
    /// What was found that isn't as `book.md` wants it, counted.
    pub irregularities: Vec<Irregularity>,
}

impl Book {
    /// The table that a universe's people are rows of.
    #[must_use]
    pub fn table(&self, universe: Universe) -> &Table {
        match universe {
            Universe::Contacts => &self.contacts,
            Universe::Visitors => &self.visitors,
        }
    }

    /// The kind of this name, compared like text.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<KindId> {
        let folded = fold(name);
        self.kinds.iter().position(|kind| kind.folded == folded)
    }

    /// The contact that a visitor is known as.
    #[must_use]
    pub fn contact_of_visitor(&self, visitor: RowId) -> Option<RowId> {
        self.visitor_contacts.get(visitor as usize).copied().filter(|row| *row != NO_ROW)
    }

    /// The contact of an e-mail, in any case, with or without blanks around it.
    #[must_use]
    pub fn contact(&self, email: &str) -> Option<RowId> {
        self.keys.find(&self.contacts, &fold(email.trim()))
    }
}

//! Floor 4: a plan as the text of one SELECT for another engine, with the same rows as answer.
//!
//! Every meaning has been resolved in the plan: texts are folded, windows are ranges of instants, numbers keys of
//! their columns. What is left is to say so in an engine's words, exactly:
//!
//! - each raw table that a filter needs is read by a CTE (`reading`), which holds the reading rules of a book:
//!   keys trimmed and lower-cased, the last row of equal keys, known names, NaN as missing;
//! - each question about records or visitors is a CTE of e-mails (`records`, `sequence`), and the contacts are
//!   those that are in it, or aren't;
//! - `not` is pushed down to the conditions, and there says what a missing value means.
//!
//! | module | says |
//! |---|---|
//! | `tables` | what their tables and columns are called |
//! | `syntax` | what differs from engine to engine; a dialect a file: `duckdb`, `datafusion`, `clickhouse`, `spark`, `postgres` |
//! | `reading` | the raw tables, read as a book is |
//! | `filter`, `values`, `lists`, `compare` | conditions on one row |
//! | `records`, `totals`, `sequence` | what records say |
//! | `exact` | sums of floats, and floats against decimals, without rounding |
//! | `times` | zones, as constants |
//! | `pattern` | regexes in the words of other engines |
//!
//! Invariant: no text of a filter or book stands in the SQL but through `Syntax::text` or `Syntax::ident`.
//! What is absent: steps, which answer by more than a set of people.

mod clickhouse;
mod compare;
mod datafusion;
mod duckdb;
mod exact;
mod filter;
mod lists;
mod pattern;
mod postgres;
mod reading;
mod records;
mod sequence;
mod spark;
mod syntax;
mod tables;
mod times;
mod totals;
mod values;

use crate::book::{Book, Universe};
use crate::load::StoredTable;
use crate::model::{Code, Diagnostic, Span};
use crate::plan::{ConditionId, Prepared};
use filter::Lowering;
use syntax::Syntax;
pub use tables::{Tables, TablesError};

/// The engines that SQL is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// DuckDB
    DuckDb,
    /// Apache DataFusion
    DataFusion,
    /// ClickHouse
    ClickHouse,
    /// Apache Spark
    Spark,
    /// PostgreSQL
    Postgres,
}

impl Dialect {
    fn syntax(self) -> &'static dyn Syntax {
        match self {
            Self::DuckDb => &duckdb::DuckDb,
            Self::DataFusion => &datafusion::DataFusion,
            Self::ClickHouse => &clickhouse::ClickHouse,
            Self::Spark => &spark::Spark,
            Self::Postgres => &postgres::Postgres,
        }
    }
}

/// What the SQL is about, and whom it is for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The book that the plan was resolved for.
    pub book: &'a Book,
    /// What its files hold: their tables hold the same.
    pub stored: &'a [StoredTable],
    /// What their tables are called.
    pub tables: &'a Tables,
    /// The engine.
    pub dialect: Dialect,
}

/// Why a filter has no SQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// An engine can't say a condition exactly.
    #[error("{engine} can't say this exactly: {what}")]
    NotExact {
        /// Which engine.
        engine: &'static str,
        /// What it can't.
        what: String,
        /// What would do.
        help: String,
        /// The condition, where it is a single one.
        id: Option<ConditionId>,
    },
    /// Rows of equal keys without an order.
    #[error("equal keys occur in `{table}`, and nothing says which of its rows is the last")]
    NoRowOrder {
        /// Which table.
        table: &'static str,
    },
}

impl SqlError {
    /// As a message with its place, where there is one.
    #[must_use]
    pub fn diagnostic(&self, conditions: &[Span]) -> Diagnostic {
        let (id, help) = match self {
            Self::NotExact { id, help, .. } => (*id, help.clone()),
            Self::NoRowOrder { table } => (
                None,
                format!("name the column that numbers its rows: `row = \"…\"` under [{table}] in the file of --tables"),
            ),
        };
        let span = id.and_then(|id| conditions.get(id)).copied();
        Diagnostic { span, ..Diagnostic::error(Code::NotInSql, Span::default(), self.to_string()).help(help) }
    }
}

/// The SELECT of those whom the query's filter matches: one column, `email` or `visitor_id`, in no order.
///
/// # Errors
///
/// A condition that the engine can't say exactly, or equal keys that nothing orders.
pub fn lower(query: &Prepared, target: &Target<'_>) -> Result<String, SqlError> {
    Lowering::new(query, target).select(query.universe, &query.filter)
}

/// The statement that makes a SELECT a view of this name.
#[must_use]
pub fn view(name: &str, select: &str, dialect: Dialect) -> String {
    let syntax = dialect.syntax();
    format!("create or replace {} {} as\n{select};", syntax.view_words(), syntax.ident(name))
}

/// The SELECT of how many a SELECT has.
#[must_use]
pub fn count(select: &str) -> String {
    format!("select count(*) as n from (\n{select}\n) as matched")
}

/// The raw tables of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Contacts,
    Visitors,
    Activity,
    Registrations,
    Journey,
}

impl Part {
    const ALL: [Self; 5] = [Self::Contacts, Self::Visitors, Self::Activity, Self::Registrations, Self::Journey];

    const fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Visitors => "visitors",
            Self::Activity => "activity",
            Self::Registrations => "registrations",
            Self::Journey => "journey",
        }
    }

    /// The CTE that reads it.
    const fn cte(self) -> &'static str {
        match self {
            Self::Contacts => "segql_contacts",
            Self::Visitors => "segql_visitors",
            Self::Activity => "segql_activity",
            Self::Registrations => "segql_registrations",
            Self::Journey => "segql_journey",
        }
    }

    const fn of(universe: Universe) -> Self {
        match universe {
            Universe::Contacts => Self::Contacts,
            Universe::Visitors => Self::Visitors,
        }
    }
}

//! Filters and saved segments as SQL for other engines.

use std::path::Path;

use super::{Engine, Error, QueryOptions, segments};
use crate::book::Universe;
use crate::load::{Limits, StoredTable, stored_tables};
use crate::model::{Code, Diagnostic, SourceId};
use crate::plan::{self, Prepared};
use crate::sql::{self, Dialect, Tables, Target};
use crate::syntax;

/// Whom SQL is written for, and what their tables hold.
#[derive(Debug, Clone)]
pub struct SqlTarget {
    dialect: Dialect,
    tables: Tables,
    stored: Vec<StoredTable>,
}

impl SqlTarget {
    /// For tables that hold what the files of a book hold. Cost: the footers of the files.
    ///
    /// # Errors
    ///
    /// A book whose footers can't be read.
    pub fn new(dialect: Dialect, tables: Tables, book_dir: &Path, limits: Limits) -> Result<Self, Error> {
        Ok(Self { dialect, tables, stored: stored_tables(book_dir, limits)? })
    }
}

/// A saved segment as SQL.
#[derive(Debug)]
pub struct SegmentSql {
    /// Its tag.
    pub tag: String,
    /// Its display name, if it has one.
    pub display: Option<String>,
    /// Whom it is about, and the SELECT of their keys; or why there is none.
    pub select: Result<(Universe, String), Error>,
}

impl Engine {
    /// A filter as one SELECT of the keys of those who match, whom it is about, and what is worth knowing about it.
    ///
    /// # Errors
    ///
    /// What is wrong with the sentence, a step in it, or a condition that the engine can't say exactly.
    pub fn sql(
        &self,
        text: &str,
        options: &QueryOptions,
        target: &SqlTarget,
    ) -> Result<(String, Universe, Vec<Diagnostic>), Error> {
        let parsed = syntax::parse(text, SourceId::QUERY).map_err(Error::Query)?;
        if let Some(step) = parsed.steps.first() {
            let told =
                Diagnostic::error(Code::StepInSql, step.span, "a step has no SQL: only the filter becomes a SELECT");
            return Err(Error::Query(vec![told.help("leave out what follows the first `|`".to_owned())]));
        }
        let query = self.prepare(text, options)?;
        let select = self.lower(&query, target)?;
        Ok((select, query.universe, query.notes))
    }

    /// Each saved segment as one SELECT, in the order of the files.
    ///
    /// # Errors
    ///
    /// A zone that isn't one. A broken segment is told in its place.
    pub fn sql_of_segments(&self, options: &QueryOptions, target: &SqlTarget) -> Result<Vec<SegmentSql>, Error> {
        let context = self.context(&self.segments, options)?;
        let select = |segment: plan::Segment<'_>| {
            let query = segments::prepare(segment, Vec::new(), &context)?;
            Ok((query.universe, self.lower(&query, target)?))
        };
        let one = |it: plan::Segment<'_>| SegmentSql {
            tag: it.tag.to_owned(),
            display: it.display.map(str::to_owned),
            select: select(it),
        };
        Ok(self.segments.iter().map(one).collect())
    }

    fn lower(&self, query: &Prepared, target: &SqlTarget) -> Result<String, Error> {
        let SqlTarget { dialect, tables, stored } = target;
        let target = Target { book: &self.book, stored, tables, dialect: *dialect };
        sql::lower(query, &target).map_err(|error| Error::Query(vec![error.diagnostic(&query.conditions)]))
    }
}

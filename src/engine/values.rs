//! [`Engine::values`]: the values that a field of text has, the commonest first.

use std::collections::HashMap;
use std::time::Instant;

use super::{Engine, Error, QueryOptions};
use crate::book::{Book, Column, FieldType, Index, Table, Universe};
use crate::exec::{self, Answered, Cancel, ExecError};
use crate::index::Dictionary;
use crate::model::{Cell, ColumnId, KindId, fold};
use crate::plan::FieldRef;

/// Distinct texts that are looked through; those after them are only told to be there.
const MOST_TEXTS: usize = 1 << 16;

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rows {
    /// Contacts or visitors.
    People(Universe),
    /// Records of a kind.
    Records(KindId),
}

impl Rows {
    /// The table.
    #[must_use]
    pub fn table(self, book: &Book) -> &Table {
        match self {
            Self::People(universe) => book.table(universe),
            Self::Records(kind) => &book.kinds[kind].table,
        }
    }
}

/// Which values are wanted.
#[derive(Debug, Clone)]
pub struct ValuesAsked<'a> {
    /// What they begin with, in any case.
    pub prefix: &'a str,
    /// At most so many.
    pub most: usize,
    /// When the counts are given up; never if not said.
    pub deadline: Option<Instant>,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// Its commonest spelling.
    pub text: String,
    /// How many rows have it, in any spelling; none if that took too long to count.
    pub n_rows: Option<u64>,
}

/// Values of a field: the commonest first, equally common ones by text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldValues {
    /// The values.
    pub values: Vec<FieldValue>,
    /// Values that begin so, [`Self::values`] included, as far as they were looked through.
    pub n_found: usize,
    /// All values of the field were looked through.
    pub is_whole: bool,
}

impl Engine {
    /// The values of a field of text, labels, known names or yes and no; of another field none.
    ///
    /// Known and declared names are there, too, if no row has them. Exact: a count is there or it isn't.
    ///
    /// Cost: a look at up to 65,536 distinct texts; the counts as [`exec::frequencies`], and none of a field with more texts.
    ///
    /// # Errors
    ///
    /// Being cancelled, but for the deadline.
    pub fn values(&self, rows: Rows, field: FieldRef, asked: &ValuesAsked<'_>) -> Result<FieldValues, Error> {
        let column = match field {
            FieldRef::Column(column) => column,
            FieldRef::Funnel => return self.funnel_values(asked),
        };
        let table = rows.table(&self.book);
        let of = &table.columns[column];
        match &of.index {
            Index::Text(index) => self.texts(table, column, &index.dictionary, asked),
            Index::List(index) => self.texts(table, column, &index.dictionary, asked),
            Index::Flag(index) => {
                let n_rows = |flag| {
                    let of_shard = |it: &crate::index::FlagShard| it.select(flag).len(it.n_rows());
                    Some(index.shards.iter().map(of_shard).sum())
                };
                let value = |flag: bool| FieldValue { text: flag.to_string(), n_rows: n_rows(flag) };
                Ok(chosen([true, false].map(value).to_vec(), true, asked))
            }
            Index::Missing => {
                let names = known(of).map(|name| FieldValue { text: name.to_owned(), n_rows: Some(0) });
                Ok(chosen(names.collect(), true, asked))
            }
            Index::Number(_) => Ok(FieldValues { is_whole: true, ..FieldValues::default() }),
        }
    }

    fn texts(
        &self,
        table: &Table,
        column: ColumnId,
        dictionary: &Dictionary,
        asked: &ValuesAsked<'_>,
    ) -> Result<FieldValues, Error> {
        let counts = if dictionary.len() > MOST_TEXTS {
            None
        } else {
            let cancel = asked.deadline.map_or_else(|| self.cancel.clone(), |it| self.cancel.until(it));
            match self.pool.install(|| exec::frequencies(table, column, &cancel)) {
                Ok(counts) => Some(counts),
                Err(ExecError::Cancelled) if !self.cancel.is_cancelled() => None,
                Err(error) => return Err(error.into()),
            }
        };
        let prefix = fold(asked.prefix);
        // Folded text to its commonest spelling, how often that occurs, and how often all do.
        let mut found: HashMap<String, (u64, u32, u64)> = HashMap::new();
        for code in 0..dictionary.len().min(MOST_TEXTS) as u32 {
            let folded = dictionary.folded(code);
            if !folded.starts_with(&*prefix) {
                continue;
            }
            let count = counts.as_ref().map_or(0, |it| it[code as usize]);
            let entry = found.entry(folded.into_owned()).or_insert((count, code, 0));
            entry.2 += count;
            if count > entry.0 {
                (entry.0, entry.1) = (count, code);
            }
        }
        for name in known(&table.columns[column]) {
            found.entry(fold(name).into_owned()).or_insert((0, u32::MAX, 0));
        }
        let text = |code: u32, folded: String| match code {
            u32::MAX => {
                let name = known(&table.columns[column]).find(|it| *fold(it) == folded).map(str::to_owned);
                name.unwrap_or(folded)
            }
            code => dictionary.text(code).into_owned(),
        };
        let value = |(folded, (_, code, n_rows))| FieldValue {
            text: text(code, folded),
            n_rows: counts.is_some().then_some(n_rows),
        };
        Ok(chosen(found.into_iter().map(value).collect(), dictionary.len() <= MOST_TEXTS, asked))
    }

    fn funnel_values(&self, asked: &ValuesAsked<'_>) -> Result<FieldValues, Error> {
        let query = self.prepare("everyone | by funnel", &QueryOptions::default())?;
        let cancel = asked.deadline.map_or_else(Cancel::new, |it| self.cancel.until(it));
        let answered = match self.pool.install(|| exec::answer(&self.book, &query, &cancel)) {
            Ok(Answered::Frame(frame, _)) => Some(frame),
            Ok(Answered::People { .. }) | Err(ExecError::Cancelled) => None,
            Err(error) => return Err(error.into()),
        };
        let count = |name: &str| {
            let frame = answered.as_ref()?;
            let row = frame.rows.iter().find(|row| row.first() == Some(&Cell::Text(name.to_owned())));
            match row.and_then(|row| row.get(1)) {
                Some(Cell::Int(n)) => u64::try_from(*n).ok(),
                Some(_) | None => Some(0),
            }
        };
        let names = crate::model::STAGES.iter().copied().chain(std::iter::once("lost"));
        let values = names.map(|it| FieldValue { text: it.to_owned(), n_rows: count(it) }).collect();
        Ok(chosen(values, true, asked))
    }
}

/// The names that a field is known to have, whether any row has them or not.
fn known(column: &Column) -> impl Iterator<Item = &str> {
    let (declared, known): (&[String], &[&str]) = match &column.field_type {
        FieldType::Choice { declared } => (declared, &[]),
        FieldType::Known(names) => (&[], names),
        FieldType::Stage => (&[], crate::model::STAGES),
        FieldType::Text
        | FieldType::Number(_)
        | FieldType::Date
        | FieldType::Time
        | FieldType::Flag
        | FieldType::List => (&[], &[]),
    };
    declared.iter().map(String::as_str).chain(known.iter().copied())
}

/// The commonest of those that begin as asked.
fn chosen(mut values: Vec<FieldValue>, is_whole: bool, asked: &ValuesAsked<'_>) -> FieldValues {
    let prefix = fold(asked.prefix);
    values.retain(|it| fold(&it.text).starts_with(&*prefix));
    values.sort_by(|a, b| b.n_rows.cmp(&a.n_rows).then_with(|| a.text.cmp(&b.text)));
    let n_found = values.len();
    values.truncate(asked.most);
    FieldValues { values, n_found, is_whole }
}

//! The raw tables, read as a book is: a CTE each, with the columns that a filter needs.

use std::collections::BTreeMap;

use super::filter::{Lowering, Scope};
use super::pattern;
use super::syntax::Type;
use super::times;
use super::{Part, SqlError};
use crate::book::{Column, FieldType, IrregularityKind};
use crate::load::Holds;
use crate::model::{ColumnId, NumberKind, STAGES};

/// What is read of a raw table: our tag and the expression.
#[derive(Debug, Default)]
pub(super) struct Reading {
    columns: BTreeMap<String, String>,
    /// `stage_since` is to be filled from the journey.
    fills_stage_since: Option<Since>,
}

/// How `stage_since` and the journey's time are brought together: their expressions.
#[derive(Debug)]
struct Since {
    told: String,
    arrived: String,
}

/// A column of a reading.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) sql: String,
    pub(super) form: Form,
}

/// What a value is in the SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text {
        /// It is lower-case already.
        folded: bool,
    },
    Number(NumberKind),
    Day,
    /// An instant, finer than a microsecond or not.
    Instant {
        fine: bool,
    },
    /// A wall-clock time in the book's zone.
    Local {
        fine: bool,
    },
    /// An instant as a number of microseconds.
    Micros,
    Flag,
    List,
}

/// A number as data has it.
const NUMBER: &str = r"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z";
const DAY: &str = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z";

impl<'a> Lowering<'a> {
    /// A column of a scope's table, which is read from now on.
    pub(super) fn value(&mut self, scope: Scope<'a>, column: ColumnId) -> Result<Value, SqlError> {
        let column = &scope.table.columns[column];
        if (scope.part, column.tag.as_str()) == (Part::Contacts, "stage_since")
            && let Some(value) = self.stage_since(scope)?
        {
            return Ok(value);
        }
        let (expression, form) = self.expression(scope.part, column)?;
        let reading = self.readings.entry(scope.part).or_default();
        if let Some(expression) = expression {
            reading.columns.insert(column.tag.clone(), expression);
        }
        Ok(Value { sql: self.ident(&column.tag), form })
    }

    /// How a column is read; none of a key, which always is.
    fn expression(&self, part: Part, column: &Column) -> Result<(Option<String>, Form), SqlError> {
        let folded = Form::Text { folded: true };
        Ok(match (part, column.tag.as_str()) {
            (Part::Contacts, "email") => (None, folded),
            (Part::Visitors, "visitor_id") => (None, Form::Text { folded: false }),
            (Part::Contacts, "email.domain") => {
                let key = self.key(part);
                let domain = format!(
                    "case when {} then {} end",
                    self.syntax.contains(&key, "@"),
                    self.syntax.after_last_at(&key)
                );
                (Some(domain), folded)
            }
            (Part::Contacts, "lost") => (Some(self.lost()), Form::Flag),
            (Part::Contacts, "stage") => {
                let stage = self.raw(part, "funnel_status").map(|(raw, _)| self.known(&raw, STAGES));
                (Some(stage.unwrap_or_else(|| self.syntax.missing(Type::Text))), folded)
            }
            (Part::Visitors, "email") => {
                let email = self.raw(part, "email").map(|(raw, _)| self.syntax.fold(&self.syntax.trim(&raw)));
                (Some(email.unwrap_or_else(|| self.syntax.missing(Type::Text))), folded)
            }
            (Part::Registrations, "at") => self.typed(self.raw(part, "registered_at"), &column.field_type)?,
            (_, tag) => self.typed(self.raw(part, tag), &column.field_type)?,
        })
    }

    /// A raw column, by one of our names: the expression, and what it holds.
    fn raw(&self, part: Part, ours: &str) -> Option<(String, Holds)> {
        let stored = self.target.stored.iter().find(|it| it.part == part.name())?.column(ours)?;
        let names = self.target.tables.of(part);
        let theirs = names.column(ours).unwrap_or(&stored.theirs);
        (stored.holds != Holds::Nothing).then(|| (format!("t.{}", self.ident(theirs)), stored.holds))
    }

    /// A raw column as a value of its type; missing throughout, without one.
    fn typed(&self, raw: Option<(String, Holds)>, of: &FieldType) -> Result<(Option<String>, Form), SqlError> {
        let Some((raw, holds)) = raw else {
            let (missing, form) = lacking(of);
            return Ok((Some(self.syntax.missing(missing)), form));
        };
        let (expression, form) = match of {
            FieldType::Text | FieldType::Choice { .. } => (self.as_text(&raw, holds)?, Form::Text { folded: false }),
            FieldType::Known(names) => (self.known(&raw, names), Form::Text { folded: true }),
            FieldType::Stage => (self.known(&raw, STAGES), Form::Text { folded: true }),
            FieldType::Number(kind) => (self.as_number(&raw, holds, *kind)?, Form::Number(*kind)),
            FieldType::Date => (self.as_day(&raw, holds)?, Form::Day),
            FieldType::Time => return self.as_time(raw, holds).map(|(sql, form)| (Some(sql), form)),
            FieldType::Flag => (self.as_flag(raw, holds), Form::Flag),
            FieldType::List => (raw, Form::List),
        };
        Ok((Some(expression), form))
    }

    fn as_text(&self, raw: &str, holds: Holds) -> Result<String, SqlError> {
        match holds {
            Holds::Text => Ok(raw.to_owned()),
            Holds::Int | Holds::Day => Ok(self.syntax.cast(raw, Type::Text)),
            Holds::Flag => Ok(format!("case when {raw} then 'true' when not {raw} then 'false' end")),
            Holds::Decimal | Holds::Float | Holds::Time { .. } | Holds::List | Holds::Nothing => self.not_exact(
                "a field of numbers that `book.toml` declares text",
                "make it text in a view of their table, and name that under --tables",
                None,
            ),
        }
    }

    fn as_number(&self, raw: &str, holds: Holds, kind: NumberKind) -> Result<String, SqlError> {
        match holds {
            Holds::Float => Ok(self.syntax.without_nan(raw)),
            Holds::Text => {
                let text = self.syntax.trim(raw);
                let to = match kind {
                    NumberKind::Int | NumberKind::Decimal { .. } => Type::Decimal(18),
                    NumberKind::Float => Type::Double,
                };
                self.parsed(&text, NUMBER, to)
            }
            Holds::Int
            | Holds::Decimal
            | Holds::Flag
            | Holds::Day
            | Holds::Time { .. }
            | Holds::List
            | Holds::Nothing => Ok(raw.to_owned()),
        }
    }

    fn as_day(&self, raw: &str, holds: Holds) -> Result<String, SqlError> {
        match holds {
            Holds::Text => self.parsed(&self.syntax.trim(raw), DAY, Type::Day),
            Holds::Day
            | Holds::Flag
            | Holds::Int
            | Holds::Decimal
            | Holds::Float
            | Holds::Time { .. }
            | Holds::List
            | Holds::Nothing => Ok(raw.to_owned()),
        }
    }

    /// A text as a value, if it has the form.
    fn parsed(&self, text: &str, form: &str, to: Type) -> Result<String, SqlError> {
        let pattern = pattern::written(form, true, self.syntax.flavour());
        let Ok(pattern) = pattern else { return self.not_exact("a form of values", "declare another type", None) };
        Ok(format!("case when {} then {} end", self.syntax.matches(text, &pattern), self.syntax.try_cast(text, to)))
    }

    fn as_time(&self, raw: String, holds: Holds) -> Result<(String, Form), SqlError> {
        match holds {
            Holds::Time { zoned: true, fine } => Ok((raw, Form::Instant { fine })),
            Holds::Time { zoned: false, fine } => Ok((raw, Form::Local { fine })),
            Holds::Day => Ok((self.syntax.day_as_local(&raw), Form::Local { fine: false })),
            Holds::Text | Holds::Flag | Holds::Int | Holds::Decimal | Holds::Float | Holds::List | Holds::Nothing => {
                self.not_exact(
                    "a field of texts that `book.toml` declares times",
                    "make them times in a view of their table, and name that under --tables",
                    None,
                )
            }
        }
    }

    fn as_flag(&self, raw: String, holds: Holds) -> String {
        match holds {
            Holds::Int => format!("case {raw} when 1 then true when 0 then false end"),
            Holds::Text => format!(
                "case when {0} in ('true', 'yes', '1') then true when {0} in ('false', 'no', '0') then false end",
                self.syntax.fold(&self.syntax.trim(&raw))
            ),
            Holds::Flag
            | Holds::Decimal
            | Holds::Float
            | Holds::Day
            | Holds::Time { .. }
            | Holds::List
            | Holds::Nothing => raw,
        }
    }

    /// The known name that a text spells: case, spaces, hyphens and underscores don't matter.
    fn known(&self, raw: &str, names: &[&str]) -> String {
        let cases: Vec<String> =
            names.iter().map(|name| format!("when '{}' then '{name}'", name.replace('_', ""))).collect();
        format!("case {} {} end", self.letters(raw), cases.join(" "))
    }

    fn letters(&self, raw: &str) -> String {
        self.syntax.fold(&format!("replace(replace(replace({raw}, ' ', ''), '-', ''), '_', '')"))
    }

    /// By the column, by the funnel's value `lost`, or by an inactive account.
    fn lost(&self) -> String {
        let raw = |name: &str| self.raw(Part::Contacts, name);
        let spells = |raw: &str, name: &str| format!("coalesce({} = '{name}', false)", self.letters(raw));
        let parts = [
            raw("lost").map(|(raw, _)| format!("coalesce({raw}, false)")),
            raw("funnel_status").map(|(raw, _)| spells(&raw, "lost")),
            raw("account_state").map(|(raw, _)| spells(&raw, "inactive")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "false".to_owned() } else { parts.join(" or ") }
    }

    /// `stage_since`, from the journey where the contacts don't say; none if there is no journey.
    fn stage_since(&mut self, scope: Scope<'a>) -> Result<Option<Value>, SqlError> {
        let book = self.target.book;
        let journey = book.kind(crate::book::STAGE_CHANGE).map(|kind| &book.kinds[kind].table);
        let stage = scope.table.find("stage");
        let (Some(table), Some(stage), Some(since)) = (journey, stage, scope.table.find("stage_since")) else {
            return Ok(None);
        };
        let journey = Scope { part: Part::Journey, table };
        self.value(scope, stage)?;
        for tag in ["from_stage", "to_stage"] {
            if let Some(column) = table.find(tag) {
                self.value(journey, column)?;
            }
        }
        let at = self.value(journey, crate::book::RecordKind::AT)?;
        let (told, form) = self.expression(Part::Contacts, &scope.table.columns[since])?;
        let told = Value { sql: told.unwrap_or_default(), form };
        let both_instants = matches!((told.form, at.form), (Form::Instant { .. }, Form::Instant { .. }));
        let (told, arrived, form) =
            if both_instants { (told.sql, at.sql, form) } else { (self.micros(&told), self.micros(&at), Form::Micros) };
        let reading = self.readings.entry(Part::Contacts).or_default();
        reading.columns.insert("segql_told_since".to_owned(), told.clone());
        reading.fills_stage_since = Some(Since { told: self.syntax.ident("segql_told_since"), arrived });
        Ok(Some(Value { sql: self.syntax.ident("stage_since"), form }))
    }

    /// A time as micros of its instant.
    pub(super) fn micros(&self, value: &Value) -> String {
        match value.form {
            Form::Instant { .. } => self.syntax.instant_micros(&value.sql),
            Form::Local { .. } => {
                let micros = self.syntax.local_micros(&value.sql);
                times::instant_of_local(&micros, &self.target.book.zone, self.syntax)
            }
            Form::Micros | Form::Text { .. } | Form::Number(_) | Form::Day | Form::Flag | Form::List => {
                value.sql.clone()
            }
        }
    }

    /// The key of a raw table's rows.
    fn key(&self, part: Part) -> String {
        match part {
            Part::Visitors => self.raw(part, "visitor_id").map_or_else(
                || self.syntax.missing(Type::Text),
                |(raw, holds)| if holds == Holds::Text { raw } else { self.syntax.cast(&raw, Type::Text) },
            ),
            Part::Contacts | Part::Activity | Part::Registrations | Part::Journey => {
                let raw = self.raw(part, "email").or_else(|| self.raw(part, "contact_email"));
                raw.map_or_else(
                    || self.syntax.missing(Type::Text),
                    |(raw, _)| self.syntax.fold(&self.syntax.trim(&raw)),
                )
            }
        }
    }

    /// The CTEs of the raw tables in use.
    pub(super) fn reading_ctes(&self) -> Result<Vec<String>, SqlError> {
        let mut ctes = Vec::new();
        // The contacts may rest on the journey.
        let mut parts: Vec<(Part, &Reading)> = self.readings.iter().map(|(part, reading)| (*part, reading)).collect();
        parts.sort_by_key(|(part, _)| matches!(part, Part::Contacts | Part::Visitors));
        for (part, reading) in parts {
            let select = match part {
                Part::Contacts => self.keyed(part, "email", reading)?,
                Part::Visitors => self.keyed(part, "visitor_id", reading)?,
                Part::Activity | Part::Registrations | Part::Journey => self.log(part, reading),
            };
            self.check_names(part, &select)?;
            let (select, is) = match &reading.fills_stage_since {
                Some(since) => (self.with_stage_since(&select, since), self.syntax.kept_apart()),
                None => (select, "as"),
            };
            ctes.push(format!("{} {is} (\n{}\n)", part.cte(), super::filter::indented(&select)));
        }
        Ok(ctes)
    }

    /// No name in use has a line break, which setting the lines in would change, or a zero byte.
    fn check_names(&self, part: Part, select: &str) -> Result<(), SqlError> {
        let names = self.target.tables.of(part);
        let stored = self.target.stored.iter().filter(|it| it.part == part.name()).flat_map(|it| &it.columns);
        let mut named = stored.map(|it| names.column(&it.name).unwrap_or(&it.theirs));
        if named.any(|it| it.contains(['\0', '\n']) && select.contains(&self.ident(it))) {
            return self.not_exact("a column with a line break in its name", "give it another name, in a view", None);
        }
        Ok(())
    }

    fn columns(&self, reading: &Reading) -> Vec<String> {
        reading.columns.iter().map(|(tag, sql)| format!("{sql} as {}", self.ident(tag))).collect()
    }

    /// Rows by key: those without one are gone, and of equal keys the last is left.
    fn keyed(&self, part: Part, key_tag: &str, reading: &Reading) -> Result<String, SqlError> {
        let (key, tag) = (self.key(part), self.ident(key_tag));
        let mut columns = vec![format!("{key} as {tag}")];
        columns.extend(self.columns(reading));
        let mut conditions = vec![format!("{tag} <> ''")];
        if let Some(row) = self.row_order(part)? {
            columns.push(format!("row_number() over (partition by {key} order by {row}) as segql_nth"));
            conditions.push("segql_nth = 1".to_owned());
        }
        let from = self.from(part);
        let columns = columns.join(",\n    ");
        Ok(format!(
            "select * from (\n  select\n    {columns}\n  from {from}\n) as raw\nwhere {}",
            conditions.join(" and ")
        ))
    }

    /// What puts the last of rows of equal keys first; none if there are no such rows.
    fn row_order(&self, part: Part) -> Result<Option<String>, SqlError> {
        let names = self.target.tables.of(part);
        if names.unique {
            return Ok(None);
        }
        if !names.row.is_empty() {
            let path: Vec<String> = names.row.iter().map(|it| self.ident(it)).collect();
            return Ok(Some(format!("t.{} desc", path.join("."))));
        }
        if let Some(row) = self.syntax.row_column() {
            return Ok(Some(format!("t.{row} desc")));
        }
        let twice = |it: &crate::book::Irregularity| {
            it.part == part.name() && matches!(it.kind, IrregularityKind::DuplicateKey)
        };
        if self.target.book.irregularities.iter().any(twice) {
            return Err(SqlError::NoRowOrder { table: part.name() });
        }
        Ok(None)
    }

    /// Records: those without a time are gone.
    fn log(&self, part: Part, reading: &Reading) -> String {
        let mut columns = vec![format!("{} as {}", self.key(part), self.ident("email"))];
        if part == Part::Activity
            && let Some((kind, _)) = self.raw(part, "kind")
        {
            columns.push(format!("{} as segql_kind", self.syntax.fold(&kind)));
        }
        columns.extend(self.columns(reading));
        let at = self.raw(part, if part == Part::Registrations { "registered_at" } else { "at" });
        let at = at.map_or_else(|| "null".to_owned(), |(raw, _)| raw);
        format!("select\n  {}\nfrom {}\nwhere {at} is not null", columns.join(",\n  "), self.from(part))
    }

    fn with_stage_since(&self, contacts: &str, since: &Since) -> String {
        let id = |name: &str| self.ident(name);
        let (email, stage, from, to) = (id("email"), id("stage"), id("from_stage"), id("to_stage"));
        let Since { told, arrived } = since;
        let last = self.syntax.nullable(&format!("max({arrived})"));
        format!(
            "select contacts.*, coalesce(contacts.{told}, arrivals.segql_arrived) as {}\nfrom (\n{}\n) as contacts\n\
             left join (\n  select {email} as segql_email, {to} as segql_stage, {last} as segql_arrived\n  \
             from {} where {from} is null or {from} <> {to}\n  group by {email}, {to}\n) as arrivals\n\
             on arrivals.segql_email = contacts.{email} and arrivals.segql_stage = contacts.{stage}",
            id("stage_since"),
            super::filter::indented(contacts),
            Part::Journey.cte(),
        )
    }

    fn from(&self, part: Part) -> String {
        let names = self.target.tables.of(part);
        let table = if names.table.is_empty() { vec![part.name().to_owned()] } else { names.table };
        let table: Vec<String> = table.iter().map(|it| self.ident(it)).collect();
        format!("{} as t", table.join("."))
    }
}

/// What stands for a column that the files lack.
fn lacking(of: &FieldType) -> (Type, Form) {
    match of {
        FieldType::Text | FieldType::Choice { .. } | FieldType::Known(_) | FieldType::Stage => {
            (Type::Text, Form::Text { folded: true })
        }
        FieldType::Number(kind) => (Type::Int, Form::Number(*kind)),
        FieldType::Date => (Type::Day, Form::Day),
        FieldType::Time => (Type::Instant, Form::Instant { fine: false }),
        FieldType::Flag => (Type::Flag, Form::Flag),
        FieldType::List => (Type::List, Form::List),
    }
}

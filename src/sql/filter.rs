//! [`Lowering`]: a plan over the rows of a table as a condition, and the SELECT around it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::reading::Reading;
use super::syntax::Syntax;
use super::{Part, SqlError, Target};
use crate::book::{Table, Universe};
use crate::plan::{ConditionId, Plan, Prepared};

/// The rows that a condition is about.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) part: Part,
    pub(super) table: &'a Table,
}

/// A condition that is true or isn't; null is as good as false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cond {
    Always,
    Never,
    /// Stands as it is beside `and` and `or`.
    One(String),
    /// All of these, at least two.
    All(Vec<String>),
}

impl Cond {
    pub(super) fn one(sql: impl Into<String>) -> Self {
        Self::One(sql.into())
    }

    /// As it stands beside `and`; none of what decides nothing.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Always => None,
            Self::Never => Some("false".to_owned()),
            Self::One(sql) => Some(sql.clone()),
            Self::All(parts) => Some(parts.join(" and ")),
        }
    }

    /// As an operand of any operator.
    fn operand(&self) -> String {
        match self {
            Self::Always => "true".to_owned(),
            Self::Never => "false".to_owned(),
            Self::One(sql) => sql.clone(),
            Self::All(parts) => format!("({})", parts.join(" and ")),
        }
    }

    /// The opposite, where a missing value made it fail.
    pub(super) fn not(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::One(sql) if is_word(&sql) => Self::One(format!("not coalesce({sql}, false)")),
            // `f(a = b)` would be an argument called `a` to some.
            Self::One(_) | Self::All(_) => {
                Self::One(format!("not coalesce(({}), false)", self.text().unwrap_or_default()))
            }
        }
    }

    pub(super) fn negated_if(self, negated: bool) -> Self {
        if negated { self.not() } else { self }
    }

    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::Always => {}
                Self::Never => return Self::Never,
                Self::One(sql) => all.push(sql),
                Self::All(parts) => all.extend(parts),
            }
        }
        match all.len() {
            0 => Self::Always,
            1 => Self::One(all.remove(0)),
            _ => Self::All(all),
        }
    }

    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::Never => {}
                Self::Always => return Self::Always,
                Self::One(_) | Self::All(_) => any.push(part),
            }
        }
        match any.len() {
            0 => Self::Never,
            1 => any.remove(0),
            _ => Self::One(format!("({})", any.iter().map(Self::operand).collect::<Vec<_>>().join(" or "))),
        }
    }
}

/// A query on its way to SQL.
pub(super) struct Lowering<'a> {
    pub(super) query: &'a Prepared,
    pub(super) target: &'a Target<'a>,
    pub(super) syntax: &'static dyn Syntax,
    /// The raw tables in use, and what is read of them.
    pub(super) readings: BTreeMap<Part, Reading>,
    /// The bodies of the sets of e-mails, in the order of their names.
    sets: Vec<String>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(query: &'a Prepared, target: &'a Target<'a>) -> Self {
        let syntax = target.dialect.syntax();
        Self { query, target, syntax, readings: BTreeMap::new(), sets: Vec::new() }
    }

    /// The SELECT of the keys of those who match.
    pub(super) fn select(mut self, universe: Universe, filter: &Plan) -> Result<String, SqlError> {
        let scope = Scope { part: Part::of(universe), table: self.target.book.table(universe) };
        self.readings.entry(scope.part).or_default();
        let condition = self.plan(filter, scope, false)?;
        let mut ctes = self.reading_ctes()?;
        let sets = self.sets.iter().enumerate();
        ctes.extend(sets.map(|(at, body)| format!("{} as (\n{}\n)", set_name(at), indented(body))));
        let key = self.ident(universe.key());
        let joins_sets = self.syntax.joins_sets() && !self.sets.is_empty();
        if joins_sets {
            ctes.push(format!("{SETS} as (\n{}\n)", indented(&self.members())));
        }
        let mut sql = format!("with {}\n", ctes.join(",\n"));
        // Writing to a String never fails.
        let _ = write!(sql, "select {key} from {}", scope.part.cte());
        let conditions = if joins_sets {
            let _ = write!(sql, " full join {SETS} on {SETS}.segql_email = {key}");
            // A condition that no missing row can pass would make it another join.
            let passes = condition.text().unwrap_or_else(|| "true".to_owned());
            vec![format!("coalesce({key}, '') <> ''"), format!("coalesce({passes}, false)")]
        } else {
            match condition {
                Cond::Always => Vec::new(),
                Cond::Never => vec!["false".to_owned()],
                Cond::One(sql) => vec![sql],
                Cond::All(parts) => parts,
            }
        };
        if !conditions.is_empty() {
            let _ = write!(sql, "\nwhere {}", conditions.join("\n  and "));
        }
        Ok(sql)
    }

    /// A plan over the rows of a scope, or the rows that it leaves out.
    pub(super) fn plan(&mut self, plan: &Plan, scope: Scope<'a>, negated: bool) -> Result<Cond, SqlError> {
        Ok(match plan {
            Plan::All => Cond::Always.negated_if(negated),
            Plan::Nothing => Cond::Never.negated_if(negated),
            Plan::Not(part) => self.plan(part, scope, !negated)?,
            Plan::And(parts) | Plan::Or(parts) => {
                let parts = parts.iter().map(|it| self.plan(it, scope, negated)).collect::<Result<Vec<_>, _>>()?;
                let is_and = matches!(plan, Plan::And(_)) != negated;
                if is_and { Cond::all(parts) } else { Cond::any(parts) }
            }
            Plan::Test { column, predicate, id } => self.test(scope, *column, predicate, negated, *id)?,
            Plan::Records(records) => self.records(records, negated)?,
            Plan::Sequence(sequence) => self.sequence(sequence, negated)?,
            Plan::Visitors { filter, .. } => self.visitors(filter, negated)?,
            Plan::Rows { keys, .. } => {
                let keys: Vec<String> = keys.iter().map(|it| self.syntax.text(it)).collect();
                match keys.is_empty() {
                    true => Cond::Never.negated_if(negated),
                    false => Cond::one(format!("{} in ({})", self.ident("email"), keys.join(", "))).negated_if(negated),
                }
            }
        })
    }

    /// Contacts that are a visitor who matches.
    fn visitors(&mut self, filter: &Plan, negated: bool) -> Result<Cond, SqlError> {
        let scope = Scope { part: Part::Visitors, table: &self.target.book.visitors };
        let Some(email) = scope.table.find("email") else { return Ok(Cond::Never.negated_if(negated)) };
        let email = self.value(scope, email)?.sql;
        let condition = Cond::all([Cond::one(format!("{email} is not null")), self.plan(filter, scope, false)?]);
        let Some(condition) = condition.text() else { return Ok(Cond::Never.negated_if(negated)) };
        let body = format!("select {email} from {} where {condition}", scope.part.cte());
        Ok(self.member(body, negated))
    }

    /// Contacts whose e-mail a SELECT has, or hasn't; it has no null.
    pub(super) fn member(&mut self, body: String, negated: bool) -> Cond {
        let at = self.sets.iter().position(|it| *it == body).unwrap_or_else(|| {
            self.sets.push(body);
            self.sets.len() - 1
        });
        if self.syntax.joins_sets() {
            return Cond::one(flag_name(at)).negated_if(negated);
        }
        let email = self.ident("email");
        let is_in = format!("{email} in (select {email} from {})", set_name(at));
        if negated { Cond::One(self.syntax.not_in(&is_in)) } else { Cond::One(is_in) }
    }

    /// The SELECT of the e-mails in any set, with a flag for each.
    fn members(&self) -> String {
        let sets = 0..self.sets.len();
        let email = self.ident("email");
        let rows: Vec<String> = sets
            .clone()
            .map(|at| format!("  select {email} as segql_email, {at} as nth from {}", set_name(at)))
            .collect();
        let flags: Vec<String> = sets.map(|at| format!("bool_or(nth = {at}) as {}", flag_name(at))).collect();
        format!(
            "select segql_email, {} from (\n{}\n) as members\ngroup by segql_email",
            flags.join(", "),
            rows.join("\n  union all\n")
        )
    }

    pub(super) fn ident(&self, name: &str) -> String {
        self.syntax.ident(name)
    }

    /// The error of what the engine can't say.
    pub(super) fn not_exact<T>(&self, what: &str, help: &str, id: Option<ConditionId>) -> Result<T, SqlError> {
        Err(SqlError::NotExact { engine: self.syntax.name(), what: what.to_owned(), help: help.to_owned(), id })
    }
}

fn is_word(sql: &str) -> bool {
    sql.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'"' | b'`'))
}

/// The CTE of all sets.
const SETS: &str = "segql_sets";

fn flag_name(at: usize) -> String {
    format!("segql_in_{}", at + 1)
}

fn set_name(at: usize) -> String {
    format!("segql_{}", at + 1)
}

pub(super) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_with_their_brackets() {
        let (a, b, c) = (Cond::one("a"), Cond::one("b"), Cond::one("c"));
        let both = Cond::all([a.clone(), Cond::Always, b]);
        assert_eq!(both.text().as_deref(), Some("a and b"));
        assert_eq!(Cond::any([both.clone(), c, Cond::Never]).text().as_deref(), Some("((a and b) or c)"));
        assert_eq!(both.not().text().as_deref(), Some("not coalesce((a and b), false)"));
        assert_eq!(Cond::all([a.clone(), Cond::Never]), Cond::Never);
        assert_eq!(Cond::any([a, Cond::Always]), Cond::Always);
    }
}

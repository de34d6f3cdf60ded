//! Why one contact matches, or doesn't: [`Engine::why`].

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use super::{Gap, gap};
use crate::book::{FieldType, Index, RecordKind, Table, Universe};
use crate::exec;
use crate::model::{Cell, Clock, ColumnId, Diagnostic, Ranges, RowId, RowSet};
use crate::plan::{Form, Measure, Part, Plan, Predicate, Records};
use crate::syntax::ast::CompareOp;

/// Why one person matches a filter, or doesn't.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// Whether the person matches.
    pub holds: bool,
    /// The filter, part by part.
    pub reason: Reason,
    /// What is worth knowing about the filter.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

/// A part of a filter, and whether it holds of the person.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// The words.
    pub words: String,
    /// What sort of part it is.
    pub form: ReasonForm,
    /// Whether it holds.
    pub holds: bool,
    /// Of a condition: what it looked at.
    pub facts: Vec<Fact>,
    /// Of the others: what they are made of; of a segment what its definition says.
    pub parts: Vec<Reason>,
}

/// What sort of part a [`Reason`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonForm {
    /// Holds if all parts do.
    And,
    /// Holds if any part does.
    Or,
    /// Holds if its part doesn't.
    Not,
    /// Holds as its definition does.
    Segment,
    /// A single condition.
    Condition,
}

/// A value that a condition looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// What it is: a field, `purchase records that pass`, `sum(purchase.amount)`.
    pub what: String,
    /// The stored value, or what the person's records come to.
    #[serde(serialize_with = "super::as_text")]
    pub value: Cell,
    /// Whether the value is as the filter wants it: under a `not`, whether the condition fails.
    pub passes: bool,
    /// If not: what would have to be added to it so that it is.
    pub gap: Option<Gap>,
}

impl Engine {
    /// Tells of each part of a filter whether it holds of one person, with the stored values.
    ///
    /// Cost: as a count, of which each condition looks at this person alone.
    ///
    /// # Errors
    ///
    /// What is wrong with the filter; a key that nobody has.
    pub fn why(&self, text: &str, key: &str, options: &QueryOptions) -> Result<Why, Error> {
        let read = self.read(text, options)?;
        let universe = read.parts.universe;
        let noun = match universe {
            Universe::Contacts => "contact",
            Universe::Visitors => "visitor",
        };
        let row = self.row_of(universe, key).ok_or(Error::NoSuchPerson(noun))?;
        let asker = Asker { engine: self, universe, row, clock: &read.clock };
        let reason = self.pool.install(|| asker.reason(&read.parts.root, false))?;
        Ok(Why { holds: reason.holds, reason, notes: read.parts.notes })
    }
}

/// Asks about one person.
struct Asker<'a> {
    engine: &'a Engine,
    universe: Universe,
    row: RowId,
    clock: &'a Clock,
}

impl Asker<'_> {
    /// `negated` under an odd number of `not`, where a condition had better fail.
    fn reason(&self, part: &Part, negated: bool) -> Result<Reason, Error> {
        let all = |parts: &[Part]| parts.iter().map(|it| self.reason(it, negated)).collect::<Result<Vec<_>, _>>();
        let (form, holds, parts) = match &part.form {
            Form::And(parts) => {
                let parts = all(parts)?;
                (ReasonForm::And, parts.iter().all(|it| it.holds), parts)
            }
            Form::Or(parts) => {
                let parts = all(parts)?;
                (ReasonForm::Or, parts.iter().any(|it| it.holds), parts)
            }
            Form::Not(part) => {
                let part = self.reason(part, !negated)?;
                (ReasonForm::Not, !part.holds, vec![part])
            }
            Form::Segment(_, inner) => {
                let inner = self.reason(inner, negated)?;
                (ReasonForm::Segment, inner.holds, vec![inner])
            }
            Form::Condition { plan, .. } => (ReasonForm::Condition, self.holds(plan)?, Vec::new()),
        };
        let mut facts = Vec::new();
        if let Form::Condition { plan, .. } = &part.form {
            self.facts(plan, negated, &mut facts)?;
        }
        Ok(Reason { words: part.words.clone(), form, holds, facts, parts })
    }

    fn holds(&self, plan: &Plan) -> Result<bool, Error> {
        self.holds_of(self.universe, plan, &RowSet::from_sorted([self.row])).map(|it| !it.is_empty())
    }

    fn holds_of(&self, universe: Universe, plan: &Plan, rows: &RowSet) -> Result<RowSet, Error> {
        Ok(exec::among(&self.engine.book, universe, plan, self.clock, &self.engine.cancel, rows)?)
    }

    /// What the leaves of a condition's plan looked at, each value once; `negated` under an odd number of `not`.
    fn facts(&self, plan: &Plan, negated: bool, out: &mut Vec<Fact>) -> Result<(), Error> {
        match plan {
            Plan::All | Plan::Nothing => {}
            Plan::Not(part) => self.facts(part, !negated, out)?,
            Plan::And(parts) | Plan::Or(parts) => parts.iter().try_for_each(|it| self.facts(it, negated, out))?,
            Plan::Test { column, predicate, .. } => {
                let passes = self.holds(plan)? != negated;
                self.field_facts(*column, predicate, negated, passes, out);
            }
            Plan::Records(records) => self.records_facts(records, self.holds(plan)? != negated, negated, out)?,
            Plan::Sequence(sequence) => {
                let passes = self.holds(plan)? != negated;
                for step in &sequence.steps {
                    let n = exec::count_records(
                        &self.engine.book,
                        step.kind,
                        &step.filter,
                        self.clock,
                        &self.engine.cancel,
                        self.row,
                    )?;
                    let what = records_that(&self.engine.book.kinds[step.kind].name, &step.filter);
                    push(out, Fact { what, value: Cell::Int(n as i64), passes, gap: None });
                }
            }
            Plan::Visitors { filter, .. } => {
                let visitors = &self.engine.book.visitor_contacts;
                let known =
                    (0..).zip(visitors).filter(|(_, contact)| **contact == self.row).map(|(visitor, _)| visitor);
                let found = self.holds_of(Universe::Visitors, filter, &RowSet::from_sorted(known))?;
                let value = Cell::Int(found.len() as i64);
                push(
                    out,
                    Fact {
                        what: "visitors that pass".to_owned(),
                        value,
                        passes: found.is_empty() == negated,
                        gap: None,
                    },
                );
            }
            Plan::Rows { rows, .. } => {
                let is_in = rows.contains(self.row);
                push(
                    out,
                    Fact {
                        what: "in the list".to_owned(),
                        value: Cell::Bool(is_in),
                        passes: is_in != negated,
                        gap: None,
                    },
                );
            }
        }
        Ok(())
    }

    fn field_facts(&self, column: ColumnId, predicate: &Predicate, negated: bool, passes: bool, out: &mut Vec<Fact>) {
        let table = self.engine.book.table(self.universe);
        let field_type = &table.columns[column].field_type;
        let value = table.cell(column, self.row);
        let tag = |column: ColumnId| table.columns[column].tag.clone();
        let failed = |gap: &dyn Fn() -> Option<Gap>| if passes { None } else { gap() };
        match predicate {
            Predicate::Keys(ranges) => {
                let gap = failed(&|| gap::of_keys(ranges, negated, field_type, &value));
                push(out, Fact { what: tag(column), value, passes, gap });
            }
            Predicate::Length(ranges) => {
                let n = if let Cell::List(elements) = &value { elements.len() as i64 } else { 0 };
                let gap = failed(&|| gap::of_count(ranges, negated, n));
                push(out, Fact { what: format!("count({})", tag(column)), value: Cell::Int(n), passes, gap });
            }
            Predicate::Field(op, other) => {
                let gap = failed(&|| {
                    let same_type = *field_type == table.columns[*other].field_type;
                    let ranges = wanted(*op, key(table, *other, self.row)?).filter(|_| same_type)?;
                    gap::of_keys(&ranges, negated, field_type, &value)
                });
                push(out, Fact { what: tag(column), value, passes, gap });
                push(out, Fact { what: tag(*other), value: table.cell(*other, self.row), passes, gap: None });
            }
            Predicate::Empty | Predicate::Missing | Predicate::Text(_) | Predicate::Flag(_) => {
                push(out, Fact { what: tag(column), value, passes, gap: None });
            }
        }
    }

    fn records_facts(&self, records: &Records, passes: bool, negated: bool, out: &mut Vec<Fact>) -> Result<(), Error> {
        let book = &self.engine.book;
        let kind = &book.kinds[records.kind];
        let found = exec::measured(book, records, self.clock, &self.engine.cancel, self.row)?;
        let column = |column: ColumnId| &kind.table.columns[column];
        let (what, field_type) = match &records.measure {
            Measure::Count(_) => (records_that(&kind.name, &records.filter), None),
            Measure::CountDistinct { column: at, .. } => {
                (format!("count(distinct {}.{})", kind.name, column(*at).tag), None)
            }
            Measure::Aggregate { function, column: at, .. } => {
                (format!("{}({}.{})", function.name(), kind.name, column(*at).tag), Some(&column(*at).field_type))
            }
        };
        let gap = if passes { None } else { gap::of_measure(&records.measure, negated, field_type, &found.value) };
        out.push(Fact { what, value: found.value, passes, gap });
        // Where records are asked for and none passes, the latest tells how far the window is.
        if let (false, false, 0, Some(at)) = (passes, negated, found.n_passing, found.last_us) {
            let value = Cell::Instant(at);
            let gap = window(&records.filter).and_then(|it| gap::of_keys(it, false, &FieldType::Time, &value));
            out.push(Fact { what: format!("latest {}", kind.name), value, passes, gap });
        }
        Ok(())
    }
}

/// The times that a filter of records asks for, if it names them once.
fn window(filter: &Plan) -> Option<&Ranges<i64>> {
    match filter {
        Plan::Test { column: RecordKind::AT, predicate: Predicate::Keys(ranges), .. } => Some(ranges),
        Plan::And(parts) => {
            let mut windows = parts.iter().filter_map(window);
            windows.next().filter(|_| windows.next().is_none())
        }
        Plan::All
        | Plan::Nothing
        | Plan::Not(_)
        | Plan::Or(_)
        | Plan::Test { .. }
        | Plan::Records(_)
        | Plan::Sequence(_)
        | Plan::Visitors { .. }
        | Plan::Rows { .. } => None,
    }
}

/// Adds a fact, unless its value has been told; a gap is told once more.
fn push(out: &mut Vec<Fact>, fact: Fact) {
    if !out
        .iter()
        .any(|it| it.what == fact.what && it.value == fact.value && (it.gap == fact.gap || fact.gap.is_none()))
    {
        out.push(fact);
    }
}

fn records_that(kind: &str, filter: &Plan) -> String {
    let passing = if matches!(filter, Plan::All) { "" } else { " that pass" };
    format!("{kind} records{passing}")
}

/// The key of a number, day or instant.
fn key(table: &Table, column: ColumnId, row: RowId) -> Option<i64> {
    let (shard, row) = table.layout.locate(row);
    match &table.columns[column].index {
        Index::Number(index) => index.shards[shard].get(row),
        Index::Missing | Index::Text(_) | Index::List(_) | Index::Flag(_) => None,
    }
}

/// The keys that stand so to another.
fn wanted(op: CompareOp, other: i64) -> Option<Ranges<i64>> {
    Some(match op {
        CompareOp::Eq => Ranges::between(other, other),
        CompareOp::Lt => Ranges::between(i64::MIN, other.checked_sub(1)?),
        CompareOp::Le => Ranges::between(i64::MIN, other),
        CompareOp::Gt => Ranges::between(other.checked_add(1)?, i64::MAX),
        CompareOp::Ge => Ranges::between(other, i64::MAX),
    })
}

//! What records say: section 3 and rule 5.9.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use segql::syntax::ast::{
    CompareOp, Count, CountForm, Duration, Expr, RecordWindow, SequenceStep, Test, Total, TotalFunction, Value, Which,
};

use super::book::{FieldDef, Row, STAGES, Type};
use super::fields::{count, holds};
use super::text::{known, lower, order};
use super::{Oracle, Scope, find, is_list, number, written};
use crate::value::V;

impl Oracle<'_> {
    /// A contact's records of a kind, with the kind's properties.
    pub(super) fn records(&self, contact: &str, kind: &str) -> impl Iterator<Item = (&[FieldDef], &Row)> {
        let kind = self.book.kinds.get(&lower(kind));
        let records = kind.and_then(|it| it.records.get(contact));
        let fields = kind.map_or(&[][..], |it| it.fields.as_slice());
        records.into_iter().flatten().map(move |row| (fields, row))
    }

    pub(super) fn in_window(&self, at: &V, window: Option<&RecordWindow>) -> bool {
        window.is_none_or(|it| (*at != V::Null && self.window(at, &it.window)) != it.negated)
    }

    fn passes(&self, (fields, row): (&[FieldDef], &Row), filter: Option<&Expr>) -> bool {
        filter.is_none_or(|it| self.holds(it, Scope { fields, row, contact: None }))
    }

    /// `did`, `registered for`, `attended`: whether the number of records that pass is as asked.
    pub(super) fn did(
        &self,
        contact: &str,
        kind: &str,
        at: &str,
        wanted: impl Fn(&Row) -> bool,
        which: &Which,
    ) -> bool {
        let passing = self.records(contact, kind).filter(|record| {
            let at = record.1.get(at).unwrap_or(&V::Null);
            wanted(record.1)
                && self.in_window(at, which.window.as_ref())
                && self.passes(*record, which.filter.as_deref())
        });
        counts(which.count.as_ref(), passing.count())
    }

    /// Some record of each step after some record of the step before, by more than zero and at most `within`.
    pub(super) fn sequence(&self, contact: &str, steps: &[SequenceStep], within: Option<&Duration>) -> bool {
        let mut reached: Option<BTreeSet<i64>> = None;
        for step in steps {
            let passing = self.records(contact, &step.kind.text).filter(|it| self.passes(*it, step.filter.as_deref()));
            let times: Vec<i64> = passing.map(|(_, row)| time(row)).collect();
            let follows = |at: &i64| match &reached {
                None => true,
                Some(before) => before.iter().any(|start| {
                    let limit = within.map(|by| self.clock.shift(*start, count(by), by.unit));
                    start < at && limit.is_none_or(|limit| *at <= limit)
                }),
            };
            let next = times.into_iter().filter(follows).collect();
            reached = Some(next);
        }
        reached.is_some_and(|it| !it.is_empty())
    }

    pub(super) fn moved(
        &self,
        contact: &str,
        from: Option<&Value>,
        to: Option<&Value>,
        window: Option<&RecordWindow>,
    ) -> bool {
        let stage = |it: &Value| V::text(known(&STAGES, written(it)).expect("a stage"));
        let (from, to) = (from.map(stage), to.map(stage));
        self.records(contact, "stage_change").any(|(_, row)| {
            // A move is a record that leads from one stage, or none, to another.
            row["from_stage"] != row["to_stage"]
                && from.as_ref().is_none_or(|it| row["from_stage"] == *it)
                && to.as_ref().is_none_or(|it| row["to_stage"] == *it)
                && self.in_window(&row["at"], window)
        })
    }

    /// A total, or the length of a list, against its test.
    pub(super) fn total(&self, total: &Total, test: &Test, scope: Scope<'_>) -> bool {
        let test_number = |value: V| self.test_value(Type::Number, &value, test, scope);
        if total.function == TotalFunction::Count && total.property.is_none() && is_list(scope.fields, &total.of) {
            let field = find(scope.fields, &total.of.text).expect("a field");
            return test_number(match scope.row.get(&field.tag) {
                Some(V::List(items)) => V::Int(items.len() as i64),
                _ => V::Int(0),
            });
        }
        let contact = scope.contact.expect("totals are of contacts");
        let records: Vec<&Row> = self
            .records(contact, &total.of.text)
            .filter(|record| {
                self.in_window(&record.1["at"], total.window.as_ref()) && self.passes(*record, total.filter.as_deref())
            })
            .map(|it| it.1)
            .collect();
        let Some(property) = &total.property else { return test_number(V::Int(records.len() as i64)) };
        let fields = self.book.kinds.get(&lower(&total.of.text)).map_or(&[][..], |it| it.fields.as_slice());
        let field = find(fields, &property.text).unwrap_or_else(|| panic!("no property {}", property.text));
        let value = |row: &&Row| row.get(&field.tag).cloned().unwrap_or(V::Null);
        let present: Vec<V> = records.iter().map(value).filter(|it| *it != V::Null).collect();
        let of_stages = field.kind == Type::Stage;
        let ranked = |a: &V, b: &V| if of_stages { stage_order(a, b) } else { value_order(a, b) };
        let test_value = |value: Option<V>| self.test_value(field.kind, &value.unwrap_or(V::Null), test, scope);
        match total.function {
            TotalFunction::Count => panic!("count(x.p) isn't in the language"),
            TotalFunction::CountDistinct => test_number(V::Int(distinct(&present) as i64)),
            TotalFunction::Sum => test_value(number::sum(&present)),
            TotalFunction::Avg => test_mean(&present, test),
            TotalFunction::Min => test_value(present.into_iter().min_by(ranked)),
            TotalFunction::Max => test_value(present.into_iter().max_by(ranked)),
            TotalFunction::First => {
                let first = records.iter().map(|it| time(it)).min();
                let there = records.iter().filter(|it| Some(time(it)) == first).map(value);
                test_value(there.filter(|it| *it != V::Null).min_by(value_order))
            }
            TotalFunction::Last => {
                let last = records.iter().map(|it| time(it)).max();
                let there = records.iter().filter(|it| Some(time(it)) == last).map(value);
                test_value(there.filter(|it| *it != V::Null).max_by(value_order))
            }
        }
    }
}

fn time(row: &Row) -> i64 {
    match &row["at"] {
        V::Instant(at) => *at,
        other => panic!("a record without a time: {other:?}"),
    }
}

fn counts(count: Option<&Count>, n: usize) -> bool {
    let number = |text: &str| -> usize { text.replace('_', "").trim_start_matches('+').parse().expect("a count") };
    match count.map(|it| &it.form) {
        None => n >= 1,
        Some(CountForm::AtLeast(m, _)) => n >= number(m),
        Some(CountForm::AtMost(m, _)) => n <= number(m),
        Some(CountForm::Exactly(m, _)) => n == number(m),
        Some(CountForm::MoreThan(m, _)) => n > number(m),
        Some(CountForm::FewerThan(m, _)) => n < number(m),
        Some(CountForm::Between((low, _), (high, _))) => number(low) <= n && n <= number(high),
        Some(CountForm::Once) => n == 1,
        Some(CountForm::Twice) => n == 2,
    }
}

/// A mean against its test, without ever computing an inexact mean.
fn test_mean(present: &[V], test: &Test) -> bool {
    let compare = |op: CompareOp, literal: &Value| {
        number::mean_against(present, written(literal)).is_some_and(|order| holds(op, order))
    };
    match test {
        Test::Empty => number::mean_against(present, "0").is_none(),
        Test::Compare(op, literal) => compare(*op, literal),
        Test::In(list) => list.iter().any(|literal| compare(CompareOp::Eq, literal)),
        Test::Between(low, high) => compare(CompareOp::Ge, low) && compare(CompareOp::Le, high),
        Test::Bare
        | Test::Match(..)
        | Test::Window(_)
        | Test::Anniversary(_)
        | Test::All(_)
        | Test::NoneOf(_)
        | Test::InFile(_) => panic!("not a test of numbers: {test:?}"),
    }
}

/// Stages by their order, in which no text is smaller than another for its letters.
fn stage_order(a: &V, b: &V) -> Ordering {
    let place = |it: &V| STAGES.iter().position(|stage| V::text(*stage) == *it);
    place(a).cmp(&place(b))
}

fn value_order(a: &V, b: &V) -> Ordering {
    match (a, b) {
        (V::Text(a), V::Text(b)) => order(a, b),
        (V::Instant(a), V::Instant(b)) => a.cmp(b),
        (V::Day(a), V::Day(b)) => a.cmp(b),
        (V::Bool(a), V::Bool(b)) => a.cmp(b),
        (V::Int(_) | V::Dec(_) | V::Float(_), _) => number::against_number(a, b),
        _ => panic!("no order: {a:?} {b:?}"),
    }
}

/// How many distinct values; text without case.
fn distinct(present: &[V]) -> usize {
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    for value in present {
        let name = match value {
            V::Text(text) => lower(text),
            // −0 is 0.
            V::Float(value) => format!("{}", value + 0.0),
            V::Dec(value) => value.normalized().to_string(),
            V::Null | V::Int(_) | V::Bool(_) | V::Day(_) | V::Instant(_) | V::Local(_) | V::List(_) => {
                format!("{value:?}")
            }
        };
        seen.insert(name, ());
    }
    seen.len()
}

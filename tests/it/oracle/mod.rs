//! The oracle: a filter evaluated one row at a time, straight from the page on the language.
//!
//! It shares the tree's types with the engine and nothing else: own lower-casing, own numbers, own
//! dates on another crate. Cheap and obviously right beats fast. It panics where a sentence is wrong:
//! it is asked only what the language allows.

pub mod book;
pub mod calendar;
mod fields;
mod number;
mod records;
pub mod text;

use std::collections::BTreeMap;

use segql::syntax::ast::{Condition, ConditionKind, Expr, Field, Name, Quoting, Subject, Test, Value};

use book::{FieldDef, OracleBook, PUSH, Person, Row, STAGES, Type};
use text::{known, letters, lower};

pub use calendar::OracleClock;

use crate::value::V;

/// The keys of those who match, sorted; `from` is the word after `from`.
pub fn matches(book: &OracleBook, from: Option<&str>, expr: &Expr, clock: &OracleClock) -> Vec<String> {
    let visitors = from.is_some_and(|it| lower(it) == "visitors");
    let people = if visitors { &book.visitors } else { &book.contacts };
    let by_email = visitors_by_email(book);
    let oracle = Oracle { book, clock, by_email };
    let holds = |person: &&Person| {
        let scope = if visitors {
            Scope { fields: &book.visitor_fields, row: &person.row, contact: None }
        } else {
            Scope { fields: &book.contact_fields, row: &person.row, contact: Some(&person.key) }
        };
        oracle.holds(expr, scope)
    };
    let mut keys: Vec<String> = people.iter().filter(holds).map(|it| it.key.clone()).collect();
    keys.sort();
    keys
}

fn visitors_by_email(book: &OracleBook) -> BTreeMap<&str, Vec<&Row>> {
    let mut out: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for visitor in &book.visitors {
        if let Some(V::Text(email)) = visitor.row.get("email") {
            out.entry(email).or_default().push(&visitor.row);
        }
    }
    out
}

struct Oracle<'a> {
    book: &'a OracleBook,
    clock: &'a OracleClock,
    by_email: BTreeMap<&'a str, Vec<&'a Row>>,
}

/// One row: of contacts, visitors, or records.
#[derive(Clone, Copy)]
struct Scope<'a> {
    fields: &'a [FieldDef],
    row: &'a Row,
    /// The key of a contact's row.
    contact: Option<&'a str>,
}

impl Oracle<'_> {
    fn holds(&self, expr: &Expr, scope: Scope<'_>) -> bool {
        match expr {
            Expr::And(parts, _) => parts.iter().all(|it| self.holds(it, scope)),
            Expr::Or(parts, _) => parts.iter().any(|it| self.holds(it, scope)),
            Expr::Not(part, _) => !self.holds(part, scope),
            Expr::Group(part, _) => self.holds(part, scope),
            Expr::Condition(condition) => self.condition(condition, scope),
        }
    }

    fn condition(&self, condition: &Condition, scope: Scope<'_>) -> bool {
        let contact = || scope.contact.expect("asked of contacts alone");
        match &condition.kind {
            ConditionKind::Everyone => true,
            ConditionKind::Nobody => false,
            ConditionKind::SegmentTag(tag) => self.segment(&tag.text, scope),
            ConditionKind::SegmentName(name) => {
                let named = |it: &&segql::syntax::ast::Definition| {
                    it.display.as_ref().is_some_and(|display| lower(&display.text) == lower(&name.text))
                };
                let definition = self.book.segments.values().find(named).expect("a segment of that name");
                self.holds(&definition.filter, scope)
            }
            ConditionKind::Test { subject, negated, test, .. } => self.test(subject, test, scope) != *negated,
            ConditionKind::LostFrom(stage) => {
                let stage = known(&STAGES, written(stage)).expect("a stage");
                scope.row["lost"] == V::Bool(true) && scope.row["stage"] == V::text(stage)
            }
            ConditionKind::Did { negated, kind, which } => {
                self.did(contact(), &kind.text, "at", |_| true, which) != *negated
            }
            ConditionKind::Sequence { steps, within } => self.sequence(contact(), steps, within.as_ref()),
            ConditionKind::Registered { event, which } => {
                // Registered and attended, not cancelled.
                let wanted = |row: &Row| about(row, event.as_ref()) && row["state"] != V::text("cancelled");
                self.did(contact(), "registration", "at", wanted, which)
            }
            ConditionKind::Attended { event, which } => {
                let wanted = |row: &Row| about(row, event.as_ref()) && row["state"] == V::text("attended");
                self.did(contact(), "registration", "attended_at", wanted, which)
            }
            ConditionKind::Moved { from, to, window } => {
                self.moved(contact(), from.as_ref(), to.as_ref(), window.as_ref())
            }
            ConditionKind::BecameLost { window } => self
                .records(contact(), "stage_change")
                .any(|(_, row)| row["lost"] == V::Bool(true) && self.in_window(&row["at"], window.as_ref())),
            ConditionKind::VisitorOf { audience, filter } => self.visitors_of(contact()).iter().any(|row| {
                let there = matches!(&row["audience"], V::Text(it) if lower(it) == lower(&audience.text));
                let scope = Scope { fields: &self.book.visitor_fields, row, contact: None };
                there && filter.as_ref().is_none_or(|it| self.holds(it, scope))
            }),
            ConditionKind::Push(state) => {
                let state = known(&PUSH, written(state)).expect("a push state");
                self.visitors_of(contact()).iter().any(|row| row["push"] == V::text(state))
            }
        }
    }

    fn segment(&self, tag: &str, scope: Scope<'_>) -> bool {
        let definition = self.book.segments.get(&lower(tag)).expect("a segment of that tag");
        self.holds(&definition.filter, scope)
    }

    fn visitors_of(&self, contact: &str) -> &[&Row] {
        self.by_email.get(contact).map_or(&[], |it| it.as_slice())
    }

    fn test(&self, subject: &Subject, test: &Test, scope: Scope<'_>) -> bool {
        match subject {
            Subject::Field(field) => {
                let (kind, value) = scope.get(field);
                self.test_value(kind, &value, test, scope)
            }
            Subject::Total(total) => self.total(total, test, scope),
        }
    }
}

impl Scope<'_> {
    /// A field's type and value.
    fn get(&self, field: &Field) -> (Type, V) {
        let name = match &field.part {
            Some(part) => format!("{}.{}", field.name.text, part.text),
            None => field.name.text.clone(),
        };
        let def = self.find(&name).unwrap_or_else(|| panic!("no field {name}"));
        (def.kind, self.row.get(&def.tag).cloned().unwrap_or(V::Null))
    }

    fn find(&self, name: &str) -> Option<&FieldDef> {
        find(self.fields, name)
    }
}

/// A tag goes before a display name; `label` and `labels` are one name.
fn find<'a>(fields: &'a [FieldDef], name: &str) -> Option<&'a FieldDef> {
    let name = lower(name);
    let name = if name == "label" { "labels".to_owned() } else { name };
    let by_tag = fields.iter().find(|it| lower(&it.tag) == name);
    by_tag.or_else(|| fields.iter().find(|it| it.display.as_ref().is_some_and(|it| lower(it) == name)))
}

/// Whether a registration is for this event; none is any.
fn about(row: &Row, event: Option<&segql::syntax::ast::Text>) -> bool {
    event.is_none_or(|event| matches!(&row["event"], V::Text(it) if lower(it) == lower(&event.text)))
}

/// A value as written, where a text or known name stands.
fn written(value: &Value) -> &str {
    match value {
        Value::Text { text, .. }
        | Value::Word { text, .. }
        | Value::Number { text, .. }
        | Value::Day { text, .. }
        | Value::Time { text, .. } => text,
        Value::Offset { .. } | Value::Field(_) => panic!("no text: {value:?}"),
    }
}

/// Whether `count(name)` is about the list field rather than a kind.
fn is_list(fields: &[FieldDef], name: &Name) -> bool {
    name.quoting != Quoting::Quotes && find(fields, &name.text).is_some_and(|it| it.kind == Type::List)
}

/// `true`, `yes`, `false`, `no`.
fn yes(word: &str) -> bool {
    match letters(word).as_str() {
        "true" | "yes" => true,
        "false" | "no" => false,
        other => panic!("neither yes nor no: {other}"),
    }
}

//! The test of a field or total: by its type, to the values that pass.

use super::build;
use super::resolve::{Checked, Resolver, all, wrong};
use super::scope::{Scope, written};
use super::tree::{ConditionId, FieldRef, Plan, Predicate, TextTest};
use crate::book::{Column, FieldType};
use crate::model::{Code, ColumnId, Diagnostic, Ranges, Span};
use crate::syntax::ast::{self, CompareOp, Test, Value, Window};

/// What a test is about.
pub(super) struct Tested<'a> {
    /// As it is called in messages: `` `city` ``.
    pub(super) shown: String,
    /// The type of its values.
    pub(super) field_type: &'a FieldType,
    /// The column that its values are from; none for a count.
    pub(super) column: Option<&'a Column>,
    /// Where `field x` is looked up.
    pub(super) scope: Scope<'a>,
    /// The operator's words.
    pub(super) operator: Span,
    /// It is a total: no field of its own row to compare with.
    pub(super) is_total: bool,
}

/// The values that pass a positive test; a missing one passes [`Reading::Empty`] alone.
pub(super) enum Reading {
    /// `is empty`
    Empty,
    /// The key lies in these.
    Keys(Ranges<i64>),
    /// The text, or some element.
    Text(TextTest),
    /// Of a list: each holds for some element.
    Every(Vec<TextTest>),
    /// Yes or no.
    Flag(bool),
    /// Against a column of the same table.
    Field(CompareOp, ColumnId),
}

impl<'a> Resolver<'a> {
    /// A positive test of a field, as a plan over the scope's rows.
    pub(super) fn field_test(
        &mut self,
        field: &ast::Field,
        test: &Test,
        operator: Span,
        scope: Scope<'a>,
        id: ConditionId,
    ) -> Checked<Plan> {
        let found = self.find(field, scope)?;
        let column = match found {
            FieldRef::Funnel => return self.funnel_test(test, operator, scope, id),
            FieldRef::Column(column) => column,
        };
        if let Test::InFile(path) = test {
            return self.in_file(path, column, field, scope, id);
        }
        let data = &scope.table.columns[column];
        let tested = Tested {
            shown: format!("`{}`", written(field)),
            field_type: &data.field_type,
            column: Some(data),
            scope,
            operator,
            is_total: false,
        };
        self.column_test(&tested, column, test, id)
    }

    fn column_test(&mut self, tested: &Tested<'a>, column: ColumnId, test: &Test, id: ConditionId) -> Checked<Plan> {
        if let Some((join, split)) = split(tested.field_type, test) {
            return all(split.iter().map(|it| self.column_test(tested, column, it, id))).map(join);
        }
        if let Test::Compare(op @ (CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge), Value::Field(other)) =
            test
            && *tested.field_type == FieldType::Stage
        {
            return self.stage_order(tested, column, *op, other, id);
        }
        let leaf = |predicate| Plan::Test { column, predicate, id };
        Ok(match self.read(tested, test)? {
            Reading::Empty => leaf(Predicate::Empty),
            Reading::Keys(ranges) if ranges.is_empty() => Plan::Nothing,
            Reading::Keys(ranges) => leaf(Predicate::Keys(ranges)),
            Reading::Text(test) => leaf(Predicate::Text(test)),
            Reading::Every(tests) => build::and(tests.into_iter().map(|it| leaf(Predicate::Text(it)))),
            Reading::Flag(flag) => leaf(Predicate::Flag(flag)),
            Reading::Field(op, other) => leaf(Predicate::Field(op, other)),
        })
    }

    /// The values that pass a test of this type.
    pub(super) fn read(&mut self, tested: &Tested<'a>, test: &Test) -> Checked<Reading> {
        match tested.field_type {
            FieldType::Text | FieldType::Choice { .. } | FieldType::Known(_) => self.text_reading(tested, test),
            FieldType::List => self.list_reading(tested, test),
            FieldType::Stage => self.stage_reading(tested, test),
            FieldType::Number(kind) => self.number_reading(tested, *kind, test),
            FieldType::Date => self.date_reading(tested, true, test),
            FieldType::Time => self.date_reading(tested, false, test),
            FieldType::Flag => self.flag_reading(tested, test),
        }
    }

    fn flag_reading(&mut self, tested: &Tested<'a>, test: &Test) -> Checked<Reading> {
        match test {
            Test::Bare => Ok(Reading::Flag(true)),
            Test::Empty => Ok(Reading::Empty),
            Test::Compare(CompareOp::Eq, Value::Field(other)) => self.against(tested, CompareOp::Eq, other),
            Test::Compare(CompareOp::Eq, value) => self.yes_or_no(tested, value).map(Reading::Flag),
            Test::In(values) | Test::NoneOf(values) => {
                // More than one value has been split.
                let flags = all(values.iter().map(|it| self.yes_or_no(tested, it)))?;
                Ok(Reading::Flag(flags.contains(&true)))
            }
            Test::Compare(CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge, _)
            | Test::Match(..)
            | Test::Between(..)
            | Test::Window(_)
            | Test::Anniversary(_)
            | Test::All(_)
            | Test::InFile(_) => self.does_not_fit(tested),
        }
    }

    fn yes_or_no(&self, tested: &Tested<'a>, value: &Value) -> Checked<bool> {
        let (Value::Text { text, .. } | Value::Word { text, .. }) = value else {
            return needs_yes_or_no(tested, value);
        };
        match &*crate::model::fold(text) {
            "true" | "yes" => Ok(true),
            "false" | "no" => Ok(false),
            _ => needs_yes_or_no(tested, value),
        }
    }

    /// This field against another of the same row.
    pub(super) fn against(&self, tested: &Tested<'a>, op: CompareOp, other: &ast::Field) -> Checked<Reading> {
        if tested.is_total {
            return wrong(
                Diagnostic::error(
                    Code::TotalAgainstField,
                    other.span,
                    format!("{} is a total: it is compared with a value, not with a field", tested.shown),
                )
                .help("two fields of one row are compared: `last_click > field last_open`".to_owned()),
            );
        }
        let found = self.find(other, tested.scope)?;
        let FieldRef::Column(column) = found else {
            return wrong(
                Diagnostic::error(Code::FieldTypes, other.span, "`funnel` isn't compared with a field")
                    .help("`stage` holds the last stage reached, lost or not".to_owned()),
            );
        };
        let theirs = &tested.scope.table.columns[column].field_type;
        if !comparable(tested.field_type, theirs) {
            let (ours, shown, name) = (tested.field_type.noun(), &tested.shown, written(other));
            return wrong(
                Diagnostic::error(
                    Code::FieldTypes,
                    other.span,
                    format!("{shown} is {ours}, `{name}` is {}: they don't compare", theirs.noun()),
                )
                .help("numbers compare with numbers, dates with dates, text with text".to_owned()),
            );
        }
        Ok(Reading::Field(op, column))
    }

    /// The error of an operator that the type hasn't.
    pub(super) fn does_not_fit<T>(&self, tested: &Tested<'a>) -> Checked<T> {
        let (shown, noun) = (&tested.shown, tested.field_type.noun());
        let operator = super::notes::shortened(self.words(tested.operator), 40);
        // A bare field has no operator: its place is the field's own.
        let is_bare = operator.is_empty() || operator.trim_matches('`') == shown.trim_matches('`');
        let message = if is_bare {
            format!("{shown} is {noun}: it needs an operator and a value")
        } else {
            format!("{shown} is {noun}: `{operator}` does not fit it")
        };
        wrong(
            Diagnostic::error(Code::OperatorType, tested.operator, message)
                .help(format!("what fits {noun}: {}", fitting(tested.field_type))),
        )
    }

    /// The error of a value that is no such thing; `needed` with its article.
    pub(super) fn not_a_value<T>(&self, tested: &Tested<'a>, value: &Value, needed: &str, help: &str) -> Checked<T> {
        let words = super::notes::shortened(self.words(value.span()), 40);
        let shown = &tested.shown;
        let mut error =
            Diagnostic::error(Code::ValueType, value.span(), format!("{shown} needs {needed} here, not `{words}`"));
        match value {
            Value::Word { text, .. } if tested.scope.find_name(text).is_some() => {
                let operator = self.words(tested.operator);
                let name = shown.trim_matches('`');
                error = error
                    .help(format!("`{text}` is a field: two fields are compared as `{name} {operator} field {text}`"));
            }
            Value::Text { quoting: ast::Quoting::Quotes, .. } => {
                error = error.help(format!("what stands in quotes is text; write {needed} without them"));
            }
            Value::Text { .. }
            | Value::Word { .. }
            | Value::Number { .. }
            | Value::Day { .. }
            | Value::Time { .. }
            | Value::Offset { .. }
            | Value::Field(_) => {}
        }
        wrong(error.help(help.to_owned()))
    }
}

/// How the parts of a test are joined.
pub(super) type Join = fn(Vec<Plan>) -> Plan;

/// A test that no single leaf says, as tests that one does: several values with fields among them, or both yes and no.
pub(super) fn split(field_type: &FieldType, test: &Test) -> Option<(Join, Vec<Test>)> {
    let is_field = |it: &Value| matches!(it, Value::Field(_));
    let compare = |op, value: &Value| Test::Compare(op, value.clone());
    let or: Join = |parts| build::or(parts);
    let and: Join = |parts| build::and(parts);
    match test {
        Test::In(values) if *field_type == FieldType::Flag && (2..=8).contains(&values.len()) => {
            Some((or, values.iter().map(|it| compare(CompareOp::Eq, it)).collect()))
        }
        Test::In(values) if values.iter().any(is_field) => {
            let (fields, others): (Vec<_>, Vec<_>) = values.iter().cloned().partition(is_field);
            let mut parts: Vec<Test> = fields.iter().map(|it| compare(CompareOp::Eq, it)).collect();
            if !others.is_empty() {
                parts.push(Test::In(others));
            }
            Some((or, parts))
        }
        Test::Between(low, high) if is_field(low) || is_field(high) => {
            Some((and, vec![compare(CompareOp::Ge, low), compare(CompareOp::Le, high)]))
        }
        Test::Window(Window::Before(value)) if is_field(value) => Some((and, vec![compare(CompareOp::Lt, value)])),
        Test::Window(Window::After(value)) if is_field(value) => Some((and, vec![compare(CompareOp::Gt, value)])),
        Test::Window(Window::Since(value)) if is_field(value) => Some((and, vec![compare(CompareOp::Ge, value)])),
        Test::Bare
        | Test::Compare(..)
        | Test::In(_)
        | Test::NoneOf(_)
        | Test::All(_)
        | Test::Empty
        | Test::Match(..)
        | Test::Between(..)
        | Test::Window(_)
        | Test::Anniversary(_)
        | Test::InFile(_) => None,
    }
}

fn comparable(a: &FieldType, b: &FieldType) -> bool {
    #[derive(PartialEq)]
    enum Class {
        Text,
        Number,
        Date,
        Flag,
        List,
    }
    let class = |it: &FieldType| match it {
        FieldType::Text | FieldType::Choice { .. } | FieldType::Known(_) | FieldType::Stage => Class::Text,
        FieldType::Number(_) => Class::Number,
        FieldType::Date | FieldType::Time => Class::Date,
        FieldType::Flag => Class::Flag,
        FieldType::List => Class::List,
    };
    class(a) == class(b) && class(a) != Class::List
}

fn needs_yes_or_no<T>(tested: &Tested<'_>, value: &Value) -> Checked<T> {
    let error = Diagnostic::error(Code::ValueType, value.span(), format!("{} is yes or no", tested.shown));
    wrong(error.help("`true`, `false`, `yes`, `no` are its values".to_owned()))
}

/// The operators of a type, as a reader would write them.
fn fitting(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Choice { .. } | FieldType::Known(_) => {
            "`=`, `!=`, `in (…)`, `contains`, `starts with`, `ends with`, `like`, `matches`, `is empty`"
        }
        FieldType::Stage => "`=`, `!=`, `in (…)`, `<`, `<=`, `>`, `>=`, `between … and …`, `is empty`",
        FieldType::Number(_) => "`=`, `!=`, `<`, `<=`, `>`, `>=`, `between … and …`, `in (…)`, `is empty`",
        FieldType::Date | FieldType::Time => {
            "`before`, `after`, `on`, `since`, `between … and …`, `in last 30 days`, `in this month`, \
             `more than 90 days ago`, `anniversary in next 7 days`, `=`, `<`, `<=`, `>`, `>=`, `is empty`"
        }
        FieldType::Flag => "the field alone, `= true`, `= no`, `is empty`",
        FieldType::List => {
            "`contains`, `=`, `in (…)`, `all (…)`, `none (…)`, `like`, `starts with`, `is empty`; and `count(…) >= 3`"
        }
    }
}

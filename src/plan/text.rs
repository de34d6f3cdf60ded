//! Tests of text, choices, known names and lists.

use super::fields::{Reading, Tested};
use super::resolve::{Checked, Resolver, all, wrong};
use super::scope::{listed, near};
use super::tree::TextTest;
use crate::book::{FieldType, Index};
use crate::model::{Code, Diagnostic, NameSet, Span, canonical, fold};
use crate::syntax::MAX_LIST_VALUES;
use crate::syntax::ast::{CompareOp, MatchOp, Test, Value};

/// A text as a value: what it says, and whether its case matters.
#[derive(Clone, Copy)]
pub(super) struct Literal<'v> {
    pub(super) text: &'v str,
    pub(super) cased: bool,
    pub(super) span: Span,
}

impl<'a> Resolver<'a> {
    pub(super) fn text_reading(&mut self, tested: &Tested<'a>, test: &Test) -> Checked<Reading> {
        match test {
            Test::Empty => Ok(Reading::Empty),
            Test::Compare(CompareOp::Eq, Value::Field(other)) => self.against(tested, CompareOp::Eq, other),
            Test::Compare(CompareOp::Eq, value) => self.one_of(tested, std::slice::from_ref(value)),
            Test::In(values) => self.one_of(tested, values),
            Test::Match(op, value) => {
                let literal = self.literal(tested, value)?;
                self.pattern(*op, &literal).map(Reading::Text)
            }
            Test::Bare
            | Test::Compare(CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge, _)
            | Test::Between(..)
            | Test::Window(_)
            | Test::Anniversary(_)
            | Test::All(_)
            | Test::NoneOf(_)
            | Test::InFile(_) => self.does_not_fit(tested),
        }
    }

    pub(super) fn list_reading(&mut self, tested: &Tested<'a>, test: &Test) -> Checked<Reading> {
        match test {
            Test::Empty => Ok(Reading::Empty),
            Test::Compare(CompareOp::Eq, value) | Test::Match(MatchOp::Contains, value) => {
                self.one_of(tested, std::slice::from_ref(value))
            }
            Test::In(values) | Test::NoneOf(values) => self.one_of(tested, values),
            Test::All(values) => {
                self.check_length(tested, values)?;
                let each = values.iter().map(|it| match self.one_of(tested, std::slice::from_ref(it))? {
                    Reading::Text(test) => Ok(test),
                    Reading::Empty | Reading::Keys(_) | Reading::Every(_) | Reading::Flag(_) | Reading::Field(..) => {
                        self.does_not_fit(tested)
                    }
                });
                all(each).map(Reading::Every)
            }
            Test::Match(op, value) => {
                let literal = self.literal(tested, value)?;
                self.pattern(*op, &literal).map(Reading::Text)
            }
            Test::Bare
            | Test::Compare(CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge, _)
            | Test::Between(..)
            | Test::Window(_)
            | Test::Anniversary(_)
            | Test::InFile(_) => self.does_not_fit(tested),
        }
    }

    /// Equal to any of the values.
    fn one_of(&mut self, tested: &Tested<'a>, values: &[Value]) -> Checked<Reading> {
        self.check_length(tested, values)?;
        let literals = all(values.iter().map(|it| self.literal(tested, it)))?;
        let (mut folded, mut cased) = (Vec::new(), Vec::new());
        match tested.field_type {
            FieldType::Known(names) => {
                folded = all(literals.iter().map(|it| known(tested, names, it).map(str::to_owned)))?;
            }
            FieldType::Choice { declared } => {
                folded = all(literals.iter().map(|it| self.choice(tested, declared, it)))?;
            }
            FieldType::Text
            | FieldType::List
            | FieldType::Stage
            | FieldType::Number(_)
            | FieldType::Date
            | FieldType::Time
            | FieldType::Flag => {
                let told: Vec<_> = literals.iter().filter(|it| !it.text.is_empty()).copied().collect();
                self.note_absent(tested, &told);
                for literal in &literals {
                    if literal.cased {
                        cased.push(literal.text.to_owned());
                    } else {
                        folded.push(fold(literal.text).into_owned());
                    }
                }
            }
        }
        for texts in [&mut folded, &mut cased] {
            texts.sort_unstable();
            texts.dedup();
        }
        Ok(Reading::Text(TextTest::OneOf { folded, cased }))
    }

    /// Counts the values of a list and refuses one that is too long.
    pub(super) fn check_length(&mut self, tested: &Tested<'a>, values: &[Value]) -> Checked<()> {
        if let Some(extra) = values.get(MAX_LIST_VALUES) {
            return wrong(
                Diagnostic::error(Code::TooManyValues, extra.span(), "a list has at most 100,000 values")
                    .help("`email in file \"list.csv\"` takes up to 1,000,000".to_owned()),
            );
        }
        self.count_values(values.len(), tested.operator)
    }

    /// A value as text.
    pub(super) fn literal<'v>(&self, tested: &Tested<'a>, value: &'v Value) -> Checked<Literal<'v>> {
        let (text, cased, span) = match value {
            Value::Text { text, cased, span, .. } => (text, *cased, *span),
            Value::Word { text, span }
            | Value::Number { text, span }
            | Value::Day { text, span }
            | Value::Time { text, span } => (text, false, *span),
            Value::Offset { .. } => return self.not_a_value(tested, value, "a text", "text stands in quotes"),
            Value::Field(_) => {
                return self.not_a_value(
                    tested,
                    value,
                    "a text",
                    "a field stands after `=` and `!=`: `country = field city`",
                );
            }
        };
        if cased && let Some(what) = caseless(tested) {
            return wrong(
                Diagnostic::error(
                    Code::CasedName,
                    span,
                    format!("{} compares without case: `cased` does not fit {what}", tested.shown),
                )
                .help("leave out `cased`".to_owned()),
            );
        }
        Ok(Literal { text, cased, span })
    }

    fn choice(&mut self, tested: &Tested<'a>, declared: &[String], literal: &Literal<'_>) -> Checked<String> {
        let wanted = fold(literal.text).into_owned();
        if wanted.is_empty() || declared.iter().any(|it| fold(it) == *wanted) {
            return Ok(wanted);
        }
        let is_held = match tested.column.map(|it| &it.index) {
            Some(Index::Text(index)) => {
                let dictionary = &index.dictionary;
                (0..dictionary.len() as u32).any(|code| dictionary.folded(code) == wanted)
            }
            Some(Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_)) | None => false,
        };
        let (shown, text) = (&tested.shown, literal.text);
        let values = listed(declared.iter().map(String::as_str));
        if is_held {
            self.note(
                Code::UndeclaredChoice,
                literal.span,
                format!("`{text}` is no declared value of {shown}, but the book holds it"),
            );
            return Ok(wanted);
        }
        wrong(
            Diagnostic::error(Code::UnknownChoice, literal.span, format!("{shown} has no value `{text}`"))
                .help(near(text, declared.iter().map(String::as_str)))
                .help(format!("its values are {values}")),
        )
    }
}

/// The known name that a value spells, or the error that lists them all.
pub(super) fn known(tested: &Tested<'_>, names: NameSet, literal: &Literal<'_>) -> Checked<&'static str> {
    if let Some(at) = canonical(names, literal.text) {
        return Ok(names[at]);
    }
    wrong(unknown_name(&tested.shown, "value", names, literal.text, literal.span))
}

/// The error of a name that isn't one of a few.
pub(super) fn unknown_name(shown: &str, what: &str, names: &[&str], text: &str, span: Span) -> Diagnostic {
    let text = super::notes::shortened(text, 60);
    Diagnostic::error(Code::UnknownName, span, format!("{shown} has no {what} `{text}`"))
        .help(near(&text, names.iter().copied()))
        .help(format!("there are {}", listed(names.iter().copied())))
}

/// What a field is that `cased` doesn't fit.
fn caseless(tested: &Tested<'_>) -> Option<&'static str> {
    match tested.field_type {
        FieldType::Choice { .. } => Some("a choice"),
        FieldType::Known(_) | FieldType::Stage => Some("a known name"),
        FieldType::List => tested.column.is_some_and(|it| it.tag == "labels").then_some("a label"),
        FieldType::Text | FieldType::Number(_) | FieldType::Date | FieldType::Time | FieldType::Flag => None,
    }
}

//! The operators of rules.

use crate::syntax::ast::{CompareOp, MatchOp};

/// What an operator asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Compare(CompareOp),
    Match(MatchOp),
    Empty,
    In,
    Between,
}

/// An operator: its form, and whether it is the negative one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub form: Form,
    pub negated: bool,
}

/// The name that react-querybuilder has for it, and what the platform's lists say.
const NAMES: [(Form, bool, &str, &[&str]); 18] = [
    (Form::Compare(CompareOp::Eq), false, "=", &["==", "equals"]),
    (Form::Compare(CompareOp::Eq), true, "!=", &["<>", "not equals"]),
    (Form::Compare(CompareOp::Lt), false, "<", &["less than", "before"]),
    (Form::Compare(CompareOp::Le), false, "<=", &["less than or equal"]),
    (Form::Compare(CompareOp::Gt), false, ">", &["greater than", "after"]),
    (Form::Compare(CompareOp::Ge), false, ">=", &["greater than or equal"]),
    (Form::Match(MatchOp::Contains), false, "contains", &[]),
    (Form::Match(MatchOp::Contains), true, "doesNotContain", &["not contains"]),
    (Form::Match(MatchOp::StartsWith), false, "beginsWith", &["starts with"]),
    (Form::Match(MatchOp::StartsWith), true, "doesNotBeginWith", &["not starts with"]),
    (Form::Match(MatchOp::EndsWith), false, "endsWith", &[]),
    (Form::Match(MatchOp::EndsWith), true, "doesNotEndWith", &["not ends with"]),
    (Form::Empty, false, "null", &["is empty"]),
    (Form::Empty, true, "notNull", &["is not empty"]),
    (Form::In, false, "in", &[]),
    (Form::In, true, "notIn", &[]),
    (Form::Between, false, "between", &[]),
    (Form::Between, true, "notBetween", &[]),
];

impl Operator {
    /// Reads a name, without its case, blanks, `_` and `-`.
    pub fn of(name: &str) -> Option<Self> {
        let wanted = plain(name);
        let found = NAMES.iter().find(|it| plain(it.2) == wanted || it.3.iter().any(|other| plain(other) == wanted));
        found.map(|it| Self { form: it.0, negated: it.1 })
    }

    /// The name that is written; none for a form that rules don't have.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|it| it.0 == self.form && it.1 == self.negated).map(|it| it.2)
    }
}

/// All names that are read.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().flat_map(|it| std::iter::once(it.2).chain(it.3.iter().copied()))
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

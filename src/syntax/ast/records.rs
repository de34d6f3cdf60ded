//! What is said of records: totals, which of them, sequences.

use super::{Expr, Name, Window};
use crate::model::Span;

/// `sum(purchase.amount in last 90 days where sku = "A")`, `count(label)`, `count(purchase)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// The function.
    pub function: TotalFunction,
    /// The list field (for `count`) or the kind of record.
    pub of: Name,
    /// The property after the dot; none for `count(x)`.
    pub property: Option<Name>,
    /// Which records.
    pub window: Option<RecordWindow>,
    /// Which records.
    pub filter: Option<Box<Expr>>,
    /// From the function's name to the closing bracket.
    pub span: Span,
}

/// The functions of a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TotalFunction {
    /// `count(x)`
    Count,
    /// `count(distinct x.p)`
    CountDistinct,
    /// `sum(x.p)`
    Sum,
    /// `avg(x.p)`
    Avg,
    /// `min(x.p)`
    Min,
    /// `max(x.p)`
    Max,
    /// `first(x.p)`
    First,
    /// `last(x.p)`
    Last,
}

/// A window on a record's `at`, with `not` before it or not.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordWindow {
    /// `not in last 90 days`
    pub negated: bool,
    /// The window.
    pub window: Window,
    /// All its words.
    pub span: Span,
}

/// Which records, and how many: count, window, `where`, in this order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Which {
    /// How many; at least one if not said.
    pub count: Option<Count>,
    /// When.
    pub window: Option<RecordWindow>,
    /// Of what kind. A [`Expr::Group`] or a single condition, perhaps negated.
    pub filter: Option<Box<Expr>>,
}

/// `at least 3 times`. The numbers are as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// The form.
    pub form: CountForm,
    /// All its words.
    pub span: Span,
}

/// The forms of a [`Count`]; each text is a number as written, with its place.
#[derive(Debug, Clone, PartialEq)]
pub enum CountForm {
    /// `at least n times`
    AtLeast(String, Span),
    /// `at most n times`
    AtMost(String, Span),
    /// `exactly n times`
    Exactly(String, Span),
    /// `more than n times`
    MoreThan(String, Span),
    /// `fewer than n times`
    FewerThan(String, Span),
    /// `between n and m times`
    Between((String, Span), (String, Span)),
    /// `once`
    Once,
    /// `twice`
    Twice,
}

/// One step of a [`ConditionKind::Sequence`](super::ConditionKind::Sequence).
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceStep {
    /// The kind of record.
    pub kind: Name,
    /// On its properties.
    pub filter: Option<Box<Expr>>,
}

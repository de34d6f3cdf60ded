//! What was written: names, literals and their places. Nothing is resolved, checked or rewritten.
//!
//! Every node carries the [`Span`] of the words it stands for. `and` and `or` are n-ary, so that
//! long chains stay flat; nesting is bounded by [`MAX_DEPTH`](super::MAX_DEPTH) before the tree is built.

mod records;
mod steps;
mod values;

use crate::model::Span;

pub use self::records::{Count, CountForm, RecordWindow, SequenceStep, Total, TotalFunction, Which};
pub use self::steps::{Amount, GroupKey, OrderKey, SampleSize, Step, StepKind};
pub use self::values::{Duration, OffsetForm, Value, Window};

/// A sentence: `[from universe] filter [| step]…`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The word after `from`, if any.
    pub from: Option<Name>,
    /// Whom it asks for.
    pub filter: Expr,
    /// What to do with them; in the order written.
    pub steps: Vec<Step>,
    /// All of it.
    pub span: Span,
}

/// A file of definitions: `segment tag "Display name": filter;`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The tag; unique without case.
    pub tag: Name,
    /// The display name, if any.
    pub display: Option<Text>,
    /// The word after `from`, if any.
    pub from: Option<Name>,
    /// Whom it asks for.
    pub filter: Expr,
    /// From `segment` to the `;`.
    pub span: Span,
}

/// How a name or text stood in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quoting {
    /// A bare word, number or date.
    Bare,
    /// In backticks.
    Backticks,
    /// In single or double quotes.
    Quotes,
}

/// A name: a field, a kind, a tag, a universe.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The name, without backticks or quotes, as written.
    pub text: String,
    /// How it was written.
    pub quoting: Quoting,
    /// Where.
    pub span: Span,
}

/// A field as written: `city`, `` `Last Purchase` ``, `email.domain`.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The field's tag or display name.
    pub name: Name,
    /// What stands after a dot: `domain` in `email.domain`.
    pub part: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// A text literal that can only be text (a path, an event, a segment's display name).
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The text, escapes undone.
    pub text: String,
    /// How it was written.
    pub quoting: Quoting,
    /// Where, with the quotes.
    pub span: Span,
}

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All of at least two parts hold.
    And(Vec<Expr>, Span),
    /// At least one of at least two parts holds.
    Or(Vec<Expr>, Span),
    /// The part doesn't hold.
    Not(Box<Expr>, Span),
    /// A part in brackets. Kept, so that the note on mixed `and`/`or` knows.
    Group(Box<Expr>, Span),
    /// A single condition.
    Condition(Box<Condition>),
}

impl Expr {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::And(_, span) | Self::Or(_, span) | Self::Not(_, span) | Self::Group(_, span) => *span,
            Self::Condition(condition) => condition.span,
        }
    }
}

/// One condition and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What is asked.
    pub kind: ConditionKind,
    /// All its words.
    pub span: Span,
}

/// The forms of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum ConditionKind {
    /// `everyone`
    Everyone,
    /// `nobody`
    Nobody,
    /// `@vip`
    SegmentTag(Name),
    /// `segment "VIP customers"`
    SegmentName(Text),
    /// A test of a field or total.
    Test {
        /// What is tested.
        subject: Subject,
        /// A `not` inside the form: `not in`, `not contains`, `is not empty`, `!=`, `none`.
        negated: bool,
        /// The form.
        test: Test,
        /// The operator's words, for errors.
        operator: Span,
    },
    /// `lost from customer`
    LostFrom(Value),
    /// `did [not] kind [count] [window] [where …]`
    Did {
        /// `did not`.
        negated: bool,
        /// The kind of record.
        kind: Name,
        /// Count, window, `where`.
        which: Which,
    },
    /// `did a [where …] then b [where …] [then …] [within d]`
    Sequence {
        /// At least two.
        steps: Vec<SequenceStep>,
        /// How long each step may take after the one before.
        within: Option<Duration>,
    },
    /// `registered for "event" …`
    Registered {
        /// None is `any`.
        event: Option<Text>,
        /// Count, window, `where`.
        which: Which,
    },
    /// `attended "event" …`
    Attended {
        /// None is `any`.
        event: Option<Text>,
        /// Count, window, `where`.
        which: Which,
    },
    /// `moved [from a] [to b] [window]`; at least one of both.
    Moved {
        /// The stage left.
        from: Option<Value>,
        /// The stage reached.
        to: Option<Value>,
        /// When.
        window: Option<RecordWindow>,
    },
    /// `became lost [window]`
    BecameLost {
        /// When.
        window: Option<RecordWindow>,
    },
    /// `visitor of "audience" [where …]`
    VisitorOf {
        /// The audience.
        audience: Text,
        /// On the same visitor.
        filter: Option<Box<Expr>>,
    },
    /// `push granted`
    Push(Value),
}

/// What a [`ConditionKind::Test`] is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A field.
    Field(Field),
    /// An aggregate over a contact's records, or the length of a list.
    Total(Box<Total>),
}

impl Subject {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Field(field) => field.span,
            Self::Total(total) => total.span,
        }
    }
}

/// The form of a test; negation stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The bare field: `push_opt_in`.
    Bare,
    /// `=` (with `!=` as its negation), `<`, `<=`, `>`, `>=`.
    Compare(CompareOp, Value),
    /// `in (a, b)`; at least one value.
    In(Vec<Value>),
    /// `is empty`
    Empty,
    /// `contains x`, `starts with x`, `ends with x`, `like x`, `matches x`.
    Match(MatchOp, Value),
    /// `between a and b`
    Between(Value, Value),
    /// `before d`, `in last 30 days`, …
    Window(Window),
    /// `anniversary in next 7 days`, `anniversary on d`
    Anniversary(Window),
    /// `all (a, b)`
    All(Vec<Value>),
    /// `none (a, b)`: written as the negation of `in (a, b)`; kept apart for the formatter. `negated` is set.
    NoneOf(Vec<Value>),
    /// `in file "list.csv"`
    InFile(Text),
}

/// The comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// The operators on text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `contains`
    Contains,
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `like`
    Like,
    /// `matches`
    Matches,
}

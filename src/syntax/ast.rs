//! What was written: names, literals and their places. Nothing is resolved, checked or rewritten.
//!
//! Every node carries the [`Span`] of the words it stands for. `and` and `or` are n-ary, so that
//! long chains stay flat; nesting is bounded by [`MAX_DEPTH`](super::MAX_DEPTH) before the tree is built.

use crate::model::{CalendarUnit, Span, TimeUnit};

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

/// A value where one is expected; what it means depends on the field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text in quotes, or any literal after `cased`.
    Text {
        /// The text, escapes undone.
        text: String,
        /// `cased` stood before it.
        cased: bool,
        /// Quotes, or a bare word after `cased`.
        quoting: Quoting,
        /// Where, `cased` not included.
        span: Span,
    },
    /// A bare word, as written: text, a known name, yes/no; `now`, `today`, `yesterday`, `tomorrow` too.
    Word {
        /// The word.
        text: String,
        /// Where.
        span: Span,
    },
    /// A number, as written.
    Number {
        /// The digits as written, with sign, `_` and exponent.
        text: String,
        /// Where.
        span: Span,
    },
    /// A day, as written: `2026-02-08`. It may not exist.
    Day {
        /// As written.
        text: String,
        /// Where.
        span: Span,
    },
    /// A time, as written: `2026-02-08T14:30`, `…:05.25Z`, `…+07:00`. It may not exist.
    Time {
        /// As written.
        text: String,
        /// Where.
        span: Span,
    },
    /// `30 days ago`, `in 7 days`, `now - 36 hours`, `today + 7 days`, `2026-02-08 + 1 week`.
    Offset {
        /// What it counts from: `now` for `ago` and `in`, else a [`Value::Word`], [`Value::Day`] or [`Value::Time`].
        base: Box<Value>,
        /// How it was written.
        form: OffsetForm,
        /// How far, always forwards; [`OffsetForm`] tells the direction.
        by: Duration,
        /// Where.
        span: Span,
    },
    /// `field last_open`
    Field(Field),
}

impl Value {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Text { span, .. }
            | Self::Word { span, .. }
            | Self::Number { span, .. }
            | Self::Day { span, .. }
            | Self::Time { span, .. }
            | Self::Offset { span, .. } => *span,
            Self::Field(field) => field.span,
        }
    }
}

/// The spellings of [`Value::Offset`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetForm {
    /// `30 days ago`: back from now.
    Ago,
    /// `in 7 days`: on from now.
    In,
    /// `base - n units`
    Minus,
    /// `base + n units`
    Plus,
}

/// `30 days`: how many of which unit. The count is as written: the resolver checks that it is a whole number of at least 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Duration {
    /// The number as written.
    pub count: String,
    /// Where the number stands.
    pub count_span: Span,
    /// The unit.
    pub unit: TimeUnit,
    /// Where the unit stands.
    pub unit_span: Span,
}

/// A stretch of time relative to now or to a date.
#[derive(Debug, Clone, PartialEq)]
pub enum Window {
    /// `before d`
    Before(Value),
    /// `after d`
    After(Value),
    /// `on d`
    On(Value),
    /// `since d`
    Since(Value),
    /// `between a and b`: on records alone; on fields it is [`Test::Between`].
    Between(Value, Value),
    /// `in last 30 days`
    InLast(Duration),
    /// `in next 7 days`
    InNext(Duration),
    /// `more than 90 days ago`
    MoreThanAgo(Duration),
    /// `in this month`
    This(CalendarUnit),
    /// `in last month`
    Last(CalendarUnit),
    /// `in next month`
    Next(CalendarUnit),
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

/// One step of a [`ConditionKind::Sequence`].
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceStep {
    /// The kind of record.
    pub kind: Name,
    /// On its properties.
    pub filter: Option<Box<Expr>>,
}

/// A step after `|`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// The step's first word.
    pub word: Span,
    /// All of it.
    pub span: Span,
}

/// The steps of section 4 of the language.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `count`
    Count,
    /// `by f [, g] [top n]`
    By {
        /// One or two.
        keys: Vec<GroupKey>,
        /// Only the largest.
        top: Option<Amount>,
    },
    /// `show f, g [order by …] [limit n] [offset n]`
    Show {
        /// What to print.
        fields: Vec<Field>,
        /// In which order; by e-mail if empty.
        order: Vec<OrderKey>,
        /// At most so many rows.
        limit: Option<Amount>,
        /// Leaving out so many first.
        offset: Option<Amount>,
    },
    /// `stats f`
    Stats(Field),
    /// `histogram f [bins n]`
    Histogram {
        /// Of which field.
        field: Field,
        /// How many bins; 10 if not said.
        bins: Option<Amount>,
    },
    /// `funnel`
    Funnel,
    /// `journey [window]`
    Journey(Option<RecordWindow>),
    /// `events`
    Events,
    /// `audiences`
    Audiences,
    /// `sample 10% [seed n] [per f]`
    Sample {
        /// How many, or which share.
        size: SampleSize,
        /// 0 if not said.
        seed: Option<Amount>,
        /// Evenly from each group of this field.
        per: Option<Field>,
    },
    /// `top n by f`
    Top {
        /// How many.
        n: Amount,
        /// By which field.
        by: Field,
    },
    /// `save "name" [overwrite]`
    Save {
        /// The display name.
        name: Text,
        /// An existing one may be replaced.
        overwrite: bool,
    },
    /// `export "out.parquet" [columns f, g] [overwrite]`
    Export {
        /// The file; its ending picks the format.
        path: Text,
        /// E-mails alone if empty.
        columns: Vec<Field>,
        /// An existing file may be replaced.
        overwrite: bool,
    },
}

/// A key of `by`: a field, or a calendar unit of one.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupKey {
    /// `month` in `month(subscribed_at)`.
    pub unit: Option<CalendarUnit>,
    /// The field.
    pub field: Field,
    /// All of it.
    pub span: Span,
}

/// A field to order by.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderKey {
    /// The field.
    pub field: Field,
    /// `desc` stood after it.
    pub descending: bool,
}

/// A number in a step, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// How large a sample is.
#[derive(Debug, Clone, PartialEq)]
pub enum SampleSize {
    /// `1000`
    Rows(Amount),
    /// `12.5%`, the number without its sign.
    Percent(Amount),
}

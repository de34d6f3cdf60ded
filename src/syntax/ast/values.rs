//! Literals, and stretches of time.

use super::{Field, Quoting};
use crate::model::{CalendarUnit, Span, TimeUnit};

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
    /// `between a and b`: on records alone; on fields it is [`Test::Between`](super::Test::Between).
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

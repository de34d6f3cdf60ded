//! The steps after a filter.

use super::{Field, RecordWindow, Text};
use crate::model::{CalendarUnit, Span};

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

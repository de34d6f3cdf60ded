//! The plan: ids, checked types, nothing optional that must be there.

use std::sync::Arc;

use bigdecimal::BigDecimal;
use regex::Regex;

use crate::book::Universe;
use crate::model::{CalendarSpan, CalendarUnit, Clock, ColumnId, Diagnostic, KindId, Ranges, RowSet, Span};
use crate::syntax::ast::CompareOp;

/// A condition of the sentence, by its position in [`Prepared::conditions`].
pub type ConditionId = usize;

/// A sentence, ready to run against the book that it was resolved for.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Whom it is about.
    pub universe: Universe,
    /// Who matches.
    pub filter: Plan,
    /// Where each condition stands in the source.
    pub conditions: Vec<Span>,
    /// The subsets taken of those who match, in order.
    pub subsets: Vec<Subset>,
    /// What to answer with.
    pub answer: Answer,
    /// What is worth knowing.
    pub notes: Vec<Diagnostic>,
    /// The query's clock.
    pub clock: Clock,
}

/// A filter over the rows of one table.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Every row.
    All,
    /// No row.
    Nothing,
    /// The rows that the part leaves out.
    Not(Box<Plan>),
    /// Rows in all parts.
    And(Vec<Plan>),
    /// Rows in any part.
    Or(Vec<Plan>),
    /// A condition on one column of the table.
    Test {
        /// The column.
        column: ColumnId,
        /// What must hold of its value.
        predicate: Predicate,
        /// Which words said so.
        id: ConditionId,
    },
    /// Contacts by their records of one kind. On contacts alone.
    Records(Box<Records>),
    /// Contacts by the order of their records. On contacts alone.
    Sequence(Box<SequencePlan>),
    /// Contacts known by e-mail as a visitor that matches. On contacts alone.
    Visitors {
        /// Over the visitors.
        filter: Box<Plan>,
        /// Which words said so.
        id: ConditionId,
    },
    /// These rows: a list file's.
    Rows {
        /// Over the whole table.
        rows: Arc<RowSet>,
        /// What the file lists, known to the book or not; sorted.
        keys: Arc<[String]>,
        /// Which words said so.
        id: ConditionId,
    },
}

/// A positive condition on one column; a missing value fails it, but for the first two.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// `is empty`: null, the empty text, the empty list.
    Empty,
    /// No value at all (null).
    Missing,
    /// The key of a number, day or instant lies in these.
    Keys(Ranges<i64>),
    /// The text, or some element of the list.
    Text(TextTest),
    /// The number of elements of a list lies in these; null has none.
    Length(Ranges<i64>),
    /// Yes or no.
    Flag(bool),
    /// This column against another of the same table; missing on either side fails.
    ///
    /// Numbers compare exactly across kinds; text lower-cased and only by `=`; flags only by `=`; an instant
    /// meets a day by its own day in the zone of the query.
    Field(CompareOp, ColumnId),
}

/// A condition on a text, decided once a distinct value.
#[derive(Debug, Clone)]
pub enum TextTest {
    /// Equal to any of them.
    OneOf {
        /// Already lower-cased: compared with the lower-cased text.
        folded: Vec<String>,
        /// Compared with the text as it stands.
        cased: Vec<String>,
    },
    /// Has it within. The needle is lower-cased unless `cased`.
    Contains {
        /// What to look for.
        needle: String,
        /// Compared as it stands.
        cased: bool,
    },
    /// Begins with it.
    StartsWith {
        /// What to look for.
        needle: String,
        /// Compared as it stands.
        cased: bool,
    },
    /// Ends with it.
    EndsWith {
        /// What to look for.
        needle: String,
        /// Compared as it stands.
        cased: bool,
    },
    /// A regex searches it: against the lower-cased text if `folded`, else the original (a `matches` without case has the flag itself).
    ///
    /// `like` patterns come as anchored regexes of escaped text, `.*` and `.` with line breaks in.
    Matches {
        /// The compiled regex.
        regex: Regex,
        /// Whether the lower-cased text is searched.
        folded: bool,
        /// Whether the regex minds case: its text doesn't tell.
        cased: bool,
    },
}

impl TextTest {
    /// Whether it looks at a text as it stands; of others the lower-cased one is enough.
    #[must_use]
    pub fn reads_original(&self) -> bool {
        match self {
            Self::OneOf { cased, .. } => !cased.is_empty(),
            Self::Contains { cased, .. } | Self::StartsWith { cased, .. } | Self::EndsWith { cased, .. } => *cased,
            Self::Matches { folded, .. } => !folded,
        }
    }

    /// Whether a text, given as it stands and lower-cased, passes.
    #[must_use]
    pub fn holds(&self, original: &str, folded: &str) -> bool {
        let pick = |cased: bool| if cased { original } else { folded };
        match self {
            Self::OneOf { folded: lower, cased } => {
                lower.binary_search_by(|it| it.as_str().cmp(folded)).is_ok()
                    || cased.binary_search_by(|it| it.as_str().cmp(original)).is_ok()
            }
            Self::Contains { needle, cased } => {
                memchr::memmem::find(pick(*cased).as_bytes(), needle.as_bytes()).is_some()
            }
            Self::StartsWith { needle, cased } => pick(*cased).starts_with(needle),
            Self::EndsWith { needle, cased } => pick(*cased).ends_with(needle),
            Self::Matches { regex, folded, .. } => regex.is_match(pick(!*folded)),
        }
    }
}

/// Contacts by their records of one kind.
#[derive(Debug, Clone)]
pub struct Records {
    /// The kind.
    pub kind: KindId,
    /// Which records, over the kind's table: window and `where` in one.
    pub filter: Plan,
    /// What must hold of them.
    pub measure: Measure,
    /// Which words said so.
    pub id: ConditionId,
}

/// What must hold of a contact's records.
#[derive(Debug, Clone)]
pub enum Measure {
    /// Their number lies in these; none counts as 0.
    Count(Ranges<i64>),
    /// The number of distinct present values of a column (text lower-cased) lies in these.
    CountDistinct {
        /// The column.
        column: ColumnId,
        /// The numbers that pass.
        counts: Ranges<i64>,
    },
    /// An aggregate of a column passes a test.
    Aggregate {
        /// The function.
        function: Aggregate,
        /// The column.
        column: ColumnId,
        /// What must hold.
        test: ValueTest,
    },
}

/// The aggregates of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// The exact sum; 0 of none. Only of numbers.
    Sum,
    /// The exact mean; missing of none. Only of numbers.
    Avg,
    /// The smallest present value (of text by [`crate::model::folded_cmp`]); missing of none.
    Min,
    /// The largest present value; missing of none.
    Max,
    /// The value on the earliest record, of equal times the smallest; missing where that record has none.
    First,
    /// The value on the latest record, of equal times the largest; missing where that record has none.
    Last,
}

impl Aggregate {
    /// As the language calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
        }
    }
}

/// A test of an aggregated value; a missing one fails all but [`ValueTest::Missing`].
#[derive(Debug, Clone)]
pub enum ValueTest {
    /// The value is missing (or, of a text, empty; of a list cannot be asked).
    Missing,
    /// Of a number by `min`, `max`, `first`, `last`, of a day or instant: the key lies in these.
    /// Of the sum or mean of doubles: [`crate::model::float_key`] of the rounded result lies in these.
    Keys(Ranges<i64>),
    /// Of a sum of integers or decimals: the exact sum in units of the column's scale lies in these.
    Sum(Ranges<i128>),
    /// Of a mean of integers or decimals: it lies in any of these, each bound inclusive or not, none for open.
    Mean(Vec<(MeanBound, MeanBound)>),
    /// Of a text.
    Text(TextTest),
    /// Of a yes/no.
    Flag(bool),
}

/// One end of a range of means: the number, and whether it is in. None is no end.
pub type MeanBound = Option<(BigDecimal, bool)>;

/// `did a then b within d`: some record of each step comes after one of the step before by more than zero and at most `within`.
#[derive(Debug, Clone)]
pub struct SequencePlan {
    /// At least two.
    pub steps: Vec<SequenceStep>,
    /// None if any later time will do.
    pub within: Option<Within>,
    /// Which words said so.
    pub id: ConditionId,
}

/// The longest time from one step to the next: days and longer on the calendar of the query's zone.
pub type Within = CalendarSpan;

/// One step of a [`SequencePlan`].
#[derive(Debug, Clone)]
pub struct SequenceStep {
    /// The kind.
    pub kind: KindId,
    /// Over the kind's table.
    pub filter: Plan,
}

/// A field that can be shown, grouped or ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldRef {
    /// A column.
    Column(ColumnId),
    /// The stage of those who aren't lost, or `lost`; on contacts alone.
    Funnel,
}

/// A subset taken of those who match.
#[derive(Debug, Clone)]
pub enum Subset {
    /// `sample`
    Sample(Sample),
    /// `top`
    Top(Top),
}

/// `sample …`: by XXH3-64 of the seed and the key.
#[derive(Debug, Clone)]
pub struct Sample {
    /// How many, or which share.
    pub size: SampleSize,
    /// The seed.
    pub seed: u64,
    /// From each group of this field.
    pub per: Option<FieldRef>,
}

/// How large a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleSize {
    /// The rows of the `n` smallest hashes.
    Rows(u64),
    /// The rows whose hash is below this; 2^64 is all.
    Below(u128),
}

/// `top n by f`: the `n` largest, missing last, ties by key.
#[derive(Debug, Clone)]
pub struct Top {
    /// How many.
    pub n: u64,
    /// By which field.
    pub by: FieldRef,
    /// Its header.
    pub name: String,
}

/// `by f [, g] [top n]`
#[derive(Debug, Clone)]
pub struct GroupBy {
    /// One or two: the field, its calendar unit if any, its header.
    pub keys: Vec<(FieldRef, Option<CalendarUnit>, String)>,
    /// Only the largest.
    pub top: Option<u64>,
}

/// `order by f desc`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    /// By which field.
    pub field: FieldRef,
    /// Largest first; missing last in either direction.
    pub descending: bool,
}

/// `export "file" columns …`
#[derive(Debug, Clone)]
pub struct Export {
    /// As written: relative to the working directory.
    pub path: String,
    /// Field and header; at least one.
    pub columns: Vec<(FieldRef, String)>,
    /// An existing file may be replaced.
    pub overwrite: bool,
}

/// `save "name"`
#[derive(Debug, Clone)]
pub struct Save {
    /// The display name.
    pub name: String,
    /// An existing one may be replaced.
    pub overwrite: bool,
    /// The filter's words, `from visitors` included.
    pub definition: String,
}

/// What a query answers with.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A bare filter, or `count`.
    Count {
        /// The step stood there.
        said: bool,
    },
    /// The people, as after `sample` or `top`: fields and headers.
    People,
    /// `by`
    By(GroupBy),
    /// `show`
    Show {
        /// Field and header.
        columns: Vec<(FieldRef, String)>,
        /// In this order, then by key.
        order: Vec<OrderBy>,
        /// At most so many.
        limit: Option<u64>,
        /// Leaving out so many first.
        offset: u64,
    },
    /// `stats`
    Stats(FieldRef, String),
    /// `histogram`
    Histogram {
        /// Of which field.
        field: FieldRef,
        /// Its header.
        name: String,
        /// How many bins.
        bins: u64,
    },
    /// `funnel`
    Funnel,
    /// `journey`, with the moves that count: over the records of kind `stage_change`.
    Journey(Plan),
    /// `events`
    Events,
    /// `audiences`
    Audiences,
    /// `save`
    Save(Save),
    /// `export`
    Export(Export),
}

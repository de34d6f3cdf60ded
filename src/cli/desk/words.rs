//! The words of the language, by where they stand.

/// What a condition may begin with, besides fields and segments.
pub(super) const CONDITIONS: &[&str] = &[
    "not",
    "did",
    "everyone",
    "nobody",
    "registered for",
    "attended",
    "moved to",
    "moved from",
    "became lost",
    "lost from",
    "visitor of",
    "push",
    "segment",
    "count(",
    "sum(",
    "avg(",
    "min(",
    "max(",
    "first(",
    "last(",
];
/// What a condition on a record, or a visitor, may begin with.
pub(super) const CONDITIONS_WITHIN: &[&str] = &["not"];
/// Functions over records.
pub(super) const TOTALS: &[&str] = &["count", "sum", "avg", "min", "max", "first", "last"];
/// What follows a condition.
pub(super) const JOINERS: &[&str] = &["and", "or", "|", ";"];
/// What follows the unit of a window on a field.
pub(super) const AGO_OR_JOINERS: &[&str] = &["ago", "and", "or", "|", ";"];
/// What follows a kind: how many, when, which; the next step; the next condition.
pub(super) const WHICH: &[&str] = &[
    "at least",
    "at most",
    "exactly",
    "more than",
    "fewer than",
    "once",
    "twice",
    "in last",
    "in this",
    "before",
    "after",
    "on",
    "since",
    "between",
    "where",
    "then",
    "within",
    "and",
    "or",
    "|",
    ";",
];
/// What follows a kind within the brackets of a total.
pub(super) const WHICH_OF_TOTAL: &[&str] =
    &["in last", "in this", "before", "after", "on", "since", "between", "where", ")"];
/// Windows of time.
pub(super) const WINDOWS: &[&str] = &["in last", "in next", "in this", "before", "after", "on", "since", "between"];
/// What follows the `in` of a window.
pub(super) const DIRECTIONS: &[&str] = &["last", "next", "this"];
/// Lengths and stretches of time.
pub(super) const UNITS: &[&str] = &[
    "days", "weeks", "months", "quarters", "years", "hours", "minutes", "seconds", "day", "week", "month", "quarter",
    "year", "hour", "minute", "second",
];
/// What follows a number after `did`.
pub(super) const TIMES_OR_UNITS: &[&str] =
    &["times", "days", "weeks", "months", "quarters", "years", "hours", "minutes"];
/// Values of dates.
pub(super) const MOMENTS: &[&str] = &["today", "yesterday", "tomorrow", "now"];
/// What follows the fields of `by`.
pub(super) const AFTER_GROUP: &[&str] = &["top", ";"];
/// What follows the fields of `show`.
pub(super) const AFTER_SHOWN: &[&str] = &["order by", "limit", "offset", ";"];
/// Calendar units that `by` takes.
pub(super) const CALENDAR: &[&str] = &["day(", "week(", "month(", "quarter(", "year("];

/// Operators of text.
pub(super) const OF_TEXT: &[&str] = &[
    "=",
    "!=",
    "in (",
    "contains",
    "starts with",
    "ends with",
    "like",
    "matches",
    "is empty",
    "is not empty",
    "not in (",
    "not contains",
];
/// Operators of stages.
pub(super) const OF_STAGES: &[&str] =
    &["=", "!=", "in (", "<", "<=", ">", ">=", "between", "is empty", "is not empty", "not in ("];
/// Operators of numbers.
pub(super) const OF_NUMBERS: &[&str] =
    &["=", "!=", "<", "<=", ">", ">=", "between", "in (", "is empty", "is not empty", "not between"];
/// Operators of dates and times.
pub(super) const OF_DATES: &[&str] = &[
    "in last",
    "in next",
    "in this",
    "before",
    "after",
    "on",
    "since",
    "between",
    "more than",
    "not in last",
    "anniversary",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "is empty",
    "is not empty",
];
/// Operators of yes/no.
pub(super) const OF_FLAGS: &[&str] = &["=", "and", "or", "is empty", "is not empty", "|", ";"];
/// Operators of lists.
pub(super) const OF_LISTS: &[&str] = &[
    "contains",
    "=",
    "!=",
    "in (",
    "all (",
    "none (",
    "not contains",
    "starts with",
    "ends with",
    "like",
    "is empty",
    "is not empty",
];

//! Slips of what records say: order, sequences, totals.

use super::{Gap, brief, expected};
use crate::model::{Code, Diagnostic, Span};
use crate::syntax::ast::TotalFunction;

/// `sorted` are the sentence's own words in the right order.
pub(in crate::syntax) fn record_order(span: Span, sorted: &str) -> Diagnostic {
    Diagnostic::error(Code::RecordOrder, span, "count, window and `where` stand in this order")
        .help(format!("write `{sorted}`"))
}

pub(in crate::syntax) fn brackets_after_record(gap: &Gap, words: &str) -> Diagnostic {
    expected(Code::RecordOrder, gap, "a count, a window of time, `where`, `and` or `or`")
        .help(format!("properties of the record are asked after `where`: `where {}`", brief(words)))
}

pub(in crate::syntax) fn two_counts(span: Span, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(Code::RecordOrder, span, format!("a second count `{}` after `{}`", brief(second), brief(first)))
        .help("write one count; both ends at once are `between 2 and 4 times`".to_owned())
}

pub(in crate::syntax) fn two_windows(span: Span, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(Code::RecordOrder, span, format!("a second window `{}` after `{}`", brief(second), brief(first)))
        .help(format!("ask for both after `where`: `where (at {} and at {})`", brief(first), brief(second)))
}

pub(in crate::syntax) fn two_wheres(span: Span) -> Diagnostic {
    Diagnostic::error(Code::RecordOrder, span, "a second `where`")
        .help("one `where` takes several conditions in brackets: `where (amount > 50 and sku = \"A\")`".to_owned())
}

pub(in crate::syntax) fn missing_times(gap: &Gap, count: &str) -> Diagnostic {
    expected(Code::ExpectedTimes, gap, &format!("`times` after `{}`", brief(count)))
        .help(format!("write `{} times`", brief(count)))
}

/// `rest` is the sequence from its first kind on.
pub(in crate::syntax) fn not_in_sequence(span: Span, rest: &str) -> Diagnostic {
    Diagnostic::error(Code::InSequence, span, "`not` stands before a whole sequence, not inside it")
        .help(format!("write `not did {rest}`"))
}

pub(in crate::syntax) fn window_in_sequence(span: Span, window: &str, kind: &str, filter: Option<&str>) -> Diagnostic {
    let filter = match filter {
        Some(filter) => format!("where (at {window} and {filter})"),
        None => format!("where at {window}"),
    };
    Diagnostic::error(Code::InSequence, span, "a window of time can't stand in a sequence of `then`")
        .help(format!("ask for the record's time: `{kind} {filter}`"))
}

pub(in crate::syntax) fn count_in_sequence(span: Span, count: &str, kind: &str) -> Diagnostic {
    Diagnostic::error(
        Code::InSequence,
        span,
        format!("a count can't stand in a sequence of `then`: `{}`", brief(count)),
    )
    .help(format!("leave it out, or join a condition of its own: `did {kind} {} and …`", brief(count)))
}

pub(in crate::syntax) fn within_without_then(span: Span, within: &str) -> Diagnostic {
    let duration = within.get("within".len()..).unwrap_or_default().trim();
    let duration = duration.to_ascii_lowercase();
    let duration = ["last ", "the last "].iter().find_map(|it| duration.strip_prefix(it)).unwrap_or(&duration);
    Diagnostic::error(Code::WithinWithoutThen, span, "`within` needs a sequence: `did a then b within 7 days`")
        .help(format!("a window of time reads `in last {}`", brief(duration)))
}

pub(in crate::syntax) fn direction_after_within(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(Code::NeedlessWord, span, format!("`{words}` doesn't stand after `within`"))
        .help("leave it out: `did a then b within 7 days`".to_owned())
}

pub(in crate::syntax) fn within_stands_last(span: Span, words: &str, within: &str) -> Diagnostic {
    Diagnostic::error(Code::RecordOrder, span, "`within` stands last in a sequence").help(format!(
        "write `{} {}`",
        brief(words),
        brief(within)
    ))
}

pub(in crate::syntax) fn word_after_then(span: Span, word: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(Code::ExpectedName, span, format!("expected a kind of record after `then`, found `{word}`"));
    if word.eq_ignore_ascii_case("did") {
        return diagnostic.help("leave `did` out: `did a then b`".to_owned());
    }
    diagnostic.help("a sequence that didn't happen is `not did a then b`".to_owned())
}

pub(in crate::syntax) fn moved_twice(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(Code::RecordOrder, span, format!("a second `{word}` in one `moved`"))
        .help("write `moved from engaged to customer`".to_owned())
}

pub(in crate::syntax) fn only_a_window(span: Span, words: &str, form: &str) -> Diagnostic {
    Diagnostic::error(
        Code::RecordOrder,
        span,
        format!("`{form}` takes one window of time and nothing else, found `{}`", brief(words)),
    )
    .help(
        "counts and `where` go with the record itself: `did stage_change at least 2 times where to_stage = customer`"
            .to_owned(),
    )
}

pub(in crate::syntax) fn only_a_where(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(
        Code::RecordOrder,
        span,
        format!("`visitor of` takes one `where` and nothing else, found `{}`", brief(words)),
    )
    .help(
        "a time is asked of a visitor's property: `visitor of \"Checkout\" where last_seen in last 90 days`".to_owned(),
    )
}

pub(in crate::syntax) fn distinct_outside_count(span: Span, function: &str) -> Diagnostic {
    Diagnostic::error(Code::NeedlessWord, span, format!("`distinct` stands in `count` alone, not in `{function}`"))
        .help("write `count(distinct purchase.sku)`, or leave `distinct` out".to_owned())
}

pub(in crate::syntax) fn total_of_what(gap: &Gap, function: &str) -> Diagnostic {
    let example =
        if function == "count" { "count(purchase)".to_owned() } else { format!("{function}(purchase.amount)") };
    expected(Code::ExpectedName, gap, "a kind of record and its property in the brackets")
        .help(format!("write `{example}`"))
}

pub(in crate::syntax) fn total_junk(span: Span, words: &str) -> Diagnostic {
    let first = words.split_whitespace().next().unwrap_or_default();
    let span = Span { end: (span.start + first.len()).min(span.end), ..span };
    let diagnostic = Diagnostic::error(
        Code::ExpectedBracket,
        span,
        format!("expected `)`, a window of time or `where` in the total, found `{}`", brief(first)),
    );
    let lower = first.to_ascii_lowercase();
    if matches!(lower.as_str(), "and" | "or" | "&&" | "||") {
        return diagnostic.help(
            "more than one condition after `where` stands in brackets of its own: `where (a = 1 and b = 2)`".to_owned(),
        );
    }
    if first.starts_with(['=', '<', '>', '!']) {
        return diagnostic.help("the total is compared behind its bracket; the record's properties follow `where`: `sum(purchase.amount where amount > 50) > 500`".to_owned());
    }
    diagnostic.help("a total reads `sum(purchase.amount in last 90 days where sku = \"A\")`".to_owned())
}

pub(in crate::syntax) fn count_of_property(span: Span, of: &str, property: &str) -> Diagnostic {
    Diagnostic::error(
        Code::ExpectedProperty,
        span,
        format!("`count` takes a list or a kind of record, not a property: `{of}.{property}`"),
    )
    .help(format!("write `count({of})` for the records, `count(distinct {of}.{property})` for different values"))
}

pub(in crate::syntax) fn property_missing(span: Span, word: &str, function: TotalFunction, of: &str) -> Diagnostic {
    let distinct = if function == TotalFunction::CountDistinct { "distinct " } else { "" };
    let property = match function {
        TotalFunction::First | TotalFunction::Last => "at",
        TotalFunction::Count
        | TotalFunction::CountDistinct
        | TotalFunction::Sum
        | TotalFunction::Avg
        | TotalFunction::Min
        | TotalFunction::Max => "amount",
    };
    Diagnostic::error(
        Code::ExpectedProperty,
        span,
        format!("expected a property after `{}`: which one of the record?", brief(of)),
    )
    .help(format!("write `{word}({distinct}{of}.{property})`, with the property's name after the dot"))
}

pub(in crate::syntax) fn count_in_total(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(Code::RecordOrder, span, format!("a total takes no count, found `{}`", brief(words)))
        .help("in a total stand a window of time and `where`; how often is `count(purchase) >= 3`".to_owned())
}

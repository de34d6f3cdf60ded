//! Slips of the steps after `|`.

use super::{Gap, brief, expected};
use crate::model::{Code, Diagnostic, Span, nearest};
use crate::syntax::is_reserved;

/// The words that steps begin with.
pub const STEPS: [&str; 13] = [
    "count",
    "by",
    "show",
    "stats",
    "histogram",
    "funnel",
    "journey",
    "events",
    "audiences",
    "sample",
    "top",
    "save",
    "export",
];

pub(in crate::syntax) fn unknown_step(span: Span, word: &str) -> Diagnostic {
    let lower = word.to_ascii_lowercase();
    let meant = match lower.as_str() {
        "group" | "groupby" => Some("by"),
        "select" | "list" | "display" | "print" | "columns" => Some("show"),
        "order" | "sort" | "limit" | "offset" => Some("show email order by age limit 10"),
        "size" | "total" => Some("count"),
        "random" => Some("sample"),
        "write" | "download" => Some("export"),
        "where" | "filter" | "and" | "or" => None,
        _ => nearest(word, STEPS).first().copied(),
    };
    let diagnostic = Diagnostic::error(Code::UnknownStep, span, format!("unknown step `{}`", brief(word)));
    if matches!(lower.as_str(), "where" | "filter" | "and" | "or") {
        return diagnostic.help("conditions stand before the first `|`, joined by `and` or `or`".to_owned());
    }
    diagnostic.help(meant.map(|it| format!("nearest step is `{it}`"))).help(format!("steps are {}", STEPS.join(", ")))
}

pub(in crate::syntax) fn expected_step(gap: &Gap) -> Diagnostic {
    expected(Code::UnknownStep, gap, "a step after `|`").help(format!("steps are {}", STEPS.join(", ")))
}

pub(in crate::syntax) fn step_junk(span: Span, words: &str, step: &str) -> Diagnostic {
    let first = words.split_whitespace().next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    let span = Span { end: (span.start + first.len()).min(span.end), ..span };
    let more = match step {
        "by" => "`,` and a second field, `top`, `|` or the end",
        "show" => "`,` and a field, `order by`, `limit`, `offset`, `|` or the end",
        "histogram" => "`bins`, `|` or the end",
        "sample" => "`%`, `seed`, `per`, `|` or the end",
        "journey" => "a window of time, `|` or the end",
        "save" => "`overwrite`, `|` or the end",
        "export" => "`columns`, `overwrite`, `|` or the end",
        _ => "`|` or the end",
    };
    let diagnostic =
        Diagnostic::error(Code::ExpectedStepEnd, span, format!("expected {more}, found `{}`", brief(first)));
    match (step, lower.as_str()) {
        (_, "where" | "and" | "or") => diagnostic.help("conditions stand before the first `|`".to_owned()),
        ("by", "limit") => diagnostic.help("the largest groups are `top 5`".to_owned()),
        ("show", "order") | (_, "order") => diagnostic.help("rows are ordered by `show email order by age`".to_owned()),
        ("export", "columns" | "overwrite") => {
            diagnostic.help("`overwrite` stands last: `export \"out.csv\" columns email overwrite`".to_owned())
        }
        ("journey", "last" | "next" | "this") => diagnostic.help(format!("write `journey in {}`", brief(words))),
        ("sample", "percent" | "per-cent") => diagnostic.help("a share is written with `%`: `sample 10%`".to_owned()),
        ("histogram", _) if first.bytes().all(|b| b.is_ascii_digit()) => {
            diagnostic.help(format!("write `bins {first}`"))
        }
        ("count", _) => diagnostic.help("`count` stands alone; groups are counted by `by city`".to_owned()),
        ("save" | "export", _) => {
            diagnostic.help(format!("a name with blanks or signs stands in quotes: `{step} \"…\"`"))
        }
        _ if STEPS.contains(&lower.as_str()) => {
            diagnostic.help(format!("another step stands after `|`: `| {}`", brief(words)))
        }
        ("show" | "by", _) if first.starts_with(|c: char| c.is_alphabetic()) => {
            diagnostic.help(format!("fields have commas between them: `, {first}`"))
        }
        _ => diagnostic,
    }
}

pub(in crate::syntax) fn expected_field(gap: &Gap, after: &str) -> Diagnostic {
    let diagnostic = expected(Code::ExpectedField, gap, &format!("a field after `{}`", brief(after)));
    let found = gap.found.trim_matches('`');
    if is_reserved(found) {
        return diagnostic
            .help(format!("`{found}` is reserved; a field of this name stands in backticks: `` `{found}` ``"));
    }
    let text = found.starts_with(['"', '\'']);
    diagnostic.help(text.then(|| format!("a field's name stands in backticks: `{}`", found.trim_matches(['"', '\'']))))
}

pub(in crate::syntax) fn third_key(span: Span) -> Diagnostic {
    Diagnostic::error(Code::StepTooLarge, span, "`by` takes one or two fields, this is one too many")
        .help("leave it out".to_owned())
}

pub(in crate::syntax) fn unknown_calendar_unit(span: Span, words: &str) -> Diagnostic {
    const UNITS: [&str; 5] = ["day", "week", "month", "quarter", "year"];
    let (name, inner) = words.split_once('(').unwrap_or((words, ")"));
    let near = nearest(name, UNITS).first().map(|near| format!("nearest is `{near}({}`", brief(inner)));
    Diagnostic::error(Code::ExpectedUnit, span, format!("unknown calendar unit `{}`", brief(name)))
        .help(near)
        .help(format!("units are {}", UNITS.join(", ")))
}

pub(in crate::syntax) fn one_field_in_brackets(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(Code::ExpectedBracket, span, format!("expected `)` after the field, found `{}`", brief(words)))
}

pub(in crate::syntax) fn clause_twice(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(Code::StepOrder, span, format!("a second `{word}` in one step")).help("leave one out".to_owned())
}

pub(in crate::syntax) fn order_after_limit(span: Span, limit: &str, order: &str) -> Diagnostic {
    Diagnostic::error(Code::StepOrder, span, "`order by` stands before `limit` and `offset`").help(format!(
        "write `{} {}`",
        brief(order),
        brief(limit)
    ))
}

/// A step behind the one that answers.
pub(in crate::syntax) fn after_answering_step(span: Span, word: &str, first: &str, limits: bool) -> Diagnostic {
    if limits {
        return Diagnostic::error(
            Code::StepOrder,
            span,
            format!("`{word}` stands before the answering step `{first}`"),
        )
        .help(format!("write `| {word} … | {first} …`"));
    }
    Diagnostic::error(Code::TwoAnswers, span, format!("a second answering step `{word}` after `{first}`"))
        .help("one sentence answers once: leave one step out".to_owned())
}

pub(in crate::syntax) fn save_after_limit(span: Span, step: &str) -> Diagnostic {
    Diagnostic::error(
        Code::SaveSubset,
        span,
        format!("after `{step}` nothing can be saved: some of the people are no definition"),
    )
    .help(format!("save the filter without `{step}`, or keep the people with `export \"people.csv\"`"))
}

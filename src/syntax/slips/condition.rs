//! Slips of conditions: operators, windows, what stands in a field's place.

use super::{Gap, brief, expected, is_one_word, quoted};
use crate::model::{Code, Diagnostic, Span, nearest};

const FUNCTIONS: [&str; 7] = ["count", "sum", "avg", "min", "max", "first", "last"];

/// Words that no condition begins with.
pub(in crate::syntax) fn broken(gap: &Gap, words: &str) -> Diagnostic {
    let first = gap.found.trim_matches('`');
    let diagnostic = expected(Code::ExpectedCondition, gap, "a condition");
    let lower = first.to_ascii_lowercase();
    match lower.as_str() {
        "where" => diagnostic.help("a filter begins without `where`: leave it out".to_owned()),
        "then" | "within" => {
            diagnostic.help("`then` and `within` follow `did`: `did a then b within 7 days`".to_owned())
        }
        "in" | "is" | "between" | "cased" => diagnostic
            .help(format!("`{lower}` follows a field, as in `{}`", example(&lower)))
            .help(format!("it is reserved; a field of this name stands in backticks: `` `{first}` ``")),
        "," => diagnostic.help("conditions are joined by `and` or `or`".to_owned()),
        "*" => diagnostic.help("`everyone` asks for all".to_owned()),
        _ if first.starts_with(['=', '<', '>', '!', '~']) => {
            diagnostic.help(format!("a field stands before `{first}`, as in `status = active`"))
        }
        _ => diagnostic.help(
            (words.len() < 40 && words.starts_with(['/', '%', '$', '&']))
                .then(|| "a condition begins with a field, `did`, `everyone`, `@segment`, `not` or `(`".to_owned()),
        ),
    }
}

fn example(word: &str) -> &'static str {
    match word {
        "in" => "status in (active, pending)",
        "is" => "city is empty",
        "between" => "age between 18 and 30",
        _ => "city = cased \"Bandung\"",
    }
}

pub(in crate::syntax) fn expected_tag(gap: &Gap) -> Diagnostic {
    let found = gap.found.trim_matches('`');
    let text = found.starts_with(['"', '\'']);
    expected(Code::ExpectedName, gap, "a segment's tag after `@`, such as `@vip`")
        .help(text.then(|| format!("a segment's display name follows `segment`: `segment {}`", brief(found))))
}

pub(in crate::syntax) fn reserved_field(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(Code::ReservedWord, span, format!("expected a field, found the reserved word `{word}`"))
        .help(format!("a field of this name stands in backticks: `` `{word}` ``"))
}

/// A literal where a field must stand; `rest` is the comparison behind it.
pub(in crate::syntax) fn value_first(span: Span, literal: &str, rest: Option<&str>) -> Diagnostic {
    let quoted_text = literal.starts_with(['"', '\'']);
    let what = if quoted_text { "a text in quotes" } else { "a value" };
    let diagnostic =
        Diagnostic::error(Code::ExpectedField, span, format!("expected a field, found {what}: {}", brief(literal)));
    let swapped = rest.and_then(|rest| {
        let sign = rest.find(|c| !matches!(c, '=' | '<' | '>' | '!'))?;
        let (sign, right) = rest.split_at(sign);
        let sign = match sign {
            "<" => ">",
            ">" => "<",
            "<=" => ">=",
            ">=" => "<=",
            other => other,
        };
        let is_name = is_one_word(right.trim()) && !right.trim().starts_with(|c: char| c.is_ascii_digit());
        is_name.then(|| format!("the field stands first: `{} {sign} {}`", right.trim(), brief(literal)))
    });
    let name = literal.trim_matches(['"', '\'']);
    let diagnostic = diagnostic.help(
        (quoted_text && rest.is_none()).then(|| format!("a saved segment is named by `segment {}`", brief(literal))),
    );
    diagnostic
        .help(swapped)
        .help(quoted_text.then(|| format!("a field's name with blanks stands in backticks: `{name}`")))
}

pub(in crate::syntax) fn unknown_function(span: Span, name: &str, words: &str) -> Diagnostic {
    let lower = name.to_ascii_lowercase();
    let near = match lower.as_str() {
        "average" | "mean" => Some("avg"),
        "total" => Some("sum"),
        "minimum" | "earliest" => Some("min"),
        "maximum" | "latest" => Some("max"),
        "length" | "size" | "len" => Some("count"),
        _ => nearest(name, FUNCTIONS).first().copied(),
    };
    let inside = words.split_once('(').map_or("", |it| it.1);
    Diagnostic::error(Code::UnknownFunction, span, format!("unknown function `{name}`"))
        .help(near.map(|near| format!("nearest is `{near}({}`", brief(inside))))
        .help(format!(
            "functions are {}; as a field, `{name}` needs an operator such as `=`, or `and` after it",
            FUNCTIONS.join(", ")
        ))
}

pub(in crate::syntax) fn expected_operator_after_total(gap: &Gap, total: &str) -> Diagnostic {
    expected(Code::ExpectedOperator, gap, "an operator such as `>=` after the total")
        .help(format!("compare it: `{} >= 1`", brief(total)))
}

pub(in crate::syntax) fn not_before_sign(span: Span, words: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::MisplacedNot, span, "`not` can't stand before a sign");
    match words.strip_prefix('=') {
        Some(value) => diagnostic.help(format!("write `!= {}`", brief(value.trim()))),
        None => diagnostic.help("put `not` before the whole condition: `not age > 30`".to_owned()),
    }
}

/// A comparison sign of another language.
pub(in crate::syntax) fn foreign_sign(span: Span, sign: &str) -> Diagnostic {
    let own = match sign {
        "=<" | "≤" => "<=",
        "=>" | "≥" => ">=",
        "=!" | "≠" | "!==" => "!=",
        "~" | "=~" => "matches",
        "!~" => "not matches",
        _ => "=",
    };
    Diagnostic::error(Code::UnknownOperator, span, format!("`{sign}` is no operator")).help(format!("write `{own}`"))
}

/// `is` with something other than `empty` behind it.
pub(in crate::syntax) fn is_what(is: Span, what: Span, negated: bool, words: &str) -> Diagnostic {
    let not = if negated { "not " } else { "" };
    let lower = words.to_ascii_lowercase();
    if ["null", "none", "nil", "missing", "blank", "unset", "undefined", "nothing"].contains(&lower.as_str()) {
        return Diagnostic::error(Code::AfterIs, what, format!("`is {not}{words}` is written `is {not}empty`"))
            .help(format!("write `is {not}empty`"));
    }
    if lower.starts_with("in ") || lower.starts_with("in(") {
        return Diagnostic::error(Code::AfterIs, is, "`is` stands before `empty` alone")
            .help(format!("leave `is` out: `{not}{}`", brief(words)));
    }
    let sign = if negated { "!=" } else { "=" };
    Diagnostic::error(Code::AfterIs, is, format!("expected `empty` after `is`, found `{}`", brief(words)))
        .help(format!("compare with a sign: `{sign} {}`", brief(words)))
}

pub(in crate::syntax) fn any_of(span: Span, list: &str) -> Diagnostic {
    Diagnostic::error(Code::UnknownOperator, span, "any of several values is asked with `in`")
        .help(format!("write `in {}`", brief(list)))
}

pub(in crate::syntax) fn list_after_match(span: Span, operator: &str, list: &str) -> Diagnostic {
    Diagnostic::error(Code::ExpectedValue, span, format!("expected one value after `{operator}`, found a list"))
        .help(format!("whole values are asked with `in {}`; parts are joined by `or`", brief(list)))
}

pub(in crate::syntax) fn between_brackets(span: Span, list: &str) -> Diagnostic {
    let inner = list.trim_start_matches('(').trim_end_matches(')');
    let mut ends = inner.split(',').map(str::trim);
    let (from, to) = (ends.next().unwrap_or("18"), ends.next().unwrap_or("30"));
    Diagnostic::error(
        Code::ExpectedJoiner,
        span,
        "the ends of `between` stand without brackets, with `and` between them",
    )
    .help(format!("write `between {} and {}`", brief(from), brief(to)))
}

pub(in crate::syntax) fn between_without_and(gap: &Gap, from: &str, to: Option<&str>) -> Diagnostic {
    expected(Code::ExpectedJoiner, gap, "`and` between the ends of `between`").help(format!(
        "write `between {} and {}`",
        brief(from),
        to.map_or("…".to_owned(), brief)
    ))
}

pub(in crate::syntax) fn in_days(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(Code::ExpectedWindow, span, format!("`in {words}` is one moment, and no stretch of time"))
        .help(format!("write `in next {words}` or `in last {words}`; the day itself is `on in {words}`"))
}

pub(in crate::syntax) fn expected_anniversary(gap: &Gap) -> Diagnostic {
    expected(Code::ExpectedWindow, gap, "a stretch of time after `anniversary`").help(
        "write `anniversary in next 7 days`, `anniversary in this month` or `anniversary on 2026-11-20`".to_owned(),
    )
}

/// `more than 30` without a unit.
pub(in crate::syntax) fn more_than_number(gap: &Gap, number: &str) -> Diagnostic {
    expected(Code::ExpectedUnit, gap, &format!("`times`, or a unit and `ago`, after `more than {number}`"))
        .help(format!("a number is compared with a sign: `> {number}`"))
        .help(format!("a time that has passed: `more than {number} days ago`; how often: `more than {number} times`"))
}

pub(in crate::syntax) fn missing_ago(gap: &Gap, duration: &str) -> Diagnostic {
    expected(Code::ExpectedWindow, gap, &format!("`ago` after `more than {}`", brief(duration)))
        .help(format!("write `more than {} ago`", brief(duration)))
}

pub(in crate::syntax) fn the_in_window(span: Span) -> Diagnostic {
    Diagnostic::error(Code::NeedlessWord, span, "`the` doesn't stand in a window of time")
        .help("leave it out, as in `in last 30 days`".to_owned())
}

pub(in crate::syntax) fn direction_word(span: Span, word: &str, canonical: &str) -> Diagnostic {
    Diagnostic::error(Code::ExpectedWindow, span, format!("`in {word} …` is no window of time"))
        .help(format!("write `in {canonical} …`"))
}

pub(in crate::syntax) fn this_with_duration(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(
        Code::ExpectedUnit,
        span,
        format!("expected day, week, month, quarter or year after `in this`, found `{}`", brief(words)),
    )
    .help("a stretch up to now is `in last 30 days`".to_owned())
}

/// What an operator of everyday speech or of another language is called here.
pub(super) fn operator_hint(field: &str, words: &str) -> Option<String> {
    const WORDS: [(&str, &str); 48] = [
        ("is not equal to", "!= {}"),
        ("is equal to", "= {}"),
        ("not equal to", "!= {}"),
        ("equal to", "= {}"),
        ("equals", "= {}"),
        ("equal", "= {}"),
        ("eq", "= {}"),
        ("ne", "!= {}"),
        ("isn't", "!= {}"),
        ("greater than or equal to", ">= {}"),
        ("less than or equal to", "<= {}"),
        ("greater than", "> {}"),
        ("bigger than", "> {}"),
        ("older than", "more than {} ago"),
        ("over", "> {}"),
        ("above", "> {}"),
        ("exceeds", "> {}"),
        ("gt", "> {}"),
        ("gte", ">= {}"),
        ("less than", "< {}"),
        ("smaller than", "< {}"),
        ("fewer than", "< {}"),
        ("younger than", "< {}"),
        ("under", "< {}"),
        ("below", "< {}"),
        ("lt", "< {}"),
        ("lte", "<= {}"),
        ("at least", ">= {}"),
        ("at most", "<= {}"),
        ("exactly", "= {}"),
        ("has", "contains {}"),
        ("have", "contains {}"),
        ("includes", "contains {}"),
        ("include", "contains {}"),
        ("contain", "contains {}"),
        ("containing", "contains {}"),
        ("begins with", "starts with {}"),
        ("startswith", "starts with {}"),
        ("starts", "starts with {}"),
        ("endswith", "ends with {}"),
        ("ends", "ends with {}"),
        ("ilike", "like {}"),
        ("regexp", "matches {}"),
        ("within the last", "in last {}"),
        ("within last", "in last {}"),
        ("within", "in last {}"),
        ("during", "in {}"),
        ("no", "!= {}"),
    ];
    let lower = words.to_ascii_lowercase();
    let (word, own) = WORDS.iter().find(|(word, _)| {
        lower.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })?;
    let rest = words.get(word.len()..).unwrap_or_default().trim();
    let rest = if rest.is_empty() || rest.len() > 60 { "…" } else { rest };
    let own = match *own {
        "contains {}" if rest.starts_with('(') => "in {}",
        "more than {} ago" if !rest.contains(' ') => "> {}",
        own => own,
    };
    Some(format!("write `{field} {}`", own.replace("{}", rest)))
}

/// The operators, for the nearest one.
pub(super) const OPERATORS: [&str; 13] = [
    "contains",
    "starts with",
    "ends with",
    "like",
    "matches",
    "between",
    "before",
    "after",
    "since",
    "anniversary",
    "in",
    "is empty",
    "in last",
];

/// A field with words behind it that are no operator.
pub(super) fn expected_operator(gap: &Gap, field: &str, words: &str) -> Diagnostic {
    let diagnostic =
        expected(Code::ExpectedOperator, gap, &format!("an operator such as `=` after `{}`", brief(field)));
    let first = gap.found.trim_matches('`');
    let (field_word, text) = (field.to_ascii_lowercase(), words.starts_with(['"', '\'']));
    match field_word.as_str() {
        "select" => {
            let columns = words
                .split_whitespace()
                .take_while(|it| !["from", "where"].iter().any(|end| it.eq_ignore_ascii_case(end)));
            let columns = columns.collect::<Vec<_>>().join(" ");
            let columns = if columns.is_empty() || columns == "*" { "email".to_owned() } else { columns };
            let shown = brief(&columns);
            return diagnostic
                .help(format!("the filter stands first, what is shown last: `status = active | show {shown}`; all people are `everyone`"));
        }
        "moved" => return diagnostic.help(format!("write `moved to {}`", brief(words))),
        "registered" if text => return diagnostic.help(format!("write `registered for {}`", brief(words))),
        "visitor" if text => return diagnostic.help(format!("write `visitor of {}`", brief(words))),
        step if super::STEPS.contains(&step) && !text => {
            return diagnostic.help(format!("a step follows a filter and `|`: `everyone | {step} {}`", brief(words)));
        }
        _ => {}
    }
    if let Some(hint) = operator_hint(field, words) {
        return diagnostic.help(hint);
    }
    let lower = words.to_ascii_lowercase();
    match lower.split_whitespace().next().unwrap_or_default() {
        "exists" => return diagnostic.help(format!("write `{field} is not empty`")),
        "last" | "next" | "this" => return diagnostic.help(format!("write `{field} in {}`", brief(words))),
        "less" => return diagnostic.help(format!("write `{field} < …`, or `{field} in last …` for a date")),
        "all" | "none" => {
            let rest = words.get(first.len()..).unwrap_or_default().trim();
            return diagnostic.help(format!("a list stands in brackets: `{field} {first} ({})`", brief(rest)));
        }
        "order" | "sort" | "limit" => {
            return diagnostic.help("steps stand after `|`: `| show email order by age limit 10`".to_owned());
        }
        _ => {}
    }
    let near = nearest(first, OPERATORS).first().map(|near| format!("nearest operator is `{near}`"));
    let whole_text = words.starts_with(['"', '\'']) || is_one_word(words);
    let many_words = !whole_text && words.split_whitespace().all(is_one_word);
    let diagnostic = diagnostic.help(near);
    if whole_text {
        return diagnostic.help(format!("write `{field} = {}`", brief(words)));
    }
    diagnostic
        .help(many_words.then(|| format!("a text of several words stands in quotes: `{field} = {}`", quoted(words))))
        .help(
            "operators are =, !=, <, <=, >, >=, in, between, contains, starts with, is empty, in last 30 days"
                .to_owned(),
        )
}

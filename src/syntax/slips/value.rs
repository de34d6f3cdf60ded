//! Slips of values, lists, numbers and durations.

use super::{Gap, brief, expected, is_one_word, quoted};
use crate::model::{Code, Diagnostic, Span, nearest};

const UNITS: [&str; 8] = ["seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"];
const NUMBERS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

pub(in crate::syntax) fn expected_value(gap: &Gap, operator: &str) -> Diagnostic {
    let diagnostic = expected(Code::ExpectedValue, gap, &format!("a value after `{}`", brief(operator)));
    if gap.found == "`(`" {
        return diagnostic
            .help("one value stands without brackets; any of several is asked with `in (a, b)`".to_owned());
    }
    let word = gap.found.trim_matches('`');
    if crate::syntax::is_reserved(word) {
        return diagnostic.help(format!("a reserved word as a text stands in quotes: {}", quoted(word)));
    }
    if word.starts_with(['\u{201C}', '\u{201D}', '\u{201E}', '\u{2018}', '\u{2019}', '\u{AB}', '\u{BB}']) {
        return diagnostic.help("texts stand in straight quotes: \"text\" or 'text'".to_owned());
    }
    diagnostic.help((word == "@").then(|| "a saved segment is a condition of its own: `@vip`".to_owned()))
}

pub(in crate::syntax) fn text_with_signs(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(Code::ExpectedQuotes, span, format!("`{}` is no single word", brief(words)))
        .help(format!("a text with signs in it stands in quotes: {}", quoted(words)))
}

pub(in crate::syntax) fn reserved_value(span: Span, word: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(Code::ReservedWord, span, format!("expected a value, found the reserved word `{word}`"))
            .help(format!("as a text it stands in quotes: {}", quoted(word)));
    diagnostic.help(
        word.eq_ignore_ascii_case("not")
            .then(|| "to turn the condition round, write `!=`, or `not` before it".to_owned()),
    )
}

pub(in crate::syntax) fn backticks_as_value(span: Span, words: &str) -> Diagnostic {
    let name = words.trim_matches('`');
    Diagnostic::error(Code::ExpectedValue, span, "expected a value, found a name in backticks")
        .help(format!("a text stands in quotes: {}", quoted(name)))
        .help(format!("another field is compared with the word `field`: field `{name}`"))
}

pub(in crate::syntax) fn duration_as_value(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(Code::ExpectedValue, span, format!("`{words}` is a length of time, and no date"))
        .help(format!("a date is `{words} ago` or `in {words}`; a stretch up to now is `in last {words}`"))
}

pub(in crate::syntax) fn bad_escape(span: Span, escape: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::BadEscape, span, format!("`{escape}` is no escape"));
    if escape.starts_with("\\u") {
        return diagnostic.help("a character's code is written as `\\u{41}`".to_owned());
    }
    diagnostic
        .help(format!("a backslash itself is written twice: `\\{escape}`"))
        .help("the escapes are `\\\"`, `\\'`, `\\\\`, `\\n`, `\\t` and `\\u{41}`".to_owned())
}

pub(in crate::syntax) fn expected_list(gap: &Gap) -> Diagnostic {
    expected(Code::ExpectedList, gap, "a list of values in brackets after `in`, such as `in (a, b)`")
        .help("dates take `in last 30 days`, `in next 7 days`, `in this month`".to_owned())
}

pub(in crate::syntax) fn empty_list(span: Span) -> Diagnostic {
    Diagnostic::error(Code::EmptyList, span, "the list is empty: expected at least one value")
        .help("put values into the brackets, as in `(a, b)`; `is empty` asks for a missing value".to_owned())
}

pub(in crate::syntax) fn too_many_values(span: Span) -> Diagnostic {
    Diagnostic::error(Code::TooManyValues, span, "more than 100,000 values in a list")
        .help("put them into a file: `email in file \"list.csv\"`".to_owned())
}

pub(in crate::syntax) fn value_before_comma(span: Span) -> Diagnostic {
    Diagnostic::error(Code::ExpectedValue, span, "expected a value before this comma")
}

pub(in crate::syntax) fn missing_comma(span: Span, left: Option<&str>, right: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        Code::ExpectedComma,
        span,
        format!("expected `,` between two values of the list, found `{}`", brief(right)),
    );
    let Some(left) = left else { return diagnostic };
    let diagnostic = diagnostic.help(format!("write `{}, {}`", brief(left), brief(right)));
    let one_text = is_one_word(left) && is_one_word(right);
    diagnostic.help(
        one_text.then(|| format!("a text of several words stands in quotes: {}", quoted(&format!("{left} {right}")))),
    )
}

pub(in crate::syntax) fn list_junk(span: Span, words: &str, previous: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        Code::ExpectedComma,
        span,
        format!("expected `,` or `)` in the list, found `{}`", brief(words)),
    );
    let diagnostic = diagnostic.help("values of a list have commas between them: `(a, b, c)`".to_owned());
    let sign = !is_one_word(words) && !words.starts_with('(');
    diagnostic.help(previous.filter(|_| sign).map(|_| "a text with signs in it stands in quotes: \"a/b\"".to_owned()))
}

pub(in crate::syntax) fn list_without_brackets(span: Span, words: &str) -> Diagnostic {
    let words = brief(words);
    Diagnostic::error(Code::ExpectedList, span, format!("expected `(` after `in`, found `{words}`"))
        .help(format!("a list stands in brackets: `in ({words})`"))
}

pub(in crate::syntax) fn expected_number(span: Span, word: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(Code::ExpectedNumber, span, format!("expected a number, found `{}`", brief(word)));
    let digits = NUMBERS.iter().position(|name| name.eq_ignore_ascii_case(word));
    let digits =
        digits.or_else(|| ["once", "twice"].iter().position(|it| it.eq_ignore_ascii_case(word)).map(|n| n + 1));
    diagnostic.help(digits.map(|n| format!("write it in digits: `{n}`")))
}

pub(in crate::syntax) fn number_after(gap: &Gap, word: &str) -> Diagnostic {
    expected(Code::ExpectedNumber, gap, &format!("a number after `{word}`"))
}

pub(in crate::syntax) fn number_before_unit(span: Span, unit: &str) -> Diagnostic {
    let one = unit.to_ascii_lowercase();
    let one = one.strip_suffix('s').unwrap_or(&one);
    let diagnostic = Diagnostic::error(Code::ExpectedNumber, span, format!("expected a number before `{unit}`"))
        .help(format!("write how many: `1 {one}`, `30 {one}s`"));
    let calendar = ["day", "week", "month", "quarter", "year"].contains(&one);
    diagnostic.help(calendar.then(|| format!("the whole {one} of the calendar is `in last {one}`, without `s`")))
}

pub(in crate::syntax) fn unknown_unit(span: Span, word: &str) -> Diagnostic {
    let near = nearest(word, UNITS);
    let near = near.first().map(|near| format!("nearest unit is `{near}`"));
    Diagnostic::error(Code::ExpectedUnit, span, format!("unknown unit `{word}`"))
        .help(near)
        .help(format!("units are {}", UNITS.join(", ")))
}

pub(in crate::syntax) fn expected_unit(gap: &Gap, number: Option<&str>) -> Diagnostic {
    let number = number.unwrap_or("30");
    expected(Code::ExpectedUnit, gap, &format!("a unit such as `days` after `{number}`"))
        .help(format!("write `{number} days`; units are {}", UNITS.join(", ")))
}

pub(in crate::syntax) fn expected_duration(gap: &Gap) -> Diagnostic {
    let word = gap.found.trim_matches('`');
    let near = nearest(word, UNITS.iter().map(|unit| &unit[..unit.len() - 1]))
        .first()
        .map(|near| format!("nearest unit is `{near}`"));
    expected(Code::ExpectedUnit, gap, "a unit, or a number and a unit, such as `30 days`")
        .help(near)
        .help("units are second, minute, hour, day, week, month, quarter, year".to_owned())
}

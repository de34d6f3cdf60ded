//! Slips of the text as a whole: quotes, brackets, comments, limits, what stands around the filter.

use super::{Gap, brief, expected};
use crate::model::{Code, Diagnostic, Span};
use crate::syntax::{MAX_CONDITIONS, MAX_DEPTH, MAX_TEXT_BYTES, quote};

pub(in crate::syntax) fn too_long(span: Span) -> Diagnostic {
    Diagnostic::error(Code::TextTooLong, span, format!("the text is longer than {MAX_TEXT_BYTES} bytes (1 MiB)"))
        .help("split it into saved segments, or put long lists into a file: `email in file \"list.csv\"`".to_owned())
}

pub(in crate::syntax) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(Code::TooDeep, span, format!("more than {MAX_DEPTH} levels of brackets and `not`"))
        .help("save an inner part as a segment and name it with `@`".to_owned())
}

pub(in crate::syntax) fn too_many_conditions(span: Span) -> Diagnostic {
    debug_assert_eq!(MAX_CONDITIONS, 10_000);
    Diagnostic::error(Code::TooManyConditions, span, "more than 10,000 conditions")
        .help("ask for many values of one field at once: `field in (a, b, c)`; a list is one condition".to_owned())
}

/// `inside_word`: it touches the word before it, as an apostrophe does.
pub(in crate::syntax) fn unclosed_text(span: Span, quote: &str, inside_word: bool) -> Diagnostic {
    if quote == "`" {
        return Diagnostic::error(Code::UnclosedQuote, span, "this name in backticks isn't closed")
            .help("close it with another backtick".to_owned());
    }
    let apostrophe = inside_word && quote == "'";
    Diagnostic::error(Code::UnclosedQuote, span, "this text isn't closed")
        .help(apostrophe.then(|| "a text with an apostrophe stands in double quotes: \"O'Brien\"".to_owned()))
        .help(format!("close it with {quote}; inside the text a {quote} is written \\{quote}"))
}

pub(in crate::syntax) fn unclosed_bracket(span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnclosedBracket, span, "this bracket isn't closed").help("close it with `)`".to_owned())
}

pub(in crate::syntax) fn stray_bracket(span: Span) -> Diagnostic {
    Diagnostic::error(Code::StrayBracket, span, "this `)` closes nothing")
        .help("leave it out, or open the bracket with `(` before it".to_owned())
}

pub(in crate::syntax) fn stray_semicolon(span: Span) -> Diagnostic {
    Diagnostic::error(Code::StraySemicolon, span, "a sentence holds no `;`")
        .help("leave it out; `;` ends the definitions of a `.seg` file".to_owned())
}

/// `chunk` is what would be quoted: the word, the sign and what touches it.
pub(in crate::syntax) fn touching_comment(span: Span, sign: &str, chunk: &str) -> Diagnostic {
    Diagnostic::error(
        Code::TouchingComment,
        span,
        format!("`{sign}` touches what stands before it, so it begins no comment"),
    )
    .help(format!("as text it stands in quotes: {}", quote(chunk)))
    .help(format!("before a comment stands a blank: ` {sign}`"))
}

pub(in crate::syntax) fn empty_sentence(span: Span) -> Diagnostic {
    Diagnostic::error(Code::ExpectedCondition, span, "the sentence is empty: expected a condition")
        .help("`everyone` asks for all; `status = active` is a condition".to_owned())
}

/// A condition is missing behind `word`, where the part ends.
pub(in crate::syntax) fn condition_after(span: Span, word: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(Code::ExpectedCondition, span, format!("expected a condition after `{}`", brief(word)));
    let word = word.to_ascii_lowercase();
    match word.as_str() {
        "(" => diagnostic.help("put a condition into the brackets, such as `status = active`".to_owned()),
        "and" | "or" | "not" | "where" | "&&" | "||" | "!" | "," => {
            diagnostic.help(format!("add a condition, such as `status = active`, or leave `{word}` out"))
        }
        _ => diagnostic.help("`everyone` asks for all".to_owned()),
    }
}

/// A condition is missing before `word`.
pub(in crate::syntax) fn condition_before(span: Span, word: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(Code::ExpectedCondition, span, format!("expected a condition before `{}`", brief(word)));
    if word == "|" {
        return diagnostic.help("`everyone` asks for all".to_owned());
    }
    diagnostic.help(format!("add a condition, such as `status = active`, or leave `{}` out", brief(word)))
}

/// `&&`, `||`, `&`, `,` between conditions.
pub(in crate::syntax) fn joiner_sign(span: Span, sign: &str, word: &str) -> Diagnostic {
    Diagnostic::error(
        Code::ExpectedJoiner,
        span,
        format!("conditions are joined by `and` or `or`, not by `{}`", sign.trim()),
    )
    .help(format!("write `{word}`"))
}

pub(in crate::syntax) fn bang(span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownOperator, span, "`!` is no word of the language").help("write `not`".to_owned())
}

/// Two conditions with nothing between them; `left` is the one before if it is a single word.
pub(in crate::syntax) fn missing_joiner(gap: &Gap, left: Option<&str>) -> Diagnostic {
    let diagnostic = expected(Code::ExpectedJoiner, gap, "`and` or `or` between two conditions")
        .help("join them: `and` asks for both, `or` for at least one".to_owned());
    let word = left.unwrap_or_default().to_ascii_lowercase();
    if word == "email" && gap.found.eq_ignore_ascii_case("`domain`") {
        return diagnostic.help("the part behind the `@` is `email.domain`".to_owned());
    }
    if gap.found == "`(`" {
        return diagnostic
            .help("a date or number is written as it is, without a function: `last_open > 2026-01-01`".to_owned());
    }
    if ["count", "sum", "avg", "min", "max", "first", "last"].contains(&&*word) {
        return diagnostic.help(format!("a total stands in brackets: `{word}(purchase.amount)`"));
    }
    if gap.found.eq_ignore_ascii_case("`not`") {
        return diagnostic
            .help(left.map(|left| format!("or turn a value round: `{left} != value`, `{left} not in (a, b)`")));
    }
    diagnostic
        .help(left.map(|left| format!("or give `{left}` an operator, such as `{left} = value` or `{left} in (a, b)`")))
}

pub(in crate::syntax) fn record_in_where(gap: &Gap) -> Diagnostic {
    expected(Code::ExpectedProperty, gap, "a condition on the record's properties after `where`").help(
        "`where` asks about the record itself; another record is a condition of its own, joined by `and`".to_owned(),
    )
}

pub(in crate::syntax) fn empty_name(span: Span) -> Diagnostic {
    Diagnostic::error(Code::ExpectedName, span, "the name in backticks is empty")
}

pub(in crate::syntax) fn definition_head(gap: &Gap) -> Diagnostic {
    expected(Code::BadDefinition, gap, "a definition")
        .help("a definition reads `segment tag \"Display name\": filter;`".to_owned())
}

pub(in crate::syntax) fn head_junk(span: Span, words: &str) -> Diagnostic {
    Diagnostic::error(
        Code::BadDefinition,
        span,
        format!("expected `:` after the segment's name, found `{}`", brief(words)),
    )
    .help(format!("a display name stands in quotes: {}", quote(words)))
}

pub(in crate::syntax) fn step_in_definition(span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDefinition, span, "a definition is a filter: no steps stand in it")
        .help("leave out `|` and what follows; the query that names the segment takes the steps".to_owned())
}

pub(in crate::syntax) fn missing_semicolon(span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDefinition, span, "expected `;` at the end of the definition").help("add `;`".to_owned())
}

/// A place that the parser should never give up at.
pub(in crate::syntax) fn unreadable(span: Span) -> Diagnostic {
    Diagnostic::error(Code::TooDeep, span, "the sentence can't be read from here on")
        .help("it may nest deeper than this thread's stack allows".to_owned())
}

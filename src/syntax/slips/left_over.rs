//! Words behind a complete condition: what they were probably meant to be.

use super::condition::expected_operator;
use super::{Gap, STEPS, brief, expected, quoted};
use crate::model::{Code, Diagnostic, Span};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::is_reserved;
use crate::syntax::lex::{TokenKind, tokens};

/// A message for `junk` at `place`, which follows the condition `solid`; `text` runs from the condition's term
/// to the end of the sentence.
pub(in crate::syntax) fn left_over(solid: Option<&Node<'_>>, junk: &Node<'_>, text: &str, place: Span) -> Diagnostic {
    let words = junk.as_str().trim();
    let first = tokens(words).next().map_or(words, |it| &words[it.range()]);
    let span = Span { end: place.start + first.len(), ..place };
    let gap = Gap { span, found: format!("`{}`", brief(first)) };
    let Some(solid) = solid else { return rest(&gap) };
    if let Some(diagnostic) = step_without_pipe(&gap, first, words) {
        return diagnostic;
    }
    match solid.as_rule() {
        Rule::test if solid.clone().into_inner().count() == 1 => expected_operator(&gap, solid.as_str().trim(), words),
        Rule::did | Rule::registered | Rule::attended => record_rest(&gap, solid, first, words),
        Rule::test
        | Rule::total_test
        | Rule::push
        | Rule::segment_name
        | Rule::moved
        | Rule::lost_from
        | Rule::visitor => value_rest(&gap, solid, junk, text, words),
        _ => rest(&gap),
    }
}

fn rest(gap: &Gap) -> Diagnostic {
    let diagnostic = expected(Code::ExpectedJoiner, gap, "`and`, `or`, `|` or the end of the sentence");
    match gap.found.trim_matches('`').to_ascii_lowercase().as_str() {
        "then" => diagnostic.help("`then` follows a kind of record: `did a then b`".to_owned()),
        "within" => diagnostic.help("`within` follows a sequence: `did a then b within 7 days`".to_owned()),
        "where" => diagnostic.help(
            "`where` follows a kind of record, an event or an audience; conditions are joined by `and`".to_owned(),
        ),
        "," => diagnostic.help("conditions are joined by `and` or `or`".to_owned()),
        quote if quote.starts_with(['"', '\'']) => diagnostic.help(
            "a quote inside a text is written `\\\"` or `\\'`; several values stand in a list: `in (a, b)`".to_owned(),
        ),
        _ => diagnostic.help("two conditions are joined by `and` or `or`".to_owned()),
    }
}

fn step_without_pipe(gap: &Gap, first: &str, words: &str) -> Option<Diagnostic> {
    let is = |word: &&&str| word.eq_ignore_ascii_case(first);
    if ["order", "limit", "offset", "sort", "group"].iter().any(|word| is(&word)) {
        return Some(
            expected(Code::ExpectedPipe, gap, "`and`, `or` or `|`")
                .help("a step stands after `|`: `| show email order by age limit 10`, `| by city`".to_owned()),
        );
    }
    let step = STEPS.iter().find(is)?;
    Some(
        expected(Code::ExpectedPipe, gap, "`and`, `or` or `|`").help(format!(
            "a step stands after `|`: `| {step}{}`",
            brief(words.get(first.len()..).unwrap_or_default())
        )),
    )
}

/// Behind a value: a text of several words or with signs in it that lacks its quotes, or a number with commas.
fn value_rest(gap: &Gap, solid: &Node<'_>, junk: &Node<'_>, text: &str, words: &str) -> Diagnostic {
    let Some(value) = last_value(solid) else { return rest(gap) };
    let written = value.as_str().trim_end();
    let value_span = value.as_span();
    let touches = value_span.start() + written.len() == junk.as_span().start();
    let comma = words.starts_with(',') && !words[1..].starts_with(|c: char| c.is_ascii_digit());
    if matches!(value.as_rule(), Rule::number | Rule::word) && touches && !comma {
        let from = value_span.start().saturating_sub(junk.as_span().start() - offset(junk, text));
        let chunk = text.get(from..).unwrap_or(words);
        let end = chunk.find(|c: char| c.is_whitespace() || matches!(c, ')' | '(' | '|' | ';')).unwrap_or(chunk.len());
        let chunk = &chunk[..end];
        let gap = &Gap { span: Span { start: gap.span.start - written.len(), ..gap.span }, found: gap.found.clone() };
        let date_like = |c: char| c.is_ascii_digit() || matches!(c, '/' | '.' | '-');
        if chunk.chars().all(date_like) && chunk.matches(['/', '.', '-']).count() == 2 {
            return expected(Code::ExpectedJoiner, gap, &format!("`and`, `or` or the end after `{}`", brief(written)))
                .help("a date is written year first, with hyphens: `2026-02-08`".to_owned())
                .help(format!("as a text it stands in quotes: {}", quoted(chunk)));
        }
        let mut groups = chunk.split(',');
        let thousands = value.as_rule() == Rule::number
            && groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
            && groups.all(|group| {
                group.get(..3).is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit())) && group.get(3..4) != Some("_")
            });
        if thousands && chunk.contains(',') {
            return expected(Code::ExpectedJoiner, gap, "`and`, `or` or the end after the number")
                .help(format!("thousands are parted by `_`: `{}`", chunk.replace(',', "_")));
        }
        if chunk.contains(',') && value.as_rule() == Rule::number {
            return expected(Code::ExpectedJoiner, gap, "`and`, `or` or the end after the number").help(format!(
                "several values stand in a list: `in ({})`",
                chunk.trim_end_matches(',').replace(',', ", ")
            ));
        }
        return expected(Code::ExpectedQuotes, gap, &format!("`and`, `or` or the end after `{}`", brief(written)))
            .help(format!("a text with signs in it stands in quotes: {}", quoted(chunk.trim_end_matches(','))));
    }
    let more = first_words(words);
    let diagnostic = rest(gap);
    if let Some(next) = words.strip_prefix(',') {
        let next = first_words(next.trim_start());
        let next = if next.is_empty() { "…" } else { &next };
        return diagnostic.help(format!("several values stand in a list: `in ({}, {})`", brief(written), brief(next)));
    }
    if value.as_rule() != Rule::word || more.is_empty() {
        return diagnostic;
    }
    diagnostic.help(format!("a text of several words stands in quotes: {}", quoted(&format!("{written} {more}"))))
}

/// Where the junk begins within `text`.
fn offset(junk: &Node<'_>, text: &str) -> usize {
    // Both are slices of one source: the tails have the same end.
    let source_length = junk.as_span().get_input().len();
    junk.as_span().start() - (source_length - text.len())
}

/// The bare words that `words` begins with.
fn first_words(words: &str) -> String {
    let bare = tokens(words).take_while(|it| match it.kind {
        TokenKind::Word => !is_reserved(&words[it.range()]),
        kind => kind == TokenKind::Blank,
    });
    let end = bare.last().map_or(0, |it| it.end);
    words[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The literal that ends the condition.
fn last_value<'t>(solid: &Node<'t>) -> Option<Node<'t>> {
    let mut node = solid.clone();
    loop {
        let last = node.into_inner().last()?;
        match last.as_rule() {
            Rule::word | Rule::number | Rule::text | Rule::day | Rule::time => return Some(last),
            _ => node = last,
        }
    }
}

/// Behind `did`, `registered for`, `attended`: how often, when and which in other words.
fn record_rest(gap: &Gap, solid: &Node<'_>, first: &str, words: &str) -> Diagnostic {
    let diagnostic = expected(Code::ExpectedJoiner, gap, "a count, a window of time, `where`, `and`, `or` or the end");
    let lower = first.to_ascii_lowercase();
    let second = words.get(first.len()..).unwrap_or_default().split_whitespace().next().unwrap_or_default();
    let number = first.bytes().all(|b| b.is_ascii_digit());
    if number {
        return diagnostic.help(format!("a count reads `exactly {first} times` or `at least {first} times`"));
    }
    match lower.as_str() {
        "never" => diagnostic.help("write `not` before `did`: `not did purchase`".to_owned()),
        "less" => diagnostic.help("a count reads `fewer than 3 times`; a recent time `in last 30 days`".to_owned()),
        "during" | "within" | "last" | "past" | "this" | "next" => {
            diagnostic.help("a window of time reads `in last 90 days`, `in this month`, `since 2026-01-01`".to_owned())
        }
        "at" if second.starts_with(|c: char| c.is_ascii_digit()) => {
            diagnostic.help(format!("a day reads `on {second}`"))
        }
        "in" => diagnostic.help("a window of time reads `in last 90 days`, `in this month`".to_owned()),
        "with" | "having" | "of" | "when" => {
            diagnostic.help("properties of the record are asked after `where`: `where amount > 50`".to_owned())
        }
        "then" if solid.as_rule() != Rule::did => {
            diagnostic.help("`then` joins kinds of records after `did`".to_owned())
        }
        "then" => diagnostic.help("`within` stands last: `did a then b then c within 7 days`".to_owned()),
        "not" => diagnostic
            .help("`not` stands before `did` or before a window: `did purchase not in last 90 days`".to_owned()),
        _ if first.starts_with(['=', '<', '>', '!']) => {
            diagnostic.help("a number of records is compared as `count(purchase) >= 3`".to_owned())
        }
        _ => diagnostic.help(
            "count, window and `where` stand in this order: `at least 3 times in last 90 days where amount > 50`"
                .to_owned(),
        ),
    }
}

//! [`paint`]: what each word of a text is, by the grammar itself, finished or not.

use std::ops::Range;

use pest::Parser;

use super::grammar::{Grammar, Node, Rule};
use super::lex::{TokenKind, tokens};
use super::{scan, statements};
use crate::model::{SourceId, Span};

/// What a stretch of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// A word of the language where it is one.
    Keyword,
    /// A field or total.
    Field,
    /// A kind of record, a saved segment.
    Name,
    /// A text, in quotes or bare.
    Text,
    /// A number, day or time.
    Number,
    /// A comment.
    Comment,
    /// What the grammar can't place.
    Wrong,
}

/// The stretches of a text that are something, in order, without overlap; sentences end at `;`.
///
/// Cost: one parse a sentence.
#[must_use]
pub fn paint(text: &str) -> Vec<(Range<usize>, Paint)> {
    let comments = tokens(text).filter(|it| it.kind == TokenKind::Comment).map(|it| it.range());
    let comments: Vec<Range<usize>> = comments.collect();
    let mut leaves = Vec::new();
    for range in statements(text) {
        let Some(words) = text.get(range.clone()) else { continue };
        of_sentence(words, range.start, &mut leaves);
    }
    // What can't be placed may have comments within.
    let leaves = leaves.into_iter().flat_map(|(range, paint)| outside(range, &comments).map(move |it| (it, paint)));
    let mut found: Vec<_> = leaves.collect();
    found.extend(comments.iter().map(|it| (it.clone(), Paint::Comment)));
    found.sort_by_key(|(range, _)| range.start);
    found
}

/// What of a range lies outside the comments.
fn outside(range: Range<usize>, comments: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> {
    let first = comments.partition_point(|it| it.end <= range.start);
    let end = range.end;
    let inside = comments[first..].iter().take_while(move |it| it.start < end);
    let starts = std::iter::once(range.start).chain(inside.clone().map(|it| it.end));
    let ends = inside.map(|it| it.start).chain(std::iter::once(end));
    starts.zip(ends).map(|(start, end)| start..end).filter(|it| !it.is_empty())
}

fn of_sentence(words: &str, base: usize, found: &mut Vec<(Range<usize>, Paint)>) {
    let Ok(scan) = scan::scan(words, |start, end| Span::new(SourceId::QUERY, start, end)) else { return };
    let Ok(nodes) = Grammar::parse(Rule::sentence, &scan.text) else { return };
    let source_of = |at: usize| {
        let inserted = scan.inserted.partition_point(|inserted| *inserted < at);
        (base + at - inserted).min(base + words.len())
    };
    let mut leaf = |node: &Node<'_>, paint| {
        let trimmed = node.as_str().trim_end();
        let start = node.as_span().start();
        let (start, end) = (source_of(start), source_of(start + trimmed.len()));
        // What was given up was put in short; it goes on to the end.
        let is_given_up = scan.given_up.is_some_and(|at| end > base + at);
        let range = start..if is_given_up { base + words.len() } else { end };
        if !range.is_empty() {
            found.push((range, paint));
        }
    };
    // No recursion: a sentence may nest as deep as it likes.
    let mut left: Vec<Node<'_>> = nodes.collect();
    left.reverse();
    while let Some(node) = left.pop() {
        match painted(&node) {
            Some(paint) => leaf(&node, paint),
            None => {
                let at = left.len();
                left.extend(node.into_inner());
                left[at..].reverse();
            }
        }
    }
}

/// What a node is, if it is all of one sort.
fn painted(node: &Node<'_>) -> Option<Paint> {
    let is_letters = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    Some(match node.as_rule() {
        Rule::field => Paint::Field,
        Rule::kind | Rule::total_of | Rule::segment_tag => Paint::Name,
        Rule::text | Rule::word | Rule::backtick => Paint::Text,
        Rule::number | Rule::tight_number | Rule::unsigned | Rule::day | Rule::time => Paint::Number,
        Rule::broken | Rule::junk | Rule::step_junk | Rule::total_junk | Rule::list_junk | Rule::unknown_step => {
            Paint::Wrong
        }
        _ if node.clone().into_inner().next().is_none() && is_letters(node.as_str()) => Paint::Keyword,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn painted_as(text: &str, expected: &[(&str, Paint)]) {
        let found: Vec<(&str, Paint)> = paint(text).into_iter().map(|(range, it)| (&text[range], it)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_are_what_the_grammar_reads() {
        use Paint::*;
        painted_as(
            "status = Active and did purchase at least 3 times # regulars",
            &[
                ("status", Field),
                ("Active", Text),
                ("and", Keyword),
                ("did", Keyword),
                ("purchase", Name),
                ("at", Keyword),
                ("least", Keyword),
                ("3", Number),
                ("times", Keyword),
                ("# regulars", Comment),
            ],
        );
        // `order` and `count` are fields where a field may stand.
        painted_as(
            "order = count; @vip | by city",
            &[("order", Field), ("count", Text), ("@vip", Name), ("by", Keyword), ("city", Field)],
        );
    }

    #[test]
    fn unfinished_text_is_painted_too() {
        use Paint::*;
        painted_as("(a = 1 or b", &[("a", Field), ("1", Number), ("or", Keyword), ("b", Field)]);
        painted_as("a = 'x", &[("a", Field), ("'x", Text)]);
        painted_as("a = 'é or b = 1", &[("a", Field), ("'é or b = 1", Text)]);
        painted_as("a <= €€`€", &[("a", Field), ("€€`€", Wrong)]);
    }

    #[test]
    fn a_comment_inside_of_what_is_wrong_is_a_comment() {
        use Paint::*;
        let expected = [("id", Field), ("purchase (b ", Wrong), ("# c", Comment), ("\n d) e", Wrong)];
        painted_as("id purchase (b # c\n d) e", &expected);
    }
}

//! The canonical form of a whole text, comments kept.
//!
//! Flow: each sentence or definition is printed from its tree; `layout` breaks it over lines and puts the comments
//! back, each before the words that it stood before. What lies between the sentences keeps its comments and single
//! blank lines.
//!
//! Invariant: the formatted text parses to the same trees, holds the same comments in the same order, and formatting it
//! again changes nothing.

mod comments;
mod layout;

use super::grammar::Rule;
use super::lex::{TokenKind, tokens};
use super::print::{Printer, print_defined, print_query};
use super::{check_length, in_order, is_blank, parse_definitions, read, statements};
use crate::model::{Diagnostic, SourceId};
use comments::{Comment, comments};

/// Formats a text of sentences, each ended by `;` (the last needs none; empty ones go), or of definitions.
///
/// # Errors
///
/// All that is wrong with it, in the order of the text.
pub fn format(text: &str, source: SourceId) -> Result<String, Vec<Diagnostic>> {
    check_length(text, source).map_err(|diagnostic| vec![diagnostic])?;
    let pieces = if holds_definitions(text) { definitions(text, source)? } else { sentences(text, source)? };
    Ok(join(text, &pieces))
}

/// A sentence or definition: its place in the text, without its `;`, and how it is printed.
struct Piece {
    start: usize,
    end: usize,
    ended: bool,
    printed: Printer,
}

/// Whether a text's first words are `segment tag "Display name":`.
fn holds_definitions(text: &str) -> bool {
    let mut words = tokens(text).filter(|it| !matches!(it.kind, TokenKind::Blank | TokenKind::Comment));
    let begins = words.next().is_some_and(|it| text[it.range()].eq_ignore_ascii_case("segment"));
    begins && words.take(3).any(|it| &text[it.range()] == ":")
}

fn definitions(text: &str, source: SourceId) -> Result<Vec<Piece>, Vec<Diagnostic>> {
    let (mut pieces, mut diagnostics) = (Vec::new(), Vec::new());
    for definition in parse_definitions(text, source) {
        match definition {
            Ok(it) => pieces.push(Piece {
                start: it.span.start,
                end: it.span.end - 1,
                ended: true,
                printed: print_defined(&it),
            }),
            Err(broken) => diagnostics.extend(broken.diagnostics),
        }
    }
    if diagnostics.is_empty() { Ok(pieces) } else { Err(in_order(diagnostics)) }
}

fn sentences(text: &str, source: SourceId) -> Result<Vec<Piece>, Vec<Diagnostic>> {
    let (mut pieces, mut diagnostics) = (Vec::new(), Vec::new());
    for range in statements(text) {
        let words = &text[range.clone()];
        let ended = range.end < text.len();
        if is_blank(words) {
            continue;
        }
        match read(words, source, range.start, Rule::sentence, |builder, node| builder.query(node)) {
            Ok(query) => {
                let solid = tokens(words).filter(|it| !matches!(it.kind, TokenKind::Blank | TokenKind::Comment));
                let (start, last) = solid.fold((words.len(), 0), |(start, _), it| (start.min(it.start), it.end));
                let end = if ended { range.end } else { range.start + last };
                pieces.push(Piece { start: range.start + start, end, ended, printed: print_query(&query) });
            }
            Err(wrong) => diagnostics.extend(wrong),
        }
    }
    if diagnostics.is_empty() { Ok(pieces) } else { Err(in_order(diagnostics)) }
}

/// The pieces with what lies between them.
fn join(text: &str, pieces: &[Piece]) -> String {
    let all = comments(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = all.as_slice();
    let mut before = 0;
    for (n, piece) in pieces.iter().enumerate() {
        let outside = up_to(&mut rest, piece.start);
        between(text, before..piece.start, outside, &mut out);
        let inside = up_to(&mut rest, piece.end);
        let next = pieces.get(n + 1).map_or(text.len(), |it| it.start);
        let followed = rest.first().is_some_and(|it| it.ends_line && it.start < next);
        layout::lay_out(&piece.printed, inside, piece.ended.then_some(followed), &mut out);
        before = piece.end + usize::from(piece.ended);
    }
    between(text, before..text.len(), rest, &mut out);
    let written = out.trim_end_matches('\n').len();
    out.truncate(written);
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Takes the comments that begin before `end`.
fn up_to<'c, 't>(rest: &mut &'c [Comment<'t>], end: usize) -> &'c [Comment<'t>] {
    let (taken, left) = rest.split_at(rest.partition_point(|it| it.start < end));
    *rest = left;
    taken
}

/// Comments outside of sentences, and one blank line where there were some; ends at the beginning of a line.
fn between(text: &str, range: std::ops::Range<usize>, comments: &[Comment<'_>], out: &mut String) {
    let mut at = range.start;
    let mut fresh = out.is_empty();
    for comment in comments {
        if comment.ends_line && !fresh {
            out.push(' ');
        } else {
            new_line(&text[at..comment.start], &mut fresh, out);
        }
        out.push_str(comment.text);
        fresh = false;
        at = comment.start + comment.text.len();
    }
    new_line(&text[at..range.end], &mut fresh, out);
}

/// Ends the line, with a blank one after it if `gap` has one.
fn new_line(gap: &str, fresh: &mut bool, out: &mut String) {
    if std::mem::take(fresh) {
        return;
    }
    let n_lines = gap.replace("\r\n", "\n").matches(['\n', '\r']).count();
    out.push_str(if n_lines > 1 { "\n\n" } else { "\n" });
}

//! Files of definitions: `segment tag "Display name": filter;`, each read on its own.

use std::ops::Range;

use super::ast::{Definition, Name, Text};
use super::grammar::Rule;
use super::lex::{TokenKind, tokens};
use super::{check_length, in_order, is_blank, read, slips};
use crate::model::{Diagnostic, SourceId, Span};

/// A definition that couldn't be read, with as much of its name as could.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenDefinition {
    /// Its tag, if that was right.
    pub tag: Option<Name>,
    /// Its display name, if that was right.
    pub display: Option<Text>,
    /// What is wrong with it; at least one.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file of definitions. A broken one harms only itself.
#[must_use]
pub fn parse_definitions(text: &str, source: SourceId) -> Vec<Result<Definition, Box<BrokenDefinition>>> {
    if let Err(diagnostic) = check_length(text, source) {
        return vec![Err(Box::new(BrokenDefinition { tag: None, display: None, diagnostics: vec![diagnostic] }))];
    }
    pieces(text).into_iter().map(|piece| definition(text, source, &piece)).collect()
}

/// One definition's place: its words, and whether a `;` ended them.
struct Piece {
    words: Range<usize>,
    ended: bool,
}

fn definition(text: &str, source: SourceId, piece: &Piece) -> Result<Definition, Box<BrokenDefinition>> {
    let words = &text[piece.words.clone()];
    let first = tokens(words).find(|it| !matches!(it.kind, TokenKind::Blank | TokenKind::Comment));
    let start = piece.words.start + first.map_or(0, |it| it.start);
    let end = piece.words.end + usize::from(piece.ended);
    let span = Span::new(source, start, end);
    let mut head = (None, None);
    let read = read(words, source, piece.words.start, Rule::definition, |builder, node| {
        let (tag, display, definition) = builder.definition(node, span);
        head = (tag, display);
        definition
    });
    let mut diagnostics = match read {
        Ok(Some(definition)) if piece.ended => return Ok(definition),
        Ok(_) => Vec::new(),
        Err(diagnostics) => diagnostics,
    };
    if !piece.ended {
        let at = piece.words.start + words.trim_end().len();
        diagnostics.push(slips::missing_semicolon(Span::new(source, at, at)));
    }
    let (tag, display) = head;
    Err(Box::new(BrokenDefinition { tag, display, diagnostics: in_order(diagnostics) }))
}

/// Cuts at each `;` outside quotes and comments, and where the next definition clearly begins without one.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let piece = next_piece(text, start);
        start = piece.words.end + usize::from(piece.ended);
        if piece.ended || !is_blank(&text[piece.words.clone()]) {
            pieces.push(piece);
        }
    }
    pieces
}

fn next_piece(text: &str, start: usize) -> Piece {
    let mut anything = false;
    let rest = &text[start..];
    for token in tokens(rest) {
        let at = start + token.start;
        match token.kind {
            TokenKind::Semicolon => return Piece { words: start..at, ended: true },
            TokenKind::Blank | TokenKind::Comment => continue,
            TokenKind::Word if anything && begins_definition(text, at) => {
                return Piece { words: start..at, ended: false };
            }
            // A quote that isn't closed, or only by one in a later definition, ends with its own definition.
            TokenKind::Text { .. } | TokenKind::Backticks { .. } => {
                let inner = &rest[token.range()];
                let next = inner
                    .match_indices('\n')
                    .map(|(line, _)| at + line + 1)
                    .find(|&line| begins_definition(text, line + text[line..].len() - text[line..].trim_start().len()));
                if let Some(next) = next {
                    let end = text[..next].trim_end();
                    let ended = end.ends_with(';');
                    return Piece { words: start..end.len() - usize::from(ended), ended };
                }
            }
            TokenKind::Word | TokenKind::Open | TokenKind::Close | TokenKind::Pipe | TokenKind::Sign => {}
        }
        anything = true;
    }
    Piece { words: start..text.len(), ended: false }
}

/// Whether a line begins at `at` with `segment`, a tag, perhaps a display name, and `:`.
fn begins_definition(text: &str, at: usize) -> bool {
    let line_start = text[..at].trim_end_matches([' ', '\t']);
    if !line_start.is_empty() && !line_start.ends_with(['\n', '\r']) {
        return false;
    }
    let rest = &text[at..];
    let mut words = tokens(rest).filter(|it| !matches!(it.kind, TokenKind::Blank | TokenKind::Comment));
    let is_segment = words.next().is_some_and(|it| rest[it.range()].eq_ignore_ascii_case("segment"));
    let is_tag =
        is_segment && words.next().is_some_and(|it| matches!(it.kind, TokenKind::Word | TokenKind::Backticks { .. }));
    let colon = words.next().filter(|_| is_tag);
    let colon = match colon {
        Some(token) if matches!(token.kind, TokenKind::Text { .. }) => words.next(),
        other => other,
    };
    colon.is_some_and(|it| &rest[it.range()] == ":")
}

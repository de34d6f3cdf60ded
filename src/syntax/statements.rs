//! Several sentences in one text, and what lies outside quotes and comments.

use std::ops::Range;

use pest::Parser;

use super::grammar::{Grammar, Rule};
use super::lex::{TokenKind, tokens};

/// The sentences of a text that stand between `;`, without them; the last needs none.
#[must_use]
pub fn statements(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for token in tokens(text) {
        if token.kind == TokenKind::Semicolon {
            found.push(start..token.start);
            start = token.end;
        }
    }
    if start < text.len() {
        found.push(start..text.len());
    }
    found
}

/// Whether the text's last sentence is ended by `;`.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    let solid = tokens(text).filter(|it| !matches!(it.kind, TokenKind::Blank | TokenKind::Comment));
    solid.last().is_some_and(|it| it.kind == TokenKind::Semicolon)
}

/// Whether the text holds nothing but blanks and comments.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    tokens(text).all(|it| matches!(it.kind, TokenKind::Blank | TokenKind::Comment))
}

/// Whether `word` is one of the reserved words, in any case.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    Grammar::parse(Rule::reserved, word).is_ok_and(|mut nodes| nodes.next().is_some_and(|it| it.as_str() == word))
}

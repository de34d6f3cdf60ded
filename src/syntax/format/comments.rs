//! The comments of a text.

use crate::syntax::lex::{TokenKind, tokens};

/// A comment and what is known of its line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comment<'t> {
    /// With its `#` or `--`, without blanks at its end.
    pub text: &'t str,
    /// Its first byte.
    pub start: usize,
    /// Words stand before it on its line.
    pub ends_line: bool,
}

/// All comments, in their order.
pub(super) fn comments(text: &str) -> Vec<Comment<'_>> {
    let mut found = Vec::new();
    let mut after_words = false;
    for token in tokens(text) {
        let words = &text[token.range()];
        match token.kind {
            TokenKind::Blank => after_words &= !words.contains(['\n', '\r']),
            TokenKind::Comment => {
                found.push(Comment { text: words.trim_end(), start: token.start, ends_line: after_words });
            }
            TokenKind::Text { .. }
            | TokenKind::Backticks { .. }
            | TokenKind::Word
            | TokenKind::Open
            | TokenKind::Close
            | TokenKind::Pipe
            | TokenKind::Semicolon
            | TokenKind::Sign => after_words = true,
        }
    }
    found
}

//! Coarse tokens of a text: enough to know what lies in quotes, comments and brackets.
//!
//! One pass, no recursion, never fails: whatever isn't closed runs to the text's end. The grammar alone says
//! what a sentence is; this only cuts texts apart before it runs and names the word at a place after it ran.

use std::ops::Range;

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// White space.
    Blank,
    /// From `#` or `--` to the end of the line, without it.
    Comment,
    /// A text in single or double quotes.
    Text {
        /// It has its second quote.
        closed: bool,
    },
    /// A name in backticks.
    Backticks {
        /// It has its second backtick.
        closed: bool,
    },
    /// Letters, digits, `_` and inner `-`.
    Word,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `|`, but not `||`.
    Pipe,
    /// `;`
    Semicolon,
    /// Any other sign; signs of comparison and `||`, `&&` in one piece.
    Sign,
}

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

impl Token {
    /// Its bytes.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// The tokens of `text`, without gaps.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let token = token_at(text, at)?;
        at = token.end;
        Some(token)
    })
}

/// The first token at or after `at` that is neither blank nor a comment.
pub(super) fn solid_at(text: &str, mut at: usize) -> Option<Token> {
    loop {
        let token = token_at(text, at)?;
        if !matches!(token.kind, TokenKind::Blank | TokenKind::Comment) {
            return Some(token);
        }
        at = token.end;
    }
}

fn token_at(text: &str, start: usize) -> Option<Token> {
    let rest = text.get(start..)?;
    let first = rest.chars().next()?;
    let run = |accept: fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
    let (kind, length) = match first {
        '#' => (TokenKind::Comment, run(|c| c != '\n' && c != '\r')),
        '-' if rest.starts_with("--") => (TokenKind::Comment, run(|c| c != '\n' && c != '\r')),
        '"' | '\'' => {
            let (length, closed) = quoted(rest, first);
            (TokenKind::Text { closed }, length)
        }
        '`' => match rest[1..].find('`') {
            Some(inner) => (TokenKind::Backticks { closed: true }, inner + 2),
            None => (TokenKind::Backticks { closed: false }, rest.len()),
        },
        '(' => (TokenKind::Open, 1),
        ')' => (TokenKind::Close, 1),
        '|' if !rest.starts_with("||") => (TokenKind::Pipe, 1),
        ';' => (TokenKind::Semicolon, 1),
        '|' | '&' => (TokenKind::Sign, if rest[1..].starts_with(first) { 2 } else { 1 }),
        '=' | '<' | '>' | '!' | '~' => (TokenKind::Sign, run(|c| matches!(c, '=' | '<' | '>' | '!' | '~'))),
        _ if is_blank(first) => (TokenKind::Blank, run(is_blank)),
        _ if is_word(first) => (TokenKind::Word, word(rest)),
        _ => (TokenKind::Sign, first.len_utf8()),
    };
    Some(Token { kind, start, end: start + length })
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

/// Whether `c` belongs into a bare word.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn quoted(rest: &str, quote: char) -> (usize, bool) {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return (at + 1, true);
        }
    }
    (rest.len(), false)
}

fn word(rest: &str) -> usize {
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inner_hyphen = c == '-' && end > 0 && chars.peek().is_some_and(|&(_, next)| is_word(next));
        if !is_word(c) && !inner_hyphen {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

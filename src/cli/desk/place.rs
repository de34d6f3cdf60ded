//! [`Cursor`]: what can stand at the cursor, by the words before it.
//!
//! The grammar is total: it finds a place for any text, so it can't say what it would have liked. [`Reader`] reads the words
//! up to the cursor instead, by the language's own tokens.

use super::reader::Reader;
use crate::book::{Book, FieldType};
use crate::engine::Rows;
use crate::plan::FieldRef;
use crate::syntax::{self, Token, TokenKind};

/// What is asked about: it says which operators and values fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Subject {
    /// A field.
    Field(Rows, FieldRef),
    /// A total of this type.
    Total(FieldType),
    /// Something that isn't known.
    Unknown,
}

impl Subject {
    /// The type of its values; none of `funnel`, and of what isn't known.
    pub(super) fn field_type<'a>(&'a self, book: &'a Book) -> Option<&'a FieldType> {
        match self {
            Self::Field(rows, FieldRef::Column(column)) => Some(&rows.table(book).columns[*column].field_type),
            Self::Total(field_type) => Some(field_type),
            Self::Field(_, FieldRef::Funnel) | Self::Unknown => None,
        }
    }
}

/// Which fields are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    /// Numbers and dates.
    Measured,
}

/// What can stand at the cursor.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// A condition on such rows begins; of the sentence's first one `from` stands before it.
    Condition {
        rows: Rows,
        is_first: bool,
    },
    /// An operator that fits.
    Operator(Subject),
    /// A value that fits.
    Value(Subject),
    /// An event, or `any`.
    Event,
    /// A kind of record.
    Kind,
    /// What a total is of: a kind, or a property of one.
    TotalOf {
        properties: bool,
        lists: bool,
    },
    /// A saved segment by tag, by display name.
    Segment,
    SegmentName,
    /// A field of such rows.
    Field(Rows, Wanted),
    /// Some of these words.
    Words(&'static [&'static str]),
    /// A file.
    Path,
    /// Nothing that is known beforehand: a number, a name of one's own.
    Nothing,
}

/// The word at the cursor, and what it can become.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cursor<'t> {
    /// Where the word begins, in bytes; at the cursor if none was begun.
    pub(super) start: usize,
    /// What is there of it, without its quote.
    pub(super) typed: &'t str,
    /// It begins with a quote.
    pub(super) is_quoted: bool,
    /// What can stand there.
    pub(super) place: Place,
}

impl<'t> Cursor<'t> {
    /// Reads a sentence up to the cursor, which is at its end.
    pub(super) fn of(text: &'t str, book: &Book) -> Self {
        let mut words = joined(text);
        let is_begun = |it: &Word| match it.kind {
            TokenKind::Word | TokenKind::Backticks { closed: false } | TokenKind::Text { closed: false } => {
                it.end == text.len()
            }
            TokenKind::Comment => true,
            TokenKind::Blank
            | TokenKind::Text { closed: true }
            | TokenKind::Backticks { closed: true }
            | TokenKind::Open
            | TokenKind::Close
            | TokenKind::Pipe
            | TokenKind::Semicolon
            | TokenKind::Sign => false,
        };
        let begun = words.pop_if(|it| is_begun(it));
        let mut reader = Reader::new(book);
        for (at, word) in words.iter().enumerate() {
            let next = words.get(at + 1).map(|it| it.kind);
            reader.take(&text[word.start..word.end], word.kind, next == Some(TokenKind::Open));
        }
        let Some(begun) = begun else {
            return Self { start: text.len(), typed: "", is_quoted: false, place: reader.place };
        };
        let whole = &text[begun.start..];
        let is_quoted = matches!(begun.kind, TokenKind::Text { .. });
        let is_opened = is_quoted || matches!(begun.kind, TokenKind::Backticks { .. });
        let typed = if is_opened { &whole[1..] } else { whole };
        let place = if begun.kind == TokenKind::Comment { Place::Nothing } else { reader.place };
        Self { start: begun.start, typed, is_quoted, place }
    }
}

/// A token, or several that a point joins: `email.domain`, `1.5`.
#[derive(Debug, Clone, Copy)]
struct Word {
    kind: TokenKind,
    start: usize,
    end: usize,
}

/// The words of a text without blanks, and without comments but for one that the text ends in.
fn joined(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let is_part = |kind| matches!(kind, TokenKind::Word | TokenKind::Backticks { .. });
    let mut after_point = false;
    for Token { kind, start, end } in syntax::tokens(text) {
        let is_point = kind == TokenKind::Sign && &text[start..end] == ".";
        match words.last_mut() {
            Some(last) if last.end == start && is_part(last.kind) && (is_point || (after_point && is_part(kind))) => {
                last.end = end;
            }
            Some(_) | None if kind == TokenKind::Blank || (kind == TokenKind::Comment && end < text.len()) => {}
            Some(_) | None => words.push(Word { kind, start, end }),
        }
        after_point = is_point;
    }
    words
}

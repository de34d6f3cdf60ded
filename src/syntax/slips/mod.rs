//! What is told about each slip of syntax: the message, and the nearest thing that would work, made of the
//! sentence's own words where that helps.
//!
//! One function per slip; none looks at a parse tree but [`left_over`], which has to guess what the words behind a
//! complete condition were meant to be.

mod condition;
mod left_over;
mod record;
mod step;
mod text;
mod value;

pub(super) use condition::*;
pub(super) use left_over::left_over;
pub(super) use record::*;
pub use step::STEPS;
pub(super) use step::*;
pub(super) use text::*;
pub(super) use value::*;

use super::build::Gap;
use super::lex::{TokenKind, tokens};
use crate::model::{Code, Diagnostic};

/// Something that must stand at a place, and doesn't.
pub(super) fn expected(code: Code, gap: &Gap, what: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, gap.span, format!("expected {what}, found {}", gap.found));
    let word = gap.found.trim_matches('`');
    if !super::is_reserved(word) {
        return diagnostic;
    }
    match code {
        Code::ExpectedName => {
            diagnostic.help(format!("`{word}` is reserved; a name like this stands in backticks: `` `{word}` ``"))
        }
        Code::ExpectedText => {
            diagnostic.help(format!("`{word}` is reserved; as a text it stands in quotes: {}", quoted(word)))
        }
        _ => diagnostic,
    }
}

/// Whether the words are a single bare word, such as a field.
pub(super) fn is_one_word(words: &str) -> bool {
    let mut tokens = tokens(words);
    tokens.next().is_some_and(|it| it.kind == TokenKind::Word) && tokens.next().is_none()
}

/// `text` in double quotes, as the language writes it.
pub(super) fn quoted(text: &str) -> String {
    super::quote(text.trim())
}

/// At most 60 characters of the text, for a message.
fn brief(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(57).chain("...".chars()).collect()
}

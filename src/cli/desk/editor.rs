//! What the line editor asks of a session: offers, hints, colours, and whether a question is whole.

use std::borrow::Cow;
use std::ops::Range;

use rustyline::completion::{Completer, FilenameCompleter};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::{self, Offer};
use super::place::{Cursor, Place};
use super::{Session, commands, hint};
use crate::syntax::{self, Paint};

/// Longer texts have no colours: to read one at each key stroke would be felt.
const MOST_PAINTED_BYTES: usize = 1 << 14;

/// Words behind the line, which no key takes over.
pub(super) struct Words(String);

impl Hint for Words {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Helper for Session<'_> {}

impl Validator for Session<'_> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_whole = is_command(text) || syntax::is_blank(text) || syntax::is_complete(text);
        Ok(if is_whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Session<'_> {
    type Hint = Words;

    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Words> {
        if is_command(line) {
            return commands::usage(line.trim()).map(|it| Words(format!("  # {it}")));
        }
        let sentence = &line[sentence_at(line, position)];
        if let Some((known, words)) = &*self.hinted.borrow()
            && known == sentence
        {
            return Some(Words(words.clone()));
        }
        let words = hint::hint(sentence, &self.engine, &self.options);
        *self.hinted.borrow_mut() = Some((sentence.to_owned(), words.clone()));
        Some(Words(words))
    }
}

impl Completer for Session<'_> {
    type Candidate = Offer;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Offer>)> {
        let before = &line[..position];
        if is_command(line) {
            return match commands::offers(before, &self.engine) {
                commands::Offers::Words(start, offers) => Ok((start, offers)),
                commands::Offers::Paths => paths(line, position),
            };
        }
        let start = sentence_at(line, position).start;
        let sentence = &before[start..];
        if Cursor::of(sentence, self.engine.book()).place == Place::Path {
            return paths(line, position);
        }
        let (at, offers) = complete::offers(sentence, &self.engine);
        Ok((start + at, offers))
    }
}

fn paths(line: &str, position: usize) -> rustyline::Result<(usize, Vec<Offer>)> {
    let (start, found) = FilenameCompleter::new().complete_path(line, position)?;
    Ok((start, found.into_iter().take(complete::MOST).map(|it| Offer::new(it.replacement, "")).collect()))
}

impl Highlighter for Session<'_> {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if line.len() > MOST_PAINTED_BYTES || is_command(line) {
            return Cow::Borrowed(line);
        }
        let mut out = String::with_capacity(line.len() * 2);
        let mut at = 0;
        for (Range { start, end }, paint) in syntax::paint(line) {
            // A line feed between escapes would stay where it is; a stretch that is there twice isn't painted twice.
            let (Some(before), Some(words)) = (line.get(at..start), line.get(start..end)) else { continue };
            out.push_str(before);
            out.push_str(&format!("\x1b[{}m{words}\x1b[0m", color(paint)));
            at = end;
        }
        out.push_str(&line[at..]);
        Cow::Owned(out)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m"))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

/// The SGR parameters of a colour.
const fn color(paint: Paint) -> &'static str {
    match paint {
        Paint::Keyword => "1;34",
        Paint::Field => "36",
        Paint::Name => "35",
        Paint::Text => "32",
        Paint::Number => "33",
        Paint::Comment => "2",
        Paint::Wrong => "31",
    }
}

/// Whether a text is a dot command.
pub(super) fn is_command(text: &str) -> bool {
    text.trim_start().starts_with('.')
}

/// The sentence of a text that a place lies in, without its `;`.
fn sentence_at(text: &str, position: usize) -> Range<usize> {
    let all = syntax::statements(text);
    let last = all.last().map_or(0..0, |it| it.end..it.end);
    let found = all.iter().find(|it| position <= it.end).cloned().unwrap_or(last);
    // Behind the last `;` the sentence before it is still looked at.
    match all.last() {
        Some(done) if found.start >= done.end && syntax::is_complete(text) && position > done.end => {
            if text[done.end..position].trim() == ";" { done.clone() } else { text.len()..text.len() }
        }
        Some(_) | None => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_at_the_cursor_is_looked_at() {
        let text = "a = 1; b = 2;";
        assert_eq!(&text[sentence_at(text, 3)], "a = 1");
        assert_eq!(&text[sentence_at(text, 8)], " b = 2");
        assert_eq!(&text[sentence_at(text, 13)], " b = 2");
        assert_eq!(&"a = 1"[sentence_at("a = 1", 5)], "a = 1");
        assert_eq!(sentence_at("", 0), 0..0);
    }
}

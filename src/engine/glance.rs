//! [`Engine::glance`]: what a sentence comes to while it is being written.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use super::{Engine, Error, QueryOptions};
use crate::model::{Diagnostic, SourceId};
use crate::plan::{self, Prepared, ResolveContext};
use crate::syntax::{self, Token, TokenKind};

/// Longer sentences aren't looked at: to read one at each key stroke would be felt.
const MOST_BYTES: usize = 1 << 14;
/// Beginnings of a sentence that are tried, from the longest on.
const MOST_BEGINNINGS: usize = 24;

/// What a sentence comes to as far as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Glance {
    /// The sentence is whole; so many match.
    Whole(u64),
    /// It isn't finished; so many match without the bytes `left_out`, none of which but brackets may be missing.
    Unfinished {
        /// How many.
        count: u64,
        /// What stands after the longest beginning that can be read.
        left_out: Range<usize>,
    },
    /// It is wrong, and more words at its end won't mend it.
    Wrong(Box<Diagnostic>),
    /// Nothing can be said: no beginning can be read, it takes longer, or it would take reading a file.
    Nothing,
}

impl Engine {
    /// Looks at a sentence that is being written. Reads no file, writes none, and ends at `deadline`; never guesses.
    ///
    /// Cost: that of reading up to two dozen beginnings of it, and of counting one.
    ///
    /// # Errors
    ///
    /// A zone that isn't one.
    pub fn glance(&self, text: &str, options: &QueryOptions, deadline: Instant) -> Result<Glance, Error> {
        let solid: Vec<Token> =
            syntax::tokens(text).filter(|it| !matches!(it.kind, TokenKind::Blank | TokenKind::Comment)).collect();
        let Some(last) = solid.last() else { return Ok(Glance::Nothing) };
        if text.len() > MOST_BYTES {
            return Ok(Glance::Nothing);
        }
        let clock = self.clock(options)?;
        let asks_for_file = Cell::new(false);
        let read = |text: &str| {
            let context = ResolveContext {
                book: &self.book,
                segments: &self.segments,
                clock: clock.clone(),
                working_dir: Path::new(""),
                read_list: &|_: &Path| {
                    asks_for_file.set(true);
                    Err(io::Error::from(io::ErrorKind::WouldBlock))
                },
            };
            syntax::parse(text, SourceId::QUERY).and_then(|query| plan::resolve(&query, text, &context))
        };
        let wrong = match read(text) {
            Ok(query) => return Ok(self.counted(&query, deadline).map_or(Glance::Nothing, Glance::Whole)),
            Err(wrong) => wrong,
        };
        if asks_for_file.get() {
            return Ok(Glance::Nothing);
        }
        // What is wrong before the last word was there when that word was begun.
        let is_over = |it: &Diagnostic| it.span.is_some_and(|it| it.end <= last.start && !is_open(text, it.start));
        if let Some(wrong) = wrong.into_iter().find(is_over) {
            return Ok(Glance::Wrong(Box::new(wrong)));
        }
        let ends = solid.iter().rev().map(|it| it.end).take(MOST_BEGINNINGS);
        for end in ends.take_while(|_| Instant::now() < deadline) {
            let Some(closed) = closed(&text[..end]) else { continue };
            if let Ok(query) = read(&closed) {
                let left_out = end..text.trim_end().len().max(end);
                let counted = self.counted(&query, deadline);
                return Ok(counted.map_or(Glance::Nothing, |count| Glance::Unfinished { count, left_out }));
            }
        }
        Ok(Glance::Nothing)
    }

    /// The exact count, if it is there in time.
    fn counted(&self, query: &Prepared, deadline: Instant) -> Option<u64> {
        // Late, or a sum too large: the question itself will tell.
        self.count_unless(query, &self.cancel.until(deadline)).ok()
    }
}

/// Whether a bracket is opened at `at` that nothing closes.
fn is_open(text: &str, at: usize) -> bool {
    text[at..].starts_with('(') && open_brackets(&text[at..]).is_some_and(|n| n > 0)
}

/// The text with its brackets closed; none if it ends within quotes.
fn closed(text: &str) -> Option<String> {
    Some([text, &")".repeat(open_brackets(text)?)].concat())
}

/// How many brackets are open at the end of a text; none if it ends within quotes.
fn open_brackets(text: &str) -> Option<usize> {
    let mut open: usize = 0;
    for token in syntax::tokens(text) {
        match token.kind {
            TokenKind::Open => open += 1,
            TokenKind::Close => open = open.saturating_sub(1),
            TokenKind::Text { closed: false } | TokenKind::Backticks { closed: false } => return None,
            TokenKind::Text { closed: true }
            | TokenKind::Backticks { closed: true }
            | TokenKind::Blank
            | TokenKind::Comment
            | TokenKind::Word
            | TokenKind::Pipe
            | TokenKind::Semicolon
            | TokenKind::Sign => {}
        }
    }
    Some(open)
}

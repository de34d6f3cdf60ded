//! What must be right before the grammar runs: quotes and brackets are closed, and nothing nests too deep.
//!
//! Reports what isn't and mends it, so that the grammar, which takes brackets for granted, finds the
//! remaining slips of the same text. The mended text keeps its places but for brackets set in, whose positions
//! [`Scan::inserted`] lists.

use super::lex::{Token, TokenKind, is_word, tokens};
use super::slips;
use super::{MAX_CONDITIONS, MAX_DEPTH, MAX_DIAGNOSTICS};
use crate::model::{Diagnostic, Span};

/// A text that the grammar can take.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The text, with each quote and bracket closed.
    pub text: String,
    /// Where in [`Self::text`] a bracket was set in; ascending.
    pub inserted: Vec<usize>,
    /// Where the rest of the text was given up: an unclosed quote, or far more conditions than there may be. Messages
    /// from there on are hearsay.
    pub given_up: Option<usize>,
    /// What was wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Mends `text`; an error if it nests too deep to be read at all.
///
/// One pass over the text, which ends at the first bracket or `not` that is too deep.
pub(super) fn scan(text: &str, span: impl Fn(usize, usize) -> Span) -> Result<Scan, Box<Diagnostic>> {
    let mut scanner = Scanner {
        text,
        span,
        scan: Scan::default(),
        nesting: Nesting::default(),
        last: Last::Start,
        n_joiners: 0,
        between: false,
    };
    scanner.scan.text.reserve(text.len() + 2);
    for token in tokens(text) {
        if !scanner.take(token)? {
            break;
        }
    }
    scanner.close_brackets();
    Ok(scanner.scan)
}

/// The token before, as far as it decides what a `not` or `(` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing, `(`, `|`, `and`, `or`, `not`, `where`: a condition begins.
    Start,
    /// `in`, `all`, `count`, `month` and so on: a bracket is no group.
    Caller,
    /// Anything else.
    Other,
}

/// The open brackets on the present path, and the `not` between them.
#[derive(Default)]
struct Nesting {
    frames: Vec<Frame>,
    level: usize,
    nots: usize,
}

struct Frame {
    open: usize,
    counts: bool,
    nots: usize,
}

struct Scanner<'t, F> {
    text: &'t str,
    span: F,
    scan: Scan,
    nesting: Nesting,
    last: Last,
    n_joiners: usize,
    between: bool,
}

impl<F: Fn(usize, usize) -> Span> Scanner<'_, F> {
    /// Copies one token over; false if the rest can't be read.
    fn take(&mut self, token: Token) -> Result<bool, Box<Diagnostic>> {
        let words = &self.text[token.range()];
        if self.n_joiners > MAX_CONDITIONS + 1 || self.scan.diagnostics.len() >= MAX_DIAGNOSTICS {
            self.scan.given_up = Some(token.start);
            return Ok(false);
        }
        let mut last = Last::Other;
        match token.kind {
            TokenKind::Blank => last = self.last,
            TokenKind::Comment => {
                last = self.last;
                self.check_comment(token);
            }
            TokenKind::Text { closed: false } | TokenKind::Backticks { closed: false } => {
                self.give_up(token);
                return Ok(false);
            }
            TokenKind::Text { closed: true } | TokenKind::Backticks { closed: true } | TokenKind::Sign => {}
            TokenKind::Open => {
                self.open(token)?;
                last = Last::Start;
            }
            TokenKind::Close => {
                if !self.nesting.close() {
                    let span = (self.span)(token.start, token.end);
                    self.scan.diagnostics.push(slips::stray_bracket(span));
                    self.scan.text.push(' ');
                    return Ok(true);
                }
            }
            TokenKind::Pipe => {
                self.close_brackets();
                self.nesting.leave_nots();
                last = Last::Start;
            }
            TokenKind::Semicolon => {
                self.scan.diagnostics.push(slips::stray_semicolon((self.span)(token.start, token.end)));
                self.scan.text.push(' ');
                return Ok(true);
            }
            TokenKind::Word => last = self.word(token, words)?,
        }
        self.scan.text.push_str(words);
        self.last = last;
        Ok(true)
    }

    fn word(&mut self, token: Token, word: &str) -> Result<Last, Box<Diagnostic>> {
        const CALLERS: [&str; 18] = [
            "in", "all", "none", "any", "contains", "between", "count", "sum", "avg", "min", "max", "first", "last",
            "day", "week", "month", "quarter", "year",
        ];
        let is = |keyword: &&str| word.eq_ignore_ascii_case(keyword);
        if ["and", "or"].iter().any(is) {
            // The `and` of `between` joins no conditions.
            self.n_joiners += usize::from(!std::mem::take(&mut self.between));
            self.nesting.leave_nots();
            return Ok(Last::Start);
        }
        self.between |= is(&"between");
        if is(&"where") {
            return Ok(Last::Start);
        }
        if is(&"not") && self.last == Last::Start {
            if !self.nesting.not() {
                return Err(Box::new(slips::too_deep((self.span)(token.start, token.end))));
            }
            return Ok(Last::Start);
        }
        Ok(if CALLERS.iter().any(is) { Last::Caller } else { Last::Other })
    }

    fn open(&mut self, token: Token) -> Result<(), Box<Diagnostic>> {
        if self.nesting.open(token.start, self.last != Last::Caller) {
            return Ok(());
        }
        Err(Box::new(slips::too_deep((self.span)(token.start, token.end))))
    }

    /// A comment that touches what stands before it is none.
    fn check_comment(&mut self, token: Token) {
        let Some(before) = self.text[..token.start].chars().next_back() else { return };
        if before.is_whitespace() || matches!(before, '\u{FEFF}' | ')' | ';' | ',' | '"' | '\'' | '`') {
            return;
        }
        let start = self.text[..token.start].trim_end_matches(|c| is_word(c) || matches!(c, '-' | '.')).len();
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ')' | '|' | ';' | '"' | '\'' | '`');
        let end = token.start + self.text[token.range()].find(ends).unwrap_or(token.end - token.start);
        let sign = if self.text[token.start..].starts_with('#') { "#" } else { "--" };
        let span = (self.span)(start, (token.start + sign.len()).min(end));
        self.scan.diagnostics.push(slips::touching_comment(span, sign, &self.text[start..end]));
    }

    /// A text without its second quote: everything after the first one may be meant as text.
    fn give_up(&mut self, token: Token) {
        let quote = &self.text[token.start..token.start + 1];
        let inside_word = self.text[..token.start].ends_with(is_word);
        self.scan.diagnostics.push(slips::unclosed_text((self.span)(token.start, token.start + 1), quote, inside_word));
        self.scan.given_up = Some(token.start);
        self.scan.text.push_str(quote);
        self.scan.text.push_str(if quote == "`" { "x`" } else { quote });
    }

    /// Closes the brackets that are open, telling which unless an open quote may be the cause.
    fn close_brackets(&mut self) {
        let blank = self.scan.text.len() - self.scan.text.trim_end().len();
        let tail = self.scan.text.split_off(self.scan.text.len() - blank);
        for (n, frame) in std::mem::take(&mut self.nesting.frames).into_iter().enumerate() {
            if self.scan.given_up.is_none() && n < 3 {
                self.scan.diagnostics.push(slips::unclosed_bracket((self.span)(frame.open, frame.open + 1)));
            }
            // A comment would swallow the bracket; its line ends first.
            for c in ['\n', ')'] {
                self.scan.inserted.push(self.scan.text.len());
                self.scan.text.push(c);
            }
        }
        self.scan.text.push_str(&tail);
        self.nesting = Nesting::default();
    }
}

impl Nesting {
    /// One bracket more; false if that is too deep.
    ///
    /// Brackets of totals and lists don't count, and nest at most twice in what the language has.
    fn open(&mut self, open: usize, counts: bool) -> bool {
        self.level += usize::from(counts);
        self.frames.push(Frame { open, counts, nots: std::mem::take(&mut self.nots) });
        self.level <= MAX_DEPTH && self.frames.len() <= MAX_DEPTH + 2
    }

    /// One bracket fewer; false if there is none.
    fn close(&mut self) -> bool {
        let Some(frame) = self.frames.pop() else { return false };
        self.leave_nots();
        self.level = self.level.saturating_sub(usize::from(frame.counts) + frame.nots);
        true
    }

    /// One `not` more; false if that is too deep.
    fn not(&mut self) -> bool {
        self.nots += 1;
        self.level += 1;
        self.level <= MAX_DEPTH
    }

    /// The condition that the last `not` stood before is over.
    fn leave_nots(&mut self) {
        self.level = self.level.saturating_sub(std::mem::take(&mut self.nots));
    }
}

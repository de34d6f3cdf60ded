//! What is told about a text: where, what, and how to mend it.

use super::{Code, escape_control};

/// Which text a [`Span`] lies in: the query itself, or a file of definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SourceId(pub u32);

impl SourceId {
    /// The text that was asked; files of definitions count from 1.
    pub const QUERY: Self = Self(0);
}

/// A stretch of a source text, in bytes; `start == end` marks a place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The text it lies in.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A stretch of `source`.
    #[must_use]
    pub const fn new(source: SourceId, start: usize, end: usize) -> Self {
        Self { source, start, end }
    }

    /// The shortest stretch that covers both; `other` must lie in the same source.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// How grave a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Nothing was answered.
    Error,
    /// It can be answered, but hardly says what was meant.
    Warning,
    /// An answer was given; this is worth knowing about it.
    Note,
}

/// One message about a text: the code, the place, what is wrong, and what would work.
///
/// Made by [`Self::error`], [`Self::warning`] or [`Self::note`], its words hold no control characters: these stand in them as escapes, `\u{1b}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error, warning or note.
    pub severity: Severity,
    /// What kind of mistake or note it is.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The smallest part that must change; none if it concerns no place.
    pub span: Option<Span>,
    /// How to mend it: each a sentence of its own.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: shown(message), span: Some(span), help: Vec::new() }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, message: shown(message), span: Some(span), help: Vec::new() }
    }

    /// A note, perhaps without a place.
    #[must_use]
    pub fn note(code: Code, span: Option<Span>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, code, message: shown(message), span, help: Vec::new() }
    }

    /// Adds a way to mend it; `None` adds nothing.
    #[must_use]
    pub fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help.extend(help.into().map(shown));
        self
    }
}

/// What a text holds may stand in a message, what steers a terminal may not.
fn shown(message: impl Into<String>) -> String {
    escape_control(&message.into())
}

/// The candidates nearest to `wanted`, best first, at most three; none if all are far.
///
/// Compares without case by Damerau-Levenshtein distance; "near" is at most a third of the
/// longer word, at least two edits for words of four letters or more. Also near are names that
/// contain the word or lie within it.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = crate::model::fold(wanted);
    let mut scored: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        let folded = crate::model::fold(candidate);
        let distance = strsim::damerau_levenshtein(&wanted, &folded);
        let longer = wanted.chars().count().max(folded.chars().count());
        let allowed = (longer / 3).max(if longer >= 4 { 2 } else { 1 });
        let inside = wanted.len() >= 3 && folded.len() >= 3 && (folded.contains(&*wanted) || wanted.contains(&*folded));
        if distance <= allowed || inside {
            scored.push((distance, candidate));
        }
    }
    scored.sort();
    scored.dedup();
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How to mend a name that is none of `names`: by the [`nearest`] of them, or else by any.
pub fn nearest_or_all(name: &str, names: &[&str]) -> String {
    match nearest(name, names.iter().copied()).first() {
        Some(near) => format!("the nearest is `{near}`"),
        None => format!("there are {}", names.join(", ")),
    }
}

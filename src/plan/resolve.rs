//! [`resolve`]: the sentence as a whole, and the state that its parts share.
//!
//! Flow: the segments that the sentence names are settled first, each once, those they rest on before them;
//! then the filter, then the steps. Mistakes are gathered, not stopped at.
//!
//! Invariant: recursion follows one text's own nesting, which the parser bounds; segments add none.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::build;
use super::references::Settled;
use super::scope::Scope;
use super::segments::Segments;
use super::tree::{ConditionId, Plan, Prepared};
use crate::book::{Book, Universe};
use crate::model::{Clock, Code, Diagnostic, SourceId, Span, fold};
use crate::syntax::{MAX_CONDITIONS, ast};

/// Reads a list file: its bytes, or why there are none.
pub type ReadList<'a> = dyn Fn(&Path) -> std::io::Result<Vec<u8>> + 'a;

/// What a sentence is resolved against.
#[derive(Clone)]
pub struct ResolveContext<'a> {
    /// The book.
    pub book: &'a Book,
    /// The saved segments that `@tag` finds.
    pub segments: &'a Segments,
    /// The query's `now` and zone.
    pub clock: Clock,
    /// Reads the file of `email in file`.
    pub read_list: &'a ReadList<'a>,
    /// The folder that paths in the query start from; those in a file of definitions start from that file's.
    pub working_dir: &'a Path,
}

/// A plan of `query` whose source is `text`, or everything that is wrong with it, in the order of the places.
pub fn resolve(query: &ast::Query, text: &str, context: &ResolveContext<'_>) -> Result<Prepared, Vec<Diagnostic>> {
    let mut resolver = Resolver::new(context, text);
    let universe = universe(query.from.as_ref())?;
    let scope = Scope::people(context.book, universe);
    resolver.settle(&query.filter);
    let filter = resolver.expr(&query.filter, scope);
    let steps = resolver.steps(query, scope);
    let Resolver { conditions, mut notes, .. } = resolver;
    match both(filter, steps) {
        Ok((filter, (subsets, answer))) => {
            notes.dedup();
            Ok(Prepared { universe, filter, conditions, subsets, answer, notes, clock: context.clock.clone() })
        }
        Err(mut errors) => {
            errors.sort_by_key(|it| it.span);
            errors.dedup();
            Err(errors)
        }
    }
}

/// The universe of the word after `from`; contacts if there is none.
pub(super) fn universe(from: Option<&ast::Name>) -> Checked<Universe> {
    let Some(name) = from else { return Ok(Universe::Contacts) };
    match &*fold(&name.text) {
        "contacts" => Ok(Universe::Contacts),
        "visitors" => Ok(Universe::Visitors),
        _ => wrong(
            Diagnostic::error(Code::UnknownUniverse, name.span, format!("there are no `{}` to ask for", name.text))
                .help("`from contacts` and `from visitors` are what there is".to_owned()),
        ),
    }
}

/// What is wrong; empty if it has been told elsewhere.
pub(super) type Wrong = Vec<Diagnostic>;
/// A part of the sentence, or what is wrong with it.
pub(super) type Checked<T> = Result<T, Wrong>;

/// One mistake.
pub(super) fn wrong<T>(diagnostic: Diagnostic) -> Checked<T> {
    Err(vec![diagnostic])
}

/// All parts, or all that is wrong with any of them.
pub(super) fn all<T>(parts: impl IntoIterator<Item = Checked<T>>) -> Checked<Vec<T>> {
    let (mut good, mut bad, mut failed) = (Vec::new(), Vec::new(), false);
    for part in parts {
        match part {
            Ok(part) => good.push(part),
            Err(errors) => {
                failed = true;
                bad.extend(errors);
            }
        }
    }
    if failed { Err(bad) } else { Ok(good) }
}

/// Both parts, or all that is wrong with either.
pub(super) fn both<A, B>(a: Checked<A>, b: Checked<B>) -> Checked<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut a), Err(b)) => {
            a.extend(b);
            Err(a)
        }
        (Err(errors), Ok(_)) | (Ok(_), Err(errors)) => Err(errors),
    }
}

/// Values of lists and ranges in one plan, those of its segments included: a bound on memory, far above any sentence of use.
const MAX_PLAN_VALUES: usize = 2_000_000;

/// The state of one resolution.
pub(super) struct Resolver<'a> {
    /// What it resolves against.
    pub(super) context: &'a ResolveContext<'a>,
    /// The query's source.
    pub(super) text: &'a str,
    /// By condition id: its place.
    pub(super) conditions: Vec<Span>,
    /// What is worth knowing.
    pub(super) notes: Vec<Diagnostic>,
    /// Conditions of the text at hand, with those of the segments it names.
    pub(super) n_conditions: usize,
    /// Values of lists in the text at hand, with those of the segments it names.
    pub(super) n_values: usize,
    /// Texts searched for values that occur nowhere.
    pub(super) n_searched: usize,
    /// By position in [`Segments`]: what became of it.
    pub(super) settled: HashMap<usize, Settled>,
    /// What the conditions hang on beside their words.
    pub(super) hangs: Hangs,
}

/// What conditions hang on beside their words and the book's schema.
#[derive(Debug, Default)]
pub(super) struct Hangs {
    /// The condition at hand read the clock.
    pub(super) reads_clock: Cell<bool>,
    /// The condition at hand read values of the book.
    pub(super) reads_data: Cell<bool>,
    /// Conditions that mean something else at another now.
    pub(super) on_clock: HashSet<ConditionId>,
    /// Conditions that mean something else in another book of the same schema.
    pub(super) on_data: HashSet<ConditionId>,
    /// Some condition came down to everyone or nobody by what the book holds.
    pub(super) folded_data: bool,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(context: &'a ResolveContext<'a>, text: &'a str) -> Self {
        Self {
            context,
            text,
            conditions: Vec::new(),
            notes: Vec::new(),
            n_conditions: 0,
            n_values: 0,
            n_searched: 0,
            settled: HashMap::new(),
            hangs: Hangs::default(),
        }
    }

    /// The book.
    pub(super) fn book(&self) -> &'a Book {
        self.context.book
    }

    /// The words at a place.
    pub(super) fn words(&self, span: Span) -> &'a str {
        let text = match span.source {
            SourceId::QUERY => Some(self.text),
            source => self.context.segments.source(source).map(|(_, text)| text),
        };
        text.and_then(|it| it.get(span.start..span.end)).unwrap_or("")
    }

    /// An id for a condition at this place.
    pub(super) fn new_id(&mut self, span: Span) -> ConditionId {
        self.conditions.push(span);
        self.conditions.len() - 1
    }

    /// Adds a note.
    pub(super) fn note(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.notes.push(Diagnostic::note(code, Some(span), message));
    }

    /// Counts `n` more conditions, of which the last stands at `span`.
    pub(super) fn count_conditions(&mut self, n: usize, span: Span) -> Checked<()> {
        let before = self.n_conditions;
        self.n_conditions = before.saturating_add(n);
        if self.n_conditions <= MAX_CONDITIONS {
            return Ok(());
        }
        if before > MAX_CONDITIONS {
            return Err(Vec::new());
        }
        wrong(
            Diagnostic::error(Code::TooManyConditions, span, "a sentence has at most 10,000 conditions")
                .help("one list `in (…)` is a single condition, of up to 100,000 values".to_owned()),
        )
    }

    /// Counts `n` more values of a list at `span`.
    pub(super) fn count_values(&mut self, n: usize, span: Span) -> Checked<()> {
        self.n_values = self.n_values.saturating_add(n);
        if self.n_values <= MAX_PLAN_VALUES {
            return Ok(());
        }
        wrong(Diagnostic::error(
            Code::TooManyValues,
            span,
            "the lists and patterns of a sentence and of the segments it names are too large together: 2,000,000 values at most",
        ))
    }

    /// A filter in brackets after `where`, if there is one.
    pub(super) fn filter(&mut self, filter: Option<&ast::Expr>, scope: Scope<'a>) -> Checked<Plan> {
        filter.map_or(Ok(Plan::All), |filter| self.expr(filter, scope))
    }

    /// Window and `where` in one.
    pub(super) fn filter_of_parts(&mut self, parts: Vec<Checked<Plan>>) -> Checked<Plan> {
        all(parts).map(build::and)
    }
}

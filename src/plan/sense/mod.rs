//! What a definition can't mean: filters that nobody or everyone passes, conditions that say nothing new, segments
//! that are the same, proven from the plans without running them.
//!
//! Flow: `outline` resolves a definition condition by condition, `logic` turns the plans into formulas, `solve`
//! asks whether formulas can hold together, `theory` what is known of one field, `tell` puts the questions.
//!
//! Invariant: a finding is a proof. What isn't known to be related counts as unrelated, and a question that
//! takes too many steps is told to be undecided, the same on every machine.

mod held;
mod logic;
mod solve;
mod tell;
mod theory;

use super::resolve::ResolveContext;
use crate::model::{Diagnostic, Span};
use crate::syntax::ast;
use tell::Teller;

/// A filter whose sense is asked.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its tag; none of a filter without a name, which isn't held against others.
    pub tag: Option<&'a ast::Name>,
    /// The word after `from`.
    pub from: Option<&'a ast::Name>,
    /// What it says.
    pub filter: &'a ast::Expr,
}

/// What a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The words and the schema: it holds in every book of this schema, at every now.
    Logic,
    /// The same, at the query's now.
    Now,
    /// What this book holds, at the query's now.
    Data,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// Nobody passes the filter.
    Empty,
    /// Everyone passes the filter.
    Everyone,
    /// A part that holds of nobody.
    Never,
    /// A part that holds of everyone.
    Always,
    /// A part of an `and` that the others imply: it could be `everyone`.
    Implied,
    /// A part of an `or` that adds nobody: it could be `nobody`.
    AddsNobody,
    /// The same people as the segment of this tag.
    Same(String),
    /// All of them are in the segment of this tag.
    Contained(String),
    /// A value in a condition that the book never holds.
    Absent,
    /// The question took too many steps.
    Undecided,
}

/// A finding about one filter.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// What it rests on.
    pub proof: Proof,
    /// The part that it is about.
    pub span: Span,
    /// The same as a message.
    pub diagnostic: Diagnostic,
}

/// The sense of filters, each with its findings in the order of the text, or all that is wrong with it.
///
/// Cost: bounded by a number of steps for each filter, far under a second.
#[must_use]
pub fn check(subjects: &[Subject<'_>], context: &ResolveContext<'_>) -> Vec<Result<Vec<Finding>, Vec<Diagnostic>>> {
    let mut teller = Teller::new(context);
    subjects.iter().map(|it| teller.subject(it)).collect()
}

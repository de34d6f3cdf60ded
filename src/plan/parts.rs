//! [`parts`]: a filter as a tree of what was written, each condition with its plan, saved segments opened.
//!
//! For those who explain an answer: the tree keeps the words, which the plan of a whole filter loses.

use super::resolve::{Checked, ResolveContext, Resolver, all, universe};
use super::scope::Scope;
use super::tree::Plan;
use crate::book::Universe;
use crate::model::{Diagnostic, Span};
use crate::syntax::ast;

/// A part of a filter, with its words.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The words, from where they stand.
    pub(crate) words: String,
    /// What sort of part it is.
    pub(crate) form: Form,
}

/// What a [`Part`] is made of.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    /// All of them.
    And(Vec<Part>),
    /// Any of them.
    Or(Vec<Part>),
    /// Not it.
    Not(Box<Part>),
    /// A saved segment: what it means as a whole, and what its definition says.
    Segment(Plan, Box<Part>),
    /// A single condition.
    Condition {
        /// Who passes it.
        plan: Plan,
        /// Whether its meaning hangs on the clock, and not on its words and the book alone.
        reads_clock: bool,
    },
}

/// A filter, resolved part by part.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Whom it is about.
    pub(crate) universe: Universe,
    /// All of it.
    pub(crate) root: Part,
    /// What is worth knowing.
    pub(crate) notes: Vec<Diagnostic>,
}

/// The parts of the filter of `query`, whose source is `text`, or everything that is wrong with it.
///
/// Its steps aren't looked at. A segment is opened wherever it is named; the limit on conditions bounds what that makes.
pub(crate) fn parts(query: &ast::Query, text: &str, context: &ResolveContext<'_>) -> Result<Parts, Vec<Diagnostic>> {
    let universe = universe(query.from.as_ref())?;
    let mut resolver = Resolver::new(context, text);
    resolver.settle(&query.filter);
    match resolver.part(&query.filter, Scope::people(context.book, universe)) {
        Ok(root) => {
            let Resolver { mut notes, .. } = resolver;
            notes.dedup();
            Ok(Parts { universe, root, notes })
        }
        Err(mut errors) => {
            errors.sort_by_key(|it| it.span);
            errors.dedup();
            Err(errors)
        }
    }
}

impl<'a> Resolver<'a> {
    fn part(&mut self, expr: &ast::Expr, scope: Scope<'a>) -> Checked<Part> {
        let words = |it: &Self, span: Span| it.words(span).to_owned();
        Ok(match expr {
            ast::Expr::And(parts, span) => {
                Part { form: Form::And(self.parts_of(parts, scope)?), words: words(self, *span) }
            }
            ast::Expr::Or(parts, span) => {
                self.note_mixed(parts, *span);
                Part { form: Form::Or(self.parts_of(parts, scope)?), words: words(self, *span) }
            }
            ast::Expr::Not(part, span) => {
                Part { form: Form::Not(Box::new(self.part(part, scope)?)), words: words(self, *span) }
            }
            ast::Expr::Group(part, _) => self.part(part, scope)?,
            ast::Expr::Condition(condition) => {
                self.hangs.reads_clock.set(false);
                let plan = self.expr(expr, scope)?;
                let reads_clock = self.hangs.reads_clock.get();
                let form = match self.context.segments.place_named(&condition.kind) {
                    Some(at) => Form::Segment(plan, Box::new(self.opened(at, scope)?)),
                    None => Form::Condition { plan, reads_clock },
                };
                Part { form, words: words(self, condition.span) }
            }
        })
    }

    fn parts_of(&mut self, parts: &[ast::Expr], scope: Scope<'a>) -> Checked<Vec<Part>> {
        all(parts.iter().map(|it| self.part(it, scope)))
    }

    /// What the definition of a segment says, which was found to be right before.
    fn opened(&mut self, at: usize, scope: Scope<'a>) -> Checked<Part> {
        let definition = self.context.segments.parsed(at).map_err(<[Diagnostic]>::to_vec)?;
        // It has been counted, and its notes told, as a segment.
        let (n_conditions, n_values, n_notes) = (self.n_conditions, self.n_values, self.notes.len());
        (self.n_conditions, self.n_values) = (0, 0);
        let part = self.part(&definition.filter, scope);
        (self.n_conditions, self.n_values) = (n_conditions, n_values);
        self.notes.truncate(n_notes);
        part
    }
}

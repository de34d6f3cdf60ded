//! [`outline`]: a filter with the plan of each of its conditions, for those who judge its sense.

use std::collections::HashSet;

use super::resolve::{ResolveContext, Resolver, universe};
use super::scope::Scope;
use super::tree::{ConditionId, Plan};
use crate::book::Universe;
use crate::model::{Diagnostic, Span};
use crate::syntax::ast;

/// A filter as it was written, each condition resolved.
#[derive(Debug, Clone)]
pub(crate) enum Outline {
    /// All parts.
    And(Vec<Outline>, Span),
    /// Any part.
    Or(Vec<Outline>, Span),
    /// Not the part.
    Not(Box<Outline>, Span),
    /// A condition, or a saved segment.
    Condition {
        /// What it means.
        plan: Plan,
        /// Its words.
        span: Span,
        /// What kind of words they are.
        said: Said,
    },
}

/// Which conditions say what they say on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// `everyone` or `nobody`.
    Constant,
    /// A saved segment.
    Segment,
    /// Any other condition.
    Test,
}

impl Outline {
    /// Its words.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::And(_, span) | Self::Or(_, span) | Self::Not(_, span) | Self::Condition { span, .. } => *span,
        }
    }
}

/// A definition, resolved condition by condition.
#[derive(Debug)]
pub(crate) struct Outlined {
    /// Whom it is about.
    pub(crate) universe: Universe,
    /// What was written.
    pub(crate) outline: Outline,
    /// Where each condition stands.
    pub(crate) conditions: Vec<Span>,
    /// Conditions that mean something else at another now.
    pub(crate) on_clock: HashSet<ConditionId>,
    /// Conditions that mean something else in another book of the same schema.
    pub(crate) on_data: HashSet<ConditionId>,
    /// Some condition came down to everyone or nobody by what the book holds.
    pub(crate) folded_data: bool,
    /// What is worth knowing.
    pub(crate) notes: Vec<Diagnostic>,
}

/// Resolves a filter condition by condition, or tells everything that is wrong with it.
pub(crate) fn outline(
    from: Option<&ast::Name>,
    filter: &ast::Expr,
    context: &ResolveContext<'_>,
) -> Result<Outlined, Vec<Diagnostic>> {
    let universe = universe(from)?;
    let mut resolver = Resolver::new(context, "");
    resolver.settle(filter);
    let scope = Scope::people(context.book, universe);
    let mut errors = Vec::new();
    let outline = resolver.outline(filter, scope, &mut errors);
    let Resolver { conditions, notes, hangs, .. } = resolver;
    match outline.filter(|_| errors.is_empty()) {
        Some(outline) => Ok(Outlined {
            universe,
            outline,
            conditions,
            on_clock: hangs.on_clock,
            on_data: hangs.on_data,
            folded_data: hangs.folded_data,
            notes,
        }),
        None => {
            errors.sort_by_key(|it| it.span);
            errors.dedup();
            Err(errors)
        }
    }
}

impl<'a> Resolver<'a> {
    /// A filter condition by condition; none if any is wrong.
    fn outline(&mut self, expr: &ast::Expr, scope: Scope<'a>, errors: &mut Vec<Diagnostic>) -> Option<Outline> {
        match expr {
            ast::Expr::And(parts, span) => Some(Outline::And(self.outlines(parts, scope, errors)?, *span)),
            ast::Expr::Or(parts, span) => Some(Outline::Or(self.outlines(parts, scope, errors)?, *span)),
            ast::Expr::Not(part, span) => Some(Outline::Not(Box::new(self.outline(part, scope, errors)?), *span)),
            ast::Expr::Group(part, _) => self.outline(part, scope, errors),
            ast::Expr::Condition(condition) => match self.expr(expr, scope) {
                Ok(plan) => Some(Outline::Condition { plan, span: condition.span, said: said(&condition.kind) }),
                Err(wrong) => {
                    errors.extend(wrong);
                    None
                }
            },
        }
    }

    fn outlines(
        &mut self,
        parts: &[ast::Expr],
        scope: Scope<'a>,
        errors: &mut Vec<Diagnostic>,
    ) -> Option<Vec<Outline>> {
        // All are read before any failure counts, so that all mistakes are told.
        let all: Vec<_> = parts.iter().map(|it| self.outline(it, scope, errors)).collect();
        all.into_iter().collect()
    }
}

fn said(kind: &ast::ConditionKind) -> Said {
    match kind {
        ast::ConditionKind::Everyone | ast::ConditionKind::Nobody => Said::Constant,
        ast::ConditionKind::SegmentTag(_) | ast::ConditionKind::SegmentName(_) => Said::Segment,
        ast::ConditionKind::Test { .. }
        | ast::ConditionKind::LostFrom(_)
        | ast::ConditionKind::Did { .. }
        | ast::ConditionKind::Sequence { .. }
        | ast::ConditionKind::Registered { .. }
        | ast::ConditionKind::Attended { .. }
        | ast::ConditionKind::Moved { .. }
        | ast::ConditionKind::BecameLost { .. }
        | ast::ConditionKind::VisitorOf { .. }
        | ast::ConditionKind::Push(_) => Said::Test,
    }
}

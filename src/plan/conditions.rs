//! `and`, `or`, `not`, and what a single condition is about.

use super::build;
use super::resolve::{Checked, Resolver, all, wrong};
use super::scope::{Place, Scope};
use super::tree::Plan;
use crate::book::Universe;
use crate::model::{Code, Diagnostic, Span};
use crate::syntax::ast::{Condition, ConditionKind, Expr, Subject};

impl<'a> Resolver<'a> {
    /// A filter over the rows of a scope.
    pub(super) fn expr(&mut self, expr: &Expr, scope: Scope<'a>) -> Checked<Plan> {
        match expr {
            Expr::And(parts, _) => all(parts.iter().map(|it| self.expr(it, scope))).map(build::and),
            Expr::Or(parts, span) => {
                self.note_mixed(parts, *span);
                all(parts.iter().map(|it| self.expr(it, scope))).map(build::or)
            }
            Expr::Not(part, _) => self.expr(part, scope).map(build::not),
            Expr::Group(part, _) => self.expr(part, scope),
            Expr::Condition(condition) => self.condition(condition, scope),
        }
    }

    /// A condition, and what it hangs on.
    fn condition(&mut self, condition: &Condition, scope: Scope<'a>) -> Checked<Plan> {
        let first = self.conditions.len();
        let (clock, data) = (self.hangs.reads_clock.replace(false), self.hangs.reads_data.replace(false));
        let plan = self.read_condition(condition, scope);
        let ids = first..self.conditions.len();
        if self.hangs.reads_clock.get() {
            self.hangs.on_clock.extend(ids.clone());
        }
        if self.hangs.reads_data.get() {
            self.hangs.on_data.extend(ids);
            self.hangs.folded_data |= matches!(plan, Ok(Plan::All | Plan::Nothing));
        }
        self.hangs.reads_clock.set(clock | self.hangs.reads_clock.get());
        self.hangs.reads_data.set(data | self.hangs.reads_data.get());
        plan
    }

    fn read_condition(&mut self, condition: &Condition, scope: Scope<'a>) -> Checked<Plan> {
        let span = condition.span;
        match &condition.kind {
            // A saved segment counts with what it holds.
            ConditionKind::SegmentTag(_) | ConditionKind::SegmentName(_) => {}
            ConditionKind::Everyone
            | ConditionKind::Nobody
            | ConditionKind::Test { .. }
            | ConditionKind::LostFrom(_)
            | ConditionKind::Did { .. }
            | ConditionKind::Sequence { .. }
            | ConditionKind::Registered { .. }
            | ConditionKind::Attended { .. }
            | ConditionKind::Moved { .. }
            | ConditionKind::BecameLost { .. }
            | ConditionKind::VisitorOf { .. }
            | ConditionKind::Push(_) => self.count_conditions(1, span)?,
        }
        match &condition.kind {
            ConditionKind::Everyone => Ok(Plan::All),
            ConditionKind::Nobody => Ok(Plan::Nothing),
            ConditionKind::SegmentTag(_) | ConditionKind::SegmentName(_) if scope.is_where() => {
                self.not_here(span, scope)
            }
            ConditionKind::SegmentTag(name) => {
                self.segment(self.context.segments.by_tag(name), &format!("@{}", name.text), span, scope)
            }
            ConditionKind::SegmentName(name) => {
                self.segment(self.context.segments.by_display(name), &format!("\"{}\"", name.text), span, scope)
            }
            ConditionKind::Test { subject: Subject::Field(field), negated, test, operator } => {
                let id = self.new_id(span);
                let plan = self.field_test(field, test, *operator, scope, id)?;
                Ok(build::negated_if(*negated, plan))
            }
            ConditionKind::Test { subject: Subject::Total(total), negated, test, operator } => {
                let id = self.new_id(span);
                let plan = self.total_test(total, test, *operator, scope, id)?;
                Ok(build::negated_if(*negated, plan))
            }
            ConditionKind::LostFrom(_)
            | ConditionKind::Did { .. }
            | ConditionKind::Sequence { .. }
            | ConditionKind::Registered { .. }
            | ConditionKind::Attended { .. }
            | ConditionKind::Moved { .. }
            | ConditionKind::BecameLost { .. }
            | ConditionKind::VisitorOf { .. }
            | ConditionKind::Push(_)
                if !scope.is_contacts() =>
            {
                self.not_here(span, scope)
            }
            ConditionKind::LostFrom(stage) => {
                let id = self.new_id(span);
                self.lost_from(stage, scope, id)
            }
            ConditionKind::Did { negated, kind, which } => {
                let id = self.new_id(span);
                let plan = self.did(kind, which, *negated, id)?;
                Ok(build::negated_if(*negated, plan))
            }
            ConditionKind::Sequence { steps, within } => {
                let id = self.new_id(span);
                self.sequence(steps, within.as_ref(), id)
            }
            ConditionKind::Registered { event, which } => {
                let id = self.new_id(span);
                self.registered(event.as_ref(), which, id)
            }
            ConditionKind::Attended { event, which } => {
                let id = self.new_id(span);
                self.attended(event.as_ref(), which, id)
            }
            ConditionKind::Moved { from, to, window } => {
                let id = self.new_id(span);
                self.moved(from.as_ref(), to.as_ref(), window.as_ref(), span, id)
            }
            ConditionKind::BecameLost { window } => {
                let id = self.new_id(span);
                self.became_lost(window.as_ref(), id)
            }
            ConditionKind::VisitorOf { audience, filter } => {
                let id = self.new_id(span);
                self.visitor_of(audience, filter.as_deref(), id)
            }
            ConditionKind::Push(push) => {
                let id = self.new_id(span);
                self.push(push, id)
            }
        }
    }

    /// The error of a condition that asks about contacts where there are none.
    pub(super) fn not_here<T>(&self, span: Span, scope: Scope<'a>) -> Checked<T> {
        let words = super::notes::shortened(self.words(span), 60);
        wrong(match scope.place {
            Place::People(Universe::Visitors | Universe::Contacts) => {
                Diagnostic::error(Code::ContactsOnly, span, format!("`{words}` asks about contacts, not visitors"))
                    .help("leave out `from visitors` to ask about contacts".to_owned())
            }
            Place::VisitorWhere | Place::Records(_) => Diagnostic::error(
                Code::NotInWhere,
                span,
                format!("`{words}` asks about contacts: after `where` stand conditions on {}", whose(scope)),
            )
            .help("put it outside `where` and its brackets".to_owned()),
        })
    }
}

fn whose(scope: Scope<'_>) -> &'static str {
    match scope.place {
        Place::Records(_) => "the record's properties",
        Place::People(_) | Place::VisitorWhere => "the visitor's fields",
    }
}

//! Records with words of their own: events, the journey, audiences.

use super::build::{self, one_of};
use super::records::record_count;
use super::resolve::{Checked, Resolver, both, wrong};
use super::scope::{Place, Scope};
use super::stages::names;
use super::text::unknown_name;
use super::tree::{ConditionId, Plan, Predicate, TextTest};
use crate::book::{REGISTRATION, RecordKind, STAGE_CHANGE, Universe};
use crate::model::{Code, KindId, PUSH, Ranges, Span, canonical};
use crate::syntax::ast::{Expr, RecordWindow, Text, Value, Which};

impl<'a> Resolver<'a> {
    /// `registered for "event"`: registered or attended, by the time of registering.
    pub(super) fn registered(&mut self, event: Option<&Text>, which: &Which, id: ConditionId) -> Checked<Plan> {
        self.registration(event, which, &["registered", "attended"], None, id)
    }

    /// `attended "event"`, by the time of attending.
    pub(super) fn attended(&mut self, event: Option<&Text>, which: &Which, id: ConditionId) -> Checked<Plan> {
        self.registration(event, which, &["attended"], Some("attended_at"), id)
    }

    fn registration(
        &mut self,
        event: Option<&Text>,
        which: &Which,
        states: &[&str],
        time: Option<&str>,
        id: ConditionId,
    ) -> Checked<Plan> {
        let counts = self.counts(which.count.as_ref());
        let Some(kind) = self.book().kind(REGISTRATION) else {
            let (counts, ()) = both(counts, self.check_window(which.window.as_ref()))?;
            self.note_no_kind(REGISTRATION, self.conditions.get(id).copied().unwrap_or_default());
            return Ok(build::constant(counts.contains(0)));
        };
        let time = time.map_or(Some(RecordKind::AT), |name| self.property(kind, name));
        // A book without the column has no such time: no window holds it.
        let time = time.unwrap_or(usize::MAX);
        let records = self.which_records(kind, which, time, id);
        let (counts, records) = both(counts, records)?;
        let mut parts = vec![build::test(self.property(kind, "state"), one_of(states.iter().copied()), id)];
        if let Some(event) = event {
            let column = self.property(kind, "event");
            let index = column.map(|it| &self.book().kinds[kind].table.columns[it].index);
            self.note_absent_name("event", &event.text, event.span, index);
            parts.push(build::test(column, one_of([event.text.as_str()]), id));
        }
        parts.push(records);
        Ok(record_count(kind, build::and(parts), counts, id))
    }

    /// `moved [from a] [to b] [window]`
    pub(super) fn moved(
        &mut self,
        from: Option<&Value>,
        to: Option<&Value>,
        window: Option<&RecordWindow>,
        span: Span,
        id: ConditionId,
    ) -> Checked<Plan> {
        let scope = Scope::people(self.book(), Universe::Contacts);
        let stage = |value: Option<&Value>| value.map(|it| self.stage_value(it, scope)).transpose();
        let stages = both(stage(from), stage(to));
        let Some(kind) = self.book().kind(STAGE_CHANGE) else {
            both(stages, self.check_window(window))?;
            self.note_no_kind(STAGE_CHANGE, span);
            return Ok(Plan::Nothing);
        };
        let window = self.record_window(window, kind, RecordKind::AT, id);
        let ((from, to), window) = both(stages, window)?;
        let is = |name: &str, stage: usize| {
            let test = TextTest::OneOf { folded: names(&[stage]), cased: Vec::new() };
            build::test(self.property(kind, name), Predicate::Text(test), id)
        };
        let parts = match (from, to) {
            (Some(from), Some(to)) if from == to => {
                self.note(Code::NoMove, span, "from a stage to the same one is no move: nobody made it");
                return Ok(Plan::Nothing);
            }
            (Some(from), Some(to)) => vec![is("from_stage", from), is("to_stage", to)],
            (None, Some(to)) => vec![is("to_stage", to), build::not(is("from_stage", to))],
            (Some(from), None) => {
                let missing = build::test(self.property(kind, "to_stage"), Predicate::Missing, id);
                vec![is("from_stage", from), build::not(is("to_stage", from)), build::not(missing)]
            }
            (None, None) => Vec::new(),
        };
        Ok(some_record(kind, build::and(parts.into_iter().chain([window])), id))
    }

    /// `became lost [window]`
    pub(super) fn became_lost(&mut self, window: Option<&RecordWindow>, id: ConditionId) -> Checked<Plan> {
        let Some(kind) = self.book().kind(STAGE_CHANGE) else {
            self.check_window(window)?;
            self.note_no_kind(STAGE_CHANGE, self.conditions.get(id).copied().unwrap_or_default());
            return Ok(Plan::Nothing);
        };
        let window = self.record_window(window, kind, RecordKind::AT, id)?;
        let lost = build::test(self.property(kind, "lost"), Predicate::Flag(true), id);
        Ok(some_record(kind, build::and([lost, window]), id))
    }

    /// `visitor of "audience" [where …]`
    pub(super) fn visitor_of(&mut self, audience: &Text, filter: Option<&Expr>, id: ConditionId) -> Checked<Plan> {
        let scope = Scope { place: Place::VisitorWhere, table: &self.book().visitors };
        let filter = if scope.table.columns.is_empty() { Ok(Plan::All) } else { self.filter(filter, scope) }?;
        let column = scope.table.find("audience");
        self.note_absent_name(
            "audience",
            &audience.text,
            audience.span,
            column.map(|it| &scope.table.columns[it].index),
        );
        let is_of = build::test(column, one_of([audience.text.as_str()]), id);
        Ok(some_visitor(build::and([is_of, filter]), id))
    }

    /// `push granted`
    pub(super) fn push(&mut self, push: &Value, id: ConditionId) -> Checked<Plan> {
        let (Value::Text { text, .. }
        | Value::Word { text, .. }
        | Value::Number { text, .. }
        | Value::Day { text, .. }
        | Value::Time { text, .. }) = push
        else {
            return wrong(unknown_name("`push`", "value", PUSH, self.words(push.span()), push.span()));
        };
        let Some(at) = canonical(PUSH, text) else {
            return wrong(unknown_name("`push`", "value", PUSH, text, push.span()));
        };
        let column = self.book().visitors.find("push");
        Ok(some_visitor(build::test(column, one_of([PUSH[at]]), id), id))
    }
}

fn some_record(kind: KindId, filter: Plan, id: ConditionId) -> Plan {
    record_count(kind, filter, Ranges::between(1, i64::MAX), id)
}

fn some_visitor(filter: Plan, id: ConditionId) -> Plan {
    match filter {
        Plan::Nothing => Plan::Nothing,
        Plan::All
        | Plan::Not(_)
        | Plan::And(_)
        | Plan::Or(_)
        | Plan::Test { .. }
        | Plan::Records(_)
        | Plan::Sequence(_)
        | Plan::Visitors { .. }
        | Plan::Rows { .. } => Plan::Visitors { filter: Box::new(filter), id },
    }
}

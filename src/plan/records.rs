//! `did …`: counts, windows and `where` on records of one kind, and sequences of kinds.

use super::build;
use super::fields::Tested;
use super::resolve::{Checked, Resolver, all, both, wrong};
use super::scope::{Scope, near};
use super::tree::{ConditionId, Measure, Plan, Records, SequencePlan, SequenceStep};
use crate::book::{FieldType, RecordKind, Universe};
use crate::model::{Code, ColumnId, Diagnostic, KindId, Ranges, Span};
use crate::syntax::ast::{self, Count, CountForm, Duration, RecordWindow, Which};

/// The type of a record's time.
static TIME: FieldType = FieldType::Time;

impl<'a> Resolver<'a> {
    /// `did kind …`; the caller negates it.
    pub(super) fn did(&mut self, kind: &ast::Name, which: &Which, is_negated: bool, id: ConditionId) -> Checked<Plan> {
        if let Some(window) = which.window.as_ref().filter(|it| it.negated && !is_negated) {
            let words = self.words(window.span);
            let positive = words.strip_prefix("not ").unwrap_or("in last …");
            let name = &kind.text;
            self.note(
                Code::SomeOutside,
                window.span,
                format!(
                    "this asks for some `{name}` outside the window; for none inside it: `did not {name} {positive}`"
                ),
            );
        }
        let counts = self.counts(which.count.as_ref());
        let Some(found) = self.kind(kind) else {
            let window = self.check_window(which.window.as_ref());
            let (counts, ()) = both(counts, window)?;
            return Ok(build::constant(counts.contains(0)));
        };
        let filter = self.which_records(found, which, RecordKind::AT, id);
        let (counts, filter) = both(counts, filter)?;
        Ok(record_count(found, filter, counts, id))
    }

    /// The kind of a name; a note if the book never has it.
    pub(super) fn kind(&mut self, name: &ast::Name) -> Option<KindId> {
        let found = self.book().kind(&name.text);
        if found.is_none() {
            self.note_no_kind(&name.text, name.span);
        }
        found
    }

    pub(super) fn note_no_kind(&mut self, name: &str, span: Span) {
        self.hangs.reads_data.set(true);
        let kinds = self.book().kinds.iter().map(|it| it.name.as_str());
        let near = near(name, kinds).map_or_else(String::new, |it| format!("; {it}"));
        let name = super::notes::shortened(name, 60);
        self.note(Code::UnknownKind, span, format!("the book has no record of kind `{name}`: their number is 0{near}"));
    }

    /// Window and `where` over the records of a kind.
    pub(super) fn which_records(
        &mut self,
        kind: KindId,
        which: &Which,
        time: ColumnId,
        id: ConditionId,
    ) -> Checked<Plan> {
        let window = self.record_window(which.window.as_ref(), kind, time, id);
        let scope = Scope::records(self.book(), kind);
        let filter = self.filter(which.filter.as_deref(), scope);
        self.filter_of_parts(vec![window, filter])
    }

    /// A window on a column of a kind's records.
    pub(super) fn record_window(
        &mut self,
        window: Option<&RecordWindow>,
        kind: KindId,
        time: ColumnId,
        id: ConditionId,
    ) -> Checked<Plan> {
        let Some(window) = window else { return Ok(Plan::All) };
        let (low, high) = self.window_of_records(window)?;
        let column = Some(time).filter(|it| *it < self.book().kinds[kind].table.columns.len());
        let plan = build::test(column, super::tree::Predicate::Keys(Ranges::between(low, high)), id);
        Ok(build::negated_if(window.negated, plan))
    }

    /// A window that there are no records for: right or wrong all the same.
    pub(super) fn check_window(&mut self, window: Option<&RecordWindow>) -> Checked<()> {
        window.map_or(Ok(()), |it| self.window_of_records(it).map(|_| ()))
    }

    fn window_of_records(&mut self, window: &RecordWindow) -> Checked<(i64, i64)> {
        let tested = Tested {
            shown: "the record's time".to_owned(),
            field_type: &TIME,
            column: None,
            scope: Scope::people(self.book(), Universe::Contacts),
            operator: window.span,
            is_total: true,
        };
        self.window_stretch(&tested, &window.window, false)
    }

    /// The numbers of records that pass; at least one unless said.
    pub(super) fn counts(&mut self, count: Option<&Count>) -> Checked<Ranges<i64>> {
        let Some(count) = count else { return Ok(Ranges::between(1, i64::MAX)) };
        let n = |text: &str, span: Span| self.any_whole(text, span, 0).map(|it| i64::try_from(it).unwrap_or(i64::MAX));
        let (low, high) = match &count.form {
            CountForm::AtLeast(text, span) => (n(text, *span)?, i64::MAX),
            CountForm::AtMost(text, span) => (0, n(text, *span)?),
            CountForm::Exactly(text, span) => {
                let n = n(text, *span)?;
                (n, n)
            }
            CountForm::MoreThan(text, span) => (n(text, *span)?.saturating_add(1), i64::MAX),
            CountForm::FewerThan(text, span) => (0, n(text, *span)? - 1),
            CountForm::Between((low, low_span), (high, high_span)) => {
                let (low, high) = both(n(low, *low_span), n(high, *high_span))?;
                if low > high {
                    self.note_swapped(low_span.to(*high_span));
                }
                (low, high)
            }
            CountForm::Once => (1, 1),
            CountForm::Twice => (2, 2),
        };
        Ok(Ranges::between(low, high))
    }

    /// `did a then b within d`
    pub(super) fn sequence(
        &mut self,
        steps: &[ast::SequenceStep],
        within: Option<&Duration>,
        id: ConditionId,
    ) -> Checked<Plan> {
        let within = match within {
            Some(by) => self.duration(by, 1).map(Some),
            None => Ok(None),
        };
        let steps = all(steps.iter().map(|step| {
            let Some(kind) = self.kind(&step.kind) else { return Ok(None) };
            let scope = Scope::records(self.book(), kind);
            let filter = self.filter(step.filter.as_deref(), scope)?;
            Ok(Some(SequenceStep { kind, filter }))
        }));
        let (steps, within) = both(steps, within)?;
        // A kind that the book never has comes after nothing, and nothing comes after it.
        let Some(steps) = steps.into_iter().collect::<Option<Vec<_>>>() else { return Ok(Plan::Nothing) };
        Ok(Plan::Sequence(Box::new(SequencePlan { steps, within, id })))
    }

    /// The column of a property that the file's own page names; none if the book lacks it.
    pub(super) fn property(&self, kind: KindId, name: &str) -> Option<ColumnId> {
        self.book().kinds[kind].table.find(name)
    }
}

/// Contacts by the number of their records.
pub(super) fn record_count(kind: KindId, filter: Plan, counts: Ranges<i64>, id: ConditionId) -> Plan {
    if counts.is_empty() {
        return Plan::Nothing;
    }
    if counts.as_slice() == [(0, i64::MAX)] {
        return Plan::All;
    }
    Plan::Records(Box::new(Records { kind, filter, measure: Measure::Count(counts), id }))
}

/// The error of a property that a function can't take.
pub(super) fn wrong_property<T>(span: Span, message: String, help: String) -> Checked<T> {
    wrong(Diagnostic::error(Code::PropertyType, span, message).help(help))
}

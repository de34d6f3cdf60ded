//! What records say: a question about the records of one kind as the e-mails of those who pass, or of those who don't.

use super::filter::{Cond, Lowering, Scope};
use super::reading::Form;
use super::values::in_ranges;
use super::{Part, SqlError};
use crate::book::{REGISTRATION, STAGE_CHANGE};
use crate::model::{ColumnId, KindId, NumberKind, Ranges};
use crate::plan::{ConditionId, Measure, Plan, Records};

/// Records of one kind, filtered.
pub(super) struct Chosen<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) condition: Cond,
    pub(super) id: ConditionId,
}

impl Chosen<'_> {
    /// The rest of a SELECT after its columns.
    pub(super) fn rows(&self) -> String {
        self.rows_where(Cond::Always)
    }

    /// The same with one condition more.
    pub(super) fn rows_where(&self, more: Cond) -> String {
        let from = format!("from {}", self.scope.part.cte());
        match Cond::all([self.condition.clone(), more]).text() {
            Some(condition) => format!("{from} where {condition}"),
            None => from,
        }
    }
}

/// Whose records pass.
pub(super) enum Verdict {
    /// The contacts of this SELECT; those without records don't.
    Pass(String),
    /// All but the contacts of this SELECT.
    Fail(String),
}

impl<'a> Lowering<'a> {
    /// Contacts by their records of one kind.
    pub(super) fn records(&mut self, records: &Records, negated: bool) -> Result<Cond, SqlError> {
        let scope = self.records_of(records.kind);
        let chosen = self.chosen(scope, records.kind, &records.filter, records.id)?;
        if chosen.condition == Cond::Never {
            return Ok(holds_of_none(&records.measure).negated_if(negated));
        }
        let verdict = match &records.measure {
            Measure::Count(counts) => self.by_count(&chosen, counts),
            Measure::CountDistinct { column, counts } => self.by_distinct(&chosen, *column, counts)?,
            Measure::Aggregate { function, column, test } => self.by_total(&chosen, *function, *column, test)?,
        };
        Ok(match verdict {
            Verdict::Pass(body) => self.member(body, negated),
            Verdict::Fail(body) => self.member(body, !negated),
        })
    }

    /// The table of a kind.
    pub(super) fn records_of(&self, kind: KindId) -> Scope<'a> {
        let kind = &self.target.book.kinds[kind];
        let part = match kind.folded.as_str() {
            REGISTRATION => Part::Registrations,
            STAGE_CHANGE => Part::Journey,
            _ => Part::Activity,
        };
        Scope { part, table: &kind.table }
    }

    /// The records of a kind that a filter lets through.
    pub(super) fn chosen(
        &mut self,
        scope: Scope<'a>,
        kind: KindId,
        filter: &Plan,
        id: ConditionId,
    ) -> Result<Chosen<'a>, SqlError> {
        self.readings.entry(scope.part).or_default();
        let is_kind = match scope.part {
            Part::Activity => {
                Cond::one(format!("segql_kind = {}", self.syntax.text(&self.target.book.kinds[kind].folded)))
            }
            Part::Contacts | Part::Visitors | Part::Registrations | Part::Journey => Cond::Always,
        };
        let condition = Cond::all([is_kind, self.plan(filter, scope, false)?]);
        Ok(Chosen { scope, condition, id })
    }

    fn by_count(&self, chosen: &Chosen<'a>, counts: &Ranges<i64>) -> Verdict {
        let email = self.ident("email");
        if counts.as_slice() == [(1, i64::MAX)] {
            return Verdict::Pass(format!("select {email} {}", chosen.rows()));
        }
        self.grouped(&format!("{email} {}", chosen.rows()), "count(*)", counts)
    }

    /// By a number of each contact, which those without records have as 0.
    fn grouped(&self, select: &str, number: &str, counts: &Ranges<i64>) -> Verdict {
        let email = self.ident("email");
        // Once there is a record, 0 is no longer at stake.
        let passing = in_ranges(number, counts.as_slice(), (0, i64::MAX), |n| n.to_string());
        let having = |passing: &str| format!("select {select}\ngroup by {email} having {passing}");
        let passing = passing.text().unwrap_or_else(|| "true".to_owned());
        if counts.contains(0) {
            Verdict::Fail(having(&format!("not ({passing})")))
        } else {
            Verdict::Pass(having(&passing))
        }
    }

    fn by_distinct(
        &mut self,
        chosen: &Chosen<'a>,
        column: ColumnId,
        counts: &Ranges<i64>,
    ) -> Result<Verdict, SqlError> {
        let email = self.ident("email");
        let value = self.value(chosen.scope, column)?;
        let distinct = match value.form {
            Form::Text { .. } => self.folded(&value),
            // −0 and 0 are one number, but not to every engine that tells values apart.
            Form::Number(NumberKind::Float) => format!("case when {0} = 0 then 0 else {0} end", value.sql),
            Form::Local { .. } => self.micros(&value),
            Form::List => {
                let item = self.syntax.fold("item");
                let select = format!("{email}, {} as item {}", self.syntax.unnest(&value.sql), chosen.rows());
                let select = format!("{email} from (select {select}) as items where item <> ''");
                return Ok(self.grouped(&select, &format!("count(distinct {item})"), counts));
            }
            Form::Number(_) | Form::Day | Form::Instant { .. } | Form::Micros | Form::Flag => value.sql.clone(),
        };
        Ok(self.grouped(&format!("{email} {}", chosen.rows()), &format!("count(distinct {distinct})"), counts))
    }
}

/// The verdict on those without a single record.
fn holds_of_none(measure: &Measure) -> Cond {
    let holds = match measure {
        Measure::Count(counts) | Measure::CountDistinct { counts, .. } => counts.contains(0),
        Measure::Aggregate { function, test, .. } => super::totals::holds_of_none(*function, test),
    };
    if holds { Cond::Always } else { Cond::Never }
}

//! `did a then b within d`: the times of each step that come after one of the step before, in turn.
//!
//! The latest time before is the best: the end of its span is the latest, too. So a step is one pass over the times of
//! both, in order, and never pairs them all.

use super::SqlError;
use super::filter::{Cond, Lowering, indented};
use super::reading::Form;
use super::times;
use crate::book::RecordKind;
use crate::model::TimeUnit;
use crate::plan::{SequencePlan, SequenceStep, Within};

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;

impl Lowering<'_> {
    /// Contacts by the order of their records.
    pub(super) fn sequence(&mut self, sequence: &SequencePlan, negated: bool) -> Result<Cond, SqlError> {
        let email = self.ident("email");
        let mut reached: Option<String> = None;
        for step in &sequence.steps {
            let Some(times) = self.times_of(step, sequence)? else { return Ok(Cond::Never.negated_if(negated)) };
            reached = Some(match reached {
                None => times,
                Some(before) => self.after(&before, &times, sequence.within),
            });
        }
        let Some(last) = reached else { return Ok(Cond::Never.negated_if(negated)) };
        let body = format!("select {email} from (\n{}\n) as reached", indented(&last));
        Ok(self.member(body, negated))
    }

    /// The moments of a step's records; none if there are no such records.
    fn times_of(&mut self, step: &SequenceStep, sequence: &SequencePlan) -> Result<Option<String>, SqlError> {
        let scope = self.records_of(step.kind);
        let chosen = self.chosen(scope, step.kind, &step.filter, sequence.id)?;
        if chosen.condition == Cond::Never {
            return Ok(None);
        }
        let at = self.value(scope, RecordKind::AT)?;
        debug_assert!(matches!(at.form, Form::Instant { .. } | Form::Local { .. }), "a record's time is one");
        Ok(Some(format!("select {}, {} as moment {}", self.ident("email"), self.micros(&at), chosen.from())))
    }

    /// The moments of a step that come after one of those reached, and soon enough.
    fn after(&self, reached: &str, times: &str, within: Option<Within>) -> String {
        let email = self.ident("email");
        let in_time = within.map_or_else(String::new, |within| format!(" and {}", self.is_within(within)));
        // At the same moment the later step goes first, so that the rows before are of earlier moments alone.
        format!(
            "select {email}, moment from (\n  select {email}, moment, step, max(case when step = 1 then moment end) over (\n    \
             partition by {email} order by moment, step desc rows between unbounded preceding and current row) as since\n  \
             from (\n    select {email}, moment, 1 as step from (\n{}\n    ) as earlier\n    union all\n    \
             select {email}, moment, 2 as step from (\n{}\n    ) as later\n  ) as both\n) as followed\n\
             where step = 2 and since is not null{in_time}",
            indented(&indented(&indented(reached))),
            indented(&indented(&indented(times))),
        )
    }

    /// `moment` isn't later than `since` moved by a span: days and longer on the calendar of the query's zone.
    fn is_within(&self, within: Within) -> String {
        let count = within.count;
        let exact = |unit: i64| format!("moment - since <= {}", count.saturating_mul(unit));
        let days = |days: i64| self.within_days(count.saturating_mul(days));
        let months = |months: i64| self.within_months(count.saturating_mul(months));
        match within.unit {
            TimeUnit::Second => exact(SECOND_US),
            TimeUnit::Minute => exact(60 * SECOND_US),
            TimeUnit::Hour => exact(3_600 * SECOND_US),
            TimeUnit::Day => days(1),
            TimeUnit::Week => days(7),
            TimeUnit::Month => months(1),
            TimeUnit::Quarter => months(3),
            TimeUnit::Year => months(12),
        }
    }

    fn within_days(&self, days: i64) -> String {
        let zone = self.query.clock.zone();
        if days > FOR_EVER_DAYS {
            return "true".to_owned();
        }
        if !times::changes(zone) {
            return format!("moment - since <= {}", days * DAY_US);
        }
        let end = format!("({} + {})", times::local_of_instant("since", zone), days * DAY_US);
        format!("moment <= {}", times::instant_of_local(&end, zone))
    }

    fn within_months(&self, months: i64) -> String {
        let zone = self.query.clock.zone();
        if months > FOR_EVER_DAYS / 31 {
            return "true".to_owned();
        }
        let local = times::local_of_instant("since", zone);
        let day = self.local_day(&local);
        // The time of day stays.
        let end = format!("({local} + ({} - {day}) * {DAY_US})", self.syntax.months_later(&day, months));
        format!("moment <= {}", times::instant_of_local(&end, zone))
    }
}

/// Beyond the calendar there is no end.
const FOR_EVER_DAYS: i64 = 2_900_000;

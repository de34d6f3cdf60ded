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
        Ok(Some(format!("select {}, {} as moment {}", self.ident("email"), self.micros(&at), chosen.rows())))
    }

    /// The moments of a step that come after one of those reached, and soon enough.
    fn after(&self, reached: &str, times: &str, within: Option<Within>) -> String {
        let email = self.ident("email");
        // At the same moment the later step goes first, so that the rows before are of earlier moments alone.
        let followed = format!(
            "select {email}, moment, since from (\n  select {email}, moment, step, max(case when step = 1 then moment end) over (\n    \
             partition by {email} order by moment, step desc rows between unbounded preceding and current row) as since\n  \
             from (\n    select {email}, moment, 1 as step from (\n{}\n    ) as earlier\n    union all\n    \
             select {email}, moment, 2 as step from (\n{}\n    ) as later\n  ) as steps\n) as followed\n\
             where step = 2 and since is not null",
            indented(&indented(&indented(reached))),
            indented(&indented(&indented(times))),
        );
        within.map_or_else(|| followed.clone(), |within| self.soon_enough(&followed, within))
    }

    /// The rows whose `moment` isn't later than `since` moved by a span: days and longer on the calendar of the query's zone.
    fn soon_enough(&self, followed: &str, within: Within) -> String {
        let count = within.count;
        let exact = |unit: i64| self.soon(followed, &count.saturating_mul(unit).to_string());
        let days = |days: i64| self.within_days(followed, count.saturating_mul(days));
        let months = |months: i64| self.within_months(followed, count.saturating_mul(months));
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

    fn soon(&self, followed: &str, micros: &str) -> String {
        format!("{followed} and moment - since <= {micros}")
    }

    fn within_days(&self, followed: &str, days: i64) -> String {
        if days > FOR_EVER_DAYS {
            return followed.to_owned();
        }
        if !times::changes(self.query.clock.zone()) {
            return self.soon(followed, &(days * DAY_US).to_string());
        }
        self.until(followed, &[("ends", format!("wall + {}", days * DAY_US))])
    }

    fn within_months(&self, followed: &str, months: i64) -> String {
        if months > FOR_EVER_DAYS / 31 {
            return followed.to_owned();
        }
        // The time of day stays.
        let end = format!("wall + ({} - day) * {DAY_US}", self.syntax.months_later("day", months));
        self.until(followed, &[("day", self.local_day("wall")), ("ends", end)])
    }

    /// The rows until the wall clock shows `ends`, which is made of `wall`, the wall clock at `since`, step by step.
    ///
    /// Each step is named, so that a zone's many changes stand in the SQL once.
    fn until(&self, followed: &str, steps: &[(&str, String)]) -> String {
        let (email, zone) = (self.ident("email"), self.query.clock.zone());
        let wall = ("wall", times::local_of_instant("since", zone, self.syntax));
        let mut rows = followed.to_owned();
        for (name, sql) in std::iter::once(&wall).chain(steps) {
            let kept = match *name {
                "wall" => "moment",
                "day" => "moment, wall",
                _ if steps.len() > 1 => "moment, wall, day",
                _ => "moment, wall",
            };
            let (inner, fence) = (indented(&rows), self.syntax.fence());
            rows = format!("select {email}, {kept}, {sql} as {name} from (\n{inner}\n) as timed{fence}");
        }
        let end = times::instant_of_local("ends", zone, self.syntax);
        format!("select {email}, moment from (\n{}\n) as timed where moment <= {end}", indented(&rows))
    }
}

/// Beyond the calendar there is no end.
const FOR_EVER_DAYS: i64 = 2_900_000;

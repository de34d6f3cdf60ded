//! One column against another of the same row.

use super::filter::{Cond, Lowering};
use super::reading::{Form, Value};
use super::syntax::Type;
use super::times;
use crate::model::NumberKind;
use crate::syntax::ast::CompareOp;

const DAY_US: i64 = 86_400_000_000;
/// So many days before 1970 no calendar goes: past it a day's number isn't negative.
const BEFORE_ALL_DAYS: i64 = 5_000_000;

impl Lowering<'_> {
    /// How two values stand; missing on either side fails.
    pub(super) fn against(&self, op: CompareOp, left: &Value, right: &Value) -> Cond {
        let sign = sign(op);
        match (left.form, right.form) {
            (Form::Number(a), Form::Number(b)) => Cond::one(self.numbers(op, (&left.sql, a), (&right.sql, b))),
            (Form::Text { .. }, Form::Text { .. }) => {
                Cond::one(format!("{} {sign} {}", self.folded(left), self.folded(right)))
            }
            (Form::Day, Form::Day) | (Form::Flag, Form::Flag) | (Form::Instant { .. }, Form::Instant { .. }) => {
                Cond::one(format!("{} {sign} {}", left.sql, right.sql))
            }
            (Form::Day, _) => Cond::one(format!("{} {sign} {}", self.day_of_day(left), self.day_of_time(right))),
            (_, Form::Day) => Cond::one(format!("{} {sign} {}", self.day_of_time(left), self.day_of_day(right))),
            (
                Form::Instant { .. }
                | Form::Local { .. }
                | Form::Micros
                | Form::Number(_)
                | Form::Text { .. }
                | Form::Flag
                | Form::List,
                _,
            ) => Cond::one(format!("{} {sign} {}", self.micros(left), self.micros(right))),
        }
    }

    /// A text, lower-cased.
    pub(super) fn folded(&self, value: &Value) -> String {
        if value.form == (Form::Text { folded: true }) { value.sql.clone() } else { self.syntax.fold(&value.sql) }
    }

    fn day_of_day(&self, value: &Value) -> String {
        self.syntax.day_number(&value.sql)
    }

    /// The day of an instant in the query's zone.
    fn day_of_time(&self, value: &Value) -> String {
        self.local_day(&times::local_of_instant(&self.micros(value), self.query.clock.zone(), self.syntax))
    }

    /// The number of the day of micros of the wall clock.
    pub(super) fn local_day(&self, micros: &str) -> String {
        let since = self.syntax.quotient(&format!("{micros} + {}", BEFORE_ALL_DAYS * DAY_US), DAY_US);
        format!("({since} - {BEFORE_ALL_DAYS})")
    }

    /// Numbers, exactly across their kinds.
    fn numbers(&self, op: CompareOp, left: (&str, NumberKind), right: (&str, NumberKind)) -> String {
        let sign = sign(op);
        let scale = |kind| match kind {
            NumberKind::Int => Some(0),
            NumberKind::Decimal { scale } => Some(scale),
            NumberKind::Float => None,
        };
        match (scale(left.1), scale(right.1)) {
            (Some(a), Some(b)) if a == b => format!("{} {sign} {}", left.0, right.0),
            (None, None) => format!("{} {sign} {}", left.0, right.0),
            (Some(a), Some(b)) => {
                let wide = Type::Decimal(a.max(b));
                format!("{} {sign} {}", self.syntax.cast(left.0, wide), self.syntax.cast(right.0, wide))
            }
            (None, Some(scale)) => format!("{} {sign} 0", self.float_against(left.0, right.0, scale)),
            (Some(scale), None) => format!("0 {sign} {}", self.float_against(right.0, left.0, scale)),
        }
    }
}

const fn sign(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}

//! Sums, means, extremes, first and last values of a contact's records.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::ToPrimitive;

use super::SqlError;
use super::filter::{Cond, Lowering, indented};
use super::reading::{Form, Value};
use super::records::{Chosen, Verdict};
use super::syntax::Type;
use super::values::in_ranges;
use crate::model::{ColumnId, NumberKind, float_key};
use crate::plan::{Aggregate, ConditionId, MeanBound, TextTest, ValueTest};

/// Digits after the point of a mean's bound, past those of the column.
const MEAN_DIGITS: i64 = 15;

/// Whether a test holds of no record at all: a sum of none is 0, all else is missing.
pub(super) fn holds_of_none(function: Aggregate, test: &ValueTest) -> bool {
    match test {
        ValueTest::Sum(ranges) => ranges.contains(0),
        ValueTest::Keys(ranges) => function == Aggregate::Sum && ranges.contains(float_key(0.0)),
        ValueTest::Missing => function != Aggregate::Sum,
        ValueTest::Mean(_) | ValueTest::Text(_) | ValueTest::Flag(_) => false,
    }
}

impl<'a> Lowering<'a> {
    /// Contacts by an aggregate of their records.
    pub(super) fn by_total(
        &mut self,
        chosen: &Chosen<'a>,
        function: Aggregate,
        column: ColumnId,
        test: &ValueTest,
    ) -> Result<Verdict, SqlError> {
        let value = self.value(chosen.scope, column)?;
        let fails = holds_of_none(function, test);
        let body = match (function, value.form) {
            (Aggregate::Sum | Aggregate::Avg, Form::Number(NumberKind::Float)) => {
                self.float_total(chosen, function, &value, test, fails)
            }
            (Aggregate::Sum | Aggregate::Avg, _) => self.exact_total(chosen, &value, test, fails)?,
            (Aggregate::Min | Aggregate::Max | Aggregate::First | Aggregate::Last, _) => {
                self.one_value(chosen, function, &value, test, fails)?
            }
        };
        Ok(if fails { Verdict::Fail(body) } else { Verdict::Pass(body) })
    }

    /// The sum or mean of integers or decimals.
    fn exact_total(
        &self,
        chosen: &Chosen<'a>,
        value: &Value,
        test: &ValueTest,
        fails: bool,
    ) -> Result<String, SqlError> {
        let scale = match value.form {
            Form::Number(NumberKind::Decimal { scale }) => scale,
            Form::Number(NumberKind::Int | NumberKind::Float)
            | Form::Text { .. }
            | Form::Day
            | Form::Instant { .. }
            | Form::Local { .. }
            | Form::Micros
            | Form::Flag
            | Form::List => 0,
        };
        let passes = match test {
            ValueTest::Sum(ranges) => {
                let summed = if scale == 0 { self.syntax.cast(&value.sql, Type::Wide) } else { value.sql.clone() };
                let literal = |units: i128| self.syntax.decimal(units, scale);
                in_ranges(&format!("sum({summed})"), ranges.as_slice(), (i128::MIN, i128::MAX), literal)
            }
            ValueTest::Mean(bounds) => {
                let units = format!("{} * {}", value.sql, 10_i128.pow(u32::from(scale)));
                let sum = format!("sum({})", self.syntax.cast(&units, Type::Wide));
                let between = bounds.iter().map(|it| self.mean_between(&sum, it, scale, chosen.id));
                Cond::any(between.collect::<Result<Vec<_>, _>>()?)
            }
            ValueTest::Missing => Cond::one(format!("count({}) = 0", value.sql)),
            ValueTest::Keys(_) | ValueTest::Text(_) | ValueTest::Flag(_) => Cond::Never,
        };
        Ok(self.having(&format!("{} {}", self.ident("email"), present(chosen, value)), passes, fails))
    }

    fn mean_between(
        &self,
        sum: &str,
        (low, high): &(MeanBound, MeanBound),
        scale: u8,
        id: ConditionId,
    ) -> Result<Cond, SqlError> {
        let bound = |end: &MeanBound, open: &str, closed: &str| -> Result<Cond, SqlError> {
            let Some((number, is_in)) = end else { return Ok(Cond::Always) };
            let sign = if *is_in { closed } else { open };
            let Some((bound, power)) = in_units(number, scale) else {
                return self.not_exact(
                    "a mean against a number of so many digits",
                    "a bound of fewer digits, or the mean's sum and count",
                    Some(id),
                );
            };
            let wide = |it: i128| self.whole_number(it);
            let sum = if power == 1 { sum.to_owned() } else { format!("{sum} * {}", wide(power)) };
            Ok(Cond::one(format!("{sum} {sign} {} * count(*)", wide(bound))))
        };
        Ok(Cond::all([bound(low, ">", ">=")?, bound(high, "<", "<=")?]))
    }

    /// The sum or mean of doubles, exact and rounded once.
    fn float_total(
        &self,
        chosen: &Chosen<'a>,
        function: Aggregate,
        value: &Value,
        test: &ValueTest,
        fails: bool,
    ) -> String {
        let email = self.ident("email");
        let ValueTest::Keys(ranges) = test else {
            // A mean is missing where there is no value, or where both infinities meet.
            let present = format!("{email} {}", present(chosen, value));
            let both = self.both_infinities(&value.sql);
            return self.having(&present, Cond::one(both), fails);
        };
        let plus = self.syntax.double(f64::INFINITY);
        let finite = format!("case when {} then 0 else {} end", self.is_infinite(&value.sql), value.sql);
        let split = format!("select {email}, {0} as x, {finite} as f {1}", value.sql, present(chosen, value));
        let limbs = self.limbs("f");
        let sums: Vec<String> =
            limbs.iter().enumerate().map(|(at, limb)| format!("sum({limb}) as limb_{at}")).collect();
        let minus = self.syntax.double(f64::NEG_INFINITY);
        let summed = format!(
            "select {email}, count(*) as n,\n  max(case when x = {plus} then 1 else 0 end) as plus, \
             max(case when x = {minus} then 1 else 0 end) as minus,\n  {}\nfrom (\n{}\n) as split\ngroup by {email}",
            sums.join(",\n  "),
            indented(&split)
        );
        let names: Vec<String> = (0..limbs.len()).map(|at| format!("limb_{at}")).collect();
        let n = (function == Aggregate::Avg).then_some("n");
        let word = |holds: bool| if holds { "true" } else { "false" };
        let finite = self.rounded_in(&names, n, ranges);
        let passes = format!(
            "case when plus = 1 and minus = 1 then false when plus = 1 then {} when minus = 1 then {} else {} end",
            word(ranges.contains(float_key(f64::INFINITY))),
            word(ranges.contains(float_key(f64::NEG_INFINITY))),
            finite.text().unwrap_or_else(|| "true".to_owned())
        );
        let passes = if fails { format!("not {passes}") } else { passes };
        format!("select {email} from (\n{}\n) as summed\nwhere {passes}", indented(&summed))
    }

    fn both_infinities(&self, value: &str) -> String {
        let has =
            |double: f64| format!("max(case when {value} = {} then 1 else 0 end) = 1", self.syntax.double(double));
        format!("({} and {})", has(f64::INFINITY), has(f64::NEG_INFINITY))
    }

    /// One of the column's own values: the smallest or largest, of all records or of the first or last.
    fn one_value(
        &mut self,
        chosen: &Chosen<'a>,
        function: Aggregate,
        value: &Value,
        test: &ValueTest,
        fails: bool,
    ) -> Result<String, SqlError> {
        let email = self.ident("email");
        let (x, form) = match value.form {
            Form::Local { .. } => (self.micros(value), Form::Micros),
            Form::Flag => (format!("case when {0} then 1 when not {0} then 0 end", value.sql), Form::Flag),
            Form::Text { .. } | Form::Number(_) | Form::Day | Form::Instant { .. } | Form::Micros | Form::List => {
                (value.sql.clone(), value.form)
            }
        };
        let from = match function {
            Aggregate::First => self.at_edge(chosen, &x, "min")?,
            Aggregate::Last => self.at_edge(chosen, &x, "max")?,
            Aggregate::Min | Aggregate::Max | Aggregate::Sum | Aggregate::Avg => {
                format!("from (select {email}, {x} as x {}) as chosen", chosen.rows())
            }
        };
        let smallest = matches!(function, Aggregate::First | Aggregate::Min);
        let x = Value { sql: "x".to_owned(), form };
        if let Form::Text { .. } = form {
            return self.one_text(&from, &x, smallest, test, fails, chosen.id);
        }
        let extreme = Value { sql: format!("{}(x)", if smallest { "min" } else { "max" }), form };
        let passes = match test {
            ValueTest::Missing => Cond::one(format!("{} is null", extreme.sql)),
            ValueTest::Keys(ranges) => self.keys(&extreme, ranges),
            ValueTest::Flag(flag) => Cond::one(format!("{} = {}", extreme.sql, i32::from(*flag))),
            ValueTest::Sum(_) | ValueTest::Mean(_) | ValueTest::Text(_) => Cond::Never,
        };
        Ok(self.having(&format!("{email} {from}"), passes, fails))
    }

    /// A text is picked by its lower-cased form, then as it stands.
    fn one_text(
        &self,
        from: &str,
        x: &Value,
        smallest: bool,
        test: &ValueTest,
        fails: bool,
        id: ConditionId,
    ) -> Result<String, SqlError> {
        let email = self.ident("email");
        let nothing = TextTest::OneOf { folded: vec![String::new()], cased: Vec::new() };
        let passes = match test {
            ValueTest::Missing => self.text(x, &nothing, id)?,
            ValueTest::Text(test) => self.text(x, test, id)?,
            ValueTest::Keys(_) | ValueTest::Sum(_) | ValueTest::Mean(_) | ValueTest::Flag(_) => Cond::Never,
        };
        let passes = passes.negated_if(fails).text().unwrap_or_else(|| "true".to_owned());
        let way = if smallest { "" } else { " desc" };
        let (folded, original) = (self.folded(x), self.syntax.by_code_point("x"));
        Ok(format!(
            "select {email} from (\n  select {email}, x, row_number() over (partition by {email} order by {folded}{way}, \
             {original}{way}) as nth\n  {from} where x is not null\n) as ordered\nwhere nth = 1 and {passes}"
        ))
    }

    /// The values `x` on the records of a contact's first or last time.
    fn at_edge(&mut self, chosen: &Chosen<'a>, x: &str, edge: &str) -> Result<String, SqlError> {
        let email = self.ident("email");
        let at = self.value(chosen.scope, crate::book::RecordKind::AT)?;
        let at = if let Form::Local { .. } = at.form { self.micros(&at) } else { at.sql };
        let timed = format!("select {email}, {x} as x, {at} as moment {}", chosen.rows());
        Ok(format!(
            "from (\n  select {email}, x from (\n    select {email}, x, moment, {edge}(moment) over (partition by {email}) as edge\n\
             \x20   from ({timed}) as timed\n  ) as edged where moment = edge\n) as chosen"
        ))
    }

    /// The contacts whose group passes, or doesn't.
    fn having(&self, select: &str, passes: Cond, fails: bool) -> String {
        let passes = passes.negated_if(fails).text().unwrap_or_else(|| "true".to_owned());
        format!("select {select}\ngroup by {} having {passes}", self.ident("email"))
    }
}

/// The chosen records that have a value.
fn present(chosen: &Chosen<'_>, value: &Value) -> String {
    chosen.rows_where(Cond::one(format!("{} is not null", value.sql)))
}

/// A number in units of a scale as `bound / power`; none where 38 digits won't do.
fn in_units(number: &BigDecimal, scale: u8) -> Option<(i128, i128)> {
    let (digits, exponent) = number.normalized().into_bigint_and_exponent();
    let missing = exponent - i64::from(scale);
    if !(-38..=MEAN_DIGITS).contains(&missing) {
        return None;
    }
    let ten = |power: i64| BigInt::from(10).pow(u32::try_from(power).unwrap_or(0));
    let (bound, power) = if missing > 0 { (digits, ten(missing)) } else { (digits * ten(-missing), ten(0)) };
    // A count of 10 digits still has its place beside it.
    let bound = bound.to_i128().filter(|it| it.unsigned_abs() < 10_u128.pow(28))?;
    Some((bound, power.to_i128()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_means_in_units() {
        let units = |text: &str, scale| in_units(&text.parse().unwrap(), scale);
        assert_eq!(units("60.5", 2), Some((6_050, 1)));
        assert_eq!(units("12.875", 2), Some((12_875, 10)));
        assert_eq!(units("-100", 0), Some((-100, 1)));
        assert_eq!(units("0.00000000000000000001", 2), None);
        assert_eq!(units("1e30", 2), None);
    }
}

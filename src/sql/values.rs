//! Conditions on one column of a row.

use super::SqlError;
use super::filter::{Cond, Lowering, Scope};
use super::pattern;
use super::reading::{Form, Value};
use super::times;
use crate::model::{ColumnId, NumberKind, Ranges, key_float};
use crate::plan::{ConditionId, Predicate, TextTest};

impl<'a> Lowering<'a> {
    /// A condition on a column, or its opposite.
    pub(super) fn test(
        &mut self,
        scope: Scope<'a>,
        column: ColumnId,
        predicate: &Predicate,
        negated: bool,
        id: ConditionId,
    ) -> Result<Cond, SqlError> {
        let value = self.value(scope, column)?;
        let sql = &value.sql;
        Ok(match predicate {
            Predicate::Missing => is_missing(sql, negated),
            Predicate::Empty => match value.form {
                Form::Text { .. } if negated => Cond::one(format!("{sql} <> ''")),
                Form::Text { .. } => Cond::one(format!("({sql} is null or {sql} = '')")),
                Form::List => Cond::one(self.syntax.any(sql, "item <> ''")).negated_if(!negated),
                Form::Number(_) | Form::Day | Form::Instant { .. } | Form::Local { .. } | Form::Micros | Form::Flag => {
                    is_missing(sql, negated)
                }
            },
            Predicate::Keys(ranges) => self.keys(&value, ranges).negated_if(negated),
            Predicate::Text(test) if value.form == Form::List => self.some_element(sql, test, id)?.negated_if(negated),
            Predicate::Text(test) => self.text(&value, test, id)?.negated_if(negated),
            Predicate::Length(ranges) => self.length(sql, ranges).negated_if(negated),
            Predicate::Flag(true) => Cond::one(sql.clone()).negated_if(negated),
            Predicate::Flag(false) => Cond::one(format!("not {sql}")).negated_if(negated),
            Predicate::Field(op, other) => {
                let right = self.value(scope, *other)?;
                self.against(*op, &value, &right).negated_if(negated)
            }
        })
    }

    /// The key of a value lies in these.
    pub(super) fn keys(&self, value: &Value, ranges: &Ranges<i64>) -> Cond {
        let (sql, syntax) = (&value.sql, self.syntax);
        let ends = (i64::MIN, i64::MAX);
        match value.form {
            Form::Number(NumberKind::Float) => {
                Cond::any(ranges.as_slice().iter().map(|it| in_floats(sql, *it, |float| syntax.double(float))))
            }
            Form::Number(NumberKind::Decimal { scale }) => {
                in_ranges(sql, ranges.as_slice(), ends, |key| syntax.decimal(i128::from(key), scale))
            }
            Form::Day => {
                let (first, last) = syntax.times();
                let days = (first.div_euclid(DAY_US), last.div_euclid(DAY_US));
                // Within the range of a time every day fits 32 bits.
                in_ranges(sql, ranges.as_slice(), days, |key| syntax.day(key as i32))
            }
            Form::Instant { fine } => in_times(sql, ranges, fine, syntax.times(), |micros| syntax.instant(micros)),
            Form::Local { fine } => {
                let locals = times::local_ranges(ranges, &self.target.book.zone);
                in_times(sql, &locals, fine, syntax.times(), |micros| syntax.local(micros))
            }
            Form::Number(NumberKind::Int) | Form::Micros | Form::Text { .. } | Form::Flag | Form::List => {
                in_ranges(sql, ranges.as_slice(), ends, |key| key.to_string())
            }
        }
    }

    /// A test of a text.
    pub(super) fn text(&self, value: &Value, test: &TextTest, id: ConditionId) -> Result<Cond, SqlError> {
        let folded = match value.form {
            Form::Text { folded: true } => value.sql.clone(),
            Form::Text { folded: false }
            | Form::Number(_)
            | Form::Day
            | Form::Instant { .. }
            | Form::Local { .. }
            | Form::Micros
            | Form::Flag
            | Form::List => self.syntax.fold(&value.sql),
        };
        let pick = |cased: bool| if cased { &value.sql } else { &folded };
        let present = |cased: bool| Cond::one(format!("{} is not null", pick(cased)));
        Ok(match test {
            TextTest::OneOf { folded: lower, cased } => {
                Cond::any([self.one_of(&folded, lower), self.one_of(&value.sql, cased)])
            }
            TextTest::Contains { needle, cased }
            | TextTest::StartsWith { needle, cased }
            | TextTest::EndsWith { needle, cased }
                if needle.is_empty() =>
            {
                present(*cased)
            }
            TextTest::Contains { needle, cased } => Cond::one(self.syntax.contains(pick(*cased), needle)),
            TextTest::StartsWith { needle, cased } => Cond::one(self.syntax.starts_with(pick(*cased), needle)),
            TextTest::EndsWith { needle, cased } => Cond::one(self.syntax.ends_with(pick(*cased), needle)),
            TextTest::Matches { regex, folded, cased } => {
                match pattern::written(regex.as_str(), *cased, self.syntax.flavour()) {
                    Ok(pattern) => Cond::one(self.syntax.matches(pick(!*folded), &pattern)),
                    Err(what) => return self.not_exact(&what, "`contains` and `like` take plain text", Some(id)),
                }
            }
        })
    }

    fn one_of(&self, sql: &str, texts: &[String]) -> Cond {
        let texts: Vec<String> = texts.iter().map(|it| self.syntax.text(it)).collect();
        match texts.as_slice() {
            [] => Cond::Never,
            [text] => Cond::one(format!("{sql} = {text}")),
            texts => Cond::one(format!("{sql} in ({})", texts.join(", "))),
        }
    }
}

const DAY_US: i64 = 86_400_000_000;

fn is_missing(sql: &str, negated: bool) -> Cond {
    Cond::one(format!("{sql} is {}null", if negated { "not " } else { "" }))
}

/// A value lies in one of the ranges, whose ends are in; beyond `ends` they are open.
pub(super) fn in_ranges<T: Copy + Ord>(
    sql: &str,
    ranges: &[(T, T)],
    ends: (T, T),
    literal: impl Fn(T) -> String,
) -> Cond {
    let singles: Vec<String> = ranges.iter().filter(|(low, high)| low == high).map(|(it, _)| literal(*it)).collect();
    let listed = match singles.as_slice() {
        [] => Cond::Never,
        [one] => Cond::one(format!("{sql} = {one}")),
        several => Cond::one(format!("{sql} in ({})", several.join(", "))),
    };
    let wider =
        ranges.iter().filter(|(low, high)| low < high).map(|(low, high)| match (*low > ends.0, *high < ends.1) {
            _ if *high < ends.0 || *low > ends.1 => Cond::Never,
            (false, false) => Cond::one(format!("{sql} is not null")),
            (true, false) => Cond::one(format!("{sql} >= {}", literal(*low))),
            (false, true) => Cond::one(format!("{sql} <= {}", literal(*high))),
            (true, true) => Cond::one(format!("{sql} between {} and {}", literal(*low), literal(*high))),
        });
    Cond::any(std::iter::once(listed).chain(wider))
}

/// The same of floats, one range: a bound beside a rounder float is that one, left out.
fn in_floats(sql: &str, (low, high): (i64, i64), literal: impl Fn(f64) -> String) -> Cond {
    if low == high {
        return Cond::one(format!("{sql} = {}", literal(key_float(low))));
    }
    let bound = |key: i64, outer: i64, closed: &str, open: &str| {
        let (float, beside) = (key_float(key), key_float(outer));
        if float.is_infinite() {
            return Cond::Always;
        }
        let is_rounder = beside.is_finite() && format!("{beside:?}").len() < format!("{float:?}").len();
        let (sign, float) = if is_rounder { (open, beside) } else { (closed, float) };
        // Plus 0, −0 is 0; its own key below that of 0 made the sign.
        Cond::one(format!("{sql} {sign} {}", literal(float + 0.0)))
    };
    let both =
        Cond::all([bound(low, low.saturating_sub(1), ">=", ">"), bound(high, high.saturating_add(1), "<=", "<")]);
    if both == Cond::Always { Cond::one(format!("{sql} is not null")) } else { both }
}

/// The same of times: up to the end of a second, or of a microsecond that isn't the finest, is up to before the next one.
fn in_times(sql: &str, ranges: &Ranges<i64>, fine: bool, ends: (i64, i64), literal: impl Fn(i64) -> String) -> Cond {
    let one = |(low, high): &(i64, i64)| {
        if *high < ends.0 || *low > ends.1 {
            return Cond::Never;
        }
        if low == high && !fine {
            return Cond::one(format!("{sql} = {}", literal(*low)));
        }
        let above = (*low > ends.0).then(|| format!("{sql} >= {}", literal(*low)));
        let below = (*high < ends.1).then(|| {
            let before_next = fine || high.rem_euclid(1_000_000) == 999_999;
            if before_next { format!("{sql} < {}", literal(high + 1)) } else { format!("{sql} <= {}", literal(*high)) }
        });
        let bounds: Vec<Cond> = above.into_iter().chain(below).map(Cond::One).collect();
        if bounds.is_empty() { Cond::one(format!("{sql} is not null")) } else { Cond::all(bounds) }
    };
    Cond::any(ranges.as_slice().iter().map(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::float_key;

    fn text(cond: Cond) -> String {
        cond.text().unwrap_or_else(|| "always".to_owned())
    }

    #[test]
    fn ranges_in_words() {
        let of = |ranges: &[(i64, i64)]| text(in_ranges("x", ranges, (i64::MIN, i64::MAX), |it| it.to_string()));
        assert_eq!(of(&[(1, 1), (3, 3), (5, 9)]), "(x in (1, 3) or x between 5 and 9)");
        assert_eq!(of(&[(i64::MIN, 4)]), "x <= 4");
        assert_eq!(of(&[(i64::MIN, i64::MAX)]), "x is not null");
        assert_eq!(of(&[]), "false");
    }

    #[test]
    fn floats_have_the_rounder_bound() {
        let of = |low: f64, high: f64| text(in_floats("x", (float_key(low), float_key(high)), |it| format!("{it:?}")));
        assert_eq!(of(f64::NEG_INFINITY, -5e-324), "x < 0.0");
        let below_zero = (float_key(f64::NEG_INFINITY), float_key(0.0) - 1);
        assert_eq!(text(in_floats("x", below_zero, |it| format!("{it:?}"))), "x < 0.0");
        assert_eq!(of(0.3, f64::INFINITY), "x >= 0.3");
        assert_eq!(of(0.30000000000000004, 2.5), "x > 0.3 and x <= 2.5");
        assert_eq!(of(f64::NEG_INFINITY, f64::INFINITY), "x is not null");
        assert_eq!(of(f64::INFINITY, f64::INFINITY), "x = inf");
    }

    #[test]
    fn times_end_before_the_next_second() {
        let of = |low, high, fine| {
            text(in_times("x", &Ranges::between(low, high), fine, (0, 9_000_000), |it| it.to_string()))
        };
        assert_eq!(of(1_000_000, 1_999_999, false), "x >= 1000000 and x < 2000000");
        assert_eq!(of(1_000_000, 2_000_000, false), "x >= 1000000 and x <= 2000000");
        assert_eq!(of(5, 5, false), "x = 5");
        assert_eq!(of(5, 5, true), "x >= 5 and x < 6");
        assert_eq!(of(i64::MIN, i64::MAX, false), "x is not null");
        assert_eq!(of(10_000_000, i64::MAX, false), "false");
    }
}

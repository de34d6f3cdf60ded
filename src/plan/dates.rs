//! Tests of days and instants: values by the query's clock, windows as ranges of keys.
//!
//! A column of days has days as keys, one of instants microseconds; every range is inclusive.

use super::fields::{Reading, Tested};
use super::resolve::{Checked, Resolver, all, both, wrong};
use crate::model::{
    CalendarSpan, CalendarUnit, Clock, ClockError, Code, Diagnostic, Ranges, Span, TimeUnit, fold, parse_day,
    parse_time,
};
use crate::syntax::ast::{CompareOp, Duration, OffsetForm, Test, Value, Window};

/// What a date value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// A whole day.
    Day(i32),
    /// An instant.
    Instant(i64),
    /// `30 days ago`, `in 7 days`: an instant, but its day after `on`, `=` and `!=`.
    Around(i64),
}

/// First and last key, both in.
pub(super) type Stretch = (i64, i64);

/// How values are written, for help.
const DATE_FORMS: &str = "dates look like `2026-02-08`, `2026-02-08T14:30`, `today`, `now`, `30 days ago`, `in 7 days`";

impl<'a> Resolver<'a> {
    pub(super) fn date_reading(&mut self, tested: &Tested<'a>, is_day: bool, test: &Test) -> Checked<Reading> {
        let keys = |stretch: Stretch| Ok(Reading::Keys(Ranges::between(stretch.0, stretch.1)));
        match test {
            Test::Empty => Ok(Reading::Empty),
            Test::Compare(op, Value::Field(other)) => self.against(tested, *op, other),
            Test::Compare(op, value) => keys(self.compared(tested, *op, value, is_day)?),
            Test::In(values) => {
                self.check_length(tested, values)?;
                let days = values.iter().map(|it| self.compared(tested, CompareOp::Eq, it, is_day));
                Ok(Reading::Keys(Ranges::union(all(days)?)))
            }
            Test::Between(low, high) => keys(self.between_dates(tested, low, high, is_day)?),
            Test::Window(window) => keys(self.window_stretch(tested, window, is_day)?),
            Test::Anniversary(window) => self.anniversary(tested, window, is_day).map(Reading::Keys),
            Test::Bare | Test::Match(..) | Test::All(_) | Test::NoneOf(_) | Test::InFile(_) => {
                self.does_not_fit(tested)
            }
        }
    }

    /// The keys within a window.
    pub(super) fn window_stretch(&mut self, tested: &Tested<'a>, window: &Window, is_day: bool) -> Checked<Stretch> {
        match window {
            Window::Before(value) => self.compared(tested, CompareOp::Lt, value, is_day),
            Window::After(value) => self.compared(tested, CompareOp::Gt, value, is_day),
            Window::On(value) => self.compared(tested, CompareOp::Eq, value, is_day),
            Window::Since(value) => self.compared(tested, CompareOp::Ge, value, is_day),
            Window::Between(low, high) => self.between_dates(tested, low, high, is_day),
            Window::InLast(by) => {
                self.note_last_day(by, is_day);
                Ok((self.now_moved(tested, by, -1, is_day)?, self.now(is_day)))
            }
            Window::InNext(by) => Ok((self.now(is_day), self.now_moved(tested, by, 1, is_day)?)),
            Window::MoreThanAgo(by) => Ok((i64::MIN, self.now_moved(tested, by, -1, is_day)?.saturating_sub(1))),
            Window::This(unit) => self.calendar(tested, *unit, 0, is_day),
            Window::Last(unit) => {
                if *unit == CalendarUnit::Day {
                    self.note(
                        Code::LastDay,
                        tested.operator,
                        format!("`in last day` is yesterday; {}", one_day(is_day)),
                    );
                }
                self.calendar(tested, *unit, -1, is_day)
            }
            Window::Next(unit) => self.calendar(tested, *unit, 1, is_day),
        }
    }

    fn note_last_day(&mut self, by: &Duration, is_day: bool) {
        if by.unit == TimeUnit::Day && self.whole(&by.count, by.count_span, 1) == Ok(1) {
            let text = format!("{}; `in last day` is yesterday", one_day(is_day));
            self.note(Code::LastDay, by.count_span.to(by.unit_span), text);
        }
    }

    /// The keys that stand so to a value.
    fn compared(&self, tested: &Tested<'a>, op: CompareOp, value: &Value, is_day: bool) -> Checked<Stretch> {
        let moment = self.moment(tested, value, is_day)?;
        let (first, last) = stretch(&self.context.clock, moment, op == CompareOp::Eq, is_day);
        Ok(match op {
            CompareOp::Eq => (first, last),
            CompareOp::Lt => (i64::MIN, first.saturating_sub(1)),
            CompareOp::Le => (i64::MIN, last),
            CompareOp::Gt => (last.saturating_add(1), i64::MAX),
            CompareOp::Ge => (first, i64::MAX),
        })
    }

    /// From the beginning of one value to the end of the other.
    fn between_dates(&mut self, tested: &Tested<'a>, low: &Value, high: &Value, is_day: bool) -> Checked<Stretch> {
        let (from, to) = both(self.moment(tested, low, is_day), self.moment(tested, high, is_day))?;
        let clock = &self.context.clock;
        let (first, last) = (stretch(clock, from, false, is_day).0, stretch(clock, to, false, is_day).1);
        if first > last {
            self.note_swapped(low.span().to(high.span()));
        }
        Ok((first, last))
    }

    /// Now, or today.
    fn now(&self, is_day: bool) -> i64 {
        self.hangs.reads_clock.set(true);
        let clock = &self.context.clock;
        if is_day { i64::from(clock.today()) } else { clock.now_us() }
    }

    /// Now, or today, moved by a duration.
    fn now_moved(&self, tested: &Tested<'a>, by: &Duration, sign: i64, is_day: bool) -> Checked<i64> {
        self.hangs.reads_clock.set(true);
        let clock = &self.context.clock;
        let by_span = self.duration(by, sign)?;
        if is_day && !by.unit.is_calendar() {
            return no_hours(tested, by.unit_span);
        }
        let moved = if is_day {
            clock.shift_day(clock.today(), by_span).map(i64::from)
        } else {
            clock.shift(clock.now_us(), by_span)
        };
        moved.or_else(|error| wrong(clock_error(&error, by.count_span.to(by.unit_span))))
    }

    /// A duration whose number is whole and at least 1.
    pub(super) fn duration(&self, by: &Duration, sign: i64) -> Checked<CalendarSpan> {
        let count = self.whole(&by.count, by.count_span, 1)?;
        // What is beyond the calendar anyway may be cut.
        let count = i64::try_from(count).unwrap_or(i64::MAX).min(i64::MAX / 4);
        Ok(CalendarSpan { count: count * sign, unit: by.unit })
    }

    fn calendar(&self, tested: &Tested<'a>, unit: CalendarUnit, offset: i64, is_day: bool) -> Checked<Stretch> {
        self.hangs.reads_clock.set(true);
        let clock = &self.context.clock;
        let (first, last) =
            clock.calendar(unit, offset).or_else(|error| wrong(clock_error(&error, tested.operator)))?;
        Ok(if is_day { (i64::from(first), i64::from(last)) } else { days_as_instants(clock, first, last) })
    }

    /// What a date value stands for; of a column of days always a day.
    fn moment(&self, tested: &Tested<'a>, value: &Value, is_day: bool) -> Checked<Moment> {
        let moment = self.any_moment(tested, value, is_day)?;
        Ok(match moment {
            Moment::Instant(at) | Moment::Around(at) if is_day => Moment::Day(self.context.clock.zone().day_of(at)),
            Moment::Day(_) | Moment::Instant(_) | Moment::Around(_) => moment,
        })
    }

    fn any_moment(&self, tested: &Tested<'a>, value: &Value, is_day: bool) -> Checked<Moment> {
        let clock = &self.context.clock;
        let failed = |error: ClockError| wrong(clock_error(&error, value.span()));
        match value {
            Value::Word { text, .. } => {
                self.hangs.reads_clock.set(true);
                let day = |by: i32| Ok(Moment::Day(clock.today().saturating_add(by)));
                match &*fold(text) {
                    "now" => Ok(Moment::Instant(clock.now_us())),
                    "today" => day(0),
                    "yesterday" => day(-1),
                    "tomorrow" => day(1),
                    _ => self.not_a_value(tested, value, "a date", DATE_FORMS),
                }
            }
            Value::Day { text, .. } => parse_day(text).map(Moment::Day).or_else(failed),
            Value::Time { text, .. } => parse_time(text, clock.zone()).map(Moment::Instant).or_else(failed),
            Value::Offset { base, form, by, .. } => {
                self.hangs.reads_clock.set(true);
                let base = self.any_moment(tested, base, is_day)?;
                let sign = match form {
                    OffsetForm::Ago | OffsetForm::Minus => -1,
                    OffsetForm::In | OffsetForm::Plus => 1,
                };
                let by_span = self.duration(by, sign)?;
                if is_day && !by.unit.is_calendar() {
                    return no_hours(tested, by.unit_span);
                }
                let is_soft = matches!(form, OffsetForm::Ago | OffsetForm::In);
                shifted(clock, base, by_span, is_soft, is_day).or_else(failed)
            }
            Value::Text { .. } | Value::Number { .. } | Value::Field(_) => {
                self.not_a_value(tested, value, "a date", DATE_FORMS)
            }
        }
    }
}

fn shifted(clock: &Clock, base: Moment, by: CalendarSpan, is_soft: bool, is_day: bool) -> Result<Moment, ClockError> {
    match base {
        Moment::Day(day) if by.unit.is_calendar() => clock.shift_day(day, by).map(Moment::Day),
        Moment::Day(day) => clock.shift(clock.zone().day_start(day), by).map(Moment::Instant),
        Moment::Instant(at) | Moment::Around(at) if is_day => {
            clock.shift_day(clock.zone().day_of(at), by).map(Moment::Day)
        }
        Moment::Instant(at) | Moment::Around(at) => {
            clock.shift(at, by).map(if is_soft { Moment::Around } else { Moment::Instant })
        }
    }
}

/// The keys that a value takes up.
fn stretch(clock: &Clock, moment: Moment, is_equality: bool, is_day: bool) -> Stretch {
    match moment {
        Moment::Day(day) if is_day => (i64::from(day), i64::from(day)),
        Moment::Day(day) => days_as_instants(clock, day, day),
        Moment::Around(at) if is_equality => {
            let day = clock.zone().day_of(at);
            days_as_instants(clock, day, day)
        }
        Moment::Instant(at) | Moment::Around(at) => (at, at),
    }
}

/// What `in last 1 day` is.
const fn one_day(is_day: bool) -> &'static str {
    if is_day {
        "`in last 1 day` is yesterday and today"
    } else {
        "`in last 1 day` runs from the same time yesterday up to now"
    }
}

/// The first and last instant of days.
pub(super) fn days_as_instants(clock: &Clock, first: i32, last: i32) -> Stretch {
    let zone = clock.zone();
    (zone.day_start(first), zone.day_start(last.saturating_add(1)).saturating_sub(1))
}

fn no_hours<T>(tested: &Tested<'_>, unit: Span) -> Checked<T> {
    wrong(
        Diagnostic::error(
            Code::HoursOfADay,
            unit,
            format!("{} holds days without a time: it is compared by day, not by hours", tested.shown),
        )
        .help("`day`, `week`, `month`, `quarter` and `year` fit it".to_owned()),
    )
}

/// What the clock says, at a place.
fn clock_error(error: &ClockError, span: Span) -> Diagnostic {
    let code = match error {
        ClockError::OutOfRange => Code::OutOfCalendar,
        ClockError::NoSuchTime(_) => Code::NoSuchDate,
        ClockError::UnknownZone(_) => Code::NoSuchDate,
    };
    Diagnostic::error(code, span, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Zone;

    /// 2026-11-20T09:00:00Z, 16:00 in Jakarta.
    fn clock() -> Clock {
        let zone = Zone::named("Asia/Jakarta").expect("a zone");
        Clock::new(parse_time("2026-11-20T09:00:00Z", &zone).expect("a time"), zone)
    }

    fn at(text: &str) -> i64 {
        parse_time(text, &Zone::utc()).expect("a time")
    }

    #[test]
    fn a_day_is_whole_in_the_zone() {
        let day = parse_day("2026-02-08").expect("a day");
        let wanted = (at("2026-02-07T17:00:00Z"), at("2026-02-08T16:59:59.999999Z"));
        assert_eq!(stretch(&clock(), Moment::Day(day), true, false), wanted);
    }

    #[test]
    fn ago_is_a_moment_but_its_day_when_equal() {
        let clock = clock();
        let by = CalendarSpan { count: -30, unit: TimeUnit::Day };
        let moment = shifted(&clock, Moment::Instant(clock.now_us()), by, true, false).expect("a moment");
        let instant = at("2026-10-21T09:00:00Z");
        assert_eq!(stretch(&clock, moment, false, false), (instant, instant));
        assert_eq!(
            stretch(&clock, moment, true, false),
            (at("2026-10-20T17:00:00Z"), at("2026-10-21T16:59:59.999999Z"))
        );
    }
}

//! Conditions on one value: section 2 and rules 5.1 to 5.8, 5.10.

use chrono::NaiveDate;
use regex::RegexBuilder;
use segql::syntax::ast::{CompareOp, Duration, MatchOp, OffsetForm, Test, Value, Window};

use super::book::{STAGES, Type};
use super::calendar::{When, anniversary, shift_day};
use super::text::{known, like, lower};
use super::{Oracle, Scope, number, written, yes};
use crate::value::V;

impl Oracle<'_> {
    /// The positive form; a missing value passes none but `is empty`.
    pub(super) fn test_value(&self, kind: Type, value: &V, test: &Test, scope: Scope<'_>) -> bool {
        if let Test::Empty = test {
            return match value {
                V::Null => true,
                V::Text(text) => text.is_empty(),
                V::List(items) => items.is_empty(),
                V::Int(_) | V::Dec(_) | V::Float(_) | V::Bool(_) | V::Day(_) | V::Instant(_) | V::Local(_) => false,
            };
        }
        if *value == V::Null {
            return false;
        }
        match test {
            Test::Empty => false,
            Test::Bare => *value == V::Bool(true),
            Test::Compare(op, Value::Field(other)) => {
                let (other_kind, other) = scope.get(other);
                other != V::Null && self.against_field(*op, (kind, value), (other_kind, &other))
            }
            Test::Compare(op, literal) => self.compare(kind, value, *op, literal),
            Test::In(list) | Test::NoneOf(list) => {
                list.iter().any(|literal| self.compare(kind, value, CompareOp::Eq, literal))
            }
            Test::All(list) => list.iter().all(|literal| self.compare(kind, value, CompareOp::Eq, literal)),
            Test::Match(op, literal) => self.matches(value, *op, literal),
            Test::Between(low, high) => {
                self.compare(kind, value, CompareOp::Ge, low) && self.compare(kind, value, CompareOp::Le, high)
            }
            Test::Window(window) => self.window(value, window),
            Test::Anniversary(window) => self.anniversary(value, window),
            Test::InFile(path) => {
                let V::Text(key) = value else { panic!("in file is for e-mails") };
                self.book.lists[&path.text].contains(key)
            }
        }
    }

    /// A value that is there against a literal.
    fn compare(&self, kind: Type, value: &V, op: CompareOp, literal: &Value) -> bool {
        match kind {
            Type::Text | Type::Choice => {
                assert_eq!(op, CompareOp::Eq, "text has no order here");
                let V::Text(text) = value else { panic!("no text: {value:?}") };
                text_equals(text, literal)
            }
            Type::List => {
                assert_eq!(op, CompareOp::Eq, "lists have no order");
                let V::List(items) = value else { panic!("no list: {value:?}") };
                items.iter().any(|item| text_equals(item, literal))
            }
            Type::Known(names) => {
                assert_eq!(op, CompareOp::Eq, "only stages have an order");
                *value == V::text(known(names, written(literal)).expect("a known name"))
            }
            Type::Stage | Type::Funnel => stage_compare(value, op, written(literal)),
            Type::Number => holds(op, number::against_literal(value, written(literal))),
            Type::Bool => {
                assert_eq!(op, CompareOp::Eq, "yes/no has no order");
                *value == V::Bool(yes(written(literal)))
            }
            Type::Day | Type::Instant => self.date_compare(value, op, self.when(literal)),
        }
    }

    fn against_field(&self, op: CompareOp, (kind, value): (Type, &V), (other_kind, other): (Type, &V)) -> bool {
        match (value, other) {
            (V::Int(_) | V::Dec(_) | V::Float(_), _) => holds(op, number::against_number(value, other)),
            (V::Instant(a), V::Instant(b)) => holds(op, a.cmp(b)),
            (V::Day(_) | V::Instant(_), _) => {
                // An instant meets a day by its own day.
                holds(op, self.day(value).cmp(&self.day(other)))
            }
            (V::Text(_), V::Text(stage)) if kind == Type::Stage && other_kind == Type::Stage => {
                stage_compare(value, op, stage)
            }
            (V::Text(a), V::Text(b)) => {
                assert_eq!(op, CompareOp::Eq, "text has no order here: {kind:?} {other_kind:?}");
                lower(a) == lower(b)
            }
            (V::Bool(a), V::Bool(b)) => {
                assert_eq!(op, CompareOp::Eq, "yes/no has no order");
                a == b
            }
            _ => panic!("{kind:?} doesn't meet {other_kind:?}"),
        }
    }

    fn day(&self, value: &V) -> NaiveDate {
        match value {
            V::Day(day) => *day,
            V::Instant(us) => self.clock.day_of(*us),
            other => panic!("no date: {other:?}"),
        }
    }

    /// A day or instant of the book against a date value: a date is its whole day.
    fn date_compare(&self, value: &V, op: CompareOp, when: When) -> bool {
        match (value, when) {
            (V::Day(day), When::Day(when)) => holds(op, day.cmp(&when)),
            // A field of type date meets a time by its day.
            (V::Day(day), When::Moment { at, .. }) => holds(op, day.cmp(&self.clock.day_of(at))),
            (V::Instant(us), When::Day(day)) => {
                let (start, end) = (self.clock.start(day), self.clock.end(day));
                match op {
                    CompareOp::Eq => start <= *us && *us < end,
                    CompareOp::Lt => *us < start,
                    CompareOp::Le => *us < end,
                    CompareOp::Gt => end <= *us,
                    CompareOp::Ge => start <= *us,
                }
            }
            // `n units ago` and `in n units` are moments, but after `=` and `on` they mean that day.
            (V::Instant(_), When::Moment { at, ago: true }) if op == CompareOp::Eq => {
                self.date_compare(value, op, When::Day(self.clock.day_of(at)))
            }
            (V::Instant(us), When::Moment { at, .. }) => holds(op, us.cmp(&at)),
            _ => panic!("no date: {value:?}"),
        }
    }

    /// What a date value means.
    fn when(&self, literal: &Value) -> When {
        let moment = |at| When::Moment { at, ago: false };
        match literal {
            Value::Day { text, .. } => When::Day(text.parse().expect("a day")),
            Value::Time { text, .. } => moment(self.clock.time(text)),
            Value::Word { text, .. } => match lower(text).as_str() {
                "now" => moment(self.clock.now_us),
                "today" => When::Day(self.clock.today()),
                "yesterday" => When::Day(self.clock.today().pred_opt().expect("a day")),
                "tomorrow" => When::Day(self.clock.today().succ_opt().expect("a day")),
                other => panic!("no date: {other}"),
            },
            Value::Offset { base, form, by, .. } => {
                let n = match form {
                    OffsetForm::Ago | OffsetForm::Minus => -count(by),
                    OffsetForm::In | OffsetForm::Plus => count(by),
                };
                let ago = matches!(form, OffsetForm::Ago | OffsetForm::In);
                match self.when(base) {
                    When::Day(day) => When::Day(shift_day(day, n, by.unit)),
                    When::Moment { at, .. } => When::Moment { at: self.clock.shift(at, n, by.unit), ago },
                }
            }
            Value::Text { .. } | Value::Number { .. } | Value::Field(_) => panic!("no date: {literal:?}"),
        }
    }

    /// A window on a day or instant that is there.
    pub(super) fn window(&self, value: &V, window: &Window) -> bool {
        let compare = |op, literal| self.date_compare(value, op, self.when(literal));
        match window {
            Window::Before(at) => compare(CompareOp::Lt, at),
            Window::After(at) => compare(CompareOp::Gt, at),
            Window::On(at) => compare(CompareOp::Eq, at),
            Window::Since(at) => compare(CompareOp::Ge, at),
            Window::Between(low, high) => compare(CompareOp::Ge, low) && compare(CompareOp::Le, high),
            Window::InLast(by) => self.not_before(value, -count(by), by) && self.not_after(value, 0, by),
            Window::InNext(by) => self.not_before(value, 0, by) && self.not_after(value, count(by), by),
            Window::MoreThanAgo(by) => !self.not_before(value, -count(by), by),
            Window::This(_) | Window::Last(_) | Window::Next(_) => {
                let (first, last) = self.days(window);
                self.date_compare(value, CompareOp::Ge, When::Day(first))
                    && self.date_compare(value, CompareOp::Le, When::Day(last))
            }
        }
    }

    /// `now + n units <= value`, by days for a day.
    fn not_before(&self, value: &V, n: i64, by: &Duration) -> bool {
        match value {
            V::Day(day) => shift_day(self.clock.today(), n, by.unit) <= *day,
            V::Instant(us) => self.clock.shift(self.clock.now_us, n, by.unit) <= *us,
            other => panic!("no date: {other:?}"),
        }
    }

    /// `value <= now + n units`, by days for a day.
    fn not_after(&self, value: &V, n: i64, by: &Duration) -> bool {
        match value {
            V::Day(day) => *day <= shift_day(self.clock.today(), n, by.unit),
            V::Instant(us) => *us <= self.clock.shift(self.clock.now_us, n, by.unit),
            other => panic!("no date: {other:?}"),
        }
    }

    /// First and last day of a window that has both.
    fn days(&self, window: &Window) -> (NaiveDate, NaiveDate) {
        let today = self.clock.today();
        let day = |literal: &Value| match self.when(literal) {
            When::Day(day) => day,
            When::Moment { at, .. } => self.clock.day_of(at),
        };
        match window {
            Window::On(at) => (day(at), day(at)),
            Window::Between(low, high) => (day(low), day(high)),
            Window::InLast(by) => (shift_day(today, -count(by), by.unit), today),
            Window::InNext(by) => (today, shift_day(today, count(by), by.unit)),
            Window::This(unit) => self.clock.unit(*unit, 0),
            Window::Last(unit) => self.clock.unit(*unit, -1),
            Window::Next(unit) => self.clock.unit(*unit, 1),
            Window::Before(_) | Window::After(_) | Window::Since(_) | Window::MoreThanAgo(_) => {
                panic!("a window without an end")
            }
        }
    }

    fn anniversary(&self, value: &V, window: &Window) -> bool {
        let born = self.day(value);
        match window {
            // Before or after any day lie anniversaries of every date.
            Window::Before(_) | Window::After(_) | Window::Since(_) | Window::MoreThanAgo(_) => true,
            Window::On(_)
            | Window::Between(..)
            | Window::InLast(_)
            | Window::InNext(_)
            | Window::This(_)
            | Window::Last(_)
            | Window::Next(_) => {
                let (first, last) = self.days(window);
                anniversary(born, first, last)
            }
        }
    }

    fn matches(&self, value: &V, op: MatchOp, literal: &Value) -> bool {
        match value {
            V::Text(text) => text_matches(text, op, literal),
            V::List(items) if op == MatchOp::Contains => items.iter().any(|item| text_equals(item, literal)),
            V::List(items) => items.iter().any(|item| text_matches(item, op, literal)),
            other => panic!("no text: {other:?}"),
        }
    }
}

/// How many units; at least 1.
pub(super) fn count(by: &Duration) -> i64 {
    by.count.replace('_', "").trim_start_matches('+').parse().expect("a whole number")
}

pub(super) fn holds(op: CompareOp, order: std::cmp::Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

/// Stages by their order; `lost` has no place in it and equals itself alone.
fn stage_compare(value: &V, op: CompareOp, wanted: &str) -> bool {
    let V::Text(value) = value else { panic!("no stage: {value:?}") };
    let place = |name: &str| STAGES.iter().position(|it| *it == name);
    if op == CompareOp::Eq {
        return *value == known(&STAGES, wanted).or(known(&["lost"], wanted)).expect("a stage or lost");
    }
    let wanted = place(known(&STAGES, wanted).expect("a stage")).expect("a stage");
    place(value).is_some_and(|it| holds(op, it.cmp(&wanted)))
}

fn cased(literal: &Value) -> bool {
    matches!(literal, Value::Text { cased: true, .. })
}

fn text_equals(text: &str, literal: &Value) -> bool {
    if cased(literal) { text == written(literal) } else { lower(text) == lower(written(literal)) }
}

fn text_matches(text: &str, op: MatchOp, literal: &Value) -> bool {
    if op == MatchOp::Matches {
        let regex = RegexBuilder::new(written(literal)).case_insensitive(!cased(literal)).build().expect("a regex");
        return regex.is_match(text);
    }
    let form = |it: &str| if cased(literal) { it.to_owned() } else { lower(it) };
    let (text, wanted) = (form(text), form(written(literal)));
    match op {
        MatchOp::Contains => text.contains(&wanted),
        MatchOp::StartsWith => text.starts_with(&wanted),
        MatchOp::EndsWith => text.ends_with(&wanted),
        MatchOp::Like => {
            let chars = |it: &str| it.chars().collect::<Vec<char>>();
            like(&chars(&text), &chars(&wanted))
        }
        MatchOp::Matches => unreachable!("answered above"),
    }
}

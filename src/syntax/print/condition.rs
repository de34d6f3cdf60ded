//! The canonical form of conditions.

use super::{Binding, Printer, is, quote};
use crate::syntax::ast::{
    CompareOp, Condition, ConditionKind, Count, CountForm, Duration, Expr, MatchOp, OffsetForm, Quoting, RecordWindow,
    SequenceStep, Subject, Test, Text, Total, TotalFunction, Value, Which, Window,
};
use crate::syntax::grammar::Rule;

/// Whether the condition would take a `then`, `within`, count or window that follows it.
pub(super) fn takes_more(kind: &ConditionKind) -> bool {
    match kind {
        ConditionKind::Everyone
        | ConditionKind::Nobody
        | ConditionKind::SegmentTag(_)
        | ConditionKind::SegmentName(_)
        | ConditionKind::Test { .. }
        | ConditionKind::LostFrom(_)
        | ConditionKind::Push(_) => false,
        ConditionKind::Did { .. }
        | ConditionKind::Sequence { .. }
        | ConditionKind::Registered { .. }
        | ConditionKind::Attended { .. }
        | ConditionKind::Moved { .. }
        | ConditionKind::BecameLost { .. }
        | ConditionKind::VisitorOf { .. } => true,
    }
}

impl Printer {
    pub(super) fn condition(&mut self, condition: &Condition) {
        match &condition.kind {
            ConditionKind::Everyone => self.out.push_str("everyone"),
            ConditionKind::Nobody => self.out.push_str("nobody"),
            ConditionKind::SegmentTag(tag) => {
                self.out.push('@');
                self.tag(tag);
            }
            ConditionKind::SegmentName(name) => {
                self.out.push_str("segment ");
                self.text(name);
            }
            ConditionKind::Test { subject, negated, test, .. } => {
                self.test(subject, *negated, test, condition.span.end);
            }
            ConditionKind::LostFrom(stage) => {
                self.out.push_str("lost from ");
                self.value(stage);
            }
            ConditionKind::Did { negated, kind, which } => {
                self.out.push_str(if *negated { "did not " } else { "did " });
                self.name(kind);
                self.which(which);
            }
            ConditionKind::Sequence { steps, within } => self.sequence(steps, within.as_ref()),
            ConditionKind::Registered { event, which } => self.event("registered for ", event.as_ref(), which),
            ConditionKind::Attended { event, which } => self.event("attended ", event.as_ref(), which),
            ConditionKind::Moved { from, to, window } => {
                self.out.push_str("moved");
                for (word, stage) in [(" from ", from), (" to ", to)] {
                    if let Some(stage) = stage {
                        self.out.push_str(word);
                        self.value(stage);
                    }
                }
                self.record_window(window.as_ref());
            }
            ConditionKind::BecameLost { window } => {
                self.out.push_str("became lost");
                self.record_window(window.as_ref());
            }
            ConditionKind::VisitorOf { audience, filter } => {
                self.out.push_str("visitor of ");
                self.text(audience);
                self.filter(filter.as_deref());
            }
            ConditionKind::Push(state) => {
                self.out.push_str("push ");
                self.value(state);
            }
        }
    }

    fn tag(&mut self, tag: &crate::syntax::ast::Name) {
        if is(Rule::only_tag, &tag.text) {
            self.out.push_str(&tag.text);
        } else {
            self.name(tag);
        }
    }

    fn event(&mut self, form: &str, event: Option<&Text>, which: &Which) {
        self.out.push_str(form);
        match event {
            // Without quotes the word would ask for any event.
            Some(event) if event.text.eq_ignore_ascii_case("any") => self.out.push_str(&quote(&event.text)),
            Some(event) => self.text(event),
            None => self.out.push_str("any"),
        }
        self.which(which);
    }

    fn sequence(&mut self, steps: &[SequenceStep], within: Option<&Duration>) {
        self.out.push_str("did ");
        for (n, step) in steps.iter().enumerate() {
            if n > 0 {
                self.out.push_str(" then ");
            }
            self.name(&step.kind);
            self.filter(step.filter.as_deref());
        }
        if let Some(within) = within {
            self.out.push_str(" within ");
            self.duration(within);
        }
    }

    fn which(&mut self, which: &Which) {
        if let Some(count) = &which.count {
            self.count(count);
        }
        self.record_window(which.window.as_ref());
        self.filter(which.filter.as_deref());
    }

    fn count(&mut self, count: &Count) {
        let times = |n: &str| if n == "1" { "time" } else { "times" };
        let words = match &count.form {
            CountForm::AtLeast(n, _) => format!(" at least {n} {}", times(n)),
            CountForm::AtMost(n, _) => format!(" at most {n} {}", times(n)),
            CountForm::Exactly(n, _) => format!(" exactly {n} {}", times(n)),
            CountForm::MoreThan(n, _) => format!(" more than {n} {}", times(n)),
            CountForm::FewerThan(n, _) => format!(" fewer than {n} {}", times(n)),
            CountForm::Between((n, _), (m, _)) => format!(" between {n} and {m} times"),
            CountForm::Once => " once".to_owned(),
            CountForm::Twice => " twice".to_owned(),
        };
        self.out.push_str(&words);
    }

    pub(super) fn record_window(&mut self, window: Option<&RecordWindow>) {
        let Some(window) = window else { return };
        self.out.push_str(if window.negated { " not " } else { " " });
        self.window(&window.window);
    }

    /// `where` and one condition, or several in brackets.
    fn filter(&mut self, filter: Option<&Expr>) {
        if let Some(filter) = filter {
            self.out.push_str(" where ");
            self.expr(filter, Binding::Where);
        }
    }

    /// A test that ends at `end`.
    fn test(&mut self, subject: &Subject, negated: bool, test: &Test, end: usize) {
        let not_inside = match test {
            Test::Bare => false,
            Test::Compare(op, _) => *op == CompareOp::Eq,
            Test::In(_)
            | Test::Empty
            | Test::Match(..)
            | Test::Between(..)
            | Test::Window(_)
            | Test::Anniversary(_)
            | Test::All(_)
            | Test::NoneOf(_)
            | Test::InFile(_) => true,
        };
        if negated && !not_inside {
            self.out.push_str("not ");
        }
        match subject {
            Subject::Field(field) => self.field(field),
            Subject::Total(total) => self.total(total),
        }
        if *test == Test::Bare {
            return;
        }
        self.out.push(' ');
        let word_not = !matches!(test, Test::Compare(..) | Test::Empty | Test::NoneOf(_));
        if negated && word_not {
            self.out.push_str("not ");
        }
        self.test_form(negated, test, end);
    }

    fn test_form(&mut self, negated: bool, test: &Test, end: usize) {
        match test {
            Test::Bare => {}
            Test::Compare(op, value) => {
                self.out.push_str(match op {
                    CompareOp::Eq if negated => "!= ",
                    CompareOp::Eq => "= ",
                    CompareOp::Lt => "< ",
                    CompareOp::Le => "<= ",
                    CompareOp::Gt => "> ",
                    CompareOp::Ge => ">= ",
                });
                self.value(value);
            }
            Test::In(values) => self.list("in ", values, end),
            Test::Empty => self.out.push_str(if negated { "is not empty" } else { "is empty" }),
            Test::Match(op, value) => {
                self.out.push_str(match op {
                    MatchOp::Contains => "contains ",
                    MatchOp::StartsWith => "starts with ",
                    MatchOp::EndsWith => "ends with ",
                    MatchOp::Like => "like ",
                    MatchOp::Matches => "matches ",
                });
                self.value(value);
            }
            Test::Between(from, to) => self.between(from, to),
            Test::Window(window) => self.window(window),
            Test::Anniversary(window) => {
                self.out.push_str("anniversary ");
                self.window(window);
            }
            Test::All(values) => self.list("all ", values, end),
            Test::NoneOf(values) => self.list("none ", values, end),
            Test::InFile(path) => {
                self.out.push_str("in file ");
                self.text(path);
            }
        }
    }

    fn list(&mut self, word: &str, values: &[Value], end: usize) {
        self.out.push_str(word);
        self.out.push('(');
        self.open(true, values.first().map_or(end, |it| it.span().start));
        for (n, value) in values.iter().enumerate() {
            if n > 0 {
                self.out.push(',');
                self.next_part(value.span().start);
                self.out.push(' ');
            }
            self.value(value);
        }
        self.close(true, end);
        self.out.push(')');
    }

    fn between(&mut self, from: &Value, to: &Value) {
        self.out.push_str("between ");
        self.value(from);
        self.out.push_str(" and ");
        self.value(to);
    }

    fn total(&mut self, total: &Total) {
        self.out.push_str(match total.function {
            TotalFunction::Count => "count(",
            TotalFunction::CountDistinct => "count(distinct ",
            TotalFunction::Sum => "sum(",
            TotalFunction::Avg => "avg(",
            TotalFunction::Min => "min(",
            TotalFunction::Max => "max(",
            TotalFunction::First => "first(",
            TotalFunction::Last => "last(",
        });
        self.name(&total.of);
        self.part(total.property.as_ref());
        self.record_window(total.window.as_ref());
        self.filter(total.filter.as_deref());
        self.out.push(')');
    }

    fn window(&mut self, window: &Window) {
        let moment = match window {
            Window::Before(value) => ("before ", value),
            Window::After(value) => ("after ", value),
            Window::On(value) => ("on ", value),
            Window::Since(value) => ("since ", value),
            Window::Between(from, to) => return self.between(from, to),
            Window::InLast(by) => return self.around("in last ", by, ""),
            Window::InNext(by) => return self.around("in next ", by, ""),
            Window::MoreThanAgo(by) => return self.around("more than ", by, " ago"),
            Window::This(unit) => return self.out.push_str(&format!("in this {}", unit.name())),
            Window::Last(unit) => return self.out.push_str(&format!("in last {}", unit.name())),
            Window::Next(unit) => return self.out.push_str(&format!("in next {}", unit.name())),
        };
        self.out.push_str(moment.0);
        self.value(moment.1);
    }

    fn around(&mut self, before: &str, by: &Duration, after: &str) {
        self.out.push_str(before);
        self.duration(by);
        self.out.push_str(after);
    }

    fn duration(&mut self, duration: &Duration) {
        self.out.push_str(&duration.count);
        self.out.push(' ');
        self.out.push_str(duration.unit.name());
        if duration.count != "1" {
            self.out.push('s');
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text { text, cased, quoting, .. } => {
                if *cased {
                    self.out.push_str("cased ");
                }
                if *cased && *quoting == Quoting::Bare && is(Rule::only_literal, text) {
                    self.out.push_str(text);
                } else {
                    self.out.push_str(&quote(text));
                }
            }
            Value::Word { text, .. } if is(Rule::only_word, text) => self.out.push_str(text),
            Value::Word { text, .. } => self.out.push_str(&quote(text)),
            Value::Number { text, .. } | Value::Day { text, .. } | Value::Time { text, .. } => self.out.push_str(text),
            Value::Offset { base, form, by, .. } => match form {
                OffsetForm::Ago => self.around("", by, " ago"),
                OffsetForm::In => self.around("in ", by, ""),
                OffsetForm::Minus | OffsetForm::Plus => {
                    self.value(base);
                    self.around(if *form == OffsetForm::Minus { " - " } else { " + " }, by, "");
                }
            },
            Value::Field(field) => {
                self.out.push_str("field ");
                self.field(field);
            }
        }
    }
}

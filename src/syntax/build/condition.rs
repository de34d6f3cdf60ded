//! Conditions: sets, tests of fields and totals, windows.

use super::value::no_value;
use super::{Builder, child};
use crate::model::{CalendarUnit, Code, Span};
use crate::syntax::ast::{
    CompareOp, ConditionKind, Duration, Field, MatchOp, RecordWindow, Subject, Test, Text, Value, Window,
};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::slips;

/// A test as written: the form, whether a `not` stood in it, and the operator's words.
struct Tail {
    negated: bool,
    test: Test,
    operator: Span,
}

impl<'t> Builder<'t> {
    pub(super) fn condition(&mut self, node: Node<'t>) -> ConditionKind {
        let span = self.span(&node);
        match node.as_rule() {
            Rule::everyone => ConditionKind::Everyone,
            Rule::segment_tag => self.segment_tag(node),
            Rule::segment_name => self.segment_name(node),
            Rule::did => self.did(node),
            Rule::registered | Rule::attended => self.event(node),
            Rule::moved => self.moved(node),
            Rule::became_lost => self.became_lost(node),
            Rule::visitor => self.visitor(node),
            Rule::push => ConditionKind::Push(self.last_as_value(node)),
            Rule::lost_from => match node.into_inner().last() {
                Some(operand) => ConditionKind::LostFrom(self.operand(operand, span)),
                None => ConditionKind::Nobody,
            },
            Rule::test => self.test_of_field(node),
            Rule::total_test => self.test_of_total(node),
            Rule::unknown_call => self.unknown_call(node),
            Rule::value_first => self.value_first(node),
            Rule::reserved_field => {
                let word = node.into_inner().next();
                if let Some(word) = word {
                    let span = self.span(&word);
                    self.report(slips::reserved_field(span, word.as_str().trim()));
                }
                ConditionKind::Nobody
            }
            Rule::broken => {
                self.broken(node);
                ConditionKind::Nobody
            }
            _ => ConditionKind::Nobody,
        }
    }

    fn broken(&mut self, node: Node<'t>) {
        let gap = self.gap(&node, None);
        let words = node.as_str().trim().to_owned();
        self.report(slips::broken(&gap, &words));
        self.left_over = true;
    }

    fn segment_tag(&mut self, node: Node<'t>) -> ConditionKind {
        let at = self.span(&node);
        match node.into_inner().next() {
            Some(missing) if missing.as_rule() == Rule::missing_name => {
                let gap = self.gap(&missing, Some(at));
                self.report(slips::expected_tag(&gap));
                ConditionKind::Nobody
            }
            Some(name) => ConditionKind::SegmentTag(self.name(&name)),
            None => ConditionKind::Nobody,
        }
    }

    fn segment_name(&mut self, node: Node<'t>) -> ConditionKind {
        match node.into_inner().last() {
            Some(name) => ConditionKind::SegmentName(self.text_of(&name)),
            None => ConditionKind::Nobody,
        }
    }

    /// The last child, a word or text, as a value.
    fn last_as_value(&mut self, node: Node<'t>) -> Value {
        let span = self.span(&node);
        let Some(last) = node.into_inner().last() else { return no_value(span) };
        let span = self.span(&last);
        let text = self.text_of(&last);
        if last.as_rule() == Rule::text {
            return Value::Text { text: text.text, cased: false, quoting: text.quoting, span };
        }
        Value::Word { text: text.text, span }
    }

    fn test_of_field(&mut self, node: Node<'t>) -> ConditionKind {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let field = match inner.next() {
            Some(field) => self.field(field),
            None => Field { name: super::no_name(span), part: None, span },
        };
        let end = Span { start: field.span.end, ..field.span };
        let tail = inner.next().map(|tail| self.tail(tail));
        let tail = tail.unwrap_or(Tail { negated: false, test: Test::Bare, operator: end });
        let Tail { negated, test, operator } = tail;
        ConditionKind::Test { subject: Subject::Field(field), negated, test, operator }
    }

    fn test_of_total(&mut self, node: Node<'t>) -> ConditionKind {
        let mut inner = node.into_inner();
        let (Some(total), Some(tail)) = (inner.next(), inner.next()) else { return ConditionKind::Nobody };
        let span = self.span(&total);
        let words = self.words(span);
        let n_before = self.diagnostics.len();
        let total = self.total(total);
        if tail.as_rule() == Rule::missing_operator {
            if self.diagnostics.len() > n_before {
                return ConditionKind::Nobody;
            }
            let gap = self.gap(&tail, Some(span));
            self.report(slips::expected_operator_after_total(&gap, &words));
            return ConditionKind::Nobody;
        }
        let Tail { negated, test, operator } = self.tail(tail);
        ConditionKind::Test { subject: Subject::Total(Box::new(total)), negated, test, operator }
    }

    fn unknown_call(&mut self, node: Node<'t>) -> ConditionKind {
        let span = self.span(&node);
        let words = self.words(span);
        if let Some(name) = child(&node, Rule::call_name) {
            let span = self.span(&name);
            self.report(slips::unknown_function(span, name.as_str(), &words));
        }
        ConditionKind::Nobody
    }

    fn value_first(&mut self, node: Node<'t>) -> ConditionKind {
        let mut inner = node.into_inner();
        if let Some(literal) = inner.next() {
            let span = self.span(&literal);
            let tail = inner.next();
            let rest = tail.as_ref().filter(|it| it.as_rule() == Rule::compare).map(|it| it.as_str().trim());
            self.report(slips::value_first(span, literal.as_str().trim(), rest));
        }
        ConditionKind::Nobody
    }

    /// One of the alternatives of `test_tail`.
    fn tail(&mut self, node: Node<'t>) -> Tail {
        let span = self.span(&node);
        match node.as_rule() {
            Rule::compare => self.compare(node),
            Rule::is_test => self.is_test(node),
            Rule::negatable => self.negatable(node),
            Rule::not_compare_slip => {
                let mut inner = node.into_inner();
                let not = inner.next().map_or(span, |it| self.span(&it));
                let words = inner.next().map(|it| it.as_str().trim().to_owned()).unwrap_or_default();
                self.report(slips::not_before_sign(not, &words));
                Tail { negated: true, test: Test::Bare, operator: span }
            }
            _ => Tail { negated: false, test: Test::Bare, operator: span },
        }
    }

    fn compare(&mut self, node: Node<'t>) -> Tail {
        let mut inner = node.into_inner();
        let (Some(sign), Some(operand)) = (inner.next(), inner.next()) else {
            return Tail { negated: false, test: Test::Bare, operator: Span::default() };
        };
        let operator = self.span(&sign);
        let (op, negated) = match sign.as_str() {
            "=" | "==" => (CompareOp::Eq, false),
            "!=" | "<>" => (CompareOp::Eq, true),
            "<" => (CompareOp::Lt, false),
            "<=" => (CompareOp::Le, false),
            ">" => (CompareOp::Gt, false),
            ">=" => (CompareOp::Ge, false),
            other => {
                self.report(slips::foreign_sign(operator, other));
                (CompareOp::Eq, false)
            }
        };
        let value = self.operand(operand, operator);
        Tail { negated, test: Test::Compare(op, value), operator }
    }

    fn is_test(&mut self, node: Node<'t>) -> Tail {
        let operator = self.span(&node);
        let negated = child(&node, Rule::k_not).is_some();
        let is = node.clone().into_inner().next().map_or(operator, |it| self.span(&it));
        if let Some(slip) = child(&node, Rule::is_slip) {
            let words = slip.as_str().trim().to_owned();
            let span = self.span(&slip);
            if words.is_empty() {
                let gap = self.gap(&slip, Some(is));
                self.report(slips::expected(Code::AfterIs, &gap, "`empty` or `not empty` after `is`"));
            } else {
                self.report(slips::is_what(is, span, negated, &words));
            }
        }
        Tail { negated, test: Test::Empty, operator }
    }

    fn negatable(&mut self, node: Node<'t>) -> Tail {
        let start = self.span(&node);
        let mut negated = child(&node, Rule::k_not).is_some();
        let Some(form) = node.into_inner().last() else {
            return Tail { negated, test: Test::Bare, operator: start };
        };
        let words = self.operator_words(&form);
        let operator = Span { end: words.end, ..start };
        let test = match form.as_rule() {
            Rule::in_test => self.in_test(form, words),
            Rule::between => {
                let (from, to) = self.between(form, words);
                Test::Between(from, to)
            }
            Rule::match_test => self.match_test(form, words),
            Rule::anniversary => {
                negated ^= child(&form, Rule::k_not).is_some();
                Test::Anniversary(self.anniversary(form, words))
            }
            Rule::all_test => Test::All(self.last_list(form)),
            Rule::none_test => {
                let values = self.last_list(form);
                negated = !negated;
                // `not none (a)` is `in (a)`.
                if negated { Test::NoneOf(values) } else { Test::In(values) }
            }
            Rule::any_slip => {
                let list = child(&form, Rule::list).map(|it| it.as_str().trim().to_owned()).unwrap_or_default();
                self.report(slips::any_of(words, &list));
                Test::In(self.last_list(form))
            }
            _ => Test::Window(self.window_form(form, words)),
        };
        Tail { negated, test, operator }
    }

    /// The keywords that a form begins with.
    fn operator_words(&self, form: &Node<'t>) -> Span {
        let whole = self.span(form);
        let mut end = None;
        for inner in form.clone().into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::operand | Rule::list | Rule::duration | Rule::calendar => break,
                Rule::value | Rule::in_days_slip | Rule::in_bare_slip | Rule::missing_value => break,
                Rule::text | Rule::word | Rule::missing_text | Rule::moment | Rule::between => break,
                Rule::in_file | Rule::period | Rule::ago => {
                    end = Some(self.operator_words(&inner).end);
                    break;
                }
                Rule::missing_window => break,
                _ => end = Some(span.end),
            }
        }
        Span { end: end.unwrap_or(whole.end), ..whole }
    }

    fn in_test(&mut self, node: Node<'t>, operator: Span) -> Test {
        let Some(form) = node.into_inner().last() else { return Test::Bare };
        let span = self.span(&form);
        match form.as_rule() {
            Rule::period => Test::Window(self.period(form)),
            Rule::list => Test::In(self.list(form)),
            Rule::in_file => match form.into_inner().last() {
                Some(missing) if missing.as_rule() == Rule::missing_text => {
                    let gap = self.gap(&missing, Some(operator));
                    self.report(slips::expected(Code::ExpectedText, &gap, "a file's name in quotes after `in file`"));
                    Test::Bare
                }
                Some(path) => Test::InFile(self.text_of(&path)),
                None => Test::Bare,
            },
            Rule::in_days_slip => {
                self.report(slips::in_days(span, form.as_str().trim()));
                Test::Bare
            }
            Rule::missing_value => {
                let gap = self.gap(&form, Some(operator));
                self.report(slips::expected_list(&gap));
                Test::Bare
            }
            _ => {
                let n_before = self.diagnostics.len();
                let words = form.as_str().trim().to_owned();
                for value in form.into_inner().filter(|it| it.as_rule() == Rule::value) {
                    self.value(value);
                }
                if self.diagnostics.len() == n_before {
                    self.report(slips::list_without_brackets(span, &words));
                }
                Test::Bare
            }
        }
    }

    fn last_list(&mut self, node: Node<'t>) -> Vec<Value> {
        node.into_inner().last().map(|list| self.list(list)).unwrap_or_default()
    }

    /// The ends of a [`Rule::between`].
    fn between(&mut self, node: Node<'t>, operator: Span) -> (Value, Value) {
        let whole = self.span(&node);
        let mut ends = Vec::with_capacity(2);
        let mut after = operator;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::k_and => after = span,
                Rule::operand => {
                    ends.push(self.operand(inner, after));
                    after = span;
                }
                Rule::list => self.report(slips::between_brackets(span, inner.as_str().trim())),
                Rule::between_slip => {
                    let from = ends.first().map(|value: &Value| self.words(value.span())).unwrap_or_default();
                    if !from.is_empty() {
                        let gap = self.gap(&inner, Some(after));
                        let to = child(&inner, Rule::value).map(|it| it.as_str().trim().to_owned());
                        self.report(slips::between_without_and(&gap, &from, to.as_deref()));
                    }
                }
                _ => {}
            }
        }
        let mut ends = ends.into_iter();
        let from = ends.next().unwrap_or_else(|| no_value(whole));
        let to = ends.next().unwrap_or_else(|| no_value(whole));
        (from, to)
    }

    fn match_test(&mut self, node: Node<'t>, operator: Span) -> Test {
        let mut inner = node.into_inner();
        let (Some(word), Some(operand)) = (inner.next(), inner.next()) else { return Test::Bare };
        let op = match word.into_inner().next().map(|it| it.as_rule()) {
            Some(Rule::k_starts) => MatchOp::StartsWith,
            Some(Rule::k_ends) => MatchOp::EndsWith,
            Some(Rule::k_like) => MatchOp::Like,
            Some(Rule::k_matches) => MatchOp::Matches,
            _ => MatchOp::Contains,
        };
        if operand.as_rule() == Rule::list {
            let span = self.span(&operand);
            let words = self.words(operator);
            self.report(slips::list_after_match(span, &words, operand.as_str().trim()));
            return Test::Bare;
        }
        Test::Match(op, self.operand(operand, operator))
    }

    fn anniversary(&mut self, node: Node<'t>, operator: Span) -> Window {
        let span = self.span(&node);
        let Some(form) = node.into_inner().last() else { return Window::On(no_value(span)) };
        if form.as_rule() == Rule::missing_window {
            let gap = self.gap(&form, Some(operator));
            self.report(slips::expected_anniversary(&gap));
            return Window::On(no_value(span));
        }
        let words = self.operator_words(&form);
        self.window_form(form, words)
    }

    /// A [`Rule::window`]: with `not` or without, on records.
    pub(super) fn record_window(&mut self, node: Node<'t>) -> RecordWindow {
        let span = self.span(&node);
        let negated = child(&node, Rule::k_not).is_some();
        let window = match node.into_inner().last() {
            Some(form) => {
                let words = self.operator_words(&form);
                self.window_form(form, words)
            }
            None => Window::On(no_value(span)),
        };
        RecordWindow { negated, window, span }
    }

    /// A period, a moment, `between` or `more than … ago`.
    fn window_form(&mut self, form: Node<'t>, operator: Span) -> Window {
        let span = self.span(&form);
        match form.as_rule() {
            Rule::period => self.period(form),
            Rule::between => {
                let (from, to) = self.between(form, operator);
                Window::Between(from, to)
            }
            Rule::ago => self.ago(form),
            Rule::moment => {
                let mut inner = form.into_inner();
                let (Some(word), Some(operand)) = (inner.next(), inner.next()) else {
                    return Window::On(no_value(span));
                };
                let value = self.operand(operand, operator);
                match word.as_rule() {
                    Rule::k_before => Window::Before(value),
                    Rule::k_after => Window::After(value),
                    Rule::k_since => Window::Since(value),
                    _ => Window::On(value),
                }
            }
            _ => {
                let days = form.into_inner().last();
                if let Some(days) = days {
                    let span = self.span(&days);
                    self.report(slips::in_days(span, days.as_str().trim()));
                }
                Window::On(no_value(span))
            }
        }
    }

    /// `more than 90 days ago`; a number alone was meant as a comparison or a count.
    fn ago(&mut self, node: Node<'t>) -> Window {
        let span = self.span(&node);
        let missing = child(&node, Rule::missing_ago);
        let Some(duration) = child(&node, Rule::duration) else { return Window::On(no_value(span)) };
        let bare_number = child(&duration, Rule::missing_unit).is_some();
        if let Some(missing) = missing.filter(|_| bare_number) {
            let number = duration.as_str().trim().to_owned();
            let gap = self.gap(&missing, Some(self.span(&duration)));
            self.report(slips::more_than_number(&gap, &number));
            return Window::On(no_value(span));
        }
        let n_before = self.diagnostics.len();
        let words = duration.as_str().trim().to_owned();
        let after = self.span(&duration);
        let by = self.duration(duration);
        if let Some(missing) = child(&node, Rule::missing_ago)
            && self.diagnostics.len() == n_before
        {
            let gap = self.gap(&missing, Some(after));
            self.report(slips::missing_ago(&gap, &words));
        }
        Window::MoreThanAgo(by)
    }

    fn period(&mut self, node: Node<'t>) -> Window {
        let span = self.span(&node);
        let mut direction = Direction::Last;
        let mut window = Window::On(no_value(span));
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::k_the => self.report(slips::the_in_window(span)),
                Rule::direction => {
                    let (known, canonical) = direction_of(inner.as_str());
                    direction = known;
                    if let Some(canonical) = canonical {
                        self.report(slips::direction_word(span, inner.as_str(), canonical));
                    }
                }
                Rule::calendar => window = direction.calendar(calendar_unit(inner.as_str())),
                Rule::duration => {
                    let words = inner.as_str().trim().to_owned();
                    let n_before = self.diagnostics.len();
                    let by = self.duration(inner);
                    if direction == Direction::This && self.diagnostics.len() == n_before {
                        self.report(slips::this_with_duration(span, &words));
                    }
                    window = direction.span(by);
                }
                _ => {}
            }
        }
        window
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Last,
    This,
    Next,
}

impl Direction {
    fn calendar(self, unit: CalendarUnit) -> Window {
        match self {
            Self::Last => Window::Last(unit),
            Self::This => Window::This(unit),
            Self::Next => Window::Next(unit),
        }
    }

    fn span(self, by: Duration) -> Window {
        match self {
            Self::Last | Self::This => Window::InLast(by),
            Self::Next => Window::InNext(by),
        }
    }
}

/// The direction a word names, and the language's own word if it is another.
fn direction_of(word: &str) -> (Direction, Option<&'static str>) {
    match word.to_ascii_lowercase().as_str() {
        "next" => (Direction::Next, None),
        "coming" => (Direction::Next, Some("next")),
        "this" => (Direction::This, None),
        "current" => (Direction::This, Some("this")),
        "past" | "previous" => (Direction::Last, Some("last")),
        _ => (Direction::Last, None),
    }
}

/// The unit that a [`Rule::calendar`] names.
pub(super) fn calendar_unit(word: &str) -> CalendarUnit {
    CalendarUnit::ALL
        .into_iter()
        .find(|unit| unit.name().eq_ignore_ascii_case(word.trim()))
        .unwrap_or(CalendarUnit::Day)
}

impl Builder<'_> {
    /// A text for a place where none could be read.
    pub(super) fn no_text(span: Span) -> Text {
        Text { text: String::new(), quoting: crate::syntax::ast::Quoting::Quotes, span }
    }
}

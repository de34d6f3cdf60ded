//! What records say: `did`, sequences, events, journeys, visitors, totals; how many, when and which.

use super::{Builder, child, no_name, placeholder};
use crate::model::{Code, Span};
use crate::syntax::ast::{
    ConditionKind, Count, CountForm, Expr, Name, RecordWindow, SequenceStep, Total, TotalFunction, Which,
};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::slips;

/// Count, window or `where`, with its words.
struct Part<'t> {
    place: Place,
    node: Node<'t>,
    span: Span,
}

/// The order in which the parts stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Count,
    Window,
    Where,
}

impl<'t> Builder<'t> {
    pub(super) fn did(&mut self, node: Node<'t>) -> ConditionKind {
        let whole = self.span(&node);
        let mut not = None;
        let mut kind = None;
        let mut parts = Vec::new();
        let mut late = Vec::new();
        let mut sequels = Vec::new();
        let mut within: Option<Node<'t>> = None;
        for inner in node.into_inner() {
            match inner.as_rule() {
                Rule::k_not => not = Some(self.span(&inner)),
                Rule::kind => kind = inner.into_inner().next().map(|it| self.name(&it)),
                Rule::missing_kind => {
                    let did = Span { end: whole.start + 3, ..whole };
                    kind = Some(self.name_or_gap(&inner, not.unwrap_or(did), "a kind of record, such as `purchase`"));
                }
                Rule::sequel => sequels.push(inner),
                Rule::within => within = Some(inner),
                _ => {
                    let parts = if within.is_some() { &mut late } else { &mut parts };
                    parts.extend(self.part(inner));
                }
            }
        }
        let kind = kind.unwrap_or_else(|| no_name(whole));
        if sequels.is_empty() && within.is_none() {
            return ConditionKind::Did { negated: not.is_some(), kind, which: self.which(parts) };
        }
        if let Some(within) = within.as_ref().filter(|_| sequels.is_empty()) {
            let span = self.span(within);
            self.report(slips::within_without_then(span, within.as_str().trim()));
            return ConditionKind::Nobody;
        } else if let Some(part) = late.first() {
            let (span, words) = (part.span, self.words(part.span));
            let within = within.as_ref().map(|it| it.as_str().trim().to_owned()).unwrap_or_default();
            self.report(slips::within_stands_last(span, &words, &within));
        }
        if let Some(not) = not {
            let after = Span { start: kind.span.start, ..whole };
            self.report(slips::not_in_sequence(not, &self.words(after)));
        }
        self.sequence(whole, kind, parts, sequels, within)
    }

    fn sequence(
        &mut self,
        whole: Span,
        first: Name,
        parts: Vec<Part<'t>>,
        sequels: Vec<Node<'t>>,
        within: Option<Node<'t>>,
    ) -> ConditionKind {
        let mut steps = vec![self.sequence_step(first, parts)];
        for sequel in sequels {
            let mut then = whole;
            let mut kind = no_name(whole);
            let mut parts = Vec::new();
            for inner in sequel.into_inner() {
                match inner.as_rule() {
                    Rule::k_then => then = self.span(&inner),
                    Rule::k_did | Rule::k_not => {
                        let span = self.span(&inner);
                        self.report(slips::word_after_then(span, inner.as_str().trim()));
                    }
                    Rule::kind => kind = inner.into_inner().next().map_or(kind, |it| self.name(&it)),
                    Rule::missing_kind => kind = self.name_or_gap(&inner, then, "a kind of record after `then`"),
                    _ => parts.extend(self.part(inner)),
                }
            }
            steps.push(self.sequence_step(kind, parts));
        }
        if let Some(slip) = within.as_ref().and_then(|it| child(it, Rule::within_slip)) {
            let span = self.span(&slip);
            self.report(slips::direction_after_within(span, slip.as_str().trim()));
        }
        let within = within.and_then(|it| child(&it, Rule::duration)).map(|it| self.duration(it));
        ConditionKind::Sequence { steps, within }
    }

    /// A step takes a `where` alone; a window is one on `at`.
    fn sequence_step(&mut self, kind: Name, parts: Vec<Part<'t>>) -> SequenceStep {
        let filter_words = parts.iter().find(|it| it.place == Place::Where).map(|it| {
            let item = it.node.clone().into_inner().last().map(|it| it.as_str().trim().to_owned()).unwrap_or_default();
            match item.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
                Some(inner) if !inner.contains('(') => inner.trim().to_owned(),
                _ => item,
            }
        });
        let kind_words = self.words(kind.span);
        for part in &parts {
            let words = self.words(part.span);
            match part.place {
                Place::Count => self.report(slips::count_in_sequence(part.span, &words, &kind_words)),
                Place::Window => {
                    self.report(slips::window_in_sequence(part.span, &words, &kind_words, filter_words.as_deref()));
                }
                Place::Where => {}
            }
        }
        let filter =
            parts.into_iter().find(|it| it.place == Place::Where).map(|it| Box::new(self.where_clause(it.node)));
        SequenceStep { kind, filter }
    }

    fn part(&self, node: Node<'t>) -> Option<Part<'t>> {
        let span = self.span(&node);
        let place = match node.as_rule() {
            Rule::count => Place::Count,
            Rule::window => Place::Window,
            Rule::where_clause => Place::Where,
            _ => return None,
        };
        Some(Part { place, node, span })
    }

    /// Count, window, `where`: each at most once, in this order.
    fn which(&mut self, parts: Vec<Part<'t>>) -> Which {
        self.check_order(&parts);
        let mut which = Which::default();
        for part in parts {
            match part.place {
                Place::Count => which.count = Some(self.count(part.node)),
                Place::Window => which.window = Some(self.record_window(part.node)),
                Place::Where => which.filter = Some(Box::new(self.where_clause(part.node))),
            }
        }
        which
    }

    fn check_order(&mut self, parts: &[Part<'t>]) {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return };
        if let Some(twice) = parts.windows(2).find(|pair| pair[0].place == pair[1].place) {
            let (one, two) = (self.words(twice[0].span), self.words(twice[1].span));
            let diagnostic = match twice[0].place {
                Place::Count => slips::two_counts(twice[1].span, &one, &two),
                Place::Window => slips::two_windows(twice[1].span, &one, &two),
                Place::Where => slips::two_wheres(twice[1].span),
            };
            return self.report(diagnostic);
        }
        if parts.is_sorted_by_key(|it| it.place) {
            return;
        }
        let span = first.span.to(last.span);
        let mut sorted: Vec<&Part<'t>> = parts.iter().collect();
        sorted.sort_by_key(|it| it.place);
        let words: Vec<String> = sorted.iter().map(|it| self.words(it.span)).collect();
        self.report(slips::record_order(span, &words.join(" ")));
    }

    fn where_clause(&mut self, node: Node<'t>) -> Expr {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let before = inner.next().map(|it| self.span(&it));
        match inner.next() {
            Some(item) => self.term(item, before),
            None => placeholder(span),
        }
    }

    fn count(&mut self, node: Node<'t>) -> Count {
        let span = self.span(&node);
        let form = match node.into_inner().next() {
            Some(form) => self.count_form(form),
            None => CountForm::Once,
        };
        Count { form, span }
    }

    fn count_form(&mut self, node: Node<'t>) -> CountForm {
        let rule = node.as_rule();
        let whole = self.span(&node);
        let mut after = whole;
        let mut numbers: Vec<(String, Span)> = Vec::new();
        for inner in node.into_inner() {
            let span = self.span(&inner);
            let text = inner.as_str().trim();
            match inner.as_rule() {
                Rule::number => numbers.push((text.to_owned(), span)),
                Rule::bad_times => {
                    self.report(slips::expected_number(span, text));
                    numbers.push((text.to_owned(), span));
                }
                Rule::missing_number => {
                    let gap = self.gap(&inner, Some(whole));
                    self.report(slips::expected(Code::ExpectedNumber, &gap, "a number, as in `at least 3 times`"));
                    return CountForm::Once;
                }
                Rule::missing_times => {
                    let gap = self.gap(&inner, Some(after));
                    if !numbers.iter().any(|it| it.0.eq_ignore_ascii_case("once") || it.0.eq_ignore_ascii_case("twice"))
                    {
                        self.report(slips::missing_times(&gap, &self.words(whole)));
                    }
                }
                _ => {}
            }
            after = span;
        }
        let mut numbers = numbers.into_iter();
        let (n, at) = numbers.next().unwrap_or_else(|| (String::new(), whole));
        match rule {
            Rule::at_least => CountForm::AtLeast(n, at),
            Rule::at_most => CountForm::AtMost(n, at),
            Rule::exactly => CountForm::Exactly(n, at),
            Rule::more_than => CountForm::MoreThan(n, at),
            Rule::fewer_than => CountForm::FewerThan(n, at),
            Rule::times_between => {
                CountForm::Between((n, at), numbers.next().unwrap_or_else(|| (String::new(), whole)))
            }
            Rule::twice => CountForm::Twice,
            _ => CountForm::Once,
        }
    }

    /// `registered for …` and `attended …`.
    pub(super) fn event(&mut self, node: Node<'t>) -> ConditionKind {
        let attended = node.as_rule() == Rule::attended;
        let mut event = None;
        let mut parts = Vec::new();
        let mut after = self.span(&node);
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::text | Rule::word => event = Some(self.text_of(&inner)),
                Rule::missing_text => {
                    let gap = self.gap(&inner, Some(after));
                    self.report(slips::expected(Code::ExpectedText, &gap, "an event's name in quotes, or `any`"));
                    event = Some(Self::no_text(gap.span));
                }
                Rule::count | Rule::window | Rule::where_clause => parts.extend(self.part(inner)),
                _ => {}
            }
            after = span;
        }
        let which = self.which(parts);
        if attended { ConditionKind::Attended { event, which } } else { ConditionKind::Registered { event, which } }
    }

    pub(super) fn moved(&mut self, node: Node<'t>) -> ConditionKind {
        let (mut from, mut to, mut window) = (None, None, None);
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::moved_from | Rule::moved_to => {
                    let is_from = inner.as_rule() == Rule::moved_from;
                    let end = if is_from { &mut from } else { &mut to };
                    if end.is_some() {
                        self.report(slips::moved_twice(span, if is_from { "from" } else { "to" }));
                    }
                    let mut words = inner.into_inner();
                    let after = words.next().map_or(span, |it| self.span(&it));
                    *end = words.next().map(|it| self.operand(it, after));
                }
                _ => self.only_window(inner, &mut window, "moved to …"),
            }
        }
        ConditionKind::Moved { from, to, window }
    }

    pub(super) fn became_lost(&mut self, node: Node<'t>) -> ConditionKind {
        let mut window = None;
        for inner in node.into_inner() {
            self.only_window(inner, &mut window, "became lost");
        }
        ConditionKind::BecameLost { window }
    }

    /// A part of a form that takes one window and nothing else.
    fn only_window(&mut self, node: Node<'t>, window: &mut Option<RecordWindow>, form: &str) {
        let Some(part) = self.part(node) else { return };
        if part.place == Place::Window && window.is_none() {
            *window = Some(self.record_window(part.node));
            return;
        }
        let words = self.words(part.span);
        self.report(slips::only_a_window(part.span, &words, form));
    }

    pub(super) fn visitor(&mut self, node: Node<'t>) -> ConditionKind {
        let whole = self.span(&node);
        let mut audience = Self::no_text(whole);
        let mut filter = None;
        let mut after = whole;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::text | Rule::word => audience = self.text_of(&inner),
                Rule::missing_text => {
                    let gap = self.gap(&inner, Some(after));
                    self.report(slips::expected(Code::ExpectedText, &gap, "an audience's name in quotes"));
                }
                Rule::where_clause if filter.is_none() => filter = Some(Box::new(self.where_clause(inner))),
                Rule::count | Rule::window | Rule::where_clause => {
                    let words = self.words(span);
                    self.report(slips::only_a_where(span, &words));
                }
                _ => {}
            }
            after = span;
        }
        ConditionKind::VisitorOf { audience, filter }
    }

    /// A [`Rule::total`].
    pub(super) fn total(&mut self, node: Node<'t>) -> Total {
        let span = self.span(&node);
        let n_before = self.diagnostics.len();
        let mut function = TotalFunction::Count;
        let mut function_word = String::new();
        let mut names = (no_name(span), None);
        let mut parts = Vec::new();
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::total_fn => {
                    function_word = inner.as_str().trim().to_ascii_lowercase();
                    function = total_function(&function_word);
                }
                Rule::k_distinct if function == TotalFunction::Count => function = TotalFunction::CountDistinct,
                Rule::k_distinct => self.report(slips::distinct_outside_count(span, &function_word)),
                Rule::total_of => {
                    let mut inner = inner.into_inner();
                    let of = inner.next().map(|it| self.name(&it)).unwrap_or_else(|| no_name(span));
                    let property = inner.next().map(|it| self.name(&it));
                    names = (of, property);
                }
                Rule::missing_kind => {
                    let gap = self.gap(&inner, None);
                    self.report(slips::total_of_what(&gap, &function_word));
                }
                Rule::total_junk => {
                    if self.diagnostics.len() == n_before {
                        self.report(slips::total_junk(span, inner.as_str().trim()));
                    }
                }
                _ => parts.extend(self.part(inner)),
            }
        }
        let (of, property) = names;
        if self.diagnostics.len() == n_before {
            self.check_property(function, &function_word, &of, property.as_ref());
        }
        if let Some(count) = parts.iter().find(|it| it.place == Place::Count) {
            let words = self.words(count.span);
            self.report(slips::count_in_total(count.span, &words));
        }
        parts.retain(|it| it.place != Place::Count);
        let Which { window, filter, .. } = self.which(parts);
        Total { function, of, property, window, filter, span }
    }

    /// `count` takes a list or kind alone, all others a property.
    fn check_property(&mut self, function: TotalFunction, word: &str, of: &Name, property: Option<&Name>) {
        let of_words = self.words(of.span);
        match (function, property) {
            (TotalFunction::Count, Some(property)) => {
                let property_words = self.words(property.span);
                self.report(slips::count_of_property(of.span.to(property.span), &of_words, &property_words));
            }
            (TotalFunction::Count, None) => {}
            (_, None) => self.report(slips::property_missing(of.span, word, function, &of_words)),
            (_, Some(_)) => {}
        }
    }
}

fn total_function(word: &str) -> TotalFunction {
    match word {
        "sum" => TotalFunction::Sum,
        "avg" => TotalFunction::Avg,
        "min" => TotalFunction::Min,
        "max" => TotalFunction::Max,
        "first" => TotalFunction::First,
        "last" => TotalFunction::Last,
        _ => TotalFunction::Count,
    }
}

//! The steps after `|`, and the order in which they stand.

use super::condition::calendar_unit;
use super::{Builder, child};
use crate::model::{Code, Span};
use crate::syntax::ast::{Amount, Field, GroupKey, OrderKey, SampleSize, Step, StepKind, Text};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::slips;

impl<'t> Builder<'t> {
    /// A [`Rule::step`].
    pub(super) fn step(&mut self, node: Node<'t>) -> Step {
        let n_before = self.diagnostics.len();
        let span = self.span(&node);
        let mut kind = StepKind::Count;
        let mut word = span;
        let mut name = String::new();
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::step_junk => {
                    if self.diagnostics.len() == n_before {
                        self.report(slips::step_junk(span, inner.as_str().trim(), &name));
                    }
                }
                Rule::unknown_step => {
                    word = span;
                    self.report(slips::unknown_step(span, inner.as_str().trim()));
                }
                Rule::missing_step => {
                    let at = inner.as_span().start();
                    let before = self.text[..at].rfind('|').map(|pipe| self.origin.span(pipe, pipe + 1));
                    let gap = self.gap(&inner, before);
                    self.report(slips::expected_step(&gap));
                }
                _ => {
                    if let Some(first) = inner.clone().into_inner().next() {
                        word = self.span(&first);
                        name = first.as_str().trim().to_ascii_lowercase();
                    }
                    kind = self.step_kind(inner, word);
                }
            }
        }
        Step { kind, word, span }
    }

    /// `sample` and `top` come first, then at most one step answers.
    pub(super) fn check_step_order(&mut self, steps: &[Step]) {
        if !self.diagnostics.is_empty() && steps.len() < 2 {
            return;
        }
        let mut limits: Vec<String> = Vec::new();
        let mut answering: Option<&Step> = None;
        for step in steps {
            let word = self.words(step.word).to_ascii_lowercase();
            let known = slips::STEPS.contains(&word.as_str());
            if !known {
                continue;
            }
            if let Some(answering) = answering {
                let first = self.words(answering.word).to_ascii_lowercase();
                let is_limit = matches!(step.kind, StepKind::Sample { .. } | StepKind::Top { .. });
                self.report(slips::after_answering_step(step.word, &word, &first, is_limit));
                continue;
            }
            match step.kind {
                StepKind::Sample { .. } | StepKind::Top { .. } => limits.push(word),
                StepKind::Save { .. } => {
                    if !limits.is_empty() {
                        self.report(slips::save_after_limit(step.word, &limits.join("` and `")));
                    }
                    answering = Some(step);
                }
                StepKind::Count
                | StepKind::By { .. }
                | StepKind::Show { .. }
                | StepKind::Stats(_)
                | StepKind::Histogram { .. }
                | StepKind::Funnel
                | StepKind::Journey(_)
                | StepKind::Events
                | StepKind::Audiences
                | StepKind::Export { .. } => answering = Some(step),
            }
        }
    }

    fn step_kind(&mut self, node: Node<'t>, word: Span) -> StepKind {
        match node.as_rule() {
            Rule::by_step => self.by_step(node, word),
            Rule::show_step => self.show_step(node, word),
            Rule::stats_step => StepKind::Stats(self.last_field(node, word)),
            Rule::histogram_step => self.histogram_step(node, word),
            Rule::funnel_step => StepKind::Funnel,
            Rule::journey_step => StepKind::Journey(child(&node, Rule::window).map(|it| self.record_window(it))),
            Rule::events_step => StepKind::Events,
            Rule::audiences_step => StepKind::Audiences,
            Rule::sample_step => self.sample_step(node, word),
            Rule::top_step => self.top_step(node, word),
            Rule::save_step => {
                let overwrite = child(&node, Rule::k_overwrite).is_some();
                let name = self.step_text(node, word, "a name in quotes after `save`");
                StepKind::Save { name, overwrite }
            }
            Rule::export_step => {
                let overwrite = child(&node, Rule::k_overwrite).is_some();
                let columns = child(&node, Rule::fields).map(|it| self.fields(it, word)).unwrap_or_default();
                let path = self.step_text(node, word, "a file's name in quotes after `export`");
                StepKind::Export { path, columns, overwrite }
            }
            _ => StepKind::Count,
        }
    }

    fn step_text(&mut self, node: Node<'t>, word: Span, what: &str) -> Text {
        let texts = [Rule::text, Rule::word, Rule::missing_text];
        match node.into_inner().find(|it| texts.contains(&it.as_rule())) {
            Some(missing) if missing.as_rule() == Rule::missing_text => {
                let gap = self.gap(&missing, Some(word));
                self.report(slips::expected(Code::ExpectedText, &gap, what));
                Self::no_text(gap.span)
            }
            Some(text) => self.text_of(&text),
            None => Self::no_text(word),
        }
    }

    fn by_step(&mut self, node: Node<'t>, word: Span) -> StepKind {
        let mut keys = Vec::new();
        let mut top = None;
        let mut after = word;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::group_key => {
                    if keys.len() == 2 {
                        self.report(slips::third_key(span));
                    }
                    keys.push(self.group_key(inner, after));
                }
                Rule::top_clause => top = Some(self.last_amount(inner, span)),
                _ => {}
            }
            after = span;
        }
        StepKind::By { keys, top }
    }

    fn group_key(&mut self, node: Node<'t>, mut after: Span) -> GroupKey {
        let span = self.span(&node);
        let mut unit = None;
        let mut field = None;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::calendar => {
                    unit = Some(calendar_unit(inner.as_str()));
                    after = span;
                }
                Rule::field | Rule::missing_field => field = Some(self.field_or_gap(inner, after)),
                Rule::bad_unit_call => self.report(slips::unknown_calendar_unit(span, inner.as_str().trim())),
                Rule::total_junk => self.report(slips::one_field_in_brackets(span, inner.as_str().trim())),
                _ => {}
            }
        }
        let field = field.unwrap_or_else(|| Field { name: super::no_name(span), part: None, span });
        GroupKey { unit, field, span }
    }

    fn show_step(&mut self, node: Node<'t>, word: Span) -> StepKind {
        let (mut fields, mut order, mut limit, mut offset) = (Vec::new(), Vec::new(), None, None);
        let mut limited: Option<Span> = None;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::fields => fields = self.fields(inner, word),
                Rule::order_clause => {
                    if let Some(limited) = limited {
                        let diagnostic = slips::order_after_limit(span, &self.words(limited), &self.words(span));
                        self.report(diagnostic);
                    }
                    if !order.is_empty() {
                        self.report(slips::clause_twice(span, "order by"));
                    }
                    order = self.order_keys(inner);
                }
                Rule::limit_clause => {
                    if limit.replace(self.last_amount(inner, span)).is_some() {
                        self.report(slips::clause_twice(span, "limit"));
                    }
                    limited = Some(limited.map_or(span, |it| it.to(span)));
                }
                Rule::offset_clause => {
                    if offset.replace(self.last_amount(inner, span)).is_some() {
                        self.report(slips::clause_twice(span, "offset"));
                    }
                    limited = Some(limited.map_or(span, |it| it.to(span)));
                }
                _ => {}
            }
        }
        StepKind::Show { fields, order, limit, offset }
    }

    fn order_keys(&mut self, node: Node<'t>) -> Vec<OrderKey> {
        let mut keys = Vec::new();
        let mut after = self.span(&node);
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::missing_by => {
                    let gap = self.gap(&inner, Some(after));
                    self.report(slips::expected(Code::ExpectedBy, &gap, "`by` after `order`"));
                }
                Rule::order_key => {
                    let descending = child(&inner, Rule::k_desc).is_some();
                    let field = inner.into_inner().next().map(|it| self.field_or_gap(it, after));
                    keys.extend(field.map(|field| OrderKey { field, descending }));
                }
                _ => {}
            }
            after = span;
        }
        keys
    }

    fn histogram_step(&mut self, node: Node<'t>, word: Span) -> StepKind {
        let bins = child(&node, Rule::amount).map(|it| self.amount(it, word));
        StepKind::Histogram { field: self.last_field(node, word), bins }
    }

    fn sample_step(&mut self, node: Node<'t>, word: Span) -> StepKind {
        let mut size = None;
        let (mut seed, mut per) = (None, None);
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::amount => size = Some(SampleSize::Rows(self.amount(inner, word))),
                Rule::percent => {
                    if let Some(SampleSize::Rows(share)) = size {
                        size = Some(SampleSize::Percent(share));
                    }
                }
                Rule::seed_clause => {
                    let before = seed.replace(self.last_amount(inner, span));
                    if before.is_some() {
                        self.report(slips::clause_twice(span, "seed"));
                    }
                }
                Rule::per_clause => {
                    let before = per.replace(self.last_field(inner, span));
                    if before.is_some() {
                        self.report(slips::clause_twice(span, "per"));
                    }
                }
                _ => {}
            }
        }
        let size = size.unwrap_or(SampleSize::Rows(Amount { text: String::new(), span: word }));
        StepKind::Sample { size, seed, per }
    }

    fn top_step(&mut self, node: Node<'t>, word: Span) -> StepKind {
        let n = child(&node, Rule::amount).map(|it| self.amount(it, word));
        let n = n.unwrap_or(Amount { text: String::new(), span: word });
        if let Some(missing) = child(&node, Rule::missing_by) {
            let gap = self.gap(&missing, Some(n.span));
            if !n.text.is_empty() {
                self.report(slips::expected(Code::ExpectedBy, &gap, "`by` and a field, as in `top 10 by age`"));
            }
            return StepKind::Top { n, by: Field { name: super::no_name(gap.span), part: None, span: gap.span } };
        }
        StepKind::Top { n, by: self.last_field(node, word) }
    }

    fn fields(&mut self, node: Node<'t>, word: Span) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut after = word;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            if inner.as_rule() != Rule::comma {
                fields.push(self.field_or_gap(inner, after));
            }
            after = span;
        }
        fields
    }

    fn last_field(&mut self, node: Node<'t>, after: Span) -> Field {
        let after = Span { end: after.start + self.words(after).split(' ').next().map_or(0, str::len), ..after };
        let fields = [Rule::field, Rule::missing_field];
        match node.into_inner().find(|it| fields.contains(&it.as_rule())) {
            Some(field) => self.field_or_gap(field, after),
            None => Field { name: super::no_name(after), part: None, span: after },
        }
    }

    fn last_amount(&mut self, node: Node<'t>, after: Span) -> Amount {
        match node.into_inner().last() {
            Some(amount) => self.amount(amount, after),
            None => Amount { text: String::new(), span: after },
        }
    }

    fn amount(&mut self, node: Node<'t>, after: Span) -> Amount {
        let span = self.span(&node);
        let Some(inner) = node.into_inner().next() else { return Amount { text: String::new(), span } };
        let text = inner.as_str().trim().to_owned();
        match inner.as_rule() {
            Rule::number => return Amount { text, span },
            Rule::bad_amount => self.report(slips::expected_number(span, &text)),
            _ => {
                let gap = self.gap(&inner, Some(after));
                let words = self.words(after);
                self.report(slips::number_after(&gap, words.split(' ').next().unwrap_or_default()));
            }
        }
        Amount { text: String::new(), span }
    }
}

//! From the parse tree to [`ast`](super::ast): every slip the grammar let through becomes a message here.
//!
//! Flow: [`Builder::query`] walks the tree once, in the order of the text. A part that is wrong leaves a
//! placeholder behind, so that the rest is read as well; whoever called looks at
//! [`Builder::diagnostics`] before the tree.
//!
//! Invariant: a condition reports one slip of its own; what is left over behind it is told only if it had none.

mod condition;
mod record;
mod step;
mod value;

use super::ast::{Condition, ConditionKind, Definition, Expr, Name, Query, Quoting, Text};
use super::grammar::{Node, Rule};
use super::lex::{TokenKind, is_word, solid_at};
use super::slips;
use super::{MAX_CONDITIONS, MAX_DEPTH, MAX_DIAGNOSTICS};
use crate::model::{Code, Diagnostic, SourceId, Span};

/// Where a text that was parsed lies in its source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'t> {
    /// Which source.
    pub source: SourceId,
    /// Where in it the text begins.
    pub base: usize,
    /// Where in the text something was set in that the source lacks; ascending.
    pub inserted: &'t [usize],
}

impl Origin<'_> {
    /// The place in the source of a stretch of the text.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let source_of = |at: usize| self.base + at - self.inserted.partition_point(|&inserted| inserted < at);
        Span::new(self.source, source_of(start), source_of(end))
    }
}

/// What is found at the place of something missing.
pub(super) struct Gap {
    /// The word to underline.
    pub span: Span,
    /// The word, in backticks, or `the end`.
    pub found: String,
}

/// Builds the tree of one sentence or definition.
pub(super) struct Builder<'t> {
    text: &'t str,
    origin: Origin<'t>,
    depth: usize,
    n_conditions: usize,
    /// Words were left over before this place, or never made a condition: a missing `and` is no news.
    left_over: bool,
    /// What was wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<'t> Builder<'t> {
    /// A builder for a parse of `text`.
    pub fn new(text: &'t str, origin: Origin<'t>) -> Self {
        Self { text, origin, depth: 0, n_conditions: 0, left_over: false, diagnostics: Vec::new() }
    }

    /// The sentence of a [`Rule::sentence`].
    pub fn query(&mut self, node: Node<'t>) -> Query {
        let span = self.span(&node);
        let (mut from, mut filter, mut steps) = (None, None, Vec::new());
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::from => from = Some(self.universe(child)),
                Rule::filter => filter = Some(self.filter(child, from.as_ref().map(|it: &Name| it.span))),
                Rule::step if self.diagnostics.len() > MAX_DIAGNOSTICS => break,
                Rule::step => steps.push(self.step(child)),
                _ => {}
            }
        }
        self.check_step_order(&steps);
        Query { from, filter: filter.unwrap_or_else(|| placeholder(span)), steps, span }
    }

    /// The definition of a [`Rule::definition`]; tag and display name are told apart from the rest, for they
    /// may be right when the filter isn't.
    pub fn definition(&mut self, node: Node<'t>, span: Span) -> (Option<Name>, Option<Text>, Option<Definition>) {
        let (mut tag, mut display, mut from, mut filter) = (None, None, None, None);
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::head => (tag, display) = self.head(child),
                Rule::missing_head => {
                    let gap = self.gap(&child, None);
                    self.report(slips::definition_head(&gap));
                    return (None, None, None);
                }
                Rule::from => from = Some(self.universe(child)),
                Rule::filter => filter = Some(self.filter(child, from.as_ref().map(|it: &Name| it.span))),
                Rule::pipe => {
                    let span = self.span(&child);
                    self.report(slips::step_in_definition(span));
                    break;
                }
                _ => {}
            }
        }
        let definition = tag.clone().zip(filter).map(|(tag, filter)| Definition {
            tag,
            display: display.clone(),
            from,
            filter,
            span,
        });
        (tag, display, definition)
    }

    fn head(&mut self, node: Node<'t>) -> (Option<Name>, Option<Text>) {
        let (mut tag, mut display) = (None, None);
        let mut before = None;
        for child in node.into_inner() {
            let span = self.span(&child);
            match child.as_rule() {
                Rule::backtick | Rule::any_word => tag = Some(self.name(&child)),
                Rule::text => display = Some(self.text_of(&child)),
                Rule::head_junk => self.report(slips::head_junk(span, child.as_str().trim())),
                Rule::missing_name => {
                    let gap = self.gap(&child, before);
                    self.report(slips::expected(Code::ExpectedName, &gap, "the segment's tag after `segment`"));
                }
                Rule::missing_colon => {
                    let gap = self.gap(&child, before);
                    self.report(slips::expected(
                        Code::BadDefinition,
                        &gap,
                        "`:` between the segment's name and its filter",
                    ));
                }
                _ => {}
            }
            before = Some(span);
        }
        (tag, display)
    }

    fn universe(&mut self, node: Node<'t>) -> Name {
        let span = self.span(&node);
        let name = node.into_inner().last().map(|it| self.name(&it));
        name.unwrap_or_else(|| no_name(span))
    }

    /// A filter; `before` is the word that asks for one, if any.
    fn filter(&mut self, node: Node<'t>, before: Option<Span>) -> Expr {
        let mut before = before;
        let mut alternatives = Vec::new();
        let mut parts: Vec<Expr> = Vec::new();
        let mut hearsay = None;
        for child in node.into_inner() {
            match child.as_rule() {
                Rule::joiner => {
                    before = Some(self.span(&child));
                    if self.is_or(child) {
                        alternatives.push(conjunction(std::mem::take(&mut parts)));
                    }
                }
                Rule::missing_joiner => hearsay = self.missing_joiner(&child, parts.last()),
                Rule::term | Rule::unjoined => {
                    let term = self.term(child, before);
                    parts.push(term);
                    if let Some(n_known) = hearsay.take() {
                        self.diagnostics.truncate(n_known);
                    }
                    if self.n_conditions > MAX_CONDITIONS || self.diagnostics.len() > MAX_DIAGNOSTICS {
                        break;
                    }
                }
                _ => {}
            }
        }
        alternatives.push(conjunction(parts));
        join(alternatives, Expr::Or)
    }

    /// Whether the joiner is an `or`; the signs of other languages are told.
    fn is_or(&mut self, node: Node<'t>) -> bool {
        let span = self.span(&node);
        let Some(kind) = node.into_inner().next() else { return false };
        match kind.as_rule() {
            Rule::k_or => return true,
            Rule::or_sign => {
                self.report(slips::joiner_sign(span, kind.as_str(), "or"));
                return true;
            }
            Rule::and_sign => self.report(slips::joiner_sign(span, kind.as_str(), "and")),
            Rule::comma => self.report(slips::joiner_sign(span, ",", "and")),
            _ => {}
        }
        false
    }

    /// Tells that `and` or `or` is missing, unless words left over before it are the reason. If what follows
    /// belongs to the text before it, as in `a@b.com`, the number of messages so far: those that come are hearsay.
    fn missing_joiner(&mut self, node: &Node<'t>, left: Option<&Expr>) -> Option<usize> {
        let at = node.as_span().start();
        let is_local_part = |c| is_word(c) || matches!(c, '.' | '-');
        let touches = self.text[at..].starts_with('@') && self.text[..at].ends_with(is_local_part);
        if touches && let Some(left) = left {
            if self.diagnostics.last().and_then(|it| it.span).is_none_or(|it| it.start < left.span().start) {
                let start = self.text[..at].trim_end_matches(is_local_part).len();
                let length = self.text[start..].find(|c: char| c.is_whitespace() || matches!(c, ')' | ',' | '|'));
                let end = length.map_or(self.text.len(), |length| start + length);
                let span = self.origin.span(start, end);
                self.report(slips::text_with_signs(span, &self.text[start..end]));
            }
            return Some(self.diagnostics.len());
        }
        if std::mem::take(&mut self.left_over) {
            return None;
        }
        let gap = self.gap(node, None);
        let bare = left.and_then(|left| match left {
            Expr::Condition(condition) => Some(condition.span),
            Expr::And(..) | Expr::Or(..) | Expr::Not(..) | Expr::Group(..) => None,
        });
        let record = matches!(left, Some(Expr::Condition(it)) if matches!(it.kind, ConditionKind::Did { .. }));
        if record && self.text[at..].starts_with('(') {
            let end = self.text[at..].find(')').map_or(self.text.len(), |length| at + length + 1);
            self.report(slips::brackets_after_record(&gap, &self.text[at..end]));
            return None;
        }
        let left = bare.map(|span| self.words(span)).filter(|words| slips::is_one_word(words));
        self.report(slips::missing_joiner(&gap, left.as_deref()));
        None
    }

    /// A condition with any number of `not` before it, and what is left over behind it.
    fn term(&mut self, node: Node<'t>, before: Option<Span>) -> Expr {
        let start = node.as_span().start();
        let n_before = self.diagnostics.len();
        let outer_depth = self.depth;
        self.left_over = false;
        let mut before = before;
        let mut nots = Vec::new();
        let mut expr = None;
        let mut solid: Option<Node<'t>> = None;
        for child in node.into_inner() {
            let span = self.span(&child);
            match child.as_rule() {
                Rule::negation => {
                    self.negation(&child);
                    nots.push(span.start);
                    before = Some(span);
                }
                Rule::missing_condition => {
                    self.missing_condition(&child, before);
                    expr = Some(placeholder(span));
                }
                Rule::record_slip => {
                    let gap = self.gap(&child, None);
                    self.report(slips::record_in_where(&gap));
                    self.left_over = true;
                    expr = Some(placeholder(span));
                }
                Rule::junk => {
                    if self.diagnostics.len() == n_before {
                        let junk = slips::left_over(solid.as_ref(), &child, &self.text[start..], span);
                        self.left_over = junk.code != Code::ExpectedOperator;
                        self.report(junk);
                    }
                }
                _ => {
                    solid = Some(child.clone());
                    expr = Some(self.solid(child));
                }
            }
        }
        self.depth = outer_depth;
        let mut expr = expr.unwrap_or_else(|| placeholder(self.origin.span(start, start)));
        for start in nots.into_iter().rev() {
            let span = Span { start, ..expr.span() };
            expr = Expr::Not(Box::new(expr), span);
        }
        expr
    }

    fn negation(&mut self, node: &Node<'t>) {
        let span = self.span(node);
        if node.as_str().starts_with('!') {
            self.report(slips::bang(span));
        }
        self.deeper(span);
    }

    /// One level of brackets or `not` more.
    fn deeper(&mut self, span: Span) {
        self.depth += 1;
        if self.depth == MAX_DEPTH + 1 {
            self.report(slips::too_deep(span));
        }
    }

    fn missing_condition(&mut self, node: &Node<'t>, before: Option<Span>) {
        let at = node.as_span().start();
        let Some(next) = solid_at(self.text, at) else {
            let diagnostic = match before {
                Some(before) => {
                    let words = self.words(before);
                    slips::condition_after(before, &words)
                }
                None => slips::empty_sentence(self.origin.span(0, 0)),
            };
            self.report(diagnostic);
            return;
        };
        let dangling = matches!(next.kind, TokenKind::Close | TokenKind::Pipe);
        let diagnostic = match before {
            Some(before) if dangling => slips::condition_after(before, &self.words(before)),
            _ => slips::condition_before(self.origin.span(next.start, next.end), &self.text[next.range()]),
        };
        self.report(diagnostic);
    }

    /// What [`Rule::solid`](super::grammar::Rule) stands for.
    fn solid(&mut self, node: Node<'t>) -> Expr {
        let span = self.span(&node);
        if node.as_rule() == Rule::group {
            let outer_depth = self.depth;
            let open = Span { end: span.start + 1, ..span };
            self.deeper(open);
            let inner = node.into_inner().next().map(|filter| self.filter(filter, Some(open)));
            self.depth = outer_depth;
            return Expr::Group(Box::new(inner.unwrap_or_else(|| placeholder(span))), span);
        }
        self.n_conditions += 1;
        if self.n_conditions == MAX_CONDITIONS + 1 {
            self.report(slips::too_many_conditions(span));
        }
        let kind = self.condition(node);
        Expr::Condition(Box::new(Condition { kind, span }))
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn span(&self, node: &Node<'t>) -> Span {
        let span = node.as_span();
        let written = span.as_str().trim_end().len();
        self.origin.span(span.start(), span.start() + written)
    }

    /// The words of a span of this text, on one line.
    fn words(&self, span: Span) -> String {
        let text_of = |at: usize| {
            let mut at = at - self.origin.base;
            for &inserted in self.origin.inserted {
                at += usize::from(inserted < at);
            }
            at
        };
        let words = self.text.get(text_of(span.start)..text_of(span.end)).unwrap_or_default();
        words.trim().replace(['\r', '\n', '\t'], " ")
    }

    /// What stands where `missing` should be: the next word, or the word `before` if the part ends here.
    fn gap(&self, missing: &Node<'t>, before: Option<Span>) -> Gap {
        let at = missing.as_span().start();
        let Some(next) = solid_at(self.text, at) else {
            let end = self.origin.span(at, at);
            return Gap { span: before.unwrap_or(end), found: "the end".to_owned() };
        };
        let found = format!("`{}`", &self.text[next.range()]);
        let span = self.origin.span(next.start, next.end);
        match (next.kind, before) {
            (TokenKind::Close | TokenKind::Pipe, Some(before)) => Gap { span: before, found },
            _ => Gap { span, found },
        }
    }

    /// The bare word before a node.
    fn word_before(&self, node: &Node<'t>) -> Span {
        let before = self.text[..node.as_span().start()].trim_end();
        let start = before.trim_end_matches(is_word).len();
        self.origin.span(start, before.len())
    }

    /// A name from a word, backticks or a quoted text.
    fn name(&mut self, node: &Node<'t>) -> Name {
        let span = self.span(node);
        let raw = node.as_str().trim_end();
        match raw.chars().next() {
            Some('`') => {
                let text = raw.trim_matches('`').to_owned();
                if text.is_empty() {
                    self.report(slips::empty_name(span));
                }
                Name { text, quoting: Quoting::Backticks, span }
            }
            Some('"' | '\'') => Name { text: self.unescape(node), quoting: Quoting::Quotes, span },
            _ => Name { text: raw.to_owned(), quoting: Quoting::Bare, span },
        }
    }

    /// A text from quotes or a bare word.
    fn text_of(&mut self, node: &Node<'t>) -> Text {
        let span = self.span(node);
        let raw = node.as_str();
        if raw.starts_with(['"', '\'']) {
            return Text { text: self.unescape(node), quoting: Quoting::Quotes, span };
        }
        Text { text: raw.trim_end().to_owned(), quoting: Quoting::Bare, span }
    }
}

/// What stands for a condition that couldn't be read; its message says so.
fn placeholder(span: Span) -> Expr {
    Expr::Condition(Box::new(Condition { kind: ConditionKind::Nobody, span }))
}

/// What stands for a name that couldn't be read; its message says so.
fn no_name(span: Span) -> Name {
    Name { text: String::new(), quoting: Quoting::Bare, span }
}

fn conjunction(parts: Vec<Expr>) -> Expr {
    join(parts, Expr::And)
}

fn join(mut parts: Vec<Expr>, node: fn(Vec<Expr>, Span) -> Expr) -> Expr {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let span = match (parts.first(), parts.last()) {
        (Some(first), Some(last)) => first.span().to(last.span()),
        _ => Span::default(),
    };
    node(parts, span)
}

/// The first child of a kind.
fn child<'t>(node: &Node<'t>, rule: Rule) -> Option<Node<'t>> {
    node.clone().into_inner().find(|it| it.as_rule() == rule)
}

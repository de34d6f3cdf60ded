//! From tree to text: one line, lower-case keywords, no bracket that isn't needed.
//!
//! Invariant: what is printed parses to the same meaning, and printing that changes nothing. Recursion is as deep as the
//! tree, which [`MAX_DEPTH`](super::MAX_DEPTH) bounds.

mod breaks;
mod condition;
mod step;

pub(super) use breaks::{Break, BreakKind};

use pest::Parser;

use super::ast::{Definition, Expr, Field, Name, Query, Quoting, Text};
use super::grammar::{Grammar, Rule};
use crate::model::Span;

/// The canonical form of a sentence.
#[must_use]
pub fn print(query: &Query) -> String {
    print_query(query).out
}

/// The canonical form of a sentence, with the places where it may be broken over lines.
pub(super) fn print_query(query: &Query) -> Printer {
    let mut printer = Printer::default();
    printer.open(false, query.span.start);
    printer.from(query.from.as_ref());
    printer.expr(&query.filter, Binding::Or);
    for step in &query.steps {
        printer.next_part(step.span.start);
        printer.out.push_str(" | ");
        printer.step(&step.kind);
    }
    printer.close(false, query.span.end);
    printer
}

/// The canonical form of a filter.
#[must_use]
pub fn print_expr(expr: &Expr) -> String {
    let mut printer = Printer::default();
    printer.expr(expr, Binding::Or);
    printer.out
}

/// The canonical form of a definition, with its `;`.
#[must_use]
pub fn print_definition(definition: &Definition) -> String {
    let mut printer = print_defined(definition);
    printer.out.push(';');
    printer.out
}

/// The canonical form of a definition without its `;`, with the places where it may be broken over lines.
pub(super) fn print_defined(definition: &Definition) -> Printer {
    let mut printer = Printer::default();
    printer.open(false, definition.span.start);
    printer.out.push_str("segment ");
    printer.name(&definition.tag);
    if let Some(display) = &definition.display {
        printer.out.push(' ');
        printer.out.push_str(&quote(&display.text));
    }
    printer.out.push(':');
    let body = definition.from.as_ref().map_or(definition.filter.span(), |it| it.span);
    printer.next_part(body.start);
    printer.out.push(' ');
    printer.from(definition.from.as_ref());
    printer.expr(&definition.filter, Binding::Or);
    printer.close(false, definition.span.end);
    printer
}

/// A text in double quotes, with the escapes it needs.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A name as a field, kind or tag is written: in backticks where it must be; each part of `email.domain` by itself.
#[must_use]
pub fn as_name(name: &str) -> String {
    let bare = |part: &str| is(Rule::only_name, part);
    let is_dotted = name.split_once('.').is_some_and(|(whole, part)| bare(whole) && is(Rule::only_tag, part));
    if bare(name) || is_dotted { name.to_owned() } else { format!("`{name}`") }
}

/// A text as a value is written: bare if it is one word, else in quotes.
#[must_use]
pub fn as_word(text: &str) -> String {
    if is(Rule::only_word, text) { text.to_owned() } else { quote(text) }
}

/// How tightly the place of a filter binds: what binds less stands in brackets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    /// A whole filter, or a part of `or`.
    Or,
    /// A part of `and`.
    And,
    /// Behind `not`.
    Not,
    /// Behind `where` without brackets: no record's own parts, which would take what follows.
    Where,
}

/// What was printed so far.
#[derive(Default)]
pub(super) struct Printer {
    /// The text, one line but for line ends within backticks.
    pub out: String,
    /// Where it may be broken, in its order.
    pub breaks: Vec<Break>,
}

impl Printer {
    fn from(&mut self, from: Option<&Name>) {
        if let Some(from) = from {
            self.out.push_str("from ");
            self.name(from);
            self.out.push(' ');
        }
    }

    fn expr(&mut self, expr: &Expr, place: Binding) {
        match expr {
            Expr::Or(parts, _) => self.joined(parts, " or ", Binding::Or, place),
            Expr::And(parts, _) => self.joined(parts, " and ", Binding::And, place),
            Expr::Not(inner, _) => {
                self.out.push_str("not ");
                self.expr(inner, place.max(Binding::Not));
            }
            Expr::Group(inner, span) => self.group(inner, *span, place),
            Expr::Condition(condition) if place == Binding::Where && condition::takes_more(&condition.kind) => {
                self.out.push('(');
                self.condition(condition);
                self.out.push(')');
            }
            Expr::Condition(condition) => self.condition(condition),
        }
    }

    /// What stood in brackets, with or without them.
    fn group(&mut self, inner: &Expr, span: Span, place: Binding) {
        match inner {
            Expr::Or(parts, _) if place > Binding::Or => self.bracketed(parts, " or ", Binding::Or, span),
            Expr::And(parts, _) if place > Binding::And => self.bracketed(parts, " and ", Binding::And, span),
            Expr::Or(..) | Expr::And(..) | Expr::Not(..) | Expr::Group(..) | Expr::Condition(_) => {
                self.expr(inner, place);
            }
        }
    }

    /// `span` is that of the brackets.
    fn bracketed(&mut self, parts: &[Expr], joiner: &str, own: Binding, span: Span) {
        self.out.push('(');
        self.open(true, parts.first().map_or(span, |it| first_word(it, own)).start);
        self.parts(parts, joiner, own);
        self.close(true, span.end);
        self.out.push(')');
    }

    /// Parts with a word between them.
    fn joined(&mut self, parts: &[Expr], joiner: &str, own: Binding, place: Binding) {
        let span = parts.first().zip(parts.last()).map_or_else(Span::default, |(a, b)| a.span().to(b.span()));
        if place > own {
            return self.bracketed(parts, joiner, own, span);
        }
        self.open(false, span.start);
        self.parts(parts, joiner, own);
        self.close(false, span.end);
    }

    /// Those of the same word need no brackets inside: they are one row.
    fn parts(&mut self, parts: &[Expr], joiner: &str, own: Binding) {
        for (n, part) in parts.iter().enumerate() {
            if n > 0 {
                self.next_part(first_word(part, own).start);
                self.out.push_str(joiner);
            }
            match (own, without_brackets(part)) {
                (Binding::Or, Expr::Or(inner, _)) | (Binding::And, Expr::And(inner, _)) => {
                    self.parts(inner, joiner, own);
                }
                (Binding::Or | Binding::And | Binding::Not | Binding::Where, _) => self.expr(part, own),
            }
        }
    }

    fn name(&mut self, name: &Name) {
        let bare = name.quoting == Quoting::Bare && is(Rule::only_name, &name.text);
        match name.quoting {
            _ if bare => self.out.push_str(&name.text),
            Quoting::Quotes => self.out.push_str(&quote(&name.text)),
            Quoting::Bare | Quoting::Backticks => {
                self.out.push('`');
                self.out.push_str(&name.text);
                self.out.push('`');
            }
        }
    }

    fn field(&mut self, field: &Field) {
        self.name(&field.name);
        self.part(field.part.as_ref());
    }

    fn part(&mut self, part: Option<&Name>) {
        if let Some(part) = part {
            self.out.push('.');
            self.name(part);
        }
    }

    fn text(&mut self, text: &Text) {
        if text.quoting == Quoting::Bare && is(Rule::only_word, &text.text) {
            self.out.push_str(&text.text);
        } else {
            self.out.push_str(&quote(&text.text));
        }
    }
}

fn without_brackets(mut expr: &Expr) -> &Expr {
    while let Expr::Group(inner, _) = expr {
        expr = inner;
    }
    expr
}

/// Where the words begin that are printed for `expr`: at its brackets, if they stay.
fn first_word(expr: &Expr, place: Binding) -> Span {
    match expr {
        Expr::Group(inner, span) => match &**inner {
            Expr::Or(..) if place > Binding::Or => *span,
            Expr::And(..) if place > Binding::And => *span,
            Expr::Or(..) | Expr::And(..) | Expr::Not(..) | Expr::Group(..) | Expr::Condition(_) => {
                first_word(inner, place)
            }
        },
        Expr::And(parts, span) | Expr::Or(parts, span) => parts.first().map_or(*span, |it| first_word(it, place)),
        Expr::Not(_, span) => *span,
        Expr::Condition(condition) => condition.span,
    }
}

/// Whether the grammar's `rule` reads exactly `text`.
pub(super) fn is(rule: Rule, text: &str) -> bool {
    Grammar::parse(rule, text).is_ok()
}

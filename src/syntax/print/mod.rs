//! From tree to text: one line, lower-case keywords, no bracket that isn't needed.
//!
//! Invariant: what is printed parses to the same meaning, and printing that changes nothing. Recursion is as deep as the
//! tree, which [`MAX_DEPTH`](super::MAX_DEPTH) bounds.

mod condition;
mod step;

use pest::Parser;

use super::ast::{Definition, Expr, Field, Name, Query, Quoting, Text};
use super::grammar::{Grammar, Rule};

/// The canonical form of a sentence.
#[must_use]
pub fn print(query: &Query) -> String {
    let mut printer = Printer::default();
    printer.from(query.from.as_ref());
    printer.expr(&query.filter, Binding::Or);
    for step in &query.steps {
        printer.out.push_str(" | ");
        printer.step(&step.kind);
    }
    printer.out
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
    let mut printer = Printer::default();
    printer.out.push_str("segment ");
    printer.name(&definition.tag);
    if let Some(display) = &definition.display {
        printer.out.push(' ');
        printer.out.push_str(&quote(&display.text));
    }
    printer.out.push_str(": ");
    printer.from(definition.from.as_ref());
    printer.expr(&definition.filter, Binding::Or);
    printer.out.push(';');
    printer.out
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

#[derive(Default)]
struct Printer {
    out: String,
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
            Expr::Group(inner, _) => self.expr(inner, place),
            Expr::Condition(condition) if place == Binding::Where && condition::takes_more(&condition.kind) => {
                self.out.push('(');
                self.condition(&condition.kind);
                self.out.push(')');
            }
            Expr::Condition(condition) => self.condition(&condition.kind),
        }
    }

    /// Parts with a word between them; those of the same word need no brackets inside.
    fn joined(&mut self, parts: &[Expr], joiner: &str, own: Binding, place: Binding) {
        let brackets = place > own;
        if brackets {
            self.out.push('(');
        }
        for (n, part) in parts.iter().enumerate() {
            if n > 0 {
                self.out.push_str(joiner);
            }
            self.expr(part, own);
        }
        if brackets {
            self.out.push(')');
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

/// Whether the grammar's `rule` reads exactly `text`.
fn is(rule: Rule, text: &str) -> bool {
    Grammar::parse(rule, text).is_ok()
}

//! Values, lists, durations, fields, and the escapes of texts.

use super::{Builder, child, no_name};
use crate::model::{Code, Span, TimeUnit};
use crate::syntax::MAX_LIST_VALUES;
use crate::syntax::ast::{Duration, Field, Name, OffsetForm, Quoting, Value};
use crate::syntax::grammar::{Node, Rule};
use crate::syntax::slips;

impl<'t> Builder<'t> {
    /// A [`Rule::operand`] after the words `after`.
    pub(super) fn operand(&mut self, node: Node<'t>, after: Span) -> Value {
        let span = self.span(&node);
        match node.into_inner().next() {
            Some(inner) if inner.as_rule() == Rule::value => self.value(inner),
            Some(missing) => {
                self.missing_value(&missing, after);
                no_value(span)
            }
            None => no_value(span),
        }
    }

    pub(super) fn missing_value(&mut self, node: &Node<'t>, after: Span) {
        let gap = self.gap(node, Some(after));
        let words = self.words(after);
        self.report(slips::expected_value(&gap, &words));
    }

    /// A [`Rule::value`].
    pub(super) fn value(&mut self, node: Node<'t>) -> Value {
        let span = self.span(&node);
        let Some(inner) = node.into_inner().next() else { return no_value(span) };
        let text = inner.as_str().trim_end().to_owned();
        match inner.as_rule() {
            Rule::time => Value::Time { text, span },
            Rule::day => Value::Day { text, span },
            Rule::number => Value::Number { text, span },
            Rule::word => Value::Word { text, span },
            Rule::text => Value::Text { text: self.unescape(&inner), cased: false, quoting: Quoting::Quotes, span },
            Rule::field_value => match child(&inner, Rule::field) {
                Some(field) => Value::Field(self.field(field)),
                None => no_value(span),
            },
            Rule::cased_value => self.cased(inner),
            Rule::in_offset => self.offset_from_now(inner, OffsetForm::In),
            Rule::ago_offset => self.offset_from_now(inner, OffsetForm::Ago),
            Rule::base_offset => self.offset_from_base(inner),
            Rule::duration_slip => {
                self.report(slips::duration_as_value(span, &text));
                no_value(span)
            }
            Rule::backtick => {
                self.report(slips::backticks_as_value(span, &text));
                no_value(span)
            }
            Rule::reserved_slip => {
                self.report(slips::reserved_value(span, &text));
                no_value(span)
            }
            _ => no_value(span),
        }
    }

    fn cased(&mut self, node: Node<'t>) -> Value {
        let span = self.span(&node);
        let mut after = span;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::k_cased => after = span,
                Rule::missing_text => {
                    let gap = self.gap(&inner, Some(after));
                    self.report(slips::expected(Code::ExpectedText, &gap, "a text after `cased`"));
                }
                _ => {
                    let text = self.text_of(&inner);
                    return Value::Text { text: text.text, cased: true, quoting: text.quoting, span };
                }
            }
        }
        no_value(span)
    }

    fn offset_from_now(&mut self, node: Node<'t>, form: OffsetForm) -> Value {
        let span = self.span(&node);
        let base = Box::new(Value::Word { text: "now".to_owned(), span: Span { end: span.start, ..span } });
        Value::Offset { base, form, by: self.duration(node), span }
    }

    fn offset_from_base(&mut self, node: Node<'t>) -> Value {
        let span = self.span(&node);
        let mut base = no_value(span);
        let mut form = OffsetForm::Plus;
        for inner in node.clone().into_inner() {
            let span = self.span(&inner);
            let text = inner.as_str().trim_end().to_owned();
            match inner.as_rule() {
                Rule::time => base = Value::Time { text, span },
                Rule::day => base = Value::Day { text, span },
                Rule::base_word => base = Value::Word { text, span },
                Rule::offset_sign if text == "-" => form = OffsetForm::Minus,
                _ => {}
            }
        }
        Value::Offset { base: Box::new(base), form, by: self.duration(node), span }
    }

    /// The number and unit among the children of `node`, with a message for whichever is missing or unknown.
    pub(super) fn duration(&mut self, node: Node<'t>) -> Duration {
        let span = self.span(&node);
        let mut count: Option<(String, Span)> = None;
        let mut unit = None;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            let text = inner.as_str().trim_end();
            match inner.as_rule() {
                Rule::number | Rule::tight_number | Rule::unsigned => count = Some((text.to_owned(), span)),
                Rule::bad_number => {
                    self.report(slips::expected_number(span, text));
                    count = Some((text.to_owned(), span));
                }
                Rule::unit => {
                    if count.is_none() {
                        self.report(slips::number_before_unit(span, text));
                    }
                    unit = Some((time_unit(text), span));
                }
                Rule::bad_unit => {
                    self.report(slips::unknown_unit(span, text));
                    unit = Some((TimeUnit::Day, span));
                }
                Rule::missing_unit => {
                    let gap = self.gap(&inner, count.as_ref().map(|it| it.1));
                    self.report(slips::expected_unit(&gap, count.as_ref().map(|it| &*it.0)));
                }
                Rule::missing_duration => {
                    let gap = self.gap(&inner, Some(self.word_before(&inner)));
                    self.report(slips::expected_duration(&gap));
                }
                _ => {}
            }
        }
        let (count, count_span) = count.unwrap_or_else(|| ("1".to_owned(), span));
        let (unit, unit_span) = unit.unwrap_or((TimeUnit::Day, span));
        Duration { count, count_span, unit, unit_span }
    }

    /// A [`Rule::list`]: values with commas between them, one more at the end if wanted.
    pub(super) fn list(&mut self, node: Node<'t>) -> Vec<Value> {
        let span = self.span(&node);
        let n_before = self.diagnostics.len();
        let mut values = Vec::new();
        let mut comma_due = false;
        for inner in node.into_inner() {
            let span = self.span(&inner);
            match inner.as_rule() {
                Rule::comma if comma_due => comma_due = false,
                Rule::comma => self.report(slips::value_before_comma(span)),
                Rule::value => {
                    if comma_due {
                        let previous = values.last().map(|value: &Value| self.words(value.span()));
                        self.report(slips::missing_comma(span, previous.as_deref(), inner.as_str().trim()));
                    }
                    let n_known = self.diagnostics.len();
                    values.push(self.value(inner));
                    if comma_due && n_known > n_before {
                        self.diagnostics.truncate(n_known);
                    }
                    comma_due = true;
                    if values.len() == MAX_LIST_VALUES + 1 {
                        self.report(slips::too_many_values(span));
                        return values;
                    }
                }
                _ if self.diagnostics.len() == n_before => {
                    let previous = values.last().map(|value: &Value| self.words(value.span()));
                    self.report(slips::list_junk(span, inner.as_str().trim(), previous.as_deref()));
                    comma_due = false;
                }
                _ => comma_due = false,
            }
        }
        if values.is_empty() && self.diagnostics.len() == n_before {
            self.report(slips::empty_list(span));
        }
        values
    }

    /// A [`Rule::field`].
    pub(super) fn field(&mut self, node: Node<'t>) -> Field {
        let span = self.span(&node);
        let mut names = node.into_inner();
        let name = names.next().map(|it| self.name(&it)).unwrap_or_else(|| no_name(span));
        let part = names.next().map(|it| self.name(&it));
        Field { name, part, span }
    }

    /// A field, or a message at [`Rule::missing_field`].
    pub(super) fn field_or_gap(&mut self, node: Node<'t>, after: Span) -> Field {
        if node.as_rule() == Rule::field {
            return self.field(node);
        }
        let gap = self.gap(&node, Some(after));
        let words = self.words(after);
        self.report(slips::expected_field(&gap, &words));
        Field { name: no_name(gap.span), part: None, span: gap.span }
    }

    /// A name that may be missing.
    pub(super) fn name_or_gap(&mut self, node: &Node<'t>, after: Span, what: &str) -> Name {
        if matches!(node.as_rule(), Rule::missing_kind | Rule::missing_name | Rule::missing_text) {
            let gap = self.gap(node, Some(after));
            self.report(slips::expected(Code::ExpectedName, &gap, what));
            return no_name(gap.span);
        }
        self.name(node)
    }

    /// The text in quotes, its escapes undone.
    pub(super) fn unescape(&mut self, node: &Node<'t>) -> String {
        let start = node.as_span().start() + 1;
        let raw = node.as_str();
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        let mut text = String::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            let escape = &rest[at..];
            match escape_of(escape) {
                Ok((c, length)) => {
                    text.push(c);
                    rest = &escape[length..];
                }
                Err(length) => {
                    let from = start + inner.len() - escape.len();
                    let span = self.origin.span(from, from + length);
                    self.report(slips::bad_escape(span, &escape[..length]));
                    rest = &escape[length..];
                }
            }
        }
        text.push_str(rest);
        text
    }
}

/// What stands for a value that couldn't be read; its message says so.
pub(super) fn no_value(span: Span) -> Value {
    Value::Word { text: String::new(), span }
}

/// The character that an escape stands for and the escape's length; the length alone if there is no such escape.
fn escape_of(escape: &str) -> Result<(char, usize), usize> {
    let Some(letter) = escape[1..].chars().next() else { return Err(1) };
    let plain = match letter {
        '"' | '\'' | '\\' => letter,
        'n' => '\n',
        't' => '\t',
        'u' => return unicode_escape(escape),
        _ => return Err(1 + letter.len_utf8()),
    };
    Ok((plain, 2))
}

fn unicode_escape(escape: &str) -> Result<(char, usize), usize> {
    let Some(digits) = escape.strip_prefix("\\u{").and_then(|rest| rest.split_once('}')).map(|it| it.0) else {
        return Err(2);
    };
    let length = digits.len() + 4;
    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit()) && (1..=6).contains(&digits.len());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| hex);
    code.and_then(char::from_u32).map(|c| (c, length)).ok_or(length)
}

/// The unit that a [`Rule::unit`] names, singular or plural.
fn time_unit(text: &str) -> TimeUnit {
    let lower = text.to_ascii_lowercase();
    let name = lower.strip_suffix('s').unwrap_or(&lower);
    TimeUnit::ALL.into_iter().find(|unit| unit.name() == name).unwrap_or(TimeUnit::Day)
}

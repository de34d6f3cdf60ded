//! Values and fields as they stand in JSON.

use serde_json::{Number, Value as Json};

use crate::model::{SourceId, Span};
use crate::syntax::ast::{ConditionKind, Expr, Field, Name, Quoting, Test, Value};
use crate::syntax::grammar::Rule;
use crate::syntax::{is_one, parse};

/// The value that a text stands for: a bare word, number, day or time where it reads as one, else text.
pub(super) fn value_of_text(text: &str) -> Value {
    let quoted =
        || Value::Text { text: text.to_owned(), cased: false, quoting: Quoting::Quotes, span: Span::default() };
    if !is_one(Rule::only_literal, text) {
        return quoted();
    }
    let read = parse(&format!("x = {text}"), SourceId::QUERY).ok();
    let condition = read.and_then(|query| match query.filter {
        Expr::Condition(condition) => Some(condition.kind),
        Expr::And(..) | Expr::Or(..) | Expr::Not(..) | Expr::Group(..) => None,
    });
    if let Some(ConditionKind::Test { test: Test::Compare(_, value), .. }) = condition
        && written(&value) == Some(text)
    {
        return value;
    }
    quoted()
}

/// A value's text as written; none for what isn't one literal.
fn written(value: &Value) -> Option<&str> {
    match value {
        Value::Text { text, cased: false, .. }
        | Value::Word { text, .. }
        | Value::Number { text, .. }
        | Value::Day { text, .. }
        | Value::Time { text, .. } => Some(text),
        Value::Text { cased: true, .. } | Value::Offset { .. } | Value::Field(_) => None,
    }
}

/// A value in JSON; none for what isn't one literal.
pub(super) fn json_of_value(value: &Value) -> Option<Json> {
    let text = written(value)?;
    // A number in quotes is the same: a text is read as what it looks like.
    let number = text.parse::<Number>().ok().filter(|it| it.to_string() == text);
    Some(number.map_or_else(|| text.into(), Json::Number))
}

/// The field that a text names; none if no brackets, backticks or dot can write it.
pub(super) fn field_of_text(text: &str) -> Option<Field> {
    if let Some((name, part)) = text.split_once('.')
        && is_one(Rule::only_name, name)
        && is_one(Rule::only_tag, part)
    {
        return Some(Field { name: bare(name), part: Some(bare(part)), span: Span::default() });
    }
    let quoting = if is_one(Rule::only_name, text) { Quoting::Bare } else { Quoting::Backticks };
    let name = Name { text: text.to_owned(), quoting, span: Span::default() };
    (!text.is_empty() && !text.contains('`')).then_some(Field { name, part: None, span: Span::default() })
}

/// A field's text, if that names it alone.
pub(super) fn text_of_field(field: &Field) -> Option<String> {
    let mut text = field.name.text.clone();
    if let Some(part) = &field.part {
        text.push('.');
        text.push_str(&part.text);
    }
    let again = field_of_text(&text)?;
    let alike = |a: &Name, b: &Name| a.text == b.text;
    let same = alike(&again.name, &field.name)
        && again.part.as_ref().map(|it| &it.text) == field.part.as_ref().map(|it| &it.text);
    same.then_some(text)
}

fn bare(text: &str) -> Name {
    Name { text: text.to_owned(), quoting: Quoting::Bare, span: Span::default() }
}

//! From filter to rule tree.

use serde_json::{Value as Json, json};

use super::MAX_GROUPS;
use super::literal::{json_of_value, text_of_field};
use super::operators::{Form, Operator};
use crate::model::{Code, Diagnostic};
use crate::syntax::ast::{CompareOp, Condition, ConditionKind, Expr, Field, Query, Subject, Test, Value};
use crate::syntax::print_expr;

/// The rule tree of a filter, as JSON over several lines.
///
/// # Errors
///
/// `from` and steps, which a rule tree has no place for.
pub fn to_json(query: &Query) -> Result<String, Vec<Diagnostic>> {
    let outside = query.from.iter().map(|it| it.span).chain(query.steps.iter().map(|it| it.span));
    let refused = outside.map(|span| {
        Diagnostic::error(Code::NoRuleTree, span, "a rule tree holds a filter alone, without `from` and steps")
            .help("leave this out and say it where the filter is used".to_owned())
    });
    let refused: Vec<Diagnostic> = refused.collect();
    if !refused.is_empty() {
        return Err(refused);
    }
    let tree = root(&query.filter);
    // `{:#}` of a JSON value can't fail.
    Ok(format!("{tree:#}"))
}

/// The outermost part is always a group.
fn root(filter: &Expr) -> Json {
    match without_brackets(filter) {
        it @ (Expr::And(..) | Expr::Or(..) | Expr::Not(..)) => rule(it, 1),
        Expr::Condition(it) if it.kind == ConditionKind::Everyone => everyone(),
        it @ (Expr::Condition(_) | Expr::Group(..)) => group("and", false, vec![rule(it, 2)]),
    }
}

fn group(combinator: &str, not: bool, rules: Vec<Json>) -> Json {
    json!({ "combinator": combinator, "not": not, "rules": rules })
}

fn everyone() -> Json {
    group("and", false, Vec::new())
}

/// A part that stands in `depth` groups, itself included if it is one.
fn rule(expr: &Expr, depth: usize) -> Json {
    match without_brackets(expr) {
        Expr::Condition(condition) => condition_rule(condition, depth),
        deep if depth > MAX_GROUPS => dsl(deep),
        Expr::Not(inner, _) => match without_brackets(inner) {
            Expr::And(parts, _) => row("and", true, parts, depth),
            Expr::Or(parts, _) => row("or", true, parts, depth),
            inner @ (Expr::Not(..) | Expr::Condition(_) | Expr::Group(..)) => {
                group("and", true, vec![rule(inner, depth + 1)])
            }
        },
        Expr::And(parts, _) => row("and", false, parts, depth),
        Expr::Or(parts, _) => row("or", false, parts, depth),
        // `without_brackets` leaves none.
        Expr::Group(inner, _) => rule(inner, depth),
    }
}

/// A group of parts; those of the same word in brackets are parts of it.
fn row(combinator: &str, not: bool, parts: &[Expr], depth: usize) -> Json {
    let mut rules = Vec::with_capacity(parts.len());
    add_parts(combinator, parts, depth, &mut rules);
    group(combinator, not, rules)
}

fn add_parts(combinator: &str, parts: &[Expr], depth: usize, rules: &mut Vec<Json>) {
    for part in parts {
        match (combinator, without_brackets(part)) {
            ("and", Expr::And(inner, _)) | ("or", Expr::Or(inner, _)) => add_parts(combinator, inner, depth, rules),
            (_, part) => rules.push(rule(part, depth + 1)),
        }
    }
}

fn without_brackets(mut expr: &Expr) -> &Expr {
    while let Expr::Group(inner, _) = expr {
        expr = inner;
    }
    expr
}

fn dsl(expr: &Expr) -> Json {
    json!({ "dsl": print_expr(expr) })
}

fn condition_rule(condition: &Condition, depth: usize) -> Json {
    let rule = match &condition.kind {
        ConditionKind::Everyone if depth <= MAX_GROUPS => Some(everyone()),
        ConditionKind::Test { subject: Subject::Field(field), negated, test, .. } => test_rule(field, *negated, test),
        ConditionKind::Everyone
        | ConditionKind::Nobody
        | ConditionKind::SegmentTag(_)
        | ConditionKind::SegmentName(_)
        | ConditionKind::Test { .. }
        | ConditionKind::LostFrom(_)
        | ConditionKind::Did { .. }
        | ConditionKind::Sequence { .. }
        | ConditionKind::Registered { .. }
        | ConditionKind::Attended { .. }
        | ConditionKind::Moved { .. }
        | ConditionKind::BecameLost { .. }
        | ConditionKind::VisitorOf { .. }
        | ConditionKind::Push(_) => None,
    };
    rule.unwrap_or_else(|| dsl(&Expr::Condition(Box::new(condition.clone()))))
}

/// The rule of a test; none if rules don't have it.
fn test_rule(field: &Field, negated: bool, test: &Test) -> Option<Json> {
    let name = text_of_field(field)?;
    let written = |form: Form, values: &[&Value], one: bool| {
        let operator = Operator { form, negated }.name()?;
        let of_fields = values.iter().all(|it| matches!(it, Value::Field(_)));
        let value = |it: &&Value| match it {
            Value::Field(field) => text_of_field(field).filter(|_| of_fields).map(Json::from),
            Value::Text { .. }
            | Value::Word { .. }
            | Value::Number { .. }
            | Value::Day { .. }
            | Value::Time { .. }
            | Value::Offset { .. } => json_of_value(it),
        };
        let mut all = values.iter().map(value).collect::<Option<Vec<Json>>>()?;
        let value = if one { all.pop()? } else { Json::Array(all) };
        let mut rule = json!({ "field": name, "operator": operator, "value": value });
        if of_fields {
            rule["valueSource"] = "field".into();
        }
        Some(rule)
    };
    match test {
        Test::Bare if !negated => Some(json!({ "field": name, "operator": "=", "value": true })),
        Test::Compare(op, value) => written(Form::Compare(*op), &[value], true),
        Test::Match(op, value) => written(Form::Match(*op), &[value], true),
        Test::In(values) => written(Form::In, &values.iter().collect::<Vec<_>>(), false),
        Test::Between(from, to) => written(Form::Between, &[from, to], false),
        Test::Empty => {
            let operator = Operator { form: Form::Empty, negated }.name()?;
            Some(json!({ "field": name, "operator": operator, "value": null }))
        }
        Test::Bare | Test::Window(_) | Test::Anniversary(_) | Test::All(_) | Test::NoneOf(_) | Test::InFile(_) => None,
    }
}

/// Whether JSON `true` after this operator is the bare field.
pub(super) fn is_bare(operator: Operator) -> bool {
    operator == Operator { form: Form::Compare(CompareOp::Eq), negated: false }
}

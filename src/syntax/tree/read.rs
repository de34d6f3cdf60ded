//! From rule tree, or flat list of filters, to filter.

use serde_json::{Map, Value as Json};

use super::literal::{field_of_text, value_of_text};
use super::operators::{Form, Operator, names};
use super::write::is_bare;
use super::{MAX_GROUPS, MAX_JSON_BYTES};
use crate::model::{Code, Diagnostic, SourceId, Span, nearest};
use crate::syntax::ast::{Condition, ConditionKind, Expr, Field, Subject, Test, Value};
use crate::syntax::{MAX_DIAGNOSTICS, parse, print_expr};

/// The canonical sentence of a rule tree or of a flat list of filters.
///
/// # Errors
///
/// All that is wrong with it; each message names its place as a JSON pointer.
pub fn from_json(text: &str, source: SourceId) -> Result<String, Vec<Diagnostic>> {
    let json = read_json(text, source).map_err(|it| vec![it])?;
    let mut reader = Reader::default();
    let filter = match &json {
        Json::Array(filters) => reader.filters(filters),
        Json::Object(rule) => reader.rule(rule, 1),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            reader.wrong(Code::ExpectedRule, "expected a group of rules, or a list of filters");
            None
        }
    };
    if !reader.diagnostics.is_empty() {
        reader.diagnostics.truncate(MAX_DIAGNOSTICS);
        return Err(reader.diagnostics);
    }
    let sentence = print_expr(&filter.unwrap_or_else(everyone));
    // Lengths and depths are those of any sentence.
    match parse(&sentence, source) {
        Ok(_) => Ok(sentence),
        Err(wrong) => Err(wrong.into_iter().map(|it| Diagnostic { span: None, ..it }).collect()),
    }
}

fn read_json(text: &str, source: SourceId) -> Result<Json, Diagnostic> {
    let at = |at: usize| Span::new(source, at, at);
    if text.len() > MAX_JSON_BYTES {
        let end = text.floor_char_boundary(MAX_JSON_BYTES);
        return Err(Diagnostic::error(
            Code::TextTooLong,
            at(end),
            format!("JSON of more than {} MiB", MAX_JSON_BYTES >> 20),
        ));
    }
    serde_json::from_str(text).map_err(|error| {
        let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let place = text.floor_char_boundary((line + error.column().saturating_sub(1)).min(text.len()));
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        if words.contains("recursion limit") {
            return Diagnostic::error(Code::TooDeep, at(place), format!("groups nest deeper than {MAX_GROUPS}"));
        }
        Diagnostic::error(Code::NotJson, at(place), format!("this isn't JSON: {words}"))
            .help("a filter in the segment language needs no `--to dsl`".to_owned())
    })
}

fn everyone() -> Expr {
    condition(ConditionKind::Everyone)
}

fn condition(kind: ConditionKind) -> Expr {
    Expr::Condition(Box::new(Condition { kind, span: Span::default() }))
}

fn negated(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr), Span::default())
}

/// Reads JSON from the outside in; the pointer says where it is.
#[derive(Default)]
struct Reader {
    pointer: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    /// The platform's list: all of them hold; of none, everyone.
    fn filters(&mut self, filters: &[Json]) -> Option<Expr> {
        let mut parts = Vec::with_capacity(filters.len());
        for (n, filter) in filters.iter().enumerate() {
            let part = self.within(&n.to_string(), |reader| match filter.as_object() {
                Some(rule) if !rule.contains_key("rules") => reader.rule(rule, 1),
                Some(_) | None => {
                    reader.wrong(
                        Code::ExpectedRule,
                        "expected `{\"field\":…,\"operator\":…,\"value\":…}` in a list of filters",
                    );
                    None
                }
            });
            parts.extend(part);
        }
        Some(all(parts).unwrap_or_else(everyone))
    }

    /// A group, a rule or a `dsl`; none if it is muted or wrong.
    fn rule(&mut self, rule: &Map<String, Json>, depth: usize) -> Option<Expr> {
        if self.flag(rule, "muted") {
            return None;
        }
        if rule.contains_key("rules") || rule.contains_key("combinator") {
            return self.group(rule, depth);
        }
        if rule.contains_key("dsl") {
            self.check_keys(rule, &["dsl"]);
            return self.dsl(rule);
        }
        self.check_keys(rule, &["field", "operator", "value", "valueSource"]);
        self.test(rule)
    }

    fn group(&mut self, group: &Map<String, Json>, depth: usize) -> Option<Expr> {
        if depth > MAX_GROUPS {
            self.wrong(Code::TooDeep, &format!("groups nest deeper than {MAX_GROUPS}"));
            return None;
        }
        self.check_keys(group, &["combinator", "not", "rules"]);
        let not = self.flag(group, "not");
        let Some(Json::Array(rules)) = group.get("rules") else {
            self.within("rules", |reader| reader.wrong(Code::ExpectedRule, "expected a list of rules"));
            return None;
        };
        let is_or = match group.get("combinator") {
            None => None,
            Some(word) => Some(self.within("combinator", |reader| reader.combinator(word))?),
        };
        let filter = self.within("rules", |reader| match is_or {
            Some(is_or) => reader.row(rules, is_or, depth),
            None => reader.alternating(rules, depth),
        });
        let filter = if rules.is_empty() { Some(everyone()) } else { filter };
        filter.map(|it| if not { negated(it) } else { it })
    }

    fn row(&mut self, rules: &[Json], is_or: bool, depth: usize) -> Option<Expr> {
        let parts: Vec<Expr> = rules.iter().enumerate().filter_map(|(n, it)| self.member(n, it, depth)).collect();
        if is_or { any(parts) } else { all(parts) }
    }

    /// Rules with `"and"` or `"or"` between them; `and` binds tighter.
    fn alternating(&mut self, rules: &[Json], depth: usize) -> Option<Expr> {
        let (mut alternatives, mut parts) = (Vec::new(), Vec::new());
        for (n, it) in rules.iter().enumerate() {
            if n % 2 == 0 {
                parts.extend(self.member(n, it, depth));
            } else if self.within(&n.to_string(), |reader| reader.combinator(it)) == Some(true) {
                alternatives.extend(all(std::mem::take(&mut parts)));
            }
        }
        if !rules.is_empty() && rules.len().is_multiple_of(2) {
            let last = (rules.len() - 1).to_string();
            self.within(&last, |reader| reader.wrong(Code::ExpectedRule, "expected a rule after the last combinator"));
        }
        alternatives.extend(all(parts));
        any(alternatives)
    }

    fn member(&mut self, n: usize, it: &Json, depth: usize) -> Option<Expr> {
        self.within(&n.to_string(), |reader| match it {
            Json::Object(rule) => reader.rule(rule, depth + 1),
            Json::String(word) if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") => {
                reader.wrong(
                    Code::ExpectedRule,
                    "expected a rule or group; combinators between rules belong to groups without `combinator`, one after each rule",
                );
                None
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                reader.wrong(Code::ExpectedRule, "expected a rule or group in braces");
                None
            }
        })
    }

    /// Whether the combinator is `or`.
    fn combinator(&mut self, word: &Json) -> Option<bool> {
        match word.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("and") => Some(false),
            Some("or") => Some(true),
            Some(_) | None => {
                self.wrong(Code::UnknownCombinator, "expected \"and\" or \"or\"");
                None
            }
        }
    }

    fn dsl(&mut self, rule: &Map<String, Json>) -> Option<Expr> {
        self.within("dsl", |reader| {
            let Some(Json::String(text)) = rule.get("dsl") else {
                reader.wrong(Code::RuleValue, "expected a filter as text");
                return None;
            };
            match parse(text, SourceId::QUERY) {
                Ok(query) if query.from.is_none() && query.steps.is_empty() => Some(query.filter),
                Ok(_) => {
                    reader.wrong(Code::NoRuleTree, "a rule holds a filter alone, without `from` and steps");
                    None
                }
                Err(wrong) => {
                    for it in wrong {
                        let column = it.span.map_or(0, |span| text[..span.start].chars().count()) + 1;
                        let message = format!("character {column}: {}", it.message);
                        reader.tell(it.code, &message, it.help);
                    }
                    None
                }
            }
        })
    }

    fn test(&mut self, rule: &Map<String, Json>) -> Option<Expr> {
        let field = self.within("field", |reader| reader.field(rule.get("field")));
        let operator = self.within("operator", |reader| reader.operator(rule.get("operator")));
        let of_fields = self.within("valueSource", |reader| match rule.get("valueSource") {
            None | Some(Json::Null) => false,
            Some(Json::String(source)) if source == "value" || source == "field" => source == "field",
            Some(_) => {
                reader.wrong(Code::RuleValue, "expected \"value\" or \"field\"");
                false
            }
        });
        let (field, operator) = (field?, operator?);
        if is_bare(operator) && rule.get("value") == Some(&Json::Bool(true)) {
            return Some(test(field, false, Test::Bare));
        }
        let form = self.within("value", |reader| reader.test_form(operator.form, rule.get("value"), of_fields))?;
        Some(test(field, operator.negated, form))
    }

    fn field(&mut self, name: Option<&Json>) -> Option<Field> {
        let field = name.and_then(Json::as_str).and_then(field_of_text);
        if field.is_none() {
            self.wrong(Code::RuleField, "expected a field's tag or display name, without backticks");
        }
        field
    }

    fn operator(&mut self, name: Option<&Json>) -> Option<Operator> {
        let Some(name) = name.and_then(Json::as_str) else {
            self.wrong(Code::RuleOperator, "expected the name of an operator, such as \"=\"");
            return None;
        };
        let operator = Operator::of(name);
        if operator.is_none() {
            let near = nearest(name, names());
            let known = if near.is_empty() { names().collect() } else { near };
            let known: Vec<String> = known.iter().map(|it| format!("\"{it}\"")).collect();
            let help = format!("operators are {}", known.join(", "));
            let help = if known.len() <= 3 { format!("nearest is {}", known.join(", ")) } else { help };
            self.tell(Code::RuleOperator, &format!("unknown operator \"{name}\""), vec![help]);
        }
        operator
    }

    fn test_form(&mut self, form: Form, value: Option<&Json>, of_fields: bool) -> Option<Test> {
        match form {
            Form::Empty => Some(Test::Empty),
            Form::Compare(op) => self.one(value, of_fields).map(|it| Test::Compare(op, it)),
            Form::Match(op) => self.one(value, of_fields).map(|it| Test::Match(op, it)),
            Form::In => {
                let values = self.several(value, of_fields)?;
                if values.is_empty() {
                    self.wrong(Code::RuleValue, "an empty list: expected at least one value");
                    return None;
                }
                Some(Test::In(values))
            }
            Form::Between => {
                let values = self.several(value, of_fields)?;
                let n_found = values.len();
                let Ok([from, to]) = <[Value; 2]>::try_from(values) else {
                    self.wrong(Code::RuleValue, &format!("expected two values, found {n_found}"));
                    return None;
                };
                Some(Test::Between(from, to))
            }
        }
    }

    /// One value, which may be a list's only one.
    fn one(&mut self, value: Option<&Json>, of_fields: bool) -> Option<Value> {
        match value {
            Some(Json::Array(values)) if values.len() == 1 => {
                self.within("0", |reader| reader.one(values.first(), of_fields))
            }
            Some(Json::Array(values)) => {
                let message = format!("expected one value, found {}", values.len());
                self.tell(Code::RuleValue, &message, vec!["a list goes with \"in\" or \"notIn\"".to_owned()]);
                None
            }
            Some(Json::Null) | None => {
                let help = "a missing value is asked for with \"null\" or \"notNull\"".to_owned();
                self.tell(Code::RuleValue, "expected a value", vec![help]);
                None
            }
            Some(Json::Object(_)) => {
                self.wrong(Code::RuleValue, "expected a text, a number, true or false");
                None
            }
            Some(Json::String(text)) if of_fields => self.field(Some(&Json::String(text.clone()))).map(Value::Field),
            Some(_) if of_fields => self.field(None).map(Value::Field),
            Some(Json::String(text)) => Some(value_of_text(text)),
            Some(Json::Number(number)) => Some(Value::Number { text: number.to_string(), span: Span::default() }),
            Some(Json::Bool(yes)) => Some(Value::Word { text: yes.to_string(), span: Span::default() }),
        }
    }

    /// A list's values, or those between the commas of a text.
    fn several(&mut self, value: Option<&Json>, of_fields: bool) -> Option<Vec<Value>> {
        let parts: Vec<Json>;
        let values = match value {
            Some(Json::Array(values)) => values,
            Some(Json::String(text)) => {
                parts = between_commas(text).into_iter().map(Json::String).collect();
                &parts
            }
            other => return self.one(other, of_fields).map(|it| vec![it]),
        };
        let each = |(n, it): (usize, &Json)| {
            self.within(&n.to_string(), |reader| {
                if it.is_array() {
                    reader.wrong(Code::RuleValue, "expected a text, a number, true or false");
                    return None;
                }
                reader.one(Some(it), of_fields)
            })
        };
        values.iter().enumerate().map(each).collect()
    }

    /// A key that is yes or no, and no if it isn't there.
    fn flag(&mut self, object: &Map<String, Json>, key: &str) -> bool {
        match object.get(key) {
            None | Some(Json::Null) => false,
            Some(Json::Bool(yes)) => *yes,
            Some(_) => {
                self.within(key, |reader| reader.wrong(Code::RuleValue, "expected true or false"));
                false
            }
        }
    }

    /// A key that nobody reads would be a condition that nobody asks.
    fn check_keys(&mut self, object: &Map<String, Json>, known: &[&str]) {
        const EVERYWHERE: [&str; 4] = ["id", "path", "disabled", "muted"];
        let known = || known.iter().chain(&EVERYWHERE).copied();
        for key in object.keys().filter(|key| known().all(|it| it != key.as_str())) {
            let near = nearest(key, known());
            let help = near.first().map(|it| format!("nearest is \"{it}\""));
            self.within(key, |reader| {
                reader.tell(Code::UnknownKey, "nothing is known of this key", help.into_iter().collect());
            });
        }
    }

    fn within<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.pointer.push(step.replace('~', "~0").replace('/', "~1"));
        let done = read(self);
        self.pointer.pop();
        done
    }

    fn wrong(&mut self, code: Code, message: &str) {
        self.tell(code, message, Vec::new());
    }

    fn tell(&mut self, code: Code, message: &str, help: Vec<String>) {
        if self.diagnostics.len() > MAX_DIAGNOSTICS {
            return;
        }
        let place = match self.pointer.as_slice() {
            [] => "the whole".to_owned(),
            steps => format!("/{}", steps.join("/")),
        };
        let told = Diagnostic::error(code, Span::default(), format!("{place}: {message}"));
        self.diagnostics.push(help.into_iter().fold(Diagnostic { span: None, ..told }, Diagnostic::help));
    }
}

fn test(field: Field, negated: bool, test: Test) -> Expr {
    let operator = Span::default();
    condition(ConditionKind::Test { subject: Subject::Field(field), negated, test, operator })
}

fn all(parts: Vec<Expr>) -> Option<Expr> {
    joined(parts, Expr::And)
}

fn any(parts: Vec<Expr>) -> Option<Expr> {
    joined(parts, Expr::Or)
}

/// None of no parts, the part itself of one.
fn joined(mut parts: Vec<Expr>, join: fn(Vec<Expr>, Span) -> Expr) -> Option<Expr> {
    if parts.len() > 1 { Some(join(parts, Span::default())) } else { parts.pop() }
}

/// The texts between commas, without blanks around them and without the empty ones; `\,` is a comma.
fn between_commas(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, parts.last_mut()) {
            ('\\', Some(part)) if chars.peek() == Some(&',') => part.extend(chars.next()),
            (',', _) | (_, None) => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
        }
    }
    parts.iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

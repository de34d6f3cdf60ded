//! Which alternatives of the grammar the random filters have drawn, by the grammar itself.

use std::collections::{BTreeMap, BTreeSet};

use pest::Parser as _;
use pest::iterators::Pair;
use pest_derive::Parser;

/// A parser of the same grammar that shows its nodes.
#[derive(Parser)]
#[grammar = "grammar/segql.pest"]
struct Grammar;

/// How often each rule was met, and each word of the rules that have several.
pub type Met = BTreeMap<String, u64>;

/// Adds what a sentence holds.
pub fn count(sentence: &str, met: &mut Met) {
    let pairs = Grammar::parse(Rule::sentence, sentence).expect("the engine has parsed it");
    let mut left: Vec<Pair<'_, Rule>> = pairs.collect();
    while let Some(pair) = left.pop() {
        let rule = format!("{:?}", pair.as_rule());
        if WORDS.iter().any(|(of, _)| *of == rule) {
            let word = pair.as_str().trim().to_lowercase();
            *met.entry(format!("{rule} {}", singular(&rule, &word))).or_default() += 1;
        }
        *met.entry(rule).or_default() += 1;
        left.extend(pair.into_inner());
    }
}

/// What a filter can be made of: the grammar's rules under `filter`, and the words of rules that have several.
///
/// What parses so that a mistake can be told, and what has no node of its own, is left out.
pub fn wanted() -> BTreeSet<String> {
    let rules = rules();
    let mut found = BTreeSet::from(["from".to_owned()]);
    let mut left = vec!["filter".to_owned(), "from".to_owned()];
    while let Some(rule) = left.pop() {
        for name in names(&rules[&rule].1) {
            if rules.contains_key(&name) && !is_mistake(&name) && found.insert(name.clone()) {
                left.push(name);
            }
        }
    }
    let words = WORDS.iter().flat_map(|(rule, words)| words.iter().map(move |word| format!("{rule} {word}")));
    let has_node = |name: &String| !rules[name].0 && !INSIDE.contains(&name.as_str());
    found.into_iter().filter(has_node).chain(words).collect()
}

/// Rules of one token that stand for several words.
const WORDS: [(&str, &[&str]); 9] = [
    ("compare_sign", &["=", "==", "!=", "<>", "<", "<=", ">", ">="]),
    ("match_op", &["contains", "starts with", "ends with", "like", "matches"]),
    ("direction", &["last", "next", "this"]),
    ("calendar", &["day", "week", "month", "quarter", "year"]),
    ("unit", &["second", "minute", "hour", "day", "week", "month", "quarter", "year"]),
    ("total_fn", &["count", "sum", "avg", "min", "max", "first", "last"]),
    ("base_word", &["now", "today", "yesterday", "tomorrow"]),
    ("offset_sign", &["+", "-"]),
    ("moment", &["before", "after", "on", "since"]),
];

/// Read only for the sake of a message, under names that don't say so.
const MISTAKES: [&str; 18] = [
    "and_sign",
    "bad_number",
    "bad_times",
    "bad_unit",
    "bang",
    "broken",
    "brackets",
    "call_name",
    "junk",
    "k_the",
    "list_junk",
    "or_sign",
    "reserved_field",
    "sign_run",
    "total_junk",
    "unjoined",
    "unknown_call",
    "value_first",
];

/// Within a token, where no node is made, or a look ahead.
const INSIDE: [&str; 4] = ["day_shape", "digits", "pipe", "reserved"];

fn is_mistake(name: &str) -> bool {
    name.ends_with("_slip") || name.starts_with("missing_") || name.ends_with("_ahead") || MISTAKES.contains(&name)
}

fn singular(rule: &str, word: &str) -> String {
    match rule {
        "unit" => word.trim_end_matches('s').to_owned(),
        "moment" => word.split_whitespace().next().unwrap_or_default().to_owned(),
        _ => word.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// Each rule: whether it is silent, and its text without literals and looks ahead.
fn rules() -> BTreeMap<String, (bool, String)> {
    let text = include_str!("../../grammar/segql.pest");
    let literals = regex::Regex::new(r#"(?m)^\s*//.*$|"(\\.|[^"\\])*"|'(\\.|[^'\\])'"#).unwrap();
    let ahead = regex::Regex::new(r"[&!]\s*(\([^()]*\)|\w+)").unwrap();
    let text = literals.replace_all(text, " ");
    let text = ahead.replace_all(&text, " ");
    let head = regex::Regex::new(r"(?m)^(\w+)\s*=\s*([_@$]?)\{").unwrap();
    let heads: Vec<_> = head.captures_iter(&text).collect();
    let ends = heads.iter().skip(1).map(|it| it.get(0).unwrap().start()).chain([text.len()]);
    let rule = |(it, end): (&regex::Captures<'_>, usize)| {
        (it[1].to_owned(), (&it[2] == "_", text[it.get(0).unwrap().end()..end].to_owned()))
    };
    heads.iter().zip(ends).map(rule).collect()
}

fn names(body: &str) -> Vec<String> {
    regex::Regex::new(r"\b[a-z]\w*").unwrap().find_iter(body).map(|it| it.as_str().to_owned()).collect()
}

#[test]
fn what_is_wanted_is_what_a_filter_may_hold() {
    let wanted = wanted();
    for rule in
        ["email", "in_file", "sequel", "times_between", "cased_value", "k_distinct", "segment_name", "unit quarter"]
    {
        assert_eq!(wanted.contains(rule), rule != "email", "{rule}");
    }
    assert!(!wanted.iter().any(|it| it.contains("step") || it.contains("slip")), "{wanted:?}");
}

/// The grammar is read here by a pattern or two: this holds them against pest's own list.
#[test]
fn every_rule_of_the_grammar_is_seen() {
    let ours: BTreeSet<String> = rules().into_keys().collect();
    let pests: BTreeSet<String> =
        Rule::all_rules().iter().map(|it| format!("{it:?}")).filter(|it| it != "EOI").collect();
    assert_eq!(ours, pests);
}

//! Sentences of the shared case files, hand-made trees, and the laws of parsing and printing.

use std::path::PathBuf;

use super::ast::{ConditionKind, Expr, Query, Test, Value};
use super::{parse, parse_definitions, print, print_definition, print_expr};
use crate::model::{Diagnostic, SourceId};

fn ok(text: &str) -> Query {
    parse(text, SourceId::QUERY).unwrap_or_else(|it| panic!("{text}\n{it:#?}"))
}

fn wrong(text: &str) -> Vec<Diagnostic> {
    match parse(text, SourceId::QUERY) {
        Ok(query) => panic!("{text}\nreads as {}", print(&query)),
        Err(diagnostics) => diagnostics,
    }
}

/// Line and column from 1, in code points.
fn place(text: &str, at: usize) -> (u64, u64) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line as u64, column as u64)
}

/// A file beside the package, where there is one.
fn shared(file: &str) -> Option<Vec<serde_json::Value>> {
    let folder = std::env::var_os("SEGQL_SHARED").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")));
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        println!("skipped: {} isn't there", folder.join(file).display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The sentence again, printed, and printed again.
fn check_print(text: &str) {
    let once = print(&ok(text));
    let twice = print(&ok(&once));
    assert_eq!(once, twice, "printing {text}");
}

#[test]
fn shared_cases_parse_and_print() {
    for file in ["demo/cases.jsonl", "demo/steps.jsonl", "cdnow/cases.jsonl"] {
        for case in shared(file).into_iter().flatten() {
            if case.get("must_fail").is_none() {
                check_print(case["dsl"].as_str().unwrap());
            }
        }
    }
}

#[test]
fn shared_errors_have_words_and_place() {
    let mut missed = Vec::new();
    for case in shared("demo/errors.jsonl").into_iter().flatten() {
        let text = match case.get("build") {
            Some(build) => {
                let times = usize::try_from(build[1].as_u64().unwrap()).unwrap();
                build[0].as_str().unwrap().repeat(times) + build[2].as_str().unwrap()
            }
            None => case["dsl"].as_str().unwrap().to_owned(),
        };
        // The others are right as far as syntax goes.
        let Err(diagnostics) = parse(&text, SourceId::QUERY) else {
            println!("resolver: {}", case["id"]);
            continue;
        };
        let told: String = diagnostics.iter().map(|it| format!("{} {}\n", it.message, it.help.join("\n"))).collect();
        let told = told.to_lowercase();
        let mut places = vec![(case["line"].as_u64().unwrap(), case["col"].as_u64().unwrap())];
        for also in case["also"].as_array().into_iter().flatten() {
            places.push((also[0].as_u64().unwrap(), also[1].as_u64().unwrap()));
        }
        let at = place(&text, diagnostics[0].span.unwrap().start);
        let words = case["must_mention"].as_array().unwrap();
        let mentioned = words.iter().all(|it| told.contains(&it.as_str().unwrap().to_lowercase()));
        if !mentioned || !places.contains(&at) {
            missed.push(format!("{} at {at:?}, not {places:?}, {words:?}:\n{told}", case["id"]));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn zz_explore() {
    let Ok(file) = std::env::var("EXPLORE") else { return };
    for text in std::fs::read_to_string(file).unwrap().lines() {
        let text = text.replace("\\N", "\n");
        match parse(&text, SourceId::QUERY) {
            Ok(query) => println!("OK   {text}\n     {}", print(&query)),
            Err(all) => {
                println!("ERR  {text}");
                for it in all {
                    println!("     {:?} [{}] {}: {} // {}", place(&text, it.span.unwrap().start), &text[it.span.unwrap().start..it.span.unwrap().end], it.code, it.message, it.help.join(" // "));
                }
            }
        }
    }
}

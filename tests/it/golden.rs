//! Goldens: plain text, one topic a file, many cases; `UPDATE_GOLDEN=1` rewrites what stands below each `----`.
//!
//! ```text
//! # Why, by hand.
//! data   people            the book, for this case and those after it
//! now    2026-11-20T09:00:00Z
//! tz     Asia/Jakarta
//! query  age >= 30         further lines of the sentence begin with seven blanks
//! ----
//! count  2
//! emails ana budi          what stands before the @ (of visitors: the id)
//! note   …
//! row    a,b               of a step: the rows as CSV, the first those of its columns
//! ```
//!
//! `…` in an expected line stands for any words; alone on a line, for any lines. The query cases are asked of the
//! oracle too, so that a value worked out by hand is checked twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use segql::model::{Diagnostic, Severity, SourceId};
use segql::syntax::{format, tree};

use crate::oracle::book::OracleBook;
use crate::oracle::{self, OracleClock};
use crate::people;
use crate::subject::{self, Asked, Opened, Refusal, Subject};

#[test]
fn syntax() {
    run("syntax", |case, _| {
        let query = match subject::parse(&case.query) {
            Ok(query) => query,
            Err(all) => return errors(&case.query, &all),
        };
        let printed = subject::print(&query);
        let again = subject::parse(&printed).map(|it| subject::print(&it));
        assert_eq!(again.as_ref(), Ok(&printed), "printing is not settled: {}", case.query);
        lines("print", &printed)
    });
}

#[test]
fn fmt() {
    run("fmt", |case, _| match format(&case.query, SourceId::QUERY) {
        Ok(formatted) => {
            assert_eq!(format(&formatted, SourceId::QUERY).as_ref(), Ok(&formatted), "not settled: {}", case.query);
            lines("fmt", &formatted)
        }
        Err(all) => errors(&case.query, &all),
    });
}

/// JSON becomes a filter, a filter JSON.
#[test]
fn convert() {
    run("convert", |case, _| {
        if case.query.starts_with(['{', '[']) {
            return match tree::from_json(&case.query, SourceId::QUERY) {
                Ok(filter) => lines("dsl", &filter),
                Err(all) => errors(&case.query, &all),
            };
        }
        match subject::parse(&case.query).and_then(|query| tree::to_json(&query)) {
            Ok(json) => lines("json", &serde_json::from_str::<serde_json::Value>(&json).unwrap().to_string()),
            Err(all) => errors(&case.query, &all),
        }
    });
}

#[test]
fn query() {
    run("query", |case, books| {
        let book = books.get(&case.data);
        match book.subject.ask(&case.query, &book.asked(case)) {
            Err(refusal) => refused(&case.query, &refusal),
            Ok(answer) => {
                let mut out = people_lines(answer.count, &answer.keys);
                out.extend(answer.notes.iter().flat_map(|it| told(&case.query, it)));
                out
            }
        }
    });
}

/// Answers of steps, as CSV.
#[test]
fn steps() {
    run("steps", |case, books| {
        let book = books.get(&case.data);
        match book.subject.table(&case.query, &book.asked(case)) {
            Err(refusal) => refused(&case.query, &refusal),
            Ok((csv, notes)) => {
                let mut out: Vec<String> = csv.lines().map(|it| format!("row    {it}")).collect();
                out.extend(notes.iter().flat_map(|it| told(&case.query, it)));
                out
            }
        }
    });
}

#[test]
fn plan() {
    run("plan", |case, books| {
        let book = books.get(&case.data);
        match book.subject.plan(&case.query, &book.asked(case)) {
            Err(refusal) => refused(&case.query, &refusal),
            Ok(plan) => lines("plan", &plan),
        }
    });
}

#[test]
fn errors_golden() {
    run("errors", |case, books| {
        let book = books.get(&case.data);
        match book.subject.ask(&case.query, &book.asked(case)) {
            Err(refusal) => refused(&case.query, &refusal),
            Ok(answer) => people_lines(answer.count, &answer.keys),
        }
    });
}

/// What was worked out by hand is what the oracle says.
#[test]
fn oracle_agrees() {
    let books = Books::default();
    let mut wrong = Vec::new();
    for file in files("query") {
        for case in read(&file).iter().filter_map(|block| block.case.as_ref()) {
            let Some(wanted) = case.expected.iter().find(|it| it.starts_with("emails")) else { continue };
            let query = subject::parse(&case.query).unwrap_or_else(|all| panic!("{}: {all:?}", case.query));
            let from = query.from.as_ref().map(|it| it.text.as_str());
            let asked = books.get(&case.data).asked(case);
            let clock = OracleClock { now_us: asked.now_us, tz: asked.zone.parse().expect("a zone") };
            let keys = oracle::matches(&books.get(&case.data).oracle, from, &query.filter, &clock);
            let found = people_lines(keys.len() as u64, &keys);
            if !found.contains(wanted) {
                wrong.push(format!("{}\n  {}\n  by hand {wanted}\n  oracle  {found:?}", file.display(), case.query));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(folder: &str, answer: impl Fn(&Case, &Books) -> Vec<String>) {
    let books = Books::default();
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for file in files(folder) {
        let mut blocks = read(&file);
        for case in blocks.iter_mut().filter_map(|block| block.case.as_mut()) {
            let found = answer(case, &books);
            if update {
                case.expected = found;
            } else if !alike(&case.expected, &found) {
                let (expected, found) = (case.expected.join("\n    "), found.join("\n    "));
                wrong.push(format!(
                    "{}: {}\n  expected\n    {expected}\n  found\n    {found}",
                    file.display(),
                    case.query
                ));
            }
        }
        if update {
            fs::write(&file, write(&blocks)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{} differ; UPDATE_GOLDEN=1 rewrites them\n{}", wrong.len(), wrong.join("\n"));
}

/// A paragraph of a golden file: a case, or lines that are kept as they are.
struct Block {
    head: Vec<String>,
    case: Option<Case>,
}

struct Case {
    data: String,
    now: String,
    tz: String,
    query: String,
    expected: Vec<String>,
}

fn read(file: &Path) -> Vec<Block> {
    let text = fs::read_to_string(file).unwrap();
    let (mut data, mut now, mut tz) =
        ("people".to_owned(), "2026-11-20T09:00:00Z".to_owned(), "Asia/Jakarta".to_owned());
    let mut out = Vec::new();
    for paragraph in text.split("\n\n").map(str::trim_end).filter(|it| !it.trim().is_empty()) {
        let all: Vec<String> = paragraph.trim_start_matches('\n').lines().map(str::to_owned).collect();
        let Some(rule) = all.iter().position(|it| it == "----") else {
            assert!(all.iter().all(|it| it.starts_with('#')), "{}: a case without ----: {all:?}", file.display());
            out.push(Block { head: all, case: None });
            continue;
        };
        let mut query: Option<String> = None;
        for line in all[..rule].iter().filter(|it| !it.starts_with('#')) {
            if let (Some(more), Some(query)) = (line.strip_prefix("       "), &mut query) {
                query.push('\n');
                query.push_str(more);
            } else if let Some((word, _)) = line.split_once(' ') {
                // The sentence begins in the eighth column, with whatever blanks it has.
                let rest = line.get(7..).unwrap_or_default();
                match word {
                    "data" => data = rest.to_owned(),
                    "now" => now = rest.to_owned(),
                    "tz" => tz = rest.to_owned(),
                    "query" => query = Some(rest.to_owned()),
                    other => panic!("{}: no head line is called {other}", file.display()),
                }
            } else if line == "query" {
                query = Some(String::new());
            }
        }
        let query = query.unwrap_or_else(|| panic!("{}: a case without query: {all:?}", file.display()));
        let case =
            Case { data: data.clone(), now: now.clone(), tz: tz.clone(), query, expected: all[rule + 1..].to_vec() };
        out.push(Block { head: all[..=rule].to_vec(), case: Some(case) });
    }
    out
}

fn write(blocks: &[Block]) -> String {
    let lines = |block: &Block| {
        let expected = block.case.iter().flat_map(|it| it.expected.iter().cloned());
        block.head.iter().cloned().chain(expected).collect::<Vec<_>>().join("\n") + "\n"
    };
    blocks.iter().map(lines).collect::<Vec<_>>().join("\n")
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let mut out: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path()).collect();
    out.retain(|it| it.extension().is_some_and(|it| it == "txt"));
    out.sort();
    assert!(!out.is_empty(), "no goldens in {}", folder.display());
    out
}

/// Whether the lines are as expected, `…` being any words and a line of it any lines.
fn alike(expected: &[String], found: &[String]) -> bool {
    match (expected, found) {
        ([], []) => true,
        ([any, rest @ ..], _) if any == "…" => (0..=found.len()).any(|from| alike(rest, &found[from..])),
        ([a, expected @ ..], [b, found @ ..]) => line_alike(a, b) && alike(expected, found),
        _ => false,
    }
}

fn line_alike(expected: &str, found: &str) -> bool {
    let parts: Vec<&str> = expected.split('…').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return expected == found };
    let Some(mut rest) = found.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// `count` and `emails`.
fn people_lines(count: u64, keys: &[String]) -> Vec<String> {
    let names: Vec<&str> = keys.iter().map(|it| it.split('@').next().unwrap_or(it)).collect();
    vec![format!("count  {count}"), format!("emails {}", names.join(" ")).trim_end().to_owned()]
}

fn refused(text: &str, refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Query(all) => errors(text, all),
        Refusal::Other(words) => lines("failed", words),
    }
}

fn errors(text: &str, all: &[Diagnostic]) -> Vec<String> {
    all.iter().flat_map(|it| told(text, it)).collect()
}

/// `error 1:8 what is wrong`, `help …`, `note …`.
fn told(text: &str, diagnostic: &Diagnostic) -> Vec<String> {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warn",
        Severity::Note => "note",
    };
    let place = diagnostic.span.map(|span| {
        if span.source != SourceId::QUERY {
            return "elsewhere ".to_owned();
        }
        let before = &text[..span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        format!("{line}:{column} ")
    });
    let mut out = lines(word, &format!("{}{}", place.unwrap_or_default(), diagnostic.message));
    out.extend(diagnostic.help.iter().flat_map(|it| lines("help", it)));
    out
}

/// A word and what belongs to it, further lines indented.
fn lines(word: &str, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let word = if i == 0 { word } else { "" };
        out.push(format!("{word:<6} {line}"));
    }
    out
}

/// The books of the goldens, each written and opened once.
#[derive(Default)]
struct Books(std::cell::RefCell<BTreeMap<String, std::rc::Rc<OpenBook>>>);

struct OpenBook {
    dir: tempfile::TempDir,
    subject: Subject,
    oracle: OracleBook,
}

impl Books {
    fn get(&self, name: &str) -> std::rc::Rc<OpenBook> {
        let mut books = self.0.borrow_mut();
        let book = books.entry(name.to_owned()).or_insert_with(|| {
            let raw = people::book(name);
            let dir = tempfile::tempdir().unwrap();
            raw.write(dir.path());
            let subject = Subject::open(&dir.path().join("book"), Opened { shard_rows: Some(4), ..Opened::default() });
            let definitions = subject::definitions(&raw.segments).expect("definitions");
            std::rc::Rc::new(OpenBook { dir, subject, oracle: OracleBook::read(&raw, definitions) })
        });
        std::rc::Rc::clone(book)
    }
}

impl OpenBook {
    fn asked(&self, case: &Case) -> Asked {
        let now = case.now.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant");
        Asked { now_us: now.timestamp_micros(), zone: case.tz.clone(), working_dir: self.dir.path().to_owned() }
    }
}

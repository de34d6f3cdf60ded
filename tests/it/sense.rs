//! What `check` finds: planted faults told, near misses silent, and every finding true of random books.
//!
//! `SEGQL_LAWS=50000` is the long run of the law.

use std::path::Path;

use segql::engine::{Engine, Finding, FindingKind, OpenOptions, QueryOptions};
use segql::model::Diagnostic;

use crate::laws::env;
use crate::oracle::book::OracleBook;
use crate::random::book::random_book;
use crate::random::filter::FilterWriter;
use crate::{oracle, people, subject};

const NOW: i64 = 1_795_165_200_000_000;

fn found(engine: &Engine, dir: &Path, name: &str, text: &str, options: &QueryOptions) -> (Vec<Finding>, Vec<String>) {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    let checked = engine.check(&[path], options).unwrap();
    (checked.findings, checked.errors.iter().map(|it| it.message.clone()).collect())
}

/// `filter => message`, or `filter => ` for silence; worked out by hand.
#[test]
fn planted_faults_are_told_and_near_misses_not() {
    let dir = tempfile::tempdir().unwrap();
    people::book("people").write(dir.path());
    let engine = Engine::open(&dir.path().join("book"), &OpenOptions::default()).unwrap();
    let options = QueryOptions {
        now_us: Some(NOW),
        zone: Some("Asia/Jakarta".to_owned()),
        working_dir: Some(dir.path().to_owned()),
    };
    let mut wrong = Vec::new();
    let (mut n_faults, mut n_silent) = (0, 0);
    for line in include_str!("../golden/check/sense.txt").lines().filter(|it| !it.starts_with('#') && !it.is_empty()) {
        let (filter, wanted) = line.split_once(" =>").unwrap();
        let (findings, errors) = found(&engine, dir.path(), "one.txt", &format!("{filter};"), &options);
        assert_eq!(errors, Vec::<String>::new(), "{filter}");
        let told: Vec<String> = findings.iter().map(|it| with_help(&it.diagnostic)).collect();
        let told = told.join(" | ");
        if wanted.trim().is_empty() {
            n_silent += 1
        } else {
            n_faults += 1
        }
        if told != wanted.trim() {
            wrong.push(format!("{filter} => {told}\n   by hand: {}", wanted.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_faults >= 40 && n_silent >= 20, "{n_faults} faults, {n_silent} near misses");
}

fn with_help(told: &Diagnostic) -> String {
    std::iter::once(&told.message).chain(&told.help).map(String::as_str).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_finding_is_true_of_random_books() {
    let n_filters = env("SEGQL_LAWS").unwrap_or(5_000);
    let (mut n_found, mut wrong) = (0, Vec::new());
    for seed in 0..n_filters.div_ceil(50) {
        let book = random_book(9_000 + seed, 60);
        let oracle_book = OracleBook::read(&book.raw, Vec::new());
        let dir = tempfile::tempdir().unwrap();
        book.raw.write(dir.path());
        let engine = Engine::open(&dir.path().join("book"), &OpenOptions::default()).unwrap();
        for i in 0..50 {
            let mut writer = FilterWriter::new(seed * 1_000 + i, &oracle_book, book.now_us);
            let text = writer.sentence();
            let clock = writer.clock();
            let options =
                QueryOptions { now_us: Some(clock.now_us), zone: Some(clock.tz.name().to_owned()), working_dir: None };
            let (findings, errors) = found(&engine, dir.path(), "one.txt", &format!("{text};"), &options);
            assert!(errors.is_empty(), "{text}: {errors:?}");
            let people = |text: &str| {
                let query = subject::parse(text).unwrap();
                oracle::matches(&oracle_book, query.from.as_ref().map(|it| it.text.as_str()), &query.filter, &clock)
            };
            let all = people(&text);
            for finding in &findings {
                let (start, end) = (finding.span.start, finding.span.end);
                let same_with = |word: &str| people(&format!("{}{word}{}", &text[..start], &text[end..])) == all;
                n_found += 1;
                let holds = match &finding.kind {
                    FindingKind::Empty => all.is_empty(),
                    FindingKind::Never | FindingKind::AddsNobody => same_with("nobody"),
                    FindingKind::Everyone | FindingKind::Always | FindingKind::Implied => same_with("everyone"),
                    FindingKind::Same(_) | FindingKind::Contained(_) => false,
                    FindingKind::Absent | FindingKind::Undecided => true,
                };
                if !holds {
                    wrong.push(format!("book {seed}, filter {i}: {text}\n  {}", finding.diagnostic.message));
                }
            }
        }
    }
    println!("{n_found} findings in {n_filters} filters");
    assert!(wrong.is_empty(), "{} false alarms\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_found > n_filters / 50, "hardly anything is found: {n_found}");
}

#[test]
fn segments_are_held_against_each_other() {
    let dir = tempfile::tempdir().unwrap();
    people::book("people").write(dir.path());
    let engine = Engine::open(&dir.path().join("book"), &OpenOptions::default()).unwrap();
    let text = "segment grown: age >= 18;\nsegment adults: not (age < 18 or age is empty);\n\
                segment old: age > 60;\nsegment old_rich: @old and spend > 10;\n";
    let (findings, errors) = found(&engine, dir.path(), "more.seg", text, &QueryOptions::default());
    assert!(errors.is_empty(), "{errors:?}");
    let told: Vec<String> = findings.iter().map(|it| it.diagnostic.message.clone()).collect();
    assert_eq!(
        told,
        [
            "`adults` has the same people as @grown (by logic)",
            "everyone in `old` is in @grown too (by logic)",
            "everyone in `old` is in @adults too (by logic)",
            "everyone in `old_rich` is in @grown too (by logic)",
            "everyone in `old_rich` is in @adults too (by logic)",
        ]
    );
}

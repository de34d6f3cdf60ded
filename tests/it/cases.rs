//! The shared filter cases, in one process: counts and sets of people, with shards as shipped and of 1,024 rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use crate::oracle::book::OracleBook;
use crate::oracle::{self, OracleClock};
use crate::read;
use crate::subject::{self, Asked, Opened, Subject};

#[test]
fn demo_cases() {
    run("demo");
}

#[test]
fn cdnow_cases() {
    run("cdnow");
}

/// The oracle answers the shared cases as well: what it says of random books can be trusted as far.
#[test]
#[ignore = "minutes of scans row by row; for work on the oracle"]
fn oracle_answers_demo_cases() {
    ask_oracle("demo");
}

/// The same on the smaller book.
#[test]
#[ignore = "minutes of scans row by row; for work on the oracle"]
fn oracle_answers_cdnow_cases() {
    ask_oracle("cdnow");
}

fn ask_oracle(folder: &str) {
    let folder = shared().join(folder);
    let cases = fs::read_to_string(folder.join("cases.jsonl")).expect("the shared cases");
    let mut raw = read::read(&folder.join("book"));
    for path in ["lists/invited.csv", "../../lists/invited.csv"] {
        if let Ok(content) = fs::read_to_string(folder.join("lists/invited.csv")) {
            raw.lists.push((path.to_owned(), content));
        }
    }
    let definitions = subject::definitions(&raw.segments).expect("definitions");
    let book = OracleBook::read(&raw, definitions);
    let only = std::env::var("SEGQL_ONLY").unwrap_or_default();
    let failures = Mutex::new(Vec::new());
    let cases: Vec<serde_json::Value> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cases: Vec<_> =
        cases.iter().filter(|it| it["book"].is_null() && it["id"].as_str().unwrap().starts_with(&only)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let checked = catch_unwind(AssertUnwindSafe(|| check_oracle(&book, case)));
                    if let Err(why) = checked.unwrap_or_else(|_| Err("panicked".to_owned())) {
                        failures.lock().unwrap().push(format!("{}: {why}   {}", case["id"], case["dsl"]));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn check_oracle(book: &OracleBook, case: &serde_json::Value) -> Result<(), String> {
    let text = |key: &str| case[key].as_str().unwrap();
    let now = text("now").parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let clock = OracleClock { now_us: now.timestamp_micros(), tz: text("tz").parse().unwrap() };
    let query = subject::parse(text("dsl")).map_err(|all| format!("refused: {all:?}"))?;
    let from = query.from.as_ref().map(|it| it.text.as_str());
    let keys = oracle::matches(book, from, &query.filter, &clock);
    if digest(&keys) == text("emails_sha256") { Ok(()) } else { Err(format!("{} for {}", keys.len(), case["count"])) }
}

fn run(folder: &str) {
    let folder = shared().join(folder);
    let Ok(cases) = fs::read_to_string(folder.join("cases.jsonl")) else {
        println!("skipped: no cases at {}", folder.display());
        return;
    };
    let cases: Vec<serde_json::Value> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut failures = Vec::new();
    for shard_rows in [None, Some(1_024)] {
        let mut books: BTreeMap<String, Subject> = BTreeMap::new();
        for case in &cases {
            let book = case["book"].as_str().unwrap_or("book");
            let open = || Subject::open(&folder.join(book), Opened { shard_rows, ..Opened::default() });
            let subject = books.entry(book.to_owned()).or_insert_with(open);
            if let Err(why) = check(subject, case, &folder) {
                failures.push(format!("{} ({shard_rows:?}): {why}   {}", case["id"], case["dsl"]));
            }
        }
    }
    println!("{} cases of {}, {} failures", 2 * cases.len(), folder.display(), failures.len());
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

fn check(subject: &Subject, case: &serde_json::Value, folder: &Path) -> Result<(), String> {
    let text = |key: &str| case[key].as_str().unwrap();
    let now = text("now").parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let asked = Asked { now_us: now.timestamp_micros(), zone: text("tz").to_owned(), working_dir: folder.to_owned() };
    let answer = subject.ask(text("dsl"), &asked).map_err(|it| it.words())?;
    let wanted = case["count"].as_u64().unwrap();
    if answer.count != wanted {
        return Err(format!("count {}, expected {wanted}", answer.count));
    }
    if digest(&answer.keys) != text("emails_sha256") {
        return Err(format!("{} people, of whom {wanted} were expected, but others", answer.keys.len()));
    }
    if let Some(words) = case["stderr_any"].as_array() {
        let notes: String = answer.notes.iter().map(|it| it.message.to_lowercase() + &it.help.join(" ")).collect();
        if !words.iter().any(|it| notes.contains(&it.as_str().unwrap().to_lowercase())) {
            return Err(format!("no note says one of {words:?}: {notes}"));
        }
    }
    Ok(())
}

fn digest(keys: &[String]) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(keys.join("\n").as_bytes()) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

/// Where the shared data lies: beside the checkout, unless said.
pub fn shared() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    std::env::var_os("SEGQL_SHARED").map_or_else(beside, PathBuf::from)
}

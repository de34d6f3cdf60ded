//! Segments as files, night after night, with guard rails: what comes out empty or much changed is held back.
//!
//! ```sh
//! cargo run --example batch
//! ```
#![expect(clippy::print_stdout, reason = "what an example is for")]

use std::path::Path;

use segql::engine::batch::{BatchOptions, OutputFormat, RowFormat, RunReport, SegmentOptions, State, verify};
use segql::engine::{Engine, Error, OpenOptions, QueryOptions};
use segql::model::{Zone, parse_time};

fn main() -> Result<(), Error> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow");
    let engine = Engine::open(&book, &OpenOptions::default())?;
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let out = folder.path().join("out");

    // The first run has nothing to compare with.
    let mut options = BatchOptions {
        query: at("1998-05-01T00:00:00Z")?,
        defaults: SegmentOptions {
            columns: Some(vec!["email".to_owned(), "orders".to_owned(), "spent".to_owned()]),
            formats: Some(vec![OutputFormat::Rows(RowFormat::Parquet), OutputFormat::Rows(RowFormat::Csv)]),
            min_rows: Some(1),
            max_change_pct: Some(25.0),
            ..SegmentOptions::default()
        },
        ..BatchOptions::new(out.clone())
    };
    tell("the first night", &engine.run_batch(&options)?);

    // Two months later some have changed by more than a quarter. Their files stay as they were, the others are new.
    options.query = at("1998-07-01T00:00:00Z")?;
    let report = engine.run_batch(&options)?;
    tell("two months later", &report);
    let held_back: Vec<String> =
        report.outcomes.iter().filter(|it| it.entry.state == State::HeldBack).map(|it| it.entry.tag.clone()).collect();

    // Somebody has looked at them, and takes them as they are.
    options.only.clone_from(&held_back);
    options.accept = held_back;
    tell("accepted", &engine.run_batch(&options)?);

    // Whatever happened in between, the files are those of the manifest.
    let verified = verify(&out)?;
    assert!(verified.differences.is_empty(), "{:?}", verified.differences);
    println!("{} files are as the manifest says", verified.n_files);
    Ok(())
}

fn at(now: &str) -> Result<QueryOptions, Error> {
    Ok(QueryOptions { now_us: Some(parse_time(now, &Zone::utc())?), ..QueryOptions::default() })
}

fn tell(when: &str, report: &RunReport) {
    println!("{when}:");
    for outcome in &report.outcomes {
        let entry = &outcome.entry;
        let why = entry.error.as_deref().map_or_else(String::new, |it| format!(": {it}"));
        println!("  {:12} {:>6} people, {}{why}", entry.tag, entry.rows.unwrap_or(0), entry.state.words());
    }
}

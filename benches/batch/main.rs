//! Batches at a chosen size: counts of 1,000 saved segments, and how fast 100 of them become Parquet of e-mails.
//!
//! ```sh
//! SEGQL_BENCH_CONTACTS=10000000 cargo bench --bench batch
//! ```
//!
//! Not a bench of criterion: a run writes gigabytes, and what counts beside the time is the memory. The book is made once,
//! as for the other benches; the segments lie beside it, so that `segql segments` and `segql run` can be asked the same.

mod set21;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::time::Instant;

use segql::engine::batch::{BatchOptions, SegmentOptions};
use segql::engine::{Engine, Error, ImageUse, OpenOptions, QueryOptions};

const SEED: u64 = 1;
/// 2026-11-20T09:00:00Z
const NOW_US: i64 = 1_795_165_200_000_000;
/// Timed runs, after one that isn't.
const RUNS: usize = 5;
const MATERIALIZED: usize = 100;
/// Rows that these have at most, for each contact of the book.
const ROWS_A_CONTACT: u64 = 10;

fn main() -> Result<(), Error> {
    let n_contacts = support::n_contacts();
    let book = support::book(n_contacts);
    let beside = book.with_extension("set21");
    let options = OpenOptions {
        threads: std::env::var("SEGQL_BENCH_THREADS").ok().and_then(|it| it.parse().ok()),
        image: ImageUse::Never,
        segments: Some(saved(&beside)),
        ..OpenOptions::default()
    };
    let started = Instant::now();
    let engine = Engine::open(&book, &options)?;
    let loaded = memory("VmRSS:");
    say(&format!("{n_contacts} contacts, loaded in {:.2} s, {}", started.elapsed().as_secs_f64(), megabytes(loaded)));

    let query = QueryOptions { now_us: Some(NOW_US), ..QueryOptions::default() };
    let counts = counted(&engine, &query)?;
    let people: u64 = counts.iter().map(|it| it.1).sum();
    reset_peak();
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        let again = counted(&engine, &query)?;
        times.push(started.elapsed().as_secs_f64());
        assert_eq!(again, counts, "two runs count the same");
    }
    times.sort_by(f64::total_cmp);
    say(&format!(
        "{} segments of {people} people in all: counts in {:.3} s (median of {RUNS}; {:.3} to {:.3}), {}",
        counts.len(),
        times[RUNS / 2],
        times[0],
        times[RUNS - 1],
        against(memory("VmHWM:"), loaded),
    ));

    let chosen = chosen(&counts, ROWS_A_CONTACT * n_contacts);
    let rows: u64 = chosen.iter().map(|it| it.1).sum();
    reset_peak();
    let out = beside.join("out");
    // What an earlier run left is as it would be replaced: not measured.
    if out.exists() {
        std::fs::remove_dir_all(&out).expect("the old outputs are removed");
    }
    let batch = BatchOptions {
        query,
        only: chosen.iter().map(|it| it.0.clone()).collect(),
        defaults: SegmentOptions { columns: Some(vec!["email".to_owned()]), ..SegmentOptions::default() },
        ..BatchOptions::new(out)
    };
    let started = Instant::now();
    let report = engine.run_batch(&batch)?;
    let elapsed = started.elapsed().as_secs_f64();
    assert!(report.committed, "every segment is written");
    let written: u64 = report.outcomes.iter().filter_map(|it| it.entry.rows).sum();
    let bytes: u64 = report.outcomes.iter().flat_map(|it| &it.entry.files).map(|it| it.bytes).sum();
    assert_eq!(written, rows, "the files have the rows that were counted");
    say(&format!(
        "{} segments as Parquet of e-mails: {rows} rows, {:.0} MB in {elapsed:.2} s: {:.2} M rows a second, {}",
        chosen.len(),
        bytes as f64 / 1e6,
        rows as f64 / elapsed / 1e6,
        against(memory("VmHWM:"), loaded),
    ));
    Ok(())
}

/// The folder of the definitions, written if they aren't there as they should be.
fn saved(beside: &Path) -> PathBuf {
    let (folder, text) = (beside.join("segments"), set21::definitions(SEED));
    let file = folder.join("set21.seg");
    if std::fs::read_to_string(&file).is_ok_and(|it| it == text) {
        return folder;
    }
    std::fs::create_dir_all(&folder).expect("the folder is made");
    std::fs::write(&file, text).expect("the definitions are written");
    folder
}

/// Each segment with its count.
fn counted(engine: &Engine, query: &QueryOptions) -> Result<Vec<(String, u64)>, Error> {
    let segments = engine.count_segments(query)?;
    assert_eq!(segments.len(), set21::N_SEGMENTS, "all are read");
    segments.into_iter().map(|it| Ok((it.tag.unwrap_or_default(), it.counts?.0))).collect()
}

/// The largest segments that have no more rows together.
fn chosen(counts: &[(String, u64)], most: u64) -> Vec<(String, u64)> {
    let mut by_size = counts.to_vec();
    by_size.sort_by_key(|it| std::cmp::Reverse(it.1));
    let fitting = by_size.windows(MATERIALIZED).find(|it| it.iter().map(|it| it.1).sum::<u64>() <= most);
    fitting.unwrap_or(&by_size[by_size.len() - MATERIALIZED..]).to_vec()
}

/// A figure of this process from the system, in bytes; 0 where there is no such file.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|it| it.strip_prefix(line)).and_then(|it| it.trim().strip_suffix("kB"));
    value.and_then(|it| it.trim().parse::<u64>().ok()).map_or(0, |it| it * 1024)
}

/// The peak counts from here; where the system has no such file it stays that of the whole process.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}

fn against(peak: u64, loaded: u64) -> String {
    format!("peak {} ({:.2} times the loaded book)", megabytes(peak), peak as f64 / loaded.max(1) as f64)
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn say(line: &str) {
    println!("{line}");
}

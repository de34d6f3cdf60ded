//! Good books, damaged: every one is answered with an error or a book, and with a manifest none is read with other content.
//!
//! `SEGQL_MUTATIONS=20000` goes on for longer, `SEGQL_MUTATIONS_SEED=7` elsewhere; `tests/faults/mutations.py` does both, under
//! a memory limit.

use std::fs;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use segql::engine::{Engine, ImageUse, Limits, OpenOptions, QueryOptions, inspect, write_manifest};
use segql::write::{GenerateOptions, generate};
use tempfile::TempDir;

use crate::random::book::random_book;

/// A book, and its files as they were.
struct Good {
    _dir: TempDir,
    path: PathBuf,
    files: Vec<(String, Vec<u8>)>,
    manifest: Vec<u8>,
    answer: String,
}

impl Good {
    fn new(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("book");
        match name {
            "generated" => {
                let options = GenerateOptions { contacts: 200, seed: 1, threads: NonZeroUsize::new(1) };
                generate(&path, &options, &|_| ControlFlow::Continue(())).unwrap();
            }
            "orders" => {
                fs::create_dir(&path).unwrap();
                for file in ["contacts.parquet", "activity.parquet"] {
                    fs::copy(Path::new("data/cdnow").join(file), path.join(file)).unwrap();
                }
            }
            _ => random_book(5, 80).raw.write(dir.path()),
        }
        let files = parquet_files(&path);
        let answer = answer(&path).unwrap();
        let manifest = write_manifest(&path, Limits::default()).unwrap().json;
        Self { _dir: dir, path, files, manifest, answer }
    }
}

/// The data files of a book: their paths within it, and what they hold.
fn parquet_files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(|it| it.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        if entry.is_dir() {
            let inner = parquet_files(&entry).into_iter();
            files.extend(inner.map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else if name.ends_with(".parquet") {
            files.push((name, fs::read(entry).unwrap()));
        }
    }
    files.sort();
    files
}

/// What a book holds, by the look of it: of every column its kind, range and distinct values, and some counts.
fn answer(path: &Path) -> Result<String, String> {
    let options = OpenOptions { image: ImageUse::Never, threads: Some(1), ..OpenOptions::default() };
    let engine = Engine::open(path, &options).map_err(|it| it.to_string())?;
    let clock = QueryOptions { now_us: Some(900_000_000_000_000), ..QueryOptions::default() };
    let count = |text: &str| engine.prepare(text, &clock).and_then(|it| engine.count(&it)).map_err(|it| it.to_string());
    let counts = ["email contains \"a\" or name is empty", "did purchase at least 2 times", "label = vip"].map(count);
    Ok(format!("{:?} {counts:?} {:?}", inspect(&engine), engine.book().irregularities))
}

/// A file with some bits flipped, cut, or with zeros in it. Every second time near its end, where the footer is.
fn damaged(bytes: &[u8], rng: &mut ChaCha8Rng) -> (String, Vec<u8>) {
    let mut bytes = bytes.to_vec();
    let n = bytes.len();
    let from = if rng.random_bool(0.5) { n.saturating_sub(2_000) } else { 0 };
    let at = rng.random_range(from..n);
    let how = match rng.random_range(0..3) {
        0 => {
            let n_flips = rng.random_range(1..=3);
            for _ in 0..n_flips {
                let at = rng.random_range(from..n);
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
            format!("{n_flips} bits flipped")
        }
        1 => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
        _ => {
            let end = (at + rng.random_range(1..64)).min(n);
            bytes[at..end].fill(0);
            format!("zeros from {at} to {end}")
        }
    };
    (how, bytes)
}

#[derive(Default)]
struct Tally {
    refused: u64,
    same: u64,
    other: u64,
    slowest: Duration,
}

#[test]
fn a_damaged_book_is_an_error_or_a_book() {
    let n: u64 = std::env::var("SEGQL_MUTATIONS").ok().and_then(|it| it.parse().ok()).unwrap_or(300);
    let seed: u64 = std::env::var("SEGQL_MUTATIONS_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(1);
    let books = ["generated", "orders", "random"].map(Good::new);
    let mut tally = Tally::default();
    for i in 0..n {
        let mut rng = ChaCha8Rng::seed_from_u64(seed * 1_000_000 + i);
        let book = &books[(i % 3) as usize];
        let (name, original) = &book.files[rng.random_range(0..book.files.len())];
        let (how, bytes) = damaged(original, &mut rng);
        if bytes == *original {
            continue;
        }
        let what = format!("seed {seed}, {i}: {name}, {how}");
        let manifest = book.path.join("manifest.json");
        fs::write(&manifest, &book.manifest).unwrap();
        fs::write(book.path.join(name), &bytes).unwrap();
        let checked =
            catch_unwind(AssertUnwindSafe(|| answer(&book.path))).unwrap_or_else(|_| panic!("{what}: a panic"));
        let error = checked.err().unwrap_or_else(|| panic!("{what}: read in spite of the manifest"));
        assert!(error.contains(name.as_str()), "{what}: the error doesn't name the file: {error}");
        fs::remove_file(&manifest).unwrap();
        let start = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| answer(&book.path))).unwrap_or_else(|_| panic!("{what}: a panic"));
        tally.slowest = tally.slowest.max(start.elapsed());
        match read {
            Err(_) => tally.refused += 1,
            Ok(answer) if answer == book.answer => tally.same += 1,
            Ok(_) => tally.other += 1,
        }
        fs::write(book.path.join(name), original).unwrap();
    }
    let Tally { refused, same, other, slowest } = tally;
    println!(
        "{n} mutations: {refused} refused, {same} read the same, {other} read with other content; with a manifest 0; \
         slowest {} ms",
        slowest.as_millis()
    );
    // The mutations hit something, and not only what stops a load.
    assert!(refused > n / 4 && same + other > n / 20, "{refused} refused of {n}");
}

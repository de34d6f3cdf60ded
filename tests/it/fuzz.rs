//! The corpus of the fuzz targets: seeds, and what was once found, run as ordinary tests.
//!
//! `tests/fuzz/run.py` fuzzes.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[path = "../fuzz/targets/mod.rs"]
mod targets;

fn corpus(target: &str) -> PathBuf {
    Path::new("tests/fuzz/corpus").join(target)
}

#[test]
fn the_corpus_is_answered() {
    for (name, target) in targets::ALL {
        let mut files: Vec<PathBuf> = fs::read_dir(corpus(name)).unwrap().map(|it| it.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no seeds");
        for file in &files {
            let bytes = fs::read(file).unwrap();
            let done = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
            assert!(done.is_ok(), "{}", file.display());
        }
        println!("{name}: {} files", files.len());
    }
}

/// What goldens ask, as whole texts and cut at each character: nothing there panics, and what is read is printed as the same.
#[test]
fn goldens_are_answered_however_they_are_cut() {
    for folder in ["syntax", "errors", "convert", "fmt"] {
        for file in fs::read_dir(Path::new("tests/golden").join(folder)).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            for query in text.lines().filter_map(|it| it.strip_prefix("query  ")) {
                let ends = query.char_indices().map(|it| it.0).chain([query.len()]);
                for end in ends {
                    targets::parser(&query.as_bytes()[..end]);
                }
                targets::tree(query.as_bytes());
                targets::segments(format!("segment x: {query};").as_bytes());
            }
        }
    }
}

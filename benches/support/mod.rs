//! What the benches share: a generated book of a fixed seed, made once.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use segql::write::{GenerateOptions, generate};

/// Contacts of the book that is measured: `SEGQL_BENCH_CONTACTS`, else 100,000.
pub fn n_contacts() -> u64 {
    std::env::var("SEGQL_BENCH_CONTACTS").ok().and_then(|it| it.parse().ok()).unwrap_or(100_000)
}

/// The book of so many contacts, under the target directory.
pub fn book(n_contacts: u64) -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join("books").join(n_contacts.to_string());
    if !dir.exists() {
        generate(&dir, &GenerateOptions { contacts: n_contacts, seed: 1, threads: None }, &|_| {
            ControlFlow::Continue(())
        })
        .expect("the book is made");
    }
    dir
}

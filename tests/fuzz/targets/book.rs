//! Files of a book: any bytes in the place of one are an error that names the file, or a book that can be asked.

use std::fs;
use std::path::Path;

use segql::engine::{Engine, ImageUse, Limits, OpenOptions, QueryOptions, inspect};
use tempfile::TempDir;

use crate::raw::{Phys, RawBook, RawTable};
use crate::value::V;

/// What one input may take is little, so that many have a turn.
const LIMITS: Limits =
    Limits { footer_bytes: 1 << 20, page_bytes: 4 << 20, bytes_per_byte: 1_000, rows_per_byte: 4_000 };

/// Where the bytes go: the file, and whether it is the book's only one of contacts.
const PLACES: [&str; 5] =
    ["contacts/part-1.parquet", "activity.parquet", "visitors.parquet", "book.toml", "manifest.json"];

thread_local! {
    static GOOD: TempDir = good();
}

/// A book with one contact in a part of its own, so that the columns of another are all read.
fn good() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let contacts = RawTable::one(&[("email", Phys::Text)], vec![vec![V::text("ana@x.example")]]);
    RawBook { zone: "UTC".to_owned(), contacts, ..RawBook::default() }.write(dir.path());
    let book = dir.path().join("book");
    fs::create_dir(book.join("contacts")).unwrap();
    fs::rename(book.join("contacts.parquet"), book.join("contacts/part-0.parquet")).unwrap();
    fs::remove_file(book.join("book.toml")).unwrap();
    dir
}

/// Which file, then its bytes.
pub fn book(data: &[u8]) {
    let Some((place, bytes)) = data.split_first() else { return };
    let place = PLACES[usize::from(*place) % PLACES.len()];
    GOOD.with(|dir| {
        let book = dir.path().join("book");
        let path = book.join(place);
        fs::write(&path, bytes).unwrap();
        ask(&book, place);
        fs::remove_file(&path).unwrap();
    });
}

fn ask(book: &Path, place: &str) {
    let options = OpenOptions { image: ImageUse::Never, threads: Some(1), limits: LIMITS, ..OpenOptions::default() };
    let engine = match Engine::open(book, &options) {
        Ok(engine) => engine,
        Err(error) => {
            let words = error.to_string();
            // What settings and manifests say may be wrong of the contacts; a book too large is no file's fault.
            let part = if place.ends_with(".parquet") { place.split(['/', '.']).next().unwrap_or(place) } else { "" };
            assert!(words.contains(part) || words.contains("--max-memory"), "the file isn't named: {words}");
            assert_eq!(error.exit_code(), 4, "{words}");
            return;
        }
    };
    let report = inspect(&engine);
    assert!(!format!("{report:?}").is_empty());
    let options = QueryOptions { now_us: Some(1_760_000_000_000_000), ..QueryOptions::default() };
    for text in ["everyone", "did purchase", "email contains \"a\" and not name is empty", "push granted"] {
        if let Ok(query) = engine.prepare(text, &options) {
            engine.keys(&query).unwrap();
        }
    }
}

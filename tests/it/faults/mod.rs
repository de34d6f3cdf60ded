//! Every fault that `docs/faults.md` lists and no other test shows: of files, of the machine; and that the list is true.

mod files;
#[cfg(all(unix, feature = "cli"))]
mod machine;
mod table;
mod values;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use segql::engine::{Engine, Error, ImageUse, OpenOptions, QueryOptions};

/// Writes a Parquet file of some columns, in row groups of so many rows.
fn write(dir: &Path, name: &str, columns: Vec<(&str, ArrayRef)>, group_rows: usize) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts<T: AsRef<str>>(values: &[T]) -> ArrayRef {
    Arc::new(values.iter().map(|it| Some(it.as_ref())).collect::<StringArray>())
}

/// So many e-mails.
fn emails(n: usize) -> ArrayRef {
    texts(&(0..n).map(|it| format!("c{it:06}@x.example")).collect::<Vec<_>>())
}

fn open(dir: &Path) -> Result<Engine, Error> {
    Engine::open(dir, &OpenOptions { image: ImageUse::Never, ..OpenOptions::default() })
}

/// How many match, on 1 January 2026 in UTC.
#[track_caller]
fn count(engine: &Engine, text: &str) -> u64 {
    let options = QueryOptions { now_us: Some(1_767_225_600_000_000), ..QueryOptions::default() };
    let query = engine.prepare(text, &options).unwrap_or_else(|error| panic!("{text}: {error}"));
    engine.count(&query).unwrap()
}

/// The error of opening a book: the book's fault, with these words.
#[track_caller]
fn refused(dir: &Path, words: &[&str]) {
    let error = open(dir).err().expect("an error");
    let text = error.to_string();
    assert!(words.iter().all(|it| text.contains(it)), "{words:?} in `{text}`");
    assert_eq!(error.exit_code(), 4, "{text}");
}

/// What of a book was irregular, in words.
fn told(engine: &Engine) -> String {
    engine.book().irregularities.iter().map(|it| format!("{it}\n")).collect()
}

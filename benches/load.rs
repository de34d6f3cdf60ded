//! Floor `load`: a book from its files, against decoding the same columns alone.
//!
//! `load/decode` reads every column of every file with the same crate and threads and drops it;
//! `load/book` is the whole load, or the start from an image. The ratio of load and decoding is what a load costs over it.

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;
use segql::engine::{Engine, ImageUse, OpenOptions};

fn load(c: &mut Criterion) {
    let n_contacts = support::n_contacts();
    let dir = support::book(n_contacts);
    let mut group = c.benchmark_group("load");
    group.sample_size(10).throughput(Throughput::Elements(n_contacts));
    let files = data_files(&dir);
    group.bench_function(BenchmarkId::new("decode/all_columns", n_contacts), |b| b.iter(|| decode(&files)));
    group.bench_function(BenchmarkId::new("book/no_image", n_contacts), |b| {
        b.iter(|| open(&dir, ImageUse::Never, n_contacts));
    });
    open(&dir, ImageUse::Always, n_contacts);
    group.bench_function(BenchmarkId::new("book/from_image", n_contacts), |b| {
        b.iter(|| open(&dir, ImageUse::WhereWorth, n_contacts));
    });
    group.finish();
}

fn open(dir: &Path, image: ImageUse, n_contacts: u64) -> Engine {
    let options = OpenOptions { image, ..OpenOptions::default() };
    let engine = Engine::open(dir, &options).expect("the generated book loads");
    assert_eq!(u64::from(engine.book().contacts.layout.n_rows()), n_contacts);
    engine
}

/// Reads every row group of every file, in parallel, and keeps nothing.
fn decode(files: &[PathBuf]) -> usize {
    let open = |path: &Path| {
        ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("the file opens")).expect("it is Parquet")
    };
    let groups: Vec<(&PathBuf, usize)> = files
        .iter()
        .flat_map(|path| (0..open(path).metadata().num_row_groups()).map(move |group| (path, group)))
        .collect();
    groups
        .par_iter()
        .map(|(path, group)| {
            let reader = open(path).with_row_groups(vec![*group]).with_batch_size(65_536).build().expect("it is read");
            reader.map(|batch| batch.expect("it decodes").num_rows()).sum::<usize>()
        })
        .sum()
}

fn data_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("the book's directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(data_files(&path));
        } else if path.extension().is_some_and(|it| it == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    files
}

criterion_group!(benches, load);
criterion_main!(benches);

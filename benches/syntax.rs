//! Floor `syntax`: text to tree, and back.

#[path = "support/sentences.rs"]
mod sentences;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segql::model::SourceId;
use segql::syntax::{parse, print};
use sentences::{NESTED, chain};

fn syntax(c: &mut Criterion) {
    let mut group = c.benchmark_group("syntax/parse");
    let chain = chain();
    let deep = format!("{}everyone{}", "(".repeat(64), ")".repeat(64));
    for (shape, text) in [("nested", NESTED), ("chain_1000", &chain), ("deep_64", &deep)] {
        assert!(parse(text, SourceId::QUERY).is_ok());
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new(shape, text.len()), |b| b.iter(|| parse(text, SourceId::QUERY)));
    }
    group.finish();
    let query = parse(NESTED, SourceId::QUERY).expect("it is right");
    let mut group = c.benchmark_group("syntax/print");
    group.bench_function(BenchmarkId::new("nested", NESTED.len()), |b| b.iter(|| print(&query)));
    group.finish();
}

criterion_group!(benches, syntax);
criterion_main!(benches);

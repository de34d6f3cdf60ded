//! Floor `exec`: counting prepared filters over a whole book.

mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segql::engine::{Engine, OpenOptions, QueryOptions};

fn exec(c: &mut Criterion) {
    let n_contacts = support::n_contacts();
    let engine = Engine::open(&support::book(n_contacts), &OpenOptions::default()).expect("the generated book loads");
    let options = QueryOptions { now_us: Some(1_795_165_200_000_000), ..QueryOptions::default() };
    let mut group = c.benchmark_group("exec/count");
    group.throughput(Throughput::Elements(n_contacts));
    for (shape, text) in [
        ("dense_x_sparse", "status = active and label = label_50"),
        ("range_scan", "status = active and last_open before 2026-02-08"),
        ("text_contains", "status = active and city contains \"jakarta\""),
        ("records_window", "did purchase at least 3 times in last 90 days where amount > 50"),
        ("sequence", "did email_open then purchase within 7 days"),
    ] {
        let query = engine.prepare(text, &options).expect("it is right");
        assert_eq!(engine.count(&query).expect("runs"), engine.keys(&query).expect("runs").len() as u64);
        group.bench_function(BenchmarkId::new(shape, n_contacts), |b| b.iter(|| engine.count(&query)));
    }
    group.finish();
}

criterion_group!(benches, exec);
criterion_main!(benches);

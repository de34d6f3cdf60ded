//! Floor `plan`: tree to plan, against a book.

mod support;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use segql::engine::{Engine, OpenOptions, QueryOptions};

fn plan(c: &mut Criterion) {
    let n_contacts = support::n_contacts();
    let engine = Engine::open(&support::book(n_contacts), &OpenOptions::default()).expect("the generated book loads");
    let options = QueryOptions { now_us: Some(1_795_165_200_000_000), ..QueryOptions::default() };
    let mut group = c.benchmark_group("plan/prepare");
    for (shape, text) in [
        ("two_conditions", "status = active and label = label_3"),
        ("windows", "last_open in last 30 days and birthday anniversary in next 7 days"),
        ("records", "did purchase at least 3 times in last 90 days where amount > 50"),
    ] {
        group.bench_function(BenchmarkId::new(shape, n_contacts), |b| {
            b.iter(|| engine.prepare(text, &options).expect("it is right"));
        });
    }
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);

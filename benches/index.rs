//! Floor `index`: look-ups in one shard.

#[path = "support/shards.rs"]
mod shards;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use shards::{N_ROWS, scrambled};

fn index(c: &mut Criterion) {
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Elements(u64::from(N_ROWS)));
    for (width, modulus) in [("u8", 200), ("u16", 50_000), ("u32", 10_000_000)] {
        let (shard, half) = shards::numbers(modulus);
        let expected = (0..N_ROWS).filter(|row| scrambled(*row) % modulus <= modulus / 2).count() as u64;
        assert_eq!(shard.select(&half).len(N_ROWS), expected);
        group.bench_function(BenchmarkId::new(format!("number_select/{width}"), N_ROWS), |b| {
            b.iter(|| shard.select(&half))
        });
    }
    for n_values in [50, 50_000] {
        let (shard, wanted) = shards::texts(n_values);
        group.bench_function(BenchmarkId::new(format!("text_select/{n_values}_values"), N_ROWS), |b| {
            b.iter(|| shard.select(&wanted));
        });
    }
    group.finish();
}

criterion_group!(benches, index);
criterion_main!(benches);

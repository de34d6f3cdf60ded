//! Floor `index`: look-ups in one shard.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segql::index::{CodeSet, DictionaryBuilder, NumberShard, TextAccess, TextShard};
use segql::model::Ranges;

const N_ROWS: u32 = 1 << 16;

/// A fixed sequence without a pattern that a zone could use.
fn scrambled(row: u32) -> i64 {
    i64::from(row.wrapping_mul(2_654_435_761) >> 8)
}

fn index(c: &mut Criterion) {
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Elements(u64::from(N_ROWS)));
    for (width, modulus) in [("u8", 200), ("u16", 50_000), ("u32", 10_000_000)] {
        let shard = NumberShard::build((0..N_ROWS).map(|row| Some(scrambled(row) % modulus)));
        let half = Ranges::between(0, modulus / 2);
        let expected = (0..N_ROWS).filter(|row| scrambled(*row) % modulus <= modulus / 2).count() as u64;
        assert_eq!(shard.select(&half).len(N_ROWS), expected);
        group.bench_function(BenchmarkId::new(format!("number_select/{width}"), N_ROWS), |b| {
            b.iter(|| shard.select(&half))
        });
    }
    for n_values in [50_u32, 50_000] {
        let mut dictionary = DictionaryBuilder::default();
        for value in 0..n_values {
            dictionary.code(&format!("value {value}"));
        }
        let dictionary = dictionary.build();
        let codes = (0..N_ROWS).map(|row| Some(scrambled(row) as u32 % n_values));
        let shard = TextShard::build(codes, n_values as usize, TextAccess::usual(n_values as usize));
        let wanted = CodeSet::of(&dictionary, |text, _| text.ends_with('7'));
        group.bench_function(BenchmarkId::new(format!("text_select/{n_values}_values"), N_ROWS), |b| {
            b.iter(|| shard.select(&wanted));
        });
    }
    group.finish();
}

criterion_group!(benches, index);
criterion_main!(benches);

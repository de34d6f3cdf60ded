//! Floor `exec`: counting prepared filters over a whole book.
//!
//! `exec/floor/three_dense` is what `exec/count/three_dense` is held against: as many bits in plain words, and-ed and counted by
//! one thread.

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
        ("three_dense", "status = active and push_opt_in and not lost"),
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

    let words = |seed: u64| -> Vec<u64> {
        (0..n_contacts.div_ceil(64)).map(|at| (at ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)).collect()
    };
    let [first, second, third] = [1, 2, 3].map(words);
    let mut group = c.benchmark_group("exec/floor");
    group.throughput(Throughput::Elements(n_contacts));
    group.bench_function(BenchmarkId::new("three_dense", n_contacts), |bench| {
        bench.iter(|| and_popcount(&first, &second, &third))
    });
    group.finish();
}

/// Bits that are set in all three.
fn and_popcount(a: &[u64], b: &[u64], c: &[u64]) -> u64 {
    #[inline(always)]
    fn portable(a: &[u64], b: &[u64], c: &[u64]) -> u64 {
        a.iter().zip(b).zip(c).map(|((a, b), c)| u64::from((a & b & c).count_ones())).sum()
    }
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
        #[target_feature(enable = "avx2,popcnt")]
        fn with_avx2(a: &[u64], b: &[u64], c: &[u64]) -> u64 {
            portable(a, b, c)
        }
        #[expect(unsafe_code, reason = "a function made for a processor is called after asking whether this is one")]
        // SAFETY: what the function needs was just found to be there.
        return unsafe { with_avx2(a, b, c) };
    }
    portable(a, b, c)
}

criterion_group!(benches, exec);
criterion_main!(benches);

//! The desk's promise: how soon each beginning of a sentence is answered while it is typed.
//!
//! `SEGQL_BENCH_CONTACTS=10000000 cargo bench --bench glance` types every sentence of `set.seg` and `typed.seg` key by key and
//! asks at each stroke what the desk asks, once. Not criterion's: what counts is the share of strokes that are
//! answered in time, the first time.

#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

mod support;

use std::time::{Duration, Instant};

use segql::engine::{Engine, Glance, OpenOptions, QueryOptions};

/// From key stroke to answer, and what the desk keeps of it for painting.
const BUDGET: Duration = Duration::from_millis(30);
const RESERVE: Duration = Duration::from_millis(5);

fn main() {
    let n_contacts = support::n_contacts();
    let engine = Engine::open(&support::book(n_contacts), &OpenOptions::default()).expect("the generated book loads");
    let options = QueryOptions { now_us: Some(1_795_165_200_000_000), ..QueryOptions::default() };
    let sentences = sentences(include_str!("set.seg")).chain(sentences(include_str!("typed.seg")));
    let (mut times, mut slowest, mut n_sentences) = (Vec::new(), Vec::new(), 0);
    for sentence in sentences {
        let (mut longest, mut n_late) = (Duration::ZERO, 0);
        for (end, c) in sentence.char_indices() {
            let text = &sentence[..end + c.len_utf8()];
            let start = Instant::now();
            let glance = engine.glance(text, &options, start + Duration::from_secs(10)).expect("a zone that is one");
            let took = start.elapsed();
            times.push(took);
            longest = longest.max(took);
            n_late += usize::from(took > BUDGET - RESERVE);
            if text == sentence {
                assert!(matches!(glance, Glance::Whole(_)), "{sentence}: {glance:?}");
            }
        }
        slowest.push((n_late, longest, sentence));
        n_sentences += 1;
    }
    times.sort_unstable();
    slowest.sort_unstable_by(|a, b| b.cmp(a));
    let in_time = times.partition_point(|it| *it <= BUDGET - RESERVE);
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{n_contacts} contacts, {n_sentences} sentences, {} key strokes: {:.1} % answered within {} ms ({} ms with painting)",
        times.len(),
        in_time as f64 * 100.0 / times.len() as f64,
        (BUDGET - RESERVE).as_millis(),
        BUDGET.as_millis(),
    );
    println!("median {:.2} ms, p95 {:.2} ms, p99 {:.2} ms", at(50), at(95), at(99));
    for (n_late, took, sentence) in slowest.iter().filter(|it| it.0 > 0) {
        println!(
            "{n_late:4} late, {:8.2} ms at most: {}",
            took.as_secs_f64() * 1e3,
            sentence.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
}

/// The sentences of a file, comments left out.
fn sentences(text: &str) -> impl Iterator<Item = String> {
    let lines: Vec<&str> = text.lines().filter(|it| !it.starts_with('#')).collect();
    let sentences: Vec<String> = lines.join("\n").split(';').map(|it| it.trim().to_owned()).collect();
    sentences.into_iter().filter(|it| !it.is_empty())
}

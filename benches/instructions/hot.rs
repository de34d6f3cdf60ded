//! What is done most often, floor by floor, once each; `run.py` has it counted.

use std::hint::black_box;

use gungraun::prelude::*;
use segql::engine::{Engine, Prepared};
use segql::exec::{self, Cancel};
use segql::index::{CodeSet, NumberShard, TextShard};
use segql::model::{Ranges, RowSet, SourceId};
use segql::syntax;
use segql::syntax::ast::Query;
use segql_instructions::{N_ROWS, NESTED, asked, book, chain, numbers, options, texts, tree, two_sets};

#[library_benchmark]
#[bench::nested(NESTED)]
#[bench::chain_1000(chain())]
fn parse(text: &'static str) -> bool {
    black_box(syntax::parse(black_box(text), SourceId::QUERY)).is_ok()
}

#[library_benchmark]
#[bench::nested(tree(NESTED))]
fn print(tree: &'static Query) -> String {
    black_box(syntax::print(black_box(tree)))
}

#[library_benchmark]
#[bench::one_byte(numbers(200))]
#[bench::two_bytes(numbers(50_000))]
#[bench::three_bytes(numbers(10_000_000))]
fn number_select(asked: &'static (NumberShard, Ranges<i64>)) -> u64 {
    let (shard, half) = asked;
    black_box(shard.select(black_box(half))).len(N_ROWS)
}

#[library_benchmark]
#[bench::of_50(texts(50))]
#[bench::of_50000(texts(50_000))]
fn text_select(asked: &'static (TextShard, CodeSet)) -> u64 {
    let (shard, wanted) = asked;
    black_box(shard.select(black_box(wanted))).len(N_ROWS)
}

#[library_benchmark]
#[bench::dense(two_sets(3))]
#[bench::sparse(two_sets(1_000))]
fn intersect(sets: &'static (RowSet, RowSet)) -> u64 {
    let (a, b) = sets;
    black_box(black_box(a).intersect(black_box(b))).len()
}

#[library_benchmark]
#[bench::records(book())]
fn prepare(engine: &'static Engine) -> bool {
    let text = "did purchase at least 3 times in last 90 days where amount > 50";
    black_box(engine.prepare(black_box(text), &options())).is_ok()
}

#[library_benchmark]
#[bench::range(asked("orders >= 3 and spent between 50 and 500"))]
#[bench::records(asked("did purchase at least 3 times in last 365 days where amount > 20"))]
#[bench::total(asked("sum(purchase.amount in last 365 days) >= 100"))]
#[bench::sequence(asked("did purchase then purchase within 30 days"))]
fn count(asked: &'static (&'static Engine, Prepared)) -> u64 {
    let (engine, query) = asked;
    let counted = exec::count(engine.book(), query.universe, &query.filter, &query.clock, &Cancel::new());
    black_box(counted).expect("it runs")
}

library_benchmark_group!(
    name = hot,
    benchmarks = [parse, print, number_select, text_select, intersect, prepare, count]
);
main!(library_benchmark_groups = hot);

//! Runs over small books made by hand.

mod insight;
mod laws;
mod records;
mod sample_book;
mod steps;

use super::{Cancel, count, run};
use crate::book::{Book, Universe};
use crate::model::{Clock, Zone};
use crate::plan::Plan;

/// 2026-11-20T09:00:00Z
const NOW_US: i64 = 1_795_165_200_000_000;

fn clock() -> Clock {
    Clock::new(NOW_US, Zone::named("Asia/Jakarta").unwrap())
}

/// The contacts that pass; the count must agree.
fn rows(book: &Book, plan: &Plan) -> Vec<u32> {
    let (clock, cancel) = (clock(), Cancel::new());
    let rows = run(book, Universe::Contacts, plan, &clock, &cancel).unwrap();
    assert_eq!(count(book, Universe::Contacts, plan, &clock, &cancel).unwrap(), rows.len());
    rows.iter().collect()
}

/// How often a law is tried: `usual`, or as many more or fewer as `SEGQL_LAWS` has filters than 10,000.
fn rounds(usual: u64) -> u64 {
    let n_filters = std::env::var("SEGQL_LAWS").ok().and_then(|it| it.parse::<u64>().ok()).unwrap_or(10_000);
    (usual * n_filters / 10_000).max(usual / 10)
}

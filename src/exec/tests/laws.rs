//! Laws: a run finds what a naive look at every row finds, whatever the plan.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::sample_book::{Values, book, column, kind};
use super::{clock, rounds, rows};
use crate::book::{Book, FieldType, Layout, Table, Universe};
use crate::exec::{Answered, Batched, Cancel, answer, cell, count_all, run_all};
use crate::model::{Cell, NumberKind, Ranges, RowSet, STAGES, fold};
use crate::plan::{Answer, FieldRef, GroupBy, Measure, Plan, Predicate, Prepared, Records, TextTest};
use crate::syntax::ast::CompareOp;

const N: usize = 3_000;
const CITIES: Range<u32> = 0..600;

/// A book of random contacts with values of every sort, and one kind of record.
pub(super) fn random_book(rng: &mut ChaCha8Rng) -> Book {
    let layout = Layout::even(N as u32, 1_024);
    let names: Vec<String> = CITIES.map(|n| format!("City{n}")).collect();
    let emails: Vec<String> = (0..N).map(|n| format!("p{n}@{}.io", n % 7)).collect();
    let some = |rng: &mut ChaCha8Rng| rng.random_range(0..10) > 0;
    let cities = (0..N).map(|_| some(rng).then(|| names[rng.random_range(0..600)].as_str())).collect();
    let tiers = (0..N).map(|_| some(rng).then(|| ["free", "Gold", "gold", ""][rng.random_range(0..4)])).collect();
    let numbers = |rng: &mut ChaCha8Rng, range: Range<i64>| {
        Values::Keys((0..N).map(|_| some(rng).then(|| rng.random_range(range.clone()))).collect())
    };
    let flags = (0..N).map(|_| some(rng).then(|| rng.random_range(0..3) == 0)).collect();
    let label = |rng: &mut ChaCha8Rng| {
        let mut all: Vec<&str> = ["a", "B", "c", "d"].into_iter().filter(|_| rng.random_range(0..3) == 0).collect();
        all.dedup();
        all
    };
    let labels = (0..N).map(|_| some(rng).then(|| label(rng))).collect();
    let int = FieldType::Number(NumberKind::Int);
    let stages = (0..N).map(|_| some(rng).then(|| STAGES[rng.random_range(0..5)])).collect();
    let lost = (0..N).map(|_| Some(!some(rng))).collect();
    let columns = vec![
        column("email", FieldType::Text, &Values::Text(emails.iter().map(|it| Some(it.as_str())).collect()), &layout),
        column("city", FieldType::Text, &Values::Text(cities), &layout),
        column("tier", FieldType::Text, &Values::Text(tiers), &layout),
        column("age", int.clone(), &numbers(rng, 0..90), &layout),
        column("score", int.clone(), &numbers(rng, 0..1_000_000), &layout),
        column("opted", FieldType::Flag, &Values::Flags(flags), &layout),
        column("labels", FieldType::List, &Values::Lists(labels), &layout),
        column("stage", FieldType::Stage, &Values::Text(stages), &layout),
        column("lost", FieldType::Flag, &Values::Flags(lost), &layout),
    ];
    let mut of: Vec<u32> = (0..2 * N).map(|_| rng.random_range(0..N as u32)).collect();
    of.sort_unstable();
    let times: Vec<i64> = (0..of.len() as i64).collect();
    let amounts = Values::Keys(of.iter().map(|_| some(rng).then(|| rng.random_range(0..100))).collect());
    let purchase = kind("purchase", &layout, &of, &times, &[("amount", int, amounts)]);
    book(Table { layout, columns }, None, vec![purchase])
}

pub(super) fn random_plan(rng: &mut ChaCha8Rng, depth: u32) -> Plan {
    let parts = |rng: &mut ChaCha8Rng| (0..rng.random_range(2..5)).map(|_| random_plan(rng, depth - 1)).collect();
    match if depth == 0 { 9 } else { rng.random_range(0..10) } {
        0..3 => Plan::And(parts(rng)),
        3..5 => Plan::Or(parts(rng)),
        5..7 => Plan::Not(Box::new(random_plan(rng, depth - 1))),
        7 => {
            let least = rng.random_range(0..90);
            let filter = test(1, Predicate::Keys(Ranges::between(least, i64::MAX)));
            let low = rng.random_range(0..3);
            let measure = Measure::Count(Ranges::between(low, low + rng.random_range(0..3)));
            let filter = if least < 20 { Plan::All } else { filter };
            Plan::Records(Box::new(Records { kind: 0, filter, measure, id: 0 }))
        }
        _ => random_test(rng),
    }
}

fn random_test(rng: &mut ChaCha8Rng) -> Plan {
    let contains = |needle: String| Predicate::Text(TextTest::Contains { needle, cased: false });
    match rng.random_range(0..11) {
        0 => test(1, contains(rng.random_range(0..60).to_string())),
        1 => test(2, Predicate::Text(TextTest::OneOf { folded: vec!["gold".to_owned()], cased: vec![] })),
        2 => {
            let low = rng.random_range(0..90);
            test(3, Predicate::Keys(Ranges::between(low, low + rng.random_range(0..40))))
        }
        3 => test(4, Predicate::Keys(Ranges::between(0, 1 << rng.random_range(0..20)))),
        4 => test(5, Predicate::Flag(rng.random_range(0..2) == 0)),
        5 => test(6, Predicate::Text(TextTest::OneOf { folded: vec!["b".to_owned()], cased: vec![] })),
        6 => test(6, Predicate::Length(Ranges::between(0, rng.random_range(0..3)))),
        7 => test(
            rng.random_range(1..7),
            if rng.random_range(0..2) == 0 { Predicate::Empty } else { Predicate::Missing },
        ),
        8 => test(3, Predicate::Field(CompareOp::Lt, 4)),
        9 => {
            let every = rng.random_range(1..300);
            let rows = RowSet::from_sorted((0..N as u32).filter(|row| row % every == 0));
            Plan::Rows { rows: Arc::new(rows), keys: [].into(), id: 0 }
        }
        _ => test(0, contains(format!("{}@", rng.random_range(0..100)))),
    }
}

fn test(column: usize, predicate: Predicate) -> Plan {
    Plan::Test { column, predicate, id: 0 }
}

fn holds(book: &Book, plan: &Plan, row: u32) -> bool {
    match plan {
        Plan::Not(part) => !holds(book, part, row),
        Plan::And(parts) => parts.iter().all(|part| holds(book, part, row)),
        Plan::Or(parts) => parts.iter().any(|part| holds(book, part, row)),
        Plan::Test { column, predicate, .. } => passes(&book.contacts, *column, predicate, row),
        Plan::Records(records) => {
            let kind = &book.kinds[0];
            let (shard, at) = book.contacts.layout.locate(row);
            let first = kind.table.layout.rows(shard).start;
            let theirs = (first..).zip(kind.owners[shard].contacts()).filter(|(_, it)| u32::from(**it) == at);
            let is_in = |record: u32| {
                let Plan::Test { column, predicate, .. } = &records.filter else { return true };
                passes(&kind.table, *column, predicate, record)
            };
            let n = theirs.filter(|(record, _)| is_in(*record)).count() as i64;
            matches!(&records.measure, Measure::Count(ranges) if ranges.contains(n))
        }
        Plan::Rows { rows, .. } => rows.contains(row),
        Plan::All | Plan::Nothing | Plan::Sequence(_) | Plan::Visitors { .. } => {
            panic!("no random plan has it")
        }
    }
}

fn passes(table: &Table, column: usize, predicate: &Predicate, row: u32) -> bool {
    match (predicate, table.cell(column, row)) {
        (Predicate::Missing, cell) => cell == Cell::Null,
        (Predicate::Empty, cell) => {
            matches!(&cell, Cell::Null) || cell == Cell::Text(String::new()) || cell == Cell::List(vec![])
        }
        (Predicate::Length(ranges), Cell::List(list)) => ranges.contains(list.len() as i64),
        (Predicate::Length(ranges), _) => ranges.contains(0),
        (Predicate::Keys(ranges), Cell::Int(n)) => ranges.contains(n),
        (Predicate::Text(test), Cell::Text(text)) => test.holds(&text, &fold(&text)),
        (Predicate::Text(test), Cell::List(list)) => list.iter().any(|text| test.holds(text, &fold(text))),
        (Predicate::Flag(wanted), Cell::Bool(flag)) => *wanted == flag,
        (Predicate::Field(_, other), Cell::Int(n)) => matches!(table.cell(*other, row), Cell::Int(m) if n < m),
        _ => false,
    }
}

/// Few values are counted by their sets where there are many rows, and row by row where there are few.
#[test]
fn groups_are_what_a_naive_count_finds() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let book = random_book(&mut rng);
    let column = FieldRef::Column;
    for (field, most) in [
        (column(2), 90),
        (column(5), 90),
        (column(2), 1),
        (column(1), 90),
        (column(7), 90),
        (FieldRef::Funnel, 90),
        (FieldRef::Funnel, 1),
    ] {
        let filter = test(3, Predicate::Keys(Ranges::between(0, most)));
        let mut naive: HashMap<String, i64> = HashMap::new();
        for row in (0..N as u32).filter(|row| holds(&book, &filter, *row)) {
            let value = cell(&book, Universe::Contacts, field, row);
            *naive.entry(format!("{value:?}").to_lowercase()).or_default() += 1;
        }
        let keys = vec![(field, None, String::new())];
        let prepared = Prepared {
            universe: Universe::Contacts,
            filter,
            conditions: Vec::new(),
            subsets: Vec::new(),
            answer: Answer::By(GroupBy { keys, top: None }),
            notes: Vec::new(),
            clock: clock(),
        };
        let Answered::Frame(frame, _) = answer(&book, &prepared, &Cancel::new()).unwrap() else { panic!("no frame") };
        let found: HashMap<String, i64> = frame
            .rows
            .iter()
            .map(|row| (format!("{:?}", row[0]).to_lowercase(), if let Cell::Int(n) = row[1] { n } else { 0 }))
            .collect();
        assert_eq!(found, naive);
    }
}

/// Filters that have much in common, and one that is asked twice.
#[test]
fn a_batch_finds_what_each_filter_finds_alone() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let book = random_book(&mut rng);
    for _ in 0..rounds(60) {
        let common: Vec<Plan> = (0..5).map(|_| random_plan(&mut rng, 2)).collect();
        let mut plans: Vec<Plan> = (0..12).map(|_| joined(&mut rng, &common, 3)).collect();
        plans.push(plans[0].clone());
        plans.push(common[1].clone());
        let filters = plans.iter().map(|filter| Batched { universe: Universe::Contacts, filter, mailable_only: false });
        let batch: Vec<Batched<'_>> = filters.collect();
        let found = run_all(&book, &batch, &clock(), &Cancel::new()).unwrap();
        let counted = count_all(&book, &batch, &clock(), &Cancel::new()).unwrap();
        for ((plan, members), counted) in plans.iter().zip(found).zip(counted) {
            let members = members.unwrap();
            let naive: Vec<u32> = (0..N as u32).filter(|row| holds(&book, plan, *row)).collect();
            assert_eq!(members.rows.iter().collect::<Vec<_>>(), naive, "{plan:?}");
            assert_eq!((members.counted.matched, members.counted), (naive.len() as u64, counted.unwrap()));
        }
    }
}

/// A filter of these parts and others.
fn joined(rng: &mut ChaCha8Rng, common: &[Plan], depth: u32) -> Plan {
    let parts = |rng: &mut ChaCha8Rng| (0..rng.random_range(2..4)).map(|_| joined(rng, common, depth - 1)).collect();
    match if depth == 0 { 5 } else { rng.random_range(0..7) } {
        0 | 1 => Plan::And(parts(rng)),
        2 | 3 => Plan::Or(parts(rng)),
        4 => Plan::Not(Box::new(joined(rng, common, depth - 1))),
        5 => common[rng.random_range(0..common.len())].clone(),
        _ => random_test(rng),
    }
}

#[test]
fn a_run_finds_what_a_naive_look_finds() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let book = random_book(&mut rng);
    for _ in 0..rounds(200) {
        let plan = random_plan(&mut rng, 3);
        let naive: Vec<u32> = (0..N as u32).filter(|row| holds(&book, &plan, *row)).collect();
        assert_eq!(rows(&book, &plan), naive, "{plan:?}");
        let other = Plan::Not(Box::new(plan));
        assert_eq!(rows(&book, &other).len(), N - naive.len());
    }
}

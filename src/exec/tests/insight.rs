//! Laws of what explains: values against verdicts, a plan node by node against the plan.

use std::collections::HashMap;

use bigdecimal::BigDecimal;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::laws::{random_book, random_plan};
use super::sample_book::people;
use super::{clock, rounds, rows};
use crate::book::{Book, Index, RecordKind, Universe};
use crate::exec::{Cancel, Method, Step, What, among, combinations, explain, frequencies, measured, traits};
use crate::index::NumberShard;
use crate::model::{Cell, Ranges, RowSet, fold};
use crate::plan::{Aggregate, Measure, Plan, Predicate, Records, SequencePlan, SequenceStep, ValueTest};

/// A test that holds of this value alone, or of what can't be told from it.
fn exactly(function: Aggregate, value: &Cell) -> ValueTest {
    match (function, value) {
        (_, Cell::Null) => ValueTest::Missing,
        (_, Cell::Decimal { value, .. }) => ValueTest::Sum(Ranges::between(*value, *value)),
        (_, Cell::Float(value)) => {
            let end = |by: f64| Some((BigDecimal::try_from(value + by).unwrap(), true));
            ValueTest::Mean(vec![(end(-1e-9), end(1e-9))])
        }
        (_, Cell::Int(key)) => ValueTest::Keys(Ranges::between(*key, *key)),
        (_, other) => panic!("no value of a number column: {other:?}"),
    }
}

#[test]
fn what_is_measured_is_what_is_decided_by() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let book = random_book(&mut rng);
    let (clock, cancel) = (clock(), Cancel::new());
    for i in 0..400 {
        let contact = rng.random_range(0..3_000);
        let least = rng.random_range(0..120);
        let filter = Plan::Test { column: 1, predicate: Predicate::Keys(Ranges::between(least, i64::MAX)), id: 0 };
        let filter = if i % 3 == 0 { Plan::All } else { filter };
        let records = |measure| Records { kind: 0, filter: filter.clone(), measure, id: 0 };
        let value = |measure| measured(&book, &records(measure), &clock, &cancel, contact).unwrap().value;
        let anything = || ValueTest::Missing;
        let mut wanted = Vec::new();
        for function in
            [Aggregate::Sum, Aggregate::Avg, Aggregate::Min, Aggregate::Max, Aggregate::First, Aggregate::Last]
        {
            let found = value(Measure::Aggregate { function, column: 1, test: anything() });
            wanted.push(Measure::Aggregate { function, column: 1, test: exactly(function, &found) });
        }
        let Cell::Int(n) = value(Measure::Count(Ranges::none())) else { panic!("a count") };
        wanted.push(Measure::Count(Ranges::between(n, n)));
        let counts = Ranges::none();
        let Cell::Int(n) = value(Measure::CountDistinct { column: 1, counts }) else { panic!("a count") };
        wanted.push(Measure::CountDistinct { column: 1, counts: Ranges::between(n, n) });
        for measure in wanted {
            let plan = Plan::Records(Box::new(records(measure)));
            let one = RowSet::from_sorted([contact]);
            let found = among(&book, Universe::Contacts, &plan, &clock, &cancel, &one).unwrap();
            assert!(found.contains(contact), "{plan:?}");
        }
    }
}

#[test]
fn candidates_and_combinations_are_as_a_run_has_them() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let book = random_book(&mut rng);
    let (clock, cancel) = (clock(), Cancel::new());
    for _ in 0..rounds(20) {
        let plans: Vec<Plan> = (0..rng.random_range(1..70)).map(|_| random_plan(&mut rng, 1)).collect();
        let sets: Vec<Vec<u32>> = plans.iter().map(|it| rows(&book, it)).collect();
        let some = RowSet::from_sorted((0..3_000).filter(|_| rng.random_range(0..20) == 0));
        for (plan, set) in plans.iter().zip(&sets).take(5) {
            let found = among(&book, Universe::Contacts, plan, &clock, &cancel, &some).unwrap();
            assert_eq!(found, RowSet::from_sorted(set.iter().copied().filter(|row| some.contains(*row))), "{plan:?}");
        }
        let found = combinations(&book, Universe::Contacts, &plans, &clock, &cancel).unwrap();
        let told = found.iter().map(|it| ((0..sets.len()).map(|at| it.holds(at)).collect(), it.count));
        let mut naive: HashMap<Vec<bool>, u64> = HashMap::new();
        for row in 0..3_000 {
            *naive.entry(sets.iter().map(|it| it.binary_search(&row).is_ok()).collect()).or_default() += 1;
        }
        assert_eq!(told.collect::<HashMap<Vec<bool>, u64>>(), naive);
    }
}

#[test]
fn a_plan_explained_finds_what_it_finds() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let book = random_book(&mut rng);
    let mut n_candidates = 0_u64;
    let n_plans = rounds(150);
    for _ in 0..n_plans {
        let plan = random_plan(&mut rng, 3);
        let step = explain(&book, Universe::Contacts, &plan, &clock(), &Cancel::new()).unwrap();
        assert_eq!(step.rows, rows(&book, &plan).len() as u64, "{plan:?}");
        check(&book, &plan, &step);
        walk(&step, false, &mut n_candidates);
    }
    assert!(n_candidates * 7 > n_plans, "hardly ever are few candidates left: {n_candidates}");
}

/// By hand, over the contacts of [`people`] in shards of three.
///
/// A small set takes 16 bytes and 2 a row, an empty one 8; `lost` are rows 1 and 5. Of `age >= 25` the second shard's bounds,
/// 30 and 50, decide, and those of the others, 20 to 40 and 10 to 30, leave 16 of 21 numbers and 6 of 21.
#[test]
fn what_was_expected_and_read_is_told() {
    let book = people();
    let explained = |plan: &Plan| explain(&book, Universe::Contacts, plan, &clock(), &Cancel::new()).unwrap();
    let told = |step: &Step| (step.estimated, step.rows, step.bytes);
    let test = |column: usize, predicate: Predicate| Plan::Test { column, predicate, id: 0 };
    let (lost, adult) = (test(4, Predicate::Flag(true)), test(6, Predicate::Keys(Ranges::between(25, i64::MAX))));
    let Index::Number(ages) = &book.contacts.columns[6].index else { panic!("age is a number") };
    let size = |shard: usize| ages.shards[shard].size_bytes() as u64;
    assert_eq!(told(&explained(&Plan::Nothing)), (0, 0, 0));
    let lost_bytes = (16 + 2) + (16 + 2) + 8;
    assert_eq!(told(&explained(&lost)), (2, 2, lost_bytes));
    // 3 * 16 / 21 + 3 + 2 * 6 / 21
    assert_eq!(told(&explained(&adult)), (6, 5, size(0) + size(2)));
    let old = test(6, Predicate::Keys(Ranges::between(60, 70)));
    assert_eq!(told(&explained(&old)), (0, 0, 0), "each shard's bounds decide");
    // 1 * 16 / 21 + 1 + 0; in the third shard nobody is left to be asked.
    let both = Plan::And(vec![lost.clone(), adult.clone()]);
    let step = explained(&both);
    assert_eq!(told(&step), (2, 2, lost_bytes + size(0)));
    assert_eq!(step.parts.iter().map(|it| (it.estimated, it.rows)).collect::<Vec<_>>(), [(2, 2), (6, 5)]);
    assert_eq!(told(&explained(&Plan::Not(Box::new(both)))), (6, 6, lost_bytes + size(0)));
    // 3 * (1 - 2 / 3 * 5 / 21) + 3 + 2 * 6 / 21
    assert_eq!(told(&explained(&Plan::Or(vec![lost, adult]))), (6, 5, lost_bytes + size(0) + size(2)));
    // Six records, two bytes each for whose they are.
    let moved = Records { kind: 0, filter: Plan::All, measure: Measure::Count(Ranges::between(2, 9)), id: 0 };
    let step = explained(&Plan::Records(Box::new(moved)));
    assert_eq!((step.rows, step.bytes, step.method), (2, 6 * 2, Method::Records));
    // For each of the two steps these and the times.
    let Index::Number(at) = &book.kinds[0].table.columns[RecordKind::AT].index else { panic!("times are numbers") };
    let at_bytes: usize = at.shards.iter().map(NumberShard::size_bytes).sum();
    let steps = vec![SequenceStep { kind: 0, filter: Plan::All }; 2];
    let step = explained(&Plan::Sequence(Box::new(SequencePlan { steps, within: None, id: 0 })));
    assert_eq!((step.rows, step.bytes, step.method), (2, 2 * (6 * 2 + at_bytes as u64), Method::Sequence));
}

/// The parts' rows are those of their own plans, an `and` leaves what it finds, and nobody is forgotten.
fn check(book: &Book, plan: &Plan, step: &Step) {
    let parts: Vec<&Plan> = match plan {
        Plan::And(parts) | Plan::Or(parts) => {
            assert_eq!(step.condition, None, "of no single condition: {plan:?}");
            parts.iter().collect()
        }
        Plan::Not(part) if !step.parts.is_empty() => vec![part],
        Plan::All
        | Plan::Nothing
        | Plan::Not(_)
        | Plan::Test { .. }
        | Plan::Records(_)
        | Plan::Sequence(_)
        | Plan::Visitors { .. }
        | Plan::Rows { .. } => Vec::new(),
    };
    if parts.is_empty() {
        return;
    }
    let mut wanted: Vec<u64> = parts.iter().map(|it| rows(book, it).len() as u64).collect();
    let mut found: Vec<u64> = step.parts.iter().map(|it| it.rows).collect();
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(wanted, found);
    if step.method == Method::Intersection {
        assert_eq!(step.parts.iter().filter_map(|it| it.left).min(), Some(step.rows), "{step:?}");
    }
    if step.method == Method::Complement {
        assert_eq!(step.rows + step.parts[0].rows, 3_000);
    }
}

/// Every node is run or skipped in each shard; what is left is told of the parts of an `and` alone.
fn walk(step: &Step, is_conjunct: bool, n_candidates: &mut u64) {
    assert_eq!(step.left.is_some(), is_conjunct);
    assert_eq!(step.shards_whole + step.shards_candidates + step.shards_skipped, 3, "{step:?}");
    *n_candidates += u64::from(step.shards_candidates > 0);
    for part in &step.parts {
        walk(part, step.method == Method::Intersection, n_candidates);
    }
}

/// How often each text occurs is what a count of the cells finds.
#[test]
fn frequencies_are_those_of_the_cells() {
    let book = random_book(&mut ChaCha8Rng::seed_from_u64(17));
    let table = &book.contacts;
    for column in 0..table.columns.len() {
        let found = frequencies(table, column, &Cancel::new()).unwrap();
        let mut naive: HashMap<String, u64> = HashMap::new();
        let mut see = |text: String| *naive.entry(text).or_default() += 1;
        for row in 0..table.layout.n_rows() {
            match table.cell(column, row) {
                Cell::Text(text) => see(text),
                Cell::List(texts) => texts.into_iter().for_each(&mut see),
                Cell::Null
                | Cell::Int(_)
                | Cell::Decimal { .. }
                | Cell::Float(_)
                | Cell::Bool(_)
                | Cell::Day(_)
                | Cell::Instant(_) => {}
            }
        }
        let text = |code: usize| match &table.columns[column].index {
            Index::Text(index) => index.dictionary.text(code as u32).into_owned(),
            Index::List(index) => index.dictionary.text(code as u32).into_owned(),
            Index::Missing | Index::Number(_) | Index::Flag(_) => panic!("it has no texts"),
        };
        let found: HashMap<String, u64> = found.into_iter().enumerate().map(|(code, n)| (text(code), n)).collect();
        assert_eq!(found, naive, "{}", table.columns[column].tag);
    }
}

/// The values and bands of a column split everyone who is in none of them but by being empty.
#[test]
fn traits_of_a_column_split_everyone() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let book = random_book(&mut rng);
    let everyone = u64::from(book.contacts.layout.n_rows());
    for _ in 0..rounds(20) {
        let plan = random_plan(&mut rng, 2);
        let n_matched = rows(&book, &plan).len() as u64;
        let found = traits(&book, Universe::Contacts, &plan, &clock(), &Cancel::new()).unwrap();
        assert_eq!((found.n_matched, found.n_all, found.wide.len()), (n_matched, everyone, 0));
        // Neither the key nor the labels, of which a contact may have several.
        for column in (1..book.contacts.columns.len()).filter(|it| book.contacts.columns[*it].tag != "labels") {
            let of_column = found.traits.iter().filter(|it| match &it.what {
                What::Empty(at) | What::Is(at, _) | What::Within(at, ..) => *at == column,
                What::Did(_) => false,
            });
            let sums = of_column.fold((0, 0), |(matched, all), it| (matched + it.n_matched, all + it.n_all));
            assert_eq!(sums, (n_matched, everyone), "{}", book.contacts.columns[column].tag);
        }
        let matched = rows(&book, &plan);
        let with = |column: usize, is_it: &dyn Fn(&Cell) -> bool| {
            matched.iter().filter(|row| is_it(&book.contacts.cell(column, **row))).count() as u64
        };
        for it in &found.traits {
            let naive = match &it.what {
                What::Is(2, Cell::Text(tier)) => {
                    with(2, &|cell| matches!(cell, Cell::Text(text) if fold(text) == fold(tier)))
                }
                // Of two fields of numbers each has more than twelve.
                What::Is(3 | 4, value) => panic!("no value of a band: {value:?}"),
                What::Within(column, from, to) => {
                    let number = |cell: &Cell| if let Cell::Int(n) = cell { *n } else { panic!("no number: {cell:?}") };
                    let (from, to) = (from.as_ref().map(number), to.as_ref().map(number));
                    let is_in = |n: i64| from.is_none_or(|it| it <= n) && to.is_none_or(|it| n <= it);
                    with(*column, &|cell| matches!(cell, Cell::Int(n) if is_in(*n)))
                }
                What::Did(0) => {
                    let bought = Measure::Count(Ranges::between(1, i64::MAX));
                    let bought = Records { kind: 0, filter: Plan::All, measure: bought, id: 0 };
                    rows(&book, &Plan::And(vec![plan.clone(), Plan::Records(Box::new(bought))])).len() as u64
                }
                What::Empty(_) | What::Is(..) | What::Did(_) => continue,
            };
            assert_eq!(it.n_matched, naive, "{:?}", it.what);
        }
        assert!(found.traits.iter().any(|it| matches!(it.what, What::Did(0))));
    }
}

//! Records: counts, aggregates, sequences.

use super::sample_book::{Values, book, column, kind};
use super::{clock, rows};
use crate::book::{Book, FieldType, Layout, Table, Universe};
use crate::exec::{Batched, Cancel, ExecError, run, run_all};
use crate::model::{CalendarSpan, NumberKind, Ranges, TimeUnit, float_key};
use crate::plan::{Aggregate, Measure, Plan, Predicate, Records, SequencePlan, SequenceStep, TextTest, ValueTest};

const HOUR_US: i64 = 3_600_000_000;
const AMOUNT: usize = 1;
const PRICE: usize = 2;
const SKU: usize = 3;
const HUGE: usize = 4;

/// Five contacts in shards of two. Purchases of contact 0 at hours 1, 1, 5, of contact 2 at hour 2, of contact 3 at hours 1, 30; opens of
/// contact 0 at hour 1, of contact 2 at hours 1 and 2, of contact 3 at hour 4.
fn shop() -> Book {
    let layout = Layout::even(5, 2);
    let emails = ["a@x", "b@x", "c@x", "d@x", "e@x"].map(Some);
    let columns = vec![column("email", FieldType::Text, &Values::Text(emails.to_vec()), &layout)];
    let decimal = FieldType::Number(NumberKind::Decimal { scale: 2 });
    let price = |values: [Option<f64>; 6]| Values::Keys(values.map(|it| it.map(float_key)).to_vec());
    let purchase = kind(
        "purchase",
        &layout,
        &[0, 0, 0, 2, 3, 3],
        &[1, 1, 5, 2, 1, 30].map(|hour| hour * HOUR_US),
        &[
            ("amount", decimal.clone(), Values::Keys(vec![Some(100), Some(250), None, Some(50), Some(-50), Some(50)])),
            (
                "price",
                FieldType::Number(NumberKind::Float),
                price([Some(0.1), Some(0.2), None, Some(f64::INFINITY), Some(1e300), Some(1.0)]),
            ),
            (
                "sku",
                FieldType::Text,
                Values::Text(vec![Some("b-1"), Some("B-1"), Some("a"), None, Some(""), Some("C")]),
            ),
            (
                "huge",
                decimal,
                Values::Keys(vec![
                    Some(600_000_000_000_000_000),
                    Some(600_000_000_000_000_000),
                    None,
                    Some(1),
                    Some(1),
                    None,
                ]),
            ),
        ],
    );
    let opens = [1, 1, 2, 4].map(|hour| hour * HOUR_US);
    let open = kind("email_open", &layout, &[0, 2, 2, 3], &opens, &[]);
    book(Table { layout, columns }, None, vec![purchase, open])
}

fn records(filter: Plan, measure: Measure) -> Plan {
    Plan::Records(Box::new(Records { kind: 0, filter, measure, id: 0 }))
}

fn aggregate(function: Aggregate, column: usize, test: ValueTest) -> Plan {
    records(Plan::All, Measure::Aggregate { function, column, test })
}

fn one_of(folded: &str) -> TextTest {
    TextTest::OneOf { folded: vec![folded.to_owned()], cased: Vec::new() }
}

#[test]
fn counts_and_the_zero_of_others() {
    let book = shop();
    let times = |low, high| records(Plan::All, Measure::Count(Ranges::between(low, high)));
    assert_eq!(rows(&book, &times(1, i64::MAX)), [0, 2, 3]);
    assert_eq!(rows(&book, &times(2, 2)), [3]);
    assert_eq!(rows(&book, &times(0, 2)), [1, 2, 3, 4]);
    assert_eq!(rows(&book, &Plan::Not(Box::new(times(1, i64::MAX)))), [1, 4]);
    let dear = Plan::Test { column: AMOUNT, predicate: Predicate::Keys(Ranges::between(60, i64::MAX)), id: 0 };
    let dear = |low, high| records(dear.clone(), Measure::Count(Ranges::between(low, high)));
    assert_eq!(rows(&book, &dear(1, i64::MAX)), [0]);
    assert_eq!(rows(&book, &dear(0, 1)), [1, 2, 3, 4]);
    // Neighbours, as a list of numbers has them.
    let any_of = |ranges: [(i64, i64); 2]| records(Plan::All, Measure::Count(Ranges::union(ranges)));
    assert_eq!(rows(&book, &any_of([(0, 0), (1, 1)])), [1, 2, 4]);
    assert_eq!(rows(&book, &any_of([(1, 1), (2, 2)])), [2, 3]);
    assert_eq!(rows(&book, &any_of([(1, 1), (3, 3)])), [0, 2]);
}

#[test]
fn many_records_are_counted_as_few_are() {
    // Contact n has n records.
    let layout = Layout::even(90, 16);
    let emails: Vec<String> = (0..90).map(|it| format!("{it:02}@x")).collect();
    let emails = Values::Text(emails.iter().map(|it| Some(it.as_str())).collect());
    let columns = vec![column("email", FieldType::Text, &emails, &layout)];
    let of: Vec<u32> = (0..90).flat_map(|contact| std::iter::repeat_n(contact, contact as usize)).collect();
    let times: Vec<i64> = (0..of.len() as i64).collect();
    let book = book(Table { layout: layout.clone(), columns }, None, vec![kind("open", &layout, &of, &times, &[])]);
    for n in [1, 2, 16, 31, 32, 33, 34, 64, 89, 90] {
        let at_least = records(Plan::All, Measure::Count(Ranges::between(n, i64::MAX)));
        assert_eq!(rows(&book, &at_least), (n as u32..90).collect::<Vec<u32>>(), "at least {n}");
        let exactly = records(Plan::All, Measure::Count(Ranges::between(n, n)));
        assert_eq!(rows(&book, &exactly), (n as u32..90).take(1).collect::<Vec<u32>>(), "exactly {n}");
    }
}

#[test]
fn distinct_values_skip_the_missing_and_fold() {
    let book = shop();
    let skus = |n| records(Plan::All, Measure::CountDistinct { column: SKU, counts: Ranges::between(n, n) });
    assert_eq!(rows(&book, &skus(2)), [0, 3]);
    assert_eq!(rows(&book, &skus(0)), [1, 2, 4]);
}

#[test]
fn sums_and_means() {
    let book = shop();
    let sum = |low, high| aggregate(Aggregate::Sum, AMOUNT, ValueTest::Sum(Ranges::between(low, high)));
    assert_eq!(rows(&book, &sum(350, 350)), [0]);
    assert_eq!(rows(&book, &sum(0, 0)), [1, 3, 4]);
    let mean = |text: &str| {
        let number = Some((text.parse().unwrap(), true));
        aggregate(Aggregate::Avg, AMOUNT, ValueTest::Mean(vec![(number.clone(), number)]))
    };
    // The missing amount isn't counted: 3.50 over two.
    assert_eq!(rows(&book, &mean("1.75")), [0]);
    assert_eq!(rows(&book, &mean("0")), [3]);
    let key = |it: f64| Ranges::between(float_key(it), float_key(it));
    let price = |function, it| aggregate(function, PRICE, ValueTest::Keys(key(it)));
    // 0.1 + 0.2, each a little more than it says, is 0.30000000000000004 rounded once.
    assert_eq!(rows(&book, &price(Aggregate::Sum, 0.1 + 0.2)), [0]);
    assert_eq!(rows(&book, &price(Aggregate::Sum, f64::INFINITY)), [2]);
    assert_eq!(rows(&book, &price(Aggregate::Avg, 5e299)), [3]);
    assert_eq!(rows(&book, &aggregate(Aggregate::Avg, PRICE, ValueTest::Missing)), [1, 4]);
}

#[test]
fn ends_and_times() {
    let book = shop();
    let amount = |function, key| aggregate(function, AMOUNT, ValueTest::Keys(Ranges::between(key, key)));
    assert_eq!(rows(&book, &amount(Aggregate::Min, -50)), [3]);
    assert_eq!(rows(&book, &amount(Aggregate::Max, 250)), [0]);
    // Of the two at hour 1 the smaller; the latest has no amount.
    assert_eq!(rows(&book, &amount(Aggregate::First, 100)), [0]);
    assert_eq!(rows(&book, &aggregate(Aggregate::Last, AMOUNT, ValueTest::Missing)), [0, 1, 4]);
    let sku = |function, text| aggregate(function, SKU, ValueTest::Text(one_of(text)));
    assert_eq!(rows(&book, &sku(Aggregate::Min, "a")), [0]);
    assert_eq!(rows(&book, &sku(Aggregate::Last, "c")), [3]);
    // "B-1" comes before "b-1": equal lower-cased, capitals first.
    let first = TextTest::OneOf { folded: Vec::new(), cased: vec!["B-1".to_owned()] };
    assert_eq!(rows(&book, &aggregate(Aggregate::First, SKU, ValueTest::Text(first))), [0]);
    // The empty text is empty, too.
    assert_eq!(rows(&book, &aggregate(Aggregate::Min, SKU, ValueTest::Missing)), [1, 2, 3, 4]);
}

#[test]
fn a_sum_past_18_digits_fails_wherever_it_stands() {
    let book = shop();
    let sum = aggregate(Aggregate::Sum, HUGE, ValueTest::Sum(Ranges::between(1, i128::MAX)));
    let (clock, cancel) = (clock(), Cancel::new());
    let error = ExecError::SumTooLarge { kind: "purchase".to_owned(), column: "huge".to_owned() };
    for plan in [sum.clone(), Plan::And(vec![Plan::Nothing, sum.clone()]), Plan::Or(vec![sum.clone(), Plan::All])] {
        assert_eq!(run(&book, Universe::Contacts, &plan, &clock, &cancel), Err(error.clone()));
    }
    // Beside a part that filters of a batch share, and that leaves nobody to be asked.
    let is = |email: &str| Plan::Test { column: 0, predicate: Predicate::Text(one_of(email)), id: 0 };
    let [failing, none] = [sum, is("a@x")].map(|part| Plan::And(vec![is("nobody@x"), part]));
    let plans = [failing, none, is("a@x")];
    let batch = plans.each_ref().map(|filter| Batched { universe: Universe::Contacts, filter, mailable_only: false });
    let found = run_all(&book, &batch, &clock, &cancel).unwrap();
    let lens: Vec<Result<u64, &ExecError>> = found.iter().map(|it| it.as_ref().map(|it| it.rows.len())).collect();
    assert_eq!(lens, [Err(&error), Ok(0), Ok(1)]);
    cancel.cancel();
    assert_eq!(run(&book, Universe::Contacts, &Plan::All, &clock, &cancel), Err(ExecError::Cancelled));
}

#[test]
fn sequences() {
    let book = shop();
    let step = |kind| SequenceStep { kind, filter: Plan::All };
    let then = |kinds: &[usize], within| {
        let steps = kinds.iter().map(|kind| step(*kind)).collect();
        Plan::Sequence(Box::new(SequencePlan { steps, within, id: 0 }))
    };
    let within = |count, unit| Some(CalendarSpan { count, unit });
    assert_eq!(rows(&book, &then(&[1, 0], None)), [0, 2, 3]);
    assert_eq!(rows(&book, &then(&[1, 0], within(1, TimeUnit::Hour))), [2]);
    assert_eq!(rows(&book, &then(&[1, 0], within(4, TimeUnit::Hour))), [0, 2]);
    assert_eq!(rows(&book, &then(&[1, 0], within(1, TimeUnit::Day))), [0, 2]);
    assert_eq!(rows(&book, &then(&[1, 0], within(2, TimeUnit::Day))), [0, 2, 3]);
    // At the same time is not after.
    assert_eq!(rows(&book, &then(&[0, 1], None)), [3]);
    assert_eq!(rows(&book, &then(&[0, 0], None)), [0, 3]);
    assert_eq!(rows(&book, &then(&[0, 1, 0], None)), [3]);
    assert_eq!(rows(&book, &then(&[0, 1, 0], within(3, TimeUnit::Hour))), [0; 0]);
}

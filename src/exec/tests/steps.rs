//! Answering steps over eight people.

use super::clock;
use super::sample_book::people;
use crate::book::{Book, Universe};
use crate::exec::{Answered, Cancel, answer, people as people_of, subset};
use crate::model::{Cell, RowSet};
use crate::plan::{Answer, FieldRef, GroupBy, OrderBy, Plan, Prepared, Sample, SampleSize, Subset, Top};

fn prepared(answer: Answer, subsets: Vec<Subset>) -> Prepared {
    Prepared {
        universe: Universe::Contacts,
        filter: Plan::All,
        conditions: Vec::new(),
        subsets,
        answer,
        notes: Vec::new(),
        clock: clock(),
    }
}

/// Rows as text, cells between bars; missing is `-`.
fn lines(book: &Book, prepared: &Prepared) -> Vec<String> {
    let Answered::Frame(frame, _) = answer(book, prepared, &Cancel::new()).unwrap() else { panic!("no frame") };
    let cell = |cell: &Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Int(n) => n.to_string(),
        Cell::Float(x) => x.to_string(),
        Cell::Decimal { .. } | Cell::Bool(_) | Cell::Day(_) | Cell::Instant(_) | Cell::List(_) => format!("{cell:?}"),
    };
    frame.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|")).collect()
}

fn field(book: &Book, name: &str) -> FieldRef {
    if name == "funnel" { FieldRef::Funnel } else { FieldRef::Column(book.contacts.find(name).unwrap()) }
}

fn by(book: &Book, names: &[&str], top: Option<u64>) -> Vec<String> {
    let keys = names.iter().map(|name| (field(book, name), None, (*name).to_owned())).collect();
    lines(book, &prepared(Answer::By(GroupBy { keys, top }), Vec::new()))
}

#[test]
fn count_says_why_not_mailable() {
    let count = Answer::Count { said: true };
    assert_eq!(lines(&people(), &prepared(count, Vec::new())), ["8|4|1|1|1|1"]);
}

#[test]
fn groups_fold_and_the_missing_come_last() {
    let book = people();
    // Of Medan, medan, MEDAN, medan the commonest; the empty text is a value; Bogor is as common as bogor.
    assert_eq!(by(&book, &["city"], None), ["medan|4|0.5", "Bogor|2|0.25", "|1|0.125", "-|1|0.125"]);
    assert_eq!(by(&book, &["labels"], None), ["-|4|0.5", "vip|3|0.375", "Press|2|0.25"]);
    assert_eq!(by(&book, &["age"], Some(2)), ["30|3|0.375", "10|1|0.125"]);
    assert_eq!(
        by(&book, &["funnel"], None),
        ["aware|2|0.25", "lost|2|0.25", "engaged|1|0.125", "customer|1|0.125", "promoter|1|0.125", "-|1|0.125"]
    );
    assert_eq!(by(&book, &["stage", "lost"], Some(1)).len(), 1);
    assert_eq!(by(&book, &["labels", "city"], Some(2)), ["-|medan|3|0.375", "Press||1|0.125"]);
}

#[test]
fn show_sorts_with_the_missing_last() {
    let book = people();
    let show = |by: &str, descending, limit, offset| {
        let order = vec![OrderBy { field: field(&book, by), descending }];
        let columns = vec![(field(&book, "email"), "email".to_owned()), (field(&book, by), by.to_owned())];
        lines(&book, &prepared(Answer::Show { columns, order, limit, offset }, Vec::new()))
    };
    assert_eq!(show("age", true, Some(4), 0), ["c@x.io|50", "g@y.io|40", "b@x.io|30", "d@y.io|30"]);
    assert_eq!(show("age", true, None, 6), ["a@sub.x.io|10", "e@x.io|-"]);
    assert_eq!(show("age", false, Some(1), 7), ["e@x.io|-"]);
    assert_eq!(show("age", false, Some(5), 9), [""; 0]);
    assert_eq!(show("city", false, Some(4), 0), ["d@y.io|", "c@x.io|Bogor", "a@sub.x.io|bogor", "e@x.io|MEDAN"]);
    assert_eq!(show("stage", true, Some(2), 0), ["e@x.io|promoter", "g@y.io|customer"]);
}

#[test]
fn stats_histogram_and_funnel() {
    let book = people();
    let age = field(&book, "age");
    let stats = lines(&book, &prepared(Answer::Stats(age, "age".to_owned()), Vec::new()));
    // 10 20 30 30 30 40 50: mean 30, squares of distances 1000.
    let stddev = (1_000.0_f64 / 6.0).sqrt();
    assert_eq!(stats, [format!("age|7|1|5|10|50|30|{stddev}|30|44|49.4")]);
    let histogram = Answer::Histogram { field: age, name: "age".to_owned(), bins: 4 };
    let prepared_histogram = prepared(histogram, Vec::new());
    assert_eq!(lines(&book, &prepared_histogram), ["10|20|1", "20|30|1", "30|40|3", "40|50|2"]);
    let Answered::Frame(_, notes) = answer(&book, &prepared_histogram, &Cancel::new()).unwrap() else { panic!() };
    assert_eq!(notes[0].message, "in no bin of `age`: 1 without a value");
    assert_eq!(
        lines(&book, &prepared(Answer::Funnel, Vec::new())),
        [
            "aware|2|0.25|6|-|0",
            "engaged|1|0.125|4|0.6666666666666666|0",
            "customer|1|0.125|3|0.75|1",
            "loyal_customer|0|0|1|0.3333333333333333|0",
            "promoter|1|0.125|1|1|0",
            "none|1|0.125|-|-|1"
        ]
    );
}

#[test]
fn journey_tells_days_since_the_record_before() {
    let book = people();
    let journey = Answer::Journey(Plan::All);
    // Contact 0 after 2 days, contact 1 after 3 since it was lost.
    assert_eq!(lines(&book, &prepared(journey, Vec::new())), ["aware|customer|2|2.5", "-|aware|2|-", "-|engaged|1|-"]);
}

#[test]
fn subsets_follow_each_other() {
    let book = people();
    let top = |n, by: &str| Subset::Top(Top { n, by: field(&book, by), name: by.to_owned() });
    let rows = |subsets| people_of(&book, &prepared(Answer::People, subsets), &Cancel::new()).unwrap();
    // 50, 40, then of three of 30 those with the smallest e-mails.
    assert_eq!(rows(vec![top(4, "age")]), [5, 1, 6, 4]);
    assert_eq!(rows(vec![top(8, "age")])[7], 3);
    let sample = |size, per| Subset::Sample(Sample { size, seed: 7, per });
    assert_eq!(rows(vec![top(4, "age"), sample(SampleSize::Rows(9), None)]), [6, 5, 4, 1]);
    assert_eq!(rows(vec![sample(SampleSize::Below(1 << 64), None)]), [7, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(rows(vec![sample(SampleSize::Below(0), None)]), [0; 0]);
    let smaller = rows(vec![sample(SampleSize::Rows(3), None)]);
    let larger = rows(vec![sample(SampleSize::Rows(5), None)]);
    assert!(smaller.len() == 3 && smaller.iter().all(|row| larger.contains(row)));
    // Of rows that are known to match the same.
    let three = prepared(Answer::People, vec![sample(SampleSize::Rows(3), None)]);
    let again = subset(&book, &three, &RowSet::from_range(0..8), &Cancel::new()).unwrap();
    assert_eq!(again, smaller.into_iter().collect::<RowSet>());
    // One of each: medan, bogor, the empty text, none.
    assert_eq!(rows(vec![sample(SampleSize::Rows(1), Some(field(&book, "city")))]).len(), 4);
    let Answered::People { columns, .. } =
        answer(&book, &prepared(Answer::People, vec![top(1, "age")]), &Cancel::new()).unwrap()
    else {
        panic!("no people")
    };
    assert_eq!(columns.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["email", "age"]);
}

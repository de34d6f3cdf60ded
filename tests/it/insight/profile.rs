//! `profile` by a naive count: each trait asked as a filter, and each value counted person by person.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use segql::engine::insight::{Profile, ProfileOptions, ProfileOrder, Trait};
use segql::syntax::ast::{CompareOp, ConditionKind, Expr, Subject, Test, Value};

use super::books::{Opened, open};
use crate::oracle::OracleClock;
use crate::oracle::book::Person;
use crate::oracle::text::lower;
use crate::subject;
use crate::value::V;

const ALL: ProfileOptions = ProfileOptions { order: ProfileOrder::Difference, limit: None, min_people: 1 };

#[test]
fn every_trait_counts_as_its_filter_does() {
    let (mut n_traits, mut n_empty, mut sorts) = (0, 0, BTreeMap::<String, u32>::new());
    for seed in 0..12 {
        let book = open(120_000 + seed, 120);
        for i in 0..4 {
            let mut writer = book.writer(seed * 100 + i);
            let visitors = i == 3 && !book.oracle.visitor_fields.is_empty();
            let text = if visitors { "from visitors push is not empty".to_owned() } else { writer.contact_filter(2) };
            let clock = writer.clock();
            let query = subject::parse(&text).unwrap();
            let from = visitors.then_some("visitors");
            let matched = book.people(from, &query.filter, &clock);
            let profile = book.engine.profile(&text, &ALL, &book.options(clock)).unwrap();
            let people = if visitors { &book.oracle.visitors } else { &book.oracle.contacts };
            assert_eq!((profile.count, profile.everyone), (matched.len() as u64, people.len() as u64), "{text}");
            n_empty += u32::from(profile.over.is_empty());
            for it in profile.over.iter().chain(&profile.under) {
                check(&book, it, &profile, (from, &matched), &clock);
                *sorts.entry(sort_of(&it.filter)).or_default() += 1;
                n_traits += 1;
            }
            let difference = |it: &Trait| it.share.unwrap() - it.share_of_others.unwrap();
            assert!(profile.over.iter().all(|it| difference(it) > 0.0), "{text}");
            assert!(profile.over.is_sorted_by(|a, b| difference(a) >= difference(b) - 1e-9), "{text}");
            assert!(profile.under.iter().all(|it| difference(it) < 0.0), "{text}");
            assert!(profile.under.is_sorted_by(|a, b| difference(a) <= difference(b) + 1e-9), "{text}");
            complete(&profile, people, if visitors { "visitor_id" } else { "email" }, &matched);
        }
    }
    println!("{n_traits} traits, {n_empty} of 48 profiles empty: {sorts:?}");
    assert!(n_traits > 1_000 && n_empty < 24, "{n_traits}, {n_empty}");
    for sort in ["=", "<=", ">=", "between", "is", "did"] {
        assert!(sorts.get(sort).is_some_and(|n| *n > 20), "{sort}: {sorts:?}");
    }
}

fn check(
    book: &Opened,
    it: &Trait,
    profile: &Profile,
    (from, matched): (Option<&str>, &BTreeSet<String>),
    clock: &OracleClock,
) {
    let query = subject::parse(&it.filter).unwrap_or_else(|error| panic!("{}: {error:?}", it.filter));
    let having = book.people(from, &query.filter, clock);
    let both = having.intersection(matched).count() as u64;
    assert_eq!((it.count, it.everyone), (both, having.len() as u64), "{}", it.filter);
    // The engine reads it, too.
    let prefix = from.map_or(String::new(), |it| format!("from {it} "));
    let query = book.engine.prepare(&format!("{prefix}{}", it.filter), &book.options(*clock)).unwrap();
    assert_eq!(book.engine.count(&query).unwrap(), it.everyone, "{}", it.filter);
    let (count, everyone) = (profile.count as f64, profile.everyone as f64);
    let near = |told: Option<f64>, wanted: f64| assert!((told.unwrap() - wanted).abs() < 1e-12, "{}", it.filter);
    near(it.share, it.count as f64 / count);
    near(it.share_of_others, (it.everyone - it.count) as f64 / (everyone - count));
    near(it.lift, it.count as f64 / count / (it.everyone as f64 / everyone));
}

/// The word that tells what sort of trait it is.
fn sort_of(filter: &str) -> String {
    let mut words = filter.split_whitespace();
    let known = ["=", "<=", ">=", "between", "is", "did"];
    words.find(|it| known.contains(it)).unwrap_or_default().to_owned()
}

/// A field and a text, in lower case.
type Named = (String, String);

/// Every text, element and yes or no that is more or less common among those who match is told, and no other.
fn complete(profile: &Profile, people: &[Person], key: &str, matched: &BTreeSet<String>) {
    let mut counts: BTreeMap<Named, (u64, u64)> = BTreeMap::new();
    for person in people {
        for (tag, value) in person.row.iter().filter(|it| ![key, "funnel"].contains(&it.0.as_str())) {
            let texts = match value {
                V::Text(text) if !text.is_empty() => vec![lower(text)],
                V::List(texts) => texts.iter().map(|it| lower(it)).collect(),
                V::Bool(flag) => vec![if *flag { "yes" } else { "no" }.to_owned()],
                _ => continue,
            };
            for text in BTreeSet::from_iter(texts) {
                let (both, everyone) = counts.entry((tag.clone(), text)).or_default();
                *everyone += 1;
                *both += u64::from(matched.contains(&person.key));
            }
        }
    }
    let (count, all) = (matched.len() as u64, people.len() as u64);
    for (traits, direction) in [(&profile.over, Ordering::Greater), (&profile.under, Ordering::Less)] {
        let differs = |it: &(&Named, &(u64, u64))| (it.1.0 * all).cmp(&(it.1.1 * count)) == direction;
        let wanted: BTreeSet<Named> = counts.iter().filter(differs).map(|it| it.0.clone()).collect();
        let told: BTreeSet<Named> = traits.iter().filter_map(|it| named(&it.filter)).collect();
        assert_eq!(told, wanted);
    }
}

/// What a trait of a text or yes or no is about.
fn named(filter: &str) -> Option<Named> {
    let Expr::Condition(condition) = subject::parse(filter).unwrap().filter else { panic!("{filter}") };
    let ConditionKind::Test { subject: Subject::Field(field), test: Test::Compare(CompareOp::Eq, value), .. } =
        condition.kind
    else {
        return None;
    };
    let (Value::Text { text, .. } | Value::Word { text, .. }) = value else { return None };
    let part = field.part.map_or(String::new(), |it| format!(".{}", it.text));
    Some((format!("{}{part}", field.name.text), lower(&text)))
}

/// Limits cut what is told and change nothing else; by lift the most telling comes first.
#[test]
fn limits_and_orders_choose_among_the_same_traits() {
    let book = open(120_000, 200);
    let options = book.options(book.writer(5).clock());
    let text = "status = active or stage >= customer";
    let profile = |wanted: &ProfileOptions| book.engine.profile(text, wanted, &options).unwrap();
    let all = profile(&ALL);
    assert!(all.over.len() > 10 && all.under.len() > 10, "{text}: {} and {}", all.over.len(), all.under.len());
    let few = profile(&ProfileOptions { limit: Some(3), ..ALL });
    assert_eq!((&few.over[..], &few.under[..]), (&all.over[..3], &all.under[..3]));
    let by_lift = profile(&ProfileOptions { order: ProfileOrder::Lift, min_people: 20, ..ALL });
    let mut common: Vec<&Trait> = all.over.iter().filter(|it| it.everyone >= 20).collect();
    assert_eq!(by_lift.over.len(), common.len());
    // By the lift's exact ratio: two that are equal may differ once they are rounded.
    let falls = |a: &Trait, b: &Trait| a.count * b.everyone >= b.count * a.everyone;
    assert!(by_lift.over.is_sorted_by(falls) && by_lift.under.is_sorted_by(|a, b| falls(b, a)));
    common.retain(|it| !by_lift.over.contains(it));
    assert!(common.is_empty(), "{common:?}");
}

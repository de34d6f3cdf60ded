//! `why_empty` by brute force: every set of conditions tried, the others set aside.

use std::collections::{BTreeMap, BTreeSet};

use segql::syntax::ast::Expr;

use super::books::{Opened, open};
use crate::oracle::OracleClock;
use crate::subject;

/// A filter whose conditions can be set aside, one bit each.
struct Brute<'a> {
    filter: &'a Expr,
    /// By condition, in the order of the filter: whom it holds of, and whether it stands under an odd number of `not`.
    conditions: Vec<(BTreeSet<String>, bool)>,
}

impl<'a> Brute<'a> {
    fn new(book: &Opened, from: Option<&str>, filter: &'a Expr, clock: &OracleClock) -> Self {
        let mut conditions = Vec::new();
        gather(filter, false, &mut |expr, negated| conditions.push((book.people(from, expr, clock), negated)));
        Self { filter, conditions }
    }

    /// Whether a person matches if the conditions outside `kept` hold as is best for matching.
    fn matches(&self, key: &str, kept: u32) -> bool {
        self.holds(self.filter, key, kept, &mut 0)
    }

    fn holds(&self, expr: &Expr, key: &str, kept: u32, next: &mut usize) -> bool {
        match expr {
            Expr::And(parts, _) => !self.each(parts, key, kept, next).contains(&false),
            Expr::Or(parts, _) => self.each(parts, key, kept, next).contains(&true),
            Expr::Not(part, _) => !self.holds(part, key, kept, next),
            Expr::Group(part, _) => self.holds(part, key, kept, next),
            Expr::Condition(_) => {
                let (people, negated) = &self.conditions[*next];
                *next += 1;
                if kept >> (*next - 1) & 1 == 1 { people.contains(key) } else { !negated }
            }
        }
    }

    /// No short cut: every condition is to be counted.
    fn each(&self, parts: &[Expr], key: &str, kept: u32, next: &mut usize) -> Vec<bool> {
        parts.iter().map(|it| self.holds(it, key, kept, next)).collect()
    }
}

fn gather(expr: &Expr, negated: bool, op: &mut dyn FnMut(&Expr, bool)) {
    match expr {
        Expr::And(parts, _) | Expr::Or(parts, _) => parts.iter().for_each(|it| gather(it, negated, op)),
        Expr::Not(part, _) => gather(part, !negated, op),
        Expr::Group(part, _) => gather(part, negated, op),
        Expr::Condition(_) => op(expr, negated),
    }
}

#[test]
fn costs_and_minimal_sets_are_those_of_brute_force() {
    let (mut n_filters, mut n_empty, mut sizes) = (0, 0, BTreeMap::<usize, u32>::new());
    for seed in 0..10 {
        let book = open(80_000 + seed, 40);
        let mut i = 0;
        while i < 50 {
            n_filters += 1;
            let mut writer = book.writer(seed * 10_000 + n_filters);
            // Two filters at once, so that most have several conditions and many match nobody.
            let text = format!("({}) and ({})", writer.contact_filter(2), writer.contact_filter(2));
            let query = subject::parse(&text).unwrap();
            let clock = writer.clock();
            let mut n = 0;
            gather(&query.filter, false, &mut |_, _| n += 1);
            if n > 8 {
                continue;
            }
            i += 1;
            n_empty += u32::from(check(&book, &text, &query.filter, &clock, n));
            *sizes.entry(n).or_default() += 1;
        }
    }
    println!("{n_empty} of 500 match nobody; conditions: {sizes:?}");
    assert!(n_empty >= 100, "{n_empty} of 500 filters match nobody");
}

/// Whether nobody matches.
fn check(book: &Opened, text: &str, filter: &Expr, clock: &OracleClock, n: usize) -> bool {
    let report = book.engine.why_empty(text, &book.options(*clock)).unwrap();
    let brute = Brute::new(book, None, filter, clock);
    let all = (1_u32 << n) - 1;
    let count = |kept: u32| book.oracle.contacts.iter().filter(|it| brute.matches(&it.key, kept)).count() as u64;
    assert_eq!(report.count, count(all), "{text}");
    assert_eq!(report.everyone, book.oracle.contacts.len() as u64);
    assert_eq!(report.conditions.len(), n);
    for (at, condition) in report.conditions.iter().enumerate() {
        let (people, negated) = &brute.conditions[at];
        let holds = if *negated { report.everyone - people.len() as u64 } else { people.len() as u64 };
        assert_eq!(condition.holds, holds, "{text}: {}", condition.words);
        assert_eq!(condition.without, count(all & !(1 << at)), "{text}: {}", condition.words);
        assert_eq!(condition.costs, condition.without - report.count);
    }
    let excluding: Vec<u32> = (0..=all).filter(|kept| count(*kept) == 0).collect();
    let is_minimal = |set: &&u32| !excluding.iter().any(|other| other != *set && other & **set == *other);
    let wanted: BTreeSet<u32> = excluding.iter().filter(is_minimal).copied().collect();
    let sets = report.excluding.iter().map(|set| set.iter().fold(0, |bits, at| bits | 1 << at));
    assert_eq!(sets.collect::<BTreeSet<u32>>(), wanted, "{text}");
    assert_eq!(report.excluding.len(), wanted.len());
    assert!(report.is_complete && report.excluding.is_sorted_by_key(Vec::len));
    report.count == 0
}

/// Of more than 12 conditions one set, and a minimal one: of each part of it somebody matches.
#[test]
fn of_many_conditions_one_minimal_set_is_told() {
    let mut n_empty = 0;
    for seed in 0..6 {
        let book = open(90_000 + seed, 60);
        for i in 0..10 {
            let mut writer = book.writer(seed * 100 + i);
            let parts: Vec<String> = (0..18).map(|_| format!("({})", writer.contact_filter(1))).collect();
            let text = parts.join(" and ");
            let clock = writer.clock();
            let query = subject::parse(&text).unwrap();
            let report = book.engine.why_empty(&text, &book.options(clock)).unwrap();
            if report.count > 0 || report.conditions.len() > 32 {
                continue;
            }
            n_empty += 1;
            let brute = Brute::new(&book, None, &query.filter, &clock);
            let nobody = |kept: u32| !book.oracle.contacts.iter().any(|it| brute.matches(&it.key, kept));
            let [set] = report.excluding.as_slice() else { panic!("one set of {text}") };
            let bits = set.iter().fold(0, |bits, at| bits | 1 << at);
            assert!(!report.is_complete && nobody(bits), "{text}");
            assert!(set.iter().all(|at| !nobody(bits & !(1 << at))), "{text}");
        }
    }
    assert!(n_empty > 20, "{n_empty}");
}

/// A filter that is nothing but a segment is opened; within another it is one condition.
#[test]
fn a_segment_is_opened_if_it_is_all() {
    let book = open(1, 30);
    let clock = book.writer(1).clock();
    let words = |text: &str| {
        let report = book.engine.why_empty(text, &book.options(clock)).unwrap();
        report.conditions.into_iter().map(|it| it.words).collect::<Vec<_>>()
    };
    assert_eq!(words("@some and everyone"), ["@some", "everyone"]);
    assert_eq!(words("@others").last().unwrap(), "not @some");
}

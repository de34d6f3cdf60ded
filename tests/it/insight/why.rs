//! `why` says of every part what the oracle and the engine say of it.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use segql::engine::insight::{Fact, Gap, Reason, ReasonForm};
use segql::engine::{Engine, OpenOptions, QueryOptions};
use segql::model::Cell;
use segql::syntax::ast::Expr;

use super::books::{Opened, open};
use crate::oracle::OracleClock;
use crate::subject;

struct Case<'a> {
    book: &'a Opened,
    from: Option<&'a str>,
    clock: OracleClock,
    key: &'a str,
}

#[test]
fn every_part_is_judged_as_the_engine_does() {
    let (mut n_pairs, mut n_parts) = (0, 0);
    for seed in 0..20 {
        let book = open(70_000 + seed, 20 + 15 * seed as usize);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for i in 0..50 {
            let mut writer = book.writer(seed * 1_000 + i);
            let text = writer.sentence();
            let clock = writer.clock();
            let query = subject::parse(&text).unwrap();
            let from = query.from.as_ref().map(|it| it.text.as_str());
            let is_visitors = from.is_some_and(|it| it.eq_ignore_ascii_case("visitors"));
            let people = if is_visitors { &book.oracle.visitors } else { &book.oracle.contacts };
            for _ in 0..2 {
                let key = &people[rng.random_range(0..people.len())].key;
                let why = book.engine.why(&text, key, &book.options(clock)).unwrap();
                let case = Case { book: &book, from, clock, key };
                assert_eq!(why.holds, why.reason.holds);
                case.check(&why.reason, &query.filter, &mut n_parts);
                n_pairs += 1;
            }
        }
    }
    println!("{n_pairs} pairs, {n_parts} parts");
    assert!(n_pairs >= 2_000 && n_parts > 4_000, "{n_pairs} pairs, {n_parts} parts");
}

impl Case<'_> {
    fn check(&self, reason: &Reason, expr: &Expr, n_parts: &mut u32) {
        if let Expr::Group(inner, _) = expr {
            return self.check(reason, inner, n_parts);
        }
        *n_parts += 1;
        let wanted = self.book.people(self.from, expr, &self.clock).contains(self.key);
        assert_eq!(reason.holds, wanted, "by the oracle: {}", reason.words);
        let prefix = self.from.map_or(String::new(), |it| format!("from {it} "));
        let engine = &self.book.engine;
        let query = engine.prepare(&format!("{prefix}{}", reason.words), &self.book.options(self.clock)).unwrap();
        let found = engine.keys(&query).unwrap().iter().any(|it| it == self.key);
        assert_eq!(reason.holds, found, "by the engine: {}", reason.words);
        let (form, parts): (_, Vec<&Expr>) = match expr {
            Expr::And(parts, _) => (ReasonForm::And, parts.iter().collect()),
            Expr::Or(parts, _) => (ReasonForm::Or, parts.iter().collect()),
            Expr::Not(part, _) => (ReasonForm::Not, vec![part]),
            Expr::Condition(condition) => match self.book.segment(&condition.kind) {
                Some(definition) => (ReasonForm::Segment, vec![definition]),
                None => (ReasonForm::Condition, Vec::new()),
            },
            Expr::Group(..) => unreachable!("brackets are looked through"),
        };
        assert_eq!((reason.form, reason.parts.len()), (form, parts.len()), "{}", reason.words);
        for (reason, expr) in reason.parts.iter().zip(parts) {
            self.check(reason, expr, n_parts);
        }
    }
}

/// c00001 bought once, 11.77 on 1997-01-01; c00003 six times, 156.46 in all, 2 CDs on 1997-01-02, last on 1998-05-28.
#[test]
fn values_and_what_is_missing_are_told() {
    let engine =
        Engine::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow").as_ref(), &OpenOptions::default()).unwrap();
    let now = segql::model::parse_time("1998-07-01T00:00:00Z", &segql::model::Zone::utc()).unwrap();
    let options = QueryOptions { now_us: Some(now), ..QueryOptions::default() };
    let facts = |filter: &str, key: &str| -> Vec<Fact> {
        let why = engine.why(filter, key, &options).unwrap();
        why.reason.facts.into_iter().chain(why.reason.parts.into_iter().flat_map(|it| it.facts)).collect()
    };
    let fact =
        |what: &str, value: Cell, passes: bool, gap: Option<Gap>| Fact { what: what.to_owned(), value, passes, gap };
    let cents = |value: i128| Cell::Decimal { value, scale: 2 };
    for (filter, key, wanted) in [
        ("spent >= 20", "C00001@example.com ", fact("spent", cents(1_177), false, Some(Gap::Amount(cents(823))))),
        ("spent < 100", "c00003@example.com", fact("spent", cents(15_646), false, Some(Gap::Amount(cents(-5_647))))),
        ("not spent >= 20", "c00001@example.com", fact("spent", cents(1_177), true, None)),
        ("not spent < 20", "c00001@example.com", fact("spent", cents(1_177), false, Some(Gap::Amount(cents(823))))),
        (
            "did purchase twice",
            "c00001@example.com",
            fact("purchase records", Cell::Int(1), false, Some(Gap::Times(1))),
        ),
        (
            "did purchase at most 4 times",
            "c00003@example.com",
            fact("purchase records", Cell::Int(6), false, Some(Gap::Times(-2))),
        ),
        (
            "did purchase where amount > 11.77",
            "c00001@example.com",
            fact("purchase records that pass", Cell::Int(0), false, Some(Gap::Times(1))),
        ),
        (
            "sum(purchase.amount) > 200",
            "c00003@example.com",
            fact("sum(purchase.amount)", cents(15_646), false, Some(Gap::Amount(cents(4_355)))),
        ),
        // 1997-01-01, 545 days before the last day that would do.
        (
            "subscribed_at >= 1998-06-30",
            "c00001@example.com",
            fact(
                "subscribed_at",
                Cell::Instant(852_076_800_000_000),
                false,
                Some(Gap::Microseconds(545 * 86_400_000_000)),
            ),
        ),
        ("name = x", "c00001@example.com", fact("name", Cell::Null, false, None)),
    ] {
        assert_eq!(facts(filter, key).first(), Some(&wanted), "{filter}");
    }
    // 546 days before now, so 366 before the window.
    let latest = Fact {
        what: "latest purchase".to_owned(),
        value: Cell::Instant(852_076_800_000_000),
        passes: false,
        gap: Some(Gap::Microseconds(366 * 86_400_000_000)),
    };
    assert_eq!(facts("did purchase in last 180 days", "c00001@example.com")[1..], [latest]);
    assert_eq!(facts("not did purchase in last 180 days", "c00001@example.com").len(), 1);
    let refused = engine.why("everyone", "nobody@example.com", &options).unwrap_err();
    assert!(!refused.to_string().contains("nobody@"), "{refused}");
    assert_eq!(engine.why("everyone | count", "c00001@example.com", &options).unwrap_err().exit_code(), 3);
}

//! `diff` against the oracle: each cause is undone, in a book of one person, and the person is where they were.

use std::collections::{BTreeMap, BTreeSet};

use segql::engine::insight::{Diff, DiffCause, DiffKind, DiffMove, DiffOptions, DiffSide, diff};
use segql::engine::{Engine, Error, OpenOptions};
use segql::model::TimeUnit;
use segql::syntax::ast::{ConditionKind, Expr, Query, Subject};

use super::books::{Opened, open, open_two};
use super::help::run;
use crate::oracle::book::{OracleBook, Person};
use crate::oracle::{self, OracleClock};
use crate::subject;
use crate::value::V;

type People = BTreeSet<String>;

/// Both sides; of each pair the first is the old one.
struct Pair<'a> {
    books: &'a [Opened; 2],
    queries: [Query; 2],
    clocks: [OracleClock; 2],
    text: &'a str,
}

#[test]
fn causes_add_up_and_undone_undo_the_move() {
    let mut kinds = BTreeMap::<DiffKind, u64>::new();
    let (mut n_by, mut n_ordered, mut n_of_visitors) = (0, 0, 0);
    for seed in 0..24 {
        let books = open_two(140_000 + seed, 90);
        for i in 0..12 {
            let mut writer = books[1].writer(seed * 100 + i);
            let text = writer.sentence();
            let new_clock = writer.clock();
            let shift = [0, 0, 1, 30, 200][(i as usize) % 5];
            let mut old_clock =
                OracleClock { now_us: new_clock.shift(new_clock.now_us, -shift, TimeUnit::Day), ..new_clock };
            let mut old_writer = books[0].writer(seed * 100 + i + 50);
            if i % 6 == 5 {
                old_clock.tz = old_writer.clock().tz;
            }
            let query = subject::parse(&text).unwrap();
            let is_other = i % 4 == 3 && query.from.is_none();
            let old_text =
                if is_other { format!("({text}) or ({})", old_writer.contact_filter(1)) } else { text.clone() };
            let pair = Pair {
                books: &books,
                queries: [subject::parse(&old_text).unwrap(), query],
                clocks: [old_clock, new_clock],
                text: &text,
            };
            let options = [books[0].options(old_clock), books[1].options(new_clock)];
            let old = DiffSide { engine: &books[0].engine, filter: &old_text, options: &options[0] };
            let new = DiffSide { engine: &books[1].engine, filter: &text, options: &options[1] };
            let report = diff(&old, &new, &DiffOptions { values: 3, people: true }).unwrap();
            pair.check(&report, &mut kinds, &mut n_by, &mut n_ordered);
            if pair.from().is_some() {
                n_of_visitors += report.entered.count + report.left.count;
            }
        }
    }
    println!("{kinds:?}; {n_by} by conditions, {n_ordered} of known order, {n_of_visitors} visitors");
    for kind in
        [DiffKind::New, DiffKind::Gone, DiffKind::Data, DiffKind::Clock, DiffKind::Definition, DiffKind::Together]
    {
        assert!(kinds.get(&kind).is_some_and(|n| *n > 20), "{kind:?}: {kinds:?}");
    }
    assert!(n_by > 200 && n_ordered > 200 && n_of_visitors > 20, "{n_by}, {n_ordered}, {n_of_visitors}");
}

impl Pair<'_> {
    fn from(&self) -> Option<&str> {
        self.queries[1].from.as_ref().map(|it| it.text.as_str())
    }

    /// The table of the people, if they are visitors.
    fn of_visitors(&self) -> bool {
        self.from().is_some_and(|it| it.eq_ignore_ascii_case("visitors"))
    }

    fn check(&self, report: &Diff, kinds: &mut BTreeMap<DiffKind, u64>, n_by: &mut u64, n_ordered: &mut u64) {
        let people = |at: usize| self.books[at].people(self.from(), &self.queries[at].filter, &self.clocks[at]);
        let (old, new) = (people(0), people(1));
        assert_eq!((report.old.count, report.new.count), (old.len() as u64, new.len() as u64), "{}", self.text);
        assert_eq!(report.stayed, old.intersection(&new).count() as u64);
        let conditions = self.books[1].conditions(&self.queries[1].filter);
        assert_eq!(report.conditions.len(), conditions.len());
        for (moved, wanted, entered) in [(&report.entered, &new - &old, true), (&report.left, &old - &new, false)] {
            adds_up(moved, &wanted, self.text);
            for cause in &moved.causes {
                *kinds.entry(cause.kind).or_default() += cause.count;
                let mut by = vec![0; conditions.len()];
                for person in cause.people.as_ref().unwrap() {
                    let moved = self.alone(&person.key, entered);
                    moved.is_undone_by(cause);
                    *n_ordered += u64::from(moved.is_first(cause));
                    if !cause.changes.iter().any(|it| it == "person" || it == "definition") {
                        let worlds = [moved.world(&[]), moved.world(&cause.changes)];
                        for ((expr, negated), n) in conditions.iter().zip(&mut by) {
                            let holds = worlds.each_ref().map(|it| it.holds(expr) != *negated);
                            *n += u64::from(holds == [entered, !entered]);
                        }
                    }
                }
                let mut told = vec![0; conditions.len()];
                cause.by.iter().for_each(|it| told[it.condition] = it.count);
                assert_eq!(told, by, "{}: {cause:?}", self.text);
                *n_by += by.iter().sum::<u64>();
            }
        }
    }

    /// Somebody who moved, by themselves in both books.
    fn alone<'a>(&'a self, key: &'a str, entered: bool) -> Moved<'a> {
        let of_visitors = self.of_visitors();
        let books = self.books.each_ref().map(|it| alone(&it.oracle, key, of_visitors));
        Moved { pair: self, key, entered, of_visitors, books }
    }
}

/// Somebody who moved.
struct Moved<'a> {
    pair: &'a Pair<'a>,
    key: &'a str,
    entered: bool,
    of_visitors: bool,
    /// Both books without anybody else.
    books: [OracleBook; 2],
}

impl Moved<'_> {
    fn told(&self) -> String {
        format!("{}: {}", self.pair.text, self.key)
    }

    /// The named cause undone, the person is where they were; less of it isn't enough.
    fn is_undone_by(&self, cause: &DiffCause) {
        let matches = |changes: &[String]| self.world(changes).matches();
        assert_eq!(matches(&[]), self.entered, "{}", self.told());
        assert_eq!(matches(&cause.changes), !self.entered, "{}, {cause:?}", self.told());
        // Several fields that one condition reads are one piece of data.
        let is_several = cause.changes.len() > 1 && cause.kind != DiffKind::Data;
        assert_eq!(cause.kind == DiffKind::Together, is_several, "{cause:?}");
        for whole in ["person", "clock", "definition"] {
            let less: Vec<String> = cause.changes.iter().filter(|it| *it != whole).cloned().collect();
            if is_several && less.len() < cause.changes.len() {
                assert_eq!(matches(&less), self.entered, "{}, {cause:?} without {whole}", self.told());
            }
        }
    }

    /// Where every field and kind is a change of its own: that the cause is of the first sort that would do.
    fn is_first(&self, cause: &DiffCause) -> bool {
        let mut all =
            self.pair.queries.iter().zip(self.pair.books).flat_map(|(query, book)| book.conditions(&query.filter));
        if all.any(|(expr, _)| is_linked(expr)) {
            return false;
        }
        let undoes = |change: &str| self.world(&[change.to_owned()]).matches() != self.entered;
        let wanted = match self.books.each_ref().map(|it| people(it, self.of_visitors).first()) {
            [Some(old), Some(new)] => {
                let differs = |(tag, value): &(&String, &V)| new.row.get(*tag) != Some(*value);
                let fields = old.row.iter().filter(differs).map(|it| it.0.clone());
                let kinds = self.books.iter().flat_map(|it| it.kinds.keys()).map(|it| format!("{it} records"));
                let visitors = (!self.of_visitors).then(|| "visitors".to_owned());
                fields.chain(kinds).chain(visitors).any(|it| undoes(&it)).then_some(DiffKind::Data)
            }
            _ if undoes("person") => Some(if self.entered { DiffKind::New } else { DiffKind::Gone }),
            _ => None,
        };
        let whole = || match (undoes("clock"), undoes("definition")) {
            (true, _) => DiffKind::Clock,
            (false, true) => DiffKind::Definition,
            (false, false) => DiffKind::Together,
        };
        assert_eq!(cause.kind, wanted.unwrap_or_else(whole), "{}, {cause:?}", self.told());
        true
    }

    /// The new side with some changes put back.
    fn world(&self, changes: &[String]) -> World<'_> {
        let [old, new] = &self.books;
        let mut book = new.clone();
        let (mut clock, mut query) = (self.pair.clocks[1], &self.pair.queries[1]);
        for change in changes {
            match change.as_str() {
                "clock" => clock = self.pair.clocks[0],
                "definition" => {
                    query = &self.pair.queries[0];
                    (book.segments, book.lists) = (old.segments.clone(), old.lists.clone());
                }
                "person" => book = OracleBook { segments: book.segments, lists: book.lists, ..old.clone() },
                "visitors" => book.visitors = old.visitors.clone(),
                _ => match change.strip_suffix(" records") {
                    Some(kind) => {
                        let kind = kind.to_lowercase();
                        book.kinds.remove(&kind);
                        book.kinds.extend(old.kinds.get(&kind).map(|it| (kind, it.clone())));
                    }
                    None => {
                        let was = people(old, self.of_visitors)[0].row.get(change).cloned().unwrap_or(V::Null);
                        let people = if self.of_visitors { &mut book.visitors } else { &mut book.contacts };
                        put_back(&mut people[0], change, was);
                    }
                },
            }
        }
        World { book, clock, query, from: self.pair.from().map(str::to_owned) }
    }
}

fn put_back(person: &mut Person, tag: &str, value: V) {
    person.row.insert(tag.to_owned(), value);
    // The funnel is made of these two.
    if let Some(lost) = person.row.get("lost") {
        let funnel = if *lost == V::Bool(true) { V::text("lost") } else { person.row["stage"].clone() };
        person.row.insert("funnel".to_owned(), funnel);
    }
}

/// One person, and what is asked.
struct World<'a> {
    book: OracleBook,
    clock: OracleClock,
    query: &'a Query,
    from: Option<String>,
}

impl World<'_> {
    fn matches(&self) -> bool {
        self.holds(&self.query.filter)
    }

    fn holds(&self, expr: &Expr) -> bool {
        !oracle::matches(&self.book, self.from.as_deref(), expr, &self.clock).is_empty()
    }
}

/// Whether a condition reads several fields or kinds.
fn is_linked(expr: &Expr) -> bool {
    let Expr::Condition(condition) = expr else { return true };
    match &condition.kind {
        ConditionKind::Test { subject: Subject::Field(field), test, .. } => {
            field.name.text.eq_ignore_ascii_case("funnel") || format!("{test:?}").contains("Field(")
        }
        ConditionKind::LostFrom(_) | ConditionKind::Sequence { .. } => true,
        _ => false,
    }
}

fn people(book: &OracleBook, of_visitors: bool) -> &[Person] {
    if of_visitors { &book.visitors } else { &book.contacts }
}

fn find<'a>(people: &'a [Person], key: &str) -> Option<&'a Person> {
    people.iter().find(|it| it.key == key)
}

/// A book of one person, or of nobody if it hasn't got them.
fn alone(book: &OracleBook, key: &str, of_visitors: bool) -> OracleBook {
    let mut book = book.clone();
    if of_visitors {
        book.visitors.retain(|it| it.key == key);
        book.contacts.clear();
    } else {
        book.contacts.retain(|it| it.key == key);
        book.visitors.retain(|it| it.row.get("email") == Some(&V::text(key)));
    }
    for kind in book.kinds.values_mut() {
        kind.records.retain(|contact, _| contact == key);
    }
    book
}

fn adds_up(moved: &DiffMove, wanted: &People, text: &str) {
    assert_eq!(moved.count, wanted.len() as u64, "{text}");
    assert_eq!(moved.causes.iter().map(|it| it.count).sum::<u64>(), moved.count, "{text}");
    assert!(moved.causes.is_sorted_by(|a, b| a.count >= b.count));
    let mut listed = Vec::new();
    for cause in &moved.causes {
        let people = cause.people.as_ref().unwrap();
        assert_eq!(people.len() as u64, cause.count);
        listed.extend(people.iter().map(|it| it.key.clone()));
        for person in people {
            // What is named is told of each.
            let named = cause.changes.iter().filter(|it| !["person", "clock", "definition"].contains(&it.as_str()));
            assert_eq!(person.values.iter().map(|it| &it.what).collect::<Vec<_>>(), named.collect::<Vec<_>>());
        }
        let told: BTreeSet<_> = people.iter().flat_map(|it| it.values.iter().cloned()).collect();
        assert_eq!(cause.values.len(), told.len().min(3));
        for value in &cause.values {
            let n = people.iter().filter(|it| it.values.contains(&value.change)).count();
            assert_eq!(n as u64, value.count);
        }
    }
    listed.sort();
    assert_eq!(listed, wanted.iter().cloned().collect::<Vec<_>>(), "each person has one cause: {text}");
}

/// Old and new values are those that `query` shows.
#[test]
fn values_are_told_from_what_to_what() {
    let books = open_two(150_001, 600);
    let options = books.each_ref().map(|it| it.options(it.writer(1).clock()));
    let text = "city is not empty and count(page_view) > 1 or did page_view";
    let side = |at: usize| DiffSide { engine: &books[at].engine, filter: text, options: &options[at] };
    let report = diff(&side(0), &side(1), &DiffOptions { values: 0, people: true }).unwrap();
    let mut n = 0;
    for cause in report.entered.causes.iter().chain(&report.left.causes).filter(|it| it.kind == DiffKind::Data) {
        for person in cause.people.as_ref().unwrap() {
            for value in &person.values {
                let found = books.each_ref().map(|book| {
                    let person = find(&book.oracle.contacts, &person.key).unwrap();
                    match value.what.strip_suffix(" records") {
                        Some(kind) => {
                            let kind = book.oracle.kinds.get(&kind.to_lowercase());
                            let n = kind.and_then(|it| it.records.get(&person.key)).map_or(0, Vec::len);
                            Some(n.to_string())
                        }
                        None => match &person.row[&value.what] {
                            V::Null => None,
                            V::Text(text) => Some(text.clone()),
                            other => panic!("{other:?}"),
                        },
                    }
                });
                assert_eq!([value.from.clone(), value.to.clone()], found, "{}", value.what);
                if let (Some(added), Some(gone)) = (value.added, value.gone) {
                    let n = |it: &Option<String>| it.as_ref().unwrap().parse::<i64>().unwrap();
                    assert_eq!(n(&value.to) - n(&value.from), added as i64 - gone as i64);
                    assert!(added + gone > 0);
                }
                n += 1;
            }
        }
    }
    assert!(n > 5, "{n}");
}

#[test]
fn a_filter_that_one_book_cannot_read_is_named() {
    let cdnow = Engine::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow").as_ref(), &OpenOptions::default());
    let (cdnow, book) = (cdnow.unwrap(), open(3, 30));
    let options = book.options(book.writer(1).clock());
    let old = DiffSide { engine: &cdnow, filter: "orders > 3", options: &options };
    let new = |filter| DiffSide { engine: &book.engine, filter, options: &options };
    let refused = diff(&old, &new("everyone"), &DiffOptions::default()).unwrap_err();
    assert!(matches!(refused, Error::OneSide { .. }) && refused.exit_code() == 3, "{refused}");
    assert!(refused.to_string().starts_with("the old filter in the new book"), "{refused}");
    let old = DiffSide { filter: "everyone", ..old };
    let refused = diff(&old, &new("from visitors everyone"), &DiffOptions::default()).unwrap_err();
    assert!(matches!(refused, Error::DifferentPeople), "{refused}");
    let refused = diff(&old, &new("everyone | count"), &DiffOptions::default()).unwrap_err();
    assert_eq!(refused.exit_code(), 3, "{refused}");
}

/// The same book later: what the command tells of the clock is what `query` lists.
#[test]
fn the_command_tells_what_query_lists() {
    let json = run(
        "segql diff data/cdnow data/cdnow --old-now 1998-06-01T00:00:00Z --now 1998-07-01T00:00:00Z --format json --people @lapsed",
    );
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let listed = |now: &str| -> People {
        run(&format!("segql query --book data/cdnow --now {now} --format ids @lapsed"))
            .lines()
            .map(str::to_owned)
            .collect()
    };
    let (old, new) = (listed("1998-06-01T00:00:00Z"), listed("1998-07-01T00:00:00Z"));
    for (moved, wanted) in [(&json["entered"], &new - &old), (&json["left"], &old - &new)] {
        let mut keys = Vec::new();
        for cause in moved["causes"].as_array().unwrap() {
            assert_eq!(cause["kind"], "clock");
            keys.extend(cause["people"].as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap().to_owned()));
        }
        assert_eq!(keys, wanted.into_iter().collect::<Vec<_>>());
    }
    assert!(json["entered"]["count"].as_u64().unwrap() > 100);
}

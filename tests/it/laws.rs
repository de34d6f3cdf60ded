//! Laws over random books and filters: the engine is the oracle, however many threads, shards, parts and in whatever order
//! of rows; a rewritten plan finds what the plan as written finds; `f` and `not f` split everyone; the printed form means the same.
//!
//! `SEGQL_LAWS=100000` goes on for longer, `SEGQL_LAWS_SEED=7` elsewhere; a failure prints both seeds and the sentence.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use segql::syntax::ast::Expr;

use crate::alternatives::{self, Met};
use crate::oracle::book::OracleBook;
use crate::oracle::{self, OracleClock};
use crate::random::book::random_book;
use crate::random::filter::{FilterWriter, Tally};
use crate::random::shuffle::shuffled;
use crate::subject::{self, Asked, Opened, Subject};

const FILTERS_A_BOOK: u64 = 50;
const FILTERS_A_LARGE_BOOK: u64 = 16;
/// Each alternative is drawn at least so often.
const LEAST: u64 = 20;
/// More failures than these tell nothing new.
const MAX_FAILURES: usize = 12;

#[test]
fn engine_is_oracle() {
    let n_filters = env("SEGQL_LAWS").unwrap_or(10_000);
    let seed = env("SEGQL_LAWS_SEED").unwrap_or(1);
    // One book in ten is large, and asked less.
    let n_books = (n_filters * 10).div_ceil(9 * FILTERS_A_BOOK + FILTERS_A_LARGE_BOOK);
    let next = AtomicU64::new(0);
    let found = Mutex::new(Found::default());
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(4);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= n_books || found.lock().unwrap().failures.len() >= MAX_FAILURES {
                        return;
                    }
                    let more = check_book(seed * 1_000_000 + i);
                    found.lock().unwrap().add(more);
                }
            });
        }
    });
    let Found { failures, n_filters, n_record_filters, tally, met } = found.into_inner().unwrap();
    println!("{n_filters} filters, {n_record_filters} of them on records");
    println!("drawn: {tally:?}\nof the grammar: {met:?}");
    let undrawn: Vec<_> = alternatives::wanted().into_iter().filter(|it| !met.contains_key(it)).collect();
    println!("of the grammar, not drawn: {undrawn:?}");
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    assert!(n_record_filters * 2 >= n_filters, "at least every second filter is to ask for records");
    if n_filters >= 10_000 {
        let rare: Vec<_> = ALTERNATIVES.iter().filter(|it| tally.get(**it).is_none_or(|n| *n < LEAST)).collect();
        assert!(rare.is_empty(), "hardly ever drawn: {rare:?}");
        let rare: Vec<_> =
            alternatives::wanted().into_iter().filter(|it| met.get(it).is_none_or(|n| *n < LEAST)).collect();
        assert!(rare.is_empty(), "of the grammar, hardly ever drawn: {rare:?}");
    }
}

/// What some books have shown.
#[derive(Default)]
struct Found {
    failures: Vec<String>,
    n_filters: u64,
    n_record_filters: u64,
    tally: Tally,
    met: Met,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.failures.extend(other.failures);
        self.n_filters += other.n_filters;
        self.n_record_filters += other.n_record_filters;
        for (what, n) in other.tally {
            *self.tally.entry(what).or_default() += n;
        }
        for (what, n) in other.met {
            *self.met.entry(what).or_default() += n;
        }
    }
}

/// Conditions that records decide.
const OF_RECORDS: [&str; 17] = [
    "attended",
    "avg",
    "became lost",
    "count(distinct)",
    "count(kind)",
    "did",
    "did not",
    "first",
    "last",
    "max",
    "min",
    "moved",
    "push",
    "registered for",
    "sequence",
    "sum",
    "visitor of",
];

/// The grammar's alternatives that must be drawn.
const ALTERNATIVES: [&str; 72] = [
    "\\u{}",
    "and",
    "and+or",
    "anniversary",
    "attended",
    "avg",
    "bare word",
    "became lost",
    "before/after/since",
    "brackets",
    "cased",
    "choice",
    "contains",
    "count",
    "count(distinct)",
    "count(kind)",
    "count(list)",
    "date between",
    "date compare",
    "date in",
    "date value ago/in",
    "date value day",
    "date value day ± n",
    "date value now",
    "date value now ± n",
    "date value time",
    "date value today ± n",
    "date value word",
    "did",
    "did not",
    "email parts",
    "ends with",
    "everyone",
    "field against field",
    "first",
    "from.contacts",
    "from.visitors",
    "funnel",
    "in file",
    "in last/next n",
    "in this/last/next unit",
    "is empty",
    "known",
    "last",
    "like",
    "list =",
    "list all",
    "list contains",
    "list in",
    "list like text",
    "list none",
    "lost from",
    "matches",
    "max",
    "min",
    "more than n ago",
    "moved",
    "nobody",
    "not",
    "number between",
    "number compare",
    "number in",
    "on",
    "or",
    "push",
    "record window",
    "registered for",
    "segment name",
    "segment tag",
    "sequence",
    "single quotes",
    "sum",
];

fn check_book(seed: u64) -> Found {
    let n_contacts = match seed % 10 {
        9 => 2_500,
        small => 20 + 42 * small as usize,
    };
    let mut book = random_book(seed, n_contacts);
    let bare = OracleBook::read(&book.raw, Vec::new());
    let mut writer = FilterWriter::new(seed, &bare, book.now_us);
    let (a, b) = (writer.contact_filter(1), writer.contact_filter(1));
    book.raw.segments = format!(
        "segment some: {a};\nsegment others \"The Others\": {b};\nsegment neither: not @some and not @OTHERS;\n"
    );
    let definitions = match subject::definitions(&book.raw.segments) {
        Ok(definitions) => definitions,
        Err(errors) => {
            let failures = vec![format!("book {seed}: {}: {errors:?}", book.raw.segments)];
            return Found { failures, ..Found::default() };
        }
    };
    let oracle_book = OracleBook::read(&book.raw, definitions);
    let dir = tempfile::tempdir().unwrap();
    book.raw.write(dir.path());
    let other_dir = tempfile::tempdir().unwrap();
    shuffled(&book.raw, seed).write(other_dir.path());
    let mut engines = engines(&dir.path().join("book"));
    let other = Opened { threads: Some(2), shard_rows: Some(128), ..Opened::default() };
    engines.push(("other rows and parts", Subject::open(&other_dir.path().join("book"), other)));
    let filters = if n_contacts > 1_000 { FILTERS_A_LARGE_BOOK } else { FILTERS_A_BOOK };
    let mut found = Found::default();
    for i in 0..filters {
        let mut writer = FilterWriter::new(seed.wrapping_mul(1_000_003) + i, &oracle_book, book.now_us);
        let text = writer.sentence();
        let case = Case { book: &oracle_book, clock: writer.clock(), dir: dir.path(), engines: &engines };
        let outcome = catch_unwind(AssertUnwindSafe(|| case.check(&text)));
        let outcome = outcome.unwrap_or_else(|panic| Err(format!("panicked: {}", words(&panic))));
        if let Err(why) = outcome {
            let clock = writer.clock();
            found.failures.push(format!(
                "book {seed} ({n_contacts} contacts, zone {}), filter {i}, now {}, zone {}\n  {text}\n  {why}",
                book.raw.zone,
                oracle::calendar::utc(clock.now_us).to_rfc3339(),
                clock.tz
            ));
        }
        let (mut met, tally) = (Met::new(), writer.tally());
        alternatives::count(&text, &mut met);
        let n_record_filters = u64::from(OF_RECORDS.iter().any(|it| tally.contains_key(it)));
        found.add(Found { failures: Vec::new(), n_filters: 1, n_record_filters, tally, met });
    }
    found
}

fn engines(book: &Path) -> Vec<(&'static str, Subject)> {
    let forms = [
        ("as shipped", Opened::default()),
        ("1 thread", Opened { threads: Some(1), ..Opened::default() }),
        ("2 threads", Opened { threads: Some(2), shard_rows: Some(64), ..Opened::default() }),
        ("7 threads", Opened { threads: Some(7), shard_rows: Some(64), ..Opened::default() }),
        ("shards of 1,024", Opened { threads: Some(2), shard_rows: Some(1_024), ..Opened::default() }),
        ("from an image", Opened { threads: Some(2), shard_rows: Some(64), from_image: true }),
    ];
    forms.into_iter().map(|(name, opened)| (name, Subject::open(book, opened))).collect()
}

struct Case<'a> {
    book: &'a OracleBook,
    clock: OracleClock,
    dir: &'a Path,
    engines: &'a [(&'static str, Subject)],
}

impl Case<'_> {
    fn check(&self, text: &str) -> Result<(), String> {
        let query = subject::parse(text).map_err(|errors| format!("refused by the parser: {errors:?}"))?;
        let from = query.from.as_ref().map(|it| it.text.as_str());
        let wanted = oracle::matches(self.book, from, &query.filter, &self.clock);
        let asked = self.asked();
        for (name, engine) in self.engines {
            let found = engine.keys(text, &asked).map_err(|why| format!("{name}: {why}"))?;
            if found != wanted {
                let smallest = self.smallest(text, from, &query.filter);
                return Err(format!("{name}: {}\n  smallest part: {smallest}", differ(&wanted, &found)));
            }
        }
        let engine = &self.engines[0].1;
        self.check_split(engine, text, from, &query.filter, &wanted)?;
        let as_written = self.unrewritten(engine, text, from, &query.filter)?;
        if as_written != wanted {
            return Err(format!("the plan as written: {}", differ(&wanted, &as_written)));
        }
        let printed = subject::print(&query);
        let again = subject::parse(&printed).map_err(|errors| format!("printed as {printed}: {errors:?}"))?;
        let twice = subject::print(&again);
        if printed != twice {
            return Err(format!("printed as {printed}, then as {twice}"));
        }
        let found = engine.keys(&printed, &asked).map_err(|why| format!("printed as {printed}: {why}"))?;
        if found != wanted {
            return Err(format!("printed as {printed}: {}", differ(&wanted, &found)));
        }
        Ok(())
    }

    fn asked(&self) -> Asked {
        Asked { now_us: self.clock.now_us, zone: self.clock.tz.name().to_owned(), working_dir: self.dir.to_owned() }
    }

    /// `f` and `not f` split everyone.
    fn check_split(
        &self,
        engine: &Subject,
        text: &str,
        from: Option<&str>,
        filter: &Expr,
        matching: &[String],
    ) -> Result<(), String> {
        let prefix = from.map_or(String::new(), |it| format!("from {it} "));
        let span = filter.span();
        let others = engine.keys(&format!("{prefix}not ({})", &text[span.start..span.end]), &self.asked())?;
        let all = engine.keys(&format!("{prefix}everyone"), &self.asked())?;
        let mut both: Vec<String> = matching.iter().chain(&others).cloned().collect();
        both.sort();
        if both == all { Ok(()) } else { Err(format!("f and not f don't split everyone: {}", differ(&all, &both))) }
    }

    /// Who matches when no plan is rewritten: each condition is run by itself, its `where` as it was written, and what they
    /// find is put together here.
    fn unrewritten(
        &self,
        engine: &Subject,
        text: &str,
        from: Option<&str>,
        expr: &Expr,
    ) -> Result<Vec<String>, String> {
        let prefix = from.map_or(String::new(), |it| format!("from {it} "));
        let keys = |expr: &Expr| self.unrewritten(engine, text, from, expr).map(BTreeSet::from_iter);
        let found: BTreeSet<String> = match expr {
            Expr::And(parts, _) => {
                let all: Vec<BTreeSet<String>> = parts.iter().map(keys).collect::<Result<_, _>>()?;
                all.into_iter().reduce(|a, b| &a & &b).unwrap_or_default()
            }
            Expr::Or(parts, _) => {
                let all: Vec<BTreeSet<String>> = parts.iter().map(keys).collect::<Result<_, _>>()?;
                all.into_iter().flatten().collect()
            }
            Expr::Not(part, _) => {
                let all = engine.keys_as_written(&format!("{prefix}everyone"), &self.asked())?;
                &BTreeSet::from_iter(all) - &keys(part)?
            }
            Expr::Group(part, _) => keys(part)?,
            Expr::Condition(condition) => {
                let span = condition.span;
                let sentence = format!("{prefix}{}", &text[span.start..span.end]);
                engine.keys_as_written(&sentence, &self.asked())?.into_iter().collect()
            }
        };
        Ok(found.into_iter().collect())
    }

    /// The smallest part of the filter on which some engine still differs.
    fn smallest(&self, text: &str, from: Option<&str>, expr: &Expr) -> String {
        let parts: Vec<&Expr> = match expr {
            Expr::And(parts, _) | Expr::Or(parts, _) => parts.iter().collect(),
            Expr::Not(part, _) | Expr::Group(part, _) => vec![&**part],
            Expr::Condition(_) => Vec::new(),
        };
        let differs = |part: &&&Expr| {
            let wanted = oracle::matches(self.book, from, part, &self.clock);
            let span = part.span();
            let sentence = from.map_or(String::new(), |it| format!("from {it} ")) + &text[span.start..span.end];
            let asked = self.asked();
            self.engines.iter().any(|(_, engine)| engine.keys(&sentence, &asked).as_ref() != Ok(&wanted))
        };
        match parts.iter().find(differs) {
            Some(part) => self.smallest(text, from, part),
            None => {
                let span = expr.span();
                text[span.start..span.end].to_owned()
            }
        }
    }
}

/// Who is missing and who is too many; the books are made up, so they may be named.
fn differ(wanted: &[String], found: &[String]) -> String {
    let (wanted, found): (BTreeSet<_>, BTreeSet<_>) = (wanted.iter().collect(), found.iter().collect());
    let some = |a: &BTreeSet<&String>, b: &BTreeSet<&String>| {
        let all: Vec<_> = a.difference(b).collect();
        format!("{} {:?}", all.len(), all.iter().take(4).collect::<Vec<_>>())
    };
    format!(
        "{} wanted, {} found; missing {}; too many {}",
        wanted.len(),
        found.len(),
        some(&wanted, &found),
        some(&found, &wanted)
    )
}

fn words(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words").to_owned()
}

/// A number of the environment.
pub fn env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

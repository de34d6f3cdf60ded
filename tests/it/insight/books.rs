//! Random books with saved segments, opened, beside what the oracle reads of them.

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use segql::engine::{Engine, OpenOptions, QueryOptions};
use segql::syntax::ast::{ConditionKind, Expr};
use tempfile::TempDir;

use crate::oracle::book::OracleBook;
use crate::oracle::{self, OracleClock};
use crate::random::book::random_book;
use crate::random::filter::FilterWriter;
use crate::raw::{RawBook, RawTable};
use crate::subject;
use crate::value::V;

/// A random book, opened.
pub struct Opened {
    pub engine: Engine,
    pub oracle: OracleBook,
    pub now_us: i64,
    dir: TempDir,
}

/// The book of a seed, with two saved segments, in shards of 64 contacts.
pub fn open(seed: u64, n_contacts: usize) -> Opened {
    let mut book = random_book(seed, n_contacts);
    let bare = OracleBook::read(&book.raw, Vec::new());
    let mut writer = FilterWriter::new(seed, &bare, book.now_us);
    let (a, b) = (writer.contact_filter(1), writer.contact_filter(1));
    book.raw.segments = definitions(&a, &b);
    open_raw(&book.raw, book.now_us)
}

/// A file of the two segments.
fn definitions(a: &str, b: &str) -> String {
    format!("segment some: {a};\nsegment others \"The Others\": {b} and not @some;\n")
}

/// A book as it is written.
fn open_raw(raw: &RawBook, now_us: i64) -> Opened {
    let oracle = OracleBook::read(raw, subject::definitions(&raw.segments).unwrap());
    let dir = tempfile::tempdir().unwrap();
    raw.write(dir.path());
    let options = OpenOptions { shard_rows: Some(64), threads: Some(2), ..OpenOptions::default() };
    let engine = Engine::open(&dir.path().join("book"), &options).unwrap();
    Opened { engine, oracle, now_us, dir }
}

/// The book of a seed, and what became of it: people new, gone and changed, records added, gone and changed, in one of
/// two other segments, and in one of two a shorter list file.
pub fn open_two(seed: u64, n_contacts: usize) -> [Opened; 2] {
    let mut book = random_book(seed, n_contacts);
    let bare = OracleBook::read(&book.raw, Vec::new());
    let mut writer = FilterWriter::new(seed, &bare, book.now_us);
    let (a, b, c) = (writer.contact_filter(1), writer.contact_filter(1), writer.contact_filter(1));
    book.raw.segments = definitions(&a, &b);
    let old = open_raw(&book.raw, book.now_us);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    change(&mut book.raw.contacts, &mut rng);
    let mut n_new = 0;
    for part in &mut book.raw.contacts.parts {
        let email = book.raw.contacts.columns.iter().position(|it| it == "email").unwrap();
        for _ in 0..part.rows.len() / 10 {
            let mut row = part.rows[rng.random_range(0..part.rows.len())].clone();
            row[email] = V::text(format!("new{n_new}@x.example"));
            part.rows.push(row);
            n_new += 1;
        }
    }
    let raw = &mut book.raw;
    for table in [&mut raw.activity, &mut raw.registrations, &mut raw.journey, &mut raw.visitors].into_iter().flatten()
    {
        change(table, &mut rng);
        double(table, &mut rng);
    }
    if rng.random_bool(0.5) {
        raw.segments = definitions(&c, &b);
    }
    if rng.random_bool(0.5) {
        for (_, content) in &mut raw.lists {
            let half = content.lines().count() / 2;
            *content = content.lines().take(half + 1).map(|it| format!("{it}\n")).collect();
        }
    }
    [old, open_raw(&book.raw, book.now_us)]
}

/// Some rows less, and in half of the others some cells as in another row; no key changes.
fn change(table: &mut RawTable, rng: &mut ChaCha8Rng) {
    let is_key = |it: &String| it == "email" || it == "visitor_id";
    let columns: Vec<usize> = (0..table.columns.len()).filter(|at| !is_key(&table.columns[*at])).collect();
    for part in &mut table.parts {
        let before = part.rows.clone();
        part.rows.retain(|_| rng.random_bool(0.92));
        if part.rows.is_empty() {
            part.rows = before.clone();
        }
        for row in &mut part.rows {
            if rng.random_bool(0.5) {
                for _ in 0..rng.random_range(1..4) {
                    let column = columns[rng.random_range(0..columns.len())];
                    row[column] = before[rng.random_range(0..before.len())][column].clone();
                }
            }
        }
    }
}

/// Some rows more, which belong to others.
fn double(table: &mut RawTable, rng: &mut ChaCha8Rng) {
    let email = table.columns.iter().position(|it| it == "email").unwrap();
    for part in &mut table.parts {
        for _ in 0..part.rows.len() / 12 {
            let mut row = part.rows[rng.random_range(0..part.rows.len())].clone();
            row[email] = part.rows[rng.random_range(0..part.rows.len())][email].clone();
            part.rows.push(row);
        }
    }
}

impl Opened {
    /// A writer of filters that hit.
    pub fn writer(&self, seed: u64) -> FilterWriter<'_> {
        FilterWriter::new(seed, &self.oracle, self.now_us)
    }

    pub fn options(&self, clock: OracleClock) -> QueryOptions {
        QueryOptions {
            now_us: Some(clock.now_us),
            zone: Some(clock.tz.name().to_owned()),
            working_dir: Some(self.dir.path().to_owned()),
        }
    }

    /// Who matches, by the oracle.
    pub fn people(&self, from: Option<&str>, filter: &Expr, clock: &OracleClock) -> BTreeSet<String> {
        oracle::matches(&self.oracle, from, filter, clock).into_iter().collect()
    }

    /// The conditions of a filter, segments opened, and whether each stands under an odd number of `not`.
    pub fn conditions<'a>(&'a self, expr: &'a Expr) -> Vec<(&'a Expr, bool)> {
        let mut out = Vec::new();
        self.gather(expr, false, &mut out);
        out
    }

    fn gather<'a>(&'a self, expr: &'a Expr, negated: bool, out: &mut Vec<(&'a Expr, bool)>) {
        match expr {
            Expr::And(parts, _) | Expr::Or(parts, _) => parts.iter().for_each(|it| self.gather(it, negated, out)),
            Expr::Not(part, _) => self.gather(part, !negated, out),
            Expr::Group(part, _) => self.gather(part, negated, out),
            Expr::Condition(condition) => match self.segment(&condition.kind) {
                Some(definition) => self.gather(definition, negated, out),
                None => out.push((expr, negated)),
            },
        }
    }

    /// What the segment that a condition names says.
    pub fn segment(&self, condition: &ConditionKind) -> Option<&Expr> {
        let mut all = self.oracle.segments.values();
        let found = match condition {
            ConditionKind::SegmentTag(tag) => all.find(|it| it.tag.text.eq_ignore_ascii_case(&tag.text)),
            ConditionKind::SegmentName(name) => {
                all.find(|it| it.display.as_ref().is_some_and(|it| it.text.eq_ignore_ascii_case(&name.text)))
            }
            _ => None,
        };
        found.map(|it| &it.filter)
    }
}

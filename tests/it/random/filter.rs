//! Random filters as source text, over the fields and values of one book.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::pools::ZONES;
use super::{pick, pick_copy};
use crate::oracle::OracleClock;
use crate::oracle::book::{FieldDef, OracleBook, Row};

/// How often each alternative of the grammar was drawn.
pub type Tally = BTreeMap<&'static str, u64>;

/// Writes filters.
pub struct FilterWriter<'a> {
    pub(super) rng: ChaCha8Rng,
    pub(super) book: &'a OracleBook,
    pub(super) clock: OracleClock,
    /// Saved segments: tag and display name. None while the segments themselves are written.
    pub(super) segments: Vec<(String, Option<String>)>,
    pub(super) tally: Tally,
}

/// The rows that a condition is about.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub fields: &'a [FieldDef],
    /// Some rows, for values that hit.
    pub rows: &'a [&'a Row],
    /// Whether records, segments and sets may be asked.
    pub contacts: bool,
}

impl<'a> FilterWriter<'a> {
    /// A writer over a book, repeatable by its seed; the zone of the query is drawn too.
    pub fn new(seed: u64, book: &'a OracleBook, now_us: i64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let tz = pick_copy(&mut rng, &ZONES);
        let segments =
            book.segments.values().map(|it| (it.tag.text.clone(), it.display.as_ref().map(|it| it.text.clone())));
        let segments = segments.collect();
        Self { rng, book, clock: OracleClock { now_us, tz }, segments, tally: Tally::new() }
    }

    /// The clock that the filters are about.
    pub fn clock(&self) -> OracleClock {
        self.clock
    }

    /// What was drawn so far.
    pub fn tally(self) -> Tally {
        self.tally
    }

    /// A sentence: a filter over contacts or visitors.
    pub fn sentence(&mut self) -> String {
        if !self.book.visitor_fields.is_empty() && self.rng.random_bool(0.06) {
            self.count("from.visitors");
            let rows: Vec<&Row> = self.book.visitors.iter().map(|it| &it.row).collect();
            let ground = Ground { fields: &self.book.visitor_fields, rows: &rows, contacts: false };
            return format!("from visitors {}", self.filter(ground, 2));
        }
        let filter = self.contact_filter(3);
        if self.rng.random_bool(0.05) {
            self.count("from.contacts");
            return format!("FROM contacts {filter}");
        }
        filter
    }

    /// A filter over contacts.
    pub fn contact_filter(&mut self, depth: usize) -> String {
        let rows: Vec<&Row> = self.book.contacts.iter().map(|it| &it.row).collect();
        let ground = Ground { fields: &self.book.contact_fields, rows: &rows, contacts: true };
        self.filter(ground, depth)
    }

    pub(super) fn filter(&mut self, ground: Ground<'_>, depth: usize) -> String {
        if depth == 0 {
            return self.condition(ground);
        }
        match self.rng.random_range(0..10) {
            0 => {
                self.count("not");
                format!("not {}", self.operand(ground, depth - 1))
            }
            1 | 2 => self.chain(ground, depth, "and"),
            3 => self.chain(ground, depth, "or"),
            4 => {
                self.count("and+or");
                let parts = [self.operand(ground, depth - 1), self.operand(ground, depth - 1), self.operand(ground, 0)];
                format!("{} and {} OR {}", parts[0], parts[1], parts[2])
            }
            5 => {
                self.count("brackets");
                format!("({})", self.filter(ground, depth - 1))
            }
            _ => self.condition(ground),
        }
    }

    fn chain(&mut self, ground: Ground<'_>, depth: usize, word: &'static str) -> String {
        self.count(word);
        let n = self.rng.random_range(2..5);
        let parts: Vec<String> = (0..n).map(|_| self.operand(ground, depth - 1)).collect();
        parts.join(&format!(" {word} "))
    }

    /// What may stand after `not` and between `and`: a condition, or brackets.
    fn operand(&mut self, ground: Ground<'_>, depth: usize) -> String {
        if depth == 0 || self.rng.random_bool(0.6) {
            self.condition(ground)
        } else {
            format!("({})", self.filter(ground, depth - 1))
        }
    }

    fn condition(&mut self, ground: Ground<'_>) -> String {
        if ground.contacts && self.rng.random_bool(0.45) {
            return self.contact_condition();
        }
        if ground.contacts && self.rng.random_bool(0.08) {
            return self.set_condition();
        }
        self.field_condition(ground)
    }

    fn set_condition(&mut self) -> String {
        match self.rng.random_range(0..6) {
            0 => {
                self.count("everyone");
                "everyone".to_owned()
            }
            1 => {
                self.count("nobody");
                "nobody".to_owned()
            }
            2 => {
                self.count("in file");
                let not = self.maybe("not ");
                format!("email {not}in file \"lists/some.csv\"")
            }
            _ if self.segments.is_empty() => "not nobody".to_owned(),
            _ => {
                let (tag, display) = self.segments[self.rng.random_range(0..self.segments.len())].clone();
                match display.filter(|_| self.rng.random_bool(0.5)) {
                    Some(display) => {
                        self.count("segment name");
                        format!("segment {}", quote(&display))
                    }
                    None => {
                        self.count("segment tag");
                        format!("@{}", self.case(&tag))
                    }
                }
            }
        }
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    pub(super) fn word(&mut self, all: &[&'static str]) -> &'static str {
        pick_copy(&mut self.rng, all)
    }

    pub(super) fn chance(&mut self, chance: f64) -> bool {
        self.rng.random_bool(chance)
    }

    /// The text by a third of chance, else nothing.
    pub(super) fn maybe(&mut self, text: &'static str) -> &'static str {
        if self.rng.random_bool(0.33) { text } else { "" }
    }

    /// The word, in capitals now and then.
    pub(super) fn case(&mut self, word: &str) -> String {
        if self.rng.random_bool(0.1) && word.is_ascii() { word.to_uppercase() } else { word.to_owned() }
    }

    /// A field as it may be written.
    pub(super) fn field(&mut self, def: &FieldDef) -> String {
        if let Some(display) = def.display.as_ref().filter(|_| self.rng.random_bool(0.2)) {
            return format!("`{}`", self.case(display));
        }
        if def.tag == "labels" {
            return pick(&mut self.rng, &["label", "labels", "LABEL"]).to_owned();
        }
        if def.tag != "email.domain" && self.rng.random_bool(0.05) {
            return format!("`{}`", def.tag);
        }
        self.case(&def.tag)
    }
}

/// A text in double quotes.
pub(super) fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

//! What the word at the cursor can become, the likeliest first.

use std::time::{Duration, Instant};

use rustyline::completion::Candidate;

use super::place::{Cursor, Place, Subject, Wanted};
use super::words;
use crate::book::{FieldType, REGISTRATION, Universe};
use crate::engine::{Engine, FieldValue, Rows, ValuesAsked};
use crate::model::{escape_control, fold};
use crate::plan::FieldRef;
use crate::syntax::{as_name, as_word, quote};

/// Offers of one sort that are made; more are found by typing on.
pub(super) const MOST: usize = 50;
/// What counting values may take; without it they are offered uncounted.
const PATIENCE: Duration = Duration::from_millis(40);

/// Something that can stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// What is written.
    pub(super) text: String,
    /// What is told of it.
    pub(super) note: String,
    shown: String,
}

impl Offer {
    pub(super) fn new(text: impl Into<String>, note: impl Into<String>) -> Self {
        let (text, note) = (text.into(), note.into());
        let shown = if note.is_empty() { text.clone() } else { format!("{}  ({note})", text.trim_end()) };
        Self { text, note, shown: escape_control(&shown) }
    }
}

impl Candidate for Offer {
    fn display(&self) -> &str {
        &self.shown
    }

    fn replacement(&self) -> &str {
        &self.text
    }
}

/// What can stand at the end of a sentence's beginning, and from which byte on it would be written.
///
/// Never slow: no more texts are looked through than [`Engine::values`] does, counts are given up when their time is over,
/// and no more than [`MOST`] offers of a sort are made.
pub(super) fn offers(text: &str, engine: &Engine) -> (usize, Vec<Offer>) {
    offers_by(text, engine, Instant::now() + PATIENCE)
}

/// As [`offers`], with the time when counting is over.
pub(super) fn offers_by(text: &str, engine: &Engine, deadline: Instant) -> (usize, Vec<Offer>) {
    let cursor = Cursor::of(text, engine.book());
    let finder = Finder { engine, cursor: &cursor, deadline };
    (cursor.start, finder.find())
}

struct Finder<'a> {
    engine: &'a Engine,
    cursor: &'a Cursor<'a>,
    deadline: Instant,
}

impl Finder<'_> {
    fn find(&self) -> Vec<Offer> {
        match &self.cursor.place {
            Place::Condition { rows, is_first } => self.conditions(*rows, *is_first),
            Place::Operator(subject) => self.words(self.operators(subject)),
            Place::Value(subject) => self.values(subject),
            Place::Event => {
                let rows = self.engine.book().kind(REGISTRATION).map(Rows::Records);
                let event = rows.and_then(|it| Some((it, it.table(self.engine.book()).find("event")?)));
                let mut all =
                    event.map_or_else(Vec::new, |(rows, column)| self.values_of(rows, FieldRef::Column(column), true));
                all.extend(self.words(&["any"]));
                all
            }
            Place::Kind => self.near(self.kinds()),
            Place::TotalOf { properties, lists } => self.near(self.totals_of(*properties, *lists)),
            Place::Segment => self.near(self.segments()),
            Place::SegmentName => {
                let name = |it: crate::plan::Segment<'_>| Some(Offer::new(quote(it.display?), format!("@{}", it.tag)));
                self.near(self.engine.segments().iter().filter_map(name).collect())
            }
            Place::Field(rows, wanted) => {
                let mut all = self.near(self.fields(*rows, *wanted));
                all.extend(self.words(words::CALENDAR));
                all
            }
            Place::Words(words) => self.words(words),
            Place::Path | Place::Nothing => Vec::new(),
        }
    }

    /// Fields, saved segments, then the words that a condition begins with.
    fn conditions(&self, rows: Rows, is_first: bool) -> Vec<Offer> {
        let is_contacts = rows == Rows::People(Universe::Contacts);
        let tag = |it: Offer| Offer::new(format!("@{}", it.text), it.note);
        let segments = if is_contacts { self.segments().into_iter().map(tag).collect() } else { Vec::new() };
        let mut words = self.words(if is_contacts { words::CONDITIONS } else { words::CONDITIONS_WITHIN });
        if is_first {
            words.extend(self.words(&["from"]));
        }
        let names = [self.fields(rows, Wanted::Any), segments];
        let begun = names.clone().map(|it| self.begun(it));
        if words.is_empty() && begun.iter().all(Vec::is_empty) {
            return names.map(|it| self.near(it)).concat();
        }
        [begun.concat(), words].concat()
    }

    fn fields(&self, rows: Rows, wanted: Wanted) -> Vec<Offer> {
        let is_wanted = |it: &FieldType| match wanted {
            Wanted::Any => true,
            Wanted::Measured => matches!(it, FieldType::Number(_) | FieldType::Date | FieldType::Time),
        };
        let columns = rows.table(self.engine.book()).columns.iter().filter(|it| is_wanted(&it.field_type));
        let mut all: Vec<Offer> =
            columns.map(|it| Offer::new(format!("{} ", as_name(&it.tag)), it.field_type.noun())).collect();
        if rows == Rows::People(Universe::Contacts) && wanted == Wanted::Any {
            all.push(Offer::new("funnel ", "a stage, or lost"));
        }
        all
    }

    fn operators(&self, subject: &Subject) -> &'static [&'static str] {
        match subject.field_type(self.engine.book()) {
            Some(FieldType::Text | FieldType::Choice { .. } | FieldType::Known(_)) => words::OF_TEXT,
            Some(FieldType::Number(_)) => words::OF_NUMBERS,
            Some(FieldType::Date | FieldType::Time) => words::OF_DATES,
            Some(FieldType::Flag) => words::OF_FLAGS,
            Some(FieldType::List) => words::OF_LISTS,
            Some(FieldType::Stage) => words::OF_STAGES,
            None if matches!(subject, Subject::Field(..)) => words::OF_STAGES,
            None => words::OF_TEXT,
        }
    }

    fn values(&self, subject: &Subject) -> Vec<Offer> {
        let is_date = matches!(subject.field_type(self.engine.book()), Some(FieldType::Date | FieldType::Time));
        match subject {
            _ if is_date => self.words(words::MOMENTS),
            Subject::Field(rows, field) => self.values_of(*rows, *field, false),
            Subject::Total(_) | Subject::Unknown => Vec::new(),
        }
    }

    /// The commonest values that begin as typed; in quotes if they must be, or are always.
    fn values_of(&self, rows: Rows, field: FieldRef, in_quotes: bool) -> Vec<Offer> {
        let asked = ValuesAsked { prefix: self.cursor.typed, most: MOST, deadline: Some(self.deadline) };
        // A session that was told to stop offers nothing.
        let found = self.engine.values(rows, field, &asked).unwrap_or_default();
        let offer = |it: FieldValue| {
            let text = if in_quotes || self.cursor.is_quoted { quote(&it.text) } else { as_word(&it.text) };
            Offer::new(text, it.n_rows.map_or_else(String::new, |n| n.to_string()))
        };
        found.values.into_iter().map(offer).collect()
    }

    fn kinds(&self) -> Vec<Offer> {
        let kinds = self.engine.book().kinds.iter();
        kinds.map(|it| Offer::new(as_name(&it.name), format!("{} records", it.table.layout.n_rows()))).collect()
    }

    /// Kinds to be counted, or properties of theirs; lists to be counted, too.
    fn totals_of(&self, properties: bool, lists: bool) -> Vec<Offer> {
        let book = self.engine.book();
        let mut all = if properties { Vec::new() } else { self.kinds() };
        if lists {
            let columns = book.contacts.columns.iter().filter(|it| it.field_type == FieldType::List);
            all.extend(columns.map(|it| Offer::new(as_name(&it.tag), it.field_type.noun())));
            all.push(Offer::new("distinct ", ""));
        }
        for kind in book.kinds.iter().filter(|_| properties) {
            let name = |it: &crate::book::Column| format!("{}.{}", as_name(&kind.name), as_name(&it.tag));
            all.extend(kind.table.columns.iter().map(|it| Offer::new(name(it), it.field_type.noun())));
        }
        all
    }

    fn segments(&self) -> Vec<Offer> {
        let offer = |it: crate::plan::Segment<'_>| Offer::new(as_name(it.tag), it.display.unwrap_or_default());
        self.engine.segments().iter().map(offer).collect()
    }

    /// Those that begin as typed; if none does, those that have it within.
    fn near(&self, mut all: Vec<Offer>) -> Vec<Offer> {
        let begun = self.begun(all.clone());
        if !begun.is_empty() {
            return begun;
        }
        let typed = fold(self.cursor.typed);
        all.retain(|it| bare(&it.text).contains(&*typed));
        all.truncate(MOST);
        all
    }

    /// Those that begin as typed.
    fn begun(&self, mut all: Vec<Offer>) -> Vec<Offer> {
        let typed = fold(self.cursor.typed);
        all.retain(|it| bare(&it.text).starts_with(&*typed));
        all.truncate(MOST);
        all
    }

    /// Words of the language that begin as typed.
    fn words(&self, words: &[&str]) -> Vec<Offer> {
        let typed = fold(self.cursor.typed);
        let begun = words.iter().filter(|it| !self.cursor.is_quoted && it.starts_with(&*typed));
        let offer = |it: &&str| if it.ends_with(['(', ';', ')']) { (*it).to_owned() } else { format!("{it} ") };
        begun.map(|it| Offer::new(offer(it), "")).collect()
    }
}

/// What is compared of a name: no case, no sign before it.
fn bare(text: &str) -> String {
    fold(text.trim_start_matches(['"', '`', '@'])).into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::OpenOptions;

    fn engine() -> Engine {
        Engine::open(Path::new("data/cdnow"), &OpenOptions::default()).unwrap()
    }

    /// What is offered behind a text: what is written, and what is told of it.
    fn offered(engine: &Engine, text: &str) -> Vec<(String, String)> {
        let (start, offers) = offers_by(text, engine, Instant::now() + Duration::from_secs(60));
        assert!(text.is_char_boundary(start));
        offers.into_iter().map(|it| (it.text, it.note)).collect()
    }

    #[track_caller]
    fn are(engine: &Engine, text: &str, expected: &[&str]) {
        let found: Vec<String> = offered(engine, text).into_iter().map(|it| it.0).collect();
        assert_eq!(found, expected, "behind `{text}`");
    }

    #[track_caller]
    fn begin(engine: &Engine, text: &str, expected: &[&str]) {
        let found: Vec<String> = offered(engine, text).into_iter().map(|it| it.0).take(expected.len()).collect();
        assert_eq!(found, expected, "behind `{text}`");
    }

    #[test]
    fn conditions_begin_with_fields_segments_and_words_in_this_order() {
        let engine = engine();
        let all = offered(&engine, "");
        let at = |text: &str| all.iter().position(|it| it.0 == text).unwrap();
        assert!(at("spent ") < at("@loyal") && at("@loyal") < at("did ") && at("did ") < at("from "));
        assert_eq!(all[at("spent ")].1, "a number");
        assert_eq!(all[at("@loyal")].1, "Loyal customers");
        are(&engine, "sp", &["spent "]);
        are(&engine, "not (or", &["orders "]);
        are(&engine, "spent > 5 and subs", &["subscribed_at "]);
        are(&engine, "everyone and no", &["not ", "nobody "]);
        are(&engine, "email.do", &["email.domain "]);
        // What begins otherwise is found by what it has within.
        are(&engine, "everyone and main", &["email.domain "]);
    }

    #[test]
    fn operators_fit_the_field() {
        let engine = engine();
        begin(&engine, "spent ", &["= ", "!= ", "< "]);
        are(&engine, "spent bet", &["between "]);
        begin(&engine, "subscribed_at ", &["in last ", "in next ", "in this "]);
        begin(&engine, "email ", &["= ", "!= ", "in ("]);
        are(&engine, "email star", &["starts with "]);
        are(&engine, "spent cont", &[]);
        begin(&engine, "count(purchase) ", &["= ", "!= ", "< "]);
        begin(&engine, "last(purchase.at) ", &["in last "]);
        are(&engine, "subscribed_at in last 3 mo", &["months ", "month "]);
    }

    #[test]
    fn values_come_from_the_dictionary_with_counts() {
        let engine = engine();
        let expected =
            [("customer", "11908"), ("loyal_customer", "11134"), ("promoter", "528"), ("aware", "0"), ("engaged", "0")];
        assert_eq!(offered(&engine, "stage = "), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        are(&engine, "stage in (customer, pr", &["promoter"]);
        are(&engine, "funnel = lo", &["loyal_customer", "lost"]);
        are(&engine, "email = c00001", &["\"c00001@example.com\""]);
        are(&engine, "email = \"c00001", &["\"c00001@example.com\""]);
        are(&engine, "subscribed_at after to", &["today ", "tomorrow "]);
        assert_eq!(offered(&engine, "email = ").len(), MOST);
        let (_, late) = offers_by("stage = prom", &engine, Instant::now());
        assert_eq!(late, [Offer::new("promoter", "")]);
    }

    #[test]
    fn records_have_kinds_counts_windows_and_properties() {
        let engine = engine();
        are(&engine, "did pur", &["purchase"]);
        are(&engine, "did not pur", &["purchase"]);
        are(&engine, "did purchase at", &["at least ", "at most "]);
        are(&engine, "did purchase at l", &["least "]);
        are(&engine, "did purchase at least 2 ti", &["times "]);
        are(&engine, "did purchase where c", &["cds "]);
        are(&engine, "did purchase where (amount > 5 and c", &["cds "]);
        // After one condition of a `where` it is about the person again.
        are(&engine, "did purchase where amount > 5 and sp", &["spent "]);
        are(&engine, "did purchase where (amount > 5) and sp", &["spent "]);
        are(&engine, "did purchase then pur", &["purchase"]);
        are(&engine, "sum(purchase.am", &["purchase.amount"]);
        are(&engine, "count(distinct pur", &["purchase"]);
        are(&engine, "moved to prom", &["promoter"]);
    }

    #[test]
    fn steps_take_fields_and_words_of_their_own() {
        let engine = engine();
        are(&engine, "everyone | st", &["stats "]);
        are(&engine, "everyone | by sta", &["status ", "stage ", "stage_since "]);
        are(&engine, "everyone | by stage, or", &["orders "]);
        are(&engine, "everyone | show email or", &["order by "]);
        are(&engine, "everyone | show email order by sp", &["spent "]);
        are(&engine, "everyone | top 5 by em", &[]);
        are(&engine, "everyone | by month(subs", &["subscribed_at "]);
        are(&engine, "from v", &["visitors "]);
        are(&engine, "@lo", &["loyal"]);
        are(&engine, "segment \"big", &["\"Big spenders\""]);
        are(&engine, "everyone # sp", &[]);
    }
}

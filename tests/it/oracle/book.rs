//! The oracle's book: plain rows, by the loading rules of the page on books.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use segql::syntax::ast::Definition;

use super::calendar;
use super::text::{key, known, lower};
use crate::raw::{Phys, RawBook, RawTable};
use crate::value::V;

pub const STATUSES: [&str; 4] = ["active", "pending", "unsubscribed", "hard_bounce"];
pub const STAGES: [&str; 5] = ["aware", "engaged", "customer", "loyal_customer", "promoter"];
pub const PUSH: [&str; 3] = ["granted", "blocked", "unsubscribed"];
pub const STATES: [&str; 3] = ["registered", "attended", "cancelled"];

/// What a field's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Open text.
    Text,
    /// Declared text.
    Choice,
    /// One of a few known names.
    Known(&'static [&'static str]),
    /// One of the stages.
    Stage,
    /// One of the stages, or `lost`.
    Funnel,
    /// Whole, decimal or floating.
    Number,
    /// Yes or no.
    Bool,
    /// A calendar day.
    Day,
    /// An instant.
    Instant,
    /// Texts.
    List,
}

/// A field of a table.
#[derive(Debug, Clone)]
pub struct FieldDef {
    /// Its tag.
    pub tag: String,
    /// Its display name.
    pub display: Option<String>,
    /// What its values are.
    pub kind: Type,
}

/// Values by tag.
pub type Row = BTreeMap<String, V>;

/// A row and its key.
#[derive(Debug, Clone)]
pub struct Person {
    /// The e-mail, or the visitor's id.
    pub key: String,
    /// The values.
    pub row: Row,
}

/// The records of a kind.
#[derive(Debug, Clone, Default)]
pub struct Kind {
    /// Properties.
    pub fields: Vec<FieldDef>,
    /// By contact.
    pub records: BTreeMap<String, Vec<Row>>,
}

/// A loaded book.
#[derive(Debug, Clone)]
pub struct OracleBook {
    /// Fields of contacts.
    pub contact_fields: Vec<FieldDef>,
    /// By e-mail.
    pub contacts: Vec<Person>,
    /// By lower-cased name.
    pub kinds: BTreeMap<String, Kind>,
    /// Fields of visitors.
    pub visitor_fields: Vec<FieldDef>,
    /// By id.
    pub visitors: Vec<Person>,
    /// Saved segments by lower-cased tag.
    pub segments: BTreeMap<String, Definition>,
    /// List files: path, keys.
    pub lists: BTreeMap<String, BTreeSet<String>>,
}

impl OracleBook {
    /// Loads a raw book.
    pub fn read(raw: &RawBook, definitions: Vec<Definition>) -> Self {
        let zone: Tz = raw.zone.parse().expect("a zone");
        let mut book = Self {
            contact_fields: contact_fields(raw),
            contacts: people(&raw.contacts, zone, "email", key),
            kinds: BTreeMap::new(),
            visitor_fields: Vec::new(),
            visitors: Vec::new(),
            segments: definitions.into_iter().map(|it| (lower(&it.tag.text), it)).collect(),
            lists: raw.lists.iter().map(|(path, content)| (path.clone(), list(content))).collect(),
        };
        for person in &mut book.contacts {
            finish_contact(person);
        }
        if let Some(table) = &raw.visitors {
            book.visitor_fields = fields(table, |tag| match tag {
                "push" => Some(Type::Known(&PUSH)),
                _ => None,
            });
            book.visitors = people(table, zone, "visitor_id", str::to_owned);
            for visitor in &mut book.visitors {
                fix(&mut visitor.row, "push", |text| known(&PUSH, text).map(str::to_owned));
                fix(&mut visitor.row, "email", |text| Some(key(text)));
            }
        }
        book.read_records(raw, zone);
        book.fill_stage_since();
        book
    }

    fn read_records(&mut self, raw: &RawBook, zone: Tz) {
        let keys: BTreeSet<String> = self.contacts.iter().map(|it| it.key.clone()).collect();
        let mut add = |kind: &str, fields: &[FieldDef], mut row: Row| {
            let Some(V::Text(email)) = row.remove("email") else { return };
            let email = key(&email);
            if !keys.contains(&email) || !matches!(row.get("at"), Some(V::Instant(_))) {
                return;
            }
            let kind = self.kinds.entry(lower(kind)).or_default();
            kind.fields = fields.to_vec();
            kind.records.entry(email).or_default().push(row);
        };
        if let Some(table) = &raw.activity {
            let mut properties = fields(table, |_| None);
            properties.retain(|it| it.tag != "email" && it.tag != "kind");
            for mut row in rows(table, zone) {
                let Some(V::Text(kind)) = row.remove("kind") else { continue };
                if kind != "registration" && kind != "stage_change" {
                    add(&kind, &properties, row);
                }
            }
        }
        if let Some(table) = &raw.registrations {
            let mut properties = fields(table, |tag| match tag {
                "state" => Some(Type::Known(&STATES)),
                _ => None,
            });
            properties.retain(|it| it.tag != "email");
            properties.push(FieldDef { tag: "at".to_owned(), display: None, kind: Type::Instant });
            for mut row in rows(table, zone) {
                fix(&mut row, "state", |text| known(&STATES, text).map(str::to_owned));
                let at = row.get("registered_at").cloned().unwrap_or(V::Null);
                row.insert("at".to_owned(), at);
                add("registration", &properties, row);
            }
        }
        if let Some(table) = &raw.journey {
            let mut properties = fields(table, |tag| match tag {
                "from_stage" | "to_stage" => Some(Type::Stage),
                _ => None,
            });
            properties.retain(|it| it.tag != "email");
            for mut row in rows(table, zone) {
                for tag in ["from_stage", "to_stage"] {
                    fix(&mut row, tag, |text| known(&STAGES, text).map(str::to_owned));
                }
                add("stage_change", &properties, row);
            }
        }
    }

    /// A missing `stage_since` comes from the last journey record that led to the present stage from another or none.
    fn fill_stage_since(&mut self) {
        let journey = self.kinds.get("stage_change").cloned().unwrap_or_default();
        for person in &mut self.contacts {
            let stage = person.row["stage"].clone();
            if !matches!(person.row.get("stage_since"), None | Some(V::Null)) || stage == V::Null {
                continue;
            }
            let led = journey
                .records
                .get(&person.key)
                .into_iter()
                .flatten()
                .filter(|it| it.get("to_stage") == Some(&stage) && it.get("from_stage") != Some(&stage));
            let last = led
                .filter_map(|it| match it.get("at") {
                    Some(V::Instant(at)) => Some(*at),
                    _ => None,
                })
                .max();
            person.row.insert("stage_since".to_owned(), last.map_or(V::Null, V::Instant));
        }
    }
}

fn list(content: &str) -> BTreeSet<String> {
    // The tests' own files: one column, with or without the header `email`.
    content.lines().map(key).filter(|it| !it.is_empty() && it != "email").collect()
}

fn contact_fields(raw: &RawBook) -> Vec<FieldDef> {
    let mut out = fields(&raw.contacts, |tag| match tag {
        "status" => Some(Type::Known(&STATUSES)),
        "lost" => Some(Type::Bool),
        _ => None,
    });
    out.retain(|it| it.tag != "funnel_status");
    let system = [
        ("name", Type::Text),
        ("status", Type::Known(&STATUSES)),
        ("labels", Type::List),
        ("source", Type::Text),
        ("subscribed_at", Type::Instant),
        ("account_state", Type::Text),
        ("last_open", Type::Instant),
        ("last_click", Type::Instant),
        ("last_send", Type::Instant),
        ("lost", Type::Bool),
        ("stage", Type::Stage),
        ("funnel", Type::Funnel),
        ("stage_since", Type::Instant),
        ("email.domain", Type::Text),
    ];
    for (tag, kind) in system {
        if !out.iter().any(|it| it.tag == tag) {
            out.push(FieldDef { tag: tag.to_owned(), display: None, kind });
        }
    }
    for field in &raw.fields {
        if let Some(def) = out.iter_mut().find(|it| it.tag == field.tag) {
            def.display = field.display.clone();
            if field.choices.is_some() {
                def.kind = Type::Choice;
            }
        }
    }
    out
}

fn fields(table: &RawTable, special: impl Fn(&str) -> Option<Type>) -> Vec<FieldDef> {
    let kind = |column: usize| match table.parts.first().map_or(Phys::Text, |part| part.phys[column]) {
        Phys::Text | Phys::LargeText | Phys::DictText => Type::Text,
        Phys::Int32 | Phys::Int64 | Phys::Decimal(_) | Phys::Float => Type::Number,
        Phys::Bool => Type::Bool,
        Phys::Day => Type::Day,
        Phys::Micros | Phys::Millis | Phys::LocalMicros => Type::Instant,
        Phys::List => Type::List,
    };
    let def = |(column, tag): (usize, &String)| FieldDef {
        tag: tag.clone(),
        display: None,
        kind: special(tag).unwrap_or_else(|| kind(column)),
    };
    table.columns.iter().enumerate().map(def).collect()
}

fn people(table: &RawTable, zone: Tz, column: &str, make_key: impl Fn(&str) -> String) -> Vec<Person> {
    let mut last: BTreeMap<String, Row> = BTreeMap::new();
    for mut row in rows(table, zone) {
        let Some(V::Text(text)) = row.get(column) else { continue };
        let key = make_key(text);
        if key.is_empty() {
            continue;
        }
        row.insert(column.to_owned(), V::Text(key.clone()));
        last.insert(key, row);
    }
    last.into_iter().map(|(key, row)| Person { key, row }).collect()
}

/// The rows with the rules on values: NaN is missing, a time without zone is the book's, lists lose what is empty or said twice.
fn rows(table: &RawTable, zone: Tz) -> impl Iterator<Item = Row> + '_ {
    let value = move |cell: &V| match cell {
        V::Float(value) if value.is_nan() => V::Null,
        V::Local(us) => {
            let wall = DateTime::from_timestamp_micros(*us).expect("a time of the calendar").naive_utc();
            V::Instant(calendar::instant(wall, zone))
        }
        V::List(items) => {
            let mut kept: Vec<String> = Vec::new();
            for item in items {
                if !item.is_empty() && !kept.iter().any(|it| lower(it) == lower(item)) {
                    kept.push(item.clone());
                }
            }
            V::List(kept)
        }
        V::Null | V::Text(_) | V::Int(_) | V::Dec(_) | V::Float(_) | V::Bool(_) | V::Day(_) | V::Instant(_) => {
            cell.clone()
        }
    };
    table.rows().map(move |row| table.columns.iter().cloned().zip(row.iter().map(value)).collect())
}

/// Replaces a text by what `read` makes of it.
fn fix(row: &mut Row, tag: &str, read: impl Fn(&str) -> Option<String>) {
    if let Some(V::Text(text)) = row.get(tag) {
        let read = read(text).map_or(V::Null, V::Text);
        row.insert(tag.to_owned(), read);
    }
}

/// The fields that the page on books derives: the status, the stage, `lost`, the funnel, the domain.
fn finish_contact(person: &mut Person) {
    let row = &mut person.row;
    fix(row, "status", |text| known(&STATUSES, text).map(str::to_owned));
    let funnel_status = match row.remove("funnel_status") {
        Some(V::Text(text)) => Some(text),
        _ => None,
    };
    let stage = funnel_status.as_deref().and_then(|it| known(&STAGES, it));
    let inactive = matches!(row.get("account_state"), Some(V::Text(text)) if lower(text) == "inactive");
    let said = matches!(row.get("lost"), Some(V::Bool(true)));
    let lost = said || inactive || funnel_status.as_deref().is_some_and(|it| lower(it) == "lost");
    let text = |it: Option<&str>| it.map_or(V::Null, V::text);
    row.insert("stage".to_owned(), text(stage));
    row.insert("lost".to_owned(), V::Bool(lost));
    row.insert("funnel".to_owned(), text(if lost { Some("lost") } else { stage }));
    row.insert("email.domain".to_owned(), text(person.key.rsplit_once('@').map(|it| it.1)));
}

/// A day of the book, for tests.
pub fn day(text: &str) -> V {
    V::Day(text.parse::<NaiveDate>().expect("a day"))
}

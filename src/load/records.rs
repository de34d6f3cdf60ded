//! Activity, registrations and journey: records by kind, sorted by contact, then time.
//!
//! Keys, times and kinds are read first and decide which rows stay and where; every other column is
//! then read once, laid in the order of [`super::ordered`], and picked apart by kind.

use std::collections::HashMap;

use rayon::prelude::*;

use super::columns::{self, Loaded, Sort, System};
use super::error::LoadError;
use super::keys;
use super::ordered::{Ordered, Placed, Sorted};
use super::piece::{Numbers, PieceValues};
use super::shape::Shape;
use super::source::{Pick, Source, SourceColumn};
use super::texts::{NO_CODE, Texts};
use super::values::Values;
use super::{Notes, Session, note};
use crate::book::{
    Column, ColumnSource, FieldType, Index, IrregularityKind, KeyIndex, Layout, Owners, REGISTRATION, RecordKind,
    STAGE_CHANGE, Table,
};
use crate::index::{NumberIndex, NumberShard};
use crate::model::{NO_ROW, REGISTRATION_STATES, RowId, fold};

/// How one sort of record file is read.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) part: &'static str,
    /// The column of the records' time.
    at: &'static str,
    /// The kind of all its records; none if a column `kind` says.
    kind: Option<&'static str>,
    required: &'static [&'static str],
    properties: &'static [System],
}

const fn property(tag: &'static str, sort: Sort) -> System {
    System { tag, aliases: &[], sort }
}

/// What the column of the contact's e-mail is called.
pub(super) const LOG_KEYS: [&str; 2] = ["email", "contact_email"];

/// The record files.
pub(super) const LOGS: [Log; 3] = [
    Log {
        part: "activity",
        at: "at",
        kind: None,
        required: &["kind", "at"],
        properties: &[property("kind", Sort::Text)],
    },
    Log {
        part: "registrations",
        at: "registered_at",
        kind: Some(REGISTRATION),
        required: &["event", "state", "registered_at"],
        properties: &[
            property("event", Sort::Text),
            property("state", Sort::Known(REGISTRATION_STATES)),
            property("product", Sort::Text),
            property("coupon", Sort::Text),
            property("amount", Sort::Number),
            property("currency", Sort::Text),
            property("paid_at", Sort::Time),
            property("attended_at", Sort::Time),
        ],
    },
    Log {
        part: "journey",
        at: "at",
        kind: Some(STAGE_CHANGE),
        required: &["at", "to_stage"],
        properties: &[
            property("from_stage", Sort::Stage),
            property("to_stage", Sort::Stage),
            property("lost", Sort::Flag),
            property("cause", Sort::Text),
            property("operator", Sort::Text),
        ],
    },
];

/// Of more records than that the columns are read one after the other: each takes up to sixteen bytes a record on the way.
const MOST_ROWS_AT_ONCE: u64 = 1 << 26;

/// A kind while it is put together.
struct Draft {
    name: String,
    layout: Layout,
    /// By shard: the rows in the table's order, counted as [`Ordered`] has them.
    picked: Vec<Vec<u32>>,
    owners: Vec<Owners>,
    at: Index,
    properties: Vec<Column>,
}

impl Log {
    /// The tags of all system properties, `at` included.
    pub(super) fn tags(&self) -> impl Iterator<Item = &'static str> {
        self.properties.iter().map(|it| it.tag).chain(["at", self.at, "email"])
    }

    /// Reads the records of all contacts.
    pub(super) fn load(
        &self,
        source: &Source,
        contacts: &Table,
        index: &KeyIndex,
        session: &Session<'_>,
        notes: &mut Notes,
    ) -> Result<Vec<RecordKind>, LoadError> {
        let key = source.required(&LOG_KEYS)?;
        if key.shape != Shape::Text && key.shape != Shape::Null {
            return Err(source.wrong_type(key, "text"));
        }
        for name in self.required {
            source.required(&[name])?;
        }
        let rows = self.rows(source, key, contacts, index, session, notes)?;
        let (orders, mut drafts) = self.drafts(source, rows, &contacts.layout, session, notes)?;
        for result in self.properties(source, key, &orders, &drafts, session, notes) {
            let (columns, told) = result?;
            notes.extend(told);
            drafts.iter_mut().zip(columns).for_each(|(draft, column)| draft.properties.push(column));
        }
        Ok(drafts.into_iter().map(|draft| self.finish(draft)).collect())
    }

    /// The contact of each row; [`NO_ROW`] for rows to be left out.
    fn rows(
        &self,
        source: &Source,
        key: &SourceColumn,
        contacts: &Table,
        index: &KeyIndex,
        session: &Session<'_>,
        notes: &mut Notes,
    ) -> Result<Vec<u32>, LoadError> {
        let found = source.read(key, Pick::All, session, |piece| {
            match piece.values {
                PieceValues::Text(texts) => contacts_of(&texts, contacts, index),
                // The caller has checked the column's type.
                PieceValues::Number(_) | PieceValues::List(_) | PieceValues::Flag(_) => (Vec::new(), 0),
            }
        })?;
        let missing: u64 = found.iter().map(|(_, missing)| missing).sum();
        let rows = found.into_iter().map(|(rows, _)| rows).collect::<Vec<_>>().concat();
        let left_out = rows.iter().filter(|row| **row == NO_ROW).count() as u64;
        note(notes, self.part, Some(&key.name), IrregularityKind::MissingKey, missing);
        note(notes, self.part, Some(&key.name), IrregularityKind::UnknownContact, left_out - missing);
        Ok(rows)
    }

    /// Splits the rows that stay by kind and shard, and sorts them: the rows of each row group that properties are to be
    /// read of, in the order of kinds and shards, and the kinds by name.
    fn drafts(
        &self,
        source: &Source,
        mut rows: Vec<u32>,
        contacts: &Layout,
        session: &Session<'_>,
        notes: &mut Notes,
    ) -> Result<(Vec<Vec<u32>>, Vec<Draft>), LoadError> {
        let at_column = source.required(&[self.at])?;
        let at = columns::checked(source, at_column, Sort::Time, Pick::All, session, notes)?;
        let at = match at {
            Some(Values::Number(numbers)) => numbers,
            Some(Values::Text(..) | Values::List(_) | Values::Flag(_)) | None => {
                let mut numbers = Numbers::default();
                (0..rows.len()).for_each(|_| numbers.push(None));
                numbers
            }
        };
        let mut missing = 0;
        for (row, contact) in rows.iter_mut().enumerate() {
            if *contact != NO_ROW && at.get(row).is_none() {
                *contact = NO_ROW;
                missing += 1;
            }
        }
        note(notes, self.part, Some(self.at), IrregularityKind::MissingTime, missing);
        let (names, kinds) = self.kinds(source, &mut rows, session, notes)?;
        let placed =
            Placed { rows, at: at.keys, kinds, shard_rows: session.shard_rows(), n_shards: contacts.n_shards() };
        let ordered = Ordered::of(&placed, source.chunk_rows().collect(), names.len());
        drop(placed);
        session.check()?;
        let mut drafts: Vec<Draft> =
            names.into_iter().enumerate().map(|(kind, name)| draft(name, kind, &ordered)).collect();
        drafts.sort_by(|a, b| fold(&a.name).cmp(&fold(&b.name)));
        Ok((ordered.orders, drafts))
    }

    /// The names of the kinds, and each row's kind if there may be several; rows without a kind are left out.
    fn kinds(
        &self,
        source: &Source,
        rows: &mut [u32],
        session: &Session<'_>,
        notes: &mut Notes,
    ) -> Result<(Vec<String>, Option<Vec<u16>>), LoadError> {
        if let Some(kind) = self.kind {
            return Ok((vec![kind.to_owned()], None));
        }
        let column = source.required(&["kind"])?;
        let values = columns::checked(source, column, Sort::Text, Pick::All, session, notes)?;
        let (mut missing, mut reserved) = (0, 0);
        let mut names: Vec<String> = Vec::new();
        let mut kinds = vec![0_u16; rows.len()];
        if let Some(Values::Text(texts, codes)) = values {
            let mut slots: HashMap<String, u16> = HashMap::new();
            let mut by_code: Vec<Option<u16>> = vec![None; texts.len()];
            let empty = (0..texts.len() as u32).find(|code| texts.text(*code).is_empty()).unwrap_or(NO_CODE);
            for ((contact, kind), code) in rows.iter_mut().zip(&mut kinds).zip(codes) {
                if *contact == NO_ROW {
                    continue;
                }
                if code == NO_CODE || code == empty {
                    *contact = NO_ROW;
                    missing += 1;
                    continue;
                }
                let slot = match by_code[code as usize] {
                    Some(slot) => slot,
                    None => {
                        let slot = slot(texts.text(code), &mut slots, &mut names)
                            .ok_or_else(|| source.too_many_kinds(column))?;
                        by_code[code as usize] = Some(slot);
                        slot
                    }
                };
                *kind = slot;
                if slot == RESERVED {
                    *contact = NO_ROW;
                    reserved += 1;
                }
            }
        } else {
            missing = rows.iter().filter(|row| **row != NO_ROW).count() as u64;
            rows.fill(NO_ROW);
        }
        note(notes, self.part, Some("kind"), IrregularityKind::MissingKind, missing);
        note(notes, self.part, Some("kind"), IrregularityKind::ReservedKind, reserved);
        Ok((names, Some(kinds)))
    }

    /// All properties in parallel, each with a column a kind.
    fn properties(
        &self,
        source: &Source,
        key: &SourceColumn,
        orders: &[Vec<u32>],
        drafts: &[Draft],
        session: &Session<'_>,
        notes: &mut Notes,
    ) -> Vec<Result<(Vec<Column>, Notes), LoadError>> {
        let mut customs = Vec::new();
        for column in source.columns.iter().filter(|it| it.name != key.name && it.name != self.at) {
            let folded = fold(&column.name);
            if self.properties.iter().any(|it| it.tag == column.name) {
                continue;
            }
            if self.tags().any(|tag| tag == folded) {
                columns::name_is_taken(source, column, notes);
                continue;
            }
            customs.push(column);
        }
        let systems = self.properties.iter().map(Err);
        let tasks: Vec<Result<&SourceColumn, &System>> = systems.chain(customs.into_iter().map(Ok)).collect();
        let one = |task: &Result<&SourceColumn, &System>| {
            let mut notes = Notes::new();
            let loaded = match task {
                Err(system) => Some(columns::system(source, **system, Pick::Ordered(orders), session, &mut notes)?),
                Ok(column) => columns::custom(source, column, Pick::Ordered(orders), session, &mut notes)?,
            };
            let columns = loaded.map(|it| by_kind(it, drafts, session)).transpose()?;
            Ok((columns.unwrap_or_default(), notes))
        };
        // Each column's row groups are read in parallel anyway.
        if source.n_rows() > MOST_ROWS_AT_ONCE {
            return tasks.iter().map(one).collect();
        }
        tasks.par_iter().with_max_len(1).map(one).collect()
    }

    fn finish(&self, draft: Draft) -> RecordKind {
        let at = Column {
            tag: "at".to_owned(),
            display: None,
            aliases: if self.at == "at" { Vec::new() } else { vec![self.at.into()] },
            field_type: FieldType::Time,
            source: ColumnSource::System,
            index: draft.at,
        };
        let columns = std::iter::once(at).chain(draft.properties).collect();
        RecordKind {
            folded: fold(&draft.name).into_owned(),
            name: draft.name,
            table: Table { layout: draft.layout, columns },
            owners: draft.owners,
        }
    }
}

/// The contact of each row by its e-mail, [`NO_ROW`] for none, and how many rows have no e-mail.
fn contacts_of(emails: &Texts, contacts: &Table, index: &KeyIndex) -> (Vec<RowId>, u64) {
    // Nearly all stand as they are compared: who is found is known, and the rest is looked at again.
    let mut found = index.find_all(contacts, (0..emails.n_texts() as u32).map(|code| emails.text(code)));
    let mut is_empty = vec![false; found.len()];
    for ((code, row), is_empty) in (0..).zip(&mut found).zip(&mut is_empty).filter(|((_, row), _)| **row == NO_ROW) {
        let email = keys::email(emails.text(code));
        *is_empty = email.is_empty();
        *row = index.find(contacts, &email).unwrap_or(NO_ROW);
    }
    let is_missing = |code: &&u32| **code == NO_CODE || is_empty[**code as usize];
    let missing = emails.codes.iter().filter(is_missing).count() as u64;
    let of = |code: &u32| if *code == NO_CODE { NO_ROW } else { found[*code as usize] };
    (emails.codes.iter().map(of).collect(), missing)
}

/// The slot of a kind that belongs to another file.
const RESERVED: u16 = u16::MAX;

fn slot(kind: &str, slots: &mut HashMap<String, u16>, names: &mut Vec<String>) -> Option<u16> {
    let folded = fold(kind);
    if folded == REGISTRATION || folded == STAGE_CHANGE {
        return Some(RESERVED);
    }
    if let Some(slot) = slots.get(&*folded) {
        return Some(*slot);
    }
    let slot = u16::try_from(names.len()).ok().filter(|it| *it < RESERVED)?;
    names.push(kind.to_owned());
    slots.insert(folded.into_owned(), slot);
    Some(slot)
}

/// Sorts the records of a kind, shards in parallel.
fn draft(name: String, kind: usize, ordered: &Ordered) -> Draft {
    struct Shard {
        at: NumberShard,
        picked: Vec<u32>,
        owners: Owners,
    }
    let sorted = ordered.sorted(kind).map(|Sorted { records, contacts }| Shard {
        at: NumberShard::build(records.iter().map(|(at, _)| Some(*at))),
        picked: records.iter().map(|(_, row)| *row).collect(),
        owners: Owners::new(contacts),
    });
    let shards: Vec<Shard> = sorted.collect();
    let layout = Layout::ending_at(shards.iter().scan(0, |end, shard| {
        *end += shard.picked.len() as u32;
        Some(*end)
    }));
    let mut draft =
        Draft { name, layout, picked: Vec::new(), owners: Vec::new(), at: Index::Missing, properties: Vec::new() };
    let mut at = Vec::new();
    for shard in shards {
        at.push(shard.at);
        draft.picked.push(shard.picked);
        draft.owners.push(shard.owners);
    }
    draft.at = Index::Number(NumberIndex { shards: at });
    draft
}

/// A column of the file as a column of each kind.
fn by_kind(loaded: Loaded, drafts: &[Draft], session: &Session<'_>) -> Result<Vec<Column>, LoadError> {
    let access = loaded.access(session)?;
    let Loaded { column, mut values } = loaded;
    if let Some(Values::List(lists)) = &mut values {
        lists.drop_duplicates();
    }
    let of = |draft: &Draft| {
        let mut column = column.clone();
        if let Some(values) = &values {
            column.index = values.index_of_picked(&draft.picked, access);
        }
        column
    };
    Ok(drafts.iter().map(of).collect())
}

//! Who entered and who left between two books, and why: [`diff`].
//!
//! Flow: who matches on either side; for those who do on one alone, the verdict of each condition in either book, by
//! either clock, of either definition ([`worlds`]); from these the smallest set of changes that undoes the move; the
//! values that those changes are made of ([`values`]).

mod values;
mod worlds;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use super::source::Source;
use crate::book::Universe;
use crate::exec;
use crate::model::{Cell, Clock, Diagnostic, RowId, RowSet};
use values::Stored;
use worlds::{Change, Worlds};

/// A book, a filter, and how it is asked.
#[derive(Clone, Copy)]
pub struct DiffSide<'a> {
    /// The book, and the saved segments that the filter may name.
    pub engine: &'a Engine,
    /// The filter.
    pub filter: &'a str,
    /// Its clock, and what its list files are relative to. Of the old side `now` is that of the new one unless said.
    pub options: &'a QueryOptions,
}

/// What is told of a difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiffOptions {
    /// Of each cause so many of its commonest changes of a value.
    pub values: usize,
    /// Whether the people are listed with the values that changed.
    pub people: bool,
}

/// Which side, in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldOrNew {
    /// The old one.
    Old,
    /// The new one.
    New,
}

impl OldOrNew {
    /// `old`, `new`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// Who entered and who left between two books, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Diff {
    /// The old side.
    pub old: DiffState,
    /// The new side.
    pub new: DiffState,
    /// How many match on both.
    pub stayed: u64,
    /// The conditions of the new filter in its order, saved segments opened; with `not` before them if they stand under one.
    pub conditions: Vec<String>,
    /// Who matches on the new side alone.
    pub entered: DiffMove,
    /// Who matches on the old side alone.
    pub left: DiffMove,
    /// What is worth knowing about the new filter.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

/// One side, counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiffState {
    /// The filter.
    pub filter: String,
    /// Its `now`.
    #[serde(serialize_with = "super::as_text")]
    pub now: Cell,
    /// The zone in which its days are counted.
    pub zone: String,
    /// How many match.
    pub count: u64,
    /// How many there are.
    pub everyone: u64,
}

/// Those who entered, or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffMove {
    /// How many.
    pub count: u64,
    /// Why, the commonest first: each person counts for one cause, so that they add up to [`DiffMove::count`].
    pub causes: Vec<DiffCause>,
}

/// What a cause is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffKind {
    /// The person isn't in the old book.
    New,
    /// The person isn't in the new book.
    Gone,
    /// Fields or records of the person changed.
    Data,
    /// The clock moved, or its zone.
    Clock,
    /// The filter means something else, by its words or by those of a segment or list that it names.
    Definition,
    /// Several of these, of which no part alone undoes the move.
    Together,
}

/// A cause, and for whom it is the one.
///
/// Undone, it undoes the move: with what [`DiffCause::changes`] names as it was, and all else as it is, the person is
/// where they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffCause {
    /// What sort of cause.
    pub kind: DiffKind,
    /// What changed: fields, `purchase records`, `visitors`, `person`, `clock`, `definition`.
    pub changes: Vec<String>,
    /// For how many it is the cause.
    pub count: u64,
    /// By which conditions of the new filter, by position: those that hold of somebody who entered and would not with the
    /// cause undone, or don't of somebody who left and would. A person may count for several. None where the person or the
    /// definition is among what changed: there is nothing to compare a condition with.
    pub by: Vec<DiffBy>,
    /// The commonest changes of a value, as many as asked for.
    pub values: Vec<ValueCount>,
    /// The people, by key, if they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<DiffPerson>>,
}

/// For how many people of a cause a condition turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DiffBy {
    /// The condition, by position in [`Diff::conditions`].
    pub condition: usize,
    /// For how many.
    pub count: u64,
}

/// How often a value changed so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueCount {
    /// The change.
    #[serde(flatten)]
    pub change: ValueChange,
    /// Of how many people.
    pub count: u64,
}

/// What became of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ValueChange {
    /// A field, `purchase records`, or `visitors`.
    pub what: String,
    /// The old value as text, none if it is missing; of records and visitors how many there were.
    pub from: Option<String>,
    /// The new one.
    pub to: Option<String>,
    /// Of records and visitors: how many are there that weren't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<u64>,
    /// Of records and visitors: how many were there that aren't. One that changed is gone, and another added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<u64>,
}

/// One of those who entered or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffPerson {
    /// E-mail, or `visitor_id`.
    pub key: String,
    /// What changed, of what the cause names.
    pub values: Vec<ValueChange>,
}

/// Somebody who matches on one side alone.
struct Mover {
    key: String,
    /// The row in the old and in the new book, if they are there.
    rows: [Option<RowId>; 2],
    /// Matches on the new side, not on the old one.
    entered: bool,
}

/// Tells who matches on the new side and not on the old one, and who the other way round, and why.
///
/// What may have changed, in this order: the person is new or gone; data that the filter reads, in the order in which the
/// new filter, then the old one, first asks for it; the clock, with its zone; the definition, with the segments and lists
/// that it names. Fields that one condition compares or reads together (the stage and `lost` of a `funnel`), and kinds of
/// record that one sequence is about, are one change: they are put back together. All records of a kind are one change, and
/// so are all visitors of a contact.
///
/// A person's cause is the smallest set of these changes which, undone, undoes the move: with them as they were and all
/// else as it is, the person matches if they matched. Of several such sets of one size it is the first in that order. More
/// than one change is [`DiffKind::Together`]. Of somebody with more than 12 changes it is a set of which none can be left
/// out, not always the smallest.
///
/// Cost: each filter once; for those who moved each condition of both filters in both books by both clocks.
///
/// # Errors
///
/// What is wrong with a filter, as [`Error::OneSide`]: each must be right in both books. Filters about different people;
/// what a run may fail with.
pub fn diff(old: &DiffSide<'_>, new: &DiffSide<'_>, wanted: &DiffOptions) -> Result<Diff, Error> {
    let new_clock = new.engine.clock(new.options)?;
    let old_now = old.options.now_us.or(Some(new_clock.now_us()));
    let clocks = [old.engine.clock(&QueryOptions { now_us: old_now, ..old.options.clone() })?, new_clock];
    let (sides, times) = ([old, new], [OldOrNew::Old, OldOrNew::New]);
    let source = |at: usize| {
        let side = sides[at];
        Source::new(side.filter, side.engine.segments(), side.options)
            .map_err(|error| Error::one_side(times[at], times[at], error))
    };
    let worlds = Worlds::read(&[source(0)?, source(1)?], [old.engine, new.engine], clocks)?;
    let matched = [worlds.matched(0)?, worlds.matched(1)?];
    let movers = movers([old.engine, new.engine], worlds.universe, &matched);
    let judged = worlds.judge(&movers)?;
    let stored = Stored::new([old.engine.book(), new.engine.book()], worlds.universe, &movers);
    let told = |entered: bool| {
        let mut causes: BTreeMap<(DiffKind, Vec<String>), Gathered> = BTreeMap::new();
        let those = movers.iter().zip(&judged).filter(|(mover, _)| mover.entered == entered);
        let mut count = 0;
        for (mover, judgement) in those {
            let values = stored.changes(mover, &worlds, &judgement.cause);
            let (kind, changes) = named(mover, &judgement.cause, &values);
            causes.entry((kind, changes)).or_default().add(mover, &judgement.by, values, wanted);
            count += 1;
        }
        let mut causes: Vec<DiffCause> =
            causes.into_iter().map(|((kind, changes), it)| it.into_cause(kind, changes, wanted)).collect();
        // The sort is stable: of equal counts the order of kinds and names stays.
        causes.sort_by_key(|it| std::cmp::Reverse(it.count));
        DiffMove { count, causes }
    };
    let (entered, left) = (told(true), told(false));
    let state = |at: usize| DiffState {
        filter: sides[at].filter.trim().to_owned(),
        now: Cell::Instant(worlds.clocks[at].now_us()),
        zone: worlds.clocks[at].zone().name(),
        count: matched[at].len(),
        everyone: u64::from(sides[at].engine.book().table(worlds.universe).layout.n_rows()),
    };
    Ok(Diff {
        old: state(0),
        new: state(1),
        stayed: matched[1].len() - entered.count,
        conditions: worlds.words(),
        entered,
        left,
        notes: worlds.notes,
    })
}

/// Those who match on one side alone, by key.
fn movers(engines: [&Engine; 2], universe: Universe, matched: &[RowSet; 2]) -> Vec<Mover> {
    let mut all = Vec::new();
    for (side, rows) in matched.iter().enumerate() {
        let other = 1 - side;
        let table = engines[side].book().table(universe);
        let there = Rows::new(engines[other], universe);
        for row in rows.iter() {
            let key = table.key(row).into_owned();
            let there = there.find(&key);
            if there.is_some_and(|it| matched[other].contains(it)) {
                continue;
            }
            let rows = if side == 0 { [Some(row), there] } else { [there, Some(row)] };
            all.push(Mover { key, rows, entered: side == 1 });
        }
    }
    all.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    all
}

/// Finds rows by key.
enum Rows<'a> {
    Contacts(&'a Engine),
    /// Visitors have no index of keys.
    Visitors(HashMap<String, RowId>),
}

impl<'a> Rows<'a> {
    fn new(engine: &'a Engine, universe: Universe) -> Self {
        match universe {
            Universe::Contacts => Self::Contacts(engine),
            Universe::Visitors => {
                let table = &engine.book().visitors;
                Self::Visitors((0..table.layout.n_rows()).map(|row| (table.key(row).into_owned(), row)).collect())
            }
        }
    }

    fn find(&self, key: &str) -> Option<RowId> {
        match self {
            Self::Contacts(engine) => engine.book().contact(key),
            Self::Visitors(rows) => rows.get(key).copied(),
        }
    }
}

/// What a cause is called.
fn named(mover: &Mover, cause: &[Change], values: &[ValueChange]) -> (DiffKind, Vec<String>) {
    let kind = match cause {
        [Change::Person] if mover.entered => DiffKind::New,
        [Change::Person] => DiffKind::Gone,
        [Change::Item(_)] => DiffKind::Data,
        [Change::Clock] => DiffKind::Clock,
        [Change::Definition] => DiffKind::Definition,
        _ => DiffKind::Together,
    };
    let whole = |change: Change, name: &str| cause.contains(&change).then(|| name.to_owned());
    let changes = whole(Change::Person, "person")
        .into_iter()
        .chain(values.iter().map(|it| it.what.clone()))
        .chain(whole(Change::Clock, "clock"))
        .chain(whole(Change::Definition, "definition"));
    (kind, changes.collect())
}

/// The people of one cause.
#[derive(Default)]
struct Gathered {
    count: u64,
    by: BTreeMap<usize, u64>,
    values: HashMap<ValueChange, u64>,
    people: Vec<DiffPerson>,
}

impl Gathered {
    fn add(&mut self, mover: &Mover, by: &[usize], values: Vec<ValueChange>, wanted: &DiffOptions) {
        self.count += 1;
        for condition in by {
            *self.by.entry(*condition).or_default() += 1;
        }
        for change in &values {
            *self.values.entry(change.clone()).or_default() += 1;
        }
        if wanted.people {
            self.people.push(DiffPerson { key: mover.key.clone(), values });
        }
    }

    fn into_cause(self, kind: DiffKind, changes: Vec<String>, wanted: &DiffOptions) -> DiffCause {
        let mut values: Vec<ValueCount> =
            self.values.into_iter().map(|(change, count)| ValueCount { change, count }).collect();
        values.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.change.cmp(&b.change)));
        values.truncate(wanted.values);
        let by = self.by.into_iter().map(|(condition, count)| DiffBy { condition, count }).collect();
        DiffCause { kind, changes, count: self.count, by, values, people: wanted.people.then_some(self.people) }
    }
}

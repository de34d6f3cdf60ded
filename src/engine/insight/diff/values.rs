//! [`Stored`]: what the changes of a person are made of: values and records, old and new.

use std::collections::{BTreeMap, HashMap};

use super::worlds::{Change, Element, Worlds};
use super::{Mover, ValueChange};
use crate::book::{Book, Table, Universe};
use crate::exec;
use crate::model::{Cell, RowId, fold};
use crate::write::text_of;

/// What both books hold of those who moved.
pub(super) struct Stored<'a> {
    books: [&'a Book; 2],
    universe: Universe,
    /// By book: the visitors of each contact that moved.
    visitors: [HashMap<RowId, Vec<RowId>>; 2],
}

/// Rows as texts, each with how often it is there.
type Bag = BTreeMap<String, u64>;

impl<'a> Stored<'a> {
    pub(super) fn new(books: [&'a Book; 2], universe: Universe, movers: &[Mover]) -> Self {
        let visitors = [0, 1].map(|at| {
            let mut found: HashMap<RowId, Vec<RowId>> =
                movers.iter().filter_map(|it| it.rows[at]).map(|row| (row, Vec::new())).collect();
            if universe == Universe::Contacts {
                for (visitor, contact) in (0..).zip(books[at].visitor_contacts.iter()) {
                    if let Some(all) = found.get_mut(contact) {
                        all.push(visitor);
                    }
                }
            }
            found
        });
        Self { books, universe, visitors }
    }

    /// What became of the data that a cause names, of somebody who is in both books.
    pub(super) fn changes(&self, mover: &Mover, worlds: &Worlds<'_>, cause: &[Change]) -> Vec<ValueChange> {
        let [Some(old), Some(new)] = mover.rows else { return Vec::new() };
        let mut out = Vec::new();
        for change in cause {
            let Change::Item(item) = change else { continue };
            let read = || worlds.items[*item].iter().map(|it| self.change(it, [old, new]));
            let before = out.len();
            out.extend(read().filter(|(_, changed)| *changed).map(|it| it.0));
            if out.len() == before {
                // The values are the same, and the books read them another way: in another zone, say.
                out.extend(read().map(|it| it.0));
            }
        }
        out
    }

    /// An element old and new, and whether that isn't the same.
    fn change(&self, element: &Element, rows: [RowId; 2]) -> (ValueChange, bool) {
        match element {
            Element::Field(tag) => self.field(tag, rows),
            Element::Kind(folded) => {
                let kinds = self.books.map(|it| it.kinds.iter().position(|kind| kind.folded == *folded));
                let name = kinds.iter().zip(self.books).rev().find_map(|(kind, book)| Some(&book.kinds[(*kind)?].name));
                let bags = [0, 1].map(|at| {
                    let Some(kind) = kinds[at] else { return Bag::new() };
                    let records = exec::contact_records(self.books[at], kind, rows[at]);
                    bag(&self.books[at].kinds[kind].table, records)
                });
                counted(format!("{} records", name.unwrap_or(folded)), &bags)
            }
            Element::Visitors => {
                let bags = [0, 1].map(|at| {
                    let visitors = self.visitors[at].get(&rows[at]).cloned().unwrap_or_default();
                    bag(&self.books[at].visitors, visitors)
                });
                counted("visitors".to_owned(), &bags)
            }
        }
    }

    fn field(&self, tag: &str, rows: [RowId; 2]) -> (ValueChange, bool) {
        let tables = self.books.map(|it| it.table(self.universe));
        let columns = tables.map(|it| it.columns.iter().position(|column| fold(&column.tag) == tag));
        let cell = |at: usize| columns[at].map_or(Cell::Null, |column| tables[at].cell(column, rows[at]));
        let (from, to) = (cell(0), cell(1));
        let what = columns[1].map_or(tag, |it| tables[1].columns[it].tag.as_str()).to_owned();
        let text = |cell: &Cell| (*cell != Cell::Null).then(|| text_of(cell));
        let change = ValueChange { what, from: text(&from), to: text(&to), added: None, gone: None };
        (change, from != to)
    }
}

fn counted(what: String, bags: &[Bag; 2]) -> (ValueChange, bool) {
    let size = |bag: &Bag| bag.values().sum::<u64>();
    let beyond =
        |a: &Bag, b: &Bag| a.iter().map(|(row, n)| n.saturating_sub(b.get(row).copied().unwrap_or(0))).sum::<u64>();
    let (added, gone) = (beyond(&bags[1], &bags[0]), beyond(&bags[0], &bags[1]));
    let text = |bag: &Bag| Some(size(bag).to_string());
    let change = ValueChange { what, from: text(&bags[0]), to: text(&bags[1]), added: Some(added), gone: Some(gone) };
    (change, added + gone > 0)
}

/// Rows as texts: columns by tag, missing values left out, so that a column that one book lacks makes no difference.
fn bag(table: &Table, rows: Vec<RowId>) -> Bag {
    let mut columns: Vec<(String, usize)> =
        table.columns.iter().enumerate().map(|(at, it)| (fold(&it.tag).into_owned(), at)).collect();
    columns.sort_unstable();
    let mut bag = Bag::new();
    for row in rows {
        let mut text = String::new();
        for (tag, column) in &columns {
            let cell = table.cell(*column, row);
            if cell != Cell::Null {
                // Lengths keep neighbours apart whatever their texts hold.
                let value = text_of(&cell);
                text.push_str(&format!("{tag}:{}:{value};", value.len()));
            }
        }
        *bag.entry(text).or_default() += 1;
    }
    bag
}

//! [`Worlds`]: a person as they would be with some changes undone.
//!
//! A world is a choice between old and new: for each piece of data, for the clock, for the definition. What matches in it
//! follows from the verdicts of single conditions, each of which reads one piece of data; so every world is known from each
//! condition's verdict in either book by either clock.

use std::collections::{BTreeSet, HashMap};

use super::super::super::{Engine, Error};
use super::super::formula::{Condition, Conditions};
use super::super::source::Source;
use super::{Clock, Diagnostic, Mover, OldOrNew, RowSet, Universe, exec};
use crate::book::Book;
use crate::model::{ColumnId, fold};
use crate::plan::{Plan, Predicate};

/// Up to so many changes of one person, every set of them is tried.
const COMPLETE: usize = 12;

/// What may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Change {
    /// They are new or gone.
    Person,
    /// A piece of data, by position in [`Worlds::items`].
    Item(usize),
    Clock,
    Definition,
}

/// Data that a condition reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    /// A field of the people, by folded tag.
    Field(String),
    /// A contact's records of a kind, by folded name.
    Kind(String),
    /// A contact's visitors.
    Visitors,
}

/// Both filters, read in both books by both clocks. Of a pair the first is the old one.
pub(super) struct Worlds<'a> {
    pub(super) universe: Universe,
    pub(super) clocks: [Clock; 2],
    /// Pieces of data that are put back as one, in the order in which the new filter, then the old one, asks for them.
    pub(super) items: Vec<BTreeSet<Element>>,
    pub(super) notes: Vec<Diagnostic>,
    engines: [&'a Engine; 2],
    /// By filter.
    filters: [Filter; 2],
}

struct Filter {
    /// By book, by clock: the same conditions, each with its plan there and then.
    conditions: [[Conditions; 2]; 2],
    /// By condition: the piece of data it reads, if any.
    items: Vec<Option<usize>>,
}

/// Why somebody moved.
pub(super) struct Judgement {
    /// The smallest set of changes that undoes the move.
    pub(super) cause: Vec<Change>,
    /// The conditions of the new filter that turned by it.
    pub(super) by: Vec<usize>,
}

/// What every world of a person follows from; equal for many people.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Verdicts {
    entered: bool,
    is_in: [bool; 2],
    /// By filter, book, clock and condition.
    holds: Vec<bool>,
}

/// The changes that are undone.
#[derive(Clone, Copy)]
struct Undone<'a>(&'a [Change]);

impl Undone<'_> {
    /// Which side is looked at: the old one, if the change is undone.
    fn side(self, change: Change) -> usize {
        usize::from(!self.0.contains(&change))
    }
}

impl<'a> Worlds<'a> {
    pub(super) fn read(sources: &[Source<'_>; 2], engines: [&'a Engine; 2], clocks: [Clock; 2]) -> Result<Self, Error> {
        let times = [OldOrNew::Old, OldOrNew::New];
        let mut universes = Vec::new();
        let mut notes = Vec::new();
        let mut read = |filter: usize, book: usize, clock: usize| -> Result<Conditions, Error> {
            let parts = sources[filter]
                .read(engines[book].book(), &clocks[clock])
                .map_err(|error| Error::one_side(times[filter], times[book], error))?;
            let conditions = Conditions::opened(&parts.root);
            universes.push(parts.universe);
            if [filter, book, clock] == [1, 1, 1] {
                notes = parts.notes;
            }
            Ok(conditions)
        };
        let mut filter = |at: usize| -> Result<[[Conditions; 2]; 2], Error> {
            Ok([[read(at, 0, 0)?, read(at, 0, 1)?], [read(at, 1, 0)?, read(at, 1, 1)?]])
        };
        let read = [filter(0)?, filter(1)?];
        let universe = universes.first().copied().unwrap_or_default();
        if universes.iter().any(|it| *it != universe) {
            return Err(Error::DifferentPeople);
        }
        let books = engines.map(Engine::book);
        let elements = [0, 1].map(|at| elements(&read[at], books, universe));
        let items = joined(elements[1].iter().chain(&elements[0]));
        let item_of = |read: &BTreeSet<Element>| items.iter().position(|it| !it.is_disjoint(read));
        let of = [0, 1].map(|at| elements[at].iter().map(item_of).collect::<Vec<_>>());
        let [old, new] = read;
        let [old_items, new_items] = of;
        let filters = [Filter { conditions: old, items: old_items }, Filter { conditions: new, items: new_items }];
        Ok(Self { universe, clocks, items, notes, engines, filters })
    }

    /// The words of the new filter's conditions.
    pub(super) fn words(&self) -> Vec<String> {
        self.filters[1].conditions[1][1].all.iter().map(|it| it.words.clone()).collect()
    }

    /// Who matches on a side.
    pub(super) fn matched(&self, side: usize) -> Result<RowSet, Error> {
        let Conditions { formula, all } = &self.filters[side].conditions[side][side];
        let engine = self.engines[side];
        let plan = formula.plan(all);
        let run = || exec::run(engine.book(), self.universe, &plan, &self.clocks[side], &engine.cancel);
        Ok(engine.pool.install(run)?)
    }

    /// Why each of these people moved.
    pub(super) fn judge(&self, movers: &[Mover]) -> Result<Vec<Judgement>, Error> {
        let rows = [0, 1].map(|book| {
            let mut rows: Vec<u32> = movers.iter().filter_map(|it| it.rows[book]).collect();
            rows.sort_unstable();
            RowSet::from_sorted(rows)
        });
        // By filter, book, clock and condition, as in `Verdicts`.
        let mut holds: Vec<(usize, RowSet)> = Vec::new();
        for filter in &self.filters {
            for (book, clocks) in filter.conditions.iter().enumerate() {
                for (clock, conditions) in clocks.iter().enumerate() {
                    for condition in &conditions.all {
                        holds.push((book, self.among(book, clock, condition, &rows[book])?));
                    }
                }
            }
        }
        let mut known: HashMap<Verdicts, (Vec<Change>, Vec<usize>)> = HashMap::new();
        let judged = movers.iter().map(|mover| {
            let verdict = |(book, rows): &(usize, RowSet)| mover.rows[*book].is_some_and(|it| rows.contains(it));
            let verdicts = Verdicts {
                entered: mover.entered,
                is_in: mover.rows.map(|it| it.is_some()),
                holds: holds.iter().map(verdict).collect(),
            };
            let (cause, by) = known.entry(verdicts).or_insert_with_key(|it| {
                let cause = self.cause(it);
                let by = self.turned(it, &cause);
                (cause, by)
            });
            Judgement { cause: cause.clone(), by: by.clone() }
        });
        Ok(judged.collect())
    }

    fn among(&self, book: usize, clock: usize, condition: &Condition, rows: &RowSet) -> Result<RowSet, Error> {
        let engine = self.engines[book];
        let (plan, clock) = (&condition.plan, &self.clocks[clock]);
        let ask = || exec::among(engine.book(), self.universe, plan, clock, &engine.cancel, rows);
        Ok(engine.pool.install(ask)?)
    }

    /// How many conditions a filter has.
    fn n_conditions(&self, filter: usize) -> usize {
        self.filters[filter].items.len()
    }

    /// A condition's verdict.
    fn verdict(&self, verdicts: &Verdicts, [filter, book, clock]: [usize; 3], condition: usize) -> bool {
        let before = if filter == 1 { 4 * self.n_conditions(0) } else { 0 };
        verdicts.holds[before + (2 * book + clock) * self.n_conditions(filter) + condition]
    }

    /// A condition's verdict with some changes undone, of somebody who is there.
    fn condition(&self, verdicts: &Verdicts, undone: Undone<'_>, filter: usize, condition: usize) -> bool {
        let book = match verdicts.is_in {
            [true, true] => self.filters[filter].items[condition].map_or(1, |it| undone.side(Change::Item(it))),
            // All that is known of a person is in one book.
            [_, is_new] => usize::from(is_new),
        };
        self.verdict(verdicts, [filter, book, undone.side(Change::Clock)], condition)
    }

    /// Whether somebody matches with some changes undone.
    fn matches(&self, verdicts: &Verdicts, undone: Undone<'_>) -> bool {
        if !verdicts.is_in[undone.side(Change::Person)] {
            return false;
        }
        let filter = undone.side(Change::Definition);
        let formula = &self.filters[filter].conditions[1][1].formula;
        formula.holds(&|at| self.condition(verdicts, undone, filter, at))
    }

    /// The changes that any world can tell, in the order of attribution.
    fn changes(&self, verdicts: &Verdicts) -> Vec<Change> {
        let all = || (0..2).flat_map(|filter| (0..self.n_conditions(filter)).map(move |at| (filter, at)));
        let differ = |filter: usize, at: usize, a: [usize; 2], b: [usize; 2]| {
            let verdict = |it: [usize; 2]| self.verdict(verdicts, [filter, it[0], it[1]], at);
            verdict(a) != verdict(b)
        };
        let mut found = Vec::new();
        if verdicts.is_in == [true, true] {
            let items = (0..self.items.len()).filter(|item| {
                all().any(|(filter, at)| {
                    self.filters[filter].items[at] == Some(*item)
                        && (0..2).any(|clock| differ(filter, at, [0, clock], [1, clock]))
                })
            });
            found.extend(items.map(Change::Item));
        } else {
            found.push(Change::Person);
        }
        if all().any(|(filter, at)| (0..2).any(|book| differ(filter, at, [book, 0], [book, 1]))) {
            found.push(Change::Clock);
        }
        found.push(Change::Definition);
        found
    }

    /// The smallest set of changes that undoes the move, the first of several.
    fn cause(&self, verdicts: &Verdicts) -> Vec<Change> {
        let changes = self.changes(verdicts);
        let undoes = |set: &[Change]| self.matches(verdicts, Undone(set)) != verdicts.entered;
        smallest(&changes, &undoes)
    }

    /// The conditions of the new filter that turned by a cause.
    fn turned(&self, verdicts: &Verdicts, cause: &[Change]) -> Vec<usize> {
        if cause.contains(&Change::Person) || cause.contains(&Change::Definition) {
            return Vec::new();
        }
        let holds = |undone: &[Change], at: usize| self.condition(verdicts, Undone(undone), 1, at);
        let turned = |at: &usize| holds(&[], *at) == verdicts.entered && holds(cause, *at) != verdicts.entered;
        (0..self.n_conditions(1)).filter(turned).collect()
    }
}

/// The smallest set of changes that undoes a move, which all of them do; of sets of one size the one whose changes come first.
fn smallest(changes: &[Change], undoes: &dyn Fn(&[Change]) -> bool) -> Vec<Change> {
    let n = changes.len();
    if n > COMPLETE {
        return irreducible(changes, undoes);
    }
    let mut sets: Vec<usize> = (1..1_usize << n).collect();
    sets.sort_unstable_by_key(|set| (set.count_ones(), std::cmp::Reverse(set.reverse_bits())));
    let members = |set: usize| (0..n).filter(|at| set >> at & 1 == 1).map(|at| changes[at]).collect::<Vec<_>>();
    sets.into_iter().map(members).find(|it| undoes(it)).unwrap_or_else(|| changes.to_vec())
}

/// A set of changes that undoes a move, none of which can be left out; the last ones go first.
fn irreducible(changes: &[Change], undoes: &dyn Fn(&[Change]) -> bool) -> Vec<Change> {
    let mut kept = changes.to_vec();
    loop {
        let without = |at: usize| -> Vec<Change> {
            kept.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, it)| *it).collect()
        };
        match (0..kept.len()).rev().map(without).find(|it| undoes(it)) {
            Some(fewer) => kept = fewer,
            None => return kept,
        }
    }
}

/// By condition: what it reads, in either book by either clock. A plan may leave out what one book hasn't.
fn elements(read: &[[Conditions; 2]; 2], books: [&Book; 2], universe: Universe) -> Vec<BTreeSet<Element>> {
    let mut all = vec![BTreeSet::new(); read[1][1].all.len()];
    for (clocks, book) in read.iter().zip(books) {
        for conditions in clocks {
            for (condition, out) in conditions.all.iter().zip(&mut all) {
                gather(&condition.plan, book, universe, out);
            }
        }
    }
    all
}

fn gather(plan: &Plan, book: &Book, universe: Universe, out: &mut BTreeSet<Element>) {
    let field = |column: ColumnId| Element::Field(fold(&book.table(universe).columns[column].tag).into_owned());
    match plan {
        // A list says who is in it, whatever the book has of them.
        Plan::All | Plan::Nothing | Plan::Rows { .. } => {}
        Plan::Not(part) => gather(part, book, universe, out),
        Plan::And(parts) | Plan::Or(parts) => parts.iter().for_each(|it| gather(it, book, universe, out)),
        Plan::Test { column, predicate, .. } => {
            out.insert(field(*column));
            if let Predicate::Field(_, other) = predicate {
                out.insert(field(*other));
            }
        }
        Plan::Records(records) => {
            out.insert(Element::Kind(book.kinds[records.kind].folded.clone()));
        }
        Plan::Sequence(sequence) => {
            out.extend(sequence.steps.iter().map(|it| Element::Kind(book.kinds[it.kind].folded.clone())));
        }
        Plan::Visitors { .. } => {
            out.insert(Element::Visitors);
        }
    }
}

/// Sets that share an element joined into one, in the order of their first elements' first mention.
fn joined<'b>(sets: impl Iterator<Item = &'b BTreeSet<Element>>) -> Vec<BTreeSet<Element>> {
    let mut items: Vec<BTreeSet<Element>> = Vec::new();
    for set in sets.filter(|it| !it.is_empty()) {
        let (mut touching, others): (Vec<_>, Vec<_>) =
            items.into_iter().enumerate().partition(|(_, it)| !it.is_disjoint(set));
        // The joined piece stands where the first of its parts stood.
        let place = touching.first().map_or(others.len(), |(at, _)| *at);
        let mut item = set.clone();
        touching.iter_mut().for_each(|(_, it)| item.append(it));
        items = others.into_iter().map(|(_, it)| it).collect();
        items.insert(place.min(items.len()), item);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(fields: &[&str]) -> BTreeSet<Element> {
        fields.iter().map(|it| Element::Field((*it).to_owned())).collect()
    }

    #[test]
    fn pieces_that_are_read_together_are_one() {
        let sets = [set(&["c"]), set(&["a"]), set(&[]), set(&["b"]), set(&["a", "d"]), set(&["b", "c"])];
        assert_eq!(joined(sets.iter()), [set(&["b", "c"]), set(&["a", "d"])]);
    }

    #[test]
    fn the_smallest_set_is_found_and_the_first_of_several() {
        let changes = [Change::Item(0), Change::Item(1), Change::Clock, Change::Definition];
        let has = |set: &[Change], wanted: &[Change]| wanted.iter().all(|it| set.contains(it));
        assert_eq!(
            smallest(&changes, &|it| has(it, &[Change::Clock]) || has(it, &[Change::Item(1)])),
            [Change::Item(1)]
        );
        // Undoing more may do it again.
        let odd = |it: &[Change]| has(it, &[Change::Item(0), Change::Clock]) != has(it, &[Change::Definition]);
        assert_eq!(smallest(&changes, &odd), [Change::Definition]);
        let two =
            |it: &[Change]| has(it, &[Change::Item(1), Change::Clock]) || has(it, &[Change::Item(0), Change::Clock]);
        assert_eq!(smallest(&changes, &two), [Change::Item(0), Change::Clock]);
    }

    #[test]
    fn of_many_changes_none_can_be_left_out() {
        let changes: Vec<Change> = (0..15).map(Change::Item).collect();
        let undoes = |it: &[Change]| it.contains(&Change::Item(3)) && it.contains(&Change::Item(11));
        assert_eq!(smallest(&changes, &undoes), [Change::Item(3), Change::Item(11)]);
    }
}

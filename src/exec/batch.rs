//! Many filters at once: one pass over the shards, and what several filters say is evaluated once a shard.
//!
//! Flow: the plans are cut at the parts that more than one of them uses ([`super::parts`]). Each such part has a slot;
//! what nobody shares is bound as any query is, and so keeps its order by cost. For each shard the slots are filled in
//! order, then every plan is worked out of them; the shard's sets are dropped before the next shard begins.
//!
//! Invariant: each plan matches what [`super::run`] finds for it alone.

use std::collections::HashMap;

use rayon::prelude::*;

use super::bind::{self, Node};
use super::eval::{self, Place};
use super::formula::{BLOCK, Formula, Room};
use super::parts::{Numbered, Numbers, PartId};
use super::records::BoundRecords;
use super::steps::Statuses;
use super::{Cancel, ExecError};
use crate::book::{Book, Table, Universe};
use crate::model::{Bits, Clock, RowSet, words};
use crate::plan::{Plan, Prepared};

/// A filter of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Batched<'a> {
    /// Whose people it asks for.
    pub universe: Universe,
    /// Who matches.
    pub filter: &'a Plan,
    /// Of those who match only the mailable are wanted; of visitors, nobody.
    pub mailable_only: bool,
}

impl<'a> Batched<'a> {
    /// A query's filter, without its subsets.
    #[must_use]
    pub fn of(prepared: &'a Prepared, mailable_only: bool) -> Self {
        Self { universe: prepared.universe, filter: &prepared.filter, mailable_only }
    }
}

/// How many match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The filter alone.
    pub matched: u64,
    /// How many of them can be mailed; none of visitors.
    pub mailable: Option<u64>,
}

/// Who matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Members {
    /// How many the filter matches.
    pub counted: Counted,
    /// The rows that are wanted.
    pub rows: RowSet,
}

/// What came of each filter of a batch, in their order.
pub type OfEach<T> = Vec<Result<T, ExecError>>;

/// What came of a filter, and of each shard what was kept.
type Found = Result<(Counted, Vec<RowSet>), ExecError>;

/// What came of a filter in one shard.
#[derive(Default)]
struct Tally {
    matched: u64,
    mailable: u64,
    /// Those who are wanted; none if they aren't kept.
    rows: RowSet,
}

/// Counts each filter.
///
/// Cost: a pass over the shards; a part that several filters have is evaluated once. Memory: in each thread the sets of one
/// shard, 8 KiB at most for each shared part and for each filter that has others.
///
/// # Errors
///
/// Cancelled. What else is wrong with a filter stands in its place.
pub fn count_all(
    book: &Book,
    batch: &[Batched<'_>],
    clock: &Clock,
    cancel: &Cancel,
) -> Result<OfEach<Counted>, ExecError> {
    each(book, batch, clock, cancel, false)
        .map(|all| all.into_iter().map(|it| it.map(|(counted, _)| counted)).collect())
}

/// The rows of each filter.
///
/// Cost: as [`count_all`], and the sets of all filters in memory: at most an eighth of a byte a row each.
///
/// # Errors
///
/// Cancelled. What else is wrong with a filter stands in its place.
pub fn run_all(
    book: &Book,
    batch: &[Batched<'_>],
    clock: &Clock,
    cancel: &Cancel,
) -> Result<OfEach<Members>, ExecError> {
    let found = each(book, batch, clock, cancel, true)?;
    let members = |(asked, found): (&Batched<'_>, Found)| {
        let (counted, shards) = found?;
        let layout = &book.table(asked.universe).layout;
        let mut rows = RowSet::new();
        for (shard, set) in shards.into_iter().enumerate() {
            rows.append_shifted(&set, layout.rows(shard).start);
        }
        Ok(Members { counted, rows })
    };
    Ok(batch.iter().zip(found).map(members).collect())
}

/// Works out each filter for each shard: how many match, and, if they are kept, those who are wanted.
fn each(
    book: &Book,
    batch: &[Batched<'_>],
    clock: &Clock,
    cancel: &Cancel,
    keeps_rows: bool,
) -> Result<Vec<Found>, ExecError> {
    let mut out: Vec<(usize, Found)> = Vec::with_capacity(batch.len());
    for universe in [Universe::Contacts, Universe::Visitors] {
        let asked: Vec<usize> = (0..batch.len()).filter(|at| batch[*at].universe == universe).collect();
        if asked.is_empty() {
            continue;
        }
        let plans: Vec<&Plan> = asked.iter().map(|at| batch[*at].filter).collect();
        let table = book.table(universe);
        let bound = Bound::new(&plans, &Context { book, clock, cancel, table })?;
        let statuses = (universe == Universe::Contacts).then(|| Statuses::of(table));
        let keep = |at: &usize| match (keeps_rows, batch[*at].mailable_only) {
            (false, _) => Keep::Nobody,
            (true, false) => Keep::Everybody,
            (true, true) => Keep::Mailable,
        };
        let keep: Vec<Keep> = asked.iter().map(keep).collect();
        let of_shard = |shard: usize| {
            cancel.check()?;
            let at = Place::new(&table.layout, shard);
            let sets = bound.sets(at);
            // Once it is told it stays so: none of the sets lacks anything.
            cancel.check()?;
            // Of visitors nobody is mailable.
            let mailable = statuses.as_ref().map_or_else(Bits::default, |it| Bits::of(it.mailable(at), at.n_rows));
            Ok(bound.tallies(&sets, at, mailable.words(), &keep))
        };
        let shards: Vec<Result<Vec<Result<Tally, ExecError>>, ExecError>> =
            (0..table.layout.n_shards()).into_par_iter().map(of_shard).collect();
        let none = Counted { matched: 0, mailable: statuses.is_some().then_some(0) };
        let mut sums: Vec<Found> = asked.iter().map(|_| Ok((none, Vec::new()))).collect();
        for shard in shards {
            for (sum, found) in sums.iter_mut().zip(shard?) {
                add(sum, found);
            }
        }
        out.extend(asked.into_iter().zip(sums));
    }
    out.sort_by_key(|(at, _)| *at);
    Ok(out.into_iter().map(|(_, found)| found).collect())
}

/// Adds a shard's part; of several errors the first shard's stays.
fn add(sum: &mut Found, found: Result<Tally, ExecError>) {
    match (&mut *sum, found) {
        (Ok((counted, kept)), Ok(tally)) => {
            counted.matched += tally.matched;
            counted.mailable = counted.mailable.map(|it| it + tally.mailable);
            kept.push(tally.rows);
        }
        (Ok(_), Err(error)) => *sum = Err(error),
        (Err(_), _) => {}
    }
}

struct Context<'a> {
    book: &'a Book,
    clock: &'a Clock,
    cancel: &'a Cancel,
    table: &'a Table,
}

/// The plans of one universe, bound and cut.
struct Bound<'a> {
    /// Each of what stands before it.
    slots: Vec<Slot<'a>>,
    roots: Vec<Root>,
}

/// A part that is used more than once, or a plan of which some isn't.
struct Slot<'a> {
    term: Term<'a>,
    /// Whether it sums decimals of its own, and so may fail.
    has_sums: bool,
    /// The slots that it rests on which may fail.
    failing: Vec<usize>,
}

struct Root {
    formula: Formula,
    /// The slots that it rests on which may fail.
    failing: Vec<usize>,
}

/// A filter over shared sets.
enum Term<'a> {
    /// Nothing in it is shared.
    Own(Node<'a>),
    /// All of it is shared.
    Shared(Formula),
    Not(Box<Term<'a>>),
    /// What is shared comes first, what isn't last.
    And(Vec<Term<'a>>),
    Or(Vec<Term<'a>>),
}

/// The sets of the slots in one shard.
type Sets<'s> = [Result<Bits<'s>, ExecError>];

impl<'a> Bound<'a> {
    fn new(plans: &[&'a Plan], context: &Context<'a>) -> Result<Self, ExecError> {
        let mut numbers = Numbers::default();
        let numbered: Vec<Numbered<'a>> = plans.iter().map(|plan| numbers.add(plan)).collect();
        let mut cutter = Cutter { context, numbers: &numbers, slots: Vec::new(), by_part: HashMap::new() };
        let mut roots = Vec::with_capacity(numbered.len());
        for part in &numbered {
            let formula = match cutter.term(part)? {
                Term::Shared(formula) => formula,
                term @ (Term::Own(_) | Term::Not(_) | Term::And(_) | Term::Or(_)) => Formula::Set(cutter.slot(term)),
            };
            roots.push(Root { failing: cutter.failing(|op| formula.each_set(op)), formula });
        }
        Ok(Self { slots: cutter.slots, roots })
    }

    /// Fills the slots of a shard.
    fn sets(&self, at: Place) -> Vec<Result<Bits<'_>, ExecError>> {
        let mut sets = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let set = slot.eval(&sets, at);
            sets.push(set);
        }
        sets
    }

    /// Works out each filter of the sets of a shard, a block of rows after the other.
    fn tallies(&self, sets: &Sets<'_>, at: Place, mailable: &[u64], keep: &[Keep]) -> Vec<Result<Tally, ExecError>> {
        let mut tallies: Vec<Result<Tally, ExecError>> =
            self.roots.iter().map(|it| check(&it.failing, sets).map(|()| Tally::default())).collect();
        let mut kept = vec![Vec::new(); tallies.len()];
        let sets = words_of(sets);
        let (mut found, mut room) = ([0; BLOCK], Room::default());
        let n_words = at.n_rows.div_ceil(64) as usize;
        for from in (0..n_words).step_by(BLOCK) {
            let found = &mut found[..BLOCK.min(n_words - from)];
            let n_rows = (at.n_rows - from as u32 * 64).min(BLOCK as u32 * 64);
            let mailable = mailable.get(from..mailable.len().min(from + found.len())).unwrap_or_default();
            for (((root, tally), kept), keep) in self.roots.iter().zip(&mut tallies).zip(&mut kept).zip(keep) {
                let Ok(tally) = tally else { continue };
                root.formula.find(&sets, from, n_rows, found, &mut room);
                tally.matched += words::count(found);
                tally.mailable += words::count_and(found, mailable);
                if *keep == Keep::Mailable {
                    words::write(found, words::Write::And, mailable);
                }
                if *keep != Keep::Nobody {
                    kept.extend_from_slice(found);
                }
            }
        }
        for (tally, kept) in tallies.iter_mut().zip(kept) {
            if let Ok(tally) = tally {
                tally.rows = RowSet::from_words(kept);
            }
        }
        tallies
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Nobody,
    Everybody,
    Mailable,
}

/// Fails if one of these slots did. What fails does so whatever stands beside it, as in a run of one filter.
fn check(failing: &[usize], sets: &Sets<'_>) -> Result<(), ExecError> {
    failing.iter().try_for_each(|slot| sets[*slot].as_ref().map(|_| ()).map_err(Clone::clone))
}

impl Slot<'_> {
    fn eval<'s>(&'s self, sets: &Sets<'_>, at: Place) -> Result<Bits<'s>, ExecError> {
        check(&self.failing, sets)?;
        if self.has_sums {
            self.term.own_sums().into_iter().try_for_each(|it| it.check_sums(at.shard))?;
        }
        self.term.eval(sets, at)
    }
}

impl<'a> Term<'a> {
    fn eval<'s>(&'s self, sets: &Sets<'_>, at: Place) -> Result<Bits<'s>, ExecError> {
        match self {
            // A stored set stays where it is.
            Self::Own(node) => Ok(Bits::of(eval::eval(node, at)?, at.n_rows)),
            Self::Shared(formula) => {
                let mut found = vec![0; at.n_rows.div_ceil(64) as usize];
                formula.find(&words_of(sets), 0, at.n_rows, &mut found, &mut Room::default());
                Ok(Bits::from_words(found))
            }
            Self::Not(part) => Ok(part.eval(sets, at)?.not(at.n_rows)),
            Self::And(parts) => {
                let mut found = Bits::all(at.n_rows);
                for part in parts {
                    if found.is_empty() {
                        break;
                    }
                    if let Self::Own(node) = part {
                        found = Bits::of(eval::narrow(found.into_set(at.n_rows), node, at)?, at.n_rows);
                    } else {
                        found.and(&part.eval(sets, at)?);
                    }
                }
                Ok(found)
            }
            Self::Or(parts) => parts.iter().try_fold(Bits::default(), |mut found, part| {
                found.or(&part.eval(sets, at)?);
                Ok(found)
            }),
        }
    }

    /// Its own conditions that may fail.
    fn own_sums(&self) -> Vec<&BoundRecords<'a>> {
        match self {
            Self::Own(node) => node.decimal_sums(),
            Self::Shared(_) => Vec::new(),
            Self::Not(part) => part.own_sums(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::own_sums).collect(),
        }
    }

    /// Calls `op` with the number of each slot that it rests on itself.
    fn each_set(&self, op: &mut dyn FnMut(usize)) {
        match self {
            Self::Own(_) => {}
            Self::Shared(formula) => formula.each_set(op),
            Self::Not(part) => part.each_set(op),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|it| it.each_set(op)),
        }
    }
}

fn words_of<'s>(sets: &'s Sets<'_>) -> Vec<&'s [u64]> {
    sets.iter().map(|it| it.as_ref().map(Bits::words).unwrap_or_default()).collect()
}

/// Cuts plans at their shared parts.
struct Cutter<'c, 'a> {
    context: &'c Context<'a>,
    numbers: &'c Numbers,
    slots: Vec<Slot<'a>>,
    /// Of the shared parts.
    by_part: HashMap<PartId, usize>,
}

impl<'a> Cutter<'_, 'a> {
    fn term(&mut self, part: &Numbered<'a>) -> Result<Term<'a>, ExecError> {
        if !self.numbers.is_shared(part.id) {
            return self.cut(part);
        }
        if let Some(slot) = self.by_part.get(&part.id) {
            return Ok(Term::Shared(Formula::Set(*slot)));
        }
        let term = self.cut(part)?;
        let slot = self.slot(term);
        self.by_part.insert(part.id, slot);
        Ok(Term::Shared(Formula::Set(slot)))
    }

    fn cut(&mut self, part: &Numbered<'a>) -> Result<Term<'a>, ExecError> {
        Ok(match part.plan {
            Plan::Not(_) => {
                let [inner] = &part.parts[..] else { return Ok(Term::Own(Node::Nothing)) };
                match self.term(inner)? {
                    Term::Own(node) => Term::Own(bind::not(node)),
                    Term::Shared(formula) => Term::Shared(Formula::Not(Box::new(formula))),
                    term @ (Term::Not(_) | Term::And(_) | Term::Or(_)) => Term::Not(Box::new(term)),
                }
            }
            Plan::And(_) => self.joined(&part.parts, bind::and, Formula::And, Term::And)?,
            Plan::Or(_) => self.joined(&part.parts, bind::or, Formula::Or, Term::Or)?,
            Plan::All
            | Plan::Nothing
            | Plan::Test { .. }
            | Plan::Records(_)
            | Plan::Sequence(_)
            | Plan::Visitors { .. }
            | Plan::Rows { .. } => {
                let Context { book, clock, cancel, table } = *self.context;
                Term::Own(bind::bind(book, clock, cancel, part.plan, table)?)
            }
        })
    }

    /// An `and` or an `or`: what is shared is one term, and what isn't another.
    fn joined(
        &mut self,
        parts: &[Numbered<'a>],
        of_own: impl FnOnce(Vec<Node<'a>>) -> Node<'a>,
        of_shared: impl FnOnce(Vec<Formula>) -> Formula,
        of_both: impl FnOnce(Vec<Term<'a>>) -> Term<'a>,
    ) -> Result<Term<'a>, ExecError> {
        let (mut shared, mut mixed, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            match self.term(part)? {
                Term::Shared(formula) => shared.push(formula),
                Term::Own(node) => own.push(node),
                term @ (Term::Not(_) | Term::And(_) | Term::Or(_)) => mixed.push(term),
            }
        }
        // As it is bound, nothing at all holds of everybody or of nobody.
        let is_own = !own.is_empty() || shared.is_empty() && mixed.is_empty();
        let shared = (!shared.is_empty()).then(|| Term::Shared(of_shared(shared)));
        let own = is_own.then(|| Term::Own(of_own(own)));
        let mut terms: Vec<Term<'a>> = shared.into_iter().chain(mixed).chain(own).collect();
        Ok(if terms.len() == 1 { terms.remove(0) } else { of_both(terms) })
    }

    fn slot(&mut self, term: Term<'a>) -> usize {
        let failing = self.failing(|op| term.each_set(op));
        self.slots.push(Slot { has_sums: !term.own_sums().is_empty(), failing, term });
        self.slots.len() - 1
    }

    /// Of the slots that are called, and those that they rest on, the ones that may fail.
    fn failing(&self, each_set: impl FnOnce(&mut dyn FnMut(usize))) -> Vec<usize> {
        let mut all = Vec::new();
        each_set(&mut |slot| {
            all.extend_from_slice(&self.slots[slot].failing);
            all.extend(self.slots[slot].has_sums.then_some(slot));
        });
        all.sort_unstable();
        all.dedup();
        all
    }
}

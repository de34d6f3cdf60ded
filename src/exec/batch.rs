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
use super::parts::{Numbered, Numbers, PartId};
use super::records::BoundRecords;
use super::steps::Statuses;
use super::{Cancel, ExecError};
use crate::book::{Book, Table, Universe};
use crate::model::{Bits, Clock, RowSet};
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

/// A filter's counts, and what was kept of each shard.
type Found<T> = Result<(Counted, Vec<T>), ExecError>;

/// In one shard: how many match, how many of them can be mailed, and what was kept.
type OfShard<T> = Result<(u64, Option<u64>, T), ExecError>;

/// Counts each filter.
///
/// Cost: a pass over the shards; a part that several filters have is evaluated once. Memory: the shared parts' sets of one
/// shard a thread, 8 KiB each at most.
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
    each(book, batch, clock, cancel, |_, _, _| ())
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
    let found = each(book, batch, clock, cancel, |mut found, mailable, wanted| {
        if wanted.mailable_only {
            // Of visitors nobody is mailable.
            found.and(mailable.unwrap_or(&Bits::default()));
        }
        found.into_rows()
    })?;
    let members = |(asked, found): (&Batched<'_>, Found<RowSet>)| {
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

/// Works out each filter for each shard: how many match, and what `keep` makes of the shard's set and the mailable.
fn each<T: Send>(
    book: &Book,
    batch: &[Batched<'_>],
    clock: &Clock,
    cancel: &Cancel,
    keep: impl Fn(Bits<'_>, Option<&Bits<'_>>, &Batched<'_>) -> T + Sync,
) -> Result<Vec<Found<T>>, ExecError> {
    let mut out: Vec<(usize, Found<T>)> = Vec::with_capacity(batch.len());
    for universe in [Universe::Contacts, Universe::Visitors] {
        let asked: Vec<usize> = (0..batch.len()).filter(|at| batch[*at].universe == universe).collect();
        if asked.is_empty() {
            continue;
        }
        let plans: Vec<&Plan> = asked.iter().map(|at| batch[*at].filter).collect();
        let table = book.table(universe);
        let bound = Bound::new(&plans, &Context { book, clock, cancel, table })?;
        let statuses = (universe == Universe::Contacts).then(|| Statuses::of(table));
        let of_shard = |shard: usize| {
            cancel.check()?;
            let at = Place::new(&table.layout, shard);
            let slots = bound.slots(at);
            let mailable = statuses.as_ref().map(|it| Bits::of(it.mailable(at), at.n_rows));
            let one = |(root, asked): (&Root<'_>, &usize)| {
                let found = root.eval(&slots, at)?;
                let matched = found.len();
                let n_mailable = mailable.as_ref().map(|it| found.intersection_len(it));
                Ok((matched, n_mailable, keep(found, mailable.as_ref(), &batch[*asked])))
            };
            Ok(bound.roots.iter().zip(&asked).map(one).collect())
        };
        let shards: Vec<Result<Vec<OfShard<T>>, ExecError>> =
            (0..table.layout.n_shards()).into_par_iter().map(of_shard).collect();
        let none = Counted { matched: 0, mailable: statuses.is_some().then_some(0) };
        let mut sums: Vec<Found<T>> = asked.iter().map(|_| Ok((none, Vec::new()))).collect();
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
fn add<T>(sum: &mut Found<T>, found: OfShard<T>) {
    match (&mut *sum, found) {
        (Ok((counted, kept)), Ok((matched, mailable, it))) => {
            counted.matched += matched;
            counted.mailable = counted.mailable.zip(mailable).map(|(a, b)| a + b);
            kept.push(it);
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
    /// What is used more than once; each of what stands before it.
    shared: Vec<Term<'a>>,
    roots: Vec<Root<'a>>,
}

struct Root<'a> {
    term: Term<'a>,
    /// The slots that it rests on which hold sums of decimals, and so may fail.
    failing: Vec<usize>,
}

/// A filter over shared sets.
enum Term<'a> {
    /// Nothing in it is shared.
    Own(Node<'a>),
    /// The set of a shared part.
    Slot(usize),
    Not(Box<Term<'a>>),
    /// What isn't shared is one term, the last.
    And(Vec<Term<'a>>),
    /// What isn't shared is one term, the last.
    Or(Vec<Term<'a>>),
}

/// The sets of the shared parts in one shard.
type Slots<'s> = [Result<Bits<'s>, ExecError>];

impl<'a> Bound<'a> {
    fn new(plans: &[&'a Plan], context: &Context<'a>) -> Result<Self, ExecError> {
        let mut numbers = Numbers::default();
        let numbered: Vec<Numbered<'a>> = plans.iter().map(|plan| numbers.add(plan)).collect();
        let mut cutter = Cutter { context, numbers: &numbers, shared: Vec::new(), slots: HashMap::new() };
        let terms = numbered.iter().map(|it| cutter.term(it)).collect::<Result<Vec<_>, ExecError>>()?;
        let shared = cutter.shared;
        let mut below: Vec<Vec<usize>> = Vec::with_capacity(shared.len());
        for (slot, term) in shared.iter().enumerate() {
            let mut failing = term.failing(&below);
            if !term.own_sums().is_empty() {
                failing.push(slot);
            }
            below.push(failing);
        }
        let roots = terms.into_iter().map(|term| Root { failing: term.failing(&below), term }).collect();
        Ok(Self { shared, roots })
    }

    /// Fills the slots of a shard.
    fn slots(&self, at: Place) -> Vec<Result<Bits<'_>, ExecError>> {
        let mut slots = Vec::with_capacity(self.shared.len());
        for term in &self.shared {
            let set = match term {
                // A stored set stays where it is.
                Term::Own(node) => checked(node, at).and_then(|()| bits(node, at)),
                Term::Slot(_) | Term::Not(_) | Term::And(_) | Term::Or(_) => {
                    term.check(at).and_then(|()| term.eval(&slots, at)).map(Bits::into_owned)
                }
            };
            slots.push(set);
        }
        slots
    }
}

impl Root<'_> {
    /// Those who match in a shard. What fails does so whatever stands beside it, as in a run of one filter.
    fn eval<'s>(&'s self, slots: &'s Slots<'s>, at: Place) -> Result<Bits<'s>, ExecError> {
        for slot in &self.failing {
            slots[*slot].as_ref().map_err(Clone::clone)?;
        }
        self.term.check(at)?;
        self.term.eval(slots, at)
    }
}

fn checked(node: &Node<'_>, at: Place) -> Result<(), ExecError> {
    node.decimal_sums().into_iter().try_for_each(|it| it.check_sums(at.shard))
}

fn bits<'s>(node: &'s Node<'_>, at: Place) -> Result<Bits<'s>, ExecError> {
    Ok(Bits::of(eval::eval(node, at)?, at.n_rows))
}

impl<'a> Term<'a> {
    fn eval<'s>(&'s self, slots: &'s Slots<'s>, at: Place) -> Result<Bits<'s>, ExecError> {
        match self {
            Self::Own(node) => bits(node, at),
            Self::Slot(slot) => slots[*slot].as_ref().map(Bits::by_ref).map_err(Clone::clone),
            Self::Not(part) => Ok(part.eval(slots, at)?.not(at.n_rows)),
            Self::And(parts) => intersection(parts, slots, at),
            Self::Or(parts) => parts.iter().try_fold(Bits::default(), |mut found, part| {
                found.or(&part.eval(slots, at)?);
                Ok(found)
            }),
        }
    }

    /// Whether it is a shared set or its complement.
    fn is_ready(&self) -> bool {
        match self {
            Self::Slot(_) => true,
            Self::Not(part) => part.is_ready(),
            Self::Own(_) | Self::And(_) | Self::Or(_) => false,
        }
    }

    /// Its own conditions that may fail.
    fn own_sums(&self) -> Vec<&BoundRecords<'a>> {
        match self {
            Self::Own(node) => node.decimal_sums(),
            Self::Slot(_) => Vec::new(),
            Self::Not(part) => part.own_sums(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::own_sums).collect(),
        }
    }

    fn check(&self, at: Place) -> Result<(), ExecError> {
        self.own_sums().into_iter().try_for_each(|it| it.check_sums(at.shard))
    }

    /// The slots it rests on that may fail, given those that each slot does.
    fn failing(&self, below: &[Vec<usize>]) -> Vec<usize> {
        match self {
            Self::Own(_) => Vec::new(),
            Self::Slot(slot) => below[*slot].clone(),
            Self::Not(part) => part.failing(below),
            Self::And(parts) | Self::Or(parts) => {
                let mut all: Vec<usize> = parts.iter().flat_map(|it| it.failing(below)).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
        }
    }
}

/// The shared sets first; what is left to do is asked of whoever remains.
fn intersection<'s>(parts: &'s [Term<'_>], slots: &'s Slots<'s>, at: Place) -> Result<Bits<'s>, ExecError> {
    let ready = parts.iter().filter(|it| it.is_ready());
    let mut found: Option<Bits<'s>> = None;
    for part in ready.chain(parts.iter().filter(|it| !it.is_ready())) {
        let Some(before) = &mut found else {
            found = Some(part.eval(slots, at)?);
            continue;
        };
        if before.is_empty() {
            break;
        }
        match part {
            Term::Own(node) => {
                let left = eval::narrow(std::mem::take(before).into_set(at.n_rows), node, at)?;
                *before = Bits::of(left, at.n_rows);
            }
            Term::Not(part) => before.and_not(&part.eval(slots, at)?),
            Term::Slot(_) | Term::And(_) | Term::Or(_) => before.and(&part.eval(slots, at)?),
        }
    }
    Ok(found.unwrap_or_else(|| Bits::all(at.n_rows)))
}

/// Cuts plans at their shared parts.
struct Cutter<'c, 'a> {
    context: &'c Context<'a>,
    numbers: &'c Numbers,
    shared: Vec<Term<'a>>,
    slots: HashMap<PartId, usize>,
}

impl<'a> Cutter<'_, 'a> {
    fn term(&mut self, part: &Numbered<'a>) -> Result<Term<'a>, ExecError> {
        if !self.numbers.is_shared(part.id) {
            return self.cut(part);
        }
        if let Some(slot) = self.slots.get(&part.id) {
            return Ok(Term::Slot(*slot));
        }
        let term = self.cut(part)?;
        let slot = self.shared.len();
        self.shared.push(term);
        self.slots.insert(part.id, slot);
        Ok(Term::Slot(slot))
    }

    fn cut(&mut self, part: &Numbered<'a>) -> Result<Term<'a>, ExecError> {
        Ok(match part.plan {
            Plan::Not(_) => {
                let [inner] = &part.parts[..] else { return Ok(Term::Own(Node::Nothing)) };
                match self.term(inner)? {
                    Term::Own(node) => Term::Own(bind::not(node)),
                    term @ (Term::Slot(_) | Term::Not(_) | Term::And(_) | Term::Or(_)) => Term::Not(Box::new(term)),
                }
            }
            Plan::And(_) => match self.terms(&part.parts)? {
                (own, terms) if terms.is_empty() => Term::Own(bind::and(own)),
                (own, terms) => Term::And(with_own(terms, own, bind::and)),
            },
            Plan::Or(_) => match self.terms(&part.parts)? {
                (own, terms) if terms.is_empty() => Term::Own(bind::or(own)),
                (own, terms) => Term::Or(with_own(terms, own, bind::or)),
            },
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

    /// The parts in which nothing is shared, and the others.
    fn terms(&mut self, parts: &[Numbered<'a>]) -> Result<(Vec<Node<'a>>, Vec<Term<'a>>), ExecError> {
        let (mut own, mut terms) = (Vec::new(), Vec::new());
        for part in parts {
            match self.term(part)? {
                Term::Own(node) => own.push(node),
                term @ (Term::Slot(_) | Term::Not(_) | Term::And(_) | Term::Or(_)) => terms.push(term),
            }
        }
        Ok((own, terms))
    }
}

fn with_own<'a>(
    mut terms: Vec<Term<'a>>,
    own: Vec<Node<'a>>,
    join: impl FnOnce(Vec<Node<'a>>) -> Node<'a>,
) -> Vec<Term<'a>> {
    if !own.is_empty() {
        terms.push(Term::Own(join(own)));
    }
    terms
}

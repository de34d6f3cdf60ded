//! [`explain`]: a plan run node by node, with what each was expected to find, found, touched and took.
//!
//! Each node of the plan is bound by itself, too, and is run where and how the whole would run it: an `and` looks at its
//! parts in the same order, shard by shard, and asks few candidates alone under the same rule. What a part holds of by
//! itself is counted beside the clock.

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use super::bind::{self, Cost, Node};
use super::eval::{self, Place};
use super::{Cancel, ExecError};
use crate::book::{Book, Index, RecordKind, Table, Universe};
use crate::index::TextAccess;
use crate::model::{Clock, ColumnId, Ranges, RowSet};
use crate::plan::{ConditionId, Measure, Plan, Printer};

/// One node of a plan, and what running it showed.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What it asks for, as [`crate::plan::print`] has it; of `and`, `or` and `not` the word alone.
    pub label: String,
    /// Which condition of the sentence it comes from; none of what joins conditions.
    pub condition: Option<ConditionId>,
    /// How it finds its rows.
    pub method: Method,
    /// How many rows were expected, before any was looked at.
    pub estimated: u64,
    /// How many rows it holds of, by itself. Below a condition on records they are records.
    pub rows: u64,
    /// As a part of an `and`: how many are left after it.
    pub left: Option<u64>,
    /// Shards of which every row was asked.
    pub shards_whole: u32,
    /// Shards of which the few candidates left were asked alone.
    pub shards_candidates: u32,
    /// Shards in which it wasn't asked, as nobody was left.
    pub shards_skipped: u32,
    /// Bytes of sets and columns that were read, roughly.
    pub bytes: u64,
    /// Microseconds, summed over threads.
    pub elapsed_us: u64,
    /// What it is made of, in the order in which it is tried.
    pub parts: Vec<Step>,
}

/// How a node finds its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Everyone or nobody, known without a look.
    Constant,
    /// A stored set, or two.
    Bitmap,
    /// A union of stored sets.
    Bitmaps,
    /// One pass of a column's codes; none where a shard's smallest and largest value decide.
    Scan,
    /// A look-up or two a row.
    Lookup,
    /// A pass of the records of a kind.
    Records,
    /// A pass of the records of several kinds.
    Sequence,
    /// What is in all parts.
    Intersection,
    /// What is in any part.
    Union,
    /// What its part leaves out.
    Complement,
}

/// A node of the plan, bound by itself.
struct Branch<'a> {
    label: String,
    condition: Option<ConditionId>,
    node: Node<'a>,
    join: Join,
    parts: Vec<Branch<'a>>,
    /// The records that it passes, and the column of them that it reads, if any.
    added_up: Option<(&'a RecordKind, Option<ColumnId>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    /// A single condition.
    Leaf,
    And,
    Or,
    Not,
    /// A condition on records, whose part is over the records.
    Records,
}

/// What a node did in some shards.
#[derive(Default)]
struct Tally {
    expected: f64,
    rows: u64,
    left: u64,
    whole: u32,
    candidates: u32,
    skipped: u32,
    bytes: u64,
    elapsed_ns: u64,
    parts: Vec<Tally>,
}

/// Runs a plan over a universe, node by node.
///
/// Cost: each node is run by itself as well as within those above it: some times the whole run for each level.
pub fn explain(
    book: &Book,
    universe: Universe,
    plan: &Plan,
    clock: &Clock,
    cancel: &Cancel,
) -> Result<Step, ExecError> {
    let table = book.table(universe);
    let branch = branch(book, clock, cancel, plan, table)?;
    let shards: Vec<Result<Tally, ExecError>> = (0..table.layout.n_shards())
        .into_par_iter()
        .map(|shard| {
            cancel.check()?;
            let mut tally = branch.tally();
            branch.trace(Place::new(&table.layout, shard), None, &mut tally)?;
            Ok(tally)
        })
        .collect();
    let mut total = branch.tally();
    for shard in shards {
        total.add(shard?);
    }
    Ok(branch.into_step(total, false))
}

fn branch<'a>(
    book: &'a Book,
    clock: &'a Clock,
    cancel: &'a Cancel,
    plan: &'a Plan,
    table: &'a Table,
) -> Result<Branch<'a>, ExecError> {
    let of = |plan: &'a Plan, table: &'a Table| branch(book, clock, cancel, plan, table);
    let all = |plans: &'a [Plan]| plans.iter().map(|it| of(it, table)).collect::<Result<Vec<_>, ExecError>>();
    let node = bind::bind(book, clock, cancel, plan, table)?;
    let (join, mut parts) = match plan {
        Plan::And(parts) => (Join::And, all(parts)?),
        Plan::Or(parts) => (Join::Or, all(parts)?),
        Plan::Not(part) if matches!(**part, Plan::And(_) | Plan::Or(_) | Plan::Records(_)) => {
            (Join::Not, vec![of(part, table)?])
        }
        Plan::Records(records) if !matches!(records.filter, Plan::All) => {
            (Join::Records, vec![of(&records.filter, &book.kinds[records.kind].table)?])
        }
        Plan::All
        | Plan::Nothing
        | Plan::Not(_)
        | Plan::Test { .. }
        | Plan::Records(_)
        | Plan::Sequence(_)
        | Plan::Visitors { .. }
        | Plan::Rows { .. } => (Join::Leaf, Vec::new()),
    };
    // As binding orders them.
    parts.sort_by_cached_key(|it| it.node.cost());
    let label = match join {
        Join::And => "and".to_owned(),
        Join::Or => "or".to_owned(),
        Join::Not => "not".to_owned(),
        Join::Leaf | Join::Records => Printer::new(book).plan(plan, table),
    };
    let added_up = match plan {
        Plan::Records(records) => Some((&book.kinds[records.kind], column_of(&records.measure))),
        Plan::All
        | Plan::Nothing
        | Plan::Not(_)
        | Plan::And(_)
        | Plan::Or(_)
        | Plan::Test { .. }
        | Plan::Sequence(_)
        | Plan::Visitors { .. }
        | Plan::Rows { .. } => None,
    };
    Ok(Branch { label, condition: condition_of(plan), node, join, parts, added_up })
}

fn column_of(measure: &Measure) -> Option<ColumnId> {
    match measure {
        Measure::Count(_) => None,
        Measure::CountDistinct { column, .. } | Measure::Aggregate { column, .. } => Some(*column),
    }
}

fn condition_of(plan: &Plan) -> Option<ConditionId> {
    match plan {
        Plan::All | Plan::Nothing | Plan::And(_) | Plan::Or(_) => None,
        Plan::Not(part) => condition_of(part),
        Plan::Test { id, .. } | Plan::Visitors { id, .. } | Plan::Rows { id, .. } => Some(*id),
        Plan::Records(records) => Some(records.id),
        Plan::Sequence(sequence) => Some(sequence.id),
    }
}

impl Branch<'_> {
    fn tally(&self) -> Tally {
        Tally { parts: self.parts.iter().map(Self::tally).collect(), ..Tally::default() }
    }

    /// Runs one shard: of all its rows, or of these candidates.
    fn trace(&self, at: Place, among: Option<&RowSet>, tally: &mut Tally) -> Result<RowSet, ExecError> {
        let started = Instant::now();
        let found = match among {
            None => eval::eval(&self.node, at)?.into_rows(at.n_rows),
            Some(candidates) => eval::among(&self.node, at, candidates)?,
        };
        tally.elapsed_ns += started.elapsed().as_nanos() as u64;
        tally.rows += match among {
            None => found.len(),
            Some(_) => eval::eval(&self.node, at)?.len(at.n_rows),
        };
        tally.expected += self.expected(at)? * f64::from(at.n_rows);
        match among {
            None => tally.whole += 1,
            Some(_) => tally.candidates += 1,
        }
        match self.join {
            Join::Leaf => {}
            Join::And => self.trace_and(at, among, &mut tally.parts)?,
            Join::Or => self.trace_or(at, among, &mut tally.parts)?,
            Join::Not => {
                self.parts[0].trace(at, among, &mut tally.parts[0])?;
            }
            Join::Records => self.trace_records(at, among, &mut tally.parts[0])?,
        }
        tally.bytes += self.bytes(at, among, &found);
        Ok(found)
    }

    /// Stored sets first, the smallest first, then by cost and by expected survivors.
    fn trace_and(&self, at: Place, among: Option<&RowSet>, tallies: &mut [Tally]) -> Result<(), ExecError> {
        let mut order = Vec::with_capacity(self.parts.len());
        for (part, branch) in self.parts.iter().enumerate() {
            let cost = branch.node.cost();
            let size = match cost {
                Cost::Stored => eval::eval(&branch.node, at)?.len(at.n_rows),
                Cost::Union | Cost::Scan | Cost::LookUps | Cost::Rows | Cost::Records | Cost::Sequence => {
                    u64::from(eval::expected(&branch.node, at))
                }
            };
            order.push((cost, size, part));
        }
        order.sort_unstable();
        let mut found = among.map_or_else(|| RowSet::from_range(0..at.n_rows), RowSet::clone);
        for (cost, _, part) in order {
            let (branch, tally) = (&self.parts[part], &mut tallies[part]);
            if found.is_empty() {
                branch.skip(at, tally)?;
                continue;
            }
            let is_few = cost != Cost::Stored && eval::is_few(&found, &branch.node, at);
            let candidates = Some(&found).filter(|_| is_few || among.is_some());
            found = found.intersect(&branch.trace(at, candidates, tally)?);
            tally.left += found.len();
        }
        Ok(())
    }

    fn trace_or(&self, at: Place, among: Option<&RowSet>, tallies: &mut [Tally]) -> Result<(), ExecError> {
        let mut found = RowSet::new();
        for (branch, tally) in self.parts.iter().zip(tallies) {
            if found.len() == u64::from(at.n_rows) {
                branch.skip(at, tally)?;
                continue;
            }
            let left = among.map(|candidates| candidates.difference(&found));
            found.union_with(&branch.trace(at, left.as_ref(), tally)?);
        }
        Ok(())
    }

    fn trace_records(&self, at: Place, among: Option<&RowSet>, tally: &mut Tally) -> Result<(), ExecError> {
        let Some((kind, _)) = self.added_up else { return Ok(()) };
        let place = Place::new(&kind.table.layout, at.shard);
        let theirs = among.map(|candidates| kind.owners[at.shard].records_of(candidates));
        self.parts[0].trace(place, theirs.as_ref(), tally)?;
        Ok(())
    }

    /// Counts what it and its parts hold of in a shard where none of them is asked.
    fn skip(&self, at: Place, tally: &mut Tally) -> Result<(), ExecError> {
        tally.rows += eval::eval(&self.node, at)?.len(at.n_rows);
        tally.expected += self.expected(at)? * f64::from(at.n_rows);
        tally.skipped += 1;
        for (part, tally) in self.parts.iter().zip(&mut tally.parts) {
            let at = match (self.join, self.added_up) {
                (Join::Records, Some((kind, _))) => Place::new(&kind.table.layout, at.shard),
                (Join::Records | Join::Leaf | Join::And | Join::Or | Join::Not, _) => at,
            };
            part.skip(at, tally)?;
        }
        Ok(())
    }

    /// The share of a shard's rows that it is expected to hold of; of stored sets exactly, as they tell it at no cost.
    fn expected(&self, at: Place) -> Result<f64, ExecError> {
        let of_parts = || self.parts.iter().map(|it| it.expected(at)).collect::<Result<Vec<f64>, ExecError>>();
        Ok(match self.join {
            Join::And => of_parts()?.into_iter().product(),
            Join::Or => 1.0 - of_parts()?.into_iter().map(|it| 1.0 - it).product::<f64>(),
            Join::Not => 1.0 - self.parts[0].expected(at)?,
            Join::Leaf | Join::Records if self.node.cost() == Cost::Stored => {
                eval::eval(&self.node, at)?.len(at.n_rows) as f64 / f64::from(at.n_rows.max(1))
            }
            Join::Leaf | Join::Records => f64::from(eval::expected(&self.node, at)) / 1024.0,
        })
    }

    /// Bytes read in a shard, parts aside.
    fn bytes(&self, at: Place, among: Option<&RowSet>, found: &RowSet) -> u64 {
        let share = among.map_or(1.0, |candidates| candidates.len() as f64 / f64::from(at.n_rows.max(1)));
        let whole = match (self.join, self.added_up) {
            (Join::And | Join::Or | Join::Not, _) => 0,
            (Join::Leaf | Join::Records, Some((kind, column))) => {
                let column = column.map_or(0, |it| column_bytes(&kind.table, it, at.shard));
                kind.owners[at.shard].contacts().len() * 2 + column
            }
            (Join::Leaf | Join::Records, None) => node_bytes(&self.node, at, found),
        };
        (whole as f64 * share) as u64
    }

    fn into_step(self, tally: Tally, is_conjunct: bool) -> Step {
        let is_and = self.join == Join::And;
        let method = self.method();
        let mut parts: Vec<(Cost, Step)> = self
            .parts
            .into_iter()
            .zip(tally.parts)
            .map(|(branch, tally)| (branch.node.cost(), branch.into_step(tally, is_and)))
            .collect();
        if is_and {
            parts.sort_by_key(|(cost, step)| (*cost, step.estimated));
        }
        let parts: Vec<Step> = parts.into_iter().map(|(_, step)| step).collect();
        Step {
            label: self.label,
            condition: self.condition,
            method,
            estimated: tally.expected.round() as u64,
            rows: tally.rows,
            left: is_conjunct.then_some(tally.left),
            shards_whole: tally.whole,
            shards_candidates: tally.candidates,
            shards_skipped: tally.skipped,
            bytes: tally.bytes + parts.iter().map(|it| it.bytes).sum::<u64>(),
            elapsed_us: tally.elapsed_ns / 1_000,
            parts,
        }
    }

    fn method(&self) -> Method {
        match self.join {
            Join::And => Method::Intersection,
            Join::Or => Method::Union,
            Join::Not => Method::Complement,
            Join::Leaf | Join::Records => match (self.node.signed().0, self.node.cost()) {
                (Node::All | Node::Nothing, _) => Method::Constant,
                (_, Cost::Stored) => Method::Bitmap,
                (_, Cost::Union) => Method::Bitmaps,
                (_, Cost::Scan | Cost::LookUps) => Method::Scan,
                (_, Cost::Rows) => Method::Lookup,
                (_, Cost::Records) => Method::Records,
                (_, Cost::Sequence) => Method::Sequence,
            },
        }
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.expected += other.expected;
        self.rows += other.rows;
        self.left += other.left;
        self.whole += other.whole;
        self.candidates += other.candidates;
        self.skipped += other.skipped;
        self.bytes += other.bytes;
        self.elapsed_ns += other.elapsed_ns;
        for (mine, theirs) in self.parts.iter_mut().zip(other.parts) {
            mine.add(theirs);
        }
    }
}

/// Bytes that a condition of its own reads in a shard, given what it found.
fn node_bytes(node: &Node<'_>, at: Place, found: &RowSet) -> usize {
    let parts = |nodes: &[Node<'_>]| nodes.iter().map(|it| node_bytes(it, at, found)).sum();
    match node {
        Node::All | Node::Nothing => 0,
        Node::Not(part) => node_bytes(part, at, found),
        Node::And(conjuncts) => parts(&conjuncts.nodes),
        Node::Intersection(nodes) | Node::Or(nodes) => parts(nodes),
        Node::Keys { shards, ranges } => match shards[at.shard].bounds() {
            Some(bounds) if !decides(ranges, bounds) => shards[at.shard].size_bytes(),
            Some(_) | None => 0,
        },
        Node::Codes { shards, codes, .. } if shards[at.shard].access(codes) == TextAccess::Codes => {
            shards[at.shard].size_bytes()
        }
        Node::Length { shards, .. } => shards[at.shard].size_bytes(),
        // One bit a distinct key.
        Node::KeyCodes(_) => at.n_rows as usize / 8,
        // Two values of at most eight bytes.
        Node::Fields(_) => at.n_rows as usize * 16,
        // The times and contacts of the records.
        Node::Sequence(sequence) => sequence
            .steps
            .iter()
            .map(|it| {
                it.kind.owners[at.shard].contacts().len() * 2 + column_bytes(&it.kind.table, RecordKind::AT, at.shard)
            })
            .sum(),
        Node::Missing(_)
        | Node::Codes { .. }
        | Node::Elements { .. }
        | Node::Flag { .. }
        | Node::Records(_)
        | Node::Rows(_) => found.size_bytes(),
    }
}

/// Whether the smallest and largest value decide for a whole shard.
fn decides(ranges: &Ranges<i64>, (min, max): (i64, i64)) -> bool {
    let mut touching = ranges.as_slice().iter().filter(|(low, high)| *low <= max && min <= *high);
    touching.next().is_none_or(|(low, high)| *low <= min && max <= *high)
}

fn column_bytes(table: &Table, column: ColumnId, shard: usize) -> usize {
    match &table.columns[column].index {
        Index::Missing => 0,
        Index::Number(index) => index.shards[shard].size_bytes(),
        Index::Text(index) => index.shards[shard].size_bytes(),
        Index::List(index) => index.shards[shard].size_bytes(),
        Index::Flag(index) => index.shards[shard].size_bytes(),
    }
}

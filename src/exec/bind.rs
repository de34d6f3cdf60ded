//! [`bind`]: a plan meets its book: what needs no row is decided here, once a run.
//!
//! A condition on text becomes a set of codes, a filter on visitors a set of contacts. Parts that are
//! all or nothing vanish, nested `and` and `or` are flattened, and conjuncts are put in order of cost.

use std::borrow::Cow;

use rayon::prelude::*;

use super::aggregate::Aggregation;
use super::compare::Fields;
use super::eval::{self, Place};
use super::records::{BoundMeasure, BoundRecords};
use super::sequence::{BoundSequence, BoundStep};
use super::{Cancel, ExecError, each_shard, texts};
use crate::book::{Book, Index, RecordKind, Table, Universe};
use crate::index::{CodeSet, FlagShard, ListShard, NumberShard, TextAccess, TextShard};
use crate::model::{Clock, ColumnId, Ranges, RowId, RowSet};
use crate::plan::{Measure, Plan, Predicate, Records, SequencePlan, TextTest};

/// A filter over the rows of one table, ready for its shards.
pub(super) enum Node<'a> {
    All,
    Nothing,
    Not(Box<Node<'a>>),
    And(Conjuncts<'a>),
    /// An `and` whose parts are looked at one after the other, each over the whole shard.
    Intersection(Vec<Node<'a>>),
    Or(Vec<Node<'a>>),
    Missing(&'a Index),
    Keys {
        shards: &'a [NumberShard],
        ranges: &'a Ranges<i64>,
    },
    Codes {
        shards: &'a [TextShard],
        codes: CodeSet,
        n_texts: usize,
    },
    /// Codes of the key column, which are its rows.
    KeyCodes(CodeSet),
    Elements {
        shards: &'a [ListShard],
        codes: CodeSet,
    },
    Length {
        shards: &'a [ListShard],
        ranges: Cow<'a, Ranges<i64>>,
    },
    Flag {
        shards: &'a [FlagShard],
        flag: bool,
    },
    Fields(Fields<'a>),
    Records(Box<BoundRecords<'a>>),
    Sequence(Box<BoundSequence<'a>>),
    /// Over the whole table.
    Rows(Cow<'a, RowSet>),
}

/// The parts of an `and`, in order of cost.
pub(super) struct Conjuncts<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// So many of them, the first, are stored sets, which cost nothing to look at.
    pub(super) n_stored: usize,
}

/// How dear a node is, roughly: each step is some times the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cost {
    /// A stored set, or a union of few.
    Stored,
    /// A union of many sets.
    Union,
    /// One pass of a column, many rows compared at a time.
    Scan,
    /// One pass of a column's codes, each looked up in a set of them.
    LookUps,
    /// A look-up or two a row.
    Rows,
    /// A pass of the records.
    Records,
    /// A pass of the records of several kinds.
    Sequence,
}

impl<'a> Node<'a> {
    pub(super) fn cost(&self) -> Cost {
        match self {
            Self::All | Self::Nothing | Self::Missing(_) | Self::Flag { .. } => Cost::Stored,
            Self::Codes { shards, codes, .. } => match shards.first().map(|it| it.access(codes)) {
                Some(TextAccess::Bitmaps) if codes.len() <= 2 => Cost::Stored,
                Some(TextAccess::Bitmaps) => Cost::Union,
                Some(TextAccess::Codes) | None if codes.stretches().is_some() => Cost::Scan,
                Some(TextAccess::Codes) | None => Cost::LookUps,
            },
            Self::Elements { codes, .. } if codes.len() <= 2 => Cost::Stored,
            Self::Elements { .. } | Self::KeyCodes(_) | Self::Rows(_) => Cost::Union,
            Self::Keys { .. } => Cost::Scan,
            Self::Length { .. } | Self::Fields(_) => Cost::Rows,
            Self::Records(_) => Cost::Records,
            Self::Sequence(_) => Cost::Sequence,
            Self::Not(part) => part.cost(),
            Self::And(Conjuncts { nodes, .. }) | Self::Intersection(nodes) | Self::Or(nodes) => {
                nodes.iter().map(Node::cost).max().unwrap_or(Cost::Stored).max(Cost::Union)
            }
        }
    }

    /// The node without its `not`, and whether it had one.
    pub(super) fn signed(&self) -> (&Self, bool) {
        if let Self::Not(part) = self { (part, true) } else { (self, false) }
    }

    /// The sums of decimals within: what alone can fail.
    pub(super) fn decimal_sums(&self) -> Vec<&BoundRecords<'a>> {
        let mut out = Vec::new();
        let mut left = vec![self];
        while let Some(node) = left.pop() {
            match node {
                Self::Not(part) => left.push(part),
                Self::And(Conjuncts { nodes, .. }) | Self::Intersection(nodes) | Self::Or(nodes) => {
                    left.extend(nodes.iter().rev());
                }
                Self::Records(records) if records.is_decimal_sum() => out.push(&**records),
                Self::All
                | Self::Nothing
                | Self::Missing(_)
                | Self::Keys { .. }
                | Self::Codes { .. }
                | Self::KeyCodes(_)
                | Self::Elements { .. }
                | Self::Length { .. }
                | Self::Flag { .. }
                | Self::Fields(_)
                | Self::Records(_)
                | Self::Sequence(_)
                | Self::Rows(_) => {}
            }
        }
        out
    }
}

/// Readies `plan`, a filter over the rows of `table`.
pub(super) fn bind<'a>(
    book: &'a Book,
    clock: &'a Clock,
    cancel: &'a Cancel,
    plan: &'a Plan,
    table: &'a Table,
) -> Result<Node<'a>, ExecError> {
    Binder { book, clock, cancel, rewrites: true }.node(plan, table)
}

/// As [`bind`], but every `and`, `or` and `not` stays as and where the plan has it, and no condition becomes another.
pub(super) fn bind_as_written<'a>(
    book: &'a Book,
    clock: &'a Clock,
    cancel: &'a Cancel,
    plan: &'a Plan,
    table: &'a Table,
) -> Result<Node<'a>, ExecError> {
    Binder { book, clock, cancel, rewrites: false }.node(plan, table)
}

#[derive(Clone, Copy)]
struct Binder<'a> {
    book: &'a Book,
    clock: &'a Clock,
    cancel: &'a Cancel,
    rewrites: bool,
}

impl<'a> Binder<'a> {
    fn node(self, plan: &'a Plan, table: &'a Table) -> Result<Node<'a>, ExecError> {
        self.cancel.check()?;
        let node = match plan {
            Plan::All => Node::All,
            Plan::Nothing => Node::Nothing,
            Plan::Not(part) if self.rewrites => not(self.node(part, table)?),
            Plan::Not(part) => Node::Not(Box::new(self.node(part, table)?)),
            Plan::And(parts) if self.rewrites => and(self.nodes(parts, table)?),
            Plan::And(parts) => Node::Intersection(self.nodes(parts, table)?),
            Plan::Or(parts) if self.rewrites => or(self.nodes(parts, table)?),
            Plan::Or(parts) => Node::Or(self.nodes(parts, table)?),
            Plan::Test { column, predicate, .. } => self.test(table, *column, predicate),
            Plan::Records(records) => self.records(records)?,
            Plan::Sequence(sequence) => self.sequence(sequence)?,
            Plan::Visitors { filter, .. } => Node::Rows(Cow::Owned(self.known_visitors(filter)?)),
            Plan::Rows { rows, .. } => Node::Rows(Cow::Borrowed(rows)),
        };
        // A search of texts that was given up found too few.
        self.cancel.check()?;
        Ok(node)
    }

    fn nodes(self, parts: &'a [Plan], table: &'a Table) -> Result<Vec<Node<'a>>, ExecError> {
        parts.iter().map(|part| self.node(part, table)).collect()
    }

    fn test(self, table: &'a Table, column: ColumnId, predicate: &'a Predicate) -> Node<'a> {
        let index = &table.columns[column].index;
        match predicate {
            Predicate::Missing => missing(index),
            Predicate::Empty => or(vec![missing(index), empty(index, self.cancel)]),
            Predicate::Keys(ranges) => match index {
                Index::Number(index) => Node::Keys { shards: &index.shards, ranges },
                Index::Missing | Index::Text(_) | Index::List(_) | Index::Flag(_) => Node::Nothing,
            },
            Predicate::Text(test) => self.text(table, column, test),
            Predicate::Length(ranges) => match index {
                Index::List(index) => Node::Length { shards: &index.shards, ranges: Cow::Borrowed(ranges) },
                // A missing list has no element.
                _ if ranges.contains(0) => Node::All,
                Index::Missing | Index::Number(_) | Index::Text(_) | Index::Flag(_) => Node::Nothing,
            },
            Predicate::Flag(flag) => match index {
                Index::Flag(index) => Node::Flag { shards: &index.shards, flag: *flag },
                Index::Missing | Index::Number(_) | Index::Text(_) | Index::List(_) => Node::Nothing,
            },
            Predicate::Field(op, other) => {
                let (left, right) = (&table.columns[column], &table.columns[*other]);
                Fields::bind(*op, left, right, self.clock.zone()).map_or(Node::Nothing, Node::Fields)
            }
        }
    }

    fn text(self, table: &'a Table, column: ColumnId, test: &TextTest) -> Node<'a> {
        let is_email = column == 0 && std::ptr::eq(table, &self.book.contacts);
        if self.rewrites
            && is_email
            && let TextTest::OneOf { folded, cased } = test
        {
            let find = |key: &String| self.book.keys.find(table, key);
            let mut rows: Vec<RowId> = folded.iter().chain(cased).filter_map(find).collect();
            rows.sort_unstable();
            rows.dedup();
            return if rows.is_empty() { Node::Nothing } else { Node::Rows(Cow::Owned(RowSet::from_sorted(rows))) };
        }
        if self.rewrites
            && is_email
            && let Some(node) = domain(table, test, self.cancel)
        {
            return node;
        }
        match &table.columns[column].index {
            Index::Text(index) => {
                let codes = texts::passing(&index.dictionary, test, self.cancel);
                let is_key = column == 0
                    && (std::ptr::eq(table, &self.book.contacts) || std::ptr::eq(table, &self.book.visitors));
                match (codes.is_empty(), is_key) {
                    (true, _) => Node::Nothing,
                    (false, true) => Node::KeyCodes(codes),
                    (false, false) => Node::Codes { shards: &index.shards, codes, n_texts: index.dictionary.len() },
                }
            }
            Index::List(index) => {
                let codes = texts::passing(&index.dictionary, test, self.cancel);
                if codes.is_empty() { Node::Nothing } else { Node::Elements { shards: &index.shards, codes } }
            }
            Index::Missing | Index::Number(_) | Index::Flag(_) => Node::Nothing,
        }
    }

    fn records(self, records: &'a Records) -> Result<Node<'a>, ExecError> {
        let kind = &self.book.kinds[records.kind];
        let measure = match &records.measure {
            Measure::Count(ranges) => BoundMeasure::Count(ranges),
            Measure::CountDistinct { column, counts } => {
                BoundMeasure::distinct(&kind.table.columns[*column].index, counts)
            }
            Measure::Aggregate { function, column, test } => {
                BoundMeasure::Aggregate(Aggregation::bind(kind, *function, *column, test, self.cancel))
            }
        };
        let filter = self.node(&records.filter, &kind.table)?;
        Ok(Node::Records(Box::new(BoundRecords::new(kind, filter, measure))))
    }

    fn sequence(self, sequence: &'a SequencePlan) -> Result<Node<'a>, ExecError> {
        let steps = sequence.steps.iter().map(|step| {
            let kind: &RecordKind = &self.book.kinds[step.kind];
            Ok(BoundStep { kind, filter: self.node(&step.filter, &kind.table)? })
        });
        let steps = steps.collect::<Result<Vec<_>, ExecError>>()?;
        Ok(Node::Sequence(Box::new(BoundSequence::new(steps, sequence.within, self.clock))))
    }

    /// The contacts known as one of the visitors that pass.
    fn known_visitors(self, filter: &'a Plan) -> Result<RowSet, ExecError> {
        let table = self.book.table(Universe::Visitors);
        let node = self.node(filter, table)?;
        let shards = each_shard(&node, table.layout.n_shards(), self.cancel, |shard| {
            let place = Place::new(&table.layout, shard);
            let rows = eval::eval(&node, place)?.into_rows(place.n_rows);
            let known = rows.iter().filter_map(|row| self.book.contact_of_visitor(place.start + row));
            Ok(known.collect::<Vec<RowId>>())
        })?;
        let mut contacts = shards.concat();
        contacts.par_sort_unstable();
        contacts.dedup();
        Ok(RowSet::from_sorted(contacts))
    }
}

/// `email ends with "@gmail.com"` as a condition on `email.domain`, the text after the last `@`.
///
/// Exact if the needle's only `@` is its first character.
fn domain<'a>(table: &'a Table, test: &TextTest, cancel: &Cancel) -> Option<Node<'a>> {
    let TextTest::EndsWith { needle, cased } = test else { return None };
    let wanted = needle.strip_prefix('@').filter(|rest| !rest.is_empty() && !rest.contains('@'))?;
    let Index::Text(index) = &table.columns[table.find("email.domain")?].index else { return None };
    let (mut folded, mut exact) = (Vec::new(), Vec::new());
    if *cased { &mut exact } else { &mut folded }.push(wanted.to_owned());
    let codes = texts::passing(&index.dictionary, &TextTest::OneOf { folded, cased: exact }, cancel);
    Some(if codes.is_empty() {
        Node::Nothing
    } else {
        Node::Codes { shards: &index.shards, codes, n_texts: index.dictionary.len() }
    })
}

fn missing(index: &Index) -> Node<'_> {
    match index {
        Index::Missing => Node::All,
        Index::Number(_) | Index::Text(_) | Index::List(_) | Index::Flag(_) => Node::Missing(index),
    }
}

/// The rows whose value is the empty text or the empty list (a missing list counts as one here).
fn empty<'a>(index: &'a Index, cancel: &Cancel) -> Node<'a> {
    match index {
        Index::Text(index) => {
            let nothing = TextTest::OneOf { folded: vec![String::new()], cased: Vec::new() };
            let codes = texts::passing(&index.dictionary, &nothing, cancel);
            if codes.is_empty() {
                return Node::Nothing;
            }
            Node::Codes { shards: &index.shards, codes, n_texts: index.dictionary.len() }
        }
        Index::List(index) => Node::Length { shards: &index.shards, ranges: Cow::Owned(Ranges::between(0, 0)) },
        Index::Missing | Index::Number(_) | Index::Flag(_) => Node::Nothing,
    }
}

pub(super) fn not(part: Node<'_>) -> Node<'_> {
    if let Node::Not(inner) = part {
        return *inner;
    }
    if matches!(part, Node::All) {
        return Node::Nothing;
    }
    if matches!(part, Node::Nothing) { Node::All } else { Node::Not(Box::new(part)) }
}

pub(super) fn and(parts: Vec<Node<'_>>) -> Node<'_> {
    let mut nodes = Vec::with_capacity(parts.len());
    for part in parts {
        if let Node::And(inner) = part {
            nodes.extend(inner.nodes);
        } else if !matches!(part, Node::All) {
            nodes.push(part);
        }
    }
    // What fails must do so whatever stands beside it, so a sum is kept even beside nothing.
    if nodes.iter().any(|node| matches!(node, Node::Nothing)) && !any_fails(&nodes) {
        return Node::Nothing;
    }
    if nodes.len() < 2 {
        return nodes.pop().unwrap_or(Node::All);
    }
    nodes.sort_by_cached_key(Node::cost);
    let n_stored = nodes.partition_point(|node| node.cost() == Cost::Stored);
    Node::And(Conjuncts { nodes, n_stored })
}

pub(super) fn or(parts: Vec<Node<'_>>) -> Node<'_> {
    let mut nodes = Vec::with_capacity(parts.len());
    for part in parts {
        if let Node::Or(inner) = part {
            nodes.extend(inner);
        } else if !matches!(part, Node::Nothing) {
            nodes.push(part);
        }
    }
    if nodes.iter().any(|node| matches!(node, Node::All)) && !any_fails(&nodes) {
        return Node::All;
    }
    if nodes.len() < 2 {
        return nodes.pop().unwrap_or(Node::Nothing);
    }
    nodes.sort_by_cached_key(Node::cost);
    Node::Or(nodes)
}

fn any_fails(nodes: &[Node<'_>]) -> bool {
    nodes.iter().any(|node| !node.decimal_sums().is_empty())
}

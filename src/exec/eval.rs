//! Evaluates a bound filter over one shard.
//!
//! An `and` looks at its stored sets first, the smallest first, then goes on in order of cost and of
//! expected survivors, and stops when nobody is left; once few candidates are left, the dearer conditions
//! are asked of those alone. So the order in which conditions were written hardly matters.

use super::ExecError;
use super::bind::{Conjuncts, Cost, Node};
use crate::book::{Index, Layout};
use crate::index::CodeSet;
use crate::model::{RowId, RowSet, ShardSet};

/// One shard of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) shard: usize,
    /// Its first row.
    pub(super) start: RowId,
    pub(super) n_rows: u32,
}

impl Place {
    pub(super) fn new(layout: &Layout, shard: usize) -> Self {
        let rows = layout.rows(shard);
        Self { shard, start: rows.start, n_rows: rows.end - rows.start }
    }
}

/// The shard's rows that pass.
pub(super) fn eval<'s>(node: &'s Node<'_>, at: Place) -> Result<ShardSet<'s>, ExecError> {
    Ok(match node {
        Node::All => all(at),
        Node::Nothing => ShardSet::Empty,
        Node::Not(part) => eval(part, at)?.not(at.n_rows),
        Node::And(parts) => {
            let (found, last) = all_but_last(parts, at)?;
            match last {
                Some(last) => last.narrow(found, at)?,
                None => found,
            }
        }
        Node::Intersection(parts) => intersection(parts, at)?,
        Node::Or(parts) => union(parts, at)?,
        Node::Missing(index) => missing(index, at),
        Node::Keys { shards, ranges } => shards[at.shard].select(ranges),
        Node::Codes { shards, codes, .. } => shards[at.shard].select(codes),
        Node::KeyCodes(codes) => ShardSet::owned(key_rows(codes, at), at.n_rows),
        Node::Elements { shards, codes } => shards[at.shard].select(codes),
        Node::Length { shards, ranges } => shards[at.shard].select_by_len(|len| ranges.contains(len)),
        Node::Flag { shards, flag } => shards[at.shard].select(*flag),
        Node::Fields(fields) => {
            ShardSet::owned(RowSet::from_sorted((0..at.n_rows).filter(|row| fields.holds(at.shard, *row))), at.n_rows)
        }
        Node::Records(records) => records.eval(at)?,
        Node::Sequence(sequence) => sequence.eval(at)?,
        Node::Rows(rows) => ShardSet::owned(rows.slice(at.start..at.start + at.n_rows), at.n_rows),
    })
}

/// How many of the shard's rows pass; the last set of an `and` isn't built.
pub(super) fn count(node: &Node<'_>, at: Place) -> Result<u64, ExecError> {
    match node {
        Node::Not(part) => Ok(u64::from(at.n_rows) - count(part, at)?),
        Node::And(parts) => {
            let (found, last) = all_but_last(parts, at)?;
            match last {
                Some(last) => last.count(found, at),
                None => Ok(found.len(at.n_rows)),
            }
        }
        Node::All
        | Node::Nothing
        | Node::Intersection(_)
        | Node::Or(_)
        | Node::Missing(_)
        | Node::Keys { .. }
        | Node::Codes { .. }
        | Node::KeyCodes(_)
        | Node::Elements { .. }
        | Node::Length { .. }
        | Node::Flag { .. }
        | Node::Fields(_)
        | Node::Records(_)
        | Node::Sequence(_)
        | Node::Rows(_) => Ok(eval(node, at)?.len(at.n_rows)),
    }
}

/// The rows of `candidates` that pass.
pub(super) fn among(node: &Node<'_>, at: Place, candidates: &RowSet) -> Result<RowSet, ExecError> {
    Ok(match node {
        Node::All => candidates.clone(),
        Node::Nothing => RowSet::new(),
        Node::Not(part) => candidates.difference(&among(part, at, candidates)?),
        Node::And(parts) => {
            let mut left = candidates.clone();
            for part in &parts.nodes {
                if left.is_empty() {
                    break;
                }
                left = among(part, at, &left)?;
            }
            left
        }
        Node::Or(parts) => {
            let (mut found, mut left) = (RowSet::new(), candidates.clone());
            for part in parts {
                let more = among(part, at, &left)?;
                left = left.difference(&more);
                found.union_with(&more);
            }
            found
        }
        Node::Keys { shards, ranges } => shards[at.shard].select_among(ranges, candidates),
        Node::Codes { shards, codes, .. } if !shards[at.shard].has_bitmaps() || codes.len() > 2 => {
            shards[at.shard].select_among(codes, candidates)
        }
        Node::KeyCodes(codes) => RowSet::from_sorted(candidates.iter().filter(|row| codes.contains(at.start + row))),
        Node::Elements { shards, codes } if codes.len() > 2 => {
            RowSet::from_sorted(candidates.iter().filter(|row| {
                shards[at.shard].get(*row).is_some_and(|all| all.into_iter().any(|it| codes.contains(it)))
            }))
        }
        Node::Length { shards, ranges } => RowSet::from_sorted(candidates.iter().filter(|row| {
            let len = shards[at.shard].get(*row).map_or(0, |all| all.len());
            ranges.contains(len as i64)
        })),
        Node::Fields(fields) => RowSet::from_sorted(candidates.iter().filter(|row| fields.holds(at.shard, *row))),
        Node::Records(records) => records.among(at, candidates)?,
        Node::Sequence(sequence) => sequence.among(at, candidates)?,
        Node::Rows(rows) => RowSet::from_sorted(candidates.iter().filter(|row| rows.contains(at.start + row))),
        Node::Intersection(_) | Node::Codes { .. } | Node::Elements { .. } | Node::Missing(_) | Node::Flag { .. } => {
            eval(node, at)?.and(ShardSet::borrowed(candidates), at.n_rows).into_rows(at.n_rows)
        }
    })
}

/// The last part of an `and`, still to be taken.
enum Last<'s, 'a> {
    Node(&'s Node<'a>),
    Stored { set: ShardSet<'s>, negated: bool },
}

impl<'s> Last<'s, '_> {
    fn narrow(self, found: ShardSet<'s>, at: Place) -> Result<ShardSet<'s>, ExecError> {
        Ok(match self {
            Self::Node(node) => narrow(found, node, at)?,
            Self::Stored { set, negated: false } => found.and(set, at.n_rows),
            Self::Stored { set, negated: true } => found.and_not(&set, at.n_rows),
        })
    }

    fn count(self, found: ShardSet<'s>, at: Place) -> Result<u64, ExecError> {
        Ok(match self {
            Self::Stored { set, negated } => pair_len(&found, &set, negated, at.n_rows),
            Self::Node(node) => match (&found, node) {
                (ShardSet::Empty, _) => 0,
                (ShardSet::Rows(rows), _) if is_few(rows, node, at) => among(node, at, rows)?.len(),
                (_, Node::Not(part)) => pair_len(&found, &eval(part, at)?, true, at.n_rows),
                (ShardSet::All, _) => count(node, at)?,
                (ShardSet::Rows(_), _) => pair_len(&found, &eval(node, at)?, false, at.n_rows),
            },
        })
    }
}

/// How many rows are in `a` and in `b`, or not in `b`. Allocates nothing.
pub(super) fn pair_len(a: &ShardSet<'_>, b: &ShardSet<'_>, negated: bool, n_rows: u32) -> u64 {
    match (a, b) {
        (ShardSet::Rows(a), ShardSet::Rows(b)) if negated => a.difference_len(b),
        (ShardSet::Rows(a), ShardSet::Rows(b)) => a.intersection_len(b),
        (a, ShardSet::All) if !negated => a.len(n_rows),
        (a, ShardSet::Empty) if negated => a.len(n_rows),
        (ShardSet::All, b) if negated => u64::from(n_rows) - b.len(n_rows),
        (ShardSet::All, b) => b.len(n_rows),
        (ShardSet::Empty | ShardSet::Rows(_), ShardSet::Empty | ShardSet::All) | (ShardSet::Empty, _) => 0,
    }
}

/// All parts of an `and` but the last, which is left to the caller; none is left if nobody is.
fn all_but_last<'s, 'a>(
    parts: &'s Conjuncts<'a>,
    at: Place,
) -> Result<(ShardSet<'s>, Option<Last<'s, 'a>>), ExecError> {
    let (stored, rest) = parts.nodes.split_at(parts.n_stored);
    let Some((mut found, mut last)) = intersect_stored(stored, at)? else { return Ok((ShardSet::Empty, None)) };
    for node in in_order(rest, at) {
        if let Some(last) = last.replace(Last::Node(node)) {
            found = last.narrow(found, at)?;
        }
        if found.is_empty() {
            return Ok((found, None));
        }
    }
    Ok((found, last))
}

/// The stored sets of an `and`, smallest first, but the last; none if one of them is empty.
fn intersect_stored<'s, 'a>(
    nodes: &'s [Node<'a>],
    at: Place,
) -> Result<Option<(ShardSet<'s>, Option<Last<'s, 'a>>)>, ExecError> {
    let mut sets = Vec::with_capacity(nodes.len());
    for node in nodes {
        let (node, negated) = node.signed();
        let set = eval(node, at)?;
        let len = set.len(at.n_rows);
        let len = if negated { u64::from(at.n_rows) - len } else { len };
        if len == 0 {
            return Ok(None);
        }
        sets.push((len, negated, set));
    }
    sets.sort_by_key(|(len, negated, _)| (*len, *negated));
    let mut found = all(at);
    let mut last: Option<Last<'s, 'a>> = None;
    for (_, negated, set) in sets {
        if let Some(last) = last.replace(Last::Stored { set, negated }) {
            found = last.narrow(found, at)?;
        }
        if found.is_empty() {
            return Ok(None);
        }
    }
    Ok(Some((found, last)))
}

/// The dearer parts of an `and`: by cost, then by the share that is expected to survive.
fn in_order<'s, 'a>(nodes: &'s [Node<'a>], at: Place) -> Vec<&'s Node<'a>> {
    let mut order: Vec<(Cost, u32, &Node<'a>)> =
        nodes.iter().map(|node| (node.cost(), expected(node, at), node)).collect();
    order.sort_by_key(|(cost, expected, _)| (*cost, *expected));
    order.into_iter().map(|(_, _, node)| node).collect()
}

/// The share of the shard's rows that a node is expected to leave, in 1/1024; by what costs nothing to look at.
pub(super) fn expected(node: &Node<'_>, at: Place) -> u32 {
    const WHOLE: u32 = 1024;
    match node {
        Node::Keys { shards, ranges } => {
            let Some((min, max)) = shards[at.shard].bounds() else { return 0 };
            let width = |low: i64, high: i64| high.abs_diff(low) as f64 + 1.0;
            let inside: f64 = ranges
                .as_slice()
                .iter()
                .map(|(low, high)| (*low.max(&min), *high.min(&max)))
                .filter(|(low, high)| low <= high)
                .map(|(low, high)| width(low, high))
                .sum();
            (inside / width(min, max) * f64::from(WHOLE)) as u32
        }
        Node::Codes { codes, n_texts, .. } => (codes.len() as u64 * u64::from(WHOLE) / *n_texts.max(&1) as u64) as u32,
        Node::Not(part) => WHOLE.saturating_sub(expected(part, at)),
        Node::Rows(rows) if rows.len() * 64 < u64::from(at.start) => 1,
        Node::All
        | Node::Nothing
        | Node::And(_)
        | Node::Intersection(_)
        | Node::Or(_)
        | Node::Missing(_)
        | Node::KeyCodes(_)
        | Node::Elements { .. }
        | Node::Length { .. }
        | Node::Flag { .. }
        | Node::Fields(_)
        | Node::Records(_)
        | Node::Sequence(_)
        | Node::Rows(_) => WHOLE / 2,
    }
}

/// Of those found the rows that pass; few are asked one by one.
pub(super) fn narrow<'s>(found: ShardSet<'s>, node: &'s Node<'_>, at: Place) -> Result<ShardSet<'s>, ExecError> {
    if let ShardSet::Rows(rows) = &found
        && is_few(rows, node, at)
    {
        return Ok(ShardSet::owned(among(node, at, rows)?, at.n_rows));
    }
    let (part, negated) = node.signed();
    let set = eval(part, at)?;
    Ok(if negated { found.and_not(&set, at.n_rows) } else { found.and(set, at.n_rows) })
}

/// Whether asking the candidates one by one is cheaper than asking the whole shard.
pub(super) fn is_few(candidates: &RowSet, node: &Node<'_>, at: Place) -> bool {
    let share = match node.cost() {
        Cost::Stored | Cost::Union | Cost::Scan => 64,
        Cost::LookUps => 12,
        Cost::Records | Cost::Sequence => 8,
        Cost::Rows => 1,
    };
    candidates.len() * share < u64::from(at.n_rows)
}

fn intersection<'s>(parts: &'s [Node<'_>], at: Place) -> Result<ShardSet<'s>, ExecError> {
    parts.iter().try_fold(all(at), |found, part| Ok(found.and(eval(part, at)?, at.n_rows)))
}

fn union<'s>(parts: &'s [Node<'_>], at: Place) -> Result<ShardSet<'s>, ExecError> {
    let mut found = ShardSet::Empty;
    for part in parts {
        if matches!(found, ShardSet::All) {
            break;
        }
        found = found.or(eval(part, at)?, at.n_rows);
    }
    Ok(found)
}

fn all<'s>(at: Place) -> ShardSet<'s> {
    if at.n_rows == 0 { ShardSet::Empty } else { ShardSet::All }
}

fn missing(index: &Index, at: Place) -> ShardSet<'_> {
    let rows = match index {
        Index::Missing => return all(at),
        Index::Number(index) => index.shards[at.shard].missing(),
        Index::Text(index) => index.shards[at.shard].missing(),
        Index::List(index) => index.shards[at.shard].missing(),
        Index::Flag(index) => index.shards[at.shard].missing(),
    };
    if rows.len() == u64::from(at.n_rows) { all(at) } else { ShardSet::borrowed(rows) }
}

/// The shard's stretch of a set of rows given as the key column's codes.
fn key_rows(codes: &CodeSet, at: Place) -> RowSet {
    let (start, end) = (at.start as usize, (at.start + at.n_rows) as usize);
    if start.is_multiple_of(64) && end <= codes.words().len() * 64 {
        let mut words = codes.words()[start / 64..end.div_ceil(64)].to_vec();
        let over = words.len() * 64 - (end - start);
        if let Some(last) = words.last_mut() {
            *last &= u64::MAX >> over;
        }
        return RowSet::from_words(words);
    }
    RowSet::from_sorted((0..at.n_rows).filter(|row| codes.contains(at.start + row)))
}

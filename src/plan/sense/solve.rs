//! Whether formulas can hold together: a search over the ways to make them true, each branch closed by its facts.
//!
//! The budget counts steps, not time, so that the answer is the same on every machine.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::logic::{Logic, Node, NodeId, Over, Shape};
use super::theory;

/// A formula, and whether it shall hold or fail.
pub(super) type Goal = (NodeId, bool);

/// The budget is spent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent;

/// Steps that one question may take.
const STEPS_A_QUESTION: u64 = 50_000;
/// Choices within choices.
const MAX_CHOICES: usize = 100;

/// Answers questions about formulas.
pub(super) struct Solver<'a> {
    pub(super) logic: Logic<'a>,
    /// What was found out about sets of records and visitors: whether the first lies within the second.
    within: HashMap<(NodeId, NodeId), bool>,
    left: u64,
}

/// One way to make some goals true.
#[derive(Clone, Default)]
struct Branch {
    goals: Vec<Goal>,
    choices: Vec<Goal>,
    stated: BTreeMap<usize, bool>,
    by_subject: BTreeMap<usize, Vec<usize>>,
    changed: BTreeSet<usize>,
}

impl<'a> Solver<'a> {
    pub(super) fn new(logic: Logic<'a>) -> Self {
        Self { logic, within: HashMap::new(), left: 0 }
    }

    /// Whether goals may hold together; takes its steps from `budget`.
    pub(super) fn possible(&mut self, goals: &[Goal], budget: &mut u64) -> Result<bool, Spent> {
        let granted = STEPS_A_QUESTION.min(*budget);
        self.left = granted;
        let found = self.search(Branch { goals: goals.to_vec(), ..Branch::default() }, 0);
        *budget -= granted - self.left;
        found
    }

    fn spend(&mut self, steps: usize) -> Result<(), Spent> {
        self.left = self.left.checked_sub(steps as u64).ok_or(Spent).inspect_err(|_| self.left = 0)?;
        Ok(())
    }

    fn search(&mut self, mut branch: Branch, depth: usize) -> Result<bool, Spent> {
        if depth > MAX_CHOICES {
            return Err(Spent);
        }
        loop {
            if !self.settle(&mut branch)? {
                return Ok(false);
            }
            let Some(ways) = self.next_choice(&mut branch)? else { return Ok(true) };
            if let [only] = ways[..] {
                branch.goals.push(only);
                continue;
            }
            for (at, way) in ways.iter().enumerate() {
                self.spend(branch.stated.len() + branch.choices.len() + 1)?;
                let mut next = branch.clone();
                next.goals.push(*way);
                // What was tried before fails here: it was looked at with all the rest.
                next.goals.extend(ways[..at].iter().map(|(node, holds)| (*node, !holds)));
                if self.search(next, depth + 1)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
    }

    /// States all that the goals need, leaving choices; false if that can't be.
    fn settle(&mut self, branch: &mut Branch) -> Result<bool, Spent> {
        while let Some((node, holds)) = branch.goals.pop() {
            self.spend(1)?;
            match &self.logic.nodes[node] {
                Node::True if holds => {}
                Node::True => return Ok(false),
                Node::Atom(atom) => match branch.stated.insert(*atom, holds) {
                    Some(before) if before != holds => return Ok(false),
                    Some(_) => {}
                    None => {
                        let subject = self.logic.atoms[*atom].0;
                        branch.by_subject.entry(subject).or_default().push(*atom);
                        branch.changed.insert(subject);
                    }
                },
                Node::Not(part) => branch.goals.push((*part, !holds)),
                Node::All(parts) if holds => branch.goals.extend(parts.iter().map(|it| (*it, true))),
                Node::Any(parts) if !holds => branch.goals.extend(parts.iter().map(|it| (*it, false))),
                Node::All(_) | Node::Any(_) => branch.choices.push((node, holds)),
            }
        }
        let changed = std::mem::take(&mut branch.changed);
        let mut has_records = false;
        for subject in changed {
            let stated = &branch.by_subject[&subject];
            self.spend(self.weight(stated))?;
            let facts: Vec<_> = stated.iter().map(|it| (&self.logic.atoms[*it].1, branch.stated[it])).collect();
            let Some(about) = self.logic.subjects.get(subject) else { continue };
            if !theory::possible(about.shape, &facts) {
                return Ok(false);
            }
            has_records |= about.over.is_some();
            if matches!(about.shape, Shape::Visitors) && !self.visitors(branch, subject)? {
                return Ok(false);
            }
        }
        if has_records { self.records(branch) } else { Ok(true) }
    }

    /// What a look at facts costs: each value of a list is held against each other fact.
    fn weight(&self, stated: &[usize]) -> usize {
        use super::super::tree::TextTest;
        use super::logic::Fact;
        let size = |atom: &usize| match &self.logic.atoms[*atom].1 {
            Fact::Text(TextTest::OneOf { folded, cased }) => folded.len() + cased.len(),
            Fact::Number(ranges) => ranges.as_slice().len(),
            Fact::Text(
                TextTest::Contains { .. }
                | TextTest::StartsWith { .. }
                | TextTest::EndsWith { .. }
                | TextTest::Matches { .. },
            ) => 4,
            Fact::Missing | Fact::Empty | Fact::Flag(_) | Fact::Exists(_) | Fact::Opaque => 1,
        };
        stated.len() * (1 + stated.iter().map(size).sum::<usize>() / 4)
    }

    /// The ways of the choice that has fewest; none if no choice is open.
    fn next_choice(&mut self, branch: &mut Branch) -> Result<Option<Vec<Goal>>, Spent> {
        let mut best: Option<(usize, Vec<Goal>)> = None;
        let mut at = 0;
        while at < branch.choices.len() {
            let (node, holds) = branch.choices[at];
            let (Node::All(parts) | Node::Any(parts)) = self.logic.nodes[node].clone() else {
                at += 1;
                continue;
            };
            self.spend(parts.len())?;
            let mut ways = Vec::new();
            let mut is_done = false;
            for part in parts {
                match self.known(part, branch)? {
                    Some(known) => is_done |= known == holds,
                    None => ways.push((part, holds)),
                }
            }
            if is_done {
                branch.choices.swap_remove(at);
                continue;
            }
            let is_fewest = best.as_ref().is_none_or(|it| ways.len() < it.1.len());
            if is_fewest {
                best = Some((at, ways));
            }
            at += 1;
        }
        Ok(best.map(|(at, ways)| {
            branch.choices.swap_remove(at);
            ways
        }))
    }

    /// Whether a formula holds by what is stated; none if that doesn't say.
    fn known(&mut self, node: NodeId, branch: &Branch) -> Result<Option<bool>, Spent> {
        self.spend(1)?;
        Ok(match self.logic.nodes[node].clone() {
            Node::True => Some(true),
            Node::Atom(atom) => branch.stated.get(&atom).copied(),
            Node::Not(part) => self.known(part, branch)?.map(|it| !it),
            Node::All(parts) => self.known_join(&parts, false, branch)?,
            Node::Any(parts) => self.known_join(&parts, true, branch)?,
        })
    }

    fn known_join(&mut self, parts: &[NodeId], decisive: bool, branch: &Branch) -> Result<Option<bool>, Spent> {
        let mut is_open = false;
        for part in parts {
            match self.known(*part, branch)? {
                Some(it) if it == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => is_open = true,
            }
        }
        Ok(if is_open { None } else { Some(!decisive) })
    }

    /// Some visitor is so, none is thus: the first mustn't lie within the second.
    fn visitors(&mut self, branch: &Branch, subject: usize) -> Result<bool, Spent> {
        let mut some = Vec::new();
        let mut none = vec![self.logic.constant(false)];
        for atom in &branch.by_subject[&subject] {
            if let super::logic::Fact::Exists(filter) = self.logic.atoms[*atom].1 {
                if branch.stated[atom] { some.push(filter) } else { none.push(filter) }
            }
        }
        for a in &some {
            for b in &none {
                if self.lies_within(*a, *b)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Records of a narrower set are at most as many as those of a wider one.
    fn records(&mut self, branch: &Branch) -> Result<bool, Spent> {
        let mut least: BTreeMap<(usize, NodeId), i128> = BTreeMap::new();
        let mut most: BTreeMap<(usize, NodeId), i128> = BTreeMap::new();
        for (subject, stated) in &branch.by_subject {
            let about = &self.logic.subjects[*subject];
            let Some(Over { kind, filter, is_count }) = about.over else { continue };
            let facts: Vec<_> = stated.iter().map(|it| (&self.logic.atoms[*it].1, branch.stated[it])).collect();
            let numbers = theory::numbers(about.shape, &facts);
            let low = if is_count {
                if let Some((_, high)) = numbers.last() {
                    most.insert((kind, filter), *high);
                }
                numbers.first().map_or(0, |it| it.0)
            } else {
                let none_agrees = match about.shape {
                    Shape::Number { always: true, .. } => numbers.iter().any(|it| it.0 <= 0 && 0 <= it.1),
                    Shape::Number { always: false, .. }
                    | Shape::Text { .. }
                    | Shape::List
                    | Shape::Flag
                    | Shape::Visitors
                    | Shape::Opaque => theory::missing_agrees(&facts),
                };
                i128::from(!none_agrees)
            };
            let least = least.entry((kind, filter)).or_default();
            *least = low.max(*least);
        }
        for ((kind, filter), low) in least {
            if low > 0 && self.lies_within_nothing(filter)? {
                return Ok(false);
            }
            for ((other, wider), high) in &most {
                if *other == kind && *high < low && self.lies_within(filter, *wider)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn lies_within_nothing(&mut self, filter: NodeId) -> Result<bool, Spent> {
        let nothing = self.logic.constant(false);
        self.lies_within(filter, nothing)
    }

    /// Whether the rows of one filter are among those of another.
    fn lies_within(&mut self, a: NodeId, b: NodeId) -> Result<bool, Spent> {
        if a == b {
            return Ok(true);
        }
        if let Some(known) = self.within.get(&(a, b)) {
            return Ok(*known);
        }
        let goals = vec![(a, true), (b, false)];
        let found = !self.search(Branch { goals, ..Branch::default() }, 0)?;
        self.within.insert((a, b), found);
        Ok(found)
    }
}

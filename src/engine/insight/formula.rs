//! [`Formula`]: a filter as conditions that can only help: every `not` moved inwards to its condition.
//!
//! Invariant: a row for which one more condition holds never stops to match. So *a set of conditions excludes a row* has
//! one meaning, by setting the others aside: they are taken to hold.

use std::borrow::Cow;

use crate::model::RowSet;
use crate::plan::{Form, Part, Plan};

/// `and` and `or` over [`Condition`]s, by position.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    /// All of them.
    All(Vec<Formula>),
    /// Any of them.
    Any(Vec<Formula>),
    /// A condition.
    One(usize),
}

/// A condition as the filter needs it: with its `not`, if it stands under one.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// Its words, with `not` before them if it stands under one.
    pub(super) words: String,
    /// Who passes it.
    pub(super) plan: Plan,
    /// Whether another clock may make it another plan.
    pub(super) reads_clock: bool,
}

/// A formula with its conditions.
#[derive(Debug, Clone)]
pub(super) struct Conditions {
    pub(super) formula: Formula,
    pub(super) all: Vec<Condition>,
}

impl Conditions {
    /// Those of a filter, each saved segment a single condition; a filter that is nothing but a segment is opened.
    pub(super) fn as_written(root: &Part) -> Self {
        let mut part = root;
        while let Form::Segment(_, inner) = &part.form {
            part = inner;
        }
        Self::read(part, false)
    }

    /// Those of a filter, every saved segment opened.
    pub(super) fn opened(root: &Part) -> Self {
        Self::read(root, true)
    }

    fn read(part: &Part, opens: bool) -> Self {
        let mut reader = Reader { all: Vec::new(), opens };
        let formula = reader.part(part, false);
        Self { formula, all: reader.all }
    }
}

struct Reader {
    all: Vec<Condition>,
    /// Whether saved segments are opened.
    opens: bool,
}

impl Reader {
    fn part(&mut self, part: &Part, negated: bool) -> Formula {
        match &part.form {
            Form::And(parts) if negated => Formula::Any(self.parts(parts, negated)),
            Form::Or(parts) if negated => Formula::All(self.parts(parts, negated)),
            Form::And(parts) => Formula::All(self.parts(parts, negated)),
            Form::Or(parts) => Formula::Any(self.parts(parts, negated)),
            Form::Not(part) => self.part(part, !negated),
            Form::Segment(_, inner) if self.opens => self.part(inner, negated),
            // What stands in a segment may read the clock.
            Form::Segment(plan, _) => self.one(&part.words, plan, true, negated),
            Form::Condition { plan, reads_clock } => self.one(&part.words, plan, *reads_clock, negated),
        }
    }

    fn one(&mut self, words: &str, plan: &Plan, reads_clock: bool, negated: bool) -> Formula {
        let (words, plan) = if negated {
            (format!("not {words}"), Plan::Not(Box::new(plan.clone())))
        } else {
            (words.to_owned(), plan.clone())
        };
        self.all.push(Condition { words, plan, reads_clock });
        Formula::One(self.all.len() - 1)
    }

    fn parts(&mut self, parts: &[Part], negated: bool) -> Vec<Formula> {
        parts.iter().map(|it| self.part(it, negated)).collect()
    }
}

impl Formula {
    /// Whether it holds where `truth` tells which conditions do.
    pub(super) fn holds(&self, truth: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|it| it.holds(truth)),
            Self::Any(parts) => parts.iter().any(|it| it.holds(truth)),
            Self::One(at) => truth(*at),
        }
    }

    /// The rows it holds of, from those that each condition holds of.
    pub(super) fn rows<'a>(&self, of: &'a [RowSet]) -> Cow<'a, RowSet> {
        let joined = |parts: &[Self], join: fn(&RowSet, &RowSet) -> RowSet| {
            let rows = parts.iter().map(|it| it.rows(of)).reduce(|a, b| Cow::Owned(join(&a, &b)));
            // The language has no `and` or `or` of nothing.
            rows.unwrap_or_default()
        };
        match self {
            Self::All(parts) => joined(parts, RowSet::intersect),
            Self::Any(parts) => joined(parts, RowSet::union),
            Self::One(at) => Cow::Borrowed(&of[*at]),
        }
    }

    /// The plan of those it holds of.
    pub(super) fn plan(&self, of: &[Condition]) -> Plan {
        let all = |parts: &[Self]| parts.iter().map(|it| it.plan(of)).collect();
        match self {
            Self::All(parts) => Plan::And(all(parts)),
            Self::Any(parts) => Plan::Or(all(parts)),
            Self::One(at) => of[*at].plan.clone(),
        }
    }

    /// Where it doesn't hold: the conditions each of which alone would make it hold if it held.
    pub(super) fn pivots(&self, truth: &dyn Fn(usize) -> bool, out: &mut Vec<usize>) {
        match self {
            Self::All(parts) => {
                let mut failing = parts.iter().filter(|it| !it.holds(truth));
                if let (Some(only), None) = (failing.next(), failing.next()) {
                    only.pivots(truth, out);
                }
            }
            Self::Any(parts) => parts.iter().for_each(|it| it.pivots(truth, out)),
            Self::One(at) => out.push(*at),
        }
    }

    /// A minimal set of the conditions up to `n` without which `excludes` isn't true any more; the last ones go first.
    ///
    /// `excludes` tells whether a set of conditions excludes enough; more conditions exclude no less. Cost: of `k`
    /// conditions that stay, about `k log n` questions.
    pub(super) fn minimal(n: usize, excludes: &dyn Fn(&[bool]) -> bool) -> Option<Vec<usize>> {
        let mut kept = vec![true; n];
        if !excludes(&kept) {
            return None;
        }
        let mut step = n.next_power_of_two();
        while step > 0 {
            for start in (0..n).step_by(step).rev() {
                let range = start..(start + step).min(n);
                let before = kept[range.clone()].to_vec();
                if before.iter().any(|it| *it) {
                    kept[range.clone()].fill(false);
                    if !excludes(&kept) {
                        kept[range].copy_from_slice(&before);
                    }
                }
            }
            step /= 2;
        }
        Some((0..n).filter(|at| kept[*at]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimal_set_is_found_by_halves() {
        // The sets that hold 2 and 7, or 11.
        let excludes = |kept: &[bool]| (kept[2] && kept[7]) || kept[11];
        assert_eq!(Formula::minimal(12, &excludes), Some(vec![2, 7]));
        assert_eq!(Formula::minimal(12, &|kept| kept[11] || (kept[0] && kept[5])), Some(vec![0, 5]));
        assert_eq!(Formula::minimal(3, &|_| true), Some(vec![]));
        assert_eq!(Formula::minimal(3, &|_| false), None);
        assert_eq!(Formula::minimal(0, &|_| true), Some(vec![]));
    }

    #[test]
    fn pivots_are_what_alone_is_missing() {
        let formula = Formula::All(vec![Formula::One(0), Formula::Any(vec![Formula::One(1), Formula::One(2)])]);
        let pivots = |held: &[usize]| {
            let mut out = Vec::new();
            formula.pivots(&|at| held.contains(&at), &mut out);
            out
        };
        assert_eq!(pivots(&[0]), [1, 2]);
        assert_eq!(pivots(&[1]), [0]);
        assert!(pivots(&[]).is_empty());
    }
}

//! Why nobody matches, or so few: [`Engine::why_empty`].

use std::cmp::Reverse;

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use super::formula::{Conditions, Formula};
use crate::exec::{self, Combination};
use crate::model::Diagnostic;

/// Up to so many conditions, all minimal sets are told.
const COMPLETE: usize = 12;

/// What each condition of a filter costs, and which exclude everyone.
#[derive(Debug, Clone, Serialize)]
pub struct WhyEmpty {
    /// How many match.
    pub count: u64,
    /// How many there are.
    pub everyone: u64,
    /// The conditions, in the order of the filter.
    pub conditions: Vec<ConditionCost>,
    /// Sets of conditions, by position, that exclude everyone, and none of whose parts does; the smallest first.
    ///
    /// A condition outside the set is set aside: taken to hold of everyone. None if somebody matches.
    pub excluding: Vec<Vec<usize>>,
    /// Whether [`WhyEmpty::excluding`] has every such set; of more than 12 conditions it has one.
    pub is_complete: bool,
    /// What is worth knowing about the filter.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

/// What one condition costs.
#[derive(Debug, Clone, Serialize)]
pub struct ConditionCost {
    /// Its words; with `not` before them if it stands under one.
    pub words: String,
    /// How many pass it, whatever the others say.
    pub holds: u64,
    /// How many would match without it: if it held of everyone.
    pub without: u64,
    /// How many it costs: the difference to those who match.
    pub costs: u64,
}

impl Engine {
    /// Counts what each condition of a filter costs, and finds the sets of conditions that exclude everyone.
    ///
    /// A saved segment is one condition; a filter that is nothing but a segment is opened. Cost: each condition once over
    /// everyone, and of more than 12 conditions some questions for each that stays.
    ///
    /// # Errors
    ///
    /// What is wrong with the filter, and what a run may fail with.
    pub fn why_empty(&self, text: &str, options: &QueryOptions) -> Result<WhyEmpty, Error> {
        let read = self.read(text, options)?;
        let Conditions { formula, all } = Conditions::as_written(&read.parts.root);
        let plans: Vec<_> = all.iter().map(|it| it.plan.clone()).collect();
        let universe = read.parts.universe;
        let found =
            self.pool.install(|| exec::combinations(&self.book, universe, &plans, &read.clock, &self.cancel))?;
        let matches = |it: &&Combination| formula.holds(&|at| it.holds(at));
        let count = found.iter().filter(matches).map(|it| it.count).sum();
        let mut costs = vec![0; all.len()];
        let mut pivots = Vec::new();
        for combination in found.iter().filter(|it| !matches(it)) {
            pivots.clear();
            formula.pivots(&|at| combination.holds(at), &mut pivots);
            for at in &pivots {
                costs[*at] += combination.count;
            }
        }
        let holds = |at: usize| found.iter().filter(|it| it.holds(at)).map(|it| it.count).sum();
        let conditions = all.into_iter().zip(costs).enumerate().map(|(at, (condition, costs))| ConditionCost {
            words: condition.words,
            holds: holds(at),
            without: count + costs,
            costs,
        });
        let (excluding, is_complete) = excluding(&formula, plans.len(), &found);
        Ok(WhyEmpty {
            count,
            everyone: found.iter().map(|it| it.count).sum(),
            conditions: conditions.collect(),
            excluding,
            is_complete,
            notes: read.parts.notes,
        })
    }
}

/// The minimal sets of `n` conditions that exclude all of these combinations, and whether they are all there are.
fn excluding(formula: &Formula, n: usize, found: &[Combination]) -> (Vec<Vec<usize>>, bool) {
    if n > COMPLETE {
        let excludes = |kept: &[bool]| !found.iter().any(|it| formula.holds(&|at| !kept[at] || it.holds(at)));
        return (Formula::minimal(n, &excludes).into_iter().collect(), false);
    }
    let full = (1_usize << n) - 1;
    let passes: Vec<bool> = (0..=full).map(|held| formula.holds(&|at| held >> at & 1 == 1)).collect();
    let occurring: Vec<usize> = found.iter().map(|it| it.words[0] as usize).collect();
    let mut sets: Vec<usize> = (0..=full).collect();
    // Of sets of one size the one with the earlier conditions first.
    sets.sort_by_key(|set| (set.count_ones(), Reverse(set.reverse_bits())));
    let mut minimal: Vec<usize> = Vec::new();
    for set in sets {
        let is_larger = minimal.iter().any(|smaller| set & smaller == *smaller);
        if !is_larger && !occurring.iter().any(|held| passes[held | (full & !set)]) {
            minimal.push(set);
        }
    }
    let members = |set: usize| (0..n).filter(|at| set >> at & 1 == 1).collect();
    (minimal.into_iter().map(members).collect(), true)
}

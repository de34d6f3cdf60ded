//! How several filters overlap: [`Engine::overlap`].

use std::cmp::Reverse;

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use crate::exec::{self, Combination};
use crate::model::Diagnostic;
use crate::plan::{Plan, Prepared};

/// How the people of several filters overlap.
#[derive(Debug, Clone, Serialize)]
pub struct Overlap {
    /// How many there are.
    pub everyone: u64,
    /// How many no filter matches.
    pub in_none: u64,
    /// The filters, in their order.
    pub sets: Vec<OverlapSet>,
    /// How many are in just these sets and in no other, for each combination that somebody is in; the largest first.
    ///
    /// Nobody is in two of them: with [`Overlap::in_none`] they add up to [`Overlap::everyone`].
    pub combinations: Vec<OverlapCombination>,
    /// Each two of the sets, in their order.
    pub pairs: Vec<OverlapPair>,
}

/// One of the filters.
#[derive(Debug, Clone, Serialize)]
pub struct OverlapSet {
    /// The filter, as it was written.
    pub filter: String,
    /// How many match it.
    pub count: u64,
    /// What is worth knowing about it.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

/// Those who are in the same sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverlapCombination {
    /// The sets that they are in, by position; they are in no other.
    pub sets: Vec<usize>,
    /// How many they are.
    pub count: u64,
}

/// What two sets have in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OverlapPair {
    /// The two, by position.
    pub sets: [usize; 2],
    /// How many are in both.
    pub shared: u64,
    /// How many are in either.
    pub either: u64,
    /// Jaccard's index: the shared among those in either; none if both are empty.
    pub jaccard: Option<f64>,
}

impl Engine {
    /// Counts those in each combination of the filters, all read by one clock.
    ///
    /// Cost: each filter once, a pass of a bit for each filter and person, and one to count. Combinations that nobody is
    /// in cost nothing.
    ///
    /// # Errors
    ///
    /// What is wrong with the first filter that is wrong, as [`Error::OneFilter`]; filters about different people; what a
    /// run may fail with.
    pub fn overlap(&self, filters: &[&str], options: &QueryOptions) -> Result<Overlap, Error> {
        let options = QueryOptions { now_us: Some(self.clock(options)?.now_us()), ..options.clone() };
        let one = |(at, text): (usize, &&str)| {
            self.bare_filter(text, &options).map_err(|source| Error::OneFilter { at, source: Box::new(source) })
        };
        let queries = filters.iter().enumerate().map(one).collect::<Result<Vec<Prepared>, Error>>()?;
        let universe = queries.first().map(|it| it.universe).unwrap_or_default();
        if queries.iter().any(|it| it.universe != universe) {
            return Err(Error::DifferentPeople);
        }
        let plans: Vec<Plan> = queries.iter().map(|it| it.filter.clone()).collect();
        let clock = self.clock(&options)?;
        let found = self.pool.install(|| exec::combinations(&self.book, universe, &plans, &clock, &self.cancel))?;
        let sum = |is_in: &dyn Fn(&Combination) -> bool| found.iter().filter(|it| is_in(it)).map(|it| it.count).sum();
        let sets = queries.into_iter().zip(filters).enumerate().map(|(at, (query, filter))| OverlapSet {
            filter: filter.trim().to_owned(),
            count: sum(&|it| it.holds(at)),
            notes: query.notes,
        });
        let pair = |a: usize, b: usize| {
            let (shared, either) = (sum(&|it| it.holds(a) && it.holds(b)), sum(&|it| it.holds(a) || it.holds(b)));
            let jaccard = (either > 0).then(|| shared as f64 / either as f64);
            OverlapPair { sets: [a, b], shared, either, jaccard }
        };
        let n = plans.len();
        let mut combinations: Vec<OverlapCombination> = found
            .iter()
            .map(|it| OverlapCombination { sets: (0..n).filter(|at| it.holds(*at)).collect(), count: it.count })
            .filter(|it| !it.sets.is_empty())
            .collect();
        combinations.sort_by(|a, b| (Reverse(a.count), &a.sets).cmp(&(Reverse(b.count), &b.sets)));
        Ok(Overlap {
            everyone: sum(&|_| true),
            in_none: sum(&|it| it.words.iter().all(|word| *word == 0)),
            sets: sets.collect(),
            combinations,
            pairs: (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).map(|(a, b)| pair(a, b)).collect(),
        })
    }
}

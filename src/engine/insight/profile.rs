//! What sets people apart from everyone: [`Engine::profile`].

use std::cmp::{Ordering, Reverse};

use serde::Serialize;

use super::super::{Engine, Error, QueryOptions};
use super::words;
use crate::exec::{self, Held};
use crate::model::Diagnostic;

/// What is told of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileOptions {
    /// What comes first.
    pub order: ProfileOrder,
    /// At most so many traits that are over-represented, and as many that are under-represented; all if not said.
    pub limit: Option<usize>,
    /// Traits that fewer people of the book have are left out.
    pub min_people: u64,
}

/// Which traits come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProfileOrder {
    /// Those whose shares lie farthest apart.
    #[default]
    Difference,
    /// Those whose lift is farthest from 1, however few have them.
    Lift,
}

/// What sets the people who match apart from everyone.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    /// How many match.
    pub count: u64,
    /// How many there are.
    pub everyone: u64,
    /// Traits that are more common among those who match than among everyone.
    pub over: Vec<Trait>,
    /// Traits that are less common.
    pub under: Vec<Trait>,
    /// Fields of more than 1,000 different texts, which were left aside.
    pub left_out: Vec<String>,
    /// What is worth knowing about the filter.
    #[serde(skip)]
    pub notes: Vec<Diagnostic>,
}

/// A trait, and how common it is. A share of nobody is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trait {
    /// The trait as a filter, which finds those who have it.
    pub filter: String,
    /// How many of those who match have it.
    pub count: u64,
    /// How many of everyone have it.
    pub everyone: u64,
    /// Its share among those who match.
    pub share: Option<f64>,
    /// Its share among the others.
    pub share_of_others: Option<f64>,
    /// How many times as common it is among those who match as among everyone.
    pub lift: Option<f64>,
}

impl Engine {
    /// Counts what the people whom a filter matches have, and everyone else, and tells what differs.
    ///
    /// A trait is a value of a field of few texts, a label, a yes or no, a band of a number or date, a missing value, or a
    /// record of a kind; it is told as a filter. Numbers and dates of up to 12 different values have a trait for each, others
    /// fifths of the whole book.
    ///
    /// Cost: the filter, two passes of each column, and of numbers a sort.
    ///
    /// # Errors
    ///
    /// What is wrong with the filter, and what a run may fail with.
    pub fn profile(&self, text: &str, wanted: &ProfileOptions, options: &QueryOptions) -> Result<Profile, Error> {
        let query = self.bare_filter(text, options)?;
        let found = self
            .pool
            .install(|| exec::traits(&self.book, query.universe, &query.filter, &query.clock, &self.cancel))?;
        let whole = Whole { count: found.n_matched, everyone: found.n_all };
        let table = self.book.table(query.universe);
        let listed = |direction: Ordering| {
            let mut traits: Vec<&Held> = found
                .traits
                .iter()
                .filter(|it| whole.surplus(it).cmp(&0) == direction && it.n_all >= wanted.min_people)
                .collect();
            // The order is stable: of equal ones the book's order decides.
            match wanted.order {
                ProfileOrder::Difference => traits.sort_by_key(|it| Reverse(whole.surplus(it).abs())),
                ProfileOrder::Lift => traits.sort_by(|a, b| by_lift(b, a, direction)),
            }
            let told = traits.into_iter().filter_map(|it| {
                let filter = words::of_trait(&it.what, &self.book, table)?;
                Some(whole.tell(filter, it))
            });
            told.take(wanted.limit.unwrap_or(usize::MAX)).collect()
        };
        Ok(Profile {
            count: whole.count,
            everyone: whole.everyone,
            over: listed(Ordering::Greater),
            under: listed(Ordering::Less),
            left_out: found.wide.iter().map(|column| table.columns[*column].tag.clone()).collect(),
            notes: query.notes,
        })
    }
}

/// How many match, and how many there are.
struct Whole {
    count: u64,
    everyone: u64,
}

impl Whole {
    /// By how much the share of those who match exceeds that of everyone; one unit for all traits, so that it compares
    /// exactly. The share of the others differs from both in the same order.
    fn surplus(&self, held: &Held) -> i128 {
        i128::from(held.n_matched) * i128::from(self.everyone) - i128::from(held.n_all) * i128::from(self.count)
    }

    fn tell(&self, filter: String, held: &Held) -> Trait {
        let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let share = ratio(held.n_matched, self.count);
        let of_everyone = ratio(held.n_all, self.everyone);
        Trait {
            filter,
            count: held.n_matched,
            everyone: held.n_all,
            share,
            share_of_others: ratio(held.n_all - held.n_matched, self.everyone - self.count),
            lift: share.zip(of_everyone).map(|(share, of_everyone)| share / of_everyone),
        }
    }
}

/// By how far the lift is from 1, exactly: what is over-represented by its lift, what is under-represented against it;
/// of equal ones what more people have.
fn by_lift(a: &Held, b: &Held, direction: Ordering) -> Ordering {
    let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let lift = product(a.n_matched, b.n_all).cmp(&product(b.n_matched, a.n_all));
    let far = if direction == Ordering::Less { lift.reverse() } else { lift };
    far.then(a.n_all.cmp(&b.n_all))
}

//! [`People`]: what several tables say of one person, computed from the person's number.
//!
//! The number is the person's rank by activity: 0 is the most active. Contacts lie in another, random order, and
//! no table needs to hold what another wrote.

use super::dice::{Dice, Shuffle, mix, pick, scale, unit};
use super::words::{N_FIRST, N_LAST, Words, capital};

/// 2026-11-20T09:00:00Z in seconds: the `now` of the books.
pub(super) const NOW_S: i64 = 1_795_165_200;

/// Of 100 people, how many are in a stage (by its place), or in none.
const STAGE_SHARES: [(Option<usize>, u32); 6] =
    [(Some(0), 35), (None, 23), (Some(1), 20), (Some(2), 12), (Some(3), 7), (Some(4), 3)];

/// What is drawn of a person's number is drawn with a salt of its own.
#[derive(Clone, Copy)]
enum Salt {
    Order = 1,
    Names,
    Domain,
    Digits,
    Middle,
    Stage,
    Since,
    Lost,
}

/// A person's place in the funnel.
pub(super) struct Standing {
    /// The stage, by its place in the order.
    pub(super) stage: Option<usize>,
    /// When the stage was set, in seconds.
    pub(super) since_s: i64,
    /// Whether the person is lost.
    pub(super) lost: bool,
    /// Whether the account is inactive, for which the person is lost.
    pub(super) inactive: bool,
}

/// All people of a book.
pub(super) struct People {
    pub(super) n: u64,
    pub(super) words: Words,
    seed: u64,
    order: Shuffle,
    names: Shuffle,
}

impl People {
    pub(super) fn new(n: u64, seed: u64) -> Self {
        // A power of four, which a shuffle meets without walking.
        let mut n_names = N_FIRST * N_LAST;
        while n_names < n {
            n_names *= 4;
        }
        Self {
            n,
            words: Words::new(),
            seed,
            order: Shuffle::new(n, seed, Salt::Order as u64),
            names: Shuffle::new(n_names, seed, Salt::Names as u64),
        }
    }

    /// The person in a row of the contacts.
    pub(super) fn in_row(&self, row: u64) -> u64 {
        self.order.at(row)
    }

    /// Someone, the active ones oftener: the most active hundredth has a quarter of all acts, the lower half a sixth.
    pub(super) fn active(&self, dice: &mut Dice) -> u64 {
        const SHIFT: f64 = 0.1;
        let power = |x: f64| x * x * x * x;
        let share = (power(dice.unit() + SHIFT) - power(SHIFT)) / (power(1.0 + SHIFT) - power(SHIFT));
        ((share * self.n as f64) as u64).min(self.n.saturating_sub(1))
    }

    /// The e-mail address: no two people share one.
    ///
    /// First and last name and a number together differ for each person; the two digits that some have don't undo that.
    pub(super) fn email(&self, person: u64, out: &mut String) {
        use std::fmt::Write;
        let (first, last, number) = self.name_parts(person);
        let bits = self.bits(Salt::Digits, person);
        let joint = [".", ".", "_", "-"][(bits & 3) as usize];
        out.push_str(first);
        out.push_str(joint);
        out.push_str(last);
        if bits & 12 == 0 {
            // Writing into a string can't fail.
            let _ = write!(out, "{:02}", scale(bits, 100));
        }
        if number > 0 {
            let _ = write!(out, ".{number}");
        }
        out.push('@');
        let mut turn = 0;
        out.push_str(self.words.domain(|| {
            turn += 1;
            mix(self.seed, Salt::Domain as u64 + 16 * turn, person)
        }));
    }

    /// The full name: two words, or three.
    pub(super) fn full_name(&self, person: u64) -> String {
        let (first, last, _) = self.name_parts(person);
        let bits = self.bits(Salt::Middle, person);
        if bits & 3 == 0 {
            return format!("{} {}", capital(first), capital(last));
        }
        let middle = &self.words.first[scale(bits, N_FIRST) as usize];
        format!("{} {} {}", capital(first), capital(middle), capital(last))
    }

    /// Where the person stands in the funnel.
    pub(super) fn standing(&self, person: u64) -> Standing {
        let stage = pick(self.bits(Salt::Stage, person), &STAGE_SHARES).flatten();
        let u = unit(self.bits(Salt::Since, person));
        let lost = self.bits(Salt::Lost, person);
        let is_lost = scale(lost, 100) < 8;
        Standing {
            stage,
            since_s: NOW_S - (3.0 * 365.0 * 86_400.0 * u * u) as i64,
            lost: is_lost,
            inactive: is_lost && lost & 1 == 0,
        }
    }

    fn name_parts(&self, person: u64) -> (&str, &str, u64) {
        let number = self.names.at(person);
        let first = &self.words.first[(number % N_FIRST) as usize];
        let last = &self.words.last[(number / N_FIRST % N_LAST) as usize];
        (first, last, number / (N_FIRST * N_LAST))
    }

    fn bits(&self, salt: Salt, person: u64) -> u64 {
        mix(self.seed, salt as u64, person)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn emails_are_unique() {
        // The second has more people than pairs of names, so that numbers tell them apart; a part of them is enough.
        for n in [200_000, 90_000_000] {
            let people = People::new(n, 7);
            let emails: HashSet<String> = (0..200_000)
                .map(|person| {
                    let mut email = String::new();
                    people.email(person, &mut email);
                    email
                })
                .collect();
            assert_eq!(emails.len(), 200_000);
            let gmail = emails.iter().filter(|it| it.ends_with("@gmail.com")).count();
            assert!((88_000..92_000).contains(&gmail), "{gmail}");
            let domains: HashSet<&str> = emails.iter().filter_map(|it| it.split('@').nth(1)).collect();
            assert!(domains.len() > 10_000, "{}", domains.len());
        }
    }

    #[test]
    fn few_do_most() {
        let people = People::new(10_000, 1);
        let mut dice = Dice::new(1, 2, 3);
        let mut acts = vec![0_u32; 10_000];
        for _ in 0..30_000 {
            acts[people.active(&mut dice) as usize] += 1;
        }
        let sum = |range: std::ops::Range<usize>| acts[range].iter().sum::<u32>();
        assert!((6_500..8_500).contains(&sum(0..100)), "{}", sum(0..100));
        assert!((4_500..6_000).contains(&sum(5_000..10_000)), "{}", sum(5_000..10_000));
    }
}

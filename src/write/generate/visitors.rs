//! The visitors: one for five contacts, a third of them known by e-mail.

use std::ops::Range;

use super::dice::{Dice, Shuffle};
use super::person::{NOW_S, People};
use super::table::{Batch, Table, texts, times, whole};
use crate::write::WriteError;

const AUDIENCES: [&str; 8] =
    ["Shop", "Blog", "Pricing", "Help Center", "Campaign 2026", "Careers", "Partners", "Webinars"];
const PUSH: [(Option<&str>, u32); 4] =
    [(None, 58), (Some("granted"), 18), (Some("blocked"), 20), (Some("unsubscribed"), 4)];
const DEVICES: [(&str, u32); 3] = [("mobile", 68), ("desktop", 26), ("tablet", 6)];
/// Ten hexadecimal digits.
const N_IDS: u64 = 1 << 40;

pub(super) struct Visitors {
    n: u64,
    ids: Shuffle,
}

impl Visitors {
    pub(super) fn new(n_contacts: u64, seed: u64) -> Self {
        Self { n: n_contacts / 5, ids: Shuffle::new(N_IDS, seed, 200) }
    }
}

struct Visitor {
    id: String,
    audience: &'static str,
    email: Option<String>,
    push: Option<&'static str>,
    first_s: i64,
    last_s: i64,
    pages: i32,
    device: Option<&'static str>,
}

impl Visitor {
    fn draw(id: u64, people: &People, dice: &mut Dice) -> Self {
        let first_back = dice.seconds_back(3 * 365);
        let u = dice.unit();
        Self {
            id: format!("v{id:010x}"),
            audience: AUDIENCES[dice.rank(AUDIENCES.len() as u64) as usize],
            email: dice.maybe(33, ()).map(|()| {
                let mut email = String::with_capacity(40);
                people.email(dice.below(people.n), &mut email);
                email
            }),
            push: dice.pick(&PUSH).flatten(),
            first_s: NOW_S - first_back,
            last_s: NOW_S - (first_back as f64 * u * u) as i64,
            pages: (1.0 + 4.0 * dice.heavy(1.0).sqrt()).min(10_000.0) as i32,
            device: dice.pick(&DEVICES).filter(|_| dice.percent(95)),
        }
    }
}

impl Table for Visitors {
    fn name(&self) -> &'static str {
        "visitors"
    }

    fn n_slots(&self) -> u64 {
        self.n
    }

    fn distinct_columns(&self) -> &'static [&'static str] {
        &["visitor_id", "email", "first_seen", "last_seen"]
    }

    fn batch(&self, people: &People, dice: &mut Dice, slots: Range<u64>) -> Result<Batch, WriteError> {
        let rows: Vec<Visitor> = slots.map(|slot| Visitor::draw(self.ids.at(slot), people, dice)).collect();
        let rows = || rows.iter();
        Ok(vec![
            ("visitor_id", texts(rows().map(|it| Some(&it.id)))),
            ("audience", texts(rows().map(|it| Some(it.audience)))),
            ("email", texts(rows().map(|it| it.email.as_ref()))),
            ("push", texts(rows().map(|it| it.push))),
            ("first_seen", times(rows().map(|it| Some(it.first_s)))),
            ("last_seen", times(rows().map(|it| Some(it.last_s)))),
            ("pages", whole(rows().map(|it| Some(it.pages)))),
            ("device", texts(rows().map(|it| it.device))),
        ])
    }
}

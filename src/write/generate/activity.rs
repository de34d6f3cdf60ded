//! The activity: three acts a contact on average, in random order.

use std::ops::Range;

use super::dice::Dice;
use super::person::{NOW_S, People};
use super::table::{Batch, Table, cents, money, texts, times};
use crate::write::WriteError;

/// How many acts a contact has on average.
const ACTS: u64 = 3;
const KINDS: [(Kind, u32); 4] = [(Kind::Open, 55), (Kind::View, 20), (Kind::Click, 13), (Kind::Purchase, 12)];
const N_SKUS: u64 = 2_000;
const N_CAMPAIGNS: u64 = 300;
const N_PAGES: u64 = 500;

#[derive(Clone, Copy)]
enum Kind {
    Open,
    View,
    Click,
    Purchase,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "email_open",
            Self::View => "page_view",
            Self::Click => "email_click",
            Self::Purchase => "purchase",
        }
    }
}

pub(super) struct Activity {
    n_contacts: u64,
    skus: Vec<String>,
    campaigns: Vec<String>,
    pages: Vec<String>,
}

impl Activity {
    pub(super) fn new(n_contacts: u64) -> Self {
        Self {
            n_contacts,
            skus: (1..=N_SKUS).map(|i| format!("sku-{i:04}")).collect(),
            campaigns: (1..=N_CAMPAIGNS).map(|i| format!("campaign_{i}")).collect(),
            pages: (1..=N_PAGES).map(|i| format!("/catalog/{i}")).collect(),
        }
    }

    fn draw(&self, people: &People, dice: &mut Dice) -> Act<'_> {
        let mut email = String::with_capacity(40);
        people.email(people.active(dice), &mut email);
        let kind = dice.pick(&KINDS).unwrap_or(Kind::Open);
        let mut act = Act {
            email,
            kind,
            at_s: NOW_S - dice.seconds_back(3 * 365),
            cents: None,
            sku: None,
            campaign: None,
            page: None,
        };
        match kind {
            Kind::Open | Kind::Click => act.campaign = Some(&self.campaigns[dice.rank(N_CAMPAIGNS) as usize]),
            Kind::View => act.page = Some(&self.pages[dice.rank(N_PAGES) as usize]),
            Kind::Purchase => {
                // The square root tames the tail: one purchase in 600 is over 1,000.
                let amount = 40.0 * dice.heavy(1.0).sqrt() + 0.5;
                act.cents = dice.maybe(98, cents(amount));
                act.sku = Some(&self.skus[dice.rank(N_SKUS) as usize]);
            }
        }
        act
    }
}

struct Act<'a> {
    email: String,
    kind: Kind,
    at_s: i64,
    cents: Option<i64>,
    sku: Option<&'a str>,
    campaign: Option<&'a str>,
    page: Option<&'a str>,
}

impl Table for Activity {
    fn name(&self) -> &'static str {
        "activity"
    }

    fn n_slots(&self) -> u64 {
        ACTS * self.n_contacts
    }

    fn distinct_columns(&self) -> &'static [&'static str] {
        &["email", "at"]
    }

    fn batch(&self, people: &People, dice: &mut Dice, slots: Range<u64>) -> Result<Batch, WriteError> {
        let rows: Vec<Act<'_>> = slots.map(|_| self.draw(people, dice)).collect();
        let rows = || rows.iter();
        Ok(vec![
            ("email", texts(rows().map(|it| Some(&it.email)))),
            ("kind", texts(rows().map(|it| Some(it.kind.name())))),
            ("at", times(rows().map(|it| Some(it.at_s)))),
            ("amount", money(rows().map(|it| it.cents))?),
            ("sku", texts(rows().map(|it| it.sku))),
            ("campaign", texts(rows().map(|it| it.campaign))),
            ("page", texts(rows().map(|it| it.page))),
        ])
    }
}

//! The registrations: one for ten contacts.

use std::ops::Range;

use super::dice::Dice;
use super::person::{NOW_S, People};
use super::table::{Batch, Table, cents, money, texts, times};
use crate::write::WriteError;

const EVENTS: [&str; 20] = [
    "Growth Webinar",
    "Email Basics",
    "Retail Summit",
    "Deliverability Day",
    "Funnel Workshop",
    "Data Clinic",
    "Product Launch",
    "Partner Meetup",
    "Loyalty Lab",
    "Design Sprint",
    "Analytics Bootcamp",
    "Founders Breakfast",
    "Push Masterclass",
    "Copywriting Hour",
    "Holiday Planning",
    "Segment School",
    "Customer Stories",
    "API Evening",
    "Privacy Briefing",
    "Year in Review",
];
const STATES: [(&str, u32); 3] = [("attended", 55), ("registered", 33), ("cancelled", 12)];
const PRODUCTS: [(&str, u32); 3] = [("regular", 70), ("early_bird", 22), ("vip", 8)];
const COUPONS: [(&str, u32); 4] = [("WELCOME10", 50), ("FRIEND20", 25), ("PRESS", 15), ("TEAM50", 10)];
const CURRENCIES: [(&str, u32); 3] = [("IDR", 80), ("SGD", 12), ("USD", 8)];
const DAY_S: u64 = 86_400;

pub(super) struct Registrations {
    n: u64,
}

impl Registrations {
    pub(super) fn new(n_contacts: u64) -> Self {
        Self { n: n_contacts / 10 }
    }
}

struct Registration {
    email: String,
    event: &'static str,
    state: Option<&'static str>,
    registered_s: i64,
    product: Option<&'static str>,
    coupon: Option<&'static str>,
    cents: Option<i64>,
    currency: Option<&'static str>,
    paid_s: Option<i64>,
    attended_s: Option<i64>,
}

impl Registration {
    fn draw(people: &People, dice: &mut Dice) -> Self {
        let mut email = String::with_capacity(40);
        people.email(people.active(dice), &mut email);
        let state = dice.pick(&STATES);
        let registered_s = NOW_S - 30 * DAY_S as i64 - dice.seconds_back(2 * 365);
        let is_paid = dice.percent(40);
        Self {
            email,
            event: EVENTS[dice.rank(EVENTS.len() as u64) as usize],
            state,
            registered_s,
            product: dice.pick(&PRODUCTS),
            coupon: dice.pick(&COUPONS).filter(|_| dice.percent(15)),
            cents: is_paid.then(|| cents(10.0 + 40.0 * dice.heavy(1.0).sqrt())),
            currency: dice.pick(&CURRENCIES).filter(|_| is_paid),
            paid_s: is_paid.then(|| registered_s + dice.below(2 * DAY_S) as i64),
            attended_s: (state == Some("attended")).then(|| registered_s + (DAY_S + dice.below(28 * DAY_S)) as i64),
        }
    }
}

impl Table for Registrations {
    fn name(&self) -> &'static str {
        "registrations"
    }

    fn n_slots(&self) -> u64 {
        self.n
    }

    fn distinct_columns(&self) -> &'static [&'static str] {
        &["email", "registered_at", "paid_at", "attended_at"]
    }

    fn batch(&self, people: &People, dice: &mut Dice, slots: Range<u64>) -> Result<Batch, WriteError> {
        let rows: Vec<Registration> = slots.map(|_| Registration::draw(people, dice)).collect();
        let rows = || rows.iter();
        Ok(vec![
            ("email", texts(rows().map(|it| Some(&it.email)))),
            ("event", texts(rows().map(|it| Some(it.event)))),
            ("state", texts(rows().map(|it| it.state))),
            ("registered_at", times(rows().map(|it| Some(it.registered_s)))),
            ("product", texts(rows().map(|it| it.product))),
            ("coupon", texts(rows().map(|it| it.coupon))),
            ("amount", money(rows().map(|it| it.cents))?),
            ("currency", texts(rows().map(|it| it.currency))),
            ("paid_at", times(rows().map(|it| it.paid_s))),
            ("attended_at", times(rows().map(|it| it.attended_s))),
        ])
    }
}

//! The contacts: one row a person, in random order.

use std::ops::Range;

use super::dice::{Dice, heavy};
use super::person::{NOW_S, People, Standing};
use super::table::{Batch, Table, cents, days, flags, floats, lists, money, texts, times, whole};
use super::words::N_CITIES;
use crate::model::STAGES;
use crate::write::WriteError;

const STATUS_SHARES: [(&str, u32); 4] = [("active", 72), ("unsubscribed", 15), ("pending", 8), ("hard_bounce", 5)];
const SOURCES: [(&str, u32); 7] = [
    ("website_form", 34),
    ("import", 26),
    ("api", 12),
    ("event", 9),
    ("landing_page", 8),
    ("checkout", 6),
    ("manual", 5),
];
/// In thousandths.
const COUNTRIES: [(&str, u32); 40] = [
    ("ID", 600),
    ("SG", 85),
    ("MY", 75),
    ("PH", 40),
    ("TH", 30),
    ("VN", 28),
    ("AU", 20),
    ("US", 18),
    ("IN", 16),
    ("JP", 12),
    ("HK", 9),
    ("TW", 8),
    ("KR", 7),
    ("GB", 6),
    ("NL", 5),
    ("DE", 4),
    ("CN", 4),
    ("NZ", 3),
    ("AE", 3),
    ("SA", 3),
    ("FR", 2),
    ("CA", 2),
    ("BN", 2),
    ("KH", 2),
    ("MM", 2),
    ("LA", 1),
    ("TL", 1),
    ("PG", 1),
    ("LK", 1),
    ("BD", 1),
    ("PK", 1),
    ("NP", 1),
    ("IT", 1),
    ("ES", 1),
    ("CH", 1),
    ("SE", 1),
    ("BR", 1),
    ("ZA", 1),
    ("EG", 1),
    ("TR", 1),
];
const TIERS: [(&str, u32); 4] = [("free", 70), ("silver", 18), ("gold", 9), ("platinum", 3)];
const INTERESTS: [&str; 12] = [
    "travel",
    "cooking",
    "music",
    "sports",
    "finance",
    "fashion",
    "gadgets",
    "books",
    "gardening",
    "film",
    "health",
    "gaming",
];
const N_LABELS: usize = 60;

pub(super) struct Contacts {
    n: u64,
    labels: [String; N_LABELS],
}

impl Contacts {
    pub(super) fn new(n: u64) -> Self {
        Self { n, labels: std::array::from_fn(|i| format!("label_{}", i + 1)) }
    }
}

impl Table for Contacts {
    fn name(&self) -> &'static str {
        "contacts"
    }

    fn n_slots(&self) -> u64 {
        self.n
    }

    fn distinct_columns(&self) -> &'static [&'static str] {
        &["email", "name", "subscribed_at", "stage_since", "last_open", "last_click", "last_send"]
    }

    fn batch(&self, people: &People, dice: &mut Dice, slots: Range<u64>) -> Result<Batch, WriteError> {
        let rows: Vec<Contact<'_>> =
            slots.map(|row| Contact::draw(people, &self.labels, people.in_row(row), dice)).collect();
        let rows = || rows.iter();
        Ok(vec![
            ("email", texts(rows().map(|it| Some(&it.email)))),
            ("name", texts(rows().map(|it| it.name.as_ref()))),
            ("status", texts(rows().map(|it| it.status))),
            ("labels", lists(rows().map(|it| Some(&*it.labels)))),
            ("source", texts(rows().map(|it| it.source))),
            ("subscribed_at", times(rows().map(|it| Some(it.subscribed_s)))),
            ("funnel_status", texts(rows().map(|it| it.standing.stage.map(|stage| STAGES[stage])))),
            ("lost", flags(rows().map(|it| it.lost))),
            ("account_state", texts(rows().map(|it| Some(if it.standing.inactive { "inactive" } else { "active" })))),
            ("stage_since", times(rows().map(|it| it.standing.stage.map(|_| it.standing.since_s)))),
            ("last_open", times(rows().map(|it| it.open_s))),
            ("last_click", times(rows().map(|it| it.click_s))),
            ("last_send", times(rows().map(|it| it.send_s))),
            ("country", texts(rows().map(|it| it.country))),
            ("city", texts(rows().map(|it| it.city))),
            ("tier", texts(rows().map(|it| it.tier))),
            ("age", whole(rows().map(|it| it.age))),
            ("birthday", days(rows().map(|it| it.birthday))),
            ("lifetime_value", money(rows().map(|it| it.lifetime_cents))?),
            ("orders", whole(rows().map(|it| it.orders))),
            ("push_opt_in", flags(rows().map(|it| it.push_opt_in))),
            ("interests", lists(rows().map(|it| it.interests.as_deref()))),
            ("score", floats(rows().map(|it| it.score))),
        ])
    }
}

struct Contact<'a> {
    email: String,
    name: Option<String>,
    status: Option<&'static str>,
    labels: Vec<&'a str>,
    source: Option<&'static str>,
    subscribed_s: i64,
    standing: Standing,
    lost: Option<bool>,
    open_s: Option<i64>,
    click_s: Option<i64>,
    send_s: Option<i64>,
    country: Option<&'static str>,
    city: Option<&'a str>,
    tier: Option<&'static str>,
    age: Option<i32>,
    birthday: Option<i32>,
    lifetime_cents: Option<i64>,
    orders: Option<i32>,
    push_opt_in: Option<bool>,
    interests: Option<Vec<&'static str>>,
    score: Option<f64>,
}

impl<'a> Contact<'a> {
    fn draw(people: &'a People, label_names: &'a [String; N_LABELS], person: u64, dice: &mut Dice) -> Self {
        let mut email = String::with_capacity(40);
        people.email(person, &mut email);
        let standing = people.standing(person);
        let lost = if standing.lost { Some(true) } else { dice.maybe(97, false) };
        let subscribed_back = dice.seconds_back(8 * 365);
        let (send, open, click) = engagement(dice, subscribed_back);
        let (age, birthday) = birth(dice);
        let (lifetime_cents, orders) = business(dice);
        let city = dice.rank(N_CITIES) as usize;
        Self {
            email,
            name: dice.maybe(97, ()).map(|()| people.full_name(person)),
            status: dice.pick(&STATUS_SHARES),
            labels: labels(dice, label_names),
            source: dice.pick(&SOURCES).filter(|_| dice.percent(98)),
            subscribed_s: NOW_S - subscribed_back,
            standing,
            lost,
            open_s: open,
            click_s: click,
            send_s: send,
            country: dice.pick(&COUNTRIES).filter(|_| dice.percent(97)),
            city: dice.maybe(90, people.words.cities[city].as_str()),
            tier: dice.pick(&TIERS).filter(|_| dice.percent(96)),
            age,
            birthday,
            lifetime_cents,
            orders,
            push_opt_in: dice.maybe(70, ()).map(|()| dice.percent(40)),
            interests: dice.maybe(75, ()).map(|()| interests(dice)),
            score: dice.maybe(90, ()).map(|()| dice.below(100_001) as f64 / 1_000.0),
        }
    }
}

/// Label k with chance 0.3 / k: label_1 has 30 %, label_3 10 %, label_50 0.6 %.
fn labels<'a>(dice: &mut Dice, names: &'a [String; N_LABELS]) -> Vec<&'a str> {
    let mut labels = Vec::new();
    let mut bits = 0;
    for (i, name) in names.iter().enumerate() {
        if i % 4 == 0 {
            bits = dice.bits();
        }
        // 19,661 = 0.3 * 2^16
        if (bits & 0xffff) * (i as u64 + 1) < 19_661 {
            labels.push(name.as_str());
        }
        bits >>= 16;
    }
    labels
}

/// The last sent, opened and clicked mail: each later than the subscription, and none before its cause.
fn engagement(dice: &mut Dice, subscribed_back: i64) -> (Option<i64>, Option<i64>, Option<i64>) {
    let (u, v, w) = (dice.unit(), dice.unit(), dice.unit());
    let open = subscribed_back as f64 * u * u;
    let click = open + (subscribed_back as f64 - open) * w * w;
    let at = |back: f64| NOW_S - back as i64;
    (dice.maybe(95, at(open * v)), dice.maybe(85, at(open)), dice.maybe(60, at(click)))
}

/// Age and birthday, which agree where both are known.
fn birth(dice: &mut Dice) -> (Option<i32>, Option<i32>) {
    const TODAY: i32 = (NOW_S / 86_400) as i32;
    let years = 16.0 + 60.0 * dice.unit() * (0.4 + 0.6 * dice.unit());
    let lived = (years * 365.25) as i32;
    (dice.maybe(85, years as i32), dice.maybe(80, TODAY - lived))
}

/// Lifetime value in hundredths, and orders: both heavy-tailed, and half the people have much of both or little.
fn business(dice: &mut Dice) -> (Option<i64>, Option<i32>) {
    let (u, other) = (dice.unit(), dice.unit());
    let v = if dice.percent(50) { u } else { other };
    let lifetime = cents(heavy(u, 100.0));
    let orders = (3.0 * heavy(v, 1.0).sqrt()).min(5_000.0) as i32;
    (dice.maybe(80, lifetime), dice.maybe(92, orders))
}

fn interests(dice: &mut Dice) -> Vec<&'static str> {
    let n = dice.below(5) as usize;
    let first = dice.below(INTERESTS.len() as u64) as usize;
    let step = [1, 5, 7, 11][dice.below(4) as usize];
    // Each step is coprime to twelve, so that none comes twice.
    (0..n).map(|i| INTERESTS[(first + i * step) % INTERESTS.len()]).collect()
}

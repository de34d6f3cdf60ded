//! Random books.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use segql::model::CalendarUnit;

use super::pools::{AUDIENCES, CHOICES, EVENTS, KINDS, LABELS, NOWS, REACHES, TEXTS, WHOLE_DAYS, ZONES};
use super::{pick, pick_copy};
use crate::oracle::OracleClock;
use crate::oracle::book::{PUSH, STAGES, STATES, STATUSES};
use crate::oracle::calendar::shift_day;
use crate::raw::{Phys, RawBook, RawField, RawPart, RawTable};
use crate::value::V;

/// A random book, and the moment that it is about.
pub struct RandomBook {
    /// The book before it is written.
    pub raw: RawBook,
    /// `now` of its filters, in microseconds.
    pub now_us: i64,
}

/// The book of a seed, with about so many contacts.
pub fn random_book(seed: u64, n_contacts: usize) -> RandomBook {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let now = pick(&mut rng, &NOWS).parse::<chrono::DateTime<chrono::Utc>>().expect("an instant");
    let now_us = now.timestamp_micros();
    let zone = pick_copy(&mut rng, &ZONES);
    let mut make = Make { rng, now_us, emails: Vec::new() };
    make.emails = make.keys(n_contacts);
    // So few texts have bitmaps unless told otherwise.
    let index = seed.is_multiple_of(3).then_some("codes");
    let mut raw = RawBook {
        zone: zone.name().to_owned(),
        fields: vec![
            RawField {
                tag: "tier".to_owned(),
                display: Some("Customer Tier".to_owned()),
                choices: Some(CHOICES.map(str::to_owned).to_vec()),
                index,
            },
            RawField { tag: "spend".to_owned(), display: Some("Life Spend".to_owned()), ..RawField::default() },
        ],
        contacts: make.contacts(),
        activity: Some(make.activity(3 * n_contacts)),
        registrations: Some(make.registrations(n_contacts)),
        journey: Some(make.journey(n_contacts)),
        visitors: Some(make.visitors(n_contacts / 2)),
        segments: String::new(),
        lists: Vec::new(),
    };
    let texts = ["name", "status", "source", "account_state", "city", "nick"];
    raw.fields.extend(texts.map(|tag| RawField { tag: tag.to_owned(), index, ..RawField::default() }));
    raw.fields.retain(|field| raw.contacts.columns.contains(&field.tag));
    // Some books lack what others have.
    for table in [&mut raw.activity, &mut raw.registrations, &mut raw.journey, &mut raw.visitors] {
        if make.rng.random_bool(0.06) {
            *table = None;
        }
    }
    let some: Vec<String> =
        (0..n_contacts / 4 + 1).filter_map(|_| make.email()).filter(|it| !it.contains(['\n', '"', ','])).collect();
    // In a definition the path starts from its own folder.
    for path in ["lists/some.csv", "book/segments/lists/some.csv"] {
        raw.lists.push((path.to_owned(), format!("email\n{}\n", some.join("\n"))));
    }
    RandomBook { raw, now_us }
}

struct Make {
    rng: ChaCha8Rng,
    now_us: i64,
    emails: Vec<String>,
}

impl Make {
    fn keys(&mut self, n: usize) -> Vec<String> {
        let names = ["ana", "budi", "Citra", "d_i", "e.f", "g+promo", "İnci", "\u{212A}im", "ŞULE", "o'neil"];
        let domains = ["gmail.example", "Gmail.Example", "kampus.example", "mail.kampus.example", "x.example"];
        (0..n).map(|i| format!("{}{i}@{}", pick(&mut self.rng, &names), pick(&mut self.rng, &domains))).collect()
    }

    /// An e-mail of the book as some exporter spells it; none now and then.
    fn email(&mut self) -> Option<String> {
        let email = self.emails[self.rng.random_range(0..self.emails.len())].clone();
        Some(match self.rng.random_range(0..40) {
            0 => return None,
            1 => email.to_uppercase(),
            2 => format!("  {email}\u{a0}"),
            3 => format!("\t{email}\u{2003}"),
            _ => email,
        })
    }

    fn email_cell(&mut self) -> V {
        match self.rng.random_range(0..60) {
            0 => V::text("orphan@nowhere.example"),
            1 => V::text(""),
            _ => self.email().map_or(V::Null, V::Text),
        }
    }

    /// Missing, by this chance, else what `make` makes.
    fn or_null(&mut self, chance: f64, make: impl FnOnce(&mut Self) -> V) -> V {
        if self.rng.random_bool(chance) { V::Null } else { make(self) }
    }

    fn text(&mut self) -> V {
        V::text(pick(&mut self.rng, &TEXTS))
    }

    /// A known name as some exporter spells it.
    fn known(&mut self, names: &[&str]) -> V {
        let name = pick(&mut self.rng, names);
        V::text(match self.rng.random_range(0..8) {
            0 => name.to_uppercase(),
            1 => name.replace('_', " "),
            2 => name.replace('_', "-"),
            _ => name.to_owned(),
        })
    }

    /// An instant on, or a microsecond beside, an edge that filters ask for.
    fn instant(&mut self) -> i64 {
        let clock = OracleClock { now_us: self.now_us, tz: self.zone() };
        let edge = match self.rng.random_range(0..6) {
            0 => self.now_us,
            1 | 2 => {
                let (n, unit) = pick_copy(&mut self.rng, &REACHES);
                let sign = if self.rng.random_bool(0.7) { -1 } else { 1 };
                clock.shift(self.now_us, sign * n, unit)
            }
            3 => {
                let unit = pick_copy(&mut self.rng, &CalendarUnit::ALL);
                clock.start(clock.unit(unit, self.rng.random_range(-1..3)).0)
            }
            4 => clock.start(clock.today() + Days::new(self.rng.random_range(0..4)) - Days::new(2)),
            _ => {
                self.now_us
                    + self.rng.random_range(-900..100) * 86_400_000_000
                    + self.rng.random_range(0..86_400_000_000)
            }
        };
        edge + pick_copy(&mut self.rng, &[-1, 0, 0, 1, 1_000])
    }

    fn zone(&mut self) -> Tz {
        pick_copy(&mut self.rng, &ZONES)
    }

    fn time_cell(&mut self, phys: Phys) -> V {
        let at = self.instant();
        match phys {
            Phys::Millis => V::Instant(at.div_euclid(1_000) * 1_000),
            // Any wall clock will do, skipped and doubled ones too.
            Phys::LocalMicros => V::Local(at + self.rng.random_range(-12..13) * 1_800_000_000),
            _ => V::Instant(at),
        }
    }

    fn day(&mut self) -> V {
        let clock = OracleClock { now_us: self.now_us, tz: self.zone() };
        let today = clock.today();
        V::Day(match self.rng.random_range(0..6) {
            0 => {
                NaiveDate::from_ymd_opt(pick_copy(&mut self.rng, &[1988, 1992, 2000, 2024]), 2, 29).expect("a leap day")
            }
            1 => NaiveDate::from_ymd_opt(self.rng.random_range(1980..2010), 2, 28).expect("a day"),
            2 => {
                let (n, unit) = pick_copy(&mut self.rng, &REACHES[..WHOLE_DAYS]);
                let sign = if self.rng.random_bool(0.5) { -1 } else { 1 };
                shift_day(today, sign * n, unit) + Days::new(self.rng.random_range(0..3)) - Days::new(1)
            }
            3 => clock.unit(pick_copy(&mut self.rng, &CalendarUnit::ALL), self.rng.random_range(-1..2)).0,
            4 => today + Days::new(self.rng.random_range(0..16)) - Days::new(8) - Days::new(365 * 30 + 7),
            _ => NaiveDate::from_ymd_opt(1969, 12, 25).expect("a day") + Days::new(self.rng.random_range(0..22_000)),
        })
    }

    fn int(&mut self, extremes: bool) -> V {
        V::Int(match self.rng.random_range(0..if extremes { 8 } else { 4 }) {
            0 => 30,
            1 => self.rng.random_range(-3..4),
            2 | 3 => self.rng.random_range(15..90),
            4 => i64::MAX - self.rng.random_range(0..2),
            5 => i64::MIN + self.rng.random_range(0..2),
            // Beyond 2^53 a double can't tell neighbours.
            6 => (1 << 53) + self.rng.random_range(-1..2),
            _ => i64::from(i32::MAX) + self.rng.random_range(-1..2),
        })
    }

    fn decimal(&mut self, scale: i64) -> V {
        let digits = match self.rng.random_range(0..5) {
            0 => 0,
            1 => 10_i64.pow(scale as u32) * 50 + self.rng.random_range(-1..2),
            2 => -self.rng.random_range(0..10_000),
            _ => self.rng.random_range(0..1_000_000),
        };
        V::Dec(BigDecimal::new(BigInt::from(digits), scale))
    }

    fn float(&mut self, infinite: bool) -> V {
        V::Float(match self.rng.random_range(0..14) {
            0 => 0.0,
            1 => -0.0,
            2 => f64::NAN,
            3 if infinite => f64::INFINITY,
            4 if infinite => f64::NEG_INFINITY,
            5 => 0.3,
            6 => 0.1 + 0.2,
            7 => f64::from_bits(1),
            8 => 1e16,
            9 => 30.0,
            10 => self.rng.random_range(-2..60) as f64 / 10.0,
            _ => self.rng.random_range(-1.0..100.0),
        })
    }

    fn list(&mut self) -> V {
        let n = self.rng.random_range(0..5);
        let item = |make: &mut Self| {
            if make.rng.random_bool(0.08) { String::new() } else { pick(&mut make.rng, &LABELS).to_owned() }
        };
        V::List((0..n).map(|_| item(self)).collect())
    }

    fn contacts(&mut self) -> RawTable {
        let columns = [
            ("email", Phys::Text),
            ("name", Phys::Text),
            ("status", Phys::Text),
            ("labels", Phys::List),
            ("source", Phys::Text),
            ("subscribed_at", Phys::Micros),
            ("funnel_status", Phys::Text),
            ("lost", Phys::Bool),
            ("account_state", Phys::Text),
            ("stage_since", Phys::Micros),
            ("last_open", Phys::Micros),
            ("last_click", Phys::Millis),
            ("city", Phys::Text),
            ("nick", Phys::Text),
            ("tier", Phys::Text),
            ("age", Phys::Int32),
            ("big", Phys::Int64),
            ("spend", Phys::Decimal(2)),
            ("rate", Phys::Decimal(5)),
            ("score", Phys::Float),
            ("weight", Phys::Float),
            ("birthday", Phys::Day),
            ("joined", Phys::Day),
            ("opted", Phys::Bool),
            ("seen", Phys::LocalMicros),
            ("hobbies", Phys::List),
        ];
        // The key stays; one in ten of the others isn't there.
        let kept: Vec<(&str, Phys)> =
            columns.into_iter().filter(|it| it.0 == "email" || !self.rng.random_bool(0.1)).collect();
        let mut people: Vec<Option<String>> = self.emails.clone().into_iter().map(Some).collect();
        for _ in 0..people.len() / 12 + 1 {
            let at = self.rng.random_range(0..=people.len());
            let email = if self.rng.random_bool(0.2) { Some(" ".to_owned()) } else { self.email() };
            people.insert(at, email);
        }
        let rows = people.into_iter().map(|email| {
            let cell = |column: &(&str, Phys)| {
                if column.0 == "email" {
                    email.clone().map_or(V::Null, V::Text)
                } else {
                    self.contact_cell(column.0, column.1)
                }
            };
            kept.iter().map(cell).collect()
        });
        let rows = rows.collect();
        self.parts(&kept, rows)
    }

    fn contact_cell(&mut self, column: &str, phys: Phys) -> V {
        self.or_null(0.15, |make| match column {
            "status" if make.rng.random_bool(0.03) => V::text("zombie"),
            "status" => make.known(&STATUSES),
            "labels" | "hobbies" => make.list(),
            "funnel_status" if make.rng.random_bool(0.05) => V::text("lost"),
            "funnel_status" => make.known(&STAGES),
            "lost" => V::Bool(make.rng.random_bool(0.1)),
            "opted" => V::Bool(make.rng.random_bool(0.5)),
            "account_state" => V::text(if make.rng.random_bool(0.05) { "inactive" } else { "active" }),
            "tier" if make.rng.random_bool(0.05) => V::text("bronze"),
            "tier" => V::text(pick(&mut make.rng, &CHOICES)),
            "age" => make.int(false),
            "big" => make.int(true),
            "spend" => make.decimal(2),
            "rate" => make.decimal(5),
            "score" | "weight" => make.float(true),
            "birthday" | "joined" => make.day(),
            "subscribed_at" | "stage_since" | "last_open" | "last_click" | "seen" => make.time_cell(phys),
            _ => make.text(),
        })
    }

    fn activity(&mut self, n: usize) -> RawTable {
        let columns = [
            ("email", Phys::Text),
            ("kind", Phys::Text),
            ("at", Phys::Micros),
            ("amount", Phys::Decimal(2)),
            ("qty", Phys::Int32),
            ("bytes", Phys::Int64),
            ("weight", Phys::Float),
            ("sku", Phys::Text),
            ("paid", Phys::Bool),
            ("due", Phys::Day),
            ("tags", Phys::List),
        ];
        let mut rows: Vec<Vec<V>> = Vec::new();
        for _ in 0..n {
            let mut row: Vec<V> = columns.iter().map(|it| self.activity_cell(it.0)).collect();
            if let Some(before) = rows.last().filter(|_| self.rng.random_bool(0.3)).cloned() {
                // The same contact again: at the same time, or at an edge of `within`.
                row[0] = before[0].clone();
                row[2] = match before[2] {
                    V::Instant(at) => V::Instant(self.after(at)),
                    _ => V::Null,
                };
                if self.rng.random_bool(0.5) {
                    // The same again in amount and number: a sum counts both.
                    row[3..7].clone_from_slice(&before[3..7]);
                }
            }
            rows.push(row);
        }
        self.parts(&columns, rows)
    }

    /// A time that stands to another as sequences ask.
    fn after(&mut self, at: i64) -> i64 {
        let clock = OracleClock { now_us: self.now_us, tz: self.zone() };
        let (n, unit) = pick_copy(&mut self.rng, &REACHES);
        let beside = pick_copy(&mut self.rng, &[-1, 0, 1]);
        if self.rng.random_bool(0.3) { at + beside.max(0) } else { clock.shift(at, n, unit) + beside }
    }

    fn activity_cell(&mut self, column: &str) -> V {
        match column {
            "email" => self.email_cell(),
            "kind" => match self.rng.random_range(0..50) {
                0 => V::Null,
                1 => V::text("registration"),
                2 => V::text("stage_change"),
                3 => V::text("PURCHASE"),
                4..22 => V::text("purchase"),
                _ => V::text(pick(&mut self.rng, &KINDS)),
            },
            "at" => self.or_null(0.02, |make| V::Instant(make.instant())),
            _ => self.or_null(0.12, |make| match column {
                "amount" => make.decimal(2),
                "qty" => make.int(false),
                // Sums of these don't fit 64 bits.
                "bytes" => make.int(true),
                "weight" => make.float(false),
                "paid" => V::Bool(make.rng.random_bool(0.5)),
                "due" => make.day(),
                "tags" => make.list(),
                _ => make.text(),
            }),
        }
    }

    fn registrations(&mut self, n: usize) -> RawTable {
        let time = if self.rng.random_bool(0.5) { Phys::LocalMicros } else { Phys::Micros };
        let columns = [
            ("email", Phys::Text),
            ("event", Phys::Text),
            ("state", Phys::Text),
            ("registered_at", time),
            ("product", Phys::Text),
            ("coupon", Phys::Text),
            ("amount", Phys::Decimal(2)),
            ("currency", Phys::Text),
            ("paid_at", time),
            ("attended_at", time),
        ];
        let cell = |make: &mut Self, column: &str| match column {
            "email" => make.email_cell(),
            "event" => {
                let event = pick(&mut make.rng, &EVENTS);
                V::text(if make.rng.random_bool(0.1) { event.to_lowercase() } else { event.to_owned() })
            }
            "state" => make.known(&STATES),
            "registered_at" => make.or_null(0.02, |make| make.time_cell(time)),
            "amount" => make.or_null(0.2, |make| make.decimal(2)),
            "paid_at" | "attended_at" => make.or_null(0.3, |make| make.time_cell(time)),
            _ => make.or_null(0.3, Self::text),
        };
        let rows = (0..n).map(|_| columns.iter().map(|it| cell(self, it.0)).collect()).collect();
        self.parts(&columns, rows)
    }

    fn journey(&mut self, n: usize) -> RawTable {
        let columns = [
            ("email", Phys::Text),
            ("at", Phys::Micros),
            ("from_stage", Phys::Text),
            ("to_stage", Phys::Text),
            ("lost", Phys::Bool),
            ("cause", Phys::Text),
            ("operator", Phys::Text),
        ];
        let cell = |make: &mut Self, column: &str| match column {
            "email" => make.email_cell(),
            "at" => V::Instant(make.instant()),
            "from_stage" => make.or_null(0.3, |make| make.known(&STAGES)),
            "to_stage" => make.known(&STAGES),
            "lost" => make.or_null(0.5, |make| V::Bool(make.rng.random_bool(0.5))),
            "cause" => V::text(pick(&mut make.rng, &["manual", "label", "default", "inactive"])),
            _ => make.or_null(0.5, Self::text),
        };
        let rows = (0..n).map(|_| columns.iter().map(|it| cell(self, it.0)).collect()).collect();
        self.parts(&columns, rows)
    }

    fn visitors(&mut self, n: usize) -> RawTable {
        let columns = [
            ("visitor_id", Phys::Text),
            ("audience", Phys::Text),
            ("email", Phys::Text),
            ("push", Phys::Text),
            ("first_seen", Phys::Micros),
            ("last_seen", Phys::Millis),
            ("pages", Phys::Int32),
            ("device", Phys::Text),
        ];
        let cell = |make: &mut Self, column: &str| match column {
            "visitor_id" => V::text(format!("v{}", make.rng.random_range(0..n.max(1) * 2))),
            "audience" => V::text(pick(&mut make.rng, &AUDIENCES)),
            "email" => make.or_null(0.3, Self::email_cell),
            "push" => make.or_null(0.3, |make| make.known(&PUSH)),
            "first_seen" => make.or_null(0.1, |make| make.time_cell(Phys::Micros)),
            "last_seen" => make.or_null(0.1, |make| make.time_cell(Phys::Millis)),
            "pages" => make.or_null(0.1, |make| make.int(false)),
            _ => make.or_null(0.2, Self::text),
        };
        let rows = (0..n).map(|_| columns.iter().map(|it| cell(self, it.0)).collect()).collect();
        self.parts(&columns, rows)
    }

    /// One to three parts, of types that widen into each other, in differing orders of columns.
    fn parts(&mut self, columns: &[(&str, Phys)], rows: Vec<Vec<V>>) -> RawTable {
        let n_parts = pick_copy(&mut self.rng, &[1, 1, 2, 3]);
        let mut table = RawTable { columns: columns.iter().map(|it| it.0.to_owned()).collect(), parts: Vec::new() };
        let n_rows = rows.len();
        let mut rows = rows.into_iter();
        for i in 1..=n_parts {
            let take = n_rows * i / n_parts - n_rows * (i - 1) / n_parts;
            let rows: Vec<Vec<V>> = rows.by_ref().take(take).collect();
            let mut order: Vec<usize> = (0..columns.len()).collect();
            for at in (1..order.len()).rev() {
                order.swap(at, self.rng.random_range(0..=at));
            }
            let phys = columns.iter().enumerate().map(|(c, it)| self.widen(it.1, rows.iter().map(|row| &row[c])));
            let phys = phys.collect();
            let group_rows = pick_copy(&mut self.rng, &[7, 50, 100_000]);
            table.parts.push(RawPart { phys, order, rows, group_rows });
        }
        table
    }

    /// A type that holds the values and reads as the same.
    fn widen<'a>(&mut self, phys: Phys, mut values: impl Iterator<Item = &'a V>) -> Phys {
        match phys {
            Phys::Text => pick_copy(&mut self.rng, &[Phys::Text, Phys::LargeText, Phys::DictText]),
            Phys::Int32 => pick_copy(&mut self.rng, &[Phys::Int32, Phys::Int64]),
            Phys::Micros if values.all(|it| !matches!(it, V::Instant(us) if us % 1_000 != 0)) => Phys::Millis,
            Phys::Millis => pick_copy(&mut self.rng, &[Phys::Millis, Phys::Micros]),
            Phys::LargeText
            | Phys::DictText
            | Phys::Int64
            | Phys::Decimal(_)
            | Phys::Float
            | Phys::Bool
            | Phys::Day
            | Phys::Micros
            | Phys::LocalMicros
            | Phys::List => phys,
        }
    }
}

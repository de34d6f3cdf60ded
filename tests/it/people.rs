//! The tiny books of the goldens, written by hand. Nobody in them exists.
//!
//! `people`: twelve contacts around 2026-11-20T09:00:00Z, a Friday, 16:00 in Jakarta, the book's zone.
//! `samoa`: two contacts at the end of a year.

use bigdecimal::BigDecimal;
use chrono::DateTime;

use crate::oracle::book::day;
use crate::raw::{Phys, RawBook, RawField, RawTable};
use crate::value::V;

/// The book of a name.
pub fn book(name: &str) -> RawBook {
    match name {
        "people" => people(),
        "empty" => RawBook { contacts: RawTable::one(&CONTACTS[..2], Vec::new()), ..people_without_records() },
        "samoa" => samoa(),
        other => panic!("no book is called {other}"),
    }
}

/// Noon there, on the last days but one of a year and the last.
fn samoa() -> RawBook {
    let joined = |email: &str, at_utc: &str| vec![V::text(email), at(at_utc)];
    let contacts =
        vec![joined("thirtieth@s.example", "2015-12-29T22:00:00Z"), joined("last@s.example", "2015-12-30T22:00:00Z")];
    RawBook {
        zone: "Pacific/Apia".to_owned(),
        contacts: RawTable::one(&[("email", Phys::Text), ("joined", Phys::Micros)], contacts),
        ..RawBook::default()
    }
}

const CONTACTS: [(&str, Phys); 21] = [
    ("email", Phys::Text),
    ("name", Phys::Text),
    ("status", Phys::DictText),
    ("labels", Phys::List),
    ("city", Phys::Text),
    ("nick", Phys::Text),
    ("age", Phys::Int64),
    ("orders", Phys::Int32),
    ("spend", Phys::Decimal(2)),
    ("score", Phys::Float),
    ("tier", Phys::Text),
    ("birthday", Phys::Day),
    ("joined", Phys::Micros),
    ("wall", Phys::LocalMicros),
    ("funnel_status", Phys::Text),
    ("lost", Phys::Bool),
    ("account_state", Phys::Text),
    ("last_open", Phys::Micros),
    ("last_click", Phys::Micros),
    ("opted", Phys::Bool),
    ("in", Phys::Text),
];

fn people_without_records() -> RawBook {
    RawBook {
        zone: "Asia/Jakarta".to_owned(),
        segments: "segment vip \"VIP customers\": status = active and label = vip;\n\
                   segment young: age < 31;\n\
                   segment both: @vip and @young;\n\
                   segment ring_a: @ring_b;\nsegment ring_b: not @ring_a;\n\
                   segment broken: aeg > 3;\n"
            .to_owned(),
        ..RawBook::default()
    }
}

fn people() -> RawBook {
    RawBook {
        fields: vec![
            RawField {
                tag: "tier".to_owned(),
                display: Some("Customer Tier".to_owned()),
                choices: Some(["free", "silver", "gold"].map(str::to_owned).to_vec()),
                index: None,
            },
            RawField { tag: "spend".to_owned(), display: Some("Life Spend".to_owned()), ..RawField::default() },
        ],
        contacts: RawTable::one(&CONTACTS, contacts()),
        activity: Some(activity()),
        registrations: Some(registrations()),
        journey: Some(journey()),
        visitors: Some(visitors()),
        lists: [
            ("invited.csv", "email\nANA@a.example\n kiki@k.example \nnobody@x.example\n"),
            ("strangers.csv", "email\nnobody@x.example\n"),
        ]
        .map(|(path, content)| (path.to_owned(), content.to_owned()))
        .to_vec(),
        ..people_without_records()
    }
}

fn contacts() -> Vec<Vec<V>> {
    vec![
        // Replaced whole by the last row.
        contact("Lina@b.example", &[("age", V::Int(99)), ("city", V::text("Medan"))]),
        contact(
            "ana@a.example",
            &[
                ("name", V::text("Ana")),
                ("status", V::text("active")),
                ("labels", list(&["vip", "newsletter"])),
                ("city", V::text("Bandung")),
                ("nick", V::text("bandung")),
                ("age", V::Int(30)),
                ("orders", V::Int(3)),
                ("spend", dec("100.00")),
                ("score", V::Float(0.3)),
                ("tier", V::text("gold")),
                ("birthday", day("1992-02-29")),
                ("joined", at("2026-02-07T17:00:00Z")),
                ("wall", wall("2026-02-08T00:00:00")),
                ("funnel_status", V::text("customer")),
                // Exactly 30 days before now.
                ("last_open", at("2026-10-21T09:00:00Z")),
                ("last_click", at("2026-10-21T09:00:00.000001Z")),
                ("opted", V::Bool(true)),
                ("in", V::text("or")),
            ],
        ),
        contact(
            "budi@a.example",
            &[
                ("name", V::text("Budi \"B\"")),
                ("status", V::text("ACTIVE")),
                ("labels", list(&["VIP", "vip", ""])),
                ("city", V::text("BANDUNG")),
                ("age", V::Int(31)),
                ("orders", V::Int(31)),
                ("spend", dec("99.99")),
                ("score", V::Float(0.1 + 0.2)),
                ("tier", V::text("Free")),
                ("birthday", day("1990-11-20")),
                ("joined", at("2026-02-07T16:59:59.999999Z")),
                ("wall", wall("2026-02-07T23:59:59")),
                ("funnel_status", V::text("Engaged")),
                // A microsecond before.
                ("last_open", at("2026-10-21T08:59:59.999999Z")),
                ("last_click", at("2026-10-21T08:59:59.999999Z")),
                ("opted", V::Bool(false)),
            ],
        ),
        contact(
            "citra@b.example",
            &[
                ("status", V::text("pending")),
                ("labels", list(&[])),
                ("city", V::text("jakarta")),
                ("nick", V::text("Jakarta")),
                ("age", V::Int(18)),
                ("score", V::Float(-0.0)),
                ("tier", V::text("silver")),
                ("birthday", day("1985-11-27")),
                ("joined", at("2026-02-08T16:59:59.999999Z")),
                // Now.
                ("last_open", at("2026-11-20T09:00:00Z")),
            ],
        ),
        contact(
            "dewi@b.example",
            &[
                ("status", V::text("unsubscribed")),
                ("city", V::text("")),
                ("nick", V::text("")),
                ("spend", dec("0.00")),
                ("score", V::Float(f64::INFINITY)),
                ("birthday", day("2000-11-28")),
                ("joined", at("2026-02-08T17:00:00Z")),
                ("funnel_status", V::text("loyal customer")),
                ("lost", V::Bool(true)),
                ("opted", V::Bool(true)),
            ],
        ),
        contact(
            "eka@a.example",
            &[
                ("status", V::text("Hard Bounce")),
                ("labels", list(&["press", "", "Press"])),
                ("age", V::Int(65)),
                ("spend", dec("-25.50")),
                ("score", V::Float(f64::NAN)),
                ("tier", V::text("bronze")),
                ("funnel_status", V::text("lost")),
                // Midnight in Jakarta: today's first instant.
                ("last_open", at("2026-11-19T17:00:00Z")),
                ("opted", V::Bool(false)),
            ],
        ),
        contact(
            "fajar@b.example",
            &[
                ("labels", list(&["newsletter"])),
                ("city", V::text("İzmir")),
                ("age", V::Int(30)),
                ("spend", dec("1000.01")),
                ("score", V::Float(1e16)),
                ("tier", V::text("GOLD")),
                ("birthday", day("1992-02-28")),
                ("funnel_status", V::text("promoter")),
                ("account_state", V::text("inactive")),
                // Yesterday's last instant in Jakarta.
                ("last_open", at("2026-11-19T16:59:59.999999Z")),
            ],
        ),
        contact(
            "gita@c.example",
            &[
                ("status", V::text("active")),
                ("labels", list(&["50%_off", "CAFÉ"])),
                ("city", V::text("GIEẞEN")),
                ("nick", V::text("giessen")),
                ("age", V::Int(40)),
                ("spend", dec("5.00")),
                ("score", V::Float(0.5)),
                ("birthday", day("1970-01-01")),
                ("funnel_status", V::text("customer")),
                ("last_open", at("2026-10-31T17:00:00Z")),
                ("opted", V::Bool(true)),
            ],
        ),
        contact(
            "hadi@c.example",
            &[
                ("status", V::text("active")),
                ("city", V::text("Jakarta Selatan")),
                ("age", V::Int(17)),
                ("funnel_status", V::text("aware")),
                ("last_open", at("2026-10-31T16:59:59.999999Z")),
            ],
        ),
        contact(
            "indra@c.example",
            &[
                ("status", V::text("active")),
                ("city", V::text("Sa\u{303}o Paulo")),
                ("nick", V::text("100%")),
                ("last_open", at("2026-12-01T00:00:00Z")),
            ],
        ),
        contact(
            "joko@c.example",
            &[("status", V::text("zombie")), ("city", V::text("São Paulo")), ("nick", V::text("line\nbreak"))],
        ),
        contact("kiki@k.example", &[]),
        contact(" LINA@B.example\u{a0}", &[("status", V::text("active")), ("city", V::text("ΣΊΣΥΦΟΣ"))]),
        contact("  ", &[("age", V::Int(1))]),
    ]
}

fn activity() -> RawTable {
    let columns = [
        ("email", Phys::Text),
        ("kind", Phys::Text),
        ("at", Phys::Micros),
        ("amount", Phys::Decimal(2)),
        ("weight", Phys::Float),
        ("sku", Phys::Text),
    ];
    let rows = vec![
        record("ana", "purchase", "2026-11-20T08:00:00Z", &[("amount", dec("50.00")), ("sku", V::text("A"))], &columns),
        // Exactly 90 days before now.
        record(
            "ANA",
            "Purchase",
            "2026-08-22T09:00:00Z",
            &[("amount", dec("60.00")), ("sku", V::text("B-1"))],
            &columns,
        ),
        record("ana", "purchase", "2025-01-01T00:00:00Z", &[], &columns),
        // A microsecond more than 90 days before now.
        record(
            "budi",
            "purchase",
            "2026-08-22T08:59:59.999999Z",
            &[("amount", dec("50.01")), ("sku", V::text("a"))],
            &columns,
        ),
        record("citra", "email_open", "2026-11-20T08:00:00Z", &[], &columns),
        // Ahead of now.
        record(
            "dewi",
            "purchase",
            "2026-11-21T00:00:00Z",
            &[("amount", dec("10.00")), ("sku", V::text("C"))],
            &columns,
        ),
        // Two at the same time.
        record("gita", "purchase", "2026-11-01T00:00:00Z", &[("amount", dec("5.00")), ("sku", V::text("x"))], &columns),
        record("gita", "purchase", "2026-11-01T00:00:00Z", &[("amount", dec("7.00")), ("sku", V::text("Y"))], &columns),
        record("hadi", "add to cart", "2026-11-10T00:00:00Z", &[("amount", dec("1.00"))], &columns),
        // Exactly 7 days after.
        record("hadi", "purchase", "2026-11-17T00:00:00Z", &[("amount", dec("0.00"))], &columns),
        record("indra", "weigh", "2026-01-01T00:00:00Z", &[("weight", V::Float(1e16))], &columns),
        record("indra", "weigh", "2026-01-02T00:00:00Z", &[("weight", V::Float(1.0))], &columns),
        record("indra", "weigh", "2026-01-03T00:00:00Z", &[("weight", V::Float(-1e16))], &columns),
        record("orphan", "purchase", "2026-11-01T00:00:00Z", &[("amount", dec("9.00"))], &columns),
        record("joko", "registration", "2026-11-01T00:00:00Z", &[], &columns),
    ];
    RawTable::one(&columns, rows)
}

fn registrations() -> RawTable {
    let columns = [
        ("email", Phys::Text),
        ("event", Phys::Text),
        ("state", Phys::Text),
        ("registered_at", Phys::Micros),
        ("product", Phys::Text),
        ("amount", Phys::Decimal(2)),
        ("attended_at", Phys::Micros),
    ];
    let row = |who: &str, event: &str, state: &str, registered: &str, rest: &[(&str, V)]| {
        let mut cells = vec![("event", V::text(event)), ("state", V::text(state)), ("registered_at", at(registered))];
        cells.extend_from_slice(rest);
        cells.push(("email", V::text(email(who))));
        fill(&columns, &cells)
    };
    let rows = vec![
        // A purchase follows after exactly 7 days.
        row(
            "ana",
            "Growth Webinar",
            "attended",
            "2026-11-13T08:00:00Z",
            &[("product", V::text("vip")), ("amount", dec("20.00")), ("attended_at", at("2026-11-15T03:00:00Z"))],
        ),
        row("budi", "growth webinar", "Registered", "2026-11-01T00:00:00Z", &[("amount", dec("0.00"))]),
        row("citra", "Growth Webinar", "cancelled", "2026-11-02T00:00:00Z", &[]),
        row("fajar", "Meetup", "attended", "2026-05-01T00:00:00Z", &[]),
        row("gita", "Growth Webinar 2", "registered", "2026-10-25T00:00:00Z", &[("product", V::text("vip"))]),
    ];
    RawTable::one(&columns, rows)
}

fn journey() -> RawTable {
    let columns = [
        ("email", Phys::Text),
        ("at", Phys::Micros),
        ("from_stage", Phys::Text),
        ("to_stage", Phys::Text),
        ("lost", Phys::Bool),
        ("cause", Phys::Text),
    ];
    let row = |who: &str, when: &str, from: V, to: &str, lost: V| {
        let cells = [
            ("email", V::text(email(who))),
            ("at", at(when)),
            ("from_stage", from),
            ("to_stage", V::text(to)),
            ("lost", lost),
        ];
        fill(&columns, &cells)
    };
    let rows = vec![
        row("ana", "2026-01-01T00:00:00Z", V::Null, "engaged", V::Null),
        row("ana", "2026-10-25T00:00:00Z", V::text("engaged"), "customer", V::Null),
        row("budi", "2026-06-01T00:00:00Z", V::Null, "engaged", V::Null),
        row("dewi", "2026-02-01T00:00:00Z", V::text("engaged"), "loyal_customer", V::Null),
        // Becoming lost keeps the stage and is no move.
        row("dewi", "2026-09-01T00:00:00Z", V::text("loyal_customer"), "Loyal Customer", V::Bool(true)),
        row("fajar", "2026-04-01T00:00:00Z", V::text("customer"), "promoter", V::Null),
        row("gita", "2026-03-01T00:00:00Z", V::Null, "customer", V::Null),
        row("gita", "2026-05-01T00:00:00Z", V::text("customer"), "engaged", V::Null),
    ];
    RawTable::one(&columns, rows)
}

fn visitors() -> RawTable {
    let columns = [
        ("visitor_id", Phys::Text),
        ("audience", Phys::Text),
        ("email", Phys::Text),
        ("push", Phys::Text),
        ("last_seen", Phys::Micros),
        ("pages", Phys::Int64),
    ];
    let row = |id: &str, audience: &str, who: V, push: V, pages: V| {
        let cells = [
            ("visitor_id", V::text(id)),
            ("audience", V::text(audience)),
            ("email", who),
            ("push", push),
            ("pages", pages),
        ];
        fill(&columns, &cells)
    };
    let rows = vec![
        // Of equal ids the last row stays.
        row("v1", "Checkout", V::Null, V::Null, V::Int(1)),
        row("v1", "Pricing page", V::text("Ana@a.example"), V::text("granted"), V::Int(20)),
        row("v2", "Checkout", V::text("ana@a.example"), V::text("blocked"), V::Int(5)),
        row("v3", "pricing page", V::Null, V::text("granted"), V::Int(3)),
        row("v4", "Pricing page", V::text("budi@a.example"), V::Null, V::Int(7)),
        row("v5", "Checkout", V::text("nobody@x.example"), V::text("Unsubscribed"), V::Null),
    ];
    RawTable::one(&columns, rows)
}

fn contact(email: &str, cells: &[(&str, V)]) -> Vec<V> {
    let mut all = cells.to_vec();
    all.push(("email", V::text(email)));
    fill(&CONTACTS, &all)
}

fn record(who: &str, kind: &str, when: &str, cells: &[(&str, V)], columns: &[(&str, Phys)]) -> Vec<V> {
    let mut all = cells.to_vec();
    all.extend([("email", V::text(email(who))), ("kind", V::text(kind)), ("at", at(when))]);
    fill(columns, &all)
}

/// A row with these cells, the others missing.
fn fill(columns: &[(&str, Phys)], cells: &[(&str, V)]) -> Vec<V> {
    for (name, _) in cells {
        assert!(columns.iter().any(|it| it.0 == *name), "no column {name}");
    }
    let cell = |name: &str| cells.iter().find(|it| it.0 == name).map_or(V::Null, |it| it.1.clone());
    columns.iter().map(|it| cell(it.0)).collect()
}

fn email(who: &str) -> String {
    let domain = match who.to_lowercase().as_str() {
        "ana" | "budi" | "eka" => "a",
        "citra" | "dewi" | "fajar" | "lina" => "b",
        "kiki" => "k",
        "orphan" => "x",
        _ => "c",
    };
    format!("{who}@{domain}.example")
}

fn list(items: &[&str]) -> V {
    V::List(items.iter().map(|it| (*it).to_owned()).collect())
}

fn dec(text: &str) -> V {
    V::Dec(text.parse::<BigDecimal>().unwrap())
}

fn at(text: &str) -> V {
    V::Instant(text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp_micros())
}

fn wall(text: &str) -> V {
    V::Local(text.parse::<chrono::NaiveDateTime>().unwrap().and_utc().timestamp_micros())
}

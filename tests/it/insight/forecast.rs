//! `forecast` against the oracle: the filter, and each of its conditions, by each later clock.

use std::collections::BTreeSet;

use segql::engine::insight::{Forecast, ForecastOptions, ForecastTurn};
use segql::model::{Cell, TimeUnit};

use super::books::{Opened, open};
use super::help::run;
use crate::oracle::OracleClock;
use crate::subject;

const DAYS: u32 = 9;

type People = BTreeSet<String>;

#[test]
fn each_day_is_the_filter_at_that_time() {
    let (mut n_entered, mut n_left, mut n_of_visitors, mut n_by_several) = (0, 0, 0, 0);
    for seed in 0..14 {
        let book = open(130_000 + seed, 120);
        for i in 0..16 {
            let mut writer = book.writer(seed * 100 + i);
            let text = match i {
                0..4 if !book.oracle.visitor_fields.is_empty() => {
                    format!(
                        "from visitors last_seen in last {} days or not push is empty and first_seen > {} hours ago",
                        2 * i + 1,
                        30 * i + 1
                    )
                }
                _ => writer.contact_filter(2),
            };
            let clock = writer.clock();
            let wanted = ForecastOptions { days: DAYS, keys: true };
            let forecast = book.engine.forecast(&text, &wanted, &book.options(clock)).unwrap();
            let moved = check(&book, &text, &forecast, &clock);
            n_entered += moved[0];
            n_left += moved[1];
            n_by_several += moved[2];
            if text.starts_with("from visitors") {
                n_of_visitors += moved[0] + moved[1];
            }
        }
    }
    println!(
        "{n_entered} entered, {n_left} left, {n_of_visitors} of them visitors; {n_by_several} by several conditions"
    );
    assert!(n_entered > 200 && n_left > 200 && n_of_visitors > 40 && n_by_several > 5);
}

/// How many entered, left, and counted for more than one condition.
fn check(book: &Opened, text: &str, forecast: &Forecast, clock: &OracleClock) -> [u64; 3] {
    let query = subject::parse(text).unwrap();
    let from = query.from.as_ref().map(|it| it.text.as_str());
    let conditions = book.conditions(&query.filter);
    assert_eq!(forecast.conditions.len(), conditions.len(), "{text}");
    let everyone: People = if from.is_some() { &book.oracle.visitors } else { &book.oracle.contacts }
        .iter()
        .map(|it| it.key.clone())
        .collect();
    // Who matches, and of whom each condition holds with its `not`.
    let at = |clock: &OracleClock| -> (People, Vec<People>) {
        let signed = conditions.iter().map(|(expr, negated)| {
            let people = book.people(from, expr, clock);
            if *negated { everyone.difference(&people).cloned().collect() } else { people }
        });
        (book.people(from, &query.filter, clock), signed.collect())
    };
    let (mut before, mut held) = at(clock);
    assert_eq!((forecast.count, forecast.everyone), (before.len() as u64, everyone.len() as u64), "{text}");
    assert_eq!((forecast.now.clone(), forecast.days.len()), (Cell::Instant(clock.now_us), DAYS as usize));
    let mut moved = [0; 3];
    let mut totals = vec![[0, 0]; conditions.len()];
    for (n, day) in (1..).zip(&forecast.days) {
        let clock = OracleClock { now_us: clock.shift(clock.now_us, n, TimeUnit::Day), ..*clock };
        let (now, holds) = at(&clock);
        assert_eq!((&day.now, day.count), (&Cell::Instant(clock.now_us), now.len() as u64), "{text}, day {n}");
        let turns = [(&day.entered, &now, &before, &holds, &held), (&day.left, &before, &now, &held, &holds)];
        for (which, (turn, people, others, there, absent)) in turns.into_iter().enumerate() {
            let wanted: People = people.difference(others).cloned().collect();
            let by: Vec<u64> = there
                .iter()
                .zip(absent)
                .map(|(there, absent)| {
                    wanted.iter().filter(|it| there.contains(*it) && !absent.contains(*it)).count() as u64
                })
                .collect();
            is_told(turn, &wanted, &by, text);
            moved[which] += turn.count;
            moved[2] += by.iter().sum::<u64>() - turn.count;
            by.iter().zip(&mut totals).for_each(|(n, total)| total[which] += n);
        }
        (before, held) = (now, holds);
    }
    let told: Vec<[u64; 2]> = forecast.conditions.iter().map(|it| [it.entered, it.left]).collect();
    assert_eq!(told, totals, "{text}");
    moved
}

fn is_told(turn: &ForecastTurn, wanted: &People, by: &[u64], text: &str) {
    assert_eq!(turn.keys.as_ref().unwrap(), &wanted.iter().cloned().collect::<Vec<_>>(), "{text}");
    assert_eq!(turn.count, wanted.len() as u64);
    let mut found = vec![0; by.len()];
    turn.by.iter().for_each(|it| found[it.condition] = it.count);
    assert_eq!(found, by, "{text}");
    assert!(turn.by.iter().all(|it| it.count > 0) && turn.by.is_sorted_by_key(|it| it.condition));
    // Nobody enters or leaves by nothing.
    assert!(by.iter().sum::<u64>() >= turn.count, "{text}");
}

/// The command's JSON against `query` at each later time.
#[test]
fn the_command_counts_what_query_counts_later() {
    const FILTER: &str = "'did purchase in last 30 days and not did purchase in last 7 days'";
    let asked = "--days 5 --keys --format json";
    let json = run(&format!("segql forecast --book data/cdnow --now 1998-06-20T12:00:00Z {asked} {FILTER}"));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let listed = |day: u32| -> People {
        let now = format!("--now 1998-06-{:02}T12:00:00Z", 20 + day);
        run(&format!("segql query --book data/cdnow {now} --format ids {FILTER}")).lines().map(str::to_owned).collect()
    };
    let mut before = listed(0);
    assert_eq!(json["count"], before.len());
    let keys = |turn: &serde_json::Value| -> People {
        turn["keys"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let mut n_moved = 0;
    for (n, day) in (1..).zip(json["days"].as_array().unwrap()) {
        let now = listed(n);
        assert_eq!(day["count"], now.len());
        assert_eq!(keys(&day["entered"]), now.difference(&before).cloned().collect());
        assert_eq!(keys(&day["left"]), before.difference(&now).cloned().collect());
        n_moved += now.symmetric_difference(&before).count();
        before = now;
    }
    assert!(n_moved > 100, "{n_moved}");
}

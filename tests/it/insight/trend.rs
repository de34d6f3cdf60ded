//! `trend` against the oracle: each book at each time; and the command against `query`.

use segql::model::{Cell, TimeUnit};

use super::books::open_two;
use super::help::run;
use crate::oracle::OracleClock;
use crate::subject;

#[test]
fn each_point_counts_the_filter_then_and_there() {
    let (mut n_points, mut n_changes) = (0, 0);
    for seed in 0..6 {
        let books = open_two(160_000 + seed, 80);
        for i in 0..10 {
            let mut writer = books[1].writer(seed * 100 + i);
            let text = writer.sentence();
            let clock = writer.clock();
            let shifts: [i64; 4] = [0, -30, 7, -1];
            let nows = shifts.map(|days| clock.shift(clock.now_us, days, TimeUnit::Day));
            let mut trend = books[0].engine.trend(&text, &nows, &books[0].options(clock)).unwrap();
            trend.append(books[1].engine.trend(&text, &[], &books[1].options(clock)).unwrap());
            let query = subject::parse(&text).unwrap();
            let from = query.from.as_ref().map(|it| it.text.as_str());
            let asked = nows.iter().map(|now| (&books[0], *now)).chain([(&books[1], clock.now_us)]);
            assert_eq!(trend.points.len(), 5);
            for (point, (book, now_us)) in trend.points.iter().zip(asked) {
                let people = book.people(from, &query.filter, &OracleClock { now_us, ..clock });
                assert_eq!((point.count, &point.now), (people.len() as u64, &Cell::Instant(now_us)), "{text}");
                n_points += 1;
            }
            n_changes += trend.points.windows(2).filter(|it| it[0].count != it[1].count).count();
        }
    }
    assert!(n_points == 300 && n_changes > 15, "{n_points}, {n_changes}");
}

const NOWS: [&str; 3] = ["1998-05-01", "1998-06-01", "1998-07-01T12:00:00Z"];

/// Of one book each time, of several each its own, or all at one; another number is refused.
#[test]
fn the_command_counts_what_query_counts() {
    let count = |now: &str| -> u64 {
        run(&format!("segql query --book data/cdnow --now {now} --format count @win_back")).trim().parse().unwrap()
    };
    let trend = |books: usize, nows: &[&str]| -> Vec<(u64, String)> {
        let books = "--book data/cdnow ".repeat(books);
        let nows: String = nows.iter().map(|it| format!("--now {it} ")).collect();
        let json = run(&format!("segql trend {books}{nows}--format json @win_back"));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let points = json["points"].as_array().unwrap().iter();
        points.map(|it| (it["count"].as_u64().unwrap(), it["now"].as_str().unwrap().to_owned())).collect()
    };
    let wanted: Vec<(u64, String)> = NOWS
        .iter()
        .map(|now| (count(now), if now.contains('T') { (*now).to_owned() } else { format!("{now}T00:00:00Z") }))
        .collect();
    assert_eq!(trend(1, &NOWS), wanted);
    assert_eq!(trend(3, &NOWS), wanted);
    assert_eq!(trend(2, &NOWS[..1]), [wanted[0].clone(), wanted[0].clone()]);
    assert!(wanted[0].0 != wanted[2].0);
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_segql"))
        .args([
            "trend",
            "--book",
            "a",
            "--book",
            "b",
            "--now",
            "1998-05-01",
            "--now",
            "1998-06-01",
            "--now",
            "1998-07-01",
            "everyone",
        ])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

/// The picture has a point for each time, texts escaped; a file that is there stays.
#[test]
fn the_picture_shows_each_point() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("trend.svg");
    let line = |filter: &str| {
        let nows: String = NOWS.iter().map(|it| format!("--now {it} ")).collect();
        format!("segql trend --book data/cdnow {nows}--svg {} '{filter}'", path.display())
    };
    run(&line("subscribed_at > 400 days ago and orders<2"));
    let picture = std::fs::read_to_string(&path).unwrap();
    assert_eq!((picture.matches("<circle").count(), picture.matches("<polyline").count()), (3, 1));
    assert!(picture.contains("orders&lt;2") && !picture.contains("orders<2"), "{picture}");
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_segql"))
        .args(["trend", "--book", "data/cdnow", "--svg", path.to_str().unwrap(), "nobody"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), picture);
}

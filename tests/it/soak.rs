//! Questions and reloads in one process, for as long as is asked: every answer is the serial one.
//!
//! `tests/faults/soak.py` goes on for half an hour, and looks at memory and handles as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use segql::engine::{Engine, ImageUse, OpenOptions, QueryOptions};

use crate::oracle::book::OracleBook;
use crate::random::book::random_book;
use crate::random::filter::FilterWriter;

const N_ROUNDS: usize = 8;
const N_SENTENCES: u64 = 60;
const N_ASKERS: usize = 3;

/// A sentence, and how it is read.
struct Question {
    text: String,
    options: QueryOptions,
}

fn open(book: &Path, round: usize) -> Engine {
    // From the files, from an image, and with other threads and shards in turn.
    let image = if round.is_multiple_of(2) { ImageUse::Never } else { ImageUse::Always };
    let shard_rows = [None, Some(64)][round / 2 % 2];
    let options = OpenOptions { image, shard_rows, threads: Some(1 + round % 3), ..OpenOptions::default() };
    Engine::open(book, &options).unwrap()
}

fn answer(engine: &Engine, question: &Question) -> Vec<String> {
    let query = engine.prepare(&question.text, &question.options).unwrap();
    let keys = engine.keys(&query).unwrap();
    assert_eq!(engine.count(&query).unwrap(), keys.len() as u64, "{}", question.text);
    keys
}

#[test]
fn answers_stay_the_same_through_reloads() {
    let seconds: Option<u64> = std::env::var("SEGQL_SOAK_SECONDS").ok().and_then(|it| it.parse().ok());
    let dir = tempfile::tempdir().unwrap();
    let book = random_book(5, 600);
    book.raw.write(dir.path());
    let bare = OracleBook::read(&book.raw, Vec::new());
    let questions: Vec<Question> = (0..N_SENTENCES)
        .map(|seed| {
            let mut writer = FilterWriter::new(seed, &bare, book.now_us);
            let options = QueryOptions {
                now_us: Some(book.now_us),
                zone: Some(writer.clock().tz.name().to_owned()),
                working_dir: Some(dir.path().to_owned()),
            };
            Question { text: writer.sentence(), options }
        })
        .collect();
    let path = dir.path().join("book");
    let mut engine = open(&path, 0);
    let serial: Vec<Vec<String>> = questions.iter().map(|it| answer(&engine, it)).collect();
    let start = Instant::now();
    let (mut round, mut n_answers) = (0, 0);
    let is_over = |round| match seconds {
        Some(seconds) => start.elapsed() >= Duration::from_secs(seconds),
        None => round >= N_ROUNDS,
    };
    while !is_over(round) {
        round += 1;
        engine = thread::scope(|scope| {
            let (questions, serial, asked) = (&questions, &serial, &engine);
            for asker in 0..N_ASKERS {
                scope.spawn(move || {
                    for at in (0..questions.len()).map(|it| (it * 7 + asker * 11) % questions.len()) {
                        assert_eq!(answer(asked, &questions[at]), serial[at], "round {round}: {}", questions[at].text);
                    }
                });
            }
            // The next one is loaded while the present one is asked.
            open(&path, round)
        });
        n_answers += N_ASKERS * questions.len();
        if seconds.is_some() {
            println!("sample {:.1} {} {}", start.elapsed().as_secs_f64(), resident_kb(), n_handles());
        }
    }
    println!("{n_answers} answers, {round} reloads, none different from the serial one");
}

fn resident_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn n_handles() -> usize {
    fs::read_dir(PathBuf::from("/proc/self/fd")).map_or(0, Iterator::count)
}

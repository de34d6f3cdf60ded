//! A small random book, opened once, and whoever asks it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::OnceLock;

use segql::engine::{Engine, ImageUse, OpenOptions};
use segql::model::{Clock, Zone};
use segql::plan::{Prepared, ResolveContext, Segments};

use crate::oracle::OracleClock;
use crate::oracle::book::OracleBook;
use crate::random::book::random_book;

/// Of a book that has all its tables.
const SEED: u64 = 3;
const N_CONTACTS: usize = 24;

/// A book as the engine and the oracle have it.
pub struct World {
    pub engine: Engine,
    pub oracle: OracleBook,
    pub now_us: i64,
    lists: BTreeMap<String, String>,
}

/// The one world of this process. Its files are gone once it is there.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        quiet_hook();
        let book = random_book(SEED, N_CONTACTS);
        let dir = tempfile::tempdir().unwrap();
        book.raw.write(dir.path());
        let options =
            OpenOptions { image: ImageUse::Never, threads: Some(1), shard_rows: Some(16), ..OpenOptions::default() };
        let engine = Engine::open(&dir.path().join("book"), &options).unwrap();
        let oracle = OracleBook::read(&book.raw, Vec::new());
        World { engine, oracle, now_us: book.now_us, lists: book.raw.lists.into_iter().collect() }
    })
}

impl World {
    /// What `ask` makes of the book, read in a zone of the oracle's; only the lists of the book can be read.
    pub fn with<T>(&self, segments: &Segments, tz: chrono_tz::Tz, ask: impl FnOnce(&ResolveContext<'_>) -> T) -> T {
        let zone = Zone::named(tz.name()).unwrap();
        let read_list = |path: &Path| {
            let list = path.to_str().and_then(|it| self.lists.get(it));
            list.map(|it| it.clone().into_bytes()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        ask(&ResolveContext {
            book: self.engine.book(),
            segments,
            clock: Clock::new(self.now_us, zone),
            read_list: &read_list,
            working_dir: Path::new(""),
        })
    }

    /// The clock that the oracle goes by.
    pub fn clock(&self, tz: chrono_tz::Tz) -> OracleClock {
        OracleClock { now_us: self.now_us, tz }
    }

    /// Who matches a filter, sorted: the same by the plan as it is run and as it was written.
    pub fn keys(&self, prepared: &Prepared) -> Vec<String> {
        let mut keys = self.engine.keys(prepared).unwrap();
        keys.sort();
        assert_eq!(self.engine.count(prepared).unwrap(), keys.len() as u64, "the count isn't that of the keys");
        let mut as_written = self.engine.keys_as_written(prepared).unwrap();
        as_written.sort();
        assert_eq!(keys, as_written, "optimized, then as written");
        keys
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Under libFuzzer every panic ends the process; one of the oracle's, which only knows what the language allows, isn't one of
/// the program's.
fn quiet_hook() {
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !QUIET.get() {
            told(info);
        }
    }));
}

/// What the oracle says; none where it doesn't know.
pub fn if_known<T>(ask: impl FnOnce() -> T) -> Option<T> {
    QUIET.set(true);
    let said = panic::catch_unwind(AssertUnwindSafe(ask));
    QUIET.set(false);
    said.ok()
}

//! Images of books: what is started from one is what the files say, and nothing that isn't as it was written is believed.

use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use segql::engine::{Engine, ImageUse, OpenOptions};
use tempfile::TempDir;

use crate::image_file::{FORMAT, HEADER, SHAPE, answers, sections, sum, sum_header};
use crate::random::book::random_book;

/// A small random book.
struct Book {
    dir: TempDir,
}

impl Book {
    fn new(seed: u64, n_contacts: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        random_book(seed, n_contacts).raw.write(dir.path());
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("book")
    }

    fn image(&self) -> PathBuf {
        self.path().join(".segql/book.image")
    }

    fn open(&self, image: ImageUse) -> Engine {
        self.open_with(&OpenOptions { image, shard_rows: Some(16), threads: Some(2), ..OpenOptions::default() })
    }

    fn open_with(&self, options: &OpenOptions) -> Engine {
        Engine::open(&self.path(), options).unwrap()
    }

    /// The book's image, made anew.
    fn build(&self) -> Vec<u8> {
        let _ = fs::remove_file(self.image());
        assert!(self.open(ImageUse::Always).image().file.as_ref().is_some_and(|it| !it.was_used));
        fs::read(self.image()).unwrap()
    }

    /// A file of contacts.
    fn contacts(&self) -> PathBuf {
        let file = self.path().join("contacts.parquet");
        if file.exists() { file } else { self.path().join("contacts/part-0.parquet") }
    }
}

/// Opens the book, which must pass over its image, say so, and make the same anew.
#[track_caller]
fn is_made_anew(book: &Book, words: &str, expected: &[String], image: &[u8]) {
    let engine = book.open(ImageUse::WhereWorth);
    let note = engine.image().note().unwrap_or_default();
    assert!(note.contains(words) && note.contains("made anew") && !note.contains('\n'), "`{words}` in `{note}`");
    assert_eq!(answers(&engine), expected);
    assert!(fs::read(book.image()).unwrap() == image, "another image than before");
}

fn is_used(book: &Book) -> bool {
    let engine = book.open(ImageUse::WhereWorth);
    assert_eq!(engine.image().note(), None);
    engine.image().file.as_ref().is_some_and(|it| it.was_used)
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let book = Book::new(3, 300);
    let image = book.build();
    for threads in [1, 5] {
        let _ = fs::remove_file(book.image());
        let options = OpenOptions {
            threads: Some(threads),
            shard_rows: Some(16),
            image: ImageUse::Always,
            ..OpenOptions::default()
        };
        book.open_with(&options);
        assert!(fs::read(book.image()).unwrap() == image, "{threads} threads");
    }
}

#[test]
fn answers_are_those_of_the_files() {
    for seed in 0..6 {
        let book = Book::new(seed, 60);
        let expected = answers(&book.open(ImageUse::Never));
        assert!(!book.image().exists());
        book.build();
        let engine = book.open(ImageUse::WhereWorth);
        assert!(engine.image().file.as_ref().is_some_and(|it| it.was_used));
        assert_eq!(answers(&engine), expected);
        let from_files = book.open(ImageUse::Never);
        assert!(format!("{:?}", engine.book()) == format!("{:?}", from_files.book()), "seed {seed}");
    }
}

#[test]
fn a_change_of_any_file_makes_it_stale() {
    let book = Book::new(4, 40);
    let path = book.contacts();
    let settings = book.path().join("book.toml");
    book.build();
    assert!(is_used(&book));
    let stale = |words: &str| {
        let engine = book.open(ImageUse::WhereWorth);
        let note = engine.image().note().unwrap_or_default();
        assert!(note.contains("stale") && note.contains(words), "`{words}` in `{note}`");
        assert!(is_used(&book), "{words}");
    };
    // The time alone.
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(modified + Duration::from_nanos(1_000)).unwrap();
    stale("contacts");
    // The inode alone: a copy in the file's place, of the same size and time.
    #[cfg(unix)]
    {
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let copy = book.path().join("copy");
        fs::copy(&path, &copy).unwrap();
        File::options().write(true).open(&copy).unwrap().set_modified(modified).unwrap();
        fs::rename(&copy, &path).unwrap();
        stale("contacts");
    }
    // The size alone.
    let modified = fs::metadata(&settings).unwrap().modified().unwrap();
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + "# more\n").unwrap();
    File::options().write(true).open(&settings).unwrap().set_modified(modified).unwrap();
    stale("book.toml");
    fs::remove_file(&settings).unwrap();
    stale("book.toml");
    fs::write(book.path().join("manifest.json"), "not a manifest").unwrap();
    assert!(Engine::open(&book.path(), &OpenOptions::default()).is_err(), "a load would find it wrong");
    fs::remove_file(book.path().join("manifest.json")).unwrap();
}

#[test]
fn a_file_more_or_less_makes_it_stale() {
    let (whole, part) = (Book::new(5, 40), Book::new(6, 40));
    // One file of visitors becomes a folder of one, which holds the same rows.
    let book = &whole;
    for name in ["activity", "registrations", "journey", "visitors"] {
        let _ = fs::remove_file(book.path().join(format!("{name}.parquet")));
        let _ = fs::remove_dir_all(book.path().join(name));
    }
    book.build();
    fs::create_dir(book.path().join("visitors")).unwrap();
    let visitors = ["visitors.parquet", "visitors/part-0.parquet"].map(|it| part.path().join(it));
    let visitors = visitors.iter().find(|it| it.exists()).unwrap();
    fs::copy(visitors, book.path().join("visitors/v.parquet")).unwrap();
    let note = |engine: Engine| engine.image().note().unwrap_or_default();
    assert!(note(book.open(ImageUse::WhereWorth)).contains("visitors/v.parquet is new"));
    assert!(is_used(book));
    fs::remove_file(book.path().join("visitors/v.parquet")).unwrap();
    assert!(note(book.open(ImageUse::WhereWorth)).contains("visitors/v.parquet is gone"));
}

/// The bytes of the header, some of each section, the table's: a byte changed anywhere is found, and nothing of it shows.
#[test]
fn a_changed_byte_is_found() {
    let book = Book::new(7, 20);
    let image = book.build();
    let expected = answers(&book.open(ImageUse::Never));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let others = (0..150).map(|_| rng.random_range(HEADER..image.len())).chain([image.len() - 1]);
    for at in (0..HEADER).chain(others) {
        let mut damaged = image.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(book.image(), &damaged).unwrap();
        // A number of the format is another format's.
        let words = if (FORMAT..FORMAT + 8).contains(&at) { "another version" } else { "damaged" };
        is_made_anew(&book, words, &expected, &image);
    }
}

#[test]
fn a_cut_image_is_found() {
    let book = Book::new(8, 20);
    let image = book.build();
    let expected = answers(&book.open(ImageUse::Never));
    let cuts = (0..20).map(|i| image.len() * i / 20).chain([1, 63, 64, 65, image.len() - 64, image.len() - 1]);
    for cut in cuts {
        fs::write(book.image(), &image[..cut]).unwrap();
        is_made_anew(&book, "damaged", &expected, &image);
    }
    fs::write(book.image(), [&image[..], &[0; 64]].concat()).unwrap();
    is_made_anew(&book, "damaged", &expected, &image);
}

#[test]
fn an_image_of_another_version_is_made_anew() {
    let book = Book::new(9, 20);
    let image = book.build();
    let expected = answers(&book.open(ImageUse::Never));
    for place in [FORMAT, SHAPE] {
        let mut other = image.clone();
        other[place] ^= 1;
        sum_header(&mut other);
        fs::write(book.image(), &other).unwrap();
        is_made_anew(&book, "another version", &expected, &image);
    }
}

/// Numbers that a length, a code or a bound might be changed to.
const HOSTILE: [u64; 10] = [0, 1, 7, 0xFF, 0x1_0000, 0xFFFF_FFFF, 1 << 40, i64::MAX as u64, u64::MAX - 7, u64::MAX];

/// Whoever forges an image, checksums and all, gets wrong answers at most.
#[test]
fn a_forged_image_does_no_harm() {
    let book = Book::new(11, 24);
    let image = book.build();
    let sections = sections(&image);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut n_refused = 0;
    for _ in 0..150 {
        let mut forged = image.clone();
        // The first section tells of the files: to be stale is no feat.
        let section = rng.random_range(1..sections.len());
        let (start, len) = sections[section];
        let at = start + rng.random_range(0..len / 8) * 8;
        if rng.random_bool(0.7) {
            let number = HOSTILE[rng.random_range(0..HOSTILE.len())];
            forged[at..at + 8].copy_from_slice(&number.to_le_bytes());
        } else {
            forged[at + rng.random_range(0..8)] = rng.random();
        }
        sum(&mut forged);
        fs::write(book.image(), &forged).unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let engine = book.open(ImageUse::WhereWorth);
            answers(&engine);
            engine.image().passed_over.is_some()
        }));
        n_refused += usize::from(outcome.unwrap_or_else(|_| panic!("section {section}, byte {}", at - start)));
    }
    assert!(n_refused > 30, "only {n_refused} were refused");
}

#[test]
fn small_books_get_none_unasked() {
    let book = Book::new(12, 20);
    assert_eq!(book.open(ImageUse::WhereWorth).image().file, None);
    assert!(!book.path().join(".segql").exists());
    // Two megabytes of remarks count as files, too.
    let remarks = "# nothing to say\n".repeat(130_000);
    let settings = book.path().join("book.toml");
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + &remarks).unwrap();
    book.open(ImageUse::Never);
    assert!(!book.path().join(".segql").exists());
    assert!(book.open(ImageUse::WhereWorth).image().file.is_some());
    assert!(is_used(&book));
}

#[test]
fn strict_holds_from_an_image_too() {
    let book = Book::new(13, 200);
    let strict = OpenOptions { strict: true, ..OpenOptions::default() };
    let told = |options: &OpenOptions| Engine::open(&book.path(), options).map(|_| ()).unwrap_err().to_string();
    let expected = told(&OpenOptions { image: ImageUse::Never, ..strict.clone() });
    book.open_with(&OpenOptions { image: ImageUse::Always, ..OpenOptions::default() });
    assert_eq!(told(&strict), expected);
}

#[test]
fn every_zone_that_a_book_may_have_comes_back() {
    for zone in ["UTC", "Asia/Jakarta", "+07:00", "-03:30", "+00:00"] {
        let book = Book::new(14, 5);
        fs::write(book.path().join("book.toml"), format!("time_zone = \"{zone}\"\n")).unwrap();
        book.build();
        assert!(is_used(&book), "{zone}");
        let name = |image| book.open(image).book().zone.name();
        assert_eq!(name(ImageUse::WhereWorth), name(ImageUse::Never));
    }
}

#[test]
fn it_is_private_and_alone_in_its_folder() {
    let book = Book::new(15, 10);
    let folder = book.path().join(".segql");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("unfinished-of-a-process-that-was-ended"), "half").unwrap();
    book.build();
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".gitignore", "book.image", "lock"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(book.image()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn another_who_writes_is_left_to_it() {
    let book = Book::new(16, 10);
    fs::create_dir(book.path().join(".segql")).unwrap();
    let lock = File::create(book.path().join(".segql/lock")).unwrap();
    lock.lock().unwrap();
    let engine = book.open(ImageUse::Always);
    assert!(engine.image().file.is_none() && engine.image().not_kept.is_some());
    assert_eq!(engine.image().note(), None);
    assert!(!book.image().exists());
    lock.unlock().unwrap();
    book.build();
}

#[test]
fn a_time_long_ago_is_a_time() {
    let book = Book::new(17, 10);
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_millis(86_400_500);
    File::options().write(true).open(book.contacts()).unwrap().set_modified(before_1970).unwrap();
    book.build();
    assert!(is_used(&book));
}

#[cfg(all(unix, feature = "cli"))]
mod command {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::{Command, Output};

    use super::*;

    fn segql(arguments: &[&str], cache: &Path) -> Output {
        Command::new(env!("CARGO_BIN_EXE_segql")).args(arguments).env("XDG_CACHE_HOME", cache).output().unwrap()
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The path that `inspect` tells of.
    fn image_of(book: &str, cache: &Path) -> serde_json::Value {
        let output = segql(&["inspect", "--format", "json", book], cache);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["image"].clone()
    }

    #[test]
    fn a_book_that_cannot_be_written_has_its_image_in_the_cache() {
        let book = Book::new(18, 30);
        let cache = tempfile::tempdir().unwrap();
        let path = book.path();
        let name = path.to_str().unwrap();
        set_mode(&path, 0o555);
        let built = segql(&["build", name], cache.path());
        assert!(built.status.success(), "{}", text(&built.stderr));
        assert!(!path.join(".segql").exists());
        let image = image_of(name, cache.path());
        let told = PathBuf::from(image["path"].as_str().unwrap());
        assert!(told.starts_with(cache.path()) && image["bytes"] == fs::metadata(&told).unwrap().len());
        let query = segql(&["query", "--book", name, "--format", "count", "everyone"], cache.path());
        assert_eq!(text(&query.stderr), "");
        assert!(query.status.success());
        // The next book in the cache clears out what is left of books that are gone.
        let gone = Book::new(20, 5);
        set_mode(&gone.path(), 0o555);
        let count = || fs::read_dir(cache.path().join("segql")).unwrap().count();
        assert!(segql(&["build", gone.path().to_str().unwrap()], cache.path()).status.success());
        assert_eq!(count(), 2);
        set_mode(&gone.path(), 0o755);
        drop(gone);
        fs::remove_file(&told).unwrap();
        assert!(segql(&["build", name], cache.path()).status.success());
        assert!(count() == 1 && told.exists());
        // Neither the one nor the other: a load is as ever, and a build says so.
        let nowhere = tempfile::tempdir().unwrap();
        set_mode(nowhere.path(), 0o555);
        let query = segql(&["query", "--book", name, "--format", "count", "everyone"], nowhere.path());
        assert!(query.status.success() && query.stderr.is_empty(), "{}", text(&query.stderr));
        let built = segql(&["build", name], nowhere.path());
        assert_eq!(built.status.code(), Some(1));
        assert!(text(&built.stderr).contains("neither the book nor"), "{}", text(&built.stderr));
        set_mode(&path, 0o755);
        set_mode(nowhere.path(), 0o755);
    }

    #[test]
    fn build_writes_it_and_a_query_says_what_it_does_not_believe() {
        let book = Book::new(19, 30);
        let cache = tempfile::tempdir().unwrap();
        let path = book.path();
        let name = path.to_str().unwrap();
        let counted = |more: &[&str]| {
            segql(&[&["query", "--book", name, "--format", "count"], more, &["everyone"]].concat(), cache.path())
        };
        let expected = text(&counted(&["--no-image"]).stdout);
        assert!(!path.join(".segql").exists());
        assert_eq!(image_of(name, cache.path()), serde_json::Value::Null);
        assert!(text(&segql(&["build", name], cache.path()).stderr).contains("was written"));
        assert!(text(&segql(&["build", name], cache.path()).stderr).contains("is as the book's files are"));
        assert_eq!(image_of(name, cache.path())["path"], book.image().to_str().unwrap());
        fs::write(book.image(), "no image at all").unwrap();
        let quiet = counted(&["--no-image"]);
        assert_eq!((text(&quiet.stdout), text(&quiet.stderr)), (expected.clone(), String::new()));
        assert_eq!(fs::read(book.image()).unwrap(), b"no image at all");
        let told = counted(&[]);
        assert_eq!(text(&told.stdout), expected);
        assert!(text(&told.stderr).contains("damaged") && text(&told.stderr).lines().count() == 1);
        assert_eq!(counted(&[]).stderr, b"");
        assert_eq!(segql(&["build", "--no-image", name], cache.path()).status.code(), Some(2));
    }
}

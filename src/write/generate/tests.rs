use std::collections::HashSet;
use std::path::PathBuf;

use arrow::array::{Array, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::Decimal128Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn options(contacts: u64, threads: usize) -> GenerateOptions {
    GenerateOptions { contacts, seed: 1, threads: NonZeroUsize::new(threads) }
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    generate(&one, &options(3_000, 1), &go_on).unwrap();
    generate(&two, &options(3_000, 2), &go_on).unwrap();
    let relative = |root: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        files(root).into_iter().map(|(path, bytes)| (path.strip_prefix(root).unwrap().to_owned(), bytes)).collect()
    };
    assert_eq!(relative(&one).len(), 6);
    assert!(relative(&one) == relative(&two));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn nothing_is_overwritten_and_nothing_left_behind() {
    let dir = tempfile::tempdir().unwrap();
    let full = dir.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("x"), "").unwrap();
    assert!(matches!(generate(&full, &options(10, 1), &go_on), Err(WriteError::NotEmpty(_))));
    let stopped = dir.path().join("stopped");
    let stop = |_| ControlFlow::Break(());
    assert!(matches!(generate(&stopped, &options(10, 2), &stop), Err(WriteError::Interrupted)));
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    generate(&empty, &options(0, 1), &go_on).unwrap();
    assert_eq!(read(&empty.join("contacts/part-00000.snappy.parquet")).num_rows(), 0);
    let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["empty", "full"]);
}

/// Shares of `n` within two percentage points.
fn near(count: usize, n: usize, percent: f64) -> bool {
    (count as f64 * 100.0 / n as f64 - percent).abs() < 2.0
}

#[test]
fn contacts_have_their_shares() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("book");
    let n = 20_000;
    generate(&book, &options(n as u64, 2), &go_on).unwrap();
    let part = |table: &str| read(&book.join(table).join("part-00000.snappy.parquet"));

    let contacts = part("contacts");
    let count = |column: &str, value: &str| {
        contacts.column_by_name(column).unwrap().as_string::<i32>().iter().filter(|it| *it == Some(value)).count()
    };
    let missing = |column: &str| contacts.column_by_name(column).unwrap().null_count();
    let emails: HashSet<&str> = contacts.column(0).as_string::<i32>().iter().flatten().collect();
    assert_eq!((contacts.num_rows(), emails.len()), (n, n));
    for (status, share) in [("active", 72.0), ("pending", 8.0), ("unsubscribed", 15.0), ("hard_bounce", 5.0)] {
        assert!(near(count("status", status), n, share), "{status}");
    }
    assert!(near(count("country", "ID"), n, 58.2));
    assert!(near(count("account_state", "inactive"), n, 4.0));
    for (column, share) in [("funnel_status", 23.0), ("age", 15.0), ("lifetime_value", 20.0), ("push_opt_in", 30.0)] {
        assert!(near(missing(column), n, share), "{column}");
    }
    let labels = contacts.column_by_name("labels").unwrap().as_list::<i32>();
    let labelled = |label: &str| labels.values().as_string::<i32>().iter().filter(|it| *it == Some(label)).count();
    assert!(near(labelled("label_1"), n, 30.0) && near(labelled("label_3"), n, 10.0));
    assert!((60..190).contains(&labelled("label_50")), "{}", labelled("label_50"));
    let city = contacts.column_by_name("city").unwrap().as_string::<i32>();
    let jakarta = city.iter().flatten().filter(|it| it.to_lowercase().contains("jakarta")).count();
    assert!(near(jakarta, n, 22.5), "{jakarta}");

    let activity = part("activity");
    assert_eq!(activity.num_rows(), 3 * n);
    assert!(activity.column(0).as_string::<i32>().iter().flatten().all(|it| emails.contains(it)));
    let kinds = activity.column_by_name("kind").unwrap().as_string::<i32>();
    let purchases = kinds.iter().filter(|it| *it == Some("purchase")).count();
    assert!(near(purchases, 3 * n, 12.0));
    let amounts = activity.column_by_name("amount").unwrap().as_primitive::<Decimal128Type>();
    assert!(amounts.iter().flatten().all(|it| it > 0) && amounts.len() - amounts.null_count() <= purchases);

    let journey = part("journey");
    assert!(near(journey.num_rows(), n, 100.0), "{}", journey.num_rows());
    assert!(journey.column(0).as_string::<i32>().iter().flatten().all(|it| emails.contains(it)));
    assert_eq!((part("registrations").num_rows(), part("visitors").num_rows()), (n / 10, n / 5));
}

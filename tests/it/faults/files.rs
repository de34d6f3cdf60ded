//! Files that are cut, empty, of other columns, not there, or no files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::Schema;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

use super::{count, emails, open, refused, texts, told, write};

#[test]
fn a_file_cut_at_200_places_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["contacts.parquet", "activity.parquet"];
    let whole = names.map(|name| {
        let bytes = fs::read(Path::new("data/cdnow").join(name)).unwrap();
        fs::write(dir.path().join(name), &bytes).unwrap();
        bytes
    });
    for (name, whole) in names.iter().zip(&whole) {
        // Evenly over the file, and each of its last 20 bytes.
        let cuts = (0..80).map(|i| whole.len() * i / 80).chain(whole.len() - 20..whole.len());
        for cut in cuts {
            fs::write(dir.path().join(name), &whole[..cut]).unwrap();
            refused(dir.path(), &[*name]);
        }
        fs::write(dir.path().join(name), whole).unwrap();
    }
    assert_eq!(count(&open(dir.path()).unwrap(), "everyone"), 23_570);
}

#[test]
fn columns_may_be_missing_renamed_or_too_many() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "contacts.parquet", vec![("E-Mail", emails(3)), ("shoe_size", texts(&["9", "9", "10"]))], 10);
    refused(dir.path(), &["contacts.parquet", "no column `email`", "`E-Mail`"]);
    fs::write(dir.path().join("book.toml"), "[columns]\n\"E-Mail\" = \"email\"\n").unwrap();
    let engine = open(dir.path()).unwrap();
    assert_eq!(count(&engine, "everyone"), 3);
    // What nobody asked for is a field of its own.
    assert_eq!(count(&engine, "shoe_size = 9"), 2);
    write(dir.path(), "activity.parquet", vec![("email", emails(1)), ("kind", texts(&["open"]))], 10);
    refused(dir.path(), &["activity.parquet", "no column `at`"]);
    let at: ArrayRef = Arc::new(Int64Array::from(vec![5]));
    write(dir.path(), "activity.parquet", vec![("email", emails(1)), ("kind", texts(&["open"])), ("at", at)], 10);
    refused(dir.path(), &["activity.parquet", "`at`", "timestamps"]);
}

/// Either file may be the damaged one.
#[test]
fn parts_that_disagree_are_both_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "contacts/a.parquet", vec![("email", emails(2)), ("Plan", texts(&["x", "y"]))], 10);
    write(dir.path(), "contacts/b.parquet", vec![("email", emails(1)), ("plan", texts(&["x"]))], 10);
    refused(dir.path(), &["contacts/a.parquet", "contacts/b.parquet", "`Plan`", "`plan`", "rename one"]);
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    write(dir.path(), "contacts/b.parquet", vec![("email", emails(1)), ("Plan", flags)], 10);
    refused(dir.path(), &["contacts/a.parquet", "contacts/b.parquet", "`Plan`", "one type"]);
}

#[test]
fn there_may_be_nothing_of_anything() {
    let fresh = || tempfile::tempdir().unwrap();
    let none: [&str; 0] = [];
    // No rows.
    let dir = fresh();
    write(dir.path(), "contacts.parquet", vec![("email", texts(&none)), ("city", texts(&none))], 10);
    let engine = open(dir.path()).unwrap();
    assert_eq!((count(&engine, "everyone"), count(&engine, "not city = \"x\"")), (0, 0));
    // No row groups.
    let dir = fresh();
    let batch = RecordBatch::try_from_iter([("email", texts(&none))]).unwrap();
    let file = fs::File::create(dir.path().join("contacts.parquet")).unwrap();
    ArrowWriter::try_new(file, batch.schema(), None).unwrap().close().unwrap();
    assert_eq!(count(&open(dir.path()).unwrap(), "everyone"), 0);
    // No columns.
    let dir = fresh();
    let file = fs::File::create(dir.path().join("contacts.parquet")).unwrap();
    let schema = Arc::new(Schema::empty());
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), None).unwrap();
    let rows = RecordBatchOptions::new().with_row_count(Some(0));
    writer.write(&RecordBatch::try_new_with_options(schema, Vec::new(), &rows).unwrap()).unwrap();
    writer.close().unwrap();
    refused(dir.path(), &["contacts.parquet", "no column `email`"]);
    // No parts.
    let dir = fresh();
    fs::create_dir(dir.path().join("contacts")).unwrap();
    refused(dir.path(), &["no contacts here"]);
    // One part with rows, one without; records of nobody.
    write(dir.path(), "contacts/a.parquet", vec![("email", texts(&none))], 10);
    write(dir.path(), "contacts/b.parquet", vec![("email", emails(2))], 10);
    write(dir.path(), "visitors.parquet", vec![("visitor_id", texts(&none))], 10);
    let engine = open(dir.path()).unwrap();
    assert_eq!((count(&engine, "everyone"), count(&engine, "from visitors everyone")), (2, 0));
}

#[test]
fn one_row_group_may_hold_everything() {
    let dir = tempfile::tempdir().unwrap();
    let n = 200_001;
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..n));
    write(dir.path(), "contacts.parquet", vec![("email", emails(n as usize)), ("n", numbers)], usize::MAX);
    let engine = open(dir.path()).unwrap();
    for (text, wanted) in
        [("everyone", 200_001), ("n < 70000", 70_000), ("n = 65535 or n = 65536", 2), ("n > 0", 200_000)]
    {
        assert_eq!(count(&engine, text), wanted, "{text}");
    }
}

/// Bytes that are no UTF-8, in a column that says that it is: in the key, and in a field.
#[test]
fn text_that_is_not_utf8_is_an_error() {
    for (column, of) in [("email", "zzzz@x.example"), ("city", "zzzz")] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("contacts.parquet");
        let cell = |name: &str| if name == column { of } else { "a@x.example" };
        let columns = ["email", "city"].map(|name| (name, Arc::new(StringArray::from(vec![cell(name)])) as ArrayRef));
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_compression(Compression::UNCOMPRESSED)
            .set_statistics_enabled(parquet::file::properties::EnabledStatistics::None)
            .build();
        let file = fs::File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        assert_eq!(count(&open(dir.path()).unwrap(), "everyone"), 1);
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.windows(4).position(|it| it == b"zzzz").unwrap();
        bytes[at + 1] = 0xff;
        fs::write(&path, bytes).unwrap();
        refused(dir.path(), &["contacts.parquet", &format!("column `{column}`"), "UTF-8"]);
    }
}

/// A part that can't be reached is an error, never fewer rows.
#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_round_are_errors() {
    use std::os::unix::fs::symlink;
    let book = || {
        let dir: TempDir = tempfile::tempdir().unwrap();
        write(dir.path(), "contacts/a.parquet", vec![("email", emails(2))], 10);
        dir
    };
    let dir = book();
    symlink("gone.parquet", dir.path().join("contacts/b.parquet")).unwrap();
    refused(dir.path(), &["contacts/b.parquet"]);
    let dir = book();
    symlink("b.parquet", dir.path().join("contacts/b.parquet")).unwrap();
    refused(dir.path(), &["contacts/b.parquet"]);
    for name in ["activity.parquet", "activity", "journey.parquet", "visitors", "book.toml", "manifest.json"] {
        let dir = book();
        symlink(name, dir.path().join(name)).unwrap();
        refused(dir.path(), &[name]);
        fs::remove_file(dir.path().join(name)).unwrap();
        symlink("gone", dir.path().join(name)).unwrap();
        refused(dir.path(), &[name]);
    }
    // A link to a file is that file; a folder of links may lead through itself.
    let dir = book();
    symlink("../contacts/a.parquet", dir.path().join("contacts/b.parquet")).unwrap();
    symlink("../contacts", dir.path().join("contacts/c")).unwrap();
    let engine = open(dir.path()).unwrap();
    assert_eq!(count(&engine, "everyone"), 2);
    assert!(told(&engine).contains('2'), "{}", told(&engine));
    // Definitions: none is missed in silence.
    fs::create_dir(dir.path().join("segments")).unwrap();
    symlink("gone.seg", dir.path().join("segments/b.seg")).unwrap();
    assert!(open(dir.path()).err().unwrap().to_string().contains("b.seg"));
}

/// Pipes, devices and folders in the place of files aren't waited for, nor read without end.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_an_error_at_once() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "contacts/a.parquet", vec![("email", emails(2))], 10);
    let pipe = |name: &str| {
        let path = dir.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    };
    for name in ["contacts/b.parquet", "activity.parquet", "book.toml", "manifest.json"] {
        let path = pipe(name);
        refused(dir.path(), &[name, "not a file"]);
        fs::remove_file(&path).unwrap();
        symlink("/dev/zero", &path).unwrap();
        refused(dir.path(), &[name, "not a file"]);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        refused(dir.path(), &[name, "not a file"]);
        fs::remove_dir(&path).unwrap();
    }
    fs::create_dir(dir.path().join("segments")).unwrap();
    let path = pipe("segments/a.seg");
    assert!(open(dir.path()).err().unwrap().to_string().contains("not a file"));
    fs::remove_file(path).unwrap();
    let engine = open(dir.path()).unwrap();
    for list in ["/dev/zero", "/"] {
        let error = engine.prepare(&format!("email in file \"{list}\""), &Default::default()).unwrap_err();
        assert!(error.to_string().contains("not a file"), "{error}");
    }
}

/// A name that can't be told is told as such.
#[cfg(target_os = "linux")]
#[test]
fn a_part_whose_name_is_not_utf8_is_an_error() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "contacts/a.parquet", vec![("email", emails(2))], 10);
    let odd = std::ffi::OsStr::from_bytes(b"b\xff.parquet");
    fs::copy(dir.path().join("contacts/a.parquet"), dir.path().join("contacts").join(odd)).unwrap();
    refused(dir.path(), &["contacts", "UTF-8"]);
}

//! Small books written by Parquet's own writer; what they must load as is worked out by hand.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray,
    RecordBatch, StringArray, StringDictionaryBuilder, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::array::{ListBuilder, StringBuilder};
use arrow::datatypes::Int32Type;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

use super::local_times::LocalTimes;
use super::part::Part;
use super::shape::Shape;
use super::{Limit, Limits, LoadError, LoadOptions, load};
use crate::book::{Book, FieldType, Index, Irregularity, IrregularityKind, Table};
use crate::index::CodeSet;
use crate::model::{Cell, NO_ROW, NumberKind, STAGES, Zone};

fn write(dir: &Path, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    // Two rows a row group, so that columns are put together of several pieces.
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<StringArray>())
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn utc(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn lists(rows: &[Option<&[&str]>]) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for row in rows {
        if let Some(row) = row {
            row.iter().for_each(|it| builder.values().append_value(it));
        }
        builder.append(row.is_some());
    }
    let lists: ListArray = builder.finish();
    Arc::new(lists)
}

fn read(dir: &TempDir) -> Book {
    load(dir.path(), &LoadOptions { shard_rows: 3, ..LoadOptions::default() }).unwrap()
}

fn cells(table: &Table, tag: &str) -> Vec<Cell> {
    let column = table.find(tag).unwrap();
    (0..table.layout.n_rows()).map(|row| table.cell(column, row)).collect()
}

fn t(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn told(book: &Book, column: &str) -> Vec<(IrregularityKind, u64)> {
    let of = |it: &&Irregularity| it.column.as_deref() == Some(column);
    book.irregularities.iter().filter(of).map(|it| (it.kind.clone(), it.count)).collect()
}

#[test]
fn the_last_of_equal_keys_wins_whole() {
    let dir = TempDir::new().unwrap();
    let emails = [Some("A@x.example"), Some("b@x.example"), None, Some(" "), Some(" a@X.example\u{a0}"), Some("c")];
    let names = [Some("first"), Some("b"), Some("nobody"), Some("blank"), None, Some("c")];
    write(dir.path(), "contacts.parquet", vec![("email", text(&emails)), ("name", text(&names))]);
    let book = read(&dir);
    assert_eq!(cells(&book.contacts, "email"), [t("b@x.example"), t("a@x.example"), t("c")]);
    assert_eq!(cells(&book.contacts, "name"), [t("b"), Cell::Null, t("c")]);
    assert_eq!(cells(&book.contacts, "email.domain"), [t("x.example"), t("x.example"), Cell::Null]);
    assert_eq!((0..3).map(|row| book.contacts.key(row)).collect::<Vec<_>>(), ["b@x.example", "a@x.example", "c"]);
    assert_eq!(book.contact(" A@X.EXAMPLE"), Some(1));
    assert_eq!(told(&book, "email"), [(IrregularityKind::MissingKey, 2), (IrregularityKind::DuplicateKey, 1)]);
    let tags: Vec<_> = book.contacts.columns.iter().map(|it| it.tag.as_str()).collect();
    assert_eq!(
        tags.join(" "),
        "email email.domain name status labels source subscribed_at stage lost account_state stage_since last_open \
         last_click last_send"
    );
}

#[test]
fn parts_widen() {
    let dir = TempDir::new().unwrap();
    let mut coded: StringDictionaryBuilder<Int32Type> = StringDictionaryBuilder::new();
    coded.append_value("Medan");
    coded.append_null();
    write(
        dir.path(),
        "contacts/part-0.parquet",
        vec![
            ("n", Arc::new(Int32Array::from(vec![Some(7), None]))),
            ("email", texts(&["a", "b"])),
            ("city", Arc::new(coded.finish())),
            ("seen", Arc::new(TimestampMillisecondArray::from(vec![1_500, -1]).with_timezone("UTC"))),
            ("price", Arc::new(Decimal128Array::from(vec![125, 5]).with_precision_and_scale(9, 1).unwrap())),
            ("mixed", Arc::new(Int32Array::from(vec![1, 2]))),
        ],
    );
    write(
        dir.path(),
        "contacts/part-1.parquet",
        vec![
            ("email", texts(&["c", "d"])),
            ("city", texts(&["", "Medan"])),
            ("n", Arc::new(Int64Array::from(vec![1 << 40, 2]))),
            ("seen", utc(&[Some(1), None])),
            ("price", Arc::new(Decimal128Array::from(vec![1, 12_345]).with_precision_and_scale(30, 3).unwrap())),
            ("mixed", Arc::new(Float64Array::from(vec![0.5, f64::NAN]))),
            ("late", Arc::new(BooleanArray::from(vec![true, false]))),
        ],
    );
    let book = read(&dir);
    let table = &book.contacts;
    assert_eq!(cells(table, "n"), [Cell::Int(7), Cell::Null, Cell::Int(1 << 40), Cell::Int(2)]);
    assert_eq!(cells(table, "city"), [t("Medan"), Cell::Null, t(""), t("Medan")]);
    assert_eq!(cells(table, "seen"), [Cell::Instant(1_500_000), Cell::Instant(-1_000), Cell::Instant(1), Cell::Null]);
    let decimal = |value| Cell::Decimal { value, scale: 3 };
    assert_eq!(cells(table, "price"), [decimal(12_500), decimal(500), decimal(1), decimal(12_345)]);
    assert_eq!(cells(table, "mixed"), [Cell::Float(1.0), Cell::Float(2.0), Cell::Float(0.5), Cell::Null]);
    assert_eq!(cells(table, "late"), [Cell::Null, Cell::Null, Cell::Bool(true), Cell::Bool(false)]);
    assert!(book.irregularities.is_empty());
}

#[test]
fn times_without_a_zone_are_local() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("book.toml"), "time_zone = \"Asia/Jakarta\"").unwrap();
    // 1970-01-01 07:00 in Jakarta is 0 in UTC.
    let seven = 7 * 3_600_000_000;
    write(
        dir.path(),
        "contacts.parquet",
        vec![
            ("email", texts(&["a", "b", "c"])),
            ("last_open", Arc::new(TimestampMicrosecondArray::from(vec![Some(seven), Some(0), None]))),
            ("last_click", Arc::new(Date32Array::from(vec![0, 1, 2]))),
            ("fine", Arc::new(TimestampNanosecondArray::from(vec![-1, 999, 1_000]).with_timezone("UTC"))),
            ("far", utc(&[Some(i64::MAX), Some(i64::MIN), Some(5)])),
        ],
    );
    let book = read(&dir);
    let day = 86_400_000_000;
    assert_eq!(cells(&book.contacts, "last_open"), [Cell::Instant(0), Cell::Instant(-seven), Cell::Null]);
    let midnights = [Cell::Instant(-seven), Cell::Instant(day - seven), Cell::Instant(2 * day - seven)];
    assert_eq!(cells(&book.contacts, "last_click"), midnights);
    assert_eq!(cells(&book.contacts, "fine"), [Cell::Instant(-1), Cell::Instant(0), Cell::Instant(1)]);
    assert_eq!(cells(&book.contacts, "far"), [Cell::Null, Cell::Null, Cell::Instant(5)]);
    assert_eq!(told(&book, "far"), [(IrregularityKind::TimeOutOfRange, 2)]);
}

#[test]
fn lost_in_three_ways_and_names_in_any_spelling() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        "contacts.parquet",
        vec![
            ("email", texts(&["a", "b", "c", "d", "e"])),
            ("funnel_status", text(&[Some("Loyal Customer"), Some("lost"), Some("aware"), Some("what"), None])),
            ("lost", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), None, None]))),
            ("account_state", text(&[None, None, Some("Inactive"), Some("active"), None])),
            ("status", text(&[Some("HARD BOUNCE"), Some("gone"), None, Some("active"), Some("")])),
            ("labels", lists(&[Some(&["Vip", "", "VIP", "x"]), None, Some(&[]), Some(&["vip"]), Some(&["x", "Vip"])])),
        ],
    );
    let book = read(&dir);
    let table = &book.contacts;
    assert_eq!(cells(table, "stage"), [t("loyal_customer"), Cell::Null, t("aware"), Cell::Null, Cell::Null]);
    assert_eq!(cells(table, "lost"), [true, true, true, false, false].map(Cell::Bool));
    assert_eq!(told(&book, "funnel_status"), [(IrregularityKind::UnknownName, 1)]);
    assert_eq!(cells(table, "status"), [t("hard_bounce"), Cell::Null, Cell::Null, t("active"), Cell::Null]);
    assert_eq!(told(&book, "status"), [(IrregularityKind::UnknownName, 2)]);
    let list = |items: &[&str]| Cell::List(items.iter().map(|it| (*it).to_owned()).collect());
    assert_eq!(
        cells(table, "label"),
        [list(&["Vip", "x"]), Cell::Null, list(&[]), list(&["vip"]), list(&["x", "Vip"])]
    );
}

#[test]
fn records_lie_by_contact_then_time() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "contacts.parquet", vec![("email", texts(&["a", "b", "c", "d"]))]);
    let emails = ["d", " A", "zzz", "a", "a", "d", "b", "b", "c"];
    let kinds = [
        Some("buy"),
        Some("Buy"),
        Some("buy"),
        Some("open"),
        Some("buy"),
        Some("buy"),
        None,
        Some("registration"),
        Some("buy"),
    ];
    write(
        dir.path(),
        "activity.parquet",
        vec![
            ("contact_email", texts(&emails)),
            ("kind", text(&kinds)),
            ("at", utc(&[Some(5), Some(9), Some(1), Some(2), Some(3), Some(5), Some(1), Some(1), None])),
            ("sku", texts(&["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"])),
            ("note", text(&[None, None, None, Some("n"), None, None, None, None, None])),
        ],
    );
    let book = read(&dir);
    let names: Vec<_> = book.kinds.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["buy", "open"]);
    let buy = &book.kinds[0];
    // Shards hold three contacts: a, b, c and d.
    assert!(buy.owners.iter().all(|it| it.contacts() == [0, 0]) && buy.owners.len() == 2);
    assert_eq!(buy.owners.iter().map(|it| it.people().iter().collect()).collect::<Vec<Vec<u32>>>(), [vec![0], vec![0]]);
    assert_eq!(cells(&buy.table, "at"), [3, 9, 5, 5].map(Cell::Instant));
    assert_eq!(cells(&buy.table, "sku"), ["s4", "s1", "s0", "s5"].map(t));
    assert_eq!(cells(&buy.table, "kind"), ["buy", "Buy", "buy", "buy"].map(t));
    assert_eq!(cells(&buy.table, "note"), vec![Cell::Null; 4]);
    assert_eq!(cells(&book.kinds[1].table, "note"), [t("n")]);
    assert_eq!(told(&book, "contact_email"), [(IrregularityKind::UnknownContact, 1)]);
    assert_eq!(told(&book, "kind"), [(IrregularityKind::MissingKind, 1), (IrregularityKind::ReservedKind, 1)]);
    assert_eq!(told(&book, "at"), [(IrregularityKind::MissingTime, 1)]);
}

#[test]
fn the_journey_tells_a_missing_stage_since() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        "contacts.parquet",
        vec![
            ("email", texts(&["a", "b", "c", "d"])),
            ("funnel_status", text(&[Some("customer"), Some("aware"), Some("customer"), None])),
            ("stage_since", utc(&[None, Some(77), None, None])),
        ],
    );
    // a: came to customer at 4 and again at 8; at 9 was lost as a customer. c never came there.
    write(
        dir.path(),
        "journey.parquet",
        vec![
            ("email", texts(&["a", "a", "a", "a", "b", "c", "d"])),
            ("at", utc(&[Some(9), Some(8), Some(6), Some(4), Some(3), Some(2), Some(2)])),
            ("from_stage", text(&[Some("customer"), Some("Aware"), Some("customer"), None, None, None, None])),
            ("to_stage", texts(&["customer", "Customer", "aware", "customer", "aware", "engaged", "aware"])),
            ("lost", Arc::new(BooleanArray::from(vec![Some(true), None, None, None, None, None, None]))),
        ],
    );
    let book = read(&dir);
    let since = cells(&book.contacts, "stage_since");
    assert_eq!(since, [Cell::Instant(8), Cell::Instant(77), Cell::Null, Cell::Null]);
    assert_eq!(book.kinds[0].name, "stage_change");
    assert_eq!(book.kinds[0].table.columns[book.kinds[0].table.find("to_stage").unwrap()].field_type, FieldType::Stage);
    assert_eq!(STAGES.len(), 5);
}

#[test]
fn what_can_not_be_indexed_is_left_out_with_a_word() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        "contacts.parquet",
        vec![
            ("email", texts(&["a", "b"])),
            ("bytes", Arc::new(BinaryArray::from(vec![b"x".as_slice(), b"y"]))),
            ("big", Arc::new(UInt64Array::from(vec![5, i64::MAX as u64]))),
            ("too_big", Arc::new(UInt64Array::from(vec![5, 1 << 63]))),
            (
                "huge",
                Arc::new(Decimal128Array::from(vec![1, 10_i128.pow(18)]).with_precision_and_scale(30, 2).unwrap()),
            ),
            ("Funnel", texts(&["x", "y"])),
            ("stage", texts(&["promoter", "promoter"])),
        ],
    );
    let book = read(&dir);
    assert_eq!(cells(&book.contacts, "big"), [Cell::Int(5), Cell::Int(i64::MAX)]);
    for column in ["bytes", "too_big", "huge", "Funnel", "stage"] {
        let told = told(&book, column);
        assert!(matches!(&told[..], [(IrregularityKind::ColumnLeftOut(_), 1)]), "{column}: {told:?}");
        assert!(column == "stage" || book.contacts.find(column).is_none(), "{column}");
    }
    assert_eq!(cells(&book.contacts, "stage"), [Cell::Null, Cell::Null]);
    let strict = load(dir.path(), &LoadOptions { strict: true, ..LoadOptions::default() });
    assert!(matches!(strict, Err(LoadError::Strict(all)) if all.len() == 5));
}

#[test]
fn declared_types_are_parsed() {
    let dir = TempDir::new().unwrap();
    let toml = "time_zone = \"Asia/Jakarta\"\n[columns]\nmail = \"email\"\n[fields]\nn = { type = \"number\" }\n\
                i = { type = \"number\" }\nd = { type = \"date\", display = \"The Day\" }\nw = { type = \"date\" }\n\
                y = { type = \"bool\" }\ntier = { values = [\"Free\", \"gold\"] }\nzip = { type = \"text\" }\nnowhere = {}\n";
    fs::write(dir.path().join("book.toml"), toml).unwrap();
    write(
        dir.path(),
        "contacts.parquet",
        vec![
            ("mail", texts(&["a", "b", "c"])),
            ("n", texts(&["12", " 7.50 ", "x"])),
            ("i", texts(&["1e3", "-2", "9223372036854775807"])),
            ("d", texts(&["2026-01-05", "2026-02-30", "1969-12-31"])),
            ("w", texts(&["1970-01-01", "1970-01-01T00:00Z", "1970-01-01 07:00:01"])),
            ("y", texts(&["Yes", "0", "perhaps"])),
            ("tier", text(&[Some("free"), Some("bronze"), None])),
            ("zip", Arc::new(Int32Array::from(vec![40115, 7, -1]))),
        ],
    );
    let book = read(&dir);
    let table = &book.contacts;
    let decimal = |value| Cell::Decimal { value, scale: 1 };
    assert_eq!(cells(table, "n"), [decimal(120), decimal(75), Cell::Null]);
    assert_eq!(cells(table, "i"), [Cell::Int(1_000), Cell::Int(-2), Cell::Int(i64::MAX)]);
    assert_eq!(table.columns[table.find("i").unwrap()].field_type, FieldType::Number(NumberKind::Int));
    // 2026-01-05 is 56 years of 365 days, 14 leap days and 4 days after 1970-01-01.
    assert_eq!(cells(table, "the day"), [Cell::Day(56 * 365 + 14 + 4), Cell::Null, Cell::Day(-1)]);
    let seven = 7 * 3_600_000_000;
    assert_eq!(cells(table, "w"), [Cell::Instant(-seven), Cell::Instant(0), Cell::Instant(1_000_000)]);
    assert_eq!(cells(table, "y"), [Cell::Bool(true), Cell::Bool(false), Cell::Null]);
    assert_eq!(cells(table, "tier"), [t("free"), t("bronze"), Cell::Null]);
    assert_eq!(cells(table, "zip"), [t("40115"), t("7"), t("-1")]);
    for column in ["n", "d", "y"] {
        assert_eq!(told(&book, column), [(IrregularityKind::Unparsed, 1)], "{column}");
    }
    assert_eq!(told(&book, "tier"), [(IrregularityKind::UndeclaredChoice, 1)]);
    assert_eq!(told(&book, "nowhere").len(), 1);
}

#[test]
fn visitors_are_joined_by_mail() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "contacts.parquet", vec![("email", texts(&["a@x", "b@x"]))]);
    write(
        dir.path(),
        "visitors.parquet",
        vec![
            ("visitor_id", Arc::new(Int64Array::from(vec![10, 11, 10, 12]))),
            ("email", text(&[Some("a@x"), Some(" B@x"), None, Some("c@x")])),
            ("push", text(&[Some("granted"), Some("Blocked"), Some("unsubscribed"), Some("maybe")])),
        ],
    );
    let book = read(&dir);
    assert_eq!(cells(&book.visitors, "visitor_id"), [t("11"), t("10"), t("12")]);
    assert_eq!(cells(&book.visitors, "email"), [t("b@x"), Cell::Null, t("c@x")]);
    assert_eq!(cells(&book.visitors, "push"), [t("blocked"), t("unsubscribed"), Cell::Null]);
    assert_eq!(cells(&book.visitors, "last_seen"), vec![Cell::Null; 3]);
    assert_eq!(book.visitor_contacts, [1, NO_ROW, NO_ROW]);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let error = |fill: &dyn Fn(&Path)| {
        let dir = TempDir::new().unwrap();
        fill(dir.path());
        load(dir.path(), &LoadOptions::default()).map(|_| ()).unwrap_err().to_string()
    };
    let one = |dir: &Path| write(dir, "contacts.parquet", vec![("email", texts(&["a"]))]);
    assert!(error(&|_| {}).contains("contacts.parquet"));
    let short = error(&|dir| fs::write(dir.join("contacts.parquet"), "PAR1").unwrap());
    assert!(short.starts_with("contacts.parquet: not a Parquet file"), "{short}");
    let nearest = error(&|dir| write(dir, "contacts.parquet", vec![("e_mail", texts(&["a"]))]));
    assert!(nearest.contains("`email`") && nearest.contains("`e_mail`"), "{nearest}");
    let twins = error(&|dir| {
        write(dir, "contacts.parquet", vec![("email", texts(&["a"])), ("x", texts(&["a"])), ("X", texts(&["a"]))]);
    });
    assert!(twins.contains("`x`") && twins.contains("`X`"), "{twins}");
    let wrong = error(&|dir| write(dir, "contacts.parquet", vec![("email", texts(&["a"])), ("labels", texts(&["a"]))]));
    assert!(wrong.contains("`labels`") && wrong.contains("lists of text"), "{wrong}");
    let unlisted = error(&|dir| {
        one(dir);
        fs::write(dir.join("manifest.json"), "{\"files\": []}").unwrap();
    });
    assert!(unlisted.starts_with("contacts.parquet: not listed"), "{unlisted}");
    let changed = error(&|dir| {
        one(dir);
        let entry = format!("{{\"files\": [{{\"path\": \"contacts.parquet\", \"sha256\": \"{}\"}}]}}", "0".repeat(64));
        fs::write(dir.join("manifest.json"), entry).unwrap();
    });
    assert!(changed.contains("sha256"), "{changed}");
    let disagree = error(&|dir| {
        write(dir, "contacts/a.parquet", vec![("email", texts(&["a"])), ("x", texts(&["a"]))]);
        write(dir, "contacts/b.parquet", vec![("email", texts(&["a"])), ("x", Arc::new(Int64Array::from(vec![1])))]);
    });
    assert!(disagree.contains("contacts/b.parquet") && disagree.contains("`x`"), "{disagree}");
}

#[test]
fn what_a_file_claims_is_taken_to_the_limits_and_no_further() {
    let dir = TempDir::new().unwrap();
    let emails: Vec<String> = (0..2).map(|it| format!("{it}@{}.example", "x".repeat(3_000))).collect();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    write(dir.path(), "contacts.parquet", vec![("email", texts(&emails))]);
    let file = fs::read(dir.path().join("contacts.parquet")).unwrap();
    let tail = file.last_chunk::<8>().unwrap();
    let footer_bytes = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    // The dictionary page: each text with its length of 4 bytes.
    let page_bytes = emails.iter().map(|it| it.len() as u64 + 4).sum();
    let load = |limits| load(dir.path(), &LoadOptions { limits, ..LoadOptions::default() }).map(|_| ());
    for (limit, needed) in [(Limit::FooterBytes, footer_bytes), (Limit::PageBytes, page_bytes)] {
        let mut limits = Limits::default();
        limits.set(limit, needed);
        load(limits).unwrap();
        limits.set(limit, needed - 1);
        let error = load(limits).unwrap_err().to_string();
        assert!(
            error.starts_with("contacts.parquet") && error.contains(&format!("--limit {limit}={needed}")),
            "{error}"
        );
    }
}

/// A folder of data that lies beside the project, if the environment names it.
fn shared(path: &str) -> Option<PathBuf> {
    std::env::var_os("SEGQL_SHARED").map(|it| PathBuf::from(it).join(path)).filter(|it| it.exists())
}

#[test]
fn the_demo_book_loads_in_full_whatever_the_threads() {
    let Some(dir) = shared("data/demo/book") else { return };
    let book = load(&dir, &LoadOptions::default()).unwrap();
    assert_eq!(book.contacts.layout.n_rows(), 50_000);
    assert_eq!(book.visitors.layout.n_rows(), 20_000);
    let rows = |name: &str| book.kind(name).map(|kind| book.kinds[kind].table.layout.n_rows());
    assert_eq!((rows("registration"), rows("stage_change")), (Some(6_000), Some(61_483)));
    let all: u32 = book.kinds.iter().map(|it| it.table.layout.n_rows()).sum();
    assert_eq!(all, 200_000 + 6_000 + 61_483);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let alone = pool.install(|| load(&dir, &LoadOptions::default())).unwrap();
    assert_eq!(book.id, alone.id);
    assert_eq!(book.irregularities, alone.irregularities);
    assert_eq!(format!("{:?}", book.contacts), format!("{:?}", alone.contacts));
}

#[test]
fn texts_are_found_as_book_toml_says() {
    let dir = TempDir::new().unwrap();
    let book = |n: usize, toml: &str| {
        let of = |of: &dyn Fn(usize) -> String| -> ArrayRef {
            Arc::new((0..n).map(|i| Some(of(i))).collect::<StringArray>())
        };
        let columns = vec![
            ("email", of(&|i| format!("{i:04}"))),
            ("city", of(&|i| format!("{:04}", n - 1 - i))),
            ("tier", of(&|i| ["free", "gold"][i % 2].to_owned())),
            ("age", Arc::new((0..n as i64).map(Some).collect::<Int64Array>()) as ArrayRef),
        ];
        write(dir.path(), "contacts.parquet", columns);
        fs::write(dir.path().join("book.toml"), toml).unwrap();
        load(dir.path(), &LoadOptions { shard_rows: 100, ..LoadOptions::default() })
    };
    let rows = |book: &Book, tag: &str, wanted: &str| {
        let Index::Text(index) = &book.contacts.columns[book.contacts.find(tag).unwrap()].index else {
            panic!("{tag}")
        };
        let wanted = CodeSet::of(&index.dictionary, |text, _| text == wanted);
        let shards = index.shards.iter().zip(0..).flat_map(|(shard, n_before)| {
            let found = shard.select(&wanted).into_rows(shard.n_rows());
            found.iter().map(|row| 100 * n_before + row).collect::<Vec<u32>>()
        });
        (index.shards[0].has_bitmaps(), shards.collect::<Vec<u32>>())
    };
    let told = "[fields.city]\nindex = \"bitmaps\"\n[fields.tier]\nindex = \"codes\"\n";
    let odd: Vec<u32> = (1..300).step_by(2).collect();
    for (toml, city, tier) in [("", false, true), (told, true, false)] {
        let book = book(300, toml).unwrap();
        assert_eq!(rows(&book, "city", "0170"), (city, vec![129]));
        assert_eq!(rows(&book, "tier", "gold"), (tier, odd.clone()));
    }
    let refused = |n: usize, toml: &str| book(n, toml).map(|_| ()).unwrap_err().to_string();
    assert!(book(4_096, told).is_ok());
    let too_many = refused(4_097, told);
    assert!(too_many.contains("fields.city.index") && too_many.contains("4097"), "{too_many}");
    assert!(refused(2, "[fields.age]\nindex = \"codes\"\n").contains("fields.age.index"));
}

#[test]
fn the_odd_book_loads() {
    let Some(dir) = shared("data/demo/book-odd") else { return };
    let book = load(&dir, &LoadOptions::default()).unwrap();
    assert_eq!(book.contacts.layout.n_rows(), 60);
    let names: Vec<_> = book.kinds.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["add to cart", "calls", "pay/refund", "tickets", "weigh"]);
    // Every sixth contact has one record of each of the two reserved kinds.
    let kept: u32 = book.kinds.iter().map(|it| it.table.layout.n_rows()).sum();
    assert_eq!(kept, 535 - 20);
    for column in ["label", "stage", "funnel", "huge", "too_big"] {
        assert_eq!(told(&book, column).len(), 1, "{column}");
    }
    // INT96 is UTC although the book's zone isn't.
    let calls = &book.kinds[1].table;
    assert!(cells(calls, "at").contains(&Cell::Instant(1_795_003_200_000_000)));
}

#[test]
fn no_hostile_file_does_harm() {
    let Some(root) = shared("data/hostile") else { return };
    for folder in ["parquet-testing", "parquet-testing-bad", "arrow-fuzzing"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            // As a part of its own the file's columns are all read, for another part has the key.
            let dir = TempDir::new().unwrap();
            write(dir.path(), "contacts/a.parquet", vec![("email", texts(&["a"]))]);
            fs::copy(&path, dir.path().join("contacts/b.parquet")).unwrap();
            match load(dir.path(), &LoadOptions::default()) {
                Ok(book) => assert_eq!(book.contacts.layout.n_rows(), 1, "{}", path.display()),
                Err(error) => assert!(error.to_string().contains("contacts"), "{}: {error}", path.display()),
            }
        }
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("contacts.parquet");
    let read = |change: &dyn Fn()| {
        write(dir.path(), "contacts.parquet", vec![("email", texts(&["a", "b"]))]);
        let part = Part::open("contacts.parquet".to_owned(), path.clone(), Limits::default()).unwrap();
        change();
        let times = LocalTimes::new(Zone::utc());
        part.read(0, 0, &Shape::Text, None, &times).map(|piece| piece.n_rows()).map_err(|it| it.to_string())
    };
    assert_eq!(read(&|| {}), Ok(2));
    // Of the same size and layout: only the texts are others.
    let replaced = read(&|| {
        write(dir.path(), "other.parquet", vec![("email", texts(&["c", "d"]))]);
        fs::rename(dir.path().join("other.parquet"), &path).unwrap();
    });
    assert!(replaced.unwrap_err().starts_with("contacts.parquet: changed"));
    let cut = read(&|| File::options().write(true).open(&path).unwrap().set_len(20).unwrap());
    assert!(cut.unwrap_err().starts_with("contacts.parquet: "));
    let gone = read(&|| fs::remove_file(&path).unwrap());
    assert!(gone.unwrap_err().starts_with("contacts.parquet: "));
}

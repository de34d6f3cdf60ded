//! What is written, format by format.

use std::fs::{self, File};

use arrow::array::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use super::{CDNOW, NOW, Place, manifest, people, segment, segql, stderr, stdout};

const EVERYONE: &str = "segment all \"All of them\": everyone;\n";

fn ids(place: &Place, tag: &str) -> Vec<u32> {
    let files = place.files(tag, "people", "clickhouse");
    let bytes = fs::read(&files[0]).unwrap();
    // A small set: its kind, its length, its ids.
    assert_eq!(bytes[0], 0);
    assert_eq!(bytes.len(), 2 + 4 * usize::from(bytes[1]));
    bytes[2..].chunks(4).map(|it| u32::from_le_bytes(it.try_into().unwrap())).collect()
}

/// The counts are those of `segql query`, told in data/README.md, too.
#[test]
fn saved_segments_come_out_as_a_query_answers_them() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let output = segql(&["run", "--book", CDNOW, "--now", NOW, "--out", out, "--formats", "parquet,csv,ndjson,arrow"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let manifest = manifest(dir.path());
    assert_eq!(manifest["segments"].as_array().unwrap().len(), 5);
    for tag in ["loyal", "win_back", "quick_return"] {
        let asked = segql(&["query", "--book", CDNOW, "--now", NOW, "--format", "ids", &format!("@{tag}")]);
        let asked = stdout(&asked);
        let wanted: Vec<&str> = asked.lines().collect();
        let entry = segment(&manifest, tag);
        assert_eq!(entry["rows"], wanted.len());
        for file in entry["files"].as_array().unwrap() {
            let path = dir.path().join(file["path"].as_str().unwrap());
            let mut found: Vec<String> = match file["format"].as_str().unwrap() {
                "parquet" => parquet_emails(&path),
                "csv" => fs::read_to_string(path).unwrap().lines().skip(1).map(str::to_owned).collect(),
                "ndjson" => {
                    let email =
                        |it: &str| serde_json::from_str::<Value>(it).unwrap()["email"].as_str().unwrap().to_owned();
                    fs::read_to_string(path).unwrap().lines().map(email).collect()
                }
                _ => continue,
            };
            found.sort();
            assert_eq!(found, wanted, "{tag} {}", file["format"]);
        }
    }
}

fn parquet_emails(path: &std::path::Path) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let emails = |it: arrow::array::RecordBatch| -> Vec<String> {
        it.column_by_name("email").unwrap().as_string::<i32>().iter().map(|it| it.unwrap().to_owned()).collect()
    };
    reader.flat_map(|it| emails(it.unwrap())).collect()
}

#[test]
fn people_lie_in_the_order_of_the_files() {
    let place = Place::new(EVERYONE);
    place.runs(&["--formats", "csv", "--columns", "email,name,country"]);
    let text = "email,name,country\nana@a.test,\"'=1+1\",ID\ncy@c.test,\"Cy, \"\"the\"\" third\",a/b c\nbea@b.test,Bea,ID\ndot@d.test,,\n";
    assert_eq!(place.text("all", "people", "csv"), text);
    place.runs(&["--formats", "csv", "--columns", "email,name,country", "--csv-raw"]);
    assert_eq!(place.text("all", "people", "csv"), text.replace("\"'=1+1\"", "=1+1"));
}

#[test]
fn csv_is_split_by_size_with_a_header_each() {
    let place = Place::new(EVERYONE);
    place.runs(&["--formats", "csv", "--csv-max-bytes", "30"]);
    let files = place.files("all", "people", "csv");
    let texts: Vec<String> = files.iter().map(|it| fs::read_to_string(it).unwrap()).collect();
    // The header takes 6 bytes, the lines 11, 10, 11 and 11 with their ends.
    assert_eq!(texts, ["email\nana@a.test\ncy@c.test\n", "email\nbea@b.test\ndot@d.test\n"]);
}

#[test]
fn folders_are_hives() {
    let place = Place::new(EVERYONE);
    let manifest = place.runs(&["--partition", "country,status", "--columns", "email,country", "--formats", "csv"]);
    let files = segment(&manifest, "all")["files"].as_array().unwrap();
    let folders: Vec<&str> = files.iter().map(|it| it["path"].as_str().unwrap().rsplit_once('/').unwrap().0).collect();
    assert_eq!(
        folders,
        [
            "segments/all/people.csv/country=ID/status=active",
            "segments/all/people.csv/country=__HIVE_DEFAULT_PARTITION__/status=__HIVE_DEFAULT_PARTITION__",
            "segments/all/people.csv/country=a%2Fb%20c/status=unsubscribed",
        ]
    );
    assert_eq!(files[0]["rows"], 2);
    assert!(place.text("all", "people", "csv").starts_with("email\nana@a.test\nbea@b.test\n"));
}

/// Row 1 of the files was replaced by row 3; the ids say so, whatever the engine's own order.
#[test]
fn bitmaps_hold_rows_of_the_files() {
    let place = Place::new(&format!("{EVERYONE}segment active: status = active;\n"));
    place.runs(&["--formats", "clickhouse,roaring", "--shard-rows", "2"]);
    assert_eq!(ids(&place, "all"), [0, 2, 3, 4]);
    assert_eq!(ids(&place, "active"), [0, 3]);
    let sidecars = place.files("active", "people", "sidecar");
    let sidecar: Value = serde_json::from_slice(&fs::read(&sidecars[1]).unwrap()).unwrap();
    let words = "rows of contacts.parquet, or of contacts/*.parquet in the order of their names, as stored, from 0";
    assert_eq!((&sidecar["ids"], &sidecar["count"], &sidecar["format"]), (&words.into(), &2.into(), &"roaring".into()));
    let bitmap = place.files("active", "people", "roaring");
    assert_eq!(sidecar["bitmap"], bitmap[0].file_name().unwrap().to_str().unwrap());
    // No run container; one array container of key 0 with two values, at byte 16: 0 and 3.
    assert_eq!(fs::read(&bitmap[0]).unwrap()[..], [0x3a, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 0, 0, 3, 0]);
}

#[test]
fn bitmaps_hold_a_column_where_that_is_asked() {
    let place = Place::new("segment some: number is not empty;\nsegment all: everyone;\n");
    place.runs(&["--formats", "clickhouse", "--id-column", "number", "--only", "some"]);
    assert_eq!(ids(&place, "some"), [70, 72, 73]);
    let told = |more: &[&str]| {
        let output = place.run(&[&["--formats", "clickhouse", "--only", "all"], more].concat());
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        stderr(&output)
    };
    assert!(told(&["--id-column", "number"]).contains("`number` is missing for some of the people"));
    assert!(told(&["--id-column", "country"]).contains("doesn't hold whole numbers"));
    assert!(told(&["--id-column", "numbr"]).contains("`number`"));
}

#[test]
fn a_sample_and_the_mailable_alone() {
    let place = Place::new(EVERYONE);
    let manifest = place.runs(&["--formats", "csv", "--mailable"]);
    let all = segment(&manifest, "all");
    assert_eq!((&all["matched"], &all["mailable"], &all["rows"]), (&4.into(), &2.into(), &2.into()));
    assert_eq!(place.text("all", "people", "csv"), "email\nana@a.test\nbea@b.test\n");
    let manifest = place.runs(&["--formats", "csv", "--sample", "3 seed 7"]);
    assert_eq!((&segment(&manifest, "all")["matched"], &segment(&manifest, "all")["rows"]), (&4.into(), &3.into()));
    let book = place.path("book");
    let asked = segql(&["query", "--book", book.to_str().unwrap(), "--format", "ids", "everyone | sample 3 seed 7"]);
    let mut found: Vec<String> = place.text("all", "people", "csv").lines().skip(1).map(str::to_owned).collect();
    found.sort();
    assert_eq!(found, stdout(&asked).lines().collect::<Vec<_>>());
}

#[test]
fn who_entered_and_who_left_is_told() {
    let place = Place::new("segment active: status = active;\n");
    let first = place.runs(&["--changes", "--formats", "parquet,csv"]);
    assert!(segment(&first, "active")["files"].as_array().unwrap().iter().all(|it| it["set"] == "people"));
    // ana is gone from the book, cy has become active, bea stays.
    let mut contacts = people();
    contacts.parts[0].rows.remove(0);
    contacts.parts[0].rows[1][2] = crate::value::V::text("active");
    place.book(contacts, "segment active: status = active;\n");
    place.runs(&["--changes", "--formats", "parquet,csv"]);
    assert_eq!(place.text("active", "people", "csv"), "email\ncy@c.test\nbea@b.test\n");
    assert_eq!(place.text("active", "entered", "csv"), "email\ncy@c.test\n");
    assert_eq!(place.text("active", "left", "csv"), "email\nana@a.test\n");
    let entered = place.files("active", "entered", "parquet");
    assert_eq!(parquet_emails(&entered[0]), ["cy@c.test"]);
    let output = place.run(&["--changes", "--formats", "csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("add `parquet` to formats"), "{}", stderr(&output));
}

/// Names that would lead elsewhere, or nowhere, as tags; names that break terminals and quotes as display names.
#[test]
fn odd_names_stay_inside_and_come_back() {
    let place = Place::new("");
    let tags = ["../../up", "/etc/x", "a b", "CON", ".hidden", "ü", "x%2Fy", "a=b=c", "\u{1f600}", "..", "-", "'"];
    let names = [
        "=cmd()",
        "a\"b\\c",
        "tab\there",
        "\u{202e}abc",
        "ｆｕｌｌ",
        "🙂",
        "line\nbreak",
        "'; drop table",
        "%s%n",
        " ",
    ];
    let mut plan = String::from("[defaults]\nformats = [\"parquet\"]\n");
    for (at, tag) in tags.iter().enumerate() {
        let name = toml::Value::from(format!("{}{at}", names[at % names.len()]));
        plan += &format!("[segments.{}]\nname = {name}\ndefinition = \"everyone\"\n", toml::Value::from(*tag));
    }
    let plan = place.write("plan.toml", &plan);
    let manifest = place.runs(&["--plan", &plan]);
    for (at, tag) in tags.iter().enumerate() {
        let entry = segment(&manifest, tag);
        let name = format!("{}{at}", names[at % names.len()]);
        assert_eq!(entry["name"], name);
        let path = &place.files(tag, "people", "parquet")[0];
        assert!(path.canonicalize().unwrap().starts_with(place.path("out/segments").canonicalize().unwrap()));
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
        let value = |key: &str| pairs.iter().find(|it| it.key == key).and_then(|it| it.value.clone()).unwrap();
        assert_eq!((value("segment"), value("name")), ((*tag).to_owned(), name));
        assert_eq!((value("now"), value("zone")), ("2026-11-20T09:00:00Z".to_owned(), "UTC".to_owned()));
        assert_eq!(value("book_id"), manifest["book"]["id"].as_str().unwrap());
        assert!(value("definition").ends_with(": everyone;"));
    }
}

#[test]
fn the_last_run_is_told_beside_the_counts() {
    let place = Place::new("segment all: everyone;\nsegment active: status = active;\n");
    let manifest = place.runs(&["--only", "active"]);
    let (book, out) = (place.path("book"), place.path("out"));
    let (book, out) = (book.to_str().unwrap(), out.to_str().unwrap());
    let listed = stdout(&segql(&["segments", "--book", book, "--runs", out, "--format", "csv"]));
    let started = manifest["started"].as_str().unwrap();
    assert_eq!(
        listed,
        format!("tag,name,count,mailable,last_rows,last_run,error\nall,,4,2,,,\nactive,,2,2,2,{started},\n")
    );
    place.runs(&["--only", "all"]);
    let history = stdout(&segql(&["history", out, "--format", "csv"]));
    let lines: Vec<&str> = history.lines().collect();
    assert_eq!(lines.len(), 3, "{history}");
    assert!(lines[1].starts_with("active,") && lines[1].ends_with(",written,2,2,2,"), "{history}");
    assert!(lines[2].starts_with("all,") && lines[2].ends_with(",written,4,2,4,"), "{history}");
}

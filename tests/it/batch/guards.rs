//! What is held back or fails, and what stays then.

use super::{Place, people, segment, segql, stderr, stdout, tree};

const TWO: &str = "segment all: everyone;\nsegment active: status = active;\n";

#[test]
fn a_segment_out_of_bounds_is_held_back_and_its_files_stay() {
    let place = Place::new(TWO);
    place.runs(&["--formats", "csv"]);
    let before = place.text("all", "people", "csv");
    // Only the last row of the first part and the second part are left: cy, bea, dot.
    let mut contacts = people();
    contacts.parts[0].rows.drain(..2);
    place.book(contacts, TWO);
    let manifest = place.ends(6, &["--formats", "csv", "--max-change-pct", "20"]);
    let (all, active) = (segment(&manifest, "all"), segment(&manifest, "active"));
    assert_eq!((&all["state"], &active["state"]), (&"held_back".into(), &"held_back".into()));
    assert_eq!(all["error"], "3 rows after 4 (-25.0 %), and max_change_pct is 20");
    assert_eq!((&all["rows"], &all["kept"]["rows"]), (&3.into(), &4.into()));
    assert_eq!(place.text("all", "people", "csv"), before);
    // Both are told, and how to take them.
    let output = place.run(&["--formats", "csv", "--max-change-pct", "20"]);
    assert!(stderr(&output).contains("@all is held back") && stderr(&output).contains("--accept active"));
    let manifest = place.ends(6, &["--formats", "csv", "--max-change-pct", "20", "--accept", "all"]);
    assert_eq!(segment(&manifest, "all")["state"], "written");
    assert_eq!(place.text("all", "people", "csv"), "email\ncy@c.test\nbea@b.test\ndot@d.test\n");
    // Compared with what was written last, not with what was held back.
    let manifest = place.runs(&["--formats", "csv", "--max-change-pct", "50"]);
    assert_eq!(segment(&manifest, "active")["rows"], 1);
}

#[test]
fn empty_and_huge_segments_are_held_back() {
    let place =
        Place::new("segment none: status = pending;\nsegment all: everyone;\nsegment active: status = active;\n");
    let manifest = place.ends(6, &["--min-rows", "1", "--max-rows", "3"]);
    assert_eq!(segment(&manifest, "none")["error"], "it is empty, and min_rows is 1");
    assert_eq!(segment(&manifest, "all")["error"], "4 rows, and max_rows is 3");
    assert!(segment(&manifest, "all")["files"].as_array().unwrap().is_empty());
    assert_eq!(segment(&manifest, "active")["state"], "written");
}

#[test]
fn sizes_are_compared_with_another_folder_where_that_is_asked() {
    let place = Place::new(TWO);
    place.runs(&[]);
    let earlier = place.path("earlier");
    std::fs::rename(place.path("out"), &earlier).unwrap();
    let mut contacts = people();
    contacts.parts[0].rows.clear();
    place.book(contacts, TWO);
    let manifest = place.ends(6, &["--max-change-pct", "10", "--previous", earlier.to_str().unwrap()]);
    assert!(segment(&manifest, "all")["files"].as_array().unwrap().is_empty());
    let output = place.run(&["--previous", place.path("nowhere").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nowhere"), "{}", stderr(&output));
}

#[test]
fn a_failure_stops_the_run_or_leaves_the_others() {
    let place = Place::new(TWO);
    place.runs(&[]);
    let before = tree(&place.path("out"));
    let broken = format!("{TWO}segment bad: statos = active;\nsegment rests: @bad;\n");
    place.book(people(), &broken);
    let output = place.run(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("all.seg:3:14") && stderr(&output).contains("`status`"), "{}", stderr(&output));
    assert_eq!(tree(&place.path("out")), before);
    let manifest = place.ends(5, &["--keep-going"]);
    assert_eq!(
        (&segment(&manifest, "all")["state"], &segment(&manifest, "bad")["state"]),
        (&"written".into(), &"failed".into())
    );
    assert!(segment(&manifest, "bad")["error"].as_str().unwrap().contains("unknown field `statos`"));
    // What failed keeps the files it had.
    place.book(people(), "segment all: everyone;\nsegment active: statos = active;\n");
    let manifest = place.ends(5, &["--keep-going"]);
    let active = segment(&manifest, "active");
    assert_eq!((&active["kept"]["rows"], active["files"].as_array().unwrap().len()), (&2.into(), 1));
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let place = Place::new(TWO);
    let output = place.run(&["--dry-run", "--min-rows", "3"]);
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert!(!place.path("out").exists());
    let list = stdout(&output);
    assert!(list.contains("active,held back,2,2,2,0,0,") && list.contains("all,not written,4,2,4,0,0,"), "{list}");
}

#[test]
fn mistakes_of_the_plan_are_told_before_the_book_is_read() {
    let place = Place::new(TWO);
    let told = |plan: &str, more: &[&str]| {
        let plan = place.write("plan.toml", plan);
        let output = place.run(&[&["--plan", plan.as_str()], more].concat());
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(!place.path("out/manifest.json").exists());
        stderr(&output)
    };
    assert!(told("[segments.all]\nformat = [\"csv\"]", &[]).contains("nearest is `formats`"));
    assert!(told("[segments.all]\ncolumns = [\"emial\"]", &[]).contains("`email`"));
    assert!(told("[segments.al]\nmin_rows = 1", &[]).contains("there is no saved segment of this tag"));
    assert!(told("[segments.all]\nsample = \"10 | top 3 by number\"", &[]).contains("more than a sample"));
    assert!(told("[segments.all]\nsample = \"ten\"", &[]).contains("segment `all`, sample"));
    assert!(told("[segments.all]\npartition = [\"email\"]", &[]).contains("a folder a person"));
    assert!(told("[segments.all]\nmin_rows = 1", &["--only", "al"]).contains("the nearest is `all`"));
}

#[test]
fn no_address_is_logged() {
    let place = Place::new("segment one: email = \"ana@a.test\" and ana@a.test = 1;\nsegment all: everyone;\n");
    let output = place.run(&["--log", "json", "--keep-going"]);
    assert_eq!(output.status.code(), Some(5));
    let log = stderr(&output);
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    assert!(log.contains("\"event\":\"committed\"") && !log.contains("ana@"), "{log}");
}

#[test]
fn verify_finds_a_changed_byte_and_a_missing_file() {
    let place = Place::new(TWO);
    place.runs(&["--formats", "csv"]);
    let out = place.path("out");
    let verify = || segql(&["verify", out.to_str().unwrap()]);
    let path = &place.files("all", "people", "csv")[0];
    let whole = std::fs::read(path).unwrap();
    let mut changed = whole.clone();
    changed[8] ^= 1;
    for (bytes, told) in [(&changed[..], "another sha256"), (&whole[1..], "bytes, not")] {
        std::fs::write(path, bytes).unwrap();
        let output = verify();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
    std::fs::remove_file(path).unwrap();
    assert!(stderr(&verify()).contains("is not there"));
    // Another run has them whole again.
    place.runs(&["--formats", "csv"]);
}

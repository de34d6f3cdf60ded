//! All of a run or nothing of it, and the same bytes each time.

use std::fs;

use super::{CDNOW, NOW, Place, manifest, segment, segql, stderr, tree};

#[test]
fn the_same_input_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, more: &[&str]| {
        let out = dir.path().join(name);
        let arguments =
            ["run", "--book", CDNOW, "--now", NOW, "--columns", "email,orders,spent,subscribed_at", "--out"];
        let formats = ["--formats", "parquet,csv,ndjson,arrow,roaring,clickhouse,starrocks", "--partition", "funnel"];
        let output = segql(&[&arguments, [out.to_str().unwrap()].as_slice(), &formats, more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        tree(&out)
    };
    let first = run("a", &[]);
    assert!(first.len() > 100);
    assert!(first == run("b", &["--jobs", "1", "--threads", "1"]));
    assert!(first == run("c", &["--jobs", "7", "--threads", "3", "--shard-rows", "1000"]));
    // Again into the same folder: the one file more is the history.
    let mut again = run("a", &[]);
    assert!(again.remove("history.jsonl").is_some());
    assert!(first == again);
}

#[test]
fn what_a_killed_run_left_is_cleaned_up_and_nothing_else() {
    let place = Place::new("segment all: everyone;\n");
    place.runs(&["--formats", "csv"]);
    let folder = place.files("all", "people", "csv")[0].parent().unwrap().to_owned();
    let left = [".segql-Xy12", "part-00000-0123456789abcdef.csv"].map(|it| folder.join(it));
    let kept = [folder.join("notes.txt"), place.path("out/mine"), folder.join("part-0.csv")];
    left.iter().chain(&kept).for_each(|it| fs::write(it, "x").unwrap());
    place.runs(&["--formats", "csv"]);
    assert!(left.iter().all(|it| !it.exists()) && kept.iter().all(|it| it.exists()));
}

#[test]
fn only_some_leaves_the_others() {
    let place = Place::new("segment all: everyone;\nsegment active: status = active;\n");
    let first = place.runs(&["--formats", "csv"]);
    let second = place.runs(&["--formats", "csv", "--only", "active", "--columns", "email,name"]);
    assert_eq!(segment(&first, "all")["files"], segment(&second, "all")["files"]);
    assert_eq!(segment(&second, "all")["kept"]["run_id"], first["run_id"]);
    assert!(segment(&second, "active").get("kept").is_none());
    // What isn't defined any more goes, and that is told.
    place.book(super::people(), "segment active: status = active;\n");
    let output = place.run(&["--formats", "csv"]);
    assert!(stderr(&output).contains("@all is no longer defined"), "{}", stderr(&output));
    assert!(!place.path("out/segments/all").exists());
    assert_eq!(manifest(&place.path("out"))["segments"].as_array().unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn files_are_private_unless_told() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("segment all: everyone;\n");
    let modes = |more: &[&str]| -> Vec<u32> {
        place.runs(more);
        let path = &place.files("all", "people", "parquet")[0];
        let paths = [path.as_path(), &place.path("out/manifest.json"), path.parent().unwrap()];
        paths.iter().map(|it| fs::metadata(it).unwrap().permissions().mode() & 0o777).collect()
    };
    assert_eq!(modes(&[]), [0o600, 0o600, 0o700]);
    assert_eq!(modes(&["--file-mode", "640"])[..2], [0o640, 0o640]);
    assert_eq!(place.run(&["--file-mode", "999"]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let place = Place::new("segment all: everyone;\n");
    place.runs(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::remove_dir_all(place.path("out/segments/all")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), place.path("out/segments/all")).unwrap();
    let output = place.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is a link"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_manifest_that_leads_out_is_not_followed() {
    let place = Place::new("segment all: everyone;\n");
    place.runs(&["--changes"]);
    let secret = place.write("secret.parquet", "not ours");
    let mut manifest = manifest(&place.path("out"));
    manifest["segments"][0]["files"][0]["path"] = "../secret.parquet".into();
    fs::write(place.path("out/manifest.json"), manifest.to_string()).unwrap();
    let out = place.path("out");
    assert!(stderr(&segql(&["verify", out.to_str().unwrap()])).contains("leads out of the folder"));
    assert_eq!(place.run(&["--changes"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(secret).unwrap(), "not ours");
    fs::write(place.path("out/manifest.json"), "{").unwrap();
    let output = place.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("manifest.json: damaged"), "{}", stderr(&output));
}

//! Manifests of books: what one lists is what there is, and nothing else is loaded.

use std::fs;
use std::path::Path;

use segql::engine::{Engine, Error, ImageUse, Limits, OpenOptions, write_manifest};
use serde_json::Value;
use tempfile::TempDir;

/// The book of real orders, copied.
fn book() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["contacts.parquet", "activity.parquet"] {
        fs::copy(Path::new("data/cdnow").join(name), dir.path().join(name)).unwrap();
    }
    dir
}

fn open(dir: &Path) -> Result<Engine, Error> {
    Engine::open(dir, &OpenOptions { image: ImageUse::Never, ..OpenOptions::default() })
}

#[track_caller]
fn refused(dir: &Path, words: &[&str]) {
    let error = open(dir).err().expect("an error");
    let text = error.to_string();
    assert!(words.iter().all(|it| text.contains(it)) && text.contains("segql manifest"), "{text}");
    assert_eq!(error.exit_code(), 4);
}

#[test]
fn it_lists_what_there_is() {
    let dir = book();
    let written = write_manifest(dir.path(), Limits::default()).unwrap();
    let manifest: Value = serde_json::from_slice(&fs::read(dir.path().join("manifest.json")).unwrap()).unwrap();
    // By `sha256sum`, `stat` and another reader of Parquet.
    let expected = serde_json::json!({"files": [
        {"path": "activity.parquet", "bytes": 286_927, "rows": 69_659, "sha256": "4ec3d10fb59d30512e7cac2399eb8fab0c38619ed1304ba607706e3a9614233f"},
        {"path": "contacts.parquet", "bytes": 87_879, "rows": 23_570, "sha256": "375e205fbe6ae9eb007ec1cc29ee8605fb23cc9e063e646f3f0696ebde210556"},
    ]});
    assert_eq!(manifest, expected);
    assert_eq!((written.n_files, written.n_bytes), (2, 286_927 + 87_879));
    open(dir.path()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let set = |name: &str, mode| fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(mode));
        set("contacts.parquet", 0o640).unwrap();
        set("activity.parquet", 0o644).unwrap();
        write_manifest(dir.path(), Limits::default()).unwrap();
        let mode = fs::metadata(dir.path().join("manifest.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}

#[test]
fn what_differs_is_not_loaded_until_it_is_meant() {
    let dir = book();
    write_manifest(dir.path(), Limits::default()).unwrap();
    let activity = dir.path().join("activity.parquet");
    let before = fs::read(&activity).unwrap();
    let mut flipped = before.clone();
    flipped[100_000] ^= 1;
    fs::write(&activity, &flipped).unwrap();
    refused(dir.path(), &["activity.parquet", "sha256"]);
    fs::remove_file(&activity).unwrap();
    refused(dir.path(), &["activity.parquet", "not there"]);
    write_manifest(dir.path(), Limits::default()).unwrap();
    open(dir.path()).unwrap();
    fs::write(&activity, &before).unwrap();
    refused(dir.path(), &["activity.parquet", "not listed"]);
    write_manifest(dir.path(), Limits::default()).unwrap();
    open(dir.path()).unwrap();
}

#[test]
fn what_was_listed_besides_stays_listed() {
    let dir = book();
    let settings = dir.path().join("book.toml");
    fs::write(&settings, "time_zone = \"UTC\"\n").unwrap();
    fs::write(dir.path().join("manifest.json"), "{\"files\": [{\"path\": \"book.toml\"}, {\"path\": \"../x\"}]}")
        .unwrap();
    write_manifest(dir.path(), Limits::default()).unwrap();
    open(dir.path()).unwrap();
    fs::write(&settings, "time_zone = \"Asia/Jakarta\"\n").unwrap();
    refused(dir.path(), &["book.toml", "bytes"]);
}

#[test]
fn what_is_no_book_gets_none() {
    let dir = tempfile::tempdir().unwrap();
    let error = |dir: &Path| write_manifest(dir, Limits::default()).unwrap_err().to_string();
    assert!(error(dir.path()).contains("no contacts here"));
    assert!(error(&dir.path().join("none")).contains("no such directory"));
    let dir = book();
    let of_a_run = "{\"form\": 1, \"segments\": []}";
    fs::write(dir.path().join("manifest.json"), of_a_run).unwrap();
    assert!(error(dir.path()).contains("not the manifest of a book"));
    assert_eq!(fs::read_to_string(dir.path().join("manifest.json")).unwrap(), of_a_run);
    fs::remove_file(dir.path().join("manifest.json")).unwrap();
    fs::write(dir.path().join("visitors.parquet"), "no Parquet at all").unwrap();
    assert!(error(dir.path()).contains("visitors.parquet"));
    assert!(!dir.path().join("manifest.json").exists());
}

//! `segql run` and its kin as a user meets them: what is written, what is held back, what stays.

mod document;
mod guards;
mod outputs;
mod wholeness;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::raw::{Phys, RawBook, RawTable};
use crate::value::V;

const CDNOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow");
const NOW: &str = "1998-07-01T00:00:00Z";

fn segql(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segql")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with a book and outputs.
struct Place {
    dir: tempfile::TempDir,
}

/// Four contacts and one row that another replaces: ana and bea are active, cy isn't, dot has no status.
///
/// Rows 0 to 4 of the files are ana, bea as she was, cy, bea, dot; in two parts.
fn people() -> RawTable {
    let columns = [
        ("email", Phys::Text),
        ("name", Phys::Text),
        ("status", Phys::Text),
        ("country", Phys::Text),
        ("number", Phys::Int64),
    ];
    let row = |email: &str, name: &str, status: &str, country: &str, number: i64| {
        let text = |it: &str| if it.is_empty() { V::Null } else { V::text(it) };
        vec![text(email), text(name), text(status), text(country), if number == 0 { V::Null } else { V::Int(number) }]
    };
    let mut table = RawTable::one(
        &columns,
        vec![
            row("ana@a.test", "=1+1", "active", "ID", 70),
            row("bea@b.test", "old", "pending", "SG", 71),
            row("cy@c.test", "Cy, \"the\" third", "unsubscribed", "a/b c", 72),
        ],
    );
    let mut second = table.parts[0].clone();
    second.rows = vec![row(" BEA@b.test", "Bea", "active", "ID", 73), row("dot@d.test", "", "", "", 0)];
    table.parts.push(second);
    table
}

impl Place {
    /// With a book of [`people`] and these definitions.
    fn new(segments: &str) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        place.book(people(), segments);
        place
    }

    /// Puts another book in the place of the one there is.
    fn book(&self, contacts: RawTable, segments: &str) {
        let _ = fs::remove_dir_all(self.path("book"));
        let book = RawBook { zone: "UTC".to_owned(), contacts, segments: segments.to_owned(), ..RawBook::default() };
        book.write(self.dir.path());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Runs into `out`.
    fn run(&self, more: &[&str]) -> Output {
        let (book, out) = (self.path("book"), self.path("out"));
        let arguments = ["run", "--now", "2026-11-20T09:00:00Z", "--book", book.to_str().unwrap(), "--out"];
        segql(&[&arguments, [out.to_str().unwrap()].as_slice(), more].concat())
    }

    #[track_caller]
    fn runs(&self, more: &[&str]) -> Value {
        self.ends(0, more)
    }

    /// Runs with this exit status; the outputs must be as their manifest says. Answers with it.
    #[track_caller]
    fn ends(&self, status: i32, more: &[&str]) -> Value {
        let output = self.run(more);
        assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"));
        let verified = segql(&["verify", self.path("out").to_str().unwrap()]);
        assert!(verified.status.success(), "{}", stderr(&verified));
        manifest(&self.path("out"))
    }

    /// The files of a segment that list `set` in a format.
    fn files(&self, tag: &str, set: &str, format: &str) -> Vec<PathBuf> {
        let manifest = manifest(&self.path("out"));
        let files = segment(&manifest, tag)["files"].as_array().unwrap().clone();
        let is_wanted = |it: &&Value| it["set"] == set && it["format"] == format;
        files.iter().filter(is_wanted).map(|it| self.path("out").join(it["path"].as_str().unwrap())).collect()
    }

    /// What those files say, one after the other.
    fn text(&self, tag: &str, set: &str, format: &str) -> String {
        self.files(tag, set, format).iter().map(|it| fs::read_to_string(it).unwrap()).collect()
    }
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap()
}

#[track_caller]
fn segment<'m>(manifest: &'m Value, tag: &str) -> &'m Value {
    manifest["segments"].as_array().unwrap().iter().find(|it| it["tag"] == tag).unwrap()
}

/// Every file below a folder with its bytes, by path; what differs from run to run left out of the manifest.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let mut bytes = fs::read(&path).unwrap();
            if name == "manifest.json" {
                let mut manifest = manifest(root);
                for varying in ["run_id", "started", "elapsed"] {
                    manifest.as_object_mut().unwrap().remove(varying).unwrap();
                }
                bytes = manifest.to_string().into_bytes();
            }
            all.insert(name, bytes);
        }
    }
    all
}

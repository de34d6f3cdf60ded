//! `docs/batch.md` is run: its plan over the book it names, and what it says comes out. The counts were taken with DuckDB.
//! So are the README's two nights.

use std::fs;

use super::{CDNOW, manifest, segql, stderr, stdout};

const DOCUMENT: &str = include_str!("../../../docs/batch.md");

/// The block of a language.
fn block(language: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```\n").unwrap().0
}

#[test]
fn its_plan_does_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("segments.toml"), block("toml")).unwrap();
    let line = block("sh").trim().replace("data/cdnow", CDNOW);
    let arguments: Vec<String> = line.split(' ').skip(1).map(str::to_owned).collect();
    let arguments = arguments.into_iter().map(|it| if it == "segments.toml" || it == "out" { path(&it) } else { it });
    let arguments: Vec<String> = arguments.collect();
    let output = segql(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", stderr(&output));
    let columns = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [cells[0], cells[1], cells[2], cells[4]].join(",")
    };
    assert_eq!(stdout(&output).lines().map(columns).collect::<Vec<_>>(), block("csv").lines().collect::<Vec<_>>());
    let manifest = manifest(&dir.path().join("out"));
    for field in manifest.as_object().unwrap().keys().chain(manifest["segments"][0].as_object().unwrap().keys()) {
        assert!(DOCUMENT.contains(&format!("`{field}`")), "`{field}` isn't told");
    }
}

#[test]
fn it_tells_every_option_and_format() {
    let help = stdout(&segql(&["run", "--help"]));
    let options = help.split("unless the plan says else of it:").nth(1).unwrap().split("Examples:").next().unwrap();
    let (mut n_options, text) = (0, DOCUMENT.replace('-', "_"));
    for line in options.lines() {
        let Some(option) = line.trim().strip_prefix("--").and_then(|it| it.split(' ').next()) else { continue };
        n_options += 1;
        assert!(text.contains(&option.replace('-', "_")), "`{option}` isn't told");
    }
    assert_eq!(n_options, 12, "{options}");
    for format in ["parquet", "csv", "ndjson", "arrow", "roaring", "clickhouse", "starrocks"] {
        assert!(DOCUMENT.contains(&format!("`{format}`")));
    }
}

#[test]
fn the_second_night_of_the_readme_is_held_back_as_it_says() {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("## Segments as files").unwrap();
    let (commands, rest) = section.split_once("```sh\n").unwrap().1.split_once("```").unwrap();
    let told = rest.split_once("```text\n").unwrap().1.split_once("```").unwrap().0.trim();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    let mut runs = Vec::new();
    for command in commands.lines().filter(|it| it.starts_with("segql run")) {
        let words = command.split(' ').skip(1).map(|it| match it {
            "data/cdnow" => CDNOW,
            "out" => &out,
            word => word,
        });
        runs.push(segql(&words.collect::<Vec<_>>()));
    }
    assert_eq!(runs.iter().map(|it| it.status.code()).collect::<Vec<_>>(), [Some(0), Some(6)]);
    assert_eq!(stderr(&runs[1]).trim(), told);
}

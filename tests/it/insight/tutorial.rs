//! `docs/tutorial.md` is run: every block that begins with `$ segql …` holds what that prints.
//!
//! `UPDATE_GOLDEN=1` writes the blocks anew; the diff is what a reader will see.

use std::path::Path;
use std::process::Command;

use super::help::shell_words;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tutorial.md");
const FENCE: &str = "```console\n$ ";

/// What differs from run to run, or with how columns are stored.
fn masked(line: &str) -> String {
    let is_varying = |word: &&str| ["ms", "s", "B", "kB", "MB", "KiB", "MiB", "bytes"].contains(word);
    let words: Vec<&str> = line.split_whitespace().collect();
    let shown = words.iter().enumerate().map(|(at, word)| {
        let is_measured = words.get(at + 1).is_some_and(|it| is_varying(&it.trim_end_matches([',', ';', '.'])));
        let is_name = at > 0 && words[at - 1] == "run";
        if is_measured && word.parse::<f64>().is_ok() || is_name { "#" } else { word }
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_tutorial_prints_what_it_shows() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    // Copied, so that what is written lies beside the copy.
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("data/cdnow");
    std::fs::create_dir_all(book.join("segments")).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cdnow");
    for file in ["contacts.parquet", "activity.parquet", "segments/customers.seg"] {
        std::fs::copy(from.join(file), book.join(file)).unwrap();
    }
    let mut blocks = page.split(FENCE);
    let mut renewed = blocks.next().unwrap().to_owned();
    let mut n_blocks = 0;
    let mut wrong = Vec::new();
    for block in blocks {
        n_blocks += 1;
        let (block, after) = block.split_once("```\n").unwrap();
        let (line, shown) = block.split_once('\n').unwrap();
        let words = shell_words(line);
        assert_eq!(words[0], "segql", "{line}");
        let output =
            Command::new(env!("CARGO_BIN_EXE_segql")).args(&words[1..]).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines = |text: &str| text.lines().map(masked).collect::<Vec<_>>();
        if lines(&printed) != lines(shown) {
            wrong.push(format!("{line}\n{printed}"));
        }
        renewed.push_str(&format!("{FENCE}{line}\n{printed}```\n{after}"));
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() && renewed != page {
        std::fs::write(PAGE, renewed).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "other than the page shows:\n{}", wrong.join("\n"));
    assert!(n_blocks >= 12, "{n_blocks}");
    for command in ["query", "why", "why-empty", "overlap", "profile", "forecast", "run"] {
        assert!(page.contains(&format!("{FENCE}segql {command} ")), "{command}");
    }
}

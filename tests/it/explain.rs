//! What the command says of itself and of errors: explanations, lines of JSON, completions, the manual.

use std::io::Write;
use std::process::{Command, Output, Stdio};

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow");

fn segql(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segql")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The lines of stderr, each of which must be JSON.
#[track_caller]
fn json_lines(output: &Output, status: i32) -> Vec<serde_json::Value> {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(status), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn a_code_is_explained_in_any_case() {
    let text = stdout(&segql(&["explain-error", "q0202"]));
    assert!(text.starts_with("Q0202 ") && text.contains("    status = activ\n"), "{text}");
    assert!(!text.contains("Q0203") && !text.contains("```"), "{text}");
    let all = stdout(&segql(&["explain-error"]));
    assert!(all.lines().count() > 60 && all.lines().all(|it| it.starts_with('Q')), "{all}");
}

#[test]
fn an_unknown_code_gets_the_nearest() {
    let output = segql(&["explain-error", "Q020"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("`Q020`") && text.contains("`Q0201`"), "{text}");
}

#[test]
fn each_mistake_of_a_sentence_is_a_line_of_json() {
    let sentence = "city = \"東京\" or\nspnt > 5 and funel = lost";
    let lines = json_lines(&segql(&["query", "--book", BOOK, "--error-format", "json", sentence]), 3);
    assert_eq!(lines.len(), 3, "{lines:?}");
    let second = &lines[1];
    assert_eq!((second["severity"].as_str(), second["code"].as_str()), (Some("error"), Some("Q0201")));
    assert!(second["file"].is_null());
    let span = &second["spans"][0];
    let place = ["start_line", "start_column", "end_line", "end_column", "start_byte", "end_byte"];
    // The two characters are of three bytes each: 7 + 8 bytes and " or" and the line's end stand before.
    assert_eq!(place.map(|it| span[it].as_u64().unwrap()), [2, 1, 2, 5, 19, 23]);
    assert_eq!(span["label"], "spnt");
    assert!(second["help"][0].as_str().unwrap().contains("`spent`"), "{second}");
}

#[test]
fn what_is_about_no_sentence_is_a_line_of_json_too() {
    let json = "--error-format=json";
    for (arguments, status, word) in [
        (&["query", json, "--book", "no/such/book", "everyone"][..], 4, "no/such/book"),
        (&["inspect", json, "--bok", "b"], 2, "--bok"),
        (&["query", json, "--book", BOOK, "--format", "cvs", "everyone"], 2, "cvs"),
        (&["query", json, "--book", BOOK, "-f", "no/such/file"], 1, "no/such/file"),
    ] {
        let lines = json_lines(&segql(arguments), status);
        assert_eq!(lines.len(), 1);
        assert!(lines[0]["code"].is_null() && lines[0]["message"].as_str().unwrap().contains(word), "{lines:?}");
    }
}

#[test]
fn no_address_stands_in_a_line_of_json() {
    for sentence in
        ["email = someone@example.com", "email = \"someone@example.com\"", "\"someone@example.com\" = email"]
    {
        let output = segql(&["query", "--error-format", "json", "--book", BOOK, sentence]);
        let lines = String::from_utf8(output.stderr).unwrap();
        assert!(lines.starts_with('{') && !lines.contains("example.com"), "{lines}");
    }
}

#[test]
fn bash_reads_the_completions() {
    let script = segql(&["completions", "bash"]).stdout;
    assert!(String::from_utf8_lossy(&script).contains("explain-error"));
    match Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn() {
        Ok(mut bash) => {
            bash.stdin.take().unwrap().write_all(&script).unwrap();
            assert!(bash.wait().unwrap().success());
        }
        Err(_) => println!("skipped: no bash"),
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(stdout(&segql(&["completions", shell])).contains("explain-error"), "{shell}");
    }
}

#[test]
fn the_manual_has_every_command() {
    let commands = ["query", "repl", "inspect", "gen", "bench", "explain-error", "completions", "man"];
    let page = stdout(&segql(&["man"])).replace('\\', "");
    let dir = tempfile::tempdir().unwrap();
    assert!(segql(&["man", "--dir", dir.path().to_str().unwrap()]).status.success());
    for command in commands {
        assert!(page.contains(&format!("segql-{command}(1)")), "{command}: {page}");
        let own = std::fs::read_to_string(dir.path().join(format!("segql-{command}.1"))).unwrap();
        assert!(own.contains(".SH SYNOPSIS"), "{own}");
    }
}

//! The command as a user meets it: answers, exit statuses, what is left behind.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow");
const NOW: &str = "1998-07-01T00:00:00Z";

pub fn segql(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segql")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn piped(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_segql"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn fails(output: &Output, status: i32, words: &[&str]) {
    assert_eq!(output.status.code(), Some(status), "{}", stderr(output));
    assert!(output.stdout.is_empty(), "{}", stdout(output));
    for word in words {
        assert!(stderr(output).contains(word), "no `{word}` in: {}", stderr(output));
    }
    assert!(!stderr(output).contains("panicked"), "{}", stderr(output));
}

/// The book's facts: 23,570 customers, 528 promoters, 11,908 of one order (data/README.md).
#[test]
fn counts_are_printed_alone() {
    for (filter, count) in [
        ("everyone", "23570\n"),
        ("funnel = promoter", "528\n"),
        ("did purchase once", "11908\n"),
        ("did purchase at least 3 times in last 365 days where amount > 20", "2099\n"),
    ] {
        let output = segql(&["query", "--book", BOOK, "--now", NOW, "--format", "count", filter]);
        assert_eq!(stdout(&output), count, "{filter}: {}", stderr(&output));
        assert!(output.status.success());
    }
}

#[test]
fn a_bare_filter_in_a_pipe_is_the_row_of_count() {
    let output = piped(&["query", "--book", BOOK], "everyone");
    assert_eq!(stdout(&output), "count,mailable,pending,unsubscribed,hard_bounce,no_status\n23570,0,0,0,0,23570\n");
}

#[test]
fn people_come_by_email() {
    let output = segql(&[
        "query",
        "--book",
        BOOK,
        "--format",
        "csv",
        "--columns",
        "email,orders",
        "email starts with \"c0000\"",
    ]);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "email,orders");
    assert!(lines[1..].is_sorted() && lines.len() == 10, "{text}");
}

#[test]
fn a_wrong_sentence_is_shown_with_its_place() {
    let output = segql(&["query", "--book", BOOK, "spnt > 5 and funel = lost"]);
    fails(&output, 3, &["query:1:1", "`spnt`", "spent", "query:1:14", "`funel`", "funnel"]);
}

#[test]
fn a_wrong_command_line_is_status_2() {
    fails(&segql(&["query"]), 2, &["--book"]);
    fails(&segql(&["query", "--book", BOOK, "--format", "cvs", "everyone"]), 2, &["cvs", "csv"]);
    fails(&segql(&["query", "--book", BOOK, "--tz", "Asia/Jakarter", "everyone"]), 2, &["Asia/Jakarter"]);
    fails(&segql(&["query", "--book", BOOK, "--columns", "email", "everyone | funnel"]), 2, &["--columns"]);
    fails(&segql(&["query", "--book", BOOK, "--columns", "emial", "everyone"]), 2, &["emial", "email"]);
}

#[test]
fn a_book_that_is_none_is_status_4() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().to_str().unwrap();
    fails(&segql(&["query", "--book", "no/such/book", "everyone"]), 4, &["no/such/book"]);
    fails(&segql(&["query", "--book", book, "everyone"]), 4, &["contacts"]);
    std::fs::write(dir.path().join("contacts.parquet"), "no Parquet at all").unwrap();
    fails(&segql(&["query", "--book", book, "everyone"]), 4, &["contacts.parquet"]);
}

/// Cut at every sort of place: in the data, in the footer, in the last bytes.
#[test]
fn a_truncated_book_leaves_no_output_behind() {
    let dir = tempfile::tempdir().unwrap();
    let whole = std::fs::read(Path::new(BOOK).join("contacts.parquet")).unwrap();
    let out = dir.path().join("out.csv");
    for cut in [0, 3, 1_000, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        std::fs::write(dir.path().join("contacts.parquet"), &whole[..cut]).unwrap();
        let book = dir.path().to_str().unwrap();
        let output = segql(&["query", "--book", book, "--output", out.to_str().unwrap(), "everyone"]);
        fails(&output, 4, &["contacts.parquet"]);
        assert!(!out.exists());
    }
}

#[test]
fn an_output_is_not_replaced_unless_told() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.csv");
    let path = out.to_str().unwrap();
    let ask = |more: &[&str]| {
        segql(
            &[&["query", "--book", BOOK, "--output", path], more, &["--columns", "email", "funnel = promoter"]]
                .concat(),
        )
    };
    assert!(ask(&[]).status.success());
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 529);
    fails(&ask(&[]), 1, &["exists"]);
    assert!(ask(&["--overwrite"]).status.success());
}

#[test]
fn a_script_stops_at_its_first_error() {
    let output = piped(&["repl", "--book", BOOK], "everyone | by funnel;\nfunel = lost;\neveryone;\n");
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).starts_with("funnel,count,share\ncustomer,11908,"), "{}", stdout(&output));
    assert!(!stdout(&output).contains("mailable"));
}

#[test]
fn a_script_tells_the_line_of_an_error_and_may_go_on() {
    let script =
        ".timer off\nfunnel = promoter | by stage;\n  everyone and spnt > 5;\n.vals stage\n.values stage promo\n";
    let output = piped(&["repl", "--book", BOOK], script);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(stdout(&output), "stage,count,share\npromoter,528,1.0\n");
    assert!(stderr(&output).contains("query:3:16"), "{}", stderr(&output));
    assert!(!stderr(&output).contains(".vals"), "{}", stderr(&output));
    let output = piped(&["repl", "--book", BOOK, "--keep-going"], script);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).ends_with("value,count\npromoter,528\n"), "{}", stdout(&output));
    assert!(stderr(&output).contains("unknown command `.vals`; nearest: `.values`"), "{}", stderr(&output));
}

/// Copied, so that the examples can save; with what they read beside it.
#[test]
fn each_command_has_examples_that_run() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("book");
    std::fs::create_dir_all(book.join("segments")).unwrap();
    for file in ["contacts.parquet", "activity.parquet"] {
        std::fs::copy(Path::new(BOOK).join(file), book.join(file)).unwrap();
    }
    std::fs::write(dir.path().join("questions.segql"), "did purchase twice;\n.timer off\n").unwrap();
    let run = |script: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segql"))
            .args(["repl", "--book", "book", "--now", NOW])
            .env("EDITOR", "true")
            .env_remove("VISUAL")
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let commands: Vec<String> = stdout(&run(".help"))
        .lines()
        .filter_map(|it| Some(it.trim_start().strip_prefix('.')?.split(' ').next()?.to_owned()))
        .collect();
    assert_eq!(commands.len(), 20, "{commands:?}");
    for command in commands {
        let help = stdout(&run(&format!(".help {command}")));
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        let examples: Vec<&str> = examples.split("\n\n").filter(|it| !it.trim().is_empty()).collect();
        assert_eq!(examples.len(), 2, "{help}");
        for example in examples {
            let script: String = example.lines().map(|it| format!("{}\n", it.trim_start())).collect();
            let output = run(&script);
            assert!(output.status.success(), "{script}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_segql"))
        .args(["query", "--book", BOOK, "--format", "ids", "everyone"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
}

#[test]
fn every_help_has_examples() {
    let commands = [
        "query",
        "repl",
        "check",
        "segments",
        "why",
        "why-empty",
        "overlap",
        "profile",
        "forecast",
        "diff",
        "trend",
        "explain",
        "run",
        "verify",
        "history",
        "inspect",
        "build",
        "manifest",
        "sql",
        "gen",
        "bench",
        "fmt",
        "convert",
        "explain-error",
        "completions",
        "man",
    ];
    for command in commands {
        let help = stdout(&segql(&[command, "--help"]));
        assert!(help.contains("Examples:") && help.contains("segql"), "{help}");
    }
    assert!(stdout(&segql(&["--help"])).contains("Exit status:"));
}

#[test]
fn inspect_tells_rows_and_types() {
    let output = segql(&["inspect", "--format", "json", BOOK]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["contacts"]["rows"], 23_570);
    assert_eq!(report["records"][0]["rows"], 69_659);
}

#[test]
fn fmt_replaces_files_whole_and_leaves_wrong_ones() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (a, wrong, done) = (file("a.seg", "a == 1 # x\n;"), file("w.seg", "a = ;"), file("d.seg", "a = 1;\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&a, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let check = segql(&["fmt", "--check", &a, &done]);
    fails(&check, 1, &["a.seg"]);
    assert!(!stderr(&check).contains("d.seg"), "{}", stderr(&check));
    assert_eq!(std::fs::read_to_string(&a).unwrap(), "a == 1 # x\n;");
    fails(&segql(&["fmt", &wrong, "no/such.seg", &a]), 3, &["w.seg", "no/such.seg", "expected a value"]);
    assert_eq!(std::fs::read_to_string(&a).unwrap(), "a = 1; # x\n");
    assert_eq!(std::fs::read_to_string(&wrong).unwrap(), "a = ;");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&a).unwrap().permissions().mode() & 0o777, 0o644);
    }
    assert!(segql(&["fmt", "--check", &a, &done]).status.success());
    let output = piped(&["fmt"], "STATUS == Active AND(age>30)");
    assert_eq!(stdout(&output), "STATUS = Active and age > 30\n");
}

#[test]
fn convert_goes_both_ways() {
    let json = segql(&["convert", "--to", "json", "not did purchase and age >= 30"]);
    assert!(json.status.success(), "{}", stderr(&json));
    assert!(stdout(&json).contains("\"dsl\": \"did purchase\""), "{}", stdout(&json));
    let back = piped(&["convert", "--to", "dsl"], &stdout(&json));
    assert_eq!(stdout(&back), "not did purchase and age >= 30\n");
    let list = segql(&["convert", "--to", "dsl", "[{\"field\":\"labels\",\"operator\":\"in\",\"value\":[\"vip\"]}]"]);
    assert_eq!(stdout(&list), "labels in (vip)\n");
    fails(&segql(&["convert", "--to", "dsl", "{\"a\":"]), 3, &["query:1:5", "JSON"]);
    fails(&segql(&["convert", "--to", "json", "a = "]), 3, &["query:1:3"]);
    for hostile in ["[", "{\"rules\":[", "{\"combinator\":\"and\",\"not\":true,\"rules\":["] {
        fails(&piped(&["convert", "--to", "dsl"], &hostile.repeat(200_000)), 3, &["deep"]);
    }
    let deep = format!("{}a = 1{}", "not (a = 1 and (b = 2 or ".repeat(21), "))".repeat(21));
    let json = piped(&["convert", "--to", "json"], &deep);
    assert_eq!(stdout(&piped(&["convert", "--to", "dsl"], &stdout(&json))).trim_end(), deep);
}

#[test]
fn check_tells_and_its_status_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("more.seg");
    std::fs::write(&file, "segment none: spent > 40 and spent < 30;\n").unwrap();
    let path = file.to_str().unwrap();
    let output = segql(&["check", "--book", BOOK, path]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("warning[Q1101]") && stderr(&output).contains("more.seg:1:15"));
    fails(&segql(&["check", "--book", BOOK, "--warnings", "deny", path]), 3, &["contradict"]);
    let quiet = segql(&["check", "--book", BOOK, "--warnings", "allow", path]);
    assert!(quiet.status.success() && !stderr(&quiet).contains("contradict"), "{}", stderr(&quiet));
    std::fs::write(&file, "segment none: spnt > 40;\n").unwrap();
    fails(&segql(&["check", "--book", BOOK, path]), 3, &["`spnt`", "spent"]);
}

#[test]
fn segments_are_listed_the_broken_ones_too() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("all.seg"),
        "segment best \"The best\": funnel = promoter;\nsegment bad: spnt > 3;\nsegment once: did purchase once;\n",
    )
    .unwrap();
    let folder = dir.path().to_str().unwrap();
    let output = segql(&["segments", "--book", BOOK, "--segments", folder, "--format", "csv"]);
    assert_eq!(output.status.code(), Some(3));
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["tag,name,count,mailable,error", "best,The best,528,0,"]);
    assert!(lines[2].starts_with("bad,,,,") && lines[2].contains("spnt"), "{text}");
    assert_eq!(lines[3], "once,,11908,0,");
}

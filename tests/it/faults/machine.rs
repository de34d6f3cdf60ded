//! Faults of the machine, as the command meets them.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cli::segql;

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow");
const SEGQL: &str = env!("CARGO_BIN_EXE_segql");

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Behind `before`, in a shell.
fn in_shell(before: &str, arguments: &str) -> Output {
    let script = format!("{before}; exec {SEGQL} {arguments}");
    Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap()
}

/// An error tells its status and what the book needs; exactly that much is enough.
#[test]
fn a_book_that_takes_more_memory_than_it_may_is_refused() {
    let ask = |size: &str| {
        segql(&["query", "--book", BOOK, "--no-image", "--threads", "2", "--max-memory", size, "everyone"])
    };
    let refused = ask("1M");
    let told = words(&refused);
    assert_eq!(refused.status.code(), Some(4), "{told}");
    let needed: u64 = told.split("--max-memory ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(ask(&needed.to_string()).status.success());
    assert_eq!(ask(&(needed - 1).to_string()).status.code(), Some(4));
    assert!(ask("2G").status.success());
    assert_eq!(ask("much").status.code(), Some(2));
}

/// An image counts with its bytes.
#[test]
fn an_image_that_takes_more_memory_than_it_may_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["contacts.parquet", "activity.parquet"] {
        std::fs::copy(std::path::Path::new(BOOK).join(file), dir.path().join(file)).unwrap();
    }
    let book = dir.path().to_str().unwrap();
    assert!(segql(&["build", book]).status.success());
    let ask = |size: &str| segql(&["query", "--book", book, "--max-memory", size, "everyone"]);
    let refused = ask("1M");
    assert_eq!(refused.status.code(), Some(4));
    let told = words(&refused);
    assert!(told.contains("from its image"), "{told}");
    let needed: u64 = told.split("--max-memory ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(ask(&needed.to_string()).status.success());
    assert_eq!(ask(&(needed - 1).to_string()).status.code(), Some(4));
}

/// The ceiling that nobody set is below `ulimit -v`: nothing is begun that would end in an abort.
#[cfg(target_os = "linux")]
#[test]
fn a_small_address_space_is_no_abort() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("book");
    assert!(segql(&["gen", "--contacts", "20000", book.to_str().unwrap()]).status.success());
    let arguments = format!("query --book {} --no-image --threads 1 --format count everyone", book.display());
    let mut statuses = Vec::new();
    for kilobytes in [100_000, 120_000, 150_000, 200_000, 400_000, 1_000_000] {
        let output = in_shell(&format!("ulimit -v {kilobytes}"), &arguments);
        let code = output.status.code();
        assert!(
            matches!(code, Some(0 | 1 | 4)) && !words(&output).contains("panicked"),
            "{kilobytes}: {code:?} {}",
            words(&output)
        );
        statuses.push(code);
    }
    assert!(statuses.contains(&Some(4)) && statuses.last() == Some(&Some(0)), "{statuses:?}");
}

/// With too few handles a file can't be opened, and that is told; with enough the count is the count.
#[test]
fn few_file_handles_are_an_error_or_enough() {
    let mut n_fine = 0;
    for handles in [4, 5, 6, 7, 8, 10, 12, 16, 32] {
        let arguments = format!("query --book {BOOK} --no-image --format count everyone");
        let output = in_shell(&format!("ulimit -n {handles}"), &arguments);
        let told = words(&output);
        assert!(!told.contains("panicked"), "{handles}: {told}");
        match output.status.code() {
            Some(0) => {
                assert_eq!(output.stdout, b"23570\n", "{handles}");
                n_fine += 1;
            }
            Some(1 | 4) => assert!(!told.is_empty() && output.stdout.is_empty(), "{handles}: {told}"),
            // The loader of the system's libraries needs some, too.
            code => assert!(code == Some(127) || told.contains("shared libraries"), "{handles}: {code:?} {told}"),
        }
    }
    assert!(n_fine > 0);
}

#[test]
fn a_full_device_is_an_error() {
    let output = in_shell("true", &format!("query --book {BOOK} --format ids everyone >/dev/full"));
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(!words(&output).contains("panicked") && words(&output).contains("space"), "{}", words(&output));
}

/// Where nothing can be written, the answer that was to be written is an error, and any other is as ever.
#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let output = segql(&["query", "--book", BOOK, "--output", "/proc/segql.csv", "--columns", "email", "everyone"]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("/proc"), "{}", words(&output));
    let output = segql(&["run", "--book", BOOK, "--out", "/proc/out"]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
}

#[test]
fn no_home_is_needed() {
    let script = "everyone | by funnel;\n.history\n";
    let mut child = Command::new(SEGQL)
        .args(["repl", "--book", BOOK])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!words(&output).contains("panicked") && output.stdout.starts_with(b"funnel,count"), "{}", words(&output));
    let output =
        Command::new(SEGQL).args(["query", "--book", BOOK, "everyone"]).env_clear().env("HOME", "").output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
}

/// At the first and last `now` that can be said, days and windows that would lie beyond are told or hold nobody.
#[test]
fn the_clock_may_stand_at_its_ends() {
    let filters = [
        "did purchase in last 365 days",
        "first_order in next 9000 years",
        "did purchase in this year",
        "did purchase since today - 1 day",
        "did purchase before tomorrow",
    ];
    for now in [
        "9999-12-31T23:59:59Z",
        "9999-12-30T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
    ] {
        for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Niue"] {
            for filter in filters {
                let arguments = ["query", "--book", BOOK, "--now", now, "--tz", zone, "--format", "count", filter];
                let output = segql(&arguments);
                let told = words(&output);
                assert!(matches!(output.status.code(), Some(0 | 2 | 3)), "{now} {zone} {filter}: {told}");
                assert!(!told.contains("panicked"), "{now} {zone} {filter}: {told}");
            }
        }
    }
}

/// Ctrl-C, and the end that a supervisor asks for: soon, with the status that says so.
#[test]
fn signals_end_it_with_130() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("filters.segql");
    std::fs::write(&file, "did purchase at least 3 times in last 365 days where amount > 20;").unwrap();
    for signal in ["INT", "TERM"] {
        let mut child = Command::new(SEGQL)
            .args(["bench", "--book", BOOK, "--runs", "4000000000", "-f", file.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(600));
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let start = Instant::now();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if start.elapsed() > Duration::from_secs(30) => {
                    child.kill().unwrap();
                    panic!("{signal}: still running");
                }
                None => sleep(Duration::from_millis(20)),
            }
        };
        assert_eq!(status.code(), Some(130), "{signal}");
    }
}

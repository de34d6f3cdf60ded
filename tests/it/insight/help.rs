//! The worked examples of the commands' help: what follows a line `$ segql …` is what it prints.

use std::process::Command;

const COMMANDS: [&str; 8] = ["why", "why-empty", "explain", "overlap", "profile", "forecast", "diff", "trend"];

/// Figures that differ from run to run or with how columns are stored: `0.3 ms`, `24 kB`.
fn masked(line: &str) -> String {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    for at in 1..words.len() {
        if ["ms", "B", "kB", "MB"].contains(&words[at]) && words[at - 1].parse::<f64>().is_ok() {
            words[at - 1] = "#";
            words[at] = "#";
        }
    }
    words.join(" ")
}

/// The words of a command line, single quotes undone.
pub fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|it| !it.is_empty());
    words
}

/// What a command line that begins with `segql` prints, run where the package lies.
pub fn run(line: &str) -> String {
    let words = shell_words(line);
    assert_eq!(words[0], "segql");
    let output = Command::new(env!("CARGO_BIN_EXE_segql"))
        .args(&words[1..])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_worked_examples_print_what_they_show() {
    for command in COMMANDS {
        let help = Command::new(env!("CARGO_BIN_EXE_segql")).args([command, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let mut lines = help.lines().peekable();
        let mut n_examples = 0;
        while let Some(line) = lines.next() {
            let Some(asked) = line.strip_prefix("  $ ") else { continue };
            n_examples += 1;
            let mut shown = Vec::new();
            while let Some(line) =
                lines.next_if(|it| it.is_empty() || (it.starts_with("  ") && !it.starts_with("  $ ")))
            {
                shown.push(masked(line));
            }
            // The words after an example stand apart from it.
            while shown.last().is_some_and(String::is_empty) {
                shown.pop();
            }
            let printed: Vec<String> = run(asked).lines().map(masked).collect();
            assert_eq!(shown, printed, "{asked}");
        }
        assert!(n_examples > 0, "no worked example in the help of {command}");
    }
}

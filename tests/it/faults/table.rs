//! `docs/faults.md` is true: each row names a test or a script that is there.

use std::fs;
use std::path::Path;

#[test]
fn each_row_names_what_shows_it() {
    let page = fs::read_to_string("docs/faults.md").unwrap();
    let rows: Vec<&str> = page.lines().filter(|it| it.starts_with("| ") && !it.starts_with("| fault |")).collect();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, _, shown] = cells[..] else {
            wrong.push(format!("not four cells: {row}"));
            continue;
        };
        let names: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            wrong.push(format!("nothing shows it: {row}"));
        }
        wrong.extend(names.into_iter().filter(|it| !is_there(it)).map(|it| format!("`{it}` isn't there: {row}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `path::test` of a test in a file, `path` of a script.
fn is_there(name: &str) -> bool {
    match name.split_once("::") {
        None => Path::new(name).is_file(),
        Some((file, test)) => fs::read_to_string(file).is_ok_and(|it| {
            let declared = format!("fn {test}() {{");
            it.find(&declared)
                .is_some_and(|at| it[..at].trim_end().rsplit('\n').take(4).any(|it| it.contains("#[test]")))
        }),
    }
}

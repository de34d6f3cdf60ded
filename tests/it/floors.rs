//! The floors of the house: every use points down, every foreign crate has one home, no file grows beyond bounds.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules that may use those of lower floors alone.
const FLOORS: [&[&str]; 7] = [
    &["model"],
    &["syntax", "index"],
    &["book"],
    &["plan", "load", "write"],
    &["exec", "sql"],
    &["engine"],
    &["cli", "http"],
];

/// Foreign crates and the only modules that may name them.
const HOMES: [(&str, &[&str]); 16] = [
    ("pest", &["syntax"]),
    ("pest_derive", &["syntax"]),
    ("roaring", &["model"]),
    ("regex_syntax", &["sql"]),
    ("arrow", &["load", "write"]),
    ("parquet", &["load", "write"]),
    ("rayon", &["load", "exec"]),
    ("bytemuck", &["index"]),
    ("bytestring", &["index"]),
    ("memmap2", &["load"]),
    ("clap", &["cli"]),
    ("rustyline", &["cli"]),
    ("indicatif", &["cli"]),
    ("comfy_table", &["cli"]),
    ("annotate_snippets", &["cli"]),
    ("svg", &["cli"]),
];

const MAX_LINES: usize = 600;

#[test]
fn uses_point_down() {
    let mut wrong = Vec::new();
    for file in source_files() {
        let Some(here) = module_of(&file) else { continue };
        for there in crate_modules(&code(&file)) {
            if there == here || !floors().any(|it| it == there) {
                continue;
            }
            if floor(&there) >= floor(&here) {
                wrong.push(format!("{}: `{here}` must not use `{there}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_crates_have_one_home() {
    let mut wrong = Vec::new();
    for file in source_files() {
        let here = module_of(&file).unwrap_or_default();
        let code = code(&file);
        for (name, homes) in HOMES {
            if paths_from(&code, name).next().is_some() && !homes.contains(&here.as_str()) {
                wrong.push(format!("{}: `{name}` belongs to {}", file.display(), homes.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let lines = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().count();
    let long: Vec<String> = source_files()
        .iter()
        .filter(|file| lines(file) > MAX_LINES)
        .map(|file| format!("{}: {} lines", file.display(), lines(file)))
        .collect();
    assert!(long.is_empty(), "over {MAX_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn the_map_names_each_module() {
    let map = fs::read_to_string(src().join("lib.rs")).unwrap();
    let docs: String = map.lines().filter(|it| it.starts_with("//!")).collect();
    for line in map.lines() {
        let Some(module) = line.strip_prefix("pub mod ").and_then(|it| it.strip_suffix(';')) else { continue };
        assert!(docs.contains(&format!("`{module}`")), "lib.rs doesn't say what `{module}` does");
        assert!(floors().any(|it| it == module), "`{module}` stands on no floor");
    }
}

#[test]
fn scanning_finds_uses() {
    let code =
        "use crate::{book::{Book, Table}, model};\nfn f() { crate::plan::resolve() } // crate::cli\n\"crate::http\"";
    assert_eq!(crate_modules(&strip(code)), ["book", "model", "plan"]);
    let code = "use arrow::array::Array;\nlet barrow::x = my_arrow::y; narrow::z";
    assert_eq!(paths_from(&strip(code), "arrow").count(), 1);
    assert_eq!(strip("a\n#[cfg(test)]\nmod tests {\n use crate::cli;\n}\n").trim(), "a");
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn source_files() -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut folders = vec![src()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                out.push(path);
            }
        }
    }
    out.sort();
    assert!(out.len() > 10, "where is src?");
    out
}

/// The module below `src` that a file belongs to; none for `lib.rs` and `main.rs`.
fn module_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(src()).unwrap();
    let first = inside.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib" && name != "main").then(|| name.to_owned())
}

fn floors() -> impl Iterator<Item = &'static str> {
    FLOORS.iter().flat_map(|it| it.iter().copied())
}

fn floor(module: &str) -> usize {
    FLOORS.iter().position(|it| it.contains(&module)).unwrap_or_else(|| panic!("`{module}` stands on no floor"))
}

fn code(file: &Path) -> String {
    strip(&fs::read_to_string(file).unwrap())
}

/// A source without comments, texts and the unit tests at its end.
fn strip(source: &str) -> String {
    let mut out = String::new();
    for line in source.lines() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            break;
        }
        let mut in_text = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if in_text => {
                    chars.next();
                }
                '"' => in_text = !in_text,
                '/' if !in_text && chars.peek() == Some(&'/') => break,
                _ if in_text => {}
                c => out.push(c),
            }
        }
        out.push('\n');
    }
    out
}

/// The modules that paths from `crate::` begin with, groups of a `use` included; each once, in order.
fn crate_modules(code: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for rest in paths_from(code, "crate") {
        let names = if let Some(group) = rest.strip_prefix('{') { group_heads(group) } else { vec![head(rest)] };
        for name in names {
            if !name.is_empty() && !out.contains(&name) {
                out.push(name);
            }
        }
    }
    out
}

/// What stands after each `name::`.
fn paths_from<'a>(code: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let wanted = format!("{name}::");
    let starts: Vec<usize> = code.match_indices(&wanted).map(|it| it.0).collect();
    let whole = |at: &usize| {
        let before = code[..*at].chars().next_back();
        // `::name` of the crate root is one too, `other::name` isn't.
        let joined =
            code[..*at].strip_suffix("::").is_some_and(|it| it.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        !joined && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    let n = wanted.len();
    starts.into_iter().filter(whole).map(move |at| code[at + n..].trim_start()).collect::<Vec<_>>().into_iter()
}

fn head(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first names of the parts of `a::{b}, c}`.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut part, mut out) = (0, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => out.push(head(std::mem::take(&mut part).trim())),
            c if depth == 0 => part.push(c),
            _ => {}
        }
    }
    out.push(head(part.trim()));
    out
}

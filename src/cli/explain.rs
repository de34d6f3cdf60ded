//! `segql explain-error`: the part of `docs/errors.md` that tells of one code.

use std::io::Write;

use clap::Args;

use super::failure::Failure;
use crate::model::{Code, nearest};

/// Every code's meaning and examples; the tests hold it against [`Code::ALL`] and run the examples.
const PAGE: &str = include_str!("../../docs/errors.md");

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The code, such as Q0201, in any case [default: the list of all]
    pub(super) code: Option<String>,
}

pub(super) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let Some(wanted) = &args.code else {
        for title in PAGE.lines().filter_map(|it| it.strip_prefix("### ")) {
            writeln!(out, "{title}")?;
        }
        return Ok(());
    };
    let ids = || Code::ALL.iter().map(|it| it.id());
    let wanted = wanted.trim();
    let Some(id) = ids().find(|it| it.eq_ignore_ascii_case(wanted)) else {
        let near: Vec<String> = nearest(wanted, ids()).into_iter().map(|it| format!("`{it}`")).collect();
        let near = if near.is_empty() { String::new() } else { format!("; the nearest is {}", near.join(" or ")) };
        return Err(Failure::usage(format!("there is no code `{wanted}`{near}; `segql explain-error` lists them all")));
    };
    for line in section(id) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The lines of one code, its examples set in instead of fenced.
fn section(id: &str) -> Vec<String> {
    let begins = |line: &&str| line.strip_prefix("### ").is_some_and(|it| it.starts_with(id));
    let mut lines = PAGE.lines().skip_while(|it| !begins(it));
    let mut shown: Vec<String> = lines.next().map(|it| it.trim_start_matches("### ").to_owned()).into_iter().collect();
    let mut in_example = false;
    for line in lines.take_while(|it| !it.starts_with("##")) {
        if line.starts_with("```") {
            in_example = !in_example;
        } else if in_example {
            shown.push(format!("    {line}"));
        } else {
            shown.push(line.to_owned());
        }
    }
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown
}

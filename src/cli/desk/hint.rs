//! The hint behind the line: how many match what is written so far, or what is wrong with it.

use std::time::{Duration, Instant};

use super::super::query::people;
use super::super::render::line_column;
use crate::engine::{Engine, Glance, QueryOptions};
use crate::model::{Diagnostic, escape_control};

/// What a hint may take, from key stroke to answer.
pub(super) const BUDGET: Duration = Duration::from_millis(30);
/// What is kept of it for reading the last words before the deadline, and painting.
const RESERVE: Duration = Duration::from_millis(5);
/// Characters of a hint.
const MOST_CHARS: usize = 100;
/// Characters of the words that a count leaves out.
const MOST_WORDS: usize = 30;

/// The hint for a sentence that is being written; empty if nothing exact can be said in time.
pub(super) fn hint(text: &str, engine: &Engine, options: &QueryOptions) -> String {
    let glance = engine.glance(text, options, Instant::now() + BUDGET - RESERVE);
    glance.map_or_else(|_| String::new(), |it| words(&it, text))
}

/// A glance in words, with a sign before them that makes them a comment of the language.
fn words(glance: &Glance, text: &str) -> String {
    let words = match glance {
        Glance::Whole(count) => people(*count),
        Glance::Unfinished { count, left_out } if left_out.is_empty() => format!("{} so far", people(*count)),
        Glance::Unfinished { count, left_out } => {
            let words = text.get(left_out.clone()).unwrap_or_default();
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{} without `{}`", people(*count), shortened(&words, MOST_WORDS))
        }
        Glance::Wrong(diagnostic) => wrong(diagnostic, text),
        Glance::Nothing => return String::new(),
    };
    format!("  # {}", shortened(&escape_control(&words), MOST_CHARS))
}

/// Place, message and first help of a mistake.
fn wrong(diagnostic: &Diagnostic, text: &str) -> String {
    let (line, column) = line_column(text, diagnostic.span.map_or(0, |it| it.start));
    let help = diagnostic.help.first().map_or_else(String::new, |it| format!("; {it}"));
    format!("{line}:{column} {}{help}", diagnostic.message)
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(std::iter::once('…')).collect()
}

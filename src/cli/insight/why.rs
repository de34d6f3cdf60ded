//! `segql why`: why one person matches a filter, or doesn't.

use clap::Args;

use super::tree::{Tree, render};
use super::{AskArgs, Asked, counted, one_line};
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::engine::insight::{Fact, Gap, Reason, ReasonForm, Why};
use crate::model::{Cell, escape_control};
use crate::write::text_of;

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql why --book data/cdnow --now 1998-07-01T00:00:00Z '@win_back' c00001@example.com
  does not match
  ✗ @win_back
  └─ ✗ all of
     ├─ ✓ @lapsed
     │  └─ ✓ all of
     │     ├─ ✓ did purchase                      purchase records = 1
     │     └─ ✓ not
     │        └─ ✗ did purchase in last 180 days  purchase records that pass = 0
     ├─ ✗ orders >= 5                             orders = 1 (4 more needed)
     └─ ✗ spent > 200                             spent = 11.77 (188.24 more needed)

Every verdict is the engine's own. What is needed is the least that would turn that condition.";

#[derive(Debug, Args)]
pub(in crate::cli) struct WhyArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// The filter; a saved segment is opened
    #[arg(allow_hyphen_values = true)]
    filter: String,
    /// Whom to explain: an e-mail, of visitors a `visitor_id`
    #[arg(value_name = "EMAIL")]
    key: String,
}

pub(in crate::cli) fn run(args: &WhyArgs, terminal: &Terminal) -> Result<(), Failure> {
    let asked = Asked::open(&args.ask, terminal)?;
    let why = asked
        .engine
        .why(&args.filter, &args.key, &asked.options)
        .map_err(|error| asked.failure(error, &args.filter))?;
    asked.tell(&why.notes, &args.filter);
    asked.print(&why, lines)
}

pub(in crate::cli) fn lines(why: &Why) -> Vec<String> {
    let verdict = if why.holds { "matches" } else { "does not match" };
    std::iter::once(verdict.to_owned()).chain(render(None, &tree(&why.reason))).collect()
}

fn tree(reason: &Reason) -> Tree {
    let words = match reason.form {
        ReasonForm::And => "all of".to_owned(),
        ReasonForm::Or => "any of".to_owned(),
        ReasonForm::Not => "not".to_owned(),
        ReasonForm::Segment | ReasonForm::Condition => one_line(&reason.words),
    };
    let facts: Vec<String> = reason.facts.iter().map(fact_text).collect();
    Tree {
        label: format!("{} {words}", if reason.holds { '✓' } else { '✗' }),
        columns: if facts.is_empty() { Vec::new() } else { vec![facts.join(", ")] },
        parts: reason.parts.iter().map(tree).collect(),
    }
}

fn fact_text(fact: &Fact) -> String {
    let value = match &fact.value {
        Cell::Null => "missing".to_owned(),
        Cell::Text(text) => format!("\"{}\"", escape_control(text)),
        Cell::Int(_)
        | Cell::Decimal { .. }
        | Cell::Float(_)
        | Cell::Bool(_)
        | Cell::Day(_)
        | Cell::Instant(_)
        | Cell::List(_) => escape_control(&text_of(&fact.value)),
    };
    let gap = fact.gap.as_ref().map_or_else(String::new, |it| format!(" ({})", gap_text(it)));
    format!("{} = {value}{gap}", fact.what)
}

fn gap_text(gap: &Gap) -> String {
    let needed = |is_more: bool, n: String| format!("{n} {} needed", if is_more { "more" } else { "less" });
    match gap {
        Gap::Amount(Cell::Decimal { value, scale }) => {
            needed(*value > 0, text_of(&Cell::Decimal { value: value.saturating_abs(), scale: *scale }))
        }
        Gap::Amount(Cell::Float(value)) => needed(*value > 0.0, text_of(&Cell::Float(value.abs()))),
        Gap::Amount(other) => needed(true, text_of(other)),
        Gap::Days(days) => late(*days, counted(days.unsigned_abs(), "day")),
        Gap::Microseconds(us) => late(*us, time_text(us.unsigned_abs())),
        Gap::Times(n) => format!("{} {} needed", n.unsigned_abs(), if *n > 0 { "more" } else { "fewer" }),
    }
}

fn late(by: i64, how_long: String) -> String {
    format!("{how_long} too {}", if by > 0 { "early" } else { "late" })
}

/// The two largest units, upwards of the second.
fn time_text(us: u64) -> String {
    let seconds = us.div_ceil(1_000_000);
    let units = [
        (seconds / 86_400, "day"),
        (seconds / 3_600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let told: Vec<String> = units
        .iter()
        .skip_while(|(n, _)| *n == 0)
        .take(2)
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| counted(*n, unit))
        .collect();
    told.join(" ")
}

//! `segql why-empty`: what each condition costs, and which exclude everyone.

use clap::Args;

use super::{AskArgs, Asked, one_line, people_match, table};
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::engine::insight::WhyEmpty;

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql why-empty --book data/cdnow 'funnel = promoter and orders < 10 and spent > 100'
  0 people match, of 23570
  holds of  without it  costs  condition
       528        5079   5079  funnel = promoter
     22416         528    528  orders < 10
      6233           0      0  spent > 100
  these exclude everyone:
    funnel = promoter and orders < 10

Without a condition means: if it held of everyone. Works on any filter; where somebody matches, the costs
tell what is lost to what. Sets are minimal: no part of one excludes everyone; all are told of up to 12
conditions, of more one. A saved segment is one condition, unless it is the whole filter.";

/// Sets that are shown; JSON has all.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(in crate::cli) struct WhyEmptyArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// The filter
    #[arg(allow_hyphen_values = true)]
    filter: String,
}

pub(in crate::cli) fn run(args: &WhyEmptyArgs, terminal: &Terminal) -> Result<(), Failure> {
    let asked = Asked::open(&args.ask, terminal)?;
    let report =
        asked.engine.why_empty(&args.filter, &asked.options).map_err(|error| asked.failure(error, &args.filter))?;
    asked.tell(&report.notes, &args.filter);
    asked.print(&report, lines)
}

pub(in crate::cli) fn lines(report: &WhyEmpty) -> Vec<String> {
    let mut lines = vec![format!("{}, of {}", people_match(report.count), report.everyone)];
    let row = |it: &crate::engine::insight::ConditionCost| {
        vec![it.holds.to_string(), it.without.to_string(), it.costs.to_string(), one_line(&it.words)]
    };
    lines.extend(table(&["holds of", "without it", "costs", "condition"], report.conditions.iter().map(row), 0));
    if report.excluding.is_empty() {
        return lines;
    }
    lines.push(match (report.excluding.len(), report.is_complete) {
        (1, true) => "these exclude everyone:".to_owned(),
        (_, true) => "each of these sets excludes everyone:".to_owned(),
        (_, false) => "these exclude everyone; there may be other sets:".to_owned(),
    });
    for set in report.excluding.iter().take(SHOWN) {
        let words: Vec<String> = set.iter().map(|at| one_line(&report.conditions[*at].words)).collect();
        let words =
            if words.is_empty() { "no condition at all: there is nobody".to_owned() } else { words.join(" and ") };
        lines.push(format!("  {words}"));
    }
    let more = report.excluding.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(format!("  and {more} more sets"));
    }
    lines
}

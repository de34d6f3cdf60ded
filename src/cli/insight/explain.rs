//! `segql explain`: how a filter is run.

use clap::Args;

use super::tree::{Tree, render};
use super::{AskArgs, Asked, one_line, people};
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::engine::insight::{Explained, Method, Step};

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql explain --book data/cdnow 'funnel = promoter and spent >= 5000'
  5 people in 0.6 ms
  plan                   estimated   rows  left  shards    bytes    time  method
  and                          339      5             1  95.5 kB  0.2 ms  intersection
  ├─ stage = \"promoter\"        528    528   528       1   1.1 kB  0.0 ms  bitmap
  ├─ not(lost = true)        23570  23570   528       1     15 B  0.0 ms  bitmap
  └─ spent in 5000.00..      15146      5     5       1  94.4 kB  0.3 ms  scan

Rows are what a node holds of by itself, left what an `and` has left after it. Of a shard either every
row is asked, or the few candidates left (c), or nobody, as nobody is left (s): 5+3c+1s. Time is summed
over threads and is of the part within what stands above it.";

#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// The filter; steps after it aren't looked at
    #[arg(allow_hyphen_values = true)]
    filter: String,
}

pub(in crate::cli) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<(), Failure> {
    let asked = Asked::open(&args.ask, terminal)?;
    let explained =
        asked.engine.explain(&args.filter, &asked.options).map_err(|error| asked.failure(error, &args.filter))?;
    asked.tell(&explained.notes, &args.filter);
    asked.print(&explained, lines)
}

/// The plan as a tree, under the count and the time.
pub(in crate::cli) fn lines(explained: &Explained) -> Vec<String> {
    let headers =
        ["plan", "estimated", "rows", "left", "shards", "bytes", "time", "method"].map(str::to_owned).to_vec();
    let title = format!("{} in {}", people(explained.count), time(explained.elapsed_us));
    std::iter::once(title).chain(render(Some(headers), &tree(&explained.plan))).collect()
}

fn tree(step: &Step) -> Tree {
    let columns = vec![
        step.estimated.to_string(),
        step.rows.to_string(),
        step.left.map_or_else(String::new, |it| it.to_string()),
        shards(step),
        size(step.bytes),
        time(step.elapsed_us),
        method(step).to_owned(),
    ];
    Tree { label: one_line(&step.label), columns, parts: step.parts.iter().map(tree).collect() }
}

/// `5+3c+1s`: asked whole, of candidates, not at all.
fn shards(step: &Step) -> String {
    let parts = [(step.shards_whole, ""), (step.shards_candidates, "c"), (step.shards_skipped, "s")];
    let told: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, mark)| format!("{n}{mark}")).collect();
    if told.is_empty() { "0".to_owned() } else { told.join("+") }
}

fn method(step: &Step) -> &'static str {
    match step.method {
        _ if step.shards_whole == 0 && step.shards_candidates == 0 && step.shards_skipped > 0 => "skipped",
        _ if step.shards_whole == 0 && step.shards_candidates > 0 => "candidates",
        Method::Constant => "known",
        Method::Bitmap => "bitmap",
        Method::Bitmaps => "bitmaps",
        Method::Scan => "scan",
        Method::Lookup => "look-up",
        Method::Records => "records",
        Method::Sequence => "sequence",
        Method::Intersection => "intersection",
        Method::Union => "union",
        Method::Complement => "complement",
    }
}

fn time(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1e3)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000.. => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

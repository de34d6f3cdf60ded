//! `segql overlap`: how the people of several filters overlap.

use std::path::PathBuf;

use clap::Args;

use super::bars::bar;
use super::{AskArgs, Asked, one_line, people, picture, table, upset};
use crate::cli::failure::{Failure, tell_all};
use crate::cli::terminal::Terminal;
use crate::engine::insight::{Overlap, OverlapCombination};
use crate::engine::{Engine, Error, QueryOptions};

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql overlap --book data/cdnow --now 1998-07-01T00:00:00Z @loyal @big_spenders @lapsed
  21229 people in any of these, 2341 in none
     people  set
  A    3415  @loyal
  B     734  @big_spenders
  C   18210  @lapsed

  A B C  people
  ○ ○ ●   17741  ██████████████████████████████
  ● ○ ○    2378  ████
  ●─● ○     619  █
  ●─○─●     376  ▋
  ○ ●─●      51  ▏
  ●─●─●      42  ▏
  ○ ● ○      22  ▏

       in both  in either  Jaccard
  A B      661       3488  0.1895
  A C      418      21207  0.0197
  B C       93      18851  0.0049

A row counts those who are in just the sets with a dot, and in no other. Jaccard's index is the share of
the shared among those in either. With --svg the same as a picture:
  segql overlap --book data/cdnow --svg overlap.svg @loyal @big_spenders 'funnel = promoter'";

/// Columns that a bar may take.
const BAR: usize = 30;

#[derive(Debug, Args)]
pub(in crate::cli) struct OverlapArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// Combinations and pairs that are shown, the largest first; JSON has all
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Draws the combinations that are shown as an UpSet picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Lets --svg replace a file
    #[arg(long, requires = "svg")]
    overwrite: bool,
    /// The filters: saved segments such as @vip, or any others
    #[arg(value_name = "FILTER", required = true, num_args = 2..=20)]
    filters: Vec<String>,
}

pub(in crate::cli) fn run(args: &OverlapArgs, terminal: &Terminal) -> Result<(), Failure> {
    let asked = Asked::open(&args.ask, terminal)?;
    let filters: Vec<&str> = args.filters.iter().map(String::as_str).collect();
    let overlap = ask(&asked.engine, &filters, &asked.options, terminal)?;
    if let Some(path) = &args.svg {
        picture::save(path, args.overwrite, &upset::draw(&overlap, args.top))?;
    }
    asked.print(&overlap, |overlap| lines(overlap, args.top))
}

/// The overlap of these filters; an error and notes are shown in the filter that they are about.
pub(in crate::cli) fn ask(
    engine: &Engine,
    filters: &[&str],
    options: &QueryOptions,
    terminal: &Terminal,
) -> Result<Overlap, Failure> {
    let segments = Some(engine.segments());
    let overlap = engine.overlap(filters, options).map_err(|error| {
        if let Error::OneFilter { at, source } = error {
            Failure::of(*source, filters[at], segments, terminal)
        } else {
            Failure::from(error)
        }
    })?;
    for set in &overlap.sets {
        tell_all(&set.notes, &set.filter, segments, terminal);
    }
    Ok(overlap)
}

pub(in crate::cli) fn lines(overlap: &Overlap, limit: usize) -> Vec<String> {
    let mut lines =
        vec![format!("{} in any of these, {} in none", people(overlap.everyone - overlap.in_none), overlap.in_none)];
    let sets = overlap.sets.iter().enumerate();
    let sets = sets.map(|(at, it)| vec![letter(at), it.count.to_string(), one_line(&it.filter)]);
    lines.extend(table(&["", "people", "set"], sets, 1));
    lines.push(String::new());
    let n = overlap.sets.len();
    let letters = (0..n).map(letter).collect::<Vec<_>>().join(" ");
    let largest = overlap.combinations.first().map_or(0, |it| it.count);
    let row = |it: &OverlapCombination| vec![dots(&it.sets, n), it.count.to_string(), bar(it.count, largest, BAR)];
    lines.extend(table(&[&letters, "people", ""], overlap.combinations.iter().take(limit).map(row), 1));
    lines.extend(more(overlap.combinations.len(), limit, "combinations"));
    lines.push(String::new());
    let mut pairs: Vec<_> = overlap.pairs.iter().collect();
    pairs.sort_by(|a, b| b.jaccard.unwrap_or(0.0).total_cmp(&a.jaccard.unwrap_or(0.0)));
    let row = |it: &&crate::engine::insight::OverlapPair| {
        let jaccard = it.jaccard.map_or_else(String::new, |it| format!("{it:.4}"));
        vec![it.sets.map(letter).join(" "), it.shared.to_string(), it.either.to_string(), jaccard]
    };
    lines.extend(table(&["", "in both", "in either", "Jaccard"], pairs.iter().take(limit).map(row), 1));
    lines.extend(more(pairs.len(), limit, "pairs"));
    lines
}

fn more(n: usize, limit: usize, noun: &str) -> Option<String> {
    (n > limit).then(|| format!("and {} more {noun}; --top shows more", n - limit))
}

/// What a set is called: A to T.
pub(super) fn letter(set: usize) -> String {
    char::from(b'A' + (set % 26) as u8).to_string()
}

/// `●───○─●` of sets 0 and 3: a dot for each set, filled for those that it is about, which a line joins.
fn dots(sets: &[usize], n: usize) -> String {
    let (first, last) = (sets.first().copied().unwrap_or(n), sets.last().copied().unwrap_or(0));
    let dot = |at: usize| if sets.contains(&at) { '●' } else { '○' };
    let joint = |at: usize| if first <= at && at < last { '─' } else { ' ' };
    (0..n).flat_map(|at| [dot(at), joint(at)]).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_joined_from_the_first_to_the_last() {
        assert_eq!(dots(&[0, 2], 4), "●─○─● ○");
        assert_eq!(dots(&[1], 3), "○ ● ○");
        assert_eq!(dots(&[0, 1], 2), "●─●");
    }
}

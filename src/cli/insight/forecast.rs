//! `segql forecast`: who enters and who leaves by the clock.

use clap::Args;

use super::bars::{bar, sparkline};
use super::{AskArgs, Asked, counted, one_line, people_match, table};
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::engine::insight::{Forecast, ForecastDay, ForecastOptions};
use crate::write::text_of;

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql forecast --book data/cdnow --now 1998-07-01 --days 5 'did purchase once in last 90 days'
  2082 people match now, 2051 in 5 days  ██▇▅▄▁

  day         people  enter  leave
  1998-07-02    2081     18     19  ████████████████▌
  1998-07-03    2076     31     36  ██████████████████████████████
  1998-07-04    2067     11     20  █████████████▉
  1998-07-05    2063     14     18  ██████████████▎
  1998-07-06    2051     13     25  █████████████████

  enter  leave  by
     87    118  did purchase once in last 90 days

With no change in the data. Each day is the filter at the same time of that day, against the day
before; days on which nobody enters or leaves aren't shown. Somebody enters by each condition that
holds of them now and didn't the day before, and leaves by each that did and doesn't any more: one
person may count for several. A condition under `not` is taken with it, a saved segment is opened.
JSON has every day, and by what on each; with --keys also who:
  segql forecast --book data/cdnow --now 1998-07-01 --format json --keys @win_back";

/// Columns that a bar may take.
const BAR: usize = 30;

#[derive(Debug, Args)]
pub(in crate::cli) struct ForecastArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// Days to look ahead
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_660))]
    days: u32,
    /// Lists who enters and leaves, in JSON
    #[arg(long)]
    keys: bool,
    /// The filter
    #[arg(allow_hyphen_values = true)]
    filter: String,
}

pub(in crate::cli) fn run(args: &ForecastArgs, terminal: &Terminal) -> Result<(), Failure> {
    let asked = Asked::open(&args.ask, terminal)?;
    let wanted = ForecastOptions { days: args.days, keys: args.keys };
    let forecast = asked
        .engine
        .forecast(&args.filter, &wanted, &asked.options)
        .map_err(|error| asked.failure(error, &args.filter))?;
    asked.tell(&forecast.notes, &args.filter);
    asked.print(&forecast, lines)
}

pub(in crate::cli) fn lines(forecast: &Forecast) -> Vec<String> {
    let counts: Vec<u64> = std::iter::once(forecast.count).chain(forecast.days.iter().map(|it| it.count)).collect();
    let mut lines = vec![format!(
        "{} now, {} in {}  {}",
        people_match(forecast.count),
        counts.last().unwrap_or(&forecast.count),
        counted(forecast.days.len() as u64, "day"),
        sparkline(&counts)
    )];
    let n_moving = |it: &ForecastDay| it.entered.count + it.left.count;
    let busiest = forecast.days.iter().map(n_moving).max().unwrap_or(0);
    if busiest == 0 {
        lines.push("nobody enters or leaves".to_owned());
        return lines;
    }
    let day = |it: &ForecastDay| {
        let counts = [it.count, it.entered.count, it.left.count].map(|it| it.to_string());
        std::iter::once(text_of(&it.date)).chain(counts).chain([bar(n_moving(it), busiest, BAR)]).collect()
    };
    lines.push(String::new());
    let moving = forecast.days.iter().filter(|it| n_moving(it) > 0);
    lines.extend(table(&["day", "people", "enter", "leave", ""], moving.map(day), 1));
    let turning = forecast.conditions.iter().filter(|it| it.entered + it.left > 0);
    let turning = turning.map(|it| vec![it.entered.to_string(), it.left.to_string(), one_line(&it.words)]);
    lines.push(String::new());
    lines.extend(table(&["enter", "leave", "by"], turning, 0));
    lines
}

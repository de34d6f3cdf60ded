//! `segql profile`: what sets people apart from everyone.

use clap::{Args, ValueEnum};

use super::{AskArgs, Asked, one_line, people_match, percent, table};
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::engine::insight::{Profile, ProfileOptions, ProfileOrder, Trait};

pub(in crate::cli) const HELP: &str = "\
Examples:
  $ segql profile --book data/cdnow --now 1998-07-01T00:00:00Z --top 4 @win_back
  433 people match, of 23570

   these  others  lift  people  more common among these
  100.0%   18.5%  5.00     433  spent >= 133.95
  100.0%   21.3%  4.39     433  orders >= 4
   91.5%   46.4%  1.94     396  stage = loyal_customer
    8.5%    2.1%  3.81      37  stage = promoter

  these  others  lift  people  less common among these
   0.0%   51.5%  0.00       0  stage = customer
   0.0%   51.5%  0.00       0  orders = 1
   0.0%   21.8%  0.00       0  spent between 15.36 and 31.34
   0.0%   20.4%  0.00       0  spent between 31.35 and 59.92

These, others: the share of those who match, and of everyone else, that have it. Lift: how many times as
common it is among those who match as among everyone. Each trait is a filter to ask on with. Numbers and
dates are cut into fifths of the whole book, unless they have few values; texts count where a field has
up to 1,000 of them.";

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// What differs by most people: the shares that lie farthest apart
    Difference,
    /// What is most telling, however few have it: the lift that is farthest from 1
    Lift,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ProfileArgs {
    #[command(flatten)]
    ask: AskArgs,
    /// Traits that are told of each sort
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// What comes first
    #[arg(long, value_enum, default_value_t = Order::Difference, value_name = "BY")]
    order: Order,
    /// Leaves out what fewer people of the book have
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_people: u64,
    /// The filter
    #[arg(allow_hyphen_values = true)]
    filter: String,
}

pub(in crate::cli) fn run(args: &ProfileArgs, terminal: &Terminal) -> Result<(), Failure> {
    let asked = Asked::open(&args.ask, terminal)?;
    let order = match args.order {
        Order::Difference => ProfileOrder::Difference,
        Order::Lift => ProfileOrder::Lift,
    };
    let wanted = ProfileOptions { order, limit: Some(args.top), min_people: args.min_people };
    let profile = asked
        .engine
        .profile(&args.filter, &wanted, &asked.options)
        .map_err(|error| asked.failure(error, &args.filter))?;
    asked.tell(&profile.notes, &args.filter);
    asked.print(&profile, lines)
}

/// The traits as two tables, under the count.
pub(in crate::cli) fn lines(profile: &Profile) -> Vec<String> {
    let mut lines = vec![format!("{}, of {}", people_match(profile.count), profile.everyone)];
    if profile.over.is_empty() && profile.under.is_empty() {
        lines.push("nothing is more or less common among these than among everyone".to_owned());
    }
    for (title, traits) in [("more common among these", &profile.over), ("less common among these", &profile.under)] {
        if !traits.is_empty() {
            lines.push(String::new());
            lines.extend(table(&["these", "others", "lift", "people", title], traits.iter().map(row), 0));
        }
    }
    if !profile.left_out.is_empty() {
        let fields: Vec<String> = profile.left_out.iter().map(|it| one_line(it)).collect();
        lines.push(String::new());
        lines.push(format!("left aside, for more than 1000 different texts: {}", fields.join(", ")));
    }
    lines
}

fn row(it: &Trait) -> Vec<String> {
    let lift = it.lift.map_or_else(|| "-".to_owned(), |it| format!("{it:.2}"));
    vec![percent(it.share), percent(it.share_of_others), lift, it.count.to_string(), one_line(&it.filter)]
}

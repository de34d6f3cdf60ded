//! Answers that explain themselves: against the oracle, by brute force, and as the commands' help shows them.

mod books;
mod diff;
mod forecast;
mod help;
mod overlap;
mod profile;
mod trend;
mod tutorial;
mod why;
mod why_empty;

//! Answering a question: as a table that fits the screen, or in another format.

use std::io::Write;
use std::time::Instant;

use super::super::failure::{Failure, tell_all};
use super::super::query::{Asked, people};
use super::super::table;
use super::Session;
use crate::engine::{Answered, PeopleColumns, Prepared};
use crate::model::{Cell, CellType, Frame};
use crate::plan::Answer;
use crate::write::{Format, writer};

/// Rows of the screen that a table leaves to what is around it.
const ROWS_AROUND: usize = 7;
/// Rows of a table that are shown on the smallest of screens.
const FEWEST_ROWS: usize = 5;
/// Characters of the longest bar.
const BAR_CHARS: u64 = 24;

impl Session<'_> {
    /// Answers one question, and tells what was shown.
    pub(super) fn answer(&mut self, question: &str) -> Result<(), Failure> {
        let started = Instant::now();
        let asked = Asked { columns: &[], format: self.settings.format };
        let query = asked.prepare(&self.engine, question, &self.options, self.terminal)?;
        let shown = match (&query.answer, self.settings.format) {
            (Answer::Save(_) | Answer::Export(_), _) => {
                let shown = asked.write(&self.engine, &query, question, self.out()?, self.terminal)?;
                self.engine.reload_segments()?;
                shown.0
            }
            (_, Format::Table) => {
                let frame = self.frame(&query, question)?;
                let is_counted = matches!(query.answer, Answer::By(_) | Answer::Histogram { .. } | Answer::Funnel);
                let n_rows = frame.rows.len();
                self.show(frame, is_counted)?;
                if matches!(query.answer, Answer::People) {
                    people(n_rows as u64)
                } else {
                    format!("{n_rows} {}", if n_rows == 1 { "row" } else { "rows" })
                }
            }
            (_, _) => asked.write(&self.engine, &query, question, self.out()?, self.terminal)?.0,
        };
        self.last_question = Some(question.to_owned());
        if self.settings.format == Format::Table {
            let elapsed = if self.settings.timer { format!(" in {:.1?}", started.elapsed()) } else { String::new() };
            self.terminal.say(&format!("{shown}{elapsed}"));
        }
        Ok(())
    }

    /// The answer as one table.
    fn frame(&self, query: &Prepared, question: &str) -> Result<Frame, Failure> {
        match self.engine.answer(query)? {
            Answered::Frame(frame, notes) => {
                tell_all(&notes, question, Some(self.engine.segments()), self.terminal);
                Ok(frame)
            }
            Answered::People { rows, columns } => {
                Ok(PeopleColumns { fields: columns }.frame(&self.engine, query, &rows)?)
            }
        }
    }

    /// Shows a table: on a screen as much as fits, with bars if its rows are counts; `.last` shows all of it.
    pub(super) fn show(&mut self, frame: Frame, is_counted: bool) -> Result<(), Failure> {
        let mut out = self.out()?;
        if self.settings.format != Format::Table {
            let mut out = writer(self.settings.format, &frame.columns, out, &[])?;
            out.write(&frame)?;
            return Ok(out.finish()?);
        }
        let whole = if is_counted && self.settings.bars { with_bars(frame) } else { frame };
        let fitting = self
            .screen()
            .map_or(usize::MAX, |(_, height)| usize::from(height).saturating_sub(ROWS_AROUND).max(FEWEST_ROWS));
        if whole.rows.len() > fitting {
            let rows = whole.rows.iter().take(fitting).cloned().collect();
            writeln!(out, "{}", table::render(&Frame { columns: whole.columns.clone(), rows }))?;
            self.terminal.note(&format!("{} more rows; `.last` shows all", whole.rows.len() - fitting));
        } else {
            writeln!(out, "{}", table::render(&whole))?;
        }
        self.last_frame = Some(whole);
        Ok(())
    }

    /// Columns and lines of the screen, if answers go to one.
    pub(super) fn screen(&self) -> Option<(u16, u16)> {
        let size = terminal_size::terminal_size().filter(|_| self.terminal.stdout && self.output.is_none());
        size.map(|(width, height)| (width.0, height.0))
    }

    /// Where answers go.
    pub(super) fn out(&self) -> Result<Box<dyn Write + Send>, Failure> {
        Ok(match &self.output {
            Some(file) => Box::new(file.try_clone()?),
            None => Box::new(std::io::stdout()),
        })
    }
}

/// The table with a bar behind each `count`, the longest being that of the largest.
pub(super) fn with_bars(mut frame: Frame) -> Frame {
    let Some(at) = frame.columns.iter().position(|it| it.name == "count") else { return frame };
    let count = |row: &Vec<Cell>| match row.get(at) {
        Some(Cell::Int(n)) => u64::try_from(*n).unwrap_or(0),
        Some(_) | None => 0,
    };
    let most = frame.rows.iter().map(count).max().unwrap_or(0).max(1);
    for row in &mut frame.rows {
        // Halves of a character; something is longer than nothing.
        let halves = (u128::from(count(row)) * u128::from(BAR_CHARS) * 2).div_ceil(u128::from(most)) as usize;
        row.push(Cell::Text(["█".repeat(halves / 2), "▌".repeat(halves % 2)].concat()));
    }
    frame.columns.push(crate::model::FrameColumn { name: String::new(), kind: CellType::Text });
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_counts_are_large() {
        let mut frame = Frame::new([("stage", CellType::Text), ("count", CellType::Int)]);
        let counts = [24, 12, 1, 0];
        frame.rows = counts.map(|n| vec![Cell::Null, Cell::Int(n)]).to_vec();
        let bars: Vec<Cell> = with_bars(frame).rows.into_iter().filter_map(|mut row| row.pop()).collect();
        assert_eq!(bars, ["█".repeat(24), "█".repeat(12), "█".to_owned(), String::new()].map(Cell::Text));
    }
}

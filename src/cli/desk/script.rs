//! Scripts: questions and commands from a pipe or a file.

use std::ops::Range;

use super::super::failure::Failure;
use super::{Next, Session};
use crate::syntax::{self, TokenKind};

/// The status of an interrupted question, after which no script goes on.
const INTERRUPTED: u8 = 130;

/// A part of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A line that begins with a point.
    Command(Range<usize>),
    /// A question, without its `;`.
    Question(Range<usize>),
}

impl Session<'_> {
    /// Runs a script; ends at the first error with its status, or goes on and ends with the gravest.
    pub(super) fn run_script(&mut self, text: &str, keep_going: bool) -> Result<(), Failure> {
        let mut worst = 0;
        for part in parts(text) {
            let done = match part {
                Part::Command(range) => self.command(text[range].trim()),
                Part::Question(range) => self.answer(&in_place(text, range)).map(|()| Next::Line),
            };
            match done {
                Ok(Next::Line) => {}
                Ok(Next::End) => break,
                Err(Failure::ClosedPipe) => return Err(Failure::ClosedPipe),
                Err(failure) if keep_going && failure.status() != INTERRUPTED => {
                    worst = worst.max(failure.status());
                    failure.tell(self.terminal);
                }
                Err(failure) => return Err(failure),
            }
        }
        if worst == 0 { Ok(()) } else { Err(Failure::Told(worst)) }
    }
}

/// The parts of a script, in order; empty questions are none.
fn parts(text: &str) -> impl Iterator<Item = Part> {
    let mut start = 0;
    std::iter::from_fn(move || {
        while start < text.len() {
            let part = next_part(text, start);
            match part {
                Part::Command(range) => {
                    start = range.end;
                    return Some(Part::Command(range));
                }
                Part::Question(range) => {
                    // Past the `;`, if there is one.
                    start = (range.end + 1).min(text.len());
                    if !syntax::is_blank(&text[range.clone()]) {
                        return Some(Part::Question(range));
                    }
                }
            }
        }
        None
    })
}

fn next_part(text: &str, start: usize) -> Part {
    let rest = &text[start..];
    let mut is_first = true;
    for token in syntax::tokens(rest).filter(|it| !matches!(it.kind, TokenKind::Blank | TokenKind::Comment)) {
        let at = start + token.start;
        if is_first && &rest[token.range()] == "." {
            return Part::Command(at..text[at..].find('\n').map_or(text.len(), |it| at + it));
        }
        if token.kind == TokenKind::Semicolon {
            return Part::Question(start..at);
        }
        is_first = false;
    }
    Part::Question(start..text.len())
}

/// A question behind as many lines and blanks as it has before it in its script, so that places in it are those of the script.
fn in_place(text: &str, range: Range<usize>) -> String {
    let before: String = text[..range.start].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    let line = before.rfind('\n').map_or(0, |it| it + 1);
    ["\n".repeat(before.matches('\n').count()).as_str(), &before[line..], text[range].trim_end()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_cut_into_questions_and_commands() {
        let text = "a = 1;\n.mode csv; it's\n# .not one\nb = '.5;'\n | count; .help\n;;c = .5";
        let shown: Vec<(bool, &str)> = parts(text)
            .map(|it| match it {
                Part::Command(range) => (true, text[range].trim()),
                Part::Question(range) => (false, text[range].trim()),
            })
            .collect();
        assert_eq!(
            shown,
            [
                (false, "a = 1"),
                (true, ".mode csv; it's"),
                (false, "# .not one\nb = '.5;'\n | count"),
                (true, ".help"),
                (false, "c = .5")
            ]
        );
    }

    #[test]
    fn a_question_keeps_its_place() {
        let text = "a;\n  é; b";
        assert_eq!(in_place(text, 2..7), "  \n  é");
        assert_eq!(in_place(text, 8..10), "\n     b");
    }
}

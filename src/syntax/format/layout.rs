//! A printed sentence over lines, with its comments.
//!
//! A row of parts stands on one line if that is short enough and no comment lies inside; else each of its parts begins a
//! line. Rows within rows are judged on their own.

use super::comments::Comment;
use crate::syntax::print::{Break, BreakKind, Printer};

/// Code points of a line, where it can be broken.
const WIDTH: usize = 100;
const INDENT: usize = 2;

/// Appends a sentence to `out`, which ends at the beginning of a line.
///
/// `semicolon` is none without one, and else tells whether a comment follows it on its line.
pub(super) fn lay_out(printed: &Printer, comments: &[Comment<'_>], semicolon: Option<bool>, out: &mut String) {
    let (places, last) = assign(&printed.breaks, comments);
    let mut sheet = Sheet {
        text: &printed.out,
        breaks: &printed.breaks,
        closes: closes(&printed.breaks),
        n_before: n_before(&places),
        places,
        suffix: usize::from(semicolon.is_some()),
        line_start: out.len(),
        out,
    };
    if !printed.breaks.is_empty() {
        sheet.row(0, 0, 0);
    }
    // Without a `;` they are the text's last ones.
    let Some(followed) = semicolon else { return sheet.comments(last, 0) };
    match last {
        [] => sheet.out.push(';'),
        [one] if one.ends_line && !followed => {
            sheet.out.push(';');
            sheet.comments(last, INDENT);
        }
        _ => {
            sheet.comments(last, INDENT);
            sheet.out.push_str("\n;");
        }
    }
}

/// Which comments stand before which break, and those behind all.
fn assign<'c, 't>(breaks: &[Break], comments: &'c [Comment<'t>]) -> (Vec<&'c [Comment<'t>]>, &'c [Comment<'t>]) {
    let mut rest = comments;
    let place = |it: &Break| match it.kind {
        BreakKind::Open { brackets: false } | BreakKind::Close { brackets: false } => &rest[..0],
        BreakKind::Open { brackets: true } | BreakKind::Part | BreakKind::Close { brackets: true } => {
            let (here, later) = rest.split_at(rest.partition_point(|comment| comment.start < it.source));
            rest = later;
            here
        }
    };
    let places = breaks.iter().map(place).collect();
    (places, rest)
}

/// How many comments stand before each break.
fn n_before(places: &[&[Comment<'_>]]) -> Vec<usize> {
    let counted = places.iter().scan(0, |n, it| {
        *n += it.len();
        Some(*n)
    });
    std::iter::once(0).chain(counted).collect()
}

/// For each `Open` where its `Close` is.
fn closes(breaks: &[Break]) -> Vec<usize> {
    let mut closes = vec![0; breaks.len()];
    let mut open = Vec::new();
    for (n, it) in breaks.iter().enumerate() {
        match it.kind {
            BreakKind::Open { .. } => open.push(n),
            BreakKind::Part => {}
            BreakKind::Close { .. } => {
                if let Some(opened) = open.pop() {
                    closes[opened] = n;
                }
            }
        }
    }
    closes
}

struct Sheet<'a, 't> {
    text: &'a str,
    breaks: &'a [Break],
    closes: Vec<usize>,
    places: Vec<&'a [Comment<'t>]>,
    n_before: Vec<usize>,
    /// Code points behind the sentence.
    suffix: usize,
    line_start: usize,
    out: &'a mut String,
}

impl Sheet<'_, '_> {
    /// Writes the row that opens at break `open`, on a line of this indent; `behind` code points follow it on its line.
    fn row(&mut self, open: usize, indent: usize, behind: usize) {
        let close = self.closes[open];
        let (from, to) = (self.breaks[open].at, self.breaks[close].at);
        let has_comments = self.n_before[close + 1] > self.n_before[open];
        let behind = if open == 0 { self.suffix } else { behind };
        if !has_comments && self.column() + width(&self.text[from..to]) + behind <= WIDTH {
            self.out.push_str(&self.text[from..to]);
            return;
        }
        let brackets = self.breaks[open].kind == BreakKind::Open { brackets: true };
        let inner = indent + INDENT;
        if brackets {
            self.next_line(open, inner);
        }
        let mut at = from;
        let mut line_indent = if brackets { inner } else { indent };
        let mut n = open + 1;
        while n < close {
            let it = self.breaks[n];
            self.out.push_str(&self.text[at..it.at]);
            at = it.at;
            if it.kind == BreakKind::Part {
                self.next_line(n, inner);
                line_indent = inner;
                // The blank before the part is now the line's end.
                at += 1;
                n += 1;
                continue;
            }
            let inner_close = self.closes[n];
            let end = self.part_end(inner_close + 1, close);
            let behind = width(&self.text[self.breaks[inner_close].at..self.breaks[end].at])
                + if end == close { behind } else { 0 };
            self.row(n, line_indent, behind);
            at = self.breaks[inner_close].at;
            n = inner_close + 1;
        }
        self.out.push_str(&self.text[at..to]);
        if brackets {
            self.comments(self.places[close], inner);
            self.new_line(indent);
        }
    }

    /// The next break of this row from break `n` on: another part, or the row's end.
    fn part_end(&self, mut n: usize, close: usize) -> usize {
        while n < close && self.breaks[n].kind != BreakKind::Part {
            n = self.closes[n] + 1;
        }
        n
    }

    /// Ends the line at break `n`, after its comments.
    fn next_line(&mut self, n: usize, indent: usize) {
        self.comments(self.places[n], indent);
        self.new_line(indent);
    }

    /// The first may end the line, the others have lines of their own.
    fn comments(&mut self, comments: &[Comment<'_>], indent: usize) {
        for (n, comment) in comments.iter().enumerate() {
            if n == 0 && comment.ends_line {
                self.out.push(' ');
            } else {
                self.new_line(indent);
            }
            self.out.push_str(comment.text);
        }
    }

    fn new_line(&mut self, indent: usize) {
        self.out.push('\n');
        self.line_start = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn column(&self) -> usize {
        width(&self.out[self.line_start..])
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

//! The picture of a trend: sizes as a line over times at equal distances, from zero.

use svg::Document;
use svg::node::element::{Circle, Group, Line, Polyline, Text, Title};

use super::bars::scaled;
use super::one_line;
use super::picture::{BLUE, PALE, page};
use super::trend::moment;
use crate::engine::insight::{Trend, TrendPoint};

/// All lengths are in pixels; from one point to the next, if there are few.
const PITCH: usize = 60;
/// Of many points no less than this.
const NARROW: usize = 6;
/// What points may take together before they move closer.
const WIDE: usize = 1_200;
const TALL: usize = 240;
const MARGIN: usize = 24;
/// What the widest number beside the axis takes, and a label below it.
const NUMBER: usize = 80;
const LABEL: usize = 130;
/// From one label of a point to the next, at least.
const LABEL_PITCH: usize = 16;

/// Draws a trend.
pub(super) fn draw(trend: &Trend) -> Document {
    let points = &trend.points;
    let pitch = (WIDE / points.len().max(1)).clamp(NARROW, PITCH);
    let (left, top) = (MARGIN + NUMBER, 2 * MARGIN);
    let (right, bottom) = (left + pitch * points.len().saturating_sub(1), top + TALL);
    let (width, height) = (right + MARGIN + NUMBER, bottom + LABEL);
    let largest = points.iter().map(|it| it.count).max().unwrap_or(0);
    let place = |at: usize, it: &TrendPoint| (left + at * pitch, bottom - scaled(it.count, largest, TALL));
    let document = page(width, height, format!("How many match over time: {}", one_line(&trend.filter)))
        .add(level(0, bottom, [left, right]))
        .add(level(largest, bottom - scaled(largest, largest, TALL), [left, right]));
    let path: Vec<String> = points
        .iter()
        .enumerate()
        .map(|(at, it)| {
            let (x, y) = place(at, it);
            format!("{x},{y}")
        })
        .collect();
    let line = Polyline::new().set("points", path.join(" ")).set("fill", "none");
    let document = document.add(line.set("stroke", BLUE).set("stroke-width", 2));
    let every = LABEL_PITCH.div_ceil(pitch).max(1);
    let marks = points.iter().enumerate().map(|(at, it)| mark(it, place(at, it), (at % every == 0).then_some(bottom)));
    marks.fold(document, Document::add)
}

/// A line across at a number, which stands before it.
fn level(n: u64, y: usize, [left, right]: [usize; 2]) -> Group {
    let line = Line::new().set("x1", left).set("x2", right).set("y1", y).set("y2", y).set("stroke", PALE);
    let label = Text::new(n.to_string()).set("x", left - 8).set("y", y + 4).set("text-anchor", "end");
    Group::new().add(line).add(label.set("font-size", 12))
}

/// A point, with its time below the axis if there is room.
fn mark(point: &TrendPoint, (x, y): (usize, usize), label_below: Option<usize>) -> Group {
    let name = moment(point);
    let title = Title::new(format!("{name}, {}: {} of {}", one_line(&point.book), point.count, point.everyone));
    let group = Group::new().add(title).add(Circle::new().set("cx", x).set("cy", y).set("r", 4).set("fill", BLUE));
    match label_below {
        None => group,
        Some(bottom) => {
            let y = bottom + 12;
            let label = Text::new(name).set("x", x).set("y", y).set("font-size", 11).set("text-anchor", "end");
            group.add(label.set("transform", format!("rotate(-50 {x} {y})")))
        }
    }
}

//! The UpSet picture of an overlap: a column for each combination, its sets as dots, its size as a bar above them.

use svg::Document;
use svg::node::element::{Circle, Group, Line, Rectangle, Text, Title};

use super::bars::seen;
use super::one_line;
use super::overlap::letter;
use super::picture::{BLUE, INK, PALE, page};
use crate::engine::insight::{Overlap, OverlapCombination};

/// From one row or column to the next; all lengths are in pixels.
const PITCH: usize = 24;
const BAR: usize = 16;
const DOT: usize = 7;
/// The height of the longest bar of a combination.
const TALL: usize = 180;
/// The length of the longest bar of a set.
const LONG: usize = 120;
/// What the widest number beside a bar takes.
const NUMBER: usize = 70;
/// Characters that are shown of a set's name, and about what one takes.
const NAME_CHARS: usize = 40;
const CHAR: usize = 7;
const MARGIN: usize = 16;

/// Draws the first `limit` combinations of an overlap.
pub(super) fn draw(overlap: &Overlap, limit: usize) -> Document {
    let shown = &overlap.combinations[..overlap.combinations.len().min(limit)];
    let names: Vec<String> = overlap.sets.iter().enumerate().map(|(at, it)| name(at, &it.filter)).collect();
    let name_width = names.iter().map(|it| it.chars().count() * CHAR).max().unwrap_or(0) + 2 * MARGIN;
    let bars = MARGIN + NUMBER + LONG;
    let (left, top) = (bars + name_width, MARGIN + NUMBER + TALL + BAR);
    let width = left + shown.len() * PITCH + NUMBER;
    let height = top + overlap.sets.len() * PITCH + MARGIN;
    let document = page(width, height, format!("How {} sets of people overlap", overlap.sets.len()));
    let sets = names.iter().enumerate().map(|(at, name)| set(overlap, at, name, [bars, left - MARGIN], top));
    let columns = shown.iter().enumerate().map(|(at, it)| combination(overlap, it, left + at * PITCH, top));
    sets.chain(columns).fold(document, Document::add)
}

/// A set's row: its size as a bar, which ends at the first place, and its name, which ends at the second.
fn set(overlap: &Overlap, at: usize, name: &str, [bars, names]: [usize; 2], top: usize) -> Group {
    let set = &overlap.sets[at];
    let largest = overlap.sets.iter().map(|it| it.count).max().unwrap_or(0);
    let long = seen(set.count, largest, LONG);
    let middle = top + at * PITCH + PITCH / 2;
    let label = |words: &str, end: usize| {
        Text::new(words).set("x", end).set("y", middle + 4).set("text-anchor", "end").set("font-size", 12)
    };
    Group::new()
        .add(Title::new(format!("{}: {}", one_line(&set.filter), set.count)))
        .add(label(&set.count.to_string(), bars - long - 6))
        .add(rectangle(bars - long, middle - BAR / 2, long, BAR))
        .add(label(name, names))
}

/// A combination's column: its size as a bar, a dot for each set.
fn combination(overlap: &Overlap, combination: &OverlapCombination, left: usize, top: usize) -> Group {
    let largest = overlap.combinations.first().map_or(0, |it| it.count);
    let tall = seen(combination.count, largest, TALL);
    let (middle, bottom) = (left + PITCH / 2, top - BAR);
    let row = |set: usize| top + set * PITCH + PITCH / 2;
    let dot =
        |set: usize, fill: &str| Circle::new().set("cx", middle).set("cy", row(set)).set("r", DOT).set("fill", fill);
    let letters: Vec<String> = combination.sets.iter().map(|it| letter(*it)).collect();
    let above = bottom - tall - 6;
    let number = Text::new(combination.count.to_string())
        .set("x", middle)
        .set("y", above)
        .set("font-size", 10)
        .set("transform", format!("rotate(-50 {middle} {above})"));
    let mut group = Group::new()
        .add(Title::new(format!("{} and no other: {}", letters.join(", "), combination.count)))
        .add(number)
        .add(rectangle(middle - BAR / 2, bottom - tall, BAR, tall));
    for set in 0..overlap.sets.len() {
        group = group.add(dot(set, PALE));
    }
    if let (Some(first), Some(last)) = (combination.sets.first(), combination.sets.last()) {
        let line = Line::new().set("x1", middle).set("x2", middle).set("y1", row(*first)).set("y2", row(*last));
        group = group.add(line.set("stroke", INK).set("stroke-width", 3));
    }
    combination.sets.iter().fold(group, |group, set| group.add(dot(*set, INK)))
}

fn rectangle(x: usize, y: usize, width: usize, height: usize) -> Rectangle {
    Rectangle::new().set("x", x).set("y", y).set("width", width).set("height", height).set("fill", BLUE)
}

/// A set's letter and filter, cut where it is long.
fn name(at: usize, filter: &str) -> String {
    let words = one_line(filter);
    let is_long = words.chars().count() > NAME_CHARS;
    let shown: String = if is_long { words.chars().take(NAME_CHARS - 1).chain(['…']).collect() } else { words };
    format!("{} {shown}", letter(at))
}

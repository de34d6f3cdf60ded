//! Bars and lines of text, and how long a number is drawn.

/// The length of a number, where the largest has the whole one.
pub(super) fn scaled(n: u64, largest: u64, whole: usize) -> usize {
    (u128::from(n) * whole as u128 / u128::from(largest.max(1))) as usize
}

/// The same, but that more than nothing can be seen.
pub(super) fn seen(n: u64, largest: u64, whole: usize) -> usize {
    let length = scaled(n, largest, whole);
    if n > 0 { length.max(1) } else { 0 }
}

/// Eighths of a column, the first of nothing.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar of `n`, of which `largest` takes `width` columns; of more than nothing an eighth of a column at least.
pub(super) fn bar(n: u64, largest: u64, width: usize) -> String {
    let eighths = seen(n.min(largest), largest, 8 * width);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Heights of an eighth each, from the lowest.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A character for each number, the smallest the lowest and the largest the highest; of numbers that are all the same a
/// line at half the height.
pub(super) fn sparkline(numbers: &[u64]) -> String {
    let (low, high) = (numbers.iter().min().copied().unwrap_or(0), numbers.iter().max().copied().unwrap_or(0));
    let height = |n: &u64| match u128::from(high - low) {
        0 => HEIGHTS[3],
        // To the nearest of the eight.
        range => HEIGHTS[((u128::from(n - low) * 14 + range) / (2 * range)) as usize],
    };
    numbers.iter().map(height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_goes_from_the_smallest_to_the_largest() {
        assert_eq!(sparkline(&[0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[1_000, 1_100, 1_050]), "▁█▅");
        assert_eq!(sparkline(&[5, 5]), "▄▄");
        assert_eq!(sparkline(&[0, u64::MAX]), "▁█");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn bars_are_measured_in_eighths() {
        assert_eq!(bar(16, 16, 2), "██");
        assert_eq!(bar(9, 16, 2), "█▏");
        assert_eq!(bar(1, 1_000, 2), "▏");
        assert_eq!(bar(0, 16, 2), "");
        assert_eq!(bar(0, 0, 2), "");
    }
}

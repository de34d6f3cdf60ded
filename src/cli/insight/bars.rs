//! Bars of text.

/// Eighths of a column, the first of nothing.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar of `n`, of which `largest` takes `width` columns; of more than nothing an eighth of a column at least.
pub(super) fn bar(n: u64, largest: u64, width: usize) -> String {
    let whole = u128::from(largest.max(1));
    let eighths = (u128::from(n.min(largest)) * 8 * width as u128 / whole) as usize;
    let eighths = if n > 0 { eighths.max(1) } else { 0 };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_measured_in_eighths() {
        assert_eq!(bar(16, 16, 2), "██");
        assert_eq!(bar(9, 16, 2), "█▏");
        assert_eq!(bar(1, 1_000, 2), "▏");
        assert_eq!(bar(0, 16, 2), "");
        assert_eq!(bar(0, 0, 2), "");
    }
}

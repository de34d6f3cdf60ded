//! Guard rails: what a segment's number of rows must be for it to be written.

use super::options::SegmentOptions;

/// Why so many rows are not to be written, if they aren't; `before` is how many the last materialization has.
pub(super) fn held_back(options: &SegmentOptions, rows: u64, before: Option<u64>) -> Option<String> {
    if let Some(min) = options.min_rows.filter(|min| rows < *min) {
        let found = if rows == 0 { "it is empty".to_owned() } else { format!("{rows} rows") };
        return Some(format!("{found}, and min_rows is {min}"));
    }
    if let Some(max) = options.max_rows.filter(|max| rows > *max) {
        return Some(format!("{rows} rows, and max_rows is {max}"));
    }
    let (most, before) = (options.max_change_pct?, before?);
    let change = rows.abs_diff(before);
    // From nobody to somebody is more than any share.
    if change as f64 * 100.0 <= most * before as f64 {
        return None;
    }
    let share = if before == 0 { String::new() } else { format!(" ({:+.1} %)", share(rows, before)) };
    Some(format!("{rows} rows after {before}{share}, and max_change_pct is {most}"))
}

fn share(rows: u64, before: u64) -> f64 {
    (rows as f64 - before as f64) / before as f64 * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: u64, before: Option<u64>) -> String {
        let options = SegmentOptions {
            min_rows: Some(2),
            max_rows: Some(1_000),
            max_change_pct: Some(50.0),
            ..SegmentOptions::default()
        };
        held_back(&options, rows, before).unwrap_or_default()
    }

    #[test]
    fn each_rail_holds_at_its_bound() {
        assert_eq!(told(2, None), "");
        assert_eq!(told(1, None), "1 rows, and min_rows is 2");
        assert_eq!(told(0, Some(0)), "it is empty, and min_rows is 2");
        assert_eq!(
            (told(1_000, None), told(1_001, None)),
            (String::new(), "1001 rows, and max_rows is 1000".to_owned())
        );
        assert_eq!((told(150, Some(100)), told(50, Some(100))), (String::new(), String::new()));
        assert_eq!(told(151, Some(100)), "151 rows after 100 (+51.0 %), and max_change_pct is 50");
        assert_eq!(told(49, Some(100)), "49 rows after 100 (-51.0 %), and max_change_pct is 50");
        assert_eq!(told(5, Some(0)), "5 rows after 0, and max_change_pct is 50");
        assert_eq!(held_back(&SegmentOptions::default(), 0, Some(9)), None);
    }
}

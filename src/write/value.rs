//! How a cell is written as text: the forms that CSV, JSON and the terminal share.
//!
//! Every form reads back as the same value: decimals have all digits of their scale, floats the fewest digits that
//! stand for that double alone.

use std::fmt::Write;

use crate::model::{Cell, civil};

const DAY_US: i64 = 86_400_000_000;
/// The Gregorian calendar repeats after 400 years, which have this many days.
const CYCLE_DAYS: i32 = 146_097;

/// A cell as text; missing is the empty text.
#[must_use]
pub fn text_of(cell: &Cell) -> String {
    let mut out = String::new();
    push_text(&mut out, cell);
    out
}

/// Appends a cell as text; missing appends nothing.
pub fn push_text(out: &mut String, cell: &Cell) {
    match cell {
        Cell::Null => {}
        Cell::Text(text) => out.push_str(text),
        Cell::Int(value) => push_display(out, value),
        Cell::Decimal { value, scale } => push_decimal(out, *value, *scale),
        Cell::Float(value) => push_float(out, *value),
        Cell::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Cell::Day(day) => push_day(out, *day),
        Cell::Instant(us) => push_instant(out, *us),
        Cell::List(texts) => push_list(out, texts),
    }
}

fn push_display(out: &mut String, value: impl std::fmt::Display) {
    // Writing into a string can't fail.
    let _ = write!(out, "{value}");
}

/// `2550` of scale 2 is `25.50`.
pub(super) fn push_decimal(out: &mut String, value: i128, scale: u8) {
    if scale == 0 {
        return push_display(out, value);
    }
    let scale = usize::from(scale);
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    push_display(out, format_args!("{sign}{whole}.{fraction}"));
}

/// `inf`, `-inf`, else the shortest form that reads back as the same double: `35.0`, `0.1`, `1e300`.
pub(super) fn push_float(out: &mut String, value: f64) {
    // The debug form is the one that is short for large and small numbers, too.
    push_display(out, format_args!("{value:?}"));
}

/// `2026-11-20`; beyond the years 0 to 9999 with a sign and six digits or more.
pub(super) fn push_day(out: &mut String, day: i32) {
    let cycles = day.div_euclid(CYCLE_DAYS);
    // A day of the first 400 years after 1970 always has a date.
    let (year, month, day) = civil(day.rem_euclid(CYCLE_DAYS)).unwrap_or((1970, 1, 1));
    let year = i64::from(year) + 400 * i64::from(cycles);
    if (0..=9999).contains(&year) {
        push_display(out, format_args!("{year:04}-{month:02}-{day:02}"));
    } else {
        push_display(out, format_args!("{year:+07}-{month:02}-{day:02}"));
    }
}

/// `2026-11-20T09:00:00Z`, with as many decimals as needed.
pub(super) fn push_instant(out: &mut String, us: i64) {
    // 2^63 microseconds are about 10^8 days.
    push_day(out, us.div_euclid(DAY_US) as i32);
    let us = us.rem_euclid(DAY_US);
    let (seconds, fraction) = (us / 1_000_000, us % 1_000_000);
    push_display(out, format_args!("T{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60));
    if fraction != 0 {
        push_display(out, format_args!(".{}", format!("{fraction:06}").trim_end_matches('0')));
    }
    out.push('Z');
}

/// A JSON array of strings.
pub(super) fn push_list(out: &mut String, texts: &[String]) {
    out.push('[');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_json_string(out, text);
    }
    out.push(']');
}

/// A JSON string with its quotes.
pub(super) fn push_json_string(out: &mut String, text: &str) {
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        return out.push('"');
    }
    push_display(out, serde_json::Value::from(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_scale() {
        let text = |value, scale| text_of(&Cell::Decimal { value, scale });
        assert_eq!(text(2550, 2), "25.50");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(0, 3), "0.000");
        assert_eq!(text(-7, 0), "-7");
        assert_eq!(text(i128::MIN, 38), "-1.70141183460469231731687303715884105728");
    }

    #[test]
    fn floats_read_back() {
        for (value, text) in [
            (35.0, "35.0"),
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (1e300, "1e300"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(text_of(&Cell::Float(value)), text);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn instants_have_the_decimals_they_need() {
        let text = |us| text_of(&Cell::Instant(us));
        assert_eq!(text(1_795_165_200_000_000), "2026-11-20T09:00:00Z");
        assert_eq!(text(1_795_165_200_500_000), "2026-11-20T09:00:00.5Z");
        assert_eq!(text(1_795_165_200_000_001), "2026-11-20T09:00:00.000001Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(text(i64::MAX), "+294247-01-10T04:00:54.775807Z");
        assert_eq!(text(i64::MIN), "-290308-12-21T19:59:05.224192Z");
    }

    #[test]
    fn days_beyond_the_calendar_have_a_sign() {
        let text = |day| text_of(&Cell::Day(day));
        assert_eq!(text(20_777), "2026-11-20");
        assert_eq!(text(-719_528), "0000-01-01");
        assert_eq!(text(-719_529), "-000001-12-31");
        assert_eq!(text(2_932_896), "9999-12-31");
        assert_eq!(text(2_932_897), "+010000-01-01");
    }

    #[test]
    fn lists_are_json() {
        assert_eq!(text_of(&Cell::List(vec!["a\"b\n".to_owned(), "ü".to_owned()])), r#"["a\"b\n","ü"]"#);
        assert_eq!(text_of(&Cell::List(Vec::new())), "[]");
    }
}

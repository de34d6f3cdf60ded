//! [`Syntax`]: what differs from engine to engine.
//!
//! What most engines share stands here; a dialect's file says the rest.

use super::pattern::Flavour;
use crate::model::civil;

/// The types that values are cast to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Flag,
    Int,
    /// The widest exact whole number: 38 digits or 127 bits at least.
    Wide,
    /// 38 digits, so many of them after the point.
    Decimal(u8),
    Double,
    Day,
    Instant,
    Local,
    List,
}

/// How an engine says what a filter means.
///
/// Arguments are SQL already, but for literals and names. What is called *micros* is a whole number of microseconds
/// since 1970, by UTC or by the wall clock.
pub(super) trait Syntax: Sync {
    /// The engine's name.
    fn name(&self) -> &'static str;

    /// The column that numbers a table's rows by itself, if there is one.
    fn row_column(&self) -> Option<&'static str> {
        None
    }

    /// What a view is called after `create or replace`.
    fn view_words(&self) -> &'static str {
        "view"
    }

    // ------------------------------------------------------------------ names and literals

    /// A name, quoted.
    fn ident(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// A text as a literal that nothing breaks out of, on one line, since the lines of a SELECT are set in; `null` of one that the
    /// engine's texts can't be.
    fn text(&self, text: &str) -> String {
        quoted(text, &['\n'])
    }

    /// A double, infinities included.
    fn double(&self, value: f64) -> String {
        self.cast(&format!("'{}'", double_text(value)), Type::Double)
    }

    /// `units / 10^scale`, exactly.
    fn decimal(&self, units: i128, scale: u8) -> String {
        decimal_text(units, scale)
    }

    /// The microsecond of UTC.
    fn instant(&self, micros: i64) -> String {
        format!("timestamptz '{}+00'", time_text(micros))
    }

    /// The microsecond of the wall clock.
    fn local(&self, micros: i64) -> String {
        format!("timestamp '{}'", time_text(micros))
    }

    /// The day, by its number since 1970-01-01.
    fn day(&self, day: i32) -> String {
        format!("date '{}'", day_text(day))
    }

    /// First and last microsecond that a time can be.
    fn times(&self) -> (i64, i64) {
        // The years 1 to 9999.
        (-62_135_596_800_000_000, 253_402_300_799_999_999)
    }

    // ------------------------------------------------------------------ types

    /// The name of a type.
    fn type_name(&self, of: Type) -> String {
        common_type(of)
    }

    fn cast(&self, value: &str, to: Type) -> String {
        format!("cast({value} as {})", self.type_name(to))
    }

    /// A cast of a text that may fail to a missing value.
    fn try_cast(&self, value: &str, to: Type) -> String {
        format!("try_cast({value} as {})", self.type_name(to))
    }

    /// A missing value of the type.
    fn missing(&self, of: Type) -> String {
        self.cast("null", of)
    }

    /// Allows for missing values where a column's type doesn't.
    fn nullable(&self, value: &str) -> String {
        value.to_owned()
    }

    /// The opposite of `email in (select …)`.
    fn not_in(&self, is_in: &str) -> String {
        format!("not {is_in}")
    }

    /// Whether sets of e-mails are joined to the contacts, with a flag for each set, and never asked by `in`.
    fn joins_sets(&self) -> bool {
        false
    }

    /// An expression in which a value stands many times, with the value written once where an optimizer would copy it.
    fn bound(&self, value: &str, within: &dyn Fn(&str) -> String) -> String {
        within(value)
    }

    /// Ends a SELECT whose columns an optimizer would copy to wherever they are named.
    fn fence(&self) -> &'static str {
        ""
    }

    /// How a CTE is announced that conditions on its rows mustn't be moved into.
    fn kept_apart(&self) -> &'static str {
        "as"
    }

    // ------------------------------------------------------------------ texts

    /// Lower-cased code point by code point, by the simple mapping.
    ///
    /// Of the full mapping only `Σ` depends on its place and only `İ` becomes two: with both out of the way it is the simple one.
    fn fold(&self, text: &str) -> String {
        format!("lower(translate({text}, 'Σİ', 'σi'))")
    }

    /// Without the white space at both ends, of any script.
    fn trim(&self, text: &str) -> String {
        format!("regexp_replace({text}, {}, '', 'g')", self.text(WHITE_SPACE_AT_ENDS))
    }

    fn contains(&self, text: &str, needle: &str) -> String {
        format!("contains({text}, {})", self.text(needle))
    }

    fn starts_with(&self, text: &str, needle: &str) -> String {
        format!("starts_with({text}, {})", self.text(needle))
    }

    fn ends_with(&self, text: &str, needle: &str) -> String {
        format!("ends_with({text}, {})", self.text(needle))
    }

    /// What stands after the last `@`.
    fn after_last_at(&self, text: &str) -> String {
        format!("split_part({text}, '@', -1)")
    }

    /// How the engine's regexes are written.
    fn flavour(&self) -> Flavour;

    /// Whether the regex finds something; the pattern is of [`Syntax::flavour`].
    fn matches(&self, text: &str, pattern: &str) -> String;

    /// The text, ordered by code point.
    fn by_code_point(&self, text: &str) -> String {
        text.to_owned()
    }

    // ------------------------------------------------------------------ numbers

    /// NaN as missing.
    fn without_nan(&self, value: &str) -> String {
        format!("case when isnan({value}) then null else {value} end")
    }

    /// A double rounded to a whole one, in whatever direction.
    fn whole(&self, value: &str) -> String {
        format!("trunc({value})")
    }

    /// A finite double times a power of two, rounded to a whole number in whatever direction.
    fn whole_times(&self, value: &str, factor: f64) -> String {
        self.whole(&format!("{value} * {}", self.double(factor)))
    }

    /// The quotient of whole numbers that aren't negative, floored.
    fn quotient(&self, a: &str, b: i64) -> String {
        format!("({a}) / {b}")
    }

    // ------------------------------------------------------------------ times

    /// Micros of an instant, floored.
    fn instant_micros(&self, value: &str) -> String;

    /// Micros of a wall-clock time, floored.
    fn local_micros(&self, value: &str) -> String;

    /// Days since 1970-01-01.
    fn day_number(&self, value: &str) -> String;

    /// The number of the day so many months later, of a day's number; the last of the month where there is no such day.
    fn months_later(&self, day: &str, months: i64) -> String;

    /// A day as the wall-clock time of its beginning.
    fn day_as_local(&self, value: &str) -> String {
        self.cast(value, Type::Local)
    }

    // ------------------------------------------------------------------ lists

    /// Whether some element, called `item`, is so.
    fn any(&self, list: &str, test: &str) -> String;

    /// The number of elements that differ when lower-cased, but for empty ones.
    fn n_distinct(&self, list: &str) -> String;

    /// The elements without those whose lower-cased form an earlier one has.
    fn first_spellings(&self, list: &str) -> String;

    /// A row for each element, in the list of what is selected.
    fn unnest(&self, list: &str) -> String {
        format!("unnest({list})")
    }
}

/// White space of Unicode, as most regexes say it: its controls, and the separators.
pub(super) const WHITE_SPACE_AT_ENDS: &str = r"^[\x09-\x0D\x{85}\p{Z}]+|[\x09-\x0D\x{85}\p{Z}]+\z";

/// The type's name where it is one that most engines know.
pub(super) fn common_type(of: Type) -> String {
    match of {
        Type::Text => "varchar".to_owned(),
        Type::Flag => "boolean".to_owned(),
        Type::Int => "bigint".to_owned(),
        Type::Wide => "decimal(38, 0)".to_owned(),
        Type::Decimal(scale) => format!("decimal(38, {scale})"),
        Type::Double => "double".to_owned(),
        Type::Day => "date".to_owned(),
        Type::Instant => "timestamptz".to_owned(),
        Type::Local => "timestamp".to_owned(),
        Type::List => "varchar[]".to_owned(),
    }
}

/// `units / 10^scale` where literals with a point are doubles, and long ones lose digits: cast from text.
pub(super) fn cast_decimal(units: i128, scale: u8) -> String {
    if scale == 0 && i64::try_from(units).is_ok() {
        return units.to_string();
    }
    format!("cast('{}' as decimal(38, {scale}))", decimal_text(units, scale))
}

/// A text in quotes, with these characters put in by their numbers.
pub(super) fn quoted(text: &str, by_number: &[char]) -> String {
    let mut quoted = format!("'{}'", text.replace('\'', "''"));
    if !text.contains(by_number) {
        return quoted;
    }
    for c in by_number {
        quoted = quoted.replace(*c, &format!("' || chr({}) || '", u32::from(*c)));
    }
    format!("({quoted})")
}

pub(super) fn double_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    // The shortest text that is read as this double again.
    format!("{value:?}")
}

pub(super) fn decimal_text(units: i128, scale: u8) -> String {
    if scale == 0 {
        return units.to_string();
    }
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    format!("{}{whole}.{fraction}", if units < 0 { "-" } else { "" })
}

/// `2026-02-08 14:30:00`, with a fraction where there is one.
pub(super) fn time_text(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // A microsecond of 64 bits lies within 300,000 years.
    let day = day_text(day as i32);
    let clock = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
    if fraction == 0 { format!("{day} {clock}") } else { format!("{day} {clock}.{fraction:06}") }
}

pub(super) fn day_text(day: i32) -> String {
    civil(day).map_or_else(String::new, |(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
}

/// A number that may stand after an operator.
pub(super) fn bracketed(number: i64) -> String {
    if number < 0 { format!("({number})") } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        assert_eq!(decimal_text(50_001, 2), "500.01");
        assert_eq!(decimal_text(-5, 3), "-0.005");
        assert_eq!(decimal_text(7, 0), "7");
        assert_eq!(double_text(f64::NEG_INFINITY), "-inf");
        assert_eq!(double_text(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(time_text(-1), "1969-12-31 23:59:59.999999");
        assert_eq!(time_text(1_795_165_200_000_000), "2026-11-20 09:00:00");
    }
}

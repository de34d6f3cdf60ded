//! PostgreSQL: lower-casing by ICU, so that neither the database's encoding of case nor its order shows.

use super::pattern::Flavour;
use super::syntax::{Syntax, Type};

pub(super) struct Postgres;

impl Syntax for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn row_column(&self) -> Option<&'static str> {
        Some("ctid")
    }

    /// A backslash is plain or not by a setting; after `E` it always escapes. No text holds U+0000.
    fn text(&self, text: &str) -> String {
        if text.contains('\0') {
            return "null".to_owned();
        }
        let escaped = text.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n");
        if escaped.contains('\\') { format!("E'{escaped}'") } else { format!("'{escaped}'") }
    }

    fn type_name(&self, of: Type) -> String {
        match of {
            Type::Text => "text".to_owned(),
            Type::Flag => "boolean".to_owned(),
            Type::Int => "bigint".to_owned(),
            Type::Wide => "numeric".to_owned(),
            Type::Decimal(scale) => format!("numeric(38, {scale})"),
            Type::Double => "double precision".to_owned(),
            Type::Day => "date".to_owned(),
            Type::Instant => "timestamptz".to_owned(),
            Type::Local => "timestamp".to_owned(),
            Type::List => "text[]".to_owned(),
        }
    }

    /// Of what is computed PostgreSQL has no statistics: it expects a row or two of two conditions, and then compares each
    /// contact with each member of a set, or, where a set is large, whenever `in` stands beside `or` or `not`. What it can't
    /// do in a full join.
    fn joins_sets(&self) -> bool {
        true
    }

    /// For the same reason: what is joined within.
    fn kept_apart(&self) -> &'static str {
        "as materialized"
    }

    /// Sub-SELECTs become one, but for those with an offset.
    fn fence(&self) -> &'static str {
        " offset 0"
    }

    /// What is cast has been held against its form. A day that there isn't would be an error, as would be the year 0, which is 1 BC.
    fn try_cast(&self, value: &str, to: Type) -> String {
        if to != Type::Day {
            return self.cast(value, to);
        }
        let part = |first: u8, n: u8| format!("substr({value}, {first}, {n})");
        let whole = |part: &str| format!("cast({part} as integer)");
        let (year, month, day) = (part(1, 4), part(6, 2), part(9, 2));
        let date = |day: &str| {
            let year = format!("case {year} when '0000' then -1 else {} end", whole(&year));
            format!("make_date({year}, {}, {day})", whole(&month))
        };
        let last = format!("to_char({} + interval '1 month' - interval '1 day', 'DD')", date("1"));
        format!(
            "case when {month} between '01' and '12' then case when {day} between '01' and {last} then {} end end",
            date(&whole(&day))
        )
    }

    fn fold(&self, text: &str) -> String {
        format!("lower(translate({text}, 'Σİ', 'σi') collate \"und-x-icu\") collate \"C\"")
    }

    fn trim(&self, text: &str) -> String {
        let blanks = r"\t\n\u000B\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";
        format!("btrim({text}, E'{blanks}')")
    }

    fn contains(&self, text: &str, needle: &str) -> String {
        format!("strpos({text}, {}) > 0", self.text(needle))
    }

    fn ends_with(&self, text: &str, needle: &str) -> String {
        format!("right({text}, {}) = {}", needle.chars().count(), self.text(needle))
    }

    fn flavour(&self) -> Flavour {
        Flavour::Postgres
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("{text} ~ {}", self.text(pattern))
    }

    fn by_code_point(&self, text: &str) -> String {
        format!("{text} collate \"C\"")
    }

    fn without_nan(&self, value: &str) -> String {
        format!("nullif({value}, 'NaN')")
    }

    /// What comes out too small is an error, not zero.
    fn whole_times(&self, value: &str, factor: f64) -> String {
        let whole = self.whole(&format!("{value} * {}", self.double(factor)));
        if factor < 1.0 { format!("case when abs({value}) < 1 then 0 else {whole} end") } else { whole }
    }

    fn instant_micros(&self, value: &str) -> String {
        format!("cast(floor(extract(epoch from {value}) * 1000000) as bigint)")
    }

    fn local_micros(&self, value: &str) -> String {
        self.instant_micros(value)
    }

    fn day_number(&self, value: &str) -> String {
        format!("({value} - date '1970-01-01')")
    }

    fn months_later(&self, day: &str, months: i64) -> String {
        format!(
            "(cast(date '1970-01-01' + cast({day} as integer) + interval '{months} months' as date) - date '1970-01-01')"
        )
    }

    fn any(&self, list: &str, test: &str) -> String {
        format!("exists (select 1 from unnest({list}) as items(item) where {test})")
    }

    fn n_distinct(&self, list: &str) -> String {
        format!("(select count(distinct {}) from unnest({list}) as items(item) where item <> '')", self.fold("item"))
    }

    fn first_spellings(&self, list: &str) -> String {
        let folded = self.fold("item");
        format!(
            "array(select (array_agg(item order by at))[1] from unnest({list}) with ordinality as items(item, at) \
             group by {folded})"
        )
    }
}

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

    /// What is cast has been held against its form.
    fn try_cast(&self, value: &str, to: Type) -> String {
        self.cast(value, to)
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

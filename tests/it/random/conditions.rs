//! Random conditions on one field: section 2.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Datelike, NaiveDate};
use rand::RngExt;
use segql::model::{CalendarUnit, TimeUnit};

use super::filter::{FilterWriter, Ground, quote};
use super::pools::{CHOICES, LABELS, LIKES, PARTS, REACHES, REGEXES, TEXTS, WHOLE_DAYS};
use super::{pick, pick_copy};
use crate::oracle::book::{FieldDef, STAGES, Type};
use crate::value::V;

const COMPARE: [&str; 8] = ["=", "==", "!=", "<>", "<", "<=", ">", ">="];
const EQUAL: [&str; 4] = ["=", "==", "!=", "<>"];

impl FilterWriter<'_> {
    pub(super) fn field_condition(&mut self, ground: Ground<'_>) -> String {
        let def = ground.fields[self.rng.random_range(0..ground.fields.len())].clone();
        let name = self.field(&def);
        if self.chance(0.1) {
            self.count("is empty");
            return format!("{name} is {}empty", self.maybe("not "));
        }
        if self.chance(0.08)
            && let Some(text) = self.against_field(ground, &def, &name)
        {
            return text;
        }
        let value = self.value_of(ground, &def);
        match def.kind {
            Type::Bool => self.bool_condition(&name),
            Type::List => self.list_condition(ground, &def, &name),
            _ => format!("{name} {}", self.test(def.kind, &def.tag, &value)),
        }
    }

    /// The test of a value of some type, without its subject; `tag` tells lists and lists of known names.
    pub(super) fn test(&mut self, kind: Type, tag: &str, value: &V) -> String {
        match kind {
            Type::Text => self.text_test(tag, value),
            Type::Choice => {
                self.count("choice");
                let literal = |writer: &mut Self| {
                    let choice = pick(&mut writer.rng, &CHOICES);
                    let choice = writer.case(choice);
                    if writer.chance(0.5) { choice } else { quote(&choice) }
                };
                self.equal_or_in(literal)
            }
            Type::Known(names) => {
                self.count("known");
                self.equal_or_in(|writer| writer.known(names))
            }
            Type::Stage => self.stage_test(false),
            Type::Funnel => self.stage_test(true),
            Type::Number => self.number_test(value),
            Type::Day => self.date_test(true, value),
            Type::Instant => self.date_test(false, value),
            Type::Bool | Type::List => unreachable!("have forms of their own"),
        }
    }

    /// A value of the field that some row has.
    fn value_of(&mut self, ground: Ground<'_>, def: &FieldDef) -> V {
        for _ in 0..5 {
            if ground.rows.is_empty() {
                break;
            }
            let row = ground.rows[self.rng.random_range(0..ground.rows.len())];
            if let Some(value) = row.get(&def.tag).filter(|it| **it != V::Null) {
                return value.clone();
            }
        }
        V::Null
    }

    fn equal_or_in(&mut self, literal: impl Fn(&mut Self) -> String) -> String {
        if self.chance(0.6) { format!("{} {}", self.word(&EQUAL), literal(self)) } else { self.list("in", literal) }
    }

    /// `[not] in (a, b)`
    fn list(&mut self, word: &str, literal: impl Fn(&mut Self) -> String) -> String {
        let n = self.rng.random_range(1..4);
        let not = if word == "in" { self.maybe("not ") } else { "" };
        let all: Vec<String> = (0..n).map(|_| literal(self)).collect();
        let comma = if self.chance(0.1) { "," } else { "" };
        format!("{not}{word} ({}{comma})", all.join(", "))
    }

    fn known(&mut self, names: &[&str]) -> String {
        let name = pick(&mut self.rng, names).to_owned();
        match self.rng.random_range(0..5) {
            0 => quote(&name.replace('_', " ")),
            1 => name.replace('_', "-"),
            2 => name.to_uppercase(),
            _ => name,
        }
    }

    pub(super) fn stage(&mut self) -> String {
        self.known(&STAGES)
    }

    fn stage_test(&mut self, funnel: bool) -> String {
        self.count(if funnel { "funnel" } else { "stage" });
        if funnel && self.chance(0.2) {
            return format!("{} lost", self.word(&EQUAL));
        }
        match self.rng.random_range(0..4) {
            0 | 1 => format!("{} {}", self.word(&COMPARE), self.stage()),
            2 => format!("{}between {} and {}", self.maybe("not "), self.stage(), self.stage()),
            _ => {
                self.list("in", |writer| if funnel && writer.chance(0.2) { "lost".to_owned() } else { writer.stage() })
            }
        }
    }

    fn bool_condition(&mut self, name: &str) -> String {
        self.count("yes/no");
        if self.chance(0.4) {
            return name.to_owned();
        }
        format!("{name} {} {}", self.word(&EQUAL), self.word(&["true", "yes", "no", "false", "FALSE", "Yes"]))
    }

    fn list_condition(&mut self, ground: Ground<'_>, def: &FieldDef, name: &str) -> String {
        let element = |writer: &mut Self| {
            let label = pick(&mut writer.rng, &LABELS).to_owned();
            let bare = !label.contains([' ', '%']) && label != "by";
            if bare && writer.chance(0.5) { label } else { quote(&label) }
        };
        match self.rng.random_range(0..9) {
            0 => {
                self.count("list =");
                format!("{name} {} {}", self.word(&EQUAL), element(self))
            }
            1 => {
                self.count("list contains");
                format!("{name} {}contains {}", self.maybe("not "), element(self))
            }
            2 => {
                self.count("list in");
                format!("{name} {}", self.list("in", element))
            }
            3 => {
                self.count("list all");
                format!("{}{name} {}", self.maybe("not "), self.list("all", element))
            }
            4 => {
                self.count("list none");
                format!("{}{name} {}", self.maybe("not "), self.list("none", element))
            }
            5 | 6 if ground.contacts => {
                self.count("count(list)");
                // In backticks a list that shares its name with a kind is the list.
                let n = V::Int(self.rng.random_range(0..4));
                format!("count(`{}`) {}", def.tag, self.number_test(&n))
            }
            _ => {
                self.count("list like text");
                let op = self.word(&["like", "starts with", "ends with", "matches"]);
                // A label is compared without case, and `cased` before it is an error.
                format!("{name} {}", self.text_match(op, def.tag != "labels"))
            }
        }
    }

    fn text_test(&mut self, tag: &str, value: &V) -> String {
        let email = tag == "email" || tag == "email.domain";
        let literal = |writer: &mut Self| {
            let own = match value {
                V::Text(text) if writer.chance(0.6) => text.clone(),
                _ => pick(&mut writer.rng, &TEXTS).to_owned(),
            };
            let own = if writer.chance(0.15) { own.to_uppercase() } else { own };
            writer.text_literal(&own)
        };
        match self.rng.random_range(0..8) {
            0..3 => {
                self.count("text =");
                format!("{} {}", self.word(&EQUAL), literal(self))
            }
            3 => {
                self.count("text in");
                self.list("in", literal)
            }
            4 if email => {
                self.count("email parts");
                let part = pick(&mut self.rng, &["@gmail.example", "a", "kampus.example", "1", "i", "\u{212A}", "d_i"]);
                format!(
                    "{}{} {}",
                    self.maybe("not "),
                    self.word(&["contains", "starts with", "ends with"]),
                    quote(part)
                )
            }
            _ => {
                let op = self.word(&["contains", "starts with", "ends with", "like", "matches"]);
                self.text_match(op, true)
            }
        }
    }

    fn text_match(&mut self, op: &'static str, may_be_cased: bool) -> String {
        self.count(op);
        let wanted = match op {
            "like" => pick(&mut self.rng, &LIKES),
            "matches" => pick(&mut self.rng, &REGEXES),
            _ if self.chance(0.7) => pick(&mut self.rng, &PARTS),
            _ => pick(&mut self.rng, &TEXTS),
        };
        let cased = if may_be_cased { self.cased() } else { "" };
        format!("{}{op} {cased}{}", self.maybe("not "), quote(wanted))
    }

    fn cased(&mut self) -> &'static str {
        let cased = if self.chance(0.2) { "cased " } else { "" };
        if !cased.is_empty() {
            self.count("cased");
        }
        cased
    }

    /// A text literal in one of its spellings.
    fn text_literal(&mut self, text: &str) -> String {
        let cased = self.cased();
        let bare = !text.is_empty() && text.chars().all(char::is_alphabetic) && !is_reserved(text);
        let literal = match self.rng.random_range(0..5) {
            0 | 1 if bare => {
                self.count("bare word");
                text.to_owned()
            }
            2 => {
                self.count("single quotes");
                let inner = text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\t', "\\t");
                format!("'{inner}'")
            }
            3 => {
                self.count("\\u{}");
                format!("\"{}\"", text.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect::<String>())
            }
            _ => quote(text),
        };
        format!("{cased}{literal}")
    }

    pub(super) fn number_test(&mut self, value: &V) -> String {
        let literal = |writer: &mut Self| writer.number_literal(value);
        match self.rng.random_range(0..6) {
            0..4 => {
                self.count("number compare");
                format!("{} {}", self.word(&COMPARE), literal(self))
            }
            4 => {
                self.count("number between");
                format!("{}between {} and {}", self.maybe("not "), literal(self), literal(self))
            }
            _ => {
                self.count("number in");
                self.list("in", literal)
            }
        }
    }

    /// A number at or beside the value, in one of its spellings.
    fn number_literal(&mut self, value: &V) -> String {
        match value {
            V::Int(value) => match self.rng.random_range(0..7) {
                0 => format!("{value}.5"),
                1 => format!("{value}.0"),
                2 => format!("{}", i128::from(*value) + 1),
                3 => format!("{}", i128::from(*value) - 1),
                4 if *value > 0 => format!("+{value}"),
                5 => underscored(&value.to_string()),
                _ => value.to_string(),
            },
            V::Dec(value) => match self.rng.random_range(0..4) {
                0 => (value + BigDecimal::new(1.into(), 3)).to_plain_string(),
                1 => format!("{}e-1", (value * BigDecimal::from(10)).to_plain_string()),
                _ => value.to_plain_string(),
            },
            V::Float(value) if value.is_finite() => match self.rng.random_range(0..4) {
                0 => format!("{value:e}"),
                1 => format!("{}", value.trunc()),
                2 if (0.0..1.0).contains(value) && *value > 1e-9 => {
                    format!("{value}").trim_start_matches('0').to_owned()
                }
                _ if value.abs() > 1e-20 && value.abs() < 1e20 => format!("{value}"),
                _ => format!("{value:e}"),
            },
            _ => self
                .word(&["0", "-0.0", "1_000", "-1.5", ".5", "+5", "1e6", "0.3", "1e300", "-9223372036854775808"])
                .to_owned(),
        }
    }

    pub(super) fn date_test(&mut self, day: bool, value: &V) -> String {
        match self.rng.random_range(0..12) {
            0 | 1 => {
                self.count("date compare");
                let op = self.word(&COMPARE);
                let equal = EQUAL.contains(&op);
                format!("{op} {}", self.date_value(day, equal, value))
            }
            2 => {
                self.count("date between");
                let (low, high) = (self.date_value(day, false, value), self.date_value(day, false, value));
                format!("{}between {low} and {high}", self.maybe("not "))
            }
            3 => {
                self.count("date in");
                self.list("in", |writer| writer.day_literal(value))
            }
            4 => {
                self.count("anniversary");
                format!("anniversary {}", self.days_window(value))
            }
            _ => self.window(day, value),
        }
    }

    /// Windows that `anniversary` takes.
    fn days_window(&mut self, value: &V) -> String {
        if self.chance(0.2) {
            return format!("on {}", self.day_literal(value));
        }
        if self.chance(0.2)
            && let V::Day(day) = value
        {
            // Its day in a year without a leap day; of 29 February the day before.
            let day = day.with_year(2027).or_else(|| day.pred_opt()?.with_year(2027)).expect("a day of any year");
            return format!("on {}", day.format("%Y-%m-%d"));
        }
        if self.chance(0.3) {
            return format!("in {} {}", self.word(&["this", "last", "next"]), self.calendar());
        }
        format!("in {} {}", self.word(&["last", "next"]), self.reach(true))
    }

    /// A window without its subject, `not` before it now and then.
    pub(super) fn window(&mut self, day: bool, value: &V) -> String {
        match self.rng.random_range(0..9) {
            0..3 => {
                self.count("in last/next n");
                format!("{}in {} {}", self.maybe("not "), self.word(&["last", "last", "next"]), self.reach(day))
            }
            3 | 4 => {
                self.count("in this/last/next unit");
                format!("{}in {} {}", self.maybe("not "), self.word(&["this", "last", "next"]), self.calendar())
            }
            5 => {
                self.count("more than n ago");
                format!("more than {} ago", self.reach(day))
            }
            6 => {
                self.count("on");
                format!("on {}", self.date_value(day, true, value))
            }
            _ => {
                self.count("before/after/since");
                format!("{} {}", self.word(&["before", "after", "since"]), self.date_value(day, false, value))
            }
        }
    }

    fn calendar(&mut self) -> &'static str {
        pick_copy(&mut self.rng, &CalendarUnit::ALL).name()
    }

    /// `30 days`; of whole days alone if `day`.
    pub(super) fn reach(&mut self, day: bool) -> String {
        let (n, unit) = pick_copy(&mut self.rng, if day { &REACHES[..WHOLE_DAYS] } else { &REACHES });
        let plural = if n == 1 && self.chance(0.7) { "" } else { "s" };
        let blank = if self.chance(0.05) { "" } else { " " };
        format!("{n}{blank}{}{plural}", unit.name())
    }

    fn day_literal(&mut self, value: &V) -> String {
        let day: NaiveDate = match value {
            V::Day(day) => *day,
            V::Instant(us) => self.clock.day_of(*us),
            _ => self.clock.today(),
        };
        let day = if self.chance(0.3) { day + chrono::Days::new(1) } else { day };
        day.format("%Y-%m-%d").to_string()
    }

    /// A date value; after `=` and `on` only those whose meaning there is told.
    fn date_value(&mut self, day: bool, equal: bool, value: &V) -> String {
        match self.rng.random_range(0..if equal { 6 } else { 9 }) {
            0 => {
                self.count("date value day");
                self.day_literal(value)
            }
            1 => {
                self.count("date value word");
                self.word(&["today", "yesterday", "tomorrow", "TODAY"]).to_owned()
            }
            2 => {
                self.count("date value ago/in");
                let reach = self.reach(day);
                if self.chance(0.7) { format!("{reach} ago") } else { format!("in {reach}") }
            }
            3 => {
                self.count("date value today ± n");
                let blank = self.maybe(" ");
                let day = self.word(&["today", "today", "yesterday", "tomorrow"]);
                format!("{day}{blank}{}{blank}{}", self.word(&["-", "+"]), self.reach(true))
            }
            4 | 5 => {
                self.count("date value time");
                self.time_literal(value)
            }
            6 => {
                self.count("date value now ± n");
                format!("now {} {}", self.word(&["-", "+"]), self.reach(day))
            }
            7 => {
                self.count("date value now");
                "now".to_owned()
            }
            _ => {
                self.count("date value day ± n");
                let literal = self.day_literal(value);
                format!("{literal} {} {}", self.word(&["-", "+"]), self.reach(true))
            }
        }
    }

    /// The value's instant, or one beside it, in one of its spellings.
    fn time_literal(&mut self, value: &V) -> String {
        let us = match value {
            V::Instant(us) => *us + pick_copy(&mut self.rng, &[-1, 0, 0, 1]),
            _ => self.clock.now_us,
        };
        let utc = DateTime::from_timestamp_micros(us).expect("an instant");
        match self.rng.random_range(0..5) {
            0 => utc.with_timezone(&self.clock.tz).format("%Y-%m-%dT%H:%M").to_string(),
            1 => utc.with_timezone(&self.clock.tz).format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            2 => format!("{}+05:30", (utc + chrono::Duration::minutes(330)).format("%Y-%m-%dT%H:%M:%S%.6f")),
            3 => utc.format("%Y-%m-%dT%H:%MZ").to_string(),
            _ => utc.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        }
    }

    fn against_field(&mut self, ground: Ground<'_>, def: &FieldDef, name: &str) -> Option<String> {
        let class = |kind: Type| match kind {
            Type::Number => Some(0),
            Type::Day | Type::Instant => Some(1),
            Type::Text => Some(2),
            Type::Bool => Some(3),
            Type::Choice | Type::Known(_) | Type::Stage | Type::Funnel | Type::List => None,
        };
        let wanted = class(def.kind)?;
        let others: Vec<FieldDef> = ground.fields.iter().filter(|it| class(it.kind) == Some(wanted)).cloned().collect();
        let other = others[self.rng.random_range(0..others.len())].clone();
        self.count("field against field");
        let op = if wanted < 2 { self.word(&COMPARE) } else { self.word(&EQUAL) };
        Some(format!("{name} {op} field {}", self.field(&other)))
    }

    /// A whole number of hours or less is no distance between days; used where either may stand.
    pub(super) fn within(&mut self) -> String {
        let (n, unit) = pick_copy(&mut self.rng, &REACHES);
        let unit = if unit == TimeUnit::Second { TimeUnit::Hour } else { unit };
        format!("{n} {}s", unit.name())
    }
}

fn underscored(digits: &str) -> String {
    let n = digits.trim_start_matches('-').len();
    if n < 4 {
        return digits.to_owned();
    }
    let (head, tail) = digits.split_at(digits.len() - 3);
    format!("{head}_{tail}")
}

/// Words that no bare text may be: the reserved ones, and those with a meaning where a value stands.
fn is_reserved(word: &str) -> bool {
    let words = [
        "and",
        "or",
        "not",
        "in",
        "is",
        "between",
        "where",
        "then",
        "within",
        "cased",
        "everyone",
        "nobody",
        "did",
        "field",
        "now",
        "today",
        "yesterday",
        "tomorrow",
        "file",
        "any",
    ];
    words.contains(&word.to_lowercase().as_str())
}

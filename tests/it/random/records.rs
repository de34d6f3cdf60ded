//! Random conditions on records: section 3; and those on a contact's funnel.

use bigdecimal::BigDecimal;
use rand::RngExt;
use segql::syntax::ast::TotalFunction;

use super::filter::{FilterWriter, Ground, quote};
use super::pools::{AUDIENCES, EVENTS};
use super::{pick, pick_copy};
use crate::oracle::book::{FieldDef, PUSH, Row, Type};
use crate::value::V;

impl FilterWriter<'_> {
    pub(super) fn contact_condition(&mut self) -> String {
        match self.rng.random_range(0..16) {
            0..4 => self.did(),
            4..9 => self.total(),
            9 | 10 => self.sequence(),
            11 => self.event(),
            12 => self.moved(),
            13 => self.visitor(),
            14 => {
                self.count("lost from");
                format!("lost from {}", self.stage())
            }
            _ => {
                self.count("became lost");
                format!("became lost{}", self.optional_window())
            }
        }
    }

    /// A kind that the book has, if it has any: its name as written, its properties, its records.
    fn kind(&mut self) -> (String, Vec<FieldDef>, Vec<Row>) {
        let book = self.book;
        if book.kinds.is_empty() {
            return ("nothing_at_all".to_owned(), Vec::new(), Vec::new());
        }
        let at = self.rng.random_range(0..book.kinds.len());
        let (name, kind) = book.kinds.iter().nth(at).expect("a kind");
        let rows = kind.records.values().flatten().take(300).cloned().collect();
        let name = if name.contains(' ') || self.chance(0.1) {
            if self.chance(0.5) { quote(name) } else { format!("`{name}`") }
        } else {
            self.case(name)
        };
        (name, kind.fields.clone(), rows)
    }

    fn at_value(&mut self, rows: &[Row], tag: &str) -> V {
        if rows.is_empty() {
            return V::Null;
        }
        rows[self.rng.random_range(0..rows.len())].get(tag).cloned().unwrap_or(V::Null)
    }

    fn did(&mut self) -> String {
        let (kind, fields, rows) = self.kind();
        let not = self.maybe("not ");
        self.count(if not.is_empty() { "did" } else { "did not" });
        format!("did {not}{kind}{}", self.which(&fields, &rows, "at"))
    }

    /// Count, window, `where`, each optional.
    fn which(&mut self, fields: &[FieldDef], rows: &[Row], at: &str) -> String {
        let mut out = String::new();
        if self.chance(0.4) {
            out += &self.times();
        }
        if self.chance(0.5) {
            let at = self.at_value(rows, at);
            out += &self.record_window(&at);
        }
        if self.chance(0.5) {
            out += &self.where_part(fields, rows);
        }
        out
    }

    fn times(&mut self) -> String {
        self.count("count");
        let n = self.rng.random_range(0..4);
        match self.rng.random_range(0..8) {
            0 => " once".to_owned(),
            1 => " twice".to_owned(),
            2 => format!(" between {} and {} times", n.min(2), n),
            3 => format!(" at most {n} times"),
            4 => format!(" exactly {n} times"),
            5 => format!(" more than {n} times"),
            6 => format!(" fewer than {n} times"),
            _ => format!(" at least {n} times"),
        }
    }

    fn record_window(&mut self, at: &V) -> String {
        self.count("record window");
        if self.chance(0.15) {
            let low = V::Instant(self.clock.now_us - 86_400_000_000 * self.rng.random_range(0..400));
            let day = |writer: &Self, value: &V| match value {
                V::Instant(us) => writer.clock.day_of(*us).to_string(),
                _ => writer.clock.today().to_string(),
            };
            return format!(" between {} and {}", day(self, &low), day(self, at));
        }
        format!(" {}", self.window(false, at))
    }

    fn optional_window(&mut self) -> String {
        if self.chance(0.5) {
            return String::new();
        }
        let rows: Option<Vec<Row>> =
            self.book.kinds.get("stage_change").map(|it| it.records.values().flatten().take(100).cloned().collect());
        let at = self.at_value(&rows.unwrap_or_default(), "at");
        self.record_window(&at)
    }

    /// ` where …`: one condition bare, or a filter in brackets.
    fn where_part(&mut self, fields: &[FieldDef], rows: &[Row]) -> String {
        if fields.is_empty() {
            return String::new();
        }
        let refs: Vec<&Row> = rows.iter().collect();
        let ground = Ground { fields, rows: &refs, contacts: false };
        if self.chance(0.5) {
            self.count("where one");
            let not = if self.chance(0.2) { "not " } else { "" };
            format!(" where {not}{}", self.filter(ground, 0))
        } else {
            self.count("where (…)");
            format!(" where ({})", self.filter(ground, 2))
        }
    }

    fn total(&mut self) -> String {
        let (kind, fields, rows) = self.kind();
        let inner = |writer: &mut Self| {
            let mut inner = String::new();
            if writer.chance(0.35) {
                let at = writer.at_value(&rows, "at");
                inner += &writer.record_window(&at);
            }
            if writer.chance(0.35) {
                inner += &writer.where_part(&fields, &rows);
            }
            inner
        };
        let usable: Vec<&FieldDef> = fields
            .iter()
            .filter(|it| matches!(it.kind, Type::Text | Type::Number | Type::Day | Type::Instant))
            .collect();
        if usable.is_empty() || self.chance(0.2) {
            self.count("count(kind)");
            // In quotes a kind that shares its name with a list field is the kind.
            let kind = if kind.starts_with(['"', '`']) { kind.replace('`', "\"") } else { quote(&kind) };
            let n = V::Int(self.rng.random_range(0..5));
            return format!("count({kind}{}) {}", inner(self), self.number_test(&n));
        }
        let property = usable[self.rng.random_range(0..usable.len())].clone();
        let value = self.at_value(&rows, &property.tag);
        let functions: &[TotalFunction] = match property.kind {
            Type::Number => &[
                TotalFunction::Sum,
                TotalFunction::Sum,
                TotalFunction::Avg,
                TotalFunction::Min,
                TotalFunction::Max,
                TotalFunction::First,
                TotalFunction::Last,
                TotalFunction::CountDistinct,
            ],
            _ => &[
                TotalFunction::Min,
                TotalFunction::Max,
                TotalFunction::First,
                TotalFunction::Last,
                TotalFunction::CountDistinct,
            ],
        };
        let function = pick_copy(&mut self.rng, functions);
        let name = match function {
            TotalFunction::Count | TotalFunction::CountDistinct => {
                self.count("count(distinct)");
                let n = V::Int(self.rng.random_range(0..4));
                let test = self.number_test(&n);
                return format!("count(distinct {kind}.{}{}) {test}", property.tag, inner(self));
            }
            TotalFunction::Sum => "sum",
            TotalFunction::Avg => "avg",
            TotalFunction::Min => "min",
            TotalFunction::Max => "max",
            TotalFunction::First => "first",
            TotalFunction::Last => "last",
        };
        self.count(name);
        let is_whole = function == TotalFunction::Sum && self.chance(0.6);
        let value = if is_whole { self.sum_of_one(&rows, &property.tag).unwrap_or(value) } else { value };
        let test = match property.kind {
            _ if self.chance(0.1) => format!("is {}empty", self.maybe("not ")),
            Type::Day => self.total_date_test(true, &value),
            Type::Instant => self.total_date_test(false, &value),
            _ => self.test(property.kind, &property.tag, &value),
        };
        format!("{name}({kind}.{}{}) {test}", property.tag, inner(self))
    }

    /// The sum over all records of a contact, so that each of them matters; of whole numbers and decimals.
    fn sum_of_one(&mut self, rows: &[Row], tag: &str) -> Option<V> {
        let row = rows.get(self.rng.random_range(0..rows.len().max(1)))?;
        let all = self.book.kinds.values().flat_map(|kind| kind.records.values()).find(|all| all.contains(row))?;
        let mut sum = BigDecimal::from(0);
        for row in all {
            match row.get(tag) {
                Some(V::Int(value)) => sum += BigDecimal::from(*value),
                Some(V::Dec(value)) => sum += value,
                Some(V::Null) | None => {}
                Some(V::Text(_) | V::Float(_) | V::Bool(_) | V::Day(_) | V::Instant(_) | V::Local(_) | V::List(_)) => {
                    return None;
                }
            }
        }
        Some(V::Dec(sum))
    }

    /// Anniversaries of totals aren't spoken of.
    fn total_date_test(&mut self, day: bool, value: &V) -> String {
        loop {
            let test = self.date_test(day, value);
            if !test.starts_with("anniversary") {
                return test;
            }
        }
    }

    fn sequence(&mut self) -> String {
        self.count("sequence");
        let n = if self.chance(0.25) { 3 } else { 2 };
        let mut steps = Vec::new();
        for _ in 0..n {
            let (kind, fields, rows) = self.kind();
            let filter = if self.chance(0.3) { self.where_part(&fields, &rows) } else { String::new() };
            steps.push(format!("{kind}{filter}"));
        }
        let within = if self.chance(0.6) { format!(" within {}", self.within()) } else { String::new() };
        format!("did {}{within}", steps.join(" then "))
    }

    fn event(&mut self) -> String {
        let kind = self.book.kinds.get("registration");
        let fields = kind.map(|it| it.fields.clone()).unwrap_or_default();
        let rows: Vec<Row> =
            kind.map(|it| it.records.values().flatten().take(300).cloned().collect()).unwrap_or_default();
        let event = if self.chance(0.3) { "any".to_owned() } else { quote(pick(&mut self.rng, &EVENTS)) };
        if self.chance(0.5) {
            self.count("registered for");
            format!("registered for {event}{}", self.which(&fields, &rows, "at"))
        } else {
            self.count("attended");
            format!("attended {event}{}", self.which(&fields, &rows, "attended_at"))
        }
    }

    fn moved(&mut self) -> String {
        self.count("moved");
        let (from, to) = (self.stage(), self.stage());
        let form = match self.rng.random_range(0..3) {
            0 => format!("moved to {to}"),
            1 => format!("moved from {from}"),
            // From a stage to itself isn't spoken of.
            _ => "moved from engaged to customer".to_owned(),
        };
        format!("{form}{}", self.optional_window())
    }

    fn visitor(&mut self) -> String {
        if self.chance(0.4) {
            self.count("push");
            return format!("push {}", pick(&mut self.rng, &PUSH));
        }
        self.count("visitor of");
        let rows: Vec<Row> = self.book.visitors.iter().map(|it| it.row.clone()).collect();
        let fields = self.book.visitor_fields.clone();
        let filter = if self.chance(0.5) { self.where_part(&fields, &rows) } else { String::new() };
        format!("visitor of {}{filter}", quote(pick(&mut self.rng, &AUDIENCES)))
    }
}

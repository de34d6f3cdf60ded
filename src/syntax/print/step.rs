//! The canonical form of steps.

use super::Printer;
use crate::syntax::ast::{Amount, Field, GroupKey, OrderKey, SampleSize, StepKind, Text};

impl Printer {
    pub(super) fn step(&mut self, kind: &StepKind) {
        match kind {
            StepKind::Count => self.out.push_str("count"),
            StepKind::By { keys, top } => self.by(keys, top.as_ref()),
            StepKind::Show { fields, order, limit, offset } => {
                self.out.push_str("show ");
                self.fields(fields);
                self.order(order);
                self.amount(" limit ", limit.as_ref());
                self.amount(" offset ", offset.as_ref());
            }
            StepKind::Stats(field) => self.word_and_field("stats ", field),
            StepKind::Histogram { field, bins } => {
                self.word_and_field("histogram ", field);
                self.amount(" bins ", bins.as_ref());
            }
            StepKind::Funnel => self.out.push_str("funnel"),
            StepKind::Journey(window) => {
                self.out.push_str("journey");
                self.record_window(window.as_ref());
            }
            StepKind::Events => self.out.push_str("events"),
            StepKind::Audiences => self.out.push_str("audiences"),
            StepKind::Sample { size, seed, per } => self.sample(size, seed.as_ref(), per.as_ref()),
            StepKind::Top { n, by } => {
                self.amount("top ", Some(n));
                self.word_and_field(" by ", by);
            }
            StepKind::Save { name, overwrite } => self.file("save ", name, &[], *overwrite),
            StepKind::Export { path, columns, overwrite } => self.file("export ", path, columns, *overwrite),
        }
    }

    fn by(&mut self, keys: &[GroupKey], top: Option<&Amount>) {
        self.out.push_str("by ");
        for (n, key) in keys.iter().enumerate() {
            if n > 0 {
                self.out.push_str(", ");
            }
            if let Some(unit) = key.unit {
                self.out.push_str(unit.name());
                self.out.push('(');
                self.field(&key.field);
                self.out.push(')');
            } else {
                self.field(&key.field);
            }
        }
        self.amount(" top ", top);
    }

    fn order(&mut self, keys: &[OrderKey]) {
        for (n, key) in keys.iter().enumerate() {
            self.out.push_str(if n == 0 { " order by " } else { ", " });
            self.field(&key.field);
            if key.descending {
                self.out.push_str(" desc");
            }
        }
    }

    fn sample(&mut self, size: &SampleSize, seed: Option<&Amount>, per: Option<&Field>) {
        match size {
            SampleSize::Rows(n) => self.amount("sample ", Some(n)),
            SampleSize::Percent(share) => {
                self.amount("sample ", Some(share));
                self.out.push('%');
            }
        }
        self.amount(" seed ", seed);
        if let Some(per) = per {
            self.word_and_field(" per ", per);
        }
    }

    fn file(&mut self, word: &str, name: &Text, columns: &[Field], overwrite: bool) {
        self.out.push_str(word);
        self.text(name);
        if !columns.is_empty() {
            self.out.push_str(" columns ");
            self.fields(columns);
        }
        if overwrite {
            self.out.push_str(" overwrite");
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        for (n, field) in fields.iter().enumerate() {
            if n > 0 {
                self.out.push_str(", ");
            }
            self.field(field);
        }
    }

    fn word_and_field(&mut self, word: &str, field: &Field) {
        self.out.push_str(word);
        self.field(field);
    }

    fn amount(&mut self, word: &str, amount: Option<&Amount>) {
        if let Some(amount) = amount {
            self.out.push_str(word);
            self.out.push_str(&amount.text);
        }
    }
}

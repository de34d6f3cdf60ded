//! What is worth knowing about a sentence that is right.

use super::fields::Tested;
use super::resolve::Resolver;
use super::scope::Place;
use crate::book::{Index, Universe};
use crate::index::Dictionary;
use crate::model::{SourceId, Span, fold, nearest};
use crate::syntax::ast::{ConditionKind, Expr, Test};

/// Columns of more distinct texts aren't searched for a near value.
const SEARCHED_TEXTS: usize = 100_000;
/// So many values that occur nowhere are told of in one condition.
const TOLD_VALUES: usize = 3;

impl<'a> Resolver<'a> {
    /// Shows how `and` and `or` without brackets were read; in the query's own text alone.
    pub(super) fn note_mixed(&mut self, parts: &[Expr], span: Span) {
        if span.source != SourceId::QUERY || !parts.iter().any(|it| matches!(it, Expr::And(..))) {
            return;
        }
        let shown: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Expr::And(inner, _) => {
                    let inner: Vec<String> = inner.iter().map(|it| one_line(self.words(it.span()))).collect();
                    format!("({})", inner.join(" and "))
                }
                Expr::Or(..) | Expr::Not(..) | Expr::Group(..) | Expr::Condition(_) => {
                    one_line(self.words(part.span()))
                }
            })
            .collect();
        let shown = shortened(&shown.join(" or "), 400);
        self.note("mixed-and-or", span, format!("`and` binds tighter than `or`: read as {shown}"));
    }

    /// Tells that the paths of list files start elsewhere once a definition is saved.
    pub(super) fn note_moved_lists(&mut self, expr: &Expr) {
        match expr {
            Expr::And(parts, _) | Expr::Or(parts, _) => parts.iter().for_each(|it| self.note_moved_lists(it)),
            Expr::Not(part, _) | Expr::Group(part, _) => self.note_moved_lists(part),
            Expr::Condition(condition) => {
                if let ConditionKind::Test { test: Test::InFile(path), .. } = &condition.kind
                    && std::path::Path::new(&path.text).is_relative()
                {
                    let text = "in the saved segment this path starts at the folder of definitions, not here";
                    self.note("saved-path", path.span, text);
                }
            }
        }
    }

    /// Tells of values of an open text that occur nowhere, each with the closest there is.
    ///
    /// Values: the text, whether it must match in case, its place.
    pub(super) fn note_absent(&mut self, tested: &Tested<'a>, values: &[(&str, bool, Span)]) {
        let Some(column) = tested.column else { return };
        let dictionary = match &column.index {
            Index::Text(index) => &index.dictionary,
            Index::List(index) => &index.dictionary,
            Index::Missing | Index::Number(_) | Index::Flag(_) => return,
        };
        if tested.scope.place == Place::People(Universe::Contacts) && column.tag == Universe::Contacts.key() {
            return self.note_absent_keys(values);
        }
        if dictionary.is_empty() || dictionary.len() > SEARCHED_TEXTS {
            return;
        }
        for (text, _, span) in absent(dictionary, values).into_iter().take(TOLD_VALUES) {
            // An address is never told, neither the book's nor the sentence's.
            if text.contains('@') {
                self.note("absent-value", span, format!("no {} is this", tested.shown));
                continue;
            }
            let mut note = format!("no {} is \"{}\"", tested.shown, shortened(text, 60));
            match closest(dictionary, text).filter(|it| !it.contains('@')) {
                Some(near) => note.push_str(&format!("; the closest value is \"{}\"", shortened(near, 60))),
                None if tested.scope.find_name(text).is_some() => {
                    note.push_str(&format!("; two fields are compared as `{} = field {text}`", tested.shown));
                }
                None => {}
            }
            self.note("absent-value", span, note);
        }
    }

    fn note_absent_keys(&mut self, values: &[(&str, bool, Span)]) {
        let book = self.book();
        let gone: Vec<Span> =
            values.iter().filter(|it| book.contact(it.0).is_none()).map(|it| it.2).take(TOLD_VALUES).collect();
        for span in gone {
            self.note("absent-value", span, "no contact has this e-mail");
        }
    }

    /// Tells of an event or audience that occurs nowhere.
    pub(super) fn note_absent_name(&mut self, what: &str, text: &str, span: Span, index: Option<&Index>) {
        let Some(Index::Text(index)) = index else { return };
        if index.dictionary.len() > SEARCHED_TEXTS || absent(&index.dictionary, &[(text, false, span)]).is_empty() {
            return;
        }
        let mut note = format!("there is no {what} \"{}\"", shortened(text, 60));
        if let Some(near) = closest(&index.dictionary, text).filter(|it| !it.contains('@')) {
            note.push_str(&format!("; the closest is \"{}\"", shortened(near, 60)));
        }
        self.note("absent-value", span, note);
    }
}

/// The values that no text of the dictionary equals. Cost: one pass of the dictionary.
fn absent<'v>(dictionary: &Dictionary, values: &[(&'v str, bool, Span)]) -> Vec<(&'v str, bool, Span)> {
    use std::collections::HashSet;
    let folded: HashSet<&str> = (0..dictionary.len() as u32).map(|code| dictionary.folded(code)).collect();
    let original: HashSet<&str> = if values.iter().any(|it| it.1) {
        (0..dictionary.len() as u32).map(|code| dictionary.text(code)).collect()
    } else {
        HashSet::new()
    };
    let is_there = |text: &str, cased: bool| {
        if cased { original.contains(text) } else { folded.contains(&*fold(text)) }
    };
    values.iter().filter(|(text, cased, _)| !is_there(text, *cased)).copied().collect()
}

/// The closest text of a dictionary.
fn closest<'d>(dictionary: &'d Dictionary, wanted: &str) -> Option<&'d str> {
    let n_wanted = wanted.chars().count();
    // PERF: most texts are too long or too short to be near; the distance costs microseconds each.
    let near_length = |text: &str| {
        let n = text.chars().count();
        n.abs_diff(n_wanted) <= (n.max(n_wanted) / 3).max(2)
    };
    let texts = (0..dictionary.len() as u32).map(|code| dictionary.text(code)).filter(|it| !it.is_empty());
    nearest(wanted, texts.filter(|it| near_length(it))).into_iter().next()
}

/// White space of any length as one blank.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `n` characters of a text.
pub(super) fn shortened(text: &str, n: usize) -> String {
    match text.char_indices().nth(n) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

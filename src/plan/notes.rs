//! What is worth knowing about a sentence that is right.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::fields::Tested;
use super::resolve::Resolver;
use super::scope::Place;
use super::text::Literal;
use crate::book::{Index, Universe};
use crate::index::Dictionary;
use crate::model::{Code, Diagnostic, SourceId, Span, fold, nearest};
use crate::syntax::ast::{ConditionKind, Expr, Test};

/// Columns of more distinct texts aren't searched for a near value.
const SEARCHED_TEXTS: usize = 100_000;
/// So many values that occur nowhere are told of in one condition.
const TOLD_VALUES: usize = 3;
/// Texts that one sentence may be held against in search of values that occur nowhere.
const SEARCH_BUDGET: usize = 3_000_000;
/// What the search for the closest text weighs, against a mere pass.
const CLOSEST_WEIGHT: usize = 10;

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
        self.note(Code::MixedAndOr, span, format!("`and` binds tighter than `or`: read as {shown}"));
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
                    self.note(Code::SavedPath, path.span, text);
                }
            }
        }
    }

    /// Tells of values of an open text that occur nowhere, each with the closest there is.
    pub(super) fn note_absent(&mut self, tested: &Tested<'a>, values: &[Literal<'_>]) {
        let Some(column) = tested.column else { return };
        let dictionary = match &column.index {
            Index::Text(index) => &index.dictionary,
            Index::List(index) => &index.dictionary,
            Index::Missing | Index::Number(_) | Index::Flag(_) => return,
        };
        if tested.scope.place == Place::People(Universe::Contacts) && column.tag == Universe::Contacts.key() {
            return self.note_absent_keys(values);
        }
        if dictionary.is_empty() || !self.may_search(dictionary, 1) {
            return;
        }
        for Literal { text, span, .. } in absent(dictionary, values).into_iter().take(TOLD_VALUES) {
            // An address is never told, neither the book's nor the sentence's.
            if text.contains('@') {
                self.note(Code::AbsentValue, span, format!("no {} is this", tested.shown));
                continue;
            }
            let message = format!("no {} is \"{}\"", tested.shown, shortened(text, 60));
            if ["null", "none", "nil"].iter().any(|it| text.eq_ignore_ascii_case(it)) {
                let help = format!(
                    "absence is asked as `{0} is empty`, its opposite as `{0} is not empty`",
                    tested.shown.trim_matches('`')
                );
                self.notes.push(Diagnostic::note(Code::AbsentValue, Some(span), message).help(help));
                continue;
            }
            let may_search = self.may_search(dictionary, CLOSEST_WEIGHT);
            let help = match may_search.then(|| closest(dictionary, text)).flatten().filter(|it| !it.contains('@')) {
                Some(near) => Some(format!("the closest value is \"{}\"", shortened(&near, 60))),
                None if tested.scope.find_name(text).is_some() => {
                    Some(format!("two fields are compared as `{} = field {text}`", tested.shown))
                }
                None => None,
            };
            self.notes.push(Diagnostic::note(Code::AbsentValue, Some(span), message).help(help));
        }
    }

    fn note_absent_keys(&mut self, values: &[Literal<'_>]) {
        let book = self.book();
        let gone: Vec<Span> =
            values.iter().filter(|it| book.contact(it.text).is_none()).map(|it| it.span).take(TOLD_VALUES).collect();
        for span in gone {
            self.note(Code::AbsentValue, span, "no contact has this e-mail");
        }
    }

    /// Whether a dictionary is small enough to be searched, and the sentence hasn't searched too much yet.
    fn may_search(&mut self, dictionary: &Dictionary, weight: usize) -> bool {
        self.n_searched = self.n_searched.saturating_add(dictionary.len().saturating_mul(weight));
        dictionary.len() <= SEARCHED_TEXTS && self.n_searched <= SEARCH_BUDGET
    }

    /// Tells of an event or audience that occurs nowhere.
    pub(super) fn note_absent_name(&mut self, what: &str, text: &str, span: Span, index: Option<&Index>) {
        let Some(Index::Text(index)) = index else { return };
        let may_search = self.may_search(&index.dictionary, CLOSEST_WEIGHT);
        if !may_search || absent(&index.dictionary, &[Literal { text, cased: false, span }]).is_empty() {
            return;
        }
        let message = format!("there is no {what} \"{}\"", shortened(text, 60));
        let near = closest(&index.dictionary, text).filter(|it| !it.contains('@'));
        let help = near.map(|near| format!("the closest is \"{}\"", shortened(&near, 60)));
        self.notes.push(Diagnostic::note(Code::AbsentValue, Some(span), message).help(help));
    }
}

/// The values that no text of the dictionary equals. Cost: one pass of the dictionary.
fn absent<'v>(dictionary: &Dictionary, values: &[Literal<'v>]) -> Vec<Literal<'v>> {
    let keys: Vec<Cow<'_, str>> =
        values.iter().map(|it| if it.cased { Cow::Borrowed(it.text) } else { fold(it.text) }).collect();
    // Of equal values the last stands for all.
    let wanted: HashMap<(&str, bool), usize> =
        keys.iter().zip(values).enumerate().map(|(at, (key, it))| ((&**key, it.cased), at)).collect();
    let any_cased = values.iter().any(|it| it.cased);
    let mut is_found = vec![false; keys.len()];
    for code in 0..dictionary.len() as u32 {
        let texts = [Some((dictionary.folded(code), false)), any_cased.then(|| (dictionary.text(code), true))];
        let found = texts.iter().flatten().filter_map(|(text, cased)| wanted.get(&(&**text, *cased)));
        found.for_each(|at| is_found[*at] = true);
    }
    let is_gone = |(key, it): &(&Cow<'_, str>, &Literal<'v>)| !is_found[wanted[&(&***key, it.cased)]];
    keys.iter().zip(values).filter(is_gone).map(|(_, it)| *it).collect()
}

/// The closest text of a dictionary, in its first spelling.
fn closest(dictionary: &Dictionary, wanted: &str) -> Option<String> {
    let n_wanted = wanted.chars().count();
    let folded = fold(wanted);
    // PERF: most texts are too long or too short to be near; the distance costs microseconds each.
    let may_be_near = |code: &u32| {
        let text = dictionary.folded(*code);
        let n = text.chars().count();
        let near_length = n.abs_diff(n_wanted) <= (n.max(n_wanted) / 3).max(2);
        n > 0 && (near_length || text.contains(&*folded) || folded.contains(&*text))
    };
    let mut seen = HashSet::new();
    let codes = (0..dictionary.len() as u32).filter(may_be_near).filter(|code| seen.insert(dictionary.folded(*code)));
    let texts: Vec<Cow<'_, str>> = codes.map(|code| dictionary.text(code)).collect();
    nearest(wanted, texts.iter().map(|text| &**text)).first().map(|it| (*it).to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_may_hold_what_was_wanted_or_lie_within() {
        let texts = Dictionary::of_distinct(["Bali", "Jakarta Selatan", "Medan"]);
        assert_eq!(closest(&texts, "jakarta").as_deref(), Some("Jakarta Selatan"));
        assert_eq!(closest(&texts, "Kota Medan Sumatera Utara").as_deref(), Some("Medan"));
        assert_eq!(closest(&texts, "Medam").as_deref(), Some("Medan"));
        assert_eq!(closest(&texts, "Surabaya"), None);
    }
}

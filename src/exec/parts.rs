//! [`Numbers`]: the parts of many plans, equal ones by one number.
//!
//! Two parts are equal if they say the same of the same table, whichever words said so and in whichever order an `and` or
//! `or` has them. The numbering is exact: no hash stands for a part.

use std::collections::HashMap;
use std::fmt::Write;

use crate::plan::Plan;

/// A part, by the order in which it was first met.
pub(super) type PartId = usize;

/// What makes a part what it is.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    /// A condition, spelled out.
    Leaf(String),
    Not(PartId),
    /// In increasing order, each once.
    And(Vec<PartId>),
    /// In increasing order, each once.
    Or(Vec<PartId>),
}

/// A plan whose parts are numbered.
pub(super) struct Numbered<'a> {
    pub(super) id: PartId,
    pub(super) plan: &'a Plan,
    /// Those of an `and`, `or` or `not`.
    pub(super) parts: Vec<Numbered<'a>>,
}

/// The numbers of the parts of one universe's plans, and how often each is used.
#[derive(Default)]
pub(super) struct Numbers {
    ids: HashMap<Key, PartId>,
    /// By part: how many plans and distinct parts have it as theirs.
    uses: Vec<u32>,
}

impl Numbers {
    /// Numbers a plan that is asked for by itself.
    pub(super) fn add<'a>(&mut self, plan: &'a Plan) -> Numbered<'a> {
        let numbered = self.number(plan);
        self.uses[numbered.id] += 1;
        numbered
    }

    /// Whether a part is used in more than one place.
    pub(super) fn is_shared(&self, id: PartId) -> bool {
        self.uses[id] > 1
    }

    fn number<'a>(&mut self, plan: &'a Plan) -> Numbered<'a> {
        let (parts, key): (Vec<Numbered<'a>>, Key) = match plan {
            Plan::Not(part) => {
                let part = self.number(part);
                let key = Key::Not(part.id);
                (vec![part], key)
            }
            Plan::And(parts) => {
                let (parts, ids) = self.all(parts);
                (parts, Key::And(ids))
            }
            Plan::Or(parts) => {
                let (parts, ids) = self.all(parts);
                (parts, Key::Or(ids))
            }
            Plan::All
            | Plan::Nothing
            | Plan::Test { .. }
            | Plan::Records(_)
            | Plan::Sequence(_)
            | Plan::Visitors { .. }
            | Plan::Rows { .. } => {
                let mut words = String::new();
                spell(plan, &mut words);
                (Vec::new(), Key::Leaf(words))
            }
        };
        let next = self.uses.len();
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.uses.push(0);
            distinct(&parts).into_iter().for_each(|part| self.uses[part] += 1);
        }
        Numbered { id, plan, parts }
    }

    fn all<'a>(&mut self, plans: &'a [Plan]) -> (Vec<Numbered<'a>>, Vec<PartId>) {
        let parts: Vec<Numbered<'a>> = plans.iter().map(|it| self.number(it)).collect();
        let ids = distinct(&parts);
        (parts, ids)
    }
}

fn distinct(parts: &[Numbered<'_>]) -> Vec<PartId> {
    let mut ids: Vec<PartId> = parts.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Spells a plan out, but for which words said it: equal spellings mean the same.
fn spell(plan: &Plan, out: &mut String) {
    let list = |name: &str, parts: &[Plan], out: &mut String| {
        push(out, format_args!("{name}("));
        for part in parts {
            spell(part, out);
            out.push(',');
        }
        out.push(')');
    };
    match plan {
        Plan::All => out.push_str("all"),
        Plan::Nothing => out.push_str("nothing"),
        Plan::Not(part) => list("not", std::slice::from_ref(part), out),
        Plan::And(parts) => list("and", parts, out),
        Plan::Or(parts) => list("or", parts, out),
        // The debug form quotes texts, so that no text runs into what follows it.
        Plan::Test { column, predicate, .. } => push(out, format_args!("test({column} {predicate:?})")),
        Plan::Records(records) => {
            push(out, format_args!("records({} {:?} ", records.kind, records.measure));
            spell(&records.filter, out);
            out.push(')');
        }
        Plan::Sequence(sequence) => {
            push(out, format_args!("sequence({:?} ", sequence.within));
            for step in &sequence.steps {
                push(out, format_args!("{} ", step.kind));
                spell(&step.filter, out);
                out.push(',');
            }
            out.push(')');
        }
        Plan::Visitors { filter, .. } => list("visitors", std::slice::from_ref(filter), out),
        Plan::Rows { rows, .. } => {
            out.push_str("rows(");
            rows.iter().for_each(|row| push(out, format_args!("{row},")));
            out.push(')');
        }
    }
}

fn push(out: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing into a string can't fail.
    let _ = out.write_fmt(words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ranges;
    use crate::plan::Predicate;

    fn test(column: usize, low: i64, id: usize) -> Plan {
        Plan::Test { column, predicate: Predicate::Keys(Ranges::between(low, 9)), id }
    }

    #[test]
    fn the_words_and_their_order_do_not_matter() {
        let mut numbers = Numbers::default();
        let one = Plan::And(vec![test(1, 2, 0), test(2, 2, 1)]);
        let other = Plan::And(vec![test(2, 2, 7), test(1, 2, 8), test(1, 2, 9)]);
        let (one, other) = (numbers.add(&one).id, numbers.add(&other).id);
        assert_eq!(one, other);
        assert!(numbers.is_shared(one));
        for different in [test(1, 3, 0), test(3, 2, 0), Plan::Not(Box::new(test(1, 2, 0)))] {
            let id = numbers.add(&different).id;
            assert!(id != one && !numbers.is_shared(id));
        }
    }

    #[test]
    fn what_lies_within_one_shared_part_is_used_once() {
        let mut numbers = Numbers::default();
        let pair = |id| Plan::Or(vec![test(1, 2, id), test(2, 2, id)]);
        let (one, other) = (Plan::And(vec![pair(0), test(3, 1, 0)]), Plan::And(vec![pair(5), test(4, 1, 0)]));
        let numbered = numbers.add(&one);
        numbers.add(&other);
        let pair = &numbered.parts[0];
        assert!(numbers.is_shared(pair.id));
        assert!(pair.parts.iter().all(|it| !numbers.is_shared(it.id)));
    }
}

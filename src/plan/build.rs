//! Plans put together: flat `and` and `or`, no double `not`, no part that decides nothing.

use super::tree::{ConditionId, Plan, Predicate, TextTest};
use crate::model::ColumnId;

/// Rows in all parts.
pub(super) fn and(parts: impl IntoIterator<Item = Plan>) -> Plan {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Plan::All => {}
            Plan::Nothing => return Plan::Nothing,
            Plan::And(inner) => flat.extend(inner),
            Plan::Not(_)
            | Plan::Or(_)
            | Plan::Test { .. }
            | Plan::Records(_)
            | Plan::Sequence(_)
            | Plan::Visitors { .. }
            | Plan::Rows { .. } => flat.push(part),
        }
    }
    single(flat).unwrap_or_else(|flat| if flat.is_empty() { Plan::All } else { Plan::And(flat) })
}

/// Rows in any part.
pub(super) fn or(parts: impl IntoIterator<Item = Plan>) -> Plan {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Plan::Nothing => {}
            Plan::All => return Plan::All,
            Plan::Or(inner) => flat.extend(inner),
            Plan::Not(_)
            | Plan::And(_)
            | Plan::Test { .. }
            | Plan::Records(_)
            | Plan::Sequence(_)
            | Plan::Visitors { .. }
            | Plan::Rows { .. } => flat.push(part),
        }
    }
    single(flat).unwrap_or_else(|flat| if flat.is_empty() { Plan::Nothing } else { Plan::Or(flat) })
}

/// The rows that `plan` leaves out.
pub(super) fn not(plan: Plan) -> Plan {
    match plan {
        Plan::All => Plan::Nothing,
        Plan::Nothing => Plan::All,
        Plan::Not(inner) => *inner,
        Plan::And(_)
        | Plan::Or(_)
        | Plan::Test { .. }
        | Plan::Records(_)
        | Plan::Sequence(_)
        | Plan::Visitors { .. }
        | Plan::Rows { .. } => Plan::Not(Box::new(plan)),
    }
}

/// `plan`, or what it leaves out.
pub(super) fn negated_if(negated: bool, plan: Plan) -> Plan {
    if negated { not(plan) } else { plan }
}

/// Everything or nothing.
pub(super) const fn constant(holds: bool) -> Plan {
    if holds { Plan::All } else { Plan::Nothing }
}

/// A test of a column; of one that the table hasn't, nothing passes.
pub(super) fn test(column: Option<ColumnId>, predicate: Predicate, id: ConditionId) -> Plan {
    column.map_or(Plan::Nothing, |column| Plan::Test { column, predicate, id })
}

/// Equal to any of these texts, without case.
pub(super) fn one_of<'a>(folded: impl IntoIterator<Item = &'a str>) -> Predicate {
    let mut folded: Vec<String> = folded.into_iter().map(|it| crate::model::fold(it).into_owned()).collect();
    folded.sort_unstable();
    folded.dedup();
    Predicate::Text(TextTest::OneOf { folded, cased: Vec::new() })
}

fn single(mut parts: Vec<Plan>) -> Result<Plan, Vec<Plan>> {
    if parts.len() != 1 {
        return Err(parts);
    }
    parts.pop().ok_or_else(Vec::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(id: ConditionId) -> Plan {
        Plan::Test { column: 0, predicate: Predicate::Empty, id }
    }

    #[test]
    fn parts_that_decide_nothing_go() {
        assert!(matches!(and([Plan::All, leaf(1)]), Plan::Test { id: 1, .. }));
        assert!(matches!(and([]), Plan::All));
        assert!(matches!(or([]), Plan::Nothing));
        assert!(matches!(and([leaf(1), Plan::Nothing]), Plan::Nothing));
        assert!(matches!(or([leaf(1), Plan::All]), Plan::All));
    }

    #[test]
    fn nested_parts_are_flat_and_double_not_goes() {
        let Plan::And(parts) = and([and([leaf(1), leaf(2)]), leaf(3)]) else { panic!("not an and") };
        assert_eq!(parts.len(), 3);
        assert!(matches!(not(not(leaf(7))), Plan::Test { id: 7, .. }));
    }
}

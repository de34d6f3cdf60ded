//! Stages, `funnel` and `lost`.
//!
//! A stage's plan is a test of equal names: an order becomes the names that stand so. `funnel` is no
//! column: it is the stage of those who aren't lost, or `lost`.

use super::build;
use super::fields::{Reading, Tested};
use super::resolve::{Checked, Resolver, all, both, wrong};
use super::scope::Scope;
use super::text::{Literal, unknown_name};
use super::tree::{ConditionId, Plan, Predicate, TextTest};
use crate::book::FieldType;
use crate::model::{Code, ColumnId, Diagnostic, STAGES, Span, canonical, fold};
use crate::syntax::ast::{CompareOp, Field, Test, Value};

/// The type of `funnel` in messages and help.
static FUNNEL: FieldType = FieldType::Stage;

/// A value of `funnel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Funnel {
    /// The index of a stage.
    Stage(usize),
    Lost,
}

impl<'a> Resolver<'a> {
    /// A test of a column of stages.
    pub(super) fn stage_reading(&mut self, tested: &Tested<'a>, test: &Test) -> Checked<Reading> {
        let passing = match test {
            Test::Empty => return Ok(Reading::Empty),
            Test::Compare(CompareOp::Eq, Value::Field(other)) => return self.against(tested, CompareOp::Eq, other),
            Test::Compare(_, Value::Field(_)) => return self.does_not_fit(tested),
            Test::Compare(op, value) => standing(*op, self.stage(tested, value)?),
            Test::In(values) => all(values.iter().map(|it| self.stage(tested, it)))?,
            Test::Between(low, high) => {
                let (from, to) = both(self.stage(tested, low), self.stage(tested, high))?;
                if from > to {
                    self.note_swapped(low.span().to(high.span()));
                }
                (from..=to).collect()
            }
            Test::Bare
            | Test::Match(..)
            | Test::Window(_)
            | Test::Anniversary(_)
            | Test::All(_)
            | Test::NoneOf(_)
            | Test::InFile(_) => return self.does_not_fit(tested),
        };
        Ok(Reading::Text(TextTest::OneOf { folded: names(&passing), cased: Vec::new() }))
    }

    /// A stage by its order against another of the same row: for each stage, the stages of the other that stand so to it.
    pub(super) fn stage_order(
        &self,
        tested: &Tested<'a>,
        column: ColumnId,
        op: CompareOp,
        other: &Field,
        id: ConditionId,
    ) -> Checked<Plan> {
        let Reading::Field(_, other_column) = self.against(tested, op, other)? else {
            return self.does_not_fit(tested);
        };
        if tested.scope.table.columns[other_column].field_type != FieldType::Stage {
            let (shown, name) = (&tested.shown, super::scope::written(other));
            return wrong(
                Diagnostic::error(
                    Code::FieldTypes,
                    other.span,
                    format!("{shown} is a stage, `{name}` is none: only stages have their order"),
                )
                .help("`=` compares them as text".to_owned()),
            );
        }
        let of = |column: ColumnId, stages: &[usize]| is_stage_of(Some(column), stages, id);
        Ok(build::or((0..STAGES.len()).map(|at| {
            let others: Vec<usize> = (0..STAGES.len()).filter(|other| standing(op, *other).contains(&at)).collect();
            build::and([of(column, &[at]), of(other_column, &others)])
        })))
    }

    fn stage(&self, tested: &Tested<'a>, value: &Value) -> Checked<usize> {
        let literal = self.literal(tested, value)?;
        let mut error = match canonical(STAGES, literal.text) {
            Some(at) => return Ok(at),
            None => unknown_name(&tested.shown, "stage", STAGES, literal.text, literal.span),
        };
        if fold(literal.text) == "lost" {
            error = error.help("`lost` lies on top of a stage: ask `lost`, or `funnel = lost`".to_owned());
        }
        wrong(error)
    }

    /// The index of the stage that a value names, where there is no field.
    pub(super) fn stage_value(&self, value: &Value, scope: Scope<'a>) -> Checked<usize> {
        self.stage(&self.tested_as("the funnel", value.span(), scope), value)
    }

    fn tested_as(&self, shown: &str, operator: Span, scope: Scope<'a>) -> Tested<'a> {
        Tested { shown: shown.to_owned(), field_type: &FUNNEL, column: None, scope, operator, is_total: false }
    }

    /// `lost from customer`
    pub(super) fn lost_from(&mut self, stage: &Value, scope: Scope<'a>, id: ConditionId) -> Checked<Plan> {
        let at = self.stage_value(stage, scope)?;
        Ok(build::and([is_lost(scope, id), is_stage(scope, &[at], id)]))
    }

    /// A positive test of `funnel`.
    pub(super) fn funnel_test(
        &mut self,
        test: &Test,
        operator: Span,
        scope: Scope<'a>,
        id: ConditionId,
    ) -> Checked<Plan> {
        let tested = self.tested_as("`funnel`", operator, scope);
        let wanted = match test {
            Test::Empty => {
                let stage = build::test(scope.table.find("stage"), Predicate::Empty, id);
                // A book without the column has no stage at all.
                let missing = if scope.table.find("stage").is_some() { stage } else { Plan::All };
                return Ok(build::and([missing, build::not(is_lost(scope, id))]));
            }
            Test::Compare(CompareOp::Eq, Value::Field(other)) => {
                return wrong(
                    Diagnostic::error(Code::FieldTypes, other.span, "`funnel` isn't compared with a field")
                        .help("`stage` holds the last stage reached, lost or not".to_owned()),
                );
            }
            Test::Compare(CompareOp::Eq, value) => vec![self.funnel_value(&tested, value)?],
            Test::In(values) => all(values.iter().map(|it| self.funnel_value(&tested, it)))?,
            Test::Compare(op, value) => stages(standing(*op, self.ordered_funnel(&tested, value)?)),
            Test::Between(low, high) => {
                let (from, to) = both(self.ordered_funnel(&tested, low), self.ordered_funnel(&tested, high))?;
                if from > to {
                    self.note_swapped(low.span().to(high.span()));
                }
                stages((from..=to).collect())
            }
            Test::Bare
            | Test::Match(..)
            | Test::Window(_)
            | Test::Anniversary(_)
            | Test::All(_)
            | Test::NoneOf(_)
            | Test::InFile(_) => return self.does_not_fit(&tested),
        };
        Ok(funnel_in(scope, &wanted, id))
    }

    fn funnel_value(&self, tested: &Tested<'a>, value: &Value) -> Checked<Funnel> {
        let literal = self.literal(tested, value)?;
        if let Some(at) = canonical(STAGES, literal.text) {
            return Ok(Funnel::Stage(at));
        }
        if canonical(&["lost"], literal.text).is_some() {
            return Ok(Funnel::Lost);
        }
        wrong(unknown_funnel(tested, &literal))
    }

    fn ordered_funnel(&self, tested: &Tested<'a>, value: &Value) -> Checked<usize> {
        match self.funnel_value(tested, value)? {
            Funnel::Stage(at) => Ok(at),
            Funnel::Lost => wrong(
                Diagnostic::error(Code::FunnelOrder, value.span(), "`lost` is no stage: it has no place in the order")
                    .help(
                        "`funnel = lost` asks for the lost, `lost from customer` for those lost from a stage"
                            .to_owned(),
                    ),
            ),
        }
    }
}

fn unknown_funnel(tested: &Tested<'_>, literal: &Literal<'_>) -> Diagnostic {
    let values: Vec<&str> = STAGES.iter().copied().chain(["lost"]).collect();
    unknown_name(&tested.shown, "value", &values, literal.text, literal.span)
}

/// The stages that stand so to one, as indices.
fn standing(op: CompareOp, to: usize) -> Vec<usize> {
    (0..STAGES.len())
        .filter(|at| match op {
            CompareOp::Eq => *at == to,
            CompareOp::Lt => *at < to,
            CompareOp::Le => *at <= to,
            CompareOp::Gt => *at > to,
            CompareOp::Ge => *at >= to,
        })
        .collect()
}

fn stages(passing: Vec<usize>) -> Vec<Funnel> {
    passing.into_iter().map(Funnel::Stage).collect()
}

/// The names of stages, sorted and each once.
pub(super) fn names(stages: &[usize]) -> Vec<String> {
    let mut names: Vec<String> = stages.iter().map(|at| STAGES[*at].to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn funnel_in(scope: Scope<'_>, wanted: &[Funnel], id: ConditionId) -> Plan {
    let in_stage: Vec<usize> = wanted
        .iter()
        .filter_map(|it| match it {
            Funnel::Stage(at) => Some(*at),
            Funnel::Lost => None,
        })
        .collect();
    let staged = build::and([is_stage(scope, &in_stage, id), build::not(is_lost(scope, id))]);
    if wanted.contains(&Funnel::Lost) { build::or([staged, is_lost(scope, id)]) } else { staged }
}

fn is_lost(scope: Scope<'_>, id: ConditionId) -> Plan {
    build::test(scope.table.find("lost"), Predicate::Flag(true), id)
}

fn is_stage(scope: Scope<'_>, stages: &[usize], id: ConditionId) -> Plan {
    is_stage_of(scope.table.find("stage"), stages, id)
}

fn is_stage_of(column: Option<ColumnId>, stages: &[usize], id: ConditionId) -> Plan {
    if stages.is_empty() {
        return Plan::Nothing;
    }
    build::test(column, Predicate::Text(TextTest::OneOf { folded: names(stages), cased: Vec::new() }), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_become_names() {
        assert_eq!(names(&standing(CompareOp::Ge, 2)), ["customer", "loyal_customer", "promoter"]);
        assert_eq!(names(&standing(CompareOp::Lt, 1)), ["aware"]);
        assert!(standing(CompareOp::Gt, 4).is_empty());
    }
}

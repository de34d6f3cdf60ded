//! The journey: one change of the funnel a contact on average, consistent with where the contacts stand.
//!
//! Whoever has a stage has the change that led to it, at `stage_since`; some have the one before as well, and the lost that of
//! becoming lost. The slots are all three changes of all people in random order, the rows those that were.

use std::ops::Range;

use super::dice::{Dice, Shuffle};
use super::person::{NOW_S, People};
use super::table::{Batch, Table, flags, texts, times};
use crate::model::STAGES;
use crate::write::WriteError;

const CHANGES: u64 = 3;
const CAUSES: [(&str, u32); 3] = [("manual", 50), ("label", 32), ("default", 18)];
const OPERATORS: [&str; 12] =
    ["op_1", "op_2", "op_3", "op_4", "op_5", "op_6", "op_7", "op_8", "op_9", "op_10", "op_11", "op_12"];
const DAY_S: i64 = 86_400;

pub(super) struct Journey {
    n_slots: u64,
    order: Shuffle,
}

impl Journey {
    pub(super) fn new(n_contacts: u64, seed: u64) -> Self {
        let n_slots = CHANGES * n_contacts;
        Self { n_slots, order: Shuffle::new(n_slots, seed, 100) }
    }
}

struct Change {
    email: String,
    at_s: i64,
    from: Option<usize>,
    to: usize,
    lost: Option<bool>,
    cause: Option<&'static str>,
    operator: Option<&'static str>,
}

impl Change {
    /// The change of a slot, if it was.
    fn draw(people: &People, slot: u64, dice: &mut Dice) -> Option<Self> {
        let (person, which) = (slot / CHANGES, slot % CHANGES);
        let standing = people.standing(person);
        let stage = standing.stage?;
        let cause = dice.pick(&CAUSES);
        let u = dice.unit();
        let (at_s, from, to, lost, cause) = match which {
            0 => (standing.since_s, stage.checked_sub(1), stage, None, cause),
            1 => {
                let before = stage.checked_sub(1).filter(|_| dice.percent(40))?;
                let at_s = standing.since_s - DAY_S - (300.0 * u * DAY_S as f64) as i64;
                (at_s, before.checked_sub(1), before, None, cause)
            }
            _ => {
                standing.lost.then_some(())?;
                let at_s = NOW_S - ((NOW_S - standing.since_s) as f64 * u) as i64;
                let cause = if standing.inactive { "inactive" } else { "manual" };
                (at_s, Some(stage), stage, Some(true), Some(cause))
            }
        };
        let mut email = String::with_capacity(40);
        people.email(person, &mut email);
        let operator = OPERATORS[dice.rank(OPERATORS.len() as u64) as usize];
        let operator = (cause == Some("manual")).then_some(operator);
        Some(Self { email, at_s, from, to, lost, cause, operator })
    }
}

impl Table for Journey {
    fn name(&self) -> &'static str {
        "journey"
    }

    fn n_slots(&self) -> u64 {
        self.n_slots
    }

    fn part_slots(&self) -> u64 {
        CHANGES * 1_000_000
    }

    fn distinct_columns(&self) -> &'static [&'static str] {
        &["email", "at"]
    }

    fn batch(&self, people: &People, dice: &mut Dice, slots: Range<u64>) -> Result<Batch, WriteError> {
        let rows: Vec<Change> = slots.filter_map(|slot| Change::draw(people, self.order.at(slot), dice)).collect();
        let rows = || rows.iter();
        Ok(vec![
            ("email", texts(rows().map(|it| Some(&it.email)))),
            ("at", times(rows().map(|it| Some(it.at_s)))),
            ("from_stage", texts(rows().map(|it| it.from.map(|stage| STAGES[stage])))),
            ("to_stage", texts(rows().map(|it| Some(STAGES[it.to])))),
            ("lost", flags(rows().map(|it| it.lost))),
            ("cause", texts(rows().map(|it| it.cause))),
            ("operator", texts(rows().map(|it| it.operator))),
        ])
    }
}

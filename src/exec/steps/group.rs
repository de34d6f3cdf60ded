//! `by`: counts per value, with shares.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::tally::by_sets;
use super::values::spellings;
use super::{int, share};
use crate::book::{Book, Column, FieldType, Index, Universe, number_cell};
use crate::exec::ExecError;
use crate::exec::aggregate::text_order;
use crate::exec::funnel::{self, Funnel, stage_positions};
use crate::exec::matched::Matched;
use crate::index::{Dictionary, FlagIndex, ListIndex, NumberIndex, TextIndex};
use crate::model::{CalendarUnit, Cell, CellType, Clock, Frame, Zone, civil, day_number};
use crate::plan::{FieldRef, GroupBy};

/// The values of one or two keys, as [`Grouper`] numbers them; the second is none if there is one key.
type Values = [Option<i64>; 2];

/// Counts those who match by the values of one or two fields.
pub(super) fn frame(matched: &Matched<'_>, by: &GroupBy, clock: &Clock) -> Result<Frame, ExecError> {
    let groupers: Vec<Grouper<'_>> = by
        .keys
        .iter()
        .map(|(field, unit, _)| Grouper::of(matched.book, matched.universe, *field, *unit, clock.zone()))
        .collect();
    let counts = fold_spellings(matched, &groupers, count(matched, &groupers)?)?;
    let mut rows: Vec<(Values, u64)> = counts.into_iter().collect();
    rows.sort_unstable_by(|(a, n), (b, m)| {
        let values = || groupers.iter().zip(a.iter().zip(b)).map(|(grouper, (a, b))| grouper.order(*a, *b));
        m.cmp(n).then_with(|| values().find(|it| it.is_ne()).unwrap_or(Ordering::Equal))
    });
    if let Some(n) = by.top {
        rows.truncate(usize::try_from(n).unwrap_or(usize::MAX));
    }
    let headers = by.keys.iter().zip(&groupers).map(|((_, _, name), grouper)| (name.clone(), grouper.cell_type()));
    let tail = [("count".to_owned(), CellType::Int), ("share".to_owned(), CellType::Float)];
    let mut frame = Frame::new(headers.chain(tail));
    let whole = matched.len();
    frame.rows = rows
        .into_iter()
        .map(|(values, n)| {
            let cells = groupers.iter().zip(values).map(|(grouper, value)| grouper.cell(value));
            cells.chain([int(n), share(n, whole)]).collect()
        })
        .collect();
    Ok(frame)
}

/// Numbers the values of a field, so that equal ones share a number; texts by their code, as they are spelled.
pub(in crate::exec) enum Grouper<'a> {
    Missing(CellType),
    Number(&'a NumberIndex, &'a FieldType),
    /// By the calendar unit that holds the day or instant.
    Calendar {
        index: &'a NumberIndex,
        is_day: bool,
        unit: CalendarUnit,
        zone: &'a Zone,
    },
    Flag(&'a FlagIndex),
    Text(&'a TextIndex),
    /// By the position of the code's stage.
    Stage(&'a TextIndex, Vec<Option<usize>>),
    List(&'a ListIndex),
    Funnel(Funnel<'a>),
}

impl<'a> Grouper<'a> {
    pub(in crate::exec) fn of(
        book: &'a Book,
        universe: Universe,
        field: FieldRef,
        unit: Option<CalendarUnit>,
        zone: &'a Zone,
    ) -> Self {
        let column: &Column = match field {
            FieldRef::Column(column) => &book.table(universe).columns[column],
            FieldRef::Funnel => return Self::Funnel(Funnel::of(book)),
        };
        match (&column.index, unit) {
            (Index::Missing, None) if column.field_type != FieldType::List => Self::Missing(column.cell_type()),
            (Index::Missing, _) => Self::Missing(CellType::Text),
            (Index::Number(index), Some(unit)) => {
                Self::Calendar { index, is_day: column.field_type == FieldType::Date, unit, zone }
            }
            (Index::Number(index), None) => Self::Number(index, &column.field_type),
            (Index::Flag(index), _) => Self::Flag(index),
            (Index::Text(index), _) if column.field_type == FieldType::Stage => {
                Self::Stage(index, stage_positions(index))
            }
            (Index::Text(index), _) => Self::Text(index),
            (Index::List(index), _) => Self::List(index),
        }
    }

    /// Calls `op` with each value of a row: one, but for lists with several elements.
    pub(in crate::exec) fn each(&self, shard: usize, row: u32, mut op: impl FnMut(Option<i64>)) {
        match self {
            Self::Missing(_) => op(None),
            Self::Number(index, _) => op(index.shards[shard].get(row)),
            Self::Calendar { index, is_day, unit, zone } => op(index.shards[shard].get(row).and_then(|key| {
                let day = if *is_day { i32::try_from(key).ok()? } else { zone.day_of(key) };
                unit_number(*unit, day)
            })),
            Self::Flag(index) => op(index.shards[shard].get(row).map(i64::from)),
            Self::Text(index) => op(index.shards[shard].get(row).map(i64::from)),
            Self::Stage(index, positions) => {
                let position = index.shards[shard].get(row).and_then(|code| positions[code as usize]);
                op(position.map(|it| it as i64));
            }
            Self::List(index) => match index.shards[shard].get(row) {
                Some(codes) if codes.len() > 0 => codes.for_each(|code| op(Some(i64::from(code)))),
                Some(_) | None => op(None),
            },
            Self::Funnel(funnel) => op(funnel.position(shard, row).map(|it| it as i64)),
        }
    }

    /// By code of a text: a number that texts which are equal but for case share; none if values aren't texts.
    pub(in crate::exec) fn folded_ids(&self) -> Option<Vec<u32>> {
        self.dictionary().map(|dictionary| crate::exec::texts::fold_ids(dictionary).0)
    }

    fn dictionary(&self) -> Option<&'a Dictionary> {
        match self {
            Self::Text(index) => Some(&index.dictionary),
            Self::List(index) => Some(&index.dictionary),
            Self::Missing(_)
            | Self::Number(..)
            | Self::Calendar { .. }
            | Self::Flag(_)
            | Self::Stage(..)
            | Self::Funnel(_) => None,
        }
    }

    /// By value, missing last.
    fn order(&self, a: Option<i64>, b: Option<i64>) -> Ordering {
        match (a, b, self.dictionary()) {
            (Some(a), Some(b), Some(dictionary)) => text_order(dictionary, a as u32, b as u32),
            (Some(a), Some(b), None) => a.cmp(&b),
            (a, b, _) => a.is_none().cmp(&b.is_none()),
        }
    }

    fn cell_type(&self) -> CellType {
        match self {
            Self::Missing(kind) => *kind,
            Self::Number(_, field_type) => number_cell_type(field_type),
            Self::Flag(_) => CellType::Bool,
            Self::Calendar { .. } | Self::Text(_) | Self::Stage(..) | Self::List(_) | Self::Funnel(_) => CellType::Text,
        }
    }

    fn cell(&self, value: Option<i64>) -> Cell {
        let Some(value) = value else { return Cell::Null };
        match self {
            Self::Missing(_) => Cell::Null,
            Self::Number(_, field_type) => number_cell(field_type, value),
            Self::Calendar { unit, .. } => {
                first_day(*unit, value).and_then(|day| unit.label(day)).map_or(Cell::Null, Cell::Text)
            }
            Self::Flag(_) => Cell::Bool(value != 0),
            Self::Text(index) => Cell::Text(index.dictionary.text(value as u32).into_owned()),
            Self::List(index) => Cell::Text(index.dictionary.text(value as u32).into_owned()),
            Self::Stage(..) | Self::Funnel(_) => Cell::Text(funnel::name(value as usize).to_owned()),
        }
    }
}

fn number_cell_type(field_type: &FieldType) -> CellType {
    match number_cell(field_type, 0) {
        Cell::Decimal { scale, .. } => CellType::Decimal(scale),
        Cell::Float(_) => CellType::Float,
        Cell::Day(_) => CellType::Day,
        Cell::Instant(_) => CellType::Instant,
        Cell::Int(_) | Cell::Null | Cell::Text(_) | Cell::Bool(_) | Cell::List(_) => CellType::Int,
    }
}

fn count(matched: &Matched<'_>, groupers: &[Grouper<'_>]) -> Result<HashMap<Values, u64>, ExecError> {
    let shards = matched.map(|shard, rows| {
        let mut counts: hashbrown::HashMap<Values, u64> = hashbrown::HashMap::new();
        if let [only] = groupers
            && let Some(found) = by_sets(only, shard, rows)
        {
            counts.extend(found.into_iter().map(|(value, n)| ([value, None], n)));
            return counts;
        }
        let mut add = |values| *counts.entry(values).or_default() += 1;
        match groupers {
            [only] => rows.iter().for_each(|row| only.each(shard, row, |value| add([value, None]))),
            [first, second, ..] => rows.iter().for_each(|row| {
                first.each(shard, row, |a| second.each(shard, row, |b| add([a, b])));
            }),
            [] => {}
        }
        counts
    })?;
    let mut all = HashMap::new();
    for (values, n) in shards.into_iter().flatten() {
        *all.entry(values).or_default() += n;
    }
    Ok(all)
}

/// Joins the groups whose texts are equal but for case, each under its commonest spelling among those who match.
fn fold_spellings(
    matched: &Matched<'_>,
    groupers: &[Grouper<'_>],
    counts: HashMap<Values, u64>,
) -> Result<HashMap<Values, u64>, ExecError> {
    let mut shown: [Option<HashMap<u32, u32>>; 2] = [None, None];
    for (at, grouper) in groupers.iter().enumerate().take(2) {
        let Some(dictionary) = grouper.dictionary() else { continue };
        let code = |(values, n): (&Values, &u64)| Some((values[0]? as u32, *n));
        // Beside a list each contact may stand in several groups, but is to count once for its spelling.
        let by_code: HashMap<u32, u64> = if let [_] = groupers {
            counts.iter().filter_map(code).collect()
        } else {
            count(matched, &groupers[at..=at])?.iter().filter_map(code).collect()
        };
        shown[at] = Some(spellings(dictionary, &by_code));
    }
    let mut folded: HashMap<Values, u64> = HashMap::new();
    for (mut values, n) in counts {
        for (value, shown) in values.iter_mut().zip(&shown) {
            if let (Some(code), Some(shown)) = (value.as_mut(), shown) {
                *code = shown.get(&(*code as u32)).map_or(*code, |it| i64::from(*it));
            }
        }
        *folded.entry(values).or_default() += n;
    }
    Ok(folded)
}

/// Numbers calendar units in their order; none beyond the calendar.
fn unit_number(unit: CalendarUnit, day: i32) -> Option<i64> {
    let months = || civil(day).map(|(year, month, _)| i64::from(year) * 12 + i64::from(month) - 1);
    match unit {
        CalendarUnit::Day => Some(i64::from(day)),
        // Day 0 was a Thursday; weeks begin on Monday.
        CalendarUnit::Week => Some((i64::from(day) + 3).div_euclid(7)),
        CalendarUnit::Month => months(),
        CalendarUnit::Quarter => months().map(|it| it.div_euclid(3)),
        CalendarUnit::Year => months().map(|it| it.div_euclid(12)),
    }
}

/// A day of the unit of this number.
fn first_day(unit: CalendarUnit, number: i64) -> Option<i32> {
    let month = |months: i64| {
        let year = i16::try_from(months.div_euclid(12)).ok()?;
        day_number(year, months.rem_euclid(12) as i8 + 1, 1)
    };
    match unit {
        CalendarUnit::Day => i32::try_from(number).ok(),
        CalendarUnit::Week => i32::try_from(number * 7).ok(),
        CalendarUnit::Month => month(number),
        CalendarUnit::Quarter => month(number * 3),
        CalendarUnit::Year => month(number * 12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_hold_their_days() {
        let label = |unit, day| unit_number(unit, day).and_then(|it| first_day(unit, it)).and_then(|it| unit.label(it));
        // 2017-12-31 is a Sunday, the last day of week 52; -1 is 1969-12-31, a Wednesday.
        let day = day_number(2017, 12, 31).unwrap();
        assert_eq!(label(CalendarUnit::Week, day).unwrap(), "2017-W52");
        assert_eq!(label(CalendarUnit::Week, day + 1).unwrap(), "2018-W01");
        assert_eq!(label(CalendarUnit::Quarter, day).unwrap(), "2017-Q4");
        assert_eq!(label(CalendarUnit::Month, -1).unwrap(), "1969-12");
        assert_eq!(label(CalendarUnit::Year, -1).unwrap(), "1969");
        assert_eq!(label(CalendarUnit::Day, -1).unwrap(), "1969-12-31");
        assert_eq!(label(CalendarUnit::Week, -1).unwrap(), "1970-W01");
    }
}

//! `show`: rows, in order.

use rayon::prelude::*;

use crate::exec::matched::Matched;
use crate::exec::subsets::order_key;
use crate::exec::{ExecError, cell, order};
use crate::model::{CellType, Frame, RowId};
use crate::plan::{FieldRef, OrderBy};

/// These fields of those who match, by `order_by`, then by key.
pub(super) fn frame(
    matched: &Matched<'_>,
    columns: &[(FieldRef, String)],
    order_by: &[OrderBy],
    limit: Option<u64>,
    offset: u64,
) -> Result<Frame, ExecError> {
    let rows = page(matched, order_by, limit, offset)?;
    let kind = |field: &FieldRef| match field {
        FieldRef::Column(column) => matched.table.columns[*column].cell_type(),
        FieldRef::Funnel => CellType::Text,
    };
    let mut frame = Frame::new(columns.iter().map(|(field, name)| (name.clone(), kind(field))));
    let cells = |row: &RowId| {
        matched.cancel.check()?;
        Ok(columns.iter().map(|(field, _)| cell(matched.book, matched.universe, *field, *row)).collect())
    };
    frame.rows = rows.par_iter().map(cells).collect::<Result<_, ExecError>>()?;
    Ok(frame)
}

fn page(matched: &Matched<'_>, order_by: &[OrderBy], limit: Option<u64>, offset: u64) -> Result<Vec<RowId>, ExecError> {
    let mut rows = matched.rows();
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let end = limit.map_or(usize::MAX, |limit| offset.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX)));
    if order_by.is_empty() && end >= rows.len() {
        rows = order::by_key(matched.table, &rows, matched.cancel)?;
    } else {
        let keys: Vec<Vec<(bool, i64)>> = order_by
            .iter()
            .map(|by| {
                let ranks = order::ranks(matched.book, matched.universe, by.field, &rows);
                ranks.into_iter().map(|rank| order_key(rank, by.descending)).collect()
            })
            .collect();
        let mut places: Vec<usize> = (0..rows.len()).collect();
        order::first_n(&mut places, end.min(rows.len()), |a, b| {
            let by_value = keys.iter().map(|key| key[*a].cmp(&key[*b])).find(|it| it.is_ne());
            by_value.unwrap_or_else(|| matched.table.key_cmp(rows[*a], rows[*b]))
        });
        matched.cancel.check()?;
        rows = places.into_iter().map(|at| rows[at]).collect();
    }
    rows.truncate(end);
    rows.drain(..offset.min(rows.len()));
    Ok(rows)
}

//! `histogram`: how many values lie in each of some bins of equal width.
//!
//! A bin takes its lower end, the last both. The edges are exact quotients: values are put into bins by exact
//! arithmetic, and only what is shown is rounded (of dates floored, and then the shown edges are what decides).

use bigdecimal::num_bigint::BigInt;

use super::int;
use super::stats::{is_date, present_keys, type_of};
use crate::book::{FieldType, number_cell};
use crate::exec::ExecError;
use crate::exec::aggregate::scale_of;
use crate::exec::exact::{nearest_double, power_of_ten, units_in_one, units_of};
use crate::exec::matched::Matched;
use crate::model::{Cell, CellType, Code, Diagnostic, Frame, key_float};
use crate::plan::FieldRef;

/// The bins of one field of those who match, and a note on who is in none.
pub(super) fn frame(
    matched: &Matched<'_>,
    field: FieldRef,
    name: &str,
    bins: u64,
) -> Result<(Frame, Vec<Diagnostic>), ExecError> {
    let (field_type, kind) = type_of(matched, field);
    let mut keys = present_keys(matched, field)?;
    let missing = matched.len() - keys.len() as u64;
    let is_float = kind == CellType::Float;
    let n_present = keys.len();
    if is_float {
        keys.retain(|key| key_float(*key).is_finite());
    }
    let infinite = (n_present - keys.len()) as u64;
    let edges = match (keys.iter().min(), keys.iter().max()) {
        (Some(min), Some(max)) => Edges { min: *min, max: *max, bins: if min == max { 1 } else { bins.max(1) } },
        _ => Edges { min: 0, max: 0, bins: 0 },
    };
    let (kind, cells, counts) = if is_float {
        edges.floats(&keys)
    } else if is_date(&field_type) {
        edges.dates(&keys, &field_type, kind)
    } else {
        edges.numbers(&keys, &field_type, kind)
    };
    let mut frame = Frame::new([("from", kind), ("to", kind), ("count", CellType::Int)]);
    let rows = cells.windows(2).zip(counts);
    frame.rows = rows.map(|(ends, n)| vec![ends[0].clone(), ends[1].clone(), int(n)]).collect();
    Ok((frame, left_out(name, missing, infinite).into_iter().collect()))
}

/// Where the bins lie: `bins` of them from the smallest to the largest value, none of no value.
struct Edges {
    min: i64,
    max: i64,
    bins: u64,
}

type Bars = (CellType, Vec<Cell>, Vec<u64>);

impl Edges {
    fn range(&self) -> u64 {
        self.max.abs_diff(self.min)
    }

    /// Numbers of the edges: one more than bins; none of no value.
    fn numbers_of_edges(&self) -> std::ops::Range<u64> {
        if self.bins == 0 { 0..0 } else { 0..self.bins + 1 }
    }

    fn count(&self, keys: &[i64], bin: impl Fn(i64) -> u64) -> Vec<u64> {
        let mut counts = vec![0; self.bins as usize];
        for key in keys {
            counts[bin(*key).min(self.bins - 1) as usize] += 1;
        }
        counts
    }

    /// Of integers and decimals: edges of the column's own kind if all are, else the nearest doubles.
    fn numbers(&self, keys: &[i64], field_type: &FieldType, kind: CellType) -> Bars {
        let range = u128::from(self.range());
        let bins = u128::from(self.bins);
        let past = |key: i64| u128::from(key.abs_diff(self.min));
        // A single value has no range to divide.
        let counts = self.count(keys, |key| (past(key) * bins).checked_div(range).unwrap_or(0) as u64);
        if bins != 0 && range % bins == 0 {
            let step = (range / bins) as u64;
            let edge = |at: u64| number_cell(field_type, self.min.wrapping_add_unsigned(step * at));
            return (kind, self.numbers_of_edges().map(edge).collect(), counts);
        }
        let scale = scale_of(field_type).unwrap_or(0);
        let edge = |at: u64| {
            let units = BigInt::from(self.min) * bins + BigInt::from(range) * at;
            Cell::Float(nearest_double(units, BigInt::from(bins) * power_of_ten(scale)))
        };
        (CellType::Float, self.numbers_of_edges().map(edge).collect(), counts)
    }

    fn floats(&self, keys: &[i64]) -> Bars {
        let (min, max) = (units_of(key_float(self.min)), units_of(key_float(self.max)));
        let edge = |at: u64| {
            let units = &min * (self.bins - at) + &max * at;
            nearest_double(units, units_in_one() * self.bins)
        };
        let edges: Vec<f64> = self.numbers_of_edges().map(edge).collect();
        let counts = self.count(keys, |key| {
            let value = key_float(key);
            edges.partition_point(|edge| *edge <= value).saturating_sub(1) as u64
        });
        (CellType::Float, edges.into_iter().map(Cell::Float).collect(), counts)
    }

    fn dates(&self, keys: &[i64], field_type: &FieldType, kind: CellType) -> Bars {
        let (range, bins) = (u128::from(self.range()), u128::from(self.bins));
        let edge = |at: u64| {
            let past = range * u128::from(at) / bins;
            number_cell(field_type, self.min.wrapping_add_unsigned(past as u64))
        };
        let counts = self.count(keys, |key| {
            // The last bin whose floored edge isn't above the key.
            let past = u128::from(key.abs_diff(self.min)) + 1;
            if range == 0 { 0 } else { (past * bins).div_ceil(range) as u64 - 1 }
        });
        (kind, self.numbers_of_edges().map(edge).collect(), counts)
    }
}

fn left_out(name: &str, missing: u64, infinite: u64) -> Option<Diagnostic> {
    let parts =
        [(missing, format!("{missing} without a value")), (infinite, format!("{infinite} with an infinite one"))];
    let parts: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text).collect();
    (!parts.is_empty()).then(|| {
        Diagnostic::note(Code::HistogramLeftOut, None, format!("in no bin of `{name}`: {}", parts.join(" and ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NumberKind, float_key};

    fn edges(keys: &[i64], bins: u64) -> Edges {
        Edges { min: *keys.iter().min().unwrap(), max: *keys.iter().max().unwrap(), bins }
    }

    #[test]
    fn the_last_bin_is_closed() {
        let keys = [0, 1, 2, 3, 4, 8];
        let int = FieldType::Number(NumberKind::Int);
        let (kind, cells, counts) = edges(&keys, 4).numbers(&keys, &int, CellType::Int);
        assert_eq!((kind, counts), (CellType::Int, vec![2, 2, 1, 1]));
        assert_eq!(cells, [0, 2, 4, 6, 8].map(Cell::Int));
        let (kind, cells, counts) = edges(&keys, 3).numbers(&keys, &int, CellType::Int);
        assert_eq!((kind, counts), (CellType::Float, vec![3, 2, 1]));
        assert_eq!(cells[1], Cell::Float(8.0 / 3.0));
        let whole = [i64::MIN, -1, 0, i64::MAX];
        assert_eq!(edges(&whole, 2).numbers(&whole, &int, CellType::Int).2, [2, 2]);
    }

    #[test]
    fn floats_of_any_size() {
        let keys = [-f64::MAX, 0.0, 0.0, f64::MAX].map(float_key);
        let (_, cells, counts) = edges(&keys, 2).floats(&keys);
        assert_eq!(cells, [-f64::MAX, 0.0, f64::MAX].map(Cell::Float));
        assert_eq!(counts, [1, 3]);
    }

    #[test]
    fn dates_lie_by_the_edges_shown() {
        // Edges 0, 3.33, 6.67, 10, shown as 0, 3, 6, 10.
        let keys = [0, 2, 3, 5, 6, 9, 10];
        let (_, cells, counts) = edges(&keys, 3).dates(&keys, &FieldType::Date, CellType::Day);
        assert_eq!(cells, [0, 3, 6, 10].map(Cell::Day));
        assert_eq!(counts, [2, 2, 3]);
    }
}

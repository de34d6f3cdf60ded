//! `stats`: a field's values in ten numbers.

use bigdecimal::num_bigint::BigInt;
use rayon::prelude::*;

use super::int;
use crate::book::{FieldType, Index, number_cell};
use crate::exec::ExecError;
use crate::exec::aggregate::scale_of;
use crate::exec::exact::{ExactSum, nearest_double, power_of_ten};
use crate::exec::matched::Matched;
use crate::model::{Cell, CellType, Frame, NumberKind, key_float};
use crate::plan::FieldRef;

/// Values that one task sums up.
const CHUNK: usize = 1 << 16;

/// The numbers of one field of those who match.
pub(super) fn frame(matched: &Matched<'_>, field: FieldRef, name: &str) -> Result<Frame, ExecError> {
    let (field_type, kind) = type_of(matched, field);
    let mut keys = present_keys(matched, field)?;
    keys.par_sort_unstable();
    let between = if is_date(&field_type) { kind } else { CellType::Float };
    let mut frame = Frame::new([
        ("field", CellType::Text),
        ("count", CellType::Int),
        ("missing", CellType::Int),
        ("distinct", CellType::Int),
        ("min", kind),
        ("max", kind),
        ("mean", CellType::Float),
        ("stddev", CellType::Float),
        ("median", between),
        ("p90", between),
        ("p99", between),
    ]);
    let end = |key: Option<&i64>| key.map_or(Cell::Null, |key| number_cell(&field_type, *key));
    let float = |value: Option<f64>| value.filter(|it| !it.is_nan()).map_or(Cell::Null, Cell::Float);
    let distinct = keys.chunk_by(|a, b| a == b).count() as u64;
    let (mean, stddev) = moments(&keys, &field_type);
    frame.rows.push(vec![
        Cell::Text(name.to_owned()),
        int(keys.len() as u64),
        int(matched.len() - keys.len() as u64),
        int(distinct),
        end(keys.first()),
        end(keys.last()),
        float(mean),
        float(stddev),
        quantile(&keys, 50, &field_type),
        quantile(&keys, 90, &field_type),
        quantile(&keys, 99, &field_type),
    ]);
    Ok(frame)
}

/// A field's type, and that of its cells.
pub(super) fn type_of(matched: &Matched<'_>, field: FieldRef) -> (FieldType, CellType) {
    match field {
        FieldRef::Column(column) => {
            let column = &matched.table.columns[column];
            (column.field_type.clone(), column.cell_type())
        }
        FieldRef::Funnel => (FieldType::Stage, CellType::Text),
    }
}

/// The keys of the values that are there.
pub(super) fn present_keys(matched: &Matched<'_>, field: FieldRef) -> Result<Vec<i64>, ExecError> {
    let FieldRef::Column(column) = field else { return Ok(Vec::new()) };
    let Index::Number(index) = &matched.table.columns[column].index else { return Ok(Vec::new()) };
    let shards =
        matched.map(|shard, rows| rows.iter().filter_map(|row| index.shards[shard].get(row)).collect::<Vec<i64>>())?;
    Ok(shards.concat())
}

pub(super) fn is_date(field_type: &FieldType) -> bool {
    matches!(field_type, FieldType::Date | FieldType::Time)
}

/// Mean and sample deviation; none where undefined.
fn moments(keys: &[i64], field_type: &FieldType) -> (Option<f64>, Option<f64>) {
    if let Some(scale) = scale_of(field_type) {
        let n = keys.len() as u64;
        if n == 0 {
            return (None, None);
        }
        let sum: i128 = keys.par_iter().map(|key| i128::from(*key)).sum();
        let mean = nearest_double(BigInt::from(sum), BigInt::from(n) * power_of_ten(scale));
        // Whole numbers near the mean, so that squaring loses nothing that counts.
        let pivot = sum / i128::from(n);
        let unit = 10_f64.powi(i32::from(scale));
        let stddev = deviation(keys, |key| (i128::from(key) - pivot) as f64).map(|it| it / unit);
        return (Some(mean), stddev);
    }
    if *field_type == FieldType::Number(NumberKind::Float) {
        return float_moments(keys);
    }
    (None, None)
}

fn float_moments(keys: &[i64]) -> (Option<f64>, Option<f64>) {
    let sums: Vec<ExactSum> =
        keys.par_chunks(CHUNK).map(|keys| ExactSum::of(keys.iter().map(|key| key_float(*key)))).collect();
    let sum = sums.iter().fold(ExactSum::new(), |all, sum| all.merge(sum));
    let mean = sum.over(keys.len() as u64);
    let (Some(mean), Some(min), Some(max)) = (mean, keys.first(), keys.last()) else { return (mean, None) };
    let size = key_float(*min).abs().max(key_float(*max).abs());
    if !size.is_finite() {
        return (Some(mean), None);
    }
    // Squares of very large or small numbers leave the range of doubles, so they are brought near 1 first, by powers of two.
    let exponent = if size == 0.0 { 0 } else { size.log2().floor() as i32 };
    let (half, rest) = (exponent / 2, exponent - exponent / 2);
    let (down, down_too) = (2_f64.powi(-half), 2_f64.powi(-rest));
    let middle = mean * down * down_too;
    let stddev = deviation(keys, |key| key_float(key) * down * down_too - middle);
    (Some(mean), stddev.map(|it| it * 2_f64.powi(half) * 2_f64.powi(rest)))
}

/// The sample deviation, given each value's distance from about the mean; none of fewer than two.
///
/// Sums of fixed stretches of the sorted values, added in order, so that the number of threads doesn't show.
fn deviation(keys: &[i64], distance: impl Fn(i64) -> f64 + Sync) -> Option<f64> {
    if keys.len() < 2 {
        return None;
    }
    let sums: Vec<(f64, f64)> = keys
        .par_chunks(CHUNK)
        .map(|keys| {
            keys.iter()
                .map(|key| distance(*key))
                .fold((0.0, 0.0), |(sum, squares), it| (sum + it, it.mul_add(it, squares)))
        })
        .collect();
    let (sum, squares) = sums.iter().fold((0.0, 0.0), |all, it| (all.0 + it.0, all.1 + it.1));
    let n = keys.len() as f64;
    Some(((squares - sum * sum / n).max(0.0) / (n - 1.0)).sqrt())
}

/// A quantile by linear interpolation between neighbours; of dates floored.
fn quantile(sorted: &[i64], percent: u64, field_type: &FieldType) -> Cell {
    let Some(last) = sorted.len().checked_sub(1) else { return Cell::Null };
    let position = last as u64 * percent;
    let (at, rest) = ((position / 100) as usize, position % 100);
    let (low, high) = (sorted[at], sorted[(at + 1).min(last)]);
    // In hundredths of the unit, exactly.
    let hundredfold = || i128::from(low) * i128::from(100 - rest) + i128::from(high) * i128::from(rest);
    if is_date(field_type) {
        // Between two keys lies a key.
        return number_cell(field_type, hundredfold().div_euclid(100) as i64);
    }
    if let Some(scale) = scale_of(field_type) {
        return Cell::Float(nearest_double(BigInt::from(hundredfold()), BigInt::from(100) * power_of_ten(scale)));
    }
    let value = between(key_float(low), key_float(high), rest);
    if value.is_nan() { Cell::Null } else { Cell::Float(value) }
}

/// `low + (high - low) * hundredths / 100`; NaN between opposite infinities.
fn between(low: f64, high: f64, hundredths: u64) -> f64 {
    if hundredths == 0 || low == high {
        return low;
    }
    let part = hundredths as f64 / 100.0;
    let width = high - low;
    if width.is_finite() { width.mul_add(part, low) } else { low * (1.0 - part) + high * part }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::float_key;

    const FLOAT: FieldType = FieldType::Number(NumberKind::Float);
    const CENTS: FieldType = FieldType::Number(NumberKind::Decimal { scale: 2 });

    fn floats(values: &[f64]) -> Vec<i64> {
        let mut keys: Vec<i64> = values.iter().map(|it| float_key(*it)).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[100, 200, 300, 401], 50, &CENTS), Cell::Float(2.5));
        // Position 2.7: 3.00 + 0.7 * 1.01.
        assert_eq!(quantile(&[100, 200, 300, 401], 90, &CENTS), Cell::Float(3.707));
        assert_eq!(quantile(&floats(&[1.0, 2.0, 4.0]), 90, &FLOAT), Cell::Float(3.6));
        assert_eq!(quantile(&[5, 8], 50, &FieldType::Date), Cell::Day(6));
        assert_eq!(quantile(&[-8, -5], 50, &FieldType::Date), Cell::Day(-7));
        assert_eq!(quantile(&[], 50, &FLOAT), Cell::Null);
        let infinite = floats(&[f64::NEG_INFINITY, f64::INFINITY]);
        assert_eq!(quantile(&infinite, 50, &FLOAT), Cell::Null);
        assert_eq!(quantile(&floats(&[1.0, f64::INFINITY]), 50, &FLOAT), Cell::Float(f64::INFINITY));
        assert_eq!(quantile(&floats(&[1.0, 2.0, f64::INFINITY]), 50, &FLOAT), Cell::Float(2.0));
        // A width that no double holds.
        assert_eq!(quantile(&floats(&[-f64::MAX, f64::MAX]), 50, &FLOAT), Cell::Float(0.0));
    }

    #[test]
    fn mean_and_deviation() {
        // 2, 4, 4, 4, 5, 5, 7, 9: squares of distances from 5 sum to 32.
        let keys = [200, 400, 400, 400, 500, 500, 700, 900];
        assert_eq!(moments(&keys, &CENTS), (Some(5.0), Some((32.0_f64 / 7.0).sqrt())));
        assert_eq!(moments(&[300], &CENTS), (Some(3.0), None));
        // The mean is no whole number of units: squares of distances from 2/3 sum to 2/3.
        let (_, stddev) = moments(&[0, 1, 1], &FieldType::Number(NumberKind::Int));
        assert!((stddev.unwrap() - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        // So if the distances are from less than the mean, as where no double is the mean.
        let stddev = deviation(&[0, 1, 1], |key| key as f64 - 0.625);
        assert!((stddev.unwrap() - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(moments(&[], &CENTS), (None, None));
        assert_eq!(moments(&floats(&[0.1; 10]), &FLOAT), (Some(0.1), Some(0.0)));
        let (mean, stddev) = moments(&floats(&[1e300, -1e300]), &FLOAT);
        assert_eq!(mean, Some(0.0));
        assert!((stddev.unwrap() / (2_f64.sqrt() * 1e300) - 1.0).abs() < 1e-15);
        assert_eq!(moments(&floats(&[1.0, f64::INFINITY]), &FLOAT), (Some(f64::INFINITY), None));
        assert_eq!(moments(&[0, 1], &FieldType::Date), (None, None));
    }
}

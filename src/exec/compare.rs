//! One column against another of the same table.

use std::cmp::Ordering;

use bigdecimal::num_bigint::BigInt;

use super::aggregate::scale_of;
use super::exact::{power_of_ten, units_in_one, units_of};
use super::texts;
use crate::book::{Column, FieldType, Index};
use crate::index::{FlagIndex, NumberIndex, TextIndex};
use crate::model::{NumberKind, STAGES, Zone, key_float};
use crate::syntax::ast::CompareOp;

/// A comparison of two columns, row by row.
pub(super) struct Fields<'a> {
    op: CompareOp,
    pair: Pair<'a>,
}

enum Pair<'a> {
    Numbers {
        left: &'a NumberIndex,
        right: &'a NumberIndex,
        order: KeyOrder,
    },
    Times {
        left: &'a NumberIndex,
        right: &'a NumberIndex,
        left_is_day: bool,
        right_is_day: bool,
        zone: &'a Zone,
    },
    /// Codes as numbers that are equal, or ordered, as the texts are.
    Texts {
        left: &'a TextIndex,
        right: &'a TextIndex,
        left_ids: Vec<u32>,
        right_ids: Vec<u32>,
    },
    Flags {
        left: &'a FlagIndex,
        right: &'a FlagIndex,
    },
}

/// How the keys of two number columns compare.
#[derive(Debug, Clone, Copy)]
enum KeyOrder {
    /// As they are.
    Same,
    /// Integers or decimals of these scales.
    Scales(u8, u8),
    /// A double against a number of this scale.
    FloatLeft(u8),
    /// A number of this scale against a double.
    FloatRight(u8),
}

impl<'a> Fields<'a> {
    /// None if no row can pass, as when a column is missing throughout.
    pub(super) fn bind(op: CompareOp, left: &'a Column, right: &'a Column, zone: &'a Zone) -> Option<Self> {
        let pair = match (&left.index, &right.index) {
            (Index::Number(a), Index::Number(b)) => match (&left.field_type, &right.field_type) {
                (FieldType::Number(x), FieldType::Number(y)) => {
                    Pair::Numbers { left: a, right: b, order: key_order(*x, *y) }
                }
                (x, y) => Pair::Times {
                    left: a,
                    right: b,
                    left_is_day: *x == FieldType::Date,
                    right_is_day: *y == FieldType::Date,
                    zone,
                },
            },
            (Index::Text(a), Index::Text(b)) => {
                let stages = left.field_type == FieldType::Stage && right.field_type == FieldType::Stage;
                let (left_ids, right_ids) = if stages { (stage_ids(a), stage_ids(b)) } else { folded_ids(a, b) };
                if !stages && op != CompareOp::Eq {
                    return None;
                }
                Pair::Texts { left: a, right: b, left_ids, right_ids }
            }
            (Index::Flag(a), Index::Flag(b)) if op == CompareOp::Eq => Pair::Flags { left: a, right: b },
            (Index::Missing | Index::Number(_) | Index::Text(_) | Index::List(_) | Index::Flag(_), _) => return None,
        };
        Some(Self { op, pair })
    }

    /// Whether it holds of a row; missing on either side fails.
    pub(super) fn holds(&self, shard: usize, row: u32) -> bool {
        self.pair.compare(shard, row).is_some_and(|order| match self.op {
            CompareOp::Eq => order == Ordering::Equal,
            CompareOp::Lt => order == Ordering::Less,
            CompareOp::Le => order != Ordering::Greater,
            CompareOp::Gt => order == Ordering::Greater,
            CompareOp::Ge => order != Ordering::Less,
        })
    }
}

impl Pair<'_> {
    fn compare(&self, shard: usize, row: u32) -> Option<Ordering> {
        match self {
            Self::Numbers { left, right, order } => {
                let (a, b) = (left.shards[shard].get(row)?, right.shards[shard].get(row)?);
                Some(match *order {
                    KeyOrder::Same => a.cmp(&b),
                    KeyOrder::Scales(x, y) => scaled(a, x, b, y),
                    KeyOrder::FloatLeft(scale) => float_and(key_float(a), b, scale),
                    KeyOrder::FloatRight(scale) => float_and(key_float(b), a, scale).reverse(),
                })
            }
            Self::Times { left, right, left_is_day, right_is_day, zone } => {
                let (a, b) = (left.shards[shard].get(row)?, right.shards[shard].get(row)?);
                Some(match (left_is_day, right_is_day) {
                    (true, false) => a.cmp(&i64::from(zone.day_of(b))),
                    (false, true) => i64::from(zone.day_of(a)).cmp(&b),
                    (true, true) | (false, false) => a.cmp(&b),
                })
            }
            Self::Texts { left, right, left_ids, right_ids } => {
                let (a, b) = (left.shards[shard].get(row)?, right.shards[shard].get(row)?);
                Some(left_ids[a as usize].cmp(&right_ids[b as usize]))
            }
            Self::Flags { left, right } => Some(left.shards[shard].get(row)?.cmp(&right.shards[shard].get(row)?)),
        }
    }
}

fn key_order(left: NumberKind, right: NumberKind) -> KeyOrder {
    let scale = |kind| scale_of(&FieldType::Number(kind));
    match (scale(left), scale(right)) {
        (None, None) => KeyOrder::Same,
        (Some(a), Some(b)) if a == b => KeyOrder::Same,
        (Some(a), Some(b)) => KeyOrder::Scales(a, b),
        (None, Some(b)) => KeyOrder::FloatLeft(b),
        (Some(a), None) => KeyOrder::FloatRight(a),
    }
}

/// `a / 10^x` against `b / 10^y`.
fn scaled(a: i64, x: u8, b: i64, y: u8) -> Ordering {
    let times = |key: i64, power: u8| 10_i128.checked_pow(u32::from(power)).and_then(|it| it.checked_mul(key.into()));
    let common = x.max(y);
    match (times(a, common - x), times(b, common - y)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => (BigInt::from(a) * power_of_ten(common - x)).cmp(&(BigInt::from(b) * power_of_ten(common - y))),
    }
}

/// A double against `key / 10^scale`, exactly.
fn float_and(float: f64, key: i64, scale: u8) -> Ordering {
    let near = key as f64 / 10_f64.powi(i32::from(scale));
    if float.is_infinite() || (float - near).abs() > (float.abs() + near.abs()) * 1e-12 {
        return float.total_cmp(&near);
    }
    (units_of(float) * power_of_ten(scale)).cmp(&(BigInt::from(key) * units_in_one()))
}

fn stage_ids(index: &TextIndex) -> Vec<u32> {
    let position = |code| STAGES.iter().position(|stage| *stage == index.dictionary.text(code)).unwrap_or(STAGES.len());
    (0..index.dictionary.len() as u32).map(|code| position(code) as u32).collect()
}

fn folded_ids(left: &TextIndex, right: &TextIndex) -> (Vec<u32>, Vec<u32>) {
    let (left_ids, by_text) = texts::fold_ids(&left.dictionary);
    let codes = 0..right.dictionary.len() as u32;
    let right_ids =
        codes.map(|code| by_text.get(&*right.dictionary.folded(code)).copied().unwrap_or(u32::MAX)).collect();
    (left_ids, right_ids)
}

#[cfg(test)]
mod tests {
    use bigdecimal::BigDecimal;

    use super::*;

    #[test]
    fn numbers_compare_exactly_across_kinds() {
        // The double 0.1 is a little more than 1/10, 0.3 a little less than 3/10.
        assert_eq!(float_and(0.1, 1, 1), Ordering::Greater);
        assert_eq!(float_and(0.3, 3, 1), Ordering::Less);
        assert_eq!(float_and(0.5, 50, 2), Ordering::Equal);
        assert_eq!(float_and(f64::NEG_INFINITY, i64::MIN, 0), Ordering::Less);
        assert_eq!(float_and(9_007_199_254_740_992.0, 9_007_199_254_740_993, 0), Ordering::Less);
        assert_eq!(scaled(1, 0, 100, 2), Ordering::Equal);
        assert_eq!(scaled(i64::MAX, 0, 1, 38), Ordering::Greater);
        // Ten to the 38th, doubled, passes 127 bits.
        assert_eq!(scaled(-2, 0, 1, 38), Ordering::Less);
        assert_eq!(scaled(2, 38, 1, 0), Ordering::Less);
        assert_eq!(scaled(2, 0, i64::MAX, 38), Ordering::Greater);
    }

    /// A key of more than 53 bits is rounded on its way to a double, and again when it is divided.
    #[test]
    fn tiny_numbers_compare_exactly() {
        for key in 123_456_789_012_345_600_i64..123_456_789_012_345_900 {
            let exact = BigDecimal::new(BigInt::from(key), 30);
            let near: f64 = format!("{key}e-30").parse().unwrap();
            for float in [near.next_down(), near, near.next_up()] {
                assert_eq!(
                    float_and(float, key, 30),
                    BigDecimal::try_from(float).unwrap().cmp(&exact),
                    "{float:e} {key}"
                );
            }
        }
    }
}

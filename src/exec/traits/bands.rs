//! Bands of a number or date: each value of few, else fifths.

use rayon::prelude::*;

use crate::book::FieldType;
use crate::model::{NumberKind, Zone, day_number, float_key};

/// Up to so many different values, each is a band of its own.
const MAX_SINGLES: usize = 12;
/// Bands of more values, unless many have the same.
const N_BANDS: usize = 5;

/// What values are told by: their *marks*.
pub(super) enum Ruler<'a> {
    /// The keys themselves, of this type.
    Keys(&'a FieldType),
    /// Of instants, the days that they lie in.
    Days(&'a Zone),
}

impl Ruler<'_> {
    fn mark(&self, key: i64) -> i64 {
        match self {
            Self::Keys(_) => key,
            Self::Days(zone) => i64::from(zone.day_of(key)),
        }
    }

    /// The first key of a mark.
    fn start(&self, mark: i64) -> i64 {
        match self {
            Self::Keys(_) => mark,
            Self::Days(zone) => zone.day_start(mark as i32),
        }
    }

    /// The last key of a mark.
    fn end(&self, mark: i64) -> i64 {
        match self {
            Self::Keys(_) => mark,
            Self::Days(zone) => zone.day_start(mark as i32 + 1) - 1,
        }
    }

    /// The smallest and largest key whose mark a literal can write.
    fn writable(&self) -> (i64, i64) {
        // Whole days within the years of four digits, in every zone.
        let days = || Some((i64::from(day_number(1, 1, 2)?), i64::from(day_number(9999, 12, 30)?)));
        let (first, last) = days().unwrap_or((i64::MAX, i64::MIN));
        match self {
            Self::Keys(FieldType::Number(NumberKind::Float)) => (float_key(f64::MIN), float_key(f64::MAX)),
            Self::Keys(FieldType::Date) => (first, last),
            Self::Days(_) => (self.start(first), self.end(last)),
            Self::Keys(
                FieldType::Number(NumberKind::Int | NumberKind::Decimal { .. })
                | FieldType::Time
                | FieldType::Text
                | FieldType::Choice { .. }
                | FieldType::Known(_)
                | FieldType::Stage
                | FieldType::Flag
                | FieldType::List,
            ) => (i64::MIN, i64::MAX),
        }
    }
}

/// Marks that lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    /// The first mark in it.
    pub(super) from: i64,
    /// The last mark in it.
    pub(super) to: i64,
    /// Its smallest and largest key.
    keys: (i64, i64),
    /// No band lies before it: it is open to there, unless it is single.
    pub(super) is_first: bool,
    /// No band lies after it.
    pub(super) is_last: bool,
}

impl Band {
    /// Whether it is of one mark alone.
    pub(super) fn is_single(&self) -> bool {
        self.from == self.to
    }
}

/// The bands of a column's keys, in order.
///
/// Ends are marks that occur. Keys that no literal can write, such as infinity, lie in an open band or in none.
pub(super) fn of(mut keys: Vec<i64>, ruler: &Ruler<'_>) -> Vec<Band> {
    keys.par_sort_unstable();
    let (min, max) = ruler.writable();
    let keys = &keys[keys.partition_point(|it| *it < min)..keys.partition_point(|it| *it <= max)];
    let starts = starts(keys, ruler);
    let n = starts.len();
    let band = |(at, from): (usize, &i64)| {
        let below = starts.get(at + 1).map_or(keys.len(), |next| keys.partition_point(|it| *it < ruler.start(*next)));
        let to = ruler.mark(keys[below - 1]);
        let (is_first, is_last, is_single) = (at == 0, at + 1 == n, *from == to);
        let low = if is_first && !is_single { i64::MIN } else { ruler.start(*from) };
        let high = if is_last && !is_single { i64::MAX } else { ruler.end(to) };
        Band { from: *from, to, keys: (low, high), is_first, is_last }
    };
    starts.iter().enumerate().map(band).collect()
}

/// The mark that each band begins with.
fn starts(keys: &[i64], ruler: &Ruler<'_>) -> Vec<i64> {
    let after = |mark: i64| keys.get(keys.partition_point(|it| *it <= ruler.end(mark))).map(|key| ruler.mark(*key));
    let Some(first) = keys.first().map(|it| ruler.mark(*it)) else { return Vec::new() };
    let few: Vec<i64> = std::iter::successors(Some(first), |mark| after(*mark)).take(MAX_SINGLES + 1).collect();
    if few.len() <= MAX_SINGLES {
        return few;
    }
    let mut starts = vec![first];
    for at in 1..N_BANDS {
        let (mark, last) = (ruler.mark(keys[keys.len() * at / N_BANDS]), starts[starts.len() - 1]);
        // What fills a fifth alone is a band by itself.
        starts.extend(if mark == last { after(mark) } else { Some(mark).filter(|it| *it > last) });
    }
    starts
}

/// The band that a key lies in.
pub(super) fn find(bands: &[Band], key: i64) -> Option<usize> {
    let at = bands.partition_point(|it| it.keys.0 <= key).checked_sub(1)?;
    (key <= bands[at].keys.1).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT: FieldType = FieldType::Number(NumberKind::Int);

    fn ends(keys: Vec<i64>) -> Vec<(i64, i64)> {
        of(keys, &Ruler::Keys(&INT)).iter().map(|it| (it.from, it.to)).collect()
    }

    #[test]
    fn few_values_are_bands_each_and_more_are_fifths() {
        assert_eq!(ends(vec![]), []);
        assert_eq!(ends(vec![7, 3, 7]), [(3, 3), (7, 7)]);
        assert!(of(vec![7, 3, 7], &Ruler::Keys(&INT)).iter().all(Band::is_single));
        assert!(!of((0..100).collect(), &Ruler::Keys(&INT)).iter().any(Band::is_single));
        assert_eq!(ends((0..100).rev().collect()), [(0, 19), (20, 39), (40, 59), (60, 79), (80, 99)]);
        // Of 100 values 85 are 0; the others lie together.
        let skewed = (0..100).map(|it| if it < 85 { 0 } else { it * 10 }).collect();
        assert_eq!(ends(skewed), [(0, 0), (850, 990)]);
    }

    #[test]
    fn open_bands_take_what_lies_outside() {
        let float = FieldType::Number(NumberKind::Float);
        let mut keys: Vec<i64> = (0..50).map(|it| float_key(f64::from(it))).collect();
        keys.extend([f64::INFINITY, f64::NEG_INFINITY].map(float_key));
        let bands = of(keys, &Ruler::Keys(&float));
        assert_eq!(bands.len(), 5);
        assert_eq!((bands[0].to, bands[4].from), (float_key(9.0), float_key(40.0)));
        assert_eq!(
            [f64::NEG_INFINITY, 9.0, 10.0, f64::INFINITY].map(|it| find(&bands, float_key(it))),
            [Some(0), Some(0), Some(1), Some(4)]
        );
        let few = of([1.0, f64::INFINITY].map(float_key).to_vec(), &Ruler::Keys(&float));
        assert_eq!([f64::NEG_INFINITY, 1.0, f64::INFINITY].map(|it| find(&few, float_key(it))), [None, Some(0), None]);
    }

    #[test]
    fn instants_are_told_by_their_day() {
        let zone = Zone::named("Asia/Jakarta").unwrap();
        // 16:59:59 and 17:00 UTC are two days in Jakarta, seven hours ahead.
        let hour = 3_600_000_000;
        let bands = of(vec![17 * hour - 1, 17 * hour, 18 * hour], &Ruler::Days(&zone));
        assert_eq!(bands.iter().map(|it| (it.from, it.to)).collect::<Vec<_>>(), [(0, 0), (1, 1)]);
        assert_eq!([-7 * hour - 1, 0, 40 * hour, 41 * hour].map(|it| find(&bands, it)), [None, Some(0), Some(1), None]);
    }
}

//! Sorted, disjoint, inclusive ranges: what a condition on numbers or dates comes down to.

/// Sorted, disjoint, inclusive ranges of an ordered type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ranges<T>(Vec<(T, T)>);

impl<T: Copy + Ord> Ranges<T> {
    /// No value at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// All from `low` to `high`, both in; none if they are swapped.
    #[must_use]
    pub fn between(low: T, high: T) -> Self {
        if low > high { Self::none() } else { Self(vec![(low, high)]) }
    }

    /// The union of any ranges, in any order; swapped ones are dropped.
    ///
    /// Overlapping ranges are joined; neighbouring ones need not be.
    #[must_use]
    pub fn union(ranges: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut all: Vec<(T, T)> = ranges.into_iter().filter(|(low, high)| low <= high).collect();
        all.sort_unstable();
        let mut out: Vec<(T, T)> = Vec::with_capacity(all.len());
        for (low, high) in all {
            match out.last_mut() {
                Some(last) if low <= last.1 => last.1 = last.1.max(high),
                _ => out.push((low, high)),
            }
        }
        Self(out)
    }

    /// The ranges, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[(T, T)] {
        &self.0
    }

    /// Whether no value lies in them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `value` lies in one of them. Cost: a binary search.
    #[must_use]
    pub fn contains(&self, value: T) -> bool {
        let after = self.0.partition_point(|(low, _)| *low <= value);
        after > 0 && value <= self.0[after - 1].1
    }
}

//! [`Spans`]: where each of many items lies that stand one after the other.

use std::ops::Range;

use super::Array;
use super::stored::stored;
use crate::model::prefetch;

/// Where items of some length each lie that stand one after the other: the texts of an arena, the elements of lists.
///
/// One and a half bytes an item, eight where any is longer than 255.
#[derive(Debug, Clone)]
pub struct Spans {
    n_items: usize,
    /// Where the last item ends.
    end: u64,
    places: Places,
}

#[derive(Debug, Clone)]
enum Places {
    /// Blocks of sixteen items in three words each: where the first begins, then a byte for each length.
    ///
    /// PERF: one line of memory an item that is looked up, as with its end alone, at less than half of the size.
    Blocks(Array<u64>),
    /// The end of each.
    Ends(Array<u64>),
}

stored!(struct Spans { n_items, end, places });
stored!(enum Places { 0 => Blocks(words), 1 => Ends(ends) });

const BLOCK_ITEMS: usize = 16;
const BLOCK_WORDS: usize = 3;

impl Default for Spans {
    fn default() -> Self {
        Self { n_items: 0, end: 0, places: Places::Blocks(Array::default()) }
    }
}

impl Spans {
    /// Room for so many items.
    pub(super) fn reserve(&mut self, n_items: usize) {
        match &mut self.places {
            Places::Blocks(words) => words.to_mut().reserve(n_items.div_ceil(BLOCK_ITEMS) * BLOCK_WORDS),
            Places::Ends(ends) => ends.to_mut().reserve(n_items),
        }
    }

    /// Appends an item.
    pub(super) fn push(&mut self, len: usize) {
        if let (Places::Blocks(_), 0x100..) = (&self.places, len) {
            self.places = Places::Ends((0..self.n_items).map(|item| self.span(item).end as u64).collect());
        }
        let start = self.end;
        self.end += len as u64;
        match &mut self.places {
            Places::Blocks(words) => {
                let words = words.to_mut();
                let place = self.n_items % BLOCK_ITEMS;
                if place == 0 {
                    words.extend([start, 0, 0]);
                }
                let block = words.len() - BLOCK_WORDS;
                words[block + 1 + place / 8] |= (len as u64) << (place % 8 * 8);
            }
            Places::Ends(ends) => ends.to_mut().push(self.end),
        }
        self.n_items += 1;
    }

    /// How many items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n_items
    }

    /// How far the items reach.
    pub(super) fn end(&self) -> usize {
        self.end as usize
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n_items == 0
    }

    /// Where an item lies.
    #[inline]
    #[must_use]
    pub fn span(&self, item: usize) -> Range<usize> {
        match &self.places {
            Places::Blocks(words) => {
                let block = &words[item / BLOCK_ITEMS * BLOCK_WORDS..][..BLOCK_WORDS];
                let lens = u128::from(block[1]) | u128::from(block[2]) << 64;
                let shift = item % BLOCK_ITEMS * 8;
                let start = block[0] as usize + sum_of_bytes(lens & !(u128::MAX << shift));
                start..start + usize::from((lens >> shift) as u8)
            }
            Places::Ends(ends) => {
                let start = item.checked_sub(1).map_or(0, |before| ends[before]);
                start as usize..ends[item] as usize
            }
        }
    }

    /// Fetches where an item lies.
    #[inline]
    pub(super) fn prefetch(&self, item: usize) {
        match &self.places {
            Places::Blocks(words) => {
                let block = item / BLOCK_ITEMS * BLOCK_WORDS;
                prefetch(words, block);
                prefetch(words, block + BLOCK_WORDS - 1);
            }
            Places::Ends(ends) => prefetch(ends, item),
        }
    }

    /// Calls `op` with each of these items' places in turn: the item, its start, its length.
    pub(super) fn each(&self, items: Range<usize>, mut op: impl FnMut(usize, usize, usize)) {
        if items.is_empty() {
            return;
        }
        let mut start = self.span(items.start).start;
        match &self.places {
            Places::Blocks(words) => {
                for block in items.start / BLOCK_ITEMS..=(items.end - 1) / BLOCK_ITEMS {
                    let first = block * BLOCK_ITEMS;
                    let lens = [words[block * BLOCK_WORDS + 1], words[block * BLOCK_WORDS + 2]];
                    for item in items.start.max(first)..items.end.min(first + BLOCK_ITEMS) {
                        let place = item - first;
                        let len = usize::from((lens[place / 8] >> (place % 8 * 8)) as u8);
                        op(item, start, len);
                        start += len;
                    }
                }
            }
            Places::Ends(ends) => {
                for item in items {
                    let end = ends[item] as usize;
                    op(item, start, end - start);
                    start = end;
                }
            }
        }
    }

    /// The item that has `at` within, which must be one of `items`, and its end. Cost: a binary search, unless it is near the
    /// first.
    #[must_use]
    pub fn holder(&self, items: Range<usize>, at: usize) -> (usize, usize) {
        match &self.places {
            Places::Blocks(words) => {
                let begins = |block: usize| words[block * BLOCK_WORDS] as usize;
                let (mut low, mut high) = (items.start / BLOCK_ITEMS, (items.end - 1) / BLOCK_ITEMS);
                if low < high && begins(low + 1) > at {
                    high = low;
                }
                while low < high {
                    let middle = low + (high - low).div_ceil(2);
                    if begins(middle) <= at { low = middle } else { high = middle - 1 }
                }
                let block = &words[low * BLOCK_WORDS..][..BLOCK_WORDS];
                let lens = block[1..].iter().flat_map(|lens| lens.to_le_bytes());
                let (mut item, mut end) = (low * BLOCK_ITEMS, begins(low));
                for len in lens {
                    end += usize::from(len);
                    if end > at {
                        break;
                    }
                    item += 1;
                }
                (item, end)
            }
            Places::Ends(ends) => {
                let item = items.start + ends[items].partition_point(|end| *end as usize <= at);
                (item, ends[item] as usize)
            }
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        match &mut self.places {
            Places::Blocks(words) | Places::Ends(words) => words.to_mut().shrink_to_fit(),
        }
    }

    /// Whether spans that were read can be ones: each item lies after the one before, the last up to `end`.
    ///
    /// Cost: one pass.
    #[must_use]
    pub fn is_sound(&self, end: usize) -> bool {
        let items_end = match &self.places {
            Places::Blocks(words) => {
                if words.len() != self.n_items.div_ceil(BLOCK_ITEMS) * BLOCK_WORDS {
                    return false;
                }
                let (blocks, _) = words.as_chunks::<BLOCK_WORDS>();
                blocks.iter().try_fold(0, |before, &[start, low, high]| {
                    let len = sum_of_bytes(u128::from(low) | u128::from(high) << 64);
                    (start == before).then(|| before + len as u64)
                })
            }
            Places::Ends(ends) => {
                (ends.len() == self.n_items && ends.is_sorted()).then(|| ends.last().copied().unwrap_or(0))
            }
        };
        self.end == end as u64 && items_end == Some(self.end)
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        match &self.places {
            Places::Blocks(words) | Places::Ends(words) => words.size_bytes(),
        }
    }
}

/// The sum of sixteen bytes, without a branch.
fn sum_of_bytes(bytes: u128) -> usize {
    const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
    let pairs = |word: u64| (word & EVEN) + (word >> 8 & EVEN);
    let fours = pairs(bytes as u64) + pairs((bytes >> 64) as u64);
    // The product's upper sixteen bits are the sum of all four lanes: at most 4,080.
    (fours.wrapping_mul(0x0001_0001_0001_0001) >> 48) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spans of these lengths, held against ends that are added up.
    fn check(lens: &[usize]) -> Spans {
        let mut spans = Spans::default();
        lens.iter().for_each(|len| spans.push(*len));
        assert_eq!((spans.len(), spans.is_empty()), (lens.len(), lens.is_empty()));
        let mut start = 0;
        for (item, len) in lens.iter().enumerate() {
            assert_eq!(spans.span(item), start..start + len);
            for at in start..start + len {
                assert_eq!(spans.holder(0..lens.len(), at), (item, start + len));
                assert_eq!(spans.holder(item..lens.len(), at), (item, start + len));
            }
            start += len;
        }
        for first in [0, 1, 17] {
            let mut seen = Vec::new();
            spans.each(first..lens.len(), |item, start, len| seen.push((item, start..start + len)));
            let expected: Vec<_> = (first..lens.len()).map(|item| (item, spans.span(item))).collect();
            assert_eq!(seen, expected);
        }
        spans
    }

    #[test]
    fn places_are_those_of_added_lengths() {
        let short: Vec<usize> = (0..100).map(|item| item * 37 % 256).collect();
        assert!(matches!(check(&short).places, Places::Blocks(_)));
        assert!(matches!(check(&[255; 40]).places, Places::Blocks(_)));
        // A run of empty items longer than a block.
        let sparse: Vec<usize> = (0..100).map(|item| usize::from(item % 40 == 39)).collect();
        check(&sparse);
    }

    #[test]
    fn a_long_item_makes_them_wide() {
        let mut lens: Vec<usize> = (0..50).map(|item| item % 7).collect();
        lens[33] = 256;
        assert!(matches!(check(&lens).places, Places::Ends(_)));
    }
}

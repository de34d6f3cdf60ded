//! [`Codes`]: codes of texts in as few bytes as hold the largest.

use std::ops::Range;

use super::CodeSet;
use super::planes::Planes;
use super::stored::stored;

/// Codes in as few bytes as hold the largest.
#[derive(Debug, Clone)]
pub(super) enum Codes {
    /// They count up from this one: of a column of keys, whose codes are its rows.
    From(u32),
    Planes(Planes),
}

stored!(enum Codes { 0 => From(first), 1 => Planes(planes) });

impl Codes {
    /// These codes, each below `n_codes`.
    pub(super) fn of(codes: &[u32], n_codes: usize) -> Self {
        Self::Planes(Planes::of_names(codes, n_codes.saturating_sub(1) as u64))
    }

    pub(super) fn get(&self, at: usize) -> u32 {
        match self {
            Self::From(first) => first + at as u32,
            Self::Planes(planes) => planes.get(at as u32) as u32,
        }
    }

    /// Fetches the code of a place.
    pub(super) fn prefetch(&self, at: usize) {
        if let Self::Planes(planes) = self {
            planes.prefetch(at);
        }
    }

    /// A bit for each of these places, of which the first is a multiple of 64: whether its code is in.
    ///
    /// Cost: of few stretches of codes a comparison a place, many at a time, else a look-up a place.
    pub(super) fn select(&self, wanted: &CodeSet, places: Range<usize>) -> Vec<u64> {
        match self {
            Self::From(first) => {
                let mut words = vec![0; places.len().div_ceil(64)];
                let is_in = |at: &usize| wanted.contains(first + (places.start + at) as u32);
                (0..places.len()).filter(is_in).for_each(|at| words[at / 64] |= 1 << (at % 64));
                words
            }
            Self::Planes(planes) => {
                let rows = places.start as u32..places.end as u32;
                match wanted.stretches() {
                    Some(stretches) => planes.select(stretches, rows),
                    None => {
                        planes.select_where(rows, wanted.iter().map(u64::from), |code| wanted.contains(code as u32))
                    }
                }
            }
        }
    }

    /// Whether codes that were read can be so many of a dictionary of `n_codes` texts.
    pub(super) fn is_sound(&self, n: usize, n_codes: usize) -> bool {
        match self {
            Self::From(first) => (*first as usize).checked_add(n).is_some_and(|end| end <= n_codes),
            Self::Planes(planes) => {
                u32::try_from(n).is_ok_and(|n| planes.is_sound(n)) && (n == 0 || planes.largest() < n_codes as u64)
            }
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::From(_) => 0,
            Self::Planes(planes) => planes.size_bytes(),
        }
    }
}

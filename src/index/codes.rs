//! [`Codes`]: codes of texts in as few bytes as hold the largest.

use super::Array;
use super::stored::stored;

/// Codes in as few bytes as hold the largest.
#[derive(Debug, Clone)]
pub(super) enum Codes {
    /// All are 0.
    Zero,
    /// They count up from this one: of a column of keys, whose codes are its rows.
    From(u32),
    U8(Array<u8>),
    U16(Array<u16>),
    U32(Array<u32>),
}

stored!(enum Codes { 0 => Zero, 1 => From(first), 2 => U8(codes), 3 => U16(codes), 4 => U32(codes) });

impl Codes {
    /// The codes, each below `n_codes`, so that each cast keeps its value.
    pub(super) fn of(codes: impl Iterator<Item = u32>, n_codes: usize) -> Self {
        match n_codes {
            0..=1 => Self::Zero,
            2..=0x100 => Self::U8(codes.map(|it| it as u8).collect()),
            0x101..=0x1_0000 => Self::U16(codes.map(|it| it as u16).collect()),
            _ => Self::U32(codes.collect()),
        }
    }

    pub(super) fn get(&self, at: usize) -> u32 {
        match self {
            Self::Zero => 0,
            Self::From(first) => first + at as u32,
            Self::U8(codes) => u32::from(codes[at]),
            Self::U16(codes) => u32::from(codes[at]),
            Self::U32(codes) => codes[at],
        }
    }

    /// Whether codes that were read can be so many of a dictionary of `n_codes` texts. Cost: one pass.
    pub(super) fn is_sound(&self, n: usize, n_codes: usize) -> bool {
        match self {
            Self::Zero => n == 0 || n_codes > 0,
            Self::From(first) => (*first as usize).checked_add(n).is_some_and(|end| end <= n_codes),
            Self::U8(codes) => are_below(codes, n, n_codes),
            Self::U16(codes) => are_below(codes, n, n_codes),
            Self::U32(codes) => are_below(codes, n, n_codes),
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::Zero | Self::From(_) => 0,
            Self::U8(codes) => codes.size_bytes(),
            Self::U16(codes) => codes.size_bytes(),
            Self::U32(codes) => codes.size_bytes(),
        }
    }
}

/// Whether these are `n` codes of a dictionary of `n_codes` texts.
fn are_below<T: Copy + Into<u32>>(codes: &[T], n: usize, n_codes: usize) -> bool {
    // PERF: a largest code is found many at a time, a first wrong one isn't.
    let largest = codes.iter().fold(0, |largest, code| (*code).into().max(largest));
    codes.len() == n && (codes.is_empty() || (largest as usize) < n_codes)
}

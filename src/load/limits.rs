//! [`Limits`]: what a file may claim before anything is allocated for it.

use std::fmt;

/// Rows that a file may claim whatever its size, and values that lists in a row group may.
pub(super) const FREE_ROWS: u64 = 1 << 21;
/// Bytes that a column chunk may claim whatever its stored size.
pub(super) const FREE_CHUNK_BYTES: u64 = 256 << 20;
/// Bytes that a page may claim whatever its stored size.
pub(super) const FREE_PAGE_BYTES: u64 = 16 << 20;

/// What a file may claim before anything is allocated for it. Beyond that it is refused.
///
/// The defaults are far from what any writer does: its footers have some 100 bytes a column of a row group, its pages a
/// megabyte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a footer; what is made of it takes some ten times that.
    pub footer_bytes: u64,
    /// Bytes of a page, decompressed.
    pub page_bytes: u64,
    /// Bytes that a stored byte may become: of a page beyond the first 16 MiB, of a column chunk beyond 256 MiB.
    pub bytes_per_byte: u64,
    /// Rows, or values of lists, that a stored byte may stand for, beyond the first 2^21: a column of a million nulls takes
    /// some 150 bytes, its share of the footer included.
    pub rows_per_byte: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { footer_bytes: 32 << 20, page_bytes: 256 << 20, bytes_per_byte: 1_000, rows_per_byte: 4_000 }
    }
}

/// Which of the [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::footer_bytes`].
    FooterBytes,
    /// [`Limits::page_bytes`].
    PageBytes,
    /// [`Limits::bytes_per_byte`].
    BytesPerByte,
    /// [`Limits::rows_per_byte`].
    RowsPerByte,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::FooterBytes, Self::PageBytes, Self::BytesPerByte, Self::RowsPerByte];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FooterBytes => "footer_bytes",
            Self::PageBytes => "page_bytes",
            Self::BytesPerByte => "bytes_per_byte",
            Self::RowsPerByte => "rows_per_byte",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a file isn't decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It contradicts itself or its format.
    Damaged(String),
    /// It claims more than is taken.
    Beyond {
        /// What it claims, in words.
        claim: String,
        limit: Limit,
        /// What the limit is.
        at: u64,
        /// What it would have to be.
        needed: u64,
    },
}

impl Refusal {
    pub(super) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged(reason.into())
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Damaged(reason)
    }
}

impl Limits {
    /// The value of one.
    #[must_use]
    pub const fn get(&self, limit: Limit) -> u64 {
        match limit {
            Limit::FooterBytes => self.footer_bytes,
            Limit::PageBytes => self.page_bytes,
            Limit::BytesPerByte => self.bytes_per_byte,
            Limit::RowsPerByte => self.rows_per_byte,
        }
    }

    /// Changes one.
    pub const fn set(&mut self, limit: Limit, value: u64) {
        match limit {
            Limit::FooterBytes => self.footer_bytes = value,
            Limit::PageBytes => self.page_bytes = value,
            Limit::BytesPerByte => self.bytes_per_byte = value,
            Limit::RowsPerByte => self.rows_per_byte = value,
        }
    }

    /// Whether `what` may claim so many bytes.
    pub(super) fn size(&self, limit: Limit, what: &str, claimed: u64) -> Result<(), Refusal> {
        if claimed <= self.get(limit) {
            return Ok(());
        }
        Err(Refusal::Beyond {
            claim: format!("{what} claims {claimed} bytes"),
            limit,
            at: self.get(limit),
            needed: claimed,
        })
    }

    /// Whether `stored` bytes may claim to stand for so much beyond what is free.
    pub(super) fn share(&self, limit: Limit, what: &str, stored: u64, claimed: u64, free: u64) -> Result<(), Refusal> {
        let needed = claimed.checked_div(stored).unwrap_or(u64::MAX);
        if claimed <= free || needed <= self.get(limit) {
            return Ok(());
        }
        Err(Refusal::Beyond {
            claim: format!("{stored} bytes claim to hold {claimed} {what}"),
            limit,
            at: self.get(limit),
            needed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_a_limit_passes_and_one_more_does_not() {
        let limits = Limits { page_bytes: 100, bytes_per_byte: 10, ..Limits::default() };
        assert_eq!(limits.size(Limit::PageBytes, "a page", 100), Ok(()));
        let claim = "a page claims 101 bytes".to_owned();
        let beyond = Refusal::Beyond { claim, limit: Limit::PageBytes, at: 100, needed: 101 };
        assert_eq!(limits.size(Limit::PageBytes, "a page", 101), Err(beyond));
        assert_eq!(limits.share(Limit::BytesPerByte, "bytes", 5, 54, 0), Ok(()));
        assert!(limits.share(Limit::BytesPerByte, "bytes", 5, 55, 0).is_err());
        assert_eq!(limits.share(Limit::BytesPerByte, "bytes", 5, 55, 55), Ok(()));
        assert!(limits.share(Limit::BytesPerByte, "bytes", 0, 1, 0).is_err());
        let mut set = Limits::default();
        for limit in Limit::ALL {
            set.set(limit, 7);
            assert_eq!(set.get(limit), 7, "{limit}");
        }
    }
}

//! Sizes and limits on the command line.

use crate::engine::Limit;

/// Reads a whole number, alone or in units of 1024 to some power: `1000000`, `64K`, `256M`, `2G`, `1T`.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.char_indices().next_back() {
        Some((at, 'K' | 'k')) => (&text[..at], 10),
        Some((at, 'M' | 'm')) => (&text[..at], 20),
        Some((at, 'G' | 'g')) => (&text[..at], 30),
        Some((at, 'T' | 't')) => (&text[..at], 40),
        Some(_) | None => (text, 0),
    };
    let number: u64 =
        digits.parse().map_err(|_| "expected a whole number, such as 1000000, 64K, 256M or 2G".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "larger than any limit can be".to_owned())
}

/// Reads one limit, as `page_bytes=1G`.
pub(super) fn parse_limit(text: &str) -> Result<(Limit, u64), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "expected NAME=N, such as page_bytes=1G".to_owned())?;
    let limit = Limit::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| {
        let names = Limit::ALL.map(Limit::name);
        format!("no limit is called `{name}`; there are {}", names.join(", "))
    })?;
    Ok((limit, parse(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse("1000"), Ok(1000));
        assert_eq!(parse("2K"), Ok(2048));
        assert_eq!(parse("1g"), Ok(1 << 30));
        assert_eq!(parse("3T"), Ok(3 << 40));
        for wrong in ["", "K", "-1", "1.5G", "1GB", "16777216T", "99999999999999999999"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_limit("page_bytes=1M"), Ok((Limit::PageBytes, 1 << 20)));
        assert!(parse_limit("pages=1").unwrap_err().contains("rows_per_byte"));
        assert!(parse_limit("page_bytes").is_err());
    }
}

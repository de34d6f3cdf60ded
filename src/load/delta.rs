//! How many lengths a page of delta-encoded texts claims to hold.
//!
//! The decoder makes room for as many as the body says, and fills it from no bytes at all where all are alike: 20 bytes
//! would be 8 GiB.

use parquet::basic::Encoding;

use super::thrift::varint;

/// Whether an encoding has the lengths of all its values before them.
pub(super) fn is_of_lengths(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY)
}

/// Whether the values of a page begin as their encoding has it, with at most `max_values` of them; true of encodings that
/// claim nothing of the sort.
#[expect(clippy::wildcard_enum_match_arm, reason = "only two of Parquet's encodings hold lengths")]
pub(super) fn is_possible(encoding: Encoding, values: &[u8], max_values: usize) -> bool {
    match encoding {
        // The decoder makes no room for what isn't there.
        _ if values.is_empty() => true,
        Encoding::DELTA_LENGTH_BYTE_ARRAY => end(values, max_values).is_some(),
        Encoding::DELTA_BYTE_ARRAY => {
            let suffixes = end(values, max_values).and_then(|end| values.get(end..));
            suffixes.is_some_and(|it| end(it, max_values).is_some())
        }
        _ => true,
    }
}

/// Where a run of at most `max_values` packed numbers ends.
fn end(bytes: &[u8], max_values: usize) -> Option<usize> {
    let mut at = 0;
    let mut number = || -> Option<usize> {
        let (number, len) = varint(bytes.get(at..)?)?;
        at += len;
        usize::try_from(number).ok()
    };
    let (block_values, n_minis, n_values) = (number()?, number()?, number()?);
    // The first value.
    number()?;
    if n_values > max_values || n_minis == 0 || n_minis > bytes.len() {
        return None;
    }
    let mini_values = block_values / n_minis;
    let mut left = n_values.saturating_sub(1);
    if mini_values == 0 && left > 0 {
        return None;
    }
    while left > 0 {
        // The least delta, then a width for each part of the block, then the parts.
        at += varint(bytes.get(at..)?)?.1;
        let widths = bytes.get(at..at.checked_add(n_minis)?)?;
        at += n_minis;
        for width in widths {
            // What stands for parts that no value needs is of no meaning.
            if left > 0 {
                at = usize::from(*width).checked_mul(mini_values).and_then(|bits| at.checked_add(bits / 8))?;
            }
            left = left.saturating_sub(mini_values);
        }
    }
    (at <= bytes.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 129 values, all alike: blocks of 128 in 4 parts; the first value 0; one block, of deltas that take no bits.
    const ALIKE: [u8; 11] = [0x80, 0x01, 0x04, 0x81, 0x01, 0x00, 0x00, 0, 0, 0, 0];

    #[test]
    fn a_body_claims_no_more_than_its_page_has() {
        let lengths = Encoding::DELTA_LENGTH_BYTE_ARRAY;
        assert!(is_possible(lengths, &ALIKE, 129));
        assert!(!is_possible(lengths, &ALIKE, 128));
        assert!(!is_possible(lengths, &ALIKE[..10], 129));
        // 2^31 - 1 of them.
        let mut forged = ALIKE.to_vec();
        forged.splice(3..5, [0xff, 0xff, 0xff, 0xff, 0x07]);
        assert!(!is_possible(lengths, &forged, 129));
        let both = [ALIKE, ALIKE].concat();
        assert!(is_possible(Encoding::DELTA_BYTE_ARRAY, &both, 129));
        assert!(!is_possible(Encoding::DELTA_BYTE_ARRAY, &ALIKE, 129));
        assert!(!is_possible(Encoding::DELTA_BYTE_ARRAY, &[&ALIKE[..], &forged].concat(), 129));
        assert!(is_possible(Encoding::PLAIN, &forged, 0));
        // Two values, the second in a part of 32 numbers of 8 bits.
        let mut wide = vec![0x80, 0x01, 0x04, 0x02, 0x00, 0x00, 8, 0, 0, 0];
        wide.extend([1; 32]);
        assert_eq!(end(&wide, 2), Some(42));
        assert_eq!(end(&wide[..41], 2), None);
    }
}

//! [`hex`]: bytes as digits.

/// Bytes as hexadecimal digits, two a byte, in lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

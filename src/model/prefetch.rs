//! [`prefetch`]: memory asked for before it is read.

/// Has the processor fetch what lies at a place of a slice, and goes on: a hint, which reads nothing and waits for nothing.
///
/// PERF: loads that are under way hold up the instructions after them, a dozen or two at a time; fetches don't, so that
/// looking up many keys takes half the time (Chen, Ailamaki, Gibbons, Mowry: "Improving Hash Join Performance through
/// Prefetching", ICDE 2004). Nothing on processors for which Rust has no such instruction.
#[inline(always)]
pub(crate) fn prefetch<T>(slice: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the instruction takes an address")]
    // SAFETY: an address beyond the slice is not read either, and no address faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

        _mm_prefetch::<_MM_HINT_T0>(slice.as_ptr().wrapping_add(at).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, at);
}

//! Filters as the rule trees that react-querybuilder edits, and back: `{"combinator":"and","not":false,"rules":[…]}`.
//!
//! What has no form there travels in place as `{"dsl":"…"}`. The platform's flat list of filters is read as well.
//!
//! Invariant: a tree that [`to_json`] made comes back as it was; a filter comes back as the same tree but for brackets
//! and quotes that say nothing. Groups nest at most [`MAX_GROUPS`] deep, so that recursion is bounded both ways.

mod literal;
mod operators;
mod read;
mod write;

pub use read::from_json;
pub use write::to_json;

/// Groups within groups; what nests deeper is written as `{"dsl":"…"}`. JSON's own limit is 127 levels, two for a group.
pub const MAX_GROUPS: usize = 62;
/// Bytes of a rule tree, which is far wordier than its sentence.
pub const MAX_JSON_BYTES: usize = 16 << 20;

//! Floor 1: from text to tree. The only home of pest; `grammar/segql.pest` is the single source of syntax.

pub mod ast;

/// Brackets and `not` along one path of a sentence.
pub const MAX_DEPTH: usize = 64;
/// Bytes of a sentence or a file of definitions.
pub const MAX_TEXT_BYTES: usize = 1 << 20;
/// Conditions of a sentence, those of the segments it names included.
pub const MAX_CONDITIONS: usize = 10_000;
/// Values of a list in brackets.
pub const MAX_LIST_VALUES: usize = 100_000;

/// Shim until the parser is merged.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenDefinition {
    /// The tag.
    pub tag: Option<ast::Name>,
    /// The display name.
    pub display: Option<ast::Text>,
    /// What is wrong.
    pub diagnostics: Vec<crate::model::Diagnostic>,
}

/// Shim until the parser is merged.
#[must_use]
pub fn parse_definitions(
    _text: &str,
    _source: crate::model::SourceId,
) -> Vec<Result<ast::Definition, BrokenDefinition>> {
    Vec::new()
}

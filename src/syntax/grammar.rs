//! The generated parser; `grammar/segql.pest` says what it reads.

use pest_derive::Parser;

/// The parser that pest makes of the grammar; [`Rule`] names its rules.
#[derive(Parser)]
#[grammar = "grammar/segql.pest"]
pub(super) struct Grammar;

/// A node of the parse tree.
pub(super) type Node<'t> = pest::iterators::Pair<'t, Rule>;

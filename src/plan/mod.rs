//! Floor 3: from what was written to what will run.
//!
//! [`resolve`] turns a [`crate::syntax::ast::Query`] into a [`Prepared`] plan against one book: names
//! become ids, literals become keys of the column's type, windows become ranges of instants by the
//! query's one clock. Everything that can be wrong with a sentence is found here, all at once;
//! what is left cannot fail but by a sum past 18 digits.
//!
//! The null rule of the language: each [`Plan`] leaf is a positive condition that a missing value
//! fails; every negative form is [`Plan::Not`] of its positive twin.

mod tree;
// further modules of the resolver stand here

pub use tree::{
    Aggregate, Answer, ConditionId, Export, FieldRef, GroupBy, Measure, OrderBy, Plan, Predicate, Prepared, Records,
    Sample, SampleSize, Save, SequencePlan, SequenceStep, Subset, TextTest, Top, ValueTest, Within,
};

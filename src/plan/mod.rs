//! Floor 3: from what was written to what will run.
//!
//! [`resolve`] turns a [`crate::syntax::ast::Query`] into a [`Prepared`] plan against one book: names
//! become ids, literals become keys of the column's type, windows become ranges of instants by the
//! query's one clock. Everything that can be wrong with a sentence is found here, all at once;
//! what is left cannot fail but by a sum past 18 digits.
//!
//! The null rule of the language: each [`Plan`] leaf is a positive condition that a missing value
//! fails; every negative form is [`Plan::Not`] of its positive twin.
//!
//! | module | resolves |
//! |---|---|
//! | `resolve` | the sentence as a whole |
//! | `conditions` | `and`, `or`, `not`, and what a single condition is about |
//! | `scope` | names of fields, against contacts, visitors or a kind of record |
//! | `fields` | the test of a field or total, by its type |
//! | `text`, `patterns`, `numbers`, `dates`, `anniversaries`, `stages` | the values of one type |
//! | `records`, `happenings`, `totals` | what records say |
//! | `segments`, `references` | saved segments, and the sentences that name them |
//! | `lists` | list files |
//! | `steps` | what stands after `\|` |
//! | `outline` | a filter condition by condition |
//! | `parts` | a filter as a tree of its words, segments opened |
//! | `sense` | what a definition can't mean: never, always, said twice |
//! | `notes` | what is worth knowing about a sentence that is right |

mod anniversaries;
mod build;
mod conditions;
mod dates;
mod fields;
mod happenings;
mod lists;
mod notes;
mod numbers;
mod outline;
mod parts;
mod patterns;
mod print;
mod records;
mod references;
mod resolve;
mod scope;
mod segments;
mod sense;
mod stages;
mod steps;
mod text;
mod totals;
mod tree;

pub(crate) use parts::{Form, Part, Parts, parts};
pub(crate) use print::Printer;
pub use print::print;
pub use resolve::{ReadList, ResolveContext, resolve};
pub use scope::find_field;
pub use segments::{Segment, SegmentFile, Segments};
pub use sense::{Finding, FindingKind, Proof, Subject, check};
pub use tree::{
    Aggregate, Answer, ConditionId, Export, FieldRef, GroupBy, MeanBound, Measure, OrderBy, Plan, Predicate, Prepared,
    Records, Sample, SampleSize, Save, SequencePlan, SequenceStep, Subset, TextTest, Top, ValueTest, Within,
};

//! The fuzz targets, with what of the tests they need: random books and filters, and the naive evaluator.
#![expect(clippy::unwrap_used, reason = "what fails is to be found")]

#[path = "../it/image_file.rs"]
pub mod image_file;
#[path = "../it/oracle/mod.rs"]
pub mod oracle;
#[path = "../it/random/mod.rs"]
pub mod random;
#[path = "../it/raw.rs"]
pub mod raw;
#[path = "targets/mod.rs"]
pub mod targets;
#[path = "../it/value.rs"]
pub mod value;

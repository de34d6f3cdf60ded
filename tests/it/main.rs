//! One test binary: goldens, laws over random books, the shared cases, the floors of the house.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panics and tell what they do"
)]

mod alternatives;
#[cfg(feature = "cli")]
mod batch;
mod cases;
#[cfg(feature = "cli")]
mod cli;
#[cfg(all(unix, feature = "cli"))]
mod desk;
#[cfg(feature = "cli")]
mod explain;
mod explained;
mod faults;
mod floors;
mod forms;
mod fuzz;
mod glance;
mod golden;
mod image;
mod image_file;
#[cfg(feature = "cli")]
mod insight;
mod laws;
mod manifest;
mod mutations;
mod oracle;
mod people;
mod random;
mod raw;
mod read;
mod reference;
mod sense;
mod soak;
mod sql;
mod subject;
mod value;

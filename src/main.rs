//! The `segql` command.

fn main() {}

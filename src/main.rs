//! The `segql` command: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    segql::cli::main()
}

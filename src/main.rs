//! The `loadline` program: arguments in, an exit code out. All else is the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    loadline::cli::main()
}

//! What is said when loadline itself is at fault: no stack trace, but all that a report needs.

use std::io::Write;
use std::panic::{self, PanicHookInfo, UnwindSafe};

use super::failure::Exit;

/// Runs `program`; a panic in it becomes an apology and the exit code for faults of our own.
pub(super) fn guard(program: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    panic::set_hook(Box::new(|panic| {
        let arguments: Vec<String> = std::env::args_os()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        // Nowhere is left to say that this failed.
        std::io::stderr().write_all(apology(panic, &arguments).as_bytes()).ok();
    }));
    panic::catch_unwind(program).unwrap_or(Exit::Ours)
}

fn apology(panic: &PanicHookInfo<'_>, arguments: &[String]) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let message = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = panic.location().map(|location| format!(" at {location}"));
    format!(
        "\nSorry: this is a fault of loadline, not of your spec.\n\
         Please report it at {}/issues with the spec, if you may share it, and these lines:\n\n  \
         loadline {} on {}\n  {}\n  {}{}\n",
        env!("CARGO_PKG_REPOSITORY"),
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        arguments.join(" "),
        message.unwrap_or("no message"),
        place.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_with_the_exit_code_of_our_own_faults() {
        let kept = panic::take_hook();
        let exit = guard(|| panic!("a subnet was lost"));
        panic::set_hook(kept);
        assert_eq!(exit, Exit::Ours);
    }
}

//! Arguments → an answer or the screen → exit code; nothing else.

use rolecall::cli::{self, Outcome};
use rolecall::tui;

fn main() -> std::process::ExitCode {
    // Whatever this process creates is for this user alone, side files of the database included.
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
    match cli::main(std::env::args_os(), tui::config::in_force) {
        Outcome::Done(code) => code.into(),
        Outcome::Open(opening) => {
            let cli::Opening { session, demo, theme, ascii, mouse, presents, plan } = *opening;
            tui::run(session, tui::Options { demo, theme, ascii, mouse, presents, plan, verbs: cli::verbs })
                .unwrap_or_else(|error| cli::failed(&error))
                .into()
        }
    }
}

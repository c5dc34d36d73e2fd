//! Arguments → an answer or the screen → exit code; nothing else.

use std::io::Write;

use rolecall::cli::{self, Outcome};

fn main() -> std::process::ExitCode {
    // Whatever this process creates is for this user alone, side files of the database included.
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
    match cli::main(std::env::args_os()) {
        Outcome::Done(code) => code.into(),
        Outcome::Open(_opening) => {
            let _ = writeln!(std::io::stderr(), "rolecall: this build has no screens yet");
            4.into()
        }
    }
}

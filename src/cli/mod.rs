//! The command line: arguments in, answers and exit codes out.
//!
//! One file a verb family in `verbs`; `print` knows the formats, `exit` the exit
//! codes, `session` the workspace, the clock and the actor, `receipt` what a change prints,
//! `sent` what goes out with it, `file` how files are written.
//! Answers go to stdout, everything else to stderr. This room writes through commands
//! alone and knows nothing of screens: it says which file to open and leaves.

mod args;
mod exit;
mod file;
mod print;
mod receipt;
mod sent;
mod session;
mod shown;
mod verbs;

use std::ffi::OsString;
use std::time::SystemTime;

use clap::Parser;

use crate::command::Actor;
use crate::store::Store;

/// What is left to do after the arguments were read.
pub enum Outcome {
    /// Nothing: the answer is printed, this is the exit code.
    Done(u8),
    /// To show the screens.
    Open(Box<Opening>),
}

/// What the screens are opened with.
pub struct Opening {
    pub store: Store,
    pub actor: Actor,
    /// The sample agency, not the user's own workspace.
    pub demo: bool,
    /// Somebody vouches for the machine's clock.
    pub clock_is_right: bool,
    /// `dark`, `light`, `mono`, or what the terminal says.
    pub theme: Option<String>,
    /// Shapes in ASCII only.
    pub ascii: bool,
}

impl From<u8> for Outcome {
    fn from(code: u8) -> Outcome {
        Outcome::Done(code)
    }
}

/// Says what went wrong on the screens and gives the exit code.
pub fn failed(error: &anyhow::Error) -> u8 {
    exit::report(error)
}

/// Reads the arguments, answers, and says what is left to do.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Outcome {
    let cli = match args::Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return Outcome::Done(exit::misread(&error)),
    };
    let mut out = print::Out::new(&cli.globals);
    // Not `Utc::now`, which breaks off where the clock stands before 1970.
    let clock = crate::domain::time::micros(SystemTime::now().into());
    let start = session::Start::new(cli.globals, clock);
    let answer = match cli.verb {
        Some(verb) => verb.run(&start, &mut out),
        None => start.open_screens(),
    };
    let printed = out.flush();
    match answer.and_then(|outcome| printed.map(|()| outcome)) {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Done(exit::report(&error)),
    }
}

//! The command line: arguments in, answers and exit codes out.
//!
//! One file a verb family in `verbs`; `print` knows the formats, `exit` the exit
//! codes, `session` the workspace, the clock and the actor, `receipt` what a change prints,
//! `sent` what goes out with it, `file` how files are written, `token` how a token is given.
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
mod token;
mod verbs;

use std::ffi::OsString;
use std::time::SystemTime;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use clap::{CommandFactory, Parser};

use crate::command::Actor;
use crate::domain::time;
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

/// The tree of verbs with their arguments.
pub fn program() -> clap::Command {
    args::Cli::command()
}

/// Reads the arguments, answers, and says what is left to do.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Outcome {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(error) = args::repeated(&args) {
        return Outcome::Done(exit::misread(&error));
    }
    let cli = match args::Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return Outcome::Done(exit::misread(&error)),
    };
    let mut out = print::Out::new(&cli.globals);
    let answer = begin(cli.globals).and_then(|start| match cli.verb {
        Some(verb) => verb.run(&start, &mut out),
        None => start.open_screens(),
    });
    let printed = out.flush();
    match (answer, printed) {
        (Ok(outcome), Ok(())) => outcome,
        // The code is the answer's, also where nobody waited for its words.
        (Ok(outcome), Err(error)) if error.is::<print::Enough>() => outcome,
        (Ok(outcome), Err(error)) => exit::unheard(&out, &error).unwrap_or(outcome),
        (Err(error), _) => Outcome::Done(exit::report(&error)),
    }
}

/// Reads the clock, and sees that the machine gives what every run needs.
fn begin(globals: args::Globals) -> Result<session::Start> {
    let clock = instant(SystemTime::now())?;
    getrandom::fill(&mut [0; 8]).context("this machine gives no random numbers, without which links could be guessed")?;
    Ok(session::Start::new(globals, clock))
}

fn instant(now: SystemTime) -> Result<DateTime<Utc>> {
    let stands = time::micros(now.into());
    if now < SystemTime::UNIX_EPOCH {
        anyhow::bail!("this machine's clock stands at {}, before 1970: nothing can be dated by it; set the clock", stands.to_rfc3339());
    }
    Ok(stands)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_before_1970_is_said_in_a_sentence() {
        let error = instant(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).unwrap_err().to_string();
        assert!(error.starts_with("this machine's clock stands at 1969-12-31"), "{error}");
        assert!(instant(SystemTime::UNIX_EPOCH).is_ok());
    }
}

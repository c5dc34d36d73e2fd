//! Exit codes, and how an error becomes one.

use std::fmt;
use std::io::{self, Write};

use super::Outcome;
use super::print::{Enough, Out};
use crate::command::{Error, Refusal};
use crate::domain::suggest::{Ambiguous, Unknown};
use crate::domain::text::display_lines;
use crate::store::in_words;

/// Yes, or done.
pub(super) const YES: u8 = 0;
/// No, findings, differences.
pub(super) const NO: u8 = 1;
/// Wrong usage or an unknown name.
pub(super) const USAGE: u8 = 2;
/// Refused by a rule.
pub(super) const REFUSED: u8 = 3;
/// Something broke: file, disk, database.
pub(super) const BROKEN: u8 = 4;

/// A sentence that ends the run without anything being broken.
#[derive(Debug)]
pub(super) enum Stop {
    /// The words on the command line or in the input are off.
    Usage(String),
    /// The words are fine, a rule is against it.
    Refused(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Usage(sentence) | Stop::Refused(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for Stop {}

/// An error of usage, for `?`.
pub(super) fn usage(sentence: impl Into<String>) -> anyhow::Error {
    Stop::Usage(sentence.into()).into()
}

/// Says what went wrong and gives the exit code. A reader that has seen enough is no error.
pub(super) fn report(error: &anyhow::Error) -> u8 {
    if error.is::<Enough>() {
        return YES;
    }
    // A terminal that has gone must not turn a message into a panic.
    let _ = writeln!(io::stderr(), "rolecall: {}", display_lines(&in_words(error)));
    code(error)
}

/// Where the answer did not get out. What was saved is, and says so with the answer on stderr: whoever
/// took the error for a failure would do it twice.
pub(super) fn unheard(out: &Out, error: &anyhow::Error) -> Option<Outcome> {
    let Some(head) = out.saved else { return Some(Outcome::Done(report(error))) };
    let mut stderr = io::stderr();
    let _ = writeln!(stderr, "rolecall: it was saved, as entry {}; only the answer did not get out: {error:#}", head.seq);
    out.divert(&mut stderr);
    None
}

/// What goes wrong behind a save says so.
pub(super) fn said_saved(out: &Out, error: anyhow::Error) -> anyhow::Error {
    match out.saved {
        Some(head) => error.context(format!("it was saved, as entry {}; what follows was not done", head.seq)),
        None => error,
    }
}

fn code(error: &anyhow::Error) -> u8 {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::Usage(_) => USAGE,
            Stop::Refused(_) => REFUSED,
        };
    }
    match error.downcast_ref::<Error>() {
        Some(Error::Refused(refusal)) => of_refusal(refusal),
        Some(Error::Broken(inner)) => code(inner),
        None if error.downcast_ref::<Unknown>().is_some() || error.downcast_ref::<Ambiguous>().is_some() => USAGE,
        None => BROKEN,
    }
}

pub(super) fn of_refusal(refusal: &Refusal) -> u8 {
    if refusal.is_usage() { USAGE } else { REFUSED }
}

/// Says what is wrong with the arguments, or prints the help or version asked for.
pub(super) fn misread(error: &clap::Error) -> u8 {
    if error.use_stderr() {
        let _ = writeln!(io::stderr(), "{}", display_lines(error.render().to_string().trim_end()));
        return USAGE;
    }
    match error.print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => BROKEN,
        _ => YES,
    }
}

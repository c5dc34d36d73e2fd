//! Tokens as they are given: on the command line, or unseen by it.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::{Context, Result};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::exit::usage;
use crate::domain::token::Token;
use crate::exchange::encoding;

/// Longest line that is read: a token, and what a paste may bring with it.
const MAX_LINE: u64 = 4096;

/// The token, or for `-` the first line of standard input: there it stands in no list of
/// processes and in no history of a shell.
pub(super) fn given(text: &str) -> Result<Token> {
    let line = if text == "-" { first_line()? } else { text.to_owned() };
    line.trim().parse().map_err(|sentence: String| usage(sentence))
}

fn first_line() -> Result<String> {
    let _silence = Silence::begin();
    let mut line = String::new();
    let reading = || "reading the token";
    // A shell of Windows puts a mark before it, or writes UTF-16.
    let source = encoding::stream(io::stdin().lock(), None).with_context(reading)?;
    source.take(MAX_LINE).read_line(&mut line).with_context(reading)?;
    Ok(line)
}

/// While it lives, a terminal does not show what is typed.
struct Silence(rustix::termios::Termios);

impl Silence {
    fn begin() -> Option<Silence> {
        let stdin = io::stdin();
        let before = stdin.is_terminal().then(|| tcgetattr(&stdin).ok()).flatten()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        let _ = write!(io::stderr(), "token: ");
        tcsetattr(&stdin, OptionalActions::Now, &silent).ok()?;
        Some(Silence(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        let _ = writeln!(io::stderr());
    }
}

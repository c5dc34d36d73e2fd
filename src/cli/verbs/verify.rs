//! Whether the journal is whole and explains the tables, and whether what was put on paper is what it says.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::command;
use crate::exchange::signature::{self, Signer};
use crate::exchange::statement;
use crate::store::journal::Head;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A head that was noted down: finds a cut, a rewritten and an older journal
    #[arg(long, value_name = "SEQ:HASH")]
    head: Option<String>,
    /// A statement, or a seal: whether the journal leads to it and says the same
    #[arg(long, value_name = "FILE", conflicts_with = "head")]
    statement: Option<PathBuf>,
    /// Who may have signed it, as `ssh-keygen` has it: a name and a public key a line; the signature lies in FILE.sig
    #[arg(long, value_name = "FILE", requires = "statement")]
    signers: Option<PathBuf>,
}

#[derive(Default, Serialize)]
struct Answer {
    holds: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        if start.globals.at.is_some() {
            return Err(usage("verify looks at the whole journal; leave --at out"));
        }
        let kept = self.head.as_deref().map(str::parse::<Head>).transpose().map_err(|error| usage(format!("--head: {error}")))?;
        let answer = self.statement.as_deref().map_or_else(|| journal(start, kept), |path| self.statement(start, path))?;
        answer.print(out)?;
        Ok(if answer.holds { YES } else { NO })
    }

    /// Its signature, where signers are named; then the journal up to its head; then every byte of it.
    fn statement(&self, start: &Start, path: &Path) -> Result<Answer> {
        let bytes = fs::read(path).map_err(|error| usage(format!("--statement: {}: {error}", path.display())))?;
        let signer = match &self.signers {
            None => None,
            Some(signers) => match signed_by(start, path, signers, &bytes)? {
                Ok(signer) => Some(signer),
                Err(problem) => return Ok(Answer::no(problem)),
            },
        };
        let paper = match statement::paper(&bytes) {
            Ok(paper) => paper,
            Err(error) => return Ok(Answer::no(format!("{error:#}"))),
        };
        let Ok(head) = paper.head().parse::<Head>() else { return Ok(Answer::no("it names no entry of a journal".to_owned())) };
        let answer = journal(start, Some(head))?;
        if !answer.holds {
            return Ok(answer);
        }
        let session = start.present_in_part()?;
        session.check_whole()?;
        Ok(match session.differs(&paper, &bytes)? {
            Some(problem) => Answer::no(problem),
            None => Answer { signed_by: signer.as_ref().map(|it| it.name.clone()), key: signer.map(|it| it.fingerprint), ..answer },
        })
    }
}

/// Whose signature lies beside the file.
fn signed_by(start: &Start, path: &Path, signers: &Path, bytes: &[u8]) -> Result<Result<Signer, String>> {
    let signers = fs::read_to_string(signers).map_err(|error| usage(format!("--signers: {}: {error}", signers.display())))?;
    let beside = signature::beside(path);
    match fs::read_to_string(&beside) {
        Ok(signature) => Ok(signature::check(bytes, &signature, &signers, start.clock)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Err(format!("there is no signature: {} is not there", beside.display())))
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", beside.display())),
    }
}

fn journal(start: &Start, kept: Option<Head>) -> Result<Answer> {
    let store = start.file(true)?;
    let tell = io::stderr().is_terminal();
    let mut progress = |n: usize| {
        if tell {
            let _ = write!(io::stderr(), "\r{n} changes");
        }
    };
    let verdict = command::verify(&store, kept, &mut progress);
    if tell {
        let _ = write!(io::stderr(), "\r\u{1b}[K");
    }
    Ok(match verdict? {
        Ok(found) => Answer { holds: true, entries: Some(found.entries), head: found.head.map(|it| it.to_string()), ..Answer::default() },
        Err(problem) => Answer::no(problem),
    })
}

impl Answer {
    fn no(problem: String) -> Answer {
        Answer { problem: Some(problem), ..Answer::default() }
    }

    fn print(&self, out: &mut Out) -> Result<()> {
        if out.is_json() {
            return out.json(self);
        }
        if out.format != Format::Table {
            let mut rows = out.rows(["holds", "entries", "head", "signed by", "key", "problem"]);
            let (holds, entries) = (if self.holds { "yes" } else { "no" }, self.entries.map_or_else(String::new, |it| it.to_string()));
            let text = |it: &Option<String>| it.clone().unwrap_or_default();
            let cells = vec![holds.to_owned(), entries, text(&self.head), text(&self.signed_by), text(&self.key), text(&self.problem)];
            rows.add(cells, self)?;
            return rows.end();
        }
        if let Some(problem) = &self.problem {
            out.line(&format!("does not hold: {problem}"));
            return Ok(());
        }
        out.line(&format!("entries {}", self.entries.unwrap_or_default()));
        out.line(&format!("head {}", self.head.as_deref().unwrap_or("none")));
        if let (Some(name), Some(key)) = (&self.signed_by, &self.key) {
            out.line(&format!("signed by {name} ({key})"));
        }
        Ok(())
    }
}

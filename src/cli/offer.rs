//! What a shell offers while a line is typed: verbs and options, and the names that the workspace holds.
//!
//! The shell asks the program itself, with the variable [`VARIABLE`] and the line so far, so that what is offered is
//! what the verbs read. Names are those that whoever types may know of, by the beginning of the word and not too many.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use clap::{Arg, Args, Command, FromArgMatches};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use super::args::Globals;
use super::session::Start;
use super::verbs::help::topics;
use super::{exit, recall};
use crate::domain::contact::Contact;
use crate::domain::text::email_key;
use crate::domain::things::{Person, Role, Site};
use crate::facts::sight::Subject;
use crate::session::Session;
use crate::session::settings::Settings;
use crate::store::page::Listed;

/// Names the shell that asks.
pub(super) const VARIABLE: &str = "ROLECALL_COMPLETE";

/// Most names that are offered.
const MAX_OFFERED: usize = 100;
/// Rows among which those are looked for that whoever types may know of.
const NEAR: usize = 1_000;

/// The names that begin with what is typed.
type Names = fn(&Session, &str) -> Result<Vec<String>>;

/// By what the usage line calls an argument.
const NAMES: [(&str, Names); 12] = [
    ("PERSON", people),
    ("EMAIL", people),
    ("CONTACT", contacts),
    ("SITE", sites),
    ("WHO", subjects),
    ("FOLDER", folders),
    ("PARENT", folders),
    ("ROLE", roles),
    ("A", roles),
    ("B", roles),
    ("PERMISSION", permissions),
    ("PERMISSIONS", permissions),
];

/// What the usage line calls a verb that something is told about; for the first of them a page of the manual serves too.
const VERBS: [&str; 2] = ["TOPIC|VERB", "VERB"];

/// The lines that make a shell ask.
pub(super) fn registration(shell: &str) -> Result<Vec<u8>> {
    let shells = Shells::builtins();
    let completer = shells.completer(shell).with_context(|| format!("there are no completions for {shell}"))?;
    let mut script = Vec::new();
    if shell == "bash" {
        // An address is one word.
        script.extend(b"COMP_WORDBREAKS=${COMP_WORDBREAKS//@}\n");
    }
    completer.write_registration(VARIABLE, "rolecall", "rolecall", "rolecall", &mut script)?;
    Ok(script)
}

/// Answers a shell: what may stand where the cursor is in the line behind `--`. What goes wrong offers nothing.
pub(super) fn answer(shell: &OsStr, args: &[OsString], clock: DateTime<Utc>) -> u8 {
    let line: Vec<OsString> = args.iter().skip_while(|it| *it != "--").skip(1).cloned().collect();
    let mut offered = Vec::new();
    let shells = Shells::builtins();
    let Some(completer) = shells.completer(&shell.to_string_lossy()) else { return exit::USAGE };
    let mut program = super::program();
    program.build();
    let mut program = attached(program, &Arc::new(Line { words: line.clone(), clock }));
    let found = completer.write_complete(&mut program, line, std::env::current_dir().ok().as_deref(), &mut offered);
    match found.and_then(|()| io::stdout().write_all(&offered)) {
        Ok(()) => exit::YES,
        Err(_) => exit::BROKEN,
    }
}

/// The line that is typed, and when.
struct Line {
    words: Vec<OsString>,
    clock: DateTime<Utc>,
}

/// The program whose arguments know what they may be.
fn attached(command: Command, line: &Arc<Line>) -> Command {
    let names = |arg: Arg| {
        let (called, line) = (called(&arg).to_owned(), Arc::clone(line));
        if VERBS.contains(&called.as_str()) {
            return arg.add(ArgValueCompleter::new(move |typed: &OsStr| line.verbs(typed)));
        }
        match NAMES.iter().find(|(it, _)| *it == called) {
            None => arg,
            Some((_, names)) => arg.add(ArgValueCompleter::new(move |typed: &OsStr| line.offer(*names, typed))),
        }
    };
    command.mut_args(names).mut_subcommands(|it| attached(it, line))
}

/// What the usage line calls an argument.
fn called(arg: &Arg) -> &str {
    arg.get_value_names().and_then(|it| it.first()).map_or("", |it| it.as_str())
}

impl Line {
    fn offer(&self, names: Names, typed: &OsStr) -> Vec<CompletionCandidate> {
        let found = typed.to_str().map(|typed| self.session().and_then(|it| names(&it, typed)));
        found.and_then(Result::ok).unwrap_or_default().into_iter().take(MAX_OFFERED).map(CompletionCandidate::new).collect()
    }

    /// The verbs below those that stand behind `help` or `man`, and for `help` the pages of the manual.
    fn verbs(&self, typed: &OsStr) -> Vec<CompletionCandidate> {
        let mut program = super::program();
        program.build();
        let mut words = self.words.iter().filter_map(|it| it.to_str()).skip_while(|it| !["help", "man"].contains(it));
        let asks_for_help = words.next() == Some("help");
        let before: Vec<&str> = words.filter(|it| !it.starts_with('-') && *it != typed && !it.is_empty()).collect();
        let below = before.iter().try_fold(&program, |command, word| command.find_subcommand(word));
        let verbs = below.into_iter().flat_map(Command::get_subcommands).map(Command::get_name);
        let verbs = verbs.filter(|it| *it != "help" || before.is_empty()).map(str::to_owned);
        let topics = topics().filter(|_| asks_for_help && before.is_empty()).map(str::to_owned);
        let named = verbs.chain(topics).filter(|it| typed.to_str().is_some_and(|typed| it.starts_with(typed)));
        named.map(CompletionCandidate::new).collect()
    }

    /// The workspace that the line is about, in the name in which it would run.
    fn session(&self) -> Result<Session> {
        let words = ["db", "as"].iter().filter_map(|it| Some(OsString::from(format!("--{it}={}", self.given(it)?))));
        let matches = Globals::augment_args(Command::new("rolecall").no_binary_name(true)).try_get_matches_from(words)?;
        let start = Start::new(Globals::from_arg_matches(&matches)?, self.clock, Settings::default);
        // What is wrong with clock or file is said when the line runs.
        start.doubted.set(true);
        recall::keep_quiet();
        start.ask_in_part()
    }

    fn given(&self, option: &str) -> Option<&str> {
        let long = format!("--{option}");
        let words: Vec<&str> = self.words.iter().filter_map(|it| it.to_str()).collect();
        words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(&long)? {
            "" => words.get(at + 1).copied(),
            rest => rest.strip_prefix('='),
        })
    }
}

fn people(session: &Session, typed: &str) -> Result<Vec<String>> {
    listed::<Person>(session, &email_key(typed), |it| Some(it.email.clone()))
}

fn subjects(session: &Session, typed: &str) -> Result<Vec<String>> {
    let mut all = [people(session, typed)?, sites(session, typed)?, contacts(session, typed)?].concat();
    all.sort();
    all.dedup();
    Ok(all)
}

fn contacts(session: &Session, typed: &str) -> Result<Vec<String>> {
    listed::<Contact>(session, &email_key(typed), |it| it.email.clone())
}

fn sites(session: &Session, typed: &str) -> Result<Vec<String>> {
    listed::<Site>(session, typed, |it| Some(it.key.clone()))
}

fn folders(session: &Session, typed: &str) -> Result<Vec<String>> {
    known(session, session.reader().folders()?.into_iter().filter(|it| it.key.starts_with(typed)), |it| Some(it.key.clone()))
}

fn roles(session: &Session, typed: &str) -> Result<Vec<String>> {
    let policy = session.reader().policy(None)?;
    let all = policy.roles().map(|it| Role::clone(&it.role)).filter(|it| it.key.starts_with(typed));
    known(session, all, |it| Some(it.key.clone()))
}

fn permissions(session: &Session, typed: &str) -> Result<Vec<String>> {
    let policy = session.reader().policy(None)?;
    let all = policy.catalogs().flat_map(|it| it.ids().map(|id| it.get(id).id.clone()));
    Ok(all.filter(|it| it.starts_with(typed)).collect())
}

fn listed<T: Listed + Subject>(session: &Session, typed: &str, name: impl Fn(&T) -> Option<String>) -> Result<Vec<String>> {
    known(session, session.reader().beginning::<T>(typed, NEAR)?, name)
}

fn known<T: Subject>(session: &Session, all: impl IntoIterator<Item = T>, name: impl Fn(&T) -> Option<String>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for it in all {
        if names.len() == MAX_OFFERED {
            break;
        }
        if session.reader().knows(&it)? {
            names.extend(name(&it));
        }
    }
    Ok(names)
}

//! The command line: arguments in, answers and exit codes out.
//!
//! One file a verb family in `verbs`; `print` knows the formats, `exit` the exit
//! codes, `session` which file, which instant and who asks, `recall` whether it is an older one, `receipt` what a change prints,
//! `sent` what goes out with it, `sign` how a file is signed, `offer` what a shell offers while a line is typed, `input` how files are read and `file` how they are written, `plan` how commands are read from one, `token` how
//! a token is given, `plain` how a page of the manual reads on a terminal.
//! Answers go to stdout, everything else to stderr. This room writes through commands
//! alone and knows nothing of screens: it says which file to open and leaves.

mod args;
mod exit;
mod file;
mod input;
mod offer;
mod paper;
mod plain;
mod plan;
mod print;
mod recall;
mod receipt;
mod sent;
mod session;
mod shown;
mod sign;
mod token;
mod verbs;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use clap::{Args, Command, CommandFactory, Parser};

use crate::domain::time;
use crate::exchange::plan::Plan;
use crate::session::Session;
use crate::session::settings::Settings;
use args::Globals;
use verbs::Verb;

/// What is left to do after the arguments were read.
pub enum Outcome {
    /// Nothing: the answer is printed, this is the exit code.
    Done(u8),
    /// To show the screens.
    Open(Box<Opening>),
}

/// What the screens are opened with.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Opening {
    pub session: Session,
    /// The sample agency, not the user's own workspace.
    pub demo: bool,
    /// `dark`, `light`, `mono`, or what the terminal says.
    pub theme: Option<String>,
    /// Shapes in ASCII only.
    pub ascii: bool,
    /// The mouse is heard.
    pub mouse: bool,
    /// Roles are shown to somebody who is not of the agency.
    pub presents: bool,
    /// What is staged when they open, and what it is called.
    pub plan: Option<(String, Plan)>,
}

impl From<u8> for Outcome {
    fn from(code: u8) -> Outcome {
        Outcome::Done(code)
    }
}

/// Who can do what on every client site, and why.
///
/// Without a verb, opens the screens on the workspace.
#[derive(Parser)]
#[command(name = "rolecall", version, disable_help_subcommand = true, after_help = AFTER)]
struct Cli {
    /// Open the screens with the commands of this plan staged
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    verb: Option<Verb>,
}

const AFTER: &str = "\
PERSON is an e-mail (or a name that one person alone has), SITE a key or URL, PERMISSION an id or label,
ROLE a key or name. `rolecall help TOPIC` tells more: names, times, lists, formats, exit.
TIME is 2027-01-31, 31.01.2027, 31 Jan, end of month, 2027-01-31T09:30, or 14d and 8w from now; a day is the whole day.

Exit codes: 0 yes or done; 1 no, findings, differences; 2 wrong usage or unknown name;
3 refused by a rule; 4 something broke.";

/// Says what went wrong on the screens and gives the exit code.
pub fn failed(error: &anyhow::Error) -> u8 {
    exit::report(error)
}

/// The tree of verbs with their arguments.
pub fn program() -> clap::Command {
    Cli::command()
}

/// Every verb, as it is typed, and what it does.
pub fn verbs() -> Vec<(String, String)> {
    fn add(command: &Command, path: &str, found: &mut Vec<(String, String)>) {
        for it in command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help") {
            let name = format!("{path}{}", it.get_name());
            if it.has_subcommands() {
                add(it, &format!("{name} "), found);
            } else {
                found.push((name, it.get_about().map_or_else(String::new, ToString::to_string)));
            }
        }
    }
    let (mut program, mut found) = (program(), Vec::new());
    // Only then the verbs of a verb are there.
    program.build();
    add(&program, "", &mut found);
    found
}

/// Reads the arguments, answers, and says what is left to do.
/// Of the settings of the screens, which are a room beside this one, it tells what `settings` finds.
pub fn main(args: impl IntoIterator<Item = OsString>, settings: fn() -> Settings) -> Outcome {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(shell) = std::env::var_os(offer::VARIABLE) {
        return Outcome::Done(offer::answer(&shell, &args, time::micros(SystemTime::now().into())));
    }
    if let Some(error) = repeated(&args) {
        return Outcome::Done(exit::misread(&error));
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return Outcome::Done(exit::misread(&error)),
    };
    let mut out = print::Out::new(&cli.globals);
    let begun = begin(cli.globals, settings);
    let answer = begun.and_then(|start| match cli.verb {
        Some(_) if cli.plan.is_some() => {
            Err(exit::usage("--plan opens the screens and goes with no verb; `rolecall plan FILE` shows what a plan would do"))
        }
        Some(verb) if out.special.is_some_and(|it| !verb.writes(it)) => Err(exit::usage(
            "sarif is a format of `audit`, junit of `audit` and `test`, tap of `test`; every verb writes table, json, csv and md",
        )),
        Some(verb) => verb.run(&start, &mut out),
        None => start.open_screens(cli.plan.as_deref()),
    });
    let printed = out.flush();
    match (answer, printed) {
        (Ok(outcome), Ok(())) => outcome,
        // The code is the answer's, also where nobody waited for its words.
        (Ok(outcome), Err(error)) if error.is::<print::Enough>() => outcome,
        (Ok(outcome), Err(error)) => exit::unheard(&out, &error).unwrap_or(outcome),
        (Err(error), _) => Outcome::Done(exit::report(&exit::said_saved(&out, error))),
    }
}

/// Reads the clock, and sees that the machine gives what every run needs.
fn begin(globals: Globals, settings: fn() -> Settings) -> Result<session::Start> {
    let clock = instant(SystemTime::now())?;
    getrandom::fill(&mut [0; 8]).context("this machine gives no random numbers, without which links could be guessed")?;
    Ok(session::Start::new(globals, clock, settings))
}

fn instant(now: SystemTime) -> Result<DateTime<Utc>> {
    let stands = time::micros(now.into());
    if now < SystemTime::UNIX_EPOCH {
        anyhow::bail!("this machine's clock stands at {}, before 1970: nothing can be dated by it; set the clock", stands.to_rfc3339());
    }
    Ok(stands)
}

/// The option for every verb that was given twice, before the verb and after it, where one of the two would be forgotten.
fn repeated(args: &[OsString]) -> Option<clap::Error> {
    let every_verb = Globals::augment_args(Command::new("rolecall"));
    let given = |long: &str| {
        let is_it = |it: &&OsString| it.to_str().and_then(|it| it.strip_prefix("--")).is_some_and(|it| it.split('=').next() == Some(long));
        args.iter().take_while(|it| *it != "--").filter(is_it).count()
    };
    let twice = every_verb.get_arguments().filter(|it| it.get_action().takes_values()).find_map(|it| {
        let long = it.get_long()?;
        (given(long) > 1).then(|| long.to_owned())
    })?;
    let sentence = format!("the option '--{twice}' is given more than once; say which one is meant");
    Some(Cli::command().error(clap::error::ErrorKind::ArgumentConflict, sentence))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::ArgAction;

    use super::*;

    #[test]
    fn a_clock_before_1970_is_said_in_a_sentence() {
        let error = instant(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).unwrap_err().to_string();
        assert!(error.starts_with("this machine's clock stands at 1969-12-31"), "{error}");
        assert!(instant(SystemTime::UNIX_EPOCH).is_ok());
    }

    /// Every verb with the way to it.
    fn verbs(command: &Command, path: &[String], each: &mut dyn FnMut(&Command, &[String])) {
        each(command, path);
        for inner in command.get_subcommands() {
            let path = [path, &[inner.get_name().to_owned()]].concat();
            verbs(inner, &path, each);
        }
    }

    fn tree() -> Command {
        let mut program = Cli::command();
        program.build();
        program
    }

    #[test]
    fn an_option_that_takes_one_value_refuses_a_second_and_one_that_takes_several_takes_them_all() {
        let (mut single, mut several) = (0, 0);
        verbs(&tree(), &["rolecall".to_owned()], &mut |command, path| {
            for arg in command.get_arguments().filter(|it| it.get_action().takes_values()) {
                let Some(long) = arg.get_long() else { continue };
                let said = |words: &[String]| Cli::try_parse_from(words).err().map_or_else(String::new, |it| it.to_string());
                let once = |value: &str| said(&[path, &[format!("--{long}={value}")]].concat());
                let known = arg.get_possible_values().into_iter().map(|it| it.get_name().to_owned());
                let mut values = known.chain(["1", "utf-8"].map(str::to_owned));
                let value = values.find(|it| !once(it).contains("invalid value")).unwrap_or_default();
                let given = [format!("--{long}={value}"), format!("--{long}={value}")];
                let words: Vec<String> = path.iter().cloned().chain(given).collect();
                let refused = said(&words).contains("cannot be used multiple times");
                match arg.get_action() {
                    ArgAction::Append => several += 1,
                    _ => single += 1,
                }
                assert_eq!(refused, !matches!(arg.get_action(), ArgAction::Append), "{words:?}");
            }
        });
        assert!(single > 100 && several > 20, "{single} {several}");
    }

    #[test]
    fn nor_is_one_for_every_verb_given_before_the_verb_and_after_it() {
        let check = |words: &[&str]| repeated(&words.iter().map(OsString::from).collect::<Vec<_>>()).is_some();
        assert!(check(&["rolecall", "--at", "14d", "can", "a", "b", "c", "--at=15d"]));
        assert!(!check(&["rolecall", "--at", "14d", "contact", "add", "--", "--at"]));
    }

    #[test]
    fn what_a_verb_says_of_itself_stays_when_its_arguments_are_built() {
        let about = |it: &Command| it.get_about().map(ToString::to_string);
        for verb in Cli::command().get_subcommands() {
            let built = tree().find_subcommand(verb.get_name()).and_then(about);
            assert_eq!(built, about(verb), "{}", verb.get_name());
        }
    }

    #[test]
    fn every_argument_says_what_it_is_for() {
        verbs(&tree(), &[], &mut |command, path| {
            assert!(command.get_about().is_some() || path.is_empty(), "{path:?}");
            for arg in command.get_arguments().filter(|it| !it.is_global_set() && !matches!(it.get_id().as_str(), "help" | "version")) {
                let name = arg.get_id().as_str();
                assert!(arg.get_help().is_some_and(|it| !it.to_string().is_empty()), "{path:?} {name} has no words");
            }
        });
    }
}

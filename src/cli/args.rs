//! What may stand on the command line, whatever the verb.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, Parser, ValueEnum};

use super::verbs::Verb;

/// Who can do what on every client site, and why.
///
/// Without a verb, opens the screens on the workspace.
#[derive(Parser)]
#[command(name = "rolecall", version, disable_help_subcommand = true, after_help = AFTER)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

const AFTER: &str = "\
PERSON is an e-mail (or a name that one person alone has), SITE a key or URL, PERMISSION an id or label,
ROLE a key or name. `rolecall help TOPIC` tells more: names, times, lists, formats, exit.
TIME is 2027-01-31, 31.01.2027, 31 Jan, end of month, 2027-01-31T09:30, or 14d and 8w from now; a day is the whole day.

Exit codes: 0 yes or done; 1 no, findings, differences; 2 wrong usage or unknown name;
3 refused by a rule; 4 something broke.";

#[derive(Args)]
#[command(next_help_heading = "For every verb")]
pub(super) struct Globals {
    /// The workspace [default: $ROLECALL_DB, else $XDG_DATA_HOME/rolecall/rolecall.db]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,
    /// In this person's name, which the account owner may do [default: $ROLECALL_AS, else who you are]
    #[arg(long = "as", global = true, value_name = "EMAIL")]
    pub(super) acting: Option<String>,
    /// Answer as of this time; changes nothing
    #[arg(long, global = true, value_name = "TIME")]
    pub(super) at: Option<String>,
    /// Change nothing, whatever the verb
    #[arg(long, global = true)]
    pub(super) read_only: bool,
    /// Vouch for this machine's clock where the journal says otherwise
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) clock_is_right: bool,
    /// How answers are printed
    #[arg(long, global = true, value_name = "FORMAT", default_value = "table")]
    pub(super) format: Format,
    /// Colour of the words yes and no
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: When,
    /// Colours of the screens
    #[arg(long, global = true, value_parser = ["dark", "light", "mono", "auto"], hide_short_help = true)]
    pub(super) theme: Option<String>,
    /// Draw with ASCII only
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For reading
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// For documents
    Md,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

/// The option for every verb that was given twice, before the verb and after it, where one of the two would be forgotten.
pub(super) fn repeated(args: &[OsString]) -> Option<clap::Error> {
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
    use clap::ArgAction;

    use super::*;

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

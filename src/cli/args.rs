//! What may stand on the command line, whatever the verb.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

use super::verbs::Verb;

/// Who can do what on every client site, and why.
///
/// Without a verb, opens the screens on the workspace.
#[derive(Parser)]
#[command(name = "rolecall", version, args_override_self = true, disable_help_subcommand = true, after_help = AFTER)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

const AFTER: &str = "\
PERSON is an e-mail, SITE a key or URL, PERMISSION an id or label, ROLE a key or name.
TIME is 2027-01-31, 31.01.2027, 31 Jan, end of month, 2027-01-31T09:30, or 14d and 8w from now; a day is the whole day.

Exit codes: 0 yes or done; 1 no, findings, differences; 2 wrong usage or unknown name;
3 refused by a rule; 4 something broke.";

#[derive(Args)]
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

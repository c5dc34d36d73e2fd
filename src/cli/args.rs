//! What may stand on the command line, whatever the verb.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Args)]
#[command(next_help_heading = "For every verb")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
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
    pub(super) format: Asked,
    /// Colour of the words yes and no
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: When,
    /// Colours of the screens
    #[arg(long, global = true, value_parser = ["dark", "light", "mono", "auto"], hide_short_help = true)]
    pub(super) theme: Option<String>,
    /// Draw with ASCII only
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) ascii: bool,
    /// Hear the mouse on the screens
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) mouse: bool,
    /// Open the screens on roles to show to somebody who is not of the agency: nobody's name is drawn
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) present: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Asked {
    /// For reading
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// For documents
    Md,
    /// For pages
    Html,
    /// For programs that collect findings: of `audit`
    Sarif,
    /// For programs that show which checks passed: of `audit` and `test`
    Junit,
    /// The same in lines: of `test`
    Tap,
}

/// The formats of every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
    Md,
    Html,
}

/// A format of some verbs alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Sarif,
    Junit,
    Tap,
}

impl Asked {
    /// How answers are written, and the format of some verbs alone that is asked for in its place.
    pub(super) fn split(self) -> (Format, Option<Special>) {
        match self {
            Asked::Table => (Format::Table, None),
            Asked::Json => (Format::Json, None),
            Asked::Csv => (Format::Csv, None),
            Asked::Md => (Format::Md, None),
            Asked::Html => (Format::Html, None),
            Asked::Sarif => (Format::Json, Some(Special::Sarif)),
            Asked::Junit => (Format::Csv, Some(Special::Junit)),
            Asked::Tap => (Format::Csv, Some(Special::Tap)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

/// What was given takes the place of what is there; empty stands for nothing.
pub(super) fn put(given: Option<&str>, field: &mut Option<String>) {
    if let Some(it) = given {
        *field = Some(it.to_owned()).filter(|it| !it.is_empty());
    }
}

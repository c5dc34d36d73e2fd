//! Access requests to clients: list, show, send, approve, decline, withdraw, resend.

use anyhow::Result;
use clap::Subcommand;

use super::invite::keys;
use super::offers::{self, REQUESTS};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::record::RequestRecord;
use crate::domain::token::TokenHash;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Requests that were not answered
    List(offers::List),
    /// One request and its history
    Show {
        /// Its number in the list
        n: i64,
    },
    /// Asks a client for access to a site of theirs
    Send(Send),
    /// Records that the client said yes: an invitation to their site follows
    Approve {
        /// Its number in the list
        n: i64,
        /// The site that the client chose
        #[arg(long)]
        site: String,
        /// What the client gives [default: what was asked for]
        #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
        roles: Vec<String>,
        /// The client means to give more than was asked for
        #[arg(long)]
        wider: bool,
        #[command(flatten)]
        trial: Trial,
    },
    /// Records that the client said no
    Decline(offers::Numbered),
    /// Takes it back
    Withdraw(offers::Numbered),
    /// Sends it once more: its time begins anew
    Resend(offers::Numbered),
}

#[derive(clap::Args)]
struct Send {
    /// The client: e-mail, or name
    #[arg(long, value_name = "CONTACT")]
    contact: String,
    /// Which site, in words that the client knows
    #[arg(long, value_name = "TEXT")]
    about: String,
    /// What is asked for; several may be separated by commas
    #[arg(long = "role", value_name = "ROLE", required = true, value_delimiter = ',')]
    roles: Vec<String>,
    /// Who is to work there [default: you]
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// When the access is to end [default: never]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// A few words of your own
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    message: String,
    #[command(flatten)]
    trial: Trial,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(list) => list.run(start, out, &REQUESTS),
            Verb::Show { n } => REQUESTS.show(start, out, *n),
            Verb::Send(send) => send.run(start, out),
            Verb::Approve { n, site, roles, wider, trial } => trial.carry_out(start, out, |db, policy| {
                REQUESTS.find(start, db, policy, *n)?;
                let site = db.the_site(site)?;
                let roles = keys(db, policy, roles, Some(&site))?;
                Ok(Command::Approve { request: *n, site: site.key, roles, wider: *wider, token: TokenHash::default() })
            }),
            Verb::Decline(it) => it.decline(start, out, &REQUESTS),
            Verb::Withdraw(it) => it.cancel(start, out, &REQUESTS),
            Verb::Resend(it) => it.resend(start, out, &REQUESTS),
        }
    }
}

impl Send {
    fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let until = self.until.as_deref().map(|it| start.ends("--until", it)).transpose()?;
        self.trial.carry_out(start, out, |db, policy| {
            let person = self.person.clone().map_or_else(|| start.myself(db), Ok)?;
            let (contact, site) = (self.contact.clone(), self.about.clone());
            let roles = keys(db, policy, &self.roles, None)?;
            let record = RequestRecord { contact, site, roles, person, until, message: self.message.clone() };
            Ok(Command::Ask(record))
        })
    }
}

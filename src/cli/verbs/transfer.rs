//! Transfers of a site to another owner: list, show, send, resend, cancel, decline.

use anyhow::Result;
use clap::Subcommand;

use super::offers::{self, TRANSFERS};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::life::HandoverKind;
use crate::domain::record::HandoverRecord;
use crate::domain::token::TokenHash;
use crate::facts::names::the_role_on;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Transfers that were not answered
    List(offers::List),
    /// One transfer and its history
    Show {
        /// Its number in the list
        n: i64,
    },
    /// Offers a site to somebody, who has three days to accept
    Send {
        /// By key or URL
        site: String,
        /// The new owner
        #[arg(long, value_name = "EMAIL")]
        to: String,
        /// The role that the old owner keeps [default: none]
        #[arg(long, value_name = "ROLE")]
        keep: Option<String>,
        /// Plan, domain and mailboxes go along
        #[arg(long)]
        with_plan: bool,
        /// The old owner keeps a copy of the site
        #[arg(long)]
        with_copy: bool,
        #[command(flatten)]
        trial: Trial,
    },
    /// Sends it once more: three more days, and the old link is dead
    Resend(offers::Numbered),
    /// Takes it back
    Cancel(offers::Numbered),
    /// Records that whom it was sent to said no
    Decline(offers::Numbered),
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(list) => list.run(start, out, &TRANSFERS),
            Verb::Show { n } => TRANSFERS.show(start, out, *n),
            Verb::Send { site, to, keep, with_plan, with_copy, trial } => trial.carry_out(start, out, |db, policy| {
                let site = db.the_site(site)?;
                let role = |it: &str| Ok::<_, anyhow::Error>(the_role_on(db, policy, it, Some(&site.platform))?.role.key.clone());
                let record = HandoverRecord {
                    kind: HandoverKind::Transfer,
                    email: to.clone(),
                    keep: keep.as_deref().map(role).transpose()?,
                    site: site.key,
                    with_plan: *with_plan,
                    with_copy: *with_copy,
                    token: TokenHash::default(),
                };
                Ok(Command::HandOver(record))
            }),
            Verb::Resend(it) => it.resend(start, out, &TRANSFERS),
            Verb::Cancel(it) => it.cancel(start, out, &TRANSFERS),
            Verb::Decline(it) => it.decline(start, out, &TRANSFERS),
        }
    }
}

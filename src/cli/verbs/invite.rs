//! Invitations: list, show, send, resend, accept, cancel, decline.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::accept;
use super::offers::{self, INVITATIONS};
use crate::cli::exit::{Stop, usage};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::token;
use crate::command::Command;
use crate::domain::policy::Policy;
use crate::domain::record::{InvitationRecord, OfferKey, Profile, ScopeRecord};
use crate::domain::text;
use crate::domain::things::{Level, Site};
use crate::domain::token::TokenHash;
use crate::exchange::sending;
use crate::facts::Reader;
use crate::facts::names::the_role_on;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Invitations that were not answered
    List(offers::List),
    /// One invitation and its history
    Show {
        /// Its number in the list
        n: i64,
    },
    /// Asks people to join, on sites or in the team
    Send(Send),
    /// Sends it once more: 30 more days, and the old link is dead
    Resend(offers::Numbered),
    /// Says yes, in the name of whoever got the link; the same as `rolecall accept`
    Accept(accept::Args),
    /// Takes it back
    Cancel(offers::Numbered),
    /// Records that whom it was sent to said no
    Decline {
        /// Its number, or the token of its link; `-` reads the token from stdin
        #[arg(value_name = "N|TOKEN")]
        which: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(clap::Args)]
struct Send {
    /// Addresses, plain or as `Ana Ruiz <ana@acme.example>`, also several in one, separated by commas, semicolons or spaces; `-` reads them from stdin
    #[arg(required = true, value_name = "EMAIL")]
    emails: Vec<String>,
    /// What they get; several may be separated by commas
    #[arg(long = "role", value_name = "ROLE", required = true, value_delimiter = ',')]
    roles: Vec<String>,
    #[command(flatten)]
    places: Places,
    /// As collaborators or as team members [default: site for --site alone, else team]
    #[arg(long, value_parser = ["site", "team"])]
    level: Option<String>,
    /// Marks them as the agency's clients
    #[arg(long)]
    client: bool,
    /// When the access ends, or `never` [default: the shortest that team edit --ends-after sets for the roles]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// A few words of your own
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// Leaves out what is not an address, instead of sending nothing
    #[arg(long)]
    skip_invalid: bool,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct Places {
    /// On this site; several may be separated by commas
    #[arg(long = "site", value_name = "SITE", value_delimiter = ',')]
    sites: Vec<String>,
    /// On every site of this folder, now and later
    #[arg(long = "folder", value_name = "FOLDER", value_delimiter = ',')]
    folders: Vec<String>,
    /// On every site of the agency
    #[arg(long, conflicts_with_all = ["sites", "folders"])]
    everywhere: bool,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(list) => list.run(start, out, &INVITATIONS),
            Verb::Show { n } => INVITATIONS.show(start, out, *n),
            Verb::Send(send) => send.run(start, out),
            Verb::Accept(args) => args.run(start, out),
            Verb::Resend(it) => it.resend(start, out, &INVITATIONS),
            Verb::Cancel(it) => it.cancel(start, out, &INVITATIONS),
            Verb::Decline { which, trial } => trial.carry_out(start, out, |db, policy| {
                let by_number = |n| INVITATIONS.find(start, db, policy, n).map(|it| it.key);
                which.parse().map_or_else(|_| by_token(db, which), by_number).map(Command::Decline)
            }),
        }
    }
}

/// Whatever has this token: an invitation, or a hand-over.
fn by_token(db: Reader<'_>, text: &str) -> Result<OfferKey> {
    let hash = token::given(text)?.hash();
    if let Some(it) = db.invitation_by_token(hash)? {
        return Ok(OfferKey::Invitation(it.id.0));
    }
    let handover = db.handover_by_token(hash)?.map(|it| OfferKey::Handover(it.id.0));
    let unknown = "nothing that was sent has this token; only the newest link works";
    handover.ok_or_else(|| Stop::Refused(unknown.to_owned()).into())
}

impl Send {
    fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let emails = self.addresses()?;
        self.trial.carry_out(start, out, |db, policy| {
            let site = self.places.sites.first().map(|it| db.the_site(it)).transpose()?;
            let roles = keys(db, policy, &self.roles, site.as_ref())?;
            let until = self.until(start, &db.profile()?, &roles, start.now(db)?)?;
            let scopes = self.places.scopes(db)?;
            let mut steps = Vec::new();
            for (name, email) in emails {
                steps.extend(sending::introduction(db, name.as_deref(), &email)?);
                let (roles, scopes) = (roles.clone(), scopes.clone());
                let (client, note) = (self.client, self.note.clone());
                let level = self.level();
                steps.push(Command::Invite(InvitationRecord {
                    email,
                    level,
                    roles,
                    scopes,
                    client,
                    until,
                    note,
                    token: TokenHash::default(),
                }));
            }
            Ok(Command::all(steps))
        })
    }

    fn level(&self) -> Level {
        let given = self.level.as_deref().and_then(Level::parse);
        given.unwrap_or(if self.places.everywhere || !self.places.folders.is_empty() { Level::Team } else { Level::Site })
    }

    /// Every address once with the name that came along, in the order in which they were given.
    fn addresses(&self) -> Result<Vec<(Option<String>, String)>> {
        let mut text = String::new();
        for it in &self.emails {
            text += &if it == "-" { io::read_to_string(io::stdin()).context("reading addresses")? } else { it.clone() };
            text.push('\n');
        }
        let mut seen = BTreeSet::new();
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (name, word) in text::mailboxes(&text) {
            match text::email(word) {
                Ok(email) if seen.insert(text::email_key(&email)) => good.push((name.map(str::to_owned), email)),
                Ok(_) => {}
                Err(sentence) => bad.push(sentence),
            }
        }
        if !bad.is_empty() && !self.skip_invalid {
            let sentence = format!("{}; nothing was sent: mend it, or leave it out with --skip-invalid", bad.join(", "));
            return Err(usage(sentence));
        }
        for it in &bad {
            let _ = writeln!(io::stderr(), "rolecall: left out: {it}");
        }
        if good.is_empty() { Err(usage("there is no address to send to")) } else { Ok(good) }
    }

    /// The end that was asked for, else the nearest that the agency's rules set for one of the roles.
    fn until(&self, start: &Start, profile: &Profile, roles: &[String], now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        match self.until.as_deref() {
            Some("never") => Ok(None),
            Some(text) => start.ends("--until", text).map(Some),
            None => {
                let days = roles.iter().filter_map(|it| profile.ends_after.get(it)).min();
                Ok(days.and_then(|it| profile.zone.ends_in(*it, now)))
            }
        }
    }
}

impl Places {
    fn scopes(&self, db: Reader<'_>) -> Result<Vec<ScopeRecord>> {
        if self.everywhere {
            return Ok(vec![ScopeRecord::Everywhere]);
        }
        let sites = self.sites.iter().map(|it| Ok(ScopeRecord::Site(db.the_site(it)?.key)));
        let folders = self.folders.iter().map(|it| Ok(ScopeRecord::Folder(db.the_folder(it)?.key)));
        sites.chain(folders).collect()
    }
}

/// What roles that were named for a site, or for the team, are called wherever a role is named.
pub(super) fn keys(db: Reader<'_>, policy: &Policy, roles: &[String], site: Option<&Site>) -> Result<Vec<String>> {
    roles.iter().map(|it| Ok(the_role_on(db, policy, it, site.map(|it| it.platform.as_str()))?.role.key.clone())).collect()
}

//! The Partner role: proposing it, what it means for both sides, taking the site back.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::offers::{self, PROPOSALS};
use crate::cli::args::Format;
use crate::cli::exit::{YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::catalog::Side;
use crate::domain::life::HandoverKind;
use crate::domain::policy::Policy;
use crate::domain::record::HandoverRecord;
use crate::domain::things::{Assignment, Person, Site};
use crate::domain::token::TokenHash;
use crate::facts::Reader;
use crate::facts::names::the_role_on;
use crate::query::handover::{self, Choices};
use crate::query::offers::Kind;
use crate::session::Session;
use crate::store::life::Open;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Proposals that were not answered
    List(offers::List),
    /// What a partnership on SITE means for both sides, and where it stands
    Show {
        /// By key or URL
        site: String,
    },
    /// Proposes to the client of SITE that the agency carries it as their partner
    Propose {
        /// By key or URL
        site: String,
        /// The client [default: whose site it is]
        #[arg(long, value_name = "EMAIL")]
        to: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// The client takes SITE back, and the agency's access ends
    Reclaim {
        /// By key or URL
        site: String,
        /// The role that the client leaves to the agency [default: none]
        #[arg(long, value_name = "ROLE")]
        keep: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Sends a proposal once more: three more days, and the old link is dead
    Resend(offers::Numbered),
    /// Takes a proposal back
    Cancel(offers::Numbered),
    /// Records that the client said no
    Decline(offers::Numbered),
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(list) => list.run(start, out, &PROPOSALS),
            Verb::Show { site } => show(&start.ask()?, out, site),
            Verb::Propose { site, to, trial } => trial.carry_out(start, out, |db, policy| {
                let row = db.the_site(site)?;
                let record = HandoverRecord {
                    email: to.clone().map_or_else(|| client_of(db, policy, &row), Ok)?,
                    site: row.key,
                    kind: HandoverKind::Partner,
                    keep: None,
                    with_plan: false,
                    with_copy: false,
                    token: TokenHash::default(),
                };
                Ok(Command::HandOver(record))
            }),
            Verb::Reclaim { site, keep, trial } => trial.carry_out(start, out, |db, policy| {
                let site = db.the_site(site)?;
                let role = |it: &str| Ok::<_, anyhow::Error>(the_role_on(db, policy, it, Some(&site.platform))?.role.key.clone());
                Ok(Command::Reclaim { keep: keep.as_deref().map(role).transpose()?, site: site.key })
            }),
            Verb::Resend(it) => it.resend(start, out, &PROPOSALS),
            Verb::Cancel(it) => it.cancel(start, out, &PROPOSALS),
            Verb::Decline(it) => it.decline(start, out, &PROPOSALS),
        }
    }
}

/// Whose site it is, unless it is the agency's own.
fn client_of(db: Reader<'_>, policy: &Policy, site: &Site) -> Result<String> {
    let owner = db.find::<Person>(site.owner)?.filter(|it| it.id != policy.owner);
    owner.map(|it| it.email).ok_or_else(|| usage(format!("{} is the agency's own; say which client is to have it: --to EMAIL", site.key)))
}

#[derive(Serialize)]
struct Page {
    site: String,
    /// `none`, `proposed` or `partner`.
    state: &'static str,
    told: String,
    agency: Vec<String>,
    client: Vec<String>,
}

fn show(session: &Session, out: &mut Out, site: &str) -> Result<u8> {
    let page = session.snapshot(|db| page(session, db, site))?;
    match out.format {
        Format::Json => out.json(&page)?,
        Format::Table => {
            let fields =
                [("site", page.site), ("state", page.told), ("agency", page.agency.join("\n")), ("client", page.client.join("\n"))];
            shown::fields(out, fields);
        }
        Format::Csv | Format::Md | Format::Html => {
            let mut rows = out.rows(["side", "what"]);
            let each = |side: &'static str, all: Vec<String>| all.into_iter().map(move |it| vec![side.to_owned(), it]);
            each("agency", page.agency).chain(each("client", page.client)).try_for_each(|cells| rows.add(cells, &()))?;
            rows.end()?;
        }
    }
    Ok(YES)
}

fn page(session: &Session, db: Reader<'_>, site: &str) -> Result<Page> {
    let (policy, site) = (db.policy(None)?, db.the_site(site)?);
    let offered = super::offers::waiting(crate::query::offers::about_site(db, &policy, session.now, site.id, Open::Unanswered)?);
    let offered = offered.into_iter().find(|it| it.kind == Kind::Partner);
    let is_partner = |it: &Assignment| it.is_live(session.now) && policy.role(it.role).is_some_and(|held| held.side == Some(Side::Partner));
    let partner = db.assignments_on(site.id)?.into_iter().find(is_partner);
    let owner = db.find::<Person>(site.owner)?.filter(|it| it.id != policy.owner).map(|it| it.email);
    let client = offered.as_ref().map(|it| it.to.clone()).or(owner).unwrap_or_else(|| "the client".to_owned());
    let (state, told) = match (&partner, &offered) {
        (Some(it), _) => {
            ("partner", format!("partner{}", it.since.map_or_else(String::new, |at| format!(" since {}", policy.zone.show_since(at)))))
        }
        (None, Some(it)) => ("proposed", format!("{} to {}, until {}", it.key, it.to, policy.zone.exact(it.ends))),
        (None, None) => ("none", "no partnership; this is what one would mean".to_owned()),
    };
    let sides = handover::sides(db, &policy, &site, HandoverKind::Partner, &client, &Choices::default())?;
    Ok(Page { site: site.key, state, told, agency: sides.ours, client: sides.theirs })
}

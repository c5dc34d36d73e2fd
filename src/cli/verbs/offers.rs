//! What the verbs of invitations, access requests and hand-overs share: listing, showing, sending again, closing.

use anyhow::Result;
use serde::Serialize;

use super::list::{self, EVERY};
use crate::cli::args::Format;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::offer::Stage;
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::suggest::Unknown;
use crate::domain::time::Zone;
use crate::facts::Reader;
use crate::query::columns::{Column, Columns, column, keyed};
use crate::query::offers::{self, Kind, OfferRow};
use crate::query::timeline::{self, Moment};
use crate::store::life::Open;

/// The offers that one verb is about.
pub(super) struct Family {
    noun: &'static str,
    verb: &'static str,
    key: fn(i64) -> OfferKey,
    kinds: &'static [Kind],
}

pub(super) const INVITATIONS: Family =
    Family { noun: "invitation", verb: "invite", key: OfferKey::Invitation, kinds: &[Kind::Site, Kind::Team] };
pub(super) const REQUESTS: Family = Family { noun: "access request", verb: "request", key: OfferKey::Request, kinds: &[Kind::Request] };
pub(super) const TRANSFERS: Family = Family { noun: "transfer", verb: "transfer", key: OfferKey::Handover, kinds: &[Kind::Transfer] };
pub(super) const PROPOSALS: Family = Family { noun: "partner proposal", verb: "partner", key: OfferKey::Handover, kinds: &[Kind::Partner] };

/// Options of every list of offers.
#[derive(clap::Args)]
pub(super) struct List {
    /// Closed ones too
    #[arg(long)]
    all: bool,
    /// Only those in this state; may be repeated
    #[arg(long = "state", value_name = "STATE", value_parser = STATES, value_delimiter = ',')]
    states: Vec<String>,
    /// Only those about this site; may be repeated
    #[arg(long = "site", value_name = "SITE", value_delimiter = ',')]
    sites: Vec<String>,
    #[command(flatten)]
    options: list::Options,
}

/// Requests have words of their own for the same.
const STATES: [&str; 9] = ["pending", "accepted", "declined", "cancelled", "expired", "sent", "approved", "withdrawn", "lapsed"];

impl List {
    pub(super) fn run(&self, start: &Start, out: &mut Out, family: &Family) -> Result<u8> {
        let session = start.ask()?;
        let open = if self.all || !self.states.is_empty() { Open::All } else { Open::Unanswered };
        let (zone, rows) = session.snapshot(|db| {
            let policy = db.policy(None)?;
            if self.sites.is_empty() {
                return Ok((policy.zone, offers::list(db, &policy, session.now, open, EVERY)?));
            }
            let mut rows: Vec<OfferRow> = Vec::new();
            for site in &self.sites {
                let about = offers::about_site(db, &policy, session.now, db.the_site(site)?.id, open)?;
                rows.extend(about.into_iter().filter(|it| !rows.iter().any(|row| row.key == it.key)).collect::<Vec<_>>());
            }
            Ok((policy.zone, rows))
        })?;
        let wanted = |it: &OfferRow| self.states.is_empty() || self.states.iter().any(|word| word == it.word || word == it.stage.as_str());
        self.options.print_all(out, zone, rows.into_iter().filter(|it| family.kinds.contains(&it.kind) && wanted(it)))
    }
}

impl Columns for OfferRow {
    const COLUMNS: &'static [Column<OfferRow>] = &[
        keyed("n", "offer", |it, _| it.key.number().to_string()),
        column("kind", |it, _| it.kind.as_str().to_owned()),
        column("to", |it, _| it.to.clone()),
        column("roles", |it, _| it.roles.join(", ")),
        column("places", |it, _| it.places.join(", ")),
        keyed("state", "word", |it, _| it.word.to_owned()),
        column("sent", |it, zone| zone.day(it.sent)),
        column("ends", |it, zone| zone.day(it.ends)),
        keyed("times", "sendings", |it, _| it.sendings.to_string()),
        column("by", |it, _| it.by.clone().unwrap_or_default()),
        column("remark", |it, _| it.remark.clone().unwrap_or_default()),
    ];
}

/// One offer by its number, to be changed.
#[derive(clap::Args)]
pub(super) struct Numbered {
    /// Its number in the list
    n: i64,
    #[command(flatten)]
    trial: Trial,
}

impl Numbered {
    /// Sends it once more, with a new link.
    pub(super) fn resend(&self, start: &Start, out: &mut Out, family: &Family) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| {
            let row = family.find(start, db, policy, self.n)?;
            Ok(Command::Resend { offer: row.key, seen: row.sendings, token: None })
        })
    }

    pub(super) fn cancel(&self, start: &Start, out: &mut Out, family: &Family) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| Ok(Command::Cancel(family.find(start, db, policy, self.n)?.key)))
    }

    pub(super) fn decline(&self, start: &Start, out: &mut Out, family: &Family) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| Ok(Command::Decline(family.find(start, db, policy, self.n)?.key)))
    }
}

impl Family {
    /// The offer with this number, if it is one of these.
    pub(super) fn find(&self, start: &Start, db: Reader<'_>, policy: &Policy, n: i64) -> Result<OfferRow> {
        let key = (self.key)(n);
        let found = if db.knows_offer(key)? { offers::one(db, policy, start.now(db)?, key)? } else { None };
        let hint = match found {
            Some(row) if self.kinds.contains(&row.kind) => return Ok(row),
            Some(row) => format!("; it is another kind of hand-over: rolecall {} show {n}", row.kind.verb()),
            None => format!("; rolecall {} list --all has every number", self.verb),
        };
        Err(Unknown { kind: self.noun, text: n.to_string(), hint }.into())
    }

    /// Prints one offer with its history.
    pub(super) fn show(&self, start: &Start, out: &mut Out, n: i64) -> Result<u8> {
        let session = start.ask()?;
        let (zone, offer) = session.snapshot(|db| {
            let policy = db.policy(None)?;
            Ok((policy.zone, self.find(start, db, &policy, n)?))
        })?;
        // From the file itself, also of an earlier instant: a replay has no journal.
        let history = start.journal()?.snapshot(|db| timeline::of(db, start.until(db)?, offer.key, usize::MAX))?;
        let page = Page { offer, history };
        if out.is_json() {
            out.json(&page)?;
            return Ok(YES);
        }
        if out.format != Format::Table {
            let mut rows = out.rows(["field", "value"]);
            let fields = OfferRow::names().into_iter().zip(page.offer.cells(zone));
            let history = page.history.iter().map(|it| ("history".to_owned(), it.cells(zone).join(" ")));
            fields.chain(history).filter(|it| !it.1.is_empty()).try_for_each(|(name, value)| rows.add(vec![name, value], &()))?;
            rows.end()?;
            return Ok(YES);
        }
        shown::page(out, zone, &page.offer)?;
        let more = [("until", page.offer.until.map_or_else(String::new, |it| zone.exact_until(it))), ("note", page.offer.note.clone())];
        shown::fields(out, more.into_iter().filter(|it| !it.1.is_empty()));
        let mut rows = out.rows(Moment::names());
        page.history.iter().try_for_each(|it| rows.add(it.cells(zone), it))?;
        rows.end()?;
        Ok(YES)
    }
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    offer: OfferRow,
    history: Vec<Moment>,
}

impl Columns for Moment {
    const COLUMNS: &'static [Column<Moment>] = &[
        column("at", |it, zone| zone.minute(it.at)),
        column("entry", |it, _| it.seq.map_or_else(String::new, |it| it.to_string())),
        column("actor", |it, _| it.actor.clone().unwrap_or_default()),
        column("what", |it, _| it.what.clone()),
    ];
}

/// Those of the offers that wait for an answer.
pub(super) fn waiting(rows: Vec<OfferRow>) -> Vec<OfferRow> {
    rows.into_iter().filter(|it| it.stage == Stage::Pending).collect()
}

/// The same as a field of a page, a line each.
pub(super) fn field(zone: Zone, rows: &[OfferRow]) -> Option<(&'static str, String)> {
    let line = |it: &OfferRow| {
        let what = if it.roles.is_empty() { it.kind.as_str().to_owned() } else { it.roles.join(", ") };
        format!("{} to {}: {what} ({}), until {}", it.key, it.to, it.places.join(", "), zone.day(it.ends))
    };
    (!rows.is_empty()).then(|| ("waits", rows.iter().map(line).collect::<Vec<_>>().join("\n")))
}

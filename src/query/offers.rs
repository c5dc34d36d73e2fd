//! Invitations, access requests and hand-overs as rows of a list.

use std::cmp::Reverse;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::scope_record;
use crate::domain::access::Ground;
use crate::domain::contact::Contact;
use crate::domain::ids::{ContactId, HandoverId, InvitationId, PersonId, RequestId, RoleId, SiteId};
use crate::domain::life::{Drift, Handover, HandoverKind, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Offer, Stage};
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::text::email_key;
use crate::domain::things::{Level, Person, Scope, Site};
use crate::domain::time::{self, Zone};
use crate::facts::Reader;
use crate::store::life::Open;

/// One offer, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferRow {
    #[serde(rename = "offer")]
    pub key: OfferKey,
    pub kind: Kind,
    /// The address, or the client's name, that it was sent to.
    pub to: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Where: scopes, or the site in the words of a request.
    pub places: Vec<String>,
    pub stage: Stage,
    /// The stage in the words of its kind: a request is approved, withdrawn, lapsed.
    pub word: &'static str,
    #[serde(with = "time::instant")]
    pub sent: DateTime<Utc>,
    /// From when on it can no longer be accepted.
    #[serde(with = "time::instant")]
    pub ends: DateTime<Utc>,
    pub sendings: u32,
    pub by: Option<String>,
    /// When the access that it brings will end.
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    /// What else is worth knowing: another address accepted, the client gave more.
    pub remark: Option<String>,
    /// The note or message that was sent along.
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// To collaborate on sites.
    Site,
    /// To join the team.
    Team,
    Request,
    Transfer,
    Partner,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Site => "site",
            Kind::Team => "team",
            Kind::Request => "request",
            Kind::Transfer => "transfer",
            Kind::Partner => "partner",
        }
    }

    /// The verb of the command line that such offers are made with.
    pub fn verb(self) -> &'static str {
        match self {
            Kind::Site | Kind::Team => "invite",
            Kind::Request => "request",
            Kind::Transfer => "transfer",
            Kind::Partner => "partner",
        }
    }
}

impl OfferRow {
    /// Days on the calendar until it ends, of one that is pending.
    pub fn days_left(&self, zone: Zone, now: DateTime<Utc>) -> Option<i64> {
        (self.stage == Stage::Pending).then(|| zone.days_until(self.ends, now))
    }
}

/// The newest offers, pending ones first; of each kind `limit` at most.
pub fn list(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, open: Open, limit: usize) -> Result<Vec<OfferRow>> {
    let found = Found {
        invitations: db.invitations_before(InvitationId(i64::MAX), open, limit)?,
        requests: db.requests_before(RequestId(i64::MAX), open, limit)?,
        handovers: db.handovers_before(HandoverId(i64::MAX), open, limit)?,
    };
    found.rows(db, policy, now)
}

/// Everything that was offered to an address: invitations and hand-overs.
pub fn to_address(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, email: &str, open: Open) -> Result<Vec<OfferRow>> {
    Found::to_address(db, email, open)?.rows(db, policy, now)
}

/// Everything that is about one site.
pub fn about_site(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, site: SiteId, open: Open) -> Result<Vec<OfferRow>> {
    let requests = match open {
        // A request names a site only once it is answered.
        Open::Unanswered => Vec::new(),
        Open::All => db.requests_about(site)?,
    };
    let found = Found { invitations: db.invitations_on(site, open)?, requests, handovers: db.handovers_on(site, open)? };
    found.rows(db, policy, now)
}

/// Invitations to the team that wait for an answer and would reach a site from a folder, or from everywhere.
pub fn reaching(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, ground: &Ground) -> Result<Vec<OfferRow>> {
    let mut rows = Vec::new();
    for it in db.team_invitations_open()? {
        let mut scopes = db.waiting_roles(WaitsFor::Invitation(it.id))?.into_iter().filter_map(|it| it.scope);
        if ground.has_team && scopes.any(|it| it.site().is_none() && ground.nearness(it).is_some()) {
            rows.push(invitation(db, policy, now, &it)?);
        }
    }
    Ok(rows)
}

/// Everything that a contact was asked for or offered.
pub fn about_contact(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, contact: ContactId) -> Result<Vec<OfferRow>> {
    let email = db.find::<Contact>(contact)?.and_then(|it| it.email);
    let offered = email.map_or_else(|| Ok(Found::default()), |it| Found::to_address(db, &it, Open::All))?;
    Found { requests: db.requests_to(contact)?, ..offered }.rows(db, policy, now)
}

/// What waits for an answer and runs out by then; of each kind the first `limit`.
pub fn ending(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<OfferRow>> {
    let found = Found {
        invitations: db.invitations_ending(now, by, limit)?,
        requests: db.requests_ending(now, by, limit)?,
        handovers: db.handovers_ending(now, by, limit)?,
    };
    found.rows(db, policy, now)
}

/// Offers of all kinds as they are stored.
#[derive(Default)]
struct Found {
    invitations: Vec<Invitation>,
    requests: Vec<Request>,
    handovers: Vec<Handover>,
}

impl Found {
    fn to_address(db: Reader<'_>, email: &str, open: Open) -> Result<Found> {
        Ok(Found { invitations: db.invitations_to(email, open)?, handovers: db.handovers_to(email, open)?, ..Found::default() })
    }

    /// In words, pending ones first, then the newest.
    fn rows(&self, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> Result<Vec<OfferRow>> {
        let invitations = self.invitations.iter().map(|it| invitation(db, policy, now, it));
        let requests = self.requests.iter().map(|it| request(db, policy, now, it));
        let handovers = self.handovers.iter().map(|it| handover(db, policy, now, it));
        let mut rows = invitations.chain(requests).chain(handovers).collect::<Result<Vec<_>>>()?;
        in_order(&mut rows);
        Ok(rows)
    }
}

/// Those that are pending first, then the newest.
fn in_order(rows: &mut [OfferRow]) {
    rows.sort_by_key(|it| (it.stage != Stage::Pending, Reverse(it.sent), Reverse(it.key)));
}

/// Everything that was sent to a person or, of the newest `limit` of each kind that wait and that there are, by them.
pub fn of_person(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Person, limit: usize) -> Result<Vec<OfferRow>> {
    let mut by_them = list(db, policy, now, Open::Unanswered, limit)?;
    by_them.extend(list(db, policy, now, Open::All, limit)?);
    by_them.retain(|row| row.by.as_ref() == Some(&it.email));
    let contact = db.contact_by_email(&it.email)?;
    let to_them = match contact {
        Some(contact) => about_contact(db, policy, now, contact.id)?,
        None => to_address(db, policy, now, &it.email, Open::All)?,
    };
    let mut rows: Vec<OfferRow> = Vec::new();
    for row in to_them.into_iter().chain(by_them) {
        if rows.iter().all(|other| other.key != row.key) {
            rows.push(row);
        }
    }
    in_order(&mut rows);
    Ok(rows)
}

/// One offer by its number.
pub fn one(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, key: OfferKey) -> Result<Option<OfferRow>> {
    match key {
        OfferKey::Invitation(id) => db.find(InvitationId(id))?.map(|it| invitation(db, policy, now, &it)).transpose(),
        OfferKey::Request(id) => db.find(RequestId(id))?.map(|it| request(db, policy, now, &it)).transpose(),
        OfferKey::Handover(id) => db.find(HandoverId(id))?.map(|it| handover(db, policy, now, &it)).transpose(),
    }
}

fn invitation(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Invitation) -> Result<OfferRow> {
    let waiting = db.waiting_roles(WaitsFor::Invitation(it.id))?;
    let accepted = it.accepted_by.map(|id| email_of(db, id)).transpose()?.flatten();
    let other = accepted.filter(|by| email_key(by) != email_key(&it.email));
    let drifts = waiting.iter().filter_map(|it| Drift::of(policy, it.role, it.offered.as_ref()));
    let open = still_open(&it.offer, it.stage(now), drifts);
    Ok(OfferRow {
        kind: if it.level == Level::Team { Kind::Team } else { Kind::Site },
        places: places(db, &waiting)?,
        remark: other.map(|by| format!("accepted as {by}: make sure that you know them")).or(open),
        note: it.note.clone(),
        until: it.until,
        to: it.email.clone(),
        roles: names(policy, waiting.iter().map(|it| it.role)),
        ..row(db, OfferKey::Invitation(it.id.0), &it.offer, it.stage(now), it.ends(), it.invited_by)?
    })
}

fn request(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Request) -> Result<OfferRow> {
    let contact = db.find::<Contact>(it.contact)?;
    let to = contact.map_or_else(String::new, |it| it.email.map_or_else(|| it.name.clone(), |email| format!("{} <{email}>", it.name)));
    let waiting = db.waiting_roles(WaitsFor::Request(it.id))?;
    let site = it.site.map(|id| db.find::<Site>(id)).transpose()?.flatten();
    let person = email_of(db, it.person)?.unwrap_or_default();
    let wider = if it.wider { "; the client gave more than was asked for" } else { "" };
    let word = match it.stage(now) {
        Stage::Pending => "sent",
        Stage::Accepted => "approved",
        Stage::Declined => "declined",
        Stage::Cancelled => "withdrawn",
        Stage::Expired => "lapsed",
    };
    Ok(OfferRow {
        kind: Kind::Request,
        places: vec![site.map_or_else(|| it.site_text.clone(), |site| format!("site {}", site.key))],
        remark: Some(format!("for {person}{wider}")),
        note: it.message.clone(),
        until: it.until,
        word,
        to,
        roles: names(policy, waiting.iter().map(|it| it.role)),
        ..row(db, OfferKey::Request(it.id.0), &it.offer, it.stage(now), it.ends(), it.asked_by)?
    })
}

fn handover(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Handover) -> Result<OfferRow> {
    let site = db.the::<Site>(it.site)?.key;
    let kept = it.keep.map(|role| names(policy, std::iter::once(role)).join(""));
    let chosen = [
        kept.map(|role| format!("the old owner keeps {role}")),
        it.with_plan.then(|| "the plan goes along".to_owned()),
        it.with_copy.then(|| "a copy stays".to_owned()),
    ];
    let drift = it.keep.and_then(|role| Drift::of(policy, role, it.keep_offered.as_ref()));
    let open = still_open(&it.offer, it.stage(now), drift.into_iter());
    let chosen: Vec<String> = chosen.into_iter().flatten().chain(open).collect();
    Ok(OfferRow {
        kind: match it.kind {
            HandoverKind::Transfer => Kind::Transfer,
            HandoverKind::Partner => Kind::Partner,
        },
        places: vec![format!("site {site}")],
        remark: (!chosen.is_empty()).then(|| chosen.join(", ")),
        to: it.email.clone(),
        ..row(db, OfferKey::Handover(it.id.0), &it.offer, it.stage(now), it.ends(), it.asked_by)?
    })
}

/// Why an offer that waits has to be sent again before it brings anything, or brings less than it said.
fn still_open(offer: &Offer, stage: Stage, drifts: impl Iterator<Item = Drift>) -> Option<String> {
    let dead = offer.token.is_none().then(|| "its link is dead until it is sent again".to_owned());
    let told = drifts.map(|it| if it.gained.is_empty() { it.to_string() } else { format!("{it}, so that it must be sent again") });
    let mut said: Vec<String> = dead.into_iter().collect();
    for it in told {
        if !said.contains(&it) {
            said.push(it);
        }
    }
    (stage == Stage::Pending && !said.is_empty()).then(|| said.join("; "))
}

/// What all kinds have in common.
fn row(db: Reader<'_>, key: OfferKey, offer: &Offer, stage: Stage, ends: DateTime<Utc>, by: Option<PersonId>) -> Result<OfferRow> {
    Ok(OfferRow {
        key,
        kind: Kind::Site,
        to: String::new(),
        roles: Vec::new(),
        places: Vec::new(),
        stage,
        word: stage.as_str(),
        sent: offer.sent,
        ends,
        sendings: offer.sendings,
        by: by.map(|id| email_of(db, id)).transpose()?.flatten(),
        until: None,
        remark: None,
        note: String::new(),
    })
}

fn email_of(db: Reader<'_>, id: PersonId) -> Result<Option<String>> {
    Ok(db.find::<Person>(id)?.map(|it| it.email))
}

/// The names of roles, each once, in their order.
fn names(policy: &Policy, roles: impl Iterator<Item = RoleId>) -> Vec<String> {
    let mut names = Vec::new();
    for name in roles.filter_map(|id| policy.role(id)).map(|it| &it.role.name) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The places where roles wait, each once, in their order.
fn places(db: Reader<'_>, waiting: &[WaitingRole]) -> Result<Vec<String>> {
    let mut scopes: Vec<Scope> = Vec::new();
    for scope in waiting.iter().filter_map(|it| it.scope) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes.into_iter().map(|it| Ok(scope_record(db, it)?.to_string())).collect()
}

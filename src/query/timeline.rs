//! The history of one person, site or contact: what was done, and what time did by itself.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::scope_record;
use super::offers::{self, OfferRow};
use crate::domain::ids::{HandoverId, InvitationId, RequestId};
use crate::domain::offer::Stage;
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::things::{Assignment, Contact, Person, Site};
use crate::store::Reader;
use crate::store::assignments::Which;
use crate::store::journal::Subject;
use crate::store::life::Open;

/// One moment of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    pub at: DateTime<Utc>,
    /// The entry of the journal; none where an end passed by itself.
    pub seq: Option<i64>,
    /// In whose name it was done.
    pub actor: Option<String>,
    pub what: String,
}

/// The newest `limit` moments of a person's history, the newest first.
pub fn of_person(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Person, limit: usize) -> Result<Vec<Moment>> {
    let rows = offers::to_address(db, policy, now, &it.email, Open::All)?;
    let mut subjects = subjects(&rows);
    subjects.push(Subject::Person(it.id));
    let ended = ended(db, policy, now, &db.assignments_of(it.id)?)?;
    history(db, &subjects, rows, ended, limit)
}

/// The newest `limit` moments of a site's history, the newest first.
pub fn of_site(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Site, limit: usize) -> Result<Vec<Moment>> {
    let rows = offers::about_site(db, policy, now, it.id, Open::All)?;
    let mut subjects = subjects(&rows);
    subjects.push(Subject::Site(it.id));
    let which = Which { site: Some(it.id), ..Which::default() };
    let ended = ended(db, policy, now, &db.assignments_after(which, crate::domain::ids::AssignmentId(0), limit)?)?;
    history(db, &subjects, rows, ended, limit)
}

/// The newest `limit` moments of a contact's history, and of the person with the same address; the newest first.
pub fn of_contact(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Contact, limit: usize) -> Result<Vec<Moment>> {
    let rows = offers::about_contact(db, policy, now, it.id)?;
    let mut subjects = subjects(&rows);
    subjects.push(Subject::Contact(it.id));
    let person = it.email.as_deref().map(|email| db.person_by_email(email)).transpose()?.flatten();
    let mut passed = Vec::new();
    if let Some(person) = person {
        subjects.push(Subject::Person(person.id));
        passed = ended(db, policy, now, &db.assignments_of(person.id)?)?;
    }
    history(db, &subjects, rows, passed, limit)
}

fn subjects(rows: &[OfferRow]) -> Vec<Subject> {
    let subject = |row: &OfferRow| match row.key {
        OfferKey::Invitation(id) => Subject::Invitation(InvitationId(id)),
        OfferKey::Request(id) => Subject::Request(RequestId(id)),
        OfferKey::Handover(id) => Subject::Handover(HandoverId(id)),
    };
    rows.iter().map(subject).collect()
}

/// Access that is over without anybody having taken it.
fn ended(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, held: &[Assignment]) -> Result<Vec<Moment>> {
    let mut moments = Vec::new();
    for it in held {
        let Some(at) = it.until.filter(|until| *until <= now) else { continue };
        let role = policy.role(it.role).map_or("?", |held| held.role.name.as_str());
        let who = db.find::<Person>(it.person)?.map_or_else(String::new, |it| it.email);
        moments.push(Moment { at, seq: None, actor: None, what: format!("{role} of {who} ended ({})", scope_record(db, it.scope)?) });
    }
    Ok(moments)
}

fn history(db: Reader<'_>, subjects: &[Subject], rows: Vec<OfferRow>, ended: Vec<Moment>, limit: usize) -> Result<Vec<Moment>> {
    let mut moments = ended;
    for row in rows.into_iter().filter(|it| it.stage == Stage::Expired) {
        let what = format!("{} to {} ended without an answer", row.key, row.to);
        moments.push(Moment { at: row.ends, seq: None, actor: None, what });
    }
    for it in db.entries_about(subjects, None, limit)? {
        moments.push(Moment { at: it.at, seq: Some(it.seq), actor: Some(it.actor), what: it.summary });
    }
    moments.sort_by_key(|it| std::cmp::Reverse((it.at, it.seq)));
    moments.truncate(limit);
    Ok(moments)
}

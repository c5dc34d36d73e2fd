//! The history of one person, site or contact: what was done, and what time did by itself.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::scope_record;
use super::offers::{self, OfferRow};
use crate::domain::contact::Contact;
use crate::domain::offer::Stage;
use crate::domain::policy::Policy;
use crate::domain::row::Subject;
use crate::domain::things::{Assignment, Person, Site};
use crate::domain::time;
use crate::facts::Reader;
use crate::store::assignments::Which;
use crate::store::journal::Entry;
use crate::store::life::Open;

/// One moment of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    #[serde(with = "time::instant")]
    pub at: DateTime<Utc>,
    /// The entry of the journal; none where an end passed by itself.
    pub seq: Option<i64>,
    /// In whose name it was done.
    pub actor: Option<String>,
    pub what: String,
}

/// How far a history goes.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// What has passed by itself by this instant.
    pub now: DateTime<Utc>,
    /// The last entry that counts.
    pub entry: i64,
}

impl Until {
    /// To the end.
    pub fn present(now: DateTime<Utc>) -> Until {
        Until { now, entry: i64::MAX }
    }
}

/// The newest `limit` moments of a person's history, the newest first.
pub fn of_person(db: Reader<'_>, policy: &Policy, until: Until, it: &Person, limit: usize) -> Result<Vec<Moment>> {
    let rows = offers::to_address(db, policy, until.now, &it.email, Open::All)?;
    let subjects = subjects(&rows, &[Subject::Person(it.id)]);
    let ended = ended(db, policy, &db.assignments_over(Which { person: Some(it.id), ..Which::default() }, until.now, limit)?)?;
    history(db, until, &subjects, rows, ended, limit)
}

/// The newest `limit` moments of a site's history, the newest first.
pub fn of_site(db: Reader<'_>, policy: &Policy, until: Until, it: &Site, limit: usize) -> Result<Vec<Moment>> {
    let rows = offers::about_site(db, policy, until.now, it.id, Open::All)?;
    let subjects = subjects(&rows, &[Subject::Site(it.id)]);
    let ended = ended(db, policy, &db.assignments_over(Which { site: Some(it.id), ..Which::default() }, until.now, limit)?)?;
    history(db, until, &subjects, rows, ended, limit)
}

/// The newest `limit` moments of a contact's history, and of the person with the same address; the newest first.
pub fn of_contact(db: Reader<'_>, policy: &Policy, until: Until, it: &Contact, limit: usize) -> Result<Vec<Moment>> {
    let rows = offers::about_contact(db, policy, until.now, it.id)?;
    let mut subjects = subjects(&rows, &[Subject::Contact(it.id)]);
    let person = it.email.as_deref().map(|email| db.person_by_email(email)).transpose()?.flatten();
    let mut passed = Vec::new();
    if let Some(person) = person {
        subjects.push(Subject::Person(person.id));
        passed = ended(db, policy, &db.assignments_over(Which { person: Some(person.id), ..Which::default() }, until.now, limit)?)?;
    }
    history(db, until, &subjects, rows, passed, limit)
}

/// These things, and every offer about them.
fn subjects(rows: &[OfferRow], things: &[Subject]) -> Vec<Subject> {
    rows.iter().map(|it| it.key.into()).chain(things.iter().copied()).collect()
}

/// Access that is over without anybody having taken it.
fn ended(db: Reader<'_>, policy: &Policy, held: &[Assignment]) -> Result<Vec<Moment>> {
    let mut moments = Vec::new();
    for it in held {
        let Some(at) = it.until else { continue };
        let role = policy.role(it.role).map_or("?", |held| held.role.name.as_str());
        let who = db.the::<Person>(it.person)?.email;
        moments.push(Moment { at, seq: None, actor: None, what: format!("{role} of {who} ended ({})", scope_record(db, it.scope)?) });
    }
    Ok(moments)
}

/// The newest `limit` things that were done with whatever it is, the newest first.
pub fn of(db: Reader<'_>, until: Until, it: impl Into<Subject>, limit: usize) -> Result<Vec<Moment>> {
    Ok(db.entries_about(&[it.into()], until.entry, limit)?.into_iter().map(Moment::from).collect())
}

impl From<Entry> for Moment {
    fn from(it: Entry) -> Moment {
        Moment { at: it.at, seq: Some(it.seq), actor: Some(it.actor), what: it.summary }
    }
}

/// Puts together what was done and what passed by itself.
fn history(
    db: Reader<'_>,
    until: Until,
    subjects: &[Subject],
    rows: Vec<OfferRow>,
    ended: Vec<Moment>,
    limit: usize,
) -> Result<Vec<Moment>> {
    let mut passed = ended;
    for row in rows.into_iter().filter(|it| it.stage == Stage::Expired) {
        let what = format!("{} to {} ended without an answer", row.key, row.to);
        passed.push(Moment { at: row.ends, seq: None, actor: None, what });
    }
    passed.sort_by_key(|it| it.at);
    let mut moments = Vec::new();
    // Entries by their number, which no clock can disturb; what passed by itself goes before the first that was written by then.
    for entry in db.entries_about(subjects, until.entry, limit)?.into_iter().map(Moment::from) {
        let later = passed.iter().rposition(|it| it.at <= entry.at).map_or(0, |at| at + 1);
        moments.extend(passed.drain(later..).rev());
        moments.push(entry);
    }
    moments.extend(passed.into_iter().rev());
    moments.truncate(limit);
    Ok(moments)
}

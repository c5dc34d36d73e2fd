//! What went out with a change: letters in the outbox, links that are shown once.

use std::path::PathBuf;

use anyhow::{Error, Result, anyhow};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::print::Out;
use super::session::{Session, Start};
use crate::domain::change::Change;
use crate::domain::offer::{Answer, Offer};
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::token::Token;
use crate::exchange::{mail, outbox};
use crate::query::journal;
use crate::query::offers::{self, Kind};
use crate::store::Reader;
use crate::store::journal::Head;

/// One offer that was sent, once or again.
#[derive(Serialize)]
pub(super) struct Sent {
    offer: OfferKey,
    to: String,
    /// From when on it can no longer be accepted.
    ends: DateTime<Utc>,
    #[serde(skip)]
    kind: Kind,
    /// The line that accepts it; a request has none.
    accept: Option<String>,
    mail: Option<PathBuf>,
}

/// What was sent, and what stands although its letter was lost.
pub(super) struct Posted {
    pub(super) sent: Vec<Sent>,
    pub(super) lost: Option<Error>,
}

/// Writes the letters of everything that an entry sent.
pub(super) fn post(start: &Start, session: &Session, head: Option<Head>, tokens: &[Token]) -> Result<Posted> {
    let mut posted = Posted { sent: Vec::new(), lost: None };
    let Some(head) = head else { return Ok(posted) };
    let folder = outbox::beside(session.store.path());
    let letters = session.store.snapshot(|db| {
        let policy = db.policy(None)?;
        let written = |it: (OfferKey, Option<&Token>)| letter(start, session, db, &policy, it);
        going_out(db, head, tokens)?.into_iter().map(written).collect::<Result<Vec<_>>>()
    })?;
    for (mut sent, letter) in letters {
        match letter.and_then(|it| outbox::post(&folder, &it, session.now)) {
            Ok(path) => sent.mail = Some(path),
            Err(error) => posted.lost = posted.lost.or_else(|| Some(lost(&sent, &error))),
        }
        posted.sent.push(sent);
    }
    Ok(posted)
}

fn letter(
    start: &Start,
    session: &Session,
    db: Reader<'_>,
    policy: &Policy,
    (offer, token): (OfferKey, Option<&Token>),
) -> Result<(Sent, Result<mail::Letter>)> {
    let row = offers::one(db, policy, session.now, offer)?;
    let row = row.ok_or_else(|| anyhow!("{offer} was sent and is gone"))?;
    let accept = token.map(|it| format!("rolecall accept {}{}", it.reveal(), start.same_file()));
    Ok((Sent { offer, to: row.to, ends: row.ends, kind: row.kind, accept, mail: None }, mail::of(db, policy, offer, token)))
}

fn lost(sent: &Sent, error: &Error) -> Error {
    let (verb, n) = (sent.kind.verb(), sent.offer.number());
    anyhow!("{} stands, but its mail was not written ({error:#}); rolecall {verb} resend {n} writes a new one", sent.offer)
}

/// The offers that an entry sent, with the tokens of their links.
fn going_out<'a>(db: Reader<'_>, head: Head, tokens: &'a [Token]) -> Result<Vec<(OfferKey, Option<&'a Token>)>> {
    let Some(entry) = db.entry(head.seq)? else { return Ok(Vec::new()) };
    let (changes, _) = journal::changes(db, &entry, usize::MAX)?;
    let sent = changes.iter().filter_map(sending);
    Ok(sent.map(|(key, offer)| (key, tokens.iter().find(|token| offer.token.is_some_and(|it| it.is_of(token))))).collect())
}

/// The offer that a change sends, once or again.
fn sending(change: &Change) -> Option<(OfferKey, &Offer)> {
    let (key, before, after) = match change {
        Change::Invitation(edit) => {
            let after = edit.after.as_ref()?;
            (OfferKey::Invitation(after.id.0), edit.before.as_ref().map(|it| &it.offer), &after.offer)
        }
        Change::Request(edit) => {
            let after = edit.after.as_ref()?;
            (OfferKey::Request(after.id.0), edit.before.as_ref().map(|it| &it.offer), &after.offer)
        }
        Change::Handover(edit) => {
            let after = edit.after.as_ref()?;
            (OfferKey::Handover(after.id.0), edit.before.as_ref().map(|it| &it.offer), &after.offer)
        }
        Change::Setting(_)
        | Change::Catalog(_)
        | Change::Person(_)
        | Change::Contact(_)
        | Change::Folder(_)
        | Change::Site(_)
        | Change::Role(_)
        | Change::Assignment(_)
        | Change::WaitingRole(_) => return None,
    };
    let again = before.is_none_or(|it| it.sendings < after.sendings);
    (again && after.answer == Answer::None).then_some((key, after))
}

impl Sent {
    pub(super) fn print(&self, out: &mut Out) {
        out.line(&format!("  {} to {}, until {}", self.offer, self.to, self.ends.format("%Y-%m-%d")));
        out.lines(4, &self.accept);
        out.lines(4, self.mail.iter().map(|it| format!("mail: {}", it.display())));
    }
}

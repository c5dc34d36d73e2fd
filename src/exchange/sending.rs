//! What an entry of the journal sent: every offer of it, with its letter in the outbox.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{mail, outbox};
use crate::command::Command;
use crate::domain::change::Change;
use crate::domain::offer::{Answer, Offer};
use crate::domain::offered::Offered;
use crate::domain::record::{OfferKey, PersonRecord, Record};
use crate::domain::token::Token;
use crate::facts::{Reader, Store};
use crate::query::offers::{self, OfferRow};

/// One offer that was sent, once or again.
#[derive(Debug)]
pub struct Sent {
    pub row: OfferRow,
    /// Of its link; a request has none.
    pub token: Option<Token>,
    /// Where its letter lies, or why there is none: the offer stands all the same.
    pub mail: Result<PathBuf>,
}

/// Keeps the name that came with the address of somebody who is invited, where nobody is known by that address.
///
/// # Errors
/// That the file could not be read.
pub fn introduction(db: Reader<'_>, name: Option<&str>, email: &str) -> Result<Option<Command>> {
    let Some(name) = name else { return Ok(None) };
    if db.person_by_email(email)?.is_some() || db.contact_by_email(email)?.is_some() {
        return Ok(None);
    }
    Ok(Some(Command::Add(Record::Person(PersonRecord { email: email.to_owned(), name: name.to_owned() }))))
}

/// Writes the letters of everything that the changes of an entry sent, if anything. `tokens` are those of its links.
///
/// # Errors
/// That the file of the workspace could not be read.
pub fn post(store: &Store, changes: &[Change], now: DateTime<Utc>, tokens: &[Token]) -> Result<Vec<Sent>> {
    let going_out = going_out(changes, tokens);
    if going_out.is_empty() {
        return Ok(Vec::new());
    }
    let written = store.snapshot(|db| {
        let policy = db.policy(None)?;
        let letter = |(key, token): (OfferKey, Option<&Token>)| {
            let row = offers::one(db, &policy, now, key)?.with_context(|| format!("{key} was sent and is gone"))?;
            Ok((row, token.cloned(), mail::of(db, &policy, key, token)))
        };
        going_out.into_iter().map(letter).collect::<Result<Vec<_>>>()
    })?;
    let letters: Vec<_> = written.iter().filter_map(|(.., letter)| letter.as_ref().ok()).collect();
    let mut paths = outbox::post(store.path(), &letters, now).into_iter();
    let sent = written.into_iter().map(|(row, token, letter)| {
        let mail = letter.and_then(|_| paths.next().context("there is no word of the letter")?);
        Sent { row, token, mail }
    });
    Ok(sent.collect())
}

/// The offers that changes sent, with the tokens of their links.
fn going_out<'a>(changes: &[Change], tokens: &'a [Token]) -> Vec<(OfferKey, Option<&'a Token>)> {
    let links: HashMap<[u8; 32], &Token> = tokens.iter().map(|it| (it.hash().0, it)).collect();
    let token = |offer: &Offer| offer.token.and_then(|hash| links.get(&hash.0).copied().filter(|it| hash.is_of(it)));
    // A link that nobody knows was not made now.
    let goes = |(key, token): &(OfferKey, Option<&Token>)| token.is_some() || matches!(key, OfferKey::Request(_));
    // What the entry itself ended, or sent once more, does not go out.
    let net = Change::net(changes);
    net.iter().filter_map(sending).map(|(key, offer)| (key, token(offer))).filter(goes).collect()
}

/// The offer that a change sends, once or again.
pub fn sending(change: &Change) -> Option<(OfferKey, &Offer)> {
    let edit = change.offer()?;
    let (before, after) = (edit.before.map(Offered::offer), edit.after?);
    let offer = after.offer();
    let again = before.is_none_or(|it| it.sendings < offer.sendings);
    (again && offer.answer == Answer::None).then_some((after.key(), offer))
}

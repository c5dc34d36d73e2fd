//! One sentence for every command: what the journal, the toast and the receipt say.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{Command, Switch};
use crate::domain::change::{Change, Edit, by_kind};
use crate::domain::life::HandoverKind;
use crate::domain::record::{Record, Recorded, ScopeRecord, by_key, by_record, by_records};
use crate::domain::review::Verdict;
use crate::domain::row::Row;
use crate::domain::text::{display, few, key_from, plural};
use crate::domain::time::{self, Zone};
use crate::domain::token::Token;
use crate::facts::Reader;

/// What it did, as the journal says it.
///
/// # Errors
/// That the file could not be read.
pub fn summary(db: Reader<'_>, command: &Command) -> Result<String> {
    Ok(match command {
        Command::Init(record) => format!("set up {} for {}", display(&record.name), record.owner),
        Command::Ceiling(ceiling) => format!("switched the ceiling to {ceiling}"),
        Command::Add(record) => by_record!(record, it => format!("{}{}", it.added(), end(db, it.until())?), {
            Record::Workspace(it) => format!("added the workspace {}", display(&it.name)),
            Record::Catalog(it) => format!("added the catalog {}", it.platform),
        }),
        Command::Edit { before, after } => {
            by_records!((before, after), (old, new) => format!("{}{}", old.edited(new), end(db, new.until())?), {
                (_, Record::Workspace(it)) => format!("edited the workspace {}", display(&it.name)),
                (_, Record::Catalog(it)) => format!("changed the catalog {}", display(&it.platform)),
                // Refused before anybody reads this.
                _ => String::new(),
            })
        }
        Command::Remove(key) => by_key!(key, (Kind, it) => Kind::removed(it)),
        Command::Toggle { role, permissions, to } => {
            let verb = match to {
                Switch::Grant => "granted",
                Switch::Revoke => "revoked",
                Switch::Pin => "pinned",
            };
            format!("{verb} {} in {role}", few(permissions))
        }
        Command::Duplicate { role, name, key } => {
            let key = key.clone().unwrap_or_else(|| key_from(name));
            format!("duplicated {role} as {} ({})", display(name), display(&key))
        }
        Command::Invite(it) => {
            format!("invited {} as {} ({}){}", it.email, few(&it.roles), few(&places(&it.scopes)), end(db, it.until)?)
        }
        Command::Ask(it) => format!("asked {} for access to {}", display(&it.contact), display(&it.site)),
        Command::HandOver(it) => match it.kind {
            HandoverKind::Transfer => format!("offered {} to {}", it.site, it.email),
            HandoverKind::Partner => format!("proposed a partnership on {} to {}", it.site, it.email),
        },
        Command::Resend { offer, .. } => format!("sent {offer} again"),
        Command::Cancel(offer) => format!("took {offer} back"),
        Command::Decline(offer) => format!("{offer} was declined"),
        Command::Accept { token, email } => accepted(db, token, email.as_deref())?,
        Command::Approve { request, site, .. } => format!("request {request} was approved for {site}"),
        Command::Reclaim { site, .. } => format!("{site} was reclaimed"),
        Command::Leave { person, from } => format!("{person} left ({from})"),
        Command::Expel { person, from } => format!("removed {person} ({from})"),
        Command::Offboard { person, .. } => format!("offboarded {person}"),
        Command::Retire { role, replacement } => format!("removed the role {role}, with {replacement} in its place"),
        Command::StartReview(it) => format!("began the review {}: {}", display(&it.name), plural(it.items.len(), "item")),
        Command::Decide { review, items, verdict, .. } => decided(db, review, items, verdict.as_ref())?,
        Command::FinishReview(it) => format!("finished the review {}", display(&it.review)),
        Command::Bind { person, uid } => format!("bound uid {uid} to {person}"),
        Command::Unbind { uid } => format!("unbound uid {uid}"),
        Command::Declare { before, after } => match Command::between(before.clone(), after.clone()) {
            Some(it) => summary(db, &it)?,
            None => "removed a catalog".to_owned(),
        },
        Command::Batch(commands) => match commands.as_slice() {
            [only] => summary(db, only)?,
            all => {
                let each = all.iter().map(|it| summary(db, it)).collect::<Result<Vec<_>>>()?;
                format!("{} steps: {}", all.len(), few(&each))
            }
        },
        Command::Import { source, added, changed } => imported(source, *added, *changed),
        Command::Undo(seq) => format!("took back {seq}: {}", of(db, *seq)?),
        Command::Redo(seq) => {
            let undone = db.entry(*seq)?.map_or_else(Vec::new, |it| it.takes_back());
            let undone = if undone.is_empty() { vec![*seq] } else { undone };
            format!("did again: {}", few(&undone.into_iter().map(|it| of(db, it)).collect::<Result<Vec<_>>>()?))
        }
    })
}

pub(super) fn imported(source: &str, added: usize, changed: usize) -> String {
    format!("imported {}: {added} added, {changed} changed", display(source))
}

/// When it ends, with hour and zone.
fn end(db: Reader<'_>, until: Option<DateTime<Utc>>) -> Result<String> {
    until.map_or_else(|| Ok(String::new()), |at| Ok(format!(", until {}", db.zone()?.exact_until(at))))
}

fn decided(db: Reader<'_>, review: &str, items: &[u32], verdict: Option<&Verdict>) -> Result<String> {
    let numbers = few(&items.iter().map(ToString::to_string).collect::<Vec<_>>());
    let (of, review) = (if items.len() == 1 { "item" } else { "items" }, display(review));
    Ok(match verdict {
        Some(it) => format!("decided on {of} {numbers} of {review}: {}", it.words(db.zone()?)),
        None => format!("took back what was decided on {of} {numbers} of {review}"),
    })
}

fn places(scopes: &[ScopeRecord]) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

fn accepted(db: Reader<'_>, token: &Token, email: Option<&str>) -> Result<String> {
    if let Some(it) = db.invitation_by_token(token.hash())? {
        return Ok(format!("{} accepted invitation {}", email.unwrap_or(&it.email), it.id.0));
    }
    Ok(db.handover_by_token(token.hash())?.map_or_else(String::new, |it| format!("{} accepted hand-over {}", it.email, it.id.0)))
}

fn of(db: Reader<'_>, seq: i64) -> Result<String> {
    Ok(db.entry(seq)?.map_or_else(|| "an entry".to_owned(), |it| it.summary))
}

/// What differs between the row before and after: `  host: owner → agency  apps: +Wix Blog`. What is
/// named by a number, or was sent by mail, is only said to differ.
fn fields<T: Serialize>(edit: &Edit<T>) -> String {
    let as_object = |row: &Option<T>| row.as_ref().and_then(|it| serde_json::to_value(it).ok());
    let (Some(Value::Object(before)), Some(Value::Object(after))) = (as_object(&edit.before), as_object(&edit.after)) else {
        return String::new();
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let told = differ.map(|name| match (before.get(name), after.get(name)) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => format!("  {name}: {}", signed(old, new)),
        (old, new) if is_short(old) && is_short(new) => format!("  {name}: {} → {}", shown(old), shown(new)),
        _ => format!("  {name}"),
    });
    told.collect()
}

fn signed(old: &[Value], new: &[Value]) -> String {
    let only = |sign: char, list: &[Value], other: &[Value]| -> Vec<String> {
        list.iter().filter(|it| !other.contains(it)).map(|it| format!("{sign}{}", shown(Some(it)))).collect()
    };
    [only('+', new, old), only('-', old, new)].concat().join(" ")
}

/// Whether a value can be shown as it is: a word, not a number that stands for a row or a long text.
fn is_short(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(_)) => true,
        Some(Value::String(text)) => text.chars().count() <= 40,
        Some(Value::Number(_) | Value::Array(_) | Value::Object(_)) => false,
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) => minute(text).unwrap_or_else(|| display(text).into_owned()),
        Some(other) => other.to_string(),
    }
}

/// An instant to the minute; nothing of other texts.
fn minute(text: &str) -> Option<String> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (time::rfc3339(instant) == text).then(|| Zone::default().exact(instant))
}

/// What a change did to one row, for the journal's page.
pub fn change(change: &Change) -> String {
    by_kind!(change, edit => told(edit))
}

fn told<T: Row>(edit: &Edit<T>) -> String {
    let verb = match (&edit.before, &edit.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let title = edit.either().map_or_else(String::new, Row::title);
    let difference = edit.before.as_ref().zip(edit.after.as_ref()).and_then(|(before, after)| before.difference(after));
    format!("{verb} {} {}{}", T::NOUN, display(&title), difference.unwrap_or_else(|| fields(edit)))
}

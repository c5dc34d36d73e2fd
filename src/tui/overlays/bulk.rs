//! What is done to all that is marked, as one step.

use std::collections::BTreeMap;

use anyhow::Result;

use super::form::{Form, Input, Values};
use super::forms::role_words;
use crate::command::Command;
use crate::domain::record::{AssignmentKey, ContactRecord, Key, Record, Recorded, ScopeRecord};
use crate::domain::text;
use crate::domain::things::{Assignment, Contact, ContactStatus, Level, Person};
use crate::query::access::scope_record;
use crate::query::records;
use crate::tui::view::{Env, Message};
use crate::tui::widgets::lines::plural;

/// Somebody, and what they hold where one is.
pub(in crate::tui) type Holder = (Person, Vec<Assignment>);

/// Takes one role in one place from all of them; who does not hold it there is told.
pub(in crate::tui) fn unassign(env: &Env<'_>, people: &[Holder]) -> Result<Message> {
    let mut held: BTreeMap<String, (AssignmentKey, usize)> = BTreeMap::new();
    for it in people.iter().flat_map(|it| &it.1) {
        let record = records::assignment(env.drafted.db, env.drafted.policy, it)?;
        held.entry(role_words(env.drafted.policy, &record)).or_insert((record.key(), 0)).1 += 1;
    }
    if held.is_empty() {
        return Ok(Message::Complain("none of them holds a role here to take".to_owned()));
    }
    let n = people.len();
    let labels: BTreeMap<String, AssignmentKey> =
        held.into_iter().map(|(words, (key, some))| (format!("{words}, {some} of {n}"), key)).collect();
    let emails: Vec<String> = people.iter().map(|it| it.0.email.clone()).collect();
    let inputs = vec![Input::choice("Role", labels.keys().map(String::as_str), "")];
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let Some(key) = labels.get(&values.text(0)) else { return Err((0, "choose one".to_owned())) };
        let take = |person: &String| Command::Remove(Key::Assignment(AssignmentKey { person: person.clone(), ..key.clone() }));
        let words = format!("Take {} ({}) from {}", key.role, key.scope, plural(n, "person"));
        Ok(vec![Message::ProposeEach(emails.iter().map(take).collect(), words)])
    };
    Ok(Message::Open(Form::open(&format!("Take a role from {}", plural(n, "person")), inputs, build)))
}

/// Takes all that they have in one place.
pub(in crate::tui) fn remove(env: &Env<'_>, people: &[Holder]) -> Result<Message> {
    let mut places: BTreeMap<String, ScopeRecord> = BTreeMap::new();
    for it in people.iter().flat_map(|it| &it.1) {
        let (words, place) = match it.level {
            Level::Team => ("the team".to_owned(), ScopeRecord::Everywhere),
            Level::Site => scope_record(env.drafted.db, it.scope).map(|it| (it.to_string(), it))?,
        };
        places.insert(words, place);
    }
    let emails: Vec<String> = people.iter().map(|it| it.0.email.clone()).collect();
    let own = text::email_key(&env.actor.email);
    let propose = move |words: &str, from: &ScopeRecord| {
        let command = |email: &String| {
            let (person, from) = (email.clone(), from.clone());
            if text::email_key(email) == own { Command::Leave { person, from } } else { Command::Expel { person, from } }
        };
        let words = format!("Remove {} from {words}", plural(emails.len(), "person"));
        Message::ProposeEach(emails.iter().map(command).collect(), words)
    };
    let mut each = places.iter();
    Ok(match (each.next(), each.next()) {
        (None, _) => Message::Complain("none of them has a role here to lose".to_owned()),
        (Some((words, only)), None) => propose(words, only),
        (Some(_), Some(_)) => {
            let inputs = vec![Input::choice("From", places.keys().map(String::as_str), "")];
            let build = move |values: &Values<'_>, _: &Env<'_>| {
                let words = values.text(0);
                Ok(places.get(&words).map(|it| propose(&words, it)).into_iter().collect())
            };
            Message::Open(Form::open(&format!("Remove {} from a place", plural(people.len(), "person")), inputs, build))
        }
    })
}

/// Gives all of these contacts another status; it changes nobody's access and is written at once.
pub(in crate::tui) fn status(contacts: Vec<Contact>) -> Message {
    let title = format!("Edit {}", plural(contacts.len(), "contact"));
    let inputs = vec![Input::choice("Status", ContactStatus::ALL.iter().map(|it| it.as_str()), "")];
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let Some(status) = ContactStatus::parse(&values.text(0)) else { return Err((0, "choose one".to_owned())) };
        let others = contacts.iter().filter(|it| it.status != status).cloned().map(ContactRecord::from);
        let edit = |before: ContactRecord| Command::Edit {
            after: Record::Contact(ContactRecord { status, ..before.clone() }),
            before: Record::Contact(before),
        };
        let edits: Vec<Command> = others.map(edit).collect();
        if edits.is_empty() {
            return Err((0, "they have it already".to_owned()));
        }
        Ok(vec![Message::Run(Command::Batch(edits))])
    };
    Message::Open(Form::open(&title, inputs, build))
}

//! What is done to all that is marked, as one step.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;

use super::form::{Form, Input, Values};
use super::forms::{optional_time, role_words};
use super::leaving;
use crate::command::Command;
use crate::domain::contact::{Contact, ContactRecord};
use crate::domain::ids::PersonId;
use crate::domain::record::{AssignmentKey, AssignmentRecord, Key, Record, Recorded};
use crate::domain::things::{ContactStatus, Person};
use crate::query::records;
use crate::session::{Drafted, Session};
use crate::tui::app::labor::AT_ONCE;
use crate::tui::view::{Env, Found, Message, Progress, Work};
use crate::tui::widgets::lines::plural;

/// Somebody, and what they hold where one is.
pub(in crate::tui) type Holder = (Person, Vec<AssignmentRecord>);

/// What of somebody's assignments counts where one is, by their numbers; of whom it says nothing, all do.
pub(in crate::tui) type Counting = HashMap<PersonId, Vec<i64>>;

/// What is asked about all that is marked, once it is read what they hold.
pub(in crate::tui) type Asks = fn(&Env<'_>, &[Holder]) -> Message;

/// Reads what they hold, of many beside the screens, and asks.
pub(in crate::tui) fn of_holders(env: &Env<'_>, people: Vec<PersonId>, counting: Counting, asks: Asks) -> Result<Message> {
    if people.len() <= AT_ONCE {
        return Ok(asks(env, &holders(env.drafted, &people, &counting, &|_, _| Ok(()))?));
    }
    let run = move |twin: &mut Session, progress: &Progress<'_>| {
        let saved = twin.reader().policy(None)?;
        let held = holders(twin.drafted(&saved), &people, &counting, &|n, of| progress.at(n, of))?;
        Ok(Found::Then(Box::new(move |env| Ok(asks(env, &held)))))
    };
    Ok(Message::Work(Work { what: "reading what they hold".to_owned(), writes: false, run: Box::new(run) }))
}

/// The people of these numbers who are there, each with what they hold; it is told how many of how many are read.
fn holders(at: Drafted<'_>, people: &[PersonId], counting: &Counting, told: &dyn Fn(usize, usize) -> Result<()>) -> Result<Vec<Holder>> {
    let mut all = Vec::new();
    for (n, id) in people.iter().enumerate() {
        told(n, people.len())?;
        let Some(person) = at.db.find::<Person>(*id)? else { continue };
        let mut held = at.db.assignments_of(*id)?;
        held.retain(|it| counting.get(id).is_none_or(|some| some.contains(&it.id.0)));
        let records = held.iter().map(|it| records::assignment(at.db, at.policy, it)).collect::<Result<_>>()?;
        all.push((person, records));
    }
    Ok(all)
}

/// Takes one role in one place from all of them; who does not hold it there is told.
pub(in crate::tui) fn unassign(env: &Env<'_>, people: &[Holder]) -> Message {
    let mut held: BTreeMap<String, (AssignmentKey, usize)> = BTreeMap::new();
    for it in people.iter().flat_map(|it| &it.1) {
        held.entry(role_words(env.drafted.policy, it)).or_insert((it.key(), 0)).1 += 1;
    }
    if held.is_empty() {
        return Message::Complain("none of them holds a role here to take".to_owned());
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
    Message::Open(Form::open(&format!("Take a role from {}", plural(n, "person")), inputs, build))
}

/// Lets all that ends of what they hold go on until another day.
pub(in crate::tui) fn extend(env: &Env<'_>, people: &[Holder]) -> Message {
    let records: Vec<AssignmentRecord> = people.iter().flat_map(|it| &it.1).filter(|it| it.until.is_some()).cloned().collect();
    let Some(last) = records.iter().filter_map(|it| it.until).max() else {
        return Message::Complain("nothing that they hold here has an end".to_owned());
    };
    let (now, zone, n) = (env.now, env.policy.zone, people.len());
    let inputs = vec![
        Input::fixed("Roles", &format!("{} that end", plural(records.len(), "role"))),
        Input::line("Until", &zone.write_until(leaving::later(Some(last), zone, now)))
            .checked(move |it| optional_time(it, zone, now))
            .hint("empty: no end; 2027-01-31, or 14d"),
    ];
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let until = zone.until(&values.text(1), env.now).ok();
        if until.is_some_and(|it| it <= env.now) {
            return Err((1, "this would have ended already".to_owned()));
        }
        let edit = |before: &AssignmentRecord| Command::Edit {
            before: Record::Assignment(before.clone()),
            after: Record::Assignment(AssignmentRecord { until, ..before.clone() }),
        };
        let end = until.map_or_else(|| "without an end".to_owned(), |it| format!("until {}", zone.exact_until(it)));
        let words = format!("Let {} keep {} {end}", plural(n, "person"), plural(records.len(), "role"));
        Ok(vec![Message::ProposeEach(records.iter().map(edit).collect(), words)])
    };
    Message::Open(Form::open(&format!("Extend the access of {}", plural(n, "person")), inputs, build))
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

//! How access goes on or ends: extending, removing, offboarding, and roles that are retired.

use std::cell::Cell as Shared;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::form::{Entered, Form, Input, Kind, Said, Values};
use super::forms::{optional_time, role_words};
use super::invite::filled;
use super::sheet::Tone;
use crate::command::Command;
use crate::domain::catalog::BuiltinRole;
use crate::domain::life::WaitsFor;
use crate::domain::offer::Stage;
use crate::domain::policy::HeldRole;
use crate::domain::record::{AssignmentRecord, Key, Record, ScopeRecord};
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Site};
use crate::query::access::scope_record;
use crate::query::{offers, records};
use crate::store::life::Open;
use crate::tui::panes::known_roles;
use crate::tui::view::{Env, Message, Overlay};
use crate::tui::widgets::lines::plural;

/// By how much one key extends.
const MONTH: TimeDelta = TimeDelta::days(30);

/// Gives access that ends another month, or any other end.
pub(in crate::tui) fn extend(env: &Env<'_>, person: &Person, held: &[Assignment]) -> Result<Message> {
    let name = text::display(&person.name).into_owned();
    let ending: Vec<&Assignment> = held.iter().filter(|it| it.until.is_some()).collect();
    if ending.is_empty() {
        return Ok(Message::Complain(format!("nothing that {name} holds here has an end")));
    }
    let (now, zone, db, policy) = (env.now, env.policy.zone, env.drafted.db, env.drafted.policy);
    let records = ending.iter().map(|it| records::assignment(db, policy, it)).collect::<Result<Vec<AssignmentRecord>>>()?;
    let label =
        |it: &AssignmentRecord| format!("{} until {}", role_words(policy, it), it.until.map_or_else(String::new, |it| zone.show_until(it)));
    let labels: Vec<String> = records.iter().map(label).collect();
    let proposed: Vec<String> = records.iter().map(|it| zone.write_until(later(it.until, now))).collect();
    let inputs = vec![
        Input::choice("Role", labels.iter().map(String::as_str), labels.first().map_or("", String::as_str)),
        Input::line("Until", proposed.first().map_or("", String::as_str))
            .checked(move |it| optional_time(it, zone, now))
            .hint("empty: no end; 2027-01-31, or 14d"),
    ];
    let (of_live, shown) = (labels.clone(), Shared::new(0));
    let live = move |entered: &mut Entered<'_>, _: &Env<'_>| {
        let at = of_live.iter().position(|it| *it == entered.values().text(0)).unwrap_or(0);
        if shown.replace(at) != at {
            entered.write(1, &proposed[at]);
        }
        Ok(vec![vec![(Tone::Hint, format!("30 days more are proposed; today is {}", zone.day(now)))]])
    };
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let Some(at) = labels.iter().position(|it| *it == values.text(0)) else { return Err((0, "choose one".to_owned())) };
        let before = records[at].clone();
        let until = zone.until(&values.text(1), env.now).ok();
        if until.is_some_and(|it| it <= env.now) {
            return Err((1, "this would have ended already".to_owned()));
        }
        let end = until.map_or_else(|| "without an end".to_owned(), |it| format!("until {}", zone.exact_until(it)));
        let role = role_words(env.drafted.policy, &before);
        let words = format!("Let {} keep {} {end}", text::display(&before.person), text::display(&role));
        let after = AssignmentRecord { until, ..before.clone() };
        Ok(vec![Message::Propose(vec![Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }], words)])
    };
    Ok(Message::Open(Form::open_live(&format!("Extend the access of {name}"), inputs, live, build)))
}

/// A month after the end, or after now where that is later.
fn later(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    let from = until.map_or(now, |it| it.max(now));
    let at = from.checked_add_signed(MONTH).unwrap_or(from);
    // To the day, so that it reads well.
    at.date_naive().and_hms_opt(0, 0, 0).map_or(at, |it| it.and_utc())
}

/// Takes all that somebody has in one place; one's own access one leaves.
pub(in crate::tui) fn remove(env: &Env<'_>, person: &Person, held: &[Assignment]) -> Result<Message> {
    let name = text::display(&person.name).into_owned();
    let mut places: Vec<ScopeRecord> = Vec::new();
    for it in held {
        let place = match it.level {
            Level::Team => ScopeRecord::Everywhere,
            Level::Site => scope_record(env.drafted.db, it.scope)?,
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let own = text::email_key(&person.email) == text::email_key(&env.actor.email);
    let email = person.email.clone();
    let propose = move |from: ScopeRecord| {
        let person = email.clone();
        let command = if own { Command::Leave { person, from: from.clone() } } else { Command::Expel { person, from: from.clone() } };
        let verb = if own { "Leave".to_owned() } else { format!("Remove {name} from") };
        Message::Propose(vec![command], format!("{verb} {}", words(&from)))
    };
    let title = if own { "Leave".to_owned() } else { format!("Remove {} from a place", text::display(&person.name)) };
    Ok(match places.as_slice() {
        [] => Message::Complain(format!("{} has no role here to lose", text::display(&person.name))),
        [only] => propose(only.clone()),
        [..] => {
            let options: Vec<String> = places.iter().map(words).collect();
            let inputs = vec![Input::choice("From", options.iter().map(String::as_str), "")];
            let build = move |values: &Values<'_>, _: &Env<'_>| {
                let from = places.iter().find(|it| words(it) == values.text(0)).cloned();
                Ok(from.map(&propose).into_iter().collect())
            };
            Message::Open(Form::open(&title, inputs, build))
        }
    })
}

fn words(from: &ScopeRecord) -> String {
    if *from == ScopeRecord::Everywhere { "the team".to_owned() } else { from.to_string() }
}

/// Takes everything from somebody: what that is shows first, and in the review what it leaves bare.
pub(in crate::tui) fn offboard(env: &Env<'_>, person: &Person) -> Result<Box<dyn Overlay>> {
    let owns = env.drafted.db.n_sites_owned_by(person.id)?;
    let heir = if owns > 0 {
        let owner = env.store.reader().find::<Person>(env.policy.owner)?.map_or_else(String::new, |it| it.email);
        Input::lookup("Sites to", &owner, Kind::Person)
            .checked(|it| filled(it, "who takes their sites?"))
            .hint("who owns them from then on")
    } else {
        Input::fixed("Sites to", "nobody: they own none")
    };
    let inputs = vec![Input::fixed("Person", &person.email), heir];
    let row = person.clone();
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| {
        let values = entered.values();
        offboarding(env, &row, &values.text(1))
    };
    let row = person.clone();
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let words = format!("Take everything from {}", text::display(&row.email));
        let command = Command::Offboard { person: row.email.clone(), sites_to: (owns > 0).then(|| values.text(1)) };
        Ok(vec![Message::Propose(vec![command], words)])
    };
    Ok(Form::open_live(&format!("Offboard {}", text::display(&person.name)), inputs, live, build))
}

fn offboarding(env: &Env<'_>, person: &Person, heir: &str) -> Result<Said> {
    let (db, policy) = (env.drafted.db, env.drafted.policy);
    let held = db.assignments_of(person.id)?;
    let mut said = vec![(Tone::Heading, format!("TAKES  {}", plural(held.len(), "role")))];
    for it in &held {
        let role = policy.role(it.role).map_or("?", |held| held.role.name.as_str());
        let team = if it.level == Level::Team { "team, " } else { "" };
        said.push((Tone::Text, format!("- {role} ({team}{})", scope_record(db, it.scope)?)));
    }
    let heir = if heir.trim().is_empty() { "whoever takes their sites" } else { heir };
    for id in db.sites_owned_by(person.id)? {
        let site = db.find::<Site>(id)?.map_or_else(String::new, |it| it.name);
        said.push((Tone::Text, format!("- {site} goes to {heir}")));
    }
    for row in offers::to_address(db, policy, env.now, &person.email, Open::Unanswered)? {
        if row.stage == Stage::Pending {
            said.push((Tone::Text, format!("- {} ({}) is taken back", row.key, row.places.join(", "))));
        }
    }
    Ok(vec![said])
}

/// Removes a custom role; where it is in use, another takes its place in the same step.
pub(in crate::tui) fn retire(env: &Env<'_>, held: &HeldRole) -> Result<Message> {
    let db = env.store.reader();
    let name = text::display(&held.role.name).into_owned();
    let key = held.role.key.clone();
    let (_, holders) = env.sight.holders_of(db, env.policy, held.role.id)?;
    let mut waiting = db.waiting_with(held.role.id)?;
    waiting.retain(|it| env.sight.shows_offer(db, it.of.key()).unwrap_or(false));
    let kept = db.handovers_keeping(held.role.id)?;
    if holders == 0 && waiting.is_empty() && kept.is_empty() {
        return Ok(Message::Propose(vec![Command::Remove(Key::Role(key))], format!("Remove the role {name}")));
    }
    let invitations = waiting.iter().filter(|it| matches!(it.of, WaitsFor::Invitation(_))).count();
    let fits = |it: &&HeldRole| {
        it.role.platform == held.role.platform
            && it.role.id != held.role.id
            && env.policy.builtin(it).is_none_or(BuiltinRole::is_assignable)
    };
    let others: Vec<(String, String)> =
        known_roles(env).into_iter().filter(fits).map(|it| (it.role.key.clone(), it.role.name.clone())).collect();
    let inputs = vec![Input::choice("Instead", others.iter().map(|it| it.1.as_str()), "").hint("what its holders get; a letter jumps")];
    let used = format!(
        "Held by {}; {} and {} wait with it.",
        plural(holders, "person"),
        plural(invitations, "invitation"),
        plural(waiting.len() - invitations, "request")
    );
    let live = move |_: &mut Entered<'_>, _: &Env<'_>| Ok(vec![vec![(Tone::Text, used.clone())]]);
    let title = format!("Remove {name}");
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let Some((replacement, other)) = others.iter().find(|it| it.1 == values.text(0)).cloned() else {
            return Err((0, "choose one".to_owned()));
        };
        let words = format!("Remove {name}, and give its holders {} instead", text::display(&other));
        Ok(vec![Message::Propose(vec![Command::Retire { role: key.clone(), replacement }], words)])
    };
    Ok(Message::Open(Form::open_live(&title, inputs, live, build)))
}

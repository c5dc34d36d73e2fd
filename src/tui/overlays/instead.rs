//! What is decided about access that people have, in one place at a time: another role instead, or that it stays.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Duration, Utc};

use super::bulk::Holder;
use super::form::{Form, Input, Kind, Values};
use super::forms::role_words;
use super::invite::filled;
use crate::command::Command;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded};
use crate::domain::text;
use crate::tui::view::{Env, Message};
use crate::tui::widgets::lines::plural;

/// When access that is still needed is looked at again, if nobody says otherwise.
const HALF_A_YEAR: Duration = Duration::days(182);

/// Whom it is about, and what they hold, by the words for a role in a place.
struct Held {
    who: String,
    roles: BTreeMap<String, Vec<AssignmentRecord>>,
}

impl Held {
    fn of(env: &Env<'_>, people: &[Holder]) -> Held {
        let mut roles: BTreeMap<String, Vec<AssignmentRecord>> = BTreeMap::new();
        for it in people.iter().flat_map(|it| &it.1) {
            roles.entry(role_words(env.drafted.policy, it)).or_default().push(it.clone());
        }
        let who = if let [(only, _)] = people { text::display(&only.name).into_owned() } else { plural(people.len(), "person") };
        let label = |(words, some): (String, Vec<AssignmentRecord>)| {
            let counted = format!("{words}, {} of {}", some.len(), people.len());
            (if people.len() > 1 { counted } else { words }, some)
        };
        Held { who, roles: roles.into_iter().map(label).collect() }
    }

    fn nothing(&self) -> Message {
        Message::Complain(format!("{} holds no role here", self.who))
    }

    /// Which of them, the first unless somebody chooses.
    fn asked(&self) -> Input {
        Input::choice("Role", self.roles.keys().map(String::as_str), self.roles.keys().next().map_or("", String::as_str))
    }

    fn chosen(&self, values: &Values<'_>) -> Result<&[AssignmentRecord], (usize, String)> {
        self.roles.get(&values.text(0)).map(Vec::as_slice).ok_or_else(|| (0, "choose one".to_owned()))
    }
}

/// Another role in the place of one: the same people, places and ends.
pub(in crate::tui) fn replace(env: &Env<'_>, people: &[Holder]) -> Message {
    let held = Held::of(env, people);
    if held.roles.is_empty() {
        return held.nothing();
    }
    let title = format!("Another role for {}", held.who);
    let mut platforms = held.roles.values().flatten().filter_map(|it| env.drafted.policy.find_role(&it.role)).map(|it| &it.role.platform);
    let platform = platforms.next().filter(|first| platforms.all(|it| it == *first)).cloned();
    let inputs = vec![held.asked(), Input::lookup("Instead", "", Kind::Role(platform)).checked(|it| filled(it, "which role instead?"))];
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let (records, role) = (held.chosen(values)?, values.text(1));
        if records.iter().any(|it| it.role == role) {
            return Err((1, "that is the role they hold".to_owned()));
        }
        let replace = |it: &AssignmentRecord| {
            let instead = AssignmentRecord { role: role.clone(), ..it.clone() };
            Command::Batch(vec![Command::Remove(Key::Assignment(it.key())), Command::Add(Record::Assignment(instead))])
        };
        let words = format!("{role} instead of {} for {}", text::display(&values.text(0)), held.who);
        Ok(vec![Message::ProposeEach(records.iter().map(replace).collect(), words)])
    };
    Message::Open(Form::open(&title, inputs, build))
}

/// It is still needed: until when, and why.
pub(in crate::tui) fn keep(env: &Env<'_>, people: &[Holder]) -> Message {
    let held = Held::of(env, people);
    if held.roles.is_empty() {
        return held.nothing();
    }
    let (now, zone) = (env.now, env.policy.zone);
    let inputs = vec![
        held.asked(),
        Input::line("Review", &zone.day(now + HALF_A_YEAR)).checked(move |it| zone.since(it, now).map(drop)).hint("2027-01-31, or 90d"),
        Input::words("Because", "").checked(|it| filled(it, "why is it still needed?")),
    ];
    let title = format!("Still needed by {}", held.who);
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let records = held.chosen(values)?;
        let on: DateTime<Utc> = zone.since(&values.text(1), env.now).map_err(|words| (1, words))?;
        if on <= env.now {
            return Err((1, "this day has come already".to_owned()));
        }
        let reason = text::line("reason", &values.text(2)).map_err(|words| (2, words))?;
        let keep = |before: &AssignmentRecord| {
            let after = AssignmentRecord { review_on: Some(on), reason: Some(reason.clone()), ..before.clone() };
            Command::Edit { before: Record::Assignment(before.clone()), after: Record::Assignment(after) }
        };
        let words = format!("{} is still needed by {}; to be looked at on {}", text::display(&values.text(0)), held.who, zone.day(on));
        Ok(vec![Message::ProposeEach(records.iter().map(keep).collect(), words)])
    };
    Message::Open(Form::open(&title, inputs, build))
}

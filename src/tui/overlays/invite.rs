//! Inviting: to whom, where, as what; and what saying yes will bring, while the form is filled in.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::form::{Entered, Form, Input, Kind, Said, Values, place, place_key};
use super::forms::{self, optional_time};
use super::sheet::Tone;
use super::would_have::WouldHave;
use crate::command::Command;
use crate::domain::record::{InvitationRecord, Profile, ScopeRecord};
use crate::domain::text::{self, email_key};
use crate::domain::things::{Level, Site};
use crate::domain::time::Zone;
use crate::domain::token::TokenHash;
use crate::exchange::sending;
use crate::facts::Reader;
use crate::tui::keymap::key_of;
use crate::tui::view::{Env, Message, Overlay};
use crate::tui::widgets::lines::plural;

/// What is known already where the invitation begins.
#[derive(Default)]
pub(in crate::tui) struct Start {
    pub(in crate::tui) emails: Vec<String>,
    pub(in crate::tui) sites: Vec<Site>,
    pub(in crate::tui) roles: Vec<String>,
    pub(in crate::tui) client: bool,
}

const COLLABORATOR: &str = "collaborator";
const MEMBER: &str = "team member";

// The fields, in their order.
const EMAILS: usize = 0;
const LEVEL: usize = 1;
const PLACES: usize = 2;
const ROLES: usize = 3;
const CLIENT: usize = 4;
const UNTIL: usize = 5;
const NOTE: usize = 6;

pub(in crate::tui) fn open(env: &Env<'_>, start: Start) -> Box<dyn Overlay> {
    let (now, zone) = (env.now, env.policy.zone);
    let is_placed = !start.sites.is_empty();
    let at = start.sites.into_iter().map(|it| (place_key(&ScopeRecord::Site(it.key)), it.name)).collect();
    let chosen = start.roles;
    let inputs = vec![
        Input::addresses("E-mails", &start.emails.join("\n")).checked(check_addresses),
        Input::choice("As", [COLLABORATOR, MEMBER].into_iter(), COLLABORATOR).hint("of sites, or of the team").given(is_placed),
        Input::places("Where", at).checked(|it| filled(it, &no_place())).given(is_placed),
        Input::picks("Roles", &chosen).opens(forms::role_aside).checked(|it| filled(it, &no_role())),
        Input::yes_no("Client", start.client).hint("marks them as a client"),
        Input::line("Until", "").checked(move |it| optional_end(it, zone, now)),
        Input::message("Note", "").checked(|it| text::note("note", it).map(drop)).hint("goes along, may be empty"),
    ];
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| said(entered, env, &chosen);
    Form::open_live("Invite", inputs, live, build)
}

fn said(entered: &mut Entered<'_>, env: &Env<'_>, chosen: &[String]) -> Result<Said> {
    let (level, scopes) = (level(&entered.values()), scopes(&entered.values()));
    let would_have = WouldHave::new(env, level, scopes)?;
    entered.seek(PLACES, Kind::Place { sites_only: level == Level::Site });
    entered.offer(ROLES, would_have.picks(env, chosen));
    let roles = entered.values().list(ROLES);
    entered.hint(UNTIL, end_hint(&env.db.profile()?, env, &roles));
    entered.hint(EMAILS, who(env.db, &entered.values().text(EMAILS))?);
    if level == Level::Site && would_have.scopes.iter().any(|it| !matches!(it, ScopeRecord::Site(_))) {
        return Ok(vec![vec![(Tone::Bad, "Folders and everywhere are for members of the team.".to_owned())]]);
    }
    would_have.said(env, &roles)
}

fn build(values: &Values<'_>, env: &Env<'_>) -> Result<Vec<Message>, (usize, String)> {
    let broken = |error: anyhow::Error| (EMAILS, format!("{error:#}"));
    let (emails, _) = addresses(&values.text(EMAILS));
    let roles = values.list(ROLES);
    let profile = env.db.profile().map_err(broken)?;
    let until = end(&values.text(UNTIL), &profile, &roles, env.now);
    let mut commands = Vec::new();
    for (name, email) in &emails {
        commands.extend(sending::introduction(env.db, name.as_deref(), email).map_err(broken)?);
        commands.push(Command::Invite(InvitationRecord {
            email: email.clone(),
            level: level(values),
            roles: roles.clone(),
            scopes: scopes(values),
            client: values.is_yes(CLIENT),
            until,
            note: values.text(NOTE),
            token: TokenHash::default(),
        }));
    }
    let whom = text::few(&emails.into_iter().map(|it| it.1).collect::<Vec<_>>());
    let end = until.map_or_else(String::new, |it| format!(", until {}", env.policy.zone.exact_until(it)));
    let words = format!("Invite {whom} as {} ({}){end}", text::display(&values.text(ROLES)), text::display(&values.text(PLACES)));
    Ok(vec![Message::Propose(commands, words)])
}

fn level(values: &Values<'_>) -> Level {
    if values.text(LEVEL) == MEMBER { Level::Team } else { Level::Site }
}

fn scopes(values: &Values<'_>) -> Vec<ScopeRecord> {
    values.list(PLACES).iter().map(|it| place(it)).collect()
}

/// The addresses in a text with the names that came along, each once, and why others are none.
fn addresses(text: &str) -> (Vec<(Option<String>, String)>, Vec<String>) {
    let (mut good, mut bad): (Vec<(Option<String>, String)>, Vec<String>) = (Vec::new(), Vec::new());
    for (name, part) in text::mailboxes(text) {
        match text::email(part) {
            Ok(email) if good.iter().any(|it| email_key(&it.1) == email_key(&email)) => {}
            Ok(email) => good.push((name.map(str::to_owned), email)),
            Err(sentence) => bad.push(sentence),
        }
    }
    (good, bad)
}

fn check_addresses(text: &str) -> Result<(), String> {
    match addresses(text) {
        (good, bad) if good.is_empty() && bad.is_empty() => Err("to whom?".to_owned()),
        (_, bad) if bad.is_empty() => Ok(()),
        (good, bad) => Err(format!("{}; {} stay", bad[0], plural(good.len(), "other"))),
    }
}

/// How many of the addresses are new, and what is wrong with others.
fn who(db: Reader<'_>, text: &str) -> Result<String> {
    let (good, bad) = addresses(text);
    let mut known = 0;
    for (_, email) in &good {
        known += usize::from(db.person_by_email(email)?.is_some());
    }
    Ok(match bad.first() {
        Some(sentence) => format!("! {sentence}"),
        None if good.is_empty() => "one a line; paste a list".to_owned(),
        None => format!("{} new, {known} known", good.len() - known),
    })
}

/// The end that is meant: what is typed, or the shortest that the roles have by themselves.
pub(super) fn end(typed: &str, profile: &Profile, roles: &[String], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match typed.trim() {
        "never" => None,
        "" => usual(profile, roles).and_then(|days| profile.zone.ends_in(days, now)),
        typed => profile.zone.until(typed, now).ok(),
    }
}

/// After how many days access by these roles ends where nothing else is said.
fn usual(profile: &Profile, roles: &[String]) -> Option<u32> {
    roles.iter().filter_map(|it| profile.ends_after.get(it)).min().copied()
}

pub(super) fn end_hint(profile: &Profile, env: &Env<'_>, roles: &[String]) -> String {
    match usual(profile, roles).and_then(|days| Some((days, profile.zone.ends_in(days, env.now)?))) {
        Some((days, end)) => format!("empty: {}, as usual for {}; never; 14d", profile.zone.show_until(end), plural(days as usize, "day")),
        None => "empty: no end; 2027-01-31, or 14d".to_owned(),
    }
}

pub(super) fn optional_end(text: &str, zone: Zone, now: DateTime<Utc>) -> Result<(), String> {
    if text.trim() == "never" { Ok(()) } else { optional_time(text, zone, now) }
}

pub(super) fn filled(text: &str, sentence: &str) -> Result<(), String> {
    if text.is_empty() { Err(sentence.to_owned()) } else { Ok(()) }
}

pub(super) fn no_place() -> String {
    format!("choose a place: type its name, {} takes it", key_of(super::form::FORWARD))
}

pub(super) fn no_role() -> String {
    format!("choose a role: {} on one", key_of(super::form::CHOOSE))
}

/// Says yes in the name of whoever got a link.
pub(in crate::tui) fn accept() -> Box<dyn Overlay> {
    let inputs = vec![
        Input::line("Token", "").checked(|it| secret(it).parse::<crate::domain::token::Token>().map(drop)).secret(),
        Input::line("As", "")
            .checked(|it| text::optional(Some(text::mailbox(it).1), text::email).map(drop))
            .hint("empty: the address it was sent to"),
    ];
    let build = |values: &Values<'_>, _: &Env<'_>| {
        let token = secret(&values.text(0)).parse().map_err(|sentence| (0, sentence))?;
        let email = Some(text::mailbox(&values.text(1)).1.to_owned()).filter(|it| !it.is_empty());
        Ok(vec![Message::Ask("Say yes with this token?".to_owned(), vec![Command::Accept { token, email }])])
    };
    Form::open("Accept with a token", inputs, build)
}

/// The token in what was copied: the whole line will do.
fn secret(text: &str) -> &str {
    text.split_whitespace().last().unwrap_or_default()
}

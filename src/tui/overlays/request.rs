//! Access requests: asking a client for access, and recording that the client said yes.

use anyhow::Result;

use super::form::{Entered, Form, Input, Kind, Said, Values};
use super::invite::{end, end_hint, filled, no_role, optional_end};
use super::sheet::Tone;
use super::would_have::WouldHave;
use crate::command::Command;
use crate::domain::contact::Contact;
use crate::domain::life::{Request, WaitsFor};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::HeldRole;
use crate::domain::record::{RequestRecord, ScopeRecord};
use crate::domain::text;
use crate::domain::things::Level;
use crate::domain::token::TokenHash;
use crate::tui::view::{Env, Message, Overlay};

/// Asks a contact for access to a site of theirs.
pub(in crate::tui) fn ask(env: &Env<'_>, contact: &Contact) -> Box<dyn Overlay> {
    let (now, zone) = (env.now, env.policy.zone);
    let to = contact.email.clone().unwrap_or_else(|| contact.name.clone());
    let inputs = vec![
        Input::fixed("To", &to),
        Input::line("Site", "").checked(|it| text::required("site", it).map(drop)).hint("in words: its address, what it is"),
        Input::picks("Roles", &[]).checked(|it| filled(it, &no_role())),
        Input::lookup("For", &env.actor.email, Kind::Person).hint("who is to work there"),
        Input::line("Until", "").checked(move |it| optional_end(it, zone, now)),
        Input::message("Message", "").checked(|it| text::note("message", it).map(drop)).hint("what is to be done"),
    ];
    let live = |entered: &mut Entered<'_>, env: &Env<'_>| {
        let would_have = WouldHave::new(env, Level::Site, Vec::new())?;
        entered.offer(2, would_have.picks(env, &[]));
        let roles = entered.values().list(2);
        entered.hint(4, end_hint(&env.db.profile()?, env, &roles));
        would_have.said(env, &roles)
    };
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let roles = values.list(2);
        let profile = env.db.profile().map_err(|error| (0, format!("{error:#}")))?;
        let record = RequestRecord {
            contact: to.clone(),
            site: values.text(1),
            person: values.text(3),
            until: end(&values.text(4), &profile, &roles, env.now),
            roles,
            message: values.text(5),
        };
        let words =
            format!("Ask {} for access to {} as {}", text::display(&to), text::display(&record.site), text::display(&values.text(2)));
        Ok(vec![Message::Propose(vec![Command::Ask(record)], words)])
    };
    Form::open_live("Ask for access", inputs, live, build)
}

/// The client said yes: to which site, and to what.
pub(in crate::tui) fn approve(env: &Env<'_>, row: &Request) -> Result<Box<dyn Overlay>> {
    let db = env.db;
    let number = row.id.0;
    let person = db.email_of(row.person)?.unwrap_or_default();
    let asked = db.waiting_roles(WaitsFor::Request(row.id))?;
    let asked: Vec<String> = asked.iter().filter_map(|it| env.policy.role(it.role)).map(|it| it.role.key.clone()).collect();
    let inputs = vec![
        Input::fixed("Asked", &row.site_text),
        Input::fixed("For", &person),
        Input::lookup("Site", "", Kind::Site).checked(|it| filled(it, "which site does the client mean?")),
        Input::picks("Roles", &asked).checked(|it| filled(it, "choose a role, or decline the request")),
        Input::yes_no("Wider", false).hint("more than was asked for"),
    ];
    let (of_live, of_build) = (asked.clone(), asked);
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| approving(entered, env, &of_live);
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        if !values.is_yes(4) && !beyond(env, &of_build, &values.list(3)).0.is_empty() {
            return Err((4, "yes, if more is meant than was asked for".to_owned()));
        }
        let command = Command::Approve {
            request: number,
            site: values.text(2),
            roles: values.list(3),
            wider: values.is_yes(4),
            token: TokenHash::default(),
        };
        let words = format!("Approve request {number} for {} as {}", text::display(&values.text(2)), text::display(&values.text(3)));
        Ok(vec![Message::Propose(vec![command], words)])
    };
    Ok(Form::open_live(&format!("Approve request {number}"), inputs, live, build))
}

fn approving(entered: &mut Entered<'_>, env: &Env<'_>, asked: &[String]) -> Result<Said> {
    let site = env.db.site_by_key(entered.values().text(2).trim())?;
    let scopes = site.iter().map(|it| ScopeRecord::Site(it.key.clone())).collect();
    let would_have = WouldHave::new(env, Level::Site, scopes)?;
    let mut picks = would_have.picks(env, asked);
    // What was asked for comes first, and says so.
    picks.sort_by_key(|it| !asked.contains(&it.key));
    for it in picks.iter_mut().filter(|it| asked.contains(&it.key)) {
        it.name = format!("{} (asked for)", it.name);
    }
    entered.offer(3, picks);
    let given = entered.values().list(3);
    let mut said = would_have.said(env, &given)?;
    let (more, less) = beyond(env, asked, &given);
    if let Some(column) = said.first_mut() {
        if !more.is_empty() {
            column.insert(0, (Tone::Bad, format!("WIDER than was asked for: {}", text::few(&more))));
        } else if less {
            column.insert(0, (Tone::Hint, "narrower than was asked for".to_owned()));
        }
    }
    Ok(said)
}

/// What the given roles allow beyond those that were asked for; and whether they allow less.
fn beyond(env: &Env<'_>, asked: &[String], given: &[String]) -> (Vec<String>, bool) {
    let held = |keys: &[String]| keys.iter().filter_map(|it| env.policy.find_role(it)).collect::<Vec<&HeldRole>>();
    let (asked, given) = (held(asked), held(given));
    let mut more = Vec::new();
    let mut less = false;
    for catalog in env.policy.catalogs() {
        let of = |all: &[&HeldRole]| {
            all.iter().filter(|it| it.role.platform == catalog.platform).fold(PermSet::EMPTY, |all, it| all | it.closed)
        };
        let (asked, given) = (of(&asked), of(&given));
        more.extend((given - asked).iter().map(|it| catalog.get(it).label.clone()));
        less |= !(asked - given).is_empty();
    }
    (more, less)
}

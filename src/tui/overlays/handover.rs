//! Sites that change hands: what both sides get and give, side by side, while one chooses.

use anyhow::Result;

use super::form::{Entered, Form, Input, Kind, Said, Values};
use super::invite::filled;
use super::sheet::Tone;
use crate::command::Command;
use crate::domain::life::HandoverKind;
use crate::domain::record::HandoverRecord;
use crate::domain::text;
use crate::domain::things::{Level, Site};
use crate::domain::token::TokenHash;
use crate::query::handover::{self, Choices, Sides};
use crate::tui::panes::known_roles;
use crate::tui::view::{Env, Message, Overlay};

/// Where no role is kept.
const NONE: &str = "(none)";

/// The roles that somebody could keep on the site: key and name.
fn kept(env: &Env<'_>, site: &Site) -> Vec<(String, String)> {
    let roles = known_roles(env).into_iter();
    let fits = roles.filter(|it| {
        let assignable = env.policy.is_assignable(it);
        assignable && it.role.platform == site.platform && it.role.level.fits(Level::Site)
    });
    fits.map(|it| (it.role.key.clone(), it.role.name.clone())).collect()
}

fn keep_input(roles: &[(String, String)], hint: &'static str) -> Input {
    let names = std::iter::once(NONE).chain(roles.iter().map(|it| it.1.as_str()));
    Input::choice("Keep", names, NONE).hint(hint)
}

/// The key of the role whose name was chosen.
fn chosen(roles: &[(String, String)], name: &str) -> Option<String> {
    roles.iter().find(|it| it.1 == name).map(|it| it.0.clone())
}

fn columns(sides: Sides, ours: &str, theirs: &str) -> Said {
    let column = |head: &str, words: Vec<String>| {
        let head = std::iter::once((Tone::Heading, text::display(head).into_owned()));
        head.chain(words.into_iter().map(|it| (Tone::Text, format!("- {it}")))).collect()
    };
    vec![column(ours, sides.ours), column(theirs, sides.theirs)]
}

fn or_somebody(to: &str) -> &str {
    if to.trim().is_empty() { "whom it goes to" } else { to }
}

/// Facts §4.6: the site gets another owner.
pub(in crate::tui) fn transfer(env: &Env<'_>, site: &Site) -> Result<Box<dyn Overlay>> {
    let owner = env.db.email_of(site.owner)?.unwrap_or_default();
    let roles = kept(env, site);
    let inputs = vec![
        Input::fixed("From", &owner),
        Input::lookup("To", "", Kind::Person).checked(|it| text::email(it).map(drop)).hint("accepts within 3 days"),
        keep_input(&roles, "the old owner's role afterwards"),
        Input::yes_no("Plan", false).hint("and domain, mailboxes"),
        Input::yes_no("Copy", false).hint("stays with the old owner"),
    ];
    let (of_live, row) = (owner.clone(), site.clone());
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| {
        let values = entered.values();
        let keep = Some(values.text(2)).filter(|it| it != NONE);
        let choices = Choices { keep, with_plan: values.is_yes(3), with_copy: values.is_yes(4) };
        let to = values.text(1);
        let sides = handover::sides(env.db, env.policy, &row, HandoverKind::Transfer, or_somebody(&to), &choices)?;
        Ok(columns(sides, &of_live, or_somebody(&to)))
    };
    let key = site.key.clone();
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let choices = (chosen(&roles, &values.text(2)), values.is_yes(3), values.is_yes(4));
        Ok(vec![send(&key, HandoverKind::Transfer, &values.text(1), choices)])
    };
    Ok(Form::open_live(&format!("Transfer {}", text::display(&site.name)), inputs, live, build))
}

/// R10: the agency carries the plan, the client keeps the site.
pub(in crate::tui) fn partner(env: &Env<'_>, site: &Site) -> Result<Box<dyn Overlay>> {
    let owner = env.db.email_of(site.owner)?.unwrap_or_default();
    let to = if site.owner == env.policy.owner {
        Input::lookup("To", "", Kind::Person).checked(|it| text::email(it).map(drop)).hint("the client")
    } else {
        Input::fixed("To", &owner).hint("the client, who alone can agree")
    };
    let row = site.clone();
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| {
        let to = entered.values().text(0);
        let kind = HandoverKind::Partner;
        let sides = handover::sides(env.db, env.policy, &row, kind, or_somebody(&to), &Choices::default())?;
        Ok(columns(sides, &env.policy.name, or_somebody(&to)))
    };
    let key = site.key.clone();
    let build = move |values: &Values<'_>, _: &Env<'_>| Ok(vec![send(&key, HandoverKind::Partner, &values.text(0), (None, false, false))]);
    Ok(Form::open_live(&format!("Propose to carry {}", text::display(&site.name)), vec![to], live, build))
}

fn send(site: &str, kind: HandoverKind, email: &str, (keep, with_plan, with_copy): (Option<String>, bool, bool)) -> Message {
    let record = HandoverRecord {
        site: site.to_owned(),
        kind,
        email: email.trim().to_owned(),
        keep,
        with_plan,
        with_copy,
        token: TokenHash::default(),
    };
    let to = text::display(email).into_owned();
    let words = match kind {
        HandoverKind::Transfer => format!("Offer {site} to {to}"),
        HandoverKind::Partner => format!("Propose to {to} that the agency carries {site} as partner"),
    };
    Message::Propose(vec![Command::HandOver(record)], words)
}

/// The client takes the plan back; what the agency is left with is theirs to choose.
pub(in crate::tui) fn reclaim(env: &Env<'_>, site: &Site) -> Result<Box<dyn Overlay>> {
    let owner = env.db.email_of(site.owner)?.unwrap_or_default();
    let roles = kept(env, site);
    let inputs =
        vec![Input::fixed("Client", &owner).checked(|it| filled(it, "nobody owns it")), keep_input(&roles, "the agency's role afterwards")];
    let row = site.clone();
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| {
        let keep = Some(entered.values().text(1)).filter(|it| it != NONE);
        let sides = handover::reclaiming(env.db, env.policy, &row, keep.as_deref())?;
        Ok(columns(sides, &env.policy.name, &owner))
    };
    let key = site.key.clone();
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let command = Command::Reclaim { site: key.clone(), keep: chosen(&roles, &values.text(1)) };
        Ok(vec![Message::Propose(vec![command], format!("Give {key} back to its owner's plan"))])
    };
    Ok(Form::open_live(&format!("Reclaim {}", text::display(&site.name)), inputs, live, build))
}

//! What one person can do, where and as what; what not and why; and whether they may leave.

use anyhow::Result;

use super::sheet::{Sheet, Tone};
use super::would_have::abilities;
use crate::domain::access::Ground;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Site};
use crate::query::access;
use crate::tui::view::{Env, Overlay};
use crate::tui::widgets::lines::plural;

/// Most sites that are gone through one by one.
const MAX_SITES: usize = 40;

pub(in crate::tui) fn open(env: &Env<'_>, person: &Person) -> Result<Box<dyn Overlay>> {
    let db = env.db;
    let name = if person.name.is_empty() { &person.email } else { &person.name };
    let mut sheet = Sheet::new(format!("What {} can do", text::display(name)));
    let all = db.assignments_of(person.id)?;
    let sites = access::sites_of(db, env.policy, person.id)?;
    if sites.is_empty() {
        sheet.say(Tone::Hint, "nothing: owns no site and has access to none");
    }
    for site in sites.iter().take(MAX_SITES) {
        on_site(env, &mut sheet, person, site, &all);
    }
    if sites.len() > MAX_SITES {
        sheet.say(Tone::Hint, format!("and {} more", plural(sites.len() - MAX_SITES, "site")));
    }
    leaving(env, &mut sheet, person, &all);
    Ok(Box::new(sheet))
}

fn on_site(env: &Env<'_>, sheet: &mut Sheet, person: &Person, site: &Site, all: &[Assignment]) {
    sheet.say(Tone::Heading, site.name.clone());
    let Ok(ground) = access::ground(env.policy, site) else {
        sheet.say(Tone::Bad, "  nothing is known of its platform's permissions");
        return;
    };
    let live = ground.sources(env.policy, all, env.now);
    let mut roles: Vec<String> = text::each_once(live.iter().map(|it| role_words(env.policy, it)));
    if site.owner == person.id {
        roles.insert(0, "owner".to_owned());
    }
    sheet.say(Tone::Hint, format!("  as {}", if roles.is_empty() { "nobody now".to_owned() } else { roles.join(", ") }));
    let can = ground.access(env.policy, person.id, all, env.now);
    let said = abilities(&ground.catalog, can, PermSet::EMPTY, "CAN", "CANNOT");
    for (tone, words) in said.into_iter().flatten() {
        sheet.say(tone, format!("  {words}"));
    }
    sheet.say(Tone::Hint, format!("  {}", reasons(env.policy, &ground, site, &live, can)));
}

fn role_words(policy: &Policy, it: &Assignment) -> String {
    let role = policy.role(it.role).map_or("?", |held| held.role.name.as_str());
    let team = if it.level == Level::Team { " (team)" } else { "" };
    let until = it.until.map_or_else(String::new, |until| format!(" until {}", policy.zone.show_until(until)));
    format!("{role}{team}{until}")
}

/// Why the rest is not theirs, in a line.
fn reasons(policy: &Policy, ground: &Ground, site: &Site, live: &[&Assignment], can: PermSet) -> String {
    let catalog = &ground.catalog;
    let rest = catalog.everything() - can;
    let apps = rest & catalog.cut(catalog.missing_apps(&site.apps));
    let held = live.iter().filter_map(|it| policy.role(it.role)).filter(|it| it.role.platform == site.platform);
    let locked = (rest - apps) & held.fold(PermSet::EMPTY, |all, it| all | it.closed);
    let lacking = rest - apps - locked;
    let parts = [(apps, "whose app is missing"), (locked, "locked by a ceiling"), (lacking, "in none of these roles")];
    let words: Vec<String> = parts.iter().filter(|it| !it.0.is_empty()).map(|(set, why)| format!("{} {why}", set.len())).collect();
    if words.is_empty() { "nothing is out of reach".to_owned() } else { format!("out of reach: {}", words.join(", ")) }
}

/// R12.
fn leaving(env: &Env<'_>, sheet: &mut Sheet, person: &Person, all: &[Assignment]) {
    let keeps = |it: &&Assignment| env.policy.role(it.role).and_then(|held| env.policy.builtin(held)).is_some_and(|it| it.keeps);
    sheet.say(Tone::Heading, "LEAVING");
    if person.id == env.policy.owner {
        sheet.say(Tone::Text, "  the account owner cannot leave");
    } else if let Some(it) = all.iter().find(keeps) {
        sheet.say(Tone::Text, format!("  not while they are {}: somebody who may remove people has to", role_words(env.policy, it)));
    } else if all.is_empty() {
        sheet.say(Tone::Text, "  there is nothing to leave");
    } else {
        sheet.say(Tone::Text, "  they can end their own access at any time: rolecall leave");
    }
}

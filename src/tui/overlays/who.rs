//! Who can: everyone who holds a permission, on one site or anywhere.

use anyhow::Result;

use super::sheet::Tone;
use super::why::{About, Page};
use crate::domain::things::{Person, Site};
use crate::query::access;
use crate::query::matrix;
use crate::tui::view::{Env, Message, hidden};
use crate::tui::widgets::lines::plural;

/// Most holders of one role that are named.
const NAMED: usize = 200;

pub(in crate::tui) fn open(env: &Env<'_>, about: &About) -> Result<Message> {
    let site = about.site.map(|id| env.store.reader().find::<Site>(id)).transpose()?.flatten();
    if !env.sight.shows_holders(env.store.reader(), env.policy, site.as_ref())? {
        return Ok(hidden(env));
    }
    let label = about.catalog.get(about.permission).label.clone();
    let mut page = Page::new(format!("Who can: {label}"), about.clone(), false);
    match &site {
        Some(site) => on_site(env, &mut page, about, site)?,
        None => by_role(env, &mut page, about)?,
    }
    Ok(Message::Open(Box::new(page)))
}

fn on_site(env: &Env<'_>, page: &mut Page, about: &About, site: &Site) -> Result<()> {
    let db = env.store.reader();
    let ground = access::ground(env.policy, site)?;
    let all = access::who_can(db, env.policy, site, about.permission, env.now)?;
    page.say(Tone::Heading, format!("{} on {}", plural(all.len(), "person"), site.name));
    for it in &all {
        let person = db.find::<Person>(it.person)?.map_or_else(String::new, |it| it.name);
        let ways = it.ways().map(|route| access::via(env.policy, &ground, site, route)).collect::<Vec<_>>();
        page.say(Tone::Text, format!("  {person}: {}", ways.join("; ")));
    }
    Ok(())
}

/// Without a site: the roles that give it, and who holds them.
fn by_role(env: &Env<'_>, page: &mut Page, about: &About) -> Result<()> {
    let db = env.store.reader();
    page.say(Tone::Heading, "ROLES THAT GIVE IT");
    let mut named = 0;
    for column in matrix::roles(env.policy, &about.catalog, None).columns {
        let matrix::Subject::Role(id) = column.subject else { continue };
        let staged = env.draft.staged(env.policy, id);
        let (now, then) = (column.closed.contains(about.permission), staged.closed.contains(about.permission));
        if (!now && !then) || column.owner {
            continue;
        }
        let pending = match (now, then) {
            (false, true) => " once you save",
            (true, false) => " until you save",
            _ => "",
        };
        let locked = if column.ceiling.contains(about.permission) { ", but its ceiling locks it off" } else { "" };
        let (_, people) = db.holders_of(id)?;
        let tone = if pending.is_empty() {
            Tone::Text
        } else if then {
            Tone::Good
        } else {
            Tone::Bad
        };
        page.say(tone, format!("{}{pending}{locked}: {}", column.name, plural(usize::try_from(people)?, "person")));
        for it in db.assignments_with(id, 8)? {
            if named == NAMED {
                continue;
            }
            named += 1;
            let person = db.find::<Person>(it.person)?.map_or_else(String::new, |it| it.name);
            page.say(Tone::Hint, format!("    {person}, {}", access::scope_record(db, it.scope)?));
        }
        if people > 8 {
            page.say(
                Tone::Hint,
                format!("    and others; rolecall role show {}", env.policy.role(id).map_or("", |it| it.role.key.as_str())),
            );
        }
    }
    Ok(())
}

//! Who can: everyone who holds a permission, on one site or anywhere; then the roles that give it.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{About, Page};
use crate::domain::text;
use crate::domain::things::Site;
use crate::query::everyone::{Everyone, OWNER};
use crate::query::matrix;
use crate::tui::overlays::sheet::Tone;
use crate::tui::view::{Env, Message, hidden};
use crate::tui::widgets::lines::plural;

/// Sites that are read at once.
const SITES_A_PAGE: usize = 64;
/// Most sites that are asked.
const MAX_SITES: usize = 2_000;
/// Most people that are named.
const MAX_PEOPLE: usize = 300;
/// Most sites that one way names.
const MAX_NAMED: usize = 12;

pub(in crate::tui) fn open(env: &Env<'_>, about: &About) -> Result<Message> {
    let site = about.site.map(|id| env.db.find::<Site>(id)).transpose()?.flatten();
    if !env.sight.shows_holders(env.db, env.policy, site.as_ref())? {
        return Ok(hidden(env));
    }
    let permission = about.catalog.get(about.permission);
    let mut page = Page::new(format!("Who can: {}", permission.label), about.clone(), false);
    let holders = Holders::of(env, &permission.id, site.as_ref())?;
    let before = if env.is_saved() { None } else { Some(Holders::of(&env.saved(), &permission.id, site.as_ref())?) };
    holders.write(&mut page, &permission.id, site.as_ref(), before.as_ref());
    let cut = holders.is_cut.then(|| format!("of the first {MAX_SITES} sites"));
    page.write_as(&["name", "e-mail", "way", "sites"], holders.table(), cut);
    page.say(Tone::Text, "");
    by_role(env, &mut page, about)?;
    Ok(Message::Open(Box::new(page)))
}

/// Somebody who can: each way, and the sites to which it leads.
struct Holder {
    name: String,
    ways: BTreeMap<String, Vec<Site>>,
}

impl Holder {
    fn owns(&self) -> bool {
        self.ways.contains_key(OWNER)
    }

    fn places(&self) -> usize {
        let mut sites: Vec<_> = self.ways.values().flatten().map(|it| it.id).collect();
        sites.sort_unstable();
        sites.dedup();
        sites.len()
    }
}

/// Everyone who can, by name and address.
#[derive(Default)]
pub(in crate::tui) struct Holders {
    people: BTreeMap<(String, String), Holder>,
    /// There are more sites than were asked.
    is_cut: bool,
}

impl Holders {
    /// On one site, or on those of every platform that knows the permission.
    pub(in crate::tui) fn of(env: &Env<'_>, permission: &str, site: Option<&Site>) -> Result<Holders> {
        let mut everyone = Everyone::new(env.drafted.policy, permission, env.now);
        let mut holders = Holders::default();
        if let Some(site) = site {
            holders.add(env, &mut everyone, site)?;
            return Ok(holders);
        }
        let (mut after, mut asked) = (String::new(), 0);
        while !holders.is_cut {
            let page = env.drafted.db.sites_after(&after, SITES_A_PAGE)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.key);
            page.iter().try_for_each(|site| holders.add(env, &mut everyone, site))?;
            asked += page.len();
            holders.is_cut = asked >= MAX_SITES;
        }
        Ok(holders)
    }

    fn add(&mut self, env: &Env<'_>, everyone: &mut Everyone<'_>, site: &Site) -> Result<()> {
        for able in everyone.on(env.drafted.db, site)? {
            let key = (text::fold(able.name()), able.email().to_owned());
            let holder = self.people.entry(key).or_insert_with(|| Holder { name: able.name().to_owned(), ways: BTreeMap::new() });
            for via in able.via() {
                holder.ways.entry(via.clone()).or_default().push(site.clone());
            }
        }
        Ok(())
    }

    /// Name, address, way and where it leads, owners first.
    fn table(&self) -> Vec<Vec<String>> {
        let mut all: Vec<_> = self.people.iter().collect();
        all.sort_by_key(|(_, it)| !it.owns());
        let row = |email: &String, it: &Holder, (via, sites): (&String, &Vec<Site>)| {
            let sites: Vec<&str> = sites.iter().map(|it| it.name.as_str()).collect();
            vec![it.name.clone(), email.clone(), via.clone(), sites.join(", ")]
        };
        all.into_iter().flat_map(|((_, email), it)| it.ways.iter().map(move |way| row(email, it, way))).collect()
    }

    /// Address, site and way of each, as the command line lists them.
    #[cfg(test)]
    pub(in crate::tui) fn rows(&self) -> Vec<(String, String, String)> {
        let each = self.people.iter().flat_map(|((_, email), it)| it.ways.iter().map(move |(via, sites)| (email, via, sites)));
        each.flat_map(|(email, via, sites)| sites.iter().map(|site| (email.clone(), site.key.clone(), via.clone()))).collect()
    }

    /// `before` is who can as things are saved, where that may be otherwise.
    fn write(&self, page: &mut Page, permission: &str, site: Option<&Site>, before: Option<&Holders>) {
        let places = |it: &Holders| it.people.values().map(Holder::places).sum::<usize>();
        let head = |it: &Holders| match site {
            Some(site) => format!("{} on {}", plural(it.people.len(), "person"), site.name),
            None => format!("{} in {}", plural(it.people.len(), "person"), plural(places(it), "place")),
        };
        match before.filter(|it| it.people.keys().ne(self.people.keys()) || places(it) != places(self)) {
            Some(before) => page.say(Tone::Heading, format!("{} now, {} once you save", head(before), head(self))),
            None => page.say(Tone::Heading, head(self)),
        }
        if self.is_cut {
            page.say(Tone::Bad, format!("of the first {MAX_SITES} sites; rolecall who-can {permission} asks them all"));
        }
        let mut all: Vec<_> = self.people.iter().collect();
        all.sort_by_key(|(_, it)| !it.owns());
        for (key, it) in all.iter().take(MAX_PEOPLE) {
            let is_new = before.is_some_and(|before| !before.people.contains_key(*key));
            let (tone, pending) = if is_new { (Tone::Good, ", once you save") } else { (Tone::Text, "") };
            page.say(tone, format!("  {}, {}{pending}", it.name, key.1));
            // The owner's way is the first to be told.
            let (own, others): (Vec<_>, Vec<_>) = it.ways.iter().partition(|(via, _)| *via == OWNER);
            for (via, sites) in own.into_iter().chain(others) {
                page.say(Tone::Hint, format!("    {via}{}", named(sites, site.is_some())));
            }
        }
        let gone = before.into_iter().flat_map(|it| &it.people).filter(|(key, _)| !self.people.contains_key(*key));
        for ((_, email), it) in gone.take(MAX_PEOPLE) {
            page.say(Tone::Bad, format!("  {}, {email}, until you save", it.name));
        }
        if all.len() > MAX_PEOPLE {
            page.say(Tone::Bad, format!("  and {} more; rolecall who-can {permission} lists them all", all.len() - MAX_PEOPLE));
        }
    }
}

/// Where a way leads; nothing where that is said already.
fn named(sites: &[Site], says_it: bool) -> String {
    if says_it {
        return String::new();
    }
    let names: Vec<&str> = sites.iter().take(MAX_NAMED).map(|it| it.name.as_str()).collect();
    let more = sites.len() - names.len();
    format!(": {}{}", names.join(", "), if more > 0 { format!(" and {more} more") } else { String::new() })
}

/// The roles that give it, with what a ceiling and the unsaved changes do to that.
fn by_role(env: &Env<'_>, page: &mut Page, about: &About) -> Result<()> {
    page.say(Tone::Heading, if env.sight.is_whole() { "ROLES THAT GIVE IT" } else { "ROLES THAT GIVE IT, AS FAR AS YOU SEE" });
    for column in matrix::roles(env.drafted.policy, &about.catalog, None).columns {
        let matrix::Subject::Role(id) = column.subject else { continue };
        // Of a role that is staged to come they know who staged it.
        if !env.policy.role(id).map_or(Ok(true), |held| env.sight.knows(env.db, &*held.role))? {
            continue;
        }
        let staged = env.draft.staged(env.policy, id);
        let now = env.policy.role(id).is_some_and(|held| held.closed.contains(about.permission));
        let then = staged.closed.contains(about.permission);
        if (!now && !then) || column.owner {
            continue;
        }
        let (pending, tone) = match (now, then) {
            (false, true) => (" once you save", Tone::Good),
            (true, false) => (" until you save", Tone::Bad),
            (true, true) | (false, false) => ("", Tone::Text),
        };
        let locked = if column.ceiling.contains(about.permission) { ", but its ceiling locks it off" } else { "" };
        let (_, people) = env.sight.holders_of(env.drafted.db, env.drafted.policy, id)?;
        let people = plural(people, "person");
        page.say(tone, format!("  {}{pending}{locked}: held by {people}", column.name));
    }
    Ok(())
}

//! What two words mean together: somebody's permission on a site, or somebody on a site.

use std::sync::Arc;

use anyhow::Result;

use super::{Offer, Palette};
use crate::domain::catalog::{Catalog, Permission};
use crate::domain::perm_set::PermId;
use crate::domain::things::{Assignment, Person, Scope, Site};
use crate::query::access;
use crate::query::search::{self, Index};
use crate::tui::view::{Env, Journey};

/// The kinds of both.
pub(super) const CELL: &str = "cell";
pub(super) const PERSON_ON: &str = "access";

/// Most people, and most sites, that are looked at.
const MAX_PAIRED: usize = 6;

/// Most permissions of a platform that are.
const MAX_PERMISSIONS: usize = 12;

/// Most sites of a person among which the first of a platform is looked for.
const MAX_SITES: usize = 100;

impl Palette {
    /// Where some of the words are a person's, and the others a permission's or a site's: the cell, or the person there.
    pub(super) fn pairs(&self, env: &Env<'_>, typed: &str) -> Result<Vec<Offer>> {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let Some([sites, people, _]) = self.indexes.as_ref().filter(|_| words.len() > 1) else { return Ok(Vec::new()) };
        let db = env.db;
        let first = |index: &Index, words: &str| index.matching(words).into_iter().take(MAX_PAIRED).collect::<Vec<_>>();
        let splits = (1..words.len()).map(|at| (words[..at].join(" "), words[at..].join(" ")));
        let mut offers = Vec::new();
        for (who, what) in splits.flat_map(|(a, b)| [(a.clone(), b.clone()), (b, a)]) {
            let people = db.picked::<Person>(&first(people, &who))?;
            if people.is_empty() {
                continue;
            }
            let permissions = permissions(env, &what);
            let sites = db.picked::<Site>(&first(sites, &what))?;
            for person in people.into_iter().map(|it| it.row) {
                for site in sites.iter().map(|it| &it.row) {
                    if is_on(env, &person, site)? {
                        let (name, detail) = (person.name.clone(), format!("on {}", site.name));
                        offers.push(Offer::jump(PERSON_ON, name, detail, Journey::PersonOn(site.id, person.id)));
                    }
                }
                offers.extend(self.cells(env, &person, &permissions)?);
            }
        }
        Ok(offers)
    }

    /// The cells of a person: on the site whose people are listed, else on the first of theirs that knows the permission.
    fn cells(&self, env: &Env<'_>, person: &Person, permissions: &[(&Arc<Catalog>, PermId)]) -> Result<Vec<Offer>> {
        if permissions.is_empty() {
            return Ok(Vec::new());
        }
        let db = env.db;
        let mut sites = Vec::new();
        if let Some(site) = self.site.map(|id| db.find::<Site>(id)).transpose()?.flatten()
            && is_on(env, person, &site)?
        {
            sites.push(site);
        }
        let shown = env.sight.sites(db, env.policy)?;
        let theirs = access::first_sites_of(db, env.policy, person.id, MAX_SITES)?;
        sites.extend(theirs.into_iter().filter(|it| shown.as_ref().is_none_or(|shown| shown.ids.contains(&it.id.0))));
        let mut cells = Vec::new();
        for (catalog, id) in permissions {
            let Some(site) = sites.iter().find(|site| site.platform == catalog.platform) else { continue };
            let (n_able, it) = (access::who(db, env.policy, site, *id, env.now)?.len(), catalog.get(*id));
            let detail = format!("{}  on {}", it.label, site.name);
            let goal = Journey::Cell(site.id, person.id, it.id.clone());
            cells.push((n_able, Offer::jump(CELL, person.name.clone(), detail, goal)));
        }
        // What more people can is meant sooner.
        cells.sort_by_key(|(n_able, _)| std::cmp::Reverse(*n_able));
        Ok(cells.into_iter().map(|it| it.1).collect())
    }
}

/// The first permissions of each platform that have all the words.
fn permissions<'a>(env: &Env<'a>, words: &str) -> Vec<(&'a Arc<Catalog>, PermId)> {
    let hit = |it: &Permission| search::matches(&format!("{} {}", it.label, it.id), words);
    let of = |catalog: &'a Arc<Catalog>| {
        catalog.ids().filter(move |id| hit(catalog.get(*id))).map(move |id| (catalog, id)).take(MAX_PERMISSIONS)
    };
    env.policy.catalogs().flat_map(of).collect()
}

fn is_on(env: &Env<'_>, person: &Person, site: &Site) -> Result<bool> {
    let is_here = |it: &Assignment| it.scope == Scope::Site(site.id);
    if site.owner == person.id || env.db.assignments_for(person.id, site.id)?.iter().any(is_here) {
        return Ok(true);
    }
    // In the team, if it reaches so far.
    let Ok(ground) = access::ground(env.policy, site) else { return Ok(false) };
    Ok(!access::access(env.db, env.policy, &ground, person.id, env.now)?.is_empty())
}

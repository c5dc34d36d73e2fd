//! Which permission a change takes, where, and whether the actor holds it.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use super::{Scales, account_owner};
use crate::command::refusal::{Error, Refusal};
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit, by_kind};
use crate::domain::deed::Deed;
use crate::domain::ids::SiteId;
use crate::domain::things::{Assignment, Level, Scope, Site};

/// Where a deed must be allowed.
#[derive(Clone, Debug)]
pub(in crate::command) enum Where {
    /// On this site.
    Site(SiteId),
    /// By a team-level role everywhere, of this platform.
    Platform(String),
    /// By a team-level role everywhere, of any platform.
    Account,
    /// By any live role, or as the owner of any site.
    Somewhere,
}

/// What one change takes: any of these deeds. None at all: it is the account owner's alone.
pub(in crate::command) struct Need {
    words: String,
    ways: Vec<(Deed, Where)>,
}

impl Need {
    pub(in crate::command) fn of(deed: Deed, place: Where) -> Need {
        Need { words: deed.words().to_owned(), ways: vec![(deed, place)] }
    }

    pub(in crate::command) fn any(ways: [(Deed, Where); 2]) -> Need {
        Need { words: ways[0].0.words().to_owned(), ways: ways.into() }
    }

    /// What changing the rules of the workspace takes.
    pub(in crate::command) fn of_rules() -> Need {
        Need::of_owner("change the rules of the workspace")
    }

    /// What nobody does but the account owner, in words that follow `may`.
    pub(in crate::command) fn of_owner(words: &str) -> Need {
        Need { words: words.to_owned(), ways: Vec::new() }
    }

    /// What adding a person takes: to invite in the team, or anywhere.
    pub(in crate::command) fn anybodys() -> Need {
        Need::any([(Deed::InviteTeam, Where::Account), (Deed::InvitePeople, Where::Somewhere)])
    }
}

/// A kind of row of which it is known what a change of it takes: no kind may be without.
pub(in crate::command) trait Guarded: Sized {
    fn needs(edit: &Edit<Self>, scales: &Scales<'_>) -> Result<Vec<Need>, Error>;
}

impl Scales<'_> {
    /// Whether the actor holds a permission for what the change does.
    pub(super) fn deed(&self, change: &Change) -> Result<(), Error> {
        for need in by_kind!(change, edit => Guarded::needs(edit, self)?) {
            let mut allowed = false;
            for (deed, place) in &need.ways {
                allowed = allowed || self.holds(*deed, place)?;
            }
            if !allowed {
                return self.lacking(&need);
            }
        }
        Ok(())
    }

    /// Whether the actor may do one of these deeds. Who owns the site may do some of them whatever they hold.
    pub(super) fn any_of(&self, deeds: &[Deed], site: Option<SiteId>) -> Result<(), Error> {
        let owns = match site {
            Some(id) => self.db.find::<Site>(id)?.is_some_and(|it| it.owner == self.me.id),
            None => self.db.n_sites_owned_by(self.me.id)? > 0,
        };
        let place = |deed: Deed| match site {
            Some(id) if deed.is_on_a_site() => Where::Site(id),
            None if deed.is_on_a_site() => Where::Somewhere,
            Some(_) | None => Where::Account,
        };
        let ways: Vec<(Deed, Where)> = deeds.iter().map(|it| (*it, place(*it))).collect();
        for (deed, place) in &ways {
            if owns && deed.is_on_a_site() || self.holds(*deed, place)? {
                return Ok(());
            }
        }
        self.lacking(&Need { words: deeds.first().map_or("do this", |it| it.words()).to_owned(), ways })
    }

    /// Collaborators are a matter of their site, members of the team one of the account.
    pub(in crate::command) fn people_need(&self, row: &Assignment, on_site: Deed, in_team: Deed) -> Need {
        match (row.level, row.scope) {
            (Level::Site, Scope::Site(site)) => Need::of(on_site, Where::Site(site)),
            (Level::Site | Level::Team, Scope::Site(_) | Scope::Folder(_) | Scope::Everywhere) => {
                Need::of(in_team, Where::Platform(self.platform(row)))
            }
        }
    }

    fn holds(&self, deed: Deed, place: &Where) -> Result<bool, Error> {
        let named = |catalog: &Catalog| catalog.authority.get(&deed).copied();
        Ok(match place {
            Where::Site(id) => {
                let Some(ground) = self.overlay.grounds(*id)?.1 else { return Ok(false) };
                match named(&ground.catalog) {
                    Some(permission) => ground.access(self.before(), self.me.id, &self.held, self.now).contains(permission),
                    None => deed.is_of_a_site() && ground.owner == self.me.id,
                }
            }
            Where::Platform(platform) => {
                let catalog = self.before().catalog(platform);
                catalog.is_some_and(|it| named(it).is_some_and(|permission| self.account(it, self.now).contains(permission)))
            }
            Where::Account => {
                let allows = |it: &Arc<Catalog>| named(it).is_some_and(|permission| self.account(it, self.now).contains(permission));
                self.before().catalogs().any(allows)
            }
            Where::Somewhere => {
                let allows = |it: &Assignment| {
                    let Some(role) = self.before().role(it.role) else { return false };
                    let Some(catalog) = self.before().catalog(&role.role.platform) else { return false };
                    let ceiling = self.before().ceiling_of(&catalog.platform).at(it.level);
                    named(catalog).is_some_and(|permission| (role.closed - catalog.cut(ceiling)).contains(permission))
                };
                let owns = deed.is_of_a_site() && self.db.n_sites_owned_by(self.me.id)? > 0;
                owns || self.held.iter().filter(|it| it.is_live(self.now)).any(allows)
            }
        })
    }

    fn lacking(&self, need: &Need) -> Result<(), Error> {
        let (who, what) = (&self.me.email, &need.words);
        let Some((deed, place)) = need.ways.first() else {
            return self.refuse(format!("{who} may not {what}"));
        };
        let ids = |catalogs: &mut dyn Iterator<Item = &Arc<Catalog>>| -> String {
            let names: BTreeSet<&str> = catalogs.filter_map(|it| it.authority.get(deed).map(|id| it.get(*id).id.as_str())).collect();
            names.into_iter().collect::<Vec<_>>().join(" or ")
        };
        match place {
            Where::Site(id) => {
                let (after, before) = self.overlay.site(*id)?;
                if let Some(site) = &before
                    && !self.db.knows(site)?
                {
                    return self.refuse(format!("{who} may not {what} on another site"));
                }
                let Some(site) = before.or(after) else { return self.refuse(format!("{who} may not {what}")) };
                let takes = match ids(&mut self.before().catalog(&site.platform).into_iter()) {
                    it if it.is_empty() => String::new(),
                    it => format!(": it takes {it} there"),
                };
                let why = format!("{who} may not {what} on {}{takes}", site.key);
                let ask = match self.email(site.owner)? {
                    owner if deed.is_of_a_site() && site.owner != self.before().owner => {
                        format!("{owner}, who owns the site, or {}", account_owner(self.db)?)
                    }
                    _ => account_owner(self.db)?,
                };
                Err(Refusal::NotAllowed { why, ask }.into())
            }
            Where::Platform(_) | Where::Account | Where::Somewhere => {
                let asked = |it: &&Arc<Catalog>| if let Where::Platform(only) = place { it.platform == *only } else { true };
                let everywhere = if matches!(place, Where::Somewhere) { "" } else { " in a team role that is given everywhere" };
                let takes = match ids(&mut self.before().catalogs().filter(asked)) {
                    it if it.is_empty() => String::new(),
                    it => format!(": it takes {it}{everywhere}"),
                };
                self.refuse(format!("{who} may not {what}{takes}"))
            }
        }
    }
}

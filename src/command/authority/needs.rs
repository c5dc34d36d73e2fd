//! Which permission a change takes, where, and whether the actor holds it.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use super::{Scales, account_owner, is_forgotten};
use crate::command::refusal::{Error, Refusal};
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::SiteId;
use crate::domain::things::{Assignment, Level, Person, Scope, Site};
use crate::store::settings;

/// Where a deed must be allowed.
#[derive(Clone, Debug)]
enum Where {
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
struct Need {
    words: String,
    ways: Vec<(Deed, Where)>,
}

impl Need {
    fn of(deed: Deed, place: Where) -> Need {
        Need { words: deed.words().to_owned(), ways: vec![(deed, place)] }
    }

    fn any(ways: [(Deed, Where); 2]) -> Need {
        Need { words: ways[0].0.words().to_owned(), ways: ways.into() }
    }

    fn owner(words: &str) -> Need {
        Need { words: words.to_owned(), ways: Vec::new() }
    }
}

impl Scales<'_> {
    /// Whether the actor holds a permission for what the change does.
    pub(super) fn deed(&self, change: &Change) -> Result<(), Error> {
        for need in self.needs(change)? {
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

    /// The one list of what every change takes.
    fn needs(&self, change: &Change) -> Result<Vec<Need>, Error> {
        Ok(match change {
            Change::Setting(edit) if edit.either().is_some_and(|it| [settings::NAME, settings::PROFILE].contains(&it.name.as_str())) => {
                vec![Need::of(Deed::EditWorkspace, Where::Account)]
            }
            Change::Setting(_) | Change::Catalog(_) => vec![Need::owner("change the rules of the workspace")],
            Change::Person(Edit { before: Some(old), after }) if old.id != self.me.id => self.person_needs(old, after.is_none())?,
            Change::Person(_) => vec![anybodys()],
            Change::Contact(_) => vec![Need::of(Deed::ManageContacts, Where::Account)],
            Change::Folder(_) => vec![Need::of(Deed::ManageFolders, Where::Account)],
            Change::Site(edit) => site_needs(edit),
            Change::Role(edit) => {
                let platforms: BTreeSet<&String> = edit.before.iter().chain(&edit.after).map(|it| &it.platform).collect();
                platforms.into_iter().map(|it| Need::of(Deed::ManageRoles, Where::Platform(it.clone()))).collect()
            }
            Change::Assignment(edit) if is_forgotten(edit) => Vec::new(),
            Change::Assignment(Edit { before: Some(old), after: Some(new) })
                if (old.person, old.level, old.scope) == (new.person, new.level, new.scope) =>
            {
                vec![self.people_need(new, Deed::ChangeRoles, Deed::ChangeTeam)]
            }
            Change::Assignment(edit) => {
                let taken = edit.before.iter().map(|it| self.people_need(it, Deed::RemovePeople, Deed::RemoveTeam));
                taken.chain(edit.after.iter().map(|it| self.people_need(it, Deed::InvitePeople, Deed::InviteTeam))).collect()
            }
            Change::Request(edit) => {
                let site = edit.before.iter().chain(&edit.after).find_map(|it| it.site);
                let site = site.map(|id| Need::any([(Deed::ManageContacts, Where::Account), (Deed::InvitePeople, Where::Site(id))]));
                vec![site.unwrap_or_else(|| Need::of(Deed::ManageContacts, Where::Account))]
            }
            Change::Invitation(edit) if is_forgotten(edit) => Vec::new(),
            Change::Invitation(edit) => {
                let waiting = edit.either().map_or_else(|| Ok(Vec::new()), |it| self.waiting(it.id))?;
                let mut needs = Vec::new();
                for it in &waiting {
                    needs.extend(self.gift(it)?.iter().map(|it| self.people_need(it, Deed::InvitePeople, Deed::InviteTeam)));
                }
                if needs.is_empty() { vec![anybodys()] } else { needs }
            }
            Change::WaitingRole(edit) => {
                let mut needs = Vec::new();
                for it in edit.before.iter().chain(&edit.after) {
                    needs.extend(self.gift(it)?.iter().map(|it| self.people_need(it, Deed::InvitePeople, Deed::InviteTeam)));
                }
                needs
            }
            Change::Handover(edit) if is_forgotten(edit) => Vec::new(),
            Change::Handover(edit) => edit.either().map(|it| Need::of(Deed::TransferSites, Where::Site(it.site))).into_iter().collect(),
        })
    }

    /// Somebody is edited by those who may change their roles, and removed by those who may take
    /// them, wherever they have any; who has none is a matter of the account.
    fn person_needs(&self, old: &Person, removed: bool) -> Result<Vec<Need>, Error> {
        let after = self.db.assignments_of(old.id)?;
        let mut held = self.overlay.assignments(old.id, after.clone());
        held.extend(after);
        let (on_site, in_team) = if removed { (Deed::RemovePeople, Deed::RemoveTeam) } else { (Deed::ChangeRoles, Deed::ChangeTeam) };
        if held.is_empty() {
            return Ok(if removed && self.own_step { Vec::new() } else { vec![Need::of(in_team, Where::Account)] });
        }
        Ok(held.iter().map(|it| self.people_need(it, on_site, in_team)).collect())
    }

    /// Collaborators are a matter of their site, members of the team one of the account.
    fn people_need(&self, row: &Assignment, on_site: Deed, in_team: Deed) -> Need {
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

/// What adding a person takes: to invite in the team, or anywhere.
fn anybodys() -> Need {
    Need::any([(Deed::InviteTeam, Where::Account), (Deed::InvitePeople, Where::Somewhere)])
}

/// What an edit of a site takes, by what it changes.
fn site_needs(edit: &Edit<Site>) -> Vec<Need> {
    let (old, new) = match (&edit.before, &edit.after) {
        (Some(old), Some(new)) => (old, new),
        (None, Some(new)) => return vec![Need::of(Deed::AddSites, Where::Platform(new.platform.clone()))],
        (Some(old), None) => return vec![Need::of(Deed::RemoveSites, Where::Site(old.id))],
        (None, None) => return Vec::new(),
    };
    let about = |it: &Site| (it.key.clone(), it.name.clone(), it.url.clone(), it.platform.clone(), it.status, it.editor.clone());
    let here = Where::Site(old.id);
    let needs = [
        (about(old) != about(new), Need::of(Deed::EditSites, here.clone())),
        (old.apps != new.apps, Need::of(Deed::ManageApps, here.clone())),
        ((old.owner, old.host) != (new.owner, new.host), Need::of(Deed::TransferSites, here)),
        (old.folder != new.folder, Need::of(Deed::ManageFolders, Where::Account)),
    ];
    needs.into_iter().filter_map(|(differs, need)| differs.then_some(need)).collect()
}

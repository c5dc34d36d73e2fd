//! Whether what was taken in holds together, which is known once all of it is there.

use std::rc::Rc;

use super::{Given, Import, ImportError};
use crate::command::{Note, fit, foundation, site};
use crate::domain::catalog::Side;
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::policy::MAX_DEPTH;
use crate::domain::record::ScopeRecord;
use crate::domain::text;
use crate::domain::things::{Folder, Host, Level, Person, Role, RoleLevel, Scope, Site};

/// What decides where a role may be given.
#[derive(Clone)]
pub(super) struct RoleFact {
    level: RoleLevel,
    platform: Rc<str>,
    owner: bool,
    side: Option<Side>,
}

impl Import<'_> {
    pub(super) fn check_folders(&self) -> Result<(), ImportError> {
        let policy = self.db.policy(None)?;
        let Some(lost) = policy.lost_folder() else { return Ok(()) };
        let line = self.folders.get(&lost.key).map_or(0, |it| it.line);
        Err(ImportError::At(line, format!("the folder `{}` lies in itself, or more than {MAX_DEPTH} deep", text::display(&lost.key))))
    }

    /// Every site's platform has a catalog, and the ceiling profiles exist.
    pub(super) fn check_platforms(&mut self) -> Result<(), ImportError> {
        for (platform, line) in self.platforms.clone() {
            if self.catalog(&platform)?.is_none() {
                return Err(no_platform(line, &platform));
            }
        }
        let Some((line, ceiling)) = self.ceiling.take() else { return Ok(()) };
        let policy = self.db.policy(None)?;
        foundation::ceiling_exists(&ceiling, &mut policy.catalogs().cloned()).map_err(|error| ImportError::At(line, error.to_string()))
    }

    /// Every role's platform has a catalog. Permissions that it does not know are kept and reported.
    pub(super) fn check_roles(&mut self) -> Result<Vec<Note>, ImportError> {
        let mut notes = Vec::new();
        for (line, role) in std::mem::take(&mut self.roles_seen) {
            let Some(catalog) = self.catalog(&role.platform)? else {
                return Err(no_platform(line, &role.platform));
            };
            let unknown: Vec<&str> = role.permissions.iter().filter(|id| catalog.find(id).is_none()).map(String::as_str).collect();
            if !unknown.is_empty() {
                let sentence =
                    format!("line {line}: {} keeps permissions that {} does not know: {}", role.key, role.platform, unknown.join(", "));
                notes.push(Note::Remark(sentence));
            }
        }
        Ok(notes)
    }

    pub(super) fn check_fits(&mut self) -> Result<(), ImportError> {
        for (line, change) in std::mem::take(&mut self.moved) {
            if let Some(sentence) = fit::misfit(self.db, &change)? {
                return Err(ImportError::At(line, sentence));
            }
        }
        let given = std::mem::take(&mut self.given);
        let agency = self.account_owner.or(self.founder);
        for it in given.iter().filter(|it| Some(it.person) == agency) {
            if let Scope::Site(site) = it.scope
                && self.role_fact(it.role)?.is_some_and(|it| it.side == Some(Side::Partner))
            {
                self.partnered.insert(site);
            }
        }
        for it in &given {
            let refuse = |sentence: String| Err(ImportError::At(it.line as usize, sentence));
            let Some(RoleFact { level, platform, owner, side }) = self.role_fact(it.role)? else { continue };
            if owner {
                return refuse("the owner's role comes with a site and is never assigned; name the owner in the site's record".to_owned());
            }
            if !level.fits(it.level) {
                return refuse(format!("a {}-level role cannot be given at {} level", level.as_str(), it.level));
            }
            let Scope::Site(site) = it.scope else { continue };
            let at = self.platform_of(site)?;
            let (name, _) = &self.platforms[usize::from(at)];
            if *name != *platform {
                return refuse(format!("a role of {platform} cannot be given on a site of {name}"));
            }
            if let Some(side) = side
                && let Some(sentence) = self.half_a_partnership(it, site, side)?
            {
                return refuse(sentence);
            }
        }
        self.given = given;
        Ok(())
    }

    /// R10: a side of a partnership is taken in with the whole of it, and on a site that was
    /// there before only where it stands already.
    fn half_a_partnership(&mut self, it: &Given, on: SiteId, side: Side) -> anyhow::Result<Option<String>> {
        let (Some(row), Some(role)) = (self.db.find::<Site>(on)?, self.db.find::<Role>(it.role)?) else { return Ok(None) };
        let owner = self.account_owner.or(self.founder);
        let carried = row.host == Host::Agency && Some(row.owner) != owner;
        let whole = carried
            && match side {
                Side::Partner => Some(it.person) == owner,
                Side::Client => it.person == row.owner && self.has_partner(&row, owner)?,
            };
        if whole && !(it.new && on.0 < self.first_site) {
            return Ok(None);
        }
        Ok(Some(format!("{} on {} comes with a partnership, as a whole: rolecall partner propose {}", role.name, row.key, row.key)))
    }

    /// Whether the agency holds the Partner role on the site, by the file or from before.
    fn has_partner(&mut self, site: &Site, agency: Option<PersonId>) -> anyhow::Result<bool> {
        if self.partnered.contains(&site.id) || self.fresh {
            return Ok(self.partnered.contains(&site.id));
        }
        let db = self.db;
        let key = self.catalog(&site.platform)?.and_then(|it| it.side(Side::Partner)).map(|it| it.key.clone());
        let role = key.map(|key| db.role_by_key(&key)).transpose()?.flatten();
        let Some((agency, role)) = agency.zip(role) else { return Ok(false) };
        Ok(db.assignment(agency, role.id, Level::Site, Scope::Site(site.id))?.is_some())
    }

    /// No assignment stands in the file twice.
    pub(super) fn check_once(&mut self) -> Result<(), ImportError> {
        let mut given = std::mem::take(&mut self.given);
        let same = |it: &Given| (it.person, it.role, it.scope, it.level);
        // Of a million, most are told apart by one number.
        given.sort_unstable_by_key(|it| it.person);
        given.chunk_by_mut(|a, b| a.person == b.person).for_each(|theirs| theirs.sort_unstable_by_key(|it| (same(it), it.line)));
        let second = given.windows(2).filter(|it| same(&it[0]) == same(&it[1])).min_by_key(|it| it[1].line);
        let Some([first, it]) = second else { return Ok(()) };
        let role = self.db.the::<Role>(it.role)?.key;
        let person = self.db.the::<Person>(it.person)?.email;
        let place = match it.scope {
            Scope::Everywhere => ScopeRecord::Everywhere,
            Scope::Folder(id) => ScopeRecord::Folder(self.db.the::<Folder>(id)?.key),
            Scope::Site(id) => ScopeRecord::Site(self.db.the::<Site>(id)?.key),
        };
        let sentence = format!("the role {role} of {} ({place}) stands on line {} already", text::display(&person), first.line);
        Err(ImportError::At(it.line as usize, sentence))
    }

    /// What somebody types leads to one site: of two that are called alike by key and by URL, none comes with the file.
    pub(super) fn check_words(&self) -> Result<(), ImportError> {
        for key in self.db.site_keys_with_a_dot()? {
            for other in self.db.sites_by_url(&key)?.into_iter().filter(|it| it.key != key) {
                let (line, refused) = match (self.sites.line(&key), self.sites.line(&other.key)) {
                    (Some(line), _) => (line, site::is_no_url_of(self.db, &key, Some(other))),
                    (None, Some(line)) => (line, site::is_no_key_of(self.db, &other.url, self.db.site_by_key(&key)?)),
                    (None, None) => continue,
                };
                refused.map_err(|error| ImportError::At(line, error.to_string()))?;
            }
        }
        Ok(())
    }

    fn platform_of(&mut self, site: SiteId) -> anyhow::Result<u16> {
        if let Some(at) = self.site_platform.get(&site) {
            return Ok(*at);
        }
        let name = self.db.find::<Site>(site)?.map_or_else(String::new, |it| it.platform);
        let at = self.platform(&name);
        self.site_platform.insert(site, at);
        Ok(at)
    }

    fn role_fact(&mut self, id: RoleId) -> anyhow::Result<Option<RoleFact>> {
        if let Some(fact) = self.role_facts.get(&id) {
            return Ok(Some(fact.clone()));
        }
        let Some(role) = self.db.find::<Role>(id)? else { return Ok(None) };
        let builtin = if role.builtin { self.catalog(&role.platform)?.and_then(|it| it.role(&role.key)) } else { None };
        let (owner, side) = builtin.map_or((false, None), |it| (it.owner, it.partnership));
        let fact = RoleFact { level: role.level, platform: Rc::from(role.platform), owner, side };
        self.role_facts.insert(id, fact.clone());
        Ok(Some(fact))
    }
}

fn no_platform(line: usize, platform: &str) -> ImportError {
    ImportError::At(line, format!("no platform `{platform}`: neither built in nor in the file"))
}

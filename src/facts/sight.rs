//! What of the workspace somebody may see, and of what they may know at all (R11).
//!
//! Who does not see everything has [`Eyes`] before whatever they ask: a name of which they may
//! not know is then looked up in vain, in the same words as one that nothing has.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{Reader, Store};
use crate::domain::accepted::Accepted;
use crate::domain::access::{self, Ground, any_site, with_everything};
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit, by_kind};
use crate::domain::contact::Contact;
use crate::domain::deed::Deed;
use crate::domain::ids::{FolderId, HandoverId, InvitationId, PersonId, RequestId, RoleId, SiteId};
use crate::domain::life::{Handover, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offered::Offered;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::OfferKey;
use crate::domain::review::{Held, Review, ReviewItem};
use crate::domain::text::email_key;
use crate::domain::things::{Assignment, Folder, Host, Level, Person, Role, Scope, Setting, Site, StoredCatalog};
use crate::store::journal::Entry;
use crate::store::life::Open;
use crate::store::settings;
use crate::store::table::Table;

/// What the answers to somebody may be about.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// The account owner, and the team as far as it may see the team.
    Everything,
    /// Their own access, and what single sites and permissions add to that.
    Own(Box<Own>),
}

/// Somebody who does not see everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    pub person: Person,
    /// Whether they see the agency's contacts.
    pub contacts: bool,
    /// The instant by which their sight is told.
    pub now: DateTime<Utc>,
}

impl Sight {
    pub fn of(db: Reader<'_>, email: &str, now: DateTime<Utc>) -> Result<Sight> {
        let person = db.plain().the_person(email)?;
        if db.setting(settings::OWNER)? == Some(person.id.0.to_string()) {
            return Ok(Sight::Everything);
        }
        let policy = db.policy(None)?;
        let held = db.assignments_of(person.id)?;
        let may = |deed: Deed| {
            policy.catalogs().any(|catalog| {
                let named = catalog.authority.get(&deed);
                named.is_some_and(|it| access::at_account(&policy, catalog, person.id, &held, now).contains(*it))
            })
        };
        if may(Deed::ViewTeam) {
            return Ok(Sight::Everything);
        }
        let contacts = may(Deed::ViewContacts);
        Ok(Sight::Own(Box::new(Own { person, contacts, now })))
    }

    pub fn shows_contacts(&self) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Own(own) => own.contacts,
        }
    }

    /// Whether everything about this person is shown.
    pub fn shows_person(&self, id: PersonId) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Own(own) => own.person.id == id,
        }
    }

    /// Whether it is shown who has access to this site: a site of another instant is shown as the same site is now.
    pub fn shows_people_of(&self, db: Reader<'_>, policy: &Policy, site: &Site) -> Result<bool> {
        let Sight::Own(own) = self else { return Ok(true) };
        match db.elsewhere() {
            None => own.sees_people_of(db, policy, site),
            Some(now) => now.find::<Site>(site.id)?.map_or(Ok(false), |it| own.sees_people_of(now, &now.policy(None)?, &it)),
        }
    }

    /// Whether nothing is hidden.
    pub fn is_whole(&self) -> bool {
        *self == Sight::Everything
    }

    /// Whether it is shown who holds a permission: on one site, or anywhere.
    pub fn shows_holders(&self, db: Reader<'_>, policy: &Policy, site: Option<&Site>) -> Result<bool> {
        site.map_or(Ok(self.is_whole()), |site| self.shows_people_of(db, policy, site))
    }

    pub fn shows_entry(&self, entry: &Entry) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Own(own) => own.person.email == entry.actor,
        }
    }

    /// Whether they may know that there is this.
    pub fn knows<T: Subject>(&self, db: Reader<'_>, row: &T) -> Result<bool> {
        match self {
            Sight::Everything => Ok(true),
            Sight::Own(own) => row.is_known(own, db.plain()),
        }
    }

    /// Whether it is shown that somebody holds this.
    pub fn shows_assignment(&self, db: Reader<'_>, policy: &Policy, it: &Assignment) -> Result<bool> {
        match self {
            Sight::Everything => Ok(true),
            Sight::Own(own) => match db.elsewhere() {
                None => own.knows_assignment(db, policy, it),
                Some(now) => own.knows_assignment(now, &now.policy(None)?, it),
            },
        }
    }

    /// Whether it is shown what somebody can do on a site, now.
    pub fn shows_access(&self, db: Reader<'_>, person: PersonId, site: SiteId) -> Result<bool> {
        if self.shows_person(person) {
            return Ok(true);
        }
        let db = db.present();
        db.find::<Site>(site)?.map_or(Ok(false), |site| self.shows_people_of(db, &db.policy(None)?, &site))
    }

    /// Whether a change is told to whoever would make it: what only comes with it, and what they may know of.
    pub fn shows_change(&self, db: Reader<'_>, change: &Change) -> Result<bool> {
        let Sight::Own(own) = self else { return Ok(true) };
        let db = db.present().plain();
        by_kind!(change, edit => own.knows_before(db, edit))
    }

    pub fn shows_offer(&self, db: Reader<'_>, key: OfferKey) -> Result<bool> {
        match self {
            Sight::Everything => Ok(true),
            Sight::Own(own) => own.knows_offer(db.present().plain(), key),
        }
    }

    /// In how many places a role is held, and by how many people, as far as that is shown.
    pub fn holders_of(&self, db: Reader<'_>, policy: &Policy, role: RoleId) -> Result<(usize, usize)> {
        if self.is_whole() {
            let (places, people) = db.holders_of(role)?;
            return Ok((usize::try_from(places)?, usize::try_from(people)?));
        }
        let mut people = BTreeSet::new();
        let mut places = 0;
        for it in db.assignments_with(role, usize::MAX)? {
            if self.shows_assignment(db, policy, &it)? {
                places += 1;
                people.insert(it.person);
            }
        }
        Ok((places, people.len()))
    }
}

/// Through whose eyes a workspace is asked for names.
pub struct Eyes {
    sight: Sight,
    /// The workspace as it is, where that which is asked shows another instant: what one may know is told by now.
    present: Option<Store>,
}

impl Eyes {
    pub fn new(sight: Sight, present: Option<Store>) -> Eyes {
        Eyes { sight, present }
    }

    pub fn sight(&self) -> &Sight {
        &self.sight
    }

    pub(super) fn see_as(&mut self, sight: Sight) {
        self.sight = sight;
    }

    pub(super) fn present(&self) -> Option<Reader<'_>> {
        self.present.as_ref().map(Store::reader)
    }

    pub(super) fn whole(&self) -> Option<&Store> {
        self.present.as_ref()
    }

    pub(super) fn know<T: Subject>(&self, db: Reader<'_>, row: &T) -> Result<bool> {
        let Sight::Own(own) = &self.sight else { return Ok(true) };
        match self.present() {
            Some(db) => row.as_it_is(db)?.map_or(Ok(false), |row| row.is_known(own, db)),
            None => row.is_known(own, db.plain()),
        }
    }

    /// Whether they may give this person something: whoever may invite learns by that that the address is taken.
    pub(super) fn may_give(&self, db: Reader<'_>, person: &Person) -> Result<bool> {
        let Sight::Own(own) = &self.sight else { return Ok(true) };
        let db = self.present().unwrap_or(db.plain());
        Ok(person.as_it_is(db)?.is_some() && own.invites(db, &db.policy(None)?)?)
    }

    pub(super) fn know_offer(&self, db: Reader<'_>, key: OfferKey) -> Result<bool> {
        let Sight::Own(own) = &self.sight else { return Ok(true) };
        own.knows_offer(self.present().unwrap_or(db.plain()), key)
    }
}

/// What somebody knows of who does not see everything.
impl Own {
    fn knows_before<T: Subject>(&self, db: Reader<'_>, edit: &Edit<T>) -> Result<bool> {
        edit.before.as_ref().map_or(Ok(true), |row| row.is_known(self, db))
    }

    fn sees_people_of(&self, db: Reader<'_>, policy: &Policy, site: &Site) -> Result<bool> {
        let Some(ground) = Ground::new(policy, site) else { return Ok(false) };
        Ok(match ground.catalog.authority.get(&Deed::ViewPeople) {
            Some(permission) => self.can(db, policy, &ground)?.contains(*permission),
            None => ground.owner == self.person.id,
        })
    }

    fn can(&self, db: Reader<'_>, policy: &Policy, ground: &Ground) -> Result<PermSet> {
        Ok(ground.access(policy, self.person.id, &db.assignments_for(self.person.id, ground.site)?, self.now))
    }

    fn is_me(&self, email: &str) -> bool {
        email_key(email) == email_key(&self.person.email)
    }

    /// What is theirs, what a role of theirs covers, or what they were offered something on.
    pub(super) fn knows_site(&self, db: Reader<'_>, site: &Site) -> Result<bool> {
        let policy = db.policy(None)?;
        let covers = |it: &Assignment| match it.scope {
            Scope::Site(id) => id == site.id,
            Scope::Folder(top) => site.folder.is_some_and(|it| policy.lies_in(it, top)),
            Scope::Everywhere => site.owner == policy.owner || site.host == Host::Agency,
        };
        let offered = || -> Result<bool> {
            let invited = db.invitations_on(site.id, Open::All)?.iter().any(|it| self.is_me(&it.email));
            Ok(invited || db.handovers_on(site.id, Open::All)?.iter().any(|it| self.is_me(&it.email)))
        };
        Ok(site.owner == self.person.id || db.assignments_for(self.person.id, site.id)?.iter().any(covers) || offered()?)
    }

    /// Themselves, who owns the account, who owns a site that they know of, whoever is on a site where they see
    /// people, and with whom they have to do with an offer.
    pub(super) fn knows_person(&self, db: Reader<'_>, person: &Person) -> Result<bool> {
        let policy = db.policy(None)?;
        if [self.person.id, policy.owner].contains(&person.id) {
            return Ok(true);
        }
        for id in db.sites_owned_by(person.id)? {
            if db.find::<Site>(id)?.map_or(Ok(false), |it| self.knows_site(db, &it))? {
                return Ok(true);
            }
        }
        let held = db.assignments_of(person.id)?;
        for it in &held {
            if let Scope::Site(id) = it.scope
                && db.find::<Site>(id)?.map_or(Ok(false), |it| self.sees_people_of(db, &policy, &it))?
            {
                return Ok(true);
            }
        }
        let wide = held.iter().any(|it| !matches!(it.scope, Scope::Site(_)));
        Ok((wide && self.meets(db, &policy, person.id)?) || self.deals_with(db, person)?)
    }

    /// Whether somebody with a wider role works on a site where they see people.
    fn meets(&self, db: Reader<'_>, policy: &Policy, person: PersonId) -> Result<bool> {
        let mut found = false;
        db.each_site(|site| {
            let reaches =
                |ground: Ground| -> Result<bool> { Ok(db.assignments_for(person, site.id)?.iter().any(|it| ground.reaches(policy, it))) };
            found = found
                || (self.knows_site(db, &site)?
                    && self.sees_people_of(db, policy, &site)?
                    && Ground::new(policy, &site).map_or(Ok(false), reaches)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Whether one of the two offered the other something.
    fn deals_with(&self, db: Reader<'_>, person: &Person) -> Result<bool> {
        let sent = |by: PersonId, to: &str| -> Result<bool> {
            let invited = db.invitations_to(to, Open::All)?.iter().any(|it| it.invited_by == Some(by));
            Ok(invited || db.handovers_to(to, Open::All)?.iter().any(|it| it.asked_by == Some(by)))
        };
        Ok(sent(self.person.id, &person.email)? || sent(person.id, &self.person.email)?)
    }

    /// The roles that come with the program, those that they hold, may give, or see others hold.
    pub(super) fn knows_role(&self, db: Reader<'_>, role: &Role) -> Result<bool> {
        if role.builtin || db.assignments_of(self.person.id)?.iter().any(|it| it.role == role.id) {
            return Ok(true);
        }
        let policy = db.policy(None)?;
        if policy.role(role.id).map_or(Ok(false), |held| self.may_give(db, &policy, held))? {
            return Ok(true);
        }
        for it in db.assignments_with(role.id, usize::MAX)? {
            if self.knows_assignment(db, &policy, &it)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether there is a site where they may invite and hold as much as the role would give.
    fn may_give(&self, db: Reader<'_>, policy: &Policy, held: &HeldRole) -> Result<bool> {
        let Some(catalog) = policy.catalog(&held.role.platform) else { return Ok(false) };
        let mine = db.assignments_of(self.person.id)?;
        let gift = held.closed - catalog.cut(policy.ceiling_of(&catalog.platform).at(Level::Site));
        for site in self.places(db, policy, catalog, &mine)? {
            let Some(ground) = Ground::new(policy, &site) else { continue };
            let can = ground.access(policy, self.person.id, &mine, self.now);
            let invites = catalog.authority.get(&Deed::InvitePeople).map_or(ground.owner == self.person.id, |it| can.contains(*it));
            if invites && (gift - can).is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where they have roles of a platform, each with every app: their sites, and any site in their folders.
    fn places(&self, db: Reader<'_>, policy: &Policy, catalog: &Catalog, mine: &[Assignment]) -> Result<Vec<Site>> {
        let mut sites = db.sites_owned_by(self.person.id)?;
        let mut wide: Vec<Option<FolderId>> = Vec::new();
        for it in mine {
            match it.scope {
                Scope::Site(id) => sites.push(id),
                Scope::Folder(id) => wide.push(Some(id)),
                Scope::Everywhere => wide.push(None),
            }
        }
        let mut places: Vec<Site> = wide.into_iter().map(|folder| any_site(policy, catalog, folder)).collect();
        for id in sites {
            places.extend(db.find::<Site>(id)?.filter(|it| it.platform == catalog.platform).map(|it| with_everything(catalog, it)));
        }
        Ok(places)
    }

    /// Whether they may invite people anywhere at all.
    fn invites(&self, db: Reader<'_>, policy: &Policy) -> Result<bool> {
        let allows = |it: &Assignment| {
            let Some(held) = policy.role(it.role) else { return false };
            let Some(catalog) = policy.catalog(&held.role.platform) else { return false };
            let can = held.closed - catalog.cut(policy.ceiling_of(&catalog.platform).at(it.level));
            let named = [Deed::InvitePeople, Deed::InviteTeam].iter().filter_map(|it| catalog.authority.get(it));
            it.is_live(self.now) && named.into_iter().any(|it| can.contains(*it))
        };
        Ok(db.n_sites_owned_by(self.person.id)? > 0 || db.assignments_of(self.person.id)?.iter().any(allows))
    }

    /// The folders that their roles cover or lie under, and those of the sites that they know of.
    pub(super) fn knows_folder(&self, db: Reader<'_>, folder: FolderId) -> Result<bool> {
        let policy = db.policy(None)?;
        let mut sites = db.sites_owned_by(self.person.id)?;
        for it in db.assignments_of(self.person.id)? {
            match it.scope {
                Scope::Everywhere => return Ok(true),
                Scope::Folder(own) if policy.lies_in(folder, own) || policy.lies_in(own, folder) => return Ok(true),
                Scope::Folder(_) => {}
                Scope::Site(id) => sites.push(id),
            }
        }
        for id in sites {
            if db.find::<Site>(id)?.and_then(|it| it.folder).is_some_and(|it| policy.lies_in(it, folder)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What they hold, and what is held on a site where they see people.
    fn knows_assignment(&self, db: Reader<'_>, policy: &Policy, it: &Assignment) -> Result<bool> {
        if it.person == self.person.id {
            return Ok(true);
        }
        let Some(id) = it.scope.site() else { return Ok(false) };
        db.find::<Site>(id)?.map_or(Ok(false), |site| self.sees_people_of(db, policy, &site))
    }

    /// What was sent to them or by them, and what is offered on a site where they see people.
    fn knows_offer(&self, db: Reader<'_>, key: OfferKey) -> Result<bool> {
        let (own, sites) = match key {
            OfferKey::Invitation(id) => {
                let Some(it) = db.find::<Invitation>(InvitationId(id))? else { return Ok(false) };
                let places = db.waiting_roles(WaitsFor::Invitation(it.id))?.into_iter();
                let sites = places.filter_map(|it| if let Some(Scope::Site(id)) = it.scope { Some(id) } else { None });
                (self.is_me(&it.email) || [it.invited_by, it.accepted_by].contains(&Some(self.person.id)), sites.collect())
            }
            OfferKey::Request(id) => {
                let Some(it) = db.find::<Request>(RequestId(id))? else { return Ok(false) };
                let client = db.find::<Contact>(it.contact)?.and_then(|it| it.email).is_some_and(|it| self.is_me(&it));
                (client || self.contacts || it.person == self.person.id || it.asked_by == Some(self.person.id), Vec::from_iter(it.site))
            }
            OfferKey::Handover(id) => {
                let Some(it) = db.find::<Handover>(HandoverId(id))? else { return Ok(false) };
                (self.is_me(&it.email) || it.asked_by == Some(self.person.id), vec![it.site])
            }
        };
        let policy = db.policy(None)?;
        for id in sites {
            if own || db.find::<Site>(id)?.map_or(Ok(false), |it| self.sees_people_of(db, &policy, &it))? {
                return Ok(true);
            }
        }
        Ok(own)
    }
}

/// A row that may be unknown to somebody.
pub trait Subject: Table {
    /// Whether they may know of it.
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool>;

    /// The same thing as it stands in another store.
    fn as_it_is(&self, db: Reader<'_>) -> Result<Option<Self>> {
        db.find::<Self>(self.id())
    }
}

impl Subject for Site {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        own.knows_site(db, self)
    }
}

impl Subject for Person {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        own.knows_person(db, self)
    }
}

impl Subject for Folder {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        own.knows_folder(db, self.id)
    }
}

impl Subject for Role {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        own.knows_role(db, self)
    }
}

impl Subject for Contact {
    fn is_known(&self, own: &Own, _db: Reader<'_>) -> Result<bool> {
        Ok(own.contacts)
    }
}

/// What only comes with a change that may be told.
macro_rules! known_to_all {
    ($($row:ident),*) => { $(
        impl Subject for $row {
            fn is_known(&self, _own: &Own, _db: Reader<'_>) -> Result<bool> {
                Ok(true)
            }
        }
    )* };
}

known_to_all!(Setting, StoredCatalog);

/// Whoever knows of all that it is about.
impl Subject for Accepted {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        fn knows<T: Subject>(own: &Own, db: Reader<'_>, row: Option<T>) -> Result<bool> {
            row.map_or(Ok(true), |it| it.is_known(own, db))
        }
        let known = self.about.called(
            |it| knows(own, db, db.find::<Person>(*it)?),
            |it| knows(own, db, db.find::<Site>(*it)?),
            |it| knows(own, db, db.find::<Role>(*it)?),
        )?;
        let people = [known.person(), known.other()].into_iter().flatten();
        Ok(people.chain(known.site()).chain(known.role()).all(|it| *it))
    }
}

/// Whoever knows of all that it is about: the numbers of items would tell that there are others.
impl Subject for Review {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        for it in db.items_of(self.id)? {
            if !it.is_known(own, db)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whoever knows of what it is about, which may be gone since.
impl Subject for ReviewItem {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        match &self.held {
            Held::Role(it) => it.is_known(own, db),
            Held::Site { site, .. } => db.find::<Site>(*site)?.map_or(Ok(false), |it| own.sees_people_of(db, &db.policy(None)?, &it)),
        }
    }
}

impl Subject for Assignment {
    fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
        own.knows_assignment(db, &db.policy(None)?, self)
    }
}

/// Known as the offer that it is, or is of.
macro_rules! known_as_offers {
    ($($row:ident, $key:expr;)*) => { $(
        impl Subject for $row {
            fn is_known(&self, own: &Own, db: Reader<'_>) -> Result<bool> {
                own.knows_offer(db, $key(self))
            }
        }
    )* };
}

known_as_offers! {
    Invitation, Offered::key;
    Request, Offered::key;
    Handover, Offered::key;
    WaitingRole, |it: &WaitingRole| it.of.key();
}

//! Whether a change gives anybody, now or later, what the actor does not hold there then.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{Scales, is_forgotten, to_nobody};
use crate::command::refusal::Error;
use crate::domain::access::{Ground, any_site, with_everything};
use crate::domain::catalog::{Catalog, Permission};
use crate::domain::change::{Change, Edit, Offering, Touch};
use crate::domain::ids::{FolderId, PersonId, SiteId};
use crate::domain::life::{Handover, Invitation, Request, WaitingRole};
use crate::domain::offer::{Answer, Stage};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Role, Scope, Site};
use crate::facts::overlay::{Budget, Holdings};
use crate::store::life::Open;

/// Most pairs of person and site that are weighed; a wider change is the account owner's.
const MAX_PAIRS: usize = 50_000;

const BUDGET: Budget<'static> = Budget { pairs: MAX_PAIRS, ..Budget::ALL };

impl Scales<'_> {
    /// Whether nobody gains what the actor lacks, at any instant from now on.
    pub(super) fn difference(&self, changes: &[Change], inverse: &[Change]) -> Result<(), Error> {
        let Some(pairs) = self.overlay.reach(inverse, &BUDGET)? else { return self.too_wide() };
        let mut holdings = Holdings::default();
        for (person, site) in pairs {
            let after = holdings.held(self.db, person, site)?;
            let before = self.overlay.assignments(person, after.clone());
            self.weigh_site(person, site, &before, &after)?;
        }
        changes.iter().try_for_each(|it| self.weigh_change(it))
    }

    fn too_wide(&self) -> Result<(), Error> {
        self.refuse(format!("{} may not change the access of more than {MAX_PAIRS} people and sites at once", self.me.email))
    }

    /// What a change gives besides: on sites that do not lie there yet, or to whom it is only offered.
    fn weigh_change(&self, change: &Change) -> Result<(), Error> {
        if let Change::Person(edit) = change {
            self.weigh_address(edit)?;
        }
        if let Change::WaitingRole(Edit { after: Some(it), .. }) = change {
            self.weigh_gift(it)?;
        }
        match change.touches() {
            Some(Touch::Role(Edit { before, after: Some(new) })) => self.weigh_role(before.as_ref(), new)?,
            Some(Touch::Assignment(edit)) if !is_forgotten(edit) => edit.before.iter().chain(&edit.after).try_for_each(|it| {
                let after = self.db.assignments_of(it.person)?;
                let before = self.overlay.assignments(it.person, after.clone());
                self.weigh_scope(it, &before, &after)
            })?,
            Some(Touch::Role(_) | Touch::Assignment(_) | Touch::Site(_) | Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_))
            | None => {}
        }
        match change.offers() {
            Some(Offering::Invitation(Edit { after: Some(it), .. })) if it.offer.answer == Answer::None => {
                self.waiting(it.id)?.iter().try_for_each(|it| self.weigh_gift(it))
            }
            Some(Offering::Handover(Edit { before: Some(old), after: Some(new) }))
                if old.keep != new.keep && new.stage(self.now) == Stage::Pending =>
            {
                let kept = new.keep.map(|role| to_nobody(role, Level::Site, Scope::Site(new.site), None));
                kept.iter().try_for_each(|it| self.weigh_given(it))
            }
            Some(Offering::Invitation(_) | Offering::Handover(_) | Offering::Request(_)) | None => Ok(()),
        }
    }

    /// What an address gives: all that waits there, and where it takes another's place all that the person holds.
    fn weigh_address(&self, edit: &Edit<Person>) -> Result<(), Error> {
        match (&edit.before, &edit.after) {
            (Some(old), Some(new)) if text::email_key(&old.email) != text::email_key(&new.email) => {
                self.nothing_waits_for(&new.email)?;
                // Another address may be somebody else: all that the person holds is given anew.
                let after = self.db.assignments_of(new.id)?;
                let Some(pairs) = self.overlay.reach_of(&after, &BUDGET)? else { return self.too_wide() };
                pairs.into_iter().try_for_each(|(person, site)| self.weigh_site(person, site, &[], &after))
            }
            (None, Some(new)) if !self.by_token => self.weigh_offers_to(&new.email),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    /// What waits for an answer under an address.
    fn offers_to(&self, email: &str) -> Result<(Vec<Invitation>, Vec<Handover>, Vec<Request>)> {
        let db = self.db;
        let (mut invitations, mut handovers) = (db.invitations_to(email, Open::Unanswered)?, db.handovers_to(email, Open::Unanswered)?);
        let mut requests = db.contact_by_email(email)?.map_or_else(|| Ok(Vec::new()), |it| db.requests_to(it.id))?;
        invitations.retain(|it| it.stage(self.now) == Stage::Pending);
        handovers.retain(|it| it.stage(self.now) == Stage::Pending);
        requests.retain(|it| it.stage(self.now) == Stage::Pending);
        Ok((invitations, handovers, requests))
    }

    /// R11: an address that is offered something is not taken over by renaming somebody.
    fn nothing_waits_for(&self, email: &str) -> Result<(), Error> {
        let (invitations, handovers, requests) = self.offers_to(email)?;
        if invitations.is_empty() && handovers.is_empty() && requests.is_empty() {
            return Ok(());
        }
        self.refuse(format!("{} may not give somebody the address {email}, which is offered something", self.me.email))
    }

    /// Whoever is added under an address stands where its answer will go: that is weighed as if it were given.
    fn weigh_offers_to(&self, email: &str) -> Result<(), Error> {
        let (invitations, handovers, _) = self.offers_to(email)?;
        for it in &invitations {
            self.waiting(it.id)?.iter().try_for_each(|it| self.weigh_gift(it))?;
        }
        for it in &handovers {
            if self.db.find::<Site>(it.site)?.is_some_and(|site| site.owner != self.me.id) {
                return self.refuse(format!("{} may not add {email}, to whom a site is offered", self.me.email));
            }
        }
        Ok(())
    }

    /// What is offered is weighed as if it were given.
    fn weigh_gift(&self, waiting: &WaitingRole) -> Result<(), Error> {
        self.gift(waiting)?.iter().try_for_each(|it| self.weigh_given(it))
    }

    fn weigh_given(&self, gift: &Assignment) -> Result<(), Error> {
        let given = std::slice::from_ref(gift);
        if let Scope::Site(site) = gift.scope {
            self.weigh_site(gift.person, site, &[], given)?;
        }
        self.weigh_scope(gift, &[], given)
    }

    fn weigh_site(&self, person: PersonId, site: SiteId, before: &[Assignment], after: &[Assignment]) -> Result<(), Error> {
        let (is, was) = self.overlay.grounds(site)?;
        let place = || {
            let row = self.db.find::<Site>(site)?;
            let known = row.as_ref().map_or(Ok(true), |it| self.db.knows(it))?;
            Ok(if known { format!("on {}", row.map_or_else(String::new, |it| it.key)) } else { "on another site".to_owned() })
        };
        self.weigh_one(person, (was.as_ref(), before), (is.as_ref(), after), &place)
    }

    /// A scope also covers what comes to lie in it, with whatever apps: a role is given there
    /// only by somebody who would hold as much on any such site.
    fn weigh_scope(&self, row: &Assignment, before: &[Assignment], after: &[Assignment]) -> Result<(), Error> {
        let weigh = |was: &Option<Site>, is: &Option<Site>, place: String| {
            let was = was.as_ref().and_then(|it| Ground::new(self.before(), it));
            let is = is.as_ref().and_then(|it| Ground::new(self.after, it));
            self.weigh_one(row.person, (was.as_ref(), before), (is.as_ref(), after), &|| Ok(place.clone()))
        };
        let catalog = self.after.catalog(&self.platform(row));
        let anywhere = |policy: &Policy, folder: Option<FolderId>| catalog.map(|it| any_site(policy, it, folder));
        let any_in =
            |folder: Option<FolderId>, place: String| weigh(&anywhere(self.before(), folder), &anywhere(self.after, folder), place);
        let folders =
            |within: Option<FolderId>| self.after.folders().filter(move |it| within.is_none_or(|top| self.after.lies_in(it.id, top)));
        match row.scope {
            Scope::Site(id) => {
                let (is, was) = self.overlay.site(id)?;
                let widest =
                    |policy: &Policy, site: Option<Site>| site.and_then(|it| Some(with_everything(policy.catalog(&it.platform)?, it)));
                let place = format!("on {}", is.as_ref().map_or_else(String::new, |it| it.key.clone()));
                weigh(&widest(self.before(), was), &widest(self.after, is), place)
            }
            Scope::Folder(top) => folders(Some(top)).try_for_each(|it| any_in(Some(it.id), format!("in the folder {}", it.key))),
            Scope::Everywhere => {
                any_in(None, "everywhere".to_owned())?;
                folders(None).try_for_each(|it| any_in(Some(it.id), format!("in the folder {}", it.key)))
            }
        }
    }

    /// A role grants no more than its author holds at the level of the account, also while
    /// nobody holds it: it may be given tomorrow, or stand in an invitation today.
    fn weigh_role(&self, before: Option<&Role>, after: &Role) -> Result<(), Error> {
        let Some(catalog) = self.after.catalog(&after.platform) else { return Ok(()) };
        let grants = |role: &Role| catalog.close(catalog.set_of(&role.permissions));
        let had = before.filter(|it| it.platform == after.platform).map_or(PermSet::EMPTY, grants);
        let gained = grants(after) - had - self.account(catalog, self.now);
        if gained.is_empty() {
            return Ok(());
        }
        let (who, role, what) = (&self.me.email, &after.name, first_of(catalog, gained));
        self.refuse(format!(
            "{role} would grant {what}, which {who} does not hold in a team role that is given everywhere: nobody grants what they do not hold"
        ))
    }

    /// Compares one person's access in one place before and after, at every instant from now on
    /// at which theirs or the actor's may differ. Apps that come are facts, which the actor may
    /// set or not: what the actor's own roles, or owning the site, make of them is nobody's gift.
    fn weigh_one(
        &self,
        person: PersonId,
        (was, before): (Option<&Ground>, &[Assignment]),
        (is, after): (Option<&Ground>, &[Assignment]),
        place: &dyn Fn() -> Result<String, Error>,
    ) -> Result<(), Error> {
        let Some(is) = is else { return Ok(()) };
        // Permissions of two catalogs cannot be compared: all of the new one's are gained.
        let was = was.filter(|it| it.catalog.platform == is.catalog.platform);
        let with_apps = was.map(|it| it.with_apps_of(is));
        let stays_owner = was.is_some_and(|was| [was.owner, is.owner] == [person; 2]);
        let near = |it: &&Assignment| is.nearness(it.scope).is_some() || was.is_some_and(|was| was.nearness(it.scope).is_some());
        let bounds = before.iter().chain(after).chain(&self.held).filter(near).flat_map(|it| [it.since, it.until]);
        let instants: BTreeSet<DateTime<Utc>> = bounds.flatten().filter(|at| self.now < *at).chain([self.now]).collect();
        for at in instants {
            let earlier = |ground: Option<&Ground>, person, held: &[Assignment]| {
                ground.map_or(PermSet::EMPTY, |it| it.access(self.before(), person, held, at))
            };
            let theirs = earlier(if stays_owner { with_apps.as_ref() } else { was }, person, before);
            let gained = is.access(self.after, person, after, at) - theirs - earlier(with_apps.as_ref(), self.me.id, &self.held);
            if gained.is_empty() {
                continue;
            }
            let (what, place) = (first_of(&is.catalog, gained), place()?);
            let when = if at > self.now { format!(" from {}", self.after.zone.exact(at)) } else { String::new() };
            let (me, them) = (&self.me.email, self.email(person)?);
            return self.refuse(if person == self.me.id {
                format!("{me} would gain {what} {place}{when}: nobody widens their own access")
            } else {
                format!("{them} would gain {what} {place}{when}, which {me} does not hold there then: nobody gives what they do not hold")
            });
        }
        Ok(())
    }
}

/// A sensitive permission of the set if there is one, and how many more there are.
fn first_of(catalog: &Catalog, set: PermSet) -> String {
    let all: Vec<&Permission> = set.iter().map(|id| catalog.get(id)).collect();
    let first = all.iter().find(|it| it.is_sensitive()).or_else(|| all.first()).map_or("", |it| it.id.as_str());
    if all.len() > 1 { format!("{first} and {} more", all.len() - 1) } else { first.to_owned() }
}

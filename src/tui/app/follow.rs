//! Following: the other panes show what the cursor is on, without a key.

use anyhow::Result;

use super::{App, PANES};
use crate::domain::contact::Contact;
use crate::domain::ids::{ContactId, PersonId, RoleId, SiteId};
use crate::domain::things::{Person, Site};
use crate::query::matrix::Subject;
use crate::query::order::Ranks;
use crate::tui::action::Place;
use crate::tui::panes::list::Lead;
use crate::tui::panes::matrix::Mode;
use crate::tui::panes::{self, Panes};
use crate::tui::view::Pane;

/// Most sites of a contact that stand on top.
const MAX_LED: usize = 500;

impl App {
    /// Lets what follows this pane follow: sites the contact, people the site, the matrix the list in focus.
    pub(super) fn follow(&mut self, place: &'static Place) -> Result<()> {
        let focus = PANES[self.focus];
        let is_any = |places: &[&'static Place]| places.contains(&focus);
        // Where a filter finds nothing, what was found before it stays in sight.
        if self.view_as.is_some() || self.finds_nothing() {
            return Ok(());
        }
        if place == panes::contacts::PLACE && focus == place {
            self.sites_follow()?;
        } else if place == panes::sites::PLACE && is_any(&[panes::contacts::PLACE, place]) {
            self.people_follow()?;
        } else if place == panes::collaborators::PLACE && is_any(&[panes::contacts::PLACE, panes::sites::PLACE, place]) {
            self.matrix_follows()?;
        } else if place == panes::roles::PLACE && focus == place {
            self.matrix_follows_role();
        }
        Ok(())
    }

    /// Whether the filter of the pane in focus lets no row through.
    pub(super) fn finds_nothing(&self) -> bool {
        let pane = self.pane();
        pane.selected().is_none() && !pane.filter_text().is_empty() && PANES[self.focus] != panes::matrix::PLACE
    }

    fn sites_follow(&mut self) -> Result<()> {
        let contact = self.panes.contacts.selected().map(ContactId);
        // Sites that were widened are narrowed again on the way back.
        if contact != self.contact || contact.is_some() && self.panes.sites.led_by().is_none() {
            self.lead_sites(contact)?;
        }
        Ok(())
    }

    /// Puts a contact's sites on top.
    pub(super) fn lead_sites(&mut self, contact: Option<ContactId>) -> Result<()> {
        self.contact = contact;
        let lead = self.lead()?;
        self.panes.sites.lead(lead);
        Ok(())
    }

    /// Reads again which sites are the contact's.
    pub(super) fn refresh_lead(&mut self) -> Result<()> {
        if self.panes.sites.led_by().is_some() {
            let lead = self.lead()?;
            self.panes.sites.lead_again(lead);
        }
        Ok(())
    }

    /// The sites of the contact, as far as those of the person behind them may be known.
    fn lead(&self) -> Result<Option<Lead>> {
        let db = self.world.session.reader();
        let Some(contact) = self.contact.map(|id| db.find::<Contact>(id)).transpose()?.flatten() else { return Ok(None) };
        let person = self.behind(&contact)?;
        let sites = person.map(|it| db.sites_near(it.id, MAX_LED)).transpose()?.unwrap_or_default();
        Ok(Some(Lead::new(contact.name, sites.into_iter().map(|it| it.0).collect())))
    }

    /// The person that a contact is, if they may be known.
    pub(super) fn behind(&self, contact: &Contact) -> Result<Option<Person>> {
        let db = self.world.session.reader();
        let person = contact.email.as_deref().map(|it| db.person_by_email(it)).transpose()?.flatten();
        Ok(person.filter(|it| self.world.session.sight().shows_person(it.id)))
    }

    /// A contact without sites leaves everybody in the list of people.
    fn people_follow(&mut self) -> Result<()> {
        let focus = PANES[self.focus];
        let has_none = focus == panes::contacts::PLACE && self.panes.sites.led_by().is_none_or(Lead::is_empty);
        let site = self.panes.sites.selected().filter(|_| !has_none).map(SiteId);
        let pane = &mut self.panes.collaborators;
        if pane.kind.site != site {
            let narrowed = pane.kind.choose(&self.world.env(), site, false)?;
            pane.renarrow(narrowed);
        }
        Ok(())
    }

    fn matrix_follows(&mut self) -> Result<()> {
        let db = self.world.session.reader();
        let (focus, site) = (PANES[self.focus], self.panes.collaborators.kind.site);
        let person = self.panes.collaborators.selected().map(PersonId);
        let (mode, at) = if focus == panes::contacts::PLACE {
            (self.mode_of_contact()?, None)
        } else if let Some(site) = site.map(|id| db.find::<Site>(id)).transpose()?.flatten() {
            (Mode::PeopleOf(site.id, site.name), person.filter(|_| focus == panes::collaborators::PLACE).map(Subject::Person))
        } else {
            match person.map(|id| db.find::<Person>(id)).transpose()?.flatten() {
                Some(person) => (Mode::SitesOf(person.id, person.name), None),
                None => (Mode::Roles, None),
            }
        };
        self.panes.matrix.follow(mode, at);
        Ok(())
    }

    /// In which order the list stands whose rows are the matrix's columns, where it is sorted.
    pub(super) fn column_ranks(&self) -> Option<Ranks> {
        let Panes { sites, collaborators, roles, matrix, .. } = &self.panes;
        let ranks = match &matrix.mode {
            Mode::Roles => roles.ranks(),
            Mode::PeopleOf(site, _) if collaborators.kind.site == Some(*site) => collaborators.ranks(),
            Mode::SitesOf(..) | Mode::NearSitesOf(..) => sites.ranks(),
            Mode::PeopleAnywhere(_) => collaborators.ranks(),
            Mode::PeopleOf(..) | Mode::Nobody(_) => None,
        };
        ranks.cloned()
    }

    /// Puts the matrix of a site's people on the one whom the list has.
    pub(super) fn column_follows(&mut self) {
        if let (Mode::PeopleOf(..), Some(id)) = (&self.panes.matrix.mode, self.panes.collaborators.selected()) {
            self.panes.matrix.point_at_column(Subject::Person(PersonId(id)));
        }
    }

    /// What the contact's person can do on the contact's sites.
    fn mode_of_contact(&self) -> Result<Mode> {
        let db = self.world.session.reader();
        let contact = self.contact.map(|id| db.find::<Contact>(id)).transpose()?.flatten();
        let Some(contact) = contact else { return Ok(Mode::Roles) };
        Ok(match (self.behind(&contact)?, self.panes.sites.led_by()) {
            (Some(person), Some(lead)) if !lead.is_empty() => Mode::NearSitesOf(person.id, person.name, lead.sites()),
            _ => Mode::Nobody(contact.name),
        })
    }

    fn matrix_follows_role(&mut self) {
        let Some(id) = self.panes.roles.selected().map(RoleId) else { return };
        let Some(held) = self.world.policy.role(id) else { return };
        let platform = held.role.platform.clone();
        self.panes.matrix.follow_role(&self.world.env(), &platform, id);
    }
}

//! Going somewhere: from a thing to its sites, people, matrix, and back from a view as somebody.

use anyhow::Result;

use super::{App, PANES};
use crate::domain::contact::Contact;
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::query::matrix::Subject;
use crate::query::sight::{Shown, Sight};
use crate::tui::action::{self, Place, Seat};
use crate::tui::keymap::key_of;
use crate::tui::overlays::own_access;
use crate::tui::panes;
use crate::tui::panes::invites;
use crate::tui::panes::matrix::Mode;
use crate::tui::view::{Journey, Pane, hidden};
use crate::tui::widgets::lines::plural;

/// The list that has the lowest room where no other was opened.
const LOWEST: usize = 2;

impl App {
    pub(super) fn focus_on(&mut self, at: usize) {
        self.zoomed = self.zoomed.filter(|it| *it == at);
        if PANES[at] == panes::activity::PLACE && at != self.focus {
            self.leave_history();
        }
        self.focus = at;
        (self.typing, self.sorting) = (None, None);
        match PANES[at].seat {
            Some(Seat::Stack) => (self.list, self.lower) = (at, LOWEST),
            Some(Seat::Lower) => (self.list, self.lower) = (at, at),
            Some(Seat::Answer | Seat::Body | Seat::Page) | None => {}
        }
    }

    /// The pane that is open next to this one, in the order of their keys.
    pub(super) fn neighbour(&self, step: usize) -> usize {
        let layout = self.layout();
        let all = (1..=PANES.len()).map(|n| (self.focus + n * step) % PANES.len());
        let mut open = all.filter(|at| {
            layout.panes[*at].height > 1 || layout.panes[*at].height == 1 && !matches!(PANES[*at].seat, Some(Seat::Body | Seat::Page))
        });
        open.next().unwrap_or(self.focus)
    }

    /// One list back: from people to sites, from sites to contacts.
    pub(super) fn shallower(&mut self) {
        let stack: Vec<usize> = (0..PANES.len()).filter(|it| PANES[*it].seat == Some(Seat::Stack)).collect();
        if let Some(at) = stack.into_iter().rev().find(|it| *it < self.focus) {
            self.focus_on(at);
        }
    }

    /// Contact, site and person that are in force, by their names.
    pub(super) fn trail(&self) -> Result<Vec<String>> {
        let db = self.world.session.reader();
        let mut trail = Vec::new();
        let site = self.panes.collaborators.kind.site;
        let above = [panes::contacts::PLACE, panes::sites::PLACE].contains(&PANES[self.focus]);
        let contact = self.panes.sites.led_by().filter(|it| site.map_or(above, |site| it.has(site)));
        trail.extend(contact.map(|it| it.name.clone()));
        trail.extend(site.map(|id| db.find::<Site>(id)).transpose()?.flatten().map(|it| it.name));
        if PANES[self.focus] == panes::collaborators::PLACE
            || PANES[self.focus] == panes::matrix::PLACE && PANES[self.list] == panes::collaborators::PLACE
        {
            let person = self.panes.collaborators.selected().map(PersonId);
            trail.extend(person.map(|id| db.find::<Person>(id)).transpose()?.flatten().map(|it| it.name));
        }
        Ok(trail.iter().map(|it| text::fit(&text::display(it), 28).into_owned()).collect())
    }

    pub(super) fn show(&mut self, place: &'static Place) {
        self.focus_on(PANES.iter().position(|it| *it == place).unwrap_or(0));
    }

    pub(super) fn go(&mut self, journey: &Journey) -> Result<()> {
        match journey {
            Journey::SitesOf(contact) => {
                // A filter under which the contact stands stays.
                if self.panes.contacts.selected() != Some(contact.0) {
                    self.panes.contacts.select(contact.0);
                }
                self.show(panes::sites::PLACE);
            }
            Journey::PeopleOf(site) => self.people_of(*site),
            Journey::PersonOn(site, person) => self.person_on(*site, *person),
            Journey::Cell(site, person, permission) => {
                self.person_on(*site, *person);
                self.matrix_of_site(*site, Some(*person))?;
                self.panes.matrix.go_down_to(permission.clone());
            }
            Journey::MatrixOfSite(site, person) => return self.matrix_of_site(*site, *person),
            Journey::CompareRoles(roles) => {
                let first = roles.first().and_then(|it| self.world.policy.role(*it)).map(|it| it.role.platform.clone());
                self.matrix_roles(&first.unwrap_or_default(), None, None);
                self.panes.matrix.compare(roles.iter().copied().map(Subject::Role).collect());
            }
            Journey::ComparePeople(site, people) => {
                self.matrix_of_site(*site, None)?;
                self.panes.matrix.compare(people.iter().copied().map(Subject::Person).collect());
            }
            Journey::CompareSites(sites) => return self.compare_sites(sites),
            Journey::CompareAnywhere(people) => {
                self.panes.matrix.show(Mode::PeopleAnywhere(people.clone()), None);
                self.panes.matrix.compare(people.iter().copied().map(Subject::Person).collect());
                self.show(panes::matrix::PLACE);
            }
            Journey::MatrixOfPerson(person) => return self.matrix_of_person(*person),
            Journey::ViewAs(person) => return self.start_view(*person),
            Journey::History(of) => return self.show_history(*of),
            Journey::Contact(id) => {
                self.panes.contacts.select(id.0);
                self.show(panes::contacts::PLACE);
            }
            Journey::Site(id) => {
                self.panes.sites.select(id.0);
                self.show(panes::sites::PLACE);
            }
            Journey::Person(id) => {
                self.choose_site(None)?;
                self.panes.collaborators.select(id.0);
                self.show(panes::collaborators::PLACE);
            }
            Journey::Offer(key) => {
                self.panes.invites.select(invites::number(*key));
                self.show(invites::PLACE);
            }
            Journey::Role(id) => {
                let platform = self.world.policy.role(*id).map_or_else(String::new, |it| it.role.platform.clone());
                self.matrix_roles(&platform, Some(*id), None);
            }
            // Whoever looks at a person, or into the matrix, asks about that one.
            Journey::Permission(platform, id)
                if [panes::matrix::PLACE, panes::collaborators::PLACE].contains(&PANES[self.focus]) && self.panes.matrix.has(platform) =>
            {
                self.panes.matrix.go(id.clone());
                self.show(panes::matrix::PLACE);
            }
            Journey::Permission(platform, id) => self.matrix_roles(platform, None, Some(id.clone())),
        }
        Ok(())
    }

    /// Reads again who has access to the site that is shown, keeping filter and selection.
    pub(super) fn refresh_site(&mut self, is_only_staged: bool) -> Result<()> {
        let pane = &mut self.panes.collaborators;
        if let Some(site) = pane.kind.site {
            let narrowed = pane.kind.choose(&self.world.env(), Some(site), is_only_staged)?;
            pane.renarrow(narrowed);
        }
        Ok(())
    }

    /// Everyone on a site, or everybody.
    pub(super) fn choose_site(&mut self, site: Option<SiteId>) -> Result<()> {
        let pane = &mut self.panes.collaborators;
        let narrowed = pane.kind.choose(&self.world.env(), site, false)?;
        pane.narrow(narrowed);
        Ok(())
    }

    /// The roles of the platform that the matrix is about.
    pub(super) fn all_roles(&mut self) {
        let platform = self.panes.matrix.platform().to_owned();
        self.matrix_roles(&platform, None, None);
    }

    fn matrix_roles(&mut self, platform: &str, role: Option<RoleId>, permission: Option<String>) {
        self.panes.matrix.show_roles(&self.world.env(), platform, role, permission);
        self.show(panes::matrix::PLACE);
    }

    fn people_of(&mut self, site: SiteId) {
        match self.choose_site(Some(site)) {
            Ok(()) => self.show(panes::collaborators::PLACE),
            Err(error) => self.broke(&error),
        }
    }

    fn person_on(&mut self, site: SiteId, person: PersonId) {
        self.people_of(site);
        self.panes.collaborators.select(person.0);
    }

    fn matrix_of_site(&mut self, site: SiteId, person: Option<PersonId>) -> Result<()> {
        if let Some(site) = self.world.session.reader().find::<Site>(site)? {
            self.panes.matrix.show(Mode::PeopleOf(site.id, site.name), person.map(Subject::Person));
            self.show(panes::matrix::PLACE);
        }
        Ok(())
    }

    /// What differs between these sites for the contact's person whose sites are on top, else for whom the list of people has.
    fn compare_sites(&mut self, sites: &[SiteId]) -> Result<()> {
        let db = self.world.session.reader();
        let contact = self.contact.filter(|_| self.panes.sites.led_by().is_some_and(|it| !it.is_empty()));
        let contact = contact.map(|id| db.find::<Contact>(id)).transpose()?.flatten();
        let behind = contact.map(|it| self.behind(&it)).transpose()?.flatten();
        let chosen = || self.panes.collaborators.selected().map(|id| db.find::<Person>(PersonId(id))).transpose().map(Option::flatten);
        let Some(person) = behind.map_or_else(chosen, |it| Ok(Some(it)))? else {
            self.complain("sites are compared by what somebody can do there, and nobody is listed");
            return Ok(());
        };
        self.panes.matrix.show(Mode::NearSitesOf(person.id, person.name, sites.to_vec()), None);
        self.panes.matrix.compare(sites.iter().copied().map(Subject::Site).collect());
        self.show(panes::matrix::PLACE);
        Ok(())
    }

    fn matrix_of_person(&mut self, person: PersonId) -> Result<()> {
        if let Some(person) = self.world.session.reader().find::<Person>(person)? {
            self.panes.matrix.show(Mode::SitesOf(person.id, person.name), None);
            self.show(panes::matrix::PLACE);
        }
        Ok(())
    }

    /// Shows what somebody sees; there again, goes on in their name.
    fn start_view(&mut self, person: PersonId) -> Result<()> {
        if self.view_as.as_ref().is_some_and(|it| it.id == person) {
            return self.act_as_viewed();
        }
        if !self.world.session.sight().shows_person(person) {
            return self.take(hidden(&self.world.env()));
        }
        let Some(person) = self.world.session.reader().find::<Person>(person)? else { return Ok(()) };
        // From one view to another, one comes back to where the first began.
        let here = self.here();
        self.before_view.get_or_insert(here);
        let n = self.narrow_to_sight(Some(&person))?;
        self.panes.matrix.show(Mode::SitesOf(person.id, person.name.clone()), None);
        self.say(format!(
            "Seen as {}: {}, and what they can do there. {} leaves",
            text::display(&person.name),
            plural(n, "site"),
            key_of(action::BACK)
        ));
        self.view_as = Some(person);
        self.show(panes::matrix::PLACE);
        Ok(())
    }

    /// Leaves in every list what this person sees, all of it for nobody; answers how many sites that are.
    fn narrow_to_sight(&mut self, person: Option<&Person>) -> Result<usize> {
        let (db, now) = (self.world.session.reader(), self.world.instant());
        let sight = person.map_or(Ok(Sight::Everything), |it| Sight::of(db, &it.email, now))?;
        let [contacts, people] = [sight.contacts(), sight.people()];
        let [sites, roles, entries] = [sight.sites(db, &self.world.policy)?, sight.roles(db)?, sight.entries(db)?];
        let n_sites = sites.as_ref().map_or_else(|| db.count::<Site>(), |it| Ok(it.ids.len()))?;
        let offers = invites::numbers_shown(&sight, db, &self.world.policy, now)?;
        self.panes.contacts.kind.unseen = contacts.as_ref().map(|it| it.why);
        let of = |ids: Vec<i64>| (format!("of {}", person.map_or("", |it| it.name.as_str())), ids.into());
        let only = |shown: Option<Shown>| shown.map(|it| of(it.ids));
        self.choose_site(None)?;
        self.panes.contacts.narrow(only(contacts));
        self.panes.collaborators.narrow(only(people));
        self.panes.roles.narrow(only(roles));
        self.panes.activity.narrow(only(entries));
        self.panes.invites.narrow(offers.map(of));
        self.panes.sites.narrow(only(sites));
        self.panes.sites.kind.viewed = person.map(|_| sight);
        Ok(n_sites)
    }

    /// What the person that is viewed as can do, or the one in whose name commands run.
    pub(super) fn show_own_access(&mut self) -> Result<()> {
        let env = self.world.env();
        let person = match &self.view_as {
            Some(person) => person.clone(),
            None => self.world.session.reader().the_person(&self.world.session.who().actor.email)?,
        };
        let page = own_access::open(&env, &person)?;
        self.overlays.push(page);
        Ok(())
    }

    pub(super) fn leave_view(&mut self) -> Result<()> {
        self.view_as = None;
        self.narrow_to_sight(None)?;
        self.before_view.take().map_or(Ok(()), |it| self.return_to(it))
    }
}

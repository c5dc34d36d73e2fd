//! What rules look at: all of a workspace but its assignments, which pass by, and what several rules ask of it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use foldhash::fast::RandomState;

use super::{Rule, Settings};
use crate::domain::accepted::Accepted;
use crate::domain::access::Ground;
use crate::domain::catalog::Catalog;
use crate::domain::contact::Contact;
use crate::domain::ids::{AssignmentId, PersonId, RoleId, SiteId};
use crate::domain::life::{Handover, Invitation, Request, WaitingRole};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::Profile;
use crate::domain::text::email_key;
use crate::domain::things::{Assignment, ContactStatus, Host, Level, Person, Role, Scope, Site};

type Map<K, V> = HashMap<K, V, RandomState>;
type Set<K> = HashSet<K, RandomState>;

/// The rows of a workspace that all rules may ask for, as they are read. People and sites in the order of their numbers.
#[derive(Default)]
pub struct Rows {
    pub people: Vec<Person>,
    pub sites: Vec<Site>,
    pub contacts: Vec<Contact>,
    pub offers: Offers,
    /// What is held in folders and everywhere, and what else is held at team level; in the order of the people's numbers.
    pub team: Vec<Assignment>,
    pub made: Made,
    /// Who asks, where they do not see everything: of others they see what is held on the sites that they are shown.
    pub eyes: Option<PersonId>,
    /// The entry that made each role of one's own that gives what another one gives, by the roles' numbers.
    pub roles_made: Vec<(RoleId, i64)>,
    pub profile: Profile,
    pub settings: Settings,
    /// What somebody answers for.
    pub accepted: Vec<Accepted>,
    /// On which assignments somebody decided in a review.
    pub decided: HashSet<AssignmentId>,
}

/// Everything that was ever offered.
#[derive(Default)]
pub struct Offers {
    pub invitations: Vec<Invitation>,
    pub requests: Vec<Request>,
    pub handovers: Vec<Handover>,
    pub waiting: Vec<WaitingRole>,
}

/// When assignments came that do not say it: numbers are handed out in order, so that those of one entry lie together.
#[derive(Clone, Debug, Default)]
pub struct Made(pub Vec<(AssignmentId, DateTime<Utc>)>);

impl Made {
    pub fn at(&self, id: AssignmentId) -> Option<DateTime<Utc>> {
        let after = self.0.partition_point(|it| it.0 <= id);
        after.checked_sub(1).map(|at| self.0[at].1)
    }
}

/// A workspace at an instant.
pub struct Facts<'a> {
    pub policy: &'a Policy,
    pub now: DateTime<Utc>,
    pub rows: Rows,
    /// What contacts are, by address; of two with one address what is nearer to a client.
    statuses: Map<String, ContactStatus>,
    former: Set<PersonId>,
    clients: Set<PersonId>,
    team: Set<PersonId>,
    /// Whether a role gives something sensitive at a level.
    sensitive: Map<(RoleId, Level), bool>,
}

/// A site of a known platform, and everybody who can something there, holds something there itself, or owns it.
pub struct Here<'a> {
    pub site: &'a Site,
    pub ground: &'a Ground,
    /// In the order of their numbers.
    pub people: Vec<Present>,
    /// All that is held on the site itself, live or not, by the people's numbers.
    pub held: &'a [Assignment],
}

/// Somebody on a site.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "an owner may be of the team, too")]
pub struct Present {
    pub person: PersonId,
    pub can: PermSet,
    pub is_owner: bool,
    pub is_team: bool,
    /// With a live assignment there at site level, neither its owner nor of the team.
    pub is_guest: bool,
    /// A guest who is no client of the agency.
    pub is_outsider: bool,
}

impl<'a> Here<'a> {
    pub fn catalog(&self) -> &'a Catalog {
        &self.ground.catalog
    }

    /// Published, and the agency's to look after: it hosts the site or owns it.
    pub fn is_hosted(&self, facts: &Facts<'_>) -> bool {
        facts.hosts(self.site)
    }

    pub fn present(&self, person: PersonId) -> Option<&Present> {
        let at = self.people.binary_search_by_key(&person, |it| it.person).ok()?;
        self.people.get(at)
    }

    /// What somebody holds on the site itself.
    pub fn held_by(&self, person: PersonId) -> &'a [Assignment] {
        let from = self.held.partition_point(|it| it.person < person);
        let to = self.held.partition_point(|it| it.person <= person);
        &self.held[from..to]
    }

    /// What somebody could do here then, by what is held now.
    pub fn access_at(&self, facts: &Facts<'_>, person: PersonId, at: DateTime<Utc>) -> PermSet {
        let held: Vec<Assignment> = self.held_by(person).iter().chain(facts.wide_of(person)).cloned().collect();
        self.ground.access(facts.policy, person, &held, at)
    }

    /// What of all that somebody holds counts here now, nearer roles replacing wider ones.
    pub fn counting(&self, facts: &Facts<'_>, person: PersonId) -> Vec<Assignment> {
        let held: Vec<Assignment> = self.held_by(person).iter().chain(facts.wide_of(person)).cloned().collect();
        self.ground.sources(facts.policy, &held, facts.now).into_iter().cloned().collect()
    }

    /// Of what counts for these people here, what gives any of this.
    pub fn giving<'b>(&self, facts: &Facts<'_>, people: impl IntoIterator<Item = &'b Present>, any: PermSet) -> Vec<Assignment> {
        let gives = |it: &Assignment| self.ground.gives(facts.policy, it.role, it.level).intersects(&any);
        people.into_iter().flat_map(|it| self.counting(facts, it.person)).filter(gives).collect()
    }

    /// When the newest of what somebody holds here began, as far as it is live.
    pub fn since(&self, facts: &Facts<'_>, person: PersonId) -> Option<DateTime<Utc>> {
        let live = self.held_by(person).iter().filter(|it| it.is_live(facts.now));
        live.filter_map(|it| facts.begins(it)).max()
    }

    /// Those who can publish; the owner counts where they are of the team. `None` where the platform knows no publishing.
    pub fn publishers(&self) -> Option<impl Iterator<Item = &Present>> {
        let publish = self.ground.catalog.publish?;
        Some(self.people.iter().filter(move |it| it.can.contains(publish) && (!it.is_owner || it.is_team)))
    }
}

impl<'a> Facts<'a> {
    pub fn new(policy: &'a Policy, rows: Rows, now: DateTime<Utc>) -> Facts<'a> {
        let statuses = statuses(&rows.contacts);
        let (mut former, mut clients) = (Set::default(), Set::default());
        for person in &rows.people {
            match statuses.get(&email_key(&person.email)) {
                Some(ContactStatus::Former) => drop(former.insert(person.id)),
                Some(ContactStatus::Client) => drop(clients.insert(person.id)),
                Some(ContactStatus::Lead) | None => {}
            }
        }
        // Who said yes to an invitation that marks them as a client.
        clients.extend(rows.offers.invitations.iter().filter(|it| it.client).filter_map(|it| it.accepted_by));
        let live = rows.team.iter().filter(|it| it.level == Level::Team && it.is_live(now));
        let team = live.map(|it| it.person).chain([policy.owner]).collect();
        let mut facts = Facts { policy, now, rows, statuses, former, clients, team, sensitive: Map::default() };
        let roles: Vec<RoleId> = policy.roles().map(|it| it.role.id).collect();
        facts.sensitive = roles
            .into_iter()
            .flat_map(|role| Level::ALL.iter().map(move |level| (role, *level)))
            .map(|(role, level)| ((role, level), !facts.alone(role, level).is_empty()))
            .collect();
        facts
    }

    /// What a role alone gives that is sensitive, at a level, with every app.
    fn alone(&self, role: RoleId, level: Level) -> PermSet {
        let Some(held) = self.policy.role(role) else { return PermSet::EMPTY };
        let Some(catalog) = self.policy.catalog(&held.role.platform) else { return PermSet::EMPTY };
        let gives = held.closed - catalog.cut(self.policy.ceiling_of(&catalog.platform).at(level));
        gives.iter().filter(|it| catalog.get(*it).is_sensitive()).fold(PermSet::EMPTY, |set, it| set | PermSet::of(it))
    }

    /// What somebody holds in folders and everywhere.
    pub fn wide_of(&self, person: PersonId) -> impl Iterator<Item = &Assignment> {
        let from = self.rows.team.partition_point(|it| it.person < person);
        let theirs = self.rows.team[from..].iter().take_while(move |it| it.person == person);
        theirs.filter(|it| it.scope.site().is_none())
    }

    /// Whether somebody who holds something at site level on a site is a guest there and no client.
    pub fn is_outsider(&self, person: PersonId, site: &Site) -> bool {
        site.owner != person && !self.is_team(person) && !self.is_client(person)
    }

    /// Whether somebody new can be given it at this level.
    pub fn is_assignable(&self, role: &HeldRole, level: Level) -> bool {
        role.role.level.fits(level) && self.policy.is_assignable(role)
    }

    /// Whether its role alone gives something sensitive.
    pub fn is_sensitive(&self, it: &Assignment) -> bool {
        self.sensitive.get(&(it.role, it.level)).copied().unwrap_or(false)
    }

    /// When it begins, or began: by itself, else by the entry that made it.
    pub fn begins(&self, it: &Assignment) -> Option<DateTime<Utc>> {
        it.since.or_else(|| self.rows.made.at(it.id))
    }

    /// Whether it began more than so many days ago.
    pub fn is_older(&self, it: &Assignment, days: i64) -> bool {
        self.begins(it).is_some_and(|at| at < self.now - TimeDelta::days(days))
    }

    /// Live, or still to come.
    pub fn is_open(&self, it: &Assignment) -> bool {
        it.until.is_none_or(|until| self.now < until)
    }

    /// What tells an assignment from others of the same person.
    pub fn held_key(&self, it: &Assignment) -> String {
        let role = self.role(it.role).map_or("", |it| it.key.as_str());
        let place = match it.scope {
            Scope::Everywhere => "everywhere".to_owned(),
            Scope::Folder(id) => format!("folder/{}", self.policy.folder(id).map_or("", |it| it.key.as_str())),
            Scope::Site(id) => format!("site/{}", self.site(id).map_or("", |it| it.key.as_str())),
        };
        format!("{role}:{}:{place}", it.level)
    }

    /// Whether the agency looks after a site: it hosts or owns it.
    pub fn hosts(&self, site: &Site) -> bool {
        site.host == Host::Agency || site.owner == self.policy.owner
    }

    /// Whether nothing is hidden from whoever asks.
    pub fn is_whole(&self) -> bool {
        self.rows.eyes.is_none()
    }

    /// Whether whoever asks is shown what somebody holds in folders and everywhere.
    pub fn shows(&self, person: PersonId) -> bool {
        self.rows.eyes.is_none_or(|it| it == person)
    }

    pub fn is_team(&self, person: PersonId) -> bool {
        self.team.contains(&person)
    }

    pub fn is_former(&self, person: PersonId) -> bool {
        self.former.contains(&person)
    }

    pub fn is_client(&self, person: PersonId) -> bool {
        self.clients.contains(&person)
    }

    /// What the contact with this address is.
    pub fn status(&self, address: &str) -> Option<ContactStatus> {
        self.statuses.get(&email_key(address)).copied()
    }

    pub fn person(&self, id: PersonId) -> Option<&Person> {
        let at = self.rows.people.binary_search_by_key(&id, |it| it.id).ok()?;
        self.rows.people.get(at)
    }

    pub fn person_with(&self, address: &str) -> Option<&Person> {
        let key = email_key(address);
        self.rows.people.iter().find(|it| email_key(&it.email) == key)
    }

    pub fn email(&self, id: PersonId) -> &str {
        self.person(id).map_or("", |it| it.email.as_str())
    }

    /// Their name, or their address.
    pub fn name(&self, id: PersonId) -> &str {
        self.person(id).map_or("", |it| if it.name.is_empty() { it.email.as_str() } else { it.name.as_str() })
    }

    pub fn site(&self, id: SiteId) -> Option<&Site> {
        let at = self.rows.sites.binary_search_by_key(&id, |it| it.id).ok()?;
        self.rows.sites.get(at)
    }

    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.policy.role(id).map(|it| &*it.role)
    }

    /// Of two roles of one's own that give the same, whether one was made before the other; of one entry, which has the
    /// smaller key.
    pub fn is_older_role(&self, one: &Role, other: &Role) -> bool {
        let entry = |it: &Role| self.rows.roles_made.binary_search_by_key(&it.id, |it| it.0).ok().map(|at| self.rows.roles_made[at].1);
        let together = entry(one) == entry(other);
        if together { one.key < other.key } else { one.id < other.id }
    }

    /// A setting of a rule as it is in force.
    pub fn setting(&self, rule: &Rule, name: &str) -> &str {
        let usual = || rule.settings.iter().find(|it| it.name == name).map_or("", |it| it.usual);
        self.rows.settings.get(rule, name).unwrap_or_else(usual)
    }

    /// The same where it is a number: settings are checked before they are kept.
    pub fn number(&self, rule: &Rule, name: &str) -> i64 {
        self.setting(rule, name).parse().unwrap_or(0)
    }

    /// The same where it is a list.
    pub fn list(&self, rule: &Rule, name: &str) -> Vec<String> {
        self.setting(rule, name).split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
    }
}

fn statuses(contacts: &[Contact]) -> Map<String, ContactStatus> {
    let nearness = |it: ContactStatus| match it {
        ContactStatus::Former => 0,
        ContactStatus::Lead => 1,
        ContactStatus::Client => 2,
    };
    let mut statuses: Map<String, ContactStatus> = Map::default();
    for it in contacts {
        let Some(email) = &it.email else { continue };
        let status = statuses.entry(email_key(email)).or_insert(it.status);
        if nearness(it.status) > nearness(*status) {
            *status = it.status;
        }
    }
    statuses
}

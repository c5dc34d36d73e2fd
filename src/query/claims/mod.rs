//! Whether what is claimed of access is so, which facts it depends on, and which it would not miss.

mod facts;
mod losses;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::domain::access::Ground;
use crate::domain::claims::{Claim, Line, is_pattern, means};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::Policy;
use crate::domain::suggest::Unknown;
use crate::domain::things::{Assignment, Person, Site};
use crate::facts::Reader;
use crate::facts::names::{the_permission, the_role};
use crate::facts::overlay::Wide;

pub use facts::Fact;
pub use losses::Loss;

/// What all claims of a file are about, with everybody who holds anything there.
pub struct Claims<'a> {
    policy: &'a Policy,
    now: DateTime<Utc>,
    places: Vec<Place>,
    lines: Vec<(&'a Line, Meant)>,
}

/// A site, and all that is held that could count there, by person.
struct Place {
    site: Site,
    held: Vec<(PersonId, Vec<Assignment>)>,
}

/// A claim with its names found.
enum Meant {
    Can { wanted: bool, people: BTreeSet<PersonId>, at: Vec<(usize, PermSet)> },
    Only { people: BTreeSet<PersonId>, at: Vec<(usize, PermSet)> },
    Holds { wanted: bool, role: RoleId, permission: PermSet },
}

/// A claim that is not so.
pub struct Broken<'a> {
    pub line: &'a Line,
    /// By whom, and where; of a role by nobody.
    pub by: Option<(PersonId, SiteId, PermId)>,
    /// Whether what is claimed is missing, rather than too much.
    pub lacks: bool,
}

/// What each can on each site, in the order of the places.
type Access = Vec<HashMap<PersonId, PermSet>>;

impl<'a> Claims<'a> {
    /// Finds what the claims name.
    ///
    /// # Errors
    /// The first that names what is not there, with its line.
    pub fn of(db: Reader<'_>, policy: &'a Policy, now: DateTime<Utc>, lines: &'a [Line]) -> Result<Claims<'a>> {
        let mut found = Finder { db, policy, people: None, sites: None, places: Vec::new(), known: HashMap::new(), wide: Wide::default() };
        let mut meant = Vec::with_capacity(lines.len());
        for line in lines {
            let it = found.meant(&line.claim).map_err(|error| error.context(format!("line {}", line.at)))?;
            meant.push((line, it));
        }
        Ok(Claims { policy, now, places: found.places, lines: meant })
    }

    /// The claims that are not so, in their order.
    pub fn broken(&self) -> Vec<Broken<'a>> {
        let access = self.access(self.policy);
        self.lines.iter().filter_map(|(line, meant)| self.breaks(line, meant, self.policy, &access)).collect()
    }

    /// How many roles are held that they could be about.
    pub fn n_held(&self) -> usize {
        self.places.iter().flat_map(|it| &it.held).map(|it| it.1.len()).sum()
    }

    /// What everybody can do.
    fn access(&self, policy: &Policy) -> Access {
        self.places.iter().map(|it| it.access(policy, self.now)).collect()
    }

    fn breaks(&self, line: &'a Line, meant: &Meant, policy: &Policy, access: &Access) -> Option<Broken<'a>> {
        let broken = |at: usize, person: PersonId, set: PermSet, lacks: bool| {
            let by = set.iter().next().map(|it| (person, self.places[at].site.id, it));
            Broken { line, by, lacks }
        };
        match meant {
            Meant::Holds { wanted, role, permission } => {
                let holds = policy.role(*role).is_some_and(|it| permission.is_subset(&it.closed));
                (holds != *wanted).then_some(Broken { line, by: None, lacks: *wanted })
            }
            Meant::Can { wanted, people, at } => at.iter().find_map(|(at, set)| {
                people.iter().find_map(|person| {
                    let can = access[*at].get(person).copied().unwrap_or_default();
                    let wrong = if *wanted { *set - can } else { *set & can };
                    (!wrong.is_empty()).then(|| broken(*at, *person, wrong, *wanted))
                })
            }),
            Meant::Only { people, at } => at.iter().find_map(|(at, set)| {
                let here = &access[*at];
                let lacking = people.iter().map(|it| (*it, *set - here.get(it).copied().unwrap_or_default()));
                let lacking = lacking.filter(|it| !it.1.is_empty()).map(|it| broken(*at, it.0, it.1, true)).next();
                let others = || here.iter().filter(|it| !people.contains(it.0)).map(|it| (*it.0, *set & *it.1));
                lacking.or_else(|| others().filter(|it| !it.1.is_empty()).min_by_key(|it| it.0).map(|it| broken(*at, it.0, it.1, false)))
            }),
        }
    }
}

impl Place {
    fn access(&self, policy: &Policy, now: DateTime<Utc>) -> HashMap<PersonId, PermSet> {
        let Some(ground) = Ground::new(policy, &self.site) else { return HashMap::new() };
        self.held.iter().map(|(person, held)| (*person, ground.access(policy, *person, held, now))).collect()
    }
}

impl Meant {
    /// The places, and the permissions that are meant there.
    fn at(&self) -> &[(usize, PermSet)] {
        match self {
            Meant::Can { at, .. } | Meant::Only { at, .. } => at,
            Meant::Holds { .. } => &[],
        }
    }

    /// Those who are named.
    fn people(&self) -> impl Iterator<Item = &PersonId> {
        match self {
            Meant::Can { people, .. } | Meant::Only { people, .. } => Some(people),
            Meant::Holds { .. } => None,
        }
        .into_iter()
        .flatten()
    }

    /// Whether it says something of somebody.
    fn is_about(&self, person: PersonId) -> bool {
        match self {
            Meant::Can { people, .. } => people.contains(&person),
            Meant::Only { .. } => true,
            Meant::Holds { .. } => false,
        }
    }

    /// Whether it is wrong of somebody who can do this where these are meant.
    fn is_wrong(&self, person: PersonId, set: PermSet, can: PermSet) -> bool {
        let wanted = match self {
            Meant::Can { wanted, .. } => *wanted,
            Meant::Only { people, .. } => people.contains(&person),
            Meant::Holds { .. } => return false,
        };
        if wanted { !set.is_subset(&can) } else { set.intersects(&can) }
    }
}

/// Finds the names of claims, each once.
struct Finder<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    /// Everybody, once a pattern asked for it.
    people: Option<Vec<Person>>,
    sites: Option<Vec<Site>>,
    places: Vec<Place>,
    known: HashMap<SiteId, usize>,
    wide: Wide,
}

impl Finder<'_> {
    fn meant(&mut self, claim: &Claim) -> Result<Meant> {
        Ok(match claim {
            Claim::Can { wanted, person, permission, site } => {
                Meant::Can { wanted: *wanted, people: self.people(person)?.into_iter().collect(), at: self.at(permission, site)? }
            }
            Claim::Only { permission, site, people } => {
                let mut all = BTreeSet::new();
                for it in people {
                    all.extend(self.people(it)?);
                }
                Meant::Only { people: all, at: self.at(permission, site)? }
            }
            Claim::Holds { wanted, role, permission } => {
                let held = the_role(self.db, self.policy, role)?;
                let permission = PermSet::of(the_permission(self.policy, &held.role.platform, permission)?);
                Meant::Holds { wanted: *wanted, role: held.role.id, permission }
            }
        })
    }

    fn people(&mut self, name: &str) -> Result<Vec<PersonId>> {
        if !is_pattern(name) {
            return Ok(vec![self.db.the_person(name)?.id]);
        }
        if self.people.is_none() {
            self.people = Some(self.db.all()?);
        }
        let all = self.people.iter().flatten();
        some("person", name, all.filter(|it| means(name, &it.email)).map(|it| it.id).collect())
    }

    /// The sites that are meant, each with the permissions that are meant there.
    fn at(&mut self, permission: &str, site: &str) -> Result<Vec<(usize, PermSet)>> {
        let places = self.sites(site)?;
        let mut at = Vec::with_capacity(places.len());
        let mut unknown = None;
        for place in places {
            match self.permissions(&self.places[place].site.platform, permission) {
                Ok(set) => at.push((place, set)),
                // A permission that this platform lacks is passed over.
                Err(error) => unknown = unknown.or(Some(error)),
            }
        }
        match unknown {
            Some(error) if at.is_empty() => Err(error),
            _ => Ok(at),
        }
    }

    fn sites(&mut self, name: &str) -> Result<Vec<usize>> {
        let found: Vec<Site> = if is_pattern(name) {
            if self.sites.is_none() {
                self.sites = Some(self.db.all()?);
            }
            let all = self.sites.iter().flatten();
            some("site", name, all.filter(|it| means(name, &it.key)).cloned().collect())?
        } else {
            vec![self.db.the_site(name)?]
        };
        found.into_iter().map(|it| self.place(it)).collect()
    }

    fn permissions(&self, platform: &str, name: &str) -> Result<PermSet> {
        if !is_pattern(name) {
            return Ok(PermSet::of(the_permission(self.policy, platform, name)?));
        }
        let catalog = self.policy.catalog(platform);
        let set = catalog.map(|it| it.those(|permission| means(name, &permission.id))).unwrap_or_default();
        some("permission", name, set.iter().collect()).map(|_| set)
    }

    fn place(&mut self, site: Site) -> Result<usize> {
        if let Some(at) = self.known.get(&site.id) {
            return Ok(*at);
        }
        let mut held: BTreeMap<PersonId, Vec<Assignment>> = BTreeMap::from([(site.owner, Vec::new())]);
        if let Some(ground) = Ground::new(self.policy, &site) {
            let own = self.db.assignments_on(site.id)?.into_iter();
            for it in own.chain(self.wide.over(self.db, &ground)?) {
                held.entry(it.person).or_default().push(it);
            }
        }
        self.known.insert(site.id, self.places.len());
        self.places.push(Place { site, held: held.into_iter().collect() });
        Ok(self.places.len() - 1)
    }
}

/// What a pattern means, which is something.
fn some<T>(kind: &'static str, pattern: &str, found: Vec<T>) -> Result<Vec<T>> {
    if found.is_empty() {
        return Err(Unknown { kind, text: pattern.to_owned(), hint: ", which is a pattern that fits nothing".to_owned() }.into());
    }
    Ok(found)
}

//! Everyone who can, site after site: what the sites share is read and reckoned once.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use anyhow::Result;
use chrono::{DateTime, Utc};
use foldhash::HashMap;

use super::access;
use crate::domain::access::{Cut, Ground};
use crate::domain::ids::{FolderId, PersonId, RoleId};
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Site};
use crate::domain::why::Question;
use crate::facts::Reader;
use crate::facts::overlay::Wide;

/// The way of whoever owns the site.
pub const OWNER: &str = "owner";
/// People who are looked up one by one; behind that all are read.
const FEW: usize = 1_000;

/// Who can do one thing, at one instant.
pub struct Everyone<'a> {
    policy: &'a Policy,
    /// An id or label; what it means depends on the site's platform.
    permission: &'a str,
    now: DateTime<Utc>,
    known: Known,
}

/// INVARIANT: as of one state of the file.
#[derive(Default)]
struct Known {
    version: Option<i64>,
    wide: Wide,
    people: HashMap<PersonId, Rc<Named>>,
    /// Nothing where the platform has no such permission.
    platforms: HashMap<String, Option<Shared>>,
    ways: HashMap<RoleId, Rc<Way>>,
    teams: HashMap<Where, Rc<Team>>,
}

/// Folder, platform, and which of its apps on which the permission hangs a site has.
type Where = (Option<FolderId>, Rc<str>, Vec<bool>);

/// What the sites of one platform share.
struct Shared {
    platform: Rc<str>,
    permission: PermId,
    /// On which the permission hangs. What other apps a site has decides nothing of it.
    apps: Vec<String>,
    /// By which of those apps a site has: right for this permission alone.
    cuts: HashMap<Vec<bool>, Cut>,
}

/// Those who hold something in folders and everywhere: the same for every site of one folder with the same of those
/// apps, where the team counts.
#[derive(Default)]
struct Team {
    /// All of them, in order.
    people: Vec<PersonId>,
    /// Who can by that alone.
    able: Vec<(PersonId, Able)>,
}

/// Somebody. Of many people there is one text each: what their name is sorted by, their address and their name, which also
/// puts them in order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    text: Box<str>,
    /// Where the address begins, and where the name does.
    email: usize,
    name: usize,
}

impl Named {
    fn of(it: &Person) -> Rc<Named> {
        let fold = text::fold(&it.name);
        // A text that another one begins with comes before it.
        let text = [&fold, "\0", &it.email, "\0", &it.name].concat().into_boxed_str();
        Rc::new(Named { email: fold.len() + 1, name: fold.len() + it.email.len() + 2, text })
    }
}

/// How a role comes to give the permission: by how long a chain of requirements, from what.
struct Way {
    length: usize,
    because: String,
}

/// Somebody who can, and the ways they can, in words.
#[derive(Clone)]
pub struct Able {
    person: Rc<Named>,
    via: Rc<[String]>,
}

impl Able {
    pub fn email(&self) -> &str {
        &self.person.text[self.person.email..self.person.name - 1]
    }

    pub fn name(&self) -> &str {
        &self.person.text[self.person.name..]
    }

    pub fn via(&self) -> &[String] {
        &self.via
    }
}

/// One site, and what is asked of it.
struct Place<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    site: &'a Site,
    ground: Ground,
    platform: Rc<str>,
    permission: PermId,
    /// Which of the apps it has on which the permission hangs.
    apps: Vec<bool>,
    now: DateTime<Utc>,
}

impl<'a> Everyone<'a> {
    pub fn new(policy: &'a Policy, permission: &'a str, now: DateTime<Utc>) -> Everyone<'a> {
        Everyone { policy, permission, now, known: Known::default() }
    }

    /// Everyone who can on one site, by name; nobody where its platform has no such permission.
    pub fn on(&mut self, db: Reader<'_>, site: &Site) -> Result<Vec<Able>> {
        self.follow(db)?;
        self.able(db, site)
    }

    /// The same of many sites, one after the other, all as of one state of the file.
    pub fn on_each(&mut self, db: Reader<'_>, sites: &[Site], mut each: impl FnMut(&Site, &Able) -> Result<()>) -> Result<()> {
        self.follow(db)?;
        sites.iter().try_for_each(|site| self.able(db, site)?.iter().try_for_each(|it| each(site, it)))
    }

    /// Forgets what is known of another state of the file.
    fn follow(&mut self, db: Reader<'_>) -> Result<()> {
        let version = Some(db.data_version()?);
        if self.known.version != version {
            self.known = Known { version, ..Known::default() };
        }
        Ok(())
    }

    fn able(&mut self, db: Reader<'_>, site: &Site) -> Result<Vec<Able>> {
        let Some(place) = self.place(db, site) else { return Ok(Vec::new()) };
        let team = self.known.team(&place)?;
        let own = place.own()?;
        let is_here = |person: PersonId| own.binary_search_by_key(&person, |it| it.person).is_ok();
        let owner = (!is_here(site.owner)).then_some((site.owner, [].as_slice()));
        let mut able = Vec::new();
        for (person, own) in own.chunk_by(|a, b| a.person == b.person).map(|them| (them[0].person, them)).chain(owner) {
            let is_both = team.people.binary_search(&person).is_ok();
            able.extend(if is_both { self.known.able_by_all(&place, person, own)? } else { self.known.able(&place, person, own)? });
        }
        let others = team.able.iter().filter(|(person, _)| *person != site.owner && !is_here(*person));
        able.extend(others.map(|(_, able)| able.clone()));
        able.sort_by(|a, b| a.person.cmp(&b.person));
        Ok(able)
    }

    /// The site with what decides there. Few sets of those apps serve many sites.
    fn place<'b>(&mut self, db: Reader<'b>, site: &'b Site) -> Option<Place<'b>>
    where
        'a: 'b,
    {
        if !self.known.platforms.contains_key(&site.platform) {
            self.known.platforms.insert(site.platform.clone(), Shared::new(self.policy, &site.platform, self.permission));
        }
        let shared = self.known.platforms.get_mut(&site.platform)?.as_mut()?;
        let apps: Vec<bool> = shared.apps.iter().map(|it| site.apps.contains(it)).collect();
        let cut = match shared.cuts.entry(apps.clone()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(self.policy.cut_for(site)?),
        };
        let ground = Ground::with_cut(self.policy, site, cut)?;
        Some(Place {
            db,
            policy: self.policy,
            site,
            ground,
            platform: shared.platform.clone(),
            permission: shared.permission,
            apps,
            now: self.now,
        })
    }
}

impl Shared {
    fn new(policy: &Policy, platform: &str, permission: &str) -> Option<Shared> {
        let catalog = policy.catalog(platform)?;
        let permission = catalog.lookup(permission)?;
        let needed = catalog.closure(permission);
        let apps = catalog.apps.iter().filter(|(_, members)| members.intersects(&needed)).map(|(app, _)| app.clone()).collect();
        Some(Shared { platform: platform.into(), permission, apps, cuts: HashMap::default() })
    }
}

impl Place<'_> {
    fn question<'a>(&'a self, person: PersonId, assignments: &'a [Assignment]) -> Question<'a> {
        let Place { policy, ground, site, permission, now, .. } = self;
        Question { policy, ground, site, person, assignments, permission: *permission, now: *now }
    }

    /// What is held on the site itself that decides who can, by the people's numbers: of the owner and at team level, where
    /// one thing stands for another, all of it; of others what gives the permission, or takes it.
    fn own(&self) -> Result<Vec<Assignment>> {
        let is_about = |role: RoleId| self.policy.role(role).is_some_and(|it| (it.closed | it.takes).contains(self.permission));
        let decides = |person, role, level| level == Level::Team || person == self.ground.owner || is_about(role);
        self.db.assignments_on_that(self.site.id, decides)
    }
}

impl Known {
    /// Somebody, if they can by what they hold.
    fn able(&mut self, place: &Place<'_>, person: PersonId, assignments: &[Assignment]) -> Result<Option<Able>> {
        let question = place.question(person, assignments);
        let Some(giving) = question.giving() else { return Ok(None) };
        let via = self.ways(&question, &giving);
        Ok(self.person(place.db, person)?.map(|person| Able { person, via }))
    }

    /// The same of somebody who holds something in folders or everywhere besides.
    fn able_by_all(&mut self, place: &Place<'_>, person: PersonId, own: &[Assignment]) -> Result<Option<Able>> {
        let wide = self.wide.over(place.db, &place.ground)?;
        let theirs: Vec<Assignment> = own.iter().chain(wide.iter().filter(|it| it.person == person)).cloned().collect();
        self.able(place, person, &theirs)
    }

    fn team(&mut self, place: &Place<'_>) -> Result<Rc<Team>> {
        if !place.ground.has_team {
            return Ok(Rc::default());
        }
        let key = (place.site.folder, place.platform.clone(), place.apps.clone());
        if let Some(known) = self.teams.get(&key) {
            return Ok(known.clone());
        }
        let held = self.wide.over(place.db, &place.ground)?;
        let mut team = Team::default();
        for theirs in held.chunk_by(|a, b| a.person == b.person) {
            let person = theirs[0].person;
            team.people.push(person);
            team.able.extend(self.able(place, person, theirs)?.map(|it| (person, it)));
        }
        Ok(self.teams.entry(key).or_insert(Rc::new(team)).clone())
    }

    /// One for each assignment that gives it, the shortest first.
    fn ways(&mut self, question: &Question<'_>, giving: &[&Assignment]) -> Rc<[String]> {
        if giving.is_empty() {
            return [OWNER.to_owned()].into();
        }
        let mut ways: Vec<_> = giving.iter().map(|it| (self.way(question, it.role), it)).collect();
        ways.sort_by_key(|(way, _)| way.length);
        ways.into_iter().map(|(way, it)| access::way(question.policy, question.site, it, &way.because)).collect()
    }

    fn person(&mut self, db: Reader<'_>, id: PersonId) -> Result<Option<Rc<Named>>> {
        if let Some(known) = self.people.get(&id) {
            return Ok(Some(known.clone()));
        }
        if self.people.len() == FEW {
            db.each_person_by_number(|it| {
                self.people.entry(it.id).or_insert_with(|| Named::of(&it));
                Ok(())
            })?;
        } else if let Some(it) = db.find::<Person>(id)? {
            self.people.insert(id, Named::of(&it));
        }
        Ok(self.people.get(&id).cloned())
    }

    fn way(&mut self, question: &Question<'_>, role: RoleId) -> Rc<Way> {
        let shortest = || question.chains(role).into_iter().min_by_key(Vec::len).unwrap_or_default();
        let reckon = |chain: &[PermId]| Rc::new(Way { length: chain.len(), because: access::because(question.ground, chain) });
        self.ways.entry(role).or_insert_with(|| reckon(&shortest())).clone()
    }
}

//! What is wrong in a workspace: one pass over sites and what is held there, shown to every rule.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access::Team;
use crate::domain::accepted::{Accepted, Back, Evidence};
use crate::domain::access::{Cut, Ground, Held};
use crate::domain::audit::{
    About, Besides, Check, Facts, Finding, FindingId, Here, Made, Mend, Offers, Present, RULES, Rows, Rule, Severity, Takes, Told,
};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::offered::Offered;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::text::{each_once, few, plural};
use crate::domain::things::{Assignment, Level, Person, Site};
use crate::facts::Reader;
use crate::facts::sight::Sight;

/// What was found, and by what.
pub struct Audit<'a> {
    pub facts: Facts<'a>,
    /// The worst first.
    pub findings: Vec<Found>,
    /// The rules that would take sight of more than whoever asks has.
    pub left_out: Vec<&'static Rule>,
    /// Those of which a part would, and which.
    pub in_part: Vec<(&'static Rule, &'static str)>,
    /// What the team holds, for whoever looks at a site again.
    team: RefCell<Team<'a>>,
}

/// A finding by what it is known by from run to run.
#[derive(Clone, Debug)]
pub struct Found {
    pub key: String,
    pub finding: Finding,
    /// That somebody answers for it, or did.
    pub accepted: Option<Box<Acceptance>>,
}

/// What somebody answers for, and why it counts again where it does.
#[derive(Clone, Debug)]
pub struct Acceptance {
    pub row: Accepted,
    pub back: Option<Back>,
}

impl Found {
    /// Whether nobody answers for it, as it is now.
    pub fn counts(&self) -> bool {
        self.accepted.as_ref().is_none_or(|it| it.back.is_some())
    }
}

impl Acceptance {
    /// That it is accepted, or was and why it counts again.
    pub fn words(&self, facts: &Facts<'_>) -> String {
        let Accepted { until, severity, because, by, .. } = &self.row;
        let day = facts.policy.zone.show_until(*until);
        match &self.back {
            None => {
                let by = by.map_or_else(String::new, |it| format!(" by {}", facts.name(it)));
                format!("accepted until {day}{by}: {because}")
            }
            Some(Back::Over) => format!("it was accepted until {day}"),
            Some(Back::Worse) => format!("it was accepted as {severity}"),
            Some(Back::More(more)) => format!("it was accepted, and comes back with {}", self.more(more)),
        }
    }

    /// How much of what makes it one that did not then.
    fn more(&self, evidence: &[Evidence]) -> String {
        let nouns: Vec<&str> = evidence.iter().map(|it| self.noun(it)).collect();
        // A site has but one.
        let amount = |noun: &str| match noun {
            "owner" => "another owner".to_owned(),
            _ => format!("{} more", plural(nouns.iter().filter(|it| **it == noun).count(), noun)),
        };
        few(&each_once(nouns.iter().copied()).into_iter().map(amount).collect::<Vec<_>>())
    }

    fn noun(&self, it: &Evidence) -> &'static str {
        match it {
            Evidence::Held(_) => "role",
            Evidence::Besides(Besides::Right(_)) => "right",
            Evidence::Besides(Besides::Twin(_)) => "twin",
            Evidence::Besides(Besides::Offered { .. }) => "offered role",
            Evidence::Besides(Besides::Owns(..)) if self.row.about.site().is_none() => "site",
            Evidence::Besides(Besides::Owner(_) | Besides::Owns(..)) => "owner",
        }
    }
}

/// A finding as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub sentence: String,
    /// The assignments that it is by.
    pub held: Vec<Assignment>,
    pub mend: Result<Vec<Mend>, String>,
}

impl<'a> Audit<'a> {
    /// Everything that these rules find, as far as whoever asks sees it.
    pub fn of(db: Reader<'_>, policy: &'a Policy, rules: &[&'static Rule], now: DateTime<Utc>) -> Result<Audit<'a>> {
        let facts = facts(db, policy, now)?;
        let (rules, left_out): (Vec<_>, Vec<_>) = rules.iter().partition(|it| match it.takes {
            Takes::Nothing => true,
            Takes::Contacts => db.sight().shows_contacts(),
            Takes::Whole => db.sight().is_whole(),
        });
        let mut checks: Vec<Box<dyn Check>> = rules.iter().map(|it: &&Rule| (it.check)()).collect();
        let mut team = team(&facts);
        Pass::new(&facts, &mut team).run(db, &mut checks)?;
        let parts = rules.iter().zip(&checks).filter(|_| !db.sight().is_whole());
        let in_part = parts.filter_map(|(rule, check)| check.left_out().map(|it| (*rule, it))).collect();
        let found = checks.into_iter().flat_map(|it| it.end(&facts));
        let mut findings: Vec<Found> = found.map(|it| Found { key: it.key(&facts), finding: it, accepted: None }).collect();
        findings.sort_unstable_by(|a, b| a.finding.order(&b.finding).then_with(|| a.key.as_bytes().cmp(b.key.as_bytes())));
        let mut audit = Audit { facts, findings, left_out, in_part, team: RefCell::new(team) };
        audit.accept(db)?;
        Ok(audit)
    }

    /// Marks what somebody answers for.
    fn accept(&mut self, db: Reader<'_>) -> Result<()> {
        if self.facts.rows.accepted.is_empty() {
            return Ok(());
        }
        let rows: HashMap<(&str, &About), &Accepted> =
            self.facts.rows.accepted.iter().map(|it| ((it.rule.as_str(), &it.about), it)).collect();
        let mut accepted: Vec<(usize, Acceptance)> = Vec::new();
        for (at, Found { finding, .. }) in self.findings.iter().enumerate() {
            if let Some(row) = rows.get(&(finding.rule.id, &finding.about)) {
                let evidence = self.told(db, finding, |told| Evidence::of(told.held, &finding.besides))?;
                let back = row.back(self.facts.now, finding.severity, evidence);
                // Who answers for it is told to whoever may know of them.
                let by = row.by.map(|id| known(db, id)).transpose()?.flatten();
                accepted.push((at, Acceptance { row: Accepted { by, ..(*row).clone() }, back }));
            }
        }
        for (at, it) in accepted {
            self.findings[at].accepted = Some(Box::new(it));
        }
        Ok(())
    }

    /// What was found, to be looked for among what is found at another time.
    pub fn ids(&self) -> HashSet<FindingId> {
        self.findings.iter().map(|it| it.finding.id()).collect()
    }

    /// Those for which nobody answers.
    pub fn counting(&self) -> impl Iterator<Item = &Found> {
        self.findings.iter().filter(|it| it.counts())
    }

    /// What is said of one of them.
    pub fn shown(&self, db: Reader<'_>, found: &Found) -> Result<Shown> {
        let rule = found.finding.rule;
        self.told(db, &found.finding, |told| Shown { sentence: self.said(found, told), held: told.held.to_vec(), mend: (rule.mend)(told) })
    }

    /// Its sentence alone.
    pub fn sentence(&self, db: Reader<'_>, found: &Found) -> Result<String> {
        self.told(db, &found.finding, |told| self.said(found, told))
    }

    /// In a sentence, with what became of it where somebody answers for it, or did.
    fn said(&self, found: &Found, told: &Told<'_>) -> String {
        let sentence = (found.finding.rule.sentence)(told);
        found.accepted.as_ref().map_or_else(|| sentence.clone(), |it| format!("{sentence}; {}", it.words(&self.facts)))
    }

    fn told<T>(&self, db: Reader<'_>, finding: &Finding, tell: impl FnOnce(&Told<'_>) -> T) -> Result<T> {
        let site = finding.site().and_then(|id| self.facts.site(id));
        let ground = site.and_then(|it| Ground::new(self.facts.policy, it));
        let own = site.map_or_else(|| Ok(Vec::new()), |it| db.assignments_at(it.id))?;
        let mut team = self.team.borrow_mut();
        let here = site.zip(ground.as_ref()).map(|(site, ground)| Pass::new(&self.facts, &mut team).here(site, ground, &own));
        let held = self.held(db, finding, here.as_ref())?;
        Ok(tell(&Told { facts: &self.facts, finding, held: &held, here: here.as_ref() }))
    }

    fn held(&self, db: Reader<'_>, finding: &Finding, here: Option<&Here<'_>>) -> Result<Vec<Assignment>> {
        if let (About::PersonOn(person, _), Some(here), true) = (&finding.about, here, finding.held.is_empty()) {
            let live = here.held_by(*person).iter().filter(|it| it.is_live(self.facts.now));
            let reaching =
                self.facts.wide_of(*person).filter(|it| it.is_live(self.facts.now) && here.ground.reaches(self.facts.policy, it));
            return Ok(live.chain(reaching).cloned().collect());
        }
        finding.held.iter().map(|id| db.the::<Assignment>(*id)).collect()
    }
}

/// A finding with all that is said of it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub found: Found,
    pub shown: Shown,
}

/// What was found, the worst told; behind it what somebody answers for.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The worst first.
    pub listed: Vec<Listed>,
    /// How many there are for which nobody answers, told or not, by severity from low to high.
    pub counts: [usize; 3],
    /// How many somebody answers for.
    pub accepted: usize,
    /// Whom, and which sites, the worst are about.
    pub people: HashSet<PersonId>,
    pub sites: HashSet<SiteId>,
}

impl Findings {
    /// Everything that the rules find, of which this many are told.
    pub fn of(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, most: usize) -> Result<Findings> {
        let audit = Audit::of(db, policy, RULES, now)?;
        let tell = |it: &Found| Ok(Listed { found: it.clone(), shown: audit.shown(db, it)? });
        let accepted = || audit.findings.iter().filter(|it| !it.counts());
        let listed = audit.counting().take(most).chain(accepted().take(most)).map(tell).collect::<Result<_>>()?;
        let count = |severity: Severity| audit.counting().filter(|it| it.finding.severity == severity).count();
        let high = || audit.counting().map(|it| &it.finding).filter(|it| it.severity == Severity::High);
        let (people, sites) = (high().filter_map(Finding::person).collect(), high().filter_map(Finding::site).collect());
        let counts = [Severity::Low, Severity::Medium, Severity::High].map(count);
        Ok(Findings { listed, counts, accepted: accepted().count(), people, sites })
    }

    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// How many are as bad as can be.
    pub fn n_high(&self) -> usize {
        self.counts[2]
    }
}

/// What there is to know of everybody but their assignments, as far as it is shown.
pub(super) fn facts<'a>(db: Reader<'_>, policy: &'a Policy, now: DateTime<Utc>) -> Result<Facts<'a>> {
    Ok(Facts::new(policy, rows(db, policy)?, now))
}

/// What the rules ask for, as far as it is shown.
fn rows(db: Reader<'_>, policy: &Policy) -> Result<Rows> {
    let sight = db.sight();
    let eyes = if let Sight::Own(own) = sight { Some(own.person.id) } else { None };
    let mut rows = Rows {
        eyes,
        profile: db.profile()?,
        settings: db.audit_settings()?,
        accepted: db.all()?,
        decided: db.decided()?,
        ..Rows::default()
    };
    rows.sites = db.all()?;
    if !sight.is_whole() {
        rows.sites = shown(rows.sites, |it| sight.shows_people_of(db, policy, it))?;
    }
    rows.people = db.all()?;
    if sight.shows_contacts() {
        rows.contacts = db.all()?;
    }
    rows.team = db.assignments_all_wide()?;
    rows.team.extend(db.assignments_of_team()?.into_iter().filter(|it| it.scope.site().is_some()));
    rows.team.sort_by_key(|it| (it.person, it.id));
    rows.offers = offers(db)?;
    rows.made = Made(db.made()?);
    let twins = twins(policy);
    rows.roles_made = if twins.is_empty() { Vec::new() } else { db.roles_made(&twins)? };
    Ok(rows)
}

/// The same person, where whoever asks may know of them.
fn known(db: Reader<'_>, id: PersonId) -> Result<Option<PersonId>> {
    let person = db.find::<Person>(id)?;
    Ok(if person.map_or(Ok(false), |it| db.knows(&it))? { Some(id) } else { None })
}

/// The roles of one's own that give what another one gives.
fn twins(policy: &Policy) -> Vec<RoleId> {
    let mut same: HashMap<(&str, PermSet), Vec<RoleId>> = HashMap::new();
    for it in policy.roles().filter(|it| !it.role.builtin && !it.closed.is_empty()) {
        same.entry((&it.role.platform, it.closed)).or_default().push(it.role.id);
    }
    same.into_values().filter(|it| it.len() > 1).flatten().collect()
}

/// Every offer that is shown.
fn offers(db: Reader<'_>) -> Result<Offers> {
    let mut offers = Offers { invitations: db.all()?, requests: db.all()?, handovers: db.all()?, waiting: db.all()? };
    let sight = db.sight();
    if !sight.is_whole() {
        offers.invitations = shown(offers.invitations, |it| sight.shows_offer(db, it.key()))?;
        offers.requests = shown(offers.requests, |it| sight.shows_offer(db, it.key()))?;
        offers.handovers = shown(offers.handovers, |it| sight.shows_offer(db, it.key()))?;
        offers.waiting = shown(offers.waiting, |it| sight.shows_offer(db, it.of.key()))?;
    }
    Ok(offers)
}

/// Those of which it is so.
fn shown<T>(all: Vec<T>, is_shown: impl Fn(&T) -> Result<bool>) -> Result<Vec<T>> {
    all.into_iter().filter_map(|it| is_shown(&it).map(|shown| shown.then_some(it)).transpose()).collect()
}

/// What the team holds in folders and everywhere.
fn team<'a>(facts: &Facts<'a>) -> Team<'a> {
    let wide = facts.rows.team.iter().filter(|it| it.scope.site().is_none()).cloned();
    Team::new(facts.policy, wide, facts.now)
}

/// Goes through the sites.
struct Pass<'p, 'a> {
    facts: &'p Facts<'a>,
    team: &'p mut Team<'a>,
    grounds: HashMap<(&'p str, &'p [String]), Option<Cut>>,
}

impl<'p, 'a> Pass<'p, 'a> {
    fn new(facts: &'p Facts<'a>, team: &'p mut Team<'a>) -> Pass<'p, 'a> {
        Pass { facts, team, grounds: HashMap::new() }
    }

    /// Shows everything to every rule.
    fn run(mut self, db: Reader<'_>, checks: &mut [Box<dyn Check>]) -> Result<()> {
        let facts = self.facts;
        let mut sites = facts.rows.sites.iter().peekable();
        let mut own: Vec<Assignment> = Vec::new();
        db.each_on_sites(|id, it| {
            while let Some(site) = sites.next_if(|site| site.id < id) {
                self.show(site, &mut own, checks);
            }
            if sites.peek().is_some_and(|site| site.id == id) {
                own.push(it);
            }
            Ok(())
        })?;
        for site in sites {
            self.show(site, &mut own, checks);
        }
        for it in facts.rows.team.iter().filter(|it| it.scope.site().is_none() && db.sight().shows_person(it.person)) {
            for check in checks.iter_mut() {
                check.held(facts, it, None);
            }
        }
        Ok(())
    }

    /// A site and what is held there, which is forgotten then.
    fn show(&mut self, site: &'p Site, own: &mut Vec<Assignment>, checks: &mut [Box<dyn Check>]) {
        for it in own.iter() {
            for check in checks.iter_mut() {
                check.held(self.facts, it, Some(site));
            }
        }
        if let Some(ground) = self.ground(site) {
            let here = self.here(site, &ground, own);
            for check in checks.iter_mut() {
                check.site(self.facts, &here);
            }
        }
        own.clear();
    }

    /// Few sets of apps serve many sites.
    fn ground(&mut self, site: &'p Site) -> Option<Ground> {
        let policy = self.facts.policy;
        let cut = self.grounds.entry((&site.platform, &site.apps)).or_insert_with(|| policy.cut_for(site));
        Ground::with_cut(policy, site, (*cut)?)
    }

    /// Who is on a site. `own` is what is held there, by the people's numbers.
    fn here<'b>(&mut self, site: &'b Site, ground: &'b Ground, own: &'b [Assignment]) -> Here<'b> {
        let (facts, mut people) = (self.facts, Vec::new());
        let mut wide = self.team.of(ground).iter().peekable();
        let mut add = |person: PersonId, held: &Held, own: &[Assignment]| people.push(present(facts, ground, person, held, own));
        for own in own.chunk_by(|a, b| a.person == b.person) {
            let person = own[0].person;
            while let Some((other, held)) = wide.next_if(|it| it.0 < person) {
                add(*other, held, &[]);
            }
            let mut held = Held::default();
            own.iter().filter(|it| it.is_live(facts.now)).for_each(|it| ground.hold(facts.policy, &mut held, it));
            if let Some((_, more)) = wide.next_if(|it| it.0 == person) {
                held.join(more);
            }
            add(person, &held, own);
        }
        wide.for_each(|(other, held)| add(*other, held, &[]));
        if let Err(at) = people.binary_search_by_key(&site.owner, |it| it.person) {
            people.insert(at, present(facts, ground, site.owner, &Held::default(), &[]));
        }
        Here { site, ground, people, held: own }
    }
}

fn present(facts: &Facts<'_>, ground: &Ground, person: PersonId, held: &Held, own: &[Assignment]) -> Present {
    let (is_owner, is_team) = (person == ground.owner, facts.is_team(person));
    let is_guest = !is_owner && !is_team && own.iter().any(|it| it.level == Level::Site && it.is_live(facts.now));
    let is_outsider = is_guest && !facts.is_client(person);
    Present { person, can: ground.effective(person, held), is_owner, is_team, is_guest, is_outsider }
}

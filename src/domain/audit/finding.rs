//! What a rule found: about whom and what, by which assignments, and what would mend it.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::{self, Display};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::facts::{Facts, Here, Present};
use super::{Rule, Severity};
use crate::domain::ids::{AssignmentId, PersonId, RoleId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::record::OfferKey;
use crate::domain::things::{Assignment, Level, Role, Scope, Site};

/// Something that a rule found. Small: of a large workspace there may be hundreds of thousands.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub about: About,
    /// The assignments by which it is one; of what is about a site, or about somebody there, those that reach it are looked up.
    pub held: Vec<AssignmentId>,
    /// When the newest of its evidence began.
    pub since: Option<DateTime<Utc>>,
    /// What else makes it one, each once.
    pub besides: Vec<Besides>,
    /// How many rights it is about, where that is a number only.
    pub n_rights: usize,
}

/// What tells a finding from others of its rule: by numbers, or by the names that people, sites and roles have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About<P = PersonId, S = SiteId, R = RoleId> {
    Person(P),
    /// An address that is nobody's.
    Address(String),
    PersonOn(P, S),
    /// Two permissions of one person, each `platform/id`.
    Pair(P, Box<[String; 2]>),
    People(P, P),
    /// Somebody, and the address to which it was sent.
    Sent(P, String),
    Site(S),
    Role(R),
    Offer(OfferKey),
}

impl<P, S, R> About<P, S, R> {
    /// The same by what others call people, sites and roles.
    ///
    /// # Errors
    /// Of the first that has no such name.
    pub fn called<Q, T, U, E>(
        &self,
        person: impl Fn(&P) -> Result<Q, E>,
        site: impl Fn(&S) -> Result<T, E>,
        role: impl Fn(&R) -> Result<U, E>,
    ) -> Result<About<Q, T, U>, E> {
        Ok(match self {
            About::Person(id) => About::Person(person(id)?),
            About::Address(address) => About::Address(address.clone()),
            About::PersonOn(id, on) => About::PersonOn(person(id)?, site(on)?),
            About::Pair(id, pair) => About::Pair(person(id)?, pair.clone()),
            About::People(one, other) => About::People(person(one)?, person(other)?),
            About::Sent(id, to) => About::Sent(person(id)?, to.clone()),
            About::Site(id) => About::Site(site(id)?),
            About::Role(id) => About::Role(role(id)?),
            About::Offer(key) => About::Offer(*key),
        })
    }

    /// Whom it is about.
    pub fn person(&self) -> Option<&P> {
        match self {
            About::Person(id) | About::PersonOn(id, _) | About::Pair(id, _) | About::People(id, _) | About::Sent(id, _) => Some(id),
            About::Address(_) | About::Site(_) | About::Role(_) | About::Offer(_) => None,
        }
    }

    /// The second of two people.
    pub fn other(&self) -> Option<&P> {
        if let About::People(_, other) = self { Some(other) } else { None }
    }

    pub fn site(&self) -> Option<&S> {
        match self {
            About::Site(id) | About::PersonOn(_, id) => Some(id),
            About::Person(_)
            | About::Address(_)
            | About::Pair(..)
            | About::People(..)
            | About::Sent(..)
            | About::Role(_)
            | About::Offer(_) => None,
        }
    }

    pub fn role(&self) -> Option<&R> {
        if let About::Role(id) = self { Some(id) } else { None }
    }
}

/// What makes a finding one besides what is held: by numbers, or by the names that people, sites and roles have.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Besides<P = PersonId, S = SiteId, R = RoleId, W = Scope> {
    /// A permission of the role that it is about.
    Right(String),
    /// Who owns the site that it is about, where it is about that.
    Owner(P),
    /// Somebody who gets in on a site by owning it.
    Owns(P, S),
    /// The role that gives the same as the one that it is about.
    Twin(R),
    /// What waits for the yes of whom it is about.
    Offered { role: R, level: Level, scope: W },
}

impl<P: Display, S: Display, R: Display, W: Display> Display for Besides<P, S, R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Besides::Right(it) => write!(f, "right {it}"),
            Besides::Owner(it) => write!(f, "owner {it}"),
            Besides::Owns(person, site) => write!(f, "{person} owns {site}"),
            Besides::Twin(it) => write!(f, "twin {it}"),
            Besides::Offered { role, level: _, scope } => write!(f, "{role} offered ({scope})"),
        }
    }
}

/// What tells one finding from all others.
pub type FindingId = (&'static str, About);

/// As keys have it: `PERSON:SITE`.
impl<P: Display, S: Display, R: Display> Display for About<P, S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Person(it) => it.fmt(f),
            About::Address(it) => it.fmt(f),
            About::PersonOn(person, site) => write!(f, "{person}:{site}"),
            About::Pair(person, pair) => write!(f, "{person}:{}:{}", pair[0], pair[1]),
            About::People(one, other) => write!(f, "{one}:{other}"),
            About::Sent(person, to) => write!(f, "{person}:{to}"),
            About::Site(it) => it.fmt(f),
            About::Role(it) => it.fmt(f),
            About::Offer(OfferKey::Invitation(n)) => write!(f, "invitation:{n}"),
            About::Offer(OfferKey::Request(n)) => write!(f, "request:{n}"),
            About::Offer(OfferKey::Handover(n)) => write!(f, "handover:{n}"),
        }
    }
}

/// One change that mends something.
#[derive(Clone, Debug, PartialEq)]
pub enum Mend {
    Take(Assignment),
    End(Assignment, DateTime<Utc>),
    Review(Assignment, DateTime<Utc>),
    /// Another role in its place.
    Instead(Assignment, RoleId),
    /// The same, so that nothing comes by it any more that is found there.
    Narrow(Assignment, RoleId, Box<PermSet>),
    Cancel(OfferKey),
    RemovePerson(PersonId),
    RemoveRole(RoleId),
    /// Its holders get the other one.
    Retire(RoleId, RoleId),
    /// These permissions, by their ids, which are implied and shall stay.
    Pin(RoleId, Vec<String>),
    /// These, known or not.
    Revoke(RoleId, Vec<String>),
}

/// A finding with what it is about, for whoever looks at it.
pub struct Told<'a> {
    pub facts: &'a Facts<'a>,
    pub finding: &'a Finding,
    /// The assignments that it is by, whole, in the order of their numbers.
    pub held: &'a [Assignment],
    /// The site that it is about, with everybody who is on it.
    pub here: Option<&'a Here<'a>>,
}

impl Finding {
    pub fn new(rule: &'static Rule, about: About) -> Finding {
        Finding { rule, severity: rule.severity, about, held: Vec::new(), since: None, besides: Vec::new(), n_rights: 0 }
    }

    /// Of somebody by all that they hold live on the site itself.
    pub fn there(rule: &'static Rule, facts: &Facts<'_>, here: &Here<'_>, person: PersonId) -> Finding {
        Finding::new(rule, About::PersonOn(person, here.site.id)).since(here.since(facts, person))
    }

    pub fn as_severe_as(self, severity: Severity) -> Finding {
        Finding { severity, ..self }
    }

    pub fn since(self, since: Option<DateTime<Utc>>) -> Finding {
        Finding { since, ..self }
    }

    /// Found by these assignments.
    pub fn by<'b>(mut self, facts: &Facts<'_>, held: impl IntoIterator<Item = &'b Assignment>) -> Finding {
        for it in held {
            self.held.push(it.id);
            self.since = self.since.max(facts.begins(it));
        }
        self.held.sort_unstable();
        self
    }

    /// Found also by these.
    pub fn with(mut self, besides: impl IntoIterator<Item = Besides>) -> Finding {
        self.besides.extend(besides);
        self
    }

    /// What it is known by whatever the names are: its rule, and what it is about.
    pub fn id(&self) -> FindingId {
        (self.rule.id, self.about.clone())
    }

    /// What it is known by from one run to the next.
    pub fn key(&self, facts: &Facts<'_>) -> String {
        let site = |id: &SiteId| Ok(facts.site(*id).map_or("", |it| it.key.as_str()));
        let role = |id: &RoleId| Ok(facts.role(*id).map_or("", |it| it.key.as_str()));
        let Ok::<_, Infallible>(named) = self.about.called(|id| Ok(facts.email(*id)), site, role);
        format!("{}:{named}", self.rule.id)
    }

    /// Whom it is about.
    pub fn person(&self) -> Option<PersonId> {
        self.about.person().copied()
    }

    /// The second of two people.
    pub fn other(&self) -> Option<PersonId> {
        self.about.other().copied()
    }

    pub fn site(&self) -> Option<SiteId> {
        self.about.site().copied()
    }

    pub fn role(&self) -> Option<RoleId> {
        self.about.role().copied()
    }

    /// The worse one comes first, then whose rule does.
    pub fn order(&self, other: &Finding) -> Ordering {
        // Of very many most are of one rule, whose place need not be looked up.
        let by_rule = || if std::ptr::eq(self.rule, other.rule) { Ordering::Equal } else { self.rule.rank().cmp(&other.rule.rank()) };
        other.severity.cmp(&self.severity).then_with(by_rule)
    }
}

impl<'a> Told<'a> {
    /// The name of whom it is about, or their address.
    pub fn who(&self) -> &'a str {
        match &self.finding.about {
            About::Address(address) => address,
            About::Person(id) | About::PersonOn(id, _) | About::Pair(id, _) | About::People(id, _) | About::Sent(id, _) => {
                self.facts.name(*id)
            }
            About::Site(_) | About::Role(_) | About::Offer(_) => "",
        }
    }

    /// The one that it is about, on the site that it is about.
    pub fn there(&self) -> Option<&'a Present> {
        let (here, person) = (self.here?, self.finding.person()?);
        here.people.iter().find(|it| it.person == person)
    }

    /// The name of the site that it is about.
    pub fn place(&self) -> &'a str {
        self.finding.site().and_then(|id| self.facts.site(id)).map_or("", |it| it.name.as_str())
    }

    pub fn role(&self) -> Option<&'a Role> {
        self.facts.role(self.finding.role()?)
    }

    /// Permissions of the site that it is about, in words.
    pub fn labels(&self, set: PermSet) -> Vec<String> {
        self.here.map_or_else(Vec::new, |here| set.iter().map(|it| here.catalog().get(it).label.clone()).collect())
    }

    /// The names of those who hold its assignments, each once.
    pub fn holders(&self) -> Vec<String> {
        let people: BTreeSet<PersonId> = self.held.iter().map(|it| it.person).collect();
        people.into_iter().map(|it| self.facts.name(it).to_owned()).collect()
    }

    /// The sites on which its assignments are, each once, by name.
    pub fn sites(&self) -> Vec<&'a Site> {
        let mut sites: Vec<&Site> = self.held.iter().filter_map(|it| self.facts.site(it.scope.site()?)).collect();
        sites.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        sites.dedup_by_key(|it| it.id);
        sites
    }
}

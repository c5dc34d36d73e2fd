//! What a rule found: about whom and what, by which assignments, and what would mend it.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::facts::{Facts, Here, Present};
use super::{Rule, Severity};
use crate::domain::ids::{AssignmentId, PersonId, RoleId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::record::OfferKey;
use crate::domain::things::{Assignment, Role, Site};

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
    /// The rights of a role that it is about, where finding them takes sight of every site.
    pub rights: Option<Box<PermSet>>,
    /// How many rights it is about, where that is a number only.
    pub n_rights: usize,
}

/// What tells a finding from others of its rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    Person(PersonId),
    /// An address that is nobody's.
    Address(String),
    PersonOn(PersonId, SiteId),
    /// Two permissions of one person, each `platform/id`.
    Pair(PersonId, Arc<[String; 2]>),
    People(PersonId, PersonId),
    /// Somebody, and the address to which it was sent.
    Sent(PersonId, String),
    Site(SiteId),
    Role(RoleId),
    Offer(OfferKey),
}

/// One change that mends something.
#[derive(Clone, Debug, PartialEq)]
pub enum Mend {
    Take(Assignment),
    End(Assignment, DateTime<Utc>),
    Review(Assignment, DateTime<Utc>),
    /// Another role in its place.
    Instead(Assignment, RoleId),
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
        Finding { rule, severity: rule.severity, about, held: Vec::new(), since: None, rights: None, n_rights: 0 }
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

    /// What it is known by from one run to the next.
    pub fn key(&self, facts: &Facts<'_>) -> String {
        let (rule, email) = (self.rule.id, |id: &PersonId| facts.email(*id));
        let site = |id: &SiteId| facts.site(*id).map_or("", |it| it.key.as_str());
        match &self.about {
            About::Person(id) => format!("{rule}:{}", email(id)),
            About::Address(address) => format!("{rule}:{address}"),
            About::PersonOn(person, on) => format!("{rule}:{}:{}", email(person), site(on)),
            About::Pair(person, pair) => format!("{rule}:{}:{}:{}", email(person), pair[0], pair[1]),
            About::People(one, other) => format!("{rule}:{}:{}", email(one), email(other)),
            About::Sent(person, to) => format!("{rule}:{}:{to}", email(person)),
            About::Site(id) => format!("{rule}:{}", site(id)),
            About::Role(id) => format!("{rule}:{}", facts.role(*id).map_or("", |it| it.key.as_str())),
            About::Offer(key) => match key {
                OfferKey::Invitation(n) => format!("{rule}:invitation:{n}"),
                OfferKey::Request(n) => format!("{rule}:request:{n}"),
                OfferKey::Handover(n) => format!("{rule}:handover:{n}"),
            },
        }
    }

    /// Whom it is about.
    pub fn person(&self) -> Option<PersonId> {
        match &self.about {
            About::Person(id) | About::PersonOn(id, _) | About::Pair(id, _) | About::People(id, _) | About::Sent(id, _) => Some(*id),
            About::Address(_) | About::Site(_) | About::Role(_) | About::Offer(_) => None,
        }
    }

    /// The second of two people.
    pub fn other(&self) -> Option<PersonId> {
        if let About::People(_, other) = &self.about { Some(*other) } else { None }
    }

    pub fn site(&self) -> Option<SiteId> {
        match &self.about {
            About::Site(id) | About::PersonOn(_, id) => Some(*id),
            About::Person(_)
            | About::Address(_)
            | About::Pair(..)
            | About::People(..)
            | About::Sent(..)
            | About::Role(_)
            | About::Offer(_) => None,
        }
    }

    pub fn role(&self) -> Option<RoleId> {
        if let About::Role(id) = &self.about { Some(*id) } else { None }
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
            _ => self.finding.person().map_or("", |id| self.facts.name(id)),
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

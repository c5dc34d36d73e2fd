//! Two addresses of which one may be taken for the other.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::facts::{Facts, Here, Present};
use super::finding::{About, Besides, Finding, Told};
use super::gather::Gather;
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::looks::{self, Looks};
use crate::domain::text::few;

pub(super) static RULE: Rule = Rule {
    id: "look-alike",
    title: "Addresses that look the same",
    severity: Severity::High,
    why: "Whoever wants in takes an address that passes for one you know, and from then on you give it what is meant for the other.",
    finds: "Two addresses that look the same, or that have one name before domains at most `edits` letters apart, and that both have \
            access to one site, or are both of the team.",
    settings: &[Setting::number("edits", "1", "how many letters of the domains may differ")],
    takes: Takes::Nothing,
    check: || Box::<Alike>::default(),
    sentence,
    mend: |told| {
        let (one, other) = both(told);
        Err(format!("somebody has to ask both which address is theirs; `rolecall offboard` takes what {one} or {other} has"))
    },
};

/// Of somebody's address, what it shares with others: its looks, and its name. `None` where it shares it with nobody.
type Shared = [Option<u64>; 2];

/// Those whose addresses may be like another one.
#[derive(Default)]
struct Doubles {
    of: HashMap<PersonId, Shared, RandomState>,
    /// The same of the team, by what is shared.
    team: HashMap<u64, Vec<PersonId>, RandomState>,
    edits: usize,
}

impl Doubles {
    fn new(facts: &Facts<'_>) -> Doubles {
        let (hasher, edits) = (RandomState::default(), usize::try_from(facts.number(&RULE, "edits")).unwrap_or(0));
        let features = |address: &str| {
            let looks = Looks::of(address);
            [hasher.hash_one((0, looks.skeleton())), hasher.hash_one((1, looks.local))]
        };
        let all: Vec<(PersonId, [u64; 2])> = facts.rows.people.iter().map(|it| (it.id, features(&it.email))).collect();
        let mut seen: Vec<u64> = all.iter().flat_map(|it| it.1).collect();
        seen.sort_unstable();
        let is_shared = |hash: u64| {
            let at = seen.partition_point(|it| *it < hash);
            seen.get(at + 1) == Some(&hash)
        };
        let mut doubles = Doubles { edits, ..Doubles::default() };
        for (person, [looks, name]) in all {
            let shared = [is_shared(looks).then_some(looks), (edits > 0 && is_shared(name)).then_some(name)];
            if shared == [None, None] {
                continue;
            }
            doubles.of.insert(person, shared);
            if facts.is_team(person) {
                shared.into_iter().flatten().for_each(|it| doubles.team.entry(it).or_default().push(person));
            }
        }
        doubles
    }

    fn are_alike(&self, facts: &Facts<'_>, one: PersonId, other: PersonId) -> bool {
        Looks::of(facts.email(one)).is_like(&Looks::of(facts.email(other)), self.edits)
    }

    /// Those of a list that are alike, each two once or more often.
    fn among(&self, facts: &Facts<'_>, mut shared: Vec<(u64, PersonId)>) -> Vec<(PersonId, PersonId)> {
        shared.sort_unstable();
        let mut pairs = Vec::new();
        for same in shared.chunk_by(|a, b| a.0 == b.0) {
            for (at, one) in same.iter().enumerate() {
                let others = same[at + 1..].iter().filter(|other| self.are_alike(facts, one.1, other.1));
                pairs.extend(others.map(|other| (one.1, other.1)));
            }
        }
        pairs
    }
}

#[derive(Default)]
struct Alike {
    doubles: Option<Doubles>,
    found: Gather<(PersonId, PersonId)>,
    /// The sites that one of two owns and both have access to.
    owned: HashMap<(PersonId, PersonId), BTreeSet<SiteId>, RandomState>,
}

impl Check for Alike {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let doubles = self.doubles.get_or_insert_with(|| Doubles::new(facts));
        if doubles.of.is_empty() {
            return;
        }
        // Two of the team are alike wherever they are; who may not see the team sees them on their sites only.
        let counts = |it: &&Present| has_access(it) && !(it.is_team && facts.is_whole());
        let (mut shared, mut pairs) = (Vec::new(), Vec::new());
        for it in here.people.iter().filter(counts) {
            let Some(theirs) = doubles.of.get(&it.person) else { continue };
            for hash in theirs.iter().flatten() {
                shared.push((*hash, it.person));
                let team = doubles.team.get(hash).filter(|_| facts.is_whole()).into_iter().flatten();
                let there = team.filter(|other| here.present(**other).is_some_and(has_access));
                pairs.extend(there.filter(|other| doubles.are_alike(facts, it.person, **other)).map(|other| (it.person, *other)));
            }
        }
        pairs.extend(doubles.among(facts, shared));
        for (one, other) in pairs {
            let key = (one.min(other), one.max(other));
            self.found.note(key);
            if [one, other].contains(&here.site.owner) {
                self.owned.entry(key).or_default().insert(here.site.id);
            }
            for it in [one, other].iter().flat_map(|it| here.held_by(*it)).filter(|it| it.is_live(facts.now)) {
                self.found.add_to(key, facts, it);
            }
        }
    }

    fn left_out(&self) -> Option<&'static str> {
        Some("for the team")
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let doubles = self.doubles.take().unwrap_or_else(|| Doubles::new(facts));
        if facts.is_whole() {
            let team = doubles.team.iter().flat_map(|(hash, them)| them.iter().map(|it| (*hash, *it))).collect();
            for (one, other) in doubles.among(facts, team) {
                self.found.note((one.min(other), one.max(other)));
            }
        }
        let pairs: Vec<(PersonId, PersonId)> = self.found.iter().map(|it| *it.0).collect();
        for pair in pairs {
            for it in [pair.0, pair.1].iter().filter(|it| facts.shows(**it)).flat_map(|it| facts.wide_of(*it)) {
                if it.is_live(facts.now) {
                    self.found.add_to(pair, facts, it);
                }
            }
        }
        // As their addresses stand in the alphabet.
        let about = |(one, other): (PersonId, PersonId)| {
            let is_first = facts.email(one).as_bytes() <= facts.email(other).as_bytes();
            if is_first { About::People(one, other) } else { About::People(other, one) }
        };
        let owned = self.owned;
        let owns = |it: &Finding| {
            let (one, other) = it.person().zip(it.other())?;
            let sites = owned.get(&(one.min(other), one.max(other)))?.iter().filter_map(|it| facts.site(*it));
            Some(sites.map(|it| Besides::Owns(it.owner, it.id)).collect::<Vec<_>>())
        };
        let findings = self.found.findings_about(&RULE, about).into_iter();
        findings.map(|it| (owns(&it), it)).map(|(owns, it)| it.with(owns.into_iter().flatten())).collect()
    }
}

fn has_access(it: &Present) -> bool {
    it.is_owner || !it.can.is_empty()
}

/// The two addresses, so that they can be told apart.
fn both(told: &Told<'_>) -> (String, String) {
    let address = |it: Option<PersonId>| looks::told(it.map_or("", |it| told.facts.email(it)));
    (address(told.finding.person()), address(told.finding.other()))
}

fn sentence(told: &Told<'_>) -> String {
    let (one, other) = both(told);
    let sites: Vec<String> = told.sites().iter().map(|it| it.name.clone()).collect();
    let is_team = [told.finding.person(), told.finding.other()].into_iter().flatten().all(|it| told.facts.is_team(it));
    let place = match (is_team, sites.is_empty()) {
        (true, _) => "are both of the team".to_owned(),
        (false, true) => "both have access to one site".to_owned(),
        (false, false) => format!("both have access to {}", few(&sites)),
    };
    format!("{one} and {other} look alike and {place}")
}

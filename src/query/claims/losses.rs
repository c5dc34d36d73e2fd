//! Whose loss of a fact a claim would notice. No more is asked than what the fact reaches: where somebody holds it, and what is
//! claimed of them there.

use std::collections::{BTreeMap, HashMap};

use super::facts::Fact;
use super::{Access, Claims, Meant};
use crate::domain::access::Ground;
use crate::domain::ids::{AssignmentId, PersonId, RoleId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::things::Assignment;

/// A fact, whether any claim is about what it changes, and whether one would notice its loss.
pub struct Loss {
    pub fact: Fact,
    pub is_covered: bool,
    pub is_noticed: bool,
}

/// A place, and somebody among those who hold something there.
type Pair = (usize, usize);

/// What somebody can do in a place as it is, and without a fact.
struct Change {
    place: usize,
    person: PersonId,
    before: PermSet,
    after: PermSet,
}

/// The facts are taken away in turn, each from what is so.
struct Trial<'c, 'a> {
    claims: &'c Claims<'a>,
    base: Access,
    /// By place the claims about it, each with the permissions that it means there.
    about: Vec<Vec<(usize, PermSet)>>,
    /// By claim, of how many people and places it is wrong as it is.
    wrong: Vec<usize>,
    /// Whom each kind of fact can reach.
    by_assignment: HashMap<AssignmentId, Vec<Pair>>,
    by_role: HashMap<RoleId, Vec<Pair>>,
    by_platform: HashMap<&'c str, Vec<Pair>>,
}

impl Claims<'_> {
    /// Every fact that counts, in the order of its kind: grants, requirements, assignments, ceilings.
    pub fn losses(&self) -> Vec<Loss> {
        let trial = Trial::new(self);
        self.facts().into_iter().filter_map(|fact| trial.loss(fact)).collect()
    }

    /// Roles that claims name and that hold something else then, with what.
    fn changed_roles(&self, policy: &Policy) -> Vec<(RoleId, PermSet)> {
        let changed = self.roles_named().map(|id| (id, closed(self.policy, id), closed(policy, id))).filter(|it| it.1 != it.2);
        changed.map(|(id, before, after)| (id, (before - after) | (after - before))).collect()
    }
}

impl<'c, 'a> Trial<'c, 'a> {
    fn new(claims: &'c Claims<'a>) -> Trial<'c, 'a> {
        let base = claims.access(claims.policy);
        let mut about = vec![Vec::new(); claims.places.len()];
        for (line, (_, meant)) in claims.lines.iter().enumerate() {
            meant.at().iter().for_each(|(place, set)| about[*place].push((line, *set)));
        }
        let wrong = claims.lines.iter().map(|it| n_wrong(&it.1, &base)).collect();
        let (mut by_assignment, mut by_role, mut by_platform) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, place) in claims.places.iter().enumerate() {
            for (n, (_, held)) in place.held.iter().enumerate() {
                note(&mut by_platform, place.site.platform.as_str(), (at, n));
                for it in held {
                    note(&mut by_assignment, it.id, (at, n));
                    note(&mut by_role, it.role, (at, n));
                }
            }
        }
        Trial { claims, base, about, wrong, by_assignment, by_role, by_platform }
    }

    /// What is to be said of a fact; nothing where nobody's access and no role that is named would be another one without it.
    fn loss(&self, fact: Fact) -> Option<Loss> {
        let policy = fact.policy_without(self.claims.policy);
        let (changed, roles) = match &policy {
            None => (self.changed(self.claims.policy, &fact), Vec::new()),
            Some(policy) => (self.changed(policy, &fact), self.claims.changed_roles(policy)),
        };
        if changed.is_empty() && roles.is_empty() {
            return None;
        }
        let touched = self.touched(&changed);
        let named = || self.claims.lines.iter().filter(|(_, meant)| is_about_role(meant, &roles));
        let policy = policy.as_ref().unwrap_or(self.claims.policy);
        let turns = |line: usize, by: [usize; 2]| (self.wrong[line] > 0) != (self.wrong[line] + by[1] > by[0]);
        Some(Loss {
            fact,
            is_covered: !touched.is_empty() || named().next().is_some(),
            is_noticed: touched.into_iter().any(|(line, by)| turns(line, by)) || named().any(|(_, it)| self.turns_role(it, policy)),
        })
    }

    /// Whose access would be another one without a fact, and which.
    fn changed(&self, policy: &Policy, fact: &Fact) -> Vec<Change> {
        let mut changed = Vec::new();
        for pairs in self.reach(fact).chunk_by(|a, b| a.0 == b.0) {
            let place = pairs[0].0;
            let Some(ground) = Ground::new(policy, &self.claims.places[place].site) else { continue };
            for (_, n) in pairs {
                let (person, held) = &self.claims.places[place].held[*n];
                let left: Vec<Assignment> = held.iter().filter(|it| !fact.is(it)).cloned().collect();
                let after = ground.access(policy, *person, &left, self.claims.now);
                let before = self.base[place].get(person).copied().unwrap_or_default();
                if before != after {
                    changed.push(Change { place, person: *person, before, after });
                }
            }
        }
        changed
    }

    fn reach(&self, fact: &Fact) -> &[Pair] {
        let found = match fact {
            Fact::Assignment(it) => self.by_assignment.get(&it.id),
            Fact::Grant { role, .. } => self.by_role.get(role),
            Fact::Requirement { platform, .. } | Fact::Ceiling { platform, .. } => self.by_platform.get(platform.as_str()),
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// The claims that are about these changes: of how many each was wrong before, and is after.
    fn touched(&self, changed: &[Change]) -> BTreeMap<usize, [usize; 2]> {
        let mut touched: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
        for it in changed {
            let differs = (it.before - it.after) | (it.after - it.before);
            for (line, set) in self.about[it.place].iter().filter(|(_, set)| differs.intersects(set)) {
                let meant = &self.claims.lines[*line].1;
                if meant.is_about(it.person) {
                    let by = touched.entry(*line).or_default();
                    by[0] += usize::from(meant.is_wrong(it.person, *set, it.before));
                    by[1] += usize::from(meant.is_wrong(it.person, *set, it.after));
                }
            }
        }
        touched
    }

    /// Whether what is claimed of a role is so now and not then, or the other way round.
    fn turns_role(&self, meant: &Meant, policy: &Policy) -> bool {
        let Meant::Holds { role, permission, .. } = meant else { return false };
        permission.is_subset(&closed(self.claims.policy, *role)) != permission.is_subset(&closed(policy, *role))
    }
}

/// Notes somebody once.
fn note<K: std::hash::Hash + Eq>(into: &mut HashMap<K, Vec<Pair>>, key: K, pair: Pair) {
    let pairs = into.entry(key).or_default();
    if pairs.last() != Some(&pair) {
        pairs.push(pair);
    }
}

fn closed(policy: &Policy, role: RoleId) -> PermSet {
    policy.role(role).map_or(PermSet::EMPTY, |it| it.closed)
}

/// Of how many people and places a claim is wrong.
fn n_wrong(meant: &Meant, access: &Access) -> usize {
    let here = |(place, set): &(usize, PermSet)| {
        let there = access[*place].iter().filter(|(person, _)| meant.is_about(**person));
        let wrong = there.filter(|(person, can)| meant.is_wrong(**person, *set, **can)).count();
        let absent = meant.people().filter(|it| !access[*place].contains_key(it));
        wrong + absent.filter(|it| meant.is_wrong(**it, *set, PermSet::EMPTY)).count()
    };
    meant.at().iter().map(here).sum()
}

fn is_about_role(meant: &Meant, changed: &[(RoleId, PermSet)]) -> bool {
    let Meant::Holds { role, permission, .. } = meant else { return false };
    changed.iter().any(|it| it.0 == *role && it.1.intersects(permission))
}

//! People who hold what belongs into different hands.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::facts::{Facts, Here};
use super::finding::{About, Finding, Told};
use super::gather::{Gather, found};
use super::{Check, Rule, Setting, Severity, Takes, settings};
use crate::domain::ids::{FolderId, PersonId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::text::few;

pub(super) static RULE: Rule = Rule {
    id: "toxic-pair",
    title: "Both halves in one hand",
    severity: Severity::High,
    why: "Two halves of a deed are kept in different hands so that one person alone can neither cheat nor err unseen.",
    finds: "Somebody holds both permissions of a pair that a catalog keeps apart or that `pairs` names, be it on different sites or \
            platforms. What the account owner holds, and what a site's owner holds there, does not count.",
    settings: &[Setting::checked("pairs", "", "more that is kept apart: each PLATFORM/PERMISSION:PLATFORM/PERMISSION", |text| {
        settings::list(text, |it| Pair::parse(it).is_some())
    })],
    takes: Takes::Nothing,
    check: || Box::<Toxic>::default(),
    sentence,
    mend: |told| {
        let who = told.who();
        Err(format!("somebody has to say which of the two {who} keeps; `rolecall unassign` takes the role that brings the other"))
    },
};

/// A permission of a platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    platform: String,
    id: String,
}

/// Two permissions to keep apart, in the order of their texts, and why.
#[derive(Clone, Debug, PartialEq)]
struct Pair {
    sides: [Side; 2],
    reason: Option<String>,
}

impl Side {
    fn parse(text: &str) -> Option<Side> {
        let (platform, id) = text.trim().split_once('/')?;
        Some(Side { platform: platform.to_owned(), id: id.to_owned() })
    }

    fn text(&self) -> String {
        format!("{}/{}", self.platform, self.id)
    }

    /// Where the catalogs know it.
    fn permission(&self, facts: &Facts<'_>) -> Option<PermId> {
        facts.policy.catalog(&self.platform)?.find(&self.id)
    }
}

impl Pair {
    fn new(mut sides: [Side; 2], reason: Option<String>) -> Pair {
        sides.sort_by_key(Side::text);
        Pair { sides, reason }
    }

    /// As the setting names one.
    fn parse(text: &str) -> Option<Pair> {
        let (one, other) = text.split_once(':')?;
        let sides = [Side::parse(one)?, Side::parse(other)?];
        (sides[0] != sides[1]).then(|| Pair::new(sides, None))
    }

    /// All in force that the catalogs know, each once.
    fn all(facts: &Facts<'_>) -> Vec<Pair> {
        let of_catalogs = facts.policy.catalogs().flat_map(|catalog| {
            let side = |it: PermId| Side { platform: catalog.platform.clone(), id: catalog.get(it).id.clone() };
            catalog.separate.iter().map(move |it| Pair::new(it.permissions.map(side), Some(it.reason.clone())))
        });
        let set = facts.list(&RULE, "pairs");
        let mut pairs: Vec<Pair> = Vec::new();
        for it in of_catalogs.chain(set.iter().filter_map(|it| Pair::parse(it))) {
            if it.sides.iter().all(|side| side.permission(facts).is_some()) && pairs.iter().all(|known| known.sides != it.sides) {
                pairs.push(it);
            }
        }
        pairs
    }

    fn key(&self) -> [String; 2] {
        self.sides.each_ref().map(Side::text)
    }
}

/// The pairs, and what of them a platform has.
#[derive(Default)]
struct Pairs {
    all: Vec<Pair>,
    of: HashMap<String, PermSet, RandomState>,
}

impl Pairs {
    fn new(facts: &Facts<'_>) -> Pairs {
        let mut pairs = Pairs { all: Pair::all(facts), of: HashMap::default() };
        for side in pairs.all.iter().flat_map(|it| &it.sides) {
            if let Some(permission) = side.permission(facts) {
                pairs.of.entry(side.platform.clone()).or_default().insert(permission);
            }
        }
        pairs
    }
}

/// Somebody, and one side that they hold: the platform's place in the policy, and the permission.
type Half = (PersonId, usize, PermId);

#[derive(Default)]
struct Toxic {
    pairs: Option<Pairs>,
    held: Gather<Half>,
    /// What whoever holds nothing on the site itself has in a folder, which is the same on all sites there.
    known: HashMap<(PersonId, usize, Option<FolderId>), PermSet, RandomState>,
}

impl Check for Toxic {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let pairs = self.pairs.get_or_insert_with(|| Pairs::new(facts));
        let Some(sides) = pairs.of.get(&here.site.platform).copied() else { return };
        let Some(platform) = facts.policy.platform_index(&here.site.platform) else { return };
        for it in here.people.iter().filter(|it| it.can.intersects(&sides)) {
            if it.is_owner || it.person == facts.policy.owner {
                continue;
            }
            let halves = it.can & sides;
            if here.held_by(it.person).is_empty() {
                let known = self.known.entry((it.person, platform, here.ground.folder())).or_default();
                if halves.is_subset(known) {
                    continue;
                }
                *known |= halves;
            }
            self.hold(facts, here, it.person, (platform, halves));
        }
    }

    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for pair in self.pairs.iter().flat_map(|it| &it.all) {
            let half = |side: &Side| Some((facts.policy.platform_index(&side.platform)?, side.permission(facts)?));
            let (Some(one), Some(other), key) = (half(&pair.sides[0]), half(&pair.sides[1]), pair.key()) else { continue };
            for ((person, platform, permission), (held, since)) in self.held.iter() {
                if (*platform, *permission) == one
                    && let Some((more, then)) = self.held.get(&(*person, other.0, other.1))
                {
                    let evidence = ([held.as_slice(), more].concat(), (*since).max(*then));
                    findings.push(found(&RULE, About::Pair(*person, Box::new(key.clone())), evidence));
                }
            }
        }
        findings
    }
}

impl Toxic {
    /// Notes what brings somebody these halves there.
    fn hold(&mut self, facts: &Facts<'_>, here: &Here<'_>, person: PersonId, (platform, halves): (usize, PermSet)) {
        for it in halves.iter() {
            self.held.note((person, platform, it));
        }
        for it in here.counting(facts, person) {
            if it.scope.site().is_some() || facts.shows(person) {
                let brings = here.ground.gives(facts.policy, it.role, it.level) & halves;
                brings.iter().for_each(|half| self.held.add_to((person, platform, half), facts, &it));
            }
        }
    }
}

fn sentence(told: &Told<'_>) -> String {
    let About::Pair(_, key) = &told.finding.about else { return String::new() };
    let pair = Pair::all(told.facts).into_iter().find(|it| it.key() == **key);
    let is_one = pair.as_ref().is_none_or(|it| it.sides[0].platform == it.sides[1].platform);
    let label = |side: &Side| {
        let catalog = told.facts.policy.catalog(&side.platform)?;
        let label = &catalog.get(catalog.find(&side.id)?).label;
        Some(if is_one { label.clone() } else { format!("{label} ({})", catalog.name) })
    };
    let labels: Vec<String> = pair.iter().flat_map(|it| &it.sides).filter_map(label).collect();
    let reason = pair.and_then(|it| it.reason).map_or_else(String::new, |it| format!(": {}", it.trim_end_matches('.')));
    format!("{} holds both {}{}{reason}", told.who(), labels.join(" and "), places(told))
}

/// Where what brings them is held.
fn places(told: &Told<'_>) -> String {
    let sites: HashSet<&str> = told.sites().iter().map(|it| it.name.as_str()).collect();
    let mut names: Vec<String> = sites.into_iter().map(str::to_owned).collect();
    names.sort();
    let is_wide = told.held.iter().any(|it| it.scope.site().is_none());
    match (names.is_empty(), is_wide) {
        (true, true) => ", in the team".to_owned(),
        (true, false) => String::new(),
        (false, true) => format!(", in the team and on {}", few(&names)),
        (false, false) => format!(", on {}", few(&names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_written_as_its_key_and_stands_in_the_order_of_its_texts() {
        let pair = Pair::parse("wix/b.pay:meta/a.view").unwrap_or_else(|| Pair::new([side("", ""), side("", "")], None));
        assert_eq!(pair.key().as_slice(), ["meta/a.view", "wix/b.pay"]);
        for it in ["", "wix/a", "wix/a:b", "wix/a:wix/a"] {
            assert_eq!(Pair::parse(it), None, "{it}");
        }
    }

    fn side(platform: &str, id: &str) -> Side {
        Side { platform: platform.to_owned(), id: id.to_owned() }
    }
}

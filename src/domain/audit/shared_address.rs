//! Access of mailboxes that several people read.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::facts::Facts;
use super::finding::{Finding, Told};
use super::gather::{Gather, Owned};
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::ids::PersonId;
use crate::domain::text::{few, name_key, plural};
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "shared-address",
    title: "Mailboxes that many read",
    severity: Severity::Medium,
    why: "Behind such an address nobody can be told from anybody else, and whoever leaves keeps the password.",
    finds: "A live assignment, or a site, of an address whose name is one of `names`, what stands behind a `+` left out. One finding \
            an address.",
    settings: &[Setting::list(
        "names",
        "info,office,admin,support,sales,team,hello,contact,mail,webmaster,billing,accounts,post,kontakt",
        "the names that stand for no single person",
    )],
    takes: Takes::Nothing,
    check: || Box::<Shared>::default(),
    sentence,
    mend: |told| {
        let address = told.finding.person().map_or("", |it| told.facts.email(it));
        Err(format!("somebody has to say who reads {address}; give each of them access of their own, then `rolecall offboard {address}`"))
    },
};

#[derive(Default)]
struct Shared {
    who: Option<HashSet<PersonId, RandomState>>,
    live: Gather,
}

impl Check for Shared {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if self.who.get_or_insert_with(|| mailboxes(facts)).contains(&it.person) && it.is_live(facts.now) {
            self.live.add(facts, it);
        }
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let who = self.who.take().unwrap_or_else(|| mailboxes(facts));
        let owned = Owned::by(facts, |it| who.contains(&it));
        for id in owned.owners() {
            self.live.note(id);
        }
        self.live.findings(&RULE).into_iter().map(|it| owned.beside(it)).collect()
    }
}

/// Those whose addresses stand for no single person.
fn mailboxes(facts: &Facts<'_>) -> HashSet<PersonId, RandomState> {
    let names: HashSet<String, RandomState> = facts.list(&RULE, "names").iter().map(|it| name_key(it)).collect();
    let is_shared = |address: &str| {
        let local = address.rsplit_once('@').map_or(address, |it| it.0);
        names.contains(&name_key(local.split('+').next().unwrap_or_default()))
    };
    facts.rows.people.iter().filter(|it| is_shared(&it.email)).map(|it| it.id).collect()
}

fn sentence(told: &Told<'_>) -> String {
    let Some(id) = told.finding.person() else { return String::new() };
    let owned: Vec<String> = told.facts.rows.sites.iter().filter(|it| it.owner == id).map(|it| it.name.clone()).collect();
    let holds = (!told.held.is_empty()).then(|| format!("holds {}", plural(told.held.len(), "role")));
    let owns = (!owned.is_empty()).then(|| format!("owns {}", few(&owned)));
    let what: Vec<String> = holds.into_iter().chain(owns).collect();
    format!("{} is a mailbox that many may read, and {}", told.facts.email(id), what.join(" and "))
}

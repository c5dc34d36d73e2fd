//! What a hand-over means for both sides, in plain words (R9, R10, facts §4.6).
//!
//! Towards the client nothing is called a transfer of rights: what they read says what
//! stays theirs, what they can do, who pays, and how it ends.

use anyhow::Result;

use crate::domain::catalog::{Catalog, Side};
use crate::domain::life::HandoverKind;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::text::few;
use crate::domain::things::{Person, Site};
use crate::store::Reader;

/// What both sides should know, a sentence each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// The agency; in a transfer, the old owner.
    pub ours: Vec<String>,
    /// The client; in a transfer, the new owner.
    pub theirs: Vec<String>,
}

/// The choices that are made with a hand-over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The name of the role that stays.
    pub keep: Option<String>,
    pub with_plan: bool,
    pub with_copy: bool,
}

/// Before it is accepted. `to` is the address that it goes to.
pub fn sides(db: Reader<'_>, policy: &Policy, site: &Site, kind: HandoverKind, to: &str, choices: &Choices) -> Result<Sides> {
    let owner = db.find::<Person>(site.owner)?.map_or_else(String::new, |it| it.email);
    Ok(match kind {
        HandoverKind::Transfer => transfer(site, &owner, to, choices),
        HandoverKind::Partner => policy.catalog(&site.platform).map_or_else(Sides::default, |it| partnership(policy, it, site, to)),
    })
}

fn transfer(site: &Site, owner: &str, to: &str, choices: &Choices) -> Sides {
    let name = &site.name;
    let plan = if choices.with_plan { "plan, domain and mailboxes go along" } else { "plan, domain and mailboxes stay with you" };
    let kept = match &choices.keep {
        Some(role) => format!("{owner} goes on working there as {role}"),
        None => format!("{owner} has no access any more"),
    };
    let copy = choices.with_copy.then(|| "you keep a copy of the site, without its collaborators".to_owned());
    let ours = [format!("{to} has {name} from then on"), plan.to_owned(), kept.clone(), "payment details do not travel".to_owned()];
    let plan =
        if choices.with_plan { "you take over plan, domain and mailboxes" } else { "the site comes without a plan; choose your own" };
    let theirs = [
        format!("{name} is yours from then on"),
        plan.to_owned(),
        "you add your own payment details".to_owned(),
        kept,
        "collaborators keep their roles until you change them".to_owned(),
    ];
    Sides { ours: ours.into_iter().chain(copy).collect(), theirs: theirs.into() }
}

fn partnership(policy: &Policy, catalog: &Catalog, site: &Site, to: &str) -> Sides {
    let granted = |side: Side| catalog.side(side).map_or(PermSet::EMPTY, |it| catalog.close(it.grants));
    let lifted = catalog.side(Side::Partner).map_or(PermSet::EMPTY, |it| it.lifts);
    let (agency, name) = (&policy.name, &site.name);
    let ours = vec![
        format!("{agency} carries the plan of {name} and pays for it"),
        format!("{agency} works with the Partner role: {} of {} permissions", granted(Side::Partner).len(), catalog.len()),
        format!("it can: {}", labels(catalog, lifted)),
        format!("it cannot: {}", labels(catalog, catalog.everything() - granted(Side::Partner))),
        "the team's roles count on the site".to_owned(),
        format!("{to} keeps every right but the plan's billing, and can take the site back at any time"),
    ];
    let theirs = vec![
        format!("{name} is yours: its content, its copyright and its domain stay with you"),
        format!("{agency} carries the plan and pays for it"),
        format!("you can do everything there but: {}", labels(catalog, catalog.withheld())),
        format!("{agency} can also: {}", labels(catalog, lifted)),
        "you can take the site back at any time: the plan is yours to pay again, and the agency's access ends or comes down to a role that you pick".to_owned(),
    ];
    Sides { ours, theirs }
}

/// Before a site is reclaimed. `keep` is the name of the role that the agency is left with.
pub fn reclaiming(db: Reader<'_>, policy: &Policy, site: &Site, keep: Option<&str>) -> Result<Sides> {
    let owner = db.find::<Person>(site.owner)?.map_or_else(String::new, |it| it.email);
    let (agency, name) = (&policy.name, &site.name);
    let access =
        keep.map_or_else(|| format!("{agency} has no access any more"), |role| format!("{agency} goes on working there as {role}"));
    Ok(Sides {
        ours: vec![
            format!("{owner} carries the plan of {name} again and pays for it"),
            access.clone(),
            "the team's roles end there".to_owned(),
        ],
        theirs: vec![format!("you carry the plan of {name} again and pay for it"), "you can do everything there".to_owned(), access],
    })
}

/// Labels in a row, the first few of many.
fn labels(catalog: &Catalog, set: PermSet) -> String {
    let labels: Vec<String> = set.iter().map(|id| catalog.get(id).label.to_lowercase()).collect();
    if labels.is_empty() { "nothing else".to_owned() } else { few(&labels) }
}

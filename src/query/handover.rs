//! What a hand-over means for both sides, in plain words (R9, R10, facts §4.6).
//!
//! Towards the client nothing is called a transfer of rights: what they read says what
//! stays theirs, what they can do, who pays, and how it ends.

use anyhow::Result;

use crate::domain::access::Ground;
use crate::domain::catalog::{Catalog, Side};
use crate::domain::life::HandoverKind;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::things::{Host, Person, Site};
use crate::facts::Reader;

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
    let owner = db.the::<Person>(site.owner)?.email;
    Ok(match kind {
        HandoverKind::Transfer => transfer(site, &owner, to, choices),
        HandoverKind::Partner => match policy.catalog(&site.platform) {
            Some(catalog) => partnership(db, policy, catalog, site, to)?,
            None => Sides::default(),
        },
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
    let their_copy = choices.with_copy.then(|| format!("{owner} keeps a copy of the site"));
    Sides { ours: ours.into_iter().chain(copy).collect(), theirs: theirs.into_iter().chain(their_copy).collect() }
}

fn partnership(db: Reader<'_>, policy: &Policy, catalog: &Catalog, site: &Site, to: &str) -> Result<Sides> {
    let granted = |side: Side| catalog.side(side).map_or(PermSet::EMPTY, |it| catalog.close(it.grants));
    let lifted = catalog.side(Side::Partner).map_or(PermSet::EMPTY, |it| it.lifts);
    let more = team_access(db, policy, site)? - granted(Side::Partner);
    let (agency, name) = (&policy.name, &site.name);
    let (some, us) = if more.is_empty() {
        (String::new(), String::new())
    } else {
        let more = labels(catalog, more);
        (format!("; some hold more than the Partner role: {more}"), format!(", some of which reach further: {more}"))
    };
    let whose = if site.owner == policy.owner { "is yours from then on" } else { "is yours" };
    let ours = vec![
        format!("{agency} carries the plan of {name} and pays for it"),
        format!("{agency} works with the Partner role: {} of {} permissions", granted(Side::Partner).len(), catalog.len()),
        format!("it can: {}", labels(catalog, lifted)),
        format!("it cannot: {}", labels(catalog, catalog.everything() - granted(Side::Partner))),
        format!("the team's roles count on the site{some}"),
        format!("{to} keeps every right but the plan's billing, and can take the site back at any time"),
    ];
    let theirs = vec![
        format!("{name} {whose}: its content, its copyright and its domain are yours and stay so"),
        format!("{agency} carries the plan and pays for it"),
        format!("you can do everything there but: {}", labels(catalog, catalog.withheld())),
        format!("{agency} can also: {}", labels(catalog, lifted)),
        format!("its team works there with roles of its own{us}"),
        "you can take the site back at any time: the plan is yours to pay again, and the agency's access ends or comes down to a role that you pick".to_owned(),
    ];
    Ok(Sides { ours, theirs })
}

/// What the team's roles would allow on the site, whoever of them has it.
fn team_access(db: Reader<'_>, policy: &Policy, site: &Site) -> Result<PermSet> {
    let hosted = Site { host: Host::Agency, ..site.clone() };
    let Some(ground) = Ground::new(policy, &hosted) else { return Ok(PermSet::EMPTY) };
    let reaching = db.assignments_of_team()?.into_iter().filter(|it| ground.reaches(policy, it));
    let closed = reaching.filter_map(|it| policy.role(it.role).map(|held| held.closed));
    Ok(closed.fold(PermSet::EMPTY, |all, it| all | it) - policy.cut_for(site).map_or(PermSet::EMPTY, |it| it.team))
}

/// Before a site is reclaimed. `keep` is the name of the role that the agency is left with.
pub fn reclaiming(db: Reader<'_>, policy: &Policy, site: &Site, keep: Option<&str>) -> Result<Sides> {
    let owner = db.the::<Person>(site.owner)?.email;
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

/// Labels in a row, the first of very many.
fn labels(catalog: &Catalog, set: PermSet) -> String {
    const MAX_LABELS: usize = 12;
    let labels: Vec<String> = set.iter().take(MAX_LABELS).map(|id| catalog.get(id).label.to_lowercase()).collect();
    match set.len() {
        0 => "nothing else".to_owned(),
        n if n > MAX_LABELS => format!("{} and {} more", labels.join(", "), n - MAX_LABELS),
        _ => labels.join(", "),
    }
}

//! Reviews: what there is to decide on, and what to know before one decides.

use std::cmp::Reverse;
use std::collections::HashSet;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::scope_record;
use super::audit::{self, Audit};
use super::columns::{Column, Columns, column, on_demand};
use super::impact::{Budget, Impact, impact};
use super::records;
use crate::domain::access::Ground;
use crate::domain::audit::{Facts, Rule};
use crate::domain::catalog::Catalog;
use crate::domain::change::Edit;
use crate::domain::ids::{AssignmentId, FolderId, PersonId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::Recorded;
use crate::domain::review::{Decision, Held, ItemKey, Review, ReviewItem, Verdict, pace, sensitive, sensitive_owned};
use crate::domain::things::{Assignment, ContactStatus, Level, Person, Scope, Site};
use crate::domain::time;
use crate::facts::Reader;

/// What a review looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    Everywhere,
    /// One site: what is held there, and what reaches it from further away.
    Site(Box<Site>),
    /// A folder and what is in it, and what reaches it from further away.
    Folder(FolderId),
    Person(PersonId),
}

/// How many narrower roles are named.
const NARROWER: usize = 3;
/// How many of those are named who hold the same.
const OTHERS: usize = 50;

/// What a review of this looks at, in words, and what there is to decide on.
///
/// # Errors
/// That the file could not be read.
pub fn frozen(
    db: Reader<'_>,
    policy: &Policy,
    over: &Over,
    rule: Option<&'static Rule>,
    now: DateTime<Utc>,
) -> Result<(String, Vec<ItemKey>)> {
    let words = over.words(db)?;
    let about = rule.map_or_else(|| words.clone(), |it| format!("{words}, what {} finds", it.id));
    Ok((about, items(db, policy, over, rule, now)?))
}

/// Everything live that is held, and the sites that people own, as far as whoever asks sees it; where a rule is named, what
/// its findings are by. The account owner's own sites are the agency's, and no matter of a decision. The riskiest first: by
/// sensitive rights, whether it is an outsider's, whether anybody looked at it before, and age.
fn items(db: Reader<'_>, policy: &Policy, over: &Over, rule: Option<&'static Rule>, now: DateTime<Utc>) -> Result<Vec<ItemKey>> {
    let facts = audit::facts(db, policy, now)?;
    let covered = Covered::of(&facts, over);
    let found = rule.map(|it| found_by(db, policy, it, now)).transpose()?;
    let mut all = Vec::new();
    let mut add = |it: Assignment| -> Result<()> {
        if it.is_live(now)
            && found.as_ref().is_none_or(|found| found.contains(&it.id))
            && over.covers(policy, &covered, &it)
            && db.knows(&it)?
        {
            all.push(Candidate::held(db, &facts, &it)?);
        }
        Ok(())
    };
    match over {
        Over::Person(id) => db.assignments_of(*id)?.into_iter().try_for_each(&mut add)?,
        Over::Site(site) => db.assignments_at(site.id)?.into_iter().chain(db.assignments_all_wide()?).try_for_each(&mut add)?,
        Over::Everywhere | Over::Folder(_) => db.each_assignment(&mut add)?,
    }
    if rule.is_none() {
        let owned = facts.rows.sites.iter().filter(|it| it.owner != policy.owner && over.covers_owner(policy, it));
        all.extend(owned.map(|it| Candidate::owned(&facts, it)));
    }
    all.sort_unstable_by(|a, b| a.risk.cmp(&b.risk));
    Ok(all.into_iter().map(|it| it.key).collect())
}

fn found_by(db: Reader<'_>, policy: &Policy, rule: &'static Rule, now: DateTime<Utc>) -> Result<HashSet<AssignmentId>> {
    let audit = Audit::of(db, policy, &[rule], now)?;
    let mut held = HashSet::new();
    for it in &audit.findings {
        held.extend(audit.shown(db, it)?.held.iter().map(|it| it.id));
    }
    Ok(held)
}

/// The sites that a review is about.
struct Covered {
    sites: HashSet<SiteId>,
    grounds: Vec<Ground>,
}

impl Covered {
    fn of(facts: &Facts<'_>, over: &Over) -> Covered {
        let is_meant = |it: &&Site| matches!(over, Over::Site(_) | Over::Folder(_)) && over.covers_owner(facts.policy, it);
        let sites = || facts.rows.sites.iter().filter(is_meant);
        Covered { sites: sites().map(|it| it.id).collect(), grounds: sites().filter_map(|it| Ground::new(facts.policy, it)).collect() }
    }
}

impl Over {
    fn covers(&self, policy: &Policy, covered: &Covered, it: &Assignment) -> bool {
        match (self, it.scope) {
            (Over::Everywhere, _) => true,
            (Over::Person(id), _) => it.person == *id,
            (Over::Site(_) | Over::Folder(_), Scope::Site(id)) => covered.sites.contains(&id),
            // Also what waits there for sites to come.
            (Over::Folder(top), Scope::Folder(id)) if policy.lies_in(id, *top) => true,
            (Over::Site(_) | Over::Folder(_), Scope::Folder(_) | Scope::Everywhere) => {
                covered.grounds.iter().any(|ground| ground.reaches(policy, it))
            }
        }
    }

    fn covers_owner(&self, policy: &Policy, it: &Site) -> bool {
        match self {
            Over::Everywhere => true,
            Over::Person(id) => it.owner == *id,
            Over::Site(site) => it.id == site.id,
            Over::Folder(top) => it.folder.is_some_and(|it| policy.lies_in(it, *top)),
        }
    }

    fn words(&self, db: Reader<'_>) -> Result<String> {
        Ok(match self {
            Over::Everywhere => "everything".to_owned(),
            Over::Site(site) => format!("site {}", site.key),
            Over::Folder(id) => scope_record(db, Scope::Folder(*id))?.to_string(),
            Over::Person(id) => db.the::<Person>(*id)?.email,
        })
    }
}

/// Something to decide on, and how much there is to it.
struct Candidate {
    risk: Risk,
    key: ItemKey,
}

/// What comes first is riskier.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Risk {
    sensitive: Reverse<usize>,
    outsider: Reverse<bool>,
    /// A site of their own, which nobody here can take.
    owned: bool,
    looked_at: bool,
    begins: Option<DateTime<Utc>>,
    name: String,
}

impl Candidate {
    fn held(db: Reader<'_>, facts: &Facts<'_>, it: &Assignment) -> Result<Candidate> {
        let site = it.scope.site().and_then(|id| facts.site(id));
        let key = records::assignment(db, facts.policy, it)?.key();
        let risk = Risk {
            sensitive: Reverse(sensitive(facts.policy, it, site).len()),
            outsider: Reverse(it.level == Level::Site && site.is_some_and(|site| facts.is_outsider(it.person, site))),
            owned: false,
            looked_at: facts.rows.decided.contains(&it.id),
            begins: facts.begins(it),
            name: format!("{} {} {}", key.person, key.scope, key.role),
        };
        Ok(Candidate { risk, key: ItemKey::Role(key) })
    }

    fn owned(facts: &Facts<'_>, it: &Site) -> Candidate {
        let risk = Risk {
            sensitive: Reverse(sensitive_owned(facts.policy, it).len()),
            outsider: Reverse(!facts.is_team(it.owner) && !facts.is_client(it.owner)),
            owned: true,
            looked_at: false,
            begins: None,
            name: format!("{} {}", facts.email(it.owner), it.key),
        };
        Candidate { risk, key: ItemKey::Site(it.key.clone()) }
    }
}

/// What to know of an item before one decides.
#[derive(Clone, Debug)]
pub struct Look {
    pub item: ReviewItem,
    pub now: Now,
    /// What of it is sensitive, in words.
    pub sensitive: Vec<String>,
    /// That who holds it is a client no more.
    pub is_former: bool,
    pub taking: Taking,
    /// Who else has the same role there.
    pub others: Vec<String>,
    /// The roles that give less, the nearest first.
    pub narrower: Vec<Narrower>,
    /// The review in which somebody decided on it last, and what.
    pub last: Option<(String, Decision)>,
}

/// What taking something would do.
#[derive(Clone, Debug)]
pub enum Taking {
    /// It cannot be taken: it is gone, somebody's own, or no longer to be decided on.
    Never,
    Uncounted,
    Known(Impact),
}

/// What became of it since the review began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    Same,
    /// What of it is otherwise now.
    Changed(Vec<&'static str>),
    Gone,
}

/// A role that gives less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Narrower {
    pub role: String,
    pub name: String,
    /// What would be lost, in words.
    pub loses: Vec<String>,
}

/// Everything about one item.
///
/// # Errors
/// That the file could not be read.
pub fn look(db: Reader<'_>, policy: &Policy, item: ReviewItem, now: DateTime<Utc>, budget: &Budget<'_>) -> Result<Look> {
    let is_over = db.the::<Review>(item.review)?.finished.is_some();
    let mut look = Look {
        // What a review came to is said by its decisions.
        now: if is_over { Now::Same } else { became(db, &item)? },
        sensitive: sensitive_words(policy, &item),
        is_former: is_former(db, item.held.person())?,
        taking: Taking::Never,
        others: Vec::new(),
        narrower: Vec::new(),
        last: None,
        item,
    };
    let Held::Role(was) = &look.item.held else { return Ok(look) };
    if let Some(it) = db.looks_at(was.id, look.item.review)?.into_iter().next() {
        let name = db.the::<Review>(it.review)?.name;
        look.last = it.decision.map(|decision| (name, decision));
    }
    if let Some(row) = db.find::<Assignment>(was.id)?.filter(|_| !is_over) {
        look.others = others(db, &row)?;
        look.narrower = policy.role(row.role).map_or_else(Vec::new, |held| narrower(policy, held, row.level));
        let taken = impact(db, policy, &[Edit::delete(row).into()], now, budget)?;
        look.taking = taken.map_or(Taking::Uncounted, Taking::Known);
    }
    Ok(look)
}

/// Whether the agency's contacts have them as somebody of former days, as far as whoever asks sees contacts.
fn is_former(db: Reader<'_>, person: PersonId) -> Result<bool> {
    let email = if db.sight().shows_contacts() { db.email_of(person)? } else { None };
    let contact = email.map(|it| db.contact_by_email(&it)).transpose()?.flatten();
    Ok(contact.is_some_and(|it| it.status == ContactStatus::Former))
}

/// What becomes of an item, in words that name a role as people do.
pub fn verdict_words(policy: &Policy, it: &Verdict) -> String {
    match it {
        Verdict::Narrow(key) => format!("{} in its place", policy.find_role(key).map_or(key.as_str(), |it| it.role.name.as_str())),
        Verdict::Keep(_) | Verdict::End(_) | Verdict::Take => it.words(policy.zone),
    }
}

/// What a page says in the place of all that an owner can do.
pub const OWNS: &str = "owns the site: everything";

/// What of an item is sensitive, in words where the catalog has them still.
pub fn sensitive_words(policy: &Policy, item: &ReviewItem) -> Vec<String> {
    let catalog = policy.catalog(&item.named.platform);
    let label = |id: &String| catalog.and_then(|it| Some(it.get(it.find(id)?).label.clone())).unwrap_or_else(|| id.clone());
    item.sensitive.iter().map(label).collect()
}

/// What became of what an item is about.
///
/// # Errors
/// That the file could not be read.
pub fn became(db: Reader<'_>, item: &ReviewItem) -> Result<Now> {
    Ok(match &item.held {
        Held::Site { site, owner } => match db.find::<Site>(*site)? {
            Some(it) if it.owner == *owner => Now::Same,
            Some(_) | None => Now::Gone,
        },
        Held::Role(was) => match db.find::<Assignment>(was.id)? {
            None => Now::Gone,
            Some(it) => {
                let differs = [
                    (it.role != was.role, "the role"),
                    (it.level != was.level || it.scope != was.scope, "the place"),
                    (it.since != was.since, "its beginning"),
                    (it.until != was.until, "its end"),
                    (it.review_on != was.review_on, "the day of the next look"),
                    (it.reason != was.reason, "the reason"),
                ];
                let differs: Vec<&str> = differs.into_iter().filter(|it| it.0).map(|it| it.1).collect();
                if differs.is_empty() { Now::Same } else { Now::Changed(differs) }
            }
        },
    })
}

/// Who else holds the same role in the same place, by name, as far as whoever asks sees it.
fn others(db: Reader<'_>, row: &Assignment) -> Result<Vec<String>> {
    let held = db.assignments_with(row.role, OTHERS)?;
    let same = held.into_iter().filter(|it| it.person != row.person && (it.level, it.scope) == (row.level, row.scope));
    let mut names = Vec::new();
    for it in same {
        if db.knows(&it)? {
            let person: Person = db.the(it.person)?;
            names.push(if person.name.is_empty() { person.email } else { person.name });
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The roles that can be given at a level and give less, but something; those with the most rights first.
fn narrower(policy: &Policy, held: &HeldRole, level: Level) -> Vec<Narrower> {
    let Some(catalog) = policy.catalog(&held.role.platform) else { return Vec::new() };
    let gives = |it: &HeldRole| it.closed - catalog.cut(policy.ceiling_of(&catalog.platform).at(level));
    let all = gives(held);
    let fits = |it: &&HeldRole| {
        let gives = gives(it);
        policy.is_assignable(it)
            && it.role.level.fits(level)
            && it.role.platform == held.role.platform
            && !gives.is_empty()
            && gives != all
            && gives.is_subset(&all)
    };
    let mut roles: Vec<&HeldRole> = policy.roles().filter(fits).collect();
    roles.sort_unstable_by_key(|it| (Reverse(gives(it).len()), it.role.key.clone()));
    let narrower =
        |it: &HeldRole| Narrower { role: it.role.key.clone(), name: it.role.name.clone(), loses: labels(catalog, all - gives(it)) };
    roles.into_iter().take(NARROWER).map(narrower).collect()
}

/// Sensitive ones first.
fn labels(catalog: &Catalog, set: PermSet) -> Vec<String> {
    let mut all: Vec<_> = set.iter().map(|id| catalog.get(id)).collect();
    all.sort_by_key(|it| !it.is_sensitive());
    all.into_iter().map(|it| it.label.clone()).collect()
}

/// A review in a list.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewRow {
    pub name: String,
    pub about: String,
    pub items: u32,
    pub decided: u32,
    #[serde(with = "time::instant::option")]
    pub due: Option<DateTime<Utc>>,
    pub asked: Option<String>,
    #[serde(with = "time::instant")]
    pub started: DateTime<Utc>,
    #[serde(with = "time::instant::option")]
    pub finished: Option<DateTime<Utc>>,
}

impl ReviewRow {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.finished.is_none()
    }
}

impl Columns for ReviewRow {
    const COLUMNS: &'static [Column<ReviewRow>] = &[
        column("name", |it, _| it.name.clone()),
        column("about", |it, _| it.about.clone()),
        column("items", |it, _| it.items.to_string()),
        column("decided", |it, _| it.decided.to_string()),
        column("due", |it, zone| it.due.map_or_else(String::new, |at| zone.show_until(at))),
        column("asked", |it, _| it.asked.clone().unwrap_or_default()),
        column("started", |it, zone| zone.day(it.started)),
        column("finished", |it, zone| it.finished.map_or_else(String::new, |at| zone.day(at))),
    ];
}

/// All reviews of which whoever asks may know, those that go on first, the newest first.
///
/// # Errors
/// That the file could not be read.
pub fn reviews(db: Reader<'_>) -> Result<Vec<ReviewRow>> {
    let mut rows = Vec::new();
    for it in db.all::<Review>()?.into_iter().rev() {
        if db.knows(&it)? {
            rows.push(row(db, it)?);
        }
    }
    rows.sort_by_key(|it| !it.is_open());
    Ok(rows)
}

fn row(db: Reader<'_>, it: Review) -> Result<ReviewRow> {
    let (items, decided) = db.n_decided(it.id)?;
    let Review { id: _, name, about, due, asked, started, finished } = it;
    Ok(ReviewRow { name, about, items, decided, due, asked, started, finished })
}

/// An item in a list.
#[derive(Clone, Debug, Serialize)]
pub struct ItemRow {
    pub n: u32,
    pub person: String,
    pub role: String,
    pub place: String,
    pub sensitive: Vec<String>,
    pub decision: Option<Decision>,
}

impl From<&ReviewItem> for ItemRow {
    fn from(it: &ReviewItem) -> ItemRow {
        ItemRow {
            n: it.number,
            person: it.named.email.clone(),
            role: it.named.role.clone(),
            place: it.named.place.clone(),
            sensitive: it.sensitive.clone(),
            decision: it.decision.clone(),
        }
    }
}

impl Columns for ItemRow {
    const COLUMNS: &'static [Column<ItemRow>] = &[
        column("n", |it, _| it.n.to_string()),
        column("person", |it, _| it.person.clone()),
        column("role", |it, _| it.role.clone()),
        column("place", |it, _| it.place.clone()),
        column("sensitive", |it, _| if it.sensitive.is_empty() { String::new() } else { it.sensitive.len().to_string() }),
        column("decision", |it, zone| it.decision.as_ref().map_or_else(String::new, |it| it.verdict.words(zone))),
        on_demand("because", |it, _| it.decision.as_ref().and_then(|it| it.because.clone()).unwrap_or_default()),
        on_demand("by", |it, _| it.decision.as_ref().map_or_else(String::new, |it| it.by.clone())),
    ];
}

/// How far a review is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub items: usize,
    pub decided: usize,
    /// Of those that were decided on.
    pub kept: usize,
    /// How long a decision took, in seconds: the middle one.
    pub seconds: Option<i64>,
}

impl Progress {
    pub fn of(items: &[ReviewItem]) -> Progress {
        let decisions = || items.iter().filter_map(|it| it.decision.as_ref());
        Progress {
            items: items.len(),
            decided: decisions().count(),
            kept: decisions().filter(|it| matches!(it.verdict, Verdict::Keep(_))).count(),
            seconds: pace(decisions()),
        }
    }

    /// `12 of 88 decided, 75 % kept, 9 s each`.
    pub fn words(&self) -> String {
        let kept = (self.kept * 100).checked_div(self.decided).map_or_else(String::new, |it| format!(", {it} % kept"));
        let seconds = self.seconds.map_or_else(String::new, |it| format!(", {it} s each"));
        format!("{} of {} decided{kept}{seconds}", self.decided, self.items)
    }
}

/// What is to be said where something became of it since.
pub fn became_words(now: &Now) -> Option<String> {
    match now {
        Now::Same => None,
        Now::Changed(what) => Some(format!("{} changed since the review began", what.join(" and "))),
        Now::Gone => Some("it is gone since the review began".to_owned()),
    }
}

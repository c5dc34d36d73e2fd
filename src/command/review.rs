//! Reviews: beginning one, deciding on its items, and finishing it.
//!
//! A decision changes nobody's access: what it comes to is carried out when the review is finished, by the commands that do
//! the same anywhere else.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::authority::{Guarded, Need, Scales, Where};
use super::records::Kept;
use super::refusal::{Error, Refusal, unknown, valid};
use super::{Note, Plan, Scene};
use crate::domain::audit::Made;
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::{ReviewId, ReviewItemId, SiteId};
use crate::domain::record::AssignmentRecord;
use crate::domain::review::{
    Decision, Finish, Held, ItemKey, MOST_ITEMS, Named, Review, ReviewItem, ReviewRecord, Verdict, digest, sensitive, sensitive_owned,
};
use crate::domain::text::{self, few, plural, shell};
use crate::domain::things::{Assignment, Person, Site};
use crate::domain::time;
use crate::facts::names::the_role;

/// Freezes what is to be decided on.
pub(super) fn start(scene: Scene<'_>, record: &ReviewRecord) -> Result<Plan, Error> {
    let name = valid(text::required("name", &valid(text::line("name", &record.name))?))?;
    if scene.db.review_by_name(&name)?.is_some() {
        return Err(Refusal::Exists { kind: "review", name }.into());
    }
    check_number(record.items.len())?;
    check_ahead("the day by which the review is to be done", record.due, scene.now)?;
    let row = Review {
        id: ReviewId(scene.next::<Review>()?),
        name,
        about: valid(text::line("about", &record.about))?,
        due: valid(record.due.map(time::dated).transpose())?,
        asked: record.asked.as_deref().map(|it| scene.db.the_person(it)).transpose()?.map(|it| it.email),
        started: time::micros(scene.now),
        finished: None,
    };
    let items = items(scene, row.id, record)?;
    let note = Note::Remark(format!("{} to decide on: rolecall review next {}", plural(items.len(), "item"), shell(&row.name)));
    let changes = std::iter::once(Edit::create(row).into()).chain(items.into_iter().map(|it| Edit::create(it).into()));
    Ok(Plan { changes: changes.collect(), notes: vec![note], n_bulk: 0 })
}

fn check_number(n: usize) -> Result<(), Error> {
    let narrow = "a review of one site, folder, person or audit rule is shorter";
    match n {
        0 => Err(Refusal::Invalid("there is nothing to review: nobody holds anything there".to_owned()).into()),
        n if n > MOST_ITEMS => {
            Err(Refusal::Invalid(format!("{n} items are more than anybody looks at, {MOST_ITEMS} at most; {narrow}")).into())
        }
        _ => Ok(()),
    }
}

fn check_ahead(what: &str, at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Error> {
    valid(if at.is_some_and(|it| it <= now) { Err(format!("{what} is over: name one to come")) } else { Ok(()) })
}

/// The items of a review as they would be added.
fn items(mut scene: Scene<'_>, review: ReviewId, record: &ReviewRecord) -> Result<Vec<ReviewItem>, Error> {
    let first = scene.next::<ReviewItem>()?;
    let made = Made(scene.db.made()?);
    let numbered = (first..).zip(1..).zip(&record.items);
    numbered
        .map(|((id, number), key)| item(&mut scene, &made, key).map(|it| ReviewItem { id: ReviewItemId(id), review, number, ..it }))
        .collect()
}

fn item(scene: &mut Scene<'_>, made: &Made, key: &ItemKey) -> Result<ReviewItem, Error> {
    let (held, named, sensitive) = match key {
        ItemKey::Role(key) => {
            let row = AssignmentRecord::find(*scene, key)?;
            let site = row.scope.site().map(|id| scene.db.the::<Site>(id)).transpose()?;
            let role = the_role(scene.db, scene.policy, &key.role)?;
            let given_by = row.granted_by.map(|id| scene.db.the::<Person>(id)).transpose()?.map(|it| it.email);
            let person = scene.db.the::<Person>(row.person)?;
            let named = Named {
                email: person.email,
                name: person.name,
                platform: role.role.platform.clone(),
                role: role.role.name.clone(),
                place: key.scope.to_string(),
                began: row.since.or_else(|| made.at(row.id)),
                given_by,
            };
            let catalog = scene.policy.catalog(&role.role.platform);
            let sensitive = catalog.map_or_else(Vec::new, |it| it.names(sensitive(scene.policy, &row, site.as_ref())));
            (Held::Role(row), named, sensitive)
        }
        ItemKey::Site(key) => {
            let site = scene.db.the_site_of(key)?;
            let owner = scene.db.the::<Person>(site.owner)?;
            let (platform, place) = (site.platform.clone(), format!("site {}", site.key));
            let role = "Owner".to_owned();
            let named = Named { email: owner.email, name: owner.name, platform, role, place, ..Named::default() };
            let catalog = scene.policy.catalog(&site.platform);
            let sensitive = catalog.map_or_else(Vec::new, |it| it.names(sensitive_owned(scene.policy, &site)));
            (Held::Site { site: site.id, owner: owner.id }, named, sensitive)
        }
    };
    Ok(ReviewItem { id: ReviewItemId(0), review: ReviewId(0), number: 0, held, named: Box::new(named), sensitive, decision: None })
}

/// What it takes to begin it, before it is known whether it can be begun.
pub(super) fn starting(scene: Scene<'_>, record: &ReviewRecord) -> Result<Vec<Change>, Error> {
    Ok(items(scene, ReviewId(0), record)?.into_iter().map(|it| Edit::create(it).into()).collect())
}

/// Decides on items, or takes back what was decided.
pub(super) fn decide(
    scene: Scene<'_>,
    review: &str,
    numbers: &[u32],
    verdict: Option<&Verdict>,
    because: Option<&str>,
) -> Result<Plan, Error> {
    let rows = known(scene, review, numbers)?;
    let because = text::optional(because, |it| text::line("reason", it)).map_err(Refusal::Invalid)?;
    if let Some(verdict) = verdict {
        check(scene, &rows, verdict, because.as_deref())?;
    }
    let by = scene.actor.email.clone();
    let decision = verdict.map(|it| Decision { verdict: it.clone(), because, by, at: time::micros(scene.now) });
    let edits = rows.into_iter().filter_map(|it| Edit::between(it.clone(), ReviewItem { decision: decision.clone(), ..it }));
    Ok(Plan { changes: edits.collect(), ..Plan::default() })
}

/// Items of a review that goes on.
pub(super) fn known(scene: Scene<'_>, review: &str, numbers: &[u32]) -> Result<Vec<ReviewItem>, Error> {
    let review = open(scene, review)?;
    let numbers: BTreeSet<u32> = numbers.iter().copied().collect();
    let find = |n: u32| {
        scene
            .db
            .item(review.id, n)?
            .ok_or_else(|| unknown("review item", &n.to_string(), format!("; rolecall review show {}", shell(&review.name))))
    };
    numbers.into_iter().map(find).collect()
}

fn open(scene: Scene<'_>, name: &str) -> Result<Review, Error> {
    let row = scene.db.the_review(name)?;
    match row.finished {
        None => Ok(row),
        Some(at) => Err(Refusal::Over(format!("the review {} was finished on {}", row.name, scene.policy.zone.day(at))).into()),
    }
}

fn check(scene: Scene<'_>, items: &[ReviewItem], verdict: &Verdict, because: Option<&str>) -> Result<(), Error> {
    if let Verdict::Keep(at) | Verdict::End(at) = verdict {
        valid(time::dated(*at))?;
    }
    if let Verdict::Keep(until) = verdict {
        check_ahead("the day of the next look", Some(*until), scene.now)?;
        check_keeping(items, because)?;
    }
    items.iter().try_for_each(|it| check_item(scene, it, verdict))
}

/// What is sensitive is kept for a reason, and looked at one by one.
fn check_keeping(items: &[ReviewItem], because: Option<&str>) -> Result<(), Error> {
    let Some(it) = items.iter().find(|it| it.asks_why()) else { return Ok(()) };
    let what = format!("item {} lets {} do something sensitive ({})", it.number, it.named.who(), few(&it.sensitive));
    if items.len() > 1 {
        return Err(Refusal::Misfit(format!("{what}: it is kept by itself, not together with others")).into());
    }
    because.map(drop).ok_or_else(|| Refusal::Misfit(format!("{what}: say why it is kept")).into())
}

fn check_item(scene: Scene<'_>, item: &ReviewItem, verdict: &Verdict) -> Result<(), Error> {
    let misfit =
        |why: String| Err(Refusal::Misfit(format!("item {}, {} of {}: {why}", item.number, item.named.role, item.named.who())).into());
    let Held::Role(was) = &item.held else {
        let Verdict::Keep(_) = verdict else {
            return misfit("a site goes to somebody else by a yes of theirs: rolecall transfer send".to_owned());
        };
        return Ok(());
    };
    let Some(row) = scene.db.find::<Assignment>(was.id)? else { return misfit("it is gone meanwhile".to_owned()) };
    let held = scene.policy.role(row.role);
    if held.is_some_and(|it| it.side.is_some()) && !matches!(verdict, Verdict::Keep(_)) {
        return misfit("it goes when the client reclaims the site: rolecall partner reclaim SITE".to_owned());
    }
    match verdict {
        Verdict::End(at) if *at <= scene.now => misfit("the end is over: name one to come, or take it".to_owned()),
        Verdict::End(at) if row.until.is_some_and(|until| until <= *at) => misfit("it ends sooner by itself".to_owned()),
        Verdict::Keep(_) | Verdict::Take | Verdict::End(_) => Ok(()),
        Verdict::Narrow(role) => {
            let role = the_role(scene.db, scene.policy, role)?;
            let is_narrower = held
                .is_some_and(|it| it.role.platform == role.role.platform && role.closed.is_subset(&it.closed) && role.closed != it.closed);
            if is_narrower { Ok(()) } else { misfit(format!("{} is no narrower", role.role.name)) }
        }
    }
}

/// It is over: what was decided is carried out beside, in the same step, and told item by item. What was decided, or taken
/// back, since that was worked out would not be.
pub(super) fn finish(scene: Scene<'_>, finish: &Finish) -> Result<Plan, Error> {
    let row = open(scene, &finish.review)?;
    let items = scene.db.items_of(row.id)?;
    if finish.decided.as_ref() != Some(&digest(&items)) {
        let why = match &finish.decided {
            Some(_) => format!("something was decided in the review {} since what it comes to was worked out: finish it anew", row.name),
            None => format!("it does not say what was decided in the review {}, so nobody knows what it would carry out", row.name),
        };
        return Err(Refusal::Misfit(format!("{why} (rolecall review finish {})", shell(&row.name))).into());
    }
    let mut notes = items.iter().filter_map(|it| done(scene, it).transpose()).collect::<Result<Vec<_>, _>>()?;
    notes.sort_by_key(|it| matches!(it, Note::Item { stays: true, .. }));
    let left = match items.iter().filter(|it| it.decision.is_none()).count() {
        0 => None,
        1 => Some("one item stays undecided".to_owned()),
        left => Some(format!("{left} items stay undecided")),
    };
    let page = format!("its page: rolecall review report {}", shell(&row.name));
    notes.extend(left.into_iter().chain([page]).map(Note::Remark));
    let changes = vec![Edit::update(row.clone(), Review { finished: Some(time::micros(scene.now)), ..row }).into()];
    Ok(Plan { changes, notes, n_bulk: 0 })
}

/// What becomes of an item on which somebody decided.
fn done(scene: Scene<'_>, item: &ReviewItem) -> Result<Option<Note>, Error> {
    let Some(decision) = &item.decision else { return Ok(None) };
    let is_gone = match &item.held {
        Held::Role(was) => scene.db.find::<Assignment>(was.id)?.is_none(),
        Held::Site { .. } => false,
    };
    let zone = scene.policy.zone;
    let becomes = match &decision.verdict {
        _ if is_gone => "gone meanwhile, nothing is left to do".to_owned(),
        Verdict::Take => "taken".to_owned(),
        Verdict::Narrow(role) => format!("narrowed to {}", the_role(scene.db, scene.policy, role)?.role.name),
        Verdict::End(at) => format!("ends {}", zone.show_until(*at)),
        Verdict::Keep(at) => format!("kept, next look {}", zone.day(*at)),
    };
    let what = format!("{}, {} ({})", item.named.who(), item.named.role, item.named.place);
    Ok(Some(Note::Item { what, becomes, stays: is_gone || matches!(decision.verdict, Verdict::Keep(_)) }))
}

/// What finishing it is about.
pub(super) fn finishing(scene: Scene<'_>, review: &str) -> Result<Vec<Change>, Error> {
    let row = scene.db.the_review(review)?;
    Ok(vec![Edit::update(row.clone(), row).into()])
}

/// Beginning one takes what its items take; ending it, to decide on something.
impl Guarded for Review {
    fn needs(edit: &Edit<Review>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let decides = || Need::any([(Deed::ChangeTeam, Where::Account), (Deed::ChangeRoles, Where::Somewhere)]);
        Ok(if edit.before.is_some() { vec![decides()] } else { Vec::new() })
    }
}

/// As changing what it is about would take; nobody decides on what they hold themselves but the account owner.
impl Guarded for ReviewItem {
    fn needs(edit: &Edit<ReviewItem>, scales: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let Some(it) = edit.either() else { return Ok(Vec::new()) };
        if edit.before.is_some() && it.held.person() == scales.me.id {
            return Ok(vec![Need::of_owner("decide on what they hold themselves")]);
        }
        Ok(vec![match &it.held {
            Held::Role(row) => scales.people_need(row, Deed::ChangeRoles, Deed::ChangeTeam),
            Held::Site { site, .. } => on_site(*site),
        }])
    }
}

fn on_site(site: SiteId) -> Need {
    Need::of(Deed::ChangeRoles, Where::Site(site))
}

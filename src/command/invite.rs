//! Invitations: asking somebody to join, and what saying yes brings.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::authority::{Guarded, Need, Scales, is_forgotten};
use super::offers;
use super::refusal::{Error, Refusal, valid};
use super::{Note, Plan, Scene, fit, foundation, scene};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::{AssignmentId, InvitationId, PersonId, RoleId, SiteId, WaitingRoleId};
use crate::domain::life::{Drift, INVITATION_LIFE, Invitation, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Offer, Stage};
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::{InvitationRecord, OfferKey, PersonRecord};
use crate::domain::text::{self, email_key};
use crate::domain::things::{Assignment, Level, Person, Scope, Site};
use crate::domain::time;
use crate::facts::Reader;
use crate::facts::names::the_role;
use crate::store::life::Open;

pub(super) fn invite(mut scene: Scene<'_>, record: &InvitationRecord) -> Result<Plan, Error> {
    let scopes = record.scopes.iter().map(|it| scene::scope(it, &mut scene)).collect::<Result<BTreeSet<_>, _>>()?;
    let roles = record.roles.iter().map(|it| the_role(scene.db, scene.policy, it)).collect::<anyhow::Result<Vec<_>>>()?;
    let wanted = Wanted::new(scopes, roles);
    let row = Invitation {
        id: InvitationId(scene.next::<Invitation>()?),
        email: valid(text::email(&record.email))?,
        level: record.level,
        client: record.client,
        until: valid(record.until.map(time::dated).transpose())?,
        note: valid(text::note("note", &record.note))?,
        invited_by: scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id),
        request: None,
        offer: Offer::new(time::micros(scene.now), Some(record.token)),
        accepted_by: None,
    };
    plan(scene, row, &wanted)
}

/// The roles that are to be given, and where: each role in each place.
pub(super) struct Wanted<'a> {
    pub(super) scopes: BTreeSet<Scope>,
    pub(super) roles: Vec<&'a HeldRole>,
}

impl<'a> Wanted<'a> {
    /// Each role once, however often it was named.
    pub(super) fn new(scopes: BTreeSet<Scope>, mut roles: Vec<&'a HeldRole>) -> Wanted<'a> {
        let mut seen = BTreeSet::new();
        roles.retain(|it| seen.insert(it.role.id));
        Wanted { scopes, roles }
    }

    fn each(&self) -> impl Iterator<Item = (&HeldRole, Scope)> {
        self.scopes.iter().flat_map(|scope| self.roles.iter().map(|held| (*held, *scope)))
    }
}

/// The invitation with everything that it touches, checked.
pub(super) fn plan(scene: Scene<'_>, row: Invitation, wanted: &Wanted<'_>) -> Result<Plan, Error> {
    check_words(scene, &row, wanted)?;
    let invited = scene.db.person_by_email(&row.email)?;
    check_address(scene, row.level, &row.email, invited.as_ref())?;
    check_account_owner(scene, &row, &wanted.scopes, invited.as_ref())?;
    let mut notes = Vec::new();
    let missing = missing(scene, &row, wanted, invited.as_ref(), &mut notes)?;
    check_seats(scene, &row, &wanted.scopes, invited.as_ref())?;
    let mut changes = replaced(scene, &row, &wanted.scopes, &mut notes)?;
    let (of, first) = (WaitsFor::Invitation(row.id), scene.next::<WaitingRole>()?);
    changes.push(Edit::create(row).into());
    let waiting = (first..).zip(missing).map(|(n, (role, scope))| WaitingRole {
        id: WaitingRoleId(n),
        of,
        role,
        scope: Some(scope),
        offered: scene.policy.role(role).and_then(HeldRole::offered),
    });
    changes.extend(waiting.map(|it| Edit::create(it).into()));
    Ok(Plan { changes, notes, n_bulk: 0 })
}

fn check_words(scene: Scene<'_>, row: &Invitation, wanted: &Wanted<'_>) -> Result<(), Error> {
    if wanted.roles.is_empty() || wanted.scopes.is_empty() {
        return Err(Refusal::Invalid("an invitation needs at least one role and one place".to_owned()).into());
    }
    if row.level == Level::Site && !wanted.scopes.iter().all(|it| matches!(it, Scope::Site(_))) {
        let sentence = "collaborators are invited to sites; folders and everywhere are for the team (level team)";
        return Err(Refusal::Misfit(sentence.to_owned()).into());
    }
    if row.until.is_some_and(|until| until <= scene.now) {
        return Err(Refusal::Invalid("the access would end before it begins".to_owned()).into());
    }
    Ok(())
}

/// The roles, each with its place, that whoever is invited does not hold there already.
fn missing(
    scene: Scene<'_>,
    row: &Invitation,
    wanted: &Wanted<'_>,
    invited: Option<&Person>,
    notes: &mut Vec<Note>,
) -> Result<Vec<(RoleId, Scope)>, Error> {
    let held = invited.map_or_else(|| Ok(Vec::new()), |it| scene.db.assignments_of(it.id))?;
    let mut missing = Vec::new();
    for (role, scope) in wanted.each() {
        let offered = assignment(scene, AssignmentId(0), PersonId(0), role.role.id, row.level, scope, row.until);
        fit::check(scene, &offered, role, notes)?;
        check_owner(scene, scope, invited)?;
        if !held.iter().any(|it| same_place(it, &offered) && it.is_live(scene.now) && outlasts(it, &offered)) {
            missing.push((role.role.id, scope));
        }
    }
    let n_wanted = wanted.each().count();
    if missing.is_empty() {
        let roles = wanted.roles.iter().map(|it| it.role.name.clone()).collect::<Vec<_>>();
        return Err(Refusal::Held { who: row.email.clone(), roles: text::few(&roles) }.into());
    }
    if missing.len() < n_wanted {
        notes.push(Note::Remark(format!("{} of {n_wanted} roles are held already and are left out", n_wanted - missing.len())));
    }
    Ok(missing)
}

/// What must still hold when an invitation is sent once more, and what it takes the place of.
pub(super) fn again(scene: Scene<'_>, row: &Invitation) -> Result<Plan, Error> {
    let key = OfferKey::Invitation(row.id.0);
    offers::in_time(scene, key, row.until)?;
    let scopes: BTreeSet<Scope> = scene.db.waiting_roles(WaitsFor::Invitation(row.id))?.into_iter().filter_map(|it| it.scope).collect();
    if scopes.is_empty() {
        return Err(Refusal::Over(format!("nothing that {key} offered is there any more; send a new one")).into());
    }
    let invited = scene.db.person_by_email(&row.email)?;
    check_address(scene, row.level, &row.email, invited.as_ref())?;
    check_account_owner(scene, row, &scopes, invited.as_ref())?;
    scopes.iter().try_for_each(|it| check_owner(scene, *it, invited.as_ref()))?;
    check_seats(scene, row, &scopes, invited.as_ref())?;
    let mut notes = Vec::new();
    let mut changes = replaced(scene, row, &scopes, &mut notes)?;
    changes.extend(offers::as_they_are(scene, WaitsFor::Invitation(row.id))?);
    Ok(Plan { changes, notes, n_bulk: 0 })
}

/// Facts §4.4: whoever owns an account already joins sites, not the team.
fn check_address(scene: Scene<'_>, level: Level, email: &str, invited: Option<&Person>) -> Result<(), Error> {
    let Some(person) = invited.filter(|_| level == Level::Team) else { return Ok(()) };
    if person.id == scene.policy.owner {
        return Err(Refusal::Owner(format!("{email} owns this workspace and needs no place in its team")).into());
    }
    if scene.db.n_sites_owned_by(person.id)? > 0 {
        let sentence =
            format!("{email} has an account of their own, with sites; invite them to single sites, or to the team under another address");
        return Err(Refusal::Misfit(sentence).into());
    }
    Ok(())
}

/// Whoever owns the account is offered nothing by those who work for it, only by the owner of
/// another site, in person or by the yes to a request.
fn check_account_owner(scene: Scene<'_>, row: &Invitation, scopes: &BTreeSet<Scope>, invited: Option<&Person>) -> Result<(), Error> {
    if row.request.is_some() || invited.is_none_or(|it| it.id != scene.policy.owner) {
        return Ok(());
    }
    let by = scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id).filter(|id| *id != scene.policy.owner);
    for scope in scopes {
        let site = if let Scope::Site(id) = scope { scene.db.find::<Site>(*id)? } else { None };
        if by.is_none() || site.map(|it| it.owner) != by {
            let sentence = format!("{} owns this workspace; an invitation to them is the owner's of the site to send", row.email);
            return Err(Refusal::Owner(sentence).into());
        }
    }
    Ok(())
}

fn check_owner(scene: Scene<'_>, scope: Scope, invited: Option<&Person>) -> Result<(), Error> {
    let (Scope::Site(id), Some(person)) = (scope, invited) else { return Ok(()) };
    let owned = scene.db.find::<Site>(id)?.filter(|it| it.owner == person.id);
    owned.map_or(Ok(()), |site| Err(Refusal::Owner(format!("{} owns {} and needs no invitation to it", person.email, site.key)).into()))
}

/// Facts §4.2: over the limit people stay, and nobody new is invited.
fn check_seats(scene: Scene<'_>, row: &Invitation, scopes: &BTreeSet<Scope>, invited: Option<&Person>) -> Result<(), Error> {
    let profile = scene.db.profile()?;
    let newcomer =
        |taken: &Seats| !invited.map_or_else(|| taken.strangers.contains(&email_key(&row.email)), |it| taken.people.contains(&it.id));
    let check = |taken: Seats, limit: u32, place: &str| {
        if newcomer(&taken) && taken.count() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            let sentence = format!("all {limit} seats of {place} are taken; take one back, or raise the limit: rolecall team edit");
            return Err(Error::from(Refusal::Full(sentence)));
        }
        Ok(())
    };
    let limit = if row.level == Level::Team { profile.team_seats } else { profile.site_seats };
    // Only where there is a limit: who is there already is read anew for every invitation.
    let Some(limit) = limit else { return Ok(()) };
    if row.level == Level::Team {
        return check(team_seats(scene.db, scene.policy, scene.now)?, limit, "the team");
    }
    for scope in scopes {
        let Scope::Site(id) = scope else { continue };
        let key = scene.db.the::<Site>(*id)?.key;
        check(site_seats(scene, *id)?, limit, &key)?;
    }
    Ok(())
}

/// Who takes a seat: those who are there, and those who were asked. The two sides of a partnership take none.
struct Seats {
    people: BTreeSet<PersonId>,
    /// Addresses of nobody who is known.
    strangers: BTreeSet<String>,
}

impl Seats {
    fn of(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, held: &[Assignment], asked: &[Invitation]) -> anyhow::Result<Seats> {
        let takes_one = |it: &&Assignment| it.is_live(now) && policy.role(it.role).is_none_or(|held| held.side.is_none());
        let mut seats = Seats { people: held.iter().filter(takes_one).map(|it| it.person).collect(), strangers: BTreeSet::new() };
        for it in asked.iter().filter(|it| it.stage(now) == Stage::Pending) {
            match db.person_by_email(&it.email)? {
                Some(person) => seats.people.insert(person.id),
                None => seats.strangers.insert(email_key(&it.email)),
            };
        }
        Ok(seats)
    }

    fn count(&self) -> usize {
        self.people.len() + self.strangers.len()
    }
}

fn site_seats(scene: Scene<'_>, site: SiteId) -> Result<Seats, Error> {
    let held = scene.db.assignments_on(site)?.into_iter().filter(|it| it.level == Level::Site).collect::<Vec<_>>();
    let asked = scene.db.invitations_on(site, Open::Unanswered)?.into_iter().filter(|it| it.level == Level::Site).collect::<Vec<_>>();
    Ok(Seats::of(scene.db, scene.policy, scene.now, &held, &asked)?)
}

fn team_seats(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> anyhow::Result<Seats> {
    Seats::of(db, policy, now, &db.assignments_of_team()?, &db.team_invitations_open()?)
}

/// How many seats of the team are taken, by members and by those who were asked.
pub fn team_seats_taken(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> anyhow::Result<usize> {
    Ok(team_seats(db, policy, now)?.count())
}

/// A second invitation to the same address and places takes the first one's place.
fn replaced(scene: Scene<'_>, row: &Invitation, scopes: &BTreeSet<Scope>, notes: &mut Vec<Note>) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for old in scene.db.invitations_to(&row.email, Open::Unanswered)?.into_iter().filter(|it| it.id != row.id) {
        let places = scene.db.waiting_roles(WaitsFor::Invitation(old.id))?;
        let covered = places.iter().all(|it| it.scope.is_some_and(|scope| scopes.contains(&scope)));
        if old.level == row.level && old.stage(scene.now) == Stage::Pending && covered {
            notes.push(Note::Remark(format!("takes the place of invitation {}, whose link is dead now", old.id.0)));
            changes.push(offers::closing(scene, old, Answer::Cancelled)?.into());
        }
    }
    Ok(changes)
}

/// The person that the address belongs to gets every role that waits.
pub(super) fn accept(scene: Scene<'_>, row: Invitation, email: Option<&str>) -> Result<Plan, Error> {
    let key = OfferKey::Invitation(row.id.0);
    let offer = offers::answered(scene, key, &row.offer, INVITATION_LIFE, Answer::Accepted)?;
    offers::in_time(scene, key, row.until)?;
    let mut notes = Vec::new();
    let (person, mut changes) = guest(scene, email.unwrap_or(&row.email))?;
    check_address(scene, row.level, &person.email, Some(&person))?;
    if email_key(&person.email) != email_key(&row.email) {
        let sentence = format!("sent to {}, accepted by {}: make sure that you know them", row.email, person.email);
        notes.push(Note::Remark(sentence));
    }
    let first = scene.next::<Assignment>()?;
    for (n, waiting) in (0..).zip(scene.db.waiting_roles(WaitsFor::Invitation(row.id))?) {
        let Some((scope, held)) = waiting.scope.zip(scene.policy.role(waiting.role)) else { continue };
        let note = offers::drifted(key, "invite", Drift::of(scene.policy, waiting.role, waiting.offered.as_ref()))?;
        notes.extend(note.filter(|it| !notes.contains(it)));
        check_owner(scene, scope, Some(&person))?;
        let mut new = assignment(scene, AssignmentId(first + n), person.id, waiting.role, row.level, scope, row.until);
        fit::check(scene, &new, held, &mut notes)?;
        (new.granted_by, new.reason) = (row.invited_by, Some(key.to_string()));
        changes.push(match scene.db.assignment(person.id, new.role, new.level, new.scope)? {
            None => Edit::create(new).into(),
            Some(old) if old.is_live(scene.now) && outlasts(&old, &new) => continue,
            Some(old) => {
                let since = if old.is_live(scene.now) { old.since } else { new.since };
                Edit::update(old.clone(), Assignment { since, until: time::later(old.until, new.until), ..old }).into()
            }
        });
    }
    changes.push(Edit::update(row.clone(), Invitation { offer, accepted_by: Some(person.id), ..row }).into());
    Ok(Plan { changes, notes, n_bulk: 0 })
}

/// The person with this address: known, or new and named as the contact is.
pub(super) fn guest(scene: Scene<'_>, email: &str) -> Result<(Person, Vec<Change>), Error> {
    let email = valid(text::email(email))?;
    if let Some(person) = scene.db.person_by_email(&email)? {
        return Ok((person, Vec::new()));
    }
    let name = scene.db.contact_by_email(&email)?.map_or_else(String::new, |it| it.name);
    let person = foundation::person(PersonId(scene.next::<Person>()?), &PersonRecord { email, name })?;
    Ok((person.clone(), vec![Edit::create(person).into()]))
}

fn assignment(
    scene: Scene<'_>,
    id: AssignmentId,
    person: PersonId,
    role: RoleId,
    level: Level,
    scope: Scope,
    until: Option<DateTime<Utc>>,
) -> Assignment {
    Assignment { id, since: Some(time::micros(scene.now)), until, ..Assignment::plain(person, role, level, scope) }
}

fn same_place(it: &Assignment, other: &Assignment) -> bool {
    (it.role, it.level, it.scope) == (other.role, other.level, other.scope)
}

/// Whether what is held lasts at least as long as what is offered.
fn outlasts(held: &Assignment, offered: &Assignment) -> bool {
    match (held.until, offered.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(held), Some(offered)) => held >= offered,
    }
}

impl Guarded for Invitation {
    fn needs(edit: &Edit<Invitation>, scales: &Scales<'_>) -> Result<Vec<Need>, Error> {
        if is_forgotten(edit) {
            return Ok(Vec::new());
        }
        let waiting = edit.either().map_or_else(|| Ok(Vec::new()), |it| scales.waiting(it.id))?;
        let needs = of_gifts(scales, &waiting)?;
        Ok(if needs.is_empty() { vec![Need::anybodys()] } else { needs })
    }
}

impl Guarded for WaitingRole {
    fn needs(edit: &Edit<WaitingRole>, scales: &Scales<'_>) -> Result<Vec<Need>, Error> {
        of_gifts(scales, edit.before.iter().chain(&edit.after))
    }
}

/// What is offered takes what giving it takes.
fn of_gifts<'a>(scales: &Scales<'_>, waiting: impl IntoIterator<Item = &'a WaitingRole>) -> Result<Vec<Need>, Error> {
    let gifts = waiting.into_iter().filter_map(|it| scales.gift(it).transpose());
    gifts.map(|it| Ok(scales.people_need(&it?, Deed::InvitePeople, Deed::InviteTeam))).collect()
}

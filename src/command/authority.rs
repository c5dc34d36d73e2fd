//! Whether the actor may do what a command does (R11).
//!
//! What counts is the difference, not the verb. A command is planned and applied in its
//! transaction; before that is saved, its changes are weighed against what the actor held
//! before it. Three questions: does it touch what nobody may touch (an owner, one's own roles),
//! does the actor hold the permission for such a deed, and does it give anybody, now or at any
//! later instant, what the actor does not hold there then.
//!
//! What is offered is weighed when it is sent and once more when it is accepted, both times in
//! the name of whoever sent it: a token says that the right person answers, not that they may
//! have what they were offered. An address is weighed with what is offered to it.
//!
//! The changes are in the tables when they are weighed, so that a row which they took away is
//! found in them alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::refusal::{Error, Refusal};
use super::{Actor, Command, Hand, Plan, bind};
use crate::domain::access::{self, Ground, any_site, with_everything};
use crate::domain::catalog::{Catalog, Permission};
use crate::domain::change::{Change, Edit, Offering, Touch};
use crate::domain::deed::Deed;
use crate::domain::ids::{AssignmentId, FolderId, HandoverId, InvitationId, PersonId, RequestId, RoleId, SiteId};
use crate::domain::life::{Handover, HandoverKind, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Stage};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::text;
use crate::domain::things::{Assignment, Contact, Host, Level, Person, Role, Scope, Site};
use crate::domain::token::Token;
use crate::facts::Reader;
use crate::facts::overlay::{Budget, Holdings, Overlay};
use crate::store::life::Open;
use crate::store::settings;

/// Most pairs of person and site that are weighed; a wider change is the account owner's.
const MOST: usize = 50_000;

const BUDGET: Budget<'static> = Budget { pairs: MOST, ..Budget::ALL };

/// In whose name a command runs, as the workspace knows them before it.
pub(super) enum Authority {
    /// The account owner may do everything.
    Owner,
    Person(Person),
    /// Nobody here has this address.
    Stranger(String),
    /// A Unix user who is nobody here says yes for whom a link was sent to; that is all they may do.
    Bearer {
        uid: u32,
        email: String,
    },
}

impl Authority {
    /// Looked up inside the command's transaction and before it runs: it may change addresses,
    /// owners and bindings, and so may whoever wrote before.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], where the Unix user is somebody else and may not act for others.
    pub(super) fn of(db: Reader<'_>, actor: &Actor) -> Result<Authority, Error> {
        let named = db.person_by_email(&actor.email)?;
        if let Hand::User(uid) = actor.by {
            match bind::user(db.present(), uid)? {
                None => return Ok(Authority::Bearer { uid, email: actor.email.clone() }),
                Some(me) if named.as_ref().is_some_and(|it| it.id == me.id) || is_account_owner(db, me.id)? => {}
                Some(me) => {
                    let why = format!("{} may not act for {}", me.email, text::display(&actor.email));
                    return Err(Authority::only_owner(db, why));
                }
            }
        }
        Ok(match named {
            Some(person) if is_account_owner(db, person.id)? => Authority::Owner,
            Some(person) => Authority::Person(person),
            None => Authority::Stranger(actor.email.clone()),
        })
    }

    /// Refuses whoever may do nothing at all, before anything is looked up for them.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] and [`Refusal::Nobody`].
    pub(super) fn admit(&self, db: Reader<'_>, command: &Command) -> Result<(), Error> {
        match (self, command) {
            (_, Command::Accept { .. }) | (Authority::Owner | Authority::Person(_), _) => Ok(()),
            (Authority::Stranger(email), _) => Err(stranger(email)),
            (Authority::Bearer { uid, .. }, _) => Err(nobody(db, *uid)),
        }
    }

    /// Refuses what the actor may not do whatever there is: nothing of it is in the tables yet.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], as [`Authority::weigh`].
    pub(super) fn begin(&self, db: Reader<'_>, now: DateTime<Utc>, about: &[Change]) -> Result<(), Error> {
        let Authority::Person(me) = self else { return Ok(()) };
        let policy = db.policy(None)?;
        let (overlay, held) = (Overlay::new(db, &policy, &[]), db.assignments_of(me.id)?);
        let scales = Scales { db, now, me, after: &policy, overlay, held, changes: about, by_token: false, own_step: false };
        about.iter().try_for_each(|change| scales.untouchable(change).and_then(|()| scales.deed(change)))
    }

    /// Refuses who may do none of these deeds on the site at hand or, without one, anywhere. Without
    /// any deed it is the account owner's alone.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] and [`Refusal::Nobody`].
    pub(super) fn allow(
        &self,
        db: Reader<'_>,
        policy: &Policy,
        now: DateTime<Utc>,
        deeds: &[Deed],
        site: Option<SiteId>,
    ) -> Result<(), Error> {
        match self {
            Authority::Owner => Ok(()),
            Authority::Person(me) => {
                let (overlay, held) = (Overlay::new(db, policy, &[]), db.assignments_of(me.id)?);
                let scales = Scales { db, now, me, after: policy, overlay, held, changes: &[], by_token: false, own_step: false };
                scales.any_of(deeds, site)
            }
            Authority::Stranger(email) => Err(stranger(email)),
            Authority::Bearer { uid, .. } => Err(nobody(db, *uid)),
        }
    }

    /// Weighs what a command did, which is in the tables already.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], which names the rule and who could do it.
    pub(super) fn weigh(&self, db: Reader<'_>, now: DateTime<Utc>, command: &Command, plan: &Plan) -> Result<(), Error> {
        match (self, command) {
            (_, Command::Accept { token, email }) => {
                let offer = Accepted::find(db, token)?;
                self.may_answer(db, &offer, email.as_deref())?;
                match offer.sponsor {
                    Some(it) if is_account_owner(db, it.id)? => Ok(()),
                    Some(it) => weigh(db, now, &it, command, &plan.changes),
                    None => Err(Authority::only_owner(db, "whoever offered this is no longer here".to_owned())),
                }
            }
            (Authority::Owner, _) => Ok(()),
            (Authority::Person(me), _) if plan.n_bulk > 0 => {
                Err(Authority::only_owner(db, format!("{} may not take an import back", me.email)))
            }
            (Authority::Person(me), _) => weigh(db, now, me, command, &plan.changes),
            (Authority::Stranger(email), _) => Err(stranger(email)),
            (Authority::Bearer { uid, .. }, _) => Err(nobody(db, *uid)),
        }
    }

    /// Whether this actor may say yes under the address: whoever has the token may, but nobody says it for an owner.
    fn may_answer(&self, db: Reader<'_>, offer: &Accepted, under: Option<&str>) -> Result<(), Error> {
        let same = |one: &str, other: &str| text::email_key(one) == text::email_key(other);
        let under = under.unwrap_or(&offer.email);
        if let Authority::Bearer { uid, email } = self
            && !same(email, &offer.email)
        {
            return Err(nobody(db, *uid));
        }
        let Some(person) = db.person_by_email(under)? else { return Ok(()) };
        let is_them = match self {
            Authority::Owner => true,
            Authority::Person(me) => me.id == person.id,
            Authority::Stranger(_) | Authority::Bearer { .. } => false,
        };
        let owns = is_account_owner(db, person.id)? || (!same(under, &offer.email) && db.n_sites_owned_by(person.id)? > 0);
        if is_them || !owns {
            return Ok(());
        }
        let why = format!("{} is an owner: nobody else says yes in their name", person.email);
        Err(Refusal::NotAllowed { why, ask: "them to accept it as who they are".to_owned() }.into())
    }

    /// Refuses everybody but the account owner: a file of records may say anything.
    pub(super) fn take_in(&self, db: Reader<'_>) -> Result<(), Error> {
        match self {
            Authority::Owner => Ok(()),
            Authority::Person(me) => {
                Err(Authority::only_owner(db, format!("{} may not import: a file of records may say anything", me.email)))
            }
            Authority::Stranger(email) => Err(stranger(email)),
            Authority::Bearer { uid, .. } => Err(nobody(db, *uid)),
        }
    }

    fn only_owner(db: Reader<'_>, why: String) -> Error {
        match account_owner(db) {
            Ok(owner) => Refusal::NotAllowed { why, ask: owner }.into(),
            Err(error) => error.into(),
        }
    }
}

/// What a token accepts.
struct Accepted {
    /// To whom it was sent.
    email: String,
    /// Who answers for it: whoever sent it or, where it answers a request, recorded that the client said yes.
    sponsor: Option<Person>,
}

impl Accepted {
    fn find(db: Reader<'_>, token: &Token) -> Result<Accepted> {
        let hash = token.hash();
        let (email, sponsor) = match (db.invitation_by_token(hash)?, db.handover_by_token(hash)?) {
            (Some(it), _) => (it.email, it.invited_by),
            (None, Some(it)) => (it.email, it.asked_by),
            (None, None) => (String::new(), None),
        };
        Ok(Accepted { email, sponsor: sponsor.map(|id| db.find(id)).transpose()?.flatten() })
    }
}

/// Refuses a Unix user who is bound to no person.
fn nobody(db: Reader<'_>, uid: u32) -> Error {
    match bind::account_owner(db) {
        Ok(owner) => Refusal::Nobody { uid, owner: owner.map_or_else(String::new, |it| it.email) }.into(),
        Err(error) => error.into(),
    }
}

fn stranger(email: &str) -> Error {
    let why = format!("nobody in this workspace has the address `{}`, in whose name this would be done", text::display(email));
    Refusal::NotAllowed { why, ask: "the account owner to add them".to_owned() }.into()
}

fn is_account_owner(db: Reader<'_>, id: PersonId) -> Result<bool> {
    Ok(bind::account_owner(db)?.is_some_and(|it| it.id == id))
}

/// Weighs changes, which are in the tables already, in the name of somebody who is not the
/// account owner.
fn weigh(db: Reader<'_>, now: DateTime<Utc>, me: &Person, command: &Command, changes: &[Change]) -> Result<(), Error> {
    let after = db.policy(None)?;
    let inverse: Vec<Change> = changes.iter().rev().cloned().map(Change::inverse).collect();
    let overlay = Overlay::new(db, &after, &inverse);
    let held = overlay.assignments(me.id, db.assignments_of(me.id)?);
    let by_token = matches!(command, Command::Accept { .. });
    let scales = Scales { db, now, me, after: &after, overlay, held, changes, by_token, own_step: is_own_step(db, me, command)? };
    if scales.is_theirs(command, changes)? {
        return Ok(());
    }
    if !scales.leaves(command, changes) {
        for change in changes {
            scales.untouchable(change)?;
            scales.deed(change)?;
        }
    }
    scales.difference(changes, &inverse)
}

/// Whether the command takes back, or does again, what its actor did.
fn is_own_step(db: Reader<'_>, me: &Person, command: &Command) -> Result<bool> {
    let (Command::Undo(seq) | Command::Redo(seq)) = command else { return Ok(false) };
    Ok(db.entry(*seq)?.is_some_and(|it| text::email_key(&it.actor) == text::email_key(&me.email)))
}

/// The account owner, for a way out.
fn account_owner(db: Reader<'_>) -> Result<String> {
    Ok(bind::account_owner(db)?.map_or_else(|| "the account owner".to_owned(), |it| format!("{}, who owns the account", it.email)))
}

/// Where a deed must be allowed.
#[derive(Clone, Debug)]
enum Place {
    /// On this site.
    Site(SiteId),
    /// By a team-level role everywhere, of this platform.
    Platform(String),
    /// By a team-level role everywhere, of any platform.
    Account,
    /// By any live role, or as the owner of any site.
    Somewhere,
}

/// What one change takes: any of these deeds. None at all: it is the account owner's alone.
struct Need {
    words: String,
    ways: Vec<(Deed, Place)>,
}

impl Need {
    fn of(deed: Deed, place: Place) -> Need {
        Need { words: deed.words().to_owned(), ways: vec![(deed, place)] }
    }

    fn any(ways: [(Deed, Place); 2]) -> Need {
        Need { words: ways[0].0.words().to_owned(), ways: ways.into() }
    }

    fn owner(words: &str) -> Need {
        Need { words: words.to_owned(), ways: Vec::new() }
    }
}

/// The state before the command, which is laid over the tables, beside the state after it.
struct Scales<'a> {
    db: Reader<'a>,
    now: DateTime<Utc>,
    me: &'a Person,
    after: &'a Policy,
    overlay: Overlay<'a>,
    /// All that the actor held before.
    held: Vec<Assignment>,
    changes: &'a [Change],
    /// Whether somebody says yes with a token.
    by_token: bool,
    own_step: bool,
}

impl Scales<'_> {
    fn before(&self) -> &Policy {
        &self.overlay.policy
    }

    fn refuse<T>(&self, why: String) -> Result<T, Error> {
        Err(Refusal::NotAllowed { why, ask: account_owner(self.db)? }.into())
    }

    /// What follows from owning a site, or from having been asked, and from nothing else:
    /// reclaiming it, having offered it to whoever now accepts it, declining.
    fn is_theirs(&self, command: &Command, changes: &[Change]) -> Result<bool, Error> {
        match command {
            Command::Reclaim { .. } => {
                let mut sites = changes.iter().filter_map(|it| if let Change::Site(edit) = it { edit.before.as_ref() } else { None });
                Ok(sites.all(|it| it.owner == self.me.id))
            }
            Command::Accept { .. } => {
                let offered = changes.iter().find_map(|it| if let Change::Handover(edit) = it { edit.after.as_ref() } else { None });
                // The Partner role makes the agency pay, which is not a client's to say.
                let given = offered.filter(|it| it.kind == HandoverKind::Transfer);
                let site = given.map(|it| self.overlay.site(it.site)).transpose()?.and_then(|(_, before)| before);
                Ok(site.is_some_and(|it| it.owner == self.me.id))
            }
            Command::Decline(key) => {
                let asked = self.asked(*key)?;
                Ok(asked.is_some_and(|it| text::email_key(&it) == text::email_key(&self.me.email)))
            }
            _ => Ok(false),
        }
    }

    /// An invitation, whether it is there or went with these changes.
    fn invitation(&self, id: InvitationId) -> Result<Option<Invitation>> {
        let gone = self.changes.iter().find_map(|it| match it {
            Change::Invitation(Edit { before: Some(row), after: None }) if row.id == id => Some(row.clone()),
            _ => None,
        });
        Ok(self.db.find(id)?.or(gone))
    }

    /// The roles that wait in an invitation, and those that went with these changes.
    fn waiting(&self, id: InvitationId) -> Result<Vec<WaitingRole>> {
        let of = WaitsFor::Invitation(id);
        let gone = self.changes.iter().filter_map(|it| match it {
            Change::WaitingRole(Edit { before: Some(row), after: None }) if row.of == of => Some(row.clone()),
            _ => None,
        });
        Ok(self.db.waiting_roles(of)?.into_iter().chain(gone).collect())
    }

    /// Whether the person owns a site, before these changes or after them.
    fn owns_some(&self, id: PersonId) -> Result<bool> {
        let owned = |it: &Change| matches!(it, Change::Site(Edit { before: Some(site), .. }) if site.owner == id);
        Ok(self.db.n_sites_owned_by(id)? > 0 || self.changes.iter().any(owned))
    }

    /// To which address an offer was sent.
    fn asked(&self, key: OfferKey) -> Result<Option<String>> {
        Ok(match key {
            OfferKey::Invitation(id) => self.db.find::<Invitation>(InvitationId(id))?.map(|it| it.email),
            OfferKey::Handover(id) => self.db.find::<Handover>(HandoverId(id))?.map(|it| it.email),
            OfferKey::Request(id) => {
                let contact = self.db.find::<Request>(RequestId(id))?.map(|it| self.db.find::<Contact>(it.contact));
                contact.transpose()?.flatten().and_then(|it| it.email)
            }
        })
    }

    /// R12: one's own access is ended with no permission at all, by leaving.
    fn leaves(&self, command: &Command, changes: &[Change]) -> bool {
        let is_own = |it: &Change| matches!(it, Change::Assignment(Edit { before: Some(row), after: None }) if row.person == self.me.id);
        matches!(command, Command::Leave { .. }) && changes.iter().all(is_own)
    }

    /// What stays as it is, whatever the actor holds: owners, and what is the actor's own.
    fn untouchable(&self, change: &Change) -> Result<(), Error> {
        if let Change::Person(Edit { before: Some(old), after }) = change {
            self.person_untouchable(old, after.as_ref())?;
        }
        match change.touches() {
            Some(Touch::Assignment(edit)) if is_forgotten(edit) => {}
            Some(Touch::Assignment(edit)) => edit.before.iter().chain(&edit.after).try_for_each(|it| self.assignment_untouchable(it))?,
            Some(Touch::Site(Edit { before: Some(old), after })) => self.site_untouchable(old, after.as_ref())?,
            Some(Touch::Role(Edit { before: Some(role), .. })) => {
                let is_own = |it: &Assignment| it.role == role.id && it.until.is_none_or(|until| self.now < until);
                if self.held.iter().any(is_own) {
                    let who = &self.me.email;
                    return self.refuse(format!("{who} holds {} and may not change it: nobody changes their own role", role.name));
                }
            }
            Some(Touch::Site(_) | Touch::Role(_) | Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_)) | None => {}
        }
        match change.offers() {
            Some(Offering::Request(Edit { before: Some(old), after: Some(new) })) => self.yes_untouchable(old, new),
            Some(Offering::Handover(edit)) => self.handover_untouchable(edit),
            Some(Offering::Request(_) | Offering::Invitation(_)) | None => Ok(()),
        }
    }

    fn person_untouchable(&self, old: &Person, new: Option<&Person>) -> Result<(), Error> {
        let same_address = new.is_some_and(|new| text::email_key(&new.email) == text::email_key(&old.email));
        if old.id == self.me.id {
            return if same_address { Ok(()) } else { self.refuse(format!("{}: nobody changes their own address", self.me.email)) };
        }
        if old.id == self.before().owner || self.owns_some(old.id)? {
            return self.refuse(format!("{} may not change {}: an owner stays as they are", self.me.email, old.email));
        }
        // What comes to that address would be in the hands of that user.
        if !same_address && self.db.users()?.iter().any(|it| it.1 == old.id) {
            let why = format!("{} may not change the address of {}, who is a Unix user here", self.me.email, old.email);
            return self.refuse(why);
        }
        Ok(())
    }

    fn site_untouchable(&self, old: &Site, new: Option<&Site>) -> Result<(), Error> {
        let same_owner = new.is_some_and(|new| new.owner == old.owner);
        let pays = |it: &Site| it.host == Host::Agency && it.owner != self.before().owner;
        if new.is_some_and(pays) && !pays(old) {
            let way = format!("that takes a partnership: rolecall partner propose {}", old.key);
            return self.refuse(format!("{} may not make the agency carry {}: {way}", self.me.email, old.key));
        }
        if same_owner || old.owner == self.me.id {
            return Ok(());
        }
        self.refuse(format!("{} may not take {} from its owner", self.me.email, old.key))
    }

    /// The client's yes to a request, which whoever asked does not record.
    fn yes_untouchable(&self, old: &Request, new: &Request) -> Result<(), Error> {
        let is_yes = new.offer.answer == Answer::Accepted && old.offer.answer != Answer::Accepted;
        if !is_yes || old.asked_by != Some(self.me.id) {
            return Ok(());
        }
        let (who, n) = (&self.me.email, old.id.0);
        let why = format!("{who} asked for what request {n} would bring and may not record the client's yes to it");
        Err(Refusal::NotAllowed { why, ask: "whoever may invite there and did not ask".to_owned() }.into())
    }

    fn handover_untouchable(&self, edit: &Edit<Handover>) -> Result<(), Error> {
        let proposed = |it: &Handover| it.kind == HandoverKind::Partner && it.offer.answer == Answer::None;
        if edit.after.as_ref().is_some_and(proposed) {
            return self.refuse(format!("{} may not propose a partnership, which makes the agency pay", self.me.email));
        }
        if is_forgotten(edit) {
            return Ok(());
        }
        let site = edit.either().map(|it| self.overlay.site(it.site)).transpose()?.and_then(|(after, before)| before.or(after));
        match site.filter(|it| it.owner != self.me.id) {
            Some(site) => self.refuse(format!("{} may not offer {}, which is its owner's", self.me.email, site.key)),
            None => Ok(()),
        }
    }

    fn assignment_untouchable(&self, row: &Assignment) -> Result<(), Error> {
        if row.person == self.me.id {
            return self.refuse(format!("{}: nobody changes their own roles", self.me.email));
        }
        let site = if let Scope::Site(id) = row.scope { self.overlay.site(id)?.1 } else { None };
        let owns_site = |person: PersonId| site.as_ref().is_some_and(|it| it.owner == person);
        let is_account_owner = row.person == self.before().owner && !owns_site(self.me.id);
        if owns_site(row.person) || is_account_owner {
            let who = self.email(row.person)?;
            return self.refuse(format!("{} may not change the roles of {who}: an owner stays as they are", self.me.email));
        }
        Ok(())
    }

    /// Whether the actor holds a permission for what the change does.
    fn deed(&self, change: &Change) -> Result<(), Error> {
        for need in self.needs(change)? {
            let mut allowed = false;
            for (deed, place) in &need.ways {
                allowed = allowed || self.holds(*deed, place)?;
            }
            if !allowed {
                return self.lacking(&need);
            }
        }
        Ok(())
    }

    /// Whether the actor may do one of these deeds. Who owns the site may do some of them whatever they hold.
    fn any_of(&self, deeds: &[Deed], site: Option<SiteId>) -> Result<(), Error> {
        let owns = match site {
            Some(id) => self.db.find::<Site>(id)?.is_some_and(|it| it.owner == self.me.id),
            None => self.db.n_sites_owned_by(self.me.id)? > 0,
        };
        let place = |deed: Deed| match site {
            Some(id) if deed.is_on_a_site() => Place::Site(id),
            None if deed.is_on_a_site() => Place::Somewhere,
            Some(_) | None => Place::Account,
        };
        let ways: Vec<(Deed, Place)> = deeds.iter().map(|it| (*it, place(*it))).collect();
        for (deed, place) in &ways {
            if owns && deed.is_on_a_site() || self.holds(*deed, place)? {
                return Ok(());
            }
        }
        self.lacking(&Need { words: deeds.first().map_or("do this", |it| it.words()).to_owned(), ways })
    }

    /// The one list of what every change takes.
    fn needs(&self, change: &Change) -> Result<Vec<Need>, Error> {
        Ok(match change {
            Change::Setting(edit) if edit.either().is_some_and(|it| [settings::NAME, settings::PROFILE].contains(&it.name.as_str())) => {
                vec![Need::of(Deed::EditWorkspace, Place::Account)]
            }
            Change::Setting(_) | Change::Catalog(_) => vec![Need::owner("change the rules of the workspace")],
            Change::Person(Edit { before: Some(old), after }) if old.id != self.me.id => self.person_needs(old, after.is_none())?,
            Change::Person(_) => vec![anybodys()],
            Change::Contact(_) => vec![Need::of(Deed::ManageContacts, Place::Account)],
            Change::Folder(_) => vec![Need::of(Deed::ManageFolders, Place::Account)],
            Change::Site(edit) => site_needs(edit),
            Change::Role(edit) => {
                let platforms: BTreeSet<&String> = edit.before.iter().chain(&edit.after).map(|it| &it.platform).collect();
                platforms.into_iter().map(|it| Need::of(Deed::ManageRoles, Place::Platform(it.clone()))).collect()
            }
            Change::Assignment(edit) if is_forgotten(edit) => Vec::new(),
            Change::Assignment(Edit { before: Some(old), after: Some(new) })
                if (old.person, old.level, old.scope) == (new.person, new.level, new.scope) =>
            {
                vec![self.people_need(new, Deed::ChangeRoles, Deed::ChangeTeam)]
            }
            Change::Assignment(edit) => {
                let taken = edit.before.iter().map(|it| self.people_need(it, Deed::RemovePeople, Deed::RemoveTeam));
                taken.chain(edit.after.iter().map(|it| self.people_need(it, Deed::InvitePeople, Deed::InviteTeam))).collect()
            }
            Change::Request(edit) => {
                let site = edit.before.iter().chain(&edit.after).find_map(|it| it.site);
                let site = site.map(|id| Need::any([(Deed::ManageContacts, Place::Account), (Deed::InvitePeople, Place::Site(id))]));
                vec![site.unwrap_or_else(|| Need::of(Deed::ManageContacts, Place::Account))]
            }
            Change::Invitation(edit) if is_forgotten(edit) => Vec::new(),
            Change::Invitation(edit) => {
                let waiting = edit.either().map_or_else(|| Ok(Vec::new()), |it| self.waiting(it.id))?;
                let mut needs = Vec::new();
                for it in &waiting {
                    needs.extend(self.gift(it)?.iter().map(|it| self.people_need(it, Deed::InvitePeople, Deed::InviteTeam)));
                }
                if needs.is_empty() { vec![anybodys()] } else { needs }
            }
            Change::WaitingRole(edit) => {
                let mut needs = Vec::new();
                for it in edit.before.iter().chain(&edit.after) {
                    needs.extend(self.gift(it)?.iter().map(|it| self.people_need(it, Deed::InvitePeople, Deed::InviteTeam)));
                }
                needs
            }
            Change::Handover(edit) if is_forgotten(edit) => Vec::new(),
            Change::Handover(edit) => edit.either().map(|it| Need::of(Deed::TransferSites, Place::Site(it.site))).into_iter().collect(),
        })
    }

    /// What an invitation's role would give to somebody who holds nothing yet; a request gives nothing.
    fn gift(&self, waiting: &WaitingRole) -> Result<Option<Assignment>, Error> {
        let (WaitsFor::Invitation(id), Some(scope)) = (waiting.of, waiting.scope) else { return Ok(None) };
        let invitation = self.invitation(id)?;
        Ok(invitation.map(|it| to_nobody(waiting.role, it.level, scope, it.until)))
    }

    /// Somebody is edited by those who may change their roles, and removed by those who may take
    /// them, wherever they have any; who has none is a matter of the account.
    fn person_needs(&self, old: &Person, removed: bool) -> Result<Vec<Need>, Error> {
        let after = self.db.assignments_of(old.id)?;
        let mut held = self.overlay.assignments(old.id, after.clone());
        held.extend(after);
        let (on_site, in_team) = if removed { (Deed::RemovePeople, Deed::RemoveTeam) } else { (Deed::ChangeRoles, Deed::ChangeTeam) };
        if held.is_empty() {
            return Ok(if removed && self.own_step { Vec::new() } else { vec![Need::of(in_team, Place::Account)] });
        }
        Ok(held.iter().map(|it| self.people_need(it, on_site, in_team)).collect())
    }

    /// Collaborators are a matter of their site, members of the team one of the account.
    fn people_need(&self, row: &Assignment, on_site: Deed, in_team: Deed) -> Need {
        match (row.level, row.scope) {
            (Level::Site, Scope::Site(site)) => Need::of(on_site, Place::Site(site)),
            (Level::Site | Level::Team, Scope::Site(_) | Scope::Folder(_) | Scope::Everywhere) => {
                Need::of(in_team, Place::Platform(self.platform(row)))
            }
        }
    }

    fn platform(&self, row: &Assignment) -> String {
        let held = self.before().role(row.role).or_else(|| self.after.role(row.role));
        held.map_or_else(String::new, |it| it.role.platform.clone())
    }

    fn holds(&self, deed: Deed, place: &Place) -> Result<bool, Error> {
        let named = |catalog: &Catalog| catalog.authority.get(&deed).copied();
        Ok(match place {
            Place::Site(id) => {
                let Some(ground) = self.overlay.grounds(*id)?.1 else { return Ok(false) };
                match named(&ground.catalog) {
                    Some(permission) => ground.access(self.before(), self.me.id, &self.held, self.now).contains(permission),
                    None => deed.is_of_a_site() && ground.owner == self.me.id,
                }
            }
            Place::Platform(platform) => {
                let catalog = self.before().catalog(platform);
                catalog.is_some_and(|it| named(it).is_some_and(|permission| self.account(it, self.now).contains(permission)))
            }
            Place::Account => {
                let allows = |it: &Arc<Catalog>| named(it).is_some_and(|permission| self.account(it, self.now).contains(permission));
                self.before().catalogs().any(allows)
            }
            Place::Somewhere => {
                let allows = |it: &Assignment| {
                    let Some(role) = self.before().role(it.role) else { return false };
                    let Some(catalog) = self.before().catalog(&role.role.platform) else { return false };
                    let ceiling = self.before().ceiling_of(&catalog.platform).at(it.level);
                    named(catalog).is_some_and(|permission| (role.closed - catalog.cut(ceiling)).contains(permission))
                };
                let owns = deed.is_of_a_site() && self.db.n_sites_owned_by(self.me.id)? > 0;
                owns || self.held.iter().filter(|it| it.is_live(self.now)).any(allows)
            }
        })
    }

    /// What the actor holds of one platform at the level of the account: by team-level roles
    /// that are given everywhere.
    fn account(&self, catalog: &Catalog, at: DateTime<Utc>) -> PermSet {
        access::at_account(self.before(), catalog, self.me.id, &self.held, at)
    }

    fn lacking(&self, need: &Need) -> Result<(), Error> {
        let (who, what) = (&self.me.email, &need.words);
        let Some((deed, place)) = need.ways.first() else {
            return self.refuse(format!("{who} may not {what}"));
        };
        let ids = |catalogs: &mut dyn Iterator<Item = &Arc<Catalog>>| -> String {
            let names: BTreeSet<&str> = catalogs.filter_map(|it| it.authority.get(deed).map(|id| it.get(*id).id.as_str())).collect();
            names.into_iter().collect::<Vec<_>>().join(" or ")
        };
        match place {
            Place::Site(id) => {
                let (after, before) = self.overlay.site(*id)?;
                if let Some(site) = &before
                    && !self.db.knows(site)?
                {
                    return self.refuse(format!("{who} may not {what} on another site"));
                }
                let Some(site) = before.or(after) else { return self.refuse(format!("{who} may not {what}")) };
                let takes = match ids(&mut self.before().catalog(&site.platform).into_iter()) {
                    it if it.is_empty() => String::new(),
                    it => format!(": it takes {it} there"),
                };
                let why = format!("{who} may not {what} on {}{takes}", site.key);
                let ask = match self.email(site.owner)? {
                    owner if deed.is_of_a_site() && site.owner != self.before().owner => {
                        format!("{owner}, who owns the site, or {}", account_owner(self.db)?)
                    }
                    _ => account_owner(self.db)?,
                };
                Err(Refusal::NotAllowed { why, ask }.into())
            }
            Place::Platform(_) | Place::Account | Place::Somewhere => {
                let asked = |it: &&Arc<Catalog>| if let Place::Platform(only) = place { it.platform == *only } else { true };
                let everywhere = if matches!(place, Place::Somewhere) { "" } else { " in a team role that is given everywhere" };
                let takes = match ids(&mut self.before().catalogs().filter(asked)) {
                    it if it.is_empty() => String::new(),
                    it => format!(": it takes {it}{everywhere}"),
                };
                self.refuse(format!("{who} may not {what}{takes}"))
            }
        }
    }

    /// Whether nobody gains what the actor lacks, at any instant from now on.
    fn difference(&self, changes: &[Change], inverse: &[Change]) -> Result<(), Error> {
        let Some(pairs) = self.overlay.reach(inverse, &BUDGET)? else { return self.too_wide() };
        let mut holdings = Holdings::default();
        for (person, site) in pairs {
            let after = holdings.held(self.db, person, site)?;
            let before = self.overlay.assignments(person, after.clone());
            self.weigh_site(person, site, &before, &after)?;
        }
        changes.iter().try_for_each(|it| self.weigh_change(it))
    }

    fn too_wide(&self) -> Result<(), Error> {
        self.refuse(format!("{} may not change the access of more than {MOST} people and sites at once", self.me.email))
    }

    /// What a change gives besides: on sites that do not lie there yet, or to whom it is only offered.
    fn weigh_change(&self, change: &Change) -> Result<(), Error> {
        if let Change::Person(edit) = change {
            self.weigh_address(edit)?;
        }
        if let Change::WaitingRole(Edit { after: Some(it), .. }) = change {
            self.weigh_gift(it)?;
        }
        match change.touches() {
            Some(Touch::Role(Edit { before, after: Some(new) })) => self.weigh_role(before.as_ref(), new)?,
            Some(Touch::Assignment(edit)) if !is_forgotten(edit) => edit.before.iter().chain(&edit.after).try_for_each(|it| {
                let after = self.db.assignments_of(it.person)?;
                let before = self.overlay.assignments(it.person, after.clone());
                self.weigh_scope(it, &before, &after)
            })?,
            Some(Touch::Role(_) | Touch::Assignment(_) | Touch::Site(_) | Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_))
            | None => {}
        }
        match change.offers() {
            Some(Offering::Invitation(Edit { after: Some(it), .. })) if it.offer.answer == Answer::None => {
                self.waiting(it.id)?.iter().try_for_each(|it| self.weigh_gift(it))
            }
            Some(Offering::Handover(Edit { before: Some(old), after: Some(new) }))
                if old.keep != new.keep && new.stage(self.now) == Stage::Pending =>
            {
                let kept = new.keep.map(|role| to_nobody(role, Level::Site, Scope::Site(new.site), None));
                kept.iter().try_for_each(|it| self.weigh_given(it))
            }
            Some(Offering::Invitation(_) | Offering::Handover(_) | Offering::Request(_)) | None => Ok(()),
        }
    }

    /// What an address gives: all that waits there, and where it takes another's place all that the person holds.
    fn weigh_address(&self, edit: &Edit<Person>) -> Result<(), Error> {
        match (&edit.before, &edit.after) {
            (Some(old), Some(new)) if text::email_key(&old.email) != text::email_key(&new.email) => {
                self.nothing_waits_for(&new.email)?;
                // Another address may be somebody else: all that the person holds is given anew.
                let after = self.db.assignments_of(new.id)?;
                let Some(pairs) = self.overlay.reach_of(&after, &BUDGET)? else { return self.too_wide() };
                pairs.into_iter().try_for_each(|(person, site)| self.weigh_site(person, site, &[], &after))
            }
            (None, Some(new)) if !self.by_token => self.weigh_offers_to(&new.email),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    /// What waits for an answer under an address.
    fn offers_to(&self, email: &str) -> Result<(Vec<Invitation>, Vec<Handover>, Vec<Request>)> {
        let db = self.db;
        let (mut invitations, mut handovers) = (db.invitations_to(email, Open::Unanswered)?, db.handovers_to(email, Open::Unanswered)?);
        let mut requests = db.contact_by_email(email)?.map_or_else(|| Ok(Vec::new()), |it| db.requests_to(it.id))?;
        invitations.retain(|it| it.stage(self.now) == Stage::Pending);
        handovers.retain(|it| it.stage(self.now) == Stage::Pending);
        requests.retain(|it| it.stage(self.now) == Stage::Pending);
        Ok((invitations, handovers, requests))
    }

    /// R11: an address that is offered something is not taken over by renaming somebody.
    fn nothing_waits_for(&self, email: &str) -> Result<(), Error> {
        let (invitations, handovers, requests) = self.offers_to(email)?;
        if invitations.is_empty() && handovers.is_empty() && requests.is_empty() {
            return Ok(());
        }
        self.refuse(format!("{} may not give somebody the address {email}, which is offered something", self.me.email))
    }

    /// Whoever is added under an address stands where its answer will go: that is weighed as if it were given.
    fn weigh_offers_to(&self, email: &str) -> Result<(), Error> {
        let (invitations, handovers, _) = self.offers_to(email)?;
        for it in &invitations {
            self.waiting(it.id)?.iter().try_for_each(|it| self.weigh_gift(it))?;
        }
        for it in &handovers {
            if self.db.find::<Site>(it.site)?.is_some_and(|site| site.owner != self.me.id) {
                return self.refuse(format!("{} may not add {email}, to whom a site is offered", self.me.email));
            }
        }
        Ok(())
    }

    /// What is offered is weighed as if it were given.
    fn weigh_gift(&self, waiting: &WaitingRole) -> Result<(), Error> {
        self.gift(waiting)?.iter().try_for_each(|it| self.weigh_given(it))
    }

    fn weigh_given(&self, gift: &Assignment) -> Result<(), Error> {
        let given = std::slice::from_ref(gift);
        if let Scope::Site(site) = gift.scope {
            self.weigh_site(gift.person, site, &[], given)?;
        }
        self.weigh_scope(gift, &[], given)
    }

    fn weigh_site(&self, person: PersonId, site: SiteId, before: &[Assignment], after: &[Assignment]) -> Result<(), Error> {
        let (is, was) = self.overlay.grounds(site)?;
        let place = || {
            let row = self.db.find::<Site>(site)?;
            let known = row.as_ref().map_or(Ok(true), |it| self.db.knows(it))?;
            Ok(if known { format!("on {}", row.map_or_else(String::new, |it| it.key)) } else { "on another site".to_owned() })
        };
        self.weigh_one(person, (was.as_ref(), before), (is.as_ref(), after), &place)
    }

    /// A scope also covers what comes to lie in it, with whatever apps: a role is given there
    /// only by somebody who would hold as much on any such site.
    fn weigh_scope(&self, row: &Assignment, before: &[Assignment], after: &[Assignment]) -> Result<(), Error> {
        let weigh = |was: &Option<Site>, is: &Option<Site>, place: String| {
            let was = was.as_ref().and_then(|it| Ground::new(self.before(), it));
            let is = is.as_ref().and_then(|it| Ground::new(self.after, it));
            self.weigh_one(row.person, (was.as_ref(), before), (is.as_ref(), after), &|| Ok(place.clone()))
        };
        let catalog = self.after.catalog(&self.platform(row));
        let anywhere = |policy: &Policy, folder: Option<FolderId>| catalog.map(|it| any_site(policy, it, folder));
        let any_in =
            |folder: Option<FolderId>, place: String| weigh(&anywhere(self.before(), folder), &anywhere(self.after, folder), place);
        let folders =
            |within: Option<FolderId>| self.after.folders().filter(move |it| within.is_none_or(|top| self.after.lies_in(it.id, top)));
        match row.scope {
            Scope::Site(id) => {
                let (is, was) = self.overlay.site(id)?;
                let widest =
                    |policy: &Policy, site: Option<Site>| site.and_then(|it| Some(with_everything(policy.catalog(&it.platform)?, it)));
                let place = format!("on {}", is.as_ref().map_or_else(String::new, |it| it.key.clone()));
                weigh(&widest(self.before(), was), &widest(self.after, is), place)
            }
            Scope::Folder(top) => folders(Some(top)).try_for_each(|it| any_in(Some(it.id), format!("in the folder {}", it.key))),
            Scope::Everywhere => {
                any_in(None, "everywhere".to_owned())?;
                folders(None).try_for_each(|it| any_in(Some(it.id), format!("in the folder {}", it.key)))
            }
        }
    }

    /// A role grants no more than its author holds at the level of the account, also while
    /// nobody holds it: it may be given tomorrow, or stand in an invitation today.
    fn weigh_role(&self, before: Option<&Role>, after: &Role) -> Result<(), Error> {
        let Some(catalog) = self.after.catalog(&after.platform) else { return Ok(()) };
        let grants = |role: &Role| catalog.close(catalog.set_of(&role.permissions));
        let had = before.filter(|it| it.platform == after.platform).map_or(PermSet::EMPTY, grants);
        let gained = grants(after) - had - self.account(catalog, self.now);
        if gained.is_empty() {
            return Ok(());
        }
        let (who, role, what) = (&self.me.email, &after.name, first_of(catalog, gained));
        self.refuse(format!(
            "{role} would grant {what}, which {who} does not hold in a team role that is given everywhere: nobody grants what they do not hold"
        ))
    }

    /// Compares one person's access in one place before and after, at every instant from now on
    /// at which theirs or the actor's may differ. Apps that come are facts, which the actor may
    /// set or not: what the actor's own roles, or owning the site, make of them is nobody's gift.
    fn weigh_one(
        &self,
        person: PersonId,
        (was, before): (Option<&Ground>, &[Assignment]),
        (is, after): (Option<&Ground>, &[Assignment]),
        place: &dyn Fn() -> Result<String, Error>,
    ) -> Result<(), Error> {
        let Some(is) = is else { return Ok(()) };
        // Permissions of two catalogs cannot be compared: all of the new one's are gained.
        let was = was.filter(|it| it.catalog.platform == is.catalog.platform);
        let with_apps = was.map(|it| it.with_apps_of(is));
        let stays_owner = was.is_some_and(|was| [was.owner, is.owner] == [person; 2]);
        let near = |it: &&Assignment| is.nearness(it.scope).is_some() || was.is_some_and(|was| was.nearness(it.scope).is_some());
        let bounds = before.iter().chain(after).chain(&self.held).filter(near).flat_map(|it| [it.since, it.until]);
        let instants: BTreeSet<DateTime<Utc>> = bounds.flatten().filter(|at| self.now < *at).chain([self.now]).collect();
        for at in instants {
            let earlier = |ground: Option<&Ground>, person, held: &[Assignment]| {
                ground.map_or(PermSet::EMPTY, |it| it.access(self.before(), person, held, at))
            };
            let theirs = earlier(if stays_owner { with_apps.as_ref() } else { was }, person, before);
            let gained = is.access(self.after, person, after, at) - theirs - earlier(with_apps.as_ref(), self.me.id, &self.held);
            if gained.is_empty() {
                continue;
            }
            let (what, place) = (first_of(&is.catalog, gained), place()?);
            let when = if at > self.now { format!(" from {}", self.after.zone.exact(at)) } else { String::new() };
            let (me, them) = (&self.me.email, self.email(person)?);
            return self.refuse(if person == self.me.id {
                format!("{me} would gain {what} {place}{when}: nobody widens their own access")
            } else {
                format!("{them} would gain {what} {place}{when}, which {me} does not hold there then: nobody gives what they do not hold")
            });
        }
        Ok(())
    }

    /// The address of somebody, where the actor may know of them.
    fn email(&self, id: PersonId) -> Result<String> {
        Ok(match self.db.find::<Person>(id)? {
            None => "whoever is invited".to_owned(),
            Some(it) if self.db.knows(&it)? => it.email,
            Some(_) => "somebody".to_owned(),
        })
    }
}

/// What adding a person takes: to invite in the team, or anywhere.
fn anybodys() -> Need {
    Need::any([(Deed::InviteTeam, Place::Account), (Deed::InvitePeople, Place::Somewhere)])
}

/// A role as somebody would have it who holds nothing yet.
fn to_nobody(role: RoleId, level: Level, scope: Scope, until: Option<DateTime<Utc>>) -> Assignment {
    let (id, person) = (AssignmentId(0), PersonId(0));
    Assignment { id, person, role, level, scope, since: None, until, review_on: None, reason: None, granted_by: None }
}

/// What an edit of a site takes, by what it changes.
fn site_needs(edit: &Edit<Site>) -> Vec<Need> {
    let (old, new) = match (&edit.before, &edit.after) {
        (Some(old), Some(new)) => (old, new),
        (None, Some(new)) => return vec![Need::of(Deed::AddSites, Place::Platform(new.platform.clone()))],
        (Some(old), None) => return vec![Need::of(Deed::RemoveSites, Place::Site(old.id))],
        (None, None) => return Vec::new(),
    };
    let about = |it: &Site| (it.key.clone(), it.name.clone(), it.url.clone(), it.platform.clone(), it.status, it.editor.clone());
    let here = Place::Site(old.id);
    let needs = [
        (about(old) != about(new), Need::of(Deed::EditSites, here.clone())),
        (old.apps != new.apps, Need::of(Deed::ManageApps, here.clone())),
        ((old.owner, old.host) != (new.owner, new.host), Need::of(Deed::TransferSites, here)),
        (old.folder != new.folder, Need::of(Deed::ManageFolders, Place::Account)),
    ];
    needs.into_iter().filter_map(|(differs, need)| differs.then_some(need)).collect()
}

/// What keeps a note of somebody or something that may go.
trait Forgets: Clone + PartialEq {
    /// The same without that note.
    fn without(&self) -> Self;
}

impl Forgets for Assignment {
    fn without(&self) -> Assignment {
        Assignment { granted_by: None, ..self.clone() }
    }
}

impl Forgets for Invitation {
    fn without(&self) -> Invitation {
        Invitation { invited_by: None, accepted_by: None, request: None, ..self.clone() }
    }
}

impl Forgets for Handover {
    fn without(&self) -> Handover {
        Handover { asked_by: None, keep: None, keep_offered: None, ..self.clone() }
    }
}

/// Whether only such a note goes or comes back: that gives nothing.
fn is_forgotten<T: Forgets>(edit: &Edit<T>) -> bool {
    edit.before.as_ref().map(T::without) == edit.after.as_ref().map(T::without)
}

/// A sensitive permission of the set if there is one, and how many more there are.
fn first_of(catalog: &Catalog, set: PermSet) -> String {
    let all: Vec<&Permission> = set.iter().map(|id| catalog.get(id)).collect();
    let first = all.iter().find(|it| it.is_sensitive()).or_else(|| all.first()).map_or("", |it| it.id.as_str());
    if all.len() > 1 { format!("{first} and {} more", all.len() - 1) } else { first.to_owned() }
}

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

mod needs;
mod untouchable;
mod weigh;

pub(super) use needs::{Guarded, Need, Where};

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::refusal::{Error, Refusal};
use super::{Actor, Command, Hand, Plan, bind};
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::{InvitationId, PersonId, RoleId, SiteId};
use crate::domain::life::{Handover, Invitation, WaitingRole, WaitsFor};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Level, Person, Scope};
use crate::domain::token::Token;
use crate::domain::{access, text};
use crate::facts::Reader;
use crate::facts::overlay::Overlay;

/// In whose name a command runs, as the workspace knows them before it.
pub(super) enum Authority {
    /// The account owner may do everything.
    Owner,
    Person(Person),
    /// Nobody here has this address.
    Stranger(String),
    /// A Unix user who is nobody here says yes to a link under this address; that is all they may do.
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
                let offer = Answered::find(db, token)?;
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

    /// Whether this actor may say yes under the address: whoever has the token may, but nobody says it for an owner, and
    /// who is nobody here says it as whoever has that address.
    fn may_answer(&self, db: Reader<'_>, offer: &Answered, under: Option<&str>) -> Result<(), Error> {
        let same = |one: &str, other: &str| text::email_key(one) == text::email_key(other);
        let under = under.unwrap_or(&offer.email);
        if let Some(person) = db.person_by_email(under)? {
            let is_them = match self {
                Authority::Owner => true,
                Authority::Person(me) => me.id == person.id,
                Authority::Stranger(_) | Authority::Bearer { .. } => false,
            };
            let owns = is_account_owner(db, person.id)? || (!same(under, &offer.email) && db.n_sites_owned_by(person.id)? > 0);
            if owns && !is_them {
                let why = format!("{} is an owner: nobody else says yes in their name", person.email);
                return Err(Refusal::NotAllowed { why, ask: "them to accept it as who they are".to_owned() }.into());
            }
        }
        match self {
            Authority::Bearer { uid, email } if !same(email, under) => Err(nobody(db, *uid)),
            Authority::Owner | Authority::Person(_) | Authority::Stranger(_) | Authority::Bearer { .. } => Ok(()),
        }
    }

    /// Refuses everybody but the account owner to do this: a file of records may say anything.
    pub(super) fn take_in(&self, db: Reader<'_>, deed: &str) -> Result<(), Error> {
        match self {
            Authority::Owner => Ok(()),
            Authority::Person(me) => {
                Err(Authority::only_owner(db, format!("{} may not {deed}: a file of records may say anything", me.email)))
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
struct Answered {
    /// To whom it was sent.
    email: String,
    /// Who answers for it: whoever sent it or, where it answers a request, recorded that the client said yes.
    sponsor: Option<Person>,
}

impl Answered {
    fn find(db: Reader<'_>, token: &Token) -> Result<Answered> {
        let hash = token.hash();
        let (email, sponsor) = match (db.invitation_by_token(hash)?, db.handover_by_token(hash)?) {
            (Some(it), _) => (it.email, it.invited_by),
            (None, Some(it)) => (it.email, it.asked_by),
            (None, None) => (String::new(), None),
        };
        Ok(Answered { email, sponsor: sponsor.map(|id| db.find(id)).transpose()?.flatten() })
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

/// The state before the command, which is laid over the tables, beside the state after it.
pub(super) struct Scales<'a> {
    pub(super) db: Reader<'a>,
    now: DateTime<Utc>,
    pub(super) me: &'a Person,
    after: &'a Policy,
    pub(super) overlay: Overlay<'a>,
    /// All that the actor held before.
    held: Vec<Assignment>,
    changes: &'a [Change],
    /// Whether somebody says yes with a token.
    by_token: bool,
    pub(super) own_step: bool,
}

impl Scales<'_> {
    fn before(&self) -> &Policy {
        &self.overlay.policy
    }

    fn refuse<T>(&self, why: String) -> Result<T, Error> {
        Err(Refusal::NotAllowed { why, ask: account_owner(self.db)? }.into())
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
    pub(super) fn waiting(&self, id: InvitationId) -> Result<Vec<WaitingRole>> {
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

    /// What an invitation's role would give to somebody who holds nothing yet; a request gives nothing.
    pub(super) fn gift(&self, waiting: &WaitingRole) -> Result<Option<Assignment>, Error> {
        let (WaitsFor::Invitation(id), Some(scope)) = (waiting.of, waiting.scope) else { return Ok(None) };
        let invitation = self.invitation(id)?;
        Ok(invitation.map(|it| to_nobody(waiting.role, it.level, scope, it.until)))
    }

    fn platform(&self, row: &Assignment) -> String {
        let held = self.before().role(row.role).or_else(|| self.after.role(row.role));
        held.map_or_else(String::new, |it| it.role.platform.clone())
    }

    /// What the actor holds of one platform at the level of the account: by team-level roles
    /// that are given everywhere.
    fn account(&self, catalog: &Catalog, at: DateTime<Utc>) -> PermSet {
        access::at_account(self.before(), catalog, self.me.id, &self.held, at)
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

/// A role as somebody would have it who holds nothing yet.
fn to_nobody(role: RoleId, level: Level, scope: Scope, until: Option<DateTime<Utc>>) -> Assignment {
    Assignment { until, ..Assignment::plain(PersonId(0), role, level, scope) }
}

/// What keeps a note of somebody or something that may go.
pub(super) trait Forgets: Clone + PartialEq {
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
pub(super) fn is_forgotten<T: Forgets>(edit: &Edit<T>) -> bool {
    edit.before.as_ref().map(T::without) == edit.after.as_ref().map(T::without)
}

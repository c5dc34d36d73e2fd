//! What can be done: the only room that writes.
//!
//! Keys, command line, plan files and imports all speak [`Command`], which is plain data.
//! [`run`] plans it inside one transaction, applies the changes, journals them and commits,
//! or refuses and leaves nothing behind. [`preview`] does the same for any list of commands
//! and takes everything back. Both refuse what the actor may not do ([`authority`]), and there
//! is no third way to learn what a command would do.

mod about;
mod accepted;
mod answer;
mod assignment;
mod authority;
mod bind;
mod clock;
mod contact;
mod declare;
mod doubt;
mod fit;
mod folder;
mod foundation;
mod handover;
mod history;
pub mod import;
mod invite;
mod leave;
mod links;
mod mentions;
mod offers;
mod partnership;
mod person;
mod records;
pub mod refusal;
mod request;
mod review;
mod role;
mod scene;
mod secrets;
mod site;
mod words;
mod workspace;

pub use bind::{account_owner, user};
pub use clock::{Clock, Now, now};
pub use doubt::Doubt;
pub use invite::team_seats_taken;
pub use words::{change as describe, summary};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use history::{Verified, redo_target, replay_to, undo_range, undo_target, verify};
pub use refusal::{Error, Refusal};

use authority::Authority;
use scene::Scene;

use crate::domain::change::Change;
use crate::domain::deed::Deed;
use crate::domain::ids::SiteId;
use crate::domain::offer::Answer;
use crate::domain::policy::Policy;
use crate::domain::record::{
    CeilingRecord, HandoverRecord, InvitationRecord, Key, OfferKey, Record, RequestRecord, ScopeRecord, WorkspaceRecord,
};
use crate::domain::review::{Finish, ReviewRecord, Verdict, finish};
use crate::domain::ripple::Toggle;
use crate::domain::token::{Token, TokenHash};
use crate::facts::sight::{Eyes, Sight};
use crate::facts::{Reader, Store, Writer};
use crate::store::journal::{Body, Head, NewEntry};

/// One thing to do. Names are e-mails and keys, so that a command can be written by hand,
/// kept in a file and read years later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Sets up an empty workspace.
    Init(WorkspaceRecord),
    /// Switches the ceiling profile of every platform, or of those that are named.
    Ceiling(CeilingRecord),
    Add(Record),
    /// Refused if the thing is not as `before` any more.
    Edit {
        before: Record,
        after: Record,
    },
    Remove(Key),
    Toggle {
        role: String,
        permissions: Vec<String>,
        to: Switch,
    },
    Duplicate {
        role: String,
        name: String,
        key: Option<String>,
    },
    /// Asks somebody to join, on sites or in the team.
    Invite(InvitationRecord),
    /// Asks a client for access to a site.
    Ask(RequestRecord),
    /// Proposes that a site changes hands.
    HandOver(HandoverRecord),
    /// Sends it once more; refused if it was sent more often than `seen`.
    Resend {
        offer: OfferKey,
        seen: u32,
        /// Of the new link; a request has none.
        #[serde(default)]
        token: Option<TokenHash>,
    },
    /// Takes back what was sent.
    Cancel(OfferKey),
    /// Records that whom it was sent to said no.
    Decline(OfferKey),
    /// Whoever has the token says yes, under this address or the one it was sent to.
    Accept {
        token: Token,
        email: Option<String>,
    },
    /// Records that the client said yes to a request; an invitation follows.
    Approve {
        request: i64,
        site: String,
        /// None means those that were asked for.
        roles: Vec<String>,
        /// Whether more than was asked for is meant.
        wider: bool,
        #[serde(default)]
        token: TokenHash,
    },
    /// The client takes the site's plan back; the agency keeps this role or none.
    Reclaim {
        site: String,
        keep: Option<String>,
    },
    /// Somebody ends their own access: on a site, or (everywhere) in the team.
    Leave {
        person: String,
        from: ScopeRecord,
    },
    /// Takes all roles that somebody has on a site, or (everywhere) in the team.
    Expel {
        person: String,
        from: ScopeRecord,
    },
    /// Takes everything from somebody, everywhere; their sites go to another.
    Offboard {
        person: String,
        sites_to: Option<String>,
    },
    /// Removes a role and gives its holders another.
    Retire {
        role: String,
        replacement: String,
    },
    /// Freezes what people are to decide on, item by item.
    StartReview(ReviewRecord),
    /// Decides on items of a review or, without a verdict, takes back what was decided.
    Decide {
        review: String,
        items: Vec<u32>,
        verdict: Option<Verdict>,
        #[serde(default)]
        because: Option<String>,
    },
    /// The review is over; what was decided is carried out by other commands of the same step.
    FinishReview(#[serde(with = "finish")] Finish),
    /// Whoever runs the program as this Unix user acts as this person.
    Bind {
        person: String,
        uid: u32,
    },
    /// The Unix user is nobody any more.
    Unbind {
        uid: u32,
    },
    /// One record becomes the other, or comes, or goes: what a bundle may say and adding, editing and removing refuse.
    /// The account owner's alone.
    Declare {
        before: Option<Record>,
        after: Option<Record>,
    },
    /// All of them, as one step that is undone as one.
    Batch(Vec<Command>),
    /// Takes an entry of the journal back.
    Undo(i64),
    /// Takes an undo back.
    Redo(i64),
    /// What the journal says of a file of records that was taken in ([`import::run`]).
    Import {
        source: String,
        added: usize,
        changed: usize,
    },
}

impl Command {
    /// One command that does what all of these do.
    pub fn all(mut commands: Vec<Command>) -> Command {
        if commands.len() == 1 { commands.remove(0) } else { Command::Batch(commands) }
    }
}

impl Command {
    /// Whether it does nothing but take back or do again what was done.
    pub fn is_history(&self) -> bool {
        if let Command::Batch(steps) = self {
            return steps.iter().all(Command::is_history);
        }
        matches!(self, Command::Undo(_) | Command::Redo(_))
    }
}

/// [`Toggle`] as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    Grant,
    Revoke,
    Pin,
}

impl Command {
    /// The platform of what it brings.
    fn platform(&self) -> Option<&str> {
        match self {
            Command::Add(record) | Command::Edit { after: record, .. } | Command::Declare { after: Some(record), .. } => record.platform(),
            _ => None,
        }
    }
}

impl From<Switch> for Toggle {
    fn from(switch: Switch) -> Toggle {
        match switch {
            Switch::Grant => Toggle::On,
            Switch::Revoke => Toggle::Off,
            Switch::Pin => Toggle::Pin,
        }
    }
}

/// In whose name a command runs, and by whose hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub email: String,
    /// Who ran the program and where, in the journal's words.
    pub via: String,
    pub by: Hand,
}

/// Whose hand it is: asked inside the transaction of every command, of a preview too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// A Unix user, who is bound to the actor, or to the account owner, who may act for others.
    /// Whoever sets a workspace up is its owner from then on.
    User(u32),
    /// The caller's own, who is believed. No shell may say so.
    Caller,
}

impl Hand {
    pub fn uid(self) -> Option<u32> {
        match self {
            Hand::User(uid) => Some(uid),
            Hand::Caller => None,
        }
    }
}

/// What a command would do: the changes, and what the user should know about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub notes: Vec<Note>,
    /// Changes that were too many to list: a large import taken back.
    pub n_bulk: usize,
}

impl Plan {
    fn absorb(&mut self, other: Plan) {
        self.changes.extend(other.changes);
        self.notes.extend(other.notes);
        self.n_bulk += other.n_bulk;
    }
}

/// Something worth saying before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A permission of a role went on or off, with the reason.
    Ripple {
        role: String,
        permission: String,
        on: bool,
        cause: String,
    },
    /// What becomes of one thing among others, and whether that leaves it as it is.
    Item {
        what: String,
        becomes: String,
        stays: bool,
    },
    Remark(String),
}

impl Note {
    /// As one line.
    pub fn sentence(&self) -> String {
        match self {
            Note::Ripple { permission, on, cause, .. } => format!("{} {permission}: {cause}", if *on { '+' } else { '-' }),
            Note::Item { what, becomes, .. } => format!("{what}: {becomes}"),
            Note::Remark(sentence) => sentence.clone(),
        }
    }
}

/// What a command did.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The journal's head afterwards; `None` where there was nothing to do.
    pub head: Option<Head>,
    pub summary: String,
    pub notes: Vec<Note>,
    /// Those of a large import taken back are not listed.
    pub changes: Vec<Change>,
    pub n_changes: usize,
}

/// A new secret for a link, from the system's source of randomness.
///
/// # Errors
/// That the system has none to give.
pub fn fresh_token() -> anyhow::Result<Token> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).context("asking the system for random bits")?;
    Ok(Token::new(bits))
}

/// Runs the command: plans it on the present state, applies, journals, commits.
///
/// # Errors
/// A [`Refusal`], after which nothing has changed; or that the file could not be written.
pub fn run(store: &mut Store, actor: &Actor, clock: impl Into<Clock>, command: &Command) -> Result<Receipt, Error> {
    let clock = clock.into();
    store.write(|writer| carry_out(writer, actor, clock, command))
}

/// The same where this is the journal's newest entry still.
///
/// # Errors
/// As [`run`]; [`Refusal::Stale`] where somebody was quicker.
pub fn run_on(store: &mut Store, actor: &Actor, clock: impl Into<Clock>, head: Head, command: &Command) -> Result<Receipt, Error> {
    let clock = clock.into();
    store.write(|writer| {
        if writer.reader().head()? != Some(head) {
            return Err(Refusal::Stale { what: "the workspace".to_owned() }.into());
        }
        carry_out(writer, actor, clock, command)
    })
}

fn carry_out(writer: &Writer<'_>, actor: &Actor, clock: Clock, command: &Command) -> Result<Receipt, Error> {
    let clock = clock.by_now();
    let (now, late) = clock.read(writer.reader())?;
    let mut plan = if let Command::Init(record) = command {
        foundation::init(writer, record, actor.by.uid())?
    } else {
        permitted(writer, actor, clock, now, std::slice::from_ref(command))?
    };
    let summary = words::summary(writer.reader(), command)?;
    plan.notes.extend(late.map(Note::Remark));
    let n_changes = plan.changes.len() + plan.n_bulk;
    if n_changes == 0 {
        return Ok(Receipt { head: None, summary, notes: plan.notes, changes: Vec::new(), n_changes });
    }
    let json = serde_json::to_string(command).context("writing the journal")?;
    let entry = NewEntry { at: now.at, actor: &actor.email, via: &actor.via, command: &json, summary: &summary };
    let undone = if let Command::Undo(seq) | Command::Redo(seq) = command { Some(*seq) } else { None };
    let body = match undone {
        Some(seq) if plan.n_bulk > 0 => Body::InverseOf(seq),
        Some(seq) => Body::Undoing(seq, &plan.changes),
        None => Body::Changes(&plan.changes),
    };
    let head = writer.append(&entry, body)?;
    Ok(Receipt { head: Some(head), summary, notes: plan.notes, changes: plan.changes, n_changes })
}

/// Whether the actor may do one of these deeds on the site at hand or, without one, anywhere: asked before something
/// is filled in for it. Whether they may do what is filled in is weighed when it is done.
///
/// # Errors
/// The refusal, or that the file could not be read.
pub fn may(store: &Store, policy: &Policy, actor: &Actor, now: DateTime<Utc>, deeds: &[Deed], site: Option<SiteId>) -> Result<(), Error> {
    let db = store.reader();
    Authority::of(db, actor)?.allow(db, policy, now, deeds, site)
}

/// What a list of commands would change, one on top of the other: run, and taken back.
///
/// # Errors
/// The first refusal, or that the file could not be read.
pub fn preview(store: &mut Store, actor: &Actor, clock: impl Into<Clock>, commands: &[Command]) -> Result<Plan, Error> {
    rehearsed(store, actor, clock.into(), commands, |plan, _| Ok(plan))
}

/// The same, with what is asked of the workspace as it would be.
///
/// # Errors
/// As [`preview`], or of the question.
pub fn rehearsed<T>(
    store: &mut Store,
    actor: &Actor,
    clock: Clock,
    commands: &[Command],
    ask: impl FnOnce(Plan, Reader<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    store.rehearse(|writer| {
        let plan = permitted(writer, actor, clock, clock.read(writer.reader())?.0, commands)?;
        ask(plan, writer.reader())
    })
}

/// Which of the steps of one entry are refused, and why: each is tried on top of those before it that are not,
/// and all are taken back. A refusal that `ends` it is the last one.
///
/// # Errors
/// That the file could not be read.
pub fn sift(
    store: &mut Store,
    actor: &Actor,
    clock: impl Into<Clock>,
    steps: &[&Command],
    ends: fn(&Refusal) -> bool,
) -> Result<Vec<(usize, Refusal)>, Error> {
    tried(store, actor, clock.into(), |try_out| {
        let mut refused = Vec::new();
        for (n, step) in steps.iter().enumerate() {
            if let Some(refusal) = try_out(step)? {
                let is_last = ends(&refusal);
                refused.push((n, refusal));
                if is_last {
                    break;
                }
            }
        }
        Ok(refused)
    })
}

/// Each of these in the first of its ways that no rule is against, one on top of the other, up to the first that can be done in
/// none of them, and why not; all are taken back.
///
/// # Errors
/// That the file could not be read.
pub fn feasible(
    store: &mut Store,
    actor: &Actor,
    clock: impl Into<Clock>,
    steps: &mut dyn Iterator<Item = Vec<Command>>,
) -> Result<(Vec<Command>, Option<Refusal>), Error> {
    tried(store, actor, clock.into(), |try_out| {
        let mut found = Vec::new();
        for ways in steps {
            let mut why_not: Option<Refusal> = None;
            for way in ways {
                match try_out(&way)? {
                    None => {
                        found.push(way);
                        why_not = None;
                        break;
                    }
                    // Why the plainest cannot be is what matters to whoever may not do the others at all.
                    Some(Refusal::NotAllowed { .. }) if why_not.is_some() => {}
                    Some(refusal) => why_not = Some(refusal),
                }
            }
            if why_not.is_some() {
                return Ok((found, why_not));
            }
        }
        Ok((found, None))
    })
}

/// Tries commands on top of those before them: what is refused leaves nothing behind, and at the end nothing does.
fn tried<T>(
    store: &mut Store,
    actor: &Actor,
    clock: Clock,
    each: impl FnOnce(&mut dyn FnMut(&Command) -> Result<Option<Refusal>, Error>) -> Result<T, Error>,
) -> Result<T, Error> {
    store.rehearse(|writer| {
        let (now, _) = clock.read(writer.reader())?;
        let db = writer.reader();
        let authority = Authority::of(db, actor)?;
        let eyes = eyes(&authority, db, now.at)?;
        let doer = Doer { actor, authority: &authority, eyes: eyes.as_ref().or(db.eyes()), now: now.at };
        each(&mut |step| match writer.or_nothing(|| rehearse(writer, &doer, std::slice::from_ref(step))) {
            Ok(_) => Ok(None),
            Err(Error::Refused(refusal)) => Ok(Some(refusal)),
            Err(broken @ Error::Broken(_)) => Err(broken),
        })
    })
}

/// [`rehearse`] in the name of the actor, as the workspace knows them before it (R11).
fn permitted(writer: &Writer<'_>, actor: &Actor, clock: Clock, now: Now, commands: &[Command]) -> Result<Plan, Error> {
    let db = writer.reader();
    let authority = Authority::of(db, actor)?;
    let eyes = eyes(&authority, db, now.at)?;
    let doer = Doer { actor, authority: &authority, eyes: eyes.as_ref().or(db.eyes()), now: now.at };
    let plan = rehearse(writer, &doer, commands)?;
    clock.check(now, commands, &plan.changes)?;
    Ok(plan)
}

/// The eyes of a person who does something; a store of another instant has its own.
fn eyes(authority: &Authority, db: Reader<'_>, now: DateTime<Utc>) -> Result<Option<Eyes>, Error> {
    Ok(match authority {
        Authority::Person(me) if db.eyes().is_none() => Some(Eyes::new(Sight::of(db, &me.email, now)?, None)),
        Authority::Person(_) | Authority::Owner | Authority::Stranger(_) | Authority::Bearer { .. } => None,
    })
}

/// Who does it, when, and what they may know of.
struct Doer<'a> {
    actor: &'a Actor,
    authority: &'a Authority,
    eyes: Option<&'a Eyes>,
    now: DateTime<Utc>,
}

impl Doer<'_> {
    /// Who does not see everything is told first what they may not do, by the workspace as it is now.
    fn begin(&self, db: Reader<'_>, command: &Command) -> Result<(), Error> {
        let Some(own) = db.own() else { return Ok(()) };
        let db = db.present();
        let policy = db.policy(None)?;
        let scene = Scene { db, policy: &policy, actor: self.actor, now: own.now };
        self.authority.begin(db, own.now, &about::about(scene, command)?)
    }
}

/// Plans and applies each command in turn, inside the writer's transaction, and refuses what
/// the actor may not do.
fn rehearse(writer: &Writer<'_>, doer: &Doer<'_>, commands: &[Command]) -> Result<Plan, Error> {
    let mut whole = Plan::default();
    for command in commands {
        whole.absorb(step(writer, doer, command)?);
    }
    Ok(whole)
}

/// One command: what it changes is in the tables afterwards, and the actor may do it.
fn step(writer: &Writer<'_>, doer: &Doer<'_>, command: &Command) -> Result<Plan, Error> {
    let Doer { actor, authority, eyes, now } = *doer;
    let db = eyes.map_or(writer.reader(), |it| writer.reader().through(it));
    if !matches!(command, Command::Batch(_)) {
        authority.admit(db, command)?;
    }
    doer.begin(db, command)?;
    let opened = command.platform().map_or_else(|| Ok(Vec::new()), |it| foundation::opened(writer.reader(), it))?;
    opened.iter().try_for_each(|change| writer.apply(change))?;
    let policy = db.policy(None)?;
    let scene = Scene { db, policy: &policy, actor, now };
    let weighed = |plan: Plan| authority.weigh(db, now, command, &plan).map(|()| plan);
    let planned = match command {
        Command::Batch(steps) => {
            steps.iter().try_for_each(|it| history::fits_a_batch(db, it))?;
            return rehearse(writer, doer, steps);
        }
        Command::Undo(seq) => return weighed(history::take_back(writer, db, *seq)?),
        Command::Redo(seq) => {
            history::undone(db, *seq)?;
            return weighed(history::take_back(writer, db, *seq)?);
        }
        Command::Import { .. } => {
            let sentence = "an import takes its records from a file: rolecall import bundle FILE";
            Err(Refusal::Invalid(sentence.to_owned()).into())
        }
        Command::Init(_) => Err(Refusal::AlreadySetUp.into()),
        Command::Ceiling(ceiling) => workspace::ceiling(scene, ceiling),
        Command::Add(record) => records::add(scene, record),
        Command::Edit { before, after } => records::edit(scene, before, after),
        Command::Remove(key) => records::remove(scene, key),
        Command::Toggle { role, permissions, to } => role::toggle(scene, role, permissions, *to),
        Command::Duplicate { role, name, key } => role::duplicate(scene, role, name, key.as_deref()),
        Command::Invite(record) => invite::invite(scene, record),
        Command::Ask(record) => request::ask(scene, record),
        Command::HandOver(record) => handover::propose(scene, record),
        Command::Resend { offer, seen, token } => answer::resend(scene, *offer, *seen, *token),
        Command::Cancel(offer) => offers::close(scene, *offer, Answer::Cancelled),
        Command::Decline(offer) => offers::close(scene, *offer, Answer::Declined),
        Command::Accept { token, email } => answer::accept(scene, token, email.as_deref()),
        Command::Approve { request, site, roles, wider, token } => request::approve(scene, *request, site, roles, *wider, *token),
        Command::Reclaim { site, keep } => partnership::reclaim(scene, site, keep.as_deref()),
        Command::Leave { person, from } => leave::leave(scene, person, from),
        Command::Expel { person, from } => leave::expel(scene, person, from),
        Command::Offboard { person, sites_to } => leave::offboard(scene, person, sites_to.as_deref()),
        Command::Retire { role, replacement } => leave::retire(scene, role, replacement),
        Command::StartReview(record) => review::start(scene, record),
        Command::Decide { review, items, verdict, because } => review::decide(scene, review, items, verdict.as_ref(), because.as_deref()),
        Command::FinishReview(it) => review::finish(scene, it),
        Command::Bind { person, uid } => bind::bind(scene, person, *uid),
        Command::Unbind { uid } => bind::unbind(scene, *uid),
        Command::Declare { before, after } => {
            authority.take_in(db, "declare what is so")?;
            declare::declare(scene, before.as_ref(), after.as_ref())
        }
    };
    let plan = planned?;
    plan.changes.iter().try_for_each(|change| writer.apply(change))?;
    let mut plan = weighed(plan)?;
    plan.changes.splice(0..0, opened);
    Ok(plan)
}

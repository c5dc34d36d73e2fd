//! Every "no", with its sentence and the way out.

use std::fmt;

use super::doubt::Doubt;
use crate::domain::suggest::{Ambiguous, Unknown};
use crate::domain::text::{display, shell};
use crate::facts::Reader;
use crate::facts::sight::Subject;
use crate::store::{self, table::Moved};

/// The user's to mend, or the disk's and ours.
#[derive(Debug)]
pub enum Error {
    Refused(Refusal),
    Broken(anyhow::Error),
}

/// A rule said no. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// R13.
    Unknown(Unknown),
    /// A name that several have.
    Ambiguous(Ambiguous),
    /// A role that the person does not have in that place.
    NotHeld {
        who: String,
        role: String,
        place: String,
        /// Empty, or where they have it.
        hint: String,
    },
    /// The words of the command are off.
    Invalid(String),
    AlreadySetUp,
    Exists {
        kind: &'static str,
        name: String,
    },
    /// The person has all of these roles there.
    Held {
        who: String,
        roles: String,
    },
    /// Something still refers to it.
    InUse {
        what: String,
        by: String,
        way_out: String,
    },
    BuiltIn {
        role: String,
    },
    /// R9: ownership is not a role that is given, edited or taken.
    Owner(String),
    /// The role cannot be given by hand, at this level, in this scope or on this platform.
    Misfit(String),
    Deprecated {
        role: String,
    },
    FolderCycle {
        folder: String,
    },
    /// What the caller saw is not what is there.
    Stale {
        what: String,
    },
    /// An undo whose rows have changed since.
    MovedOn {
        seq: i64,
        why: String,
    },
    NothingTo(&'static str),
    /// An invitation, request or hand-over that is closed, or a token that fits none.
    Over(String),
    /// There is no seat left.
    Full(String),
    /// R12: a role forbids it.
    Stays(String),
    /// R5: it depends on the hour, and nobody knows what that is.
    Doubt(Doubt),
    /// R11: the Unix user is bound to no person.
    Nobody {
        uid: u32,
        /// Who can bind them.
        owner: String,
    },
    /// R11: only the account owner acts for others.
    ForOthers(String),
    /// R11: what the actor does not see, and what it would take.
    Hidden {
        who: String,
        why: String,
    },
    /// R11: the actor may not, and who could.
    NotAllowed {
        why: String,
        ask: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unknown(unknown) => unknown.fmt(f),
            Refusal::Ambiguous(ambiguous) => ambiguous.fmt(f),
            Refusal::NotHeld { who, role, place, hint } => write!(f, "{who} does not hold {role} {place}{hint}"),
            Refusal::Held { who, roles } => write!(f, "{who} has {roles} there already"),
            Refusal::Invalid(sentence)
            | Refusal::Owner(sentence)
            | Refusal::Misfit(sentence)
            | Refusal::Over(sentence)
            | Refusal::Full(sentence)
            | Refusal::Stays(sentence)
            | Refusal::ForOthers(sentence) => f.write_str(sentence),
            Refusal::AlreadySetUp => f.write_str("this file already holds a workspace; name another one with --db"),
            Refusal::Exists { kind, name } => write!(f, "there is already a {kind} {name}"),
            Refusal::InUse { what, by, way_out } => write!(f, "{what} cannot be removed: {by}; {way_out}"),
            Refusal::BuiltIn { role } => {
                write!(f, "{role} is built in and cannot be edited; duplicate it first: rolecall role duplicate {} NAME", shell(role))
            }
            Refusal::Deprecated { role } => write!(f, "{role} is deprecated and not given to anybody new; its holders keep it"),
            Refusal::FolderCycle { folder } => write!(f, "the folder {folder} cannot be moved into itself"),
            Refusal::Stale { what } => write!(f, "{what} was changed by somebody else meanwhile; nothing was saved, look again"),
            Refusal::MovedOn { seq, why } => write!(f, "entry {seq} cannot be taken back: {why}"),
            Refusal::NothingTo(verb) => write!(f, "there is nothing to {verb}"),
            Refusal::Doubt(doubt) => write!(f, "{doubt}; this depends on the hour: set the clock right, or add --clock-is-right if it is"),
            Refusal::Nobody { uid, owner } => write!(
                f,
                "uid {uid} is nobody in this workspace and may only ask; {owner}, who owns the account, can say who it is: rolecall person bind EMAIL --uid {uid}"
            ),
            Refusal::Hidden { who, why } => write!(f, "{who} does not see that: {why}"),
            Refusal::NotAllowed { why, ask } => write!(f, "{why}; ask {ask}"),
        }
    }
}

impl Refusal {
    /// Whether the words were wrong, rather than a rule against the deed.
    pub fn is_usage(&self) -> bool {
        matches!(self, Refusal::Unknown(_) | Refusal::Ambiguous(_) | Refusal::NotHeld { .. } | Refusal::Invalid(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => refusal.fmt(f),
            Error::Broken(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(refusal)
    }
}

/// An unknown name, a row that moved, a rule of the schema that a commit met: these are
/// refusals, not breakages.
impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Error {
        if let Some(unknown) = error.downcast_ref::<Unknown>() {
            return Refusal::Unknown(unknown.clone()).into();
        }
        if let Some(ambiguous) = error.downcast_ref::<Ambiguous>() {
            return Refusal::Ambiguous(ambiguous.clone()).into();
        }
        if let Some(moved) = error.downcast_ref::<Moved>() {
            return Refusal::Stale { what: format!("the {}", moved.noun) }.into();
        }
        if store::is_constraint(&error) {
            return Refusal::Invalid(format!("this would leave something that refers to nothing, or two of the same: {error:#}")).into();
        }
        Error::Broken(error)
    }
}

/// Refuses a field that its rule refuses.
pub(super) fn valid<T>(checked: Result<T, String>) -> Result<T, Error> {
    checked.map_err(|sentence| Refusal::Invalid(sentence).into())
}

/// Refuses to take away what something refers to.
pub(super) fn in_use(what: &str, by: String, way_out: String) -> Error {
    Refusal::InUse { what: what.to_owned(), by, way_out }.into()
}

/// Refuses what is taken: by the name of what has it, or without a word of that to whoever may not know of it.
pub(super) fn free<T: Subject>(
    db: Reader<'_>,
    (kind, what, given): (&'static str, &str, &str),
    taken: Option<T>,
    name: impl FnOnce(&T) -> String,
) -> Result<(), Error> {
    let Some(taken) = taken else { return Ok(()) };
    if db.knows(&taken)? {
        return Err(Refusal::Exists { kind, name: name(&taken) }.into());
    }
    Err(Refusal::Invalid(format!("the {what} `{}` cannot be used here; choose another", display(given))).into())
}

pub(super) fn unknown(kind: &'static str, text: &str, hint: String) -> Error {
    Refusal::Unknown(Unknown { kind, text: text.to_owned(), hint }).into()
}

/// Refuses where what the caller saw is not what is there.
pub(super) fn expect<T: PartialEq>(seen: &T, now: &T, what: impl FnOnce() -> String) -> Result<(), Error> {
    if seen == now { Ok(()) } else { Err(Refusal::Stale { what: what() }.into()) }
}

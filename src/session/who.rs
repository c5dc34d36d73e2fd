//! In whose name: the person that a Unix user is, or somebody for whom the account owner acts.

use anyhow::Result;

use crate::command::{self, Actor, Error, Hand, Refusal};
use crate::domain::ids::PersonId;
use crate::domain::text::email_key;
use crate::facts::Reader;

/// The Unix user who runs the program.
pub struct User {
    pub uid: u32,
    /// Who that is and where, in the journal's words.
    pub via: String,
}

/// In whose name a session goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub actor: Actor,
    /// Their number, whatever their address; a user who is bound to nobody just reads.
    pub person: Option<PersonId>,
}

impl Who {
    /// The user, or whom they name.
    ///
    /// # Errors
    /// That they may not act for whom they name.
    pub fn of(db: Reader<'_>, user: User, named: Option<&str>) -> Result<Who, Error> {
        let me = command::user(db, user.uid)?;
        let (email, person) = me.map_or_else(|| (user.via.clone(), None), |it| (it.email, Some(it.id)));
        let own = Who { actor: Actor { email, via: user.via, by: Hand::User(user.uid) }, person };
        match named {
            Some(named) if own.person.is_none() || email_key(named) != email_key(&own.actor.email) => own.acting_for(db, named),
            Some(_) | None => Ok(own),
        }
    }

    /// The rule of who may act for others: the account owner.
    ///
    /// # Errors
    /// [`Refusal::ForOthers`], or that nobody is called so.
    pub fn acting_for(&self, db: Reader<'_>, named: &str) -> Result<Who, Error> {
        let Actor { email, via, by } = &self.actor;
        let owner = command::account_owner(db)?.map(|it| it.id);
        if self.person.is_some() && self.person == owner {
            let person = db.the_person(named)?;
            return Ok(Who { actor: Actor { email: person.email, via: format!("{via}, {email}"), by: *by }, person: Some(person.id) });
        }
        Err(Refusal::ForOthers(match self.person {
            Some(_) => format!("{email} may not act for others; only the account owner may"),
            None => format!("{} is nobody in this workspace and may not act for others", self.user()),
        })
        .into())
    }

    /// Who can change something.
    ///
    /// # Errors
    /// [`Refusal::Nobody`]
    pub fn somebody(&self, db: Reader<'_>) -> Result<&Actor, Error> {
        match (self.person, self.actor.by.uid()) {
            (None, Some(uid)) => {
                let owner = command::account_owner(db)?.map_or_else(String::new, |it| it.email);
                Err(Refusal::Nobody { uid, owner }.into())
            }
            (Some(_), _) | (None, None) => Ok(&self.actor),
        }
    }

    fn user(&self) -> String {
        self.actor.by.uid().map_or_else(|| self.actor.email.clone(), |uid| format!("uid {uid}"))
    }
}

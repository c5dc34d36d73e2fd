//! The history of one person, site or contact, in one list.

use anyhow::Result;

use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::cli::shown::Shown;
use crate::query::timeline::{self, Moment, Until};
use crate::store::Reader;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// PERSON or CONTACT by e-mail, SITE by key or URL, CONTACT by name
    who: String,
    /// At most this many moments
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        // Also of an earlier instant: a replay has no journal.
        let (zone, moments) = start.journal()?.snapshot(|db| Ok((db.zone()?, self.moments(db, start.until(db)?)?)))?;
        let mut rows = out.rows(Moment::FIELDS.iter().copied());
        moments.iter().try_for_each(|it| rows.add(it.cells(zone), it))?;
        rows.end()?;
        Ok(YES)
    }

    /// An address is a contact's with all that its person did, else a person's; another word is a site's, else a contact's.
    fn moments(&self, db: Reader<'_>, until: Until) -> Result<Vec<Moment>> {
        let policy = db.policy(None)?;
        if self.who.contains('@') {
            return match db.contact_by_email(&self.who)? {
                Some(it) => timeline::of_contact(db, &policy, until, &it, self.limit),
                None => timeline::of_person(db, &policy, until, &db.the_person(&self.who)?, self.limit),
            };
        }
        match db.the_site(&self.who) {
            Ok(it) => timeline::of_site(db, &policy, until, &it, self.limit),
            Err(unknown) => match db.the_contact(&self.who) {
                Ok(it) => timeline::of_contact(db, &policy, until, &it, self.limit),
                Err(_) => Err(unknown),
            },
        }
    }
}

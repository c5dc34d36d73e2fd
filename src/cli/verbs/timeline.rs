//! The history of one person, site or contact, in one list.

use anyhow::Result;

use super::list;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::facts::Reader;
use crate::query::timeline::{self, Moment, Until};

/// Moments that are shown where no other limit is set.
const USUAL: usize = 50;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// PERSON or CONTACT by e-mail, SITE by key or URL, CONTACT by name
    who: String,
    #[command(flatten)]
    options: list::Options,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        // Also of an earlier instant: a replay has no journal.
        let (zone, moments) = start.journal()?.snapshot(|db| Ok((db.zone()?, self.moments(db, start.until(db)?)?)))?;
        self.options.at_most(USUAL).print_all(out, zone, moments)
    }

    /// An address is a contact's with all that its person did, else a person's; another word is a site's, else a contact's.
    fn moments(&self, db: Reader<'_>, until: Until) -> Result<Vec<Moment>> {
        let (policy, who, limit) = (db.policy(None)?, &self.who, self.options.reach(USUAL));
        if who.contains('@') {
            return match db.contact_by_email(who)? {
                Some(it) => timeline::of_contact(db, &policy, until, &it, limit),
                None => timeline::of_person(db, &policy, until, &db.the_person(who)?, limit),
            };
        }
        let unknown = match db.the_site(who) {
            Ok(it) => return timeline::of_site(db, &policy, until, &it, limit),
            Err(unknown) => unknown,
        };
        db.the_contact(who).map_or(Err(unknown), |it| timeline::of_contact(db, &policy, until, &it, limit))
    }
}

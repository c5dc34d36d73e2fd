//! The history of one person, site or contact, in one list.

use anyhow::Result;

use super::list;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::text;
use crate::facts::Reader;
use crate::query::records;
use crate::query::timeline::{Moment, Until};

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

    fn moments(&self, db: Reader<'_>, until: Until) -> Result<Vec<Moment>> {
        let (policy, who, limit) = (db.policy(None)?, &self.who, self.options.reach(USUAL));
        if let Some(moments) = records::history(db, &policy, until, who, limit)? {
            return Ok(moments);
        }
        // Nothing has the name: it is refused as what it most likely was meant for, with what is like it.
        if text::is_for_mail(who) {
            db.the_person(who)?;
        } else {
            db.the_site(who)?;
        }
        Ok(Vec::new())
    }
}

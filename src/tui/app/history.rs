//! The history of one contact, site or person: the log with what is about them alone.

use anyhow::Result;

use super::App;
use crate::domain::contact::Contact;
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::query::timeline::{self, Moment, Until};
use crate::tui::panes;
use crate::tui::panes::list::Merged;
use crate::tui::view::{Env, Message, Story, hidden};

/// Most moments that are looked back.
const MAX_MOMENTS: usize = 2_000;

/// Whose it is and what happened, the newest first.
type Told = (String, Vec<Moment>);

impl App {
    /// Goes to the log, with what is about them alone; what ended by itself, which has no entry, is said.
    pub(super) fn show_history(&mut self, of: Story) -> Result<()> {
        let (name, moments) = match told(&self.world.env(), of)? {
            Ok(told) => told,
            Err(message) => return self.update(vec![message]),
        };
        let zone = self.world.policy.zone;
        let passed: Vec<String> =
            moments.iter().filter(|it| it.seq.is_none()).map(|it| format!("{} {}", zone.day(it.at), it.what)).collect();
        if passed.len() == moments.len() {
            let nothing = format!("the journal has nothing about {}", text::display(&name));
            self.complain([nothing].into_iter().chain(passed).collect::<Vec<_>>().join("; "));
            return Ok(());
        }
        self.show(panes::activity::PLACE);
        self.turn_history(Some(of))?;
        if !passed.is_empty() {
            self.say(format!("Without an entry: {}", text::few(&passed)));
        }
        Ok(())
    }

    /// The log is about them alone, or about all.
    pub(super) fn turn_history(&mut self, of: Option<Story>) -> Result<()> {
        self.history = of;
        let told = of.map(|it| told(&self.world.env(), it)).transpose()?;
        self.panes.activity.narrow(told.and_then(Result::ok).map(narrowed));
        Ok(())
    }

    pub(super) fn leave_history(&mut self) {
        if self.history.take().is_some() {
            self.panes.activity.narrow(None);
        }
    }

    /// The same after something was written: filter and selection stay.
    pub(super) fn refresh_history(&mut self) -> Result<()> {
        if let Some(of) = self.history {
            let told = told(&self.world.env(), of)?.ok();
            self.panes.activity.renarrow(told.map(narrowed));
        }
        Ok(())
    }
}

fn narrowed((name, moments): Told) -> (String, Merged) {
    (format!("of {name}"), moments.iter().filter_map(|it| it.seq).collect::<Vec<_>>().into())
}

/// What happened, or why it is not told.
fn told(env: &Env<'_>, of: Story) -> Result<Result<Told, Message>> {
    let (db, policy, until) = (env.db, env.policy, Until::present(env.now));
    let gone = || Message::Complain("it is not saved yet: nothing has happened with it".to_owned());
    Ok(match of {
        Story::Contact(id) => match db.find::<Contact>(id)? {
            Some(_) if !env.sight.is_whole() => Err(hidden(env)),
            Some(it) => Ok((it.name.clone(), timeline::of_contact(db, policy, until, &it, MAX_MOMENTS)?)),
            None => Err(gone()),
        },
        Story::Site(id) => match db.find::<Site>(id)? {
            Some(it) if !env.sight.shows_people_of(db, policy, &it)? => Err(hidden(env)),
            Some(it) => Ok((it.name.clone(), timeline::of_site(db, policy, until, &it, MAX_MOMENTS)?)),
            None => Err(gone()),
        },
        Story::Person(id) => match db.find::<Person>(id)? {
            Some(it) if !env.sight.shows_person(it.id) => Err(hidden(env)),
            Some(it) => Ok((it.name.clone(), timeline::of_person(db, policy, until, &it, MAX_MOMENTS)?)),
            None => Err(gone()),
        },
    })
}

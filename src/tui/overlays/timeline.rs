//! What happened with one person, site or contact, day by day.

use anyhow::Result;

use super::sheet::{Sheet, Tone};
use crate::domain::contact::Contact;
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::domain::time::Zone;
use crate::query::timeline::{self, Moment, Until};
use crate::tui::view::{Env, Message, hidden};

/// Most moments that are shown.
const MAX_MOMENTS: usize = 200;

pub(in crate::tui) fn of_person(env: &Env<'_>, it: &Person) -> Result<Message> {
    if !env.sight.shows_person(it.id) {
        return Ok(hidden(env));
    }
    let moments = timeline::of_person(env.db, env.policy, Until::present(env.now), it, MAX_MOMENTS)?;
    Ok(sheet(env.policy.zone, if it.name.is_empty() { &it.email } else { &it.name }, &moments))
}

pub(in crate::tui) fn of_site(env: &Env<'_>, it: &Site) -> Result<Message> {
    if !env.sight.shows_people_of(env.db, env.policy, it)? {
        return Ok(hidden(env));
    }
    Ok(sheet(env.policy.zone, &it.name, &timeline::of_site(env.db, env.policy, Until::present(env.now), it, MAX_MOMENTS)?))
}

pub(in crate::tui) fn of_contact(env: &Env<'_>, it: &Contact) -> Result<Message> {
    if !env.sight.is_whole() {
        return Ok(hidden(env));
    }
    Ok(sheet(env.policy.zone, &it.name, &timeline::of_contact(env.db, env.policy, Until::present(env.now), it, MAX_MOMENTS)?))
}

fn sheet(zone: Zone, name: &str, moments: &[Moment]) -> Message {
    let mut sheet = Sheet::new(format!("What happened: {}", text::display(name)));
    let mut day = String::new();
    for it in moments {
        let of = zone.day(it.at);
        if of != day {
            sheet.say(Tone::Heading, of.clone());
            day = of;
        }
        let entry = it.seq.map_or_else(String::new, |seq| format!("  #{seq}"));
        let by = it.actor.as_ref().map_or_else(String::new, |actor| format!(", by {actor}"));
        sheet.say(
            if it.seq.is_some() { Tone::Text } else { Tone::Hint },
            format!("  {}  {}{by}{entry}", &zone.minute(it.at)[11..], it.what),
        );
    }
    if moments.is_empty() {
        sheet.say(Tone::Hint, "nothing that the journal knows of");
    }
    if moments.len() == MAX_MOMENTS {
        sheet.say(Tone::Hint, "older moments are in the journal: rolecall journal");
    }
    Message::Open(Box::new(sheet))
}

//! Answering for findings of the audit until a day.

use chrono::Duration;

use super::form::{Form, Input, Values};
use super::invite::filled;
use crate::domain::text::{self, plural};
use crate::exchange::mending;
use crate::query::audit::Listed;
use crate::tui::view::{Env, Message};

/// How long somebody answers for something, if nobody says otherwise.
const HALF_A_YEAR: Duration = Duration::days(182);

/// Asks until when, and why they are right as they are.
pub(in crate::tui) fn open(env: &Env<'_>, which: Vec<Listed>) -> Message {
    let (now, zone) = (env.now, env.policy.zone);
    let inputs = vec![
        Input::line("Until", &zone.day(now + HALF_A_YEAR)).checked(move |it| zone.until(it, now).map(drop)).hint("2027-01-31, or 90d"),
        Input::line("Because", "").checked(|it| filled(it, "why is it right as it is?")),
    ];
    let what = if let [only] = which.as_slice() { only.found.key.clone() } else { plural(which.len(), "finding") };
    let title = format!("Answer for {}", text::display(&what));
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let until = zone.until(&values.text(0), env.now).map_err(|words| (0, words))?;
        if until <= env.now {
            return Err((0, "this day is over".to_owned()));
        }
        let because = text::line("reason", &values.text(1)).map_err(|words| (1, words))?;
        let accept = |it: &Listed| mending::accept(env.db, env.policy, (&it.found.finding, &it.shown.held), until, &because);
        let commands = which.iter().map(accept).collect::<Result<Vec<_>, _>>().map_err(|error| (1, format!("{error:#}")))?;
        Ok(vec![Message::ProposeEach(commands, format!("accept {what} until {}", zone.show_until(until)))])
    };
    Message::Open(Form::open(&title, inputs, build))
}

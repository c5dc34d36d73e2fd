//! The reviews, those that go on first, and the beginning of one.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::desk::Desk;
use super::form::{Form, Input, Kind, Values};
use crate::command::Command;
use crate::domain::audit::{RULES, Rule};
use crate::domain::review::{Review, ReviewRecord};
use crate::domain::text::{self, display};
use crate::query::review::{self, Over, ReviewRow};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::{lines, menu};

actions! {
    PLACE "Reviews" "Whatever people hold, decided on item by item; those that are finished tell what was decided." {
        GO_ON "go-on" ["enter", "l"] "open" "Go on with this one or, where it is finished, look at what was decided";
        BEGIN_REVIEW "begin-review" ["n"] "new" "Begin another";
    }
}

/// No audit rule is named.
const EVERYTHING: &str = "everything";

/// The room for how far a review is, and when it was finished.
const FAR: usize = 44;

pub(in crate::tui) struct Reviews {
    rows: Vec<ReviewRow>,
    at: usize,
    hits: Hits,
}

/// All there are or, where there is none, the form that begins one.
pub(in crate::tui) fn open(env: &Env<'_>) -> Result<Message> {
    let rows: Vec<ReviewRow> = review::reviews(env.db)?;
    Ok(Message::Open(if rows.is_empty() { begin() } else { Box::new(Reviews { rows, at: 0, hits: Hits::default() }) }))
}

/// What is to be looked at: one site, one person or everything, perhaps only what an audit rule finds.
fn begin() -> Box<dyn Overlay> {
    let rules = std::iter::once(EVERYTHING).chain(RULES.iter().map(|it| it.id));
    let inputs = vec![
        Input::line("Name", "").checked(|it| text::required("name", it).map(drop)),
        Input::lookup("Site", "", Kind::Site).hint("empty: all of them"),
        Input::lookup("Person", "", Kind::Person).hint("empty: everybody"),
        Input::choice("What", rules, EVERYTHING),
        Input::line("Done by", "").hint("a day, or empty"),
    ];
    let build = |values: &Values<'_>, env: &Env<'_>| {
        let record = record(values, env)?;
        Ok(vec![Message::RunAside(Command::StartReview(record)), Message::Perform(action::REVIEWS)])
    };
    Form::open("Begin a review", inputs, build)
}

fn record(values: &Values<'_>, env: &Env<'_>) -> Result<ReviewRecord, (usize, String)> {
    let broken = |error: anyhow::Error| (0, format!("{error:#}"));
    let (site, person) = (values.text(1), values.text(2));
    let over = match (site.trim(), person.trim()) {
        ("", "") => Over::Everywhere,
        (site, "") => Over::Site(Box::new(env.db.the_site(site).map_err(|error| (1, error.to_string()))?)),
        ("", person) => Over::Person(env.db.the_person(person).map_err(|error| (2, error.to_string()))?.id),
        _ => return Err((2, "one site or one person, not both".to_owned())),
    };
    let rule = Rule::named(&values.text(3));
    let due = Some(values.text(4)).filter(|it| !it.trim().is_empty());
    let due = due.map(|it| env.policy.zone.until(&it, env.now)).transpose().map_err(|words| (4, words))?;
    let (about, items) = review::frozen(env.db, env.policy, &over, rule, env.now).map_err(broken)?;
    Ok(ReviewRecord { name: values.text(0), about, due, asked: None, items })
}

impl Overlay for Reviews {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        if let Some(at) = super::moved(action, self.at, 10, self.rows.len().saturating_sub(1)) {
            self.at = at;
            return Ok(Vec::new());
        }
        Ok(match action {
            GO_ON => {
                let row: Review = env.db.the_review(&self.rows[self.at].name)?;
                vec![Message::Close, Message::Open(Desk::open(row))]
            }
            BEGIN_REVIEW => vec![Message::Close, Message::Open(begin())],
            action::CLOSE => vec![Message::Close],
            _ => Vec::new(),
        })
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        self.at = row;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let (theme, zone) = (paint.theme, paint.policy.zone);
        let line = |at: usize, width: usize| {
            let (it, half) = (&self.rows[at], width.saturating_sub(FAR) / 2);
            let when = match (it.finished, it.due) {
                (Some(at), _) => format!("  finished {}", zone.day(at)),
                (None, Some(at)) => format!("  by {}", zone.show_until(at)),
                (None, None) => String::new(),
            };
            let (name, about) = (lines::cell(&display(&it.name), half), lines::cell(&it.about, half));
            let style = if it.is_open() { theme.text } else { theme.hint };
            (format!("{name} {about}  {} of {} decided{when}", it.decided, it.items), style)
        };
        menu::paint(frame, area, ("Reviews", theme, &self.hits), (self.at, self.rows.len()), line);
    }
}

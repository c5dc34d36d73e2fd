//! What comes up soon, the soonest first, and the way there.

use anyhow::Result;
use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::desk::Desk;
use crate::domain::review::Review;
use crate::domain::text::{display, width};
use crate::query::due::{self, About, Due};
use crate::query::rows;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::survey::MAX_DUE;
use crate::tui::view::{Env, Journey, Message, Overlay, Paint, hidden};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::{lines, menu};

actions! {
    PLACE "What comes up" "Ends of access, reviews and offers that run out within two weeks; what is overdue comes first." {
        GO_THERE "go-to-it" ["enter", "l"] "go there" "Go to whom or what it is about";
    }
}

/// The room for a day, and for what happens on it.
const DAY: usize = 10;
const KIND: usize = 10;

pub(in crate::tui) struct ComingUp {
    rows: Vec<Due>,
    opened: DateTime<Utc>,
    at: usize,
    hits: Hits,
}

/// All that comes up, as far as the head counts it.
pub(in crate::tui) fn open(env: &Env<'_>) -> Result<Message> {
    if !env.sight.is_whole() {
        return Ok(hidden(env));
    }
    let mut rows = due::due(env.db, env.policy, env.now, env.now + rows::SOON, MAX_DUE)?;
    rows.truncate(MAX_DUE);
    if rows.is_empty() {
        return Ok(Message::Say("nothing comes up within two weeks".to_owned()));
    }
    Ok(Message::Open(Box::new(ComingUp { rows, opened: env.now, at: 0, hits: Hits::default() })))
}

impl Overlay for ComingUp {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        if let Some(at) = super::moved(action, self.at, 10, self.rows.len() - 1) {
            self.at = at;
            return Ok(Vec::new());
        }
        let there = || -> Result<Message> {
            Ok(match self.rows[self.at].about {
                About::Held(person, Some(site)) => Message::Go(Journey::PersonOn(site, person)),
                About::Held(person, None) => Message::Go(Journey::Person(person)),
                About::Review(id) => Message::Open(Desk::open(env.db.the::<Review>(id)?)),
                About::Offer(key) => Message::Go(Journey::Offer(key)),
            })
        };
        Ok(match action {
            GO_THERE => vec![Message::Close, there()?],
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
        let longest = self.rows.iter().map(|it| width(&display(&it.who))).max().unwrap_or(0);
        let line = |at: usize, room: usize| {
            let it = &self.rows[at];
            let when = it.day(zone);
            let when = when.split(' ').next().unwrap_or_default();
            let head = format!("{} {} ", lines::cell(when, DAY), lines::cell(it.kind.as_str(), KIND));
            let who = lines::cell(&display(&it.who), longest.min(room.saturating_sub(width(&head)) / 2));
            let what: Vec<&str> = [it.what.as_str(), it.place.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
            (format!("{head}{who}  {}", display(&what.join(", "))), if it.at < self.opened { theme.risk } else { theme.text })
        };
        menu::paint(frame, area, ("What comes up", theme, &self.hits), (self.at, self.rows.len()), line);
    }
}

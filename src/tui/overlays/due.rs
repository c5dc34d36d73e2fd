//! What comes up soon, the soonest first, and the way there.

use anyhow::Result;
use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::desk::Desk;
use crate::domain::review::Review;
use crate::domain::text::display;
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

/// The room for a day and what happens on it.
const WHEN: usize = 23;

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
        let line = |at: usize, width: usize| {
            let (it, third) = (&self.rows[at], width.saturating_sub(WHEN + 1) / 3);
            let words = [&it.who, &it.what, &it.place].map(|it| lines::cell(&display(it), third.saturating_sub(1))).join(" ");
            let style = if it.at < self.opened { theme.risk } else { theme.text };
            (format!("{} {words}", lines::cell(&format!("{} {}", it.day(zone), it.kind.as_str()), WHEN - 1)), style)
        };
        menu::paint(frame, area, ("What comes up", theme, &self.hits), (self.at, self.rows.len()), line);
    }
}
